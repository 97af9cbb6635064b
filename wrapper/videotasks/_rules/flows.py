"""The rules of acting, each written once: look, then act, then say only what the server showed.

Owns: when a DELETE may be sent, when something may be tried again, and which outcome follows from
what was seen. Refuses network, clock and await: a flow is a generator that yields calls and pauses,
and receives the replies (`_rules.steps`), so that tests can run every path without a server.

`look` turns an item into an outcome, or into one that is ready for a DELETE. `act` sends a DELETE,
and turns each item into an outcome, or into one that needs a new look. `settle` repeats both.

What follows from a look; of two outcomes, the first is for cancel. In which states a verb acts is
in the provider's table (`Adapter.effects`). A test reads this table.

    sent before        | cancelled | acts    | leaves alone | no such task    | can't look
    -------------------|-----------|---------|--------------|-----------------|-----------
    nothing            | Cancelled | DELETE  | Kept         | Gone            | Failed
    refused            | Cancelled | Failed  | Kept         | Gone            | Failed
    batch refused      | Cancelled | DELETE  | Kept         | Unknown/Deleted | Unknown
    lost               | Cancelled | DELETE  | Kept         | Unknown/Deleted | Unknown
    lost, refused      | Cancelled | Unknown | Kept         | Unknown/Deleted | Unknown
    done: it cancels   | Cancelled | Unknown | Unknown      | Unknown/Deleted | Unknown
    done: it deletes   | Unknown   | Unknown | Unknown      | Deleted         | Unknown

A task that was refused, not lost before, and is now in another state in which the verb acts, is
Kept. After three lost answers it is Unknown instead of DELETE. Cancelled has `already`, unless an
answer was lost or said "done". After "done" there are looks only with `confirm`: up to four.

What follows from the answer to a DELETE; "look:" names the row above that applies to the next look:

    answer                             | then
    -----------------------------------|--------------------
    done, names nothing                | what was foreseen
    done, cancels                      | Cancelled
    done, deletes                      | Deleted
    refuses the task                   | look: refused
    refuses the batch                  | look: batch refused
    refuses the key, quota or path     | Failed
    lost                               | look: lost
    not sent                           | Failed
    not sent, the look grew too old    | look
"""

from __future__ import annotations

from typing import Final, Literal

from attrs import evolve

from .._model.errors import (
    AuthenticationError,
    LookTooOld,
    NoAnswer,
    NoCredits,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    Refused,
    Unconfirmed,
    VideoTasksError,
    WrongBaseURL,
)
from .._model.outcomes import Outcome
from .._model.task import Ref, State, Task
from .adapter import Adapter, Effect, Verb
from .items import Sent, WorkItem
from .steps import Answer, Backoff, Flow, request

LOOK_IS_FRESH_FOR: Final = 5.0
"""Seconds from sending a look to the last moment at which it may be acted on. A running task is not
deleted, so a cancel could destroy a video only if a queued task ran and finished within this time,
or if the request was delayed on its way."""

MOST_DELETES: Final = 3
"""DELETEs sent for one task when answers are lost; before each there is a new look."""
MOST_OLD_LOOKS: Final = 8
"""Looks at one task that may grow too old to act on."""
MOST_CONFIRMING: Final = 4
"""Looks to confirm; a provider may take a moment to show what it did."""

_NOT_ABOUT_THE_TASKS: Final = (
    AuthenticationError,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    WrongBaseURL,
)
"""Refusals of the request itself: nothing was done; no look and no smaller batch would help."""

_KEPT_BY_CANCEL: Final[dict[State, str]] = {
    "running": "it is running, and a running task can't be cancelled",
    "succeeded": "it has finished; cancelling never deletes, so its video is kept",
    "failed": "it has failed; cancelling never deletes, so its record is kept",
    "expired": "it has expired; cancelling never deletes, so its record is kept",
}


def get(adapter: Adapter, ref: Ref, attempts: int) -> Flow[Task]:
    """Look at a task. Raises the error if that fails."""
    reply = yield from request(adapter.look_call(ref), attempts)
    if isinstance(reply, Answer):
        return reply.value
    raise reply


def decide(adapter: Adapter, verb: Verb, task: Task) -> Effect | Outcome:
    """What would be done to a task as it was seen: the effect, or the outcome if nothing is."""
    decision = _found(adapter, WorkItem(ref=task.ref, verb=verb, task=task))
    return _effect(adapter, decision) if isinstance(decision, WorkItem) else decision


def settle(adapter: Adapter, item: WorkItem) -> Flow[Outcome]:
    """Look and act until the item has its outcome."""
    while True:
        looked = yield from look(adapter, item)
        if not isinstance(looked, WorkItem):
            return looked
        [acted] = yield from act(adapter, (looked,))
        if not isinstance(acted, WorkItem):
            return acted
        item = acted


def look(adapter: Adapter, item: WorkItem) -> Flow[Outcome | WorkItem]:
    """Look at an item's task: its outcome, or the item ready to be acted on."""
    for confirming in range(1, MOST_CONFIRMING + 1):
        reply = yield from request(adapter.look_call(item.ref), item.attempts)
        if isinstance(reply, NotFound):
            return _absent(adapter, evolve(item, request_id=reply.request_id))
        if not isinstance(reply, Answer):
            return unseen(adapter, item, reply)
        item = evolve(item, task=reply.value, seen_at=reply.sent_at, request_id=reply.request_id)
        if item.sent is None or item.sent.answer != "done":
            return _found(adapter, item)
        if item.sent.effect == "cancels" and item.state == "cancelled":
            return item.cancelled()
        if confirming < MOST_CONFIRMING:
            yield Backoff(confirming)
    still = f"{MOST_CONFIRMING} looks afterwards still showed it as {item.state}; look again later"
    return item.unknown(_unconfirmed(adapter, item, still))


