"""The clock that looks age by: one that goes on while the machine sleeps.

Owns: which clock that is. `time.monotonic()` stands still during a suspend on Linux and macOS, so
that a look from before would pass for fresh after it.
"""

from __future__ import annotations

import time


def now() -> float:
    """Seconds, never going back, with no fixed beginning."""
    return time.clock_gettime(_CLOCK) if _CLOCK is not None else time.monotonic()


# Linux has CLOCK_BOOTTIME; the CLOCK_MONOTONIC of macOS counts sleep, other than its `monotonic()`.
_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
