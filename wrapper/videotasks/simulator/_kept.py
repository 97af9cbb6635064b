"""The simulated tasks: their states, and how they move.

Owns: the state behind both simulated providers. Refuses to know requests, or what any provider's
words are.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from typing import ClassVar

from ._switches import Switched, one_of
from ._tasks import Move, NewState, SimTask, State


class Clock:
    """Monotonic time that can be pushed forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._ahead += seconds


class KeptTasks(Switched, ABC):
    """One provider's tasks: to add, to look at behind its back, and to change by hand.

    `name` is the provider's, as in refs, `states` are its own words, `fields` what it says of a
    task.
    """

    name: ClassVar[str]
    states: ClassVar[tuple[State, ...]]
    fields: ClassVar[tuple[str, ...]]

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._tasks: dict[str, SimTask] = {}
        self._made = 0

    def add(
        self,
        state: State | NewState,
        *,
        task_id: str | None = None,
        moves: Sequence[Move] = (),
        created_at: int | None = None,
        more: Mapping[str, object] | None = None,
        **fields: object,
    ) -> str:
        """Add a task and return its id; `fields` are sent as they are when it is read.

        `created_at` is in seconds since 1970. `more` are further fields, which the provider need
        not document. Raises `ValueError` for a state that is neither the provider's nor a
        `NewState`, and for an id that is taken; `TypeError` for a field that is not documented.
        """
        for unknown in fields.keys() - set(self.fields):
            raise TypeError(
                f"{self.name} has no field {unknown!r}: give it in more={{...}}, if it is meant; "
                f"there are {', '.join(self.fields)}"
            )
        self._check_state(state)
        self._check_moves(moves)
        with self._lock:
            self._made += 1
            task_id = task_id or self._new_id(self._made)
            if task_id in self._tasks:
                raise ValueError(f"{self.name} has a task {task_id!r} already")
            self._tasks[task_id] = SimTask(
                id=task_id,
                state=state,
                since=self._clock(),
                moves=deque(moves),
                created_at=int(time.time()) if created_at is None else created_at,
                fields={**fields, **(more or {})},
            )
            return task_id

    def status(self, task_id: str) -> str | None:
        """The task's state as it really is now; None when it is gone."""
        with self._lock:
            task = self._find(task_id)
            return task.state if task else None

    def move(self, task_id: str, state: State | NewState) -> None:
        """Put a task into another state, by hand. Raises `LookupError` if there is none."""
        self._check_state(state)
        with self._lock:
            self._enter(self._known(task_id), state)

    def remove(self, task_id: str) -> None:
        """Let a task's record go, by hand. Raises `LookupError` if there is none."""
        with self._lock:
            del self._tasks[self._known(task_id).id]

    def ids(self) -> tuple[str, ...]:
        """The ids of all tasks there are, oldest first."""
        with self._lock:
            return tuple(task_id for task_id in list(self._tasks) if self._find(task_id))

    def _check_state(self, state: str) -> None:
        if not isinstance(state, NewState):
            one_of(f"state of {self.name}", state, self.states)

    def _check_moves(self, moves: Sequence[Move]) -> None:
        for move in moves:
            if move.to is not None:
                self._check_state(move.to)

    def _known(self, task_id: str) -> SimTask:
        if task_id not in self._tasks:
            raise LookupError(f"{self.name} has no task {task_id!r}")
        return self._tasks[task_id]

    def _find(self, task_id: str) -> SimTask | None:
        """A task, after it has made the moves that are due."""
        task = self._tasks.get(task_id)
        while task is not None and task.moves:
            since = self._due(task, task.moves[0])
            if since is None:
                break
            state = task.moves.popleft().to
            if state is None:
                del self._tasks[task_id]
                return None
            self._enter(task, state, since)
        return task

    def _read(self, task_id: str) -> SimTask | None:
        """A task for an answer that shows it, which counts as a read."""
        task = self._find(task_id)
        if task is not None:
            task.reads += 1
        return task

    def _due(self, task: SimTask, move: Move) -> float | None:
        """When a move was due; None if it is not yet."""
        now = self._clock()
        if move.after_seconds is not None and now >= task.since + move.after_seconds:
            return task.since + move.after_seconds
        reads, refusals = move.after_reads, move.after_refusals
        if (reads is not None and task.reads >= reads) or (
            refusals is not None and task.refusals >= refusals
        ):
            return now
        return None

    def _enter(self, task: SimTask, state: str, since: float | None = None) -> None:
        task.state, task.since = state, self._clock() if since is None else since
        task.reads = task.refusals = 0

    @abstractmethod
    def _new_id(self, number: int) -> str: ...
