"""One request and its answer: the seam at which whatever httpx, JSON or a server does becomes ours.

Owns: what it means when no answer comes, as a `VideoTasksError`; what a refusal means is in
`_refusals`. Nothing but a good answer (200 or 204 with the JSON object that the specs promise)
passes on to the generated parsers, since they fail on anything else, after the server may have
acted. Refuses to retry: `_flows` knows what may be.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Final

import httpx

from ._clock import now
from ._errors import AnswerLost, BadAnswer, InvalidRef, NotConnected, VideoTasksError
from ._link import Link, log_request
from ._refusals import SAYS, refusal
from ._text import short

call_timeout: ContextVar[float | None] = ContextVar("call_timeout", default=None)
"""Seconds for a whole answer, for the call being made; None for the client's own."""
send_not_after: ContextVar[float | None] = ContextVar("send_not_after", default=None)
"""The last moment, on the clock of `_clock`, at which the call being made may leave."""

_MOST_OF_A_MESSAGE: Final = 400
"""Characters, of a whole message."""

_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises before anything of the request can have left. All else may come after."""


class Exchange:
    """One request and its answer: the rules of this module, for both clients.

    The timeout is for the whole answer, where httpx's own is for each read. In threads a read that
    has begun is not cut short: a server that drips can stretch a body to twice the timeout, and the
    head of an answer for as long as it likes.
    """

    def __init__(self, link: Link, request: httpx.Request) -> None:
        seconds = call_timeout.get() or link.timeout
        self._site = link.site
        self._key = link.key
        self._base_url = link.base_url
        self._request = request
        self._seconds = seconds
        self._started = time.monotonic()
        self._raw = bytearray()
        self._check_path(request)
        waiting = seconds
        if (not_after := send_not_after.get()) is not None:
            waiting = max(min(not_after - now(), seconds), 0.001)
        request.extensions["timeout"] = httpx.Timeout(
            seconds, connect=min(link.connect_timeout, waiting), pool=waiting
        ).as_dict()
        header = link.site.client_request_id_header
        self._request_id: str | None = None
        if header:
            self._request_id = request.headers.setdefault(header, uuid.uuid4().hex)

    def _check_path(self, request: httpx.Request) -> None:
        below = self._site.deletes_below
        if request.method != "DELETE" or below is None:
            return
        prefix = _path(self._base_url + below)
        path = request.url.raw_path
        if not path.startswith(prefix) or not path[len(prefix) :] or b"/" in path[len(prefix) :]:
            raise InvalidRef(
                f"the id leads to {short(path.decode('ascii'))}, which is not a task; nothing was "
                "sent",
                provider=self._site.name,
            )

    @property
    def seconds(self) -> float:
        """For the whole answer."""
        return self._seconds

    def opened(self) -> None:
        """The head of the answer is here: what is left of the time is for its body."""
        left = self._started + self._seconds - time.monotonic()
        self._request.extensions["timeout"]["read"] = max(left, 0.001)

    def take(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        self._raw += chunk
        if time.monotonic() > self._started + self._seconds:
            raise httpx.ReadTimeout("the whole answer took too long", request=self._request)

    def good(self, response: httpx.Response) -> httpx.Response:
        """The answer, if a generated parser may have it; raises otherwise."""
        if self._site.request_id_header:
            self._request_id = response.headers.get(self._site.request_id_header, self._request_id)
        whole = httpx.Response(
            response.status_code,
            headers=response.headers,
            content=bytes(self._raw),
            request=self._request,
        )
        # After the body was unpacked, so that one that can't be is not logged twice.
        log_request(
            self._site, self._request, response.status_code, self._started, response.headers
        )
        body = _json(whole.content)
        deleting = self._request.method == "DELETE"
        if whole.status_code == 204 and not whole.content and deleting:
            return whole
        if whole.status_code == 200 and isinstance(body, dict):
            return whole
        if whole.status_code == 200 and not whole.content and deleting:
            # Ark's sample answer is `{}`; nothing at all says as much, but would not parse.
            return httpx.Response(200, headers=response.headers, json={}, request=self._request)
        raise refusal(self._site, self._key, whole, body, self._request_id)

    @contextmanager
    def translated(self) -> Generator[None]:
        """Raise ours for httpx's."""
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            log_request(self._site, self._request, type(error).__name__, self._started, {})
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> VideoTasksError:
        title, wait = self._site.title, f"{self._seconds:g} s"
        words = short(self._key.hide(str(error))) or "no details"
        if isinstance(error, _NEVER_SENT):
            return self._error(
                NotConnected,
                f"no connection to {title} at {self._base_url}: {words}; nothing was sent, "
                "check the address and the network",
            )
        if isinstance(error, httpx.DecodingError):
            return self._error(BadAnswer, f"{title} {SAYS[BadAnswer]} ({words})")
        if isinstance(error, httpx.TimeoutException):
            return self._error(AnswerLost, f"{title} did not answer within {wait}")
        return self._error(AnswerLost, f"the connection to {title} broke off: {words}")

    def _error(self, kind: type[VideoTasksError], message: str) -> VideoTasksError:
        return kind(message, provider=self._site.name, request_id=self._request_id)


@contextmanager
def reading(link: Link) -> Generator[None]:
    """Raise ours for whatever a generated parser or a reader makes of an answer.

    Anything unexpected comes after the request was sent, so it counts as an answer that does not
    tell: never as done, and never as surely not done.
    """
    try:
        yield
    except VideoTasksError as error:
        # Hidden before it is cut, or part of a key could stay.
        error.args = (short(link.key.hide(str(error)), _MOST_OF_A_MESSAGE),)
        raise
    except Exception as error:
        raise BadAnswer(
            f"{link.site.title}'s answer could not be read ({type(error).__name__})",
            provider=link.site.name,
        ) from error


@cache
def _path(url: str) -> bytes:
    return httpx.URL(url).raw_path


def _json(content: bytes) -> object:
    """The decoded body, or None where it is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
