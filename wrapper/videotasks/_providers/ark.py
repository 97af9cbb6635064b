"""Ark: Volcengine 火山方舟, and its international twin BytePlus ModelArk.

Owns: Ark's address, states, errors, and what its DELETE does, as tables. Refuses to decide: the
rules are in `_flows`. Requests and answers are in `ark_calls`. Where each fact comes from is in
specs/README.md.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, cast

from .._adapter import Adapter, Capabilities, Effect, Lists
from .._errors import Refused, WrongAddress
from .._pace import Limits, read_limits
from .._settings import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT, ErrorBody, Site
from .._task import State
from ._provider import Provider

if TYPE_CHECKING:
    from videotasks_ark import AuthenticatedClient

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

TIERS: Final = ("default", "flex")
"""Service tiers; a list shows flex tasks only when they are asked for."""
LISTED_BY_STATE: Final = frozenset[State]({"queued", "running", "cancelled", "succeeded", "failed"})
"""States that the list is known to filter by; whether it does by `expired` is not documented."""

REFUSALS: Final = MappingProxyType[tuple[int, str | int], type[Refused]](
    # The code of the 409 begins with the same word: only the whole code with its status counts.
    {(404, "InvalidAction"): WrongAddress}
)


DEFAULT_LIMITS: Final[Limits] = MappingProxyType({"get": 20, "delete": 20, "list": 1})
"""Requests a second for an account, as documented for BytePlus; presumed alike elsewhere."""


def read_error(body: object) -> ErrorBody | None:
    """Ark's error envelope, nested as documented or flat as some gateways pass it on."""
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    nested = fields.get("error")
    if isinstance(nested, dict):
        fields = cast("dict[str, object]", nested)
    elif "code" not in fields:
        return None  # {"message": "no Route matched"}: some gateway's own, not Ark's passed on
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
    deletes_below="/contents/generations/tasks/",
)


class Ark(Provider["AuthenticatedClient"]):
    """Ark, with one API key.

    `api_key` defaults to `ARK_API_KEY`, `base_url` to `ARK_BASE_URL` or else the Beijing region;
    keys are bound to a region. `timeout` is for a whole answer and `connect_timeout` for making a
    connection, in seconds, a day at most.

    `limits` are requests a second, for everything that one client does: the documented ones by
    default, others for the operations named ("get", "delete", "list"), or None for none at all. A
    bucket of pyrate-limiter's shares a limit with other programs.

    Raises `MissingKey` and `ConfigurationError`.
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
        limits: Limits | None = DEFAULT_LIMITS,
    ) -> None:
        limits = read_limits(limits, DEFAULT_LIMITS)
        super().__init__(api_key, base_url, timeout, connect_timeout, limits, ("bearer",))

    @property
    def adapter(self) -> Adapter:
        """Ark as the flows know it. Not part of the public face."""
        from . import ark_calls

        return Adapter(
            name=SITE.name,
            title=SITE.title,
            capabilities=self.capabilities,
            effects=EFFECTS,
            kept=KEPT,
            batch_size=1,
            look=ark_calls.look,
            remove=ark_calls.remove,
            lists=Lists(tiers=TIERS, states=LISTED_BY_STATE, page=ark_calls.page),
        )

    def _new_client(self) -> AuthenticatedClient:
        from videotasks_ark import AuthenticatedClient

        return AuthenticatedClient(base_url=self.base_url, token="")
