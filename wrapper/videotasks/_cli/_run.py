"""Bulk work of the command: records, progress, being stopped, summary, exit status.

Owns: that each outcome is recorded before it is shown, and none is lost to a signal, a closed pipe
or a full disk. Refuses to decide what is done: that was settled before.
"""

from __future__ import annotations

import errno
import signal
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from itertools import chain
from typing import TYPE_CHECKING, Final, NoReturn, TextIO

import click

from .. import Outcome
from ._clients import has_bar, open_output
from ._exit import NOT_ALL, OK, PIPE_CLOSED, SIGNALLED, Exit, say, status_of_outcome, worst_status
from ._options import Options
from ._progress import Bar, progress_bar
from ._resume import open_records
from ._show import OUTCOME_HEADINGS, json_text, outcome_cells
from ._signals import Signals

if TYPE_CHECKING:
    from .. import Outcomes

MOST_ALIKE: Final = 5
"""Tasks of one provider that are shown on a terminal to fail for what makes all its tasks fail."""
_UNSENT: Final = "unsent"


class RunReport:
    """Takes the outcomes of one run to where they are wanted.

    Tasks that the run was stopped before are only counted: there may be a million of them. `total`
    is how many there are to do; `earlier` is the exit status for those that were left out.
    """

    def __init__(self, options: Options, total: int, earlier: int = OK) -> None:
        self._options = options
        self._output = open_output(options, OUTCOME_HEADINGS, "outcomes", total, needed=False)
        self._total = total
        self._names: Counter[str] = Counter()
        self._tokens = 0
        self._hopeless: Counter[str] = Counter()
        self._statuses = {earlier}
        self._later = 0
        self._records: TextIO | None = None
        self._bar: Bar | None = None
        self._trouble: OSError | None = None
        self._output_broken = False
        self._signals: Signals

    def consume(self, outcomes: Outcomes, settled: Iterable[Outcome] = ()) -> NoReturn:
        """Take all outcomes, and those that are settled already; always ends the command."""
        began = time.monotonic()
        self._signals = Signals(outcomes.stop)
        with outcomes, ExitStack() as stack:
            if self._options.resume is not None:
                self._records = stack.enter_context(open_records(self._options.resume))
            if has_bar(self._options, self._total, self._output):
                self._bar = stack.enter_context(progress_bar(self._total))
            for outcome in chain(settled, outcomes):  # after a stop too, to its end
                self._take(outcome)
        self._signals.work_ended = True
        unsent = self._total - self._names.total()
        if unsent:
            self._names[_UNSENT] = unsent
            self._statuses.add(NOT_ALL)
        if not self._output_broken:
            try:
                self._output.end(summary=dict(self._names))
            except OSError as error:
                self._note(error)
        self._sum_up(time.monotonic() - began)
        raise Exit(self._status())

    def _take(self, outcome: Outcome) -> None:
        """Count, record and show one outcome; where one of these fails, the others are done."""
        if outcome.name == _UNSENT:
            return
        self._names[outcome.name] += 1
        self._tokens += outcome.task.usage or 0 if outcome.task else 0
        self._statuses.add(status_of_outcome(outcome))
        self._later += outcome.name == "failed" and outcome.retryable
        record = outcome.to_dict()
        if self._records is not None:
            try:
                self._records.write(f"{json_text(record)}\n")
                self._records.flush()
            except OSError as error:
                self._records = None
                self._note(OSError(error.errno, error.strerror, self._options.resume))
        if self._bar is not None:
            try:
                self._bar.step(_counts(self._names))
            except OSError:
                self._bar = None  # its terminal is gone, or takes nothing in
        if not self._output_broken and self._is_worth_showing(outcome):
            try:
                self._output.add(outcome_cells(outcome), record)
            except OSError as error:
                self._output_broken = True
                self._note(error)

    def _note(self, trouble: OSError) -> None:
        """Stop the work, since what becomes of it can't be written."""
        signals = self._signals
        if self._trouble is None:
            self._trouble = trouble
            if trouble.errno == errno.EAGAIN:  # given up, by a signal
                signals.by = signals.by or signals.latest
            if signals.by is None and not signals.work_ended and not self._options.quiet:
                say("stopping; waiting for answers on their way")
        signals.stop()

    def _is_worth_showing(self, outcome: Outcome) -> bool:
        """Whether to show it: people are spared the many that fail alike, untried."""
        if outcome.name != "failed" or not outcome.error.is_for_all:
            return True
        provider = outcome.ref.provider
        self._hopeless[provider] += 1
        if self._hopeless[provider] == 1:
            say(f"{outcome.error}; no more tasks of {provider} are tried")
        return self._hopeless[provider] <= MOST_ALIKE or not self._output.is_for_people

    def _sum_up(self, took: float) -> None:
        """Say how it ended."""
        stopped = self._why_stopped()
        unsent = self._names[_UNSENT]
        if stopped:
            say(f"{stopped} after {self._names.total() - unsent} of {self._total}")
        if stopped or not self._options.quiet:
            tasks = "1 task" if self._total == 1 else f"{self._total} tasks"
            counts = _counts(self._names) or "nothing to do"
            with suppress(OSError):  # nobody may be there to read it
                cost = f", had cost {self._tokens:,} tokens" if self._tokens else ""
                click.echo(f"{counts} ({tasks}{cost}, {took:.1f} s)", err=True)
        if stopped and unsent:
            resume = self._options.resume
            more = "to go on; with --resume FILE, what is done is skipped"
            more = f": --resume {resume} goes on where it stopped" if resume else f" {more}"
            say(f"run the same command again{more}")
        elif self._later and not self._options.quiet:
            say(f"{self._later} that failed may succeed later: run the same command again then")

    def _why_stopped(self) -> str:
        trouble, by = self._trouble, self._signals.by
        if isinstance(trouble, BrokenPipeError):
            return "nobody reads the output any more"
        if trouble is not None:
            where = trouble.filename or "the output"
            return f"can't write {where} ({trouble.strerror or trouble}); stopped"
        if by is None:
            return ""
        return "interrupted" if by == signal.SIGINT else f"stopped by {by.name}"

    def _status(self) -> int:
        if self._signals.by is not None:
            return SIGNALLED + self._signals.by
        if isinstance(self._trouble, BrokenPipeError):
            return PIPE_CLOSED
        return worst_status({*self._statuses, OK if self._trouble is None else NOT_ALL})


def _counts(names: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in names.most_common() if count)
