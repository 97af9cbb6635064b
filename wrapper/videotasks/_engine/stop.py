"""Being told to stop, while waiting: for threads and signal handlers.

Owns: a flag that can be waited for. `threading.Event` is written in Python, on a lock that Ctrl-C
can leave taken when it strikes within; whoever sets the event then waits for ever. Here nobody has
to give back what he took.
"""

from __future__ import annotations

import threading
from contextlib import suppress


class StopEvent:
    """Set once; any number of threads may wait. Each call may be interrupted anywhere."""

    def __init__(self) -> None:
        self._set = False
        self._gate = threading.Lock()
        self._gate.acquire()

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def set(self) -> None:
        """Set it, and wake those that wait. Also from a signal handler, or twice at once."""
        self._set = True
        self._open()

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, so long at the most; whether it is set."""
        try:
            if not self._set and seconds > 0:
                self._gate.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))
        finally:
            if self._set:
                self._open()  # whoever comes through lets the next one through
        return self._set

    def _open(self) -> None:
        with suppress(RuntimeError):  # open already
            self._gate.release()
