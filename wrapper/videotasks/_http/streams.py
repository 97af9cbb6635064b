"""The bound on everything that is read from or written to the network, in seconds and in bytes.

Owns: network streams for httpcore that give up when a request's time or size is used up, whatever
the other side drips or pours: heads, 1xx answers, chunk sizes, trailers, bodies. They also refuse a
connection on which something is left over from before, since it would be taken for the answer to
the next request. Refuses to know HTTP.

What can't be bounded here: in threads, the look-up of a host's name, and a host with several
addresses, each of which is given the whole time to connect.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import ssl
import time
from collections.abc import Iterable
from typing import Any, Final, Self, cast

import httpcore

MOST_OF_A_HEAD: Final = 16_384
MOST_LINES: Final = 1_500
"""Bytes and lines that come before a body: status line, headers, 1xx answers. The last piece that
is read may have some of the body, and lines of it, in it."""
_BEGINNING: Final = b"HTTP/"
"""How every answer begins."""
_READ_AT_ONCE: Final = 262_144
_WRITTEN_AT_ONCE: Final = 16_384
_SMALL_READ: Final = 4096
"""Bytes that are parsed before an event loop gets its turn again: a chunk may have just one."""


class TooLarge(Exception):
    """More was answered than a request may take."""


class Allowance(float):
    """What one request may still take.

    It is a number because httpcore hands each read its timeout as it is: so the allowance of a
    request comes down to the stream that the request was given. Getting connected has a time of its
    own; the time of the answer begins when the request leaves.
    """

    def __new__(cls, connect: float, answer: float) -> Self:
        """For httpcore it is just some number."""
        return super().__new__(cls, connect + answer)

    def __init__(self, connect: float, answer: float) -> None:
        self._connect = connect
        self._answer = answer
        self._bytes_left = MOST_OF_A_HEAD
        self._lines_left: float = MOST_LINES
        self.most_at_once = _SMALL_READ
        """Bytes to read at once: few while in the head, so that little of the body is counted."""
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
        self.most_at_once = _SMALL_READ

    def body(self, most: int) -> None:
        """The head is here; the body may have so many bytes, its framing included."""
        self._bytes_left = most
        self._lines_left = math.inf
        self.most_at_once = most

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


class _Traffic:
    """What is going on on one stream, for both kinds."""

    def __init__(self, stream: Any, timeout: float | None) -> None:
        self._stream = stream
        self._tls: Any = stream.get_extra_info("ssl_object")  # asking anyio each time is slow
        # Some of httpcore's own steps name no timeout, such as those with a SOCKS proxy.
        self._allowance = _allowance(timeout)
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
        """Go by this request's allowance from now on: the seconds left."""
        allowance = self._allowance if timeout is None else _allowance(timeout)
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


class _Stream(_Traffic, httpcore.NetworkStream):
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout  # this request's allowance is known since it began to leave
        most = min(max_bytes, self._allowance.most_at_once)
        data: bytes = self._stream.read(most, timeout=self._allowance.left)
        self._read(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._begin(timeout)
        self._used = True
        # In pieces: httpcore gives each step of a write all the time that it was given.
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):
            piece = buffer[start : start + _WRITTEN_AT_ONCE]
            self._stream.write(piece, timeout=self._allowance.left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _Stream:
        left = self._begin(timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._allowance)


class _AsyncStream(_Traffic, httpcore.AsyncNetworkStream):
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        if self._unread:
            await asyncio.sleep(0)
        else:
            # Much at once, so that nothing stays where `_has_leftovers` can't see it.
            self._unread = await self._stream.read(_READ_AT_ONCE, timeout=self._allowance.left)
        most = min(max_bytes, _SMALL_READ)
        data, self._unread = self._unread[:most], self._unread[most:]
        self._read(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = self._begin(timeout)
        self._used = True
        await self._stream.write(buffer, timeout=left)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _AsyncStream:
        left = self._begin(timeout)
        stream = await self._stream.start_tls(ssl_context, server_hostname, left)
        return _AsyncStream(stream, self._allowance)


class Network(httpcore.NetworkBackend):
    """Makes connections. With `loopback`, to this machine only, whatever a name resolves to."""

    def __init__(self, *, loopback: bool) -> None:
        self._network = httpcore.SyncBackend()
        self._loopback = loopback

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect within the allowance."""
        allowance = _allowance(timeout)
        allowance.connecting()
        stream = self._network.connect_tcp(
            host, port, allowance.left, local_address, socket_options
        )
        if self._loopback and not _leads_here(stream):
            stream.close()
            raise _elsewhere(host)
        return _Stream(stream, allowance)


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """`Network`, for asyncio."""

    def __init__(self, *, loopback: bool) -> None:
        # httpcore has another class of the name, for where anyio is missing.
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._loopback = loopback

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect within the allowance."""
        allowance = _allowance(timeout)
        allowance.connecting()
        stream = await self._network.connect_tcp(
            host, port, allowance.left, local_address, socket_options
        )
        if self._loopback and not _leads_here(stream):
            await stream.aclose()
            raise _elsewhere(host)
        return _AsyncStream(stream, allowance)


def _allowance(timeout: float | None) -> Allowance:
    assert isinstance(timeout, Allowance)  # noqa: S101  # each request of ours has one
    return timeout


def _leads_here(stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream) -> bool:
    address = stream.get_extra_info("server_addr")
    return bool(address) and ipaddress.ip_address(address[0]).is_loopback


def _elsewhere(host: str) -> httpcore.ConnectError:
    return httpcore.ConnectError(
        f"{host} is not this machine, and the key is not sent in the clear; use https"
    )
