"""docs/errors.md has every public error, in its place; and links between pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import videotasks
from videotasks import VideoTasksError

DOCS = Path(__file__).parent.parent / "docs"
ERRORS = {
    name: kind
    for name in videotasks.__all__
    if isinstance(kind := getattr(videotasks, name), type) and issubclass(kind, VideoTasksError)
}
FAMILIES = ("Refused", "NotSent", "NoAnswer")
SECTIONS = {
    title: re.findall(r"^\| `(\w+)` \|(.*)\|$", text, flags=re.MULTILINE)
    for title, text in re.findall(
        r"^## (.+?)\n(.*?)(?=^## |\Z)",
        (DOCS / "errors.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
}


def test_each_error_has_one_row() -> None:
    """Each public error has exactly one row, with something in every column, and no other name
    has one; the families have a section in place of a row."""
    rows = [row for section in SECTIONS.values() for row in section]
    assert sorted(name for name, _ in rows) == sorted(
        ERRORS.keys() - {"VideoTasksError", *FAMILIES}
    )
    for name, cells in rows:
        assert len([cell for cell in cells.split(" | ") if cell.strip()]) == 3, name


@pytest.mark.parametrize("family", FAMILIES)
def test_each_error_is_in_its_family(family: str) -> None:
    """A family's section has just the classes below it."""
    [section] = [rows for title, rows in SECTIONS.items() if title.startswith(f"`{family}`")]
    below = {name for name, kind in ERRORS.items() if issubclass(kind, ERRORS[family])}
    assert {name for name, _ in section} == below - {family}


def test_what_is_for_all() -> None:
    """The rows that speak of `is_for_all` are those of the classes that define it."""
    told = {name for rows in SECTIONS.values() for name, cells in rows if "is_for_all" in cells}
    defining = {name for name, kind in ERRORS.items() if "is_for_all" in vars(kind)}
    assert told == defining - {"VideoTasksError"}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links(page: Path) -> None:
    """Each link of a page leads to a file that is there."""
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text):
        assert (page.parent / link).exists(), link
