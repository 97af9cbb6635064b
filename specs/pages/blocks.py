"""A page as blocks: what rich text and Markdown have in common, before anything is read out of it.

Owns: the classes of blocks, the plain text of one, and how merged cells fill a table. Refuses to
know what a vendor's words mean: that is in words.py, tables.py and walk.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias, TypeGuard, Union

from attrs import frozen

Block: TypeAlias = Union["Line", "Sample", "Table", "Group"]
Cell: TypeAlias = tuple[Block, ...]

REQUIRED = "required"
"""The text of the run that stands for a "required" badge, however a page draws it."""


@frozen
class Run:
    """A piece of a line in one style."""

    text: str
    bold: bool = False
    code: bool = False


@frozen
class Line:
    """One line. `level` is a heading's level, or how deep a list's item is; both begin at 1."""

    runs: tuple[Run, ...]
    kind: Literal["text", "heading", "item", "quote", "rule"] = "text"
    level: int = 0
    ordered: bool = False

    @property
    def text(self) -> str:
        """The line without its style."""
        return re.sub(r"\s+", " ", "".join(run.text for run in self.runs)).strip()


@frozen
class Sample:
    """Code, by its language; `title` where a page has one."""

    text: str
    language: str = ""
    title: str = ""


@frozen
class Table:
    """Rows of equally many cells; the first row has the headings."""

    rows: tuple[tuple[Cell, ...], ...]
    troubles: tuple[str, ...] = ()
    """What is odd about its shape, and so may be read wrongly."""


@frozen
class Group:
    """Blocks in a frame: a tip, one tab of several, or a part that unfolds."""

    kind: Literal["tip", "tab", "fold"]
    title: str
    blocks: tuple[Block, ...]


def plain(blocks: Iterable[Block]) -> str:
    """All text in blocks, a line each, without style."""
    return "\n".join(_lines(blocks))


def prose(blocks: Iterable[Block]) -> str:
    """The text in blocks, code samples aside: what tells the language."""
    return "\n".join(_lines(block for block in blocks if not isinstance(block, Sample)))


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Line():
                yield block.text
            case Sample():
                yield block.text
            case Table():
                for row in block.rows:
                    yield " | ".join(plain(cell).replace("\n", " ") for cell in row)
            case Group():
                yield block.title
                yield from _lines(block.blocks)


def tips_joined(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with the lines of a tip, which come one by one, in one frame under its title."""
    joined: list[Block] = []
    for block in blocks:
        before = joined[-1] if joined else None
        if _is_tip(block) and not block.title and before is not None and _is_tip(before):
            joined[-1] = Group("tip", before.title, before.blocks + block.blocks)
        else:
            joined.append(block)
    return joined


def _is_tip(block: Block) -> TypeGuard[Group]:
    return isinstance(block, Group) and block.kind == "tip"


@frozen
class Span:
    """A cell as it is written, with the rows and columns that it covers."""

    cell: Cell
    rows: int = 1
    columns: int = 1


WIDEST = 100
"""Columns that a table may have: no page has more, and a slip must not fill the memory."""


def filled(rows: Sequence[Sequence[Span]]) -> Table:
    """A table in which a merged cell stands at every place that it covers."""
    grid: list[dict[int, Cell]] = [{} for _ in rows]
    for number, row in enumerate(rows):
        column = 0
        for span in row:
            while column in grid[number]:
                column += 1
            for below in grid[number : number + span.rows]:
                for beside in range(column, min(column + span.columns, WIDEST)):
                    below.setdefault(beside, span.cell)
    width = max((max(row, default=-1) + 1 for row in grid), default=0)
    return Table(
        tuple(tuple(row.get(column, ()) for column in range(width)) for row in grid),
        tuple(
            f"row {number} has {len(row)} cells, where others have {width}"
            for number, row in enumerate(grid, start=1)
            if len(row) < width
        ),
    )
