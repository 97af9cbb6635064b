"""One request and its answer: whatever a server or httpcore does ends as an answer or our error.

Owns: what it means that there is an answer, or none; refusals are in `_http.refusals`. Only a good
answer (200 or 204, with the JSON object that the specs promise) reaches the generated parsers,
since they fail on anything else, after the server may have acted. Refuses cookies, and to retry:
`_rules.flows` knows what may be retried.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from typing import Any, Final, cast

import httpcore
import httpx

from .._clock import now
from .._model.errors import AnswerLost, BadAnswer, InvalidRef, NotConnected, VideoTasksError
from .._text import MOST_QUOTED, short
from .bounds import (
    MOST_OF_A_PAGE,
    MOST_OF_A_TASK,
    MOST_OF_AN_ERROR,
    MOST_PIECES,
    MOST_SHOWN,
    Allowance,
    DecodedResponse,
    TooLarge,
    decode,
)
from .refusals import SAYS, refusal
from .settings import AuthScheme, ConnectionSettings, options_of

_MOST_OF_AN_ID: Final = 100
"""Characters of a server's id for a request."""
_ABOUT_TO_SEND: Final = ".send_request_headers.started"
"""How the name of httpcore's event ends, for each version of HTTP."""
_PACKED: Final = frozenset(b"br bzip2 compress dcb dcz deflate gzip x-compress x-gzip zstd".split())
"""Encodings of a body that may unpack to any size."""
_KEY_REFUSED: Final = frozenset({401, 403})
# Cookies; how the body was sent, since it is decoded now; and a charset that may be slow to decode.
_NOT_HANDED_ON: Final = frozenset(
    {b"set-cookie", b"content-encoding", b"content-length", b"content-type", b"transfer-encoding"}
)

_logger = logging.getLogger("videotasks")


