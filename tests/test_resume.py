"""Bulk work that is stopped, in every way there is: nothing is lost, and it can be gone on with."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import pytest

from videotasks import Ark, AsyncOutcomes, AsyncTasks, Outcome, Tasks, TensorsLab, skip_done
from videotasks.simulator import Fault, Simulator

from .command import next_line
from .conftest import AT_ONCE, Client

TRUE = {
    ("deleted", None),
    ("gone", None),
    ("unsent", "succeeded"),
    ("unsent", "completed"),
}
"""Outcomes, with what is then left on the server. Unknown agrees with anything."""

KILLED = """
import json, sys
from videotasks import Ark, Tasks

with Tasks(Ark("sim-key", base_url=sys.argv[1], limits=None)) as tasks:
    refs = (line.strip() for line in open(sys.argv[2]))
    for outcome in tasks.delete_many(refs, concurrency=8):
        print(json.dumps(outcome.to_dict()), flush=True)
"""
INTERRUPTED = """
import json, sys
from videotasks import Ark, Tasks

def refs():
    for number, line in enumerate(open(sys.argv[2])):
        if number == 60:
            print("reading", flush=True)
        yield line.strip()

seen = []
with Tasks(Ark("sim-key", base_url=sys.argv[1], limits=None)) as tasks:
    outcomes = tasks.delete_many(refs(), concurrency=8)
    try:
        seen.extend(outcomes)
    except KeyboardInterrupt:
        outcomes.close()
        # One may have been on its way to us just then.
        found = {outcome.ref: outcome for outcome in [*outcomes.rest, *seen, outcomes.last]}
        for outcome in found.values():
            print(json.dumps(outcome.to_dict()))
