"""Bounds, in seconds and in bytes, on all that is read from or written to the network.

Owns: what one request may take, what is known of a connection, how large a body may be and what may
be in it. A connection with data left over from before is refused, since that would be taken for the
answer to the next request. Refuses to read or write: the streams do (`_http.async_client`). Refuses
to know what an answer means.
"""

from __future__ import annotations

import ipaddress
import json
import math
import ssl
import time
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any, Final, Self, cast

import httpcore
import httpx

from .settings import ApiKey

MOST_OF_A_HEAD: Final = 16_384
MOST_LINES: Final = 1_500
"""Bytes and lines that come before a body: status line, headers, 1xx answers. The last piece that
is read may have some of the body, and lines of it, in it."""
MOST_OF_A_TASK: Final = 1_000_000
MOST_OF_A_PAGE: Final = 8_000_000
"""Bytes of an answer's body. A task takes about two thousand, a page has up to 500 of them."""
MOST_OF_AN_ERROR: Final = 65_536
"""Bytes that are read of a refusal's body."""
MOST_SHOWN: Final = 2048
"""Bytes of it that a message may quote from, where it is not in the provider's form."""
MOST_PIECES: Final = 20_000
"""Pieces that a body may come in: each costs as much time as a thousand bytes."""
_VALUES_A_BYTE: Final = 0.05
"""JSON values for each byte that an answer may have: each costs far more than the byte it takes."""
_BEGINNING: Final = b"HTTP/"
"""How every answer begins."""


class TooLarge(Exception):
    """More was answered than a request may take."""


class Allowance(float):
    """What one request may still take.

    It is a number because httpcore passes each read its timeout unchanged: so the allowance of a
    request reaches the stream that the request uses. Connecting has a time of its own; the time for
    the answer begins when the request leaves.
    """

    def __new__(cls, connect: float, answer: float) -> Self:
        """For httpcore it is just some number."""
        return super().__new__(cls, connect + answer)

    def __init__(self, connect: float, answer: float) -> None:
        self._connect = connect
        self._answer = answer
        self._bytes_left = MOST_OF_A_HEAD
        self._lines_left: float = MOST_LINES
        self._ends = time.monotonic() + connect
        self.sent = False
        """Whether anything of the request may have left."""

    def connecting(self) -> None:
        """A connection is being made."""
        self._ends = time.monotonic() + self._connect

    def leaving(self) -> None:
        """The request is about to go out on a connection that is ready."""
        self.sent = True
        self._ends = time.monotonic() + self._answer
        self._bytes_left = MOST_OF_A_HEAD
        self._lines_left = MOST_LINES

    def body(self, most: int) -> None:
        """The head is here; the body may have so many bytes, its framing included."""
        self._bytes_left = most
        self._lines_left = math.inf

    @property
    def left(self) -> float:
        """Seconds left. Raises httpcore's timeouts."""
        left = self._ends - time.monotonic()
        if left > 0:
            return left
        if self.sent:
            raise httpcore.ReadTimeout("the whole answer took too long")
        raise httpcore.ConnectTimeout("connecting took too long")

    def take(self, data: bytes) -> None:
        """Count what was read. Raises `TooLarge`."""
        self._bytes_left -= len(data)
        self._lines_left -= data.count(b"\n") if self._lines_left < math.inf else 0
        if self._bytes_left < 0 or self._lines_left < 0:
            raise TooLarge


class BoundedStream:
    """The state of one connection, for the sync and the async stream."""

    def __init__(self, stream: Any, timeout: float | None) -> None:
        self._stream = stream
        self._tls: Any = stream.get_extra_info("ssl_object")  # asking anyio each time is slow
        # Some of httpcore's own steps name no timeout, such as those with a SOCKS proxy.
        self._allowance = allowance_of(timeout)
        self._used = False
        self._unread = b""
        self._beginning = b""

    @property
    def answered(self) -> bool:
        """Whether anything was read since the last request began to leave."""
        return bool(self._beginning)

    def _read(self, data: bytes) -> None:
        self._allowance.take(data)
        if self._allowance.sent and len(self._beginning) < len(_BEGINNING):
            self._beginning = (self._beginning + data)[: len(_BEGINNING)]
            if not _BEGINNING.startswith(self._beginning):
                # The rest of an answer whose beginning was there before, unseen.
                raise httpcore.RemoteProtocolError("what came is not the beginning of an answer")

    def _begin(self, timeout: float | None) -> float:
        """Use this request's allowance from now on. Returns the seconds left."""
        allowance = self._allowance if timeout is None else allowance_of(timeout)
        new, self._allowance = allowance is not self._allowance, allowance
        left = allowance.left
        if new and self._used:
            self._beginning = b""
            if self._has_leftovers():
                allowance.sent = False
                raise httpcore.ConnectError("the connection was closed, or had leftovers on it")
        return left

    def _has_leftovers(self) -> bool:
        """Whether there is anything to read, or the other side has closed, with nothing asked."""
        if self._unread or self._stream.get_extra_info("is_readable"):
            return True
        if self._tls is None:
            return False
        if not isinstance(self._tls, ssl.SSLObject):
            return bool(self._tls.pending())  # a socket's: what it has not decrypted is readable
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            return True
        return True

    def get_extra_info(self, info: str) -> Any:
        """As httpcore's own streams."""
        if info == "is_readable":
            return self._has_leftovers()
        return self._stream.get_extra_info(info)


def allowance_of(timeout: float | None) -> Allowance:
    assert isinstance(timeout, Allowance)  # noqa: S101  # each request of ours has one
    return timeout


def is_loopback_peer(stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream) -> bool:
    address = stream.get_extra_info("server_addr")
    return bool(address) and ipaddress.ip_address(address[0]).is_loopback


def not_this_machine(host: str) -> httpcore.ConnectError:
    return httpcore.ConnectError(
        f"{host} is not this machine, and the key is not sent in the clear; use https"
    )


class DecodedResponse(httpx.Response):
    """An answer whose body has been decoded already."""

    def __init__(
        self,
        decoded: object,
        status: int,
        content: bytes,
        headers: list[tuple[bytes, bytes]],
        request: httpx.Request,
    ) -> None:
        stream = httpx.ByteStream(content)
        super().__init__(status, headers=headers, stream=stream, request=request)
        self._whole = content
        self.decoded: object = decoded

    @property
    def content(self) -> bytes:
        """The body; it need not be read."""
        return self._whole

    def json(self, **_options: Any) -> Any:
        """What the body says."""
        return self.decoded


def decode(raw: bytes, key: ApiKey, most: int) -> object:
    """The decoded body; None if it is not JSON, or has more values than `most` bytes may have."""
    if sum(map(raw.count, (b",", b":", b"[", b"{"))) > most * _VALUES_A_BYTE:
        return None
    try:
        body: object = json.loads(raw.removeprefix(BOM_UTF8).decode())
        # A key that is written with escapes was not hidden yet.
        return _with_texts(body, key.hide) if b"\\" in raw else body
    except (ValueError, RecursionError):
        return None


def _with_texts(value: object, change: Callable[[str], str]) -> object:
    """A decoded body with `change` applied to each text in it."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_with_texts(one, change) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {change(name): _with_texts(one, change) for name, one in fields.items()}
    return value
