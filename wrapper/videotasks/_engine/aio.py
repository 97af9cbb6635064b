"""Bulk work under way, with asyncio: the iterator of outcomes.

Owns: tasks, and the waiting for them. Refuses to decide what to start: that is in `_rules.bulk`,
for this and for threads (`_engine.threads`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from .._clock import now
from .._model.errors import Closed
from .._model.outcomes import Outcome
from .._model.refs import Ref
from .._rules.bulk import Asked, Bulk, Job
from .._rules.flows import WorkItem
from .async_driver import AsyncDriver
from .begun import Run


class AsyncOutcomes(Run, AsyncIterator[Outcome]):
    """The outcomes of many tasks, as they finish. Work goes on only while this is iterated.

    A run that is never iterated does nothing, and warns of that with `RuntimeWarning` when it is
    dropped.

    `close()`, leaving an `async with` statement early and cancelling the task send nothing more,
    and wait for the answers that are on their way, no longer than their timeout. `rest` then has an
    outcome for every ref that was read and not yet handed out: `Unsent` where nothing was tried.
    `last` is the last one that was handed out.

    Cancelling one `anext()`, as `asyncio.wait_for` does, stops the run too. Another task may call
    `close()`: the iteration ends, and `close()` returns at once where somebody waits for the next
    outcome. When the client is closed, no more input is read and the iteration ends with what was
    read. In a process that is forked meanwhile iterating raises `Closed`: the run is its parent's.
    """

    def __init__(
        self,
        bulk: Bulk,
        refs: Iterable[Ref | str] | AsyncIterable[Ref | str],
        drivers: dict[str, AsyncDriver],
        timeout: float | None,
    ) -> None:
        super().__init__(bulk.verb)
        self._work = _AsyncWork(bulk, refs, drivers, timeout)
        self._run = self._work.running()
        self._waiting = False
        self._closed: asyncio.Event | None = None

    @property
    def rest(self) -> tuple[Outcome, ...]:
        """After stopping early: what was still to be handed out."""
        return self._work.rest

    @property
    def last(self) -> Outcome | None:
        """The last outcome that was handed out."""
        return self._work.last

    async def __anext__(self) -> Outcome:
        self._begin()
        if self._waiting:
            raise RuntimeError("another task is waiting for the next outcome; one may at a time")
        if self._closed is not None:  # by another task: it ends when that has given its account
            await self._closed.wait()
            raise StopAsyncIteration
        self._waiting = True
        try:
            return await anext(self._run)
        finally:
            self._waiting = False

    async def close(self) -> None:
        """Start nothing more, wait for what is in flight, and keep the account in `rest`."""
        self._begun = True
        if self._elsewhere:
            return
        self._work.end()
        if self._waiting:
            return  # who waits for the next outcome ends the run itself
        if self._closed is not None:  # another task is closing it, or has
            await self._closed.wait()
            return
        self._closed = asyncio.Event()
        try:
            await self._run.aclose()
        finally:
            self._closed.set()

    async def aclose(self) -> None:
        """The same as `close`, by the name that `contextlib.aclosing` knows."""
        await self.close()

    async def __aenter__(self) -> Self:
        self._begin()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class _AsyncWork:
    """What goes on behind `AsyncOutcomes`."""

    def __init__(
        self,
        bulk: Bulk,
        refs: Iterable[Ref | str] | AsyncIterable[Ref | str],
        drivers: dict[str, AsyncDriver],
        timeout: float | None,
    ) -> None:
        self.rest: tuple[Outcome, ...] = ()
        self._bulk = bulk
        self._refs = aiter(refs) if isinstance(refs, AsyncIterable) else _aiter(refs)
        self._input_error: Exception | None = None
        self._drivers = drivers
        self._timeout = timeout
        self._halt = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._jobs: dict[asyncio.Task[list[Outcome | WorkItem]], Job] = {}
        self._finished: deque[asyncio.Task[list[Outcome | WorkItem]]] = deque()
        self._wake = asyncio.Event()
        self._ending = False
        self._stopped_reading = False
        self._client_closed = False
        for driver in drivers.values():
            driver.tell_when_closed(self)

    @property
    def last(self) -> Outcome | None:
        return self._bulk.last

    async def running(self) -> AsyncGenerator[Outcome, None]:
        if self._client_closed:
            raise Closed("this client is closed, so nothing was sent; make a new one")
        bulk = self._bulk
        try:
            while not bulk.finished and not self._ending:
                if self._client_closed:
                    self._stop_reading()
                if bulk.wants_input and self._reading is None:
                    self._reading = asyncio.create_task(self._read())
                    self._reading.add_done_callback(lambda _: self._wake.set())
                for job in bulk.start(now()):
                    self._begin(job)
                if outcome := bulk.next_outcome():
                    yield outcome
                elif self._reading is not None or bulk.must_wait:
                    await self._collect(bulk.patience(now()))
        finally:
            await self._stop()
        if self._input_error is not None:
            raise self._input_error

    def end(self) -> None:
        """Send nothing more, and let whoever iterates stop."""
        self._ending = True
        self._halt.set()
        self._wake.set()

    def client_closed(self) -> None:
        """Send nothing more, and read nothing more."""
        self._client_closed = True
        self._halt.set()
        self._wake.set()

    async def _stop(self) -> None:
        """Send nothing more, wait for the answers on their way, and account for all refs read."""
        self.end()
        self._stop_reading()
        try:
            while self._jobs or self._reading is not None:
                await self._collect(None)
        finally:
            # Cancelled once more: what is still on its way is given up as well.
            for task in self._jobs:
                task.cancel()
            self.rest = self._bulk.rest()

    def _stop_reading(self) -> None:
        """Read and start nothing more."""
        self._bulk.stop()
        if self._reading is not None and not self._stopped_reading:
            self._reading.cancel()
        self._stopped_reading = True

    async def _read(self) -> None:
        try:
            self._bulk.offer(Asked(await anext(self._refs)))
        except StopAsyncIteration:
            self._bulk.end_input()
        except (Exception, asyncio.CancelledError) as error:
            # What was read so far is finished and handed out before the input's own error is.
            if isinstance(error, Exception):
                self._input_error = error
            elif not self._stopped_reading:
                self._input_error = RuntimeError("the input was cancelled")
            self._bulk.end_input()

    async def _work(self, job: Job) -> list[Outcome | WorkItem]:
        job.begun = True
        try:
            return await self._drivers[job.queue].run(job.flow, self._timeout, self._halt)
        except Exception as error:
            return job.crashed(error)

    def _begin(self, job: Job) -> None:
        task = asyncio.create_task(self._work(job))
        self._jobs[task] = job
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[list[Outcome | WorkItem]]) -> None:
        self._finished.append(task)
        self._wake.set()

    async def _collect(self, patience: float | None) -> None:
        """Take the finished jobs and the ref that was read, waiting for the first of them."""
        if not self._wake.is_set():
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._wake.wait()
        self._wake.clear()
        if self._reading is not None and self._reading.done():
            self._reading = None
        while self._finished:
            task = self._finished.popleft()
            job = self._jobs.pop(task)
            self._bulk.finish(job, self._bulk.abandoned(job) if task.cancelled() else task.result())


async def _aiter(refs: Iterable[Ref | str]) -> AsyncIterator[Ref | str]:
    for ref in refs:
        yield ref
