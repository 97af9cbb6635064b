"""The jobs of bulk work, and correct outcomes for those that did not finish.

Owns: the outcomes of a job that raised an unexpected error, was given up, or was not tried. Refuses
to know when a job is started: that is in `_rules.bulk`.
"""

from __future__ import annotations

from copy import copy
from typing import Literal

from attrs import define

from .._model.errors import AnswerLost, BadAnswer, Closed, VideoTasksError
from .._model.outcomes import Failed, Outcome, Unknown, Unsent
from .._model.task import Ref
from . import flows
from .adapter import Adapter
from .items import WorkItem
from .steps import Flow


@define(eq=False)
class InputRef:
    """One ref, as it was read. It gets exactly one outcome."""

    ref: Ref | str
    outcome: Outcome | None = None


@define(eq=False, kw_only=True)
class Job:
    """One flow to run: a look at one item, or one deletion of some.

    `begun` is set by whoever runs it, before anything is sent.
    """

    queue: str
    kind: Literal["look", "act"]
    items: tuple[WorkItem, ...]
    flow: Flow[list[Outcome | WorkItem]]
    begun: bool = False

    def crashed(self, error: Exception) -> list[Outcome | WorkItem]:
        """Correct outcomes for a flow that raised `error`: what was sent may have been done."""
        cause = BadAnswer(f"an error within videotasks, please report it: {error!r}")
        cause.__cause__ = error
        return [
            Unknown(ref=item.ref, task=item.task, cause=cause)
            if item.sent or self.kind == "act"
            else Failed(ref=item.ref, task=item.task, error=cause)
            for item in self.items
        ]

    def abandoned(self, adapter: Adapter) -> list[Outcome]:
        """Correct outcomes for a job that is not waited for, when nothing more may be sent."""
        return [
            Unknown(ref=item.ref, task=item.task, cause=not_waited_for())
            if self.begun and (item.sent or self.kind == "act")
            else given_up(adapter, item)
            for item in self.items
        ]


def look_flow(adapter: Adapter, item: WorkItem) -> Flow[list[Outcome | WorkItem]]:
    """The flow of a job that looks at one item."""
    return [(yield from flows.look(adapter, item))]


def not_waited_for() -> AnswerLost:
    """The error of an answer that nobody waits for any more."""
    return AnswerLost("its answer was not waited for")


def unsent_if_closed(outcome: Outcome) -> Outcome:
    """The outcome; `Unsent` in place of a failure that only says that we stopped."""
    if isinstance(outcome, Failed) and isinstance(outcome.error, Closed):
        return Unsent(ref=outcome.ref, task=outcome.task)
    return outcome


def given_up(adapter: Adapter, item: WorkItem) -> Outcome:
    """The outcome of an item that is given up: as if it could not be looked at again."""
    return unsent_if_closed(
        flows.unseen(adapter, item, Closed("stopped before it was looked at again"))
    )


def failed_for_all(ref: Ref, error: VideoTasksError) -> Failed:
    """The outcome of a ref that is not tried, after an error that is for all of them."""
    error = copy(error)
    error.ref = ref
    return Failed(ref=ref, request_id=error.request_id, error=error)
