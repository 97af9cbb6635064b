"""One request and its answer: the seam at which whatever httpx, JSON or a server does becomes ours.

Owns: the bounds of an answer, and what it means that there is none; what refusals mean is in
`_http.refusals`. Nothing but a good answer (200 or 204 with the JSON object that the specs promise)
passes on to the generated parsers, since they fail on anything else, after the server may have
acted. Refuses to retry: `_rules.flows` knows what may be.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, cast

import httpcore
import httpx

from .._clock import now
from .._model.errors import (
    AnswerLost,
    BadAnswer,
    InvalidRef,
    NotConnected,
    VideoTasksError,
)
from .._text import MOST_QUOTED, short
from .link import AuthScheme, Link, log_request, url_of
from .refusals import SAYS, refusal
from .streams import Allowance, TooLarge

call_timeout: ContextVar[float | None] = ContextVar("call_timeout", default=None)
"""Seconds for a whole answer, for the call being made; None for the client's own."""
send_not_after: ContextVar[float | None] = ContextVar("send_not_after", default=None)
"""The last moment, on the clock of `_clock`, at which the call being made may leave."""

_MOST_OF_A_MESSAGE: Final = 400
"""Characters of a whole message."""
MOST_OF_A_TASK: Final = 1_000_000
MOST_OF_A_PAGE: Final = 8_000_000
"""Bytes of an answer's body. A task takes about two thousand, a page has up to 500 of them."""
MOST_OF_AN_ERROR: Final = 65_536
"""Bytes that are read of a refusal's body."""
_MOST_SHOWN: Final = 2048
"""Bytes that are looked at for words, where such a body is not the provider's."""
_MOST_PIECES: Final = 20_000
"""Pieces that a body may come in: taking one in costs as much as a thousand bytes."""
_VALUES_A_BYTE: Final = 0.05
"""JSON values for each byte that an answer may have: each costs far more than the byte it takes."""
_MOST_OF_AN_ID: Final = 100
"""Characters of a server's id for a request."""

_ENCODINGS: Final = frozenset(
    {"br", "bzip2", "compress", "dcb", "dcz", "deflate", "gzip", "x-compress", "x-gzip", "zstd"}
)
_KEY_REFUSED: Final = frozenset({401, 403})
# How the body came, which it is no more; and a charset that may take very long to decode.
_NOT_HANDED_ON: Final = frozenset(
    {b"content-encoding", b"content-length", b"content-type", b"transfer-encoding"}
)


