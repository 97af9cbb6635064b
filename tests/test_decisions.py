"""The decision table at the head of the flows, row by row; and providers unlike the two there are.

Walked without a server, with made-up providers: what each reply leads to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar, cast

import pytest
from attrs import evolve

from videotasks import (
    STATES,
    AnswerLost,
    Ark,
    AuthenticationError,
    Cancelled,
    Capabilities,
    Deleted,
    LookTooOld,
    NotConnected,
    NotFound,
    Outcome,
    OutcomeError,
    PermissionDenied,
    QuotaExceeded,
    Ref,
    RequestRefused,
    State,
    Task,
    VideoTasksError,
    WrongBaseURL,
    skip_done,
)
from videotasks._providers import PROVIDERS
from videotasks._rules import flows
from videotasks._rules.adapter import Adapter, Effect, Verb, one_request
from videotasks._rules.flows import act, decide, look, settle
from videotasks._rules.items import WorkItem
from videotasks._rules.queues import ProviderQueue
from videotasks._rules.steps import Answer, Backoff, Call, Endpoint, Flow
from videotasks.simulator import Simulator

from .conftest import Client, Mode
from .test_limits import limiters

R = TypeVar("R")

Reply = Answer[Any] | VideoTasksError
REF: Final = Ref("ark", "1")
AS_ARK: Final[Mapping[Verb, Mapping[State, Effect]]] = {
    "cancel": {"queued": "cancels"},
    "delete": {"queued": "cancels", "succeeded": "deletes", "failed": "deletes"},
}
NOWHERE: Final = cast("Endpoint", None)
VERBS: Final[tuple[Verb, Verb]] = ("cancel", "delete")


def read_nothing(_response: object) -> Any:
    raise AssertionError("no flow reads an answer")


class MadeUp:
    """A provider that is asked nothing; `asked` has the effect and the refs of each removal."""

    def __init__(
        self, effects: Mapping[Verb, Mapping[State, Effect]] = AS_ARK, batch_size: int = 1
    ) -> None:
        self.asked: list[tuple[Effect, tuple[Ref, ...]]] = []
        self.adapter = Adapter(
            name="ark",
            title="Made Up",
            capabilities=Capabilities(cancel=True, list=False, per_task_results=True),
            effects=effects,
            kept={},
            batch_size=batch_size,
            look_call=self._look_call,
            act_call=self._act_call,
        )

    def _look_call(self, ref: Ref) -> Call[Task]:
        return Call(operation="get", endpoint=NOWHERE, arguments={}, read=read_nothing, refs=(ref,))

    def _act_call(
        self, refs: tuple[Ref, ...], effect: Effect, not_after: float
    ) -> Call[Effect | None]:
        self.asked.append((effect, refs))
        return Call(
            operation="delete",
            endpoint=NOWHERE,
            arguments={},
            read=read_nothing,
            refs=refs,
            not_after=not_after,
        )


def walk(flow: Flow[R], *replies: Reply) -> R:
    """What a flow comes to with these replies; the last is given as often as it is asked for."""
    left = list(replies)
    reply: Reply | None = None
    try:
        while True:
            step = flow.send(reply)
            reply = None if isinstance(step, Backoff) else left[0]
            if isinstance(step, Call) and len(left) > 1:
                del left[0]
    except StopIteration as stop:
        result: R = stop.value
        return result


def seen(state: State) -> Answer[Task]:
    return Answer(Task(ref=REF, state=state), 100.0, "r-look")


def done(effect: Effect | None = None) -> Answer[Effect | None]:
    return Answer(effect, 101.0, "r-done")


def ready(verb: Verb, state: State = "queued", **options: Any) -> WorkItem:
    """An item that was looked at and may be acted on."""
    task = Task(ref=REF, state=state)
    return WorkItem(ref=REF, verb=verb, task=task, seen_at=100.0, attempts=1, **options)


def again(acted: list[Outcome | WorkItem]) -> WorkItem:
    [first, *_] = acted
    assert isinstance(first, WorkItem)
    return first


REFUSED, LOST = RequestRefused("no"), AnswerLost("lost")


def tables() -> Iterator[tuple[list[str], list[list[str]]]]:
    """The tables of the flows' docstring: their headings and their rows."""
    for block in re.findall(r"(?:^    .*\|.*\n)+", flows.__doc__ or "", re.M):
        heading, rule, *lines = block.splitlines()
        assert set(rule.strip()) == {"|", "-"}
        yield (
            [cell.strip() for cell in heading.split("|")],
            [[cell.strip() for cell in line.split("|")] for line in lines],
        )


