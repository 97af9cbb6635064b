"""Previews, shown: as a dry run, and before the question whether to delete.

Owns: rows, sums, and the question. Refuses to decide what would be done: the library does.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

import click

from .. import Preview
from ._exit import NOT_ALL, OK, Exit, status_of_outcome, worst_status
from ._options import Options
from ._show import Output, short_time, table

PREVIEW_HEADINGS: Final = ("task", "state", "created (UTC)", "would", "why")
MOST_IN_FULL: Final = 10
"""Tasks that are all shown before a question; of more there are sums, and the first few."""
FIRST: Final = 3

_AGES: Final[Mapping[str, timedelta]] = {
    "made in the last hour": timedelta(hours=1),
    "made 1 to 24 hours ago": timedelta(days=1),
    "made 1 to 3 days ago": timedelta(days=3),
    "made over 3 days ago": timedelta.max,
}

NO_TERMINAL: Final = "there is no terminal to ask on; add --yes to delete all the same"

_UNFINISHED: Final = frozenset({"queued", "running"})

_DONE: Final = {
    "delete": "deleted",
    "cancel": "cancelled",
    "keep": "kept",
    "nothing": "passed over",
}


def show_preview(
    options: Options,
    output: Output,
    previews: Iterable[Preview],
    earlier: int = OK,
    *,
    dated: bool = False,
) -> NoReturn:
    """Show what would be done; always ends the command, as the real run would end.

    `earlier` is the exit status for refs that were left out. `dated` shows when tasks were made.
    """
    statuses = {earlier}
    sums = _Sums()
    for one in previews:
        output.add(_cells(one), one.to_dict(), [_row(one, dated=dated)])
        statuses.add(status_of_outcome(one.outcome))
        sums.add(one)
    output.end()
    if not options.quiet:
        click.echo(sums.of_actions(), err=True)
    raise Exit(worst_status(statuses))


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()  # pyright: ignore[reportUnnecessaryComparison]  # None where it was closed


def show_before_acting(
    options: Options, previews: Sequence[Preview], *, dated: bool = False
) -> None:
    """Show what would be done, on standard error: all of it, or of much what a glance can take."""
    shown = previews
    if len(previews) > MOST_IN_FULL and not options.verbose:
        shown, dated = [one for one in previews if one.outcome is None][:FIRST], False
        sums = _Sums()
        for one in previews:
            sums.add(one)
        click.echo("\n".join(sums.lines()), err=True)
    if shown:
        table(PREVIEW_HEADINGS, [_row(one, dated=dated) for one in shown], stderr=True)
    if more := len(previews) - len(shown):
        click.echo(f"… and {more} more: --verbose or --dry-run shows all", err=True)


def ask(options: Options, previews: Sequence[Preview]) -> None:
    """Ask about what would go, and end the command unless the answer is yes."""
    if not can_ask():
        raise click.UsageError(NO_TERMINAL)
    saves = options.save is not None and any(one.loses for one in previews)
    saved = f", after saving their files in {options.save}" if saves else ""
    if not click.confirm(f"Delete {what_goes(previews)}{saved}? This can't be undone", err=True):
        click.echo("nothing was deleted", err=True)
        raise Exit(NOT_ALL)


def is_asked_about(previews: Sequence[Preview]) -> bool:
    """Whether more than one task was named of which any would go, or a finished video would."""
    going = [one for one in previews if one.outcome is None]
    return bool(going) and (len(previews) > 1 or any(one.loses for one in going))


def what_goes(previews: Iterable[Preview]) -> str:
    """How many tasks would go, and how many of them with a video, or only out of the queue."""
    going = [one for one in previews if one.outcome is None]
    queued = sum(one.action == "cancel" for one in going)
    unfinished = sum(
        one.action == "delete" and one.task is not None and one.task.state in _UNFINISHED
        for one in going
    )
    parts = [*_losses(Counter(one.loses for one in going))]
    parts += [(queued, "queued, to be cancelled")] if queued else []
    parts += [(unfinished, "still unfinished")] if unfinished else []
    if len(going) == 1:
        return "1 task" + "".join(f" {what}" for _, what in parts)
    return f"{len(going)} tasks" + "".join(f", {count} of them {what}" for count, what in parts)


class _Sums:
    """What previews come to."""

    def __init__(self) -> None:
        self._actions: Counter[str] = Counter()
        self._lost: Counter[str | None] = Counter()
        self._states: Counter[str] = Counter()
        self._ages: Counter[str] = Counter()
        self._present = datetime.now(UTC)

    def add(self, one: Preview) -> None:
        """One more."""
        self._actions[one.action] += 1
        self._lost[one.loses] += 1
        if one.outcome is None and one.task is not None:
            self._states[one.task.state] += 1
            if (made := one.task.created_at) is not None:
                age = self._present - made
                self._ages[next(name for name, most in _AGES.items() if age < most)] += 1

    def of_actions(self) -> str:
        """What would be done to how many."""
        counts = self._actions
        parts = [f"{counts[action]} {done}" for action, done in _DONE.items() if counts[action]]
        if losses := [f"{count} {what}" for count, what in _losses(self._lost)]:
            parts[0] += f" ({', '.join(losses)})"  # the first part is of what would be deleted
        return ", ".join(parts).replace(" ", " would be ", 1) or "nothing to do"

    def lines(self) -> Iterator[str]:
        """That, and of what would go the states, and the ages as far as they are known."""
        yield self.of_actions()
        ages = [(name, self._ages[name]) for name in _AGES]
        for title, counts in (("state", self._states.most_common()), ("age", ages)):
            if parts := [f"{count} {name}" for name, count in counts if count]:
                yield f"by {title}: {', '.join(parts)}"


def _losses(lost: Counter[str | None]) -> list[tuple[int, str]]:
    """How many finished videos, and other files, would be lost, in words."""
    return [(lost[one], f"with a finished {one}") for one in ("video", "file") if lost[one]]


def _cells(one: Preview) -> tuple[str, ...]:
    return str(one.ref), one.task.state if one.task else "", one.action, one.reason


def _row(one: Preview, *, dated: bool) -> tuple[str, ...]:
    """A row of a table, with the time of creation if that is what it was chosen by."""
    ref, state, action, reason = _cells(one)
    return ref, state, short_time(one.task) if dated and one.task else "", action, reason
