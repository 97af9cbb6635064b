"""TensorsLab: a batch delete with one answer for the whole batch, and a look at one task.

Owns: what TensorsLab is asked, and the reading of what comes back: success only where HTTP, `code`
and `data.status` all say so. Its address, states and what deleting does are in the spec, of which
`videotasks_tensorslab.tables` is made. Refuses to decide: the rules are in `_rules.flows`; and an
answer that does not say what it should.
"""

# Annotations are evaluated here, for the reason that `_model.task` gives.

import json
from collections.abc import Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Final, Literal, cast

from videotasks_tensorslab import AuthenticatedClient, tables
from videotasks_tensorslab.api.video import delete_video_task, info_by_task_id
from videotasks_tensorslab.models import (
    DeleteStatus,
    DeleteVideoTaskData,
    DeleteVideoTaskRequest,
    DeleteVideoTaskResponse,
    InfoByTaskIdRequest,
    InfoByTaskIdResponse,
    VideoTask,
)
from videotasks_tensorslab.types import Response

from .._http.info import ProviderInfo
from .._http.settings import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT, AuthScheme
from .._model.checks import check_choice, check_count, check_flag, check_many, is_whole
from .._model.errors import ConfigurationError, NotFound, RequestRefused
from .._model.task import ENDED, Ref, State, Task
from .._rules.adapter import Adapter, Capabilities, Effect
from .._rules.pacing import Limits, read_limits
from .._rules.steps import Call
from . import tensorslab_refusals as refusals
from .answers import doubtful, text_of, texts_of
from .base import Provider

UNFINISHED_DELETIONS: Final = MappingProxyType[State, Effect](
    {
        **tables.DELETIONS,
        **{state: "deletes" for state in tables.UNDOCUMENTED_DELETIONS if state not in ENDED},
    }
)
"""What `delete_unfinished` stands for; what deleting then does to the work is not documented."""

_UNFINISHED: Final = (
    "it has not ended; what deleting would do is not documented, so it takes 'delete unfinished'"
)
KEPT: Final = MappingProxyType[State, str]({"queued": _UNFINISHED, "running": _UNFINISHED})

DEFAULT_LIMITS: Final[Limits] = MappingProxyType(
    {
        "get": tables.RATE_LIMITS["infoByTaskId"],
        "delete": tables.RATE_LIMITS["deleteVideoTask"],
        "list": None,
    }
)

DEFAULT_BATCH_SIZE: Final = 50
"""Ids in one deletion. The vendor states no maximum."""

_SCHEMES: Final[dict[str, tuple[AuthScheme, ...]]] = {
    "auto": ("bearer", "bare"),
    "bare": ("bare",),
    "bearer": ("bearer",),
}

INFO: Final = ProviderInfo(
    name="tensorslab",
    title="TensorsLab",
    key_variable="TENSORSLAB_API_KEY",
    key_from="https://docs.tensorslab.com",
    url_variable="TENSORSLAB_BASE_URL",
    default_url=tables.SERVERS[0],
    read_error=refusals.read_error,
    refusals=refusals.REFUSALS,
    deletes_at=tables.PATHS["deleteVideoTask"],
    doubts_key=refusals.may_doubt_key,
    key_file="~/.tensorslab/.env",
)


def look_call(ref: Ref, missing_codes: Collection[int] = ()) -> Call[Task]:
    """Read one task."""
    return Call(
        operation="get",
        endpoint=info_by_task_id,
        arguments={"body": InfoByTaskIdRequest(taskid=ref.id)},
        read=partial(_read_task, ref, missing_codes),
        refs=(ref,),
    )


def act_call(refs: tuple[Ref, ...], _effect: Effect, not_after: float) -> Call[Effect | None]:
    """Delete a batch."""
    ids = [ref.id for ref in refs]
    return Call(
        operation="delete",
        endpoint=delete_video_task,
        arguments={"body": DeleteVideoTaskRequest(taskids=ids)},
        read=partial(_read_deletion, ids),
        refs=refs,
        not_after=not_after,
    )


def _read_task(ref: Ref, missing_codes: Collection[int], response: Response[object]) -> Task:
    """TensorsLab's answer as a `Task`."""
    answer = response.parsed
    if not isinstance(answer, InfoByTaskIdResponse):
        raise refusals.bad_answer("answered without a task", ref)
    code, task = refusals.code_of(answer), answer.data
    if code in missing_codes:
        raise refusals.coded_refusal(NotFound, "does not know the task", answer, ref)
    if code != refusals.SUCCESS:
        raise refusals.failure(answer, ref)
    if not isinstance(task, VideoTask):
        raise refusals.bad_answer("says success, but shows no task", ref)
    if task.taskid != ref.id:
        raise refusals.bad_answer(f"answered with something else than task {ref.id}")
    # As it came: the generated parser takes `true` for the number 1.
    raw = cast("Mapping[str, Mapping[str, object]]", json.loads(response.content))
    number = raw["data"].get("task_status")
    if not (is_whole(number) or (isinstance(number, str) and number)):
        raise refusals.bad_answer(f"does not say in which state task {ref.id} is")
    state = tables.STATES.get(str(number), "unknown")
    return Task(
        ref=ref,
        state=state,
        raw_state=number,
        video_urls=texts_of(*task.url) if isinstance(task.url, list) else (),
        error=text_of(task.message) if state == "failed" else None,
    )


