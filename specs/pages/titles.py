"""Sections and limits, which are kept by the digest of their title: one that was renamed, one gone.

Owns: telling a section by its words where its title alone changed. Refuses to guess where two have
the same words: those are told as gone and new.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from attrs import evolve

from .kept import Kept
from .said import Fact, Said


def label(statement: str) -> str:
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
