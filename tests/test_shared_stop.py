"""Stopping while a shared limit hangs: it is not asked again for each request that waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from videotasks import Ark, AsyncTasks, Outcome, Tasks
from videotasks.simulator import Simulator


class Hanging:
    """A bucket whose server takes no more connections."""

    def __init__(self) -> None:
        self.asked = 0

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def waiting(self, _item: object) -> int:
        return 1

    def put(self, _item: object) -> bool:
        self.asked += 1
        time.sleep(0.3)
        raise TimeoutError("nobody answers")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_stopped(sim: Simulator, mode: str) -> None:
    bucket = Hanging()
    limits: Any = {"get": bucket}
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(16)]
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits=limits)
    found: list[Outcome] = []
    if mode == "sync":
        with Tasks(ark) as tasks:
            run = tasks.delete_many(refs)
            threading.Timer(0.1, run.stop).start()
            began = time.monotonic()
            found.extend(run)
    else:

        async def work() -> None:
            async with AsyncTasks(ark) as tasks:
                run = tasks.delete_many(refs)
                threading.Timer(0.1, run.stop).start()
                found.extend([one async for one in run])

        began = time.monotonic()
        asyncio.run(work())
    assert time.monotonic() - began < 2.0
    assert bucket.asked == 1
    assert {one.name for one in found} == {"unsent"}