"""


class Reading:
    """Refs, counted as they are read."""

    def __init__(self, refs: Iterable[str]) -> None:
        self.refs = iter(refs)
        self.read: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for ref in self.refs:
            self.read.append(ref)
            yield ref

    async def slowly(self) -> AsyncIterator[str]:
        await asyncio.sleep(0)
        for ref in self:
            yield ref
            await asyncio.sleep(0)


class Simulated(Protocol):
    def status(self, task_id: str) -> str | None: ...


def state(sim: Simulator, outcome: Outcome) -> str | None:
    provider: Simulated = sim.ark if outcome.ref.provider == "ark" else sim.tensorslab
    return provider.status(outcome.ref.id)


def check_account(sim: Simulator, refs: Reading, outcomes: Iterable[Outcome]) -> None:
    """Every ref read has one outcome, and each says what is so on the server."""
    outcomes = list(outcomes)
    assert Counter(str(outcome.ref) for outcome in outcomes) == Counter(refs.read)
    for outcome in outcomes:
        assert outcome.name == "unknown" or (outcome.name, state(sim, outcome)) in TRUE


def requests(sim: Simulator) -> int:
    return len(sim.ark.requests) + len(sim.tensorslab.requests)


def deleted_ids(sim: Simulator) -> Counter[str]:
    """How many DELETEs came for each id."""
    return Counter(
        task_id
        for request in sim.ark.requests
        if request.operation == "delete"
        for task_id in request.ids
    )


def some_refs(sim: Simulator, number: int = 100) -> Reading:
    """Refs of both providers, in turn."""
    pairs = [
        (f"ark:{sim.ark.add('succeeded')}", f"tensorslab:{sim.tensorslab.add('completed')}")
        for _ in range(number)
    ]
    return Reading([ref for pair in pairs for ref in pair])


def providers(sim: Simulator) -> tuple[Ark, TensorsLab]:
    return (
        Ark(sim.api_key, base_url=sim.ark_url, limits=None),
        TensorsLab(sim.api_key, base_url=sim.tensorslab_url, batch_size=5),
    )


def sync_tasks(sim: Simulator) -> Tasks:
    return Tasks(*providers(sim), retry=AT_ONCE)


def async_tasks(sim: Simulator) -> AsyncTasks:
    return AsyncTasks(*providers(sim), retry=AT_ONCE)


@pytest.fixture
def slow(sim: Simulator) -> Iterator[Simulator]:
    """The simulator, with a little latency, so that something is always on its way."""
    sim.latency = 0.01
    yield sim
    sim.latency = 0.0


# Killed.


class Start(Protocol):
    def __call__(self, program: str) -> tuple[subprocess.Popen[str], list[str]]: ...


@pytest.fixture
def start(slow: Simulator, tmp_path: Path) -> Iterator[Start]:
    """Start a program that deletes 150 tasks; gives it, and their refs."""
    with ExitStack() as stack:

        def start(program: str) -> tuple[subprocess.Popen[str], list[str]]:
            refs = [f"ark:{slow.ark.add('succeeded')}" for _ in range(150)]
            (tmp_path / "refs").write_text("\n".join(refs))
            command = [sys.executable, "-c", program, slow.ark_url, str(tmp_path / "refs")]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            return process, refs

        yield start


def read_lines(process: subprocess.Popen[str], number: int) -> list[str]:
    assert process.stdout is not None
    return [next_line(process.stdout) for _ in range(number)]


@pytest.mark.by_turns
@pytest.mark.parametrize("seen", [1, 60])
def test_killed_and_resumed(start: Start, client: Client, sim: Simulator, seen: int) -> None:
    """After kill -9 a second run goes on: all tasks go, and none known as done is sent again."""
    process, refs = start(KILLED)
    lines = read_lines(process, seen)
    process.kill()
    assert process.stdout is not None
    lines += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL
    cut = lines.pop()
    lines.append(cut[: len(cut) // 2])

    done = {json.loads(line)["ref"] for line in lines[:-1]}
    before = deleted_ids(sim)
    left = list(skip_done(refs, lines))
    outcomes = client.many("delete", left)
    assert sorted([*done, *left]) == sorted(refs)
    assert Counter(str(outcome.ref) for outcome in outcomes) == Counter(left)
    assert {outcome.name for outcome in outcomes} <= {"deleted", "gone"}
    assert sim.ark.ids() == ()
    after = deleted_ids(sim)
    for ref in done:
        assert after[ref.removeprefix("ark:")] == before[ref.removeprefix("ark:")] == 1
    assert list(skip_done(refs, [*lines, *outcomes])) == []


def test_ctrl_c_in_a_program(start: Start, sim: Simulator) -> None:
    """Ctrl-C ends a run soon, with an outcome for every ref that it had read."""
    process, refs = start(INTERRUPTED)
    assert read_lines(process, 1) == ["reading\n"]
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    records = [json.loads(line) for line in output.splitlines()]
    assert Counter(record["ref"] for record in records) == Counter(refs[: len(records)])
    assert 60 <= len(records) < 150
    for record in records:
        left = sim.ark.status(record["ref"].removeprefix("ark:"))
        assert record["outcome"] == "unknown" or (record["outcome"], left) in TRUE
    unknown = sum(record["outcome"] == "unknown" for record in records)
    deleted = sum(record["ok"] for record in records)
    assert 150 - deleted - unknown <= len(sim.ark.ids()) <= 150 - deleted
    assert unknown <= 1  # one that was just being begun, or taken in


# Stopped early.


@pytest.mark.parametrize("taken", [1, 25])
def test_closed_early(slow: Simulator, taken: int) -> None:
    """Closing waits for what is on its way, sends nothing more, and gives account of the rest."""
    refs = some_refs(slow)
    with sync_tasks(slow) as tasks:
        outcomes = tasks.delete_many(refs, concurrency=4)
        seen = [next(outcomes) for _ in range(taken)]
        outcomes.close()
        sent = requests(slow)
        check_account(slow, refs, [*seen, *outcomes.rest])
        assert "unknown" not in {outcome.name for outcome in outcomes.rest}
        assert list(outcomes) == []
        outcomes.close()
        tasks.get(f"ark:{slow.ark.add('queued')}")
        assert requests(slow) == sent + 1
    assert taken < len(refs.read) < 200


@pytest.mark.parametrize("taken", [1, 25])
def test_closed_early_async(slow: Simulator, taken: int) -> None:
    """The same for asyncio."""
    refs = some_refs(slow)

    async def main() -> None:
        async with async_tasks(slow) as tasks:
            outcomes = tasks.delete_many(refs.slowly(), concurrency=4)
            seen = [await anext(outcomes) for _ in range(taken)]
            await outcomes.close()
            sent = requests(slow)
            check_account(slow, refs, [*seen, *outcomes.rest])
            assert "unknown" not in {outcome.name for outcome in outcomes.rest}
            assert [outcome async for outcome in outcomes] == []
            await outcomes.close()
            await tasks.get(f"ark:{slow.ark.add('queued')}")
            assert requests(slow) == sent + 1

    asyncio.run(main())
    assert taken < len(refs.read) < 200


def test_run_to_its_end(client: Client, sim: Simulator) -> None:
    """A run that was not stopped leaves no rest."""
    refs = some_refs(sim, 20)
    with sync_tasks(sim) as tasks, tasks.delete_many(refs) as outcomes:
        check_account(sim, refs, list(outcomes))
        assert outcomes.rest == ()
    assert client.many("delete", []) == []


def test_ctrl_c_in_the_loop(slow: Simulator) -> None:
    """Ctrl-C while an outcome is looked at stops as closing does."""
    refs = some_refs(slow)
    seen: list[Outcome] = []
    with sync_tasks(slow) as tasks:
        outcomes = tasks.delete_many(refs, concurrency=4)
        with pytest.raises(KeyboardInterrupt), outcomes:  # noqa: PT012  # raised in the loop
            for outcome in outcomes:
                seen.append(outcome)
                if len(seen) == 10:
                    signal.raise_signal(signal.SIGINT)
        sent = requests(slow)
        check_account(slow, refs, [*seen, *outcomes.rest])
        tasks.get(f"ark:{slow.ark.add('queued')}")
        assert requests(slow) == sent + 1


def test_ctrl_c_while_reading(slow: Simulator) -> None:
    """Ctrl-C while the input is read, too."""
    refs = some_refs(slow)

    def interrupted() -> Iterator[str]:
        for number, ref in enumerate(refs):
            if number == 40:
                refs.read.pop()
                signal.raise_signal(signal.SIGINT)
            yield ref

    seen: list[Outcome] = []
    with sync_tasks(slow) as tasks:
        outcomes = tasks.delete_many(interrupted(), concurrency=4)
        with pytest.raises(KeyboardInterrupt):
            seen.extend(outcomes)
        check_account(slow, refs, [*seen, *outcomes.rest])
    assert len(refs.read) == 40


@contextmanager
def alarm(seconds: float) -> Generator[None]:
    """Interrupt what takes longer, rather than hang."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("stopping took too long")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _interrupt_at(line: int, reached: Callable[[], None]) -> Callable[..., Any]:
    """A tracer that raises KeyboardInterrupt before the line-th line of the bulk engine.

    Left out are the moments between reading a ref and noting it, and between handing an outcome out
    and noting that: what happens there is known to the caller alone.
    """
    lines = 0

    def engine(_frame: FrameType, event: str, _arg: object) -> Callable[..., Any]:
        nonlocal lines
        lines += event == "line"
        if lines == line and event == "line":
            sys.settrace(None)
            reached()
            raise KeyboardInterrupt
        return engine

    def tracer(frame: FrameType, _event: str, _arg: object) -> Callable[..., Any] | None:
        code = frame.f_code
        ours = code.co_filename.endswith(("/threads.py", "/bulk.py", "/queues.py"))
        return engine if ours and code.co_name not in {"_read", "offer", "handed_out"} else None

    return tracer


