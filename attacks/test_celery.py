"""examples/celery_purge: real workers and a real Redis, and one worker that is killed."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import redis
from redis.client import PubSub

from tests.holding import PATIENCE
from videotasks.simulator import Simulator

EXAMPLES: Final = Path(__file__).resolve().parents[1] / "examples"
CHUNK: Final = 20


class Example:
    """The example as its users run it: its workers and its command, in processes of their own."""

    def __init__(self, socket: str, accounts: dict[str, Simulator]) -> None:
        self.redis = redis.Redis(unix_socket_path=socket)
        self.environment = {
            **os.environ,
            "REDIS_URL": f"unix://{socket}",
            "BROKER_URL": f"redis+socket://{socket}",
            "CHUNK": str(CHUNK),
        }
        self.redis.config_set("notify-keyspace-events", "Kh")  # pyright: ignore[reportUnknownMemberType]  # redis-py's types
        self.written: PubSub = self.redis.pubsub()  # type: ignore[no-untyped-call]  # pyright: ignore[reportUnknownMemberType]
        self.written.psubscribe("__keyspace@0__:outcomes:*", "__keyspace@0__:unacked")
        for name, sim in accounts.items():
            self.environment[f"ARK_API_KEY_{name.upper()}"] = sim.api_key
            self.environment[f"ARK_BASE_URL_{name.upper()}"] = sim.ark_url

    def command(self, *arguments: str, refs: list[str] | None = None) -> str:
        """What the example's own command prints."""
        done = subprocess.run(
            [sys.executable, "-m", "celery_purge", *arguments],
            cwd=EXAMPLES,
            env=self.environment,
            input="\n".join(refs or []),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout

    def await_records(self, least: dict[str, int]) -> None:
        """Return when there are so many records of each account."""
        while any(self.redis.hlen(f"outcomes:{name}") < count for name, count in least.items()):
            assert self.written.get_message(timeout=PATIENCE) is not None

    def await_retry(self) -> list[Any]:
        """The arguments of a job that a worker holds until it is time to try again."""
        while True:
            for held in self.redis.hvals("unacked"):
                message = json.loads(held)[0]
                if message["headers"]["retries"]:
                    arguments: list[Any] = json.loads(base64.b64decode(message["body"]))[0]
                    return arguments
            assert self.written.get_message(timeout=PATIENCE) is not None

    def let_ten_minutes_pass(self, account: str) -> None:
        """Let Redis take the jobs that workers of an account hold for those of dead workers."""
        for tag, held in self.redis.hgetall("unacked").items():
            if isinstance(tag, bytes) and json.loads(held)[2] == account:
                self.redis.zadd("unacked_index", {tag: 0})

    @contextmanager
    def worker(self, account: str, **environment: str) -> Generator[subprocess.Popen[bytes]]:
        """A worker of one account, killed with all its processes in the end."""
        options = ["-Q", account, "-n", f"{account}@%h", "-c", "1", "-l", "WARNING"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_purge.jobs", "worker", *options, *quiet],
            cwd=EXAMPLES,
            env=self.environment | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                os.killpg(process.pid, signal.SIGKILL)


def test_killed(redis_socket: str) -> None:
    """A worker is killed in mid-chunk, and another goes on: each ref has one record, all tasks are
    gone, and none was deleted twice; another account, whose two workers share its limit, is not
    held up and gets no 429."""
    with Simulator() as one, Simulator(api_key="sim-key-2") as two:
        accounts = {"one": one, "two": two}
        example = Example(redis_socket, accounts)
        refs = {
            name: [f"ark:{sim.ark.add('succeeded')}" for _ in range(3 * CHUNK)]
            for name, sim in accounts.items()
        }
        for name, sim in accounts.items():
            sim.ark.rate_limits = {"get": 20, "delete": 20}
            assert example.command("submit", name, refs=refs[name]) == "jobs: 3\n"
        shared = {"SHARE_LIMITS": "1"}
        with example.worker("two", **shared), example.worker("two", **shared):
            with example.worker("one"):
                example.await_records({"one": CHUNK + CHUNK // 2})
            assert example.redis.hlen("outcomes:one") < len(refs["one"])
            example.let_ten_minutes_pass("one")
            with example.worker("one"):
                example.await_records({name: len(refs[name]) for name in accounts})
        assert example.command("report", "two") == f"deleted {3 * CHUNK}\n"
        assert {received.status for received in two.ark.requests} == {200}
        for name, sim in accounts.items():
            records = example.redis.hgetall(f"outcomes:{name}")
            assert set(records) == {ref.encode() for ref in refs[name]}
            outcomes = Counter(json.loads(record)["outcome"] for record in records.values())
            assert outcomes.keys() <= {"deleted", "gone"}
            # Gone are those that were deleted in the moment of the kill and had no record yet.
            assert outcomes["gone"] <= CHUNK
            assert deletions(sim) == {ref.partition(":")[2]: 1 for ref in refs[name]}
        # What is done is not sent again.
        assert example.command("submit", "one", refs=refs["one"]) == "jobs: 0\n"


def deletions(sim: Simulator) -> dict[str, int]:
    """How often each task was deleted with success."""
    return Counter(
        received.ids[0]
        for received in sim.ark.requests
        if received.operation == "delete" and received.status == 200
    )


def test_tried_again(redis_socket: str) -> None:
    """What may succeed later is recorded as it is, and left to a job of its own for later."""
    with Simulator() as sim:
        example = Example(redis_socket, {"one": sim})
        running, done = f"ark:{sim.ark.add('running')}", f"ark:{sim.ark.add('succeeded')}"
        example.command("submit", "one", refs=[running, done])
        with example.worker("one"):
            example.await_records({"one": 2})
            assert example.await_retry() == ["one", [running]]
        assert set(example.command("report", "one").splitlines()) == {"deleted 1", "kept 1"}


def test_no_key(redis_socket: str) -> None:
    """A worker that has no key for its queue does not begin, and says what to set; so no job of
    that account is taken and lost."""
    example = Example(redis_socket, {})
    example.command("submit", "other", refs=["ark:x"])
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "celery_purge.jobs", "worker", "-Q", "other"],
        cwd=EXAMPLES,
        env=example.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode != 0
    assert "no key for the account other: set ARK_API_KEY_OTHER" in done.stderr
    assert example.command("report", "other") == "without an outcome 1\n"
    assert example.redis.llen("other") == 1
