"""The commands: what is asked of the library.

Owns: arguments, and the order of things. Refuses rules of its own: what happens to a task is
decided by the library alone. What needs httpx is imported inside the commands, so that help does
without.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NoReturn

import click

from .._errors import Unsupported
from .._refs import PROVIDER_NAMES
from .._task import State, Task
from .._version import __version__
from ._ask import (
    NO_TERMINAL,
    as_shown,
    ask,
    ask_to_delete,
    can_ask,
    look,
    show_foreseen,
    show_tasks,
)
from ._ends import OK, Commands, End, status_of, worst
from ._input import from_pipe, read_refs
from ._options import (
    Common,
    common_options,
    confirm_option,
    dry_run_option,
    json_option,
    key_file_option,
    missing_ok_option,
    model_option,
    ndjson_option,
    older_option,
    ref_options,
    resume_option,
    state_option,
    yes_option,
)
from ._run import not_done
from ._show import (
    FORESEEN_HEADINGS,
    OUTCOME_HEADINGS,
    TASK_HEADINGS,
    Output,
    form_for,
    task_cells,
)

EXIT_STATUSES: Final = """\b
Exit status:
  0    all as wanted
  1    at least one not: kept, gone or failed
  2    wrong usage, not supported, or --yes is needed; nothing was changed
  3    at least one unknown: look before running again
  4    a key is missing or was refused
  130  interrupted; the summary says how to go on
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
    """Look at tasks. Changes nothing."""
    refs = read_refs(words, file, provider)
    output = options.output(TASK_HEADINGS, "tasks")
    statuses = {OK}
    if not refs:
        nothing_to_do(output)
    _providers, tasks = options.open_for(refs)
    with tasks:
        for ref, seen in look(tasks, refs):
            if isinstance(seen, Task):
                output.add(task_cells(seen), seen.to_dict())
            else:
                click.echo(f"{ref}: {seen}", err=True)
                statuses.add(status_of(seen))
    output.end()
    raise End(worst(statuses))


@app.command("list")
@click.argument("provider", type=click.Choice(PROVIDER_NAMES), required=False)
@state_option
@older_option
@model_option
@click.option("--limit", type=click.IntRange(1), help="Stop after so many.")
@common_options
def list_tasks(
    options: Common,
    provider: str | None,
    states: tuple[State, ...],
    older_than: timedelta | None,
    model: str | None,
    limit: int | None,
) -> None:
    """List tasks: of PROVIDER, or of all that have a key and a list. Changes nothing."""
    output = options.output(TASK_HEADINGS, "tasks")
    providers, tasks = options.open(None if provider is None else {provider})
    with tasks:
        found = (
            task
            for name in providers
            for task in tasks.list(
                name,
                states=states or None,
                model=model,
                created_before=None if older_than is None else datetime.now(UTC) - older_than,
            )
        )
        for task in islice(found, limit):
            output.add(task_cells(task), task.to_dict())
    output.end()


@app.command()
@ref_options
@confirm_option
@missing_ok_option
@dry_run_option
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
    refs = not_done(read_refs(words, file, provider), resume)
    if not refs:
        nothing_to_do(options.output(OUTCOME_HEADINGS, "outcomes"), summary={})
    providers, tasks = options.open_for(refs)
    for name, one in providers.items():
        if not one.capabilities.cancel:
            raise Unsupported(f"{name} has no way to cancel a task; nothing was sent")
    with tasks:
        if dry_run:
            output = options.output(FORESEEN_HEADINGS, "foreseen")
            show_foreseen(output, providers, "cancel", look(tasks, refs), missing_ok=missing_ok)
        outcomes = tasks.cancel_many(refs, confirm=confirm, missing_ok=missing_ok)
        options.carrier(resume, refs).carry(outcomes)


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
    refs = not_done(read_refs(words, file, provider), resume)
    if not refs:
        nothing_to_do(options.output(OUTCOME_HEADINGS, "outcomes"), summary={})
    if not (yes or dry_run) and (from_pipe(words, file) or (len(refs) > 1 and not can_ask())):
        raise click.UsageError(NO_TERMINAL)
    providers, tasks = options.open_for(refs)
    with tasks:
        if dry_run:
            output = options.output(FORESEEN_HEADINGS, "foreseen")
            show_foreseen(output, providers, "delete", look(tasks, refs), missing_ok=missing_ok)
        if yes:
            carrier = options.carrier(resume, refs)
            carrier.carry(tasks.delete_many(refs, confirm=confirm, missing_ok=missing_ok))
        seen = list(look(tasks, refs))
        ask(providers, seen)
        plan = tasks.plan(as_shown(ref, one) for ref, one in seen)
        carrier = options.carrier(resume, [task.ref for task in plan])
        carrier.carry(plan.run(confirm=confirm, missing_ok=missing_ok))


