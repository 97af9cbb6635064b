"""Rate limits: evenly kept by everything that shares one, and never in a server's way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve

from videotasks import (
    Ark,
    AsyncTasks,
    ConfigurationError,
    Outcome,
    Ref,
    Retry,
    Task,
    Tasks,
    TensorsLab,
)
from videotasks._providers.ark import DEFAULT_LIMITS
from videotasks._rules.bulk import Bulk
from videotasks._rules.items import WorkItem
from videotasks._rules.jobs import InputRef, Job
from videotasks._rules.pacing import (
    CATCH_UP,
    FIRST_SPACING,
    HEADROOM,
    MOST_SPACING,
    NO_LIMITS,
    RateLimiter,
    read_limits,
)
from videotasks._rules.queues import LOOK_AHEAD_SECONDS, MOST_READY, ProviderQueue
from videotasks._rules.steps import Operation
from videotasks.simulator import Fault, Simulator

from .conftest import AT_ONCE, Client, answers

ADAPTER = Ark("key").adapter


# The pace, on a made-up clock.


def moments(pace: RateLimiter, number: int, now: float = 100.0) -> list[float]:
    return [pace.reserve(now) for _ in range(number)]


def most_within_a_second(taken: list[float]) -> int:
    """How many leave in the second that has the most, wherever it begins."""
    return max(
        sum(moment <= other < moment + 1.0 for other in taken[index : index + 300])
        for index, moment in enumerate(taken)
    )


def test_evenly_spaced() -> None:
    """Requests that all want to go at once go one by one, with no burst at the start."""
    taken = moments(RateLimiter(20), 50)
    gaps = [later - earlier for earlier, later in pairwise(taken)]
    assert taken[0] == 100.0
    assert gaps == pytest.approx([1 / (20 * HEADROOM)] * 49)


@pytest.mark.parametrize("limit", [1, 20, 200, 0.5])
def test_never_above_the_limit(limit: float) -> None:
    """No second, wherever it begins, has more requests than the limit."""
    assert most_within_a_second(moments(RateLimiter(limit), 500)) <= max(limit, 1)


def test_no_catching_up() -> None:
    """Time that was not used is lost: after a rest, requests are as far apart as before."""
    pace = RateLimiter(10)
    moments(pace, 3)
    taken = moments(pace, 3, now=500.0)
    assert taken[0] == 500.0
    assert taken[2] - taken[0] == pytest.approx(2 / (10 * HEADROOM))


def test_turns_not_taken() -> None:
    """Turns that were reserved and given up hold nobody up after a rest."""
    pace = RateLimiter(10)
    for _ in range(3):
        assert pace.leave(moments(pace, 5)[0]) >= 0
    assert pace.reserve(500.0) == 500.0
    assert pace.leave(500.0) == 0


def test_small_delays_do_not_add_up() -> None:
    """Requests that come a little late are sent at once, and push back none that follow."""
    pace = RateLimiter(100)
    spacing = 1 / (100 * HEADROOM)
    late = CATCH_UP / 2
    taken = [pace.reserve(100.0 + n * spacing + late * (n % 7 == 6)) for n in range(70)]
    for n, moment in enumerate(taken[:-1]):
        assert moment == pytest.approx(100.0 + n * spacing + late * (n % 7 == 6))


def test_no_limit() -> None:
    """Without a limit everything goes at once."""
    pace = RateLimiter(None)
    assert moments(pace, 3) == [100.0] * 3
    assert pace.per_second is None
    assert pace.opens_at <= 100.0
    assert [pace.leave(100.0) for _ in range(500)] == [0.0] * 500


def test_rate() -> None:
    """The pace tells how fast it is."""
    assert RateLimiter(20).per_second == pytest.approx(20 * HEADROOM)


def test_not_after() -> None:
    """A moment that would come too late is named, and left to others."""
    pace = RateLimiter(1)
    pace.reserve(100.0)
    late = pace.reserve(100.0, not_after=100.5)
    assert late == pytest.approx(100.0 + 1 / HEADROOM)
    assert pace.reserve(100.0) == late
    assert pace.reserve(100.0, not_after=1000.0) > late


@pytest.mark.parametrize("limit", [1, 20, 100, 200])
@pytest.mark.parametrize("late", [CATCH_UP * 0.99, CATCH_UP * 2, 0.7, 3.0])
@pytest.mark.parametrize("last_first", [False, True])
def test_held_up(limit: float, late: float, last_first: bool) -> None:
    """However late requests come to their turn, one by one or many together, and in whatever order:
    no more of them than the limit leave in any second."""
    pace = RateLimiter(limit)
    waiting = [(moment, number) for number, moment in enumerate(moments(pace, 50, now=200.0))]
    left: list[float] = []
    now = 200.0
    while waiting:
        waiting.sort()
        now = max(now, waiting[0][0]) + late * (len(left) % 40 == 0)
        due = [one for one in waiting if one[0] <= now]
        one = due[-1 if last_first else 0]
        waiting.remove(one)
        if wait := pace.leave(now):
            assert wait > 0
            waiting.append((now + wait, one[1]))
            continue
        left.append(now)
        if one[1] < 350:
            waiting.append((pace.reserve(now), one[1] + 50))
    assert len(left) == 400
    assert most_within_a_second(left) <= max(limit, 1)


def test_slowed_down() -> None:
    """A 429 halves the pace, at least; the next makes it slower, down to a bound."""
    pace = RateLimiter(20)
    pace.slow_down(100.0, 99.9, None)
    assert pace.per_second == pytest.approx(
        1 / (1 / (20 * HEADROOM) + max(FIRST_SPACING, 0.051)), 0.05
    )
    rates = [pace.per_second]
    for turn in range(1, 20):
        pace.slow_down(100.0 + turn, 99.95 + turn, None)
        rates.append(pace.per_second)
    assert rates == sorted(rates, key=lambda rate: -(rate or 0))
    assert rates[-1] == pytest.approx(1 / (1 / (20 * HEADROOM) + MOST_SPACING))


def test_slowed_down_once_for_those_together() -> None:
    """Requests that were on their way together, when the first 429 came, count once."""
    pace = RateLimiter(20)
    assert pace.slow_down(100.0, 99.9, None)
    slowed = pace.per_second
    for sent_at in (99.8, 99.9, 99.95, 99.999):
        assert not pace.slow_down(100.1, sent_at, None)
    assert pace.per_second == slowed
    assert pace.slow_down(101.2, 101.1, None)
    assert (pace.per_second or 0) < (slowed or 0)


def test_after_a_429() -> None:
    """Nobody goes at once after a 429, and nobody before the server's Retry-After."""
    pace = RateLimiter(None)
    pace.slow_down(100.0, 99.9, None)
    moment = pace.reserve(100.0)
    assert moment == pytest.approx(100.0 + FIRST_SPACING)
    pace.slow_down(101.0, 99.9, 7.5)
    assert pace.reserve(101.0) == pytest.approx(108.5)
    pace.slow_down(101.0, 99.9, 0.1)
    assert pace.reserve(101.0) > 108.5
    assert pace.opens_at == pytest.approx(108.5)


