"""Ctrl-C, SIGTERM and SIGHUP while outcomes are taken in.

Owns: when a signal may break in. Refuses to let one lose an outcome, or the account at the end.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Final

from ._ends import STOPPED, Exit, status_of_signal, tell

if TYPE_CHECKING:
    from .._client.tasks import Tasks

# By name, since not every system has them all.
_STOPPERS: Final = tuple(
    one for one in signal.Signals if one.name in {"SIGINT", "SIGTERM", "SIGHUP"}
)
_STOPPING: Final = (
    b"videotasks: stopping; waiting for answers on their way (once more gives that up)\n"
)

_CAN_NUDGE: Final = hasattr(signal, "setitimer")

SAME_INSTANT: Final = 0.2
"""Seconds in which signals count as one. `timeout` sends SIGTERM to the command and to its group,
systemd SIGHUP right behind SIGTERM; when a terminal goes away, kernel and shell both send SIGHUP;
and what runs a command for others passes on the Ctrl-C that the terminal has sent it already."""
STUCK: Final = 0.2
"""Seconds after which a write counts as stuck, once nothing is to be waited for any more."""
STUCK_AGAIN: Final = 0.05
"""The same for writes after that: there may be some to one terminal."""


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
    except Exit as end:
        interrupted = end.status in STOPPED
        raise
    finally:
        if not interrupted:
            tasks.close()


class Interrupts:
    """Signals to stop by, but not while an outcome is being written.

    The first one stops the work, by `stop`: an exception could come in the midst of starting a
    thread. Each further one stops the waiting too, as `KeyboardInterrupt`. Then there is only the
    account to give, which no signal breaks off; only a write that nobody takes in, as `OSError`.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.by: signal.Signals | None = None
        """The first signal, if one came in time to stop something."""
        self._latest: signal.Signals | None = None
        self._stopping_since: float | None = None
        self._writing_since: float | None = None
        self._patience = STUCK
        self._holding = False
        self._pending = False
        self._owed = False
        self._ignoring = False
        self._restore = ExitStack()

    def __enter__(self) -> Interrupts:
        if _CAN_NUDGE:
            self._restore.callback(
                signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, self._nudge)
            )
            self._restore.callback(signal.setitimer, signal.ITIMER_REAL, 0)
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
            raise Exit(status_of_signal(self.by or signal.SIGINT))

    @contextmanager
    def held(self) -> Generator[None]:
        """Put signals off until the end of this. An error in it stops the work as a signal does."""
        self._holding = True
        try:
            yield
        except BaseException:
            self._stopping_since = self._stopping_since or time.monotonic()
            raise
        finally:
            self._holding = False
        if self._pending:
            raise KeyboardInterrupt

    @contextmanager
    def writing(self) -> Generator[None]:
        """A write, which nobody may take in: then a signal ends it, with an `OSError`."""
        self._writing_since = time.monotonic()
        try:
            yield
        finally:
            self._writing_since = None

    def can_tell(self) -> bool:
        """Whether standard error is worth writing to.

        Once anything was stuck, its terminal may be, with a progress bar's thread in the midst of a
        write; behind that thread we would wait where no signal reaches us.
        """
        return self._patience == STUCK or _takes_more(2)

    def ignore(self) -> None:
        """Let signals stop nothing from now on but a stuck write: nothing else is waited for."""
        self._ignoring = True

    def _came(self, number: int, _frame: FrameType | None) -> None:
        self._latest = signal.Signals(number)
        if self._ignoring:
            self._hurry()
            return
        self.by = self.by or self._latest
        present = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = present
            _say_stopping(number)
            if self._holding:
                self._pending = True
            else:
                self._stop()
        elif present - self._stopping_since >= SAME_INSTANT:
            self._owed = True
            self._hurry()
            self._give_up_waiting()

    def _hurry(self) -> None:
        """From now on, look again and again whether we are stuck."""
        if _CAN_NUDGE:
            signal.setitimer(signal.ITIMER_REAL, STUCK, STUCK_AGAIN)

    def _nudge(self, _number: int, _frame: FrameType | None) -> None:
        """Go on, where we are stuck: in a write, or in waiting that was held back till now."""
        since = self._writing_since
        if since is not None and time.monotonic() - since >= self._patience:
            self._writing_since, self._patience = None, STUCK_AGAIN
            self.by = self.by or self._latest
            raise OSError(errno.EAGAIN, "nobody takes it in")
        self._give_up_waiting()

    def _give_up_waiting(self) -> None:
        if self._owed and not self._holding and not self._ignoring:
            self._owed = False
            raise KeyboardInterrupt


def _say_stopping(number: int) -> None:
    # Past Python's buffer, which may be in the middle of a write; and the terminal may be gone, or
    # take nothing in.
    with suppress(OSError):
        # A terminal has shown ^C on this line.
        start = b"\n" if number == signal.SIGINT and os.isatty(2) else b""
        if _takes_more(2):
            os.write(2, start + _STOPPING)


def _takes_more(file: int) -> bool:
    """Whether a write would go through at once, as far as the system can say."""
    if not _CAN_NUDGE:
        return True
    try:
        return bool(select.select([], [file], [], 0)[1])
    except OSError:
        return False
