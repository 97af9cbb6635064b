"""TensorsLab: a batch delete with one answer for the whole batch, and a look at one task.

Owns: TensorsLab's address, states and answers, as tables. Refuses to decide: the rules are in
`_flows`. Where each fact comes from is in specs/README.md.
"""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType
from typing import ClassVar, Final, Literal, cast

from videotasks_tensorslab import AuthenticatedClient
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

from .._adapter import Adapter, Capabilities, Effect
from .._errors import BadAnswer, ConfigurationError, NoCredits, NotFound, Refused, RequestRefused
from .._http import AuthScheme
from .._refs import Ref
from .._settings import ErrorBody, Site
from .._steps import Call
from .._task import State, Task
from .._text import short
from ._provider import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT, Provider

SUCCESS: Final = 1000
NO_CREDITS: Final = 9000
DELETED: Final = "Success"
NOT_DELETED: Final = "Failed"

STATES: Final = MappingProxyType[str, State](
    {
        "1": "queued",  # pending
        "2": "running",  # processing
        "3": "succeeded",  # completed
        "4": "failed",
        "5": "running",  # uploading, between processing and completed
    }
)
"""TensorsLab's numbers, as text since they may come so; others are `unknown`."""

EFFECTS: Final = MappingProxyType[State, Effect]({"succeeded": "deletes", "failed": "deletes"})
"""Where deleting is sent by default."""
UNFINISHED_EFFECTS: Final = MappingProxyType[State, Effect](
    {**EFFECTS, "queued": "deletes", "running": "deletes"}
)
"""Where it is sent with `delete_unfinished`: what it then does to the work is not documented."""

_UNFINISHED: Final = (
    "it is unfinished, and what deleting would do to it is not documented; "
    "delete_unfinished=True does it all the same"
)
KEPT: Final = MappingProxyType[State, str]({"queued": _UNFINISHED, "running": _UNFINISHED})

DEFAULT_BATCH_SIZE: Final = 50
"""Ids in one deletion. The vendor states no maximum."""

_SCHEMES: Final[dict[str, tuple[AuthScheme, ...]]] = {
    "auto": ("bare", "bearer"),
    "bare": ("bare",),
    "bearer": ("bearer",),
}


def read_error(body: object) -> ErrorBody | None:
    """TensorsLab's error body: `code` and `msg`."""
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    code, message = fields.get("code"), fields.get("msg")
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    return ErrorBody(code=code, message=message if isinstance(message, str) else None)


SITE: Final = Site(
    name="tensorslab",
    title="TensorsLab",
    key_variable="TENSORSLAB_API_KEY",
    key_from="https://docs.tensorslab.com",
    url_variable="TENSORSLAB_BASE_URL",
    default_url="https://api.tensorslab.com",
    read_error=read_error,
    refusals=MappingProxyType[tuple[int, str | int], type[Refused]](
        {(400, NO_CREDITS): NoCredits, (402, NO_CREDITS): NoCredits}
    ),
)


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
        video_urls=tuple(url for url in urls if isinstance(url, str) and url),  # pyright: ignore[reportUnnecessaryIsInstance]
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
    if not isinstance(answer.code, int) or isinstance(answer.code, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
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
    words = short(answer.msg) if isinstance(answer.msg, str) else ""
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


class TensorsLab(Provider[AuthenticatedClient]):
    """TensorsLab, with one API key.

    `api_key` defaults to `TENSORSLAB_API_KEY`, `base_url` to `TENSORSLAB_BASE_URL` or else the
    public server. `timeout` is for a whole answer and `connect_timeout` for making a connection,
    in seconds.

    `auth_scheme`: the vendor's page shows the key bare, its scripts send it as Bearer. `auto` tries
    bare, then Bearer if that was refused, and keeps to what worked; `bare` and `bearer` pin it.

    `delete_unfinished`: delete waiting and running tasks too. What that does to the work, and to
    what it costs, is not documented.

    `batch_size`: ids in one deletion; no maximum is documented.

    `missing_codes`: codes by which looking at a task says that it doesn't exist. The vendor
    documents HTTP 404 for that, which is always understood; name others only if you know them.

    Raises `MissingKey` and `ConfigurationError`.
    """

    site: ClassVar = SITE
    name: ClassVar[str] = SITE.name
    capabilities: ClassVar = Capabilities(
        cancel=False, list=False, timestamps=False, per_task_results=False
    )

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        connect_timeout: float = DEFAULT_CONNECT_TIMEOUT,
        auth_scheme: Literal["auto", "bare", "bearer"] = "auto",
        delete_unfinished: bool = False,
        batch_size: int = DEFAULT_BATCH_SIZE,
        missing_codes: Collection[int] = (),
    ) -> None:
        if auth_scheme not in _SCHEMES:
            raise ConfigurationError(
                f"auth_scheme is one of {', '.join(_SCHEMES)}, not {auth_scheme!r}",
                provider=SITE.name,
            )
        if batch_size < 1:
            raise ConfigurationError(
                f"batch_size must be 1 or more, not {batch_size}", provider=SITE.name
            )
        if SUCCESS in missing_codes:
            raise ConfigurationError(
                f"missing_codes can't hold {SUCCESS}: it means success", provider=SITE.name
            )
        super().__init__(api_key, base_url, timeout, connect_timeout, _SCHEMES[auth_scheme])
        self.delete_unfinished = delete_unfinished
        self.batch_size = batch_size
        self.missing_codes = frozenset(missing_codes)

    @property
    def adapter(self) -> Adapter:
        """TensorsLab as the flows know it. Not part of the public face."""
        return Adapter(
            name=SITE.name,
            title=SITE.title,
            capabilities=self.capabilities,
            effects=UNFINISHED_EFFECTS if self.delete_unfinished else EFFECTS,
            kept=KEPT,
            batch_size=self.batch_size,
            look=lambda ref: look(ref, self.missing_codes),
            remove=remove,
        )

    def _new_client(self) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=self.base_url, token="")
