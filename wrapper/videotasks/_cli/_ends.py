"""Exit statuses: what each means, and which one a set of outcomes ends with."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click

from .._model.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRef,
    MissingKey,
    TooManyTasks,
    Unsupported,
)
from .._text import short

if TYPE_CHECKING:
    from .._model.outcomes import Outcome

OK: Final = 0
NOT_ALL: Final = 1
USAGE: Final = 2
UNKNOWN: Final = 3
KEY: Final = 4
PIPE_CLOSED: Final = 141
HUNG_UP: Final = 129
INTERRUPTED: Final = 130
TERMINATED: Final = 143
STOPPED: Final = frozenset({HUNG_UP, INTERRUPTED, TERMINATED})
"""After a signal: 128 and its number, as shells have it."""

MOST_TOLD: Final = 1000
"""Characters of one thing said."""

_ERRORS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (MissingKey, KEY),
    (AuthenticationError, KEY),
    (ConfigurationError, USAGE),
    (InvalidRef, USAGE),
    (Unsupported, USAGE),
    (TooManyTasks, USAGE),
)
"""The first row that fits counts; any other error is NOT_ALL."""


class Exit(Exception):  # not an error
    """Ends the command with a status, everything having been said."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Commands(click.Group):
    """Commands that end with a status of its own where nobody reads their output any more."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Here, since click would make it a 1.
            raise Exit(PIPE_CLOSED) from None


def status_of(error: BaseException) -> int:
    """The exit status for an error."""
    return next((status for kind, status in _ERRORS if isinstance(error, kind)), NOT_ALL)


def status_of_outcome(outcome: Outcome) -> int:
    """The exit status for one outcome."""
    if outcome.ok:
        return OK
    if outcome.name == "unknown":
        return UNKNOWN
    return status_of(outcome.error) if outcome.name == "failed" else NOT_ALL


def status_of_signal(number: int) -> int:
    """The exit status after being stopped by a signal."""
    return 128 + number


def tell(words: str) -> None:
    """Say one thing on standard error, in one line, if that is still there to be read."""
    with suppress(OSError):
        click.echo(f"videotasks: {short(words, MOST_TOLD)}", err=True)


def worst(statuses: Iterable[int]) -> int:
    """The status that needs attention first: an unknown outcome, a key, usage, anything else."""
    seen = set(statuses)
    return next((status for status in (UNKNOWN, KEY, USAGE, NOT_ALL) if status in seen), OK)
