"""The record file of `--resume`: what it says is done, and writing to it.

Owns: which file may be one, and that a line cut off by a kill spoils nothing. Refuses to decide
what counts as done: the library does.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO, TypeAlias, cast

import click

from .. import Ref, skip_done
from ._exit import NOT_ALL, OK, say
from ._streams import text_stream

_Record: TypeAlias = Mapping[str, object]
_BEGINNING: Final = '{"ref"'
"""How each line that we write begins."""


def not_done(
    refs: list[Ref], path: str | None, *, missing_ok: bool, quiet: bool
) -> tuple[list[Ref], int]:
    """The refs that the record file does not say are done, and the exit status that the others
    deserve: they were asked for as well."""
    if path is None:
        return refs, OK
    seen: dict[str, set[object]] = {}

    def noted(record: _Record) -> _Record:
        seen.setdefault(str(record["outcome"]), set()).add(record["ref"])
        return record

    left = [ref for ref in skip_done(refs, map(noted, _read(path))) if isinstance(ref, Ref)]
    # Those that were not there to be deleted or cancelled by us.
    gone = seen.get("gone", set()).difference(seen.get("deleted", ()), seen.get("cancelled", ()))
    missing = sum(str(ref) in gone for ref in refs)
    if len(left) < len(refs) and not quiet:
        of_them = f", {missing} of them gone" if missing else ""
        skipped = f"{len(refs) - len(left)} of {len(refs)} skipped"
        say(f"{skipped}, since {path} says they are done{of_them}")
    return left, NOT_ALL if missing and not missing_ok else OK


def check_records(path: str | None) -> None:
    """Refuse what is no record file. Raises `click.UsageError`."""
    if path is not None:
        for _ in _read(path):
            pass


@contextmanager
def open_records(path: str) -> Generator[TextIO]:
    """The record file, to append to; a line that a kill cut off is ended first."""
    try:
        cut_off = _is_cut_off(Path(path))
        # A pipe that nobody reads would have us wait for ever; not every system has such pipes.
        at_once: int = getattr(os, "O_NONBLOCK", 0)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | at_once, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO and Path(path).is_fifo():
            raise click.UsageError(
                f"nobody reads {path}, which is a pipe, so nothing was sent; start its reader first"
            ) from error
        raise click.UsageError(f"can't write {path}: {error.strerror}") from error
    records = text_stream(file, "utf-8")
    try:
        if cut_off:
            records.write("\n")
        yield records
    finally:
        with suppress(OSError):  # said when it was written
            records.close()


def _read(path: str) -> Iterator[_Record]:
    """The records in a file. Raises `click.UsageError` where it has others."""
    file, lines, ours, line = Path(path), 0, False, ""
    if file.exists() and not file.is_file():
        return  # a folder can't be opened, a terminal or a pipe has no records to read
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as content:
            for line in filter(None, map(str.strip, content)):
                lines += 1
                try:
                    record = _record(json.loads(line))
                except (ValueError, RecursionError):
                    ours |= line.startswith(_BEGINNING)  # cut off by a kill
                    continue
                if record is not None:
                    ours = True
                    yield record
    except FileNotFoundError:
        return
    except OSError as error:
        raise click.UsageError(f"can't read {path}: {error.strerror}") from error
    # The very first line may have been cut off anywhere.
    if lines and not ours and not (lines == 1 and _BEGINNING.startswith(line)):
        raise click.UsageError(
            f"{path} has no record of this command in it, so it is left alone and nothing was "
            "sent; name a new file with --resume"
        )


def _record(line: object) -> _Record | None:
    """The record of an outcome that a line is, if so."""
    if not isinstance(line, dict):
        return None
    fields = cast("_Record", line)
    has_both = isinstance(fields.get("ref"), str) and isinstance(fields.get("outcome"), str)
    return fields if has_both else None


def _is_cut_off(file: Path) -> bool:
    """Whether a file's last line has no end."""
    if not file.is_file() or not file.stat().st_size:
        return False
    with file.open("rb") as content:
        content.seek(-1, os.SEEK_END)
        return content.read(1) != b"\n"