class Exchange:
    """One request and its answer: the rules of this module, for both clients.

    The whole answer has the timeout of the call, from when the request leaves.
    """

    def __init__(self, link: Link, request: httpx.Request) -> None:
        self._link = link
        self._site = link.site
        self._key = link.key
        self._request = request
        self._seconds = call_timeout.get() or link.timeout
        self._schemes = list(link.forms.schemes)
        self._doubtful: httpx.Response | None = None
        path = request.url.raw_path.partition(b"?")[0]
        self._deletes = request.method == "DELETE" or path == self._path(link.site.deletes_at)
        self._most = MOST_OF_A_PAGE if path == self._path(link.site.lists_at) else MOST_OF_A_TASK
        self._check_path(request)
        header = link.site.client_request_id_header
        self._request_id: str | None = None
        self._said_id: str | None = None
        if header:
            self._request_id = request.headers.setdefault(header, uuid.uuid4().hex)

    def _path(self, below: str | None) -> bytes | None:
        """The path of something below the base URL."""
        return None if below is None else url_of(self._link.base_url + below).raw_path

    def _check_path(self, request: httpx.Request) -> None:
        prefix = self._path(self._site.deletes_below)
        if request.method != "DELETE" or prefix is None:
            return
        path = request.url.raw_path
        if not path.startswith(prefix) or not path[len(prefix) :] or b"/" in path[len(prefix) :]:
            raise InvalidRef(
                f"the id leads to {short(path.decode('ascii'))}, which is not a task; nothing was "
                "sent",
                provider=self._site.name,
            )

    @property
    def deletes(self) -> bool:
        """Whether it asks for a deletion."""
        return self._deletes

    def begin(self) -> None:
        """Make the request ready, with the next form of the key."""
        self._scheme: AuthScheme = self._schemes.pop(0)
        self._link.sign(self._request, self._scheme)
        waiting = self._seconds
        if (not_after := send_not_after.get()) is not None:
            waiting = max(min(not_after - now(), self._seconds), 0.001)
        self._allowance = Allowance(min(self._link.connect_timeout, waiting), self._seconds)
        self._request.extensions["timeout"] = {
            **dict.fromkeys(("connect", "read", "write"), self._allowance),
            "pool": waiting,
        }
        self._started = time.monotonic()
        self._said_id = None
        self._raw = bytearray()
        self._pieces = 0

    def leaving(self) -> None:
        """It is about to go out: its time begins."""
        self._allowance.leaving()

    def opened(self, response: httpx.Response) -> bool:
        """The head of the answer is here: whether its body is to be read."""
        stream = response.extensions.get("network_stream")
        if not getattr(stream, "answered", True):
            raise httpcore.RemoteProtocolError("an answer was there before the request was sent")
        if self._site.request_id_header:
            said = response.headers.get(self._site.request_id_header)
            self._said_id = self._clean(said, _MOST_OF_AN_ID) if said else None
            self._request_id = self._said_id or self._request_id
        self._allowance.body(self._most)
        if self._schemes and response.status_code in _KEY_REFUSED:
            return False  # the next form of the key comes first
        if _is_packed(response):
            if response.is_success:
                raise httpx.DecodingError("it is compressed, which was not asked for")
            return False
        return True

    def take(self, piece: bytes, response: httpx.Response) -> bool:
        """Take a piece of the body; whether more is wanted."""
        self._raw += piece
        self._pieces += 1
        if self._pieces > _MOST_PIECES:
            raise TooLarge
        return response.is_success or len(self._raw) < MOST_OF_AN_ERROR

    def answered(self, response: httpx.Response) -> httpx.Response | None:
        """The answer, if a generated parser may have it; None to try the next form of the key.

        Raises whatever else the answer means.
        """
        status = response.status_code
        log_request(self._site, self._request, status, self._started, self._said_id)
        raw = self._key.hide_bytes(bytes(self._raw))
        body = self._decoded(raw)
        doubts = self._site.doubts_key
        doubtful = status == 200 and doubts is not None and doubts(body)
        content = raw if response.is_success else raw[:_MOST_SHOWN]
        if response.is_success and b"\\" in raw:
            content = json.dumps(body).encode()  # with what was hidden in it
        answer = _Answer(body, status, content, self._headers(response), self._request)
        if self._schemes and (status in _KEY_REFUSED or (doubtful and not self._deletes)):
            self._doubtful = answer if doubtful else None
            return None
        if self._doubtful is not None and (doubtful or not response.is_success):
            return self._doubtful  # the other form of the key did no better
        good = self._good(answer, response)
        if not doubtful:  # anything else may have come before the key was looked at
            self._link.forms.worked(self._scheme)
        return good

    def _headers(self, response: httpx.Response) -> list[tuple[bytes, bytes]]:
        """The headers to hand on."""
        id_header = (self._site.request_id_header or "").lower().encode()
        left_out = {id_header, *_NOT_HANDED_ON}
        headers = [
            (name, self._key.hide_bytes(value))
            for name, value in response.headers.raw
            if name.lower() not in left_out
        ]
        if self._said_id:
            headers.append((id_header, self._said_id.encode()))
        return headers

    def _good(self, answer: _Answer, response: httpx.Response) -> httpx.Response:
        status, deletes = answer.status_code, self._request.method == "DELETE"
        decoded: object = answer.decoded
        whole = status == 200 and isinstance(decoded, dict)
        empty = deletes and not answer.content
        if empty and status == 200 and _has_length(response):
            # Ark's sample answer is `{}`; nothing at all says as much, but would not parse.
            answer.decoded = dict[str, object]()
        elif not whole and not (empty and status == 204):
            raise refusal(self._site, self._key, answer, answer.decoded, self._request_id)
        if self._site.request_id_header and self._request_id:
            # Ours where the server has none: whoever reads the answer has an id to quote.
            answer.headers[self._site.request_id_header] = self._request_id
        return answer

    def lost(self, error: Exception) -> VideoTasksError | httpx.Response:
        """What it means that there is no whole answer.

        Nothing of `error` goes along but its words, without the key: it may hold what the server
        sent.
        """
        log_request(self._site, self._request, type(error).__name__, self._started, None)
        if self._doubtful is not None:
            return self._doubtful
        title, wait = self._site.title, f"{self._seconds:g} s"
        words = self._clean(str(error)) or type(error).__name__
        if not self._allowance.sent:
            return self._error(
                NotConnected,
                f"no connection to {title} at {self._link.base_url}{self._link.way}: {words}; "
                "nothing was sent, check the address and the network",
            )
        if isinstance(error, TooLarge):
            return self._error(
                BadAnswer, f"{title} answered with more than the {self._most // 1000:,} kB it may"
            )
        if isinstance(error, httpx.DecodingError):
            return self._error(BadAnswer, f"{title} {SAYS[BadAnswer]} ({words})")
        if isinstance(error, httpcore.TimeoutException):
            return self._error(AnswerLost, f"{title} did not answer within {wait}")
        return self._error(AnswerLost, f"the connection to {title} broke off: {words}")

    def _decoded(self, raw: bytes) -> object:
        """The decoded body; None where it is not JSON, or has more in it than an answer may."""
        if sum(map(raw.count, (b",", b":", b"[", b"{"))) > self._most * _VALUES_A_BYTE:
            return None
        try:
            body: object = json.loads(raw.decode("utf-8-sig"))
            # What is escaped was not hidden yet.
            return _mended(body, self._key.hide) if b"\\" in raw else body
        except (ValueError, RecursionError):
            return None

    def _clean(self, text: str, most: int = MOST_QUOTED) -> str:
        """A server's words, fit to be shown."""
        return short(self._key.hide(text), most)

    def _error(self, kind: type[VideoTasksError], message: str) -> VideoTasksError:
        return kind(message, provider=self._site.name, request_id=self._request_id)


