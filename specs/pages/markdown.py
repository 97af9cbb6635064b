"""Markdown as blocks: headings, lists, tables, code, and the tags that vendors put in between.

Owns: what a tag or a frame (`<Tabs>`, `<div data-tips>`, `:::tip`) stands for. markdown-it finds
the blocks, inline.py reads a line, htmltable.py a table in HTML. Refuses to read facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import define, field
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .blocks import Block, Cell, Group, Line, Sample, Span, Table, filled, tips_joined
from .htmltable import TABLE, lines, table_of, tables_fenced
from .inline import runs

# Lines are read by inline.py.
_PARSER = MarkdownIt("commonmark", {"html": True}).enable("table").disable("inline")
_TIP = re.compile(r"<div[^>]*\bdata-tips\b([^>]*)>(.*?)</div>", re.DOTALL | re.IGNORECASE)
_TAB = re.compile(r"<Tab(?:s\.TabPane)?\b(?![s.])(?:[^>]*?\btitle=\"([^\"]*)\")?[^>]*>")
_FRAME = re.compile(r"^[ \t]*:::[ \t]*(\w*)[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_PANE = re.compile(
    r"<Tabs\.TabPane\s+title=\"([^\"]*)\"[^>]*>\s*<RenderMd\s+content=\{`(.*?)`\}>", re.DOTALL
)
_OPENS = ("<details", "<columnsitem")
_CLOSES = ("</details", "</columnsitem", "</tab>", "</tabs.tabpane")


def blocks_of(text: str) -> tuple[Block, ...]:
    """The blocks of a page in Markdown."""
    text = tables_fenced(text.replace("\r\n", "\n"))
    # A tag of its own line for each frame, so that it is a block whatever stands beside it.
    text = _FRAME.sub(lambda found: f"\n<frame {found[1]}>{found[2]}</frame>\n", text)
    tokens = _PARSER.parse(text)
    return tuple(_framed([*_Tokens(tokens).blocks(len(tokens))]))


@define
class _Tag:
    """Where a frame begins or ends; it is gone when the blocks are done."""

    kind: str
    title: str = ""


@define
class _Tokens:
    tokens: Sequence[Token]
    place: int = 0
    depth: int = 0
    ordered: list[bool] = field(factory=list[bool])
    quoted: int = 0
    first: bool = False

    def blocks(self, end: int) -> Iterator[Block | _Tag]:
        while self.place < end:
            token = self.tokens[self.place]
            self.place += 1
            match token.type:
                case "bullet_list_open" | "ordered_list_open":
                    self.depth += 1
                    self.ordered.append(token.type.startswith("ordered"))
                case "bullet_list_close" | "ordered_list_close":
                    self.depth -= 1
                    self.ordered.pop()
                case "list_item_open":
                    self.first = True
                case "blockquote_open":
                    self.quoted += 1
                case "blockquote_close":
                    self.quoted -= 1
                case "heading_open":
                    words = runs(self.tokens[self.place].content)
                    yield Line(words, "heading", int(token.tag[1]))
                    self.place += 2
                case "inline":
                    yield from self._lines(token.content)
                case "fence" | "code_block":
                    yield from self._code(token)
                case "hr":
                    yield Line((), "rule")
                case "html_block":
                    yield from self._html(token.content)
                case "table_open":
                    yield self._table()
                case _:
                    pass

    def _lines(self, text: str) -> Iterator[Block | _Tag]:
        if _TIP.search(text):
            yield from self._html(text)
            return
        for line in lines(text):
            yield self._line(line)

    def _line(self, line: Line) -> Line:
        if self.depth:
            # What follows in an item is a line of its own, but not an item.
            if not self.first:
                return line
            self.first = False
            return Line(line.runs, "item", self.depth, self.ordered[-1])
        return Line(line.runs, "quote") if self.quoted else line

    def _code(self, token: Token) -> Iterator[Block | _Tag]:
        language = token.info.strip()
        if language == TABLE:
            yield table_of(token.content, _cell)
        elif panes := _PANE.findall(token.content):
            for title, inside in panes:
                yield Group("tab", title, blocks_of(inside.replace("\\\\", "\\")))
        else:
            language, _, title = language.partition(" ")
            yield Sample(token.content.rstrip("\n"), language, title.strip())

    def _html(self, text: str) -> Iterator[Block | _Tag]:
        place = 0
        for found in _TIP.finditer(text):
            yield from self._tags(text[place : found.start()])
            title = "is-title" in found[1]
            inside = tuple(line for line in lines(found[2]))
            yield _Tag("tip title", found[2].strip()) if title else Group("tip", "", inside)
            place = found.end()
        yield from self._tags(text[place:])

    def _tags(self, text: str) -> Iterator[Block | _Tag]:
        for part in re.split(r"(<TabTitle>.*?</TabTitle>|<frame .*?</frame>|<[^>]*>)", text):
            lowered = part.casefold()
            if found := re.match(r"<frame (\w*)>(.*?)</frame>", part):
                kind = "open tab" if found[1] == "tab" else "open tip"
                yield _Tag(kind, found[2]) if found[1] else _Tag("close")
            elif found := _TAB.match(part):
                yield _Tag("open tab", found[1] or "")
            elif lowered.startswith(_OPENS):
                yield _Tag("open fold")
            elif lowered.startswith(_CLOSES):
                yield _Tag("close")
            elif not part.startswith("<"):
                yield from (self._line(line) for line in lines(part))

    def _table(self) -> Table:
        rows: list[list[Span]] = []
        while (token := self.tokens[self.place]).type != "table_close":
            self.place += 1
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(Span(_cell(token.content)))
        self.place += 1
        return filled(rows)


def _cell(text: str) -> Cell:
    """What stands in a cell: lines, lists and tips, written with `<br>` for a new line."""
    blocks: list[Block | _Tag] = []
    text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
    place = 0
    for found in _TIP.finditer(text):
        blocks += _cell_lines(text[place : found.start()])
        title = "is-title" in found[1]
        blocks.append(
            _Tag("tip title", found[2]) if title else Group("tip", "", tuple(lines(found[2])))
        )
        place = found.end()
    blocks += _cell_lines(text[place:])
    return tuple(_framed(blocks))


def _cell_lines(text: str) -> Iterator[Line]:
    for part in text.split("\n"):
        item = re.match(r"\s*[*•-]\s+(?=\S)", part)
        for line in lines(part[item.end() :] if item else part):
            yield Line(line.runs, "item", 1) if item else line


def _framed(blocks: Sequence[Block | _Tag]) -> list[Block]:
    """The blocks with frames around what stands between a frame's tags; one left open ends last."""
    frames: list[tuple[_Tag, list[Block]]] = [(_Tag("page"), [])]

    def close() -> None:
        tag, inside = frames.pop()
        kinds: dict[str, Literal["tip", "tab"]] = {"open tip": "tip", "open tab": "tab"}
        frame = Group(kinds.get(tag.kind, "fold"), tag.title, tuple(tips_joined(inside)))
        frames[-1][1].append(frame)

    for block in blocks:
        if not isinstance(block, _Tag):
            frames[-1][1].append(block)
        elif block.kind == "tip title":
            frames[-1][1].append(Group("tip", block.title, ()))
        elif block.kind.startswith("open "):
            frames.append((block, []))
        elif len(frames) > 1:
            close()
    while len(frames) > 1:
        close()
    return tips_joined(frames[0][1])
