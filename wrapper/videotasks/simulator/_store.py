"""What both simulated providers do with a request: its key, limits, faults, and the record of it.

Owns: the order in which these come, and what was asked. Refuses to know any provider's words, or
what becomes of a task, which is in `_kept`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Mapping, MutableMapping
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from ._faults import Fault
from ._kept import Clock, KeptTasks
from ._switches import ByOperation, one_of
from ._tasks import Operation, Received


class ProviderSimulator(KeptTasks):
    """What both simulated providers have: tasks to add and read, faults, limits, and a record.

    `api_key` is the key that is accepted. `operations` are what can be asked, `base_path` is the
    path of its base URL, `prefix` that of all it has. An operation that is none of these raises
    `ValueError`, which lists them.
    """

    base_path: ClassVar[str]
    prefix: ClassVar[str]
    operations: ClassVar[tuple[Operation, ...]]

    api_key: str

    def __init__(
        self, api_key: str, clock: Clock, unmodelled: list[str], link_to: Callable[[str], str]
    ) -> None:
        super().__init__(clock)
        self.api_key = api_key
        self._link_to = link_to
        self._unmodelled = unmodelled
        self._rate_limits = ByOperation[int]("rate_limits", self.operations, int)
        self._faults: dict[Operation, deque[Fault | None]] = {}
        self._down_until = -math.inf
        self._windows: Counter[tuple[Operation, int]] = Counter()
        self._requests: list[Received] = []

    @property
    def rate_limits(self) -> MutableMapping[Operation, int]:
        """The requests allowed for an operation in each second of the simulator's clock.

        Beyond it the answer is 429.
        """
        return self._rate_limits

    @rate_limits.setter
    def rate_limits(self, limits: Mapping[Operation, int]) -> None:
        self._rate_limits.replace(limits)

    def fail(self, operation: Operation, *faults: Fault | None, times: int = 1) -> None:
        """Let the next requests for `operation` meet these faults, in turn, `times` over.

        None lets a request through. Raises `TypeError` for what is neither.
        """
        one_of(f"operation of {self.name}", operation, self.operations)
        for fault in faults:
            if not (fault is None or isinstance(fault, Fault)):
                raise TypeError(f"{fault!r} is neither a Fault, made by calling one, nor None")
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
        one_of(f"operation of {self.name}", operation, self.operations)
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
        limit = self._rate_limits.get(operation)
        if limit is None:
            return False
        window = operation, int(self._clock())
        self._windows[window] += 1
        return self._windows[window] > limit

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
