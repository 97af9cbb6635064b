"""The time that a block of code takes, on the clock and of the processor."""

from __future__ import annotations

import resource
import time
from typing import Self


class Stopwatch:
    """`with Stopwatch() as watch: …`; then `watch.seconds` and `watch.cpu`, in seconds."""

    def __enter__(self) -> Self:
        self._began, self._spent = time.perf_counter(), _cpu()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
        self.cpu = _cpu() - self._spent


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
