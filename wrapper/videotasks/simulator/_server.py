"""The simulator: one small ASGI app on a loopback socket, in a thread of its own.

Owns: start, stop, and which provider a request is for. Refuses any address but loopback.
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Final, Self, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ._ark import ArkSimulator
from ._connections import Connections
from ._kept import Clock
from ._store import ProviderSimulator
from ._switches import Switched, one_of
from ._tensorslab import TensorsLabSimulator

P = TypeVar("P", bound=ProviderSimulator)

SIMULATORS: Final[tuple[type[ProviderSimulator], ...]] = (ArkSimulator, TensorsLabSimulator)
"""One for each provider, in the order in which they are shown."""

VIDEOS: Final = "/videos"
"""The path below which videos are served."""

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class Simulator(Switched):
    """All providers on loopback; use it in a `with` statement, or `start()` and `stop()`.

    `port` 0 takes any free one. `api_key` is the key that all accept. `latency`, in seconds, is
    added to every answer, and may be changed at any time. With `strict`, the end of the `with`
    statement raises `RuntimeError` if any request came that the simulator does not model. With
    `videos`, links lead to small files that the simulator serves; otherwise to example.com.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str = "sim-key",
        latency: float = 0.0,
        strict: bool = True,
        videos: bool = False,
    ) -> None:
        self._api_key = api_key
        self._latency_at_first = latency
        self._unmodelled: list[str] = []
        self._now = 0
        self._port = port
        self._strict = strict
        self._videos = videos
        self._clock = Clock()
        self.reset()

    def reset(self) -> None:
        """Forget all tasks, requests, faults and switches; `ark` and `tensorslab` are new ones."""
        self._unmodelled.clear()
        self._most_at_once = 0
        self.latency = self._latency_at_first
        self._downloads = Counter[str]()
        self._providers = {
            kind.name: kind(self._api_key, self._clock, self._unmodelled, self._link_to)
            for kind in SIMULATORS
        }

    @property
    def api_key(self) -> str:
        """The key that all providers accept."""
        return self._api_key

    @property
    def latency(self) -> float:
        """Seconds added to every answer."""
        return self._latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        if not 0 <= seconds < math.inf:
            raise ValueError(f"latency can't be {seconds!r}: it is in seconds, 0 or more")
        self._latency = seconds

    @property
    def unmodelled(self) -> list[str]:
        """Method and path of each request that is not modelled; clear it if one was meant."""
        return self._unmodelled

    @property
    def downloads(self) -> Counter[str]:
        """How often each task's video was asked for, by the task's id."""
        return self._downloads

    @property
    def most_at_once(self) -> int:
        """The number of requests that were under way at once at the most."""
        return self._most_at_once

    @property
    def providers(self) -> Mapping[str, ProviderSimulator]:
        """Each provider by its name."""
        return MappingProxyType(self._providers)

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
        """The base URL of a provider, by its name. Raises `ValueError` for another name."""
        one_of("provider", name, tuple(self._providers))
        return f"{self.url}{self._providers[name].base_path}"

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass for the tasks and the rate limits, at once."""
        self._clock.advance(seconds)

    def start(self) -> Self:
        """Listen. Raises `OSError` if the port is taken."""
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
        self._connections = Connections(app, listener)
        return self

    def stop(self) -> None:
        """Stop listening, and break the connections that are left."""
        self._connections.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if exc is None and self._strict and self._unmodelled:
            raise RuntimeError(f"the simulator does not model: {', '.join(self._unmodelled)}")

    def _link_to(self, task_id: str) -> str:
        """The link to the video of a task."""
        return f"{f'{self.url}{VIDEOS}' if self._videos else 'https://example.com'}/{task_id}.mp4"

    def _provider(self, kind: type[P]) -> P:
        provider = self._providers[kind.name]
        assert isinstance(provider, kind)  # noqa: S101  # as it was made
        return provider

    async def _handle(self, request: Request) -> Response:
        self._now += 1
        self._most_at_once = max(self._most_at_once, self._now)
        try:
            if self._latency:
                await asyncio.sleep(self._latency)
            return await self._answer(request)
        finally:
            self._now -= 1

    async def _answer(self, request: Request) -> Response:
        path: str = request.scope["raw_path"].decode("ascii")
        for provider in self._providers.values():
            if path.startswith(f"{provider.prefix}/"):
                return await provider.handle(request)
        if self._videos and path.startswith(f"{VIDEOS}/"):
            task_id = path.removeprefix(f"{VIDEOS}/").removesuffix(".mp4")
            self._downloads[task_id] += 1
            return Response(f"The video of {task_id}.\n" * 1000, media_type="video/mp4")
        what = f"{request.method} {path}"
        self._unmodelled.append(what)
        return JSONResponse({"error": {"message": f"the simulator does not model {what}"}}, 501)
