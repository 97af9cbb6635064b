"""Lost, late and garbled answers: what may be claimed, and what may be sent again."""

from __future__ import annotations

from typing import Any

import pytest

from videotasks import (
    AnswerLost,
    BadAnswer,
    Cancelled,
    Deleted,
    Failed,
    Gone,
    Kept,
    NoAnswer,
    RateLimited,
    Unconfirmed,
    Unknown,
)
from videotasks.simulator import Fault, Move, Simulator

from .conftest import Client


def faults(*, acted: bool) -> dict[str, Fault]:
    """Every way in which an answer can fail to tell."""
    return {
        "lost": Fault.lost(acted=acted),
        "500": Fault.error(500, {"error": {"code": "InternalServiceError"}}, acted=acted),
        "502 html": Fault.html(502, acted=acted),
        "503": Fault.error(503, acted=acted),
        "520": Fault.error(520, acted=acted),
        "408": Fault.error(408, acted=acted),
        "html": Fault.html(acted=acted),
        "cut off": Fault.cut_off(acted=acted),
        "list": Fault.says([], acted=acted),
        "text": Fault.says("deleted", acted=acted),
        "null": Fault.says(None, acted=acted),
        "202": Fault.says({}, 202, acted=acted),
        "206": Fault.says({}, 206, acted=acted),
        "404 html": Fault.html(404, acted=acted),
        "404 empty": Fault.empty(404, acted=acted),
        "redirect": Fault.redirect("/elsewhere", acted=acted),
        "redirect to nowhere": Fault.redirect("gateway.corp:8443/login", acted=acted),
        "gateway's 404": Fault.says({"message": "no Route matched"}, 404, acted=acted),
    }


NAMES = list(faults(acted=True))


def no_second_delete_without_a_look(sim: Simulator) -> None:
    """Between two DELETEs for one task there was a look at it."""
    for provider in (sim.ark, sim.tensorslab):
        looked_at: set[str] = set()
        for request in provider.requests:
            if request.operation == "get":
                looked_at.update(request.ids)
            elif request.operation == "delete" and request.status != 429:
                assert set(request.ids) <= looked_at
                looked_at.difference_update(request.ids)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_lost_after_cancelling(client: Client, sim: Simulator, name: str, verb: str) -> None:
    """A queued task that was cancelled although the answer was lost is Cancelled, by one DELETE."""
    task_id = sim.ark.add("queued")
    sim.ark.fail("delete", faults(acted=True)[name])
    outcome = client.act(verb, f"ark:{task_id}")
    assert isinstance(outcome, Cancelled)
    assert not outcome.already
    assert sim.ark.status(task_id) == "cancelled"
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("state", ["succeeded", "failed", "expired"])
def test_lost_after_deleting(client: Client, sim: Simulator, name: str, state: Any) -> None:
    """A record that was deleted although the answer was lost is Deleted, by one DELETE."""
    task_id = sim.ark.add(state)
    sim.ark.fail("delete", faults(acted=True)[name])
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Deleted)
    assert sim.ark.status(task_id) is None
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("verb", "state"), [("cancel", "queued"), ("delete", "succeeded")])
def test_lost_before_acting(
    client: Client, sim: Simulator, name: str, verb: str, state: Any
) -> None:
    """What a look shows unchanged may be tried again, a bounded number of times."""
    sim.ark.fail("delete", faults(acted=False)[name])
    outcome = client.act(verb, f"ark:{sim.ark.add(state)}")
    assert outcome.ok
    assert sim.ark.count("delete") == 2
    no_second_delete_without_a_look(sim)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("verb", "state"), [("cancel", "queued"), ("delete", "succeeded")])
def test_lost_every_time(client: Client, sim: Simulator, name: str, verb: str, state: Any) -> None:
    """After three lost answers it is Unknown, since the last may yet take effect."""
    task_id = sim.ark.add(state)
    sim.ark.fail("delete", faults(acted=False)[name], times=9)
    outcome = client.act(verb, f"ark:{task_id}")
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.cause, NoAnswer)
    assert outcome.task is not None
    assert outcome.task.state == state
    assert sim.ark.status(task_id) == state
    assert sim.ark.count("delete") == 3
    no_second_delete_without_a_look(sim)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("acted", [False, True])
