"""Looking before acting: what would be done to tasks, and the question before a deletion.

Owns: what is shown, and when it is asked. Refuses to decide what would be done: the library does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import click

from .._errors import NotFound, VideoTasksError
from .._outcomes import Gone
from .._refs import Ref
from .._task import Task
from ._ends import NOT_ALL, OK, End, status_of, worst
from ._show import FORESEEN_HEADINGS, TASK_HEADINGS, Output, explain, table, task_cells

if TYPE_CHECKING:
    from .._adapter import Verb
    from .._client import Tasks
    from .._providers import Provider

LOOKS_AT_ONCE: Final = 8
MOST_SHOWN: Final = 100
"""Tasks shown before a question; the rest is counted."""

NO_TERMINAL: Final = "there is no terminal to ask on; add --yes to delete all the same"

Seen: TypeAlias = Task | VideoTasksError


def look(tasks: Tasks, refs: list[Ref]) -> Iterable[tuple[Ref, Seen]]:
    """Look at tasks, some at once, in the order given."""

    def get(ref: Ref) -> Seen:
        try:
            return tasks.get(ref)
        except VideoTasksError as error:
            return error

    with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
        for start in range(0, len(refs), 100):
            some = refs[start : start + 100]
            yield from zip(some, pool.map(get, some), strict=True)


def _foreseen(provider: Provider[Any], verb: Verb, ref: Ref, seen: Seen) -> tuple[str, str, str]:
    """The state of a task, what would be done to it, and why."""
    from .._flows import foresee

    if isinstance(seen, NotFound):
        return "", "nothing", explain(Gone(ref=ref))
    if not isinstance(seen, Task):
        return "", "nothing", str(seen)
    effect = foresee(provider.adapter, verb, seen)
    if effect == "cancels":
        return seen.state, "cancel", "it is queued"
    if effect == "deletes":
        lost = ", and its video with it" if seen.state == "succeeded" else ""
        return seen.state, "delete", f"it has ended{lost}"
    return seen.state, "keep", explain(effect)


def show_foreseen(
    output: Output,
    providers: dict[str, Provider[Any]],
    verb: Verb,
    seen: Iterable[tuple[Ref, Seen]],
    *,
    missing_ok: bool,
) -> NoReturn:
    """Show what would be done; always ends the command."""
    statuses = {OK}
    for ref, one in seen:
        state, would, why = _foreseen(providers[ref.provider], verb, ref, one)
        task = one.to_dict() if isinstance(one, Task) else None
        record = {"ref": str(ref), "would": would, "why": why, "task": task}
        output.add((str(ref), state, would, why), record)
        if not isinstance(one, Task) and not (missing_ok and isinstance(one, NotFound)):
            statuses.add(status_of(one))
    output.end()
    raise End(worst(statuses))


def can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()  # pyright: ignore[reportUnnecessaryComparison]


def ask(providers: dict[str, Provider[Any]], seen: list[tuple[Ref, Seen]]) -> None:
    """Ask, where more than one task or a finished video would go."""
    rows = [
        (str(ref), *_foreseen(providers[ref.provider], "delete", ref, one)) for ref, one in seen
    ]
    going = [row for row in rows if row[2] in {"delete", "cancel"}]
    videos = sum(row[1] == "succeeded" for row in going)
    if not going or (len(rows) < 2 and not videos):
        return
    table(FORESEEN_HEADINGS, rows[:MOST_SHOWN], stderr=True)
    if len(rows) > MOST_SHOWN:
        click.echo(f"… and {len(rows) - MOST_SHOWN} more", err=True)
    ask_to_delete(len(going), videos, sum(row[2] == "cancel" for row in going))


def show_tasks(tasks: list[Task]) -> None:
    """Show what would be deleted, on standard error."""
    if not tasks:
        return
    table(TASK_HEADINGS, [task_cells(task) for task in tasks[:MOST_SHOWN]], stderr=True)
    if len(tasks) > MOST_SHOWN:
        click.echo(f"… and {len(tasks) - MOST_SHOWN} more", err=True)


def ask_to_delete(going: int, videos: int, queued: int = 0) -> None:
    """Ask, and end the command unless the answer is yes.

    `videos` are those of the tasks that have one, `queued` those that would only be cancelled.
    """
    if not can_ask():
        raise click.UsageError(NO_TERMINAL)
    tasks = "1 task" if going == 1 else f"{going} tasks"
    parts = [(videos, "with a finished video"), (queued, "queued, to be cancelled")]
    of_them = "".join(f", {count} of them {what}" for count, what in parts if count)
    if not click.confirm(f"Delete {tasks}{of_them}? This can't be undone", err=True):
        click.echo("nothing was deleted", err=True)
        raise End(NOT_ALL)


def as_shown(ref: Ref, seen: Seen) -> Task:
    """The task as it was shown; one that could not be seen is acted on in no state but `unknown`,
    which is to say never."""
    return seen if isinstance(seen, Task) else Task(ref=ref, state="unknown")