@app.command()
@click.argument("provider", type=click.Choice(PROVIDER_NAMES))
@state_option
@older_option
@model_option
@click.option("--limit", type=click.IntRange(0), help="Stop, changing nothing, if more match.")
@confirm_option
@dry_run_option
@yes_option
@resume_option
@common_options
def purge(
    options: Common,
    provider: str,
    states: tuple[State, ...],
    older_than: timedelta | None,
    model: str | None,
    limit: int | None,
    confirm: bool,
    dry_run: bool,
    yes: bool,
    resume: str | None,
) -> None:
    """Delete all tasks of PROVIDER that match, after showing them. This can't be undone.

    At least one of --state, --older-than and --model is needed. Without --state it is tasks that
    have succeeded, failed or expired. Exactly the tasks shown are deleted, each only if it is still
    in one of the states.
    """
    if not (yes or dry_run or can_ask()):
        raise click.UsageError(NO_TERMINAL)
    _providers, tasks = options.open({provider})
    with tasks:
        plan = tasks.purge(
            provider, states=states or None, older_than=older_than, model=model, limit=limit
        )
        if dry_run:
            output = options.output(TASK_HEADINGS, "tasks")
            for task in plan:
                output.add(task_cells(task), task.to_dict())
            output.end()
            click.echo(f"{len(plan)} would be deleted", err=True)
            return
        show_tasks(list(plan))
        if len(plan) and not yes:
            ask_to_delete(len(plan), sum(task.state == "succeeded" for task in plan))
        carrier = options.carrier(resume, [task.ref for task in plan])
        carrier.carry(plan.run(confirm=confirm))


@app.command()
@click.option("--online", is_flag=True, help="Ask each provider once about a task of no such id.")
@key_file_option
@json_option
@ndjson_option
def check(online: bool, key_file: str | None, as_json: bool, as_ndjson: bool) -> None:
    """Show which providers have a key, where they are, and what they can do."""
    from ._check import HEADINGS, show

    form = form_for(as_json=as_json, as_ndjson=as_ndjson)
    show(Output(form, HEADINGS, "providers"), key_file, online=online)


@app.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option("--latency", type=click.FloatRange(0, 60), default=0.0, help="Seconds, each answer.")
def simulator(port: int, latency: float) -> None:
    """Serve both providers, simulated, on this machine until interrupted.

    Prints what to export, for `eval` or a file to source. Begins with a task in every state.
    """
    from ._simulator import serve

    serve(port, latency)


@app.command()
def demo() -> None:
    """Cancel and delete tasks in every state, on simulated providers. Needs no key."""
    from ._demo import run

    run()


@app.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a completion script for SHELL, to be sourced."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # the choices are click's own
    click.echo(kind(app, {}, "videotasks", "_VIDEOTASKS_COMPLETE").source())


def nothing_to_do(output: Output, **more: object) -> NoReturn:
    """No refs, or all of them done before."""
    output.end(**more)
    click.echo("nothing to do", err=True)
    raise End(OK)
