"""What a gateway needs: headers of its own, and a proxy that a provider is given."""

from __future__ import annotations

import traceback
from typing import Any, Final

import pytest

from videotasks import Ark, ConfigurationError, TensorsLab, VideoTasksError
from videotasks.simulator import Simulator

from .conftest import Client, Mode
from .raw import RawServer
from .test_network import CERTIFICATE, TunnelServer, foreign_tls, obliging

SECRET: Final = "token-of-the-gateway"


def test_headers(sim: Simulator, mode: Mode) -> None:
    """The headers given go with every request, beside the key."""
    ark = Ark(sim.api_key, base_url=sim.ark_url, default_headers={"X-Gateway": SECRET})
    client = Client(mode, ark)
    assert client.cancel(f"ark:{sim.ark.add('queued')}").ok
    client.close()
    assert [request.headers["x-gateway"] for request in sim.ark.requests] == [SECRET] * 2
    assert {request.headers["authorization"] for request in sim.ark.requests} == {
        f"Bearer {sim.api_key}"
    }


def test_user_agent(sim: Simulator, mode: Mode) -> None:
    """The name of the program may be given in place of ours."""
    headers = {"user-agent": "my-program/1"}
    client = Client(mode, Ark(sim.api_key, base_url=sim.ark_url, default_headers=headers))
    client.cancel(f"ark:{sim.ark.add('queued')}")
    client.close()
    assert {request.headers["user-agent"] for request in sim.ark.requests} == {"my-program/1"}


@pytest.mark.parametrize("make", [Ark, TensorsLab])
@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"Authorization": SECRET}, "can't have Authorization"),
        ({"HOST": SECRET}, "can't have HOST"),
        ({"Content-Length": "1"}, "can't have Content-Length"),
        ({"X Y": SECRET}, "no header is called"),
        ({"": SECRET}, "no header is called"),
        ({5: SECRET}, "no header is called"),
        ({"X-Y": f"{SECRET}\r\nAuthorization: x"}, "the header X-Y must be printable"),
        ({"X-Y": 5}, "the header X-Y must be printable"),
        ({"X-Y": "é"}, "the header X-Y must be printable"),
        ([("X-Y", SECRET)], "is a mapping"),
    ],
)
def test_bad_headers(make: type[Any], headers: Any, says: str) -> None:
    """Headers that can't go, or that are not the caller's to set, are refused, and not shown."""
    with pytest.raises(ConfigurationError, match=says) as caught:
        make("key-for-nothing", default_headers=headers)
    assert SECRET not in str(caught.value)


def test_headers_are_not_shown() -> None:
    """The values of headers are in no repr: they may be secret."""
    ark = Ark("key-for-nothing", default_headers={"X-Gateway": SECRET})
    assert SECRET not in repr(ark)
    assert SECRET not in repr(ark.settings)
    assert SECRET not in str(vars(ark))


def test_proxy(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy given is used in place of the one that the environment names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "*")
    with RawServer(obliging, foreign_tls()) as server, TunnelServer(server) as proxy:
        ark = Ark(
            "key-for-nothing",
            base_url="https://ark.test/api/v3",
            proxy=f"http://127.0.0.1:{proxy.port}",
        )
        client = Client(mode, ark)
        assert client.get("ark:a").ref.id == "a"
        client.close()
        assert len(proxy.requests) == 1


@pytest.mark.parametrize("make", [Ark, TensorsLab])
@pytest.mark.parametrize("proxy", ["", "ftp://x", "http://", "http://x:0", "http://x y"])
def test_bad_proxy(make: type[Any], proxy: str) -> None:
    """A proxy that can't be one is refused by its argument's name, before anything is sent."""
    with pytest.raises(ConfigurationError, match=r"the proxy in proxy=… can't be used"):
        make("key-for-nothing", proxy=proxy)


def test_password_of_a_proxy(mode: Mode) -> None:
    """The password in a proxy's address is in no repr and no error."""
    ark = Ark("key-for-nothing", proxy=f"http://me:{SECRET}@127.0.0.1:1", connect_timeout=0.5)
    client = Client(mode, ark)
    with pytest.raises(VideoTasksError) as caught:
        client.get("ark:a")
    client.close()
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in repr(ark)


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"total_tokens": 108900, "completion_tokens": 5}, 108900),
        ({"total_tokens": "108900"}, 108900),
        ({"total_tokens": 0}, 0),
        ({"total_tokens": -1}, None),
        ({"total_tokens": "many"}, None),
        ({"total_tokens": True}, None),
        ({}, None),
        (None, None),
    ],
)
def test_usage(sim: Simulator, client: Client, usage: Any, tokens: int | None) -> None:
    """What a task cost is its number of tokens, as a number or as text; otherwise None."""
    task = client.get(f"ark:{sim.ark.add('succeeded', usage=usage)}")
    assert task.usage == tokens
    assert task.to_dict()["usage"] == tokens
