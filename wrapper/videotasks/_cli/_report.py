"""`videotasks check --online --report`: what providers answered, as Markdown to paste somewhere.

Owns: what is asked (only reading) and what of it is written down. Refuses to write a key, a link,
an id, or anybody's words: of an error it has the status, the code and what it was taken for.
"""

from __future__ import annotations

import platform
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

import click

from .. import Ref, Refused, Retry, Task, Tasks, VideoTasksError, __version__
from ._keys import open_providers

LISTED: Final = 100
"""Tasks of a list that are looked at."""

HEAD: Final = """\
## What providers answered

videotasks {version}, Python {python}, {system}, {time:%Y-%m-%d %H:%M} UTC. Only reading requests
were made. There are no keys, links, ids or messages in this.
"""
TABLE: Final = "| asked | HTTP | code | taken for | seconds |\n|---|---|---|---|---|"


def write(key_file: str | None, nobody: str, refs: list[Ref]) -> None:
    """Ask each provider that has a key, and print what it answered.

    Raises what stands in the way of asking, and nothing for an answer.
    """
    providers, refused = open_providers(key_file, None, None)
    for error in refused.values():
        raise error
    now = datetime.now(UTC)
    system, python = platform.system(), platform.python_version()
    click.echo(HEAD.format(version=__version__, python=python, system=system, time=now))
    for provider in providers:
        host = provider.base_url.partition("://")[2].partition("/")[0]
        click.echo(f"### {provider.name}, at {host}\n\n{TABLE}")
        with Tasks(provider, retry=Retry(attempts=1)) as tasks:
            click.echo(_look(tasks, "a look at an id that no task has", Ref(provider.name, nobody)))
            for number, ref in enumerate(refs, start=1):
                if ref.provider == provider.name:
                    click.echo(_look(tasks, f"a look at task {number} of those named", ref))
            if provider.capabilities.list:
                click.echo(_list(tasks, provider.name))
        click.echo()


def _look(tasks: Tasks, asked: str, ref: Ref) -> str:
    began = time.monotonic()
    try:
        task = tasks.get(ref)
    except VideoTasksError as error:
        return _row(asked, began, error)
    there = ", ".join(_fields(task))
    return _row(
        asked, began, None, f"{task.state} ({_word(task.raw_state)}), with {there or 'no more'}"
    )


def _list(tasks: Tasks, provider: str) -> str:
    began = time.monotonic()
    asked = f"the list, {LISTED} tasks at most"
    try:
        seen = list(islice(tasks.list(provider), LISTED))
    except VideoTasksError as error:
        return _row(asked, began, error)
    words = Counter(_word(task.raw_state) for task in seen)
    states = ", ".join(f"{count} {word}" for word, count in words.most_common())
    return _row(asked, began, None, f"{len(seen)} tasks: {states or 'none'}; {_order(seen)}")


def _order(tasks: list[Task]) -> str:
    """How tasks of one tier follow each other in time."""
    first = tasks[0].service_tier if tasks else None
    times = [task.created_at for task in tasks if task.created_at and task.service_tier == first]
    if len(set(times)) < 2:
        return "their order can't be told"
    if times == sorted(times, reverse=True):
        return "newest first"
    return "oldest first" if times == sorted(times) else "not in the order of their times"


def _fields(task: Task) -> Iterator[str]:
    """The names of what a task has, without what it is."""
    for name in ("video_urls", "file_urls", "last_frame_url", "model", "created_at", "updated_at"):
        if getattr(task, name):
            yield name
    for name in ("error", "service_tier", "usage"):
        if getattr(task, name) is not None:
            yield name


def _word(word: str | int | None) -> str:
    """A code or a status, if it looks like one: a server may put anything there."""
    text = str(word)
    return f"`{text}`" if re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", text) else "(unlike a word)"


def _row(asked: str, began: float, error: VideoTasksError | None, seen: str = "") -> str:
    took = f"{time.monotonic() - began:.2f}"
    if error is None:
        return f"| {asked} | 200 | | {seen} | {took} |"
    # The request's id is left out: where the provider gave none, an error has the one we sent.
    own = "" if isinstance(error, Refused) else " (not a refusal by the provider)"
    code = "" if error.code is None else _word(error.code)
    kind = f"{type(error).__name__}{own}"
    return f"| {asked} | {error.status_code or ''} | {code} | {kind} | {took} |"
