"""`videotasks purge`: list what matches, show it, ask, delete exactly that.

Owns: the order of these. Refuses to decide what matches, or what is done: the library does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import click

from .. import PROVIDER_NAMES, State, Task, TooManyTasks
from ._clients import open_all, open_output
from ._known import Known
from ._options import (
    CONFIRM,
    DEADLINE,
    DRY_RUN,
    FILTERS,
    LIMIT,
    NEEDLESS_MISSING_OK,
    RECORD,
    SAVE,
    YES,
    Options,
    examples,
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
from ._save import save_first
from ._show import need_output

UNNAMED: Final[tuple[State, ...]] = ("failed", "expired")
"""States of tasks that go where none are named, as in the library."""


@click.command(
    epilog=examples(
        "purge ark --state failed --older-than 2d --dry-run",
        "purge ark --except known.txt --limit 500",
    )
)
@takes(*FILTERS, LIMIT, CONFIRM, NEEDLESS_MISSING_OK, SAVE, DEADLINE, DRY_RUN, YES, RECORD)
def purge(options: Options) -> None:
    """Delete all tasks of PROVIDER that match, after showing them. This can't be undone.

    At least one of --state, --older-than, --newer-than, --except, --model and --endpoint is needed.
    Without --state it is tasks that have failed or expired: finished videos go only with --state
    succeeded, and queued tasks are cancelled only with --state queued. Exactly the tasks shown are
    deleted, each only while it is in the state shown. One that is gone by then is as wanted. With
    --save, only tasks whose files are saved are deleted.
    """
    provider = options.provider
    if provider is None:
        raise click.UsageError(f"purge needs a provider: {' or '.join(PROVIDER_NAMES)}")
    spans = options.older_than or options.newer_than
    if not (options.states or spans or options.known or options.model or options.endpoint):
        raise click.UsageError(
            "purge needs --state, --older-than, --newer-than, --except, --model or --endpoint"
        )
    known = Known(options.known, provider)
    _, tasks = open_all(options, {provider}, "list")
    nobody_to_ask = "-" in options.known or not can_ask()
    if nobody_to_ask and not (options.yes or options.dry_run):
        raise click.UsageError(NO_TERMINAL)
    if options.dry_run:
        need_output()
    check_records(options.resume)
    matching = tasks.purge(
        provider,
        states=options.states or UNNAMED,
        older_than=options.older_than,
        model=options.model,
        endpoint=options.endpoint,
        deadline=options.seconds,
    )
    plan = tasks.plan(known.leave_out(_newer(options, matching)))
    known.report(quiet=options.quiet)
    if options.limit is not None and len(plan) > options.limit:
        raise TooManyTasks(
            f"{len(plan)} match, so nothing was deleted; narrow the filters, or allow for more "
            "with --limit"
        )
    previews = list(tasks.preview("delete", plan))
    if options.dry_run:
        output = open_output(options, PREVIEW_HEADINGS, "preview", len(previews))
        show_preview(options, output, previews, dated=True)
    show_before_acting(options, previews, dated=True)
    if previews and not options.yes:
        ask(options, previews)
    elif previews and not options.quiet:
        click.echo(f"deleting {what_goes(previews)}", err=True)
    report = RunReport(options, len(plan))
    safe, kept = save_first(options, tasks, previews)
    run = tasks.plan(safe).run(confirm=options.confirm, missing_ok=True, deadline=options.seconds)
    report.consume(run, kept)


def _newer(options: Options, tasks: Iterable[Task]) -> Iterator[Task]:
    """The tasks that are new enough; one that does not say when it was made is not."""
    after = options.created_after
    for task in tasks:
        if after is None or (task.created_at is not None and task.created_at >= after):
            yield task
