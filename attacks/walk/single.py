"""`cancel` and `delete` of one task, from the first look to the outcome, and again where it is not
done.

Owns: one path of a single verb: a run that may be stopped, run out of time or be killed anywhere;
then, where the record of outcomes leaves the task to be done, a second run. Refuses to know what
follows from an answer: the real `settle` decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from attrs import define, field

from videotasks import Outcome, State, skip_done
from videotasks._rules.flows import settle

from . import claims
from .explorer import Explorer
from .journey import Journey, Killed, Wanted
from .ledger import Budgets, Ledger
from .servers import Server

TASK = "1"


@define
class Tally:
    """What searches came to: `found` counts paths by what they are, and outcomes; `states` is in
    how many different ones something could happen in more than one way."""

    found: Counter[str] = field(factory=Counter[str])
    states: int = 0
    runs: int = 0
    deepest: int = 0

    def add(self, explorer: Explorer) -> None:
        """Take in a search that has ended."""
        self.found += explorer.found
        self.states += explorer.states
        self.runs += explorer.runs
        self.deepest = max(self.deepest, explorer.deepest)

    def take(self, other: Tally) -> None:
        """Take in what other searches came to."""
        self.found += other.found
        self.states += other.states
        self.runs += other.runs
        self.deepest = max(self.deepest, other.deepest)

    def __str__(self) -> str:
        found = ", ".join(f"{count:,} {what}" for what, count in sorted(self.found.items()))
        return f"{self.states:,} states, {self.runs:,} runs, {self.deepest} choices deep: {found}"


def walk(
    server: Server, wanted: Wanted, start: State | None, budgets: Budgets, tally: Tally
) -> None:
    """Go through all paths of one verb for a task in one state. Raises `Breach`."""
    explorer = Explorer()

    def path() -> Iterator[str]:
        ledger = Ledger(explorer, {TASK: start}, server.moves, budgets)
        outcomes = [_run(Journey(ledger, server, wanted, 1))]
        records = [outcome.to_dict() for outcome in outcomes if outcome]
        if ledger.breaks < budgets.breaks and list(skip_done([f"{server.name}:{TASK}"], records)):
            outcomes.append(_run(Journey(ledger, server, wanted, 2)))
            ledger.check(outcomes[-1] is not None, "no outcome")
        settle_down(ledger)
        yield from came_to(ledger)

    explorer.explore(path)
    tally.add(explorer)


def _run(journey: Journey) -> Outcome | None:
    """One run: its outcome, None where it was killed."""
    journey.ledger.ours = journey.state
    try:
        outcome = journey.drive(settle(journey.adapter, journey.item(TASK)))
    except Killed:
        return None
    claims.check(journey, outcome)
    return outcome


def settle_down(ledger: Ledger) -> None:
    """What is still on its way arrives after all that, or never."""
    ledger.now += 6
    if ledger.on_its_way:
        ledger.happen(ledger.tasks)


def came_to(ledger: Ledger) -> Iterator[str]:
    """Words for what a path came to."""
    yield "paths"
    yield from ledger.claimed
    yield from (f"paths of the limit ({kind})" for kind in set(ledger.limits.values()))
    yield from ["videos lost in them"] * ledger.destroyed
