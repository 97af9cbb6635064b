"""The rules of acting, each written once: look, then act, then say only what the server showed.

Owns: when a DELETE may be sent, when something may be tried again, and which outcome follows from
what was seen. Refuses network, clock and await: a flow is a generator that yields calls and
pauses, and is sent the replies (`_rules.steps`), so that every path can be walked without a server.

A task on its way is a `Case`. `look` turns a case into an outcome, or into a case that is ready to
be acted on; `act` turns ready cases into outcomes, or into cases that need another look. `settle`
goes round until there is an outcome. Every loop is bounded by the counters in the case.
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
    WrongAddress,
)
from .._model.outcomes import Cancelled, Deleted, Failed, Gone, Kept, Outcome, Unknown
from .._model.refs import Ref
from .._model.task import State, Task
from .adapter import Adapter, Effect, Verb
from .steps import Answer, Call, Flow, Pause, T, ask

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
    WrongAddress,
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
    """The last DELETE sent for a case: in which state, what it was to do, how it was answered."""

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
class Case:
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
    decision = _decide(adapter, Case(ref=task.ref, verb=verb), task)
    return adapter.effects[task.state] if isinstance(decision, Case) else decision


def settle(adapter: Adapter, case: Case) -> Flow[Outcome]:
    """Take one case to its outcome."""
    while True:
        looked = yield from look(adapter, case)
        if not isinstance(looked, Case):
            return looked
        [acted] = yield from act(adapter, (looked,))
        if not isinstance(acted, Case):
            return acted
        case = acted


def look(adapter: Adapter, case: Case) -> Flow[Outcome | Case]:
    """Look at a case's task: its outcome, or the case ready to be acted on."""
    for confirming in range(1, MOST_CONFIRMING + 1):
        reply = yield from asked(adapter.look(case.ref), case.attempts)
        if isinstance(reply, NotFound):
            return _absent(adapter, evolve(case, request_id=reply.request_id))
        if not isinstance(reply, Answer):
            return unseen(adapter, case, reply)
        case = evolve(case, task=reply.value, seen_at=reply.sent_at, request_id=reply.request_id)
        if case.sent is None or case.sent.answer != "done":
            return _decide(adapter, case, reply.value)
        if case.sent.effect == "cancels" and reply.value.state == "cancelled":
            return Cancelled(ref=case.ref, task=case.task, request_id=case.request_id)
        if confirming < MOST_CONFIRMING:
            yield Pause(confirming)
    state = case.task.state if case.task else "nothing"
    still = f"{MOST_CONFIRMING} looks afterwards still showed it as {state}; look again later"
    return _unknown(case, _unconfirmed(adapter, case, still))


def act(adapter: Adapter, cases: tuple[Case, ...]) -> Flow[list[Outcome | Case]]:
    """Send one DELETE for cases that are ready: for each its outcome, or the case to look at."""
    refs = tuple(case.ref for case in cases)
    not_after = min(case.seen_at for case in cases) + LOOK_IS_FRESH_FOR
    reply = yield from asked(adapter.remove(refs, not_after), cases[0].attempts)
    if isinstance(reply, Answer):
        return [_done(adapter, evolve(case, request_id=reply.request_id)) for case in cases]
    if isinstance(reply, LookExpired) and reply.retry_after is not None:
        # The turn to act is farther off than a look lasts: look again only when it is near.
        yield Pause(1, reply.retry_after)
    return [_not_done(adapter, case, reply, batch=len(cases)) for case in cases]


def asked(call: Call[T], attempts: int) -> Flow[Answer[T] | VideoTasksError]:
    """Ask, and ask again what may be asked again: what never arrived, and reads."""
    again = _NOTHING_DONE if call.operation == "delete" else (*_NOTHING_DONE, NoAnswer)
    attempt = 1
    while True:
        reply = yield from ask(call)
        if not isinstance(reply, again) or attempt >= attempts:
            return reply
        yield Pause(attempt, reply.retry_after if isinstance(reply, RateLimited) else None)
        attempt += 1


