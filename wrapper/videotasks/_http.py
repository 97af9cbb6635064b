"""httpx below the generated clients. Two thin shells: the rules are in `_link` and `_exchange`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, Final

import httpx

from ._exchange import Exchange
from ._link import Link

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


class SyncHTTP(httpx.Client):
    """httpx's client, raising `VideoTasksError` for all that is not a good answer."""

    def __init__(self, link: Link) -> None:
        super().__init__(**link.options())
        self._link = link

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self._link, request)
        if (about_to_send := leave.get()) is not None:

            def trace(event: str, _info: object) -> None:
                if event.endswith(_ABOUT_TO_SEND):
                    about_to_send()

            request.extensions["trace"] = trace
        with exchange.translated():
            response = super().send(request, **(options | _STREAM))
            try:
                exchange.opened()
                for chunk in response.iter_raw():
                    exchange.take(chunk)
            finally:
                response.close()
            return exchange.good(response)


class AsyncHTTP(httpx.AsyncClient):
    """`SyncHTTP`, for asyncio."""

    def __init__(self, link: Link) -> None:
        super().__init__(**link.options())
        self._link = link

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send, and read the whole answer within the timeout."""
        exchange = Exchange(self._link, request)
        if (about_to_send := leave_async.get()) is not None:

            async def trace(event: str, _info: object) -> None:
                if event.endswith(_ABOUT_TO_SEND):
                    await about_to_send()

            request.extensions["trace"] = trace
        with exchange.translated():
            try:
                async with asyncio.timeout(exchange.seconds):
                    response = await super().send(request, **(options | _STREAM))
                    try:
                        exchange.opened()
                        async for chunk in response.aiter_raw():
                            exchange.take(chunk)
                    finally:
                        await response.aclose()
            except TimeoutError:
                raise httpx.ReadTimeout("the whole answer took too long", request=request) from None
            return exchange.good(response)