def _read_deletion(ids: list[str], response: Response[object]) -> None:
    """Return only where `code` and `data.status` say success, and nothing else may say otherwise.

    Raises otherwise.
    """
    answer = response.parsed
    if not isinstance(answer, DeleteVideoTaskResponse):
        raise refusals.bad_answer("answered without a result")
    code, data = refusals.code_of(answer), answer.data
    status = data.status if isinstance(data, DeleteVideoTaskData) else None
    if code == refusals.SUCCESS and status == DeleteStatus.FAILED:
        raise refusals.coded_refusal(RequestRefused, "answered that the deletion failed", answer)
    if code != refusals.SUCCESS and status != DeleteStatus.SUCCESS:
        raise refusals.failure(answer)
    if (
        code != refusals.SUCCESS
        or not isinstance(data, DeleteVideoTaskData)
        or status != DeleteStatus.SUCCESS
    ):
        raise refusals.bad_answer(
            f"does not say whether it deleted: code {code}, status {status!s}"
        )
    beside = (*answer.additional_properties.items(), *data.additional_properties.items())
    if names := doubtful(beside, ids):
        raise refusals.bad_answer(
            f"says success, but with something beside it that may say otherwise: {', '.join(names)}"
        )


class TensorsLab(Provider[AuthenticatedClient]):
    """TensorsLab, with one API key.

    `api_key` defaults to `TENSORSLAB_API_KEY`, `base_url` to `TENSORSLAB_BASE_URL` or else the
    public server. `timeout` is for a whole answer and `connect_timeout` for making a connection,
    in seconds, a day at most.

    `limits` are requests a second for the operations named ("get", "delete"), for everything that
    one client does; none are documented, so there are none by default.

    `auth_scheme`: the vendor's reference and scripts send the key as Bearer, its page shows it
    bare. `auto` tries Bearer, then bare if that was refused with 401 or 403, and keeps to what
    worked; `bearer` and `bare` pin it.

    `delete_unfinished`: delete waiting and running tasks too. What that does to the work, and to
    what it costs, is not documented.

    `batch_size`: ids in one deletion; no maximum is documented.

    `missing_codes`: codes by which looking at a task says that it doesn't exist. The vendor
    documents HTTP 404 for that, which is understood in TensorsLab's own form (a code of four digits
    and a `msg`); name others only if you know them.

    `default_headers` and `proxy` are as for `Ark`.

    Raises `MissingKey` and `ConfigurationError`.
    """

    info: ClassVar = INFO
    name: ClassVar[str] = INFO.name
    capabilities: ClassVar = Capabilities(cancel=False, list=False, per_task_results=False)

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        connect_timeout: float = DEFAULT_CONNECT_TIMEOUT,
        limits: Limits | None = DEFAULT_LIMITS,
        auth_scheme: Literal["auto", "bare", "bearer"] = "auto",
        delete_unfinished: bool = False,
        batch_size: int = DEFAULT_BATCH_SIZE,
        missing_codes: Collection[int] = (),
        default_headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
    ) -> None:
        schemes = _SCHEMES[check_choice("auth_scheme", auth_scheme, _SCHEMES, INFO.name)]
        unfinished = check_flag("delete_unfinished", delete_unfinished, INFO.name)
        size = check_count("batch_size", batch_size, 1, INFO.name)
        codes = frozenset(
            check_count("each of missing_codes", code, 0, INFO.name)
            for code in check_many("missing_codes", missing_codes, INFO.name)
        )
        if refusals.SUCCESS in codes:
            raise ConfigurationError(
                f"missing_codes can't hold {refusals.SUCCESS}: it means success", provider=INFO.name
            )
        limits = read_limits(limits, DEFAULT_LIMITS)
        times = (timeout, connect_timeout)
        super().__init__(api_key, base_url, *times, limits, schemes, default_headers, proxy)
        self.delete_unfinished = unfinished
        self.batch_size = size
        self.missing_codes = codes

    @property
    def adapter(self) -> Adapter:
        """TensorsLab as the flows know it. Not part of the public face."""
        deletions = UNFINISHED_DELETIONS if self.delete_unfinished else tables.DELETIONS
        return Adapter(
            name=INFO.name,
            title=INFO.title,
            capabilities=self.capabilities,
            effects={"cancel": {}, "delete": deletions},
            kept=KEPT,
            batch_size=self.batch_size,
            look_call=partial(look_call, missing_codes=self.missing_codes),
            act_call=act_call,
        )

    def _new_client(self) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=self.base_url, token="")
