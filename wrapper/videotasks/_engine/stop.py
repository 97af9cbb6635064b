"""Stop events, which threads, tasks and signal handlers may set while others wait.

Owns: flags that can be waited for, in threads and in asyncio. `threading.Event` is written in
Python, on a lock that Ctrl-C can leave taken when it strikes within; whoever sets the event then
waits for ever. `asyncio.Event` may be set by its event loop alone, and has no limit of time.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from .._model.errors import Closed


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
        """Wait until it is set, `seconds` at the most. Returns whether it is set."""
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


class AsyncStopEvent:
    """The same for the tasks of one event loop: set from anywhere, it is set at once."""

    def __init__(self) -> None:
        self._set = False
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def set(self) -> None:
        """Set it, and wake those that wait. From any thread or signal handler."""
        self._set = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._event.set)

    def set_here(self) -> None:
        """The same in the loop's own thread, without waking that up."""
        self._set = True
        self._event.set()

    def clear(self) -> None:
        """Make it as if it had never been set."""
        self._set = False
        self._event.clear()

    @property
    def in_another_loop(self) -> bool:
        """Whether the running event loop is another than its own."""
        return self._loop not in (None, asyncio.get_running_loop())

    def check_loop(self) -> None:
        """Belong to the running event loop from now on. Raises `Closed` if it has another."""
        if self.in_another_loop:
            raise Closed("this client belongs to another event loop; make one in each")
        self._loop = asyncio.get_running_loop()

    async def wait(self, seconds: float | None) -> bool:
        """Wait until it is set, `seconds` at the most. Returns whether it is. Raises `Closed`."""
        self.check_loop()
        if not self._set and (seconds is None or seconds > 0):
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._event.wait()
        return self._set
