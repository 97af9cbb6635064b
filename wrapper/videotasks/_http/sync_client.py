# Written from wrapper/videotasks/_http/async_client.py by tools/unasync.py; edit that one.
"""httpx below the generated clients, on httpcore: httpx's own transport bounds no read.

Owns: the connections of one client, those for deletions apart from all others, so that no answer
to a look can be taken for that to a deletion. Refuses to decide: what goes out and what comes back
is in `_http.exchange`. httpx's `send` is not used: it adds redirects, cookies and a log of its own,
none of which is wanted, and a fifth of the processor time.
"""

from __future__ import annotations

from typing import Any, Final

import httpcore
import httpx

from .._model.errors import VideoTasksError
from .environment import certificates
from .exchange import Exchange
from .settings import ConnectionSettings
from .sync_network import Network

_MOST_CONNECTIONS: Final = 100
_KEPT_IDLE: Final = 5.0
"""Seconds, as httpx has it."""


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
            # Out here, so that nothing of httpcore's goes along.
            if isinstance(result, VideoTasksError):
                raise result
            if result is not None:
                return result


class Pools(httpx.BaseTransport):
    """Two pools of connections: for deletions, and for all else."""

    def __init__(self, settings: ConnectionSettings) -> None:
        options: dict[str, Any] = {
            "max_connections": _MOST_CONNECTIONS,
            "keepalive_expiry": _KEPT_IDLE,
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