@pytest.mark.parametrize("state", ["queued", "succeeded"])
def test_lost_and_blind(client: Client, sim: Simulator, name: str, acted: bool, state: Any) -> None:
    """When neither the answer nor a look can be had, it is Unknown, and nothing more is sent."""
    task_id = sim.ark.add(state)
    sim.ark.fail("delete", faults(acted=acted)[name])
    sim.ark.fail("get", None, *[Fault.error(503, acted=False)] * 9)
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Unknown)
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_blind_from_the_start(client: Client, sim: Simulator, name: str, verb: str) -> None:
    """When the task can't be looked at, nothing is sent, and it is Failed."""
    task_id = sim.ark.add("queued")
    sim.ark.fail("get", faults(acted=True)[name], times=9)
    outcome = client.act(verb, f"ark:{task_id}")
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NoAnswer)
    assert sim.ark.count("get") == 4
    assert sim.ark.count("delete") == 0


@pytest.mark.parametrize("name", NAMES)
def test_reads_are_tried_again(client: Client, sim: Simulator, name: str) -> None:
    """A look whose answer was lost is made again: it changes nothing."""
    task_id = sim.ark.add("queued")
    sim.ark.fail("get", faults(acted=True)[name], times=3)
    assert isinstance(client.cancel(f"ark:{task_id}"), Cancelled)
    assert sim.ark.count("get") == 4


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("acted", [False, True])
def test_lost_batch(client: Client, sim: Simulator, name: str, acted: bool) -> None:
    """A batch whose answer was lost is settled id by id."""
    ids = [sim.tensorslab.add("completed") for _ in range(3)]
    sim.tensorslab.fail("delete", faults(acted=acted)[name])
    outcomes = client.many("delete", [f"tensorslab:{task_id}" for task_id in ids])
    assert [outcome.name for outcome in outcomes] == ["deleted"] * 3
    assert sim.tensorslab.ids() == ()
    assert sim.tensorslab.count("delete") == (1 if acted else 2)
    no_second_delete_without_a_look(sim)


def test_cancel_that_was_lost_while_it_ran(client: Client, sim: Simulator) -> None:
    """A cancel whose answer was lost is not sent again once the task has finished."""
    task_id = sim.ark.add("queued", moves=[Move(to="succeeded", after_reads=1)])
    sim.ark.fail("delete", Fault.lost(acted=False))
    outcome = client.cancel(f"ark:{task_id}")
    assert isinstance(outcome, Kept)
    assert outcome.state == "succeeded"
    assert sim.ark.status(task_id) == "succeeded"
    assert sim.ark.count("delete") == 1


def test_cancel_that_was_lost_and_finds_nothing(client: Client, sim: Simulator) -> None:
    """A cancel that was sent and finds the record gone is Unknown: it may have come too late."""
    task_id = sim.ark.add("queued", moves=[Move(to=None, after_reads=1)])
    sim.ark.fail("delete", Fault.lost(acted=False))
    outcome = client.cancel(f"ark:{task_id}", missing_ok=True)
    assert isinstance(outcome, Unknown)
    assert sim.ark.count("delete") == 1


def test_confirmed_cancel_that_finds_nothing(client: Client, sim: Simulator) -> None:
    """With `confirm`, a cancel that destroyed a finished video after all does not pass for done."""
    task_id = sim.ark.add("queued", moves=[Move(to="succeeded", after_reads=1)])
    outcome = client.cancel(f"ark:{task_id}", confirm=True)
    assert isinstance(outcome, Unknown)
    assert "found no record" in str(outcome.cause)
    assert sim.ark.status(task_id) is None


def test_lost_then_refused(client: Client, sim: Simulator) -> None:
    """A refusal after a lost answer doesn't make it Failed: the lost DELETE may yet take effect."""
    task_id = sim.ark.add("succeeded")
    sim.ark.fail("delete", Fault.lost(acted=False), Fault.error(403, acted=False))
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.cause, AnswerLost)


def test_lost_then_refused_and_moved_on(client: Client, sim: Simulator) -> None:
    """Nor does it make it Kept where the task has since come into a state that is deleted in."""
    moves = [Move(to="running", after_reads=2), Move(to="succeeded", after_refusals=1)]
    task_id = sim.ark.add("queued", moves=moves)
    sim.ark.fail("delete", Fault.lost(acted=False))
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.cause, AnswerLost)
    assert outcome.task is not None
    assert outcome.task.state == "succeeded"
    assert sim.ark.count("delete") == 2


