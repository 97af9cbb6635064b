"""The moment at which a request leaves: what is waited for before it, and what counts as sent."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from videotasks import Ark, Closed
from videotasks._clock import now
from videotasks._http.settings import CallOptions, OneCall
from videotasks_ark.api.tasks import get_task

from .conftest import Client, Mode
from .raw import Connection, RawServer, ark_task, asked_id, reply
from .test_hostile import answering
from .test_network import CERTIFICATE, TunnelServer, foreign_tls, obliging

TIMEOUT = 0.2


def look(mode: Mode, provider: Ark, turns: list[float], error: Exception | None = None) -> int:
    """Look once, waiting `turns` before the request leaves: the status of the answer."""
    waiting = iter(turns)

    def go() -> None:
        threading.Event().wait(next(waiting))
        if error is not None:
            raise error

    async def go_async() -> None:
        await asyncio.sleep(next(waiting))
        if error is not None:
            raise error

    async def look_async() -> int:
        async with provider.api as api:
            http: Any = api.get_async_httpx_client()
            client: Any = OneCall(http, CallOptions(leave=go_async))
            return (await get_task.asyncio_detailed("a", client=client)).status_code

    if mode == "async":
        return asyncio.run(look_async())
    with provider.api as api:
        http: Any = api.get_httpx_client()
        client: Any = OneCall(http, CallOptions(leave=go))
        return get_task.sync_detailed("a", client=client).status_code


def test_waiting_for_a_turn_is_not_waiting_for_an_answer(mode: Mode) -> None:
    """The timeout is for the answer: it begins when the request leaves, however late that is."""
    with RawServer(answering(reply(ark_task("a")))) as server:
        provider = Ark("key-for-nothing", base_url=server.url, timeout=TIMEOUT)
        assert look(mode, provider, [2 * TIMEOUT]) == 200


def test_request_that_may_not_leave(mode: Mode) -> None:
    """What keeps a request from leaving is raised as it is, and nothing is sent."""
    with RawServer(answering(reply(ark_task("a")))) as server:
        provider = Ark("key-for-nothing", base_url=server.url)
        with pytest.raises(Closed):
            look(mode, provider, [0], Closed("not now"))
        assert server.requests == []


def test_asking_a_proxy_is_not_leaving(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking a proxy for the way takes no turn: only the request itself does."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with RawServer(obliging, foreign_tls()) as server, TunnelServer(server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        provider = Ark("key-for-nothing", base_url="https://ark.test/api/v3")
        assert look(mode, provider, [0]) == 200  # there is no second turn to take
        assert len(proxy.requests) == 1


@pytest.mark.parametrize("state", ["queued", "failed"])
def test_no_deletion_on_an_old_look(
    mode: Mode, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more than 5 seconds go by after a look, nothing is deleted on it: there is a new look,
    and it shows what is to be kept."""
    ahead = [0.0]
    for module in ("driver", "sync_driver", "async_driver"):
        monkeypatch.setattr(f"videotasks._engine.{module}.now", lambda: now() + ahead[0])

    def script(connection: Connection) -> None:
        while request := connection.read():
            seen = "running" if ahead[0] else state
            ahead[0] += 5.1  # as if the machine had slept while the answer was on its way
            deletes = request.startswith(b"DELETE")
            connection.send(reply({} if deletes else ark_task(asked_id(request), seen)))

    with RawServer(script) as server:
        client = Client(mode, Ark("key-for-nothing", base_url=server.url))
        outcome = client.act("cancel" if state == "queued" else "delete", "ark:a")
        client.close()
    assert outcome.name == "kept"
    assert [request.split(b" ")[0] for request in server.requests] == [b"GET", b"GET"]
