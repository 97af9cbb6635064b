"""What the simulator keeps: tasks, how they move, and the requests that came in.

Owns: the data. Refuses to change any: that is in `_store`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen

from .._rules.steps import Operation


@frozen(kw_only=True)
class Move:
    """A change that a task makes by itself, after so many reads, refused deletions or seconds.

    They are counted from when the task came into the state before. To None, its record goes.
    """

    to: str | None
    after_reads: int | None = None
    after_refusals: int | None = None
    after_seconds: float | None = None


@frozen(kw_only=True)
class Received:
    """A request as it came in, and the status of the answer that it was given or to be given."""

    operation: Operation | None
    ids: tuple[str, ...]
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int


@define(kw_only=True)
class SimTask:
    """One task."""

    id: str
    state: str
    since: float
    moves: deque[Move]
    created_at: int
    fields: dict[str, Any]
    reads: int = 0
    refusals: int = 0
