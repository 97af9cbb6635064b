"""Looking at many tasks: some at once, in order, with a bar, and ended early by Ctrl-C.

Owns: how looks are gathered, and the account of those that were made. Refuses to act.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import click

from .._model.errors import VideoTasksError, is_for_all
from .._model.task import Task
from ._ends import INTERRUPTED, Exit, tell
from ._progress import progress_bar
from ._show import Output

if TYPE_CHECKING:
    from .._client.tasks import Tasks
    from .._model.task import Ref

AT_ONCE: Final = 8
MOST_AHEAD: Final = 100
"""Looks that may be made before the first of them is taken."""

Seen: TypeAlias = Task | VideoTasksError


class Lookups:
    """Looks at tasks, in the order given. `taken` is how many were.

    `refused` is what stands in the way of asking a provider at all.
    """

    def __init__(
        self,
        tasks: Tasks,
        refs: Sequence[Ref],
        refused: Mapping[str, VideoTasksError],
        *,
        progress: bool,
    ) -> None:
        self._tasks = tasks
        self._refs = refs
        self._progress = progress
        self._refused = dict(refused)
        self.taken = 0

    def __iter__(self) -> Generator[tuple[Ref, Seen]]:
        """Each task, or what stood in the way of seeing it."""
        pool = ThreadPoolExecutor(AT_ONCE)
        with ExitStack() as stack:
            # Not waited for: nothing is lost with a look that nobody wants any more.
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
            bar = stack.enter_context(progress_bar(len(self._refs))) if self._progress else None
            for start in range(0, len(self._refs), MOST_AHEAD):
                some = self._refs[start : start + MOST_AHEAD]
                for found in zip(some, pool.map(self._look, some), strict=True):
                    self.taken += 1
                    if bar is not None:
                        bar.step()
                    yield found

    def _look(self, ref: Ref) -> Seen:
        if refused := self._refused.get(ref.provider):
            return refused  # there is no asking, or this one would fare no better
        try:
            return self._tasks.get(ref)
        except VideoTasksError as error:
            if is_for_all(error):
                self._refused[ref.provider] = error
            return error

    @property
    def account(self) -> str:
        """How far it came."""
        return f"{self.taken} of {len(self._refs)}"


@contextmanager
def cut_short(output: Output, account: Callable[[], str]) -> Generator[None]:
    """Let Ctrl-C end the command with what there is so far, if there is anything to account for."""
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            click.echo(err=True)  # a terminal has shown ^C on this line
        output.end()
        if not (so_far := account()):
            raise
        tell(f"interrupted after {so_far}")
        raise Exit(INTERRUPTED) from None
