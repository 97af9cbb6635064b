"""Many refs at once: which jobs to start when, so that each ref read gets exactly one outcome.

Owns: the order of work of `cancel_many`, `delete_many` and `plan.run()`, for threads and asyncio
alike: lazy input, a bounded number in flight for each provider, and the account of every ref read.
Refuses network, clock and waiting: it is told the time and what was finished, and tells what to
start. What to do with one task is in `_flows`; the lanes that cases wait in are in `_lanes`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from attrs import evolve, frozen

from . import _flows as flows
from ._adapter import Adapter
from ._errors import AnswerLost, BadAnswer, Closed, VideoTasksError
from ._flows import Case
from ._lanes import Lane
from ._outcomes import Failed, Outcome, Unknown, Unsent
from ._refs import Ref, UnusableRef
from ._steps import Flow

DEFAULT_CONCURRENCY: Final = 16
"""Requests in flight at once, for each provider."""
MOST_WAITING: Final = 10_000
"""Refs of one provider read ahead while another has work to do."""


@frozen(eq=False, kw_only=True)
class Job:
    """One flow to run: a look at one case, or one deletion of some."""

    lane: str
    kind: Literal["look", "act"]
    cases: tuple[Case, ...]
    flow: Flow[list[Outcome | Case]]

    def crashed(self, error: Exception) -> list[Outcome | Case]:
        """True outcomes for a flow that broke: what was sent may have been done."""
        cause = BadAnswer(f"an error within videotasks, please report it: {error!r}")
        cause.__cause__ = error
        return [
            Unknown(ref=case.ref, task=case.task, cause=cause)
            if case.sent or self.kind == "act"
            else Failed(ref=case.ref, task=case.task, error=cause)
            for case in self.cases
        ]

    def abandoned(self) -> list[Outcome | Case]:
        """True outcomes for a flow that is not waited for any longer."""
        cause = AnswerLost("its answer was not waited for")
        return [
            Unknown(ref=case.ref, task=case.task, cause=cause)
            if case.sent or self.kind == "act"
            else Unsent(ref=case.ref, task=case.task)
            for case in self.cases
        ]


class Bulk:
    """The account of one `cancel_many`, `delete_many` or `plan.run()`.

    `lanes` gives each provider's adapter, and how many deletions a second its limit lets through.
    """

    def __init__(
        self,
        open_case: Callable[[Ref | str], Case],
        lanes: Mapping[str, tuple[Adapter, Callable[[], float | None]]],
        concurrency: int,
    ) -> None:
        self._open_case = open_case
        self._concurrency = concurrency
        self._lanes = {name: Lane(*lane) for name, lane in lanes.items()}
        self._jobs: set[Job] = set()
        self._outcomes: deque[Outcome] = deque()
        self._active: Counter[Ref] = Counter()
        self._repeats = 0
        self._input_ended = False
        self._ending = False
        self._stopped = False

    @property
    def most_in_flight(self) -> int:
        """Jobs in flight at the most."""
        return self._concurrency * len(self._lanes)

    @property
    def in_flight(self) -> int:
        """Jobs started and not finished."""
        return len(self._jobs)

    @property
    def wants_input(self) -> bool:
        """Whether another ref should be read: work is short, and nothing waits to be handed out."""
        lanes = self._lanes.values()
        return (
            not self._input_ended
            and not self._outcomes
            and self._repeats < MOST_WAITING
            and any(lane.hungry(self._concurrency) for lane in lanes)
            and all(len(lane.waiting) < MOST_WAITING for lane in lanes)
        )

    @property
    def finished(self) -> bool:
        """Whether every ref read has had its outcome handed out, and no more will be read."""
        return self._input_ended and not self._active and not self._outcomes

    @property
    def must_wait(self) -> bool:
        """Whether there is nothing to do but wait: for a job, or for a batch to be due."""
        return not (self.wants_input or self.finished or self._outcomes)

    def offer(self, ref: Ref | str) -> None:
        """Take a ref from the input. A mistake in it is that ref's outcome."""
        try:
            case = self._open_case(ref)
        except VideoTasksError as error:
            self._outcomes.append(Failed(ref=error.ref or UnusableRef.of(str(ref)), error=error))
            return
        if self._stopped:
            self._outcomes.append(Unsent(ref=case.ref))
            return
        self._active[case.ref] += 1
        if self._active[case.ref] > 1:
            # On its way already: it shares that outcome, since two at once would get in each
            # other's way.
            self._repeats += 1
            return
        lane = self._lanes[case.ref.provider]
        lane.waiting.append(evolve(case, batch_limit=lane.adapter.batch_size))

    def has(self, ref: Ref | str) -> bool:
        """Whether a ref is on its way, or its outcome not yet handed out."""
        known = (*self._active, *(outcome.ref for outcome in self._outcomes))
        return str(ref) in map(str, known)

    def end_input(self) -> None:
        """There are no more refs."""
        self._input_ended = True

    def start(self, now: float) -> Iterator[Job]:
        """Jobs to start now; `now` is on the monotonic clock."""
        for name, lane in self._lanes.items():
            while lane.in_flight < self._concurrency:
                job = self._next_job(name, lane, now)
                if job is None:
                    break
                self._jobs.add(job)
                yield job

    def finish(self, job: Job, results: Iterable[Outcome | Case]) -> None:
        """Take what a job came to."""
        if job not in self._jobs:
            return  # given up before it ended
        self._jobs.remove(job)
        lane = self._lanes[job.lane]
        lane.ended(job.kind, len(job.cases))
        for result in results:
            if not isinstance(result, Case):
                self._settle(_unsent(result) if self._ending else result)
            elif self._stopped:
                self._settle(_given_up(lane.adapter, result))
            elif job.kind == "look":
                lane.put_ready(result)
            else:
                lane.put_again(result)
        lane.learn(job.kind, results)

    def end(self) -> None:
        """What fails from now on since it was halted counts as unsent. Any thread may say so."""
        self._ending = True

    def stop(self) -> None:
        """Start nothing more: what is in flight is to be finished, the rest is given up."""
        self._ending = self._stopped = self._input_ended = True
        for lane in self._lanes.values():
            for case in lane.drain():
                self._settle(_given_up(lane.adapter, case))

    def close(self) -> tuple[Outcome, ...]:
        """After `stop`: all outcomes not yet handed out, also for what is still in flight."""
        for job in list(self._jobs):
            self.finish(job, job.abandoned())
        settled = {outcome.ref for outcome in self._outcomes}
        for ref in self._active.keys() - settled:  # interrupted in the midst of the account itself
            self._settle(Unknown(ref=ref, cause=AnswerLost("its answer was not waited for")))
        rest = tuple(self._outcomes)
        self._outcomes.clear()
        return rest

    @property
    def next_outcome(self) -> Outcome | None:
        """The next outcome to hand out, in order of completion."""
        return self._outcomes[0] if self._outcomes else None

    def handed_out(self) -> None:
        """The next outcome was handed out."""
        self._outcomes.popleft()

    def patience(self, now: float) -> float | None:
        """Seconds until a batch that is not full should go all the same; None if there is none."""
        due = [
            moment
            for lane in self._lanes.values()
            if lane.in_flight < self._concurrency and (moment := lane.batch_due()) is not None
        ]
        return max(min(due) - now, 0.0) if due else None

    def _next_job(self, name: str, lane: Lane, now: float) -> Job | None:
        batch = lane.take_batch(now, more_to_come=not self._input_ended)
        if batch:
            return Job(lane=name, kind="act", cases=batch, flow=flows.act(lane.adapter, batch))
        case = lane.take_to_look_at()
        if case is not None:
            return Job(lane=name, kind="look", cases=(case,), flow=_look(lane.adapter, case))
        return None

    def _settle(self, outcome: Outcome) -> None:
        # In this order, so that `close` can tell what was done from what was interrupted.
        times = self._active[outcome.ref]
        self._outcomes.extend([outcome] * times)
        del self._active[outcome.ref]
        self._repeats -= times - 1


def _look(adapter: Adapter, case: Case) -> Flow[list[Outcome | Case]]:
    return [(yield from flows.look(adapter, case))]


def _unsent(outcome: Outcome) -> Outcome:
    """The outcome; Unsent where it only says that we stopped."""
    if isinstance(outcome, Failed) and isinstance(outcome.error, Closed):
        return Unsent(ref=outcome.ref, task=outcome.task)
    return outcome


def _given_up(adapter: Adapter, case: Case) -> Outcome:
    """The outcome of a case that is not taken further: as if it could not be looked at again."""
    return _unsent(flows.unseen(adapter, case, Closed("stopped before it was looked at again")))
