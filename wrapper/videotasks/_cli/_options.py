"""Options that several commands have, and what they open: outputs, providers, clients."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from attrs import frozen

from .._model.task import PROVIDER_NAMES, STATES, Ref
from .._text import escaped, short
from ._ends import tell
from ._input import Duration
from ._keys import Ability, open_providers
from ._looks import Lookups
from ._run import RunReport
from ._show import OUTCOME_HEADINGS, Output, form_for, need_output

if TYPE_CHECKING:
    from .._client.tasks import Tasks
    from .._model.errors import VideoTasksError
    from .._providers import Provider

MOST_LOGGED: Final = 2000
"""Characters of a line of the log."""


class _Harmless(logging.Formatter):
    """One line for each record, and nothing in it that could steer a terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        return short(super().formatMessage(record), MOST_LOGGED)

    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record))  # a traceback has more lines


F = TypeVar("F", bound=Callable[..., object])

FILE: Final = click.Path(readable=False)
"""A file's name, so that a shell completes it; whether it can be read shows when it is."""

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document at the end.")
ndjson_option = click.option("--ndjson", "as_ndjson", is_flag=True, help="One JSON object a line.")
key_file_option = click.option(
    "--key-file",
    type=FILE,
    metavar="FILE",
    help="Read keys and base URLs from NAME=value lines in FILE first.",
)


@frozen(kw_only=True)
class Common:
    """The options that all commands about tasks have."""

    as_json: bool
    as_ndjson: bool
    key_file: str | None
    timeout: float | None
    progress: bool
    quiet: bool
    verbose: int

    def output(
        self, headings: tuple[str, ...], name: str, rows: int = 0, *, needed: bool = True
    ) -> Output:
        """Where so many rows go. `needed` where they are all that the command is for."""
        if needed:
            need_output()
        form = form_for(as_json=self.as_json, as_ndjson=self.as_ndjson, rows=rows)
        return Output(form, headings, name)

    def open(
        self, names: Iterable[str] | None, ability: Ability | None = None
    ) -> tuple[dict[str, Provider[Any]], Tasks]:
        """The providers named, or all that have a key and the ability; and a client for them.

        Raises what stands in the way of any.
        """
        opened, refused = self._open(names, ability)
        for error in refused.values():
            raise error
        return self._client(opened)

    def _open(
        self, names: Iterable[str] | None, ability: Ability | None
    ) -> tuple[list[Provider[Any]], dict[str, VideoTasksError]]:
        if self.verbose:
            handler = logging.StreamHandler()
            handler.setFormatter(_Harmless("%(message)s"))
            logger = logging.getLogger("videotasks")
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)
        return open_providers(self.key_file, names, ability)

    def _client(self, opened: Iterable[Provider[Any]]) -> tuple[dict[str, Provider[Any]], Tasks]:
        from .._client.tasks import Tasks

        providers = {provider.name: provider for provider in opened}
        return providers, Tasks(*providers.values(), timeout=self.timeout)

    def carrier(self, resume: str | None, refs: Sequence[Ref], earlier: int = 0) -> RunReport:
        """What takes the outcomes of a run to where they are wanted; `earlier` is the exit status
        for refs that were left out."""
        output = self.output(OUTCOME_HEADINGS, "outcomes", len(refs), needed=False)
        progress = self._has_bar(len(refs), output)
        return RunReport(
            output, len(refs), resume=resume, quiet=self.quiet, progress=progress, earlier=earlier
        )

    def looks(
        self,
        tasks: Tasks,
        refs: Sequence[Ref],
        refused: Mapping[str, VideoTasksError],
        output: Output | None = None,
    ) -> Lookups:
        """Looks at tasks, to be shown on `output` as they are made; those of providers in `refused`
        are not asked about."""
        return Lookups(tasks, refs, refused, progress=self._has_bar(len(refs), output))

    def _has_bar(self, count: int, output: Output | None) -> bool:
        """Whether there is a bar beside this output."""
        # Lines go above the bar, folded to its width; JSON is not to be folded.
        streams = output and output.form == "ndjson" and sys.stdout.isatty()
        wanted = self.progress and not self.quiet and not self.verbose and count > 1
        return wanted and not streams and sys.stderr.isatty()

    def open_for(
        self, refs: Sequence[Ref], ability: Ability | None = None
    ) -> tuple[dict[str, Provider[Any]], Tasks, Mapping[str, VideoTasksError]]:
        """The providers of these refs, a client for them, and why others can't be used.

        As in the library, that is the outcome of those others' refs alone. Raises where there is
        nothing else to do.
        """
        counts = Counter(ref.provider for ref in refs)
        opened, refused = self._open(counts, ability)
        if not opened:
            raise _nothing_can_be_done(refs, refused)
        for name, error in refused.items():
            if not self.quiet:
                tasks = "1 task is" if counts[name] == 1 else f"{counts[name]} tasks are"
                tell(f"{error}; its {tasks} not tried")
        return *self._client(opened), refused


