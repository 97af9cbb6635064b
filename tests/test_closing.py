"""A client that is closed while it is in use, and runs that nobody begins."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest

from videotasks import Ark, AsyncTasks, Closed, Outcome, Tasks, VideoTasksError
from videotasks._weak import WeakBag
from videotasks.simulator import Simulator

from .conftest import AT_ONCE
from .holding import PATIENCE, Holding

# Answers on their way.


def test_answers_on_their_way_arrive(holding: Holding) -> None:
    """Closing from another thread cuts off no answer; connections go when the last one is in."""
    tasks = Tasks(holding.ark, retry=AT_ONCE)
    with ThreadPoolExecutor(12) as threads:
        deleting = [threads.submit(tasks.delete, f"ark:{number}") for number in range(12)]
        for _ in range(12):
            assert holding.arrived.acquire(timeout=PATIENCE)
        tasks.close()
        sent = holding.requests
        with pytest.raises(Closed):
            tasks.get("ark:1")
        holding.release.set()
        assert [one.result(PATIENCE).name for one in deleting] == ["deleted"] * 12
    assert holding.requests == sent
    assert holding.all_ended()


def test_answers_on_their_way_arrive_async(holding: Holding) -> None:
    """The same for asyncio, where another task closes."""

    async def main() -> list[str]:
        tasks = AsyncTasks(holding.ark, retry=AT_ONCE)
        deleting = [asyncio.create_task(tasks.delete(f"ark:{number}")) for number in range(12)]
        for _ in range(12):
            assert await asyncio.to_thread(holding.arrived.acquire, timeout=PATIENCE)
        await tasks.close()
        sent = holding.requests
        with pytest.raises(Closed):
            await tasks.get("ark:1")
        holding.release.set()
        outcomes = await asyncio.gather(*deleting)
        assert holding.requests == sent
        return [outcome.name for outcome in outcomes]

    assert asyncio.run(main()) == ["deleted"] * 12
    assert holding.all_ended()


def test_closed_by_a_signal_handler(holding: Holding) -> None:
    """A signal handler may close the client whose call it interrupts; the answer still comes."""
    tasks = Tasks(holding.ark, retry=AT_ONCE)

    def handler(_number: int, _frame: FrameType | None) -> None:
        tasks.close()
        holding.release.set()

    def interrupt() -> None:
        holding.arrived.acquire(timeout=PATIENCE)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    previous = signal.signal(signal.SIGUSR1, handler)
    thread = threading.Thread(target=interrupt)
    try:
        thread.start()
        assert tasks.delete("ark:1").name == "deleted"
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, previous)
    assert holding.all_ended()


def test_bulk_in_flight_keeps_its_outcome(holding: Holding) -> None:
    """What bulk work has on its way when the client is closed gets its own true outcome."""
    tasks = Tasks(holding.ark, retry=AT_ONCE)
    read: list[str] = []

    def endless() -> Iterator[str]:
        while len(read) < 2000:
            read.append(f"ark:{len(read)}")
            yield read[-1]

    def close() -> None:
        for _ in range(4):
            holding.arrived.acquire(timeout=PATIENCE)
        tasks.close()
        holding.release.set()

    closing = threading.Thread(target=close)
    closing.start()
    outcomes = list(tasks.delete_many(endless(), concurrency=4))
    closing.join()
    assert sorted(str(outcome.ref) for outcome in outcomes) == sorted(read)
    names = [outcome.name for outcome in outcomes]
    assert names.count("deleted") == 4
    assert set(names) <= {"deleted", "unsent"}
    assert holding.all_ended()


# Bulk work after closing.


def ark(sim: Simulator) -> Ark:
    return Ark(sim.api_key, base_url=sim.ark_url, limits=None)


def check_closed(sim: Simulator, read: list[str], seen: list[Outcome]) -> None:
    assert sorted(str(outcome.ref) for outcome in seen) == sorted(read)
    for outcome in seen:
        left = sim.ark.status(outcome.ref.id)
        assert (outcome.name, left) in {("deleted", None), ("unsent", "succeeded")}


def test_endless_input_ends(sim: Simulator) -> None:
    """After closing not one more ref is read, and what was read and not begun is Unsent."""
    read: list[str] = []

    def endless() -> Iterator[str]:
        while len(read) < 2000:
            read.append(f"ark:{sim.ark.add('succeeded')}")
            yield read[-1]

    tasks = Tasks(ark(sim), retry=AT_ONCE)
    outcomes = tasks.delete_many(endless(), concurrency=4)
    seen = [next(outcomes) for _ in range(5)]
    before = len(read)
    tasks.close()
    seen.extend(outcomes)
    assert len(read) == before
    check_closed(sim, read, seen)
    assert outcomes.rest == ()


def test_closed_while_reading(sim: Simulator) -> None:
    """A ref that is just being read when the client is closed is Unsent, and the last one."""
    read: list[str] = []
    tasks = Tasks(ark(sim), retry=AT_ONCE)

    def closing() -> Iterator[str]:
        while len(read) < 2000:
            read.append(f"ark:{sim.ark.add('succeeded')}")
            if len(read) == 9:
                tasks.close()
            yield read[-1]

    seen = list(tasks.delete_many(closing(), concurrency=2))
    assert len(read) == 9
    check_closed(sim, read, seen)
    assert {str(outcome.ref): outcome.name for outcome in seen}[read[-1]] == "unsent"


def test_endless_input_ends_async(sim: Simulator) -> None:
    """The same for asyncio, also where the input never gives another ref."""
    read: list[str] = []

    async def stuck() -> AsyncIterator[str]:
        for _ in range(6):
            read.append(f"ark:{sim.ark.add('succeeded')}")
            yield read[-1]
        await asyncio.Event().wait()

    async def main() -> None:
        tasks = AsyncTasks(ark(sim), retry=AT_ONCE)
        seen: list[Outcome] = []

        async def consume() -> None:
            async for outcome in tasks.delete_many(stuck(), concurrency=2):
                seen.append(outcome)  # noqa: PERF401  # looked at meanwhile

        consuming = asyncio.create_task(consume())
        while len(seen) < 6:
            await asyncio.sleep(0)
        await tasks.close()
        async with asyncio.timeout(PATIENCE):
            await consuming
        check_closed(sim, read, seen)

    asyncio.run(main())


def test_closed_in_midst_async(sim: Simulator) -> None:
    """In asyncio, too, what was read and not begun is Unsent after closing."""
    read: list[str] = []

    def endless() -> Iterator[str]:
        while len(read) < 2000:
            read.append(f"ark:{sim.ark.add('succeeded')}")
            yield read[-1]

    async def main() -> None:
        tasks = AsyncTasks(ark(sim), retry=AT_ONCE)
        outcomes = tasks.delete_many(endless(), concurrency=4)
        seen = [await anext(outcomes) for _ in range(5)]
        await tasks.close()
        seen += [outcome async for outcome in outcomes]
        check_closed(sim, read, seen)
        assert outcomes.rest == ()

    asyncio.run(main())
    assert len(read) < 30


def test_begun_after_closing(sim: Simulator) -> None:
    """Iterating for the first time after closing says so, rather than that there is nothing."""
    with Tasks(ark(sim)) as tasks:
        outcomes = tasks.delete_many(["ark:1"])
    with pytest.raises(Closed, match="nothing was sent"):
        next(outcomes)

    async def main() -> None:
        async with AsyncTasks(ark(sim)) as tasks:
            outcomes = tasks.delete_many(["ark:1"])
        with pytest.raises(Closed, match="nothing was sent"):
            await anext(outcomes)

    asyncio.run(main())
    assert sim.ark.requests == ()


class Member:
    """Something that can be forgotten."""


def test_members_that_come_and_go() -> None:
    """A bag of weak references may change while somebody goes through it."""
    members, bag = [Member() for _ in range(10)], WeakBag[Member]()
    for number in range(10):
        bag.add(members[number])
    going = iter(bag)
    next(going)
    more = Member()
    bag.add(more)
    del members[5:]
    gc.collect()
    assert 4 <= len(list(going)) <= 5
    assert len(bag) == 6
    bag.discard(more)
    bag.discard(more)
    assert len(bag) == 5


def test_runs_that_begin_while_closing(sim: Simulator) -> None:
    """A client may be closed while other threads begin runs with it."""
    for _ in range(5):
        tasks = Tasks(ark(sim), retry=AT_ONCE)
        started = threading.Barrier(5)

        def begin(tasks: Tasks = tasks, started: threading.Barrier = started) -> str:
            runs = list[object]()
            started.wait()
            try:
                while True:
                    run = tasks.delete_many([])
                    runs.append(run)
                    run.close()
            except VideoTasksError as error:
                return type(error).__name__

        with ThreadPoolExecutor(4) as threads:
            beginning = [threads.submit(begin) for _ in range(4)]
            started.wait()
            tasks.close()
            assert [one.result(PATIENCE) for one in beginning] == ["Closed"] * 4


# Runs that are stopped.


def endless(sim: Simulator, read: list[str]) -> Iterator[str]:
    """Refs without an end, noted as they are read."""
    while len(read) < 2000:
        read.append(f"ark:{sim.ark.add('succeeded')}")
        yield read[-1]


def test_stopped(sim: Simulator) -> None:
    """After `stop()` nothing is read or sent any more, and every ref read has a true outcome."""
    read: list[str] = []
    with Tasks(ark(sim), retry=AT_ONCE) as tasks:
        outcomes = tasks.delete_many(endless(sim, read), concurrency=4)
        seen = [next(outcomes) for _ in range(5)]
        outcomes.stop()
        before = len(read)
        seen.extend(outcomes)
        assert len(read) == before
        check_closed(sim, read, seen)
        assert outcomes.rest == ()
        sent = len(sim.ark.requests)
        outcomes.stop()
        outcomes.close()
        assert len(sim.ark.requests) == sent


def test_stopped_async(sim: Simulator) -> None:
    """The same for asyncio, from another thread."""
    read: list[str] = []

    async def main() -> None:
        async with AsyncTasks(ark(sim), retry=AT_ONCE) as tasks:
            outcomes = tasks.delete_many(endless(sim, read), concurrency=4)
            seen = [await anext(outcomes) for _ in range(5)]
            await asyncio.to_thread(outcomes.stop)
            before = len(read)
            seen += [outcome async for outcome in outcomes]
            assert len(read) == before
            check_closed(sim, read, seen)
            assert outcomes.rest == ()

    asyncio.run(main())


def test_stopped_before_it_begins(sim: Simulator) -> None:
    """A run that is stopped first reads nothing, and ends at once."""
    read: list[str] = []

    async def main() -> None:
        async with AsyncTasks(ark(sim)) as tasks:
            outcomes = tasks.delete_many(endless(sim, read))
            outcomes.stop()
            assert [outcome async for outcome in outcomes] == []

    with Tasks(ark(sim)) as tasks:
        outcomes = tasks.delete_many(endless(sim, read))
        outcomes.stop()
        assert list(outcomes) == []
    asyncio.run(main())
    assert read == []


@pytest.mark.parametrize("times", [1, 2])
def test_stopped_by_a_signal_handler(holding: Holding, times: int) -> None:
    """The first `stop()` waits for the answers on their way; the second gives that up, and what was
    sent is unknown. A handler may call it while the same thread waits."""
    main = threading.main_thread().ident or 0

    def handler(_number: int, _frame: FrameType | None) -> None:
        outcomes.stop()
        handled.release()

    def interrupt() -> None:
        for _ in range(4):
            holding.arrived.acquire(timeout=PATIENCE)
        for _ in range(times):
            signal.pthread_kill(main, signal.SIGUSR1)
            handled.acquire(timeout=PATIENCE)
        if times == 1:
            holding.release.set()

    handled = threading.Semaphore(0)
    previous = signal.signal(signal.SIGUSR1, handler)
    read: list[str] = []
    thread = threading.Thread(target=interrupt)
    try:
        with Tasks(holding.ark, retry=AT_ONCE) as tasks:
            outcomes = tasks.delete_many(numbered(read), concurrency=4)
            thread.start()
            names = [outcome.name for outcome in outcomes]
    finally:
        thread.join()
        holding.release.set()
        signal.signal(signal.SIGUSR1, previous)
    assert len(names) == len(read)
    assert names.count("deleted" if times == 1 else "unknown") == 4
    assert set(names) <= {"deleted" if times == 1 else "unknown", "unsent"}


def numbered(read: list[str]) -> Iterator[str]:
    while len(read) < 2000:
        read.append(f"ark:{len(read)}")
        yield read[-1]


def test_stopped_twice_async(holding: Holding) -> None:
    """The same in asyncio: what is still on its way after a second `stop()` is unknown."""
    read: list[str] = []

    async def main() -> list[str]:
        async with AsyncTasks(holding.ark, retry=AT_ONCE) as tasks:
            outcomes = tasks.delete_many(numbered(read), concurrency=4)

            async def consume() -> list[str]:
                return [outcome.name async for outcome in outcomes]

            consuming = asyncio.create_task(consume())
            for _ in range(4):
                await asyncio.to_thread(holding.arrived.acquire, timeout=PATIENCE)
            outcomes.stop()
            outcomes.stop()
            return await consuming

    names = asyncio.run(main())
    assert len(names) == len(read)
    assert names.count("unknown") == 4
    assert set(names) <= {"unknown", "unsent"}


# Runs that are never begun.

DROPS: dict[str, Callable[[Tasks], object]] = {
    "deleted": lambda tasks: tasks.delete_many(["ark:1"]),
    "cancelled": lambda tasks: tasks.cancel_many(["ark:1"]),
    "deleted too": lambda tasks: tasks.plan([]).run(),
}
ASYNC_DROPS: dict[str, Callable[[AsyncTasks], object]] = {
    "deleted": lambda tasks: tasks.delete_many(["ark:1"]),
    "cancelled": lambda tasks: tasks.cancel_many(["ark:1"]),
    "deleted too": lambda tasks: tasks.plan([]).run(),
}


@pytest.mark.parametrize("what", DROPS)
def test_never_iterated(sim: Simulator, what: str) -> None:
    """A run that is dropped without having been begun warns, and names the line that dropped it."""
    said = f"never iterated, so nothing was {what.split()[0]}"
    with Tasks(ark(sim)) as tasks, pytest.warns(RuntimeWarning, match=said) as caught:
        DROPS[what](tasks)
    assert [warning.filename for warning in caught] == [__file__]

    async def main() -> None:
        async with AsyncTasks(ark(sim)) as tasks:
            with pytest.warns(RuntimeWarning, match=said) as caught:
                ASYNC_DROPS[what](tasks)
            assert [warning.filename for warning in caught] == [__file__]

    asyncio.run(main())
    assert sim.ark.requests == ()


def test_meant_all_the_same(sim: Simulator) -> None:
    """A run that was closed, entered or iterated does not warn."""

    async def main() -> None:
        async with AsyncTasks(ark(sim)) as tasks:
            await tasks.delete_many(["ark:1"]).close()
            async with tasks.delete_many(["ark:1"]):
                pass
            assert [outcome async for outcome in tasks.delete_many([])] == []

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with Tasks(ark(sim)) as tasks:
            tasks.delete_many(["ark:1"]).close()
            with tasks.delete_many(["ark:1"]):
                pass
            assert list(tasks.delete_many([])) == []
        asyncio.run(main())
        gc.collect()
    assert [str(one.message) for one in caught if one.category is RuntimeWarning] == []


AT_THE_END = """
from videotasks import Ark, Tasks

