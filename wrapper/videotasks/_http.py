"""httpx below the generated clients: auth, timeouts, request ids, one log line a request.

Owns: the one seam at which whatever httpx, JSON or a server does becomes a `VideoTasksError`.
Nothing but a good answer (200 or 204 with the JSON object that the specs promise) passes on to the
generated parsers, since they fail, after the server may have acted, on anything else. Refuses to
retry (`_flows` knows what may be), to follow redirects, to log a body, a header or a key, and to
send the key to any host but the configured one.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from ._errors import (
    AnswerLost,
    AuthenticationError,
    BadAnswer,
    Conflict,
    NoCredits,
    NotConnected,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerError,
    VideoTasksError,
    WrongAddress,
)
from ._settings import ApiKey, ErrorBody, Site, is_loopback
from ._text import short
from ._version import __version__

log = logging.getLogger("videotasks")

AuthScheme = Literal["bare", "bearer"]

USER_AGENT: Final = f"videotasks/{__version__}"
_MOST_CONNECTIONS: Final = 100

_STREAM: Final[dict[str, Any]] = {"stream": True}

call_timeout: ContextVar[float | None] = ContextVar("call_timeout", default=None)
"""Seconds for a whole answer, for the call being made; None for the client's own."""

_KEY_REFUSED: Final = frozenset({401, 403})

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

_SAYS: Final[dict[type[VideoTasksError], str]] = {
    AuthenticationError: "refused the key; check it, and that it belongs to this base URL's region",
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

_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""What httpx raises before anything of the request can have left. All else may come after."""


class KeyAuth(httpx.Auth):
    """The key in `Authorization`, bare or as Bearer.

    With more than one scheme, the next is tried when the server answers 401 or 403, and the one
    that worked is kept. A refused key means that nothing was done, so sending again is safe.
    """

    def __init__(self, site: Site, key: ApiKey, base_url: str, *schemes: AuthScheme) -> None:
        self._site = site
        self._key = key
        self._origin = _origin(httpx.URL(base_url))
        self._schemes = schemes

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign, send, and go on to the next scheme if this one was refused."""
        if _origin(request.url) != self._origin:
            yield request
            return
        schemes = self._schemes
        for scheme in schemes:
            value = self._key.reveal()
            request.headers["Authorization"] = value if scheme == "bare" else f"Bearer {value}"
            started = time.monotonic()
            response = yield request
            if response.status_code not in _KEY_REFUSED:
                self._schemes = (scheme,)
                return
            if scheme != schemes[-1]:
                # The last answer is logged by the exchange; this one nobody else sees.
                _log(self._site, request, response.status_code, started, response.headers)


@frozen(kw_only=True)
class Link:
    """What the sync and the async client of one provider share."""

    site: Site
    key: ApiKey
    base_url: str
    timeout: float
    connect_timeout: float
    auth: KeyAuth

    def options(self) -> dict[str, Any]:
        """Arguments for httpx's clients."""
        return {
            "base_url": self.base_url,
            "auth": self.auth,
            "verify": _tls(),
            "headers": {"User-Agent": USER_AGENT, "Accept": "application/json"},
            "limits": httpx.Limits(
                max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS
            ),
            "follow_redirects": False,
            # A proxy from the environment must not come between us and this machine.
            "trust_env": not is_loopback(urlsplit(self.base_url).hostname or ""),
        }


class SyncHTTP(httpx.Client):
    """httpx's client, raising `VideoTasksError` for all that is not a good answer."""

    def __init__(self, link: Link) -> None:
        super().__init__(**link.options())
        self._link = link

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self._link, request)
        with exchange.translated():
            response = super().send(request, **(options | _STREAM))
            try:
                exchange.opened()
                for chunk in response.iter_raw():
                    exchange.take(chunk)
            finally:
                response.close()
            return exchange.good(response)


class AsyncHTTP(httpx.AsyncClient):
    """`SyncHTTP`, for asyncio."""

    def __init__(self, link: Link) -> None:
        super().__init__(**link.options())
        self._link = link

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self._link, request)
        with exchange.translated():
            response = await super().send(request, **(options | _STREAM))
            try:
                exchange.opened()
                async for chunk in response.aiter_raw():
                    exchange.take(chunk)
            finally:
                await response.aclose()
            return exchange.good(response)


