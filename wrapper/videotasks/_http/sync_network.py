# Written from wrapper/videotasks/_http/async_network.py by tools/unasync.py; edit that one.
"""Connections for httpcore that give up when a request's time or size is used up.

Owns: reading and writing within the allowance, whatever the other side drips or pours: heads, 1xx
answers, chunk sizes, trailers, bodies. What is counted, and what is refused, is in `_http.bounds`.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore

from .bounds import Traffic, allowance_of, elsewhere, leads_here

_READ_AT_ONCE: Final = 65_536
"""As httpcore has it: what is not read yet, a look for leftovers sees."""
_WRITTEN_AT_ONCE: Final = 16_384
_PARSED_AT_ONCE: Final = 4096
"""Bytes that are parsed before others get their turn: a chunk may have just one. Few also so that
little of a body is counted as its head."""


class Stream(Traffic, httpcore.NetworkStream):
    """One connection."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes next; the allowance is known since the request began to leave."""
        del timeout
        if self._unread:
            time.sleep(0)
        else:
            self._unread = self._stream.read(_READ_AT_ONCE, timeout=self._allowance.left)
        most = min(max_bytes, _PARSED_AT_ONCE)
        data, self._unread = self._unread[:most], self._unread[most:]
        self._read(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all, in pieces: some of httpcore's streams give each step all the time there is."""
        if not buffer:  # a body that is empty
            return
        self._begin(timeout)
        self._used = True
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):
            piece = buffer[start : start + _WRITTEN_AT_ONCE]
            self._stream.write(piece, timeout=self._allowance.left)

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Stream:
        """The same, encrypted from here on."""
        left = self._begin(timeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, left)
        return Stream(stream, self._allowance)


class Network(httpcore.NetworkBackend):
    """Makes connections. With `loopback`, to this machine only, whatever a name resolves to.

    Not bounded are the look-up of a host's name, and the number of its addresses,
    each of which is given the whole time to connect.
    """

    def __init__(self, *, loopback: bool) -> None:
        backend: Any = httpcore.SyncBackend()
        self._network: httpcore.NetworkBackend = backend
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
        allowance = allowance_of(timeout)
        allowance.connecting()
        stream = self._network.connect_tcp(
            host, port, allowance.left, local_address, socket_options
        )
        if self._loopback and not leads_here(stream):
            stream.close()
            raise elsewhere(host)
        return Stream(stream, allowance)
