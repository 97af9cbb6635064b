"""Exit statuses: what each means, and which one a set of outcomes ends with."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import click

from .. import (
    AuthenticationError,
    ConfigurationError,
    InvalidRef,
    MissingKey,
    Outcome,
    TooManyTasks,
    Unsupported,
)
from .._text import short

OK: Final = 0
NOT_ALL: Final = 1
USAGE: Final = 2
UNKNOWN: Final = 3
KEY: Final = 4
SIGNALLED: Final = 128
"""To this the signal's number is added, as shells do."""
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

EXIT_STATUSES: Final = """\b
Exit status:
  0    all as wanted
  1    at least one not: kept, gone or failed
  2    wrong usage, or --yes is needed: nothing was changed; or at least one is
       not supported, and nothing was sent for that
  3    at least one unknown: look before running again
  4    a key is missing or was refused, or its account can't be used
  129, 130, 143
       stopped by SIGHUP, Ctrl-C or SIGTERM; the summary says how to go on
  141  nobody reads the output any more; stopped"""
"""What each means, for the help."""

MOST_SAID: Final = 1000
"""Characters of one message."""

_ERRORS: Final = (
    ((MissingKey, AuthenticationError), KEY),
    ((ConfigurationError, InvalidRef, Unsupported, TooManyTasks), USAGE),
)
"""The first row that fits counts; any other error is NOT_ALL."""


class Exit(Exception):  # not an error
    """Ends the command with a status, after everything was said."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def status_of(error: BaseException) -> int:
    """The exit status for an error."""
    return next((status for kinds, status in _ERRORS if isinstance(error, kinds)), NOT_ALL)


def status_of_outcome(outcome: Outcome | None) -> int:
    """The exit status for one outcome, or for none: a preview of what would be done has none."""
    if outcome is None or outcome.ok:
        return OK
    if outcome.name == "unknown":
        return UNKNOWN
    return status_of(outcome.error) if outcome.name == "failed" else NOT_ALL


def worst_status(statuses: Iterable[int]) -> int:
    """The status that needs attention first: an unknown outcome, a key, usage, anything else."""
    seen = set(statuses)
    return next((status for status in (UNKNOWN, KEY, USAGE, NOT_ALL) if status in seen), OK)


def say(words: str) -> None:
    """Say one thing on standard error, in one line, if somebody still reads that."""
    with suppress(OSError):
        click.echo(f"videotasks: {short(words, MOST_SAID)}", err=True)
