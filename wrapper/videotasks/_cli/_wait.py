"""`videotasks wait`: until tasks have ended, showing each as it ends.

Owns: the two stretches of waiting, before and after queued tasks are cancelled. Refuses to decide
when to look, or what may be cancelled: the library does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import click

from .. import WaitResult, WaitTimeout
from .._text import short
from ._clients import cut_short, open_for, open_output, watched
from ._exit import MOST_SAID, NOT_ALL, OK, Exit, status_of, status_of_outcome, worst_status
from ._input import read_refs
from ._options import CANCEL_QUEUED_AFTER, DEADLINE, INTERVAL, REFS, Options, examples, takes
from ._show import TASK_HEADINGS, Output, add_task

if TYPE_CHECKING:
    from .. import Tasks

NOTHING_TO_WAIT_FOR: Final = "no tasks"


@click.command(
    epilog=examples(
        "wait ark:cgt-20250331175019-68d9t --deadline 10m",
        "wait --from refs.txt --cancel-queued-after 5m --ndjson",
    )
)
@takes(*REFS, DEADLINE, INTERVAL, CANCEL_QUEUED_AFTER)
def wait(options: Options) -> None:
    """Wait until tasks have ended, and show each as it ends.

    Changes nothing, but for --cancel-queued-after: tasks that are still queued then are cancelled,
    all others may finish. Ends with 0 if all have succeeded, and with 1 if any ended otherwise or
    had not ended by --deadline.
    """
    deadline, patience = options.deadline, options.cancel_queued_after
    if deadline is not None and patience is not None and deadline <= patience:
        raise click.UsageError("--cancel-queued-after must come before --deadline, or never acts")
    refs = read_refs(options.words, options.file, options.provider)
    output = open_output(options, TASK_HEADINGS, "results", len(refs))
    if not refs:
        output.end()
        click.echo(NOTHING_TO_WAIT_FOR, err=True)
        raise Exit(OK)
    tasks = open_for(options, refs)
    statuses = {OK}
    with cut_short(output, lambda: f"{output.count} of {len(refs)}"):
        results = _results(options, tasks, map(str, refs), statuses)
        for result in watched(options, results, len(refs), output):
            statuses.add(_show(output, result))
    output.end()
    raise Exit(worst_status(statuses))


def _results(
    options: Options, tasks: Tasks, refs: Iterable[str], statuses: set[int]
) -> Iterator[WaitResult]:
    """One result for each ref."""
    deadline, patience = options.deadline, options.cancel_queued_after
    ends_at = None if deadline is None else time.monotonic() + deadline.total_seconds()

    def left() -> float | None:
        return None if ends_at is None else ends_at - time.monotonic()

    if patience is None:
        yield from tasks.wait_many(refs, interval=options.interval, deadline=left())
        return
    going: list[WaitResult] = []
    for result in tasks.wait_many(
        refs, interval=options.interval, deadline=patience.total_seconds()
    ):
        if isinstance(result.error, WaitTimeout):
            going.append(result)
        else:
            yield result
    queued = [one.ref for one in going if one.task is not None and one.task.state == "queued"]
    for outcome in tasks.cancel_many(queued, deadline=left()):
        if not outcome.ok and outcome.name != "kept":  # that one runs, as it may
            statuses.add(status_of_outcome(outcome))
        if not (outcome.ok and options.quiet):
            click.echo(f"still queued: {short(str(outcome), MOST_SAID)}", file=sys.stderr)
    again = [one.ref for one in going]
    yield from tasks.wait_many(again, interval=options.interval, deadline=left())


def _show(output: Output, result: WaitResult) -> int:
    """Show one result: the exit status for it."""
    if result.error is not None:
        # By its name, so that it goes above a bar, not behind it.
        click.echo(f"{result.ref}: {short(str(result.error), MOST_SAID)}", file=sys.stderr)
    if result.task is not None:
        add_task(output, result.task, result.to_dict())
    elif output.form in {"json", "ndjson"}:
        output.add((), result.to_dict())
    if result.error is not None:
        return status_of(result.error)
    return OK if result.task is not None and result.task.state == "succeeded" else NOT_ALL
