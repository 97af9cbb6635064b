"""`videotasks purge`: list what matches, show it, ask, delete exactly that.

Owns: the order of these. Refuses to decide what matches, or what is done: the library does.
"""

from __future__ import annotations

import click

from .. import PROVIDER_NAMES, TooManyTasks
from ._clients import open_all, open_output
from ._options import (
    CONFIRM,
    DRY_RUN,
    FILTERS,
    LIMIT,
    NEEDLESS_MISSING_OK,
    RECORD,
    YES,
    Options,
    takes,
)
from ._preview import (
    NO_TERMINAL,
    PREVIEW_HEADINGS,
    ask,
    can_ask,
    show_before_acting,
    show_preview,
    what_goes,
)
from ._resume import check_records
from ._run import RunReport
from ._show import need_output


@click.command()
@takes(*FILTERS, LIMIT, CONFIRM, NEEDLESS_MISSING_OK, DRY_RUN, YES, RECORD)
def purge(options: Options) -> None:
    """Delete all tasks of PROVIDER that match, after showing them. This can't be undone.

    At least one of --state, --older-than, --model and --endpoint is needed. Without --state it is
    tasks that have failed or expired: finished videos go only with --state succeeded, and queued
    tasks are cancelled only with --state queued. Exactly the tasks shown are deleted, each only if
    it is still in one of the states. One that went by itself meanwhile is as wanted.
    """
    provider = options.provider
    if provider is None:
        raise click.UsageError(f"purge needs a provider: {' or '.join(PROVIDER_NAMES)}")
    if not (options.states or options.older_than or options.model or options.endpoint):
        raise click.UsageError("purge needs --state, --older-than, --model or --endpoint")
    _, tasks = open_all(options, {provider}, "list")
    if not (options.yes or options.dry_run or can_ask()):
        raise click.UsageError(NO_TERMINAL)
    if options.dry_run:
        need_output()
    check_records(options.resume)
    try:
        plan = tasks.purge(
            provider,
            states=options.states or None,
            older_than=options.older_than,
            model=options.model,
            endpoint=options.endpoint,
            limit=options.limit,
        )
    except TooManyTasks as error:
        if error.limit is None:
            raise
        # The library names its argument.
        raise TooManyTasks(str(error).replace("limit=…", "--limit")) from error
    previews = list(tasks.preview("delete", plan))
    if options.dry_run:
        output = open_output(options, PREVIEW_HEADINGS, "preview", len(previews))
        show_preview(options, output, previews, dated=True)
    show_before_acting(previews, dated=True)
    if previews and not options.yes:
        ask(previews)
    elif previews and not options.quiet:
        click.echo(f"deleting {what_goes(previews)}", err=True)
    RunReport(options, len(plan)).consume(plan.run(confirm=options.confirm, missing_ok=True))
