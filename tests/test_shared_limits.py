"""Rate limits shared between programs, through a bucket of pyrate-limiter's and a real Redis."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest
import redis
import redis.asyncio
import redis.retry
from pyrate_limiter import Duration, Rate, RateItem, RedisStateStore, StateBucket
from redis.backoff import NoBackoff

from videotasks import Ark, AsyncTasks, ConfigurationError, Failed, NotConnected, Outcome, Retry
from videotasks._rules.pacing import Limits
from videotasks.simulator import Simulator

from .command import next_line
from .conftest import AT_ONCE, Client, answers
from .holding import PATIENCE


def connection(socket: str) -> redis.Redis:
    """A client that doesn't itself try for half a minute."""
    return redis.Redis(unix_socket_path=socket, retry=redis.retry.Retry(NoBackoff(), 0))


def bucket(client: Any, key: str, rate: int = 90) -> StateBucket:
    """As in the documentation: evenly spaced, and the same for all who use the same key."""
    return StateBucket([Rate(rate, Duration.SECOND, burst=1)], store=RedisStateStore(client, key))


OTHER = """
import sys
import redis
from pyrate_limiter import Duration, Rate, RedisStateStore, StateBucket
from videotasks import Ark, Tasks

ark_url, socket, refs = sys.argv[1:]
client = redis.Redis(unix_socket_path=socket)
limits = {
    key: StateBucket([Rate(90, Duration.SECOND, burst=1)], store=RedisStateStore(client, key))
    for key in ("get", "delete")
}
with Tasks(Ark("sim-key", base_url=ark_url, limits=limits)) as tasks, client:
    print("ready", flush=True)
    input()
    print(*[outcome.name for outcome in tasks.delete_many(refs.split())])
"""


def test_shared_in_one_program(limited: Callable[..., Client], sim: Simulator) -> None:
    """Two clients that are given one bucket keep its limit together."""
    sim.ark.rate_limits = {"delete": 100}
    shared = StateBucket([Rate(90, Duration.SECOND, burst=1)])
    clients = [limited({"get": None, "delete": shared}) for _ in range(2)]
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(100)]
    with ThreadPoolExecutor(2) as threads:
        halves = [
            threads.submit(client.many, "delete", some)
            for client, some in zip(clients, (refs[::2], refs[1::2]), strict=True)
        ]
        outcomes = [outcome for half in halves for outcome in half.result()]
    assert Counter(outcome.name for outcome in outcomes) == {"deleted": 100}
    assert answers(sim) == {200: 200}


def test_shared_by_processes(
    limited: Callable[..., Client], sim: Simulator, redis_socket: str
) -> None:
    """Two programs that share a limit through Redis keep it together."""
    sim.ark.rate_limits = {"get": 100, "delete": 100}
    mine = [f"ark:{sim.ark.add('succeeded')}" for _ in range(60)]
    others = [f"ark:{sim.ark.add('succeeded')}" for _ in range(60)]
    command = [sys.executable, "-c", OTHER, sim.ark_url, redis_socket, " ".join(others)]
    with (
        connection(redis_socket) as client,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other,
    ):
        assert other.stdin is not None
        assert other.stdout is not None
        assert next_line(other.stdout) == "ready\n"
        other.stdin.write("go\n")
        other.stdin.flush()
        limits: Limits = {"get": bucket(client, "get"), "delete": bucket(client, "delete")}
        outcomes = limited(limits).many("delete", mine)
        theirs, _ = other.communicate(timeout=20)
    assert Counter(outcome.name for outcome in outcomes) == {"deleted": 60}
    assert theirs.split() == ["deleted"] * 60
    assert answers(sim) == {200: 240}