def test_lost_then_found_gone(client: Client, sim: Simulator) -> None:
    """A DELETE that meets a 404 after a lost one is Deleted: the record was there, and is gone."""
    task_id = sim.ark.add("succeeded", moves=[Move(to=None, after_reads=2)])
    sim.ark.fail("delete", Fault.lost(acted=False))
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Deleted)
    assert sim.ark.count("delete") == 2


def test_gone_between_look_and_delete(client: Client, sim: Simulator) -> None:
    """A record that somebody else removed after the look is Gone, not Deleted."""
    task_id = sim.ark.add("succeeded", moves=[Move(to=None, after_reads=1)])
    assert isinstance(client.delete(f"ark:{task_id}"), Gone)


@pytest.mark.parametrize("retry_after", [None, "0", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"])
@pytest.mark.parametrize("operation", ["get", "delete"])
def test_too_fast(client: Client, sim: Simulator, operation: Any, retry_after: str | None) -> None:
    """A 429 counts as not sent, and is tried again with the same look."""
    task_id = sim.ark.add("succeeded")
    sim.ark.fail(operation, Fault.error(429, retry_after=retry_after), times=3)
    assert isinstance(client.delete(f"ark:{task_id}"), Deleted)
    assert sim.ark.count(operation) == 4
    assert sim.ark.count("get" if operation == "delete" else "delete") == 1


@pytest.mark.parametrize("operation", ["get", "delete"])
def test_too_fast_every_time(client: Client, sim: Simulator, operation: Any) -> None:
    """A 429 that does not end is Failed: surely nothing was done."""
    task_id = sim.ark.add("succeeded")
    sim.ark.fail(operation, Fault.error(429), times=9)
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, RateLimited)
    assert sim.ark.status(task_id) == "succeeded"


WRONG_TASKS: list[object] = [
    {},
    {"id": None, "status": "queued"},
    {"id": "another", "status": "queued"},
    {"status": "queued"},
    {"id": "cgt-1"},
    {"id": "cgt-1", "status": None},
    {"id": "cgt-1", "status": 3},
    {"id": "cgt-1", "status": ["queued"]},
    {"error": {"code": "Weird"}},
]


@pytest.mark.parametrize("body", WRONG_TASKS)
def test_wrong_types_in_a_look(client: Client, sim: Simulator, body: object) -> None:
    """A look that does not show the task's state leads to nothing being sent."""
    sim.ark.add("queued", task_id="cgt-1")
    sim.ark.fail("get", Fault.says(body, acted=True), times=4)
    outcome = client.cancel("ark:cgt-1")
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, BadAnswer)
    assert sim.ark.count("delete") == 0


WRONG_DETAILS: list[dict[str, Any]] = [
    {"created_at": "soon"},
    {"created_at": 10**30},
    {"created_at": True},
    {"created_at": [1]},
    {"content": "none"},
    {"content": {"video_url": 5}},
    {"error": "failed"},
    {"usage": []},
    {"tools": [1]},
    {"model": 5},
]


@pytest.mark.parametrize("fields", WRONG_DETAILS)
def test_wrong_types_in_details(client: Client, sim: Simulator, fields: dict[str, Any]) -> None:
    """Details of a wrong type are left out; they don't hide the state."""
    task_id = sim.ark.add("succeeded", **fields)
    task = client.get(f"ark:{task_id}")
    assert task.state == "succeeded"
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Deleted)


@pytest.mark.parametrize("state", ["queued", "succeeded"])
@pytest.mark.parametrize("acted", [False, True])
def test_confirm_a_false_yes(client: Client, sim: Simulator, state: Any, acted: bool) -> None:
    """With `confirm`, a yes that looking does not bear out is Unknown."""
    task_id = sim.ark.add(state)
    sim.ark.fail("delete", Fault.says({}, acted=acted))
    outcome = client.delete(f"ark:{task_id}", confirm=True)
    if acted:
        assert outcome.ok
    else:
        assert isinstance(outcome, Unknown)
        assert isinstance(outcome.cause, Unconfirmed)
        assert sim.ark.count("delete") == 1
        assert sim.ark.count("get") == 5


def test_confirm_blind(client: Client, sim: Simulator) -> None:
    """With `confirm`, a yes that can't be looked into is Unknown."""
    task_id = sim.tensorslab.add("completed")
    sim.tensorslab.fail("get", None, *[Fault.error(503, acted=False)] * 9)
    outcome = client.delete(f"tensorslab:{task_id}", confirm=True)
    assert isinstance(outcome, Unknown)
