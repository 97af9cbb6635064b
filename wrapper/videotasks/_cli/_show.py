"""What is printed on standard output: a table, lines, or JSON.

Owns: the forms and their columns. Refuses to print anything else there: talk goes to standard
error.
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final, Literal

import click

from .. import Outcome, Preview, Task
from .._text import short

Form = Literal["table", "lines", "ndjson", "json"]

LEAST_FOR_LAST: Final = 10
"""Columns of a terminal that are room enough for the last column of a table."""
SPARE: Final = "model"
"""The column that a table goes without where there is no room for it."""
MOST_IN_A_TABLE: Final = 500
"""Rows that are kept for one table; more are printed as lines."""

TASK_HEADINGS: Final = ("task", "state", "created (UTC)", SPARE, "result or error")
OUTCOME_HEADINGS: Final = ("task", "outcome", "why")

MOST_OF_ERROR: Final = 60
"""Characters of why a task had failed, where that is not the point."""
_WAS: Final = {
    "queued": "it was queued",
    "running": "it was running",
    "failed": "it had failed",
    "expired": "it had expired",
    "cancelled": "a look shows it",
}
"""What a task was that is now cancelled or deleted, by the state it was last seen in."""


class Output:
    """Rows on standard output, in one of the forms.

    Lines and NDJSON go out as they come; a table and JSON at the end, in `end()`.
    """

    def __init__(self, form: Form, headings: Sequence[str], name: str) -> None:
        self.form: Form = form
        self._headings = headings
        self._name = name
        self.count = 0
        self._lines: list[Sequence[str]] = []
        self._rows: list[Sequence[str]] = []
        self._records: list[Mapping[str, object]] = []

    @property
    def is_for_people(self) -> bool:
        """Whether somebody reads it on a terminal, rather than a program."""
        return self.form in {"table", "lines"} and sys.stdout.isatty()

    def add(
        self,
        cells: Sequence[str],
        record: Mapping[str, object],
        rows: Sequence[Sequence[str]] | None = None,
    ) -> None:
        """Print a line or a record, or keep it for the end; in a table it is `rows`, if given."""
        self.count += 1
        if self.form == "ndjson":
            _write(_json(record))
        elif self.form == "json":
            self._records.append(record)
        elif self.form == "lines":
            _write(_line(cells))
        else:
            self._lines.append(cells)
            self._rows.extend(rows or [cells])
            if len(self._lines) > MOST_IN_A_TABLE:
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
            for line in self._lines:
                _write(_line(line))
        self._lines, self._rows = [], []


def need_output() -> None:
    """Raise where standard output was closed, for what is of no use without."""
    if sys.__stdout__ is None:
        raise OSError(errno.EBADF, "standard output is closed")


def form_for(*, as_json: bool, as_ndjson: bool, rows: int = 0) -> Form:
    """The form asked for, or the one that fits so many rows where standard output goes."""
    if as_json and as_ndjson:
        raise click.UsageError("--json and --ndjson exclude each other")
    if as_json:
        return "json"
    if as_ndjson:
        return "ndjson"
    return "table" if sys.stdout.isatty() and rows <= MOST_IN_A_TABLE else "lines"


def add_task(
    output: Output,
    task: Task,
    record: Mapping[str, object] | None = None,
    *,
    ref_only: bool = False,
) -> None:
    """Show a task, or its ref alone; `record` is what JSON has of it, if that is more.

    In a table, where links would fill the screen, its videos and files are counted.
    """
    ref, error = str(task.ref), task.error
    created = task.created_at.isoformat() if task.created_at else ""
    last_frame = () if task.last_frame_url is None else (task.last_frame_url,)
    links = " ".join((*task.video_urls, *task.file_urls, *last_frame))
    kinds = (task.video_urls, "video"), (task.file_urls, "file")
    counts = ", ".join(f"{len(urls)} {kind}{'s' * (len(urls) > 1)}" for urls, kind in kinds if urls)
    model = task.model or ""
    cells = ref, task.state, created, error or links, model  # at the end, for scripts that count
    row = ref, task.state, short_time(task), model, error or counts
    output.add(cells[:1] if ref_only else cells, record or task.to_dict(), [row])


def short_time(task: Task) -> str:
    """When a task was made, for a table: in UTC, to the minute."""
    return f"{task.created_at.astimezone(UTC):%Y-%m-%d %H:%M}" if task.created_at else ""


def outcome_cells(outcome: Outcome) -> tuple[str, ...]:
    """An outcome's row; where its name says all, the last cell is what the task was."""
    task, why = outcome.task, outcome.explanation
    plain = (outcome.name == "deleted" and outcome.ok) or (
        outcome.name == "cancelled" and not outcome.already
    )
    if plain and task:
        # As it was said before: what would be lost.
        lost = Preview(ref=task.ref, action="delete", reason="", task=task).loses
        why = f"it had a finished {lost}" if lost else _WAS.get(task.state, why)
        why += f" ({short(task.error, MOST_OF_ERROR)})" if task.error else ""
    return str(outcome.ref), outcome.name, why


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str | None = None,
    *,
    stderr: bool = False,
) -> None:
    """Draw a table, without the columns that have nothing in them.

    No column but the last is broken over lines while there is room, for which `SPARE` is left out.
    Nothing is ever cut off: half a ref looks like a whole one.
    """
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    console = Console(highlight=False, stderr=stderr)
    columns = [
        [short(cell, 500) for cell in column] for column in zip(headings, *rows, strict=True)
    ]
    columns = [column for column in columns if any(column[1:])] or columns

    def is_roomy(least: int) -> bool:
        *others, last = (max(map(cell_len, column)) for column in columns)
        return sum(others) + len(others) + min(last, least) <= console.width

    if not is_roomy(2 * LEAST_FOR_LAST):
        columns = [column for column in columns if column[0] != SPARE]
    roomy = is_roomy(LEAST_FOR_LAST)
    for number, (heading, *_) in enumerate(columns, 1):
        drawn.add_column(heading, overflow="fold", no_wrap=roomy and number < len(columns))
    for row in list(zip(*columns, strict=True))[1:]:
        drawn.add_row(*map(Text, row))
    console.print(drawn)


class _Spelling(dict[int, str]):
    """How each character stands in JSON: what could steer a terminal as \\uXXXX, the rest as it is.

    Characters beyond the first 65,536 are two of these, as JSON has it.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        # A line's end is part of no text.
        harmless = character.isprintable() or character == "\n"
        self[code] = character if harmless else json.dumps(character)[1:-1]
        return self[code]


_SPELLING: Final = _Spelling()


def json_text(value: object, *, utf8: bool = True, indent: int | None = None) -> str:
    """JSON that is safe to show on a terminal, and in ASCII alone where `utf8` is not to be had."""
    return json.dumps(value, ensure_ascii=not utf8, indent=indent).translate(_SPELLING)


def _json(value: object, indent: int | None = None) -> str:
    """JSON that the output's encoding has all characters of."""
    utf8 = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    return json_text(value, utf8=utf8, indent=indent)


def _line(cells: Sequence[str]) -> str:
    return "\t".join(short(cell, 2000) for cell in cells)


def _write(text: str) -> None:
    """A line, at once: what was done must be known even if we are killed."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
