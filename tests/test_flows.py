"""The rules of acting, walked without a server: every reply a flow can get, and what it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest
from attrs import frozen

from videotasks import (
    AccountBlocked,
    AnswerLost,
    AuthenticationError,
    BadAnswer,
    Conflict,
    LookTooOld,
    NoCredits,
    NotConnected,
    NotFound,
    Outcome,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    Ref,
    RequestRefused,
    ServerError,
    State,
    Task,
    VideoTasksError,
    WrongBaseURL,
)
from videotasks._providers import PROVIDERS
from videotasks._rules.adapter import Adapter, Verb
from videotasks._rules.flows import (
    LOOK_IS_FRESH_FOR,
    MOST_DELETES,
    MOST_OLD_LOOKS,
    act,
    settle,
)
from videotasks._rules.items import WorkItem
from videotasks._rules.steps import Answer, Backoff, Call, Flow, Step

ADAPTERS: dict[str, Adapter] = {make.name: make("key").adapter for make in PROVIDERS}
TENSORSLAB = ADAPTERS["tensorslab"]

Replied: TypeAlias = Answer[Any] | VideoTasksError

DONE = Answer(None, 0.0, "r-delete")


def seen(state: State, at: float = 100.0, provider: str = "ark") -> Answer[Task]:
    """A look that showed the task in a state."""
    return Answer(Task(ref=Ref(provider, "1"), state=state), at, "r-look")


@frozen
class Walk:
    """What a flow asked for, and what it came to."""

    steps: list[Step]
    outcome: Outcome

    @property
    def asked(self) -> str:
        """L for a look, D for a deletion, p for a pause."""
        letters = {"get": "L", "delete": "D"}
        return "".join(
            letters[step.operation] if isinstance(step, Call) else "p" for step in self.steps
        )


def walk(
    verb: Verb,
    replies: Sequence[Replied],
    *,
    provider: str = "ark",
    **options: Any,
) -> Walk:
    """Drive a flow with these replies to its calls; all must be used up."""
    adapter = ADAPTERS[provider]
    flow: Flow[Outcome] = settle(adapter, WorkItem(ref=Ref(provider, "1"), verb=verb, **options))
    left = list(replies)
    steps: list[Step] = []
    reply: Replied | None = None
    try:
        while True:
            step = flow.send(reply)
            steps.append(step)
            reply = left.pop(0) if isinstance(step, Call) else None
    except StopIteration as stop:
        assert left == []
        return Walk(steps, stop.value)


def lost() -> VideoTasksError:
    return AnswerLost("lost")


CONFLICT, GONE = Conflict("conflict"), NotFound("not found")
TABLE: list[tuple[str, Verb, list[Replied], str, str]] = [
    ("gone before", "delete", [GONE], "gone", "L"),
    ("looked, done", "cancel", [seen("queued"), DONE], "cancelled", "LD"),
    ("looked, done", "delete", [seen("queued"), DONE], "cancelled", "LD"),
    ("looked, done", "delete", [seen("expired"), DONE], "deleted", "LD"),
    ("key refused at the look", "delete", [AuthenticationError("")], "failed", "L"),
    ("key refused", "delete", [seen("failed"), AuthenticationError("")], "failed", "LD"),
    ("refused", "delete", [seen("failed"), RequestRefused(""), seen("failed")], "failed", "LDL"),
    (
        "refused, runs",
        "cancel",
        [seen("queued"), RequestRefused(""), seen("running")],
        "kept",
        "LDL",
    ),
    ("refused, ran", "delete", [seen("queued"), RequestRefused(""), seen("failed")], "kept", "LDL"),
    ("refused, gone", "delete", [seen("failed"), RequestRefused(""), GONE], "gone", "LDL"),
    ("refused, blind", "delete", [seen("failed"), RequestRefused(""), CONFLICT], "failed", "LDL"),
    (
        "lost, refused",
        "delete",
        [seen("failed"), lost(), seen("failed"), RequestRefused(""), seen("failed")],
        "unknown",
        "LDLDL",
    ),
    ("quota at the look", "delete", [QuotaExceeded("")], "failed", "L"),
    ("quota", "delete", [seen("failed"), QuotaExceeded("")], "failed", "LD"),
    ("lost, quota", "delete", [seen("failed"), lost(), QuotaExceeded("")], "unknown", "LDL"),
    ("account", "delete", [seen("failed"), AccountBlocked("")], "failed", "LD"),
    ("no model", "delete", [seen("failed"), PermissionDenied("")], "failed", "LD"),
    ("lost, no model", "delete", [seen("failed"), lost(), PermissionDenied("")], "unknown", "LDL"),
    ("wrong path", "delete", [WrongBaseURL("")], "failed", "L"),
    ("lost, cancelled", "cancel", [seen("queued"), lost(), seen("cancelled")], "cancelled", "LDL"),
    ("lost, gone", "delete", [seen("failed"), lost(), GONE], "deleted", "LDL"),
    ("lost, gone", "cancel", [seen("queued"), lost(), GONE], "unknown", "LDL"),
    ("lost, gone", "delete", [seen("queued"), lost(), GONE], "deleted", "LDL"),
    ("lost, runs", "cancel", [seen("queued"), lost(), seen("running")], "kept", "LDL"),
    ("lost, finished", "cancel", [seen("queued"), lost(), seen("succeeded")], "kept", "LDL"),
    (
        "lost, finished, deleted",
        "delete",
        [seen("queued"), lost(), seen("succeeded"), DONE],
        "deleted",
        "LDLD",
    ),
    (
        "lost, unchanged, done",
        "cancel",
        [seen("queued"), lost(), seen("queued"), DONE],
        "cancelled",
        "LDLD",
    ),
    (
        "lost, unchanged, began to run",
        "cancel",
        [seen("queued"), lost(), seen("queued"), CONFLICT, seen("running")],
        "kept",
        "LDLDL",
    ),
    ("409, runs", "delete", [seen("queued"), CONFLICT, seen("running")], "kept", "LDL"),
    ("409, finished", "delete", [seen("queued"), CONFLICT, seen("succeeded")], "kept", "LDL"),
    ("409, unchanged", "cancel", [seen("queued"), CONFLICT, seen("queued")], "failed", "LDL"),
    ("409, gone", "delete", [seen("queued"), CONFLICT, GONE], "gone", "LDL"),
    (
        "lost, 409, cancelled by the lost one",
        "cancel",
        [seen("queued"), lost(), seen("queued"), CONFLICT, seen("cancelled")],
        "cancelled",
        "LDLDL",
    ),
    (
        "lost, 409, gone by the lost one",
        "delete",
        [seen("failed"), lost(), seen("failed"), CONFLICT, GONE],
        "deleted",
        "LDLDL",
    ),
    ("409, cancelled", "cancel", [seen("queued"), CONFLICT, seen("cancelled")], "cancelled", "LDL"),
    ("409, blind", "cancel", [seen("queued"), CONFLICT, CONFLICT], "failed", "LDL"),
    ("404", "delete", [seen("failed"), GONE, GONE], "gone", "LDL"),
    ("404, cancelled", "cancel", [seen("queued"), GONE, seen("cancelled")], "cancelled", "LDL"),
    ("404, there", "delete", [seen("failed"), GONE, seen("failed")], "failed", "LDL"),
    ("lost, blind", "delete", [seen("failed"), lost(), RequestRefused("")], "unknown", "LDL"),
    (
        "lost, then no connection",
        "delete",
        [seen("failed"), lost(), seen("failed"), *[NotConnected("")] * 4],
        "unknown",
        "LDLDpDpDpD",
    ),
    ("no connection", "delete", [seen("failed"), *[NotConnected("")] * 4], "failed", "LDpDpDpD"),
    (
        "late",
        "cancel",
        [seen("queued"), LookTooOld(""), seen("queued"), DONE],
        "cancelled",
        "LDLD",
    ),
    ("late, runs", "cancel", [seen("queued"), LookTooOld(""), seen("running")], "kept", "LDL"),
]


@pytest.mark.parametrize(
    ("verb", "replies", "outcome", "asked"),
    [pytest.param(*row[1:], id=f"{row[1]}: {row[0]}") for row in TABLE],
)
def test_ark(verb: Verb, replies: list[Replied], outcome: str, asked: str) -> None:
    """Each course of events has its one outcome, and the calls that lead to it."""
    result = walk(verb, replies)
    assert (result.outcome.name, result.asked) == (outcome, asked)


@pytest.mark.parametrize("error", [lost(), ServerError(""), BadAnswer("")])
def test_deletes_are_bounded(error: VideoTasksError) -> None:
    """However often answers are lost, three DELETEs are sent, each after a look of its own."""
    rounds: list[Replied] = [seen("failed"), error]
    result = walk("delete", [*rounds * MOST_DELETES, seen("failed")])
    assert result.asked == "LD" * MOST_DELETES + "L"
    assert result.outcome.name == "unknown"


def test_expired_looks_are_bounded() -> None:
    """A connection on which every look grows old ends in Failed, with nothing sent."""
    rounds: list[Replied] = [seen("failed"), LookTooOld("")]
    result = walk("delete", rounds * (MOST_OLD_LOOKS + 1))
    assert result.outcome.name == "failed"


def test_a_look_is_fresh_for_five_seconds() -> None:
    """A DELETE may be sent until 5 seconds after its look was sent, and every retry too."""
    steps = walk("cancel", [seen("queued", at=7.0), NotConnected(""), RateLimited(""), DONE]).steps
    deletes = [step for step in steps if isinstance(step, Call) and step.operation == "delete"]
    assert [delete.not_after for delete in deletes] == [12.0] * 3
    assert LOOK_IS_FRESH_FOR == 5.0


@pytest.mark.parametrize(
    ("only", "reason"),
    [
        ({"failed", "expired"}, "it is succeeded now, and was to be deleted only if expired or f"),
        ({"unknown"}, "it is succeeded now, and its state was not known when it was chosen"),
        ({"failed", "unknown"}, "it is succeeded now, and was to be deleted only if failed"),
    ],
)
def test_left_the_states_it_was_chosen_in(only: set[State], reason: str) -> None:
    """A task that was chosen in another state is Kept, and the reason says so in fitting words."""
    result = walk("delete", [seen("succeeded")], only=frozenset(only))
    assert (result.outcome.name, result.asked) == ("kept", "L")
    assert reason in str(result.outcome)


def test_looks_have_no_deadline() -> None:
    """A look may be sent at any time."""
    steps = walk("cancel", [seen("running")]).steps
    assert [step.not_after for step in steps if isinstance(step, Call)] == [None]


def test_retry_after_reaches_the_pause() -> None:
    """What the provider asks for is what the pause says."""
    slow = RateLimited("")
    slow.retry_after = 3.5
    steps = walk("delete", [slow, seen("failed"), RateLimited(""), DONE]).steps
    assert [step for step in steps if isinstance(step, Backoff)] == [
        Backoff(1, 3.5),
        Backoff(1, None),
    ]


@pytest.mark.parametrize("turn_in", [7.0, None])
def test_a_late_turn_is_waited_for(turn_in: float | None) -> None:
    """Where a DELETE's turn comes only when its look is too old, the new look waits for that turn;
    where the turn had come, it is made at once."""
    late = LookTooOld("")
    late.retry_after = turn_in
    result = walk("delete", [seen("failed"), late, seen("failed"), DONE])
    pauses = [step for step in result.steps if isinstance(step, Backoff)]
    assert pauses == ([] if turn_in is None else [Backoff(1, turn_in)])
    assert result.outcome.name == "deleted"


@pytest.mark.parametrize(
    ("provider", "state"),
    [
        ("ark", "running"),
        ("ark", "unknown"),
        ("tensorslab", "queued"),
        ("tensorslab", "running"),
        ("tensorslab", "unknown"),
    ],
)
def test_never_deleted_by_default(provider: str, state: State) -> None:
    """No DELETE is sent for a task that runs, is unfinished, or is in a state nobody knows."""
    result = walk("delete", [seen(state, provider=provider)], provider=provider)
    assert (result.outcome.name, result.asked) == ("kept", "L")


def batch(size: int, adapter: Adapter = TENSORSLAB, **options: Any) -> tuple[WorkItem, ...]:
    """Cases that were looked at, ready to be deleted."""
    return tuple(
        WorkItem(
            ref=Ref(adapter.name, str(number)),
            verb="delete",
            task=Task(ref=Ref(adapter.name, str(number)), state="succeeded"),
            seen_at=100.0 + number,
            batch_limit=size,
            **options,
        )
        for number in range(size)
    )


def acted(items: tuple[WorkItem, ...], reply: Replied) -> list[Outcome | WorkItem]:
    """What one reply to one deletion comes to."""
    flow = act(TENSORSLAB, items)
    call = next(flow)
    assert isinstance(call, Call)
    assert call.not_after == 105.0
    with pytest.raises(StopIteration) as stop:
        flow.send(reply)
    results: list[Outcome | WorkItem] = stop.value.value
    return results


def test_batch_done() -> None:
    """A success is each id's own."""
    results = acted(batch(3), DONE)
    assert [result.name for result in results if not isinstance(result, WorkItem)] == [
        "deleted"
    ] * 3


