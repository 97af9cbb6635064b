"""Purging: a plan that can be looked at first, and the deletion of exactly what was shown."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from videotasks import (
    Ark,
    AsyncPlan,
    Closed,
    ConfigurationError,
    Kept,
    MissingKey,
    Plan,
    ServerError,
    State,
    TensorsLab,
    TooManyTasks,
    Unsupported,
    VideoTasksError,
)
from videotasks.simulator import Fault, Simulator

from .conftest import AT_ONCE, Client, Mode

BY_DEFAULT: list[State] = ["failed", "expired"]


FIRST = 1577836800
"""Unix seconds at the beginning of 2020; before, nothing was made."""


def planned(plan: Plan | AsyncPlan) -> list[str]:
    return [task.ref.id for task in plan]


def ago(**time: float) -> int:
    """Unix seconds of a moment that long before now."""
    return int((datetime.now(UTC) - timedelta(**time)).timestamp())


def test_nothing_deleted_before_it_is_run(client: Client, sim: Simulator) -> None:
    """A plan shows what it would delete, in the order of the list, and only lists."""
    failed = [sim.ark.add("failed"), sim.ark.add("failed", service_tier="flex")]
    sim.ark.add("succeeded")
    plan = client.purge("ark", states=["failed"])
    assert planned(plan) == failed
    assert len(plan) == len(plan.tasks) == 2
    assert tuple(plan) == plan.tasks
    assert plan.provider == "ark"
    assert plan.states == {"failed"}
    assert {task.state for task in plan} == {"failed"}
    assert sim.ark.count("list") == len(sim.ark.requests) == 2
    assert len(sim.ark.ids()) == 3


def test_repr(client: Client, sim: Simulator, mode: Mode) -> None:
    """A plan says what it holds."""
    sim.ark.add("failed")
    kind = "Plan" if mode == "sync" else "AsyncPlan"
    plan = client.purge("ark", states=["failed", "expired"])
    assert repr(plan) == f"{kind}(ark, 1 tasks, only if expired, failed)"


def test_an_empty_plan(client: Client, sim: Simulator) -> None:
    """A plan of nothing is run without sending anything."""
    plan = client.purge("ark", states=["failed"])
    sent = len(sim.ark.requests)
    assert (len(plan), client.run(plan)) == (0, [])
    assert len(sim.ark.requests) == sent


def test_exactly_that_set(client: Client, sim: Simulator) -> None:
    """Running deletes what was shown, each after one look; what came later stays."""
    made = [sim.ark.add("failed") for _ in range(60)]
    plan = client.purge("ark", states=["failed"])
    later = [sim.ark.add("failed") for _ in range(5)]
    pages = sim.ark.count("list")
    outcomes = client.run(plan)
    assert Counter(outcome.ref.id for outcome in outcomes) == Counter(made)
    assert {outcome.name for outcome in outcomes} == {"deleted"}
    assert list(sim.ark.ids()) == later
    assert (sim.ark.count("list"), sim.ark.count("get"), sim.ark.count("delete")) == (
        pages,
        60,
        60,
    )


def test_default_states(client: Client, sim: Simulator) -> None:
    """Without states, failed and expired tasks go: none that waits or runs, and no video."""
    by_state: dict[str, str] = {
        state: sim.ark.add(state, created_at=ago(days=3)) for state in sim.ark.states
    }
    plan = client.purge("ark", older_than=timedelta(days=2))
    assert plan.states == set(BY_DEFAULT)
    assert sorted(planned(plan)) == sorted(by_state[state] for state in BY_DEFAULT)
    client.run(plan)
    assert sorted(sim.ark.ids()) == sorted(
        by_state[state] for state in sim.ark.states if state not in BY_DEFAULT
    )


@pytest.mark.parametrize("now", ["succeeded", "expired", "queued", "running", "cancelled"])
def test_left_the_wanted_states(client: Client, sim: Simulator, now: Any) -> None:
    """A task in another state when its turn comes is kept, says so, and gets no DELETE."""
    changed, other = sim.ark.add("failed"), sim.ark.add("failed")
    plan = client.purge("ark", states=["failed"])
    sim.ark.move(changed, now)
    outcomes = {outcome.ref.id: outcome for outcome in client.run(plan)}
    kept = outcomes[changed]
    assert (sim.ark.status(changed), sim.ark.status(other)) == (now, None)
    assert outcomes[other].name == "deleted"
    assert [request.ids for request in sim.ark.requests if request.operation == "delete"] == [
        (other,)
    ]
    if now == "cancelled":
        assert (kept.name, kept.ok) == ("cancelled", True)
        return
    assert isinstance(kept, Kept)
    assert kept.state == now
    assert f"it is {now} now, and was to be deleted only if failed" in str(kept)
    assert kept.task is not None
    assert kept.task.state == now


def test_moved_within_the_wanted_states(client: Client, sim: Simulator) -> None:
    """A task that went from one wanted state to another is still wanted."""
    task_id = sim.ark.add("failed")
    plan = client.purge("ark", states=["failed", "expired"])
    sim.ark.move(task_id, "expired")
    assert [outcome.name for outcome in client.run(plan)] == ["deleted"]


def test_queued_by_name(client: Client, sim: Simulator) -> None:
    """Queued tasks are purged only when asked for by name, and then cancelled."""
    waits, runs = sim.ark.add("queued"), sim.ark.add("queued")
    plan = client.purge("ark", states=["queued"])
    sim.ark.move(runs, "succeeded")
    outcomes = {outcome.ref.id: outcome.name for outcome in client.run(plan)}
    assert outcomes == {waits: "cancelled", runs: "kept"}
    assert (sim.ark.status(waits), sim.ark.status(runs)) == ("cancelled", "succeeded")


def test_state_changes_while_answers_get_lost(client: Client, sim: Simulator) -> None:
    """After a lost answer, too, a task is acted on again only in a wanted state."""
    task_id = sim.ark.add("queued")
    plan = client.purge("ark", states=["queued"])
    sim.ark.fail("delete", Fault.lost(acted=False))
    sim.ark.fail("get", None, Fault.says({"id": task_id, "status": "succeeded"}, acted=False))
    [outcome] = client.run(plan)
    assert outcome.name == "kept"
    assert sim.ark.count("delete") == 1


def test_run_twice(client: Client, sim: Simulator) -> None:
    """A plan that is run again finds its tasks gone, and sends no second DELETE."""
    for _ in range(20):
        sim.ark.add("failed")
    plan = client.purge("ark", states=["failed"])
    assert {outcome.name for outcome in client.run(plan)} == {"deleted"}
    assert [outcome.name for outcome in client.run(plan)] == ["gone"] * 20
    assert sim.ark.count("delete") == 20


def test_confirmed(client: Client, sim: Simulator) -> None:
    """`run` takes the options of `delete_many`."""
    sim.ark.add("failed")
    plan = client.purge("ark", states=["failed"])
    [outcome] = client.run(plan, confirm=True, concurrency=1)
    assert outcome.name == "deleted"
    assert (sim.ark.count("get"), sim.ark.count("delete")) == (2, 1)
    with pytest.raises(ConfigurationError, match="concurrency"):
        client.run(plan, concurrency=0)
    with pytest.raises(ConfigurationError, match="timeout"):
        client.run(plan, timeout=-1)


def test_older_than(client: Client, sim: Simulator) -> None:
    """`older_than` is counted back from the call."""
    old = sim.ark.add("failed", created_at=ago(hours=2, seconds=5))
    young = sim.ark.add("failed", created_at=ago(hours=2, seconds=-60))
    ancient = sim.ark.add("failed", created_at=FIRST)
    sim.ark.add("failed", created_at=FIRST - 1)
    assert planned(client.purge("ark", older_than=timedelta(hours=2))) == [ancient, old]
    ahead = sim.ark.add("failed", created_at=ago(hours=-1))
    assert planned(client.purge("ark", older_than=timedelta(microseconds=1))) == [
        ancient,
        young,
        old,
    ]
    assert set(planned(client.purge("ark", states=["failed"]))) > {ahead, ancient, young, old}


def test_tasks_of_no_time(client: Client, sim: Simulator) -> None:
    """A task that doesn't say when it was made is never old enough."""
    shown = {"id": sim.ark.add("failed"), "status": "failed"}
    sim.ark.fail("list", Fault.says({"total": 1, "items": [shown]}, acted=False), times=2)
    assert planned(client.purge("ark", older_than=timedelta(microseconds=1))) == []


