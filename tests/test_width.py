"""How many requests bulk work has in flight: as many as a limit needs, where nobody says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from heapq import heappop, heappush
from itertools import count

import pytest
from attrs import evolve

from videotasks import Ark, Deleted, Outcome, Ref, Task
from videotasks._rules.bulk import Bulk
from videotasks._rules.items import WorkItem
from videotasks._rules.jobs import InputRef, Job
from videotasks._rules.pacing import HEADROOM, Limits, RateLimiter
from videotasks._rules.queues import DEFAULT_IN_FLIGHT, MOST_IN_FLIGHT
from videotasks._rules.steps import Operation

from .conftest import Client, Mode
from .holding import PATIENCE, Holding

ADAPTER = evolve(Ark("key").adapter, batch_size=1)


class Made:
    """Bulk work on a made-up clock, with answers that take `latency` seconds each."""

    def __init__(self, limit: float | None, latency: float, concurrency: int | None) -> None:
        self.limiters: dict[Operation, RateLimiter] = {
            "get": RateLimiter(limit),
            "delete": RateLimiter(limit),
        }
        self.latency = latency
        self.most = 0
        self.now = 0.0
        self.bulk = Bulk(
            "delete",
            lambda ref: WorkItem(ref=Ref.parse(ref), verb="delete"),
            {"ark": (ADAPTER, self.limiters)},
            concurrency,
        )

    def delete(self, tasks: int) -> None:
        """Delete so many; `now` is then when the last outcome came."""
        refs = iter([f"ark:{number}" for number in range(tasks)])
        moments: list[tuple[float, int, bool, Job]] = []
        numbers = count()

        def then(moment: float, leaves: bool, job: Job) -> None:
            heappush(moments, (moment, next(numbers), leaves, job))

        while True:
            for job in list(self.bulk.start(self.now)):
                then(self.limiter(job).reserve(self.now), True, job)
            self.most = max(self.most, len(self.bulk.jobs))
            while self.bulk.next_outcome():
                pass
            if self.bulk.finished:
                return
            if self.bulk.wants_input(self.now):
                ref = next(refs, None)
                if ref is None:
                    self.bulk.end_input()
                else:
                    self.bulk.offer(InputRef(ref))
                continue
            self.now, _, leaves, job = heappop(moments)
            if not leaves:
                self.bulk.finish(job, [self.result(job)])
            elif wait := self.limiter(job).leave(self.now):
                then(self.now + wait, True, job)
            else:
                then(self.now + self.latency, False, job)

    def limiter(self, job: Job) -> RateLimiter:
        return self.limiters["get" if job.kind == "look" else "delete"]

    def result(self, job: Job) -> WorkItem | Outcome:
        [item] = job.items
        task = Task(ref=item.ref, state="succeeded")
        if job.kind == "act":
            return Deleted(ref=item.ref, task=task)
        return evolve(item, task=task, seen_at=self.now - self.latency)


@pytest.mark.parametrize(
    ("limit", "latency", "tasks"),
    [
        (20, 0.08, 400),
        (200, 0.08, 2000),
        (200, 0.02, 2000),
        (100, 0.2, 2000),
        (200, 0.2, 5000),
        (1, 0.08, 40),
    ],
)
def test_reaches_the_limit(limit: float, latency: float, tasks: int) -> None:
    """With no number given, deletions go at 95 % of their limit or more, however far the server."""
    made = Made(limit, latency, None)
    made.delete(tasks)
    assert tasks / made.now >= 0.95 * limit
    assert made.most <= MOST_IN_FLIGHT


def test_16_would_not_do() -> None:
    """Nor would a number that never grows: at 200 a second, 80 ms away, it gets half of that."""
    made = Made(200, 0.08, DEFAULT_IN_FLIGHT)
    made.delete(2000)
    assert 0.45 < 2000 / made.now / 200 < 0.55


@pytest.mark.parametrize(
    ("limit", "latency", "concurrency", "most"),
    [
        (None, 0.08, None, DEFAULT_IN_FLIGHT),
        (20, 0.08, None, DEFAULT_IN_FLIGHT),
        (200, 0.5, None, MOST_IN_FLIGHT),
        (200, 0.08, 3, 3),
        (200, 0.08, 150, 150),
        (None, 0.08, 40, 40),
    ],
)
def test_most_in_flight(
    limit: float | None, latency: float, concurrency: int | None, most: int
) -> None:
    """16 without a limit, or where its turns are all taken; 100 at the most; a number given is
    kept to."""
    made = Made(limit, latency, concurrency)
    made.delete(1000)
    assert made.most == most


@pytest.mark.parametrize("limit", [100, 200])
def test_no_more_than_needed(limit: float) -> None:
    """It grows to what a limit needs, and hardly further."""
    made = Made(limit, 0.2, None)
    made.delete(3000)
    needed = 2 * limit * HEADROOM * 0.2  # a look and a deletion for each task
    assert needed <= made.most <= 1.3 * needed


@pytest.mark.parametrize(
    ("limit", "options", "at_once", "tasks"),
    [
        (None, {}, DEFAULT_IN_FLIGHT, 40),
        (10_000, {}, MOST_IN_FLIGHT, 150),
        (10_000, {"concurrency": 5}, 5, 30),
        (None, {"concurrency": 1}, 1, 20),
    ],
)
def test_at_once(
    holding: Holding,
    mode: Mode,
    limit: float | None,
    options: dict[str, int],
    at_once: int,
    tasks: int,
) -> None:
    """A server has so many deletions to answer at once: with turns to spare under a limit more
    than without one, and as many as were asked for where somebody did."""
    limits: Limits | None = {"get": limit, "delete": limit} if limit else None
    client = Client(mode, holding.ark_with(limits))
    with ThreadPoolExecutor(1) as thread:
        deleting = thread.submit(
            client.many, "delete", [f"ark:{number}" for number in range(tasks)], **options
        )
        for _ in range(at_once):
            assert holding.arrived.acquire(timeout=PATIENCE)
        holding.release.set()
        assert {outcome.name for outcome in deleting.result(PATIENCE)} == {"deleted"}
    client.close()
    assert holding.most_held == at_once
