"""What a command works with: a client for the providers it is about, outputs, bars, the log.

Owns: which providers are opened, and what is said of those that can't be. Refuses to know what any
command does with them.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from .. import Ref, VideoTasksError
from .._text import escaped, short
from ._exit import INTERRUPTED, Exit, say
from ._keys import Ability, open_providers
from ._options import Options
from ._progress import progress_bar
from ._show import Output, form_for, need_output

if TYPE_CHECKING:
    from .. import Provider, Tasks

T = TypeVar("T")

MOST_LOGGED: Final = 2000
"""Characters of a line of the log."""


class _Harmless(logging.Formatter):
    """One line for each record, and nothing in it that could steer a terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        return short(super().formatMessage(record), MOST_LOGGED)

    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record))  # a traceback has more lines


def open_output(
    options: Options, headings: tuple[str, ...], name: str, rows: int = 0, *, needed: bool = True
) -> Output:
    """Where so many rows go. `needed` where they are all that the command is for."""
    if needed:
        need_output()
    form = form_for(as_json=options.as_json, as_ndjson=options.as_ndjson, rows=rows)
    return Output(form, headings, name)


def open_all(
    options: Options, names: Iterable[str] | None, ability: Ability
) -> tuple[list[str], Tasks]:
    """The providers named, or all that have a key and the ability, and a client for them.

    Raises what stands in the way of any.
    """
    _log(options)
    opened, refused = open_providers(options.key_file, names, ability)
    for error in refused.values():
        raise error
    return [one.name for one in opened], _client(opened, options)


def open_for(options: Options, refs: Sequence[Ref], ability: Ability | None = None) -> Tasks:
    """A client for the providers of these refs. Says why any can't be used.

    As in the library, that is the outcome of that provider's refs alone. Raises where there is
    nothing else to do.
    """
    _log(options)
    counts = Counter(ref.provider for ref in refs)
    opened, refused = open_providers(
        options.key_file, counts, ability, delete_unfinished=options.delete_unfinished
    )
    if not opened:
        raise _nothing_can_be_done(refs, refused)
    for name, error in refused.items():
        if not options.quiet:
            tasks = "1 task is" if counts[name] == 1 else f"{counts[name]} tasks are"
            say(f"{error}; its {tasks} not tried")
    return _client(opened, options)


def _client(opened: Sequence[Provider[Any]], options: Options) -> Tasks:
    """A client, which is closed when the command ends."""
    from .. import Tasks

    tasks = Tasks(*opened, timeout=options.timeout)
    click.get_current_context().call_on_close(tasks.close)
    return tasks


def _nothing_can_be_done(
    refs: Sequence[Ref], refused: Mapping[str, VideoTasksError]
) -> VideoTasksError:
    """One error for all refs: for each provider its first one, how many more, and why."""
    parts: list[str] = []
    for name, error in refused.items():
        first, *others = (ref for ref in refs if ref.provider == name)
        more = f" and {len(others)} more" if others else ""
        parts.append(f"{first}{more}: {error}")
    return type(refused[refs[0].provider])(f"{'; '.join(parts)}; nothing was sent", ref=refs[0])


def _log(options: Options) -> None:
    if options.verbose:
        handler = logging.StreamHandler()
        handler.setFormatter(_Harmless("%(message)s"))
        logger = logging.getLogger("videotasks")
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)


def has_bar(options: Options, count: int, output: Output | None = None) -> bool:
    """Whether there is a bar beside this output."""
    # Lines go above the bar, folded to its width; JSON is not to be folded.
    streams = output and output.form == "ndjson" and sys.stdout.isatty()
    wanted = not (options.no_progress or options.quiet or options.verbose) and count > 1
    return wanted and not streams and sys.stderr.isatty()


def watched(
    options: Options, items: Iterable[T], total: int, output: Output | None = None
) -> Generator[T]:
    """The items, with a bar while they come."""
    with ExitStack() as stack:
        bar = None
        if has_bar(options, total, output):
            bar = stack.enter_context(progress_bar(total))
        for item in items:
            if bar is not None:
                bar.step()
            yield item


@contextmanager
def cut_short(output: Output, so_far: Callable[[], str]) -> Generator[None]:
    """Let Ctrl-C end the command with what there is so far, if there is anything."""
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            click.echo(err=True)  # a terminal has shown ^C on this line
        output.end()
        if not (account := so_far()):
            raise
        say(f"interrupted after {account}")
        raise Exit(INTERRUPTED) from None
