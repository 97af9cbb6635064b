"""Waiting until tasks have ended: one, or many of both providers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

import pytest

from videotasks import (
    AnswerLost,
    Ark,
    AuthenticationError,
    Closed,
    InvalidRef,
    MissingKey,
    NotConnected,
    NotFound,
    RateLimited,
    Ref,
    State,
    Task,
    VideoTasksError,
    WaitResult,
    WaitTimeout,
)
from videotasks._rules.steps import Answer, Pause
from videotasks._rules.waiting import LISTED_FROM, MOST_FAILED, WaitList
from videotasks.simulator import Fault, Move, Simulator

from .conftest import Client, Mode, answers

SOON = 0.01


def by_ref(results: list[WaitResult]) -> dict[str, WaitResult]:
    return {str(result.ref): result for result in results}


def asked(sim: Simulator) -> Counter[str | None]:
    return Counter(request.operation for request in sim.ark.requests)


@pytest.mark.parametrize("end", ["succeeded", "failed", "expired", "cancelled"])
def test_ends(sim: Simulator, client: Client, end: Any) -> None:
    """Waiting gives the task as it is once it has ended, however it did."""
    task = sim.ark.add(
        "queued", moves=[Move(to="running", after_reads=2), Move(to=end, after_reads=2)]
    )
    found = client.wait(f"ark:{task}", interval=SOON)
    assert found.state == end
    assert found.has_ended
    assert asked(sim) == {"get": 5}


def test_on_tensorslab(sim: Simulator, client: Client) -> None:
    """A task of TensorsLab is waited for likewise."""
    task = sim.tensorslab.add("processing", moves=[Move(to="completed", after_reads=2)])
    assert client.wait(f"tensorslab:{task}", interval=SOON).state == "succeeded"


def test_deadline(sim: Simulator, client: Client) -> None:
    """At the deadline `WaitTimeout` is raised, a `TimeoutError`, with the task as last seen."""
    ref = f"ark:{sim.ark.add('running')}"
    assert client.get(ref).state == "running"  # the connection is there, however slow the machine
    with pytest.raises(WaitTimeout, match="the deadline comes while the task is running") as caught:
        client.wait(ref, interval=SOON, deadline=0.8)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.task is not None
    assert caught.value.task.state == "running"


def test_never_seen(client: Client) -> None:
    """Where no look came through by the deadline, that is said."""
    with pytest.raises(WaitTimeout, match="before the task could be seen") as caught:
        client.wait("ark:x", deadline=0)
    assert caught.value.task is None


def test_not_found(client: Client) -> None:
    """A task that the provider doesn't know is not waited for."""
    with pytest.raises(NotFound):
        client.wait("ark:nowhere", interval=SOON)


@pytest.mark.parametrize(("ref", "kind"), [("x", InvalidRef), ("ark:.", InvalidRef)])
def test_bad_ref(client: Client, ref: str, kind: type[Exception]) -> None:
    """A bad ref is an error before anything is sent."""
    with pytest.raises(kind):
        client.wait(ref)


def test_many(sim: Simulator, client: Client) -> None:
    """Each ref has one result, and those that end first come first; mistakes are results too."""
    late = sim.ark.add("queued", moves=[Move(to="succeeded", after_reads=4)])
    early = sim.ark.add("queued", moves=[Move(to="failed", after_reads=1)])
    other = sim.tensorslab.add("processing", moves=[Move(to="completed", after_reads=1)])
    refs = [f"ark:{late}", f"ark:{early}", f"tensorslab:{other}", "bad", "ark:nowhere"]
    results = list(client.waited([*refs, f"ark:{early}"], interval=SOON))
    order = [str(result.ref) for result in results]
    assert sorted(order) == sorted([*refs, f"ark:{early}"])
    assert order.index(f"ark:{early}") < order.index(f"ark:{late}")
    found = by_ref(results)
    assert {ref for ref, result in found.items() if result.ended} == {*refs[:3]}
    assert isinstance(found["bad"].error, InvalidRef)
    assert isinstance(found["ark:nowhere"].error, NotFound)
    assert found[f"ark:{late}"].to_dict()["ended"] is True


def test_many_at_the_deadline(sim: Simulator, client: Client) -> None:
    """Tasks that have not ended at the deadline have `WaitTimeout` as their error."""
    done, going = sim.ark.add("succeeded"), sim.ark.add("running")
    results = list(client.waited([f"ark:{going}", f"ark:{done}"], interval=SOON, deadline=0.3))
    found = by_ref(results)
    assert found[f"ark:{done}"].ended
    error = found[f"ark:{going}"].error
    assert isinstance(error, WaitTimeout)
    assert str(error.ref) == f"ark:{going}"
    task = found[f"ark:{going}"].task
    assert task is not None
    assert task.state == "running"


