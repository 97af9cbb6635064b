"""Bulk work under way, with threads: the iterator of outcomes.

Owns: workers, and the waiting for them. Refuses to decide what to start: that is in `_rules.bulk`,
for this and for asyncio (`_engine.aio`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from inspect import GEN_RUNNING, getgeneratorstate
from queue import Empty, SimpleQueue
from threading import RLock, Thread
from typing import Final, Self, TypeAlias

from .._clock import now
from .._model.outcomes import Outcome
from .._model.task import Ref
from .._rules.bulk import Bulk
from .._rules.items import WorkItem
from .._rules.jobs import InputRef, Job
from .runs import Run, RunState
from .stop import StopEvent
from .sync_driver import Driver

Refs: TypeAlias = Iterable[Ref | str]
Drivers: TypeAlias = Mapping[str, Driver]

PUMP_INTERVAL: Final = 0.2
"""Seconds between steps of the work while the input keeps its reader waiting."""
JOIN_TIMEOUT: Final = 5.0
"""Seconds that threads with nothing left to do are given to end."""


class Outcomes(Run, Iterator[Outcome]):
    """The outcomes of many tasks, as they finish. Work goes on only while this is iterated.

    A run that is never iterated does nothing, and warns of that with `RuntimeWarning` when it is
    dropped.

    `stop()` returns at once, from any thread or signal handler: nothing more is sent, and the
    iteration hands out what is left and ends. `close()`, leaving a `with` statement early and
    Ctrl-C wait for the answers that are on their way, no longer than their timeout, and end the
    iteration. `rest` then has an outcome for every ref that was read and not yet handed out:
    `Unsent` where nothing was tried. `last` is the last one that was handed out: Ctrl-C may strike
    before the caller has it. Where Ctrl-C strikes a run that is stopped or being closed, nothing is
    waited for any longer; `rest` is complete after one more `close()`.

    The input is read in the thread that iterates. While a thread waits for the next outcome,
    `close()` from elsewhere is `stop()`. Closing the client stops its runs, too. In a process that
    is forked meanwhile iterating raises `Closed`: the run is its parent's.
    """

    def __init__(self, bulk: Bulk, refs: Refs, drivers: Drivers, timeout: float | None) -> None:
        self._runner = _Runner(bulk, refs, drivers, timeout)
        self._outcomes = self._runner.outcomes()
        super().__init__(self._runner)

    def __next__(self) -> Outcome:
        self._begin()
        try:
            return next(self._outcomes)
        except ValueError:
            if not self._runner.closing:
                raise
        # Another thread is closing this: it ends when that has given its account.
        while getgeneratorstate(self._outcomes) == GEN_RUNNING:
            time.sleep(PUMP_INTERVAL)
        raise StopIteration

    def close(self) -> None:
        """Send nothing more, wait for what is in flight, and keep the account in `rest`. While
        another thread waits for the next outcome this is `stop()`: that thread ends the run."""
        self._begun = True
        if self._elsewhere:
            return
        self._runner.stop()
        self._runner.closing = True
        with suppress(ValueError):  # iterated just now, elsewhere: it ends there
            self._outcomes.close()
            self._runner.finish()  # where Ctrl-C broke off what the iteration did at its end

    def __enter__(self) -> Self:
        self._begun = True
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Runner(RunState[StopEvent]):
    """What goes on behind `Outcomes`; threads may hold on to it when that is forgotten.

    Ctrl-C strikes the thread that iterates, so that one only uses what is written in C: in
    `Thread.start`, `threading.Event` or `ThreadPoolExecutor.submit` it could leave a lock taken
    that all others would wait for, for ever.
    """

    def __init__(self, bulk: Bulk, refs: Refs, drivers: Drivers, timeout: float | None) -> None:
        self._news: SimpleQueue[None] = SimpleQueue()
        super().__init__(bulk, StopEvent(), partial(self._news.put, None))
        self.closing = self._finishing = self._finished = False
        self._refs = iter(refs)
        self._pump_interval = None if isinstance(refs, Collection) else PUMP_INTERVAL
        self._drivers = drivers
        self._timeout = timeout
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # Results stay here until they are taken in: Ctrl-C may come just as a queue gives up an
        # item, which is then lost.
        self._results: dict[Job, list[Outcome | WorkItem]] = {}
        self._workers = 0
        self._wanted: SimpleQueue[bool] = SimpleQueue()
        self._helper: Thread | None = None
        # While the input is read, the helper may do the work; at all other times it belongs to the
        # thread that iterates.
        self._reading = False
        self._owner = RLock()
        # Read, and not yet accounted for: Ctrl-C may come just then.
        self._read_last: InputRef | None = None

    def outcomes(self) -> Generator[Outcome, None, None]:
        bulk = self.bulk
        try:
            while not bulk.finished:
                self._advance()
                if outcome := bulk.next_outcome():
                    yield outcome
                elif bulk.wants_input(now()):
                    self._read()
                elif not bulk.finished:
                    self._collect(bulk.batch_due_in(now()))
        except GeneratorExit:
            self.gave_up |= not self.closing  # forgotten, then
            raise
        except BaseException:
            self.gave_up |= self.stopped.is_set()  # Ctrl-C after it was stopped
            raise
        finally:
            self.finish()
        bulk.check_input()

    def finish(self) -> None:
        """Send nothing more, wait for the answers on their way, and account for all refs read.

        Ctrl-C may break it off anywhere. Called again it finishes that, without waiting.
        """
        if self._finished or os.getpid() != self.process:
            return
        self.gave_up |= self._finishing
        self._finishing = True
        try:
            self.stopped.set()
            self._own_again()
            # A job that has not begun yet will send nothing.
            while not self.gave_up and any(job.begun for job in self.bulk.jobs):
                self._collect(None)
        finally:
            self.stopped.set()
            self._wanted.put(False)
            self._jobs.put(None)
            self._collect(0)
            self.bulk.close(self._read_last)
            self._finished = True
        if not self.gave_up and self._helper is not None and self._helper.is_alive():
            self._helper.join(JOIN_TIMEOUT)

    def _advance(self) -> None:
        """Take in what was done, and start what can be."""
        self._collect(0)
        if self.stopped.is_set():
            self.bulk.stop(give_up=self.gave_up)
        for job in self.bulk.start(now()):
            self._jobs.put(job)
            if len(self.bulk.jobs) > self._workers:
                self._workers += 1
                self._wanted.put(True)
        if self._workers and self._helper is None:
            # If Ctrl-C strikes here nothing has begun, and nobody waits for this thread.
            self._helper = Thread(target=self._help, name="videotasks_helper", daemon=True)
            self._helper.start()

    def _read(self) -> None:
        """Read one ref, in this very thread: many inputs, such as a database's, need that."""
        try:
            try:
                self._reading = True
                self._read_last = InputRef(next(self._refs))
            finally:
                self._own_again()
        except StopIteration:
            self.bulk.end_input()
        except Exception as error:
            self.bulk.end_input(error)
        else:
            self.bulk.offer(self._read_last)
            self._read_last = None

    def _own_again(self) -> None:
        """From now on the helper leaves the work alone."""
        with self._owner:
            self._reading = False

    def _collect(self, patience: float | None) -> None:
        """Take the finished jobs that are there; wait for one first, if there are none."""
        with suppress(Empty):
            if not self._results:
                self._news.get(timeout=patience)
            while True:
                self._news.get_nowait()
        for job in list(self._results):
            self.bulk.finish(job, self._results[job])
            del self._results[job]

    def _help(self) -> None:
        """Start workers; and go on with the work while the input blocks, so that no look grows old.

        Only then: nothing is done while nobody iterates.
        """
        workers: list[Thread] = []
        while True:
            with suppress(Empty):
                if not self._wanted.get(timeout=self._pump_interval):
                    break
                workers.append(Thread(target=self._work, name="videotasks_worker", daemon=True))
                try:
                    workers[-1].start()
                except RuntimeError:  # no more threads: then this one works
                    workers.pop()
                    self._work()
            if self._reading:
                with self._owner:
                    if self._reading:
                        self._advance()
        for worker in workers:
            worker.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.begun = True
            try:
                results = self._drivers[job.queue].run(job.flow, self._timeout, self.stopped)
            except Exception as error:
                results = job.crashed(error)
            self._results[job] = results
            self._news.put(None)
        self._jobs.put(None)  # for the next worker
