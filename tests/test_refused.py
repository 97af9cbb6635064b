"""What a refusal means: of the task's state, the account, a quota; and what is done about it."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from videotasks import (
    AccountBlocked,
    AuthenticationError,
    BadAnswer,
    Conflict,
    Failed,
    Kept,
    NoCredits,
    NotFound,
    Outcome,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    RequestRefused,
    Unknown,
    VideoTasksError,
)
from videotasks.simulator import Fault, Move, Simulator

from .command import run
from .conftest import Client, Connect

RESET = "You have exceeded the weekly usage quota. It will reset at 2026-10-05 00:00:00 +0800 CST."
RUNS = "InvalidAction.RunningTaskDeletion"


def refused(status: int, code: str) -> Fault:
    return Fault.error(status, {"error": {"code": code, "message": "no"}})


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_a_running_task(client: Client, sim: Simulator, verb: str, status: int) -> None:
    """The code for a running task means the same with any status, and the task is Kept."""
    sim.ark.running_refusal_status = status
    task_id = sim.ark.add("queued", moves=[Move(to="running", after_reads=1)])
    outcome = client.act(verb, f"ark:{task_id}")
    assert isinstance(outcome, Kept)
    assert outcome.state == "running"
    assert "can't do that in the task's present state" in outcome.reason
    assert (sim.ark.count("get"), sim.ark.count("delete")) == (2, 1)


ABOUT_THE_TASK = [
    refused(400, "InvalidParameter"),
    refused(400, "Anything"),
    refused(403, "OperationDenied.InvalidState"),
    refused(404, "NotFound.ID"),
    refused(405, "Anything"),
    refused(409, "Anything"),
    refused(422, RUNS),
]


@pytest.mark.parametrize("fault", ABOUT_THE_TASK, ids=range(len(ABOUT_THE_TASK)))
@pytest.mark.parametrize(
    ("verb", "after"),
    [("cancel", "running"), ("cancel", "succeeded"), ("delete", "failed")],
)
def test_moved_on_and_refused(
    client: Client, sim: Simulator, fault: Fault, verb: str, after: Any
) -> None:
    """After any refusal about the task one more look tells why: one that moved on is Kept."""
    task_id = sim.ark.add("queued", moves=[Move(to=after, after_reads=1)])
    sim.ark.fail("delete", fault)
    outcome = client.act(verb, f"ark:{task_id}")
    assert isinstance(outcome, Kept)
    assert outcome.state == after
    assert (sim.ark.count("get"), sim.ark.count("delete")) == (2, 1)
    assert sim.ark.status(task_id) == after


@pytest.mark.parametrize("fault", ABOUT_THE_TASK, ids=range(len(ABOUT_THE_TASK)))
def test_refused_and_unchanged(client: Client, sim: Simulator, fault: Fault) -> None:
    """A task that is still as it was is Failed with the refusal, and no second DELETE is sent."""
    task_id = sim.ark.add("failed")
    sim.ark.fail("delete", fault, times=9)
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Failed)
    assert outcome.error.status_code == fault.status
    assert (sim.ark.count("get"), sim.ark.count("delete")) == (2, 1)


# provider's status and code; kind; whether nothing else can succeed either
NOT_ABOUT_THE_TASK: list[tuple[int, str, type[VideoTasksError], bool]] = [
    (401, "AuthenticationError", AuthenticationError, True),
    (401, "InvalidAccountStatus", AccountBlocked, True),
    (403, "AccountOverdueError", AccountBlocked, True),
    (403, "OperationDenied.ServiceOverdue", AccountBlocked, True),
    (400, "InvalidSubscription", AccountBlocked, True),
    (403, "AccessDenied", PermissionDenied, False),
    (403, "OperationDenied.ServiceNotOpen", PermissionDenied, False),
    (403, "Anything", AuthenticationError, False),
    (404, "ModelNotOpen", PermissionDenied, False),
    (429, "QuotaExceeded", QuotaExceeded, True),
    (429, "QuotaExceeded.AgentPlanQuotaExceeded", QuotaExceeded, True),
    (429, "AccountQuotaExceeded", QuotaExceeded, True),
    (429, "SetLimitExceeded", QuotaExceeded, True),
]


@pytest.mark.parametrize(("status", "code", "kind", "for_all"), NOT_ABOUT_THE_TASK)
@pytest.mark.parametrize(("operation", "flat"), [("get", False), ("delete", True)])
def test_not_about_the_task(
    client: Client,
    sim: Simulator,
    operation: Any,
    status: int,
    code: str,
    kind: type[VideoTasksError],
    for_all: bool,
    flat: bool,
) -> None:
    """Key, account, model and quota are Failed at once: no second try, no further look."""
    sim.ark.flat_errors = flat
    sim.ark.refusals[operation] = (status, code, RESET)
    task_id = sim.ark.add("failed")
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Failed)
    assert type(outcome.error) is kind
    assert outcome.error.is_for_all is for_all
    assert RESET in str(outcome)
    assert ("refused the key" in str(outcome)) is (kind is AuthenticationError)
    assert ("the account" in str(outcome)) is (kind is AccountBlocked)
    assert (sim.ark.count("get"), sim.ark.count("delete")) == (1, int(operation == "delete"))
    again: Outcome = pickle.loads(pickle.dumps(outcome))  # noqa: S301  # made on this line
    assert isinstance(again, Failed)
    assert type(again.error) is kind
    assert again.error.is_for_all is for_all


def test_not_for_all() -> None:
    """What may be about one task, or pass, does not stand for all others."""
    for kind in (RateLimited, Conflict, NotFound, RequestRefused, NoCredits, BadAnswer):
        assert not kind("", status_code=401).is_for_all


@pytest.mark.parametrize("code", ["QuotaExceeded", "ModelNotOpen", "AccountOverdueError"])
def test_after_a_lost_answer(client: Client, sim: Simulator, code: str) -> None:
    """After a lost DELETE a refusal that is not about the task leaves it Unknown."""
    status = {"QuotaExceeded": 429, "ModelNotOpen": 404, "AccountOverdueError": 403}[code]
    sim.ark.fail("delete", Fault.lost(acted=False))
    sim.ark.fail("get", None, refused(status, code))
    assert isinstance(client.delete(f"ark:{sim.ark.add('failed')}"), Unknown)


@pytest.mark.parametrize(
    "code",
    [
        "RateLimitExceeded.EndpointRPMExceeded",
        "AccountRateLimitExceeded",
        "InflightBatchsizeExceeded",
        "ServerOverloaded",
        "RequestBurstTooFast",
        "Anything",
    ],
)
def test_too_fast_is_tried_again(client: Client, sim: Simulator, code: str) -> None:
    """Any other 429 is about speed, or may be: it is tried again."""
    sim.ark.fail("get", refused(429, code), times=3)
    assert client.delete(f"ark:{sim.ark.add('failed')}").ok
    assert sim.ark.count("get") == 4


@pytest.mark.parametrize(("header", "seconds"), [(None, None), ("3600", 3600.0)])
def test_when_a_quota_comes_back(
    client: Client, sim: Simulator, header: str | None, seconds: float | None
) -> None:
    """A quota's error has what the provider says of its reset, in words and in seconds."""
    body = {"error": {"code": "AccountQuotaExceeded", "message": RESET}}
    sim.ark.fail("get", Fault.error(429, body, retry_after=header))
    with pytest.raises(QuotaExceeded, match="It will reset at 2026-10-05") as caught:
        client.get("ark:x")
    assert caught.value.retry_after == seconds
    assert sim.ark.count("get") == 1


def test_a_quota_does_not_slow_the_pace(connect: Connect, sim: Simulator) -> None:
    """A quota's 429 with a long Retry-After holds nothing up that is asked next."""
    client = connect()
    body = {"error": {"code": "QuotaExceeded", "message": RESET}}
    sim.ark.fail("get", Fault.error(429, body, retry_after="3600"))
    task_id = sim.ark.add("failed")
    assert not client.delete(f"ark:{task_id}").ok
    assert client.delete(f"ark:{task_id}", timeout=20).ok


def test_exit_status(sim: Simulator) -> None:
    """A quota ends the command with 1, an account that can't be used with 4."""
    task_id = sim.ark.add("failed")
    for said, status in (
        ((429, "QuotaExceeded", RESET), 1),
        ((403, "AccountOverdueError", "x"), 4),
    ):
        sim.ark.refusals["get"] = said
        done = run(sim, "delete", "--yes", f"ark:{task_id}")
        assert (done.returncode, said[2] in done.stdout) == (status, True)
