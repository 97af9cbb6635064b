"""The rules of acting, each written once: look, then act, then say only what the server showed.

Owns: when a DELETE may be sent, when something may be tried again, and which outcome follows from
what was seen. Refuses network, clock and await: a flow is a generator that yields calls and
pauses, and is sent the replies (`_rules.steps`), so that every path can be walked without a server.

A task on its way is a `WorkItem`. `look` turns an item into an outcome, or into an item that is
ready to be acted on; `act` turns ready items into outcomes, or into items that need another look.
`settle` goes round until there is an outcome. Every loop is bounded by the counters in the item.
"""

from __future__ import annotations

from typing import Final, Literal

from attrs import evolve, frozen

from .._model.errors import (
    AuthenticationError,
    LookExpired,
    NoAnswer,
    NoCredits,
    NotConnected,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    Refused,
    Unconfirmed,
    VideoTasksError,
    WrongBaseURL,
)
from .._model.outcomes import Cancelled, Deleted, Failed, Gone, Kept, Outcome, Unknown
from .._model.task import Ref, State, Task
from .adapter import Adapter, Effect, Verb
from .steps import Answer, Backoff, Call, Flow, T, ask

LOOK_IS_FRESH_FOR: Final = 5.0
"""Seconds from sending a look to the last moment at which it may be acted on. Ark refuses to delete
a running task, so that a cancel could only destroy a video if a queued task ran and finished within
that, or the request were held up on its way."""

MOST_DELETES: Final = 3
"""DELETEs sent for one task when answers get lost; before each there is a new look."""
MOST_EXPIRED: Final = 8
"""Looks at one task that may grow too old to act on."""
MOST_CONFIRMING: Final = 4
"""Looks to confirm; a provider may take a moment to show what it did."""

_NOTHING_DONE: Final = (NotConnected, RateLimited)
"""Errors that surely mean that nothing was done: anything may be sent again; a DELETE with the same
look, as long as that is fresh."""
_NOT_ABOUT_THE_TASKS: Final = (
    AuthenticationError,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    WrongBaseURL,
)
"""Refusals of the request as such: nothing was done, and a look or halving a batch is no use."""

_EFFECTS_WANTED: Final[dict[Verb, frozenset[Effect]]] = {
    "cancel": frozenset({"cancels"}),
    "delete": frozenset({"cancels", "deletes"}),
}
_KEPT_BY_CANCEL: Final[dict[State, str]] = {
    "running": "it runs already, and a running task can't be cancelled",
    "succeeded": "it has finished; cancelling never deletes, its video is still there",
    "failed": "it has failed by itself; cancelling never deletes",
    "expired": "it has expired by itself; cancelling never deletes",
}


@frozen(kw_only=True)
class Sent:
    """The last DELETE sent for an item: in which state, what it was to do, how it was answered."""

    state: State
    effect: Effect
    answer: Literal["done", "refused", "batch refused", "lost"]
    error: VideoTasksError | None = None

    @property
    def why(self) -> VideoTasksError:
        """The error of an answer that was not "done"."""
        assert self.error is not None  # noqa: S101  # only "done" comes without one
        return self.error


@frozen(kw_only=True)
class WorkItem:
    """A task on its way to its outcome: what is wanted, what was seen, what was sent.

    `batch_limit` is the largest batch it may go in, `lost` the last lost answer to a DELETE, `late`
    says that its last look grew too old to act on, `only` is
    the states it may be acted on in, None for all, and `request_id` is that of the last answer.
    """

    ref: Ref
    verb: Verb
    confirm: bool = False
    missing_ok: bool = False
    attempts: int = 4
    batch_limit: int = 1
    task: Task | None = None
    seen_at: float = 0.0
    sent: Sent | None = None
    lost: VideoTasksError | None = None
    deletes: int = 0
    expired: int = 0
    only: frozenset[State] | None = None
    late: bool = False
    request_id: str | None = None


def get(adapter: Adapter, ref: Ref, attempts: int) -> Flow[Task]:
    """Look at a task; raise what stood in the way."""
    reply = yield from asked(adapter.look(ref), attempts)
    if isinstance(reply, Answer):
        return reply.value
    raise reply


