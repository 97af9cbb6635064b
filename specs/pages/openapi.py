"""OpenAPI 3 and Swagger 2, in JSON or YAML, as facts.

Owns: finding the document, its operations and parameters. What a schema says is in schemas.py.
Refuses to follow references out of the document: those are named in `not_understood`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import yaml

from .facts import Field, Operation, Place, digest
from .schemas import Schemas
from .values import is_list, is_node, items, node, nodes, text
from .words import amounts, rates

Node: TypeAlias = Mapping[str, Any]
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PLACES: Final[Mapping[str, Place]] = {
    "query": "query",
    "path": "path",
    "header": "header",
    "formData": "body",
}
_DEEPEST: Final = 4
_MOST_VALUES: Final = 100_000
LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_MARKS: Final = ("openapi", "swagger", "info", "components", "definitions")


def document_in(parsed: object, depth: int = 0) -> Node | None:
    """The document in what was parsed, perhaps inside an answer that has it in a field."""
    fields = node(parsed)
    if depth > _DEEPEST:
        return None
    if is_node(fields.get("paths")) and any(mark in fields for mark in _MARKS):
        return fields
    if "openapi" in fields or "swagger" in fields:
        return fields
    found = (document_in(inside, depth + 1) for inside in fields.values())
    return next((document for document in found if document is not None), None)


def parsed_yaml(said: str) -> object:
    """YAML as plain values, or None where it is not that."""
    try:
        return _plain(yaml.load(said, LOADER), [_MOST_VALUES])  # noqa: S506  # both loaders are safe
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None


def _plain(value: object, left: list[int]) -> object:
    """JSON's values for YAML's, which has dates, and keys that are numbers.

    Raises: `ValueError` where there are too many: a reference may stand for any amount of them.
    """
    left[0] -= 1
    if left[0] < 0:
        raise ValueError
    if is_node(value):
        return {str(key): _plain(inner, left) for key, inner in value.items()}
    if is_list(value):
        return [_plain(inner, left) for inner in value]
    return value if isinstance(value, str | int | float | None) else str(value)


class Reader:
    """The facts of one document."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.schemas = Schemas(document)
        self.troubles = self.schemas.troubles
        self.notes: dict[str, str] = {}
        self.amounts: dict[str, tuple[str, ...]] = {}
        self.said: dict[str, str] = {}
        info = node(document.get("info"))
        self.title = text(info.get("title"))
        if version := text(info.get("version")):
            self.notes["version"] = version
        self._note("info", info.get("description"), info.get("summary"))
        schemes = node(node(document.get("components")).get("securitySchemes"))
        for name, scheme in {**schemes, **node(document.get("securityDefinitions"))}.items():
            self._mark(f"security {name}", json.dumps(scheme, sort_keys=True, ensure_ascii=False))
        self.troubles += [
            f"{part}: nothing of it is read" for part in ("webhooks",) if document.get(part)
        ]
        self.operations = tuple(self._operations())
        self.servers = tuple(dict.fromkeys(self._servers()))

    @property
    def prose(self) -> str:
        """All that the document says in sentences."""
        return "\n".join([*self.said.values(), *self.schemas.said.values()])

    def _note(self, name: str, *texts: object) -> None:
        said = "\n".join(text(part) for part in texts if text(part))
        self._mark(name, said)
        if said:
            self.said[name] = said
        if found := amounts(said):
            self.amounts[name] = found

    def _mark(self, name: str, *texts: str) -> None:
        """Take note of what only its change is told of."""
        if mark := digest("\n".join(texts)):
            self.notes[name] = mark

    def _servers(self) -> Iterator[str]:
        paths = [node(path) for path in node(self.document.get("paths")).values()]
        operations = [node(path.get(method)) for path in paths for method in METHODS]
        for holder in (self.document, *paths, *operations):
            for server in nodes(holder.get("servers")):
                url = text(server.get("url"))
                for name, variable in node(server.get("variables")).items():
                    url = url.replace(f"{{{name}}}", text(node(variable).get("default")))
                if url:
                    self._note(f"server {url}", server.get("description"))
                    yield url
        if host := text(self.document.get("host")):
            base = text(self.document.get("basePath")).rstrip("/")
            for scheme in items(self.document.get("schemes")) or ["https"]:
                yield f"{scheme}://{host}{base}"

    def _operations(self) -> Iterator[Operation]:
        for url, found in node(self.document.get("paths")).items():
            path = self.schemas.resolved(found, url)
            shared = nodes(path.get("parameters"))
            for method in METHODS:
                if not is_node(path.get(method)):
                    continue
                operation = node(path[method])
                yield self._operation(method.upper(), url, operation, shared)

    def _operation(
        self, method: str, url: str, operation: Node, shared: Sequence[Node]
    ) -> Operation:
        where = f"{method} {url}"
        body = self.schemas.resolved(operation.get("requestBody") or {}, where)
        said = [text(operation.get(key)) for key in ("summary", "description")]
        deprecated = "deprecated" if operation.get("deprecated") else ""
        self._note(where, *said, deprecated)
        # Of how to ask for it, who may, and what comes back, that it changes is enough.
        answers = {
            str(status): self.schemas.resolved(answer, where)
            for status, answer in node(operation.get("responses")).items()
        }
        kinds = [
            *sorted(node(body.get("content"))),
            *_kinds(operation, self.document, "consumes"),
            *(
                f"{status} {kind}"
                for status in sorted(answers)
                for kind in sorted(node(answers[status].get("content")))
            ),
            *_kinds(operation, self.document, "produces"),
        ]
        self._mark(f"{where}: content types", *kinds)
        security = operation.get("security", self.document.get("security"))
        self._mark(f"{where}: security", json.dumps(security, sort_keys=True))
        self._mark(
            f"{where}: answers",
            *(
                f"{status} {text(answer.get('description'))} {sorted(node(answer.get('headers')))}"
                for status, answer in sorted(answers.items())
            ),
        )
        if operation.get("callbacks"):
            self.troubles.append(f"{where}: nothing of its callbacks is read")
        fields: dict[tuple[Place, str], Field] = {}
        for parameter in (*shared, *nodes(operation.get("parameters"))):
            for one in self._parameter(self.schemas.resolved(parameter, where), where):
                fields[one.place, one.name] = one
        for one in self.schemas.fields(_media(body), "body", where):
            fields[one.place, one.name] = one
        for status, shown in sorted(answers.items()):
            place: Place = "answer" if status.startswith("2") else "error"
            schema = _media(shown) or shown.get("schema")
            for one in self.schemas.fields(schema, place, f"{where} {status}"):
                old = fields.setdefault((one.place, one.name), one)
                if old.type != one.type:
                    self.troubles.append(
                        f"{where}: {one.name} is {old.type} in one answer, {one.type} in another"
                    )
        found = {rate for rate, _ in rates("\n".join(said))}
        if len(found) > 1:
            self.troubles.append(f"{where}: its description has more than one limit")
        return Operation(
            method,
            url,
            tuple(fields.values()),
            tuple(sorted(status for status in answers if not status.startswith("x-"))),
            found.pop() if len(found) == 1 else None,
        )

    def _parameter(self, parameter: Node, where: str) -> Iterator[Field]:
        place, name = text(parameter.get("in")), text(parameter.get("name"))
        if place == "body":
            yield from self.schemas.fields(parameter.get("schema"), "body", where)
        elif place in _PLACES and name:
            # Swagger 2 has no schema of its own: the parameter is one.
            schema = parameter.get("schema") or _media(parameter) or parameter
            yield self.schemas.field(
                schema,
                _PLACES[place],
                name,
                bool(parameter.get("required")),
                text(parameter.get("description")),
                parameter,
            )
        else:
            self.troubles.append(f"{where}: a parameter {name!r} in {place!r}")


def _kinds(operation: Node, document: Node, key: str) -> list[str]:
    """The content types of Swagger 2, which an operation may leave to the document."""
    return sorted(map(str, items(operation.get(key, document.get(key)))))


def _media(holder: Node) -> object:
    """The schema of a body: that of JSON, where it has several forms."""
    content = node(holder.get("content"))
    for kind in sorted(content, key=lambda kind: "json" not in kind):
        return node(content[kind]).get("schema")
    return None