@pytest.mark.parametrize("error", [RequestRefused(""), NotFound(""), Conflict("")])
@pytest.mark.parametrize(("size", "limit"), [(2, 1), (3, 1), (7, 3), (50, 25)])
def test_batch_refused_is_halved(error: VideoTasksError, size: int, limit: int) -> None:
    """A batch that is refused goes again in halves, each id after a new look."""
    results = acted(batch(size), error)
    items = [result for result in results if isinstance(result, WorkItem)]
    assert len(items) == size
    assert {item.batch_limit for item in items} == {limit}
    assert all(item.sent is not None for item in items)


def test_batch_without_credits() -> None:
    """Credits may run out in the midst of a batch, so each id is looked at, and none sent again."""
    results = acted(batch(4), NoCredits(""))
    items = [result for result in results if isinstance(result, WorkItem)]
    assert [item.sent.answer for item in items if item.sent] == ["refused"] * 4


@pytest.mark.parametrize("error", [AuthenticationError(""), QuotaExceeded(""), WrongBaseURL("")])
def test_batch_refused_for_all(error: VideoTasksError) -> None:
    """A refusal that would meet any batch is not tried again in halves."""
    results = acted(batch(4), error)
    assert [result.name for result in results if not isinstance(result, WorkItem)] == ["failed"] * 4


def test_batch_lost() -> None:
    """A batch whose answer was lost is looked at, id by id, and may go again as it was."""
    results = acted(batch(4), lost())
    items = [result for result in results if isinstance(result, WorkItem)]
    assert [(item.batch_limit, item.deletes) for item in items] == [(4, 1)] * 4
