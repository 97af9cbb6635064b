"""Connections of one provider, in small pools.

Owns: which pool makes the next call, and when a pool may be closed. httpx's pools go through all
their open connections for every request, so that many small ones are several times as fast as one
large one. Refuses to bound how many calls are made at once: whoever makes them does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Final, Generic, TypeVar

from attrs import define, field

from .._model.errors import Closed
from .._weak import WeakBag

H = TypeVar("H")

POOL_SIZE: Final = 8
"""Calls at once on one pool before another is opened."""
MOST_POOLS: Final = 16


class _Use:
    """One call on its way. It ends with whoever makes it, however that is interrupted."""


@define(eq=False)
class _Pool(Generic[H]):
    http: H
    client: object
    uses: WeakBag[_Use] = field(factory=WeakBag[_Use])
    retired: bool = False


class Pools(Generic[H]):
    """Opens pools when needed; `open_pool` gives an HTTP client and a generated one on it.

    `retire` closes the client of a pool in which a call was broken off, by Ctrl-C or by cancelling
    its task: within httpcore that may leave connections, or a lock, taken for ever.
    """

    def __init__(
        self,
        open_pool: Callable[[], tuple[H, object]],
        retire: Callable[[H], object],
    ) -> None:
        self._open_pool = open_pool
        self._retire = retire
        self._pools: list[_Pool[H]] = []
        self._closed = False
        # Not for closing, which a signal handler may do at any moment.
        self._choosing = threading.RLock()

    @contextmanager
    def client(self) -> Generator[object]:
        """A generated client to make one call with. Raises `Closed`."""
        use = _Use()
        pool = self._choose(use)
        try:
            self._check_open()
            yield pool.client
        except Exception:
            raise
        except BaseException:
            pool.retired = True
            with suppress(ValueError):  # another call on it was broken off as well
                self._pools.remove(pool)
            raise
        finally:
            pool.uses.discard(use)
            if pool.retired and not pool.uses:
                self._retire(pool.http)

    def close(self) -> list[H]:
        """Make no more calls. All HTTP clients that make none now, to be closed by the caller.

        Those that are still in use come with a later call, after whoever uses them.
        """
        self._closed = True
        return [pool.http for pool in self._pools.copy() if not pool.uses]

    def _check_open(self) -> None:
        # After the use was noted, while closing looks at uses last: one of the two sees the other.
        if self._closed:
            raise Closed("stopped before it was sent")

    def _choose(self, use: _Use) -> _Pool[H]:
        with self._choosing:
            pool = min(self._pools, key=lambda pool: len(pool.uses), default=None)
            full = pool is None or len(pool.uses) >= POOL_SIZE
            if pool is None or (full and len(self._pools) < MOST_POOLS and not self._closed):
                pool = _Pool(*self._open_pool())
                self._pools.append(pool)
            pool.uses.add(use)
            return pool
