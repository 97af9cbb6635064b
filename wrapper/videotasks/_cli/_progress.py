"""A bar on standard error: how many are done, how fast, how long it will take.

Owns: its looks. Refuses to decide when there is one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """One bar on its way."""

    def __init__(self, drawn: Progress, row: TaskID) -> None:
        self._drawn = drawn
        self._row = row
        self._began = time.monotonic()
        self._done = 0

    def step(self, counts: str = "") -> None:
        """One more is done; `counts` is shown beside the bar."""
        self._done += 1
        rate = self._done / max(time.monotonic() - self._began, 0.001)
        self._drawn.update(self._row, advance=1, counts=counts, rate=f"{rate:.1f}/s")


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
        transient=True,
        # Lines on the bar's own terminal go above it; elsewhere data goes where it was sent.
        redirect_stdout=sys.stdout.isatty(),
    )
    drawn.start()
    try:
        yield Bar(drawn, drawn.add_task("", total=total, counts="", rate=""))
    finally:
        with suppress(OSError):  # its terminal may be gone
            drawn.stop()