def test_older_than_ever(client: Client, sim: Simulator) -> None:
    """An age that reaches back before all time matches nothing, or is refused as a mistake."""
    sim.ark.add("failed")
    try:
        plan = client.purge("ark", older_than=timedelta.max)
    except ConfigurationError:
        return
    assert planned(plan) == []


def test_by_model(client: Client, sim: Simulator) -> None:
    """A model alone is a filter."""
    sim.ark.add("failed")
    lite = [sim.ark.add(state, model="lite") for state in ("failed", "running", "succeeded")]
    plan = client.purge("ark", model="lite")
    assert planned(plan) == [lite[0]]
    assert {outcome.name for outcome in client.run(plan)} == {"deleted"}
    assert len(sim.ark.ids()) == 3


@pytest.mark.parametrize(("limit", "fits"), [(0, False), (2, False), (3, True), (4, True)])
def test_tripwire(client: Client, sim: Simulator, limit: int, fits: bool) -> None:
    """More matches than `limit` raise, and nothing is deleted; as many are allowed."""
    made = [sim.ark.add("failed") for _ in range(3)]
    sim.ark.add("succeeded")
    if fits:
        assert planned(client.purge("ark", states=["failed"], limit=limit)) == made[::-1]
    else:
        with pytest.raises(TooManyTasks, match=f"more than {limit} match") as raised:
            client.purge("ark", states=["failed"], limit=limit)
        assert raised.value.provider == "ark"
    assert len(sim.ark.ids()) == 4
    assert sim.ark.count("delete") == 0


