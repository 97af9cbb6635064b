# Written from wrapper/videotasks/_http/async_client.py by tools/unasync.py; edit that one.
"""httpx below the generated clients, on httpcore: httpx's own transport bounds no read.

Owns: the connections of one client, those for deletions apart from all others, so that no answer
to a look can be taken for that to a deletion; and giving up when a request's time or size is used
up, however slowly or much the other side sends. Refuses to decide: what is sent and what an answer
means is in `_http.exchange`, what is counted in `_http.bounds`. httpx's `send` is not used: it adds
redirects, cookies and a log of its own, none of which is wanted, and a fifth of the processor time.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore
import httpx

from .._model.errors import VideoTasksError
from .bounds import BoundedStream, allowance_of, is_loopback_peer, not_this_machine
from .environment import certificates
from .exchange import Exchange
from .settings import KEPT_IDLE, ConnectionSettings
from .sync_network import BoundedBackend

_MOST_CONNECTIONS: Final = 100
_READ_AT_ONCE: Final = 65_536
"""As httpcore has it: what is not read yet, a look for leftovers sees."""
_WRITTEN_AT_ONCE: Final = 16_384
_PARSED_AT_ONCE: Final = 4096
"""Bytes that are parsed before others get their turn: a chunk may have just one. Few also so that
little of a body is counted as its head."""


class SyncHTTP(httpx.Client):
    """httpx's client, raising `VideoTasksError` for all that is not a good answer."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._pools = Pools(settings)
        super().__init__(transport=self._pools, **settings.options())
        self.settings = settings

    def send(self, request: httpx.Request, **_options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self.settings, request)

        def trace(event: str, about: dict[str, Any]) -> None:
            if exchange.is_leaving(event, about):
                if exchange.options.leave is not None:
                    exchange.options.leave()
                exchange.leaving()

        while True:
            outgoing = exchange.begin(trace)
            result: httpx.Response | VideoTasksError | None
            try:
                response = self._pools.send(outgoing, deletes=exchange.deletes)
                try:
                    if exchange.opened(response):
                        for piece in response.iter_stream():
                            if not exchange.take(piece):
                                break
                finally:
                    response.close()
            except VideoTasksError:
                raise
            except Exception as error:
                result = exchange.lost(error)
            else:
                result = exchange.answered()
            # Raised out here, so that no error of httpcore's is its context.
            if isinstance(result, VideoTasksError):
                raise result
            if result is not None:
                return result


class Pools(httpx.BaseTransport):
    """Two pools of connections: for deletions, and for all else."""

    def __init__(self, settings: ConnectionSettings) -> None:
        options: dict[str, Any] = {
            "max_connections": _MOST_CONNECTIONS,
            "keepalive_expiry": KEPT_IDLE,
            "network_backend": Network(loopback=not settings.is_encrypted),
        }
        if settings.is_encrypted:
            # Never without checks: plain http is for this machine alone, and needs none.
            options["ssl_context"] = certificates()
        if settings.proxy is not None:
            url = settings.proxy.url
            options["proxy"] = httpcore.Proxy(
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
                auth=settings.proxy.raw_auth,
                ssl_context=certificates() if url.scheme == "https" else None,
            )
        self._closed = False
        self._others, self._deletions = (httpcore.ConnectionPool(**options) for _ in range(2))

    def send(self, request: httpcore.Request, *, deletes: bool) -> httpcore.Response:
        """Send, and wait for the head of the answer."""
        if self._closed:
            raise RuntimeError("this client is closed")
        pool = self._deletions if deletes else self._others
        return pool.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        for pool in (self._others, self._deletions):
            pool.close()


class Stream(BoundedStream, httpcore.NetworkStream):
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

    Name look-up and connecting are bounded together.
    """

    def __init__(self, *, loopback: bool) -> None:
        backend: Any = BoundedBackend()
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
        if self._loopback and not is_loopback_peer(stream):
            stream.close()
            raise not_this_machine(host)
        return Stream(stream, allowance)
