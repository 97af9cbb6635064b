"""Previews of many tasks, in the order asked for, some looks at a time: in threads or in asyncio.

Owns: the looks on their way. Refuses to decide what would be done: that is in `_rules.preview`.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeAlias

from .._model.errors import Closed
from .._model.preview import Preview
from .._model.task import Ref, Task
from .._rules.preview import Previewer
from .._rules.steps import Flow, TimeLimit
from .async_driver import AsyncDriver
from .stop import StopEvent
from .sync_driver import Driver

CHECK_INTERVAL: Final = 0.2
"""Seconds after which a preview that waits for a look sees that its client was closed."""

_Seen: TypeAlias = "SimpleQueue[Preview | BaseException]"
"""Where the look at one ref puts what it came to."""


def sync_previews(
    previewer: Previewer,
    refs: Iterable[Ref | str | Task],
    drivers: Mapping[str, Driver],
    limit: TimeLimit,
    most: int,
) -> Iterator[Preview]:
    """A preview for each ref, in order. `most` looks are on their way at once, or waiting."""
    process = os.getpid()
    window: deque[Preview | _Seen] = deque()
    stopped = StopEvent()
    looks: SimpleQueue[tuple[_Seen, str, Flow[Preview]] | None] = SimpleQueue()

    def run(seen: _Seen, name: str, flow: Flow[Preview]) -> None:
        try:
            seen.put(drivers[name].run(flow, limit, stopped))
        except BaseException as error:
            seen.put(error)

    def start() -> None:
        while (look := looks.get()) is not None:
            try:
                Thread(target=run, args=look, name="videotasks_look", daemon=True).start()
            except RuntimeError:  # no more threads: then this one looks
                run(*look)

    def take() -> Preview:
        if os.getpid() != process:
            raise Closed("this preview was begun in another process; begin one in each process")
        first: Preview | BaseException | _Seen = window.popleft()
        while isinstance(first, SimpleQueue):
            try:
                first = first.get(timeout=CHECK_INTERVAL)
            except Empty:
                previewer.check_open()
        if isinstance(first, BaseException):
            raise first
        return first

    # Daemons, so that nothing waits for a look that nobody wants any more. This thread, which
    # Ctrl-C strikes, starts only one, and uses what is written in C: see `_engine.threads`.
    Thread(target=start, name="videotasks_looks", daemon=True).start()
    try:
        for ref in refs:
            begun = previewer.preview_or_look(ref)
            if isinstance(begun, Preview):
                window.append(begun)
            else:
                seen: _Seen = SimpleQueue()
                window.append(seen)
                looks.put((seen, *begun))
            if len(window) >= most:
                yield take()
        while window:
            yield take()
    finally:
        stopped.set()
        looks.put(None)


async def async_previews(
    previewer: Previewer,
    refs: Iterable[Ref | str | Task] | AsyncIterable[Ref | str | Task],
    drivers: Mapping[str, AsyncDriver],
    limit: TimeLimit,
    most: int,
) -> AsyncIterator[Preview]:
    """A preview for each ref, in order. `most` looks are on their way at once, or waiting."""
    window: deque[Preview | asyncio.Task[Preview]] = deque()

    async def take() -> Preview:
        first = window[0]
        while isinstance(first, asyncio.Task) and not first.done():
            previewer.check_open()
            await asyncio.wait([first], timeout=CHECK_INTERVAL)
        window.popleft()
        return first if isinstance(first, Preview) else await first

    try:
        async for ref in refs if isinstance(refs, AsyncIterable) else _aiter(refs):
            begun = previewer.preview_or_look(ref)
            if isinstance(begun, Preview):
                window.append(begun)
            else:
                name, flow = begun
                look = asyncio.create_task(drivers[name].run(flow, limit))
                look.add_done_callback(_note_error)
                window.append(look)
            if len(window) >= most:
                yield await take()
        while window:
            yield await take()
    finally:
        looks = [left for left in window if isinstance(left, asyncio.Task)]
        for look in looks:
            look.cancel()
        if looks:  # until their connections are closed
            await asyncio.wait(looks)


async def _aiter(refs: Iterable[Ref | str | Task]) -> AsyncIterator[Ref | str | Task]:
    for ref in refs:
        yield ref


def _note_error(look: asyncio.Task[Preview]) -> None:
    """Let asyncio log nothing of a look that nobody takes any more."""
    if not look.cancelled():
        look.exception()
