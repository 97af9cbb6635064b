"""Where specs/README.md speaks of a statement.

Owns: finding its rows, by the name in backticks in a row's first cell. Refuses to judge what they
say; tests/test_specs.py holds the tables against the specs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from attrs import field, frozen

README: Final = Path(__file__).resolve().parents[1] / "README.md"


@frozen
class Departure:
    """A row of "Departures from the vendor's text"."""

    line: int
    vendor: str
    """What it says that the vendor has."""


@frozen
class Rows:
    """The rows about one spec."""

    sources: Mapping[str, int] = field(factory=dict[str, int])
    """The line of the row that says where a statement is from."""
    departures: Mapping[str, tuple[Departure, ...]] = field(
        factory=dict[str, "tuple[Departure, ...]"]
    )
    codes: Mapping[str, int] = field(factory=dict[str, int])
    """The line at which an error code, or a pattern of them, is spoken of first."""


@cache
def rows(name: str, readme: str | None = None) -> Rows:
    """The rows of the section whose title is the spec's name, whatever its case."""
    sources: dict[str, int] = {}
    departures: dict[str, tuple[Departure, ...]] = {}
    codes: dict[str, int] = {}
    section = part = ""
    text = README.read_text(encoding="utf-8") if readme is None else readme
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"(##+) +(.*)", line):
            section, part = (heading[2], "") if len(heading[1]) == 2 else (section, heading[2])
        if not line.startswith("| "):
            continue
        cells = line.strip("|").split(" | ")
        if section.casefold() != name:
            for code in re.findall(r"`([^`]+)`", line):
                codes.setdefault(code, number)
            continue
        for statement in re.findall(r"`([^`]+)`", cells[0]):
            if part.startswith("Departures"):
                found = Departure(number, cells[1])
                departures[statement] = (*departures.get(statement, ()), found)
            else:
                sources.setdefault(statement, number)
    return Rows(sources, departures, codes)
