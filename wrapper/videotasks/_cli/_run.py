"""Carrying out bulk work for the command: records, progress, interruption, summary, exit status.

Owns: that each outcome is recorded before it is shown, and none is lost to a signal, a closed pipe
or a full disk. Refuses to decide what is done: that was settled before.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final, NoReturn, TextIO

import click

from .._model.errors import is_for_all
from ._ends import (
    NOT_ALL,
    OK,
    PIPE_CLOSED,
    Exit,
    status_of_outcome,
    status_of_signal,
    tell,
    worst,
)
from ._interrupts import Interrupts
from ._progress import Bar, progress_bar
from ._resume import open_records
from ._show import Output, json_text, outcome_cells

if TYPE_CHECKING:
    from .._engine.threads import Outcomes
    from .._model.outcomes import Outcome

MOST_ALIKE: Final = 5
"""Tasks of one provider that are shown on a terminal to fail for what makes all its tasks fail."""
_UNSENT: Final = "unsent"


class RunReport:
    """Takes the outcomes of one run to where they are wanted.

    Tasks that the run was stopped before are only counted: there may be a million of them. `total`
    is how many there are to do; `earlier` is the exit status for those that were left out.
    """

    def __init__(
        self,
        output: Output,
        total: int,
        *,
        resume: str | None,
        quiet: bool,
        progress: bool,
        earlier: int = OK,
    ) -> None:
        self._output = output
        self._resume = resume
        self._total = total
        self._quiet = quiet
        self._show_progress = progress
        self._names: Counter[str] = Counter()
        self._hopeless: Counter[str] = Counter()
        self._statuses = {earlier}
        self._last: Outcome | None = None
        self._records: TextIO | None = None
        self._bar: Bar | None = None
        self._output_broken = False
        self._interrupts: Interrupts

    def carry(self, outcomes: Outcomes) -> NoReturn:
        """Take all outcomes; always ends the command, with the status that they deserve."""
        began = time.monotonic()
        with Interrupts(outcomes.close) as self._interrupts, outcomes:
            stack = ExitStack()
            try:
                if self._resume is not None:
                    self._records = stack.enter_context(open_records(self._resume))
                if self._show_progress:
                    self._bar = stack.enter_context(progress_bar(self._total))
                trouble = self._take_all(outcomes)
            finally:
                with self._interrupts.writing():
                    stack.close()
            self._count_unsent()
            took = time.monotonic() - began
            if not self._output_broken:
                try:
                    with self._interrupts.writing():
                        self._output.end(summary=dict(self._names))
                except OSError as error:
                    trouble = trouble or error
            self._finish(trouble, took)

    def _take_all(self, outcomes: Outcomes) -> BaseException | None:
        """Take all outcomes, and return what stopped that early."""
        interrupts = self._interrupts
        trouble: BaseException | None = None
        try:
            for done in outcomes:
                with interrupts.held():
                    self._take(done)
            interrupts.ignore()
            if interrupts.by is not None:
                trouble = KeyboardInterrupt()
        except (KeyboardInterrupt, OSError) as error:
            trouble = error
        if trouble is None:
            return None
        if isinstance(trouble, OSError) and interrupts.by is None and not self._quiet:
            self._tell("stopping; waiting for answers on their way")
        for _ in range(2):  # once more: then nothing is waited for, and its account is complete
            with suppress(KeyboardInterrupt):
                outcomes.close()
        interrupts.ignore()
        left = [outcomes.last] if outcomes.last is not self._last else []
        for outcome in (*left, *outcomes.rest):
            if outcome is not None:
                with suppress(OSError):  # the first one has been told of
                    self._take(outcome)
        return trouble

    def _take(self, outcome: Outcome) -> None:
        """Count, record and show one outcome; where one of these fails, the others are done."""
        self._last = outcome
        if outcome.name == _UNSENT:
            return
        self._names[outcome.name] += 1
        self._statuses.add(status_of_outcome(outcome))
        record = outcome.to_dict()
        trouble: OSError | None = None
        if self._records is not None:
            try:
                with self._interrupts.writing():
                    self._records.write(f"{json_text(record)}\n")
                    self._records.flush()
            except OSError as error:
                self._records = None
                trouble = OSError(error.errno, error.strerror, self._resume)
        if self._bar is not None:
            try:
                with self._interrupts.writing():
                    self._bar.step(_counts(self._names))
            except OSError:
                self._bar = None  # its terminal is gone, or takes nothing in
        if not self._output_broken and self._is_worth_showing(outcome):
            try:
                with self._interrupts.writing():
                    self._output.add(outcome_cells(outcome), record)
            except OSError as error:
                self._output_broken = True
                trouble = trouble or error
        if trouble is not None:
            raise trouble

    def _is_worth_showing(self, outcome: Outcome) -> bool:
        """Whether to show it: people are spared the many that fail alike, untried."""
        if outcome.name != "failed" or not is_for_all(outcome.error):
            return True
        provider = outcome.ref.provider
        self._hopeless[provider] += 1
        if self._hopeless[provider] == 1:
            tell(f"{outcome.error}; no more tasks of {provider} are tried")
        return self._hopeless[provider] <= MOST_ALIKE or not self._output.is_for_people

    def _count_unsent(self) -> None:
        """Count what was not tried: all that nothing came back for."""
        unsent = self._total - self._names.total()
        if unsent:
            self._names[_UNSENT] = unsent
            self._statuses.add(NOT_ALL)

    def _finish(self, trouble: BaseException | None, took: float) -> NoReturn:
        """Say how it ended, and end the command."""
        by = self._interrupts.by
        if trouble is not None:
            done = self._names.total() - self._names[_UNSENT]
            self._tell(f"{_why(trouble, by)} after {done} of {self._total}")
        if trouble is not None or not self._quiet:
            self._sum_up(took)
        if trouble is not None and self._names[_UNSENT]:
            self._tell(
                f"run the same command again: --resume {self._resume} goes on where it stopped"
                if self._resume
                else "run the same command again to go on; with --resume FILE, what is done is "
                "skipped"
            )
        raise Exit(self._status(trouble, by))

    def _status(self, trouble: BaseException | None, by: signal.Signals | None) -> int:
        if by is not None:
            return status_of_signal(by)
        if isinstance(trouble, BrokenPipeError):
            return PIPE_CLOSED
        return worst(self._statuses if trouble is None else {*self._statuses, NOT_ALL})

    def _tell(self, words: str) -> None:
        if self._interrupts.can_tell():
            with suppress(OSError), self._interrupts.writing():
                tell(words)

    def _sum_up(self, took: float) -> None:
        tasks = "1 task" if self._total == 1 else f"{self._total} tasks"
        if not self._interrupts.can_tell():
            return
        with suppress(OSError), self._interrupts.writing():  # nobody may be there to read it
            counts = _counts(self._names) or "nothing to do"
            click.echo(f"{counts} ({tasks}, {took:.1f} s)", err=True)


def _why(trouble: BaseException, by: signal.Signals | None) -> str:
    """What stopped the work."""
    if isinstance(trouble, BrokenPipeError):
        return "nobody reads the output any more"
    if isinstance(trouble, OSError):
        where = trouble.filename or "the output"
        return f"can't write {where} ({trouble.strerror or trouble}); stopped"
    if by is None or by == signal.SIGINT:
        return "interrupted"
    return f"stopped by {by.name}"


def _counts(names: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in names.most_common())