def test_tripwire_of_an_empty_plan(client: Client, sim: Simulator) -> None:
    """A limit of 0 allows for no match at all."""
    sim.ark.add("succeeded")
    assert len(client.purge("ark", states=["failed"], limit=0)) == 0


def test_tripwire_stops_listing(client: Client, sim: Simulator) -> None:
    """Once there are too many, no more pages are asked for."""
    for _ in range(1100):
        sim.ark.add("failed")
    with pytest.raises(TooManyTasks):
        client.purge("ark", states=["failed"], limit=10)
    assert sim.ark.count("list") == 1


MISTAKES: list[tuple[str, dict[str, Any], type[VideoTasksError], str]] = [
    ("ark", {}, ConfigurationError, "needs a filter"),
    ("ark", {"limit": 5}, ConfigurationError, "needs a filter"),
    ("ark", {"older_than": timedelta(seconds=-1)}, ConfigurationError, "older_than"),
    ("ark", {"older_than": timedelta()}, ConfigurationError, "older_than"),
    ("ark", {"older_than": 2}, ConfigurationError, "timedelta"),
    ("ark", {"states": ["failed"], "limit": -1}, ConfigurationError, "limit"),
    ("ark", {"states": ["failed"], "limit": "5"}, ConfigurationError, "limit"),
    ("ark", {"states": ["failed"], "limit": True}, ConfigurationError, "limit"),
    ("ark", {"states": "failed"}, ConfigurationError, "give a list"),
    ("ark", {"states": ["running"]}, Unsupported, "running"),
    ("ark", {"states": ["failed", "cancelled"]}, Unsupported, "cancelled"),
    ("ark", {"states": ["unknown"]}, Unsupported, "unknown"),
    ("ark", {"states": ["failed"], "timeout": 0}, ConfigurationError, "timeout"),
    ("tensorslab", {"states": ["failed"]}, Unsupported, "TensorsLab"),
    ("tensorslab", {"states": ["running"]}, Unsupported, "TensorsLab"),
    ("tensorslab", {"older_than": timedelta(days=1)}, Unsupported, "TensorsLab"),
    ("nobody", {"states": ["failed"]}, ConfigurationError, "ark and tensorslab"),
]


@pytest.mark.parametrize(("provider", "options", "kind", "words"), MISTAKES)
def test_mistakes(
    client: Client,
    sim: Simulator,
    provider: str,
    options: dict[str, Any],
    kind: type[VideoTasksError],
    words: str,
) -> None:
    """What can't be purged is refused before anything is sent."""
    sim.ark.add("failed")
    with pytest.raises(kind, match=words):
        client.purge(provider, **options)
    assert sim.ark.requests == sim.tensorslab.requests == ()


def test_a_list_that_breaks(client: Client, sim: Simulator) -> None:
    """There is no plan of half a list."""
    for _ in range(600):
        sim.ark.add("failed")
    sim.ark.fail("list", None, *[Fault.error(503)] * AT_ONCE.attempts)
    with pytest.raises(ServerError):
        client.purge("ark", states=["failed"])
    assert sim.ark.count("delete") == 0


def test_a_closed_client(sim: Simulator, mode: Mode) -> None:
    """A plan of a client that was closed since is not run, and nothing is sent."""
    client = Client(mode, Ark(sim.api_key, base_url=sim.ark_url, limits=None))
    sim.ark.add("failed")
    plan = client.purge("ark", states=["failed"])
    sent = len(sim.ark.requests)
    client.close()
    with pytest.raises(Closed):
        plan.run()
    assert len(sim.ark.requests) == sent


def test_not_set_up(sim: Simulator, mode: Mode) -> None:
    """A provider without a key can't be purged."""
    client = Client(mode, TensorsLab("key", base_url=sim.tensorslab_url))
    try:
        with pytest.raises(MissingKey, match="ARK_API_KEY"):
            client.purge("ark", states=["failed"])
    finally:
        client.close()
