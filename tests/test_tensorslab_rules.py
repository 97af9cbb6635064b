"""What becomes of a TensorsLab task in each state, and of each way in which a deletion can fail."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from videotasks import Deleted, Failed, Gone, Kept, NoCredits, RequestRefused, Unknown, Unsupported
from videotasks._rules import flows, queues
from videotasks.simulator import Fault, Simulator

from .conftest import Client, Connect

FINISHED = ["completed", "failed"]
UNFINISHED = ["pending", "processing", "uploading"]
STATES = {
    "pending": "queued",
    "processing": "running",
    "uploading": "running",
    "completed": "succeeded",
    "failed": "failed",
}


@pytest.mark.parametrize(("raw", "state"), STATES.items())
@pytest.mark.parametrize("text_status", [False, True])
def test_states(client: Client, sim: Simulator, raw: Any, state: str, text_status: bool) -> None:
    """The five numbers are read as states, whether they come as numbers or as text."""
    sim.tensorslab.text_status = text_status
    task = client.get(f"tensorslab:{sim.tensorslab.add(raw)}")
    assert task.state == state
    assert str(task.raw_state) in {"1", "2", "3", "4", "5"}
    assert bool(task.video_urls) == (raw == "completed")
    assert (task.error == "Generation failed.") == (raw == "failed")


@pytest.mark.parametrize("number", [6, 0, -1, "paused"])
@pytest.mark.parametrize("unfinished", [False, True])
def test_other_numbers(connect: Connect, sim: Simulator, number: object, unfinished: bool) -> None:
    """A task whose state nobody knows is left alone, whatever was allowed."""
    client = connect(tensorslab={"delete_unfinished": unfinished})
    task_id = sim.tensorslab.add("completed", task_status=number)
    outcome = client.delete(f"tensorslab:{task_id}")
    assert isinstance(outcome, Kept)
    assert outcome.state == "unknown"
    assert sim.tensorslab.count("delete") == 0


@pytest.mark.parametrize("state", FINISHED)
@pytest.mark.parametrize("confirm", [False, True])
def test_finished_tasks_are_deleted(
    client: Client, sim: Simulator, state: Any, confirm: bool
) -> None:
    """Finished and failed tasks are deleted, with one deletion."""
    task_id = sim.tensorslab.add(state)
    outcome = client.delete(f"tensorslab:{task_id}", confirm=confirm)
    assert isinstance(outcome, Deleted)
    assert outcome.ok
    assert sim.tensorslab.status(task_id) is None
    assert sim.tensorslab.count("delete") == 1


@pytest.mark.parametrize("state", UNFINISHED)
def test_unfinished_tasks_are_kept(client: Client, sim: Simulator, state: Any) -> None:
    """Nothing is sent for an unfinished task unless asked, for what it would do is undocumented."""
    sim.tensorslab.delete_of_unfinished = "deleted"
    task_id = sim.tensorslab.add(state)
    outcome = client.delete(f"tensorslab:{task_id}")
    assert isinstance(outcome, Kept)
    assert "'delete unfinished'" in outcome.reason
    assert sim.tensorslab.status(task_id) == state
    assert sim.tensorslab.count("delete") == 0


@pytest.mark.parametrize("state", UNFINISHED)
def test_unfinished_tasks_when_asked(connect: Connect, sim: Simulator, state: Any) -> None:
    """With `delete_unfinished` the outcome is what the server made of it: deleted or refused."""
    client = connect(tensorslab={"delete_unfinished": True})
    task_id = sim.tensorslab.add(state)
    assert isinstance(client.delete(f"tensorslab:{task_id}"), Failed)
    assert sim.tensorslab.status(task_id) == state
    sim.tensorslab.delete_of_unfinished = "deleted"
    assert isinstance(client.delete(f"tensorslab:{task_id}"), Deleted)
    assert sim.tensorslab.status(task_id) is None


def test_cancel_is_unsupported(client: Client, sim: Simulator) -> None:
    """Cancelling raises before anything is sent, and in bulk is that ref's own Failed."""
    ref = f"tensorslab:{sim.tensorslab.add('pending')}"
    with pytest.raises(Unsupported, match="no way to cancel"):
        client.cancel(ref)
    [outcome] = client.many("cancel", [ref])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Unsupported)
    assert sim.tensorslab.requests == ()


@pytest.mark.parametrize("failure", ["http", "code", "status"])
def test_three_ways_to_fail(client: Client, sim: Simulator, failure: Any) -> None:
    """HTTP 400, a code other than 1000, and "Failed" are each a refusal; the task stays."""
    sim.tensorslab.failure = failure
    task_id = sim.tensorslab.add("completed")
    sim.tensorslab.refuse(task_id)
    outcome = client.delete(f"tensorslab:{task_id}")
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, RequestRefused)
    assert sim.tensorslab.status(task_id) == "completed"
    assert sim.tensorslab.count("delete") == 1


@pytest.mark.parametrize("status", [200, 400, 402])
def test_no_credits(client: Client, sim: Simulator, status: int) -> None:
    """Code 9000 says that credits are wanting, whichever way it comes."""
    task_id = sim.tensorslab.add("completed")
    sim.tensorslab.fail("delete", Fault.says({"code": 9000, "msg": "no"}, status, acted=False))
    outcome = client.delete(f"tensorslab:{task_id}")
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NoCredits)
    assert outcome.error.code == 9000


