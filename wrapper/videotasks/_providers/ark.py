"""Ark: Volcengine 火山方舟, and its international twin BytePlus ModelArk.

Owns: what Ark is asked, and the reading of what comes back. Its address, limits, states, and what
its DELETE does are in the spec, of which `videotasks_ark.tables` is made. Refuses to decide: the
rules are in `_rules.flows`; and an answer that does not say what it should.
"""

# Annotations are evaluated here, for the reason that `_model.task` gives.

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from videotasks_ark import AuthenticatedClient, tables
from videotasks_ark.api.tasks import delete_task, get_task, list_tasks
from videotasks_ark.models import (
    DeleteTaskResult,
    ServiceTier,
    TaskContent,
    TaskError,
    TaskPage,
    TaskStatus,
    TaskUsage,
)
from videotasks_ark.models import Task as ArkTask
from videotasks_ark.types import UNSET, Response

from .._http.info import ProviderInfo
from .._http.settings import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT, AuthScheme
from .._model.checks import is_whole
from .._model.errors import BadAnswer, InvalidRef
from .._model.task import Ref, State, Task
from .._rules.adapter import (
    Adapter,
    Capabilities,
    Effect,
    Listed,
    ListSupport,
    PageRequest,
    one_request,
)
from .._rules.pacing import Limits, read_limits
from .._rules.steps import Call
from .answers import count_of, text_of, texts_of, time_of
from .ark_refusals import REFUSALS, read_error
from .base import Provider

EFFECTS: Final = one_request(tables.DELETIONS)

KEPT: Final = MappingProxyType[State, str](
    {"running": "it is running, and Ark deletes no running task; delete it after it has ended"}
)

DEFAULT_LIMITS: Final[Limits] = MappingProxyType(
    {
        "get": tables.RATE_LIMITS["getTask"],
        "delete": tables.RATE_LIMITS["deleteTask"],
        "list": tables.RATE_LIMITS["listTasks"],
    }
)
"""Requests a second for a main account, with all its keys and projects."""

INFO: Final = ProviderInfo(
    name="ark",
    title="Ark",
    key_variable="ARK_API_KEY",
    key_from="https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey",
    url_variable="ARK_BASE_URL",
    default_url=tables.SERVERS[0],
    read_error=read_error,
    refusals=REFUSALS,
    request_id_header="X-Request-Id",
    client_request_id_header="X-Client-Request-Id",
    deletes_below=tables.PATHS["deleteTask"].removesuffix("{id}"),
    lists_at=tables.PATHS["listTasks"],
)


def read_task(ref: Ref, answer: ArkTask) -> Task:
    """Ark's answer as a `Task`. Raises `BadAnswer` if it is another task, or none."""
    raw = answer.status
    if not isinstance(raw, str) or answer.id != ref.id:
        raise BadAnswer(f"Ark answered with something else than task {ref.id}", provider="ark")
    content = answer.content if isinstance(answer.content, TaskContent) else None
    return Task(
        ref=ref,
        state=tables.STATES.get(str(raw), "unknown"),
        raw_state=str(raw),
        video_urls=texts_of(content.video_url if content else None),
        file_urls=texts_of(content.file_url if content else None),
        last_frame_url=text_of(content.last_frame_url if content else None),
        model=text_of(answer.model),
        created_at=time_of(answer.created_at),
        updated_at=time_of(answer.updated_at),
        error=_error_text(answer.error),
        service_tier=text_of(answer.service_tier),
        usage=count_of(answer.usage.total_tokens if isinstance(answer.usage, TaskUsage) else None),
    )


def look_call(ref: Ref) -> Call[Task]:
    """Read one task."""

    def read(response: Response[object]) -> Task:
        if not isinstance(response.parsed, ArkTask):
            raise BadAnswer("Ark answered without a task", provider="ark", ref=ref)
        return read_task(ref, response.parsed)

    return Call(
        operation="get", endpoint=get_task, arguments={"id": ref.id}, read=read, refs=(ref,)
    )


