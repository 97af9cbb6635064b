"""Ark's requests and answers: the generated client's on one side, ours on the other.

Owns: what is asked, and the reading of what comes back. Refuses an answer that does not say what it
should. Imported when first needed, since the generated models take a while.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from videotasks_ark.api.tasks import delete_task, get_task, list_tasks
from videotasks_ark.models import (
    DeleteTaskResult,
    ServiceTier,
    TaskContent,
    TaskError,
    TaskPage,
    TaskStatus,
)
from videotasks_ark.models import Task as ArkTask
from videotasks_ark.types import UNSET, Response

from .._model.errors import BadAnswer, InvalidRef
from .._model.task import Ref, Task
from .._rules.adapter import Listed, PageRequest
from .._rules.steps import Call
from .ark import STATES

EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""What says that it was earlier has no time: 0 and -1 are what many programs put for none."""


def read_task(ref: Ref, answer: ArkTask) -> Task:
    """Ark's task in shared words. Raises `BadAnswer` if it is another task, or none."""
    raw = answer.status
    if not isinstance(raw, str) or answer.id != ref.id:
        raise BadAnswer(f"Ark answered with something else than task {ref.id}", provider="ark")
    content = answer.content if isinstance(answer.content, TaskContent) else None
    return Task(
        ref=ref,
        state=STATES.get(str(raw), "unknown"),
        raw_state=str(raw),
        video_urls=_texts(content.video_url if content else None),
        file_urls=_texts(content.file_url if content else None),
        last_frame_url=_text(content.last_frame_url if content else None),
        model=_text(answer.model),
        created_at=_time(answer.created_at),
        updated_at=_time(answer.updated_at),
        error=_why(answer.error),
        service_tier=_text(answer.service_tier),
    )


def look(ref: Ref) -> Call[Task]:
    """Read one task."""

    def read(response: Response[object]) -> Task:
        if not isinstance(response.parsed, ArkTask):
            raise BadAnswer("Ark answered without a task", provider="ark", ref=ref)
        return read_task(ref, response.parsed)

    return Call(
        operation="get", endpoint=get_task, arguments={"id": ref.id}, read=read, refs=(ref,)
    )


def remove(refs: tuple[Ref, ...], not_after: float) -> Call[None]:
    """Cancel or delete one task."""
    (ref,) = refs
    return Call(
        operation="delete",
        endpoint=delete_task,
        arguments={"id": ref.id},
        read=_done,
        refs=refs,
        not_after=not_after,
    )


def page(wanted: PageRequest) -> Call[Listed]:
    """Read one page of the list. Its filter by "model" is by inference endpoint."""
    arguments: dict[str, object] = {
        "page_num": wanted.number,
        "page_size": wanted.size,
        "filter_service_tier": ServiceTier(wanted.tier),
        "filter_status": UNSET if wanted.state is None else TaskStatus(wanted.state),
        "filter_model": UNSET if wanted.endpoint is None else wanted.endpoint,
        # An empty list of ids would list everything.
        "filter_task_ids": list(wanted.ids) or UNSET,
    }
    return Call(operation="list", endpoint=list_tasks, arguments=arguments, read=_read_page)


def _read_page(response: Response[object]) -> Listed:
    answer = response.parsed
    items = answer.items if isinstance(answer, TaskPage) else None
    if not isinstance(items, list) or not all(isinstance(item, ArkTask) for item in items):
        raise BadAnswer("Ark answered with something else than a list of tasks", provider="ark")
    try:
        tasks = tuple(read_task(Ref("ark", item.id), item) for item in items)
    except InvalidRef as error:
        raise BadAnswer(f"Ark listed a task of no usable id: {error}", provider="ark") from error
    total = answer.total if isinstance(answer, TaskPage) else None
    if not isinstance(total, int) or isinstance(total, bool):
        total = None
    return Listed(tasks=tasks, total=total)


def _done(response: Response[object]) -> None:
    answer = response.parsed
    if isinstance(answer, DeleteTaskResult) and answer.to_dict() not in ({}, {"Result": {}}):
        # No other yes is known; {"error": …} with HTTP 200 would be a no.
        raise BadAnswer("Ark's answer to DELETE is not the empty one", provider="ark")


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str) and value else None


def _texts(*values: object) -> tuple[str, ...]:
    return tuple(text for value in values if (text := _text(value)))


def _time(value: object) -> datetime | None:
    """Unix seconds, as a number or as digits; a time before there was such a task is none."""
    if not isinstance(value, int | str) or isinstance(value, bool):
        return None
    try:
        time = datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return time if time >= EARLIEST else None


def _why(error: object) -> str | None:
    if not isinstance(error, TaskError):
        return None
    return ": ".join(_texts(error.code, error.message)) or None
