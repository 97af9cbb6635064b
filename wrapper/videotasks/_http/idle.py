"""HTTP clients that make no call at present, each with its own connections.

Owns: who has a client now. Each makes one call at a time, since httpx goes through all connections
of a client for every request; and one in which a call was broken off is not put back, since a lock
within may have stayed taken. Each step is one call into C: threads and signal handlers may share
it, and each client comes out once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

H = TypeVar("H")


class IdleClients(Generic[H]):
    """Those that wait for the next call, by what they are for."""

    def __init__(self, *purposes: str) -> None:
        self._idle = {purpose: deque[H]() for purpose in purposes}

    def take(self, purpose: str) -> H | None:
        """The one that was used last, None if there is none."""
        try:
            return self._idle[purpose].pop()
        except IndexError:
            return None

    def put(self, purpose: str, client: H) -> None:
        """It makes no call any more."""
        self._idle[purpose].append(client)

    def drain(self) -> Iterator[H]:
        """Take all."""
        for purpose in self._idle:
            while (client := self.take(purpose)) is not None:
                yield client
