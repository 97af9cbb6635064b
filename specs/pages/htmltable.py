"""Tables that a Markdown page writes in HTML, with merged cells and tables in cells.

Owns: finding them, and what a tag within a cell stands for. Refuses facts, and other HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from attrs import define, field

from .blocks import Block, Cell, Line, Span, Table, filled
from .inline import runs

TABLE = "html-table"
_EDGE = re.compile(r"<(/?)table\b[^>]*>", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(```+|~~~+).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_INLINE = {"b", "strong", "code", "br", "a", "span", "sup", "mark", "em", "i"}


def lines(text: str) -> Iterator[Line]:
    """The lines of a paragraph, each with its runs; empty ones aside."""
    for part in re.split(r"\n|<br\s*/?>", text):
        words = runs(part.strip())
        if any(run.text.strip("\xa0 \t*") for run in words):
            yield Line(words)


def tables_fenced(text: str) -> str:
    """The page with each table in HTML fenced, so that blank lines in one do not end it."""
    fenced = [found.span() for found in _FENCE.finditer(text)]
    pieces: list[str] = []
    place = depth = begin = 0
    for edge in _EDGE.finditer(text):
        if any(start <= edge.start() < end for start, end in fenced):
            continue
        if not edge[1]:
            begin = begin if depth else edge.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                table = text[begin : edge.end()]
                pieces += [text[place:begin], f"\n\n~~~~~~{TABLE}\n{table}\n~~~~~~\n\n"]
                place = edge.end()
    return "".join([*pieces, text[place:]])


@define
class _Open:
    """A table that is being read."""

    rows: list[list[Span]] = field(factory=list[list[Span]])
    text: list[str] = field(factory=list[str])
    blocks: list[Block] = field(factory=list["Block"])
    size: tuple[int, int] = (1, 1)
    in_cell: bool = False


def table_of(text: str, cell: Callable[[str], Cell]) -> Table:
    """A table from its HTML; `cell` reads the text of a cell."""
    reader = _Reader(cell)
    reader.feed(text)
    reader.close()
    return reader.table


class _Reader(HTMLParser):
    def __init__(self, cell: Callable[[str], Cell]) -> None:
        super().__init__(convert_charrefs=False)
        self.cell = cell
        self.open: list[_Open] = []
        self.table = Table(())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell; keep what styles a line as it is written."""
        if tag == "table":
            self._text_ends()
            self.open.append(_Open())
        elif not self.open:
            return
        elif tag == "tr":
            self._cell_ends()
            self.open[-1].rows.append([])
        elif tag in {"td", "th"}:
            self._cell_ends()
            sizes = {name: value for name, value in attrs if value and value.isdecimal()}
            self.open[-1].in_cell = True
            self.open[-1].size = (_size(sizes, "rowspan"), _size(sizes, "colspan"))
        elif tag in {"li", "p", "ul", "ol"}:
            self.open[-1].text.append("\n* " if tag == "li" else "\n")
        elif tag in _INLINE or tag == "div":
            self.open[-1].text.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        """End what began with the tag."""
        if not self.open:
            return
        if tag == "table":
            self._cell_ends()
            done = filled(self.open.pop().rows)
            if self.open:
                self.open[-1].blocks.append(done)
            else:
                self.table = done
        elif tag in {"td", "th", "tr"}:
            self._cell_ends()
        elif tag in {"li", "p"}:
            self.open[-1].text.append("\n")
        elif tag in _INLINE or tag == "div":
            self.open[-1].text.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if self.open:
            self.open[-1].text.append(data)

    def handle_entityref(self, name: str) -> None:
        """Keep a name for a character; the line's reader knows it."""
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Keep a number for a character."""
        self.handle_data(f"&#{name};")

    def _text_ends(self) -> None:
        if self.open and self.open[-1].in_cell:
            self.open[-1].blocks += self.cell("".join(self.open[-1].text))
            self.open[-1].text.clear()

    def _cell_ends(self) -> None:
        table = self.open[-1]
        if table.in_cell:
            self._text_ends()
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(Span(tuple(table.blocks), *table.size))
        table.in_cell = False
        table.blocks.clear()
        table.text.clear()


def _size(sizes: dict[str, str], name: str) -> int:
    return max(1, int(sizes.get(name, "1")[:4]))
