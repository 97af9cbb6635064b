"""`delete_many` and `cancel_many`, from the first ref to the last outcome, and again for the rest.

Owns: one path of bulk work: the real `Bulk` says what is to start, and its jobs are run one after
the other, each to its end; the run may be stopped, twice, or be killed anywhere. Moves happen
between any two requests, so that another order of jobs shows nothing else. Refuses threads: that
they keep this order of things is for other tests.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from videotasks import Outcome, Ref, State, skip_done
from videotasks._rules.bulk import Bulk
from videotasks._rules.items import WorkItem
from videotasks._rules.jobs import InputRef, Job
from videotasks._rules.pacing import NO_LIMITS, RateLimiter
from videotasks._rules.steps import Operation

from . import claims
from .explorer import Explorer
from .journey import GaveUp, Journey, Killed, Wanted
from .ledger import Budgets, Ledger
from .servers import Server
from .single import Tally, came_to, settle_down
from .state import plain


def walk_many(
    server: Server,
    wanted: Wanted,
    states: Sequence[State | None],
    budgets: Budgets,
    tally: Tally,
    stubborn: frozenset[str] = frozenset(),
) -> None:
    """Go through all paths of one verb for tasks in these states. Raises `Breach`."""
    explorer = Explorer()
    start: Mapping[str, State | None] = {
        str(number): state for number, state in enumerate(states, 1)
    }

    def path() -> Iterator[str]:
        ledger = Ledger(explorer, start, server.moves, budgets, stubborn)
        outcomes = _Run(Journey(ledger, server, wanted, 1)).outcomes(start)
        records = [outcome.to_dict() for outcome in outcomes]
        left = [
            str(ref).partition(":")[2]
            for ref in skip_done([f"{server.name}:{name}" for name in start], records)
        ]
        if ledger.breaks < budgets.breaks and left:
            _Run(Journey(ledger, server, wanted, 2)).outcomes(left)
        settle_down(ledger)
        yield from came_to(ledger)

    explorer.explore(path)
    tally.add(explorer)


class _Run:
    """One run of bulk work, in one thread."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        adapter = journey.adapter
        limiters: dict[Operation, RateLimiter] = {name: RateLimiter(None) for name in NO_LIMITS}
        self._bulk = Bulk(journey.verb, self._open, {adapter.name: (adapter, limiters)}, None)
        self._jobs: list[Job] = []
        self._outcomes: list[Outcome] = []
        journey.in_bulk = True
        journey.ledger.ours = self._state

    def outcomes(
        self, names: Iterator[str] | Sequence[str] | Mapping[str, object]
    ) -> list[Outcome]:
        """The outcomes of all refs; of those that there were, where the process is killed."""
        bulk, names = self._bulk, list(names)
        for name in names:
            bulk.offer(InputRef(Ref(self._journey.server.name, name)))
        bulk.end_input()
        try:
            while not bulk.finished:
                self._step()
        except Killed:
            return self._outcomes
        given = [outcome.ref.id for outcome in self._outcomes]
        self._journey.ledger.check(sorted(given) == sorted(names), "one outcome each", given)
        return self._outcomes

    def _step(self) -> None:
        """Start what is to be started, and run one job."""
        bulk, ledger = self._bulk, self._journey.ledger
        self._jobs += bulk.start(ledger.now)
        if self._jobs:
            self._run(self._jobs.pop(0))
        else:
            due = bulk.batch_due_in(ledger.now)
            ledger.check(due is not None, "nothing is left to be done, and it does not end")
            ledger.now += due or 0.0
        while (outcome := bulk.next_outcome()) is not None:
            self._outcomes.append(outcome)
            claims.check(self._journey, outcome)

    def _run(self, job: Job) -> None:
        bulk, journey = self._bulk, self._journey
        if job not in bulk.jobs:
            return  # given up before it began
        job.begun = True
        try:
            results = journey.drive(job.flow)
        except GaveUp:
            self._stop()
            bulk.stop(give_up=True)
            return
        if journey.stopped is not None:
            self._stop()
        bulk.finish(job, results)

    def _stop(self) -> None:
        self._bulk.stop()

    def _open(self, ref: Ref | str) -> WorkItem:
        return self._journey.item(Ref.parse(ref).id)

    def _state(self) -> Hashable:
        bulk, now = self._bulk, self._journey.ledger.now
        queues = vars(bulk)["_queues"].values()
        waiting = tuple(plain(list(queue.items()), now) for queue in queues)
        jobs = tuple(plain(job, now) for job in self._jobs)
        return (self._journey.state(), waiting, jobs)
