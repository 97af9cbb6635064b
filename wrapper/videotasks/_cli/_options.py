"""Options: how each is given, and all that a command was given, as one value.

Owns: names, kinds and help of options and arguments. Refuses to do anything about them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final

import click
from attrs import field, frozen

from .. import PROVIDER_NAMES, STATES, State
from ._input import Duration
from ._show import form_for


@frozen(kw_only=True)
class Options:
    """What a command was given. A command that does not have an option has its default here."""

    words: tuple[str, ...] = ()
    file: str | None = None
    provider: str | None = None
    states: tuple[State, ...] = ()
    older_than: timedelta | None = None
    newer_than: timedelta | None = None
    known: tuple[str, ...] = ()
    model: str | None = None
    endpoint: str | None = None
    limit: int | None = None
    confirm: bool = False
    missing_ok: bool = False
    delete_unfinished: bool = False
    dry_run: bool = False
    yes: bool = False
    resume: str | None = None
    as_json: bool = False
    as_ndjson: bool = False
    refs_only: bool = False
    key_file: str | None = None
    timeout: float | None = None
    deadline: timedelta | None = None
    began: float = field(factory=time.monotonic)
    save: str | None = None
    interval: float | None = None
    cancel_queued_after: timedelta | None = None
    no_progress: bool = False
    quiet: bool = False
    verbose: int = 0

    @property
    def created_before(self) -> datetime | None:
        """The moment that `older_than` goes back to."""
        return None if self.older_than is None else datetime.now(UTC) - self.older_than

    @property
    def created_after(self) -> datetime | None:
        """The moment that `newer_than` goes back to."""
        return None if self.newer_than is None else datetime.now(UTC) - self.newer_than

    @property
    def seconds(self) -> float | None:
        """Seconds until the deadline, which is for all that the command does."""
        if self.deadline is None:
            return None
        return self.began + self.deadline.total_seconds() - time.monotonic()


Decorator = Callable[[Callable[..., object]], Callable[..., object]]
_FILE: Final = click.Path(readable=False)
"""A file's name, so that a shell completes it; whether it can be read shows when it is."""


class _ProviderName(click.Choice[str]):
    """A provider's name, refused in words of our own: click would give all choices twice."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a name."""
        if value not in PROVIDER_NAMES:
            known = " and ".join(PROVIDER_NAMES)
            raise click.UsageError(f"no provider is called {value!r}: there are {known}", ctx)
        return super().convert(value, param, ctx)


_PROVIDER: Final = _ProviderName(PROVIDER_NAMES)


def examples(*lines: str) -> str:
    """The end of a command's help: examples, each on a line."""
    return "\b\nExamples:\n" + "\n".join(f"  videotasks {line}" for line in lines)


def takes(*options: Decorator) -> Callable[[Callable[[Options], object]], Callable[..., object]]:
    """Let a command take these options, and those about its output, as one value."""

    def decorate(function: Callable[[Options], object]) -> Callable[..., object]:
        def call(**given: Any) -> object:
            named = given.pop("named", None)
            if named and given["provider"] not in {None, named}:
                raise click.UsageError(f"two providers are named: {given['provider']} and {named}")
            given["provider"] = given.get("provider") or named
            # Now, and not after tasks were looked at and asked about.
            form_for(as_json=given["as_json"], as_ndjson=given["as_ndjson"])
            options = Options(**given)
            _check(options)
            return function(options)

        call.__name__, call.__doc__ = function.__name__, function.__doc__
        return reduce(lambda made, option: option(made), reversed((*options, *OUTPUT)), call)

    return decorate


def _check(options: Options) -> None:
    """Refuse what can't go together, or would do something else than was meant."""
    older, newer = options.older_than, options.newer_than
    if older and newer and older >= newer:
        raise click.UsageError("no task is older than --older-than and newer than --newer-than")
    if options.refs_only and (options.as_json or options.as_ndjson):
        raise click.UsageError("--refs-only and JSON exclude each other")
    if options.resume == "-":
        raise click.UsageError("--resume needs a file, to read and to add to: - is none")


def _flag(*names: str, help: str, given: bool = True) -> Decorator:  # noqa: A002  # click's name
    """An option that is there or not; one that is not `given` on to the command changes nothing."""
    return click.option(*names, is_flag=True, expose_value=given, help=help)


