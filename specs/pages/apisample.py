"""The code samples beside Ark's pages, which rich text keeps as JSON in an attribute.

Owns: their form. Refuses to read what the code does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from .blocks import Sample
from .values import items, node, text


def samples_of(data: str) -> list[Sample]:
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