def foresee(adapter: Adapter, verb: Verb, task: Task) -> Effect | Outcome:
    """What would be done to a task as it was seen: the effect, or the outcome without acting."""
    decision = _decide(adapter, WorkItem(ref=task.ref, verb=verb), task)
    return adapter.effects[task.state] if isinstance(decision, WorkItem) else decision


def settle(adapter: Adapter, item: WorkItem) -> Flow[Outcome]:
    """Take one item to its outcome."""
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
        reply = yield from asked(adapter.look(item.ref), item.attempts)
        if isinstance(reply, NotFound):
            return _absent(adapter, evolve(item, request_id=reply.request_id))
        if not isinstance(reply, Answer):
            return unseen(adapter, item, reply)
        item = evolve(item, task=reply.value, seen_at=reply.sent_at, request_id=reply.request_id)
        if item.sent is None or item.sent.answer != "done":
            return _decide(adapter, item, reply.value)
        if item.sent.effect == "cancels" and reply.value.state == "cancelled":
            return Cancelled(ref=item.ref, task=item.task, request_id=item.request_id)
        if confirming < MOST_CONFIRMING:
            yield Backoff(confirming)
    state = item.task.state if item.task else "nothing"
    still = f"{MOST_CONFIRMING} looks afterwards still showed it as {state}; look again later"
    return _unknown(item, _unconfirmed(adapter, item, still))


def act(adapter: Adapter, items: tuple[WorkItem, ...]) -> Flow[list[Outcome | WorkItem]]:
    """Send one DELETE for items that are ready: for each its outcome, or the item to look at."""
    refs = tuple(item.ref for item in items)
    not_after = min(item.seen_at for item in items) + LOOK_IS_FRESH_FOR
    reply = yield from asked(adapter.remove(refs, not_after), items[0].attempts)
    if isinstance(reply, Answer):
        return [_done(adapter, evolve(item, request_id=reply.request_id)) for item in items]
    if isinstance(reply, LookExpired) and reply.retry_after is not None:
        # The turn to act is farther off than a look lasts: look again only when it is near.
        yield Backoff(1, reply.retry_after)
    return [_not_done(adapter, item, reply, batch=len(items)) for item in items]


def asked(call: Call[T], attempts: int) -> Flow[Answer[T] | VideoTasksError]:
    """Ask, and ask again what may be asked again: what never arrived, and reads."""
    again = _NOTHING_DONE if call.operation == "delete" else (*_NOTHING_DONE, NoAnswer)
    attempt = 1
    while True:
        reply = yield from ask(call)
        if not isinstance(reply, again) or attempt >= attempts:
            return reply
        yield Backoff(attempt, reply.retry_after if isinstance(reply, RateLimited) else None)
        attempt += 1


def _decide(adapter: Adapter, item: WorkItem, task: Task) -> Outcome | WorkItem:
    """What follows from a look that found the task."""
    if task.state == "cancelled":
        ours = item.lost is not None
        return Cancelled(ref=item.ref, task=task, request_id=item.request_id, already=not ours)
    acts = adapter.effects.get(task.state) in _EFFECTS_WANTED[item.verb]
    if item.only is not None and task.state not in item.only:
        return _kept(item, task, f"it is {task.state} now, {_why_only(item.only)}")
    if item.sent is not None and item.sent.answer == "refused":
        if acts and task.state == item.sent.state:
            return _failed(item, item.sent.why)
        return _kept(item, task, f"the provider refused ({item.sent.why}) and shows it so now")
    if not acts:
        return _kept(item, task, _why_kept(adapter, item.verb, task))
    if item.lost is not None and item.deletes >= MOST_DELETES:
        return _unknown(item, item.lost)
    return item


