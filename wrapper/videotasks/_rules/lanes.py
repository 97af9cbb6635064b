"""One provider's cases in bulk work: waiting, being looked at, ready for a batch, being acted on.

Owns: the queues, when a batch goes, and how far looks may run ahead of deletions. Refuses to know
what becomes of a case: that is in `_rules.flows` and `_rules.bulk`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Final, Literal

from attrs import define, field

from .._model.errors import VideoTasksError
from .._model.outcomes import Outcome
from .adapter import Adapter
from .flows import Case

BATCH_FILLS_FOR: Final = 1.0
"""Seconds that a case waits for its batch to fill, well within the time a look stays fresh."""
ROOM_SECONDS: Final = 2.0
"""Seconds of deletions that looks may be ahead, likewise."""
MOST_READY: Final = 200
"""Cases that looks may be ahead, where no limit says how long they wait."""


@define
class Lane:
    """The cases of one provider.

    `per_second` says how many deletions a second its limit lets through, None for any number.
    `refused` is the error after which nothing is tried any more, such as a refused key.
    """

    adapter: Adapter
    per_second: Callable[[], float | None]
    waiting: deque[Case] = field(factory=deque[Case])
    refused: VideoTasksError | None = None
    _again: deque[Case] = field(factory=deque[Case])
    _ready: dict[int, deque[Case]] = field(factory=dict[int, deque[Case]])
    _looking: int = 0
    _acting: int = 0
    _acted_on: int = 0
    _squeeze: float = 1.0

    @property
    def in_flight(self) -> int:
        """Jobs started and not ended."""
        return self._looking + self._acting

    @property
    def room(self) -> float:
        """How many more cases may be looked at now, so that none grows stale before its turn.

        As many as the limit lets through in 2 seconds; fewer for a while where looks grew too old
        all the same, since others may use up the same limit.
        """
        rate = self.per_second()
        most = rate * ROOM_SECONDS * self.adapter.batch_size if rate else MOST_READY
        ahead = self._looking + sum(map(len, self._ready.values())) + self._acted_on
        return max(most * self._squeeze, 1.0) - ahead

    def hungry(self, concurrency: int) -> bool:
        """Whether it could start more than it has."""
        return not self.waiting and self.in_flight < concurrency and self.room >= 1

    def put_ready(self, case: Case) -> None:
        """Take a case that was looked at and may be acted on."""
        self._ready.setdefault(case.batch_limit, deque()).append(case)

    def put_again(self, case: Case) -> None:
        """Take a case that needs another look."""
        self._again.append(case)

    def next_batch(self, now: float, *, more_to_come: bool) -> tuple[Case, ...]:
        """The next batch to act on: a full one, one that waited long enough, or all there is."""
        more = more_to_come or self._looking or self.waiting or self._again
        for limit, cases in self._ready.items():
            full = len(cases) >= limit
            if cases and (full or not more or now >= cases[0].seen_at + BATCH_FILLS_FOR):
                return tuple(islice(cases, limit))
        return ()

    def next_to_look_at(self) -> Case | None:
        """The next case to look at, if there is room; those that go round again come first."""
        cases = self._again or (self.waiting if self.room >= 1 else None)
        return cases[0] if cases else None

    def begin(self, kind: Literal["look", "act"], cases: tuple[Case, ...]) -> None:
        """A job began with what was next: take that out."""
        if kind == "look":
            self._looking += 1
            (self._again or self.waiting).popleft()
        else:
            self._acting += 1
            self._acted_on += len(cases)
            ready = self._ready[cases[0].batch_limit]
            for _ in cases:
                ready.popleft()

    def batch_due(self) -> float | None:
        """When the oldest case of a batch that is not full has waited long enough."""
        seen = [cases[0].seen_at for cases in self._ready.values() if cases]
        return min(seen) + BATCH_FILLS_FOR if seen else None

    def ended(self, kind: Literal["look", "act"], cases: int) -> None:
        """A job ended."""
        if kind == "look":
            self._looking -= 1
        else:
            self._acting -= 1
            self._acted_on -= cases

    def learn(self, kind: Literal["look", "act"], results: Iterable[Outcome | Case]) -> None:
        """Look less far ahead after looks that grew too old, and slowly farther again."""
        if kind == "act":
            late = any(isinstance(result, Case) and result.late for result in results)
            self._squeeze = max(self._squeeze / 2, 0.01) if late else min(self._squeeze * 1.05, 1.0)

    def cases(self) -> Iterator[Case]:
        """All cases that are not in flight."""
        return chain(self.waiting, self._again, *self._ready.values())

    def drain(self, *, untried: bool = False) -> Iterator[Case]:
        """Give up all cases that are not in flight; or those that nothing was ever sent for."""
        for cases in (self.waiting, self._again, *self._ready.values()):
            for case in [case for case in cases if not (untried and case.sent)]:
                yield case
                cases.remove(case)