class Exchange:
    """One request and its answer: the rules of this module, for both clients.

    The timeout is for the whole answer, where httpx's own is for each chunk. A server that drips
    can stretch it to twice its length, since a read that has begun is not cut short.
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
        request.extensions["timeout"] = httpx.Timeout(
            seconds, connect=min(link.connect_timeout, seconds)
        ).as_dict()
        header = link.site.client_request_id_header
        self._request_id: str | None = None
        if header:
            self._request_id = request.headers.setdefault(header, uuid.uuid4().hex)

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
        _log(self._site, self._request, response.status_code, self._started, response.headers)
        whole = httpx.Response(
            response.status_code,
            headers=response.headers,
            content=bytes(self._raw),
            request=self._request,
        )
        body = _json(whole.content)
        if whole.status_code == 204 and not whole.content:
            return whole
        if whole.status_code == 200 and isinstance(body, dict):
            return whole
        if whole.status_code == 200 and not whole.content and self._request.method == "DELETE":
            # Ark's sample answer is `{}`; nothing at all says as much, but would not parse.
            return httpx.Response(200, headers=response.headers, json={}, request=self._request)
        raise self._refusal(whole, body)

    @contextmanager
    def translated(self) -> Generator[None]:
        """Raise ours for httpx's."""
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            _log(self._site, self._request, type(error).__name__, self._started, {})
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
        if isinstance(error, httpx.TimeoutException):
            return self._error(AnswerLost, f"{title} did not answer within {wait}")
        return self._error(AnswerLost, f"the connection to {title} broke off: {words}")

    def _refusal(self, response: httpx.Response, body: object) -> VideoTasksError:
        status = response.status_code
        said = self._site.read_error(body)
        code = said.code if said else None
        kind = self._kind(status, said)
        words = short(self._key.hide((said.message if said else response.text) or ""))
        told = f"{status}{f' {code}' if code is not None else ''}{f': {words}' if words else ''}"
        error = self._error(kind, f"{self._site.title} {_SAYS[kind]} ({told})", status, code)
        if isinstance(error, RateLimited):
            error.retry_after = _retry_after(response.headers.get("Retry-After"))
        return error

    def _kind(self, status: int, said: ErrorBody | None) -> type[VideoTasksError]:
        code = said.code if said else None
        if code is not None and (special := self._site.refusals.get((status, code))):
            return special
        if status == 404 and said is None:
            # Some other server's 404: the provider did not say that the task is gone.
            return BadAnswer
        if status in _KINDS:
            return _KINDS[status]
        if 400 <= status < 500:
            return RequestRefused
        return ServerError if 500 <= status < 600 else BadAnswer

    def _error(
        self,
        kind: type[VideoTasksError],
        message: str,
        status: int | None = None,
        code: str | int | None = None,
    ) -> VideoTasksError:
        return kind(
            message,
            provider=self._site.name,
            status_code=status,
            code=code,
            request_id=self._request_id,
        )


@contextmanager
def reading(link: Link) -> Generator[None]:
    """Raise ours for whatever a generated parser or a reader makes of an answer.

    Anything unexpected comes after the request was sent, so it counts as an answer that does not
    tell: never as done, and never as surely not done.
    """
    try:
        yield
    except VideoTasksError as error:
        error.args = (link.key.hide(str(error)),)
        raise
    except Exception as error:
        raise BadAnswer(
            f"{link.site.title}'s answer could not be read ({type(error).__name__})",
            provider=link.site.name,
        ) from error


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes longer than all else in making one."""
    return httpx.create_ssl_context()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _json(content: bytes) -> object:
    """The decoded body, or None where it is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a header that has seconds or a date; None where it has neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return max(seconds, 0.0) if seconds < float("inf") else None


def _log(
    site: Site,
    request: httpx.Request,
    result: int | str,
    started: float,
    headers: Mapping[str, str],
) -> None:
    """One line a request."""
    asked = request.headers.get(site.client_request_id_header or "", "-")
    answered = headers.get(site.request_id_header or "", "-")
    log.debug(
        "%s %s %s %.0f ms id=%s server-id=%s",
        request.method,
        request.url.raw_path.decode("ascii"),
        result,
        (time.monotonic() - started) * 1000,
        asked,
        answered,
    )
