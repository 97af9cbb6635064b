"""The points of one operation: its parameters, its answer, its statuses, its limit.

Owns: which difference is one. A request is ours to get right, so what is said of it has to be the
same. Of an answer the spec may allow more than the page: that is a difference, and less is a
contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from .facts import Field, Operation, Place
from .said import Fact, Said, Verdict
from .stated import Answer, Stated, Stating
from .which import parameters
from .words import amounts

ANSWERS: Final = frozenset({"answer", "error"})
SECURITY: Final = frozenset({"authorization", "content-type", "accept"})
"""Headers that a spec says by its security scheme and media types."""


def of_operation(operation: Operation, stating: Stating) -> Iterator[Said]:
    """All that a page says of an operation, beside what the spec states."""
    yield from _request(operation, stating)
    yield from _answer(operation, "answer", f"{stating.id} 200", stating.answer, stating.line)
    yield from _answer(operation, "error", f"{stating.id} default", stating.refusal, stating.line)
    yield from _statuses(operation, stating)
    if operation.limit is not None:
        agrees = operation.limit == stating.limit
        verdict: Verdict = "agrees" if agrees else "contradicts" if stating.limit else "open"
        yield Said(
            stating.id,
            "requests a second",
            operation.limit,
            stating.limit,
            verdict,
            stating.line,
        )


def _request(operation: Operation, stating: Stating) -> Iterator[Said]:
    # A parameter in the path is told by where it stands, whatever it is called.
    here, there = parameters(operation.url), parameters(stating.path)
    called = dict(zip(here, there, strict=False))
    seen = {called[name] for name in here if name in called}
    fields = [
        field
        for field in operation.fields
        if field.place not in ANSWERS and field.name.casefold() not in SECURITY
    ]
    for field in fields:
        name = called.get(field.name, field.name)
        seen.add(name)
        if name in stating.request:
            yield from _field(field, stating.request[name])
            continue
        owner, line = stating.body or (stating.id, stating.line)
        full = f"{owner}.{name}" if field.place == "body" else f"{stating.id} {name}"
        yield _new(full, field, "contradicts", line, (owner, stating.id))
    for name, stated in stating.request.items():
        if fields and name not in seen:
            yield _gone(stated.name, stated.line)


def _answer(
    operation: Operation, place: Place, status: str, answer: Answer, whole: int
) -> Iterator[Said]:
    plain = {name.replace("[]", ""): stated for name, stated in answer.fields.items()}
    objects = {name.replace("[]", ""): schema for name, schema in answer.objects.items()}
    seen: set[str] = set()
    for field in operation.fields:
        if field.place != place:
            continue
        name = field.name.replace("[]", "")
        seen.add(name)
        if name in plain:
            yield from _field(field, plain[name])
            continue
        above, _, last = name.rpartition(".")
        while above and above not in plain:
            above, _, more = above.rpartition(".")
            last = f"{more}.{last}"
        if above and plain[above].members:
            inside = plain[above]
            row = (inside.name,)
            yield _new(f"{inside.name}.{last}", field, "differs", inside.line, row, row)
            continue
        owner, line = objects.get(above, (status, whole))
        near = (owner, status)
        yield _new(f"{owner}.{last}", field, "contradicts", line, near)
    for name, stated in plain.items():
        beside = {each.rpartition(".")[0] for each in seen}
        # A page need not name them all, but without these the generated code loses the answer.
        if stated.required and name not in seen and name.rpartition(".")[0] in beside:
            yield evolve(_gone(stated.name, stated.line), verdict="contradicts")


def _statuses(operation: Operation, stating: Stating) -> Iterator[Said]:
    others = f"{stating.id} default"
    for status in operation.answers:
        name = f"{stating.id} {status}"
        if status in stating.answers:
            yield Said(name, "", "there", "there", "agrees", stating.answers[status])
        elif "default" in stating.answers:
            # The spec's "any other" covers it; the row says which ones the vendor has.
            line, row = stating.answers["default"], (others,)
            yield Said(name, "", "there", None, "differs", line, row, row, vendor=status)
        else:
            yield Said(name, "", "there", None, "contradicts", stating.line, (stating.id,))
    errors = any(not status.startswith("2") for status in operation.answers)
    for status, line in stating.answers.items():
        if operation.answers and status not in operation.answers:
            if status == "default" and errors:
                continue
            yield _gone(f"{stating.id} {status}", line)


def _new(
    name: str,
    field: Field,
    verdict: Verdict,
    line: int,
    near: tuple[str, ...],
    explained_by: tuple[str, ...] = (),
) -> Said:
    kind = [] if field.place in ANSWERS else [field.place]
    value = ", ".join([*kind, *([field.type] if field.type else ())]) or "there"
    return Said(name, "", value, None, verdict, line, near, explained_by)


def _gone(name: str, line: int) -> Said:
    return Said(name, "", None, "there", "differs", line, explained_by=(name,))


# One field


def _field(field: Field, stated: Stated) -> Iterator[Said]:
    asked = stated.place not in ANSWERS
    name, line = stated.name, stated.line
    rows = (name, name.partition(".")[0])

    def said(what: str, value: Fact, ours: Fact, verdict: Verdict, *explained_by: str) -> Said:
        return Said(name, what, value, ours, verdict, line, rows, explained_by)

    def plain(what: str, value: Fact, ours: Fact) -> Iterator[Said]:
        if value is not None:
            silent = not asked and ours is None
            same: Verdict = "agrees" if value == ours else "open" if silent else "differs"
            yield said(what, value, ours, same, name)

    yield said("", "there", "there", "agrees")
    if asked:
        yield from plain("place", field.place, stated.place)
    if field.type:
        yield said("type", field.type, " or ".join(sorted(stated.types)), *_type(field, stated))
    if field.required is not None:
        # A caller has to send what is required there, and may find nothing where it is not.
        strict = field.required if asked else not field.required
        unlike: Verdict = "contradicts" if strict else "differs"
        same: Verdict = "agrees" if field.required == stated.required else unlike
        yield said(
            "required", field.required, stated.required, same, *(rows[:1] if asked else rows)
        )
    yield from plain("default", field.default, stated.default)
    for what, end, own, sign in (
        ("least", field.least, stated.least, 1),
        ("most", field.most, stated.most, -1),
    ):
        # What is sent may then be out of the vendor's range.
        beyond = asked and end is not None and (own is None or sign * end > sign * own)
        yield from [said(what, end, own, "contradicts")] if beyond else plain(what, end, own)
    for value in field.values:
        verdict: Verdict = "contradicts" if stated.values else "open"
        known = value in stated.values
        yield said(
            f"value {value}", "there", "there" if known else None, "agrees" if known else verdict
        )
    for value in stated.values if field.values and asked else ():
        if value not in field.values:
            yield said(f"value {value}", None, "there", "differs", name)
    if field.amounts:
        spoken = amounts(stated.words)
        clash = _clash(field.amounts, spoken)
        yield said("amounts", field.amounts, spoken or None, "contradicts" if clash else "open")
    if field.more:
        yield said("more", field.more, None, "open")
    if field.words:
        yield said("words", field.words, None, "open")


def _type(field: Field, stated: Stated) -> tuple[Verdict, *tuple[str, ...]]:
    kind = field.type or ""
    fits = {
        own
        for own in stated.types
        # Either may say only that it is an array.
        if own == kind
        or (own.startswith("array") and "array" in {own, kind} and kind[:5] == "array")
    }
    if not fits:
        return ("contradicts",)
    return ("agrees",) if len(stated.types) == 1 else ("differs", stated.name)


def _clash(theirs: tuple[str, ...], ours: tuple[str, ...]) -> bool:
    """Whether both give an amount in the same unit, and none that is the same."""

    def by_unit(said: tuple[str, ...]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for amount in said:
            number, _, unit = amount.partition(" ")
            found.setdefault(unit.rstrip("s"), set()).add(number)
        return found

    left, right = by_unit(theirs), by_unit(ours)
    return any(not left[unit] & right[unit] for unit in left.keys() & right.keys())
