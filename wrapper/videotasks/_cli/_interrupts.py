"""Ctrl-C while outcomes are taken in.

Owns: when a press may break in. Refuses to let one lose an outcome, or the account at the end.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import click

from ._ends import INTERRUPTED, End

_STOPPING: Final = b"\nvideotasks: stopping; waiting for answers on their way\n"


class Interrupts:
    """Ctrl-C as `KeyboardInterrupt`, but not while an outcome is being written.

    The first press stops the work, another one the waiting; then there is only the account to give.
    """

    def __init__(self) -> None:
        self._holding = False
        self._pressed = False
        self._ignoring = False
        self._told = False

    def __enter__(self) -> Interrupts:
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        if kind is KeyboardInterrupt:
            # Pressed between two steps of stopping: what was sent is not all accounted for.
            click.echo(
                "videotasks: interrupted while stopping; look before running again", err=True
            )
            raise End(INTERRUPTED)

    @contextmanager
    def held(self) -> Generator[None]:
        """Put Ctrl-C off until the end of this."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._pressed:
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """Let Ctrl-C do nothing from now on: nothing is waited for any more."""
        self._ignoring = True

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        if self._ignoring:
            return
        if not self._told:
            self._told = True
            # Past Python's buffer, which may be in the middle of a write.
            os.write(2, _STOPPING)
        if self._holding:
            self._pressed = True
        else:
            raise KeyboardInterrupt
