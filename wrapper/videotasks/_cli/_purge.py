"""`videotasks purge`: list what matches, show it, ask, delete exactly that.

Owns: the order of these. Refuses rules of its own, as the other commands do.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import click

from .._model.errors import TooManyTasks
from .._model.task import PROVIDER_NAMES, State
from ._ask import NO_TERMINAL, ask, can_ask, preview, what_goes
from ._foresight import FORESEEN_HEADINGS, foresee, show_foreseen
from ._interrupts import in_use
from ._options import (
    Common,
    common_options,
    confirm_option,
    dry_run_option,
    endpoint_option,
    model_option,
    needless_missing_ok_option,
    older_option,
    provider_options,
    record_option,
    state_option,
    yes_option,
)
from ._resume import check_records
from ._show import need_output


@click.command()
@provider_options
@state_option
@older_option
@model_option
@endpoint_option
@click.option("--limit", type=click.IntRange(0), help="Stop, changing nothing, if more match.")
@confirm_option
@needless_missing_ok_option
@dry_run_option
@yes_option
@record_option
@common_options
def purge(
    options: Common,
    provider: str | None,
    states: tuple[State, ...],
    older_than: timedelta | None,
    model: str | None,
    endpoint: str | None,
    limit: int | None,
    confirm: bool,
    dry_run: bool,
    yes: bool,
    resume: str | None,
) -> None:
    """Delete all tasks of PROVIDER that match, after showing them. This can't be undone.

    At least one of --state, --older-than, --model and --endpoint is needed. Without --state it is
    tasks that have failed or expired: finished videos go only with --state succeeded, and queued
    tasks are cancelled only with --state queued. Exactly the tasks shown are deleted, each only if
    it is still in one of the states. One that went by itself meanwhile is as wanted.
    """
    if provider is None:
        raise click.UsageError(f"purge needs a provider: {' or '.join(PROVIDER_NAMES)}")
    if not states and all(one is None for one in (older_than, model, endpoint)):
        raise click.UsageError("purge needs --state, --older-than, --model or --endpoint")
    providers, tasks = options.open({provider}, "list")
    if not (yes or dry_run or can_ask()):
        raise click.UsageError(NO_TERMINAL)
    if dry_run:
        need_output()
    check_records(resume)
    with in_use(tasks):
        with _own_words():
            plan = tasks.purge(
                provider,
                states=states or None,
                older_than=older_than,
                model=model,
                endpoint=endpoint,
                limit=limit,
            )
        foreseen = [foresee(providers[provider], "delete", task.ref, task) for task in plan]
        if dry_run:
            output = options.output(FORESEEN_HEADINGS, "foreseen", len(foreseen))
            show_foreseen(output, foreseen, quiet=options.quiet, dated=True)
        preview(foreseen, dated=True)
        if foreseen and not yes:
            ask(foreseen)
        elif foreseen and not options.quiet:
            click.echo(f"deleting {what_goes(foreseen)}", err=True)
        carrier = options.carrier(resume, [task.ref for task in plan])
        carrier.carry(plan.run(confirm=confirm, missing_ok=True))


@contextmanager
def _own_words() -> Generator[None]:
    """Name the option, where the library names its argument."""
    try:
        yield
    except TooManyTasks as error:
        if error.limit is None:
            raise
        raise TooManyTasks(
            f"more than {error.limit} match, so nothing was deleted; "
            "narrow the filters, or allow for more with --limit"
        ) from error
