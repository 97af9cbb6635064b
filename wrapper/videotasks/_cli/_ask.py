"""The question before a deletion.

Owns: what is shown, and when it is asked. Refuses to decide what would be done: the library does.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final

import click

from .._model.task import Ref, Task
from ._ends import NOT_ALL, Exit
from ._foresight import FORESEEN_HEADINGS, Foresight, told
from ._looks import Seen
from ._show import table

MOST_SHOWN: Final = 100
"""Tasks shown before a question; the rest is counted."""

NO_TERMINAL: Final = "there is no terminal to ask on; add --yes to delete all the same"


def can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()  # pyright: ignore[reportUnnecessaryComparison]  # None where it was closed


def preview(foreseen: Sequence[Foresight], *, dated: bool = False) -> None:
    """Show what would be done, on standard error; what is too much for a screen is counted."""
    if not foreseen:
        return
    shown, more = foreseen[:MOST_SHOWN], foreseen[MOST_SHOWN:]
    table(FORESEEN_HEADINGS, [one.row(dated=dated) for one in shown], stderr=True)
    if more:
        states = Counter(one.state or "not seen" for one in more).most_common()
        counts = ", ".join(f"{count} {state}" for state, count in states)
        click.echo(f"… and {len(more)} more: {counts}", err=True)


def ask(foreseen: Sequence[Foresight]) -> None:
    """Ask about what would go, and end the command unless the answer is yes."""
    if not can_ask():
        raise click.UsageError(NO_TERMINAL)
    if not click.confirm(f"Delete {what_goes(foreseen)}? This can't be undone", err=True):
        click.echo("nothing was deleted", err=True)
        raise Exit(NOT_ALL)


def what_goes(foreseen: Sequence[Foresight]) -> str:
    """How many tasks would go, and how many of them with a video, or only out of the queue."""
    going = [one for one in foreseen if one.goes]
    queued = sum(one.would == "cancel" for one in going)
    tasks = "1 task" if len(going) == 1 else f"{len(going)} tasks"
    parts = [*told(Counter(one.loses for one in going)), (queued, "queued, to be cancelled")]
    if len(going) == 1:
        return tasks + "".join(f" {what}" for count, what in parts if count)
    return tasks + "".join(f", {count} of them {what}" for count, what in parts if count)


def is_asked_about(foreseen: Sequence[Foresight]) -> bool:
    """Whether more than one task was named of which any would go, or a finished video would."""
    going = [one for one in foreseen if one.goes]
    return bool(going) and (len(foreseen) > 1 or any(one.loses for one in going))


def as_shown(ref: Ref, seen: Seen) -> Task:
    """The task as it was shown; one that could not be seen is acted on in no state but `unknown`,
    which is to say never."""
    return seen if isinstance(seen, Task) else Task(ref=ref, state="unknown")
