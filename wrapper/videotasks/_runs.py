"""Bulk work under way, with threads: the iterator of outcomes.

Owns: workers, and the waiting for them. Refuses to decide what to start: that is in `_bulk`, for
this and for asyncio (`_async_runs`).
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Self

from ._bulk import Bulk, Job
from ._clock import now
from ._drivers import Driver
from ._flows import Case
from ._halts import Halt
from ._outcomes import Outcome
from ._refs import Ref

TENDING: Final = 0.2
"""Seconds between looks after the work, while the input keeps its reader waiting."""


class Outcomes(Iterator[Outcome]):
    """The outcomes of many tasks, as they finish. Work goes on only while this is iterated.

    `close()`, leaving a `with` statement early and Ctrl-C send nothing more, and wait for the
    answers that are on their way, no longer than their timeout. `rest` then has an outcome for
    every ref that was read and not yet handed out: `Unsent` where nothing was tried. `last` is the
    last one that was handed out, for whom Ctrl-C hit just then.

    The input is read in the thread that iterates. Another thread, or a signal handler, may call
    `close()`: it returns at once, and the iteration ends.
    """

    def __init__(
        self,
        bulk: Bulk,
        refs: Iterable[Ref | str],
        drivers: dict[str, Driver],
        timeout: float | None,
    ) -> None:
        self._work = _Work(bulk, refs, drivers, timeout)
        self._run = self._work.running()

    @property
    def rest(self) -> tuple[Outcome, ...]:
        """After stopping early: what was still to be handed out."""
        return self._work.rest

    @property
    def last(self) -> Outcome | None:
        """The last outcome that was handed out."""
        return self._work.last

    def __next__(self) -> Outcome:
        return next(self._run)

    def close(self) -> None:
        """Start nothing more, wait for what is in flight, and keep the account in `rest`."""
        self._work.end()
        with suppress(ValueError):  # iterated just now, elsewhere: it ends there
            self._run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _Work:
    """What goes on behind `Outcomes`, which workers may hold on to when that is forgotten."""

    def __init__(
        self,
        bulk: Bulk,
        refs: Iterable[Ref | str],
        drivers: dict[str, Driver],
        timeout: float | None,
    ) -> None:
        self.rest: tuple[Outcome, ...] = ()
        self.last: Outcome | None = None
        self._bulk = bulk
        self._refs = iter(refs)
        self._input_error: Exception | None = None
        self._drivers = drivers
        self._timeout = timeout
        self._halts = {name: driver.new_halt() for name, driver in drivers.items()}
        # Results stay here until they are taken in: Ctrl-C may come just as the queue gives up an
        # item, which is then lost.
        self._results: dict[Job, list[Outcome | Case]] = {}
        self._news: SimpleQueue[None] = SimpleQueue()
        self._ending = Halt()
        # While the input is read, another thread may tend the work; at all other times it belongs
        # to the one that iterates.
        self._reading = False
        self._tended = threading.RLock()
        # Read, and not yet accounted for: Ctrl-C may come just then.
        self._read_last: Ref | str | None = None

    def running(self) -> Generator[Outcome, None, None]:
        bulk = self._bulk
        pool = ThreadPoolExecutor(bulk.most_in_flight, thread_name_prefix="videotasks")
        try:
            threading.Thread(target=self._tend, args=(pool,), daemon=True).start()
            while not bulk.finished and not self._ending.is_set():
                self._advance(pool)
                if outcome := bulk.next_outcome:
                    self.last = outcome
                    try:
                        yield outcome
                    finally:
                        bulk.handed_out()
                elif bulk.wants_input:
                    # In this very thread: many inputs, such as a database's, need that.
                    self._read()
                elif bulk.must_wait:
                    self._collect(bulk.patience(now()))
        finally:
            self._stop(pool)
        if self._input_error is not None:
            raise self._input_error

    def end(self) -> None:
        """Send nothing more, and let whoever iterates stop. For threads and signal handlers too."""
        self._bulk.end()
        self._ending.set()
        for halt in self._halts.values():
            halt.set()
        self._news.put(None)

    def _advance(self, pool: ThreadPoolExecutor) -> None:
        """Take in what was done, and start what can be."""
        self._collect(0)
        for job in self._bulk.start(now()):
            pool.submit(self._work, job)

    def _tend(self, pool: ThreadPoolExecutor) -> None:
        """Keep the work going while the input keeps its reader waiting, so that no look grows old.

        Only then: nothing is done while nobody iterates.
        """
        while not self._ending.wait(TENDING):
            with self._tended:
                if self._reading:
                    self._advance(pool)

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        """Send nothing more, wait for the answers on their way, and account for all refs read."""
        self.end()
        self._take_back()
        try:
            self._bulk.stop()
            if self._read_last is not None and not self._bulk.has(self._read_last):
                self._bulk.offer(self._read_last)
            # Not until all that was started is counted: what stopped us may have come between.
            pool.shutdown()
            self._collect(0)
        finally:
            # Interrupted once more: what is still on its way is given up as well.
            pool.shutdown(wait=False, cancel_futures=True)
            self.rest = self._bulk.close()

    def _read(self) -> None:
        try:
            self._reading = True
            self._read_last = next(self._refs)
        except StopIteration:
            self._take_back()
            self._bulk.end_input()
        except Exception as error:
            # What was read so far is finished and handed out before the input's own error is.
            self._take_back()
            self._input_error = error
            self._bulk.end_input()
        else:
            self._take_back()
            self._bulk.offer(self._read_last)
            self._read_last = None

    def _take_back(self) -> None:
        """Nobody else may tend the work from now on."""
        with self._tended:
            self._reading = False

    def _work(self, job: Job) -> None:
        try:
            driver, halt = self._drivers[job.lane], self._halts[job.lane]
            results = driver.run(job.flow, self._timeout, halt)
        except Exception as error:
            results = job.crashed(error)
        self._results[job] = results
        self._news.put(None)

    def _collect(self, patience: float | None) -> None:
        """Take the finished jobs that are there; wait for one first, if there are none."""
        with suppress(Empty):
            if not self._results:
                self._news.get(timeout=patience)
            while True:
                self._news.get_nowait()
        for job in list(self._results):
            self._bulk.finish(job, self._results[job])
            del self._results[job]