class Exchange:
    """One request and its answer: the rules of this module, for both clients.

    The whole answer has the timeout of the call, from when the request leaves.
    """

    def __init__(self, settings: ConnectionSettings, request: httpx.Request) -> None:
        self._settings = settings
        self._info = info = settings.info
        self._request = request
        self.options = options_of(request)
        self._seconds = self.options.timeout or settings.timeout
        self._schemes = settings.schemes.copy()
        self._doubtful: httpx.Response | None = None
        path = request.url.raw_path.partition(b"?")[0]
        self.deletes = request.method == "DELETE" or path == settings.path(info.deletes_at)
        """Whether it asks for a deletion."""
        self._most = MOST_OF_A_PAGE if path == settings.path(info.lists_at) else MOST_OF_A_TASK
        self._check_path(request)
        self._request_id: str | None = None
        if header := info.client_request_id_header:
            self._request_id = request.headers.setdefault(header, uuid.uuid4().hex)

    def _check_path(self, request: httpx.Request) -> None:
        prefix = self._settings.path(self._info.deletes_below)
        if request.method != "DELETE" or prefix is None:
            return
        path = request.url.raw_path
        if not path.startswith(prefix) or not path[len(prefix) :] or b"/" in path[len(prefix) :]:
            where = short(path.decode("ascii"))
            raise InvalidRef(
                f"the id leads to {where}, which is not a task; nothing was sent",
                provider=self._info.name,
            )

    def begin(self, trace: object = None) -> httpcore.Request:
        """The request, with the next form of the key; httpcore calls `trace` at each event."""
        self._scheme: AuthScheme = self._schemes.pop(0)
        self._settings.sign(self._request, self._scheme)
        waiting = self._seconds
        if (not_after := self.options.not_after) is not None:
            waiting = max(min(not_after - now(), self._seconds), 0.001)
        connect = min(self._settings.connect_timeout, waiting)
        self._allowance = allowance = Allowance(connect, self._seconds)
        self._started = time.monotonic()
        self._said_id: str | None = None
        self._raw = bytearray()
        self._pieces = 0
        url = self._request.url
        timeout = {"connect": allowance, "read": allowance, "write": allowance, "pool": waiting}
        return httpcore.Request(
            self._request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=self._request.headers.raw,
            content=self._request.stream,
            extensions={"timeout": timeout, "trace": trace},
        )

    def is_leaving(self, event: str, about: dict[str, Any]) -> bool:
        """Whether the request itself is about to leave, and not a CONNECT to a proxy."""
        return event.endswith(_ABOUT_TO_SEND) and about["request"].method != b"CONNECT"

    def leaving(self) -> None:
        """The request is about to leave: the time for its answer begins."""
        self._allowance.leaving()

    def opened(self, response: httpcore.Response) -> bool:
        """The head of the answer is here: whether its body is to be read."""
        stream = cast("Any", response).extensions["network_stream"]
        if not getattr(stream, "answered", True):
            raise httpcore.RemoteProtocolError("an answer was there before the request was sent")
        self._status = response.status
        self._headers: dict[bytes, bytes] = {}
        for name, value in response.headers:
            name = name.lower()
            earlier = self._headers.get(name)
            self._headers[name] = value if earlier is None else earlier + b", " + value
        if header := self._info.request_id_header:
            said = self._headers.pop(header.lower().encode(), b"")
            self._said_id = self._clean(said.decode("utf-8", "replace"), _MOST_OF_AN_ID) or None
            self._request_id = self._said_id or self._request_id
        self._allowance.body(self._most)
        if self._schemes and self._status in _KEY_REFUSED:
            return False  # the next form of the key comes first
        packed = self._headers.get(b"content-encoding", b"").lower().replace(b",", b" ").split()
        if not _PACKED.isdisjoint(packed):  # some servers name a charset there, or nothing
            if self._is_success:
                raise httpx.DecodingError("it is compressed, which was not asked for")
            return False
        return True

    def take(self, piece: bytes) -> bool:
        """Take a piece of the body; whether more is wanted."""
        self._raw += piece
        self._pieces += 1
        if self._pieces > MOST_PIECES:
            raise TooLarge
        return self._is_success or len(self._raw) < MOST_OF_AN_ERROR

    def answered(self) -> httpx.Response | None:
        """The answer, if a generated parser may have it; None to try the next form of the key.

        Raises the error for any other answer.
        """
        status = self._status
        self._log(status, self._said_id)
        raw = self._settings.key.hide_bytes(bytes(self._raw))
        body = decode(raw, self._settings.key, self._most)
        doubts = self._info.doubts_key
        doubtful = status == 200 and doubts is not None and doubts(body)
        content = raw if self._is_success else raw[:MOST_SHOWN]
        if self._is_success and b"\\" in raw:
            content = json.dumps(body).encode()  # with the key hidden in it
        answer = DecodedResponse(body, status, content, self._handed_on(), self._request)
        if self._schemes and (status in _KEY_REFUSED or (doubtful and not self.deletes)):
            self._doubtful = answer if doubtful else None
            return None
        if self._doubtful is not None and (doubtful or not self._is_success):
            return self._doubtful  # the other form of the key was no better
        self._check_good(answer)
        if not doubtful:  # a doubtful answer may come before the key is checked
            self._settings.schemes[:] = [self._scheme]
        return answer

    @property
    def _is_success(self) -> bool:
        return 200 <= self._status < 300

    def _handed_on(self) -> list[tuple[bytes, bytes]]:
        """The headers to hand on, with an id of the request where there is one."""
        hide = self._settings.key.hide_bytes
        fields = self._headers.items()
        headers = [(name, hide(value)) for name, value in fields if name not in _NOT_HANDED_ON]
        if (header := self._info.request_id_header) and self._request_id:
            # Ours if the server has none, so that there always is an id to quote.
            headers.append((header.encode(), self._request_id.encode()))
        return headers

    def _check_good(self, answer: DecodedResponse) -> None:
        status, empty = answer.status_code, self._request.method == "DELETE" and not answer.content
        # One that doesn't say where it ends may have been cut off behind its head.
        has_length = not self._headers.keys().isdisjoint((b"content-length", b"transfer-encoding"))
        if empty and status == 200 and has_length:
            # Ark's sample answer is `{}`; nothing at all says as much, but would not parse.
            answer.decoded = dict[str, object]()
        elif not (status == 200 and isinstance(answer.decoded, dict)) and not (
            empty and status == 204
        ):
            key, said = self._settings.key, self._said_id
            raise refusal(self._info, key, answer, said, self._request_id)

    def lost(self, error: Exception) -> VideoTasksError | httpx.Response:
        """The result where there is no whole answer.

        Of `error` only the words are kept, without the key: it may hold what the server sent.
        """
        self._log(type(error).__name__, None)
        if self._doubtful is not None:
            return self._doubtful
        title, wait = self._info.title, f"{self._seconds:g} s"
        words = self._clean(str(error)) or type(error).__name__
        if not self._allowance.sent:
            return self._error(
                NotConnected,
                f"no connection to {title} at {self._settings.way}: {words}; "
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

    def _log(self, result: int | str, answered: str | None) -> None:
        """One line a request, with no body, header or key; `answered` is the server's id."""
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug(
                "%s %s %s %.0f ms id=%s server-id=%s",
                self._request.method,
                self._request.url.raw_path.decode("ascii"),
                result,
                (time.monotonic() - self._started) * 1000,
                self._request.headers.get(self._info.client_request_id_header or "", "-"),
                answered or "-",
            )

    def _clean(self, text: str, most: int = MOST_QUOTED) -> str:
        """A server's words, fit to be shown."""
        return short(self._settings.key.hide(text), most)

    def _error(self, kind: type[VideoTasksError], message: str) -> VideoTasksError:
        return kind(message, provider=self._info.name, request_id=self._request_id)
