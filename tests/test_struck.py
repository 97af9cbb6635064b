"""Ctrl-C at the worst moments: while bulk work is being closed, and within a single call."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import httpcore
import pytest

from videotasks import Ark, AsyncTasks, Outcome, Ref, Tasks
from videotasks.simulator import Simulator

from .conftest import AT_ONCE
from .test_resume import alarm

ENGINE = ("/threads.py", "/bulk.py", "/queues.py", "/jobs.py", "/stop.py", "/runs.py")
HTTPCORE = str(Path(httpcore.__file__).parent)
TRUE = {("deleted", None), ("unsent", "succeeded")}

EACH = 3
"""Of so many lines, one is tried here: 1 takes three times as long and has found no more."""

Tracer = Callable[[FrameType, str, object], Any]


class Striker:
    """Raises KeyboardInterrupt at the n-th line, or call, of the code that `within` picks, once."""

    def __init__(
        self, within: Callable[[CodeType], bool], moment: int, event: str = "line"
    ) -> None:
        self._within = cache(within)
        self._event = event
        self._left = moment
        self.armed = True

    @property
    def struck(self) -> bool:
        return self._left <= 0

    @contextmanager
    def striking(self) -> Generator[None]:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(before)

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Tracer | None:
        if not self._within(frame.f_code):
            return None
        if self.armed and event == self._event:
            self._left -= 1
            if self.struck:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._trace


def in_engine(code: CodeType) -> bool:
    return code.co_filename.endswith(ENGINE)


@pytest.fixture
def tasks(sim: Simulator) -> Iterator[Tasks]:
    tasks = Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE)
    with alarm(60.0), tasks:
        yield tasks


@pytest.mark.parametrize("interrupted", [False, True])
def test_struck_while_closing(sim: Simulator, tasks: Tasks, interrupted: bool) -> None:
    """Whichever line of closing Ctrl-C strikes, one more `close()` has an outcome for every ref.

    Closing comes by `close()`, or because Ctrl-C struck once before.
    """
    for moment in range(1, 1000, EACH):
        striker = Striker(in_engine, moment)
        striker.armed = not interrupted
        read: list[str] = []
        seen: list[Outcome] = []

        def refs(read: list[str] = read, striker: Striker = striker) -> Iterator[str]:
            for _ in range(5):
                read.append(f"ark:{sim.ark.add('succeeded')}")
                yield read[-1]
            read.append(read[-1])
            yield read[-1]
            striker.armed = True
            raise KeyboardInterrupt

        outcomes = tasks.delete_many(refs(), concurrency=3)
        try:
            if not interrupted:
                seen.append(next(outcomes))
            with striker.striking():
                if interrupted:
                    seen.extend(outcomes)
                else:
                    outcomes.close()
        except KeyboardInterrupt:
            outcomes.close()
        for thread in threading.enumerate():
            if thread.name.startswith(("videotasks_helper", "videotasks_worker")):
                thread.join()
        if outcomes.last is not None and not any(outcomes.last is one for one in seen):
            seen.append(outcomes.last)
        both = [*seen, *outcomes.rest]
        assert Counter(str(outcome.ref) for outcome in both) == Counter(read), (moment, both)
        # Of a ref that was read twice, one may be done and the other not tried, or find it done.
        both = sorted(both, key=lambda outcome: outcome.name not in {"unsent", "gone"})
        told: dict[Ref, str] = {outcome.ref: outcome.name for outcome in both}
        for ref, name in told.items():
            assert name == "unknown" or (name, sim.ark.status(ref.id)) in TRUE, (moment, both)
        outcomes.close()
        assert len(seen) + len(outcomes.rest) == len(both)
        if not striker.struck:
            break
    else:
        pytest.fail("it never came to an end")
    assert moment > 50


STARTING = """
import sys
from videotasks import Ark, Tasks

FILES = ("/threading.py", "/concurrent/futures/thread.py")
left = 0

def trace(frame, event, argument):
    global left
    if not frame.f_code.co_filename.endswith(FILES):
        return None
    if event == "return":
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
    return trace

ids = iter(sys.argv[2:])
moment = 0
with Tasks(Ark("sim-key", base_url=sys.argv[1], limits=None)) as tasks:
    while left <= 0:
        moment += 1
        left, seen, read = moment, [], []

        def refs():
            for _ in range(4):
                read.append(next(ids))
                yield read[-1]

        outcomes = tasks.delete_many(refs(), concurrency=3)
        sys.settrace(trace)
        try:
            seen.extend(outcomes)
        except (KeyboardInterrupt, RuntimeError):  # the latter for a lock that it took not
            sys.settrace(None)
            outcomes.close()
        sys.settrace(None)
        last = [outcomes.last] if outcomes.last and outcomes.last not in seen else []
        assert sorted(str(one.ref) for one in [*seen, *last, *outcomes.rest]) == sorted(read)
print(moment)
"""


def test_struck_while_threads_start(sim: Simulator) -> None:
    """Ctrl-C at the end of any call within `threading`, where a lock may stay taken that the thread
    being started needs, holds up neither closing nor the end of the program."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(400)]
    command = [sys.executable, "-c", STARTING, sim.ark_url, *refs]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5


def sockets() -> set[str]:
    """This process's open sockets, as Linux names them."""
    found: set[str] = set()
    for file in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add(os.readlink(file))
    return {name for name in found if name.startswith("socket:")}


def in_httpcore(code: CodeType) -> bool:
    """Code of httpcore, but for what gives a lock back."""
    return code.co_filename.startswith(HTTPCORE) and code.co_name != "__exit__"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # where it strikes
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts sockets as Linux has them")
def test_struck_in_a_single_call(sim: Simulator, tasks: Tasks) -> None:
    """A call that Ctrl-C strikes leaves no connection taken: those that come after have theirs."""
    ref = f"ark:{sim.ark.add('succeeded')}"
    before = sockets()
    moment = 0
    while moment := moment + 1:
        striker = Striker(in_httpcore, moment, "call")
        with suppress(KeyboardInterrupt), striker.striking():
            tasks.get(ref)
        if not striker.struck:
            break
    assert moment > 20
    for thread in threading.enumerate():
        if thread.name == "closing":
            thread.join(30)
    gc.collect()
    assert tasks.get(ref).state == "succeeded"
    assert len(sockets() - before) <= 2  # ours, and the simulator's end of it


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts sockets as Linux has them")
def test_cancelled_calls_leave_nothing(sim: Simulator) -> None:
    """A call that is cancelled, at whichever step, leaves no connection taken in asyncio either."""
    ref = f"ark:{sim.ark.add('succeeded')}"

    async def work() -> int:
        async with AsyncTasks(
            Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE
        ) as tasks:
            await tasks.get(ref)
            before = sockets()
            for steps in range(240):
                call = asyncio.create_task(tasks.get(ref))
                for _ in range(steps % 60):
                    await asyncio.sleep(0)
                call.cancel()
                with suppress(asyncio.CancelledError):
                    await call
            assert (await tasks.get(ref)).state == "succeeded"
            gc.collect()
            return len(sockets() - before)

    assert asyncio.run(work()) <= 4  # ours and the simulator's end of the last two
