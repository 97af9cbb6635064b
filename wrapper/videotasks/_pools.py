"""Connections of one provider, in small pools.

Owns: which pool makes the next call. httpx's pools go through all their open connections for every
request, so that many small ones are several times as fast as one large one. Refuses to bound how
many calls are made at once: whoever makes them does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

from attrs import define

from ._errors import Closed

H = TypeVar("H")

POOL_SIZE: Final = 8
"""Calls at once on one pool before another is opened."""
MOST_POOLS: Final = 16


@define(eq=False)
class _Pool(Generic[H]):
    http: H
    client: object
    in_flight: int = 0


class Pools(Generic[H]):
    """Opens pools when needed; `open_pool` gives an HTTP client and a generated one on it."""

    def __init__(self, open_pool: Callable[[], tuple[H, object]]) -> None:
        self._open_pool = open_pool
        self._pools: list[_Pool[H]] = []
        self._closed = False
        self._lock = threading.Lock()

    @contextmanager
    def client(self) -> Generator[object]:
        """A generated client to make one call with. Raises `Closed`."""
        with self._lock:
            if self._closed:  # nobody would close what was opened now
                raise Closed("stopped before it was sent")
            pool = min(self._pools, key=lambda pool: pool.in_flight, default=None)
            if pool is None or (pool.in_flight >= POOL_SIZE and len(self._pools) < MOST_POOLS):
                pool = _Pool(*self._open_pool())
                self._pools.append(pool)
            pool.in_flight += 1
        try:
            yield pool.client
        finally:
            with self._lock:
                pool.in_flight -= 1

    def close(self) -> list[H]:
        """Open no more; all HTTP clients that were opened, to be closed by the caller."""
        with self._lock:
            self._closed = True
            return [pool.http for pool in self._pools]
