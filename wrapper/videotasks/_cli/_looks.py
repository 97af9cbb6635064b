"""The commands that only look: get and list.

Owns: what is shown of tasks. Refuses to change anything.
"""

from __future__ import annotations

import sys
from itertools import islice
from typing import NoReturn

import click

from .._text import short
from ._clients import cut_short, open_all, open_for, open_output, watched
from ._exit import MOST_SAID, OK, Exit, status_of_outcome, worst_status
from ._input import read_refs
from ._known import Known
from ._options import FILTERS, LIMIT_SHOWN, REFS, REFS_ONLY, Options, examples, takes
from ._show import TASK_HEADINGS, Output, add_task


@click.command(
    epilog=examples(
        "get ark:cgt-20250331175019-68d9t",
        "get --provider ark --from ids.txt --ndjson",
    )
)
@takes(*REFS)
def get(options: Options) -> None:
    """Look at tasks. Changes nothing.

    A table on a terminal only counts videos and files; --json, --ndjson and pipes have the links.
    """
    refs = read_refs(options.words, options.file, options.provider)
    output = open_output(options, TASK_HEADINGS, "tasks", len(refs))
    statuses = {OK}
    if not refs:
        nothing_to_do(output, words="no tasks")
    tasks = open_for(options, refs)
    # A preview is a look at many, in order, which goes on where one can't be seen.
    previews = watched(options, tasks.preview("delete", refs), len(refs), output)
    taken = 0
    with cut_short(output, lambda: f"{taken} of {len(refs)}"):
        for one in previews:
            taken += 1
            if one.task is not None:
                add_task(output, one.task)
            else:
                # By its name, so that it goes above a bar, not behind it.
                click.echo(f"{one.ref}: {short(one.reason, MOST_SAID)}", file=sys.stderr)
                statuses.add(status_of_outcome(one.outcome))
    output.end()
    raise Exit(worst_status(statuses))


@click.command(
    "list",
    epilog=examples(
        "list ark --state failed --state expired --newer-than 12h",
        "list ark --except known.txt --refs-only > orphans.txt",
    ),
)
@takes(*FILTERS, LIMIT_SHOWN, REFS_ONLY)
def list_tasks(options: Options) -> None:
    """List tasks: of PROVIDER, or of all that have a key and a list. Changes nothing.

    Ark lists tasks of the last 7 days, of the key's project and of the endpoints that it may use.

    A table on a terminal only counts videos and files; --json, --ndjson and pipes have the links.
    """
    output = open_output(options, TASK_HEADINGS, "tasks")
    output.form = "lines" if options.refs_only else output.form
    known = Known(options.known, options.provider)
    names, tasks = open_all(options, options.provider and {options.provider}, "list")
    with cut_short(output, lambda: str(output.count or "")):
        found = (
            task
            for name in names
            for task in tasks.list(
                name,
                states=options.states or None,
                model=options.model,
                endpoint=options.endpoint,
                created_before=options.created_before,
                created_after=options.created_after,
            )
        )
        for task in islice(known.leave_out(found), options.limit):
            add_task(output, task, ref_only=options.refs_only)
    output.end()
    if (
        options.limit is None or output.count < options.limit
    ):  # otherwise it was not read to its end
        known.report(quiet=True)
    if not output.count and output.form == "table" and not options.quiet:
        click.echo("no tasks", err=True)


def nothing_to_do(
    output: Output, status: int = OK, words: str = "nothing to do", **more: object
) -> NoReturn:
    """No refs, or all of them done before."""
    output.end(**more)
    click.echo(words, err=True)
    raise Exit(status)
