"""One point that a page and a spec may agree on.

Owns: what is known of a point before anybody judges it. Refuses to excuse any: see compare.py.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

Fact: TypeAlias = str | int | float | bool | tuple[str, ...] | None
"""What is said of a point; None where nothing is."""

Verdict: TypeAlias = Literal["agrees", "differs", "contradicts", "open"]
"""A difference may be explained by a row of specs/README.md, a contradiction by none. Open is what
the spec does not state, so that the page alone says it."""


@frozen
class Said:
    """One point."""

    name: str
    """The statement, by its name in specs/README.md."""
    what: str = ""
    """What of it: "type", "default"; "" is that it is there."""
    value: Fact = None
    stated: Fact = None
    """What the spec has."""
    verdict: Verdict = "open"
    line: int | None = None
    """In the spec, of the statement or else of what it would belong to."""
    near: tuple[str, ...] = ()
    """Statements whose rows it touches, the nearest first, where it has none of its own."""
    explained_by: tuple[str, ...] = ()
    """Statements whose row under "Departures" is about it."""
    vendor: str = ""
    """What that row must say that the vendor has, in order to count."""
    unseen: bool = False
    """Whether it must have been seen before, and kept, to pass."""
    label: str = ""
    """What to call it in place of its name."""
