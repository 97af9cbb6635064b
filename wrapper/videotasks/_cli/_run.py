"""Carrying out bulk work for the command: records, progress, interruption, summary, exit status.

Owns: that each outcome is recorded before it is shown, and none is lost to Ctrl-C, a closed pipe or
a full disk. Refuses to decide what is done: that was settled before.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

import click

from ._ends import INTERRUPTED, NOT_ALL, PIPE_CLOSED, End, status_of_outcome, worst
from ._show import Output, outcome_cells

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from .._outcomes import Outcome
    from .._refs import Ref
    from .._runs import Outcomes


class Carrier:
    """Takes the outcomes of one run to where they are wanted."""

    def __init__(
        self, output: Output, *, resume: str | None, total: int, quiet: bool, progress: bool
    ) -> None:
        self._output = output
        self._resume = resume
        self._total = total
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
        trouble: BaseException | None = None
        with ExitStack() as stack:
            interrupts = stack.enter_context(Interrupts())
            if self._resume is not None:
                self._records = stack.enter_context(_open_records(self._resume))
            if self._show_progress:
                self._bar = stack.enter_context(_progress(self._total))
            try:
                for outcome in outcomes:
                    with interrupts.held():
                        self._take(outcome)
            except (KeyboardInterrupt, OSError) as error:
                trouble = error
            self._close(outcomes, trouble)
        took = time.monotonic() - self._began
        if not self._output_broken:
            try:
                self._output.end(summary=dict(self._names))
            except OSError as error:
                trouble = trouble or error
        self._finish(trouble, took)

    def _take(self, outcome: Outcome) -> None:
        """Count, record and show one outcome."""
        self._last = outcome
        self._names[outcome.name] += 1
        self._statuses.add(status_of_outcome(outcome))
        record = outcome.to_dict()
        if self._records is not None:
            self._records.write(f"{_json(record)}\n")
            self._records.flush()
        if self._bar is not None:
            bar, row = self._bar
            rate = sum(self._names.values()) / max(time.monotonic() - self._began, 0.001)
            bar.update(row, advance=1, counts=_counts(self._names), rate=f"{rate:.1f}/s")
        if not self._output_broken:
            self._output.add(outcome_cells(outcome), record)

    def _close(self, outcomes: Outcomes, trouble: BaseException | None) -> None:
        """Stop if need be, and take what is left."""
        if trouble is None:
            return
        self._output_broken = isinstance(trouble, OSError)
        if not self._quiet:
            click.echo("videotasks: stopping; waiting for answers on their way", err=True)
        with suppress(KeyboardInterrupt):  # once more: then nothing is waited for
            outcomes.close()
        left = [outcomes.last] if outcomes.last is not self._last else []
        for outcome in (*left, *outcomes.rest):
            if outcome is None:
                continue
            try:
                self._take(outcome)
            except OSError:
                # The record file is full too; it stays counted, and is looked at again next time.
                self._output_broken = True
                self._records = None

    def _finish(self, trouble: BaseException | None, took: float) -> None:
        status = worst(self._statuses)
        if trouble is None:
            if not self._quiet:
                click.echo(_summary(self._names, took), err=True)
            raise End(status)
        if isinstance(trouble, BrokenPipeError):
            why, status = "nobody reads the output any more", PIPE_CLOSED
        elif isinstance(trouble, OSError):
            why, status = f"can't write: {trouble.strerror or trouble}", worst({status, NOT_ALL})
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
        if isinstance(trouble, BrokenPipeError):
            raise trouble
        raise End(status)


class Interrupts:
    """Ctrl-C as `KeyboardInterrupt`, but not while an outcome is being written."""

    def __init__(self) -> None:
        self._holding = False
        self._pressed = False

    def __enter__(self) -> Interrupts:
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def held(self) -> Generator[None]:
        """Put Ctrl-C off until the end of this."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._pressed:
            raise KeyboardInterrupt

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        if self._holding:
            self._pressed = True
        else:
            raise KeyboardInterrupt


def not_done(refs: list[Ref], resume: str | None) -> list[Ref]:
    """The refs that the record file does not say are done."""
    if resume is None:
        return refs
    from .._records import skip_done

    try:
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
        file = Path(path)
        cut_off = file.exists() and file.read_bytes()[-1:] not in {b"", b"\n"}
        records = file.open("a", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"can't write {path}: {error.strerror}") from error
    try:
        if cut_off:
            records.write("\n")
        yield records
    finally:
        try:
            records.close()
        except OSError as error:
            click.echo(f"videotasks: can't write {path}: {error.strerror}", err=True)


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
