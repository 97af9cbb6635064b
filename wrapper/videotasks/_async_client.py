"""`AsyncTasks`: the facade for asyncio. A thin shell, like `Tasks`: the rules are elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Any, Self

from ._bulk import DEFAULT_CONCURRENCY, Bulk, Job
from ._core import Core, from_environment
from ._drivers import AsyncDriver
from ._flows import Case
from ._outcomes import Outcome
from ._providers import Provider
from ._refs import Ref
from ._retry import Retry
from ._task import Task


class AsyncTasks:
    """Looks at, cancels and deletes video generation tasks of the providers given.

    For asyncio: one client belongs to one event loop, and may be used by many tasks of it. Close
    it, or use it in an `async with` statement. `retry` says
    how patiently what is safe to try again is tried again; `timeout`, in seconds for a whole
    answer, overrides that of the providers. Raises `ConfigurationError`.
    """

    def __init__(
        self, *providers: Provider[Any], retry: Retry | None = None, timeout: float | None = None
    ) -> None:
        self._core = Core(providers, AsyncDriver, retry, timeout)

    @classmethod
    def from_env(cls, *, retry: Retry | None = None, timeout: float | None = None) -> Self:
        """A client for the providers whose keys are in the environment.

        Reads `ARK_API_KEY`, `ARK_BASE_URL`, `TENSORSLAB_API_KEY` and `TENSORSLAB_BASE_URL`. Raises
        `MissingKey` if neither key is set.
        """
        return cls(*from_environment(), retry=retry, timeout=timeout)

    async def get(self, ref: Ref | str, *, timeout: float | None = None) -> Task:
        """Look at one task. Changes nothing.

        `timeout` is in seconds, for each answer. Raises `NotFound` if the provider doesn't know the
        task, any other `VideoTasksError` for what stood in the way, and `InvalidRef` or
        `MissingKey` before anything is sent.
        """
        driver, flow = self._core.get(ref)
        return await driver.run(flow, self._core.timeout(timeout))

    async def cancel(
        self,
        ref: Ref | str,
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
    ) -> Outcome:
        """Cancel one task that is still queued. Destroys nothing: any other task is `Kept`.

        The task is looked at first, and only a queued one is acted on, within 5 seconds of that
        look. It would take a task that goes from queued through running to finished in those
        seconds, or a request held up on its way until then, for Ark to delete a finished video:
        its DELETE does not let a client say what it is meant for.

        `confirm` looks again afterwards and says `Cancelled` only if that shows it. `missing_ok`
        makes `Gone` ok. `timeout` is in seconds, for each answer. What became of the task is
        returned; raised are only the caller's mistakes, before anything is sent: `InvalidRef`,
        `MissingKey`, `Closed`, and `Unsupported` on TensorsLab, which can't cancel.
        """
        driver, flow = self._core.settle("cancel", ref, confirm=confirm, missing_ok=missing_ok)
        return await driver.run(flow, self._core.timeout(timeout))

    async def delete(
        self,
        ref: Ref | str,
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
    ) -> Outcome:
        """Destroy one task's record, and with it the way to its video. This can't be undone.

        A queued task on Ark is cancelled. A running one is `Kept`; on TensorsLab an unfinished one
        is, unless `TensorsLab(delete_unfinished=True)` says otherwise.

        `confirm` looks again afterwards and says `Deleted` only if that shows it. `missing_ok`
        makes `Gone` ok. `timeout` is in seconds, for each answer. What became of the task is
        returned; raised are only the caller's mistakes, before anything is sent: `InvalidRef`,
        `MissingKey`, `Closed`.
        """
        driver, flow = self._core.settle("delete", ref, confirm=confirm, missing_ok=missing_ok)
        return await driver.run(flow, self._core.timeout(timeout))

    def cancel_many(
        self,
        refs: Iterable[Ref | str] | AsyncIterable[Ref | str],
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> AsyncOutcomes:
        """Cancel many tasks, each as `cancel` does; one outcome for each ref, as they finish.

        `refs` may be any iterable, async or not, and is read as work goes on. At most
        `concurrency` requests are in flight for each provider. Nothing is raised for one ref: a
        caller's mistake is that ref's `Failed`, with nothing sent for it. A ref that comes again
        while it is on its way shares the outcome.
        """
        bulk = self._core.bulk(
            "cancel", refs, confirm=confirm, missing_ok=missing_ok, concurrency=concurrency
        )
        return AsyncOutcomes(bulk, refs, self._core.drivers, self._core.timeout(timeout))

    def delete_many(
        self,
        refs: Iterable[Ref | str] | AsyncIterable[Ref | str],
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> AsyncOutcomes:
        """Destroy the records of many tasks, each as `delete` does. This can't be undone.

        One outcome for each ref, as they finish; otherwise as `cancel_many`. TensorsLab's tasks are
        deleted in batches; a batch that is refused is halved until each has an answer of its own.
        """
        bulk = self._core.bulk(
            "delete", refs, confirm=confirm, missing_ok=missing_ok, concurrency=concurrency
        )
        return AsyncOutcomes(bulk, refs, self._core.drivers, self._core.timeout(timeout))

    async def close(self) -> None:
        """Close the connections. What is under way elsewhere ends, with a true outcome."""
        self._core.closed = True
        for driver in self._core.drivers.values():
            await driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncTasks({self._core!r})"


class AsyncOutcomes(AsyncIterator[Outcome]):
    """The outcomes of many tasks, as they finish. Work goes on only while this is iterated.

    `close()`, or leaving an `async with` statement early, starts nothing more and waits for what is
    in flight. What then was still to be handed out is in `rest`: an outcome for every ref that was
    read and not yet handed out, `Unsent` where nothing was tried.
    """

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
        self._reading: asyncio.Task[None] | None = None
        self._jobs: dict[asyncio.Task[list[Outcome | Case]], Job] = {}
        self._run = self._running()

    async def __anext__(self) -> Outcome:
        return await anext(self._run)

    async def close(self) -> None:
        """Start nothing more, wait for what is in flight, and keep the account in `rest`."""
        await self._run.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _running(self) -> AsyncGenerator[Outcome, None]:
        bulk = self._bulk
        try:
            while not bulk.finished:
                if bulk.wants_input and self._reading is None:
                    self._reading = asyncio.create_task(self._read())
                for job in bulk.start(time.monotonic()):
                    self._jobs[asyncio.create_task(self._work(job))] = job
                if outcome := bulk.outcome():
                    yield outcome
                elif self._reading is not None or bulk.must_wait:
                    await self._collect(bulk.patience(time.monotonic()))
        finally:
            bulk.stop()
            if self._reading is not None:
                self._reading.cancel()
            while self._jobs:
                await self._collect(None)
            self.rest = tuple(iter(bulk.outcome, None))
        if self._input_error is not None:
            raise self._input_error

    async def _read(self) -> None:
        try:
            ref = await anext(self._refs)
        except StopAsyncIteration:
            self._bulk.end_input()
        except Exception as error:
            # What was read so far is finished and handed out before the input's own error is.
            self._input_error = error
            self._bulk.end_input()
        else:
            self._bulk.offer(ref)

    async def _work(self, job: Job) -> list[Outcome | Case]:
        try:
            return await self._drivers[job.lane].run(job.flow, self._timeout)
        except Exception as error:
            return job.crashed(error)

    async def _collect(self, patience: float | None) -> None:
        """Take the finished jobs and the ref that was read, waiting for the first of them."""
        waited_for = {*self._jobs, *([self._reading] if self._reading else [])}
        if waited_for:
            await asyncio.wait(waited_for, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(patience or 0)
        if self._reading is not None and self._reading.done():
            self._reading = None
        for task in [task for task in self._jobs if task.done()]:
            self._bulk.finish(self._jobs.pop(task), task.result())


async def _aiter(refs: Iterable[Ref | str]) -> AsyncIterator[Ref | str]:
    for ref in refs:
        yield ref
