"""TensorsLab's requests and answers: the generated client's on one side, ours on the other.

Owns: what is asked, and the reading of what comes back: success only where HTTP, `code` and
`data.status` all say so. Refuses an answer that does not say what it should. Imported when first
needed, since the generated models take a while.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import Final, cast

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

from .._model.errors import BadAnswer, NoCredits, NotFound, Refused, RequestRefused
from .._model.refs import Ref
from .._model.task import Task
from .._rules.steps import Call
from .tensorslab import DELETED, INFO, NO_CREDITS, NOT_DELETED, STATES, SUCCESS

_SPEAKS_OF_FAILURE: Final = re.compile(
    r"fail|err|reject|refus|invalid|skip|miss|not_?(found|deleted)|unknown|denied|ignor", re.I
)
_SPEAKS_OF_SUCCESS: Final = re.compile(
    r"succe|delet|remov|affected|count|total|status|result|code", re.I
)
"""Names of fields that may come with a success and say something of it."""


def read_task(ref: Ref, answer: VideoTask, raw: Mapping[str, object]) -> Task:
    """TensorsLab's task in shared words. Raises `BadAnswer` if it is another task, or none.

    `raw` is the task as it came: the generated parser takes `true` for the number 1.
    """
    if answer.taskid != ref.id:
        raise BadAnswer(
            f"TensorsLab answered with something else than task {ref.id}", provider=INFO.name
        )
    number = raw.get("task_status")
    if isinstance(number, bool) or not isinstance(number, int | str) or number == "":
        raise BadAnswer(
            f"TensorsLab does not say in which state task {ref.id} is", provider=INFO.name
        )
    state = STATES.get(str(number), "unknown")
    urls = answer.url if isinstance(answer.url, list) else []
    message = answer.message if isinstance(answer.message, str) else None
    return Task(
        ref=ref,
        state=state,
        raw_state=number,
        video_urls=tuple(url for url in urls if isinstance(url, str) and url),
        error=(message or None) if state == "failed" else None,
    )


def look(ref: Ref, missing_codes: Collection[int] = ()) -> Call[Task]:
    """Read one task."""

    def read(response: Response[object]) -> Task:
        answer = response.parsed
        if not isinstance(answer, InfoByTaskIdResponse):
            raise BadAnswer("TensorsLab answered without a task", provider=INFO.name, ref=ref)
        code = _code(answer)
        if code == SUCCESS and isinstance(answer.data, VideoTask):
            return read_task(ref, answer.data, _raw(response)["data"])
        if code in missing_codes:
            raise _refusal(NotFound, "does not know the task", answer, ref)
        _check_code(answer, ref)
        raise BadAnswer("TensorsLab says success, but shows no task", provider=INFO.name, ref=ref)

    return Call(
        operation="get",
        endpoint=info_by_task_id,
        arguments={"body": InfoByTaskIdRequest(taskid=ref.id)},
        read=read,
        refs=(ref,),
    )


def remove(refs: tuple[Ref, ...], not_after: float) -> Call[None]:
    """Delete a batch."""
    ids = [ref.id for ref in refs]
    return Call(
        operation="delete",
        endpoint=delete_video_task,
        arguments={"body": DeleteVideoTaskRequest(taskids=ids)},
        read=partial(_read_removal, ids),
        refs=refs,
        not_after=not_after,
    )


def _read_removal(ids: list[str], response: Response[object]) -> None:
    """Return only where `code` and `data.status` say success, and nothing else may say otherwise.

    Raises otherwise.
    """
    answer = response.parsed
    if not isinstance(answer, DeleteVideoTaskResponse):
        raise BadAnswer("TensorsLab answered without a result", provider=INFO.name)
    code = _code(answer)
    data = answer.data if isinstance(answer.data, DeleteVideoTaskData) else None
    status = data.status if data else None
    if code == SUCCESS and data and status == DELETED:
        beside = (*answer.additional_properties.items(), *data.additional_properties.items())
        if doubtful := [name for name, value in beside if _doubtful(name, value, ids)]:
            raise BadAnswer(
                "TensorsLab says success, but with something beside it that may say otherwise: "
                f"{', '.join(doubtful)}",
                provider=INFO.name,
            )
        return
    if code == SUCCESS and status == NOT_DELETED:
        raise _refusal(RequestRefused, "answered that the deletion failed", answer)
    if status != DELETED:
        _check_code(answer)
    raise BadAnswer(
        f"TensorsLab's answer does not say whether it deleted: code {code}, status {status!s}",
        provider=INFO.name,
    )


def _doubtful(name: str, value: object, ids: list[str]) -> bool:
    """Whether a field that came with a success may say that not all of it was done.

    Success is one word for a whole batch, and what else may come with it is not documented. An id
    of the request, a time or words say nothing of that, so that they cost no look; whatever names
    failures, counts less than was asked for, or has a shape of its own does.
    """
    if value is None:
        return False
    if _SPEAKS_OF_FAILURE.search(name):
        return bool(value)
    if value == ids:
        return False
    if _SPEAKS_OF_SUCCESS.search(name):
        return value is not True and str(value).lower() not in {str(len(ids)), "1000", "success"}
    return isinstance(value, list | dict) and bool(cast("object", value))


def _code(answer: DeleteVideoTaskResponse | InfoByTaskIdResponse) -> int:
    """The code, without the generated enum."""
    if not isinstance(answer.code, int) or isinstance(answer.code, bool):
        raise BadAnswer("TensorsLab answered with a code that is no number", provider=INFO.name)
    return int(answer.code)


def _check_code(
    answer: DeleteVideoTaskResponse | InfoByTaskIdResponse, ref: Ref | None = None
) -> None:
    """Raise a refusal if the code is one."""
    code = _code(answer)
    if code == NO_CREDITS:
        raise _refusal(NoCredits, "says there are not enough credits", answer, ref)
    if code != SUCCESS:
        raise _refusal(
            RequestRefused, "refused; what it means by this code is not documented", answer, ref
        )


def _refusal(
    kind: type[Refused],
    says: str,
    answer: DeleteVideoTaskResponse | InfoByTaskIdResponse,
    ref: Ref | None = None,
) -> Refused:
    code, words = _code(answer), answer.msg if isinstance(answer.msg, str) else ""
    return kind(
        f"TensorsLab {says} (code {code}{f': {words}' if words else ''})",
        provider=INFO.name,
        ref=ref,
        status_code=200,
        code=code,
    )


def _raw(response: Response[object]) -> Mapping[str, Mapping[str, object]]:
    """The answer as it came, for what the generated parser changes."""
    return cast("Mapping[str, Mapping[str, object]]", json.loads(response.content))