def test_those_that_wait_when_a_429_comes() -> None:
    """Nor does anybody leave who had a turn when the 429 came: each takes a new one, spaced."""
    pace = RateLimiter(20)
    first, second, third = moments(pace, 3)
    assert pace.leave(first) == 0
    pace.slow_down(100.01, 100.0, 2.0)
    wait, longer = pace.leave(second), pace.leave(third)
    assert second + wait == pytest.approx(102.01)
    assert third + longer >= second + wait + 1 / 20
    assert pace.leave(second + wait) == 0
    assert pace.leave(third + longer) == 0


@pytest.mark.parametrize("limit", [None, 1, 20, 1000])
@pytest.mark.parametrize("times", [1, 5])
def test_recovers(limit: float | None, times: int) -> None:
    """Answers that are no 429 bring the pace back, little by little, to exactly what it was."""
    pace, usual = RateLimiter(limit), RateLimiter(limit).per_second
    for turn in range(times):
        pace.slow_down(100.0 + turn, 100.0 + turn, None)
    spacings: list[float] = []
    for _ in range(200):
        pace.recover()
        spacings.append(0.0 if pace.per_second is None else 1 / pace.per_second)
    assert spacings == sorted(spacings, reverse=True)
    assert pace.per_second == usual
    assert len(set(spacings)) > 5