class _Answer(httpx.Response):
    """An answer that was decoded already."""

    def __init__(
        self,
        decoded: object,
        status: int,
        content: bytes,
        headers: list[tuple[bytes, bytes]],
        request: httpx.Request,
    ) -> None:
        super().__init__(status, headers=headers, content=content, request=request)
        self.decoded: object = decoded

    def json(self, **_options: Any) -> Any:
        """What the body says."""
        return self.decoded


def understood(link: Link, error: Exception) -> VideoTasksError:
    """Ours for whatever calling and reading raised.

    Anything unexpected is a generated parser's or a reader's, and so comes after the request was
    sent: it counts as an answer that does not tell, never as done, and never as surely not done. As
    in `Exchange.lost`, nothing else of it goes along.
    """
    if not isinstance(error, VideoTasksError):
        return BadAnswer(
            f"{link.site.title}'s answer could not be read ({type(error).__name__})",
            provider=link.site.name,
        )
    # Hidden before it is cut, or part of a key could stay.
    error.args = (short(link.key.hide(str(error)), _MOST_OF_A_MESSAGE),)
    return error


def _mended(value: object, mend: Callable[[str], str]) -> object:
    """A decoded body with `mend` applied to each text in it."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, list):
        return [_mended(one, mend) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {mend(name): _mended(one, mend) for name, one in fields.items()}
    return value


def _is_packed(response: httpx.Response) -> bool:
    """Whether the body is compressed; some servers name a charset there, or nothing."""
    named: str = response.headers.get("Content-Encoding", "")
    return any(word.strip().lower() in _ENCODINGS for word in named.split(","))


def _has_length(response: httpx.Response) -> bool:
    """Whether the answer says where it ends; if not, it may have been cut off behind its head."""
    return "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
