"""Many refs at once: which jobs to start when, so that each ref read gets exactly one outcome.

Owns: the order of work of `cancel_many` and `delete_many`, for threads and asyncio alike: lazy
input, a bounded number in flight for each provider, batches, and the account of every ref read.
Refuses network, clock and waiting: it is told the time and what was finished, and tells what to
start. What to do with one task is in `_flows`.

Each provider has a lane. A case waits to be looked at, is looked at, waits to be acted on (with
others, where the provider deletes in batches), is acted on, and may go round again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from attrs import define, evolve, field, frozen

from . import _flows as flows
from ._adapter import Adapter
from ._errors import BadAnswer, VideoTasksError
from ._flows import Case
from ._outcomes import Failed, Outcome, Unknown, Unsent
from ._refs import Ref, UnusableRef
from ._steps import Flow

DEFAULT_CONCURRENCY: Final = 16
"""Requests in flight at once, for each provider."""
MOST_WAITING: Final = 1000
"""Refs of one provider read ahead while another has work to do."""
BATCH_FILLS_FOR: Final = 1.0
"""Seconds that a case waits for its batch to fill, well within the time a look stays fresh."""


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


@define
class _Lane:
    """The cases of one provider."""

    adapter: Adapter
    waiting: deque[Case] = field(factory=deque[Case])
    again: deque[Case] = field(factory=deque[Case])
    ready: dict[int, deque[Case]] = field(factory=dict[int, deque[Case]])
    looking: int = 0
    acting: int = 0

    def hungry(self, concurrency: int) -> bool:
        return not self.waiting and self.looking + self.acting < concurrency

    def full_batch(self, now: float, *, more_to_come: bool) -> tuple[Case, ...]:
        """The next batch that need not wait, if any."""
        more = more_to_come or self.looking or self.waiting or self.again
        for limit, cases in self.ready.items():
            full = len(cases) >= limit
            if cases and (full or not more or now >= cases[0].seen_at + BATCH_FILLS_FOR):
                return tuple(cases.popleft() for _ in range(min(limit, len(cases))))
        return ()

    def next_to_look_at(self) -> Case | None:
        """Cases that go round again come first: they are known to be about to be settled."""
        for cases in (self.again, self.waiting):
            if cases:
                return cases.popleft()
        return None

    def oldest(self) -> float | None:
        return min((cases[0].seen_at for cases in self.ready.values() if cases), default=None)

    def drain(self) -> Iterator[Case]:
        for cases in (self.waiting, self.again, *self.ready.values()):
            yield from cases
            cases.clear()


class Bulk:
    """The account of one `cancel_many` or `delete_many`."""

    def __init__(
        self,
        open_case: Callable[[Ref | str], Case],
        adapters: Mapping[str, Adapter],
        concurrency: int,
    ) -> None:
        self._open_case = open_case
        self._concurrency = concurrency
        self._lanes = {name: _Lane(adapter) for name, adapter in adapters.items()}
        self._outcomes: deque[Outcome] = deque()
        self._active: Counter[Ref] = Counter()
        self._repeats = 0
        self._input_ended = False
        self._stopped = False

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
    def most_in_flight(self) -> int:
        """Jobs in flight at the most."""
        return self._concurrency * len(self._lanes)

    @property
    def in_flight(self) -> int:
        """Jobs started and not finished."""
        return sum(lane.looking + lane.acting for lane in self._lanes.values())

    @property
    def must_wait(self) -> bool:
        """Whether there is nothing to do but wait: for a job, or for a batch to be due."""
        return not (self.wants_input or self.finished or self._outcomes)

    @property
    def finished(self) -> bool:
        """Whether every ref read has had its outcome handed out, and no more will be read."""
        return self._input_ended and not self._active and not self._outcomes

    def offer(self, ref: Ref | str) -> None:
        """Take a ref from the input. A mistake in it is that ref's outcome."""
        try:
            case = self._open_case(ref)
        except VideoTasksError as error:
            self._outcomes.append(Failed(ref=error.ref or UnusableRef.of(str(ref)), error=error))
            return
        self._active[case.ref] += 1
        if self._active[case.ref] > 1:
            # On its way already: it shares that outcome, since two at once would get in each
            # other's way.
            self._repeats += 1
            return
        lane = self._lanes[case.ref.provider]
        lane.waiting.append(evolve(case, batch_limit=lane.adapter.batch_size))

    def end_input(self) -> None:
        """There are no more refs."""
        self._input_ended = True

    def start(self, now: float) -> Iterator[Job]:
        """Jobs to start now; `now` is on the monotonic clock."""
        for name, lane in self._lanes.items():
            while lane.looking + lane.acting < self._concurrency:
                batch = lane.full_batch(now, more_to_come=not self._input_ended)
                if batch:
                    lane.acting += 1
                    yield Job(
                        lane=name, kind="act", cases=batch, flow=flows.act(lane.adapter, batch)
                    )
                elif case := lane.next_to_look_at():
                    lane.looking += 1
                    yield Job(lane=name, kind="look", cases=(case,), flow=_look(lane.adapter, case))
                else:
                    break

    def finish(self, job: Job, results: Iterable[Outcome | Case]) -> None:
        """Take what a job came to."""
        lane = self._lanes[job.lane]
        if job.kind == "look":
            lane.looking -= 1
        else:
            lane.acting -= 1
        for result in results:
            if not isinstance(result, Case):
                self._settle(result)
            elif self._stopped:
                self._settle(_given_up(result))
            elif job.kind == "look":
                lane.ready.setdefault(result.batch_limit, deque()).append(result)
            else:
                lane.again.append(result)

    def stop(self) -> None:
        """Start nothing more: what is in flight is to be finished, the rest is given up."""
        self._stopped = self._input_ended = True
        for lane in self._lanes.values():
            for case in lane.drain():
                self._settle(_given_up(case))

    def outcome(self) -> Outcome | None:
        """The next outcome to hand out, in order of completion."""
        return self._outcomes.popleft() if self._outcomes else None

    def patience(self, now: float) -> float | None:
        """Seconds until a batch that is not full should go all the same; None if there is none."""
        oldest = [seen for lane in self._lanes.values() if (seen := lane.oldest()) is not None]
        return max(min(oldest) + BATCH_FILLS_FOR - now, 0.0) if oldest else None

    def _settle(self, outcome: Outcome) -> None:
        times = self._active.pop(outcome.ref)
        self._repeats -= times - 1
        self._outcomes.extend([outcome] * times)


def _look(adapter: Adapter, case: Case) -> Flow[list[Outcome | Case]]:
    return [(yield from flows.look(adapter, case))]


def _given_up(case: Case) -> Outcome:
    """The outcome of a case that is not taken further."""
    if case.sent is not None and case.sent.error is not None and case.sent.answer != "refused":
        return Unknown(ref=case.ref, task=case.task, cause=case.sent.error)
    return Unsent(ref=case.ref, task=case.task)