tasks = Tasks(Ark("key", base_url="http://127.0.0.1:9"))
run = tasks.delete_many(["ark:1"])
tasks.loop = run.loop = tasks, run
"""


def test_never_iterated_at_the_end() -> None:
    """What is left when the interpreter ends is not complained about."""
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_END],
        env={**os.environ, "PYTHONWARNINGS": "always::RuntimeWarning"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "never iterated" not in done.stderr


def test_closed_by_another_thread_while_its_loop_is_busy(sim: Simulator) -> None:
    """Closed from another thread while nobody waits for an outcome, a run just ends."""
    ids = [sim.ark.add("succeeded") for _ in range(60)]
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None)) as tasks:
        outcomes = tasks.delete_many([f"ark:{task_id}" for task_id in ids], concurrency=4)
        seen = [next(outcomes)]
        sim.latency = 0.2
        closer = threading.Thread(target=outcomes.close)
        closer.start()
        try:
            seen.extend(outcomes)
        finally:
            sim.latency = 0.0
            closer.join()
        for outcome in (*seen, *outcomes.rest):
            left = sim.ark.status(outcome.ref.id)
            assert (outcome.name, left) in {("deleted", None), ("unsent", "succeeded")}


def test_closed_by_another_task_while_its_loop_is_busy(sim: Simulator) -> None:
    """The same for asyncio."""
    ids = [sim.ark.add("succeeded") for _ in range(60)]

    async def work() -> None:
        async with AsyncTasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None)) as tasks:
            outcomes = tasks.delete_many([f"ark:{task_id}" for task_id in ids], concurrency=4)
            seen = [await anext(outcomes)]
            sim.latency = 0.2
            closer = asyncio.create_task(outcomes.close())
            await asyncio.sleep(0)  # it has begun
            seen.extend([outcome async for outcome in outcomes])
            await closer
            for outcome in (*seen, *outcomes.rest):
                left = sim.ark.status(outcome.ref.id)
                assert (outcome.name, left) in {("deleted", None), ("unsent", "succeeded")}

    try:
        asyncio.run(work())
    finally:
        sim.latency = 0.0