def act(adapter: Adapter, items: tuple[WorkItem, ...]) -> Flow[list[Outcome | WorkItem]]:
    """Send one DELETE for items that are ready, of one effect: for each its outcome, or the item to
    look at."""
    refs = tuple(item.ref for item in items)
    not_after = min(item.seen_at for item in items) + LOOK_IS_FRESH_FOR
    lost = {item.ref: item.lost for item in items if item.lost is not None}
    call = evolve(adapter.act_call(refs, _effect(adapter, items[0]), not_after), sent_before=lost)
    reply = yield from request(call, items[0].attempts)
    if isinstance(reply, Answer):
        return [
            _done(adapter, evolve(item, request_id=reply.request_id), reply.value) for item in items
        ]
    if isinstance(reply, LookTooOld) and reply.retry_after is not None:
        # The rate limit allows a DELETE only after this look is too old: wait, then look again.
        yield Backoff(1, reply.retry_after)
    return [_not_done(adapter, item, reply, batch=len(items)) for item in items]


def unseen(adapter: Adapter, item: WorkItem, error: VideoTasksError) -> Outcome:
    """What follows when the task could not be looked at."""
    if item.sent is None:
        return item.failed(error)
    if item.sent.answer == "refused" and adapter.capabilities.per_task_results:
        return item.failed(item.sent.refusal)
    return item.unknown(item.sent.error or error)


def _found(adapter: Adapter, item: WorkItem) -> Outcome | WorkItem:
    """What follows from a look that found the task; not after "done"."""
    state = item.state
    acts = state in adapter.effects[item.verb]
    if state == "cancelled":
        return item.cancelled(already=item.lost is None)
    if item.only is not None and state not in item.only:
        return item.kept(item.reason_not_wanted)
    if item.sent is not None and item.sent.answer == "refused":
        if acts and (state == item.sent.state or item.lost is not None):
            return item.failed(item.sent.refusal)
        return item.kept(f"the provider refused ({item.sent.refusal}); it is {state} now")
    if not acts:
        return item.kept(_why_kept(adapter, item))
    if item.lost is not None and item.deletes >= MOST_DELETES:
        return item.unknown(item.lost)
    return item


def _absent(adapter: Adapter, item: WorkItem) -> Outcome:
    """What follows when the provider doesn't know the task."""
    sent = item.sent
    if sent is None or (sent.answer == "refused" and item.lost is None):
        return item.gone()
    if item.verb == "delete" or (sent.answer, sent.effect) == ("done", "deletes"):
        # For a delete it does not matter which of two deletions removed it.
        return item.deleted()
    # Cancelling a queued task keeps its record. Either ours came too late and deleted a finished
    # task, or somebody else deleted it: nobody can tell which.
    but = "a look afterwards found no record of it; it may have finished just before"
    return item.unknown(item.lost or sent.error or _unconfirmed(adapter, item, but))


def _done(adapter: Adapter, item: WorkItem, named: Effect | None) -> Outcome | WorkItem:
    """What follows when the provider says that it was done; an effect that it names counts more
    than the expected one."""
    effect = named or _effect(adapter, item)
    if item.confirm:
        return evolve(item, sent=Sent(state=item.state, effect=effect, answer="done"))
    return item.cancelled() if effect == "cancels" else item.deleted()


def _not_done(
    adapter: Adapter, item: WorkItem, error: VideoTasksError, batch: int
) -> Outcome | WorkItem:
    """What follows when the provider does not say that it was done."""
    late = isinstance(error, LookTooOld)
    item = evolve(item, request_id=error.request_id, late=late)

    def sent(answer: Literal["refused", "batch refused", "lost"]) -> Sent:
        return Sent(state=item.state, effect=_effect(adapter, item), answer=answer, error=error)

    if late and item.old_looks < MOST_OLD_LOOKS:
        return evolve(item, old_looks=item.old_looks + 1)
    if isinstance(error, NoAnswer):
        return evolve(item, sent=sent("lost"), lost=error, deletes=item.deletes + 1)
    if not isinstance(error, Refused) or isinstance(error, _NOT_ABOUT_THE_TASKS):
        return item.failed(error)
    # The next look shows why it was refused: the state may have changed since the last one.
    if batch > 1 and not isinstance(error, NoCredits):
        return evolve(item, sent=sent("batch refused"), batch_limit=batch // 2)
    return evolve(item, sent=sent("refused"))


def _effect(adapter: Adapter, item: WorkItem) -> Effect:
    """What acting on an item that is ready is to do."""
    return adapter.effects[item.verb][item.state]


def _why_kept(adapter: Adapter, item: WorkItem) -> str:
    reasons = _KEPT_BY_CANCEL if item.verb == "cancel" else adapter.kept
    other = f"it is {item.state}, and {adapter.title} is not known to {item.verb} such a task"
    return item.reason_not_known if item.state == "unknown" else reasons.get(item.state, other)


def _unconfirmed(adapter: Adapter, item: WorkItem, but: str) -> Unconfirmed:
    return Unconfirmed(
        f"{adapter.title} said it was done, but {but}",
        provider=adapter.name,
        ref=item.ref,
        request_id=item.request_id,
    )
