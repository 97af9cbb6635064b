"""A bar on standard error: how many are done, how fast, how long it will take.

Owns: what it looks like. Refuses to decide when there is one, and to use a thread: one that is
stuck in a write would hold up all others.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

REDRAWN_AFTER: Final = 0.1
"""Seconds."""


class Bar:
    """One bar on its way."""

    def __init__(self, drawn: Progress, row: TaskID, total: int) -> None:
        self._drawn = drawn
        self._row = row
        self._began = time.monotonic()
        self._drawn_at = 0.0
        self._left = total
        self._done = 0

    def step(self, counts: str = "") -> None:
        """One more is done; `counts` is shown beside the bar."""
        self._done += 1
        self._left -= 1
        present = time.monotonic()
        rate = self._done / max(present - self._began, 0.001)
        due = not self._left or present - self._drawn_at >= REDRAWN_AFTER
        self._drawn_at = present if due else self._drawn_at
        self._drawn.update(self._row, advance=1, counts=counts, rate=f"{rate:.1f}/s", refresh=due)


@contextmanager
def progress_bar(total: int) -> Generator[Bar]:
    """Show a bar until the end of this, and leave nothing of it."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    drawn = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        # Lines on the bar's own terminal go above it; elsewhere data goes where it was sent.
        redirect_stdout=sys.stdout.isatty(),
    )
    drawn.start()
    try:
        yield Bar(drawn, drawn.add_task("", total=total, counts="", rate=""), total)
    finally:
        with suppress(OSError):  # its terminal may be gone
            drawn.stop()
