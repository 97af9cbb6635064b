"""Ark: Volcengine 火山方舟, and its international twin BytePlus ModelArk.

Owns: Ark's address, states, answers, and what its DELETE does, as tables. Refuses to decide: the
rules are in `_flows`. Where each fact comes from is in specs/README.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import ClassVar, Final, cast

from videotasks_ark import AuthenticatedClient
from videotasks_ark.api.tasks import delete_task, get_task
from videotasks_ark.models import Task as ArkTask
from videotasks_ark.models import TaskContent, TaskError
from videotasks_ark.types import Response

from .._adapter import Adapter, Capabilities, Effect
from .._errors import BadAnswer, Refused, WrongAddress
from .._refs import Ref
from .._settings import ErrorBody, Site
from .._steps import Call
from .._task import State, Task
from ._provider import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT, Provider

STATES: Final = MappingProxyType[str, State](
    {
        "queued": "queued",
        "running": "running",
        "cancelled": "cancelled",
        "succeeded": "succeeded",
        "failed": "failed",
        "expired": "expired",
    }
)
"""Ark's words; others are `unknown`."""

EFFECTS: Final = MappingProxyType[State, Effect](
    {"queued": "cancels", "succeeded": "deletes", "failed": "deletes", "expired": "deletes"}
)
"""What DELETE does, by the vendor's own table; it is not allowed in any other state."""

KEPT: Final = MappingProxyType[State, str](
    {"running": "Ark deletes no running task; delete it once it has ended"}
)

REFUSALS: Final = MappingProxyType[tuple[int, str | int], type[Refused]](
    # The code of the 409 begins with the same word: only the whole code with its status counts.
    {(404, "InvalidAction"): WrongAddress}
)


def read_error(body: object) -> ErrorBody | None:
    """Ark's error envelope, nested as documented or flat as some gateways pass it on."""
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    nested = fields.get("error")
    if isinstance(nested, dict):
        fields = cast("dict[str, object]", nested)
    code, message = fields.get("code"), fields.get("message")
    if not isinstance(code, str | int) and not isinstance(message, str):
        return None
    return ErrorBody(
        code=code if isinstance(code, str | int) else None,
        message=message if isinstance(message, str) else None,
    )


SITE: Final = Site(
    name="ark",
    title="Ark",
    key_variable="ARK_API_KEY",
    key_from="https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey",
    url_variable="ARK_BASE_URL",
    default_url="https://ark.cn-beijing.volces.com/api/v3",
    read_error=read_error,
    refusals=REFUSALS,
    request_id_header="X-Request-Id",
    client_request_id_header="X-Client-Request-Id",
)


def read_task(ref: Ref, answer: ArkTask) -> Task:
    """Ark's task in shared words. Raises `BadAnswer` if it is another task, or none."""
    raw = answer.status
    if not isinstance(raw, str) or answer.id != ref.id:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadAnswer(f"Ark answered with something else than task {ref.id}", provider="ark")
    content = answer.content if isinstance(answer.content, TaskContent) else None
    return Task(
        ref=ref,
        state=STATES.get(str(raw), "unknown"),
        raw_state=str(raw),
        video_urls=_texts(content.video_url if content else None),
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
    """Cancel or delete one task. The answer holds nothing: any good one says that it was done."""
    (ref,) = refs
    return Call(
        operation="delete",
        endpoint=delete_task,
        arguments={"id": ref.id},
        read=_nothing,
        refs=refs,
        not_after=not_after,
    )


class Ark(Provider[AuthenticatedClient]):
    """Ark, with one API key.

    `api_key` defaults to `ARK_API_KEY`, `base_url` to `ARK_BASE_URL` or else the Beijing region;
    keys are bound to a region. `timeout` is for a whole answer and `connect_timeout` for making a
    connection, in seconds. Raises `MissingKey` and `ConfigurationError`.
    """

    site: ClassVar = SITE
    name: ClassVar[str] = SITE.name
    capabilities: ClassVar = Capabilities(
        cancel=True, list=True, timestamps=True, per_task_results=True
    )

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        connect_timeout: float = DEFAULT_CONNECT_TIMEOUT,
    ) -> None:
        super().__init__(api_key, base_url, timeout, connect_timeout, ("bearer",))

    @property
    def adapter(self) -> Adapter:
        """Ark as the flows know it. Not part of the public face."""
        return Adapter(
            name=SITE.name,
            title=SITE.title,
            capabilities=self.capabilities,
            effects=EFFECTS,
            kept=KEPT,
            batch_size=1,
            look=look,
            remove=remove,
        )

    def _new_client(self) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=self.base_url, token="")


def _nothing(_response: object) -> None:
    return None


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str) and value else None


def _texts(*values: object) -> tuple[str, ...]:
    return tuple(text for value in values if (text := _text(value)))


def _time(value: object) -> datetime | None:
    """Unix seconds, as a number or as digits."""
    if not isinstance(value, int | str) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _why(error: object) -> str | None:
    if not isinstance(error, TaskError):
        return None
    return ": ".join(_texts(error.code, error.message)) or None
