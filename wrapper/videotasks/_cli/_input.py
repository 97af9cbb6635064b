"""Refs from arguments, files and pipes; all read and checked before anything is sent.

Owns: the forms of a line: a ref, an id where a provider is given, a line of this command's own
output (a record as JSON, or tab-separated with the ref first), a blank, a `#` comment, also behind
a ref.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import count
from typing import Final

import click

from .. import PROVIDER_NAMES, InvalidRef, Ref
from .._text import short

MOST_PROBLEMS: Final = 5
"""Bad lines that are shown."""

LONGEST: Final = timedelta(days=36500)
"""The longest span; far beyond what any provider keeps, and within the calendar."""

_UNITS: Final[Mapping[str, str]] = {
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
}


_DOCUMENT: Final = re.compile(r'[{[]$|\[\s*\{|\{\s*"(tasks|outcomes|preview|results)"')
"""How JSON begins that is not one record a line."""

NAMED: Final = tuple(f"{name}:" for name in PROVIDER_NAMES)
"""How a ref begins that needs no provider."""

_COMMENT: Final = re.compile(r"(?:^|\s)#")
"""Where a comment begins. With more than one blank here, a line of blanks would take for ever."""


class Duration(click.ParamType[timedelta]):
    """A span of time: `2d`, `12h`, `1d12h`; units w, d, h, m, s. `longest` is the longest one."""

    name = "duration"

    def __init__(self, longest: timedelta = LONGEST) -> None:
        self._longest = longest

    def convert(
        self,
        value: str | timedelta,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> timedelta:
        """Read a span."""
        if isinstance(value, timedelta):
            return value
        parts = re.findall(r"(\d{1,9})([wdhms])", value)
        if not parts or "".join(number + unit for number, unit in parts) != value:
            self.fail(f"{value!r} is not a span of time such as 2d, 12h, 10m or 30s", param, ctx)
        try:
            spans = (timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts)
            span = sum(spans, timedelta())
        except OverflowError:
            span = timedelta.max
        if not timedelta() < span <= self._longest:
            self.fail(f"{value!r} is not above 0 and at most {self._longest.days} days", param, ctx)
        return span


def read_refs(words: Iterable[str], file: str | None, provider: str | None) -> list[Ref]:
    """All refs, in order, each once. Raises `click.UsageError` that names the first bad ones."""
    return collect(_texts(words, file), lambda text: read_ref(text, provider))


def collect(texts: Iterable[tuple[str, str]], read: Callable[[str], Ref]) -> list[Ref]:
    """What `read` makes of texts, each once, or all that is wrong with them, as one error."""
    refs: dict[Ref, None] = {}
    problems: list[str] = []
    bad = 0
    for where, text in texts:
        try:
            refs[read(text)] = None
        except (InvalidRef, ValueError) as error:
            bad += 1
            if len(problems) < MOST_PROBLEMS:
                problems.append(f"{where}{error}")
    if bad > MOST_PROBLEMS:
        problems.append(f"… and {bad - MOST_PROBLEMS} more")
    if bad == 1:
        raise click.UsageError(f"nothing was sent: {problems[0]}")
    if bad:
        lines = "\n".join(problems)
        raise click.UsageError(f"{bad} refs can't be read, so nothing was sent\n{lines}")
    return list(refs)


def in_turn(refs: Iterable[Ref]) -> list[Ref]:
    """The refs, their providers taking turns: one that does not answer holds up no other's."""
    turns: defaultdict[str, Iterator[int]] = defaultdict(count)
    return sorted(refs, key=lambda ref: next(turns[ref.provider]))


def from_pipe(words: Iterable[str], file: str | None) -> bool:
    """Whether refs come from standard input."""
    return "-" in words or file == "-"


def _texts(words: Iterable[str], file: str | None) -> Iterator[tuple[str, str]]:
    """Where each text stands, for a message, and the text."""
    words = tuple(words)
    if not words and file is None:
        raise click.UsageError("name at least one REF, or - to read them from standard input")
    if words.count("-") + (file == "-") > 1:
        raise click.UsageError("standard input can be read only once")
    for word in words:
        yield from lines_of(word) if word == "-" else [("", word)]
    if file is not None:
        yield from lines_of(file)


def lines_of(file: str) -> Iterator[tuple[str, str]]:
    """Where each line of a file stands, for a message, and its text; `-` is standard input."""
    name = "standard input" if file == "-" else file
    if file == "-" and (sys.stdin is None or sys.stdin.closed):  # pyright: ignore[reportUnnecessaryComparison]  # None where it was closed
        raise click.UsageError("standard input is closed, so there are no refs to read")
    try:
        with click.open_file(file, "rb") as lines:
            for number, line in enumerate(lines, 1):
                if text := _text(line, name, number):
                    yield f"{name}, line {number}: ", text
    except OSError as error:
        raise click.UsageError(f"can't read {name}: {error.strerror}") from error


def _text(line: bytes, name: str, number: int) -> str:
    """A line without its comment; nothing where it is passed over."""
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError:
        raise click.UsageError(f"{name}, line {number}: this is not UTF-8 text") from None
    if _DOCUMENT.match(text):
        raise click.UsageError(f"{name} is a JSON document, not lines: print records with --ndjson")
    return text if text.startswith("{") else _COMMENT.split(text, maxsplit=1)[0].rstrip()


def read_ref(text: str, provider: str | None) -> Ref:
    """The ref on a line. Raises `InvalidRef` and `ValueError`."""
    text = _from_record(text) if text.startswith("{") else text.partition("\t")[0]
    if provider is None or text.startswith(NAMED):
        return Ref.parse(text)
    return Ref(provider, text)


def _from_record(text: str) -> str:
    try:
        record: object = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{short(text, 40)!r} is neither a ref nor a whole record") from None
    ref: object = record.get("ref") if isinstance(record, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # any JSON
    if not isinstance(ref, str):
        # ValueError like any other bad line, for the caller to collect.
        raise ValueError(f"{short(text, 40)!r} is a record without a ref")  # noqa: TRY004  # as all bad lines
    return ref