[AFTER_LOOKS, AFTER_ANSWERS] = tables()


def item_after(before: str, verb: Verb) -> WorkItem:
    """An item for which this has been sent, to be looked at next."""
    adapter = MadeUp().adapter
    item = ready(verb)
    if before == "nothing":
        return WorkItem(ref=REF, verb=verb, attempts=1)
    if before == "refused":
        return again(walk(act(adapter, (item,)), REFUSED))
    if before == "batch refused":
        return again(walk(act(adapter, (item, evolve(item, ref=Ref("ark", "2")))), REFUSED))
    if before == "lost":
        return again(walk(act(adapter, (item,)), LOST))
    if before == "lost, refused":
        looked = walk(look(adapter, item_after("lost", verb)), seen("queued"))
        assert isinstance(looked, WorkItem)
        return again(walk(act(adapter, (looked,)), REFUSED))
    effects: dict[str, Effect] = {"done: it cancels": "cancels", "done: it deletes": "deletes"}
    return again(walk(act(adapter, (evolve(item, confirm=True),)), done(effects[before])))


SHOWN: Final[dict[str, Reply]] = {
    "cancelled": seen("cancelled"),
    "acts": seen("queued"),
    "leaves alone": seen("running"),
    "no such task": NotFound("gone"),
    "can't look": REFUSED,
}


@pytest.mark.parametrize("row", AFTER_LOOKS[1], ids=lambda row: row[0])
def test_after_a_look(row: list[str]) -> None:
    """What follows from a look is what the table says, in each row, for each verb."""
    before, *cells = row
    for shown, cell in zip(AFTER_LOOKS[0][1:], cells, strict=True):
        for verb, expected in zip(VERBS, (cell.split("/") * 2)[:2], strict=True):
            result = walk(look(MadeUp().adapter, item_after(before, verb)), SHOWN[shown])
            found = "DELETE" if isinstance(result, WorkItem) else type(result).__name__
            assert found == expected, (before, shown, verb)
            if isinstance(result, Cancelled):
                assert result.already is (not before.startswith(("lost", "done")))


def test_the_table_is_whole() -> None:
    """Each thing that may have been sent has its row, and each thing that a look may show."""
    assert AFTER_LOOKS[0] == ["sent before", *SHOWN]
    assert [row[0] for row in AFTER_LOOKS[1]] == [
        "nothing",
        "refused",
        "batch refused",
        "lost",
        "lost, refused",
        "done: it cancels",
        "done: it deletes",
    ]
    assert [row[0] for row in AFTER_ANSWERS[1]] == list(ANSWERS)


ANSWERS: Final[dict[str, list[Reply]]] = {
    "done, names nothing": [done()],
    "done, cancels": [done("cancels")],
    "done, deletes": [done("deletes")],
    "refuses the task": [REFUSED],
    "refuses the batch": [REFUSED],
    "refuses the key, quota or path": [
        AuthenticationError(""),
        PermissionDenied(""),
        QuotaExceeded(""),
        WrongBaseURL(""),
    ],
    "lost": [LOST],
    "not sent": [NotConnected("")],
    "not sent, the look grew too old": [LookTooOld("")],
}


@pytest.mark.parametrize(("answer", "then"), AFTER_ANSWERS[1], ids=lambda cell: cell)
@pytest.mark.parametrize(
    ("verb", "state", "foreseen"),
    [
        ("cancel", "queued", "Cancelled"),
        ("delete", "queued", "Cancelled"),
        ("delete", "succeeded", "Deleted"),
    ],
)
def test_after_an_answer(answer: str, then: str, verb: Verb, state: State, foreseen: str) -> None:
    """What follows from an answer is what the table says, in each row, whatever was foreseen."""
    adapter = MadeUp().adapter
    item = ready(verb, state)
    items = (item, item) if answer == "refuses the batch" else (item,)
    expected = then.replace("what was foreseen", foreseen)
    for reply in ANSWERS[answer]:
        for result in walk(act(adapter, items), reply):
            if isinstance(result, WorkItem):
                sent = f": {result.sent.answer}" if result.sent else ""
                assert f"look{sent}" == expected
            else:
                assert type(result).__name__ == expected


