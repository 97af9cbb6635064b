"""A simulator for each worker, fresh for each test, and both clients behind one face."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest

from videotasks import (
    Ark,
    AsyncPlan,
    AsyncTasks,
    Outcome,
    Plan,
    Preview,
    Provider,
    Ref,
    Retry,
    Task,
    Tasks,
    Verb,
    WaitResult,
)
from videotasks._providers import PROVIDERS
from videotasks._rules.pacing import Limits
from videotasks.simulator import Simulator

from . import canary
from .holding import Holding

Mode = Literal["sync", "async"]
T = TypeVar("T")

AT_ONCE = Retry(backoff=0, max_retry_after=0)
"""Tries again without waiting."""


class Client:
    """`Tasks`, or `AsyncTasks` on an event loop of its own, called in the same way."""

    def __init__(self, mode: Mode, *providers: Provider[Any], **options: Any) -> None:
        options.setdefault("retry", AT_ONCE)
        self.mode = mode
        if mode == "sync":
            self._tasks = Tasks(*providers, **options)
        else:
            self._runner = asyncio.Runner()
            self._async_tasks = AsyncTasks(*providers, **options)

    def get(self, ref: Ref | str, **options: Any) -> Task:
        if self.mode == "sync":
            return self._tasks.get(ref, **options)
        return self._runner.run(self._async_tasks.get(ref, **options))

    def cancel(self, ref: Ref | str, **options: Any) -> Outcome:
        if self.mode == "sync":
            return self._tasks.cancel(ref, **options)
        return self._runner.run(self._async_tasks.cancel(ref, **options))

    def delete(self, ref: Ref | str, **options: Any) -> Outcome:
        if self.mode == "sync":
            return self._tasks.delete(ref, **options)
        return self._runner.run(self._async_tasks.delete(ref, **options))

    def wait(self, ref: Ref | str, **options: Any) -> Task:
        if self.mode == "sync":
            return self._tasks.wait(ref, **options)
        return self._runner.run(self._async_tasks.wait(ref, **options))

    def waited(self, refs: Iterable[Ref | str], **options: Any) -> Iterator[WaitResult]:
        if self.mode == "sync":
            return self._tasks.wait_many(refs, **options)
        return self._stepwise(self._async_tasks.wait_many(refs, **options))

    def save(self, task: Task | Ref | str, folder: Path, **options: Any) -> tuple[Path, ...]:
        if self.mode == "sync":
            return self._tasks.save(task, folder, **options)
        return self._runner.run(self._async_tasks.save(task, folder, **options))

    def plan(self, tasks: Iterable[Task]) -> Plan | AsyncPlan:
        return self._tasks.plan(tasks) if self.mode == "sync" else self._async_tasks.plan(tasks)

    def act(self, verb: str, ref: Ref | str, **options: Any) -> Outcome:
        return self.cancel(ref, **options) if verb == "cancel" else self.delete(ref, **options)

    def many(self, verb: str, refs: Iterable[Ref | str], **options: Any) -> list[Outcome]:
        if self.mode == "sync":
            many = self._tasks.cancel_many if verb == "cancel" else self._tasks.delete_many
            return list(many(refs, **options))

        async def collect() -> list[Outcome]:
            tasks = self._async_tasks
            many = tasks.cancel_many if verb == "cancel" else tasks.delete_many
            return [outcome async for outcome in many(refs, **options)]

        return self._runner.run(collect())

    def listed(self, provider: str, **options: Any) -> Iterator[Task]:
        if self.mode == "sync":
            return self._tasks.list(provider, **options)
        return self._stepwise(self._async_tasks.list(provider, **options))

    def preview(
        self, verb: Verb, refs: Iterable[Ref | str | Task], **options: Any
    ) -> Iterator[Preview]:
        if self.mode == "sync":
            return self._tasks.preview(verb, refs, **options)
        return self._stepwise(self._async_tasks.preview(verb, refs, **options))

    def purge(self, provider: str, **options: Any) -> Plan | AsyncPlan:
        if self.mode == "sync":
            return self._tasks.purge(provider, **options)
        return self._runner.run(self._async_tasks.purge(provider, **options))

    def run(self, plan: Plan | AsyncPlan, **options: Any) -> list[Outcome]:
        if isinstance(plan, Plan):
            return list(plan.run(**options))

        async def collect() -> list[Outcome]:
            return [outcome async for outcome in plan.run(**options)]

        return self._runner.run(collect())

    def _stepwise(self, items: AsyncIterator[T]) -> Iterator[T]:
        """An async iterator, taken one by one, so that a test can do things in between."""

        async def step() -> T | None:
            return await anext(items, None)

        try:
            while (item := self._runner.run(step())) is not None:
                yield item
        finally:
            if isinstance(items, AsyncGenerator):
                self._runner.run(items.aclose())

    def close_tasks(self) -> None:
        if self.mode == "sync":
            self._tasks.close()
        else:
            self._runner.run(self._async_tasks.close())

    def close(self) -> None:
        self.close_tasks()
        if self.mode == "async":
            self._runner.close()


Connect = Callable[..., Client]


MOST_CASES = 12
"""Cases of one test that are all tried both sync and async."""
TURNS = ("sync", "async", "async", "sync")
"""In such an order that neither goes with every other value of another parameter."""
FIRST = "test_typing.py"
"""What takes longest; at the end, all would wait for it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try the many cases of a table sync and async by turns: what they differ in is shared code.

    Where few cases take long, `by_turns` asks for it.
    """
    tables: dict[str, list[pytest.Function]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and "mode" in item.fixturenames:
            tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left_out: set[pytest.Item] = set()
    for table in tables.values():
        if len(table) > 2 * MOST_CASES or table[0].get_closest_marker("by_turns"):
            turns = TURNS * len(table)
            cases: dict[str, str] = {}
            for item in table:
                mode = str(item.callspec.params["mode"])
                case = item.nodeid.replace(f"{mode}-", "", 1)
                if mode != cases.setdefault(case, turns[len(cases)]):
                    left_out.add(item)
    items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: item.path.name != FIRST)


def pytest_configure() -> None:
    """Look for the key in all that is logged and raised."""
    canary.install()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look for the key in what a test printed and wrote."""
    report = yield
    if report.when == "teardown" and isinstance(item, pytest.Function):
        if isinstance(folder := item.funcargs.get("tmp_path"), Path):
            canary.look_into(folder)
        canary.look_at_report(report)
    return report


