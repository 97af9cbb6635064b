"""Stop events: set by anybody, from threads and signal handlers too, while others wait.

Owns: flags that can be waited for, in threads and in asyncio. `threading.Event` is written in
Python, on a lock that Ctrl-C can leave taken when it strikes within; whoever sets the event then
waits for ever. `asyncio.Event` may be set by its event loop alone.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Literal


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


class AsyncStopEvent(asyncio.Event):
    """The same for the tasks of one event loop: set from anywhere, it is set at once."""

    def __init__(self) -> None:
        super().__init__()
        self._is_set = False
        self._waited_in: asyncio.AbstractEventLoop | None = None

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._is_set

    def set(self) -> None:
        """Set it, and wake those that wait. From any thread or signal handler."""
        self._is_set = True
        if self._waited_in is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._waited_in.call_soon_threadsafe(super().set)

    def clear(self) -> None:
        """Make it as if it had never been set."""
        self._is_set = False
        super().clear()

    async def wait(self) -> Literal[True]:
        """Wait until it is set."""
        self._waited_in = asyncio.get_running_loop()
        return True if self._is_set else await super().wait()
