"""What was read last from each page: specs/facts/*.json.

Owns: these files' form and names, which of them is a page's, and which section is which where its
title alone has changed. Each has the page's address, the
date of reading, and its points by the names of specs/README.md. Refuses to keep the vendor's words:
of them, titles included, there are digests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, Final, cast

from attrs import evolve, frozen

from .facts import Page, digest
from .said import Fact, Said
from .spec import ROOT
from .stated import Spec
from .which import ours

FOLDER: Final = ROOT / "specs" / "facts"


@frozen
class Kept:
    """One page as it was read last."""

    file: Path
    address: str
    date: str
    spec: str
    form: str
    language: str
    title: str
    """Its digest."""
    points: Mapping[str, Fact]
    """By key(), see there."""


def key(name: str, what: str) -> str:
    """What a point is called in a file."""
    return f"{name}: {what}" if what else name


def kept(folder: Path) -> list[Kept]:
    """All pages that are kept. Raises ValueError, in one line, for a file that can't be read."""
    found: list[Kept] = []
    for file in sorted(folder.glob("*.json")):
        try:
            said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            points = {name: _fact(value) for name, value in said.pop("points").items()}
            found.append(Kept(file=file, points=points, **said))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file.name} is not what `keep` writes: {error!r}") from error
    return found


def _fact(value: Any) -> Fact:
    return tuple(map(str, cast("Any", value))) if isinstance(value, list) else value


def find(page: Page, spec: Spec, known: list[Kept]) -> Kept | None:
    """What was kept of this page: of its form and language, with its operations or its title.

    The title counts too, for a page whose operation was renamed.
    """
    ids = {stating.id for _, stating, _ in ours(page, spec)}

    def likeness(one: Kept) -> tuple[int, bool]:
        return len(ids & one.points.keys()), one.title == digest(page.title)

    alike = [
        one
        for one in known
        if (one.spec, one.form, one.language) == (spec.name, page.form, page.language)
        and any(likeness(one))
    ]
    return max(alike, key=likeness, default=None)


def keep(
    page: Page,
    spec: Spec,
    points: tuple[Said, ...],
    address: str,
    date: str,
    before: Kept | None,
    folder: Path,
) -> Path:
    """Write what was read from a page, over what was kept of it before."""
    ids = [stating.id for stating in spec.operations if stating.id in {s.name for s in points}]
    subject = "+".join(ids) or f"page-{digest(page.title)}"
    form = re.sub(r"\W+", "-", page.form)
    file = before.file if before else folder / f"{spec.name}-{subject}-{form}-{page.language}.json"
    said = {key(point.name, point.what): point.value for point in points}
    whole = {
        "address": address,
        "date": date,
        "form": page.form,
        "language": page.language,
        "points": {name: value for name, value in said.items() if value is not None},
        "spec": spec.name,
        "title": digest(page.title),
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")
    return file


# Sections and limits, which have the digest of their title for a name


def label_of(statement: str) -> str:
    """What to call a section or limit of which only the digest is known; "" for all else."""
    found = re.fullmatch(r"(section|limit) ([0-9a-f]{12})", statement)
    return f"a {found[1]} whose title was kept as {found[2]}" if found else ""


def retitled(said: Mapping[str, Said], before: Kept | None) -> dict[str, str]:
    """The sections whose title alone changed: the new name of each by the old one."""
    if not before:
        return {}
    new = _words({name: point.value for name, point in said.items()}, before.points)
    old = _words(before.points, said)
    return {
        old[words][0]: new[words][0]
        for words in old.keys() & new.keys()
        if len(old[words]) == len(new[words]) == 1
    }


def renamed(before: Kept | None, retitled: Mapping[str, str]) -> Kept | None:
    """What was kept, under the titles that its sections have now."""
    if not before:
        return None
    points: dict[str, Fact] = {}
    for key, value in before.points.items():
        name, colon, what = key.partition(": ")
        points[f"{retitled.get(name, name)}{colon}{what}"] = value
    return evolve(before, points=points)


def _words(points: Mapping[str, Fact], others: Container[str]) -> dict[Fact, list[str]]:
    """The sections with the same words, by these, but for those that the others have too."""
    found: dict[Fact, list[str]] = {}
    for key, value in points.items():
        name = key.removesuffix(": words")
        if name != key and name.startswith("section ") and key not in others:
            found.setdefault(value, []).append(name)
    return found