def test_limits_given() -> None:
    """Limits are given by operation; those not named stay, and None is for none at all."""
    assert Ark("key").limits == {"get": 20, "delete": 20, "list": 1}
    assert Ark("key", limits={"delete": 5}).limits == {"get": 20, "delete": 5, "list": 1}
    assert Ark("key", limits={"list": None}).limits == {"get": 20, "delete": 20, "list": None}
    assert Ark("key", limits={}).limits == DEFAULT_LIMITS
    assert Ark("key", limits=None).limits == NO_LIMITS
    assert TensorsLab("key").limits == NO_LIMITS
    assert TensorsLab("key", limits={"get": 0.5}).limits == {**NO_LIMITS, "get": 0.5}


@pytest.mark.parametrize(
    "limits",
    [
        5,
        "x",
        [],
        {"cancel": 5},
        {"": None},
        *[{"get": bad} for bad in (0, -1, float("nan"), float("inf"), -float("inf"))],
        {"get": True},
        {"get": "20"},
        {"get": object()},
    ],
)
def test_unusable_limits(limits: Any) -> None:
    """An operation that there is not, and what is no rate, are refused when they are given."""
    with pytest.raises(ConfigurationError, match="limit"):
        Ark("key", limits=limits)
    with pytest.raises(ConfigurationError, match="limit"):
        TensorsLab("key", limits=limits)


def test_limits_are_copied() -> None:
    """Limits can't be changed behind a provider's back."""
    given: dict[Any, Any] = {"get": 5}
    limits = read_limits(given, DEFAULT_LIMITS)
    given["get"] = 500
    assert limits["get"] == 5


# How far looks run ahead, on a made-up clock.


def limiters(rate: float | None) -> dict[Operation, RateLimiter]:
    """Limiters that let through this rate, without any headroom."""
    limit = rate and rate / HEADROOM
    return {"get": RateLimiter(limit), "delete": RateLimiter(limit)}


def queue(rate: float | None, **options: Any) -> ProviderQueue:
    return ProviderQueue(evolve(ADAPTER, **options), limiters(rate))


def item(number: int = 1, *, late: bool = False, seen_at: float = 0.0) -> WorkItem:
    ref = Ref("ark", str(number))
    task = Task(ref=ref, state="succeeded")
    return WorkItem(ref=ref, verb="delete", late=late, task=task, seen_at=seen_at)


@pytest.mark.parametrize(
    ("rate", "batch_size", "allowed"),
    [
        (20, 1, 20 * LOOK_AHEAD_SECONDS),
        (20, 50, 20 * 50 * LOOK_AHEAD_SECONDS),
        (None, 1, MOST_READY),
        (0.1, 1, 1),
    ],
)
def test_looks_allowed(rate: float | None, batch_size: int, allowed: float) -> None:
    """Looks run ahead by what the limit lets through in two seconds, and by one at the least."""
    assert queue(rate, batch_size=batch_size).looks_allowed == pytest.approx(allowed)


def test_looks_allowed_are_used_up() -> None:
    """Items looked at, ready or acted on count against the looks allowed; ended ones do not."""
    some = queue(2)
    some.waiting.extend(item(number) for number in range(10))
    looked: list[WorkItem] = []
    while found := some.next_to_look_at():
        some.begin("look", (found,), 0.0)
        looked.append(found)
    assert len(looked) == 4
    first = looked[0]
    some.ended("look", 1)
    some.put_ready(first)
    assert some.looks_allowed == 0
    assert some.next_batch(0.0, more_to_come=True) == (first,)
    some.begin("act", (first,), 0.0)
    assert some.looks_allowed == 0
    some.ended("act", 1)
    assert some.looks_allowed == 1