def test_listed(sim: Simulator, client: Client) -> None:
    """Many tasks are looked at by the list, both tiers; only those that it lacks one by one."""
    tasks = [
        sim.ark.add("succeeded", service_tier="flex" if number % 2 else "default")
        for number in range(LISTED_FROM + 20)
    ]
    results = list(client.waited([f"ark:{task}" for task in tasks], interval=SOON))
    assert sorted(result.ref.id for result in results) == sorted(tasks)
    assert all(result.ended for result in results)
    assert asked(sim) == {"list": 2}


def test_not_in_the_list(sim: Simulator, client: Client) -> None:
    """Tasks that the list does not show are looked at one by one."""
    tasks = [sim.ark.add("succeeded") for _ in range(LISTED_FROM)]
    refs = [f"ark:{task}" for task in [*tasks, "nowhere"]]
    found = by_ref(list(client.waited(refs, interval=SOON)))
    assert len(found) == LISTED_FROM + 1
    assert isinstance(found["ark:nowhere"].error, NotFound)
    assert asked(sim)["get"] == 1


def test_list_refused(sim: Simulator, client: Client) -> None:
    """Where the list is refused, each task is looked at."""
    tasks = [sim.ark.add("succeeded") for _ in range(LISTED_FROM)]
    sim.ark.fail("list", Fault.error(403))
    results = list(client.waited([f"ark:{task}" for task in tasks], interval=SOON))
    assert all(result.ended for result in results)
    assert asked(sim) == {"list": 1, "get": LISTED_FROM}


def test_account_refused(mode: Mode, sim: Simulator) -> None:
    """A refused key ends the waiting for all tasks of that provider, and is asked with once."""
    client = Client(mode, Ark("some-other-key", base_url=sim.ark_url))
    results = list(client.waited(["ark:a", "ark:b", "ark:c"], interval=SOON))
    client.close()
    assert [type(result.error) for result in results] == [AuthenticationError] * 3
    assert {str(result.ref) for result in results} == {"ark:a", "ark:b", "ark:c"}
    assert answers(sim) == {401: 1}


def test_no_key(mode: Mode, sim: Simulator) -> None:
    """Without a provider's key its tasks can't be waited for, and the others are all the same."""
    client = Client(mode, Ark(sim.api_key, base_url=sim.ark_url))
    task = sim.ark.add("failed")
    found = by_ref(list(client.waited([f"ark:{task}", "tensorslab:x"], interval=SOON)))
    client.close()
    assert found[f"ark:{task}"].ended
    assert isinstance(found["tensorslab:x"].error, MissingKey)


@pytest.mark.parametrize("refs", ["ark:x", 5])
def test_one_in_place_of_many(client: Client, refs: Any) -> None:
    """One ref in place of many is refused."""
    with pytest.raises(InvalidRef, match="wait_many takes many refs"):
        client.waited(refs)


def test_closed(client: Client) -> None:
    """A closed client waits for nothing."""
    client.close_tasks()
    with pytest.raises(Closed):
        client.wait("ark:x")
    with pytest.raises(Closed):
        client.waited(["ark:x"])


# The rules, without a server.

ARK = Ark("key-for-nothing").adapter
REF = Ref("ark", "a")


def walked(answers: Iterable[Any], interval: float | None = None) -> tuple[Any, list[float]]:
    """What waiting for one task comes to, and the pauses, where looks are answered so."""
    waiting = WaitList(ARK, [REF], 1, interval)
    replies, pauses = iter(answers), list[float]()
    while True:
        flow = waiting.more()
        reply: Any = None
        try:
            while True:
                step = flow.send(reply)
                if isinstance(step, Pause):
                    pauses.append(step.seconds)
                    reply = None
                else:
                    reply = next(replies)
                    if isinstance(reply, str):
                        reply = Answer(Task(ref=REF, state=cast("State", reply)), 0.0)
        except StopIteration as stop:
            if stop.value:
                return stop.value[0], pauses


def test_intervals() -> None:
    """Rounds are 2 seconds apart to begin with, then farther, and never more than 15."""
    result, pauses = walked(["running"] * 9 + ["succeeded"])
    assert result.ended
    assert pauses == pytest.approx([2, 3, 4.5, 6.75, 10.125, 15, 15, 15, 15])


def test_interval_given() -> None:
    """With an interval of one's own, rounds are that far apart."""
    assert walked(["running"] * 3 + ["failed"], interval=0.5)[1] == [0.5] * 3


@pytest.mark.parametrize("error", [AnswerLost("x"), NotConnected("x"), RateLimited("x")])
def test_trouble_that_passes(error: VideoTasksError) -> None:
    """Failures that may pass are waited out, for ten rounds in a row at the most."""
    few = [error] * (MOST_FAILED - 1)
    result, pauses = walked([*few, "running", *few, "succeeded"])
    assert result.ended
    assert len(pauses) == 2 * MOST_FAILED - 1
    result, pauses = walked([error] * MOST_FAILED)
    assert type(result.error) is type(error)
    assert len(pauses) == MOST_FAILED - 1


def test_state_that_nobody_knows() -> None:
    """A task in a state that nobody knows has not ended."""
    assert walked(["unknown", "unknown", "succeeded"])[0].ended
