"""Many refs at once: which jobs to start when, so that each ref read gets exactly one outcome.

Owns: the order of work of `cancel_many`, `delete_many` and `plan.run()`, for threads and asyncio
alike: lazy input, a bounded number in flight for each provider, and a record of every ref read.
Refuses network, clock and waiting: it is given the time and what was finished, and says what to
start. What to do with one task is in `_rules.flows`; the queues that items wait in are in
`_rules.queues`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from typing import Final

from attrs import evolve

from .._model.errors import VideoTasksError
from .._model.outcomes import Failed, Outcome, Unknown, Unsent
from .._model.task import Ref, UnusableRef
from . import flows
from .adapter import Adapter, Verb
from .items import WorkItem
from .jobs import (
    InputRef,
    Job,
    failed_for_all,
    given_up,
    look_flow,
    not_waited_for,
    unsent_if_closed,
)
from .pacing import RateLimiter
from .queues import ProviderQueue
from .steps import Operation

MOST_WAITING: Final = 10_000
"""Refs of one provider read ahead while another has work to do."""


class Bulk:
    """The state of one `cancel_many`, `delete_many` or `plan.run()`.

    `queues` gives each provider's adapter, and its limits by operation. `concurrency` is how many
    requests of each may be in flight; by default as many as its limits need.

    Ctrl-C may interrupt any method; the run is then stopped. So each change is one step, or can be
    made twice without harm, and `rest` still gets an outcome for every ref.
    """

    def __init__(
        self,
        verb: Verb,
        open_item: Callable[[Ref | str], WorkItem],
        queues: Mapping[str, tuple[Adapter, Mapping[Operation, RateLimiter]]],
        concurrency: int | None,
    ) -> None:
        self.verb: Verb = verb
        self.jobs: set[Job] = set()
        """Started and not finished."""
        self.rest: tuple[Outcome, ...] = ()
        self.client_closed = False
        self.on_client_closed: Callable[[], object] = self.stop
        self._open_item = open_item
        self._queues = {name: ProviderQueue(*queue, concurrency) for name, queue in queues.items()}
        self._outcomes: deque[InputRef] = deque()
        self._last: InputRef | None = None
        self._active: dict[Ref, list[InputRef]] = {}
        self._repeats = 0
        self._input_ended = False
        self._input_error: Exception | None = None
        self._stopped = False

    def wants_input(self, now: float) -> bool:
        """Whether another ref should be read: there is little work, and no outcome to hand out."""
        queues = self._queues.values()
        return (
            not self._input_ended
            and not self._outcomes
            and self._repeats < MOST_WAITING
            and (self._stopped or any(queue.wants_input(now) for queue in queues))
            and all(len(queue.waiting) < MOST_WAITING for queue in queues)
        )

    @property
    def finished(self) -> bool:
        """Whether every ref read has had its outcome handed out, and no more will be read."""
        return self._input_ended and not self._active and not self._outcomes

    def offer(self, entry: InputRef) -> None:
        """Take a ref from the input. A mistake in it is that ref's outcome."""
        item = self._opened(entry.ref)
        if not isinstance(item, WorkItem):
            self._finish_entries([entry], item)
        elif entries := self._active.get(item.ref):
            # In work already: it shares that outcome, since two at once would disturb each other.
            entries.append(entry)
            self._repeats += 1
        else:
            queue = self._queues[item.ref.provider]
            queue.waiting.append(evolve(item, batch_limit=queue.adapter.batch_size))
            self._active[item.ref] = [entry]

    def end_input(self, error: Exception | None = None) -> None:
        """There are no more refs; `error` is the one that ended the input, if any."""
        self._input_error = error
        self._input_ended = True

    def check_input(self) -> None:
        """Raise the error that ended the input; after all that was read has been handed out."""
        if self._input_error is not None:
            raise self._input_error

    def close_client(self) -> None:
        """The client is closed: stop, also if the run has not begun."""
        self.client_closed = True
        self.on_client_closed()

    def start(self, now: float) -> Iterator[Job]:
        """Jobs to start now; `now` is on the monotonic clock."""
        for name, queue in self._queues.items():
            while (job := self._next_job(name, queue, now)) is not None:
                if not queue.can_start(job.kind, now):
                    break
                self.jobs.add(job)
                queue.begin(job.kind, job.items, now)
                yield job

    def finish(self, job: Job, results: Iterable[Outcome | WorkItem]) -> None:
        """Take the results of a job."""
        if job not in self.jobs:
            return  # given up before it ended
        queue = self._queues[job.queue]
        for item, result in zip(job.items, results, strict=True):
            if not isinstance(result, WorkItem):
                if isinstance(result, Failed) and result.error.is_for_all:
                    queue.error_for_all = queue.error_for_all or result.error
                # One that went in a batch which was refused has been tried.
                self._record(result if item.sent else unsent_if_closed(result))
            elif self._stopped:
                self._record(given_up(queue.adapter, result))
            elif job.kind == "look":
                queue.put_ready(result)
            else:
                queue.put_to_look_again(result)
        queue.ended(job.kind, len(job.items))
        queue.adjust_look_ahead(job.kind, results)
        self.jobs.discard(job)
        if queue.error_for_all is not None:
            for item in queue.take_out(untried=True):
                self._record(failed_for_all(item.ref, queue.error_for_all))

    def stop(self, *, give_up: bool = False, read_on: bool = False) -> None:
        """Start nothing more, and give up what is queued; with `give_up` also what is in flight,
        with `read_on` also all that is read from now on."""
        self._stopped = True
        self._input_ended |= not read_on
        for queue in self._queues.values():
            for item in queue.take_out():
                self._record(given_up(queue.adapter, item))
        for job in tuple(self.jobs) if give_up else ():
            self.finish(job, self.abandoned(job))

    def abandoned(self, job: Job) -> list[Outcome]:
        """Correct outcomes for a job that is not waited for, when nothing more may be sent."""
        return job.abandoned(self._queues[job.queue].adapter)

    def close(self, read: InputRef | None = None) -> None:
        """When nothing more may be sent: keep an outcome in `rest` for all that was read and not
        handed out.

        `read` is what was read last, if it may not have been offered. Changes nothing else.
        """
        left: dict[Ref, Outcome] = {}
        for queue in self._queues.values():
            left |= {item.ref: given_up(queue.adapter, item) for item in queue.items()}
        for job in self.jobs:
            left |= {outcome.ref: outcome for outcome in self.abandoned(job)}
        rest = {entry: entry.outcome for entry in self._outcomes}
        for ref, entries in self._active.items():
            settled = next((entry.outcome for entry in entries if entry.outcome), None)
            settled = settled or left.get(ref) or Unknown(ref=ref, cause=not_waited_for())
            rest |= dict.fromkeys(entries, settled)
        if read is not None and read not in rest:
            item = self._opened(read.ref)
            rest[read] = Unsent(ref=item.ref) if isinstance(item, WorkItem) else item
        self.rest = tuple(o for entry, o in rest.items() if o and entry is not self._last)

    @property
    def last(self) -> Outcome | None:
        """The last outcome handed out."""
        return self._last.outcome if self._last else None

    def next_outcome(self) -> Outcome | None:
        """Hand the next outcome out, in order of completion."""
        if not self._outcomes:
            return None
        self._last = self._outcomes[0]  # handed out from here on
        self._outcomes.popleft()
        return self._last.outcome

    def batch_due_in(self, now: float) -> float | None:
        """Seconds until a batch that is not full should go all the same; None if there is none."""
        due = [
            moment
            for queue in self._queues.values()
            if queue.can_start("act", now) and (moment := queue.batch_due()) is not None
        ]
        return max(min(due) - now, 0.0) if due else None

    def _opened(self, ref: Ref | str) -> WorkItem | Outcome:
        """The work item of a ref, or its outcome if nothing is to be sent for it."""
        try:
            item = self._open_item(ref)
        except VideoTasksError as error:
            return unsent_if_closed(Failed(ref=error.ref or UnusableRef.of(str(ref)), error=error))
        if self._stopped:
            return Unsent(ref=item.ref)
        why = self._queues[item.ref.provider].error_for_all
        return item if why is None else failed_for_all(item.ref, why)

    def _next_job(self, name: str, queue: ProviderQueue, now: float) -> Job | None:
        batch = queue.next_batch(now, more_to_come=not self._input_ended)
        if batch:
            return Job(queue=name, kind="act", items=batch, flow=flows.act(queue.adapter, batch))
        item = queue.next_to_look_at()
        if item is not None:
            return Job(queue=name, kind="look", items=(item,), flow=look_flow(queue.adapter, item))
        return None

    def _record(self, outcome: Outcome) -> None:
        entries = self._active.get(outcome.ref)
        if entries is not None:  # None if Ctrl-C came after it was recorded
            self._finish_entries(entries, outcome)
            del self._active[outcome.ref]
            self._repeats -= len(entries) - 1

    def _finish_entries(self, entries: list[InputRef], outcome: Outcome) -> None:
        for entry in entries:
            # Each entry gets an object of its own, so that equal outcomes can be told apart.
            entry.outcome = outcome if entry is entries[0] else copy(outcome)
        self._outcomes.extend(entries)
