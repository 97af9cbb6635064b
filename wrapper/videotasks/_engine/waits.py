"""Waiting for tasks of several providers at once, in threads or in asyncio.

Owns: one thread or asyncio task for each provider, so that none holds up another. Refuses to decide
what to look at when: that is in `_rules.waiting`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Thread

from .._model.errors import Closed
from .._model.waiting import WaitResult
from .._rules.steps import TimeLimit
from .._rules.waiting import WaitList
from .async_driver import AsyncDriver
from .previews import CHECK_INTERVAL
from .stop import StopEvent
from .sync_driver import Driver


def sync_waits(
    waits: Sequence[tuple[Driver, WaitList]], limit: TimeLimit, check_open: Callable[[], object]
) -> Iterator[WaitResult]:
    """Results as tasks end. Raises `Closed`, as `check_open` does."""
    news: SimpleQueue[list[WaitResult] | BaseException | None] = SimpleQueue()
    stopped = StopEvent()
    process = os.getpid()

    def run(driver: Driver, tasks: WaitList) -> None:
        try:
            while (results := driver.run(tasks.more(), limit, stopped)) is not None:
                news.put(results)
            news.put(None)
        except BaseException as error:
            news.put(error)

    def start() -> None:
        for one in waits:
            try:
                Thread(target=run, args=one, name="videotasks_wait", daemon=True).start()
            except RuntimeError:  # no more threads: then this one waits
                run(*one)

    # This thread, which Ctrl-C strikes, starts only one: see `_engine.threads`.
    Thread(target=start, name="videotasks_waits", daemon=True).start()
    left = len(waits)
    try:
        while left:
            if os.getpid() != process:
                raise Closed("this was begun in another process; begin one in each process")
            try:
                found = news.get(timeout=CHECK_INTERVAL)
            except Empty:
                check_open()
                continue
            if isinstance(found, BaseException):
                raise found
            left -= found is None
            yield from found or ()
    finally:
        stopped.set()


async def async_waits(
    waits: Sequence[tuple[AsyncDriver, WaitList]], limit: TimeLimit
) -> AsyncIterator[WaitResult]:
    """Results as tasks end. Raises `Closed`."""
    news: asyncio.Queue[list[WaitResult] | BaseException | None] = asyncio.Queue()

    async def run(driver: AsyncDriver, tasks: WaitList) -> None:
        try:
            while (results := await driver.run(tasks.more(), limit)) is not None:
                news.put_nowait(results)
            news.put_nowait(None)
        except BaseException as error:
            news.put_nowait(error)
            if not isinstance(error, Exception):
                raise

    running = [asyncio.create_task(run(*one)) for one in waits]
    left = len(waits)
    try:
        while left:
            found = await news.get()
            if isinstance(found, BaseException):
                raise found
            left -= found is None
            for result in found or ():
                yield result
    finally:
        for task in running:
            task.cancel()
        if running:  # until their connections are closed
            await asyncio.wait(running)
