"""What really became of each task, and every request as it came.

Owns: the truth, in the order in which it happened, on the monotonic clock, which all processes of a
machine share. Refuses to know what a client believes; `claims` compares the two.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, Literal

from attrs import Factory, define, field

from videotasks import State

KEY: Final = "sk-CANARY-0123456789"
"""The key of all campaigns."""
ENDED: Final = frozenset({"succeeded", "failed", "expired"})
"""The states in which a deletion destroys a record."""


@define
class Change:
    """A task is in this state from `at` on, None for gone; `by` is the request that did it, None
    for all else."""

    at: float
    state: State | None
    by: Request | None = None


@define(eq=False, kw_only=True)
class Request:
    """A request as it came. `run` is who sent it, `connection` the number of its connection.

    `showed` are the states that an answer may have shown, by id. `acted` is what it changed, by id:
    the state before. `refused` says that the answer was one after which the same may be sent again,
    since nothing was done. `fault` is what went wrong with the answer.
    """

    number: int
    at: float
    run: str
    operation: Literal["get", "delete"]
    ids: tuple[str, ...]
    connection: int
    fault: str = ""
    refused: bool = False
    showed: dict[str, State] = field(factory=dict[str, State])
    acted: dict[str, State] = field(factory=dict[str, State])


class Ledger:
    """All tasks of one provider, and all requests about them."""

    def __init__(self) -> None:
        self.changes: dict[str, list[Change]] = {}
        self.known: set[str] = set()
        """The ids that were given, of tasks that are there or not."""
        self.requests: list[Request] = []
        self.about: defaultdict[tuple[str, str], list[Request]] = defaultdict(list)
        """The requests of each run about each task."""
        self.closed_behind: set[str] = set()
        """The runs of which a connection was closed behind a whole answer: what leaves on it just
        then is never seen here."""
        self.wrong: list[str] = []
        """What must never come: a key where none belongs."""

    def add(self, task_id: str, state: State) -> None:
        """There is a task from now on."""
        self.changes[task_id] = [Change(time.monotonic(), state)]

    def state(self, task_id: str) -> State | None:
        """The state of a task now; None where there is none."""
        return self.changes[task_id][-1].state if task_id in self.changes else None

    def change(self, task_id: str, state: State | None, by: Request | None = None) -> None:
        """A task comes into another state now."""
        before = self.state(task_id)
        assert before is not None
        if by is not None:
            by.acted[task_id] = before
        self.changes[task_id].append(Change(time.monotonic(), state, by))

    def receive(self, request: Request) -> None:
        """A request has come."""
        self.requests.append(request)
        for task_id in request.ids:
            self.about[request.run, task_id].append(request)

    def was(self, task_id: str, state: State | None, since: float, until: float) -> bool:
        """Whether a task was in a state at some moment between two."""
        changes = self.changes.get(task_id)
        if changes is None:
            return state is None
        ends = [change.at for change in changes[1:]] + [float("inf")]
        return any(
            change.state == state and change.at <= until and end >= since
            for change, end in zip(changes, ends, strict=True)
        )

    def told(self, task_id: str) -> str:
        """All that is known of a task, in order, for whoever has to find out."""
        lines: list[tuple[float, str]] = [
            (change.at, f"{change.state}{f' by #{change.by.number}' if change.by else ''}")
            for change in self.changes.get(task_id, ())
        ]
        for one in self.requests:
            if task_id in one.ids:
                what = f"#{one.number} {one.run}: {one.operation} of {len(one.ids)}"
                how = f"on connection {one.connection}: {one.fault or 'answered'}"
                lines.append((one.at, f"{what} {how}, showed {one.showed.get(task_id)}"))
        return "\n".join(f"    {at:.4f} {line}" for at, line in sorted(lines))


Ledgers = Mapping[str, Ledger]
"""By the provider's name."""


@define
class Tally:
    """What a campaign came to.

    `limits` counts what the README says can't be helped, and `breaches` is all else that is wrong.
    """

    outcomes: int = 0
    breaches: list[str] = Factory(list[str])
    limits: int = 0

    def add(self, other: Tally) -> None:
        """Both together."""
        self.outcomes += other.outcomes
        self.limits += other.limits
        self.breaches += other.breaches