def test_ctrl_c_at_any_moment(sim: Simulator) -> None:
    """Wherever in the engine Ctrl-C strikes, it ends in time, and no ref is lost or doubled."""
    struck: list[int] = []
    for line in range(3, 900, 23):
        refs = Reading([f"ark:{sim.ark.add('succeeded')}" for _ in range(25)])
        seen: list[Outcome] = []
        with sync_tasks(sim) as tasks, alarm(5.0):
            outcomes = tasks.delete_many(refs, concurrency=3)
            sys.settrace(_interrupt_at(line, lambda: struck.append(1)))
            try:
                seen.extend(outcomes)
            except KeyboardInterrupt:
                outcomes.close()
            finally:
                sys.settrace(None)
            # The last one may have been handed out, and not yet been noted as such.
            rest = [outcome for outcome in outcomes.rest if outcome not in seen[-1:]]
            check_account(sim, refs, [*seen, *rest])
    assert len(struck) > 10


def test_closed_by_another_thread(slow: Simulator) -> None:
    """Closing from another thread ends the iteration, with every ref read accounted for."""
    refs, seen, started = some_refs(slow), list[Outcome](), threading.Event()
    with sync_tasks(slow) as tasks:
        outcomes = tasks.delete_many(refs, concurrency=4)

        def consume() -> None:
            for outcome in outcomes:
                seen.append(outcome)
                started.set()

        thread = threading.Thread(target=consume)
        thread.start()
        assert started.wait(30)
        outcomes.close()
        thread.join(30)
        assert not thread.is_alive()
        sent = requests(slow)
        outcomes.close()
        check_account(slow, refs, [*seen, *outcomes.rest])
        assert slow.ark.ids()
        assert requests(slow) == sent


def test_closed_by_another_task(slow: Simulator) -> None:
    """Closing from another asyncio task ends the iteration too; so does `aclosing`."""
    refs = some_refs(slow)

    async def main() -> None:
        async with async_tasks(slow) as tasks:
            seen: list[Outcome] = []
            async with aclosing(tasks.delete_many(refs, concurrency=4)) as outcomes:

                async def consume() -> None:
                    async for outcome in outcomes:
                        seen.append(outcome)  # noqa: PERF401  # kept when stopped

                task = asyncio.create_task(consume())
                while not seen:
                    await asyncio.sleep(0)
                await outcomes.close()
                await task
            check_account(slow, refs, [*seen, *outcomes.rest])
            assert slow.ark.ids()

    asyncio.run(main())


