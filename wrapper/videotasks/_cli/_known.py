"""`--except`: refs of tasks that are known elsewhere, which `list` and `purge` leave out.

Owns: reading them, with more care than other refs get, and how many were left out. A ref misread
here keeps no task, so that the task meant would be deleted: all that may be a mistake is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import click

from .. import Ref, Task
from .._text import short
from ._exit import say
from ._input import NAMED, collect, lines_of, read_ref

_ODD: Final = re.compile(r"[^A-Za-z0-9._-]")
"""What no known id has in it: quotes, commas, what is left of another form of file."""


class Known:
    """The refs in files of `--except`. Raises `click.UsageError`, before anything is sent."""

    def __init__(self, files: Iterable[str], provider: str | None) -> None:
        files = tuple(files)
        if files.count("-") > 1:
            raise click.UsageError("standard input can be read only once")
        self._refs: set[Ref] = set()
        self._left_out = 0
        self._others = 0
        for file in files:
            found = collect(lines_of(file), lambda text: _read(text, provider))
            if not found:
                name = "standard input" if file == "-" else file
                raise click.UsageError(
                    f"{name} names no task, so --except would leave out none and nothing was sent; "
                    "if that is meant, leave --except out"
                )
            self._refs.update(found)

    def leave_out(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """The tasks that are not known."""
        for task in tasks:
            if task.ref in self._refs:
                self._left_out += 1
            else:
                self._others += 1
                yield task

    def report(self, *, quiet: bool) -> None:
        """Say how many were left out; even if quiet, where that is none, as with a wrong file."""
        if self._refs and self._others and not self._left_out:
            say(f"--except names none of the {self._others} tasks found: is it the right file?")
        elif self._refs and not quiet:
            say(f"{self._left_out} of {self._left_out + self._others} left out, as --except says")


def _read(text: str, provider: str | None) -> Ref:
    if "\t" in text and not text.startswith(("{", *NAMED)):
        raise ValueError(f"{short(text, 40)!r} is in columns, of which the first is no ref")
    ref = read_ref(text, provider)
    if _ODD.search(ref.id):
        raise ValueError(f"{short(ref.id, 40)!r} does not look like an id, so it may keep no task")
    return ref
