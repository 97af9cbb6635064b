"""Facts out of lines, from the top of a page to its end: headings, operations, fields, notes.

Owns: which part of a page a line stands in, and so whose field it is. What words mean is in
words.py and parts.py. Refuses silence: a part that says nothing that is known is named.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import define, field

from .blocks import Line
from .facts import Place, StatusRow
from .fields import Draft, declared, listed
from .operations import Op, full_name
from .parts import (
    Part,
    is_about_all,
    is_structure,
    operation_in,
    part_of,
    place_named,
    says_nothing,
)
from .words import rates

TOP: Final = "(top)"
"""The title of what stands before any heading."""


@define
class Lines:
    """What is known so far, while a page's lines pass by."""

    ops: list[Op] = field(factory=list[Op])
    statuses: dict[str, StatusRow] = field(factory=dict[str, StatusRow])
    errors: dict[str, tuple[int, ...]] = field(factory=dict[str, tuple[int, ...]])
    error_words: dict[str, str] = field(factory=dict[str, str])
    limits: dict[str, float] = field(factory=dict[str, float])
    texts: dict[str, list[str]] = field(factory=dict[str, list[str]])
    troubles: list[str] = field(factory=list[str])
    title: str = ""
    note: str = TOP
    part: Part = ""
    part_level: int = 0
    part_title: str = ""
    part_empty: bool = False
    place: Place | None = None
    current: Draft | None = None
    status: tuple[int, ...] = ()
    """That of the heading, for the error codes below it."""
    homeless: list[str] = field(factory=list[str])

    def trouble(self, why: str) -> None:
        """Name what was seen and not read, with where it is."""
        where = self.current.name if self.current else self.note
        self.troubles.append(f"{where}: {why}")

    def heading(self, line: Line) -> None:
        """Take a heading: it may begin a part, or declare a field."""
        text = line.text
        if self.part and (draft := declared(line, in_field=False)):
            self.declare(draft)
            return
        self.current = None
        if line.level == 1 and not self.title and not self.ops:
            self.title, self.note = text, TOP
            return
        self.note = self.new_note(text)
        found = re.match(r"(?:HTTP\s*)?([1-5]\d\d)\b", text)
        self.status = (int(found[1]),) if found else ()
        part = part_of(text)
        if part and (part != self.part or line.level <= self.part_level):
            self.part_ends()
            self.part, self.part_level, self.part_title = part, line.level, text
            self.part_empty, self.place = part != "samples", None
        elif line.level <= self.part_level:
            self.part_ends()
            self.part, self.part_level = "", 0
        self.place = place_named(text) or (self.place if line.level > self.part_level else None)

    def part_ends(self) -> None:
        """Take note that the request's or the answer's part has ended."""
        if self.part in {"request", "answer"} and self.part_empty and self.ops:
            self.troubles.append(
                f"{self.part_title}: no field in it, and not said that it has none"
            )
        self.part_empty = False

    def new_note(self, title: str) -> str:
        """A title for what follows, other than those before."""
        name, number = title, 1
        while name in self.texts:
            number += 1
            name = f"{title} ({number})"
        return name

    def line(self, line: Line) -> None:
        """Take a line: an operation, a field, what explains a field, or a note."""
        text = line.text
        if not text or is_structure(text):
            return
        if self.part == "request" and self.ops and is_about_all(text):
            self.ops[-1].place = place_named(text) or self.ops[-1].place
        if operation := operation_in(text):
            self.operation(*operation)
        elif self.part in {"request", "answer"} and (
            draft := declared(line, in_field=self.current is not None)
        ):
            self.declare(draft)
        elif self.current and self._explains(line):
            self.current.tell(line)
        else:
            self._say(text)

    def _explains(self, line: Line) -> bool:
        return self.part in {"request", "answer"} and (
            line.kind != "quote" or listed(line) is not None
        )

    def _say(self, text: str) -> None:
        """Take a line that is no field's."""
        self.texts.setdefault(self.note, []).append(text)
        if says_nothing(text):
            self.part_empty = False
        found = rates(text)
        # A list of limits has a name before each; a sentence on the page of one operation has none.
        for rate, before in found:
            op = self.ops[-1] if self.ops and len({rate for rate, _ in found}) == 1 else None
            clause = re.split(r"[,，。;；\n]", before)[-1]
            name = re.split(r"[:：]", clause)[0].strip(" *`-")
            if op is None:
                self.limit(name or self.note, rate)
            elif op.rate not in {None, rate}:
                self.trouble(f"a second limit, {rate:g} a second beside {op.rate:g}")
            else:
                op.rate = rate

    def limit(self, name: str, rate: float) -> None:
        """Take a limit on what `name` says."""
        if self.limits.setdefault(name, rate) != rate:
            self.trouble(f"two limits for {name!r}")

    def operation(self, method: str, url: str) -> None:
        """Take the operation that what follows is about."""
        if any((op.method, op.url) == (method, url) for op in self.ops):
            return
        self.part_ends()
        self.ops.append(Op(method, url))
        self.part, self.part_level, self.place, self.current = "", 0, None, None

    def declare(self, draft: Draft) -> None:
        """Take a field."""
        if not self.ops:
            self.homeless.append(draft.name)
            return
        before = self.ops[-1].drafts[self.part]
        draft.name = full_name(draft, before)
        draft.place = draft.place or self.place
        self.part_empty = False
        self.current = draft
        if draft.unread:
            self.trouble(f"{', '.join(draft.unread)}: not known what it says of the field")
        if any((old.name, old.place) == (draft.name, draft.place) for old in before):
            self.trouble("it is declared twice")
            return
        before.append(draft)
