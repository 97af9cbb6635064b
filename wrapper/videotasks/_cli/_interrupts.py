"""Ctrl-C, SIGTERM and SIGHUP while outcomes are taken in.

Owns: when a signal may break in. Refuses to let one lose an outcome, or the account at the end.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Final

from ._ends import STOPPED, End, status_of_signal, tell

if TYPE_CHECKING:
    from .._client import Tasks

# By name, since not every system has them all.
_STOPPERS: Final = tuple(
    one for one in signal.Signals if one.name in {"SIGINT", "SIGTERM", "SIGHUP"}
)
_STOPPING: Final = b"videotasks: stopping; waiting for answers on their way\n"


@contextmanager
def in_use(tasks: Tasks) -> Generator[None]:
    """Close the client afterwards, unless the command was interrupted.

    Ctrl-C may have come in the midst of something within httpx that closing would wait for; and
    the process ends at once.
    """
    interrupted = False
    try:
        yield
    except KeyboardInterrupt:
        interrupted = True
        raise
    except End as end:
        interrupted = end.status in STOPPED
        raise
    finally:
        if not interrupted:
            tasks.close()


class Interrupts:
    """Signals to stop by, but not while an outcome is being written.

    The first one stops the work, by `stop`: an exception could come in the midst of starting a
    thread. Ctrl-C after that stops the waiting too, as `KeyboardInterrupt`; SIGTERM and SIGHUP do
    not, since `timeout`, systemd and shells send them twice. Then there is only the account to
    give, and none does anything.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.by: signal.Signals | None = None
        """The first signal, if one came in time to stop something."""
        self._holding = False
        self._pending = False
        self._stopping = False
        self._ignoring = False
        self._restore = ExitStack()

    def __enter__(self) -> Interrupts:
        for one in _STOPPERS:
            # What we were started to ignore, as under nohup, stays ignored.
            if signal.getsignal(one) != signal.SIG_IGN:
                self._restore.callback(signal.signal, one, signal.signal(one, self._came))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.by is None:
            self._restore.close()
        # Otherwise the command is about to end, and is not to be stopped in its last words.
        self._ignoring = True
        if kind is KeyboardInterrupt:
            # It came between two steps of stopping: what was sent is not all accounted for.
            tell("interrupted while stopping; look before running again")
            raise End(status_of_signal(self.by or signal.SIGINT))

    @contextmanager
    def held(self) -> Generator[None]:
        """Put signals off until the end of this. An error in it stops the work as a signal does."""
        self._holding = True
        try:
            yield
        except BaseException:
            self._stopping = True
            raise
        finally:
            self._holding = False
        if self._pending:
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """Let signals do nothing from now on: nothing is waited for any more."""
        self._ignoring = True

    def _came(self, number: int, _frame: FrameType | None) -> None:
        if self._ignoring:
            return
        self.by = self.by or signal.Signals(number)
        first, self._stopping = not self._stopping, True
        if first:
            _say_stopping(number)
        elif number != signal.SIGINT:
            return
        if self._holding:
            self._pending = True
        elif first:
            self._stop()
        else:
            raise KeyboardInterrupt


def _say_stopping(number: int) -> None:
    # Past Python's buffer, which may be in the middle of a write; and the terminal may be gone.
    with suppress(OSError):
        # A terminal has shown ^C on this line.
        start = b"\n" if number == signal.SIGINT and os.isatty(2) else b""
        os.write(2, start + _STOPPING)
