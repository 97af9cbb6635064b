"""The simulated tasks: their states, how they move, and what was asked about them.

Owns: the state behind both simulated providers, and what they have in common. Refuses to know
HTTP, or what any provider's words are.
"""

from __future__ import annotations

import math
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Sequence
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from .._rules.steps import Operation
from ._faults import Fault
from ._tasks import Move, Received, SimTask


class Clock:
    """Monotonic time that can be pushed forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._ahead += seconds


class ProviderSimulator(ABC):
    """What both simulated providers have: tasks to add and read, faults, limits, and a record.

    Tasks may also be added in states that the provider doesn't have, to see what a client does.

    `rate_limits` gives the requests allowed for an operation in each second of the simulator's
    clock; beyond it the answer is 429. `states` are the provider's own words. `name` is the
    provider's, as in refs, `base_path` the path of its base URL, `prefix` that of all it has.
    """

    name: ClassVar[str]
    base_path: ClassVar[str]
    prefix: ClassVar[str]
    states: ClassVar[tuple[str, ...]]

    def __init__(self, api_key: str, clock: Clock, unmodelled: list[str]) -> None:
        self.api_key = api_key
        self._unmodelled = unmodelled
        self.rate_limits: dict[Operation, int] = {}
        self._clock = clock
        self._lock = threading.RLock()
        self._tasks: dict[str, SimTask] = {}
        self._made = 0
        self._faults: dict[Operation, deque[Fault | None]] = {}
        self._down_until = -math.inf
        self._windows: Counter[tuple[Operation, int]] = Counter()
        self._requests: list[Received] = []

    def add(
        self,
        state: str,
        *,
        task_id: str | None = None,
        moves: Sequence[Move] = (),
        created_at: int | None = None,
        **fields: object,
    ) -> str:
        """Add a task and return its id; `fields` are sent as they are when it is read."""
        with self._lock:
            self._made += 1
            task_id = task_id or self._new_id(self._made)
            self._tasks[task_id] = SimTask(
                id=task_id,
                state=state,
                since=self._clock(),
                moves=deque(moves),
                created_at=int(time.time()) if created_at is None else created_at,
                fields=dict(fields),
            )
            return task_id

    def status(self, task_id: str) -> str | None:
        """The task's state as it really is now; None when it is gone."""
        with self._lock:
            task = self._find(task_id)
            return task.state if task else None

    def move(self, task_id: str, state: str) -> None:
        """Put a task into another state, by hand."""
        with self._lock:
            self._enter(self._tasks[task_id], state)

    def remove(self, task_id: str) -> None:
        """Let a task's record go, by hand."""
        with self._lock:
            del self._tasks[task_id]

    def ids(self) -> tuple[str, ...]:
        """The ids of all tasks there are, oldest first."""
        with self._lock:
            return tuple(self._tasks)

    def fail(self, operation: Operation, *faults: Fault | None, times: int = 1) -> None:
        """Let the next requests for `operation` meet these faults, in turn, `times` over.

        None lets a request through.
        """
        with self._lock:
            self._faults.setdefault(operation, deque()).extend(faults * times)

    def down_for(self, seconds: float) -> None:
        """Answer everything with 503, for so many seconds of the simulator's clock."""
        with self._lock:
            self._down_until = self._clock() + seconds

    @property
    def requests(self) -> tuple[Received, ...]:
        """All requests so far, in order of arrival."""
        with self._lock:
            return tuple(self._requests)

    def count(self, operation: Operation) -> int:
        """How many requests for `operation` there were, whatever their answers."""
        return sum(request.operation == operation for request in self.requests)

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        raw = await request.body()
        with self._lock:
            operation, ids = self._route(request, raw)
            response = self._respond(request, raw, operation)
            self._requests.append(
                Received(
                    operation=operation,
                    ids=ids,
                    method=request.method,
                    path=request.scope["raw_path"].decode("ascii"),
                    query=request.url.query,
                    headers=dict(request.headers),
                    body=raw,
                    status=response.status_code,
                )
            )
            return response

    def _respond(self, request: Request, raw: bytes, operation: Operation | None) -> Response:
        if operation is None:
            self._unmodelled.append(f"{request.method} {request.scope['raw_path'].decode('ascii')}")
            return self._unrouted()
        if not self._authorized(request.headers.get("authorization", "")):
            return self._bad_key()
        if self._clock() < self._down_until:
            return Fault.error(503).response()
        if self._over_limit(operation):
            return self._too_fast()
        faults = self._faults.get(operation)
        fault = faults.popleft() if faults else None
        if fault is not None and not fault.acted:
            return fault.response()
        response = self._answer(request, raw, operation)
        return response if fault is None else fault.response()

    def _over_limit(self, operation: Operation) -> bool:
        limit = self.rate_limits.get(operation)
        if limit is None:
            return False
        window = operation, int(self._clock())
        self._windows[window] += 1
        return self._windows[window] > limit

    def _find(self, task_id: str) -> SimTask | None:
        """A task, after it has made the moves that are due."""
        task = self._tasks.get(task_id)
        while task is not None and task.moves and self._due(task, task.moves[0]):
            state = task.moves.popleft().to
            if state is None:
                del self._tasks[task_id]
                return None
            self._enter(task, state)
        return task

    def _read(self, task_id: str) -> SimTask | None:
        """A task for an answer that shows it, which counts as a read."""
        task = self._find(task_id)
        if task is not None:
            task.reads += 1
        return task

    def _due(self, task: SimTask, move: Move) -> bool:
        if move.after_reads is not None and task.reads >= move.after_reads:
            return True
        if move.after_refusals is not None and task.refusals >= move.after_refusals:
            return True
        return move.after_seconds is not None and self._clock() >= task.since + move.after_seconds

    def _enter(self, task: SimTask, state: str) -> None:
        task.state, task.since = state, self._clock()
        task.reads = task.refusals = 0

    @abstractmethod
    def _new_id(self, number: int) -> str: ...

    @abstractmethod
    def _route(self, request: Request, raw: bytes, /) -> tuple[Operation | None, tuple[str, ...]]:
        """Which operation a request is for, and which ids."""

    @abstractmethod
    def _authorized(self, header: str) -> bool: ...

    @abstractmethod
    def _answer(self, request: Request, raw: bytes, operation: Operation, /) -> Response:
        """Do what is asked, and answer."""

    @abstractmethod
    def _unrouted(self) -> Response: ...

    @abstractmethod
    def _bad_key(self) -> Response: ...

    @abstractmethod
    def _too_fast(self) -> Response: ...