def act_call(refs: tuple[Ref, ...], _effect: Effect, not_after: float) -> Call[Effect | None]:
    """Cancel or delete one task: which of the two depends on its state, and no answer says it."""
    (ref,) = refs
    return Call(
        operation="delete",
        endpoint=delete_task,
        arguments={"id": ref.id},
        read=_read_deletion,
        refs=refs,
        not_after=not_after,
    )


def page_call(wanted: PageRequest) -> Call[Listed]:
    """Read one page of the list. Its filter by "model" is by inference endpoint."""
    arguments: dict[str, object] = {
        "page_num": wanted.number,
        "page_size": wanted.size,
        "filter_service_tier": ServiceTier(wanted.tier),
        "filter_status": UNSET if wanted.state is None else TaskStatus(_ASKED_AS[wanted.state]),
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
    return Listed(tasks=tasks, total=total if is_whole(total) else None)


def _read_deletion(response: Response[object]) -> None:
    answer = response.parsed
    if isinstance(answer, DeleteTaskResult) and answer.to_dict() not in ({}, {"Result": {}}):
        # No other answer is known to mean success; {"error": …} with HTTP 200 would be a refusal.
        raise BadAnswer("Ark's answer to DELETE is not the empty one", provider="ark")


def _error_text(error: object) -> str | None:
    if not isinstance(error, TaskError):
        return None
    return ": ".join(texts_of(error.code, error.message)) or None


_WORDS: Final = tables.VALUES["listTasks"]
_BOUNDS: Final = tables.MAXIMA["listTasks"]

_ASKED_AS: Final[Mapping[State, str]] = {
    state: status
    for status, state in tables.STATES.items()
    # One filter is one word, which would leave out tasks of another that means the same.
    if status in _WORDS["filter.status"] and list(tables.STATES.values()).count(state) == 1
}
"""The states that a list can be asked for, in Ark's words."""

LISTS: Final = ListSupport(
    # A list shows flex tasks only when they are asked for.
    tiers=_WORDS["filter.service_tier"],
    states=frozenset(_ASKED_AS),
    most_pages=_BOUNDS["page_num"],
    most_on_a_page=_BOUNDS["page_size"],
    # How many it takes is not documented.
    most_ids=50,
    # The vendor says that such a key must name an endpoint, not how it is refused otherwise.
    without_endpoint="a key that may use certain endpoints only (permission Custom) may need one "
    "to be named: endpoint=…, or --endpoint",
    page_call=page_call,
)


class Ark(Provider[AuthenticatedClient]):
    """Ark, with one API key.

    `api_key` defaults to `ARK_API_KEY`, `base_url` to `ARK_BASE_URL` or else the Beijing region;
    keys are bound to a region. `timeout` is for a whole answer and `connect_timeout` for making a
    connection, in seconds, a day at most.

    `limits` are requests a second, for everything that one client does: the documented ones by
    default, others for the operations named ("get", "delete", "list"), or None for none at all.
    Several programs on one account each need their share.

    `default_headers` go with every request, such as those that a gateway wants; never
    `Authorization`. `proxy` is the address of one, in place of what the environment says.

    Raises `MissingKey` and `ConfigurationError`.
    """

    info: ClassVar = INFO
    name: ClassVar[str] = INFO.name
    capabilities: ClassVar = Capabilities(cancel=True, list=True, per_task_results=True)

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        connect_timeout: float = DEFAULT_CONNECT_TIMEOUT,
        limits: Limits | None = DEFAULT_LIMITS,
        default_headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
    ) -> None:
        bounds = read_limits(limits, DEFAULT_LIMITS)
        schemes: tuple[AuthScheme, ...] = ("bearer",)
        times = (timeout, connect_timeout)
        super().__init__(api_key, base_url, *times, bounds, schemes, default_headers, proxy)

    @property
    def adapter(self) -> Adapter:
        """Ark as the flows know it. Not part of the public face."""
        return Adapter(
            name=INFO.name,
            title=INFO.title,
            capabilities=self.capabilities,
            effects=EFFECTS,
            kept=KEPT,
            batch_size=1,
            look_call=look_call,
            act_call=act_call,
            lists=LISTS,
        )

    def _new_client(self) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=self.base_url, token="")
