"""The sockets: one server for a round, in a thread of its own, with both providers behind it.

Owns: what a request is for, when it is handled and answered, and when tasks move. Refuses any
address but loopback, and to know a client.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from videotasks import Ark, Provider, State, TensorsLab

from . import answers
from .answers import GOOD, Plan
from .connection import Connection
from .ledger import KEY, Ledgers, Request
from .provider import SHORTEST_RUN, ArkProvider, TensorsLabProvider
from .provider import Provider as Simulated

T = TypeVar("T")

RUN: Final = "X-Run"
"""The header that says which run sent a request."""
VIDEOS: Final = "/videos/"
VIDEO: Final = 20_000
"""Bytes of a video."""

Chaos = Callable[[Simulated, Request], Plan]


class Server:
    """Serves until the `with` statement ends.

    `seed` draws the switches and the moves of tasks; `moving` is the share of tasks that move.
    `chaos` says what happens to each request.
    """

    def __init__(self, seed: int, *, moving: float = 0.0) -> None:
        random = Random(f"server {seed}")
        self._seed = seed
        self._moving = moving
        self.framing = random.choice(["length", "length", "chunked", "close"])
        self.chaos: Chaos = lambda _provider, _request: GOOD
        self.on_mixed: Callable[[Request, bytes], None] = lambda _request, _raw: None
        """Told of each request that may be given another's answer, and of that answer."""
        self.run = ""
        """Who makes the connections from now on, where no header says it."""
        self.ark = ArkProvider(random)
        self.tensorslab = TensorsLabProvider(random)
        self._began: dict[str, float] = {}
        """When tasks that were in the queue left it."""
        self._asked: dict[str, int] = {}
        self._number = 0
        self._connections = 0
        self._due = 0
        """Requests that are still to be handled."""
        self.waiting: Connection | None = None
        """With an answer that waits for another to change places with."""
        self.elsewhere = socket.create_server(("127.0.0.1", 0))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._port = self._listener.getsockname()[1]
        self.ark.link = f"http://127.0.0.1:{self._port}{VIDEOS}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def providers(self) -> Mapping[str, Simulated]:
        """Both, by name."""
        return {"ark": self.ark, "tensorslab": self.tensorslab}

    @property
    def ledgers(self) -> Ledgers:
        """The ledgers of both."""
        return {name: provider.ledger for name, provider in self.providers.items()}

    @property
    def elsewhere_url(self) -> str:
        """Where nobody has any business."""
        return f"http://127.0.0.1:{self.elsewhere.getsockname()[1]}/"

    def url(self, name: str) -> str:
        """The base URL of a provider."""
        return f"http://127.0.0.1:{self._port}{'/api/v3' if name == 'ark' else ''}"

    def clients(self, run: str, timeout: float, **tensorslab: Any) -> list[Provider[Any]]:
        """Both providers, for one run."""
        common: dict[str, Any] = {"timeout": timeout, "default_headers": {RUN: run}}
        return [
            Ark(KEY, base_url=self.url("ark"), limits=None, **common),
            TensorsLab(KEY, base_url=self.url("tensorslab"), **common, **tensorslab),
        ]

    def environment(self) -> dict[str, str]:
        """Both, for the command."""
        return {
            "ARK_API_KEY": KEY,
            "ARK_BASE_URL": self.url("ark"),
            "TENSORSLAB_API_KEY": KEY,
            "TENSORSLAB_BASE_URL": self.url("tensorslab"),
        }

    def add(
        self, random: Random, name: str, count: int, states: Sequence[State | None] = ()
    ) -> list[str]:
        """So many tasks in any state, some of which are not there; their refs."""
        provider = self.providers[name]
        states = states or (*provider.states, "queued", "succeeded", None)
        refs: list[str] = []
        for _ in range(count):
            prefix = "cgt-20250331175019-" if name == "ark" else "sim_"
            task_id = f"{prefix}{len(provider.ledger.known):05}"
            state = random.choice(states)
            provider.ledger.known.add(task_id)
            if state is not None:
                provider.ledger.add(task_id, state)
            refs.append(f"{name}:{task_id}")
        return refs

    def settle(self) -> None:
        """Wait until all that has come was handled."""
        while self._due:
            time.sleep(0.005)
        self._call(self._nothing())

    def seen(
        self, connection: Connection, method: str, path: str, head: bytes, body: bytes
    ) -> None:
        """A request has come."""
        heads = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        heads = {name.lower(): value for name, value in heads.items()}
        if path.startswith(VIDEOS):
            self.ark.ledger.wrong += [f"the key went along: {head!r}"] * (KEY.encode() in head)
            connection.send(answers.http("v" * VIDEO, request_id="v"))
            return
        provider = self.ark if path.startswith("/api/v3") else self.tensorslab
        wrong = provider.ledger.wrong
        if (head + body).count(KEY.encode()) != 1 or KEY.encode() not in heads[b"authorization"]:
            wrong.append(f"the key is not in Authorization alone: {head!r}")
        if heads[b"host"] != f"127.0.0.1:{self._port}".encode():
            wrong.append(f"another host: {head!r}")
        read = provider.read(method, path, body)
        if read is None:
            wrong.append(f"what no provider has: {head!r}")
            connection.abort()
            return
        self._number += 1
        request = Request(
            number=self._number,
            at=time.monotonic(),
            run=heads.get(RUN.lower().encode(), connection.run.encode()).decode(),
            operation=cast("Any", read[0]),
            ids=read[1],
            connection=connection.number,
        )
        provider.ledger.receive(request)
        connection.may_be_misled(request)
        plan = self.chaos(provider, request)
        request.fault, request.refused = plan.fault, plan.refused
        if plan.held:
            self._due += 1
            self._loop.call_later(plan.held, self._handle_late, connection, provider, request, plan)
        else:
            self._handle(connection, provider, request, plan)

    def new_number(self) -> int:
        """The number of a new connection."""
        self._connections += 1
        return self._connections

    def _handle_late(self, *what: Any) -> None:
        self._due -= 1
        self._handle(*what)

    def _handle(
        self, connection: Connection, provider: Simulated, request: Request, plan: Plan
    ) -> None:
        self._move(provider, request.ids, "before")
        raw = plan.raw
        if plan.acts and (raw is None or request.operation == "delete"):
            do = provider.look if request.operation == "get" else provider.delete
            said = do(request)
            if raw is None:
                raw = answers.told(said, request, self.framing)
        self._move(provider, request.ids, "after")
        raw = raw if raw is None or plan.changed is None else plan.changed(raw)
        if plan.closes or (plan.cut is not None and plan.cut >= len(raw or b"")):
            provider.ledger.closed_behind.add(request.run)
        if not plan.silent:
            self._loop.call_later(plan.late, connection.answer, request, raw or b"", plan)

    def _move(self, provider: Simulated, ids: tuple[str, ...], when: str) -> None:
        """Tasks move by themselves, as the seed and the number of requests about them say."""
        for task_id in ids if self._moving else ():
            asked = self._asked[task_id] = self._asked.get(task_id, 0) + 1
            random = Random(f"{self._seed} {task_id} {asked} {when}")
            state = provider.ledger.state(task_id)
            if state is None or random.random() > self._moving:
                continue
            to = random.choice(provider.moves.get(state, (state,)))
            if time.monotonic() < self._began.get(task_id, -SHORTEST_RUN) + SHORTEST_RUN:
                continue
            if state in {"queued", "unknown"}:
                self._began[task_id] = time.monotonic()
            if to != state:
                provider.ledger.change(task_id, to)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(
            self._loop.create_server(lambda: Connection(self), sock=self._listener)
        )
        self._loop.run_forever()

    def _call(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()

    async def _nothing(self) -> None:
        """What was due before this was done."""

    async def _end(self) -> None:
        for task in asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}:
            task.cancel()
        for connection in list(Connection.open):
            if connection.server is self:
                connection.abort()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._listener.close()
        self.elsewhere.close()

    def somebody_elsewhere(self) -> bool:
        """Whether anybody went where a redirect led."""
        self.elsewhere.setblocking(False)
        with suppress(BlockingIOError):
            self.elsewhere.accept()[0].close()
            return True
        return False
