"""The commands: what is asked of the library.

Owns: arguments, and the order of things. Refuses to decide what happens to a task: the library
does. What needs httpx is imported inside the commands, so that help does
without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from .. import Ref, Verb, __version__
from ._clients import cut_short, open_for, open_output, watched
from ._exit import EXIT_STATUSES
from ._input import from_pipe, in_turn, read_refs
from ._looks import get, list_tasks, nothing_to_do
from ._options import (
    CONFIRM,
    DEADLINE,
    DELETE_UNFINISHED,
    DRY_RUN,
    MISSING_OK,
    NEEDLESS_YES,
    REFS,
    RESUME,
    SAVE,
    YES,
    Options,
    examples,
    takes,
)
from ._others import OTHERS
from ._preview import (
    NO_TERMINAL,
    PREVIEW_HEADINGS,
    ask,
    can_ask,
    is_asked_about,
    show_before_acting,
    show_preview,
)
from ._purge import purge
from ._resume import not_done
from ._run import RunReport
from ._save import save_first
from ._show import OUTCOME_HEADINGS
from ._wait import wait

if TYPE_CHECKING:
    from .. import Tasks


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"{EXIT_STATUSES}\n\n{examples('check', 'list ark --state failed')}",
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


@app.command(
    epilog=examples(
        "cancel ark:cgt-20250331175019-68d9t --confirm",
        "list ark --state queued --refs-only | videotasks cancel -",
    )
)
@takes(*REFS, CONFIRM, MISSING_OK, DEADLINE, DRY_RUN, NEEDLESS_YES, RESUME)
def cancel(options: Options) -> None:
    """Cancel tasks that are still queued; any other is kept, with its video."""
    refs, earlier = refs_to_do(options)
    tasks = open_for(options, refs, "cancel")
    if options.dry_run:
        preview(options, tasks, "cancel", refs, earlier)
    report = RunReport(options, len(refs), earlier)
    report.consume(
        tasks.cancel_many(
            in_turn(refs),
            confirm=options.confirm,
            missing_ok=options.missing_ok,
            deadline=options.seconds,
        )
    )


@app.command(
    epilog=examples(
        "delete ark:cgt-20250331175019-68d9t --dry-run",
        "delete --from refs.txt --yes --resume done.ndjson",
    )
)
@takes(*REFS, CONFIRM, MISSING_OK, DELETE_UNFINISHED, SAVE, DEADLINE, DRY_RUN, YES, RESUME)
def delete(options: Options) -> None:
    """Destroy tasks' records, and with them the way to their videos. This can't be undone.

    A queued task on Ark is cancelled. Running tasks are kept, and on TensorsLab all unfinished
    ones, unless --delete-unfinished is given. Asks first, where more than one task or a finished
    video would go. With --save, only tasks whose files are saved are deleted.
    """
    refs, earlier = refs_to_do(options)
    nobody_to_ask = from_pipe(options.words, options.file) or (len(refs) > 1 and not can_ask())
    if nobody_to_ask and not (options.yes or options.dry_run):
        raise click.UsageError(NO_TERMINAL)
    tasks = open_for(options, refs)
    if options.dry_run:
        preview(options, tasks, "delete", refs, earlier)
    report = RunReport(options, len(refs), earlier)
    if options.yes and options.save is None:
        report.consume(
            tasks.delete_many(
                in_turn(refs),
                confirm=options.confirm,
                missing_ok=options.missing_ok,
                deadline=options.seconds,
            )
        )
    looks = tasks.preview("delete", refs, missing_ok=options.missing_ok, deadline=options.seconds)
    previews = list(watched(options, looks, len(refs)))
    if is_asked_about(previews) and not options.yes:
        show_before_acting(options, previews)
        ask(options, previews)
    # What could not be seen was not shown, so it is not acted on either.
    unseen = [one.outcome for one in previews if one.task is None and one.outcome is not None]
    safe, kept = save_first(options, tasks, previews)
    plan = tasks.plan(safe)
    report.consume(
        plan.run(confirm=options.confirm, missing_ok=options.missing_ok, deadline=options.seconds),
        [*unseen, *kept],
    )


for _other in (get, list_tasks, wait, purge, *OTHERS):
    app.add_command(_other)


def refs_to_do(options: Options) -> tuple[list[Ref], int]:
    """The refs to act on, and the exit status for those that were done before.

    Ends the command where there are none.
    """
    given = read_refs(options.words, options.file, options.provider)
    if options.delete_unfinished and given and all(ref.provider != "tensorslab" for ref in given):
        raise click.UsageError("--delete-unfinished is for tasks of TensorsLab, and none is named")
    refs, earlier = not_done(
        given,
        options.resume,
        missing_ok=options.missing_ok,
        quiet=options.quiet,
    )
    if not refs and options.dry_run:
        nothing_to_do(open_output(options, PREVIEW_HEADINGS, "preview"), earlier)
    if not refs:
        output = open_output(options, OUTCOME_HEADINGS, "outcomes", needed=False)
        nothing_to_do(output, earlier, summary={})
    return refs, earlier


def preview(options: Options, tasks: Tasks, verb: Verb, refs: list[Ref], earlier: int) -> NoReturn:
    """Look, and show what would be done; always ends the command."""
    output = open_output(options, PREVIEW_HEADINGS, "preview", len(refs))
    looks = tasks.preview(verb, refs, missing_ok=options.missing_ok, deadline=options.seconds)
    with cut_short(output, lambda: f"{output.count} of {len(refs)}"):
        show_preview(options, output, watched(options, looks, len(refs), output), earlier)
