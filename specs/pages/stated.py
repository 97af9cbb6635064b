"""What a spec of ours states, by the names of specs/README.md, each with its line.

Owns: these facts' classes, beside those of a page in facts.py. Refuses to read or to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from attrs import field, frozen

from .facts import Place, StatusRow, Value


@frozen
class Stated:
    """A parameter, or a field of a request's body or an answer, as a spec states it."""

    name: str
    """The name of specs/README.md: `deleteTask id`, `Task.seed`."""
    place: Place
    line: int
    types: frozenset[str] = frozenset()
    """All that it may be, null aside."""
    required: bool = False
    default: Value | None = None
    least: int | float | None = None
    most: int | float | None = None
    values: tuple[str, ...] = ()
    words: str = ""
    members: bool = False
    """Whether it may have members that the spec does not name."""


@frozen
class Answer:
    """What comes back."""

    fields: Mapping[str, Stated]
    """By dotted name."""
    objects: Mapping[str, tuple[str, int]]
    """The schema of each object in it, and its line, by dotted name; "" is the whole."""


@frozen
class Stating:
    """One operation of a spec."""

    id: str
    method: str
    path: str
    line: int
    request: Mapping[str, Stated]
    """Parameters and fields of the body, by name."""
    answer: Answer
    """Of status 200."""
    refusal: Answer
    """Of status `default`."""
    answers: Mapping[str, int]
    """The line of each declared status."""
    body: tuple[str, int] | None = None
    """The schema of the request's body, and its line."""
    limit: float | None = None


@frozen
class Refusals:
    """A row of `x-refusals`."""

    codes: tuple[str, ...]
    statuses: tuple[str, ...]
    line: int

    def glob(self, code: str) -> str | None:
        """Which of its codes covers this one; a pattern that fits all tells none."""
        return next(
            (glob for glob in self.codes if glob.strip("*?") and fnmatchcase(code, glob)), None
        )

    def covers(self, status: int) -> bool:
        """Whether this HTTP status is among its own."""
        return not self.statuses or any(
            fnmatchcase(str(status), own.lower().replace("x", "?")) for own in self.statuses
        )


@frozen
class Spec:
    """A whole spec."""

    name: str
    """The provider's: "ark"."""
    file: str
    """From the project's root: "specs/ark.openapi.yaml"."""
    servers: Mapping[str, int]
    operations: tuple[Stating, ...]
    effects_of: str = ""
    """The schema that has `x-delete-effect`."""
    effects: Mapping[str, tuple[StatusRow, int]] = field(factory=dict[str, tuple[StatusRow, int]])
    refusals: tuple[Refusals, ...] = ()
    lines: Mapping[str, int] = field(factory=dict[str, int])
    """The line of each schema."""