# What an answer names goes before what was foreseen


@pytest.mark.parametrize("confirm", [False, True])
def test_a_cancel_that_deleted(confirm: bool) -> None:
    """A cancel whose answer says that it deleted is told as that, and is not ok."""
    item = WorkItem(ref=REF, verb="cancel", confirm=confirm)
    replies: list[Reply] = [seen("queued"), done("deletes"), NotFound("only asked to confirm")]
    outcome = walk(settle(MadeUp().adapter, item), *replies)
    assert isinstance(outcome, Deleted)
    assert (outcome.by_cancel, outcome.ok) == (True, False)
    assert "came too late" in str(outcome)
    assert (outcome.to_dict()["outcome"], outcome.to_dict()["ok"]) == ("deleted", False)
    assert list(skip_done(["ark:1"], [outcome])) == []


@pytest.mark.parametrize("confirm", [False, True])
def test_a_cancel_that_deleted_what_is_still_there(confirm: bool) -> None:
    """Where a look was asked for and still shows what an answer calls deleted, nobody knows."""
    item = WorkItem(ref=REF, verb="cancel", confirm=confirm)
    outcome = walk(settle(MadeUp().adapter, item), seen("queued"), done("deletes"), seen("queued"))
    assert outcome.name == ("unknown" if confirm else "deleted")


@pytest.mark.parametrize(
    ("state", "named", "kind"),
    [
        ("queued", "deletes", Deleted),
        ("succeeded", "cancels", Cancelled),
        ("queued", None, Cancelled),
        ("succeeded", None, Deleted),
    ],
)
def test_a_deletion_says_what_was_done(
    state: State, named: Effect | None, kind: type[Outcome]
) -> None:
    """A deletion is told as its answer names it, else as was foreseen; both are ok."""
    item = WorkItem(ref=REF, verb="delete")
    outcome = walk(settle(MadeUp().adapter, item), seen(state), done(named))
    assert type(outcome) is kind
    assert outcome.ok


class Naming(Ark):
    """An Ark whose answers to DELETE name what was done."""

    named: Effect = "deletes"

    @property
    def adapter(self) -> Adapter:
        known = super().adapter

        def act_call(
            refs: tuple[Ref, ...], effect: Effect, not_after: float
        ) -> Call[Effect | None]:
            return evolve(known.act_call(refs, effect, not_after), read=self._read)

        return evolve(known, act_call=act_call)

    def _read(self, _response: object) -> Effect:
        return self.named


@pytest.mark.parametrize("many", [False, True])
def test_named_by_a_real_answer(sim: Simulator, mode: Mode, many: bool) -> None:
    """What an answer names comes through every client, alone and in bulk."""
    client = Client(mode, Naming(sim.api_key, base_url=sim.ark_url, limits=None))
    ref = f"ark:{sim.ark.add('queued')}"
    outcome = client.many("cancel", [ref])[0] if many else client.cancel(ref)
    client.close()
    assert isinstance(outcome, Deleted)
    assert (outcome.by_cancel, outcome.ok) == (True, False)
    with pytest.raises(OutcomeError, match="was deleted by its cancel"):
        outcome.raise_for_outcome()


# Effects are by verb


ONE_BY_ONE: Final[Mapping[Verb, Mapping[State, Effect]]] = {
    "cancel": {"queued": "cancels", "running": "cancels"},
    "delete": {"succeeded": "deletes", "queued": "deletes"},
}
"""A provider with an endpoint for each verb: it cancels running tasks, and deletes queued ones."""


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_each_verb_has_its_states(verb: Verb, state: State) -> None:
    """A verb acts in the states of its own, and asks for the effect that its table has there."""
    made_up = MadeUp(ONE_BY_ONE)
    effect = ONE_BY_ONE[verb].get(state)
    outcome = walk(settle(made_up.adapter, WorkItem(ref=REF, verb=verb)), seen(state), done())
    assert made_up.asked == ([] if effect is None else [(effect, (REF,))])
    named = {"cancels": "cancelled", "deletes": "deleted", None: "kept"}[effect]
    assert outcome.name == ("cancelled" if state == "cancelled" else named)
    foreseen = decide(made_up.adapter, verb, Task(ref=REF, state=state))
    assert foreseen == effect if effect else not isinstance(foreseen, str)


