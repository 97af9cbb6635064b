"""What a refusal means: an answer that is no good one, as a `VideoTasksError`.

Owns: which error follows from status, code and provider, and its words. Refuses to decide what to
do about it: that is in `_flows`.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from ._errors import (
    AnswerLost,
    AuthenticationError,
    BadAnswer,
    Conflict,
    NoCredits,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerError,
    VideoTasksError,
    WrongAddress,
)
from ._settings import ApiKey, ErrorBody, Site
from ._text import short

_MOST_OF_A_CODE: Final = 60
"""Characters, of a server's error code."""

_KINDS: Final[dict[int, type[VideoTasksError]]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFound,
    # A server or gateway that waited in vain for the request, or thinks so: it may have acted.
    408: AnswerLost,
    409: Conflict,
    429: RateLimited,
}
"""What a status means; other 4xx are `RequestRefused`, 5xx `ServerError`, the rest `BadAnswer`."""

SAYS: Final[dict[type[VideoTasksError], str]] = {
    AuthenticationError: "refused the key; check it, and that it belongs to this base URL",
    NotFound: "does not know the task",
    WrongAddress: "has no such path; check the base URL",
    AnswerLost: "gave up waiting for the request",
    Conflict: "can't do that in the task's present state",
    RateLimited: "was asked too fast; ask less often",
    NoCredits: "says there are not enough credits",
    RequestRefused: "refused the request",
    ServerError: "had an error of its own; try again later",
    BadAnswer: "answered in a form that it is not known to use; check the base URL",
}


def refusal(
    site: Site, key: ApiKey, response: httpx.Response, body: object, request_id: str | None
) -> VideoTasksError:
    """The error for an answer that is no good one; `body` is its JSON, decoded."""
    status = response.status_code
    said = site.read_error(body)
    kind = _kind(site, status, said)
    code = said.code if said else None
    if isinstance(code, str):
        code = short(key.hide(code), _MOST_OF_A_CODE)
    words = short(key.hide((said.message if said else response.text) or ""))
    told = f"{status}{f' {code}' if code is not None else ''}{f': {words}' if words else ''}"
    error = kind(
        f"{site.title} {SAYS[kind]} ({told})",
        provider=site.name,
        status_code=status,
        code=code,
        request_id=request_id,
    )
    if isinstance(error, RateLimited):
        error.retry_after = _retry_after(response.headers.get("Retry-After"))
    return error


def _kind(site: Site, status: int, said: ErrorBody | None) -> type[VideoTasksError]:
    code = said.code if said else None
    if code is not None and (special := site.refusals.get((status, code))):
        return special
    if status == 404 and said is None:
        # Some other server's 404: the provider did not say that the task is gone.
        return BadAnswer
    if status in _KINDS:
        return _KINDS[status]
    if 400 <= status < 500:
        return RequestRefused
    return ServerError if 500 <= status < 600 else BadAnswer


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a header that has seconds or a date; None where it has neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(seconds, 0.0) if seconds < float("inf") else None
