"""Ark's rich text: JSON of operations in nested zones, as blocks.

Owns: how zones hang together (tables, tabs, tips, folded parts), which attribute means what, and
where the samples are.
Refuses to leave out a zone: one that nothing shows is read at the end, and named as such.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from .blocks import REQUIRED, Block, Group, Line, Run, Sample, Span, Table, filled, tips_joined
from .values import is_list, is_node, items, node, nodes, text

Attributes: TypeAlias = Mapping[str, str]
Op: TypeAlias = tuple[str, Attributes]
DEEPEST = 20
"""Zones in zones: more is a mistake in the page."""


def zones_of(document: object) -> dict[str, Any] | None:
    """The zones of a parsed page by their ids, or None where it is no rich text."""
    for _ in range(3):
        fields = node(document)
        if zones := {key: zone for key, zone in fields.items() if is_list(node(zone).get("ops"))}:
            return zones
        document = fields.get("data")
    return None


def blocks_of(zones: Mapping[str, Any]) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The blocks of a page, and what was not understood in how its zones hang together."""
    reader = _Zones(zones)
    blocks = [*reader.zone("0" if "0" in zones else next(iter(zones)), 0)]
    for zone in sorted(set(zones) - reader.seen):
        if zone in reader.seen:
            continue
        found = reader.zone(zone, 0)
        blocks += found
        # The panel beside the text has the samples, and nothing refers to it.
        if any(not isinstance(block, Sample) and _says(block) for block in found):
            reader.troubles.append(f"zone {zone}: nothing on the page shows it")
    return tuple(blocks), tuple(reader.troubles)


def _says(block: Block) -> bool:
    return not isinstance(block, Line) or bool(block.text)


class _Zones:
    def __init__(self, zones: Mapping[str, Any]) -> None:
        self.zones = zones
        self.seen: set[str] = set()
        self.troubles: list[str] = []

    def zone(self, zone: str, depth: int) -> list[Block]:
        if zone in self.seen or depth > DEEPEST:
            self.troubles.append(f"zone {zone}: it is shown in more than one place")
            return []
        if zone not in self.zones:
            self.troubles.append(f"zone {zone}: it is shown, but not there")
            return []
        self.seen.add(zone)
        blocks: list[Block] = []
        for style, line in _split(self._ops(zone)):
            blocks += self._line(style, line, depth)
        return tips_joined(blocks)

    def _ops(self, zone: str) -> Iterator[Op]:
        for op in items(self.zones[zone]["ops"]):
            fields = node(op)
            inserted, attributes = fields.get("insert"), fields.get("attributes")
            if isinstance(inserted, str):
                yield inserted, _attributes(attributes)
            elif not is_node(inserted):
                self.troubles.append(f"zone {zone}: an operation that inserts no text")

    def _line(self, style: Attributes, line: list[Op], depth: int) -> Iterator[Block]:
        runs: list[Run] = []
        inside: list[Block] = []
        for shown, attributes in line:
            if blocks := self._embedded(attributes, depth):
                inside += blocks
            elif run := _run(shown, attributes):
                runs.append(run)
        if any(run.text.strip() for run in runs) or "horizontal-line" in style:
            yield _styled(style, tuple(runs))
        yield from inside

    def _embedded(self, attributes: Attributes, depth: int) -> list[Block]:
        """What stands in a line as a block of its own, in zones of its own."""
        if "aceTable" in attributes:
            return [self._table(attributes["aceTable"], depth)]
        if "apiSampleData" in attributes:
            found = _samples_of(attributes["apiSampleData"])
            if not found:
                self.troubles.append("a code sample whose form is not known")
            return [*found]
        if "tabsZoneId" in attributes:
            return self.zone(attributes["tabsZoneId"], depth + 1)
        if "horizontal-line" in attributes:
            return [Line((), "rule")]
        names = attributes.get("zoneIds") or attributes.get("zoneId") or ""
        inside = [
            block
            for name in dict.fromkeys(re.split(r"[,\s]+", names))
            if name and name not in self.seen
            for block in self.zone(name, depth + 1)
        ]
        if not inside:
            return []
        title = attributes.get("title", "")
        if "tabContent" in attributes:
            return [Group("tab", title, tuple(inside))]
        tip = any("highlight" in name or name == "tips" for name in attributes)
        return [Group("tip" if tip else "fold", title, tuple(inside))]

    def _table(self, sides: str, depth: int) -> Table:
        rows, columns = (self._ids(side) for side in [*sides.split(), "", ""][:2])
        grid: list[list[Span]] = []
        covered: set[tuple[int, int]] = set()
        lost: list[str] = []
        for down, row in enumerate(rows):
            grid.append([])
            for across, column in enumerate(columns):
                names = {f"x{row}x{column}", f"x{row}{column}"} & set(self.zones)
                if (down, across) in covered:
                    self.seen |= names
                    continue
                span = self._cell(min(names), depth) if names else None
                if span is None:
                    lost.append(f"row {down + 1} has no cell in column {across + 1}")
                    span = Span(())
                grid[-1].append(span)
                covered |= {
                    (down + below, across + beside)
                    for below in range(min(span.rows, len(rows)))
                    for beside in range(min(span.columns, len(columns)))
                }
        table = filled(grid)
        if not grid or not columns:
            lost.append(f"its rows or columns are not there ({sides})")
        return Table(table.rows, (*table.troubles, *lost))

    def _ids(self, zone: str) -> list[str]:
        self.seen.add(zone)
        inserts = (op.get("insert") for op in nodes(node(self.zones.get(zone)).get("ops")))
        return [name for insert in inserts if (name := text(node(insert).get("id")))]

    def _cell(self, zone: str, depth: int) -> Span:
        sizes: dict[str, int] = {}
        places: list[object] = [self.zones[zone]]
        places += [attributes for _, attributes in self._ops(zone)]
        for place in places:
            for key, value in _attributes(place).items():
                if key.casefold() in {"rowspan", "colspan"} and value.isdecimal():
                    sizes[key.casefold()] = max(1, int(value[:4]))
        cell = tuple(self.zone(zone, depth + 1))
        return Span(cell, sizes.get("rowspan", 1), sizes.get("colspan", 1))