@pytest.mark.parametrize("with_statement", [True, False])
def test_cancelled_task(slow: Simulator, with_statement: bool) -> None:
    """Cancelling the asyncio task that waits for outcomes stops as closing does."""
    refs = some_refs(slow)

    async def main() -> None:
        async with async_tasks(slow) as tasks:
            seen: list[Outcome] = []
            enough = asyncio.Event()
            outcomes = tasks.delete_many(refs.slowly(), concurrency=4)

            async def consume() -> None:
                async for outcome in outcomes:
                    seen.append(outcome)
                    if len(seen) == 10:
                        enough.set()

            async def consume_within() -> None:
                async with outcomes:
                    await consume()

            task = asyncio.create_task(consume_within() if with_statement else consume())
            await enough.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            sent = requests(slow)
            check_account(slow, refs, [*seen, *outcomes.rest])
            assert "unknown" not in {outcome.name for outcome in outcomes.rest}
            await tasks.get(f"ark:{slow.ark.add('queued')}")
            assert requests(slow) == sent + 1

    asyncio.run(main())
    assert 10 < len(refs.read) < 200


def test_cancelled_twice(sim: Simulator) -> None:
    """A second cancel waits no longer: what is still on its way is unknown, if it was a DELETE."""
    refs = Reading([f"ark:{sim.ark.add('succeeded')}" for _ in range(30)])
    sim.ark.fail("delete", None, None, *[Fault.silent(acted=True)] * 30)

    async def main() -> None:
        async with async_tasks(sim) as tasks:
            outcomes = tasks.delete_many(refs, concurrency=4)
            seen: list[Outcome] = []

            async def consume() -> None:
                async for outcome in outcomes:
                    seen.append(outcome)  # noqa: PERF401  # kept when cancelled

            task = asyncio.create_task(consume())
            while sim.ark.count("delete") < 6:
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.sleep(0)
            assert not task.done()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            check_account(sim, refs, [*seen, *outcomes.rest])
            names = Counter(outcome.name for outcome in outcomes.rest)
            assert names["unknown"] == 4
            assert set(names) <= {"unknown", "unsent"}

    asyncio.run(main())


def test_loop_that_ends(slow: Simulator) -> None:
    """A loop that ends, and cancels all that goes on in it at once, is not held up."""
    refs = some_refs(slow)
    seen: list[Outcome] = []
    begun: list[AsyncOutcomes] = []

    async def work(enough: asyncio.Event) -> None:
        async with async_tasks(slow) as tasks:
            outcomes = tasks.delete_many(refs.slowly(), concurrency=4)
            begun.append(outcomes)
            async for outcome in outcomes:
                seen.append(outcome)
                enough.set()

    async def main() -> None:
        enough = asyncio.Event()
        working = asyncio.create_task(work(enough))
        await enough.wait()
        assert not working.done()

    with alarm(5.0):
        asyncio.run(main())
    check_account(slow, refs, [*seen, *begun[0].rest])
    assert len(refs.read) < 200


# Forgotten.


def workers() -> list[threading.Thread]:
    """Threads of bulk work that are there."""
    ours = [one for one in threading.enumerate() if one.name.startswith("videotasks")]
    return [thread for thread in ours if "simulator" not in thread.name]


def test_forgotten(slow: Simulator) -> None:
    """A run that is forgotten half-way leaves no thread behind, and sends nothing more."""
    refs = some_refs(slow)
    with sync_tasks(slow) as tasks:
        outcomes = tasks.delete_many(refs, concurrency=4)
        next(outcomes)
        assert workers() != []
        del outcomes
        for _ in range(500):  # what is on its way still holds on to it
            gc.collect()
            if not (left := workers()):
                break
            left[0].join(0.05)
        assert workers() == []
        sent = requests(slow)
        tasks.get(f"ark:{slow.ark.add('queued')}")
        assert requests(slow) == sent + 1
    assert len(refs.read) < 200


def test_finished_leaves_no_thread(sim: Simulator) -> None:
    """Neither does one that came to its end."""
    refs = some_refs(sim, 5)
    with sync_tasks(sim) as tasks:
        outcomes = tasks.delete_many(refs)
        assert len(list(outcomes)) == 10
        assert workers() == []


def test_forgotten_async(slow: Simulator) -> None:
    """The same for asyncio: no task is left behind."""
    refs = some_refs(slow)

    async def main() -> None:
        async with async_tasks(slow) as tasks:
            outcomes = tasks.delete_many(refs, concurrency=4)
            await anext(outcomes)
            del outcomes
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(others, timeout=5)
                del others
                gc.collect()
            sent = requests(slow)
            await tasks.get(f"ark:{slow.ark.add('queued')}")
            assert requests(slow) == sent + 1

    asyncio.run(main())
    assert len(refs.read) < 200
