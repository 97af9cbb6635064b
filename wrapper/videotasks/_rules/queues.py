"""One provider's items in bulk work: waiting, being looked at, ready for a batch, being acted on.

Owns: the queues, when a batch goes, and how far looks may run ahead of deletions. Refuses to know
what becomes of an item: that is in `_rules.flows` and `_rules.bulk`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Final, Literal

from attrs import define, field

from .._model.errors import VideoTasksError
from .._model.outcomes import Outcome
from .adapter import Adapter
from .items import WorkItem
from .pacing import RateLimiter
from .steps import Operation

DEFAULT_IN_FLIGHT: Final = 16
"""Requests in flight at once to one provider, to begin with."""
MOST_IN_FLIGHT: Final = 100
"""The same at the most, where the limit needs more."""
BATCH_FILLS_FOR: Final = 1.0
"""Seconds that an item waits for its batch to fill, well within the time a look stays fresh."""
LOOK_AHEAD_SECONDS: Final = 2.0
"""Looks may be ahead by as many tasks as are deleted in these seconds, for the same reason."""
MOST_READY: Final = 200
"""Tasks by which looks may be ahead, where there is no limit."""


@define
class ProviderQueue:
    """The items of one provider.

    `concurrency` is how many jobs may be in flight; None for as many as the limits need.
    `error_for_all` is the error after which nothing more is tried, such as a refused key.
    """

    adapter: Adapter
    limiters: Mapping[Operation, RateLimiter]
    concurrency: int | None = None
    waiting: deque[WorkItem] = field(factory=deque[WorkItem])
    error_for_all: VideoTasksError | None = None
    _look_again: deque[WorkItem] = field(factory=deque[WorkItem])
    _ready: dict[tuple[int, str], deque[WorkItem]] = field(
        factory=dict[tuple[int, str], deque[WorkItem]]
    )
    _looking: int = 0
    _acting: int = 0
    _acted_on: int = 0
    _look_ahead_factor: float = 1.0
    _allowed_in_flight: int = DEFAULT_IN_FLIGHT
    _counted_at: dict[str, float] = field(factory=dict[str, float])
    _unused_turns: dict[str, float] = field(factory=lambda: {"look": 0.0, "act": 0.0})

    @property
    def in_flight(self) -> int:
        """Jobs started and not ended."""
        return self._looking + self._acting

    @property
    def looks_allowed(self) -> float:
        """How many more items may be looked at now, so that none grows stale before its turn.

        As many as the limit lets through in 2 seconds; fewer for a while where looks grew too old
        all the same, since others may use up the same limit.
        """
        rate = self.limiters["delete"].per_second
        most = rate * LOOK_AHEAD_SECONDS * self.adapter.batch_size if rate else MOST_READY
        ahead = self._looking + sum(map(len, self._ready.values())) + self._acted_on
        return max(most * self._look_ahead_factor, 1.0) - ahead

    def wants_input(self, now: float) -> bool:
        """Whether it could start more than it has."""
        return not self.waiting and self.looks_allowed >= 1 and self.can_start("look", now)

    def can_start(self, kind: Literal["look", "act"], now: float) -> bool:
        """Whether one more job may be in flight.

        While as many as are allowed are in flight, each turn under the limit that goes unused
        allows one more: at most twice as many whenever a job ends, and for a look only while no
        deletion waits for its turn. So the number soon is what the limit needs, however long
        answers take, and hardly more.
        """
        if self.concurrency is not None:
            return self.in_flight < self.concurrency
        return self.in_flight < self._allowed_in_flight or (
            self._allowed_in_flight < MOST_IN_FLIGHT and self._count_unused_turns(kind, now) >= 1.0
        )

    def _count_unused_turns(self, kind: Literal["look", "act"], now: float) -> float:
        """Turns under the limit that went unused until now, and allowed no further job yet."""
        get, delete = self.limiters["get"], self.limiters["delete"]
        limiter = get if kind == "look" and get.limited else delete
        if limiter.limited and delete.free_from - delete.spacing <= now:
            since = max(limiter.free_from, self._counted_at[kind])
            turns = self._unused_turns[kind] + max(now - since, 0.0) / limiter.spacing
            self._unused_turns[kind] = min(turns, self._allowed_in_flight)
            self._counted_at[kind] = now
        return self._unused_turns[kind]

    def put_ready(self, item: WorkItem) -> None:
        """Take an item that was looked at and may be acted on."""
        self._ready.setdefault(self._batch(item), deque()).append(item)

    def put_to_look_again(self, item: WorkItem) -> None:
        """Take an item that needs another look."""
        self._look_again.append(item)

    def next_batch(self, now: float, *, more_to_come: bool) -> tuple[WorkItem, ...]:
        """The next batch to act on: a full one, one that waited long enough, or all there is."""
        more = more_to_come or self._looking or self.waiting or self._look_again
        for (limit, _), items in self._ready.items():
            full = len(items) >= limit
            if items and (full or not more or now >= items[0].seen_at + BATCH_FILLS_FOR):
                return tuple(islice(items, limit))
        return ()

    def next_to_look_at(self) -> WorkItem | None:
        """The next item to look at, if one is allowed; those that need another look come first."""
        items = self._look_again or (self.waiting if self.looks_allowed >= 1 else None)
        return items[0] if items else None

    def begin(self, kind: Literal["look", "act"], items: tuple[WorkItem, ...], now: float) -> None:
        """A job began with the next items: take them out of the queue."""
        if kind == "look":
            self._looking += 1
            (self._look_again or self.waiting).popleft()
        else:
            self._acting += 1
            self._acted_on += len(items)
            ready = self._ready[self._batch(items[0])]
            for _ in items:
                ready.popleft()
        self._counted_at = self._counted_at or {"look": now, "act": now}
        if self.concurrency is None and self.in_flight > self._allowed_in_flight:
            self._allowed_in_flight = self.in_flight
            self._unused_turns[kind] -= 1.0

    def _batch(self, item: WorkItem) -> tuple[int, str]:
        """What items of one batch have in common: its size, and what is to be done to them."""
        return item.batch_limit, self.adapter.effects[item.verb][item.state]

    def batch_due(self) -> float | None:
        """When the oldest item of a batch that is not full has waited long enough."""
        seen = [items[0].seen_at for items in self._ready.values() if items]
        return min(seen) + BATCH_FILLS_FOR if seen else None

    def ended(self, kind: Literal["look", "act"], items: int) -> None:
        """A job ended."""
        self._unused_turns = {kind: min(turns, 1.0) for kind, turns in self._unused_turns.items()}
        if kind == "look":
            self._looking -= 1
        else:
            self._acting -= 1
            self._acted_on -= items

    def adjust_look_ahead(
        self, kind: Literal["look", "act"], results: Iterable[Outcome | WorkItem]
    ) -> None:
        """Look less far ahead after looks that grew too old, and slowly farther again."""
        if kind == "act":
            late = any(isinstance(result, WorkItem) and result.late for result in results)
            factor = self._look_ahead_factor
            self._look_ahead_factor = max(factor / 2, 0.01) if late else min(factor * 1.05, 1.0)

    def items(self) -> Iterator[WorkItem]:
        """All items that are not in flight."""
        return chain(self.waiting, self._look_again, *self._ready.values())

    def take_out(self, *, untried: bool = False) -> Iterator[WorkItem]:
        """Remove and give all items that are not in flight; or only those that nothing was ever
        sent for."""
        for items in (self.waiting, self._look_again, *self._ready.values()):
            for item in [item for item in items if not (untried and item.sent)]:
                yield item
                items.remove(item)
