"""httpx below the generated clients. Thin shells: the rules are in `link` and `exchange`.

Owns: the connections of one provider, those for deletions apart from all others, so that no answer
to a look can be taken for that to a deletion. httpcore is used without httpx's transport, which
does not let the network be bounded (`_http.streams`). Refuses cookies.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
)
from contextvars import ContextVar
from typing import Any, Final, cast

import httpcore
import httpx

from .._model.errors import VideoTasksError
from .environment import certificates
from .exchange import Exchange
from .link import Link
from .streams import AsyncNetwork, Network

leave: ContextVar[Callable[[], None] | None] = ContextVar("leave", default=None)
"""Called when a connection is ready and the request is about to go out on it: getting there may
have taken long. It may wait, and raises if the request is not to go after all."""
leave_async: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar(
    "leave_async", default=None
)
"""The same, for asyncio."""

_ABOUT_TO_SEND: Final = ".send_request_headers.started"
"""How the name of httpcore's event ends, for each version of HTTP."""
_STREAM: Final[dict[str, Any]] = {"stream": True}
_MOST_CONNECTIONS: Final = 100
_KEPT_IDLE: Final = 5.0
"""Seconds, as httpx has it."""


class SyncHTTP(httpx.Client):
    """httpx's client, raising `VideoTasksError` for all that is not a good answer."""

    def __init__(self, link: Link) -> None:
        super().__init__(transport=link.transport or _Transport(link), **link.options())
        self._link = link

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self._link, request)
        about_to_send = leave.get()

        def trace(event: str, info: dict[str, Any]) -> None:
            if _is_leaving(event, info):
                if about_to_send is not None:
                    about_to_send()
                exchange.leaving()

        request.extensions["trace"] = trace
        request.extensions["deletes"] = exchange.deletes
        while True:
            exchange.begin()
            try:
                response = super().send(request, **(options | _STREAM))
                try:
                    if exchange.opened(response):
                        for piece in response.iter_raw():
                            if not exchange.take(piece, response):
                                break
                finally:
                    response.close()
            except VideoTasksError:
                raise
            except Exception as error:
                lost = exchange.lost(error)
            else:
                if (answer := exchange.answered(response)) is not None:
                    return answer
                continue
            # Out here, so that nothing of httpx's goes along.
            if isinstance(lost, VideoTasksError):
                raise lost
            return lost


class AsyncHTTP(httpx.AsyncClient):
    """`SyncHTTP`, for asyncio."""

    def __init__(self, link: Link) -> None:
        super().__init__(transport=link.transport or _AsyncTransport(link), **link.options())
        self._link = link

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self._link, request)
        about_to_send = leave_async.get()

        async def trace(event: str, info: dict[str, Any]) -> None:
            if _is_leaving(event, info):
                if about_to_send is not None:
                    await about_to_send()
                exchange.leaving()

        request.extensions["trace"] = trace
        request.extensions["deletes"] = exchange.deletes
        while True:
            exchange.begin()
            try:
                response = await super().send(request, **(options | _STREAM))
                try:
                    if exchange.opened(response):
                        async for piece in response.aiter_raw():
                            if not exchange.take(piece, response):
                                break
                finally:
                    await response.aclose()
            except VideoTasksError:
                raise
            except Exception as error:
                lost = exchange.lost(error)
            else:
                if (answer := exchange.answered(response)) is not None:
                    return answer
                continue
            # Out here, so that nothing of httpx's goes along.
            if isinstance(lost, VideoTasksError):
                raise lost
            return lost


class _Transport(httpx.BaseTransport):
    """Two pools of connections: for deletions, and for all else."""

    def __init__(self, link: Link) -> None:
        options = _pool_options(link)
        network = Network(loopback=not link.is_encrypted)
        self._pools = {
            deletes: httpcore.ConnectionPool(network_backend=network, **options)
            for deletes in (False, True)
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and wait for the head of the answer."""
        pool = self._pools[request.extensions["deletes"]]
        answer = pool.handle_request(_for_httpcore(request))
        return _for_httpx(answer, _Body(answer))

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.close()


class _AsyncTransport(httpx.AsyncBaseTransport):
    """`_Transport`, for asyncio."""

    def __init__(self, link: Link) -> None:
        options = _pool_options(link)
        network = AsyncNetwork(loopback=not link.is_encrypted)
        self._pools = {
            deletes: httpcore.AsyncConnectionPool(network_backend=network, **options)
            for deletes in (False, True)
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and wait for the head of the answer."""
        pool = self._pools[request.extensions["deletes"]]
        answer = await pool.handle_async_request(_for_httpcore(request))
        return _for_httpx(answer, _AsyncBody(answer))

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.aclose()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter(cast("Iterable[bytes]", self._answer.stream))

    def close(self) -> None:
        self._answer.close()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(cast("AsyncIterable[bytes]", self._answer.stream))

    async def aclose(self) -> None:
        await self._answer.aclose()


def _is_leaving(event: str, info: dict[str, Any]) -> bool:
    """Whether the request itself is about to leave, not what asks a proxy for the way there."""
    return event.endswith(_ABOUT_TO_SEND) and info["request"].method != b"CONNECT"


def _pool_options(link: Link) -> dict[str, Any]:
    """Arguments for httpcore's pools. Raises `ConfigurationError`."""
    options: dict[str, Any] = {
        "max_connections": _MOST_CONNECTIONS,
        "max_keepalive_connections": _MOST_CONNECTIONS,
        "keepalive_expiry": _KEPT_IDLE,
    }
    if link.is_encrypted:
        # Never without checks: plain http is for this machine alone, and needs none.
        options["ssl_context"] = certificates()
    if link.proxy is not None:
        url = link.proxy.url
        options["proxy"] = httpcore.Proxy(
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
            auth=link.proxy.raw_auth,
            ssl_context=certificates() if url.scheme == "https" else None,
        )
    return options


def _for_httpcore(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _for_httpx(
    answer: httpcore.Response, body: httpx.SyncByteStream | httpx.AsyncByteStream
) -> httpx.Response:
    """Without cookies, and without the server's own words for the status, which httpx logs."""
    stream = cast("Any", answer).extensions["network_stream"]
    return httpx.Response(
        answer.status,
        headers=[(name, value) for name, value in answer.headers if name.lower() != b"set-cookie"],
        stream=body,
        extensions={"network_stream": stream},
    )