def test_refused_and_blind(client: Client, sim: Simulator) -> None:
    """After a refusal that can't be looked into it is not known what was done: one answer is for a
    whole batch, and credits may run out in its midst."""
    task_id = sim.tensorslab.add("completed")
    sim.tensorslab.fail("delete", Fault.says({"code": 9000, "msg": "no"}, acted=True))
    sim.tensorslab.fail("get", None, *[Fault.error(503, acted=False)] * 9)
    outcome = client.delete(f"tensorslab:{task_id}")
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.cause, NoCredits)
    assert sim.tensorslab.count("delete") == 1


UNCLEAR: list[object] = [
    {"code": 1000, "msg": "success"},
    {"code": 1000, "msg": "success", "data": None},
    {"code": 1000, "msg": "success", "data": {}},
    {"code": 1000, "msg": "success", "data": {"status": "Pending"}},
    {"code": 1000, "msg": "success", "data": {"status": True}},
    {"code": 1000, "msg": "success", "data": "Success"},
    {"code": 9999, "msg": "failed", "data": {"status": "Success"}},
    {"code": "1000", "msg": "success", "data": {"status": "Success"}},
    {"code": True, "msg": "success", "data": {"status": "Success"}},
    {"msg": "success", "data": {"status": "Success"}},
    {},
]


@pytest.mark.parametrize("body", UNCLEAR)
def test_unclear_answers(client: Client, sim: Simulator, body: object) -> None:
    """An answer that does not wholly say success is settled by looking, done or not."""
    done, not_done = sim.tensorslab.add("completed"), sim.tensorslab.add("completed")
    sim.tensorslab.fail("delete", Fault.says(body, acted=True))
    assert isinstance(client.delete(f"tensorslab:{done}"), Deleted)
    sim.tensorslab.fail("delete", Fault.says(body, acted=False), times=3)
    outcome = client.delete(f"tensorslab:{not_done}")
    assert isinstance(outcome, Unknown)
    assert sim.tensorslab.status(not_done) == "completed"


@pytest.mark.parametrize("missing_ok", [False, True])
def test_unknown_id(client: Client, sim: Simulator, missing_ok: bool) -> None:
    """An id that is answered with 404 is Gone, with no deletion sent."""
    outcome = client.delete("tensorslab:nobody", missing_ok=missing_ok)
    assert isinstance(outcome, Gone)
    assert outcome.ok is missing_ok
    assert sim.tensorslab.count("delete") == 0


def test_unknown_id_by_code(connect: Connect, sim: Simulator) -> None:
    """9999 is not taken for "doesn't exist", since nobody documents it, unless the user says so."""
    sim.tensorslab.unknown_task = "9999"
    outcome = connect().delete("tensorslab:nobody")
    assert isinstance(outcome, Failed)
    assert outcome.error.code == 9999
    outcome = connect(tensorslab={"missing_codes": {9999}}).delete("tensorslab:nobody")
    assert isinstance(outcome, Gone)


def test_another_task_in_the_answer(client: Client, sim: Simulator) -> None:
    """A look that shows another task than was asked for is believed for neither."""
    task_id = sim.tensorslab.add("completed", taskid="someone-else")
    outcome = client.delete(f"tensorslab:{task_id}")
    assert isinstance(outcome, Failed)
    assert sim.tensorslab.count("delete") == 0


SWITCHES = list(
    product(
        ["atomic", "partial"],
        ["http", "code", "status", "named"],
        ["404", "9999"],
        ["refused", "ignored"],
    )
)


@pytest.mark.parametrize(("batch", "failure", "unknown", "of_unknown"), SWITCHES)
@pytest.mark.parametrize("known_code", [False, True])
def test_batch_with_one_refused(
    connect: Connect,
    sim: Simulator,
    batch: Any,
    failure: Any,
    unknown: Any,
    of_unknown: Any,
    known_code: bool,
) -> None:
    """Each id of a batch gets its own true outcome, however the server treats a batch."""
    sim.tensorslab.batch, sim.tensorslab.failure = batch, failure
    sim.tensorslab.unknown_task, sim.tensorslab.delete_of_unknown = unknown, of_unknown
    client = connect(tensorslab={"missing_codes": {9999} if known_code else (), "batch_size": 4})
    ids = [sim.tensorslab.add("completed") for _ in range(4)]
    sim.tensorslab.refuse(ids[2])
    pending = sim.tensorslab.add("pending")
    refs = [*(f"tensorslab:{task_id}" for task_id in ids), f"tensorslab:{pending}"]
    outcomes = {str(outcome.ref): outcome for outcome in client.many("delete", refs)}
    assert set(outcomes) == set(refs)
    assert outcomes.pop(f"tensorslab:{pending}").name == "kept"
    # A success that names failures is no refusal either, so it is not surely Failed.
    refused = "unknown" if failure == "named" else "failed"
    assert outcomes.pop(f"tensorslab:{ids[2]}").name == refused
    for ref, outcome in outcomes.items():
        if outcome.name == "deleted":
            assert sim.tensorslab.status(ref.partition(":")[2]) is None
        else:
            # Only where looking can't tell a deleted task from an error may it stay unknown.
            assert outcome.name == "unknown"
            in_part = batch == "partial" or failure == "named"
            assert (in_part, unknown, known_code) == (True, "9999", False)
    assert sim.tensorslab.ids() == (ids[2], pending)


def test_batches_are_full(client: Client, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids go in batches of the size that was set, not one by one."""
    # However slow this machine is:
    monkeypatch.setattr(queues, "BATCH_FILLS_FOR", 3600.0)
    monkeypatch.setattr(flows, "LOOK_IS_FRESH_FOR", 7200.0)
    refs = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(100)]
    assert {outcome.name for outcome in client.many("delete", refs)} == {"deleted"}
    assert sim.tensorslab.count("delete") == 2
    assert sim.tensorslab.count("get") == 100
