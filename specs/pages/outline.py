"""An OpenAPI document as a plain outline in Markdown, for people.

Owns: how its facts are listed. Refuses to show what is not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Field, Operation
from .openapi import Reader

_PLACES = ("path", "query", "header", "body", "answer", "error")


def outline_of(api: Reader) -> str:
    """Servers, then each operation with its parameters and answers."""
    return "\n".join(_lines(api)) + "\n"


def _lines(api: Reader) -> Iterator[str]:
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
            yield from (f"* {_field(field, api)}" for field in fields)


def _field(field: Field, api: Reader) -> str:
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
