"""Saving what tasks have made, before they are deleted.

Owns: how many are saved at once, and that a task whose files are not safe is kept. Refuses to fetch
or to name any file: the library does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from typing import TYPE_CHECKING, Final

import click

from .. import Kept, NotSaved, Outcome, Preview, Task
from ._clients import watched
from ._options import Options

if TYPE_CHECKING:
    from .. import Tasks

SAVED_AT_ONCE: Final = 4
LONGEST: Final = 600.0
"""Seconds for one task's files."""
_NO_LINK: Final = "it shows no link to its video, so there is nothing to save"


def save_first(
    options: Options, tasks: Tasks, previews: Sequence[Preview]
) -> tuple[list[Task], list[Outcome]]:
    """Save what would be lost, if that is wanted: the tasks to go on with, and the outcomes of
    those that are kept, since their files are not safe."""
    seen = [one for one in previews if one.task is not None]
    if options.save is None:
        return [one.task for one in seen if one.task is not None], []
    losing = [one.task for one in seen if one.task is not None and one.loses]
    kept: dict[str, Outcome] = {}
    with closing(watched(options, _saved(options, tasks, losing), len(losing))) as results:
        for task, problem in results:
            if problem:
                ref = str(task.ref)
                kept[ref] = Kept(ref=task.ref, task=task, state=task.state, reason=problem)
    if losing and not options.quiet:
        safe = len(losing) - len(kept)
        click.echo(f"saved the files of {safe} of {len(losing)} tasks in {options.save}", err=True)
    going = [one.task for one in seen if one.task is not None and str(one.ref) not in kept]
    return going, list(kept.values())


def _saved(options: Options, tasks: Tasks, losing: Iterable[Task]) -> Iterator[tuple[Task, str]]:
    """Each task, and why its files are not safe, as they are done."""

    def save(task: Task) -> tuple[Task, str]:
        try:
            seconds = LONGEST if options.seconds is None else min(options.seconds, LONGEST)
            if seconds <= 0:
                return task, "there was no time left to save its files"
            tasks.save(task, options.save or "", timeout=seconds)
        except NotSaved as error:
            return task, f"its files could not be saved: {error}"
        return task, "" if task.video_urls or task.file_urls else _NO_LINK

    pool = ThreadPoolExecutor(SAVED_AT_ONCE, thread_name_prefix="saving")
    try:
        done: Iterator[Future[tuple[Task, str]]]
        done = as_completed([pool.submit(save, task) for task in losing])
        for one in done:
            yield one.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
