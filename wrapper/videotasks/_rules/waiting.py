"""Waiting until tasks have ended: whom to look at when.

Owns: the rounds of looks, how far they are apart, and that many tasks are looked at by a list where
the provider has one, since a page shows hundreds. Refuses to wait and to know the time: it asks for
pauses, and is told when the deadline leaves no room for one more look.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from copy import copy
from typing import Final

from .._model.errors import (
    Closed,
    DeadlineExceeded,
    NoAnswer,
    NotSent,
    RateLimited,
    VideoTasksError,
)
from .._model.task import Ref, Task
from .._model.waiting import WaitResult, WaitTimeout
from .adapter import Adapter
from .listing import ListWalk
from .query import Query
from .steps import Answer, Flow, Pause, request

FIRST_INTERVAL: Final = 2.0
MOST_INTERVAL: Final = 15.0
"""Seconds between two rounds of looks, at the beginning and later."""
GROWTH: Final = 1.5
"""How much longer each interval is than the one before."""
LISTED_FROM: Final = 100
"""Tasks from which on a list is asked for instead of each task."""
MOST_FAILED: Final = 10
"""Rounds in a row in which a look at a task may fail, though trying again may help."""

_MAY_PASS: Final = (NotSent, NoAnswer, RateLimited)
"""Errors that may be over in the next round."""


class WaitList:
    """Tasks of one provider that are waited for.

    `interval` is the seconds between two rounds; None for 2, growing to 15.
    """

    def __init__(
        self, adapter: Adapter, refs: Iterable[Ref], attempts: int, interval: float | None
    ) -> None:
        self._adapter = adapter
        self._attempts = attempts
        self._copies = Counter(refs)
        self._seen: dict[Ref, Task | None] = dict.fromkeys(self._copies)
        """The tasks that have not ended, as they were last seen."""
        self._failed = Counter[Ref]()
        self._interval = interval
        self._pause: float | None = None
        self._due: deque[Ref] = deque()
        self._walk: ListWalk | None = None

    def more(self) -> Flow[list[WaitResult] | None]:
        """Ask once: results for tasks that have ended; None when none is left.

        A task that was given more than once has as many results. Raises `Closed` alone.
        """
        if not self._seen:
            return None
        if not self._due and self._walk is None:
            if self._pause is not None and (yield Pause(self._pause)) is not None:
                return self._timed_out()
            self._begin_round()
        try:
            if self._walk is not None:
                return (yield from self._list(self._walk))
            return (yield from self._look(self._due.popleft()))
        except DeadlineExceeded:
            return self._timed_out()

    def _begin_round(self) -> None:
        grown = FIRST_INTERVAL if self._pause is None else min(self._pause * GROWTH, MOST_INTERVAL)
        self._pause = self._interval or grown
        self._due.extend(self._seen)
        if (lists := self._adapter.lists) and len(self._seen) >= LISTED_FROM:
            query = Query(provider=self._adapter.name)
            self._walk = ListWalk(self._adapter, lists, query, self._attempts)

    def _list(self, walk: ListWalk) -> Flow[list[WaitResult]]:
        """Look at a page. Those that no page shows are looked at afterwards."""
        try:
            tasks = yield from walk.more()
        except (Closed, DeadlineExceeded):
            raise
        except VideoTasksError:
            tasks = None  # the looks will say whether it is more than the list
        met = {task.ref: task for task in tasks or () if task.ref in self._seen}
        self._due = deque(ref for ref in self._due if ref not in met)
        if tasks is None or not self._due:
            self._walk = None
        return [result for task in met.values() for result in self._take(task)]

    def _look(self, ref: Ref) -> Flow[list[WaitResult]]:
        reply = yield from request(self._adapter.look_call(ref), self._attempts)
        if isinstance(reply, Answer):
            return self._take(reply.value)
        if isinstance(reply, Closed | DeadlineExceeded):
            raise reply
        self._failed[ref] += 1
        if isinstance(reply, _MAY_PASS) and self._failed[ref] < MOST_FAILED:
            return []
        given_up = list(self._seen) if reply.is_for_all else [ref]
        return [result for one in given_up for result in self._end(one, reply)]

    def _take(self, task: Task) -> list[WaitResult]:
        """Take in what a look showed."""
        self._seen[task.ref] = task
        del self._failed[task.ref]
        return self._end(task.ref, None) if task.has_ended else []

    def _timed_out(self) -> list[WaitResult]:
        return [result for ref in list(self._seen) for result in self._end(ref, self._late(ref))]

    def _late(self, ref: Ref) -> WaitTimeout:
        task = self._seen[ref]
        end = "before the task could be seen" if task is None else f"while the task is {task.state}"
        error = WaitTimeout(f"the deadline comes {end}", provider=ref.provider)
        error.task = task
        return error

    def _end(self, ref: Ref, error: VideoTasksError | None) -> list[WaitResult]:
        """Wait for a task no longer."""
        task = self._seen.pop(ref)
        if error is not None:
            error = copy(error)
            error.ref = ref
        return [WaitResult(ref=ref, task=task, error=error)] * self._copies[ref]