def test_late_looks_allow_fewer() -> None:
    """Where looks grew too old all the same, half as many run ahead; then slowly more again."""
    some = queue(20)
    some.adjust_look_ahead("look", [item(late=True)])
    assert some.looks_allowed == pytest.approx(40)
    some.adjust_look_ahead("act", [item(late=True)])
    assert some.looks_allowed == pytest.approx(20)
    some.adjust_look_ahead("act", [item(late=True)])
    assert some.looks_allowed == pytest.approx(10)
    for _ in range(20):
        some.adjust_look_ahead("act", [item(late=True)])
    assert some.looks_allowed == 1
    allowed: list[float] = []
    for _ in range(200):
        some.adjust_look_ahead("act", [])
        allowed.append(some.looks_allowed)
    assert allowed == sorted(allowed)
    assert allowed[-1] == pytest.approx(40)


@pytest.mark.parametrize("rate", [1.0, 4.0, 20.0])
def test_looks_stay_fresh(rate: float) -> None:
    """On a tight limit no look waits longer for its deletion's turn than it stays fresh."""
    bulk = Bulk(
        "delete",
        lambda ref: WorkItem(ref=Ref.parse(ref), verb="delete"),
        {"ark": (evolve(ADAPTER, batch_size=1), limiters(rate))},
        concurrency=16,
    )
    refs = iter([f"ark:{number}" for number in range(60)])
    now, next_turn, out = 0.0, 0.0, 0
    acting: list[tuple[float, Job]] = []
    waits: list[float] = []
    while not bulk.finished:
        while bulk.wants_input(now):
            ref = next(refs, None)
            if ref is None:
                bulk.end_input()
            else:
                bulk.offer(InputRef(ref))
        for job in list(bulk.start(now)):
            if job.kind == "look":
                [looked] = job.items
                task = Task(ref=looked.ref, state="succeeded")
                bulk.finish(job, [evolve(looked, task=task, seen_at=now)])
            else:
                next_turn = max(now, next_turn) + 1 / rate
                acting.append((next_turn, job))
                waits.append(next_turn - job.items[0].seen_at)
        while bulk.next_outcome():
            out += 1
        if acting and not bulk.wants_input(now):
            now, job = acting.pop(0)
            bulk.finish(job, job.crashed(LookupError()))
    assert out == len(waits) == 60
    assert max(waits) <= max(5.0, 1 / rate)


# On the simulator.

ALWAYS = Retry(attempts=1_000_000, backoff=0.02, max_wait=0.02)


def providers(sim: Simulator) -> tuple[Ark, TensorsLab]:
    return (
        Ark(sim.api_key, base_url=sim.ark_url, limits=None),
        TensorsLab(sim.api_key, base_url=sim.tensorslab_url),
    )


def test_bulk_at_the_limit(limited: Callable[..., Client], sim: Simulator) -> None:
    """Bulk work close to a server's limits is never answered with 429.

    Not at them: a busy machine holds requests up by more than the client's own headroom.
    """
    sim.ark.rate_limits = {"get": 100, "delete": 100}
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(120)]
    outcomes = limited({"get": 90, "delete": 90}).many("delete", refs)
    assert Counter(outcome.name for outcome in outcomes) == {"deleted": 120}
    assert answers(sim) == {200: 240}


def test_listing_at_the_limit(limited: Callable[..., Client], sim: Simulator) -> None:
    """So is listing."""
    sim.ark.rate_limits = {"list": 10}
    for _ in range(1200):
        sim.ark.add("succeeded")
    client = limited({"list": 10})
    assert len(list(client.listed("ark"))) == 1200
    assert answers(sim) == {200: sim.ark.count("list")}


def test_shared_by_threads(sim: Simulator) -> None:
    """Threads that use one client share its limits."""
    sim.ark.rate_limits = {"get": 100, "delete": 100}
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(120)]
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits={"get": 90, "delete": 90})
    with Tasks(ark, retry=AT_ONCE) as tasks, ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(tasks.delete, refs))
    assert {outcome.name for outcome in outcomes} == {"deleted"}
    assert answers(sim) == {200: 240}


