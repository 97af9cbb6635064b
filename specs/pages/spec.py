"""Reads our specs.

Owns: reading specs/*.openapi.yaml into the terms in which a vendor's page is read too (stated.py).
Refuses to judge: which difference matters is in points.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from attrs import evolve

from .document import Document, Where
from .facts import Place, StatusRow
from .stated import Answer, Refusals, Spec, Stated, Stating

ROOT: Final = Path(__file__).resolve().parents[2]
METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})

MEDIA: Final = ("content", "application/json", "schema")
COMPONENTS: Final = ("components", "schemas")
REFUSALS: Final = ("components", "responses", "Error", "x-refusals")


def _stated(document: Document, name: str, place: Place, where: Where, *, required: bool) -> Stated:
    """What is said of one field, whose schema is there."""
    alternatives = list(document.schemas(where))
    said = [cast("dict[str, Any]", document.at(each)) for each in alternatives]
    own: dict[str, Any] = document.at(where) or {}
    first: dict[str, Any] = {key: value for node in reversed(said) for key, value in node.items()}
    items = [
        document.at(inner) for each in alternatives for inner in document.schemas((*each, "items"))
    ]
    return Stated(
        name=name,
        place=place,
        line=document.lines[where],
        types=frozenset(document.type_of(each) for each in alternatives) - {"null"},
        required=required,
        default=first.get("default"),
        least=first.get("minimum", first.get("minItems", first.get("minLength"))),
        most=first.get("maximum", first.get("maxItems", first.get("maxLength"))),
        values=tuple(str(value) for node in said for value in node.get("enum", ())),
        words=own.get("description") or first.get("description", ""),
        members=any(node.get("additionalProperties") is True for node in [*said, *items] if node),
    )


def _fields(
    document: Document, where: Where, place: Place, prefix: str = ""
) -> Iterator[tuple[str, Stated]]:
    """All fields at and below a schema, by dotted name."""
    for schema in document.schemas(where):
        owner = schema[-1]
        for below in document.below(*schema, "properties"):
            key = f"{prefix}.{below[-1]}" if prefix else below[-1]
            needed = below[-1] in (document.at((*schema, "required")) or ())
            yield key, _stated(document, f"{owner}.{below[-1]}", place, below, required=needed)
            yield from _fields(document, below, place, key)
        if document.at((*schema, "items")):
            yield from _fields(document, (*schema, "items"), place, f"{prefix}[]")


def _objects(
    document: Document, where: Where, prefix: str = ""
) -> Iterator[tuple[str, tuple[str, int]]]:
    """Each object at and below a schema, with the name and line of its schema."""
    for schema in document.schemas(where):
        if len(schema) == 3 and document.type_of(schema) == "object":
            yield prefix, (schema[-1], document.lines[schema])
        for below in document.below(*schema, "properties"):
            yield from _objects(document, below, f"{prefix}.{below[-1]}" if prefix else below[-1])
        if document.at((*schema, "items")):
            yield from _objects(document, (*schema, "items"), f"{prefix}[]")


def _answer(document: Document, where: Where, place: Place) -> Answer:
    schema = (*document.behind(where), *MEDIA)
    return Answer(
        dict(_fields(document, schema, place)),
        dict(_objects(document, schema)),
    )


def _operation(document: Document, path: str, method: str) -> Stating:
    where = ("paths", path, method)
    said: dict[str, Any] = document.at(where)
    request: dict[str, Stated] = {}
    for listed in [
        *document.below("paths", path, "parameters"),
        *document.below(*where, "parameters"),
    ]:
        parameter = document.behind(listed)
        node: dict[str, Any] = document.at(parameter)
        stated = _stated(
            document,
            f"{said['operationId']} {node['name']}",
            node["in"],
            (*parameter, "schema"),
            required=node.get("required", False),
        )
        request[node["name"]] = evolve(
            stated,
            line=document.lines[parameter],
            values=tuple(node.get("x-filter-values", stated.values)),
        )
    body = (*where, "requestBody", *MEDIA)
    if has_body := document.at(body) is not None:
        request |= dict(_fields(document, body, "body"))
    return Stating(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        line=document.lines[where],
        request=request,
        body=dict(_objects(document, body))[""] if has_body else None,
        answer=_answer(document, (*where, "responses", "200"), "answer"),
        refusal=_answer(document, (*where, "responses", "default"), "error"),
        answers={place[-1]: document.lines[place] for place in document.below(*where, "responses")},
        limit=said.get("x-rate-limit"),
    )


def _effects(document: Document) -> Iterator[tuple[str, str, StatusRow, int]]:
    for schema in document.below(*COMPONENTS):
        for row in document.below(*schema, "x-delete-effect"):
            said: dict[str, Any] = document.at(row)
            yield (
                schema[-1],
                row[-1],
                StatusRow(said["allowed"], said["effect"], said["status_after"]),
                document.lines[row],
            )


def read(file: Path) -> Spec:
    """Read one spec."""
    document = Document(file.read_text(encoding="utf-8"))
    effects = list(_effects(document))
    refusals = [(document.at(row), document.lines[row]) for row in document.below(*REFUSALS)]
    return Spec(
        name=file.name.partition(".")[0],
        file=f"specs/{file.name}",
        servers={
            document.at((*server, "url")): document.lines[server]
            for server in document.below("servers")
        },
        operations=tuple(
            _operation(document, *place[1:])
            for path in document.below("paths")
            for place in document.below(*path)
            if place[-1] in METHODS
        ),
        effects_of=effects[0][0] if effects else "",
        effects={status: (row, line) for _, status, row, line in effects},
        refusals=tuple(
            Refusals(tuple(map(str, row["codes"])), tuple(map(str, row["statuses"] or ())), line)
            for row, line in refusals
        ),
        lines={schema[-1]: document.lines[schema] for schema in document.below(*COMPONENTS)},
    )


@cache
def specs() -> tuple[Spec, ...]:
    """All specs, read once."""
    return tuple(read(file) for file in sorted((ROOT / "specs").glob("*.openapi.yaml")))
