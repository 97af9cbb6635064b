"""What an answer means that is not good, as a `VideoTasksError`.

Owns: which error follows from status and code, or from what reading it raised, and its words.
Refuses to know any provider's codes (each has its own table), and to decide what to do about an
error: that is in `_rules.flows`.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Final

from .._model.errors import (
    AccountBlocked,
    AnswerLost,
    AuthenticationError,
    BadAnswer,
    Conflict,
    NoCredits,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    RequestRefused,
    ServerError,
    VideoTasksError,
    WrongBaseURL,
)
from .._text import short
from .bounds import DecodedResponse
from .info import ErrorBody, ProviderInfo
from .settings import ApiKey, ConnectionSettings

_MOST_OF_A_MESSAGE: Final = 400
"""Characters of a whole message."""
_MOST_OF_A_CODE: Final = 60
"""Characters, of a server's error code."""

_OTHER_404: Final = (
    "answered 404 in a way that does not say that it doesn't know the task; check the base URL, "
    "and what stands in between"
)

_KINDS: Final[dict[int, type[VideoTasksError]]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    # From another server, or about something else: it does not say that the task is gone.
    404: BadAnswer,
    # A server or gateway that waited in vain for the request, or thinks so: it may have acted.
    408: AnswerLost,
    409: Conflict,
    429: RateLimited,
}
"""What a status means without a code; other 4xx are `RequestRefused`, 5xx `ServerError`, the rest
`BadAnswer`. What codes mean is in each provider's own table."""

SAYS: Final[dict[type[VideoTasksError], str]] = {
    AuthenticationError: "refused the key; check it, and that it belongs to this base URL",
    AccountBlocked: "says that the account can't be used (the key may be good); see its console",
    PermissionDenied: "does not let the key's account do this; check what the key may use",
    NotFound: "does not know the task",
    WrongBaseURL: "has no such path; check the base URL",
    AnswerLost: "gave up waiting for the request",
    Conflict: "can't do that in the task's present state",
    RateLimited: "says that requests come too fast; send fewer",
    QuotaExceeded: "says that a quota is used up, so trying again soon does not help",
    NoCredits: "says there are not enough credits",
    RequestRefused: "refused the request",
    ServerError: "had an error of its own; try again later",
    BadAnswer: "answered in a form that it is not known to use; check the base URL",
}


def refusal(
    info: ProviderInfo,
    key: ApiKey,
    answer: DecodedResponse,
    said_id: str | None,
    request_id: str | None,
) -> VideoTasksError:
    """The error for an answer that is not good; `said_id` is the server's id for the request,
    `request_id` that or else ours."""
    status = answer.status_code
    said = info.read_error(answer.decoded)
    signed = bool(said_id and said and said_id in (said.message or ""))
    kind, says = _kind(info, status, said, signed=signed)
    code = said.code if said else None
    if isinstance(code, str):
        code = short(key.hide(code), _MOST_OF_A_CODE)
    words = short(key.hide((said.message if said else answer.text) or ""))
    told = f"{status}{f' {code}' if code not in (None, '') else ''}{f': {words}' if words else ''}"
    error = kind(
        f"{info.title} {says} ({told})",
        provider=info.name,
        status_code=status,
        code=code,
        request_id=request_id,
    )
    if isinstance(error, RateLimited | QuotaExceeded):
        error.retry_after = _retry_after(answer.headers.get("Retry-After"))
    return error


def as_our_error(settings: ConnectionSettings, error: Exception) -> VideoTasksError:
    """Our error for whatever a call raised.

    Anything unexpected comes from a generated parser or a reader, so after the request was sent: it
    counts as an answer that does not tell, not as done, and not as surely not done. As in
    `Exchange.lost`, nothing else of it is kept.
    """
    if not isinstance(error, VideoTasksError):
        return BadAnswer(
            f"{settings.info.title}'s answer could not be read ({type(error).__name__})",
            provider=settings.info.name,
        )
    # Hidden before it is cut, or part of a key could stay.
    error.args = (short(settings.key.hide(str(error)), _MOST_OF_A_MESSAGE),)
    return error


def _kind(
    info: ProviderInfo, status: int, said: ErrorBody | None, *, signed: bool
) -> tuple[type[VideoTasksError], str]:
    for row in info.refusals:
        if said and row.fits(status, said, signed=signed):
            return row.kind, row.says or SAYS[row.kind]
    kind = _KINDS.get(status)
    if kind is None:
        kind = ServerError if 500 <= status < 600 else BadAnswer
        kind = RequestRefused if 400 <= status < 500 else kind
    return kind, _OTHER_404 if status == 404 else SAYS[kind]


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
