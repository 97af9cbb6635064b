"""The simulator's connections: uvicorn on one socket, in a thread, made to break and end at once.

Owns: the thread, its event loop, and how a connection is broken. Refuses to know what is asked.
"""

from __future__ import annotations

import asyncio
import threading
from socket import socket
from typing import ClassVar

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connections(uvicorn.Server):
    """Serves an app until `end`.

    uvicorn alone asks ten times a second whether it should stop, and then waits for its clients: a
    tenth of a second for each test, and more where a client was left open.
    """

    def __init__(self, app: ASGIApp, listener: socket) -> None:
        # The protocol is named because asyncio turns Nagle's delay off only where it is; with it,
        # answers on one connection come 40 ms apart.
        super().__init__(
            uvicorn.Config(
                _Breakable(app),
                http=_Connection,
                log_config=None,
                log_level="critical",
                lifespan="off",
                timeout_keep_alive=60,
            )
        )
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name="videotasks-simulator", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        if not self.started:
            raise RuntimeError("the simulator could not start")

    def end(self) -> None:
        """Listen no more, and break all connections."""
        self._loop.call_soon_threadsafe(self._asked_to_end.set)
        self._thread.join()

    def _run(self, listener: socket) -> None:
        try:
            self.run([listener])
        finally:
            self._ready.set()

    async def main_loop(self) -> None:
        """Wait for `end`."""
        self._loop, self._asked_to_end = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._asked_to_end.wait()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Wait for nobody; requests under way are cancelled with the loop."""
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()


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
