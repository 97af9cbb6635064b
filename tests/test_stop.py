"""Being told to stop while waiting: everybody wakes, whoever is interrupted on the way."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import Any

import pytest

from videotasks import Ark, Tasks
from videotasks._engine.stop import StopEvent
from videotasks.simulator import Simulator

MANY = 30


def test_wakes_all() -> None:
    """All that wait are woken, and nobody waits any more."""
    halt, woken = StopEvent(), list[bool]()
    threads = [threading.Thread(target=lambda: woken.append(halt.wait(60))) for _ in range(8)]
    for thread in threads:
        thread.start()
    halt.set()
    for thread in threads:
        thread.join(30)
    assert woken == [True] * 8
    assert halt.wait(60)


def test_not_set() -> None:
    """Without being set it is waited for no longer than asked."""
    halt = StopEvent()
    assert not halt.wait(0.001)
    assert not halt.wait(-1)
    assert not halt.is_set()


def _interrupt_at(line: int) -> Any:
    """A trace function that presses Ctrl-C at the nth line run in the module."""
    left = [line]

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_globals.get("__name__") != StopEvent.__module__:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                signal.raise_signal(signal.SIGINT)
        return trace

    return trace


@pytest.mark.parametrize("line", range(1, 8))
def test_interrupted_anywhere(line: int) -> None:
    """Ctrl-C within a wait leaves nothing behind that setting, or waiting, would wait for."""
    halt = StopEvent()
    sys.settrace(_interrupt_at(line))
    try:
        halt.wait(0.001)
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(None)
    halt.set()
    assert halt.wait(60)
    assert halt.wait(60)


def test_set_within_set() -> None:
    """A signal handler may set it while it is just being set."""
    halt = StopEvent()

    def handler(_number: int, _frame: FrameType | None) -> None:
        halt.set()

    previous = signal.signal(signal.SIGINT, handler)
    try:
        for line in range(1, 6):
            sys.settrace(_interrupt_at(line))
            halt.set()
            sys.settrace(None)
    finally:
        sys.settrace(None)
        signal.signal(signal.SIGINT, previous)
    assert halt.wait(60)


def test_nothing_leaves_after_a_stop(sim: Simulator) -> None:
    """Deletions that wait for their turn when a run is stopped are not sent."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(MANY)]
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits={"get": None, "delete": 4})
    with Tasks(ark) as tasks:
        run = tasks.delete_many(refs)
        names = [next(run).name]
        run.stop()
        names += [outcome.name for outcome in run]
    with Tasks(ark) as tasks:  # so that the server has seen the unused connections close
        tasks.get(refs[-1])
    # Some had been looked at and were waiting for a turn; at most one more was on its way.
    assert names.count("deleted") == sim.ark.count("delete") <= 2
    assert names.count("unsent") == len(names) - names.count("deleted") >= 2