def _absent(adapter: Adapter, item: WorkItem) -> Outcome:
    """What follows when the provider doesn't know the task."""
    sent = item.sent
    if sent is not None and (sent.answer != "refused" or item.lost is not None):
        if item.verb == "cancel":
            # Cancelling a queued task leaves its record. Whether ours came too late and deleted a
            # finished one, or somebody else did, nobody can tell any more.
            gone = "a look afterwards found no record of it; it may have finished just before"
            return _unknown(item, item.lost or sent.error or _unconfirmed(adapter, item, gone))
        # Deleting does not care which of two deletions it was.
        return Deleted(ref=item.ref, task=item.task, request_id=item.request_id)
    return Gone(
        ref=item.ref, task=item.task, request_id=item.request_id, missing_ok=item.missing_ok
    )


def unseen(adapter: Adapter, item: WorkItem, error: VideoTasksError) -> Outcome:
    """What follows when the task could not be looked at."""
    if item.sent is None:
        return _failed(item, error)
    if item.sent.answer == "refused" and adapter.capabilities.per_task_results:
        return _failed(item, item.sent.why)
    return _unknown(item, item.sent.error or error)


def _done(adapter: Adapter, item: WorkItem) -> Outcome | WorkItem:
    """What follows when the provider says that it did it."""
    sent = _sent(adapter, item, "done", None)
    if item.confirm:
        return evolve(item, sent=sent)
    outcome = Cancelled if sent.effect == "cancels" else Deleted
    return outcome(ref=item.ref, task=item.task, request_id=item.request_id)


def _not_done(
    adapter: Adapter, item: WorkItem, error: VideoTasksError, batch: int
) -> Outcome | WorkItem:
    """What follows when the provider does not say that it did it."""
    late = isinstance(error, LookExpired)
    item = evolve(item, request_id=error.request_id, late=late)
    if late and item.expired < MOST_EXPIRED:
        return evolve(item, expired=item.expired + 1)
    if isinstance(error, NoAnswer):
        sent = _sent(adapter, item, "lost", error)
        return evolve(item, sent=sent, lost=error, deletes=item.deletes + 1)
    if not isinstance(error, Refused) or isinstance(error, _NOT_ABOUT_THE_TASKS):
        return _failed(item, error)
    # Why it was refused, the next look tells: the task may have moved on since the last one.
    if batch > 1 and not isinstance(error, NoCredits):
        sent = _sent(adapter, item, "batch refused", error)
        return evolve(item, sent=sent, batch_limit=batch // 2)
    return evolve(item, sent=_sent(adapter, item, "refused", error))


def _sent(
    adapter: Adapter,
    item: WorkItem,
    answer: Literal["done", "refused", "batch refused", "lost"],
    error: VideoTasksError | None,
) -> Sent:
    assert item.task is not None  # noqa: S101  # only an item that was looked at is acted on
    state = item.task.state
    return Sent(state=state, effect=adapter.effects[state], answer=answer, error=error)


def _kept(item: WorkItem, task: Task, reason: str) -> Kept:
    return Kept(
        ref=item.ref, task=task, request_id=item.request_id, state=task.state, reason=reason
    )


def _why_only(only: frozenset[State]) -> str:
    wanted = sorted(only - {"unknown"})
    if not wanted:
        return "and its state was not known when it was chosen"
    return f"and was to be deleted only if {' or '.join(wanted)}"


def _why_kept(adapter: Adapter, verb: Verb, task: Task) -> str:
    reasons = _KEPT_BY_CANCEL if verb == "cancel" else adapter.kept
    return reasons.get(
        task.state, f"its state {task.raw_state!r} is not known here, so it was left alone"
    )


def _failed(item: WorkItem, error: VideoTasksError) -> Failed | Unknown:
    """Not done; unless an answer was lost before, for that DELETE may yet take effect."""
    if item.lost is not None:
        return _unknown(item, item.lost)
    return Failed(ref=item.ref, task=item.task, request_id=error.request_id, error=error)


def _unknown(item: WorkItem, cause: VideoTasksError) -> Unknown:
    return Unknown(ref=item.ref, task=item.task, request_id=item.request_id, cause=cause)


def _unconfirmed(adapter: Adapter, item: WorkItem, but: str) -> Unconfirmed:
    return Unconfirmed(
        f"{adapter.title} said it was done, but {but}",
        provider=adapter.name,
        ref=item.ref,
        request_id=item.request_id,
    )
