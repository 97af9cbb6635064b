"""What TensorsLab must say before it is believed: whose task, in which state, and all done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from videotasks import BadAnswer, Deleted, Failed, Kept, NoCredits, RequestRefused, Unknown
from videotasks.simulator import Fault, Simulator

from .conftest import Client, Connect
from .test_http import ONCE

NOT_THIS_TASK: list[dict[str, object]] = [
    {},
    {"task_status": 3},
    {"taskid": None, "task_status": 3},
    {"taskid": 999, "task_status": 3},
    {"taskid": ["x"], "task_status": 3},
    {"taskid": "", "task_status": 3},
    {"taskid": "y", "task_status": 3},
    {"taskid": "X", "task_status": 3},
    {"taskid": " x", "task_status": 3},
    {"task_id": "x", "task_status": 3},
    {"taskId": "x", "task_status": 3},
    {"status": "Success"},
]
NO_STATE: list[dict[str, object]] = [
    {"taskid": "x"},
    {"taskid": "x", "task_status": None},
    {"taskid": "x", "task_status": True},
    {"taskid": "x", "task_status": False},
    {"taskid": "x", "task_status": ""},
    {"taskid": "x", "task_status": 3.0},
    {"taskid": "x", "task_status": [3]},
    {"taskid": "x", "task_status": {"code": 3}},
    {"taskid": "x", "status": 3},
]


@pytest.mark.parametrize("data", NOT_THIS_TASK + NO_STATE, ids=json.dumps)
def test_a_look_that_shows_no_task(connect: Connect, sim: Simulator, data: object) -> None:
    """A look must show the very id that was asked for and a state, or nothing follows from it."""
    client = connect(retry=ONCE, tensorslab={"delete_unfinished": True})
    sim.tensorslab.add("completed", task_id="x")
    fault = Fault.says({"code": 1000, "msg": "success", "data": data}, acted=False)
    sim.tensorslab.fail("get", fault, times=3)
    with pytest.raises(BadAnswer):
        client.get("tensorslab:x")
    for outcome in (client.delete("tensorslab:x"), *client.many("delete", ["tensorslab:x"])):
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, BadAnswer)
    assert sim.tensorslab.count("delete") == 0


@pytest.mark.parametrize("data", [NOT_THIS_TASK[1], *NO_STATE[:3]], ids=json.dumps)
def test_after_a_lost_answer(connect: Connect, sim: Simulator, data: object) -> None:
    """Nor does such a look say, after a lost answer, that the task is still there, or is not."""
    sim.tensorslab.add("completed", task_id="x")
    sim.tensorslab.fail("delete", Fault.lost(acted=False))
    fault = Fault.says({"code": 1000, "msg": "success", "data": data}, acted=False)
    sim.tensorslab.fail("get", None, fault)
    assert isinstance(connect(retry=ONCE).delete("tensorslab:x"), Unknown)
    assert sim.tensorslab.count("delete") == 1


def test_a_number_that_nobody_knows(client: Client, sim: Simulator) -> None:
    """A number or word without a meaning here is shown as it came, and the task is left alone."""
    for raw in (6, "paused"):
        outcome = client.delete(f"tensorslab:{sim.tensorslab.add('completed', task_status=raw)}")
        assert isinstance(outcome, Kept)
        assert outcome.task is not None
        assert (outcome.state, outcome.task.raw_state) == ("unknown", raw)


def success(data: dict[str, object], **more: object) -> Any:
    """A success, with more beside it, about the task x."""
    return {"code": 1000, "msg": "success", "data": {"status": "Success", **data}, **more}


DOUBTFUL: list[object] = [
    success({"failed": ["x"]}),
    success({"failed": {"x": "is running"}}),
    success({"failed": 1}),
    success({"failed": "x"}),
    success({"failedTaskIds": ["x"], "successCount": 0}),
    success({"failed_ids": ["x"]}),
    success({"failCount": 1}),
    success({"errors": [{"taskid": "x"}]}),
    success({"errorMsg": "x is running"}),
    success({"skipped": ["x"]}),
    success({"invalidIds": ["x"]}),
    success({"notFound": ["x"]}),
    success({"successCount": 0}),
    success({"success_count": "0"}),
    success({"deleted": 0}),
    success({"deleted": []}),
    success({"deleted": False}),
    success({"deletedIds": ["y"]}),
    success({"total": 5}),
    success({"taskids": ["y"]}),
    success({"results": [{"taskid": "x", "ok": False}]}),
    success({"results": {"x": "Failed"}}),
    success({"details": {"x": "is running"}}),
    success({"code": 9999}),
    success({}, success=False),
    success({}, failed=["x"]),
    success({}, status="Failed"),
    success({}, errors={"x": 1}),
]


@pytest.mark.parametrize("body", DOUBTFUL, ids=json.dumps)
def test_a_success_that_names_failures(client: Client, sim: Simulator, body: object) -> None:
    """A success with anything beside it that may say otherwise is settled by looking."""
    sim.tensorslab.add("completed", task_id="x")
    sim.tensorslab.fail("delete", Fault.says(body, acted=False), times=3)
    outcome = client.delete("tensorslab:x")
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.cause, BadAnswer)
    assert sim.tensorslab.status("x") == "completed"
    sim.tensorslab.fail("delete", Fault.says(body, acted=True))
    assert isinstance(client.delete("tensorslab:x"), Deleted)
    assert sim.tensorslab.count("get") == 6


PLAIN: list[object] = [
    success({}),
    success({}, requestId="r-1", trace_id="t-1", timestamp=1743414619, cost=0.5, cached=False),
    success({"taskids": ["x"], "successCount": 1, "failedCount": 0, "failed": []}),
    success({"failed": None, "deleted": 1, "errors": {}, "error": "", "message": "done"}),
    success({"deletedIds": ["x"], "results": None, "warnings": [], "total": "1"}),
    success({"code": 1000}, success=True, status="success"),
]


@pytest.mark.parametrize("body", PLAIN, ids=json.dumps)
def test_a_success_that_is_one(client: Client, sim: Simulator, body: object) -> None:
    """What says nothing of failures, such as an id of the request, costs no second look."""
    sim.tensorslab.add("completed", task_id="x")
    sim.tensorslab.fail("delete", Fault.says(body, acted=True))
    assert isinstance(client.delete("tensorslab:x"), Deleted)
    assert sim.tensorslab.count("get") == 1


def test_a_batch_that_names_failures(client: Client, sim: Simulator) -> None:
    """Of a batch that was deleted in part, with success and the ids that were not, all are true."""
    sim.tensorslab.failure, sim.tensorslab.batch = "named", "partial"
    ids = [sim.tensorslab.add("completed") for _ in range(6)]
    sim.tensorslab.refuse(ids[2])
    outcomes = client.many("delete", [f"tensorslab:{task_id}" for task_id in ids])
    names = {outcome.ref.id: outcome.name for outcome in outcomes}
    assert names == {**dict.fromkeys(ids, "deleted"), ids[2]: "unknown"}
    assert sim.tensorslab.ids() == (ids[2],)


@pytest.mark.parametrize("operation", ["get", "delete"])
@pytest.mark.parametrize(("code", "kind"), [(9999, RequestRefused), (9000, NoCredits)])
def test_codes_are_plain(
    client: Client, sim: Simulator, operation: Any, code: int, kind: type[Exception]
) -> None:
    """An error's code is a plain number, in the error and in its record: no generated enum."""
    ref = f"tensorslab:{sim.tensorslab.add('completed')}"
    # A look is made once more where the first such answer may be about the form of the key.
    no = Fault.says({"code": code, "msg": "no"}, acted=False)
    sim.tensorslab.fail(operation, no, times=2 if operation == "get" else 1)
    outcome = client.delete(ref)
    assert isinstance(outcome, Failed)
    assert type(outcome.error) is kind
    assert type(outcome.error.code) is int
    record: Any = outcome.to_dict()["error"]
    assert (type(record["code"]), record["code"]) == (int, code)
