"""A program under attack, in a process of its own: looks once, then looks at the attacker.

    python -m attacks.victim sync|async PROVIDER URL TIMEOUT

Prints what that cost as JSON: `error` is what was raised, `seconds` and `cpu` how long it took,
`megabytes` by how much the process grew, and `held` for how long at most the event loop computed
without giving anyone else a turn.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from typing import Any

from videotasks import Ark, AsyncTasks, Provider, Retry, Tasks, TensorsLab, VideoTasksError

KEY = "sk-CANARY-0123456789"
ONCE = Retry(attempts=1)


def provider(name: str, url: str) -> Provider[Any]:
    if name == "tensorslab":
        return TensorsLab(KEY, base_url=url)
    return Ark(KEY, base_url=url, limits=None)


def megabytes() -> float:
    """The largest size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Watch:
    """What happened between two moments."""

    def __init__(self) -> None:
        self._size, self._cpu, self._time = megabytes(), time.process_time(), time.monotonic()
        self.held = 0.0

    def report(self, error: str) -> None:
        told = {
            "error": error,
            "seconds": time.monotonic() - self._time,
            "cpu": time.process_time() - self._cpu,
            "megabytes": megabytes() - self._size,
            "held": self.held,
        }
        sys.stdout.write(json.dumps(told))

    async def beat(self) -> None:
        """Take turns with the work, and note what it computed in between."""
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.held = max(self.held, time.thread_time() - before)


def in_threads(name: str, url: str, timeout: float) -> None:
    with Tasks(provider(name, url), retry=ONCE, timeout=timeout) as tasks:
        tasks.get(f"{name}:warm-up")
        watch = Watch()
        try:
            tasks.get(f"{name}:attack")
        except VideoTasksError as error:
            watch.report(type(error).__name__)


async def in_asyncio(name: str, url: str, timeout: float) -> None:
    async with AsyncTasks(provider(name, url), retry=ONCE, timeout=timeout) as tasks:
        await tasks.get(f"{name}:warm-up")
        watch = Watch()
        beats = asyncio.create_task(watch.beat())
        try:
            await tasks.get(f"{name}:attack")
        except VideoTasksError as error:
            watch.report(type(error).__name__)
        beats.cancel()


if __name__ == "__main__":
    mode, name, url, seconds = sys.argv[1:]
    if mode == "sync":
        in_threads(name, url, float(seconds))
    else:
        asyncio.run(in_asyncio(name, url, float(seconds)))
