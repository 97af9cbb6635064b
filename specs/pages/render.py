"""A page as plain Markdown, for people: its blocks, which give the same facts when read again, and
an OpenAPI document as an outline.

Owns: how a block is written, and a document's facts. Refuses tags, and to show what is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .blocks import Block, Cell, Group, Line, Run, Sample, Table
from .facts import Field, Operation
from .openapi import Reader

_SPECIAL = re.compile(r"([\\`*<|]|(?<=_)_)")
_AT_START = re.compile(r"(?=[-+#>]+(?:\s|$)|[-=]{2,}$|:::)|(?<=^\d)(?=[.)]\s)")


def markdown_of(blocks: Iterable[Block], title: str = "") -> str:
    """The blocks as a page of Markdown."""
    parts = [f"# {title}"] if title else []
    before: Block | None = None
    for block in blocks:
        text = "\n".join(_written(block))
        # Items of a list are kept together; everything else has a line between.
        close = _is_item(block) and before is not None and _is_item(before)
        if close and parts:
            parts[-1] += f"\n{text}"
        elif text:
            parts.append(text)
        before = block
    return "\n\n".join(parts) + "\n"


def _is_item(block: Block) -> bool:
    return isinstance(block, Line) and block.kind == "item"


def _written(block: Block) -> Iterator[str]:
    match block:
        case Line():
            yield _line(block)
        case Sample():
            fence = "````" if "```" in block.text else "```"
            info = (
                f"{block.language or 'text'} {block.title}".strip()
                if block.title
                else block.language
            )
            yield f"{fence}{info}\n{block.text}\n{fence}"
        case Table():
            yield from _table(block)
        case Group(kind="tip" | "tab"):
            yield f":::{block.kind} {block.title}".rstrip()
            yield markdown_of(block.blocks)
            yield ":::"
        case Group():
            yield markdown_of(block.blocks).rstrip("\n")


def _line(line: Line) -> str:
    text = _runs(line.runs)
    match line.kind:
        case "heading":
            return f"{'#' * min(max(line.level, 1), 6)} {text}"
        case "item":
            return f"{'    ' * (max(line.level, 1) - 1)}{'1.' if line.ordered else '*'} {text}"
        case "quote":
            return f"> {text}"
        case "rule":
            return "---"
        case _:
            return _AT_START.sub(r"\\", text, count=1) if _AT_START.match(text) else text


def _runs(runs: Iterable[Run]) -> str:
    return re.sub(r"\s+", " ", "".join(_run(run) for run in runs)).strip()


def _run(run: Run) -> str:
    if run.code:
        ticks = "``" if "`" in run.text else "`"
        return f"{ticks}{run.text}{ticks}"
    text = _SPECIAL.sub(r"\\\1", run.text)
    return f"**{text}**" if run.bold and text.strip() else text


def _table(table: Table) -> Iterator[str]:
    inner: list[Table] = []
    for number, row in enumerate(table.rows):
        yield f"| {' | '.join(_cell(cell, inner) for cell in row)} |"
        if not number:
            yield f"|{' --- |' * len(row)}"
    for number, one in enumerate(inner, start=1):
        yield f"\nTable {number}, in a cell above:\n"
        yield from _table(one)


def _cell(cell: Cell, inner: list[Table]) -> str:
    parts: list[str] = []
    for block in cell:
        match block:
            case Line():
                parts.append(
                    f"* {_runs(block.runs)}" if block.kind == "item" else _runs(block.runs)
                )
            case Table():
                if block not in inner:
                    inner.append(block)
                parts.append(f"(table {inner.index(block) + 1} below)")
            case Sample():
                parts.append(f"`{' '.join(block.text.split())}`")
            case Group():
                parts += [block.title, _cell(block.blocks, inner)]
    return "<br>".join(part.replace("|", "\\|") if "`" in part else part for part in parts if part)


# An OpenAPI document

_PLACES = ("path", "query", "header", "body", "answer", "error")


def outline_of(api: Reader) -> str:
    """Servers, then each operation with its parameters and answers."""
    return "\n".join(_outline(api)) + "\n"


def _outline(api: Reader) -> Iterator[str]:
    yield f"# {api.title or 'OpenAPI'} {api.notes.get('version', '')}".rstrip()
    if api.servers:
        yield ""
        yield from (f"* {server}" for server in api.servers)
    for operation in api.operations:
        yield ""
        yield f"## {operation.method} {operation.url}"
        if said := api.said.get(f"{operation.method} {operation.url}"):
            yield f"\n{said}"
        yield from _operation(operation, api)
    for trouble in api.troubles:
        yield f"\nNot understood: {trouble}"


def _operation(operation: Operation, api: Reader) -> Iterator[str]:
    yield f"\nAnswers: {', '.join(operation.answers) or 'none'}"
    for place in _PLACES:
        fields = [field for field in operation.fields if field.place == place]
        if fields:
            yield f"\n### {place}\n"
            yield from (f"* {_listed(field, api)}" for field in fields)


def _listed(field: Field, api: Reader) -> str:
    marks = [field.type or "any", *(["required"] if field.required else [])]
    if field.default is not None:
        marks.append(f"default {field.default}")
    if field.least is not None or field.most is not None:
        marks.append(f"{field.least} to {field.most}")
    if field.values:
        marks.append(f"one of {', '.join(field.values)}")
    marks += field.more
    said = " ".join(api.schemas.said.get(field.words, "").split())
    return f"`{field.name}` ({'; '.join(marks)})" + (f": {said}" if said else "")
