"""The simulator's server: one small ASGI app on a loopback socket, in a thread of its own.

Owns: start, stop, and which provider a request is for. Refuses any address but loopback.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import ClassVar, Final, Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ._ark import ArkSimulator
from ._store import Clock, ProviderSimulator
from ._tensorslab import TensorsLabSimulator

P = TypeVar("P", bound=ProviderSimulator)

SIMULATORS: Final[tuple[type[ProviderSimulator], ...]] = (ArkSimulator, TensorsLabSimulator)
"""One for each provider, in the order in which they are shown."""

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class Simulator:
    """All providers on loopback; use it in a `with` statement, or `start()` and `stop()`.

    `providers` has each by its name. `port` 0 takes any free one. `api_key` is the key that all
    accept. `latency`, in seconds, is
    added to every answer, and may be changed at any time; `most_at_once` is the number of requests
    that were under way at once at the most. With `strict`, the end of the `with`
    statement raises `RuntimeError` if any request came that the simulator does not model.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str = "sim-key",
        latency: float = 0.0,
        strict: bool = True,
    ) -> None:
        self.api_key = api_key
        self.latency = latency
        self.unmodelled: list[str] = []
        self.most_at_once = 0
        self._now = 0
        self._port = port
        self._strict = strict
        self._clock = Clock()
        self.reset()

    def reset(self) -> None:
        """Forget all tasks, requests, faults and switches."""
        self.unmodelled.clear()
        self.most_at_once = 0
        self.providers = {
            kind.name: kind(self.api_key, self._clock, self.unmodelled) for kind in SIMULATORS
        }

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def ark(self) -> ArkSimulator:
        """Ark's tasks and switches."""
        return self._provider(ArkSimulator)

    @property
    def tensorslab(self) -> TensorsLabSimulator:
        """TensorsLab's tasks and switches."""
        return self._provider(TensorsLabSimulator)

    @property
    def ark_url(self) -> str:
        """Ark's base URL."""
        return self.base_url("ark")

    @property
    def tensorslab_url(self) -> str:
        """TensorsLab's base URL."""
        return self.base_url("tensorslab")

    def base_url(self, name: str) -> str:
        """The base URL of a provider."""
        return f"{self.url}{self.providers[name].base_path}"

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass for the tasks and the rate limits, at once."""
        self._clock.advance(seconds)

    def start(self) -> Self:
        """Listen. Raises `OSError` if the port is taken."""
        # The protocol is named because asyncio turns Nagle's delay off only where it is; with it,
        # answers on one connection come 40 ms apart.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        app = Starlette(routes=[Route("/{path:path}", self._handle, methods=_METHODS)])
        config = uvicorn.Config(
            _Breakable(app),
            http=_Connection,
            log_config=None,
            log_level="critical",
            lifespan="off",
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="videotasks-simulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if exc is None and self._strict and self.unmodelled:
            raise RuntimeError(f"the simulator does not model: {', '.join(self.unmodelled)}")

    def _provider(self, kind: type[P]) -> P:
        provider = self.providers[kind.name]
        assert isinstance(provider, kind)  # noqa: S101  # as it was made
        return provider

    async def _handle(self, request: Request) -> Response:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            return await self._answer(request)
        finally:
            self._now -= 1

    async def _answer(self, request: Request) -> Response:
        path: str = request.scope["raw_path"].decode("ascii")
        for provider in self.providers.values():
            if path.startswith(f"{provider.prefix}/"):
                return await provider.handle(request)
        what = f"{request.method} {path}"
        self.unmodelled.append(what)
        return JSONResponse({"error": {"message": f"the simulator does not model {what}"}}, 501)


class _Connection(H11Protocol):
    """A connection that can be found again by its client's address, to break it."""

    open: ClassVar[dict[tuple[str, int], asyncio.Transport]] = {}

    # asyncio declares a BaseTransport; uvicorn narrows it in the same way.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn has a wider type
        super().connection_made(transport)
        if self.client:
            self.open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            self.open.pop(self.client, None)
        super().connection_lost(exc)


class _Breakable:
    """Lets a response break its connection, which ASGI has no word for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = _Connection.open.get(scope["client"])
        if transport is not None:
            scope.setdefault("extensions", {}).update(
                {"videotasks.abort": transport.abort, "videotasks.close": transport.close}
            )
        await self._app(scope, receive, send)
