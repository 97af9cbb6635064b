"""TensorsLab: a batch delete with one answer for the whole batch, and a look at one task.

Owns: TensorsLab's address, states, codes and errors, as tables. Refuses to decide: the rules are in
`_rules.flows`. Requests and answers are in `tensorslab_calls`. Where each fact comes from is in
specs/README.md.
"""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, Literal, cast

from .._http.info import ErrorBody, Meaning, ProviderInfo
from .._http.settings import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT, AuthScheme
from .._model.checks import check_choice, check_count, check_flag, check_many
from .._model.errors import BadAnswer, ConfigurationError, NoCredits, NotFound
from .._model.task import State
from .._rules.adapter import Adapter, Capabilities, Effect
from .._rules.pacing import NO_LIMITS, Limits, read_limits
from .base import Provider

if TYPE_CHECKING:
    from videotasks_tensorslab import AuthenticatedClient

SUCCESS: Final = 1000
FAILURE: Final = 9999
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
    "it is unfinished; what deleting would do to it is not documented (see delete_unfinished)"
)
KEPT: Final = MappingProxyType[State, str]({"queued": _UNFINISHED, "running": _UNFINISHED})

DEFAULT_BATCH_SIZE: Final = 50
"""Ids in one deletion. The vendor states no maximum."""

_SCHEMES: Final[dict[str, tuple[AuthScheme, ...]]] = {
    "auto": ("bearer", "bare"),
    "bare": ("bare",),
    "bearer": ("bearer",),
}


_CODES: Final = range(1000, 10_000)
"""What TensorsLab's codes look like: those known have four digits. 0, -1 and HTTP's own statuses
are what other servers put there."""

REFUSALS: Final = (
    Meaning((400, 402, 404), (str(NO_CREDITS),), NoCredits),
    # A 404 that claims success contradicts itself.
    Meaning((404,), (str(SUCCESS),), BadAnswer),
    # "Task does not exist" is documented as a 404 of this form; with which code is not.
    Meaning((404,), ("*",), NotFound),
)
"""What TensorsLab's refusals mean. A 404 that no row is for does not say that a task is gone."""


def read_error(body: object) -> ErrorBody | None:
    """TensorsLab's error body: `code` and `msg`. Many other servers have the same two."""
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    code, message = fields.get("code"), fields.get("msg")
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    if not isinstance(message, str):
        return ErrorBody(code=code, message=None, own=False)
    return ErrorBody(code=code, message=message, own=code in _CODES)


def may_doubt_key(body: object) -> bool:
    """Whether a body may be about the form in which the key came: its code says only "failure"."""
    return isinstance(body, dict) and cast("dict[str, object]", body).get("code") == FAILURE


INFO: Final = ProviderInfo(
    name="tensorslab",
    title="TensorsLab",
    key_variable="TENSORSLAB_API_KEY",
    key_from="https://docs.tensorslab.com",
    url_variable="TENSORSLAB_BASE_URL",
    default_url="https://api.tensorslab.com",
    read_error=read_error,
    refusals=REFUSALS,
    deletes_at="/v1/video/deletevideotask",
    doubts_key=may_doubt_key,
)


class TensorsLab(Provider["AuthenticatedClient"]):
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

    Raises `MissingKey` and `ConfigurationError`.
    """

    info: ClassVar = INFO
    name: ClassVar[str] = INFO.name
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
        limits: Limits | None = None,
        auth_scheme: Literal["auto", "bare", "bearer"] = "auto",
        delete_unfinished: bool = False,
        batch_size: int = DEFAULT_BATCH_SIZE,
        missing_codes: Collection[int] = (),
    ) -> None:
        schemes = _SCHEMES[check_choice("auth_scheme", auth_scheme, _SCHEMES, INFO.name)]
        unfinished = check_flag("delete_unfinished", delete_unfinished, INFO.name)
        size = check_count("batch_size", batch_size, 1, INFO.name)
        codes = frozenset(
            check_count("each of missing_codes", code, 0, INFO.name)
            for code in check_many("missing_codes", missing_codes, INFO.name)
        )
        if SUCCESS in codes:
            raise ConfigurationError(
                f"missing_codes can't hold {SUCCESS}: it means success", provider=INFO.name
            )
        limits = read_limits(limits, NO_LIMITS)
        super().__init__(api_key, base_url, timeout, connect_timeout, limits, schemes)
        self.delete_unfinished = unfinished
        self.batch_size = size
        self.missing_codes = codes

    @property
    def adapter(self) -> Adapter:
        """TensorsLab as the flows know it. Not part of the public face."""
        from . import tensorslab_calls

        return Adapter(
            name=INFO.name,
            title=INFO.title,
            capabilities=self.capabilities,
            effects=UNFINISHED_EFFECTS if self.delete_unfinished else EFFECTS,
            kept=KEPT,
            batch_size=self.batch_size,
            look=lambda ref: tensorslab_calls.look(ref, self.missing_codes),
            remove=tensorslab_calls.remove,
        )

    def _new_client(self) -> AuthenticatedClient:
        from videotasks_tensorslab import AuthenticatedClient

        return AuthenticatedClient(base_url=self.base_url, token="")