def test_429(limited: Callable[..., Client], sim: Simulator) -> None:
    """Work that a server finds too fast is slowed down, and is done all the same."""
    sim.ark.fail("delete", *[Fault.error(429, {"error": {"message": "slow"}})] * 3)
    sim.ark.fail("get", None, None, Fault.error(429, {"error": {"message": "slow"}}))
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(30)]
    outcomes = limited(None).many("delete", refs)
    assert Counter(outcome.name for outcome in outcomes) == {"deleted": 30}
    assert answers(sim) == {200: 60, 429: 4}
    assert sim.ark.ids() == ()


def test_a_limit_nobody_told_of(limited: Callable[..., Client], sim: Simulator) -> None:
    """A server with a limit that the client was not given still gets everything done."""
    sim.ark.rate_limits = {"delete": 40}
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(60)]
    retry = Retry(attempts=10, backoff=0.1, max_wait=0.3)
    outcomes = limited(None, retry=retry).many("delete", refs)
    assert Counter(outcome.name for outcome in outcomes) == {"deleted": 60}
    assert answers(sim)[429] < 60


def test_retry_after_holds_everybody(limited: Callable[..., Client], sim: Simulator) -> None:
    """What one request is told with Retry-After all the others on that operation wait for."""
    client = limited(None, retry=Retry(backoff=0))
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(4)]
    body = {"error": {"message": "slow"}}
    sim.ark.fail("delete", Fault.error(429, body, retry_after="0.3"))
    started = sim.ark.count("delete")
    outcomes = client.many("delete", refs, concurrency=1)
    assert started == 0
    assert {outcome.name for outcome in outcomes} == {"deleted"}
    assert answers(sim) == {200: 8, 429: 1}


def one_down_for_minutes(sim: Simulator) -> list[str]:
    """Refs of both providers, in turn; Ark is down for 20 minutes of the simulator."""
    sim.ark.down_for(1200)
    ark = [f"ark:{sim.ark.add('succeeded')}" for _ in range(60)]
    tensorslab = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(60)]
    return [ref for pair in zip(ark, tensorslab, strict=True) for ref in pair]


def check_trouble(outcomes: list[Outcome], sim: Simulator) -> None:
    names = [(outcome.ref.provider, outcome.name) for outcome in outcomes]
    assert names == [("tensorslab", "deleted")] * 60 + [("ark", "deleted")] * 60
    assert sim.ark.count("delete") == 60
    assert answers(sim)[503] > 0


def test_trouble_of_one_provider_stalls_no_other(sim: Simulator) -> None:
    """While one provider answers 503 for minutes the other's tasks come out; then its own do."""
    refs, outcomes = one_down_for_minutes(sim), list[Outcome]()
    with Tasks(*providers(sim), retry=ALWAYS) as tasks:
        for outcome in tasks.delete_many(refs):
            outcomes.append(outcome)
            sim.advance(20)
    check_trouble(outcomes, sim)


def test_trouble_of_one_provider_stalls_no_other_async(sim: Simulator) -> None:
    """The same for asyncio."""
    refs, outcomes = one_down_for_minutes(sim), list[Outcome]()

    async def main() -> None:
        async with AsyncTasks(*providers(sim), retry=ALWAYS) as tasks:
            async for outcome in tasks.delete_many(refs):
                outcomes.append(outcome)
                sim.advance(20)

    asyncio.run(main())
    check_trouble(outcomes, sim)


def test_503_all_the_time(client: Client, sim: Simulator) -> None:
    """Without patience, too: all of one provider's tasks fail, all of the other's are done."""
    sim.ark.fail("get", Fault.error(503), times=1000)
    ark = [f"ark:{sim.ark.add('succeeded')}" for _ in range(40)]
    tensorslab = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(40)]
    outcomes = client.many(
        "delete", [ref for pair in zip(ark, tensorslab, strict=True) for ref in pair]
    )
    names = Counter((outcome.ref.provider, outcome.name) for outcome in outcomes)
    assert names == {("ark", "failed"): 40, ("tensorslab", "deleted"): 40}
    assert sim.tensorslab.ids() == ()
