"""Tasks and outcomes as text: a table on a terminal, a tab-separated line each in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from .._outcomes import Outcome
    from .._task import Task


_WHOLE: Final = frozenset({"task", "state", "before", "after", "outcome"})
"""Columns that are not to be broken over lines while there is room."""


def show_tasks(tasks: Iterable[Task]) -> None:
    """Show what looks showed."""
    rows = [
        (
            str(task.ref),
            task.state,
            task.created_at.isoformat() if task.created_at else "",
            task.error or " ".join(task.video_urls),
        )
        for task in tasks
    ]
    show(("task", "state", "created", "video or error"), rows)


def show_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Show what became of tasks."""
    rows = [(str(outcome.ref), outcome.name, explain(outcome)) for outcome in outcomes]
    show(("task", "outcome", "which means"), rows)


def explain(outcome: Outcome) -> str:
    """What an outcome means, or why it is so."""
    if outcome.name == "kept":
        return outcome.reason
    if outcome.name == "failed":
        return str(outcome.error)
    return str(outcome).removeprefix(f"{outcome.ref} ")


def show(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows on standard output."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(" ".join(cell.split()) for cell in row))
    elif rows:
        table(headings, rows)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> None:
    """Draw a table, whatever standard output is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", title_style="bold")
    for heading in headings:
        drawn.add_column(heading, overflow="fold", no_wrap=heading in _WHOLE)
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(drawn)
