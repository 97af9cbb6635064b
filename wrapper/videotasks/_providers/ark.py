"""Ark: Volcengine 火山方舟, and its international twin BytePlus ModelArk.

Owns: Ark's address, states, errors, and what its DELETE does, as tables. Refuses to decide: the
rules are in `_rules.flows`. Requests and answers are in `ark_calls`. Where each fact comes from is
in specs/README.md.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, cast

from .._http.info import ErrorBody, Meaning, ProviderInfo
from .._http.settings import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT
from .._model.errors import (
    AccountBlocked,
    Conflict,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RequestRefused,
    WrongBaseURL,
)
from .._model.task import State
from .._rules.adapter import Adapter, Capabilities, Effect, ListSupport
from .._rules.pacing import Limits, read_limits
from .base import Provider

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
MOST_PAGES: Final = 500
MOST_ON_A_PAGE: Final = 500
"""The list's bounds on page number and page size."""
MOST_IDS: Final = 50
"""Ids asked for in one call; how many the list takes is not documented."""
WITHOUT_ENDPOINT: Final = (
    "a key that may use certain endpoints only (permission Custom) may need one to be named: "
    "endpoint=…, or --endpoint"
)
"""What to try where a list is refused: the vendor says that such a key must name an endpoint, not
how it is refused otherwise."""

_CODE: Final = re.compile(r"[A-Z][A-Za-z]*(\..+)?")
"""The form of Ark's codes; what follows the dot may be any parameter."""
_BESIDE_CODE: Final = frozenset({"message", "param", "type"})
"""What an error may have without a code."""
_ANY_4XX: Final = range(400, 500)
_NO_MODEL: Final = (
    "does not let the key's account use the task's model or endpoint, and says nothing about the "
    "task; open it in the console, or use a key that may"
)

REFUSALS: Final = (
    # Seen with 409 by many, and with 400; the code says it all.
    Meaning(_ANY_4XX, ("InvalidAction.RunningTaskDeletion",), Conflict),
    # The path, not the task. After the row above, whose code begins with the same word.
    Meaning((404,), ("InvalidAction", "InvalidAction.*", "PathNotFound"), WrongBaseURL),
    # "No such task": the family that Ark's error table has, whichever parameter it names (a
    # sighting on another route had the value that was asked for in its place).
    Meaning((404,), ("NotFound.?*",), NotFound),
    # Others say these two as well, so they count only in a message that ends as Ark's do, with the
    # answer's request id: the family's word alone, which is not in the table, and no code at all,
    # which was seen once.
    Meaning((404,), ("NotFound", ""), NotFound, signed=True),
    # Their names end in NotFound and the like, but what is missing is a model, or leave to use it.
    Meaning(
        (404,),
        ("InvalidEndpointOrModel.*", "ModelNotOpen", "UnsupportedModel"),
        PermissionDenied,
        _NO_MODEL,
    ),
    Meaning(
        _ANY_4XX,
        (
            "InvalidAccountStatus",
            "AccountOverdueError",
            "OperationDenied.ServiceOverdue",
            "InvalidSubscription",
        ),
        AccountBlocked,
    ),
    Meaning(
        (401, 403),
        ("AccessDenied", "OperationDenied.PermissionDenied", "OperationDenied.ServiceNotOpen"),
        PermissionDenied,
    ),
    # The rest of this family is about what was asked and the state that it is in, not the key.
    Meaning((403,), ("OperationDenied.*",), RequestRefused),
    # Not among them: InflightBatchsizeExceeded. It is about requests at the same time, so that
    # asking more slowly does help.
    Meaning(
        (429,),
        ("QuotaExceeded", "QuotaExceeded.*", "AccountQuotaExceeded", "SetLimitExceeded"),
        QuotaExceeded,
    ),
)
"""What Ark's refusals mean. A 404 that no row is for does not say that a task is gone."""


DEFAULT_LIMITS: Final[Limits] = MappingProxyType({"get": 20, "delete": 20, "list": 1})
"""Requests a second for a main account, with all its keys and projects, as documented."""


def read_error(body: object) -> ErrorBody | None:
    """Ark's error envelope, nested as documented or flat as some gateways pass it on.

    Ark's codes are words with capitals and dots, and so are its types. Gateways that speak other
    dialects use the same envelope with numbers, null or nothing for a code, or with types in
    snake_case; that is not Ark's own.
    """
    if not isinstance(body, dict):
        return None
    fields = outer = cast("dict[str, object]", body)
    nested = fields.get("error")
    if isinstance(nested, dict):
        fields = cast("dict[str, object]", nested)
    elif "code" not in fields:
        return None  # {"message": "no Route matched"}: some gateway's own, not Ark's passed on
    code, message = fields.get("code"), fields.get("message")
    if isinstance(code, bool) or not isinstance(code, str | int):
        code = None
    if code is None and not isinstance(message, str):
        return None
    bare = "code" not in fields and outer.keys() == {"error"} and fields.keys() <= _BESIDE_CODE
    kind = fields.get("type")
    return ErrorBody(
        code=code,
        message=message if isinstance(message, str) else None,
        own=(bare or (isinstance(code, str) and bool(_CODE.fullmatch(code))))
        and not (isinstance(kind, str) and "_" in kind),
    )


INFO: Final = ProviderInfo(
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
    lists_at="/contents/generations/tasks",
)


class Ark(Provider["AuthenticatedClient"]):
    """Ark, with one API key.

    `api_key` defaults to `ARK_API_KEY`, `base_url` to `ARK_BASE_URL` or else the Beijing region;
    keys are bound to a region. `timeout` is for a whole answer and `connect_timeout` for making a
    connection, in seconds, a day at most.

    `limits` are requests a second, for everything that one client does: the documented ones by
    default, others for the operations named ("get", "delete", "list"), or None for none at all.
    Several programs on one account each need their share.

    Raises `MissingKey` and `ConfigurationError`.
    """

    info: ClassVar = INFO
    name: ClassVar[str] = INFO.name
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
            name=INFO.name,
            title=INFO.title,
            capabilities=self.capabilities,
            effects=EFFECTS,
            kept=KEPT,
            batch_size=1,
            look=ark_calls.look,
            remove=ark_calls.remove,
            lists=ListSupport(
                tiers=TIERS,
                states=LISTED_BY_STATE,
                most_pages=MOST_PAGES,
                most_on_a_page=MOST_ON_A_PAGE,
                most_ids=MOST_IDS,
                without_endpoint=WITHOUT_ENDPOINT,
                page=ark_calls.page,
            ),
        )

    def _new_client(self) -> AuthenticatedClient:
        from videotasks_ark import AuthenticatedClient

        return AuthenticatedClient(base_url=self.base_url, token="")