def _nothing_can_be_done(
    refs: Sequence[Ref], refused: Mapping[str, VideoTasksError]
) -> VideoTasksError:
    """One error for all refs: for each provider its first one, how many more, and why."""
    parts: list[str] = []
    for name, error in refused.items():
        first, *others = (ref for ref in refs if ref.provider == name)
        more = f" and {len(others)} more" if others else ""
        parts.append(f"{first}{more}: {error}")
    return type(refused[refs[0].provider])(f"{'; '.join(parts)}; nothing was sent", ref=refs[0])


def common_options(function: F) -> F:
    """Add the options of `Common`, and hand them over as one."""

    def call(**given: Any) -> object:
        options = Common(
            as_json=given.pop("as_json"),
            as_ndjson=given.pop("as_ndjson"),
            key_file=given.pop("key_file"),
            timeout=given.pop("timeout"),
            progress=not given.pop("no_progress"),
            quiet=given.pop("quiet"),
            verbose=given.pop("verbose"),
        )
        # Now, and not after tasks were looked at and asked about.
        form_for(as_json=options.as_json, as_ndjson=options.as_ndjson)
        return function(options, **given)

    call.__name__, call.__doc__ = function.__name__, function.__doc__
    call.__dict__.update(function.__dict__)
    for option in reversed(
        (
            json_option,
            ndjson_option,
            key_file_option,
            click.option(
                "--timeout",
                type=click.FloatRange(0, 86400, min_open=True),
                metavar="SECONDS",
                help="For each whole answer; 30 by default.",
            ),
            click.option("--no-progress", is_flag=True, help="No progress bar."),
            click.option("-q", "--quiet", is_flag=True, help="No progress, no summary."),
            click.option("-v", "--verbose", count=True, help="Show requests; -vv tracebacks too."),
        )
    ):
        call = option(call)
    return call  # type: ignore[return-value]  # click's decorators keep the function's place


def ref_options(function: F) -> F:
    """Add the ways to name tasks."""
    for option in reversed(
        (
            click.argument("words", metavar="REF...", nargs=-1),
            click.option(
                "--from",
                "file",
                type=FILE,
                metavar="FILE",
                help="Read refs from FILE, one a line.",
            ),
            click.option(
                "--provider",
                type=click.Choice(PROVIDER_NAMES),
                help="The provider of ids that are given without one.",
            ),
        )
    ):
        function = option(function)
    return function


def provider_options(function: F) -> F:
    """Add the ways to name one provider, handed over as one."""

    def call(*given: Any, provider: str | None, named: str | None, **more: Any) -> object:
        if provider and named and provider != named:
            raise click.UsageError(f"two providers are named: {provider} and {named}")
        return function(*given, provider=provider or named, **more)

    call.__name__, call.__doc__ = function.__name__, function.__doc__
    call.__dict__.update(function.__dict__)
    names = click.Choice(PROVIDER_NAMES)
    option = click.option("--provider", "named", type=names, help="PROVIDER, named by an option.")
    call = option(call)
    return click.argument("provider", type=names, required=False)(call)  # type: ignore[return-value]  # as above


confirm_option = click.option(
    "--confirm", is_flag=True, help="Look again afterwards, and believe only that."
)
missing_ok_option = click.option(
    "--missing-ok", is_flag=True, help="A task that is gone already is as wanted."
)
dry_run_option = click.option(
    "-n", "--dry-run", is_flag=True, help="Look, say what would be done and why; change nothing."
)
yes_option = click.option("-y", "--yes", is_flag=True, help="Don't ask.")
needless_yes_option = click.option(
    "-y",
    "--yes",
    is_flag=True,
    expose_value=False,
    help="For scripts that always pass it; nothing is asked anyway.",
)
needless_missing_ok_option = click.option(
    "--missing-ok",
    is_flag=True,
    expose_value=False,
    help="For scripts that always pass it; here a task that is gone is as wanted anyway.",
)
resume_option = click.option(
    "--resume",
    type=FILE,
    metavar="FILE",
    help="Record each outcome in FILE, and skip what it says is done already.",
)
record_option = click.option(
    "--resume", type=FILE, metavar="FILE", help="Record each outcome in FILE."
)
state_option = click.option(
    "--state", "states", type=click.Choice(STATES), multiple=True, help="May be repeated."
)
older_option = click.option(
    "--older-than", type=Duration(), metavar="SPAN", help="Made so long ago: 2d, 12h, 1d12h."
)
model_option = click.option("--model", help="Made by this model, as shown in JSON.")
endpoint_option = click.option(
    "--endpoint", metavar="ID", help="Made through this inference endpoint, by its id."
)