JSON: Final[tuple[Decorator, ...]] = (
    _flag("--json", "as_json", help="One JSON document at the end."),
    _flag("--ndjson", "as_ndjson", help="One JSON object a line."),
)
KEY_FILE: Final = click.option(
    "--key-file",
    type=_FILE,
    metavar="FILE",
    help="Read keys and base URLs from NAME=value lines in FILE first.",
)
OUTPUT: Final[tuple[Decorator, ...]] = (
    *JSON,
    KEY_FILE,
    click.option(
        "--timeout",
        type=click.FloatRange(0, 86400, min_open=True),
        metavar="SECONDS",
        help="For each whole answer; 30 by default.",
    ),
    _flag("--no-progress", help="No progress bar."),
    _flag("-q", "--quiet", help="No progress, no summary."),
    click.option("-v", "--verbose", count=True, help="Show requests; -vv tracebacks too."),
)
REFS: Final[tuple[Decorator, ...]] = (
    click.argument("words", metavar="REF...", nargs=-1),
    click.option(
        "--from", "file", type=_FILE, metavar="FILE", help="Read refs from FILE, one a line."
    ),
    click.option(
        "--provider", type=_PROVIDER, help="The provider of ids that are given without one."
    ),
)
FILTERS: Final[tuple[Decorator, ...]] = (
    click.argument("provider", type=_PROVIDER, required=False),
    click.option("--provider", "named", type=_PROVIDER, help="PROVIDER, named by an option."),
    click.option(
        "--state", "states", type=click.Choice(STATES), multiple=True, help="May be repeated."
    ),
    click.option(
        "--older-than", type=Duration(), metavar="SPAN", help="Made so long ago: 2d, 12h, 1d12h."
    ),
    click.option("--newer-than", type=Duration(), metavar="SPAN", help="Made since so long ago."),
    click.option(
        "--except",
        "known",
        type=_FILE,
        multiple=True,
        metavar="FILE",
        help="Leave out the tasks whose refs are in FILE, one a line; - is standard input.",
    ),
    click.option("--model", help="Made by this model, as shown in JSON."),
    click.option(
        "--endpoint", metavar="ID", help="Made through this inference endpoint, by its id."
    ),
)
LIMIT_SHOWN: Final = click.option("--limit", type=click.IntRange(1), help="Stop after so many.")
REFS_ONLY: Final = _flag("--refs-only", help="One ref a line and nothing else, for pipes.")
LIMIT: Final = click.option(
    "--limit", type=click.IntRange(0), help="Stop, changing nothing, if more match."
)
DEADLINE: Final = click.option(
    "--deadline",
    type=Duration(timedelta(days=30)),
    metavar="SPAN",
    help="Send nothing and wait for nothing after so long: 30s, 10m, 2h.",
)
INTERVAL: Final = click.option(
    "--interval",
    type=click.FloatRange(0, 86400, min_open=True),
    metavar="SECONDS",
    help="Between two looks at a task; by default 2, growing to 15.",
)
SAVE: Final = click.option(
    "--save",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Save videos and other files in DIR first; tasks whose files can't be saved are kept.",
)
CANCEL_QUEUED_AFTER: Final = click.option(
    "--cancel-queued-after",
    type=Duration(timedelta(days=30)),
    metavar="SPAN",
    help="Cancel those that are still queued then; let the others finish.",
)
CONFIRM: Final = _flag("--confirm", help="Look again afterwards, and believe only that.")
MISSING_OK: Final = _flag("--missing-ok", help="A task that is gone already is as wanted.")
NEEDLESS_MISSING_OK: Final = _flag(
    "--missing-ok",
    help="For scripts that always pass it; here a task that is gone is as wanted anyway.",
    given=False,
)
DELETE_UNFINISHED: Final = _flag(
    "--delete-unfinished",
    help="On TensorsLab delete unfinished tasks too; what that does to them is not documented.",
)
DRY_RUN: Final = _flag(
    "-n", "--dry-run", help="Look, say what would be done and why; change nothing."
)
YES: Final = _flag("-y", "--yes", help="Don't ask.")
NEEDLESS_YES: Final = _flag(
    "-y", "--yes", help="For scripts that always pass it; nothing is asked anyway.", given=False
)
RESUME: Final = click.option(
    "--resume",
    type=_FILE,
    metavar="FILE",
    help="Record each outcome in FILE, and skip what it says is done already.",
)
RECORD: Final = click.option(
    "--resume", type=_FILE, metavar="FILE", help="Record each outcome in FILE."
)