def _decide(adapter: Adapter, case: Case, task: Task) -> Outcome | Case:
    """What follows from a look that found the task."""
    if task.state == "cancelled":
        ours = case.lost is not None
        return Cancelled(ref=case.ref, task=task, request_id=case.request_id, already=not ours)
    acts = adapter.effects.get(task.state) in _EFFECTS_WANTED[case.verb]
    if case.only is not None and task.state not in case.only:
        return _kept(case, task, f"it is {task.state} now, {_why_only(case.only)}")
    if case.sent is not None and case.sent.answer == "refused":
        if acts and task.state == case.sent.state:
            return _failed(case, case.sent.why)
        return _kept(case, task, f"the provider refused ({case.sent.why}) and shows it so now")
    if not acts:
        return _kept(case, task, _why_kept(adapter, case.verb, task))
    if case.lost is not None and case.deletes >= MOST_DELETES:
        return _unknown(case, case.lost)
    return case


def _absent(adapter: Adapter, case: Case) -> Outcome:
    """What follows when the provider doesn't know the task."""
    sent = case.sent
    if sent is not None and (sent.answer != "refused" or case.lost is not None):
        if case.verb == "cancel":
            # Cancelling a queued task leaves its record. Whether ours came too late and deleted a
            # finished one, or somebody else did, nobody can tell any more.
            gone = "a look afterwards found no record of it; it may have finished just before"
            return _unknown(case, case.lost or sent.error or _unconfirmed(adapter, case, gone))
        # Deleting does not care which of two deletions it was.
        return Deleted(ref=case.ref, task=case.task, request_id=case.request_id)
    return Gone(
        ref=case.ref, task=case.task, request_id=case.request_id, missing_ok=case.missing_ok
    )


def unseen(adapter: Adapter, case: Case, error: VideoTasksError) -> Outcome:
    """What follows when the task could not be looked at."""
    if case.sent is None:
        return _failed(case, error)
    if case.sent.answer == "refused" and adapter.capabilities.per_task_results:
        return _failed(case, case.sent.why)
    return _unknown(case, case.sent.error or error)


def _done(adapter: Adapter, case: Case) -> Outcome | Case:
    """What follows when the provider says that it did it."""
    sent = _sent(adapter, case, "done", None)
    if case.confirm:
        return evolve(case, sent=sent)
    outcome = Cancelled if sent.effect == "cancels" else Deleted
    return outcome(ref=case.ref, task=case.task, request_id=case.request_id)


def _not_done(adapter: Adapter, case: Case, error: VideoTasksError, batch: int) -> Outcome | Case:
    """What follows when the provider does not say that it did it."""
    late = isinstance(error, LookExpired)
    case = evolve(case, request_id=error.request_id, late=late)
    if late and case.expired < MOST_EXPIRED:
        return evolve(case, expired=case.expired + 1)
    if isinstance(error, NoAnswer):
        sent = _sent(adapter, case, "lost", error)
        return evolve(case, sent=sent, lost=error, deletes=case.deletes + 1)
    if not isinstance(error, Refused) or isinstance(error, _NOT_ABOUT_THE_TASKS):
        return _failed(case, error)
    # Why it was refused, the next look tells: the task may have moved on since the last one.
    if batch > 1 and not isinstance(error, NoCredits):
        sent = _sent(adapter, case, "batch refused", error)
        return evolve(case, sent=sent, batch_limit=batch // 2)
    return evolve(case, sent=_sent(adapter, case, "refused", error))


def _sent(
    adapter: Adapter,
    case: Case,
    answer: Literal["done", "refused", "batch refused", "lost"],
    error: VideoTasksError | None,
) -> Sent:
    assert case.task is not None  # noqa: S101  # only a case that was looked at is acted on
    state = case.task.state
    return Sent(state=state, effect=adapter.effects[state], answer=answer, error=error)


def _kept(case: Case, task: Task, reason: str) -> Kept:
    return Kept(
        ref=case.ref, task=task, request_id=case.request_id, state=task.state, reason=reason
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


def _failed(case: Case, error: VideoTasksError) -> Failed | Unknown:
    """Not done; unless an answer was lost before, for that DELETE may yet take effect."""
    if case.lost is not None:
        return _unknown(case, case.lost)
    return Failed(ref=case.ref, task=case.task, request_id=error.request_id, error=error)


def _unknown(case: Case, cause: VideoTasksError) -> Unknown:
    return Unknown(ref=case.ref, task=case.task, request_id=case.request_id, cause=cause)


def _unconfirmed(adapter: Adapter, case: Case, but: str) -> Unconfirmed:
    return Unconfirmed(
        f"{adapter.title} said it was done, but {but}",
        provider=adapter.name,
        ref=case.ref,
        request_id=case.request_id,
    )
