"""What is printed on standard output: a table, lines, or JSON.

Owns: the forms and their columns. Refuses to print anything else there: talk goes to standard
error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Final, Literal

import click

from .._text import short

if TYPE_CHECKING:
    from .._outcomes import Outcome
    from .._task import Task

Form = Literal["table", "lines", "ndjson", "json"]

MOST_IN_A_TABLE: Final = 500
"""Rows that are kept for one table; more are printed as lines."""

TASK_HEADINGS: Final = ("task", "state", "created", "video or error")
OUTCOME_HEADINGS: Final = ("task", "outcome", "which means")
FORESEEN_HEADINGS: Final = ("task", "state", "what would be done", "why")

_WHOLE: Final = frozenset({"task", "state", "before", "after", "outcome"})
"""Columns that are not to be broken over lines while there is room."""


class Output:
    """Rows on standard output, in one of the forms.

    Lines and NDJSON go out as they come; a table and JSON at the end, in `end()`.
    """

    def __init__(self, form: Form, headings: Sequence[str], name: str) -> None:
        self.form: Form = form
        self._headings = headings
        self._name = name
        self._rows: list[Sequence[str]] = []
        self._records: list[Mapping[str, object]] = []

    def add(self, cells: Sequence[str], record: Mapping[str, object]) -> None:
        """Print a row, or keep it for the end."""
        if self.form == "ndjson":
            _write(_json(record))
        elif self.form == "json":
            self._records.append(record)
        elif self.form == "lines":
            _write(_line(cells))
        else:
            self._rows.append(cells)
            if len(self._rows) > MOST_IN_A_TABLE:
                self.form = "lines"
                self.end()

    def end(self, **more: object) -> None:
        """Print what was kept; `more` goes into a JSON document."""
        if self.form == "json":
            document = {self._name: self._records, **more}
            _write(_json(document, indent=2))
        elif self.form == "table" and self._rows:
            table(self._headings, self._rows)
        else:
            for row in self._rows:
                _write(_line(row))
        self._rows = []


def form_for(*, as_json: bool, as_ndjson: bool) -> Form:
    """The form asked for, or the one that fits where standard output goes."""
    if as_json and as_ndjson:
        raise click.UsageError("--json and --ndjson exclude each other")
    if as_json:
        return "json"
    if as_ndjson:
        return "ndjson"
    return "table" if sys.stdout.isatty() else "lines"


def task_cells(task: Task) -> tuple[str, ...]:
    """A task's row."""
    created = task.created_at.isoformat() if task.created_at else ""
    return str(task.ref), task.state, created, task.error or " ".join(task.video_urls)


def outcome_cells(outcome: Outcome) -> tuple[str, ...]:
    """An outcome's row."""
    return str(outcome.ref), outcome.name, explain(outcome)


def explain(outcome: Outcome) -> str:
    """What an outcome means, or why it is so."""
    if outcome.name == "kept":
        return outcome.reason
    if outcome.name == "failed":
        return str(outcome.error)
    return str(outcome).removeprefix(f"{outcome.ref} ")


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str | None = None,
    *,
    stderr: bool = False,
) -> None:
    """Draw a table, without the columns that have nothing in them."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    filled = [any(cells) for cells in zip(*rows, strict=True)] or [True] * len(headings)
    for heading in compress(headings, filled):
        drawn.add_column(heading, overflow="fold", no_wrap=heading in _WHOLE)
    for row in rows:
        drawn.add_row(*(Text(short(cell, 500)) for cell in compress(row, filled)))
    Console(highlight=False, stderr=stderr).print(drawn)


def _json(value: object, indent: int | None = None) -> str:
    """JSON that the output's encoding has all characters of."""
    utf8 = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not utf8, indent=indent)


def _line(cells: Sequence[str]) -> str:
    return "\t".join(short(cell, 2000) for cell in cells)


def _write(text: str) -> None:
    """A line, at once: what was done must be known even if we are killed."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
