"""What never changes about a provider on the network, as data: addresses, headers, errors.

Owns: the shape of that data, and the error that each word of a spec's `x-refusals` stands for.
Refuses to know any provider, and anything that a key or a caller's settings decide: that is in
`_http.settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from attrs import frozen

from .._model.errors import (
    AccountBlocked,
    BadAnswer,
    Conflict,
    NoCredits,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RequestRefused,
    VideoTasksError,
    WrongBaseURL,
)

_NO_MODEL: Final = (
    "does not let the key's account use the task's model or endpoint, and says nothing about the "
    "task; open it in the console, or use a key that may"
)

MEANINGS: Final = MappingProxyType[str, tuple[type[VideoTasksError], str | None]](
    {
        "no-such-task": (NotFound, None),
        "task-state": (Conflict, None),
        "request": (RequestRefused, None),
        "permission": (PermissionDenied, None),
        "no-model": (PermissionDenied, _NO_MODEL),
        "account": (AccountBlocked, None),
        "quota": (QuotaExceeded, None),
        "credits": (NoCredits, None),
        "wrong-path": (WrongBaseURL, None),
        "nothing": (BadAnswer, None),
    }
)
"""What a refusal can mean, by the word that a spec has for it: the kind of error, and words in
place of those that the kind has. `specs/generate.py` refuses other words."""


@frozen(kw_only=True)
class ErrorBody:
    """What an error body says. `code` is None where it has none.

    `own` is whether it is in the provider's own form, down to the form of its codes; a gateway in
    between has another.
    """

    code: str | int | None
    message: str | None
    own: bool = True


@frozen
class Meaning:
    """What a refusal means: the first row of a provider's table that fits counts.

    `codes` are whole codes, or patterns as of `fnmatch`; "" stands for none. `says` are words in
    place of those that the kind of error has. A `signed` row counts only if the message has the
    answer's request id in it, since other servers use the same codes.
    """

    statuses: Collection[int]
    codes: tuple[str, ...]
    kind: type[VideoTasksError]
    says: str | None = None
    signed: bool = False

    def fits(self, status: int, body: ErrorBody, *, signed: bool) -> bool:
        """Whether a refusal means this."""
        code = "" if body.code is None else str(body.code)
        return (
            body.own
            and status in self.statuses
            and (signed or not self.signed)
            and any(fnmatchcase(code, pattern) for pattern in self.codes)
        )


def meanings(
    rows: Iterable[tuple[Collection[int], tuple[str, ...], str, bool]],
) -> tuple[Meaning, ...]:
    """The rows of a generated `REFUSALS`: statuses, codes, what they mean, whether signed."""
    return tuple(
        Meaning(statuses, codes, *MEANINGS[means], signed)
        for statuses, codes, means, signed in rows
    )


@frozen(kw_only=True)
class ProviderInfo:
    """One provider, as data.

    `read_error` reads a decoded error body, None if it is not one of the provider's. `refusals` is
    what its refusals mean; others mean what their status does, but for 404: that a task is not
    there is only what a row here says. `request_id_header` is in its answers,
    `client_request_id_header` in our requests.

    Paths are those below the base URL. `deletes_below` is the path below which DELETE has one
    segment, and without which it would reach the collection or what is above it; `deletes_at` is
    that of a deletion by another method, `lists_at` that of the list. `doubts_key` tells a decoded
    body with HTTP 200 that may be about the form in which the key was sent. `key_file` is where the
    vendor's own tools keep the key, for the command.
    """

    name: str
    title: str
    key_variable: str
    key_from: str
    url_variable: str
    default_url: str
    read_error: Callable[[object], ErrorBody | None]
    refusals: tuple[Meaning, ...]
    request_id_header: str | None = None
    client_request_id_header: str | None = None
    deletes_below: str | None = None
    deletes_at: str | None = None
    lists_at: str | None = None
    doubts_key: Callable[[object], bool] | None = None
    key_file: str | None = None
