"""What has to be explained: a page's points, the rows of specs/README.md, and what was kept.

Owns: the rule by which a difference passes. It passes if a row under "Departures" is about that
statement, and the page still says what it said when it was kept in specs/facts/ (at the first
reading, the row alone is enough). Whatever else differs from the spec, or from what was kept, does
not pass, even where the page and the spec now agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from . import which
from .facts import Page
from .kept import Kept, find, key, label_of, renamed, retitled
from .points import points
from .rows import Departure, Rows
from .said import Fact, Said
from .stated import Spec, Stated, Stating

Kind: TypeAlias = Literal["agrees", "open", "departs", "new", "gone", "changed"]


@frozen
class Finding:
    """One point, judged."""

    kind: Kind
    said: Said
    before: Fact
    """What the spec has; or, with `since`, what the page said when it was kept."""
    after: Fact
    since: str = ""
    row: int | None = None
    """The line in specs/README.md that it touches."""

    @property
    def explained(self) -> bool:
        """Whether nobody has to look at it."""
        return self.kind in {"agrees", "open", "departs"}


@frozen
class Check:
    """A page held against its spec."""

    page: Page
    spec: Spec
    before: Kept | None
    """What was kept of the page."""
    points: tuple[Said, ...]
    findings: tuple[Finding, ...]

    @property
    def unexplained(self) -> list[Finding]:
        """What somebody has to look at."""
        return [finding for finding in self.findings if not finding.explained]


def check(page: Page, spec: Spec, rows: Rows, known: list[Kept]) -> Check:
    """Hold a page against a spec, and against what was kept of it."""
    before = find(page, spec, known)
    expected = before.points.keys() if before else frozenset[str]()
    said = _by_key(points(page, spec, which.pairs(page, spec, expected)))
    moved = retitled(said, before)
    old = renamed(before, moved)
    gone = {name: _vanished(name, spec) for name in (old.points if old else ()) if name not in said}
    judged = [_judge(point, rows, old) for _, point in sorted({**said, **gone}.items())]
    told = [*_without_details(judged, spec)]
    for was, now in moved.items():
        point = evolve(said[f"{now}: words"], what="title")
        since = before.date if before else ""
        told.append(Finding("changed", point, was, now, since, _row(point, rows)))
    return Check(page, spec, before, tuple(said.values()), tuple(told))


def _vanished(name: str, spec: Spec) -> Said:
    """A point that was kept and is no longer there."""
    statement, _, what = name.partition(": ")
    line, near = _place(statement, spec)
    return Said(statement, what, line=line, near=near, label=label_of(statement))


def _without_details(findings: list[Finding], spec: Spec) -> Iterator[Finding]:
    """The findings, without those that say of something gone what it had been."""
    named = {finding.said.name for finding in findings}
    here = {finding.said.name for finding in findings if finding.said.value is not None}
    told: set[str] = set()
    for operation in spec.operations:
        if operation.id in named - here:
            told |= {name for name in named - here if name.startswith(f"{operation.id} ")}
            told |= {field.name for field in _fields(operation)}
    for finding in findings:
        if finding.said.name in here or finding.said.name not in told:
            yield finding
        if finding.said.name not in here:
            told.add(finding.said.name)


def _fields(operation: Stating) -> list[Stated]:
    answers = (operation.answer, operation.refusal)
    return [
        *operation.request.values(),
        *(stated for answer in answers for stated in answer.fields.values()),
    ]


def _by_key(found: Iterable[Said]) -> dict[str, Said]:
    """The points by what they are called in a file, each once.

    Where two operations share a schema, what differs from the spec is the one that counts.
    """
    said: dict[str, Said] = {}
    for point in found:
        name = key(point.name, point.what)
        if name not in said or said[name].verdict in {"agrees", "open"}:
            said[name] = point
    return said


def _place(statement: str, spec: Spec) -> tuple[int | None, tuple[str, ...]]:
    """The line of a statement that a page no longer has, and whose rows it touches."""
    for operation in spec.operations:
        if statement == operation.id:
            return operation.line, ()
        for stated in _fields(operation):
            if stated.name == statement:
                return stated.line, ()
    code = statement.removeprefix("code ")
    for row in spec.refusals if code != statement else ():
        if glob := row.glob(code):
            return row.line, (glob,)
    status = statement.removeprefix(f"{spec.effects_of} ")
    return spec.effects[status][1] if status in spec.effects else None, ()


def _judge(said: Said, rows: Rows, before: Kept | None) -> Finding:
    old = before.points.get(key(said.name, said.what)) if before else None
    differs = said.verdict in {"differs", "contradicts"}
    departure = _departure(said, rows.departures)
    row = _row(said, rows)
    if differs and not departure:
        return Finding(_kind(said.stated, said.value), said, said.stated, said.value, row=row)
    if before and old != said.value:
        row = departure.line if departure else row
        return Finding(_kind(old, said.value), said, old, said.value, before.date, row)
    if said.unseen and not before:
        return Finding(_kind(said.stated, said.value), said, said.stated, said.value, row=row)
    if departure:
        return Finding("departs", said, said.stated, said.value, row=departure.line)
    return Finding("agrees" if said.verdict == "agrees" else "open", said, said.stated, said.value)


def _kind(before: Fact, after: Fact) -> Kind:
    return "new" if before is None else "gone" if after is None else "changed"


def _departure(said: Said, departures: Mapping[str, tuple[Departure, ...]]) -> Departure | None:
    if said.verdict != "differs":
        return None
    found = [row for name in said.explained_by for row in departures.get(name, ())]
    return next((row for row in found if said.vendor in row.vendor), None)


def _row(said: Said, rows: Rows) -> int | None:
    lines = (
        table.get(name) for name in (said.name, *said.near) for table in (rows.sources, rows.codes)
    )
    return next((line for line in lines if line), None)
