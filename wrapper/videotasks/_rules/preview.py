"""What `preview` says of each ref: the rules of acting, stopped before they act.

Owns: the reasons in words, and that a refused key is not used again. Refuses rules of its own:
whether a task would be acted on is decided in `_rules.flows`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from .._model.errors import Closed, VideoTasksError
from .._model.outcomes import Failed, Outcome
from .._model.preview import Preview
from .._model.task import Ref, State, Task, UnusableRef
from .._text import short
from . import flows
from .adapter import Adapter, Verb
from .items import WorkItem
from .jobs import failed_for_all
from .steps import Flow

DEFAULT_LOOKS: Final = 8
"""Looks on their way at once."""
MOST_OF_ERROR: Final = 60
"""Characters quoted of why a task failed."""

_ENDED: Final[Mapping[State, str]] = {"failed": "it has failed", "expired": "it has expired"}

PendingLook: TypeAlias = tuple[str, Flow[Preview]]
"""A provider's name, and the flow that looks at one of its tasks."""


class Previewer:
    """The rules of one `preview`. Each ref is begun in order, and gets exactly one `Preview`."""

    def __init__(
        self,
        verb: Verb,
        open_item: Callable[[Ref | str], WorkItem],
        adapters: Mapping[str, Adapter],
        check_open: Callable[[], None],
    ) -> None:
        self.check_open = check_open
        self._verb: Verb = verb
        self._open_item = open_item
        self._adapters = adapters
        self._errors_for_all: dict[str, VideoTasksError] = {}

    def preview_or_look(self, given: Ref | str | Task) -> Preview | PendingLook:
        """The preview, if it needs no look; or else the look. Raises only `Closed`."""
        ref = given.ref if isinstance(given, Task) else given
        try:
            item = self._open_item(ref)
        except Closed:
            raise
        except VideoTasksError as mistake:
            unusable = mistake.ref or UnusableRef.of(str(ref))
            return _not_acted(Failed(ref=unusable, error=mistake))
        name = item.ref.provider
        if isinstance(given, Task):
            return _seen(self._adapters[name], self._verb, given)
        if error := self._errors_for_all.get(name):
            return _not_acted(failed_for_all(item.ref, error))
        return name, self._look(self._adapters[name], item)

    def _look(self, adapter: Adapter, item: WorkItem) -> Flow[Preview]:
        looked = yield from flows.look(adapter, item)
        if isinstance(looked, WorkItem):
            assert looked.task is not None  # noqa: S101  # a look that leads to acting has seen it
            return _seen(adapter, item.verb, looked.task)
        if isinstance(looked, Failed):
            if isinstance(looked.error, Closed):
                raise looked.error
            if looked.error.is_for_all:
                self._errors_for_all.setdefault(adapter.name, looked.error)
        return _not_acted(looked)


def _seen(adapter: Adapter, verb: Verb, task: Task) -> Preview:
    effect = flows.decide(adapter, verb, task)
    if not isinstance(effect, str):
        return _not_acted(effect)
    if effect == "cancels":
        return Preview(ref=task.ref, action="cancel", reason=f"it is {task.state}", task=task)
    preview = Preview(ref=task.ref, action="delete", reason="", task=task)
    if lost := preview.loses:
        reason = f"it has finished; its {lost} would be lost"
    else:
        reason = _ENDED.get(task.state, f"it is {task.state}")
    reason += f" ({short(task.error, MOST_OF_ERROR)})" if task.error else ""
    return Preview(ref=task.ref, action="delete", reason=reason, task=task)


def _not_acted(outcome: Outcome) -> Preview:
    task = outcome.task
    return Preview(
        ref=outcome.ref,
        action="nothing" if task is None else "keep",
        reason=outcome.explanation,
        task=task,
        outcome=outcome,
    )
