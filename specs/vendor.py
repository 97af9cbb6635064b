"""Read a vendor's published page, and hold it against our specs.

    python specs/vendor.py text PAGE                  prints the page as Markdown
    python specs/vendor.py check PAGE…                says what agrees and what does not
    python specs/vendor.py keep PAGE --from ADDRESS   keeps what the page says in specs/facts/

PAGE is a file, or `-` for standard input. See "When a vendor's page changes" in README.md.

Owns: the command. Exit status 0: all is explained; 1: something is not; 2, with one line: this is
no page of a vendor that we know, or it can't be read. Refuses to use the network: pages are files.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from pages import compare, kept, report
from pages.reading import as_markdown, read
from pages.rows import rows
from pages.spec import ROOT, specs
from pages.which import spec_of
from videotasks._text import escaped, short

LARGEST: Final = 5_000_000
"""Bytes of a page; more is no page."""


def text_of(name: str) -> str:
    """The text of a page. Raises OSError or ValueError where it can't be read."""
    if name == "-":
        data = sys.stdin.buffer.read(LARGEST + 1)
    else:
        with Path(name).open("rb") as file:
            data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError("too large for a page")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("not text in UTF-8") from None


def show(name: str) -> int:
    """Print a page as Markdown."""
    print(escaped(as_markdown(text_of(name))))
    return 0


def checked(name: str) -> compare.Check:
    """A page, held against its spec."""
    page = read(text_of(name))
    spec = spec_of(page, specs())
    return compare.check(page, spec, rows(spec.name), kept.kept(kept.FOLDER))


def check(name: str) -> int:
    """Print how a page is not what the spec says."""
    found = checked(name)
    print(*report.lines(name, found), sep="\n")
    return 1 if found.unexplained else 0


def keep(name: str, address: str, day: str) -> int:
    """Keep what a page says."""
    found = checked(name)
    file = kept.keep(found.page, found.spec, found.points, address, day, found.before, kept.FOLDER)
    print(f"wrote {os.path.relpath(file, ROOT)}")
    return 0


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Hold a vendor's page against our specs.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    shown = verbs.add_parser("text", help="print a page as Markdown")
    shown.add_argument("pages", nargs=1, metavar="PAGE", help="a file, or - for standard input")
    held = verbs.add_parser("check", help="hold pages against the specs")
    held.add_argument("pages", nargs="+", metavar="PAGE", help="files, or - for standard input")
    stored = verbs.add_parser("keep", help="keep what a page says in specs/facts/")
    stored.add_argument("pages", nargs=1, metavar="PAGE", help="a file, or - for standard input")
    stored.add_argument("--from", dest="address", required=True, help="where the page is published")
    stored.add_argument(
        "--date",
        type=date.fromisoformat,
        default=datetime.now(UTC).date(),
        help="when it was read (YYYY-MM-DD); today",
    )
    return parser.parse_args(given)


def run(asked: argparse.Namespace, name: str) -> int:
    """Do what was asked with one page; its exit status."""
    try:
        if asked.verb == "text":
            return show(name)
        if asked.verb == "check":
            return check(name)
        return keep(name, asked.address, str(asked.date))
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:
        reason = str(error)
    except Exception as error:  # a page that the readers trip over is one that can't be read
        reason = f"could not be read: {error!r}"
    print(f"vendor: {short(name)}: {short(reason)}", file=sys.stderr)
    return 2


def main(given: Sequence[str] | None = None) -> int:
    """Do what was asked; the worst exit status of all pages."""
    asked = arguments(given)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = max(run(asked, name) for name in asked.pages)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on; the interpreter must not try once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