@pytest.fixture(scope="session")
def server() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(server: Simulator) -> Iterator[Simulator]:
    """The simulator, empty; a request that it does not model fails the test."""
    server.reset()
    yield server
    assert server.unmodelled == []


@pytest.fixture
def holding() -> Iterator[Holding]:
    with Holding() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> Mode:
    mode: Mode = request.param
    return mode


@pytest.fixture
def connect(sim: Simulator, mode: Mode) -> Generator[Connect]:
    """Make a client of all simulated providers; keywords for TensorsLab or the client."""
    clients: list[Client] = []

    def make(*, tensorslab: dict[str, Any] | None = None, **options: Any) -> Client:
        own = {"tensorslab": tensorslab or {}}
        providers = [
            kind(
                sim.api_key, base_url=sim.base_url(kind.name), limits=None, **own.get(kind.name, {})
            )
            for kind in PROVIDERS
        ]
        client = Client(mode, *providers, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect) -> Client:
    """A client of all simulated providers."""
    return connect()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from the caller's environment reaches a test."""
    variables = {make.info.key_variable for make in PROVIDERS}
    variables |= {make.info.url_variable for make in PROVIDERS}
    for name in list(os.environ):
        ours = name in variables or name.startswith("SSL")
        if ours or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def limited(sim: Simulator, mode: Mode) -> Iterator[Callable[..., Client]]:
    """Make a client with limits; keywords for the client."""
    clients: list[Client] = []

    def make(limits: Limits | None, **options: Any) -> Client:
        ark = Ark(sim.api_key, base_url=sim.ark_url, limits=limits)
        client = Client(mode, ark, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def answers(sim: Simulator) -> Counter[int]:
    """How many requests to Ark had each status for an answer."""
    return Counter(request.status for request in sim.ark.requests)


@pytest.fixture
def redis_socket(tmp_path: Path) -> Iterator[str]:
    """A real Redis of its own, at this socket."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server here; Debian's package is redis-server")
    socket = str(tmp_path / "redis.sock")
    options = ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"]
    with subprocess.Popen(
        [program, *options, "--dir", str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "ready to accept connections" in line.lower():
                break
        yield socket
        server.terminate()
        server.communicate()
