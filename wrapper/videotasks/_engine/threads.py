"""Bulk work under way, with threads: the iterator of outcomes.

Owns: workers, and the waiting for them. Refuses to decide what to start: that is in `_rules.bulk`,
for this and for asyncio (`_engine.aio`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from inspect import GEN_RUNNING, getgeneratorstate
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Self

from .._clock import now
from .._model.errors import Closed
from .._model.outcomes import Outcome
from .._model.refs import Ref
from .._rules.bulk import Asked, Bulk, Job
from .._rules.flows import WorkItem
from .begun import Run
from .stop import StopEvent
from .sync_driver import Driver

PUMP_INTERVAL: Final = 0.2
"""Seconds between looks after the work, while the input keeps its reader waiting."""


class Outcomes(Run, Iterator[Outcome]):
    """The outcomes of many tasks, as they finish. Work goes on only while this is iterated.

    A run that is never iterated does nothing, and warns of that with `RuntimeWarning` when it is
    dropped.

    `close()`, leaving a `with` statement early and Ctrl-C send nothing more, and wait for the
    answers that are on their way, no longer than their timeout. `rest` then has an outcome for
    every ref that was read and not yet handed out: `Unsent` where nothing was tried. `last` is the
    last one that was handed out, for whom Ctrl-C hit just then. Where Ctrl-C strikes while it is
    closing, nothing is waited for any longer; `rest` is complete after one more `close()`.

    The input is read in the thread that iterates. Another thread, or a signal handler, may call
    `close()`: the iteration ends, and `close()` returns at once where somebody waits for the next
    outcome. When the client is closed, no more input is read and the iteration ends with what was
    read. In a process that is forked meanwhile iterating raises `Closed`: the run is its parent's.
    """

    def __init__(
        self,
        bulk: Bulk,
        refs: Iterable[Ref | str],
        drivers: dict[str, Driver],
        timeout: float | None,
    ) -> None:
        super().__init__(bulk.verb)
        self._work = _Work(bulk, refs, drivers, timeout, self._process)
        self._run = self._work.running()
        self._closing = False

    @property
    def rest(self) -> tuple[Outcome, ...]:
        """After stopping early: what was still to be handed out."""
        return self._work.rest

    @property
    def last(self) -> Outcome | None:
        """The last outcome that was handed out."""
        return self._work.last

    def __next__(self) -> Outcome:
        self._begin()
        try:
            return next(self._run)
        except ValueError:
            if not self._closing:
                raise
        # Another thread is closing this: it ends when that has given its account.
        while getgeneratorstate(self._run) == GEN_RUNNING and not self._work.closed.wait(
            PUMP_INTERVAL
        ):
            pass
        raise StopIteration

    def close(self) -> None:
        """Start nothing more, wait for what is in flight, and keep the account in `rest`."""
        self._begun = True
        if self._elsewhere:
            return
        self._work.end()
        self._closing = True
        try:
            self._run.close()
        except ValueError:  # iterated just now, elsewhere: it ends there
            return
        self._work.stop()  # where Ctrl-C broke off what the iteration did at its end

    def __enter__(self) -> Self:
        self._begin()
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
        process: int,
    ) -> None:
        self.rest: tuple[Outcome, ...] = ()
        self._bulk = bulk
        self._refs = iter(refs)
        self._input_error: Exception | None = None
        self._drivers = drivers
        self._timeout = timeout
        self._process = process
        self._halt = StopEvent()
        self._pool: ThreadPoolExecutor | None = None
        # Results stay here until they are taken in: Ctrl-C may come just as the queue gives up an
        # item, which is then lost.
        self._results: dict[Job, list[Outcome | WorkItem]] = {}
        self._news: SimpleQueue[None] = SimpleQueue()
        self._ending = StopEvent()
        self._stopping = False
        self.closed = StopEvent()
        self._client_closed = False
        # While the input is read, another thread may tend the work; at all other times it belongs
        # to the one that iterates.
        self._reading = False
        self._tended = threading.RLock()
        # Read, and not yet accounted for: Ctrl-C may come just then.
        self._read_last: Asked | None = None
        for driver in drivers.values():
            driver.tell_when_closed(self)

    @property
    def last(self) -> Outcome | None:
        return self._bulk.last

    def running(self) -> Generator[Outcome, None, None]:
        if self._client_closed:
            raise Closed("this client is closed, so nothing was sent; make a new one")
        bulk = self._bulk
        self._pool = pool = ThreadPoolExecutor(bulk.most_in_flight, thread_name_prefix="videotasks")
        try:
            threading.Thread(target=self._pump, args=(pool,), daemon=True).start()
            while not bulk.finished and not self._ending.is_set():
                self._advance(pool)
                if outcome := bulk.next_outcome():
                    yield outcome
                elif bulk.wants_input:
                    # In this very thread: many inputs, such as a database's, need that.
                    self._read()
                elif bulk.must_wait:
                    self._collect(bulk.patience(now()))
        finally:
            self.stop()
        if self._input_error is not None:
            raise self._input_error

    def end(self) -> None:
        """Send nothing more, and let whoever iterates stop. For threads and signal handlers too."""
        self._ending.set()
        self._halt.set()
        self._news.put(None)

    def client_closed(self) -> None:
        """Send nothing more, and read nothing more."""
        self._client_closed = True
        self._halt.set()
        self._news.put(None)

    def stop(self) -> None:
        """Send nothing more, wait for the answers on their way, and account for all refs read.

        Ctrl-C may break it off anywhere. Called again it finishes that, without waiting.
        """
        if self.closed.is_set() or os.getpid() != self._process:
            return
        may_wait, self._stopping = not self._stopping, True
        try:
            self.end()
            self._take_back()
            self._bulk.stop()
            if may_wait and self._pool is not None:
                # All that was started is counted: what stopped us may have come between.
                self._pool.shutdown()
        finally:
            # Interrupted once more: what is still on its way is given up as well. What did not
            # begin before this will send nothing.
            self.end()
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
            self._bulk.stop()
            self._collect(0)
            self.rest = self._bulk.rest(self._read_last)
            self.closed.set()

    def _advance(self, pool: ThreadPoolExecutor) -> None:
        """Take in what was done, and start what can be."""
        if self._client_closed:
            self._bulk.stop()
        self._collect(0)
        for job in self._bulk.start(now()):
            pool.submit(self._carry_out, job)

    def _pump(self, pool: ThreadPoolExecutor) -> None:
        """Keep the work going while the input keeps its reader waiting, so that no look grows old.

        Only then: nothing is done while nobody iterates.
        """
        while not self._ending.wait(PUMP_INTERVAL):
            with self._tended:
                if self._reading:
                    self._advance(pool)

    def _read(self) -> None:
        try:
            self._reading = True
            self._read_last = Asked(next(self._refs))
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

    def _carry_out(self, job: Job) -> None:
        job.begun = True
        try:
            results = self._drivers[job.queue].run(job.flow, self._timeout, self._halt)
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
