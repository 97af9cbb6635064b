"""The deadline: from then on nothing is sent or waited for, and each outcome is true."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import pytest

from videotasks import (
    AnswerLost,
    Ark,
    AsyncTasks,
    ConfigurationError,
    DeadlineExceeded,
    Failed,
    RateLimited,
    Retry,
    Unknown,
    Unsent,
)
from videotasks.simulator import Simulator

from .conftest import Client, Mode, answers
from .raw import Connection, RawServer, ark_task, asked_id, for_ever, reply

DEADLINE: Final = 0.3
LONG: Final = 600.0
"""Seconds: a wait that nobody would sit through."""
PATIENT: Final = Retry(backoff=LONG, max_wait=LONG, max_retry_after=LONG)


def silent(connection: Connection) -> None:
    """Read, and never answer."""
    while connection.read() is not None:
        pass


def dripping(connection: Connection) -> None:
    """Never come to the end of an answer."""
    connection.read()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    connection.drip(for_ever(b" "))


def dripping_head(connection: Connection) -> None:
    """Never come to the end of a head."""
    connection.read()
    connection.drip(for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"))


def busy(connection: Connection) -> None:
    """Ask for a long wait."""
    while connection.read() is not None:
        connection.send(reply({}, "429 Too Many Requests", "Retry-After: 60"))


def mute_on_deletion(connection: Connection) -> None:
    """Answer looks, and no deletion."""
    while (request := connection.read()) is not None:
        if not request.startswith(b"DELETE"):
            connection.send(reply(ark_task(asked_id(request))))


TROUBLES: Final = [silent, dripping, dripping_head, busy]


@pytest.fixture
def of(mode: Mode) -> Iterator[Callable[..., Client]]:
    """Make a client of a server that is nothing but sockets."""
    clients: list[Client] = []

    def make(server: RawServer, **options: Any) -> Client:
        options = {"limits": None, "timeout": LONG} | options
        client = Client(mode, Ark("key-for-nothing", base_url=server.url, **options), retry=PATIENT)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_single_verb(of: Callable[..., Client], trouble: Callable[[Connection], None]) -> None:
    """Whatever the server does, a verb with a deadline ends with it, and says what is true."""
    with RawServer(trouble) as server:
        outcome = of(server).cancel("ark:a", deadline=DEADLINE)
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, RateLimited if trouble is busy else AnswerLost)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_run(of: Callable[..., Client], trouble: Callable[[Connection], None]) -> None:
    """A run with a deadline ends with it: each ref has one outcome, and none that says too much."""
    refs = [f"ark:{number}" for number in range(50)]
    with RawServer(trouble) as server:
        outcomes = of(server).many("delete", refs, deadline=DEADLINE, concurrency=2)
        assert sorted(str(outcome.ref) for outcome in outcomes) == sorted(refs)
        assert {type(outcome) for outcome in outcomes} <= {Unsent, Failed}
        assert any(isinstance(outcome, Unsent) for outcome in outcomes)


def test_look(of: Callable[..., Client]) -> None:
    """A look with a deadline raises what stood in the way."""
    with RawServer(silent) as server, pytest.raises(AnswerLost, match=r"within 0\.[0-3]"):
        of(server).get("ark:a", deadline=DEADLINE)


def test_unanswered_deletion(of: Callable[..., Client]) -> None:
    """A deletion that was not answered by the deadline is Unknown, and not looked at any more."""
    with RawServer(mute_on_deletion) as server:
        client = of(server)
        for outcome in (
            client.cancel("ark:a", deadline=DEADLINE),
            *client.many("delete", ["ark:b"], deadline=DEADLINE),
        ):
            assert isinstance(outcome, Unknown)
            assert isinstance(outcome.cause, AnswerLost)
        assert sum(request.startswith(b"DELETE") for request in server.requests) == 2
        assert len(server.requests) == 4


def test_turn_beyond_the_deadline(sim: Simulator, limited: Callable[..., Client]) -> None:
    """What would have to wait for its turn beyond the deadline is given up at once, unsent."""
    client = limited({"get": 1 / LONG, "delete": None})
    tasks = [sim.ark.add("queued") for _ in range(3)]
    assert client.cancel(f"ark:{tasks[0]}", deadline=LONG / 2).ok
    outcome = client.cancel(f"ark:{tasks[1]}", deadline=LONG / 2)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, DeadlineExceeded)
    assert client.many("cancel", [f"ark:{tasks[2]}"], deadline=LONG / 2)[0].name == "unsent"
    assert [sim.ark.status(task) for task in tasks] == ["cancelled", "queued", "queued"]


@pytest.mark.parametrize("deadline", [0, -5.0])
def test_passed_already(sim: Simulator, client: Client, deadline: float) -> None:
    """With a deadline that has passed nothing is sent."""
    ref = f"ark:{sim.ark.add('queued')}"
    outcome = client.cancel(ref, deadline=deadline)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, DeadlineExceeded)
    assert [outcome.name for outcome in client.many("cancel", [ref], deadline=deadline)] == [
        "unsent"
    ]
    with pytest.raises(DeadlineExceeded):
        list(client.listed("ark", deadline=deadline))
    with pytest.raises(DeadlineExceeded):
        client.purge("ark", states=["failed"], deadline=deadline)
    [preview] = client.preview("cancel", [ref], deadline=deadline)
    assert preview.action == "nothing"
    assert answers(sim).total() == 0


@pytest.mark.parametrize("deadline", ["2", True, float("nan"), float("inf"), 31 * 86_400])
def test_no_deadline(client: Client, deadline: Any) -> None:
    """What is no number of seconds, or more than 30 days, is refused."""
    with pytest.raises(ConfigurationError, match="deadline must be a number of seconds"):
        client.cancel("ark:a", deadline=deadline)


def test_enough_time(sim: Simulator, client: Client) -> None:
    """A deadline that is far off changes nothing."""
    assert client.cancel(f"ark:{sim.ark.add('queued')}", deadline=LONG).ok
    assert client.delete(f"ark:{sim.ark.add('failed')}", deadline=LONG, confirm=True).ok
    sim.ark.add("failed")
    plan = client.purge("ark", states=["failed"], deadline=LONG)
    assert all(outcome.ok for outcome in client.run(plan, deadline=LONG))


def test_plan(of: Callable[..., Client], sim: Simulator) -> None:
    """A plan that is run with a deadline keeps it."""
    with RawServer(silent) as server:
        client = of(server)
        found = Client("sync", Ark(sim.api_key, base_url=sim.ark_url))
        sim.ark.add("failed")
        tasks = list(found.listed("ark"))
        found.close()
        [outcome] = client.run(client.plan(tasks), deadline=DEADLINE)
        assert outcome.name in {"unsent", "failed"}


def test_input_that_waits(sim: Simulator) -> None:
    """An async input that keeps its reader waiting is not waited for beyond the deadline."""
    ref = f"ark:{sim.ark.add('queued')}"
    never = threading.Event()

    async def refs() -> AsyncIterator[str]:
        yield ref
        await asyncio.Event().wait()
        never.set()

    async def run() -> list[str]:
        async with AsyncTasks(Ark(sim.api_key, base_url=sim.ark_url)) as tasks:
            return [outcome.name async for outcome in tasks.cancel_many(refs(), deadline=2)]

    assert asyncio.run(run()) == ["cancelled"]
    assert not never.is_set()