def _attributes(attributes: object) -> Attributes:
    fields = node(attributes).items()
    return {key: str(value) for key, value in fields if isinstance(value, str | int)}


def _split(ops: Iterator[Op]) -> Iterator[tuple[Attributes, list[Op]]]:
    """The lines of a zone, each with the style that its marker gives it."""
    style: Attributes = {}
    line: list[Op] = []
    for shown, attributes in ops:
        if "lmkr" in attributes:
            style = attributes
            continue
        first, *more = shown.split("\n")
        line.append((first, attributes))
        for part in more:
            yield style, line
            style, line = {}, [(part, attributes)] if part else []
    if line:
        yield style, line


def _run(shown: str, attributes: Attributes) -> Run | None:
    if tag := attributes.get("apiTag", ""):
        word = tag.split("|")[0]
        return Run(REQUIRED if word.startswith("require") else word, code=True)
    if "image" in attributes or "IMAGE" in attributes or not shown:
        return None
    return Run(shown, "bold" in attributes, "inlineCode" in attributes)


def _styled(style: Attributes, runs: tuple[Run, ...]) -> Block:
    if "horizontal-line" in style and not any(run.text.strip() for run in runs):
        return Line((), "rule")
    if "heading" in style:
        return Line(runs, "heading", _number(style["heading"]))
    if "list" in style:
        return Line(runs, "item", _number(style["list"]), "number" in style["list"])
    if "tips" in style:
        title = '"isTitle":true' in style["tips"].replace(" ", "")
        return Group("tip", Line(runs).text, ()) if title else Group("tip", "", (Line(runs),))
    return Line(runs, "quote" if "blockquote" in style else "text")


def _number(word: str) -> int:
    found = re.search(r"\d", word)
    return int(found.group()) if found else 1


# The code samples beside the text, which an attribute has as JSON


def _samples_of(data: str) -> list[Sample]:
    """Each request and each answer, titled with the names of its tabs; none of another form."""
    try:
        return list(_leaves(json.loads(data), ()))
    except (ValueError, RecursionError):
        return []


def _leaves(data: object, titles: tuple[str, ...]) -> Iterator[Sample]:
    for item in items(data):
        yield from _leaves(item, titles)
    fields = node(data)
    title = text(fields.get("title"))
    titles = (*titles, title) if title else titles
    for key, what in (("inputCode", "request"), ("outputCode", "answer")):
        if (code := text(fields.get(key))).strip():
            yield Sample(code, title=" / ".join((*titles, what)))
    for key in ("data", "children"):
        if key in fields:
            yield from _leaves(fields[key], titles)
