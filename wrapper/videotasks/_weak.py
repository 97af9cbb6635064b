"""A set that does not keep its members alive, and that threads and signal handlers may share.

Owns: that going through it never meets a change: `weakref.WeakSet` raises where another thread adds
to it meanwhile. Each step here is one call into C, so that it needs no lock that could stay taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar
from weakref import ref

T = TypeVar("T")


class WeakBag(Generic[T]):
    """Members, told apart by identity, as long as somebody else holds on to them."""

    def __init__(self) -> None:
        self._refs: set[ref[T]] = set()

    def add(self, member: T) -> None:
        """Take a member in."""
        self._refs.add(ref(member, self._refs.discard))

    def discard(self, member: T) -> None:
        """Leave a member out, if it is there."""
        self._refs.discard(ref(member))

    def __len__(self) -> int:
        return len(self._refs)

    def __iter__(self) -> Iterator[T]:
        """Those that are there now."""
        for one in self._refs.copy():
            if (member := one()) is not None:
                yield member
