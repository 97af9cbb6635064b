"""TensorsLab's requests and answers: the generated client's on one side, ours on the other.

Owns: what is asked, and the reading of what comes back: success only where HTTP, `code` and
`data.status` all say so. Refuses an answer that does not say what it should. Imported when first
needed, since the generated models take a while.
"""

from __future__ import annotations

from collections.abc import Collection

from videotasks_tensorslab.api.video import delete_video_task, info_by_task_id
from videotasks_tensorslab.models import (
    DeleteVideoTaskData,
    DeleteVideoTaskRequest,
    DeleteVideoTaskResponse,
    InfoByTaskIdRequest,
    InfoByTaskIdResponse,
    VideoTask,
)
from videotasks_tensorslab.types import Response

from .._errors import BadAnswer, NoCredits, NotFound, Refused, RequestRefused
from .._refs import Ref
from .._steps import Call
from .._task import Task
from .tensorslab import DELETED, NO_CREDITS, NOT_DELETED, SITE, STATES, SUCCESS


def read_task(ref: Ref, answer: VideoTask) -> Task:
    """TensorsLab's task in shared words. Raises `BadAnswer` if it is another task."""
    if isinstance(answer.taskid, str) and answer.taskid != ref.id:
        raise BadAnswer(f"TensorsLab answered with another task than {ref.id}", provider=SITE.name)
    number = answer.task_status
    known = isinstance(number, int | str) and not isinstance(number, bool)
    state = STATES.get(str(number), "unknown") if known else "unknown"
    urls = answer.url if isinstance(answer.url, list) else []
    message = answer.message if isinstance(answer.message, str) else None
    return Task(
        ref=ref,
        state=state,
        raw_state=_plain(number) if known else None,
        video_urls=tuple(url for url in urls if isinstance(url, str) and url),
        error=(message or None) if state == "failed" else None,
    )


def look(ref: Ref, missing_codes: Collection[int] = ()) -> Call[Task]:
    """Read one task."""

    def read(response: Response[object]) -> Task:
        answer = response.parsed
        if not isinstance(answer, InfoByTaskIdResponse):
            raise BadAnswer("TensorsLab answered without a task", provider=SITE.name, ref=ref)
        if answer.code == SUCCESS and isinstance(answer.data, VideoTask):
            return read_task(ref, answer.data)
        if answer.code in missing_codes:
            raise _refusal(NotFound, "does not know the task", answer, ref)
        _check_code(answer, ref)
        raise BadAnswer("TensorsLab says success, but shows no task", provider=SITE.name, ref=ref)

    return Call(
        operation="get",
        endpoint=info_by_task_id,
        arguments={"body": InfoByTaskIdRequest(taskid=ref.id)},
        read=read,
        refs=(ref,),
    )


def remove(refs: tuple[Ref, ...], not_after: float) -> Call[None]:
    """Delete a batch."""
    return Call(
        operation="delete",
        endpoint=delete_video_task,
        arguments={"body": DeleteVideoTaskRequest(taskids=[ref.id for ref in refs])},
        read=_read_removal,
        refs=refs,
        not_after=not_after,
    )


def _read_removal(response: Response[object]) -> None:
    """Return only where `code` and `data.status` both say success; raise otherwise."""
    answer = response.parsed
    if not isinstance(answer, DeleteVideoTaskResponse):
        raise BadAnswer("TensorsLab answered without a result", provider=SITE.name)
    status = answer.data.status if isinstance(answer.data, DeleteVideoTaskData) else None
    if answer.code == SUCCESS and status == DELETED:
        return
    if answer.code == SUCCESS and status == NOT_DELETED:
        raise _refusal(RequestRefused, "answered that the deletion failed", answer)
    if status != DELETED:
        _check_code(answer)
    raise BadAnswer(
        f"TensorsLab's answer does not say whether it deleted: code {answer.code!s}, "
        f"status {status!s}",
        provider=SITE.name,
    )


def _check_code(
    answer: DeleteVideoTaskResponse | InfoByTaskIdResponse, ref: Ref | None = None
) -> None:
    """Raise a refusal if the code is one."""
    if not isinstance(answer.code, int) or isinstance(answer.code, bool):
        raise BadAnswer("TensorsLab answered with a code that is no number", provider=SITE.name)
    if answer.code == NO_CREDITS:
        raise _refusal(NoCredits, "says there are not enough credits", answer, ref)
    if answer.code != SUCCESS:
        raise _refusal(
            RequestRefused, "refused; what it means by this code is not documented", answer, ref
        )


def _refusal(
    kind: type[Refused],
    says: str,
    answer: DeleteVideoTaskResponse | InfoByTaskIdResponse,
    ref: Ref | None = None,
) -> Refused:
    words = answer.msg if isinstance(answer.msg, str) else ""
    told = f"code {answer.code!s}{f': {words}' if words else ''}"
    return kind(
        f"TensorsLab {says} ({told})",
        provider=SITE.name,
        ref=ref,
        status_code=200,
        code=answer.code,
    )


def _plain(number: object) -> int | str | None:
    """Without the generated enum."""
    return int(number) if isinstance(number, int) else str(number)
