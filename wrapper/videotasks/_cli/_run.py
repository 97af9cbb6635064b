"""Carrying out bulk work for the command: records, progress, interruption, summary, exit status.

Owns: that each outcome is recorded before it is shown, and none is lost to Ctrl-C, a closed pipe or
a full disk. Refuses to decide what is done: that was settled before.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from .._outcomes import Unsent
from ._ends import INTERRUPTED, NOT_ALL, PIPE_CLOSED, End, status_of_outcome, worst
from ._interrupts import Interrupts
from ._show import Output, outcome_cells

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from .._outcomes import Outcome
    from .._refs import Ref
    from .._runs import Outcomes


class Carrier:
    """Takes the outcomes of one run to where they are wanted."""

    def __init__(
        self,
        output: Output,
        refs: Sequence[Ref],
        *,
        resume: str | None,
        quiet: bool,
        progress: bool,
    ) -> None:
        self._output = output
        self._resume = resume
        self._refs = refs
        self._total = len(refs)
        self._taken: Counter[Ref] = Counter()
        self._quiet = quiet
        self._show_progress = progress
        self._names: Counter[str] = Counter()
        self._statuses: set[int] = set()
        self._last: Outcome | None = None
        self._records: TextIO | None = None
        self._bar: tuple[Progress, TaskID] | None = None
        self._output_broken = False
        self._began = 0.0

    def carry(self, outcomes: Outcomes) -> None:
        """Take all outcomes; always ends the command, with the status that they deserve."""
        self._began = time.monotonic()
        with Interrupts() as interrupts:
            with ExitStack() as stack:
                if self._resume is not None:
                    self._records = stack.enter_context(_open_records(self._resume))
                if self._show_progress:
                    self._bar = stack.enter_context(_progress(self._total))
                trouble = self._take_all(outcomes, interrupts)
            took = time.monotonic() - self._began
            if not self._output_broken:
                try:
                    self._output.end(summary=dict(self._names))
                except OSError as error:
                    trouble = trouble or error
            self._finish(trouble, took)

    def _take_all(self, outcomes: Outcomes, interrupts: Interrupts) -> BaseException | None:
        """Take all outcomes, and return what stopped that early."""
        trouble: BaseException | None = None
        try:
            for done in outcomes:
                with interrupts.held():
                    self._take(done)
            interrupts.ignore()
        except (KeyboardInterrupt, OSError) as error:
            trouble = error
        if trouble is None:
            return None
        if isinstance(trouble, OSError) and not self._quiet:
            click.echo("videotasks: stopping; waiting for answers on their way", err=True)
        with suppress(KeyboardInterrupt):  # once more: then nothing is waited for
            outcomes.close()
        interrupts.ignore()
        left = [outcomes.last] if outcomes.last is not self._last else []
        for outcome in (*left, *outcomes.rest):
            self._take_late(outcome)
        # Refs are read as work goes on; these were not.
        for ref in (Counter(self._refs) - self._taken).elements():
            self._take_late(Unsent(ref=ref))
        return trouble

    def _take_late(self, outcome: Outcome | None) -> None:
        """Take one outcome after work was stopped."""
        if outcome is not None:
            with suppress(OSError):  # the first one has been told of
                self._take(outcome)

    def _take(self, outcome: Outcome) -> None:
        """Count, record and show one outcome; where one of these fails, the others are done."""
        self._last = outcome
        self._taken[outcome.ref] += 1
        self._names[outcome.name] += 1
        self._statuses.add(status_of_outcome(outcome))
        record = outcome.to_dict()
        trouble: OSError | None = None
        if self._records is not None:
            try:
                self._records.write(f"{_json(record)}\n")
                self._records.flush()
            except OSError as error:
                self._records = None
                trouble = OSError(error.errno, error.strerror, self._resume)
        if self._bar is not None:
            bar, row = self._bar
            rate = sum(self._names.values()) / max(time.monotonic() - self._began, 0.001)
            bar.update(row, advance=1, counts=_counts(self._names), rate=f"{rate:.1f}/s")
        if not self._output_broken:
            try:
                self._output.add(outcome_cells(outcome), record)
            except OSError as error:
                self._output_broken = True
                trouble = trouble or error
        if trouble is not None:
            raise trouble

    def _finish(self, trouble: BaseException | None, took: float) -> None:
        status = worst(self._statuses)
        if trouble is None:
            if not self._quiet:
                click.echo(_summary(self._names, took), err=True)
            raise End(status)
        if isinstance(trouble, BrokenPipeError):
            why, status = "nobody reads the output any more", PIPE_CLOSED
        elif isinstance(trouble, OSError):
            where = trouble.filename or "the output"
            why = f"can't write {where} ({trouble.strerror or trouble}); stopped"
            status = worst({status, NOT_ALL})
        else:
            why, status = "interrupted", INTERRUPTED
        done = sum(self._names.values()) - self._names["unsent"]
        click.echo(f"videotasks: {why} after {done} of {self._total}", err=True)
        click.echo(_summary(self._names, took), err=True)
        how = (
            f"run the same command again: --resume {self._resume} goes on where it stopped"
            if self._resume
            else "run the same command again to go on; with --resume FILE, what is done is skipped"
        )
        click.echo(f"videotasks: {how}", err=True)
        raise End(status)


def not_done(refs: list[Ref], resume: str | None) -> list[Ref]:
    """The refs that the record file does not say are done."""
    if resume is None:
        return refs
    from .._records import skip_done

    try:
        if Path(resume).exists() and not Path(resume).is_file():
            # A folder can't be opened, a terminal or a pipe has no records to read.
            return refs
        with Path(resume).open(encoding="utf-8", errors="replace") as records:
            return [ref for ref in skip_done(refs, records) if not isinstance(ref, str)]
    except FileNotFoundError:
        return refs
    except OSError as error:
        raise click.UsageError(f"can't read {resume}: {error.strerror}") from error


@contextmanager
def _open_records(path: str) -> Generator[TextIO]:
    """The record file, to append to; a line that a kill cut off is ended first."""
    try:
        cut_off = _is_cut_off(Path(path))
        # Not with `with`: an error of writing, later on, is none of opening.
        records = Path(path).open("a", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    except OSError as error:
        raise click.UsageError(f"can't write {path}: {error.strerror}") from error
    try:
        if cut_off:
            records.write("\n")
        yield records
    finally:
        with suppress(OSError):  # told of when it was written
            records.close()


def _is_cut_off(file: Path) -> bool:
    """Whether a file's last line has no end."""
    if not file.is_file() or not file.stat().st_size:
        return False
    with file.open("rb") as content:
        content.seek(-1, os.SEEK_END)
        return content.read(1) != b"\n"


@contextmanager
def _progress(total: int) -> Generator[tuple[Progress, TaskID]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # data goes where it was sent, not to the bar's terminal
    )
    with bar:
        yield bar, bar.add_task("", total=total, counts="", rate="")


def _json(record: object) -> str:
    import json

    return json.dumps(record, ensure_ascii=False)


def _counts(names: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in names.most_common())


def _summary(names: Counter[str], took: float) -> str:
    total = sum(names.values())
    tasks = "1 task" if total == 1 else f"{total} tasks"
    return f"{_counts(names) or 'nothing to do'} ({tasks}, {took:.1f} s)"
