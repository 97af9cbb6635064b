"""What threads and asyncio do differently for a driver, in pairs of functions.

Owns: waiting for a stop, and closing what a broken-off call may have left in disorder. Refuses to
decide when: `_engine.async_driver`, from which the sync driver is written, calls one of each pair.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

from .._http.async_client import AsyncHTTP
from .._http.sync_client import SyncHTTP
from .stop import StopEvent

P = ParamSpec("P")
T = TypeVar("T")


def sync_wait(event: StopEvent, seconds: float) -> bool:
    """Wait for an event, so many seconds at the most; whether it is set."""
    return event.wait(seconds)


async def async_wait(event: asyncio.Event, seconds: float) -> bool:
    """The same in asyncio."""
    if seconds > 0 and not event.is_set():
        # Not wait_for: before Python 3.12 it can swallow a cancellation.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
    return event.is_set()


def sync_blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what may take a while."""
    return function(*args, **kwargs)


async_blocking = asyncio.to_thread
"""The same in asyncio."""


def sync_discard(http: SyncHTTP) -> None:
    """Close connections that Ctrl-C struck, in a thread of its own.

    A lock within httpcore may have stayed taken, which closing would wait for, for ever.
    """
    with suppress(RuntimeError):  # no more threads: then they go when nobody holds on to them
        threading.Thread(target=http.close, name="closing", daemon=True).start()


async def async_discard(http: AsyncHTTP) -> None:
    """Close connections that a cancelled call may have left taken."""
    await http.aclose()
