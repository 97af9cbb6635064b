"""httpx below the generated clients, on httpcore: httpx's own transport bounds no read.

Owns: the connections of one client, those for deletions apart from all others, so that no answer
to a look can be taken for that to a deletion; and giving up when a request's time or size is used
up, however slowly or much the other side sends. Refuses to decide: what is sent and what an answer
means is in `_http.exchange`, what is counted in `_http.bounds`. httpx's `send` is not used: it adds
redirects, cookies and a log of its own, none of which is wanted, and a fifth of the processor time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore
import httpx

from .._model.errors import VideoTasksError
from .bounds import BoundedStream, allowance_of, is_loopback_peer, not_this_machine
from .environment import certificates
from .exchange import Exchange
from .settings import KEPT_IDLE, ConnectionSettings

_MOST_CONNECTIONS: Final = 100
_READ_AT_ONCE: Final = 262_144
"""Much, so that nothing stays where a look for leftovers can't see it."""
_WRITTEN_AT_ONCE: Final = 16_384
_PARSED_AT_ONCE: Final = 4096
"""Bytes that are parsed before others get their turn: a chunk may have just one. Few also so that
little of a body is counted as its head."""


class AsyncHTTP(httpx.AsyncClient):
    """httpx's client, raising `VideoTasksError` for all that is not a good answer."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._pools = AsyncPools(settings)
        super().__init__(transport=self._pools, **settings.options())
        self.settings = settings

    async def send(self, request: httpx.Request, **_options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self.settings, request)

        async def trace(event: str, about: dict[str, Any]) -> None:
            if exchange.is_leaving(event, about):
                if exchange.options.leave is not None:
                    await exchange.options.leave()
                exchange.leaving()

        while True:
            outgoing = exchange.begin(trace)
            result: httpx.Response | VideoTasksError | None
            try:
                response = await self._pools.send(outgoing, deletes=exchange.deletes)
                try:
                    if exchange.opened(response):
                        async for piece in response.aiter_stream():
                            if not exchange.take(piece):
                                break
                finally:
                    await response.aclose()
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


class AsyncPools(httpx.AsyncBaseTransport):
    """Two pools of connections: for deletions, and for all else."""

    def __init__(self, settings: ConnectionSettings) -> None:
        options: dict[str, Any] = {
            "max_connections": _MOST_CONNECTIONS,
            "keepalive_expiry": KEPT_IDLE,
            "network_backend": AsyncNetwork(loopback=not settings.is_encrypted),
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
        self._others, self._deletions = (httpcore.AsyncConnectionPool(**options) for _ in range(2))

    async def send(self, request: httpcore.Request, *, deletes: bool) -> httpcore.Response:
        """Send, and wait for the head of the answer."""
        if self._closed:
            raise RuntimeError("this client is closed")
        pool = self._deletions if deletes else self._others
        return await pool.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        for pool in (self._others, self._deletions):
            await pool.aclose()


class AsyncStream(BoundedStream, httpcore.AsyncNetworkStream):
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
        if self._loopback and not is_loopback_peer(stream):
            await stream.aclose()
            raise not_this_machine(host)
        return AsyncStream(stream, allowance)
