"""Connections for httpcore that give up when a request's time or size is used up.

Owns: reading and writing within the allowance, whatever the other side drips or pours: heads, 1xx
answers, chunk sizes, trailers, bodies. What is counted, and what is refused, is in `_http.bounds`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore

from .bounds import Traffic, allowance_of, elsewhere, leads_here

_READ_AT_ONCE: Final = 262_144
"""Much, so that nothing stays where a look for leftovers can't see it."""
_WRITTEN_AT_ONCE: Final = 16_384
_PARSED_AT_ONCE: Final = 4096
"""Bytes that are parsed before others get their turn: a chunk may have just one. Few also so that
little of a body is counted as its head."""


class AsyncStream(Traffic, httpcore.AsyncNetworkStream):
    """One connection."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes next; the allowance is known since the request began to leave."""
        del timeout
        if self._unread:
            await asyncio.sleep(0)
        else:
            self._unread = await self._stream.read(_READ_AT_ONCE, timeout=self._allowance.left)
        most = min(max_bytes, _PARSED_AT_ONCE)
        data, self._unread = self._unread[:most], self._unread[most:]
        self._read(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all, in pieces: some of httpcore's streams give each step all the time there is."""
        if not buffer:  # a body that is empty
            return
        self._begin(timeout)
        self._used = True
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):
            piece = buffer[start : start + _WRITTEN_AT_ONCE]
            await self._stream.write(piece, timeout=self._allowance.left)

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> AsyncStream:
        """The same, encrypted from here on."""
        left = self._begin(timeout)
        stream = await self._stream.start_tls(ssl_context, server_hostname, left)
        return AsyncStream(stream, self._allowance)


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """Makes connections. With `loopback`, to this machine only, whatever a name resolves to.

    Name look-up and connecting are bounded together.
    """

    def __init__(self, *, loopback: bool) -> None:
        backend: Any = httpcore.AnyIOBackend()
        self._network: httpcore.AsyncNetworkBackend = backend
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
        allowance = allowance_of(timeout)
        allowance.connecting()
        stream = await self._network.connect_tcp(
            host, port, allowance.left, local_address, socket_options
        )
        if self._loopback and not leads_here(stream):
            await stream.aclose()
            raise elsewhere(host)
        return AsyncStream(stream, allowance)
