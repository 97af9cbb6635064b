"""The commands: what is asked of the library.

Owns: arguments, and the order of things. Refuses rules of its own: what happens to a task is
decided by the library alone. What needs httpx is imported inside the commands, so that help does
without.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NoReturn

import click

from .._model.task import State, Task
from .._text import short
from .._version import __version__
from ._ask import NO_TERMINAL, as_shown, ask, can_ask, is_asked_about, preview
from ._ends import MOST_TOLD, OK, Commands, Exit, status_of, worst
from ._foresight import FORESEEN_HEADINGS, foresee, foretell
from ._input import from_pipe, read_refs
from ._interrupts import in_use
from ._looks import cut_short
from ._options import (
    Common,
    common_options,
    confirm_option,
    dry_run_option,
    endpoint_option,
    missing_ok_option,
    model_option,
    needless_yes_option,
    older_option,
    provider_options,
    ref_options,
    resume_option,
    state_option,
    yes_option,
)
from ._others import OTHERS
from ._purge import purge
from ._resume import not_done
from ._show import OUTCOME_HEADINGS, TASK_HEADINGS, Output, add_task

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


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_STATUSES,
)
@click.version_option(__version__, prog_name="videotasks")
def app() -> None:
    """Cancel and delete video generation tasks on Ark and TensorsLab.

    A REF is provider:id, for example ark:cgt-20250331175019-68d9t; - reads them from standard
    input, one a line: refs, ids with --provider, or lines of this command's own output. Blank lines
    and lines that begin with # are passed over.

    Keys come from --key-file, from ARK_API_KEY and TENSORSLAB_API_KEY, or from ~/.tensorslab/.env;
    base URLs from ARK_BASE_URL and TENSORSLAB_BASE_URL.
    """


@app.command()
@ref_options
@common_options
def get(options: Common, words: tuple[str, ...], file: str | None, provider: str | None) -> None:
    """Look at tasks. Changes nothing.

    A table on a terminal only counts videos and files; --json, --ndjson and pipes have the links.
    """
    refs = read_refs(words, file, provider)
    output = options.output(TASK_HEADINGS, "tasks", len(refs))
    statuses = {OK}
    if not refs:
        nothing_to_do(output, words="no tasks")
    _, tasks, refused = options.open_for(refs)
    looks = options.looks(tasks, refs, refused, output)
    with in_use(tasks), cut_short(output, lambda: looks.account):
        for ref, seen in looks:
            if isinstance(seen, Task):
                add_task(output, seen)
            else:
                # By its name, so that it goes above a bar, not behind it.
                click.echo(f"{ref}: {short(str(seen), MOST_TOLD)}", file=sys.stderr)
                statuses.add(status_of(seen))
    output.end()
    raise Exit(worst(statuses))


@app.command("list")
@provider_options
@state_option
@older_option
@model_option
@endpoint_option
@click.option("--limit", type=click.IntRange(1), help="Stop after so many.")
@common_options
def list_tasks(
    options: Common,
    provider: str | None,
    states: tuple[State, ...],
    older_than: timedelta | None,
    model: str | None,
    endpoint: str | None,
    limit: int | None,
) -> None:
    """List tasks: of PROVIDER, or of all that have a key and a list. Changes nothing.

    Ark lists tasks of the last 7 days, of the key's project and of the endpoints that it may use.

    A table on a terminal only counts videos and files; --json, --ndjson and pipes have the links.
    """
    output = options.output(TASK_HEADINGS, "tasks")
    providers, tasks = options.open(None if provider is None else {provider}, "list")
    with in_use(tasks), cut_short(output, lambda: str(output.count or "")):
        found = (
            task
            for name in providers
            for task in tasks.list(
                name,
                states=states or None,
                model=model,
                endpoint=endpoint,
                created_before=None if older_than is None else datetime.now(UTC) - older_than,
            )
        )
        for task in islice(found, limit):
            add_task(output, task)
    output.end()
    if not output.count and output.form == "table" and not options.quiet:
        click.echo("no tasks", err=True)


@app.command()
@ref_options
@confirm_option
@missing_ok_option
@dry_run_option
@needless_yes_option
@resume_option
@common_options
def cancel(
    options: Common,
    words: tuple[str, ...],
    file: str | None,
    provider: str | None,
    confirm: bool,
    missing_ok: bool,
    dry_run: bool,
    resume: str | None,
) -> None:
    """Cancel tasks that are still queued; any other is kept, with its video."""
    refs, earlier = not_done(
        read_refs(words, file, provider), resume, missing_ok=missing_ok, quiet=options.quiet
    )
    if not refs:
        no_refs(options, earlier, dry_run=dry_run)
    providers, tasks, refused = options.open_for(refs, "cancel")
    with in_use(tasks):
        if dry_run:
            foretell(
                options, tasks, refs, "cancel", providers, refused, earlier, missing_ok=missing_ok
            )
        carrier = options.carrier(resume, refs, earlier)
        carrier.carry(tasks.cancel_many(refs, confirm=confirm, missing_ok=missing_ok))


@app.command()
@ref_options
@confirm_option
@missing_ok_option
@dry_run_option
@yes_option
@resume_option
@common_options
def delete(
    options: Common,
    words: tuple[str, ...],
    file: str | None,
    provider: str | None,
    confirm: bool,
    missing_ok: bool,
    dry_run: bool,
    yes: bool,
    resume: str | None,
) -> None:
    """Destroy tasks' records, and with them the way to their videos. This can't be undone.

    A queued task on Ark is cancelled. Running tasks are kept, and on TensorsLab all unfinished
    ones. Asks first, where more than one task or a finished video would go.
    """
    refs, earlier = not_done(
        read_refs(words, file, provider), resume, missing_ok=missing_ok, quiet=options.quiet
    )
    if not refs:
        no_refs(options, earlier, dry_run=dry_run)
    if not (yes or dry_run) and (from_pipe(words, file) or (len(refs) > 1 and not can_ask())):
        raise click.UsageError(NO_TERMINAL)
    providers, tasks, refused = options.open_for(refs)
    with in_use(tasks):
        if dry_run:
            foretell(
                options, tasks, refs, "delete", providers, refused, earlier, missing_ok=missing_ok
            )
        if yes:
            carrier = options.carrier(resume, refs, earlier)
            carrier.carry(tasks.delete_many(refs, confirm=confirm, missing_ok=missing_ok))
        seen = list(options.looks(tasks, refs, refused))
        foreseen = [foresee(providers.get(ref.provider), "delete", ref, one) for ref, one in seen]
        if is_asked_about(foreseen):
            preview(foreseen)
            ask(foreseen)
        plan = tasks.plan(as_shown(ref, one) for ref, one in seen)
        carrier = options.carrier(resume, [task.ref for task in plan], earlier)
        carrier.carry(plan.run(confirm=confirm, missing_ok=missing_ok))


for _other in (purge, *OTHERS):
    app.add_command(_other)


def no_refs(options: Common, earlier: int, *, dry_run: bool) -> NoReturn:
    """No refs to act on."""
    if dry_run:
        nothing_to_do(options.output(FORESEEN_HEADINGS, "foreseen"), earlier)
    output = options.output(OUTCOME_HEADINGS, "outcomes", needed=False)
    nothing_to_do(output, earlier, summary={})


def nothing_to_do(
    output: Output, status: int = OK, words: str = "nothing to do", **more: object
) -> NoReturn:
    """No refs, or all of them done before."""
    output.end(**more)
    click.echo(words, err=True)
    raise Exit(status)
