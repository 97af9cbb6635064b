"""What a spec of ours states, by the names of specs/README.md, each with its line.

Owns: reading specs/*.openapi.yaml into the terms in which a vendor's page is read (facts.py).
Refuses: to judge. Which difference matters is in points.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from attrs import evolve, field, frozen

from .document import Document, Where
from .facts import Place, StatusRow, Value

ROOT: Final = Path(__file__).resolve().parents[2]
METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})

MEDIA: Final = ("content", "application/json", "schema")
COMPONENTS: Final = ("components", "schemas")
REFUSALS: Final = ("components", "responses", "Error", "x-refusals")


@frozen
class Stated:
    """A parameter, or a field of a request's body or an answer, as a spec states it."""

    name: str
    """The name of specs/README.md: `deleteTask id`, `Task.seed`."""
    place: Place
    line: int
    types: frozenset[str] = frozenset()
    """All that it may be, null aside."""
    required: bool = False
    default: Value | None = None
    least: int | float | None = None
    most: int | float | None = None
    values: tuple[str, ...] = ()
    words: str = ""
    members: bool = False
    """Whether it may have members that the spec does not name."""


@frozen
class Answer:
    """What comes back."""

    fields: Mapping[str, Stated]
    """By dotted name."""
    objects: Mapping[str, tuple[str, int]]
    """The schema of each object in it, and its line, by dotted name; "" is the whole."""


@frozen
class Stating:
    """One operation of a spec."""

    id: str
    method: str
    path: str
    line: int
    request: Mapping[str, Stated]
    """Parameters and fields of the body, by name."""
    answer: Answer
    """Of status 200."""
    refusal: Answer
    """Of status `default`."""
    answers: Mapping[str, int]
    """The line of each declared status."""
    body: tuple[str, int] | None = None
    """The schema of the request's body, and its line."""
    limit: float | None = None


@frozen
class Refusals:
    """A row of `x-refusals`."""

    codes: tuple[str, ...]
    statuses: tuple[str, ...]
    line: int

    def glob(self, code: str) -> str | None:
        """Which of its codes covers this one."""
        return next((glob for glob in self.codes if glob and fnmatchcase(code, glob)), None)

    def covers(self, status: int) -> bool:
        """Whether this HTTP status is among its own."""
        return not self.statuses or any(
            fnmatchcase(str(status), own.lower().replace("x", "?")) for own in self.statuses
        )


@frozen
class Spec:
    """A whole spec."""

    name: str
    """The provider's: "ark"."""
    file: str
    """From the project's root: "specs/ark.openapi.yaml"."""
    servers: Mapping[str, int]
    operations: tuple[Stating, ...]
    effects_of: str = ""
    """The schema that has `x-delete-effect`."""
    effects: Mapping[str, tuple[StatusRow, int]] = field(factory=dict[str, tuple[StatusRow, int]])
    refusals: tuple[Refusals, ...] = ()
    lines: Mapping[str, int] = field(factory=dict[str, int])
    """The line of each schema."""


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
