"""What becomes of an Ark task in each state, and what is really left on the server."""

from __future__ import annotations

from typing import Any

import pytest

from videotasks import Cancelled, Deleted, Failed, Gone, Kept, Unknown
from videotasks.simulator import Fault, Move, NewState, Simulator

from .conftest import Client

# verb, state before: outcome, DELETEs sent, state after (None: the record is gone)
RULES = [
    ("cancel", "queued", "cancelled", 1, "cancelled"),
    ("cancel", "running", "kept", 0, "running"),
    ("cancel", "succeeded", "kept", 0, "succeeded"),
    ("cancel", "failed", "kept", 0, "failed"),
    ("cancel", "cancelled", "cancelled", 0, "cancelled"),
    ("cancel", "expired", "kept", 0, "expired"),
    ("cancel", NewState("paused"), "kept", 0, "paused"),
    ("delete", "queued", "cancelled", 1, "cancelled"),
    ("delete", "running", "kept", 0, "running"),
    ("delete", "succeeded", "deleted", 1, None),
    ("delete", "failed", "deleted", 1, None),
    ("delete", "cancelled", "cancelled", 0, "cancelled"),
    ("delete", "expired", "deleted", 1, None),
    ("delete", NewState("paused"), "kept", 0, "paused"),
]


@pytest.mark.parametrize(("verb", "before", "outcome", "deletes", "after"), RULES)
@pytest.mark.parametrize("confirm", [False, True])
def test_each_state(
    client: Client,
    sim: Simulator,
    verb: str,
    before: Any,
    outcome: str,
    deletes: int,
    after: str | None,
    confirm: bool,
) -> None:
    """Each state has its one outcome, which is what the server then has."""
    task_id = sim.ark.add(before)
    result = client.act(verb, f"ark:{task_id}", confirm=confirm)
    assert result.name == outcome
    assert sim.ark.status(task_id) == after
    assert sim.ark.count("delete") == deletes
    assert sim.ark.count("get") == 1 + (confirm and deletes)
    assert result.ok == (outcome in {"cancelled", "deleted"})
    assert result.task is not None
    assert result.task.raw_state == (after if confirm and after else before)


@pytest.mark.parametrize(("verb", "before", "outcome", "deletes", "after"), RULES)
def test_each_state_in_bulk(
    client: Client,
    sim: Simulator,
    verb: str,
    before: Any,
    outcome: str,
    deletes: int,
    after: str | None,
) -> None:
    """Bulk gives the same outcome as the single verb, with the same requests."""
    task_id = sim.ark.add(before)
    [result] = client.many(verb, [f"ark:{task_id}"])
    assert result.name == outcome
    assert sim.ark.status(task_id) == after
    assert sim.ark.count("delete") == deletes


def test_already_cancelled(client: Client, sim: Simulator) -> None:
    """A task that had been cancelled before says so; one that was not doesn't."""
    before, now = sim.ark.add("cancelled"), sim.ark.add("queued")
    assert client.cancel(f"ark:{before}") == Cancelled(
        ref=client.get(f"ark:{before}").ref,
        task=client.get(f"ark:{before}"),
        request_id="sim-000001",
        already=True,
    )
    outcome = client.cancel(f"ark:{now}")
    assert isinstance(outcome, Cancelled)
    assert not outcome.already


@pytest.mark.parametrize("verb", ["cancel", "delete"])
@pytest.mark.parametrize("missing_ok", [False, True])
@pytest.mark.parametrize("code", [None, "NotFound", "NotFound.ID", "NotFound.cgt-nobody"])
@pytest.mark.parametrize("flat", [False, True])
def test_unknown_id(
    client: Client, sim: Simulator, verb: str, missing_ok: bool, code: str | None, flat: bool
) -> None:
    """An id that Ark doesn't know is Gone, in each form of its 404, with no DELETE sent.

    A flat error body without a code is not told apart from a gateway's own, so it is Failed.
    """
    sim.ark.not_found_code, sim.ark.flat_errors = code, flat
    outcome = client.act(verb, "ark:cgt-nobody", missing_ok=missing_ok)
    if flat and code is None:
        assert isinstance(outcome, Failed)
    else:
        assert isinstance(outcome, Gone)
        assert outcome.ok is missing_ok
    assert sim.ark.count("delete") == 0


@pytest.mark.parametrize("answer", ["{}", "Result", "empty", "204"])
def test_forms_of_success(client: Client, sim: Simulator, answer: str) -> None:
    """`{}`, an empty result, an empty body and 204 all say that it was done."""
    sim.ark.delete_answer = answer  # type: ignore[assignment]  # parametrized over its words
    task_id = sim.ark.add("succeeded")
    assert isinstance(client.delete(f"ark:{task_id}"), Deleted)
    assert sim.ark.status(task_id) is None


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_began_to_run_after_the_look(client: Client, sim: Simulator, verb: str) -> None:
    """A 409 is never tried again: the running task is Kept."""
    task_id = sim.ark.add("queued", moves=[Move(to="running", after_reads=1)])
    outcome = client.act(verb, f"ark:{task_id}")
    assert isinstance(outcome, Kept)
    assert outcome.state == "running"
    assert sim.ark.status(task_id) == "running"
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_ran_and_finished_after_the_look(client: Client, sim: Simulator, verb: str) -> None:
    """A task that was refused while running and has finished since is Kept, with its video."""
    moves = [Move(to="running", after_reads=1), Move(to="succeeded", after_refusals=1)]
    task_id = sim.ark.add("queued", moves=moves)
    outcome = client.act(verb, f"ark:{task_id}")
    assert isinstance(outcome, Kept)
    assert outcome.state == "succeeded"
    assert outcome.task is not None
    assert outcome.task.video_urls == (f"https://example.com/{task_id}.mp4",)
    assert sim.ark.status(task_id) == "succeeded"
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "X"}},
        {"code": "X", "message": "no"},
        {"success": False},
        {"Result": None},
        {"Result": {"Error": "x"}},
        {"Result": [], "x": 1},
        {"Result": {}, "ResponseMetadata": {"Error": {"Code": "X"}}},
    ],
)
def test_a_yes_with_something_in_it(client: Client, sim: Simulator, body: object) -> None:
    """Only an empty object, or an empty result, says that it was done; all else is looked into."""
    done, undone = sim.ark.add("succeeded"), sim.ark.add("succeeded")
    sim.ark.fail("delete", Fault.says(body, acted=True))
    assert isinstance(client.delete(f"ark:{done}"), Deleted)
    sim.ark.fail("delete", Fault.says(body, acted=False), times=3)
    assert isinstance(client.delete(f"ark:{undone}"), Unknown)
    assert sim.ark.status(undone) == "succeeded"
