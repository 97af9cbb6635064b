"""A task on its way to its outcome: what is wanted, what was seen, what was sent.

Owns: the counters that bound every loop, and how an outcome is made from what is known. Refuses to
decide which outcome it is: that is in `_rules.flows`.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from attrs import frozen

from .._model.errors import VideoTasksError
from .._model.outcomes import Cancelled, Deleted, Failed, Gone, Kept, Unknown
from .._model.task import Ref, State, Task
from .adapter import Effect, Verb


class _Known(TypedDict):
    """What all outcomes have."""

    ref: Ref
    task: Task | None
    request_id: str | None


@frozen(kw_only=True)
class Sent:
    """The last DELETE sent for an item: in which state, what it did or was to do, how it was
    answered."""

    state: State
    effect: Effect
    answer: Literal["done", "refused", "batch refused", "lost"]
    error: VideoTasksError | None = None

    @property
    def refusal(self) -> VideoTasksError:
        """The error with which the provider refused."""
        assert self.error is not None  # noqa: S101  # asked only where it was refused
        return self.error


@frozen(kw_only=True)
class WorkItem:
    """A task on its way to its outcome.

    `batch_limit` is the largest batch it may go in, `lost` the last lost answer to a DELETE, `late`
    says that its last look grew too old to act on, `only` is the states it may be acted on in, None
    for all, and `request_id` is that of the last answer.
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
    old_looks: int = 0
    only: frozenset[State] | None = None
    late: bool = False
    request_id: str | None = None

    @property
    def state(self) -> State:
        """The state it was last seen in."""
        assert self.task is not None  # noqa: S101  # asked only of an item that was looked at
        return self.task.state

    @property
    def reason_not_known(self) -> str:
        """Why it is kept where its state is `unknown`."""
        raw = self.task and self.task.raw_state
        return f"its state {raw!r} is not known here, so it is left alone"

    @property
    def reason_not_wanted(self) -> str:
        """Why it is kept where its state is not one of `only`."""
        wanted = sorted((self.only or frozenset()) - {"unknown"})
        if not wanted:
            return f"it is {self.state} now, and its state was not known when it was chosen"
        return f"it is {self.state} now, and was to be deleted only if {' or '.join(wanted)}"

    @property
    def _known(self) -> _Known:
        return {"ref": self.ref, "task": self.task, "request_id": self.request_id}

    def cancelled(self, *, already: bool = False) -> Cancelled:
        """It will not run."""
        return Cancelled(**self._known, already=already)

    def deleted(self) -> Deleted:
        """Its record is gone."""
        return Deleted(**self._known, by_cancel=self.verb == "cancel")

    def kept(self, reason: str) -> Kept:
        """It was left alone."""
        return Kept(**self._known, state=self.state, reason=reason)

    def gone(self) -> Gone:
        """The provider does not know it."""
        return Gone(**self._known, missing_ok=self.missing_ok)

    def failed(self, error: VideoTasksError) -> Failed | Unknown:
        """Not done; `Unknown` if an answer was lost before: that DELETE may still take effect."""
        if self.lost is not None:
            return self.unknown(self.lost)
        return Failed(ref=self.ref, task=self.task, request_id=error.request_id, error=error)

    def unknown(self, cause: VideoTasksError) -> Unknown:
        """It could not be found out."""
        return Unknown(**self._known, cause=cause)
