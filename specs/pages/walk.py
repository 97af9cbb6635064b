"""Facts out of blocks: what Ark's pages say, in either form.

Owns: what is done with each kind of block, and with each kind of table. What a line says is in
lines.py, what a table's cells say in tables.py. Refuses silence: a table that says nothing that is
known, where it could say something that matters, is named in `troubles`.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define

from .blocks import Block, Group, Line, Sample, Table, plain
from .fieldrows import of_row
from .lines import Lines
from .parts import operation_in
from .tables import (
    Columns,
    error_rows,
    kind_of,
    limit_rows,
    rows,
    status_rows,
    strange,
    unordered,
)
from .words import rates


@define
class Walk(Lines):
    """What is known so far, while a page's blocks pass by."""

    def walk(self, blocks: Iterable[Block]) -> None:
        """Read blocks in the order of the page."""
        for block in blocks:
            match block:
                case Line(kind="heading"):
                    self.heading(block)
                case Line(kind="rule"):
                    self.current = None
                case Line():
                    self.line(block)
                case Table():
                    self._table(block)
                case Sample():
                    self._sample(block)
                case Group():
                    self._group(block)

    def done(self) -> None:
        """Take note that the page has ended."""
        self.part_ends()
        if self.homeless:
            names = ", ".join(self.homeless)
            self.troubles.append(
                f"{names}: whose fields they are; no method and URL is before them"
            )
        drafts = [draft for op in self.ops for part in op.drafts.values() for draft in part]
        for draft in drafts:
            if draft.vague and draft.least is draft.most is None and not draft.values:
                self.troubles.append(f"{draft.name}: a range that is told in words")

    def _sample(self, sample: Sample) -> None:
        if "\n" not in sample.text.strip() and (operation := operation_in(sample.text.strip())):
            self.operation(*operation)
        else:
            name = f"sample: {sample.title or self.note}"
            self.texts.setdefault(name, []).append(sample.text)

    def _group(self, group: Group) -> None:
        if self.current and (self.part in {"request", "answer"}):
            if group.title:
                self.current.words.append(group.title)
            self.walk(group.blocks)
            return
        above, self.note = self.note, self.note
        if group.title:
            name = group.title if group.kind == "tab" else f"{above}: {group.title}"
            self.note = self.new_note(name)
        self.walk(group.blocks)
        if group.kind != "fold":
            self.current = None
        if not any(isinstance(block, Line) and block.kind == "heading" for block in group.blocks):
            self.note = above

    def _table(self, table: Table) -> None:
        in_part = self.part in {"request", "answer"}
        kind, columns = kind_of(table, in_part, in_part and self.current is not None)
        for trouble in table.troubles:
            self.trouble(f"a table: {trouble}")
        for trouble in strange(table, kind):
            self.trouble(trouble)
        troubles: list[str] = []
        if kind == "status":
            found, troubles = status_rows(table, columns)
            self.texts.setdefault("headings of the table of statuses", []).append(
                unordered(table.rows[:1])
            )
            for name, status in found.items():
                if self.statuses.setdefault(name, status) != status:
                    troubles.append(f"status {name}: two tables differ")
        elif kind == "errors":
            codes, words, troubles = error_rows(table, columns, self.status)
            for code, statuses in codes.items():
                self.errors[code] = tuple(sorted({*self.errors.get(code, ()), *statuses}))
                self.error_words[code] = self.error_words.get(code, "") + words[code]
        elif kind == "limits":
            limits, troubles = limit_rows(table, columns)
            self.texts.setdefault(self.note, []).append(unordered(table.rows))
            for name, rate in limits.items():
                self.limit(name, rate)
        elif kind == "fields" and in_part:
            self._field_rows(table, columns)
            return
        elif kind == "values" and self.current:
            for _, row in rows(table):
                self.current.value(row[columns["value"]].strip('`"“” '))
            self.current.words.append(plain([table]))
        else:
            self._unknown(table, in_part)
        for trouble in troubles:
            self.trouble(trouble)
        self._nested(table)

    def _nested(self, table: Table) -> None:
        for row in table.rows:
            for inner in dict.fromkeys(block for cell in row for block in cell):
                if isinstance(inner, Table):
                    self._table(inner)

    def _unknown(self, table: Table, in_part: bool) -> None:
        text = plain([table])
        named = ", ".join(plain(cell).replace("\n", " ") for row in table.rows[:1] for cell in row)
        if in_part or self.part == "errors":
            self.trouble(f"a table whose headings no rule knows: {named}")
        if self.current and in_part:
            self.current.words.append(text)
        else:
            self.texts.setdefault(self.note, []).append(text)
            for number, row in rows(table):
                for rate, _ in rates(" ".join(row)):
                    self.limit(row[0] or f"{self.note}, row {number}", rate)

    def _field_rows(self, table: Table, columns: Columns) -> None:
        above = ""
        for number, row in rows(table):
            read = of_row(row, columns, above)
            if isinstance(read, str):
                self.trouble(f"a table, row {number}: {read}")
                continue
            draft, troubles = read
            if "sub" in columns:
                above = draft.name.partition(".")[0]
            self.declare(draft)
            for trouble in troubles:
                self.trouble(trouble)
            if "text" in columns:
                self.walk(table.rows[number - 1][columns["text"]])
        self.current = None
