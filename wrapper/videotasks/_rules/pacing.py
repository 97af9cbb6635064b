"""How fast the requests of one operation may be sent, by all threads and tasks together.

Owns: the moment at which the next request may leave: evenly spaced, so that no server sees a burst;
farther apart for a while after a 429. Refuses to wait: it names the moment, the driver waits. All
calls are quick and take a lock, so that threads and tasks may share one limiter.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from .._model.checks import shown
from .._model.errors import ConfigurationError
from .steps import Operation

if TYPE_CHECKING:
    from pyrate_limiter import AbstractBucket
else:  # it is optional; whoever asks for type hints while running is told of any object
    AbstractBucket = object

Limit: TypeAlias = float | AbstractBucket | None
"""Requests a second; a bucket of pyrate-limiter's, to share a limit; or None for no limit."""
Limits: TypeAlias = Mapping[Operation, Limit]

NO_LIMITS: Final[Limits] = MappingProxyType({"get": None, "delete": None, "list": None})

HEADROOM: Final = 0.99
"""Share of a limit that is used. The network moves requests closer together by some milliseconds,
so that a server which counts by the second would see one too many."""
CATCH_UP: Final = 0.02
"""Seconds that a request may be late and still take its planned moment, so that small delays do not
add up."""
WINDOW: Final = 1.002
"""Seconds in which no more requests leave than a limit allows in one second, also when late ones
catch up; a little longer, since the network moves them closer together."""
FIRST_SPACING: Final = 0.05
"""Seconds between requests after a first 429, at the least."""
MOST_SPACING: Final = 10.0
"""Seconds between requests at the slowest."""
LEAST_LIMIT: Final = 1e-6
MOST_LIMIT: Final = 1e9
"""Requests a second; between these two, results of arithmetic stay finite."""
RECOVERY: Final = 0.9
"""The share of the spacing added by 429s that is left after each other answer."""


def read_limits(given: Limits | None, default: Limits) -> Limits:
    """The default limits, replaced by those given; None is for no limits.

    Raises `ConfigurationError`.
    """
    if given is None:
        return NO_LIMITS
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"limits are given by operation, such as {{'get': 20}}: {shown(given)}"
        )
    for operation, limit in given.items():
        if operation not in NO_LIMITS:
            raise ConfigurationError(
                f"limits are for {', '.join(NO_LIMITS)}; there is no operation {shown(operation)}"
            )
        if isinstance(limit, int | float):
            usable = not isinstance(limit, bool) and LEAST_LIMIT <= limit <= MOST_LIMIT
        else:
            usable = limit is None or _is_bucket(limit)
        if not usable:
            raise ConfigurationError(
                f"the limit for {operation} must be a number of requests a second "
                f"({LEAST_LIMIT:g} to {MOST_LIMIT:g}), a bucket of pyrate-limiter's with a sync "
                f"client, or None: {shown(limit)}"
            )
    return MappingProxyType({**NO_LIMITS, **default, **given})


def _is_bucket(limit: object) -> bool:
    """Whether it is a bucket, and does not have to be awaited."""
    methods = (getattr(limit, name, None) for name in ("put", "waiting"))
    client = getattr(getattr(limit, "store", limit), "redis", None)
    is_async = type(client).__module__.startswith("redis.asyncio")
    return not isinstance(limit, type) and all(map(callable, methods)) and not is_async


class RateLimiter:
    """The pace of one operation: `reserve` a moment, wait for it, then `leave`.

    `opens_at` is the moment before which nothing may leave, after a 429. A limit that is shared
    through `bucket` is asked by the driver; this then only adds spacing after 429s.
    """

    def __init__(self, limit: Limit) -> None:
        own = limit if isinstance(limit, int | float) else None
        self.bucket = None if isinstance(limit, int | float) else limit
        self.limited = bool(own)
        self._interval = 1.0 / (own * HEADROOM) if own else 0.0
        self._extra = 0.0
        self._slowed_at = 0.0
        self.opens_at = 0.0
        self._next = 0.0
        self._left: deque[float] = deque()
        self._lock = threading.RLock()

    def reserve(self, now: float, not_after: float | None = None) -> float:
        """Take the next moment at which a request may leave: `now` or later, all on one clock.

        A moment later than `not_after` is only returned, and not taken.
        """
        with self._lock:
            due = self._next if now - self._next <= CATCH_UP else now
            moment = max(now, due)
            if not_after is None or moment <= not_after:
                self._next = due + self._spacing
            return moment

    def leave(self, now: float) -> float:
        """Ask to leave, at the moment that was reserved: 0 for yes, or the seconds to wait first.

        Requests that wake up late may catch up, but no more of them leave in any second than the
        limit lets through; and after a 429 each takes a new turn.
        """
        with self._lock:
            if now < self.opens_at:
                return self.reserve(now) - now
            if spacing := self._spacing:
                window, wait = max(WINDOW, spacing), 0.0
                while self._left and (wait := self._left[0] + window - now) <= 0:
                    self._left.popleft()
                if len(self._left) >= ceil(window / spacing - 1e-6):
                    return wait
                self._left.append(now)
            return 0.0

    @property
    def _spacing(self) -> float:
        return self._interval + self._extra

    def slow_down(self, now: float, sent_at: float, retry_after: float | None) -> bool:
        """A request that left at `sent_at` was answered with 429. Returns whether that slows down.

        Several that were on their way together count once.
        """
        with self._lock:
            first = sent_at >= self._slowed_at
            wait = retry_after or 0.0
            if first:
                self._slowed_at = now
                self._extra = min(max(self._extra * 2, self._interval, FIRST_SPACING), MOST_SPACING)
                wait = max(wait, self._spacing)
            self.opens_at = max(self.opens_at, now + wait)
            self._next = max(self._next, self.opens_at)
            return first

    def recover(self) -> None:
        """A request was answered with something else than 429."""
        if self._extra:
            with self._lock:
                self._extra *= RECOVERY
                if self._extra < self._interval / 100 or self._extra < 0.001:
                    self._extra = 0.0

    @property
    def free_from(self) -> float:
        """The first moment that nobody has taken yet."""
        return self._next

    @property
    def spacing(self) -> float:
        """Seconds between requests at present."""
        return self._interval + self._extra

    @property
    def per_second(self) -> float | None:
        """Requests a second at present; None for no limit."""
        return 1.0 / self._spacing if self._spacing else None
