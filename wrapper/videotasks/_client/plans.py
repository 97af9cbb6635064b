"""What is to be purged: a snapshot to look at first, and the deletion of exactly that set.

Owns: the snapshot. Refuses to grow: tasks that come to match later are not in it, and those that
match no longer are left alone when it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from .._engine.aio import AsyncOutcomes
from .._engine.threads import Outcomes
from .._model.task import State, Task
from .base import Options

R = TypeVar("R")


class _Plan(Generic[R]):
    """A set of tasks, and how to start deleting them."""

    def __init__(
        self,
        provider: str,
        states: frozenset[State],
        tasks: tuple[Task, ...],
        start: Callable[[Options], R],
    ) -> None:
        self.provider = provider
        self.states = states
        self.tasks = tasks
        self._start = start

    def run(
        self,
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        concurrency: int | None = None,
    ) -> R:
        """Destroy the records of exactly these tasks, while the outcomes are iterated.

        This can't be undone. Each is looked at once more: a task that has left the wanted states is
        `Kept`; one that the provider no longer knows is `Gone`, which `missing_ok` makes ok.
        Otherwise as `delete_many`.
        """
        return self._start(
            Options(
                confirm=confirm, missing_ok=missing_ok, timeout=timeout, concurrency=concurrency
            )
        )

    def __len__(self) -> int:
        return len(self.tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __repr__(self) -> str:
        states = f", only if {', '.join(sorted(self.states))}" if self.states else ""
        return f"{type(self).__name__}({self.provider}, {len(self)} tasks{states})"


class Plan(_Plan[Outcomes]):
    """The tasks that a purge would delete, as they were listed. Nothing is deleted until `run()`.

    Sized and iterable; the tasks are in `tasks`, the states they may be deleted in in `states`.
    """


class AsyncPlan(_Plan[AsyncOutcomes]):
    """The tasks that a purge would delete, as they were listed. Nothing is deleted until `run()`.

    Sized and iterable; the tasks are in `tasks`, the states they may be deleted in in `states`.
    """