def test_no_redis(limited: Callable[..., Client], sim: Simulator, tmp_path: Path) -> None:
    """Where a shared limit can't be asked, nothing is sent, and the outcome says so."""
    ref = f"ark:{sim.ark.add('succeeded')}"
    with connection(str(tmp_path / "nobody.sock")) as client:
        tasks = limited({"get": bucket(client, "get"), "delete": bucket(client, "delete")})
        for outcome in [tasks.delete(ref), *tasks.many("delete", [ref])]:
            assert isinstance(outcome, Failed)
            assert isinstance(outcome.error, NotConnected)
            assert "shared rate limit" in str(outcome.error)
            assert (outcome.error.provider, str(outcome.error.ref)) == ("ark", ref)
    assert sim.ark.requests == ()


def test_redis_goes_away(limited: Callable[..., Client], sim: Simulator, redis_socket: str) -> None:
    """One that goes away between look and DELETE leaves the task as it was."""
    ref = f"ark:{sim.ark.add('succeeded')}"
    with connection(redis_socket) as client:
        tasks = limited({"get": None, "delete": bucket(client, "delete")})
        other = f"ark:{sim.ark.add('succeeded')}"
        assert tasks.delete(other).name == "deleted"
        client.shutdown(nosave=True)  # pyright: ignore[reportUnknownMemberType]  # redis-py's
        outcome = tasks.delete(ref)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NotConnected)
    assert sim.ark.count("delete") == 1
    assert sim.ark.status(ref.removeprefix("ark:")) == "succeeded"


class Failing(StateBucket):
    """A bucket that can't be asked while it is `down`; `asked` is how often it was.

    An ask begins with `begun`, and ends when `go_on` is set.
    """

    def __init__(self) -> None:
        super().__init__([Rate(1000, Duration.SECOND)])
        self.down = True
        self.asked = 0
        self.begun, self.go_on = Semaphore(0), Event()
        self.go_on.set()

    def put(self, item: RateItem) -> bool:
        self.begun.release()
        self.go_on.wait(PATIENCE)
        self.asked += 1
        if self.down:
            raise ConnectionError("nobody there")
        return bool(super().put(item))


def test_no_end_of_asking(limited: Callable[..., Client], sim: Simulator) -> None:
    """A run gives up a limit that can't be asked after its first refs; the next run asks again."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(40)]
    bucket = Failing()
    tasks = limited({"get": bucket, "delete": None})
    outcomes = tasks.many("delete", refs, concurrency=2)
    assert sorted(str(outcome.ref) for outcome in outcomes) == sorted(refs)
    assert {type(getattr(outcome, "error", None)) for outcome in outcomes} == {NotConnected}
    assert {outcome.name for outcome in outcomes} == {"failed"}
    assert bucket.asked <= 2 * AT_ONCE.attempts
    assert sim.ark.requests == ()
    bucket.down = False
    assert {outcome.name for outcome in tasks.many("delete", refs)} == {"deleted"}


def test_those_who_wait_fail_together(sim: Simulator) -> None:
    """A limit that can't be asked is asked once for all calls that wait for it at that moment."""
    bucket = Failing()
    bucket.go_on.clear()
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits={"get": bucket})

    async def work() -> list[Outcome]:
        async with AsyncTasks(ark, retry=Retry(attempts=1)) as tasks:
            deleting = [asyncio.create_task(tasks.delete(f"ark:{number}")) for number in range(9)]
            assert await asyncio.to_thread(bucket.begun.acquire, timeout=PATIENCE)
            bucket.go_on.set()
            return await asyncio.gather(*deleting)

    outcomes = asyncio.run(work())
    assert [outcome.ref.id for outcome in outcomes] == [str(number) for number in range(9)]
    for outcome in outcomes:
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, NotConnected)
        assert outcome.error.ref == outcome.ref
    assert bucket.asked == 1


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_an_async_redis(redis_socket: str) -> None:
    """A bucket with an async client can't be asked from here, which is said when it is given."""
    client = redis.asyncio.Redis(unix_socket_path=redis_socket)
    with pytest.raises(ConfigurationError, match="sync client"):
        Ark("key", limits={"get": bucket(client, "get")})
