"""Bulk work under way, with asyncio: the iterator of outcomes.

Owns: tasks, and the waiting for them. Refuses to decide what to start: that is in `_rules.bulk`,
for this and for threads (`_engine.threads`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping
from typing import Any, Self, TypeAlias

from .._clock import now
from .._model.outcomes import Outcome
from .._model.task import Ref
from .._rules.bulk import Bulk
from .._rules.items import WorkItem
from .._rules.jobs import InputRef, Job
from .async_driver import AsyncDriver
from .runs import Run, RunState
from .stop import AsyncStopEvent

Refs: TypeAlias = Iterable[Ref | str] | AsyncIterable[Ref | str]
Drivers: TypeAlias = Mapping[str, AsyncDriver]


class AsyncOutcomes(Run, AsyncIterator[Outcome]):
    """The outcomes of many tasks, as they finish. Work goes on only while this is iterated.

    A run that is never iterated does nothing, and warns of that with `RuntimeWarning` when it is
    dropped.

    `stop()` returns at once, from any task, thread or signal handler: nothing more is sent, and the
    iteration hands out what is left and ends. `close()`, leaving an `async with` statement early
    and cancelling the task wait for the answers that are on their way, no longer than their
    timeout, and end the iteration. `rest` then has an outcome for every ref that was read and not
    yet handed out: `Unsent` where nothing was tried. `last` is the last one that was handed out.

    Cancelling one `anext()`, as `asyncio.wait_for` does, stops the run too. While a task waits for
    the next outcome, `close()` from another is `stop()`. Closing the client stops its runs, too. In
    a process that is forked meanwhile iterating raises `Closed`: the run is its parent's.
    """

    def __init__(self, bulk: Bulk, refs: Refs, drivers: Drivers, timeout: float | None) -> None:
        runner = _Runner(bulk, refs, drivers, timeout)
        super().__init__(runner)
        self._outcomes = runner.outcomes()
        self._drivers = drivers
        self._waiting = False
        self._closed: asyncio.Event | None = None

    async def __anext__(self) -> Outcome:
        self._begin()
        for driver in self._drivers.values():
            driver.closed.check_loop()
        if self._waiting:
            raise RuntimeError("another task is waiting for the next outcome; one may at a time")
        if self._closed is not None:  # by another task: it ends when that has given its account
            await self._closed.wait()
            raise StopAsyncIteration
        self._waiting = True
        try:
            return await anext(self._outcomes)
        finally:
            self._waiting = False

    async def close(self) -> None:
        """Send nothing more, wait for what is in flight, and keep the account in `rest`.

        While another task waits for the next outcome this is `stop()`: that task ends the run.
        """
        self._begun = True
        if self._elsewhere:
            return
        self._state.stop()
        if self._waiting:
            return  # who waits for the next outcome ends the run itself
        if self._closed is not None:  # another task is closing it, or has
            await self._closed.wait()
            return
        self._closed = asyncio.Event()
        try:
            await self._outcomes.aclose()
        finally:
            self._closed.set()

    async def aclose(self) -> None:
        """The same as `close`, by the name that `contextlib.aclosing` knows."""
        await self.close()

    async def __aenter__(self) -> Self:
        self._begun = True
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Runner(RunState[AsyncStopEvent]):
    """What goes on behind `AsyncOutcomes`; tasks may hold on to it when that is forgotten."""

    def __init__(self, bulk: Bulk, refs: Refs, drivers: Drivers, timeout: float | None) -> None:
        self._news = AsyncStopEvent()
        super().__init__(bulk, AsyncStopEvent(), self._news.set)
        self._refs = aiter(refs) if isinstance(refs, AsyncIterable) else _aiter(refs)
        self._drivers = drivers
        self._timeout = timeout
        self._reading: asyncio.Task[None] | None = None
        self._jobs: dict[asyncio.Task[list[Outcome | WorkItem]], Job] = {}

    async def outcomes(self) -> AsyncGenerator[Outcome, None]:
        bulk = self.bulk
        try:
            while not bulk.finished:
                self._advance()
                if outcome := bulk.next_outcome():
                    yield outcome
                elif not bulk.finished:
                    await self._collect(bulk.batch_due_in(now()))
        finally:
            await self._finish()
        bulk.check_input()

    async def _finish(self) -> None:
        """Send nothing more, wait for the answers on their way, and account for all refs read."""
        self.stopped.set()
        try:
            while self._jobs or self._reading is not None:
                self._advance()
                await self._collect(None)
        finally:
            # Cancelled once more: what is still on its way is given up as well.
            for task in self._jobs:
                task.cancel()
            self.bulk.close()

    def _advance(self) -> None:
        """Read and start what can be; once stopped, nothing."""
        if self.stopped.is_set():
            self.bulk.stop()
            _cancel(self._reading)
        for task in self._jobs if self.gave_up else ():
            _cancel(task)
        if self._reading is None and self.bulk.wants_input(now()):
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._ended)
        self._start()

    def _start(self) -> None:
        for job in self.bulk.start(now()):
            task = asyncio.create_task(self._work(job))
            self._jobs[task] = job
            task.add_done_callback(self._ended)

    async def _read(self) -> None:
        """Read as many refs as there is work wanted."""
        try:
            while self.bulk.wants_input(now()) and not self.stopped.is_set():
                self.bulk.offer(InputRef(await anext(self._refs)))
                self._start()
        except StopAsyncIteration:
            self.bulk.end_input()
        except Exception as error:
            self.bulk.end_input(error)
        except asyncio.CancelledError:
            ours = self.stopped.is_set()
            self.bulk.end_input(None if ours else RuntimeError("the input was cancelled"))

    async def _work(self, job: Job) -> list[Outcome | WorkItem]:
        job.begun = True
        try:
            driver = self._drivers[job.queue]
            return await driver.run(job.flow, self._timeout, self.stopped)
        except Exception as error:
            return job.crashed(error)

    def _ended(self, _: object) -> None:
        self._news.set_here()

    async def _collect(self, patience: float | None) -> None:
        """Take the finished jobs and the ref that was read, waiting for the first of them."""
        await self._news.wait(patience)
        self._news.clear()
        if self._reading is not None and self._reading.done():
            self._reading = None
        for task in [task for task in self._jobs if task.done()]:
            job = self._jobs.pop(task)
            results = self.bulk.abandoned(job) if task.cancelled() else task.result()
            self.bulk.finish(job, results)


def _cancel(task: asyncio.Task[Any] | None) -> None:
    """Cancel a task, once: it may have something to put in order."""
    if task is not None and not task.cancelling():
        task.cancel()


async def _aiter(refs: Iterable[Ref | str]) -> AsyncIterator[Ref | str]:
    for ref in refs:
        yield ref