def test_no_cancel_deletes() -> None:
    """A provider whose table has a cancel that deletes can't be made at all."""
    with pytest.raises(ValueError, match="a cancel never deletes"):
        MadeUp({"cancel": {"queued": "cancels", "failed": "deletes"}, "delete": {}})


def test_no_cancel_reaches_a_running_task_that_it_would_delete() -> None:
    """Where the request that cancels is the one that deletes, a cancel can't be for running tasks:
    such a provider can't be made, and its table alone gives no such cancel."""
    deletions: dict[State, Effect] = {"queued": "cancels", "running": "cancels"}
    with pytest.raises(ValueError, match="a task that is running may end before a cancel reaches"):
        MadeUp({"cancel": deletions, "delete": {**deletions, "succeeded": "deletes"}})
    assert one_request(deletions) == {"cancel": {"queued": "cancels"}, "delete": deletions}


def test_what_is_kept_has_a_true_reason() -> None:
    """A state that is known is not told to be unknown where no words were written for it."""
    decided = decide(
        MadeUp({"cancel": {}, "delete": {}}).adapter, "delete", Task(ref=REF, state="expired")
    )
    assert "it is expired, and Made Up is not known to delete such a task" in str(decided)


def test_a_batch_has_one_effect() -> None:
    """Items that are to be cancelled, and those to be deleted, go in batches of their own."""
    queue = ProviderQueue(MadeUp(batch_size=4).adapter, limiters(None))
    for number, state in enumerate(("queued", "succeeded", "queued", "failed", "succeeded")):
        queue.put_ready(
            evolve(
                ready("delete", cast("State", state), batch_limit=4), ref=Ref("ark", f"{number}")
            )
        )
    batches: list[str] = []
    while batch := queue.next_batch(100.0, more_to_come=False):
        queue.begin("act", batch, 100.0)
        batches.append("".join(item.ref.id for item in batch))
    assert batches == ["02", "134"]


def test_a_batch_holds_no_more_than_it_may() -> None:
    """However many items are ready, a batch is no larger than its limit, and none is left out."""
    queue = ProviderQueue(MadeUp(batch_size=2).adapter, limiters(None))
    for number in range(5):
        item = ready("delete", "succeeded", batch_limit=2)
        queue.put_ready(evolve(item, ref=Ref("ark", f"{number}")))
    sizes: list[int] = []
    while batch := queue.next_batch(100.0, more_to_come=False):
        queue.begin("act", batch, 100.0)
        sizes.append(len(batch))
    assert sizes == [2, 2, 1]


# The providers' own tables


@pytest.mark.parametrize("make", PROVIDERS, ids=lambda make: make.name)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_providers(make: Any, state: State, verb: Verb) -> None:
    """On each provider a verb does in each state what its table says; a running task or one in a
    state nobody knows is left alone, and what is kept has a reason."""
    adapter: Adapter = make("key").adapter
    effect = adapter.effects[verb].get(state)
    decided = decide(adapter, verb, Task(ref=Ref(make.name, "1"), state=state, raw_state="odd"))
    if effect is not None:
        assert decided == effect
        assert state not in {"running", "cancelled", "unknown"}
        assert verb == "delete" or effect == "cancels"
    elif state == "cancelled":
        assert isinstance(decided, Cancelled)
        assert decided.already
    elif adapter.effects[verb]:
        assert isinstance(decided, Outcome)
        assert decided.name == "kept"
        words = str(decided)
        assert ("is not known here" in words) is (state == "unknown")
    assert adapter.capabilities.cancel is bool(adapter.effects["cancel"])
    assert adapter.name == make.name
    assert adapter.capabilities.list is (adapter.lists is not None)
