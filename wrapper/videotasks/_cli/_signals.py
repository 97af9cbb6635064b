"""Ctrl-C, SIGTERM and SIGHUP while outcomes are taken in.

Owns: when a signal stops the work. Handlers only set flags: none raises, so that no outcome can be
lost between two steps.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from ._streams import MOST_AT_ONCE, hurry

# By name, since not every system has them all.
_STOPPERS: Final = tuple(
    one for one in signal.Signals if one.name in {"SIGINT", "SIGTERM", "SIGHUP"}
)
_STOPPING: Final = (
    b"videotasks: stopping; waiting for answers on their way (once more gives that up)\n"
)

SAME_INSTANT: Final = 0.2
"""Seconds in which signals count as one. `timeout` sends SIGTERM to the command and to its group,
systemd SIGHUP right behind SIGTERM; when a terminal goes away, kernel and shell both send SIGHUP;
and what runs a command for others passes on the Ctrl-C that the terminal has sent it already."""


ROOM_WITHIN: Final = 0.1
"""Seconds in which a terminal must take a word in."""


class Signals:
    """Signals to stop by, from now to the end of the command.

    The first one calls `stop`; one that comes later calls it again, and lets no write hold us any
    longer. After the work has ended, that is all that a signal does.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._stopping_since: float | None = None
        self.work_ended = False
        self.by: signal.Signals | None = None
        """The first signal that came in time to stop something."""
        self.latest: signal.Signals | None = None
        for one in _STOPPERS:
            # What we were started to ignore, as under nohup, stays ignored.
            if signal.getsignal(one) != signal.SIG_IGN:
                signal.signal(one, self._came)

    def stop(self) -> None:
        """Stop the work for another reason; a signal that comes later is then a second one."""
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
            self._stop()

    def _came(self, number: int, _frame: FrameType | None) -> None:
        self.latest = signal.Signals(number)
        if self.work_ended:
            hurry()
            return
        self.by = self.by or self.latest
        if self._stopping_since is None:
            _say_stopping(number)
            self.stop()
        elif time.monotonic() - self._stopping_since >= SAME_INSTANT:
            hurry()
            self._stop()


def _say_stopping(number: int) -> None:
    # Past Python's buffer, which may be in the middle of a write; and the terminal may be gone, or
    # take nothing in.
    with suppress(OSError):
        # A terminal has shown ^C on this line.
        start = b"\n" if number == signal.SIGINT and os.isatty(2) else b""
        if MOST_AT_ONCE is None or select.select([], [2], [], ROOM_WITHIN)[1]:
            os.write(2, start + _STOPPING)
