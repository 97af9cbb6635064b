"""What a JSON schema of OpenAPI says, as fields: nested, with references followed.

Owns: references, `allOf` and alternatives, and the words in descriptions that say what a schema
leaves out. Refuses to go round in a circle, and to leave the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from .facts import Field, Place, Value, digest
from .values import is_list, is_node, items, node, text
from .words import amounts, bounds, default, value_of, values

_DEEPEST: Final = 12
_ELSEWHERE: Final = re.compile(
    r"x-.*|\$ref|allOf|anyOf|oneOf|const|enum|type|items|properties|required|default|title"
    r"|description|(?:exclusive)?(?:M|m)(?:ax|in)imum|maxItems|minItems|name|in|schema|content"
    r"|nullable|examples?|externalDocs|xml"
)
"""What is read here or in openapi.py, or changes no request and no answer."""


_SHORT: Final = 40
"""Characters of a value; a longer one is kept as its digest."""


class Schemas:
    """Reads the schemas of one document; `troubles` has what was not understood."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.troubles: list[str] = []
        self.said: dict[str, str] = {}
        """Descriptions by their digests, for those who read the page."""

    def resolved(self, schema: object, where: str) -> dict[str, Any]:
        """What a reference points to; anything else as it is."""
        beside: dict[str, Any] = {}
        seen: set[str] = set()
        while is_node(schema) and "$ref" in schema:
            target = str(schema["$ref"])
            beside = {**schema, **beside}
            schema = self._target(target)
            if schema is None or target in seen:
                self.troubles.append(f"{where}: {target} points to nothing in the document")
                return {}
            seen.add(target)
        found = node(schema)
        beside.pop("$ref", None)
        return {**found, **beside}

    def _target(self, reference: str) -> object:
        if not reference.startswith("#/"):
            return None
        found: object = self.document
        for part in reference[2:].split("/"):
            found = node(found).get(part.replace("~1", "/").replace("~0", "~"))
        return found

    def fields(self, schema: object, place: Place, where: str) -> Iterator[Field]:
        """The fields of a body, each with those inside it."""
        if schema:
            yield from self._inside(schema, place, where, "", frozenset())

    def _inside(
        self, schema: object, place: Place, where: str, prefix: str, above: frozenset[str]
    ) -> Iterator[Field]:
        reference = text(node(schema).get("$ref"))
        if reference in above or prefix.count(".") > _DEEPEST:
            self.troubles.append(f"{where}: {prefix or 'its body'} holds itself")
            return
        above = above | {reference} if reference else above
        whole = self.whole(schema, where)
        if "items" in whole:
            yield from self._inside(whole["items"], place, where, f"{prefix}[]", above)
        names = items(whole.get("required"))
        for name, inner in node(whole.get("properties")).items():
            path = f"{prefix}.{name}" if prefix else name
            yield self.field(inner, place, path, name in names)
            yield from self._inside(inner, place, where, path, above)

    def field(
        self,
        schema: object,
        place: Place,
        name: str,
        required: bool,
        said: str = "",
        beside: Mapping[str, Any] = MappingProxyType({}),
    ) -> Field:
        """One field, without what is inside it; `beside` has what its parameter says of it."""
        whole = self.whole(schema, name)
        told = "\n".join(dict.fromkeys(part for part in (said, _said(whole)) if part))
        kind = self._type(whole, name)
        least, most = _bounds(whole, kind)
        if least is None and most is None:
            for line in told.splitlines():
                least, most = bounds(line, kind) or (least, most)
        shown: Value | None = whole.get("default")
        if shown is None and (named := default(told)):
            shown = value_of(named, kind)
        inside = self.whole(whole.get("items"), name)
        listed = tuple(str(value) for value in _enum(whole, inside))
        self.said[digest(told)] = told
        counted = [
            f"at {word} {whole[key]} items"
            for word, key in (("least", "minItems"), ("most", "maxItems"))
            if key in whole
        ]
        return Field(
            place,
            name,
            kind,
            required,
            shown if isinstance(shown, str | int | float) else None,
            least,
            most,
            listed or _told(told),
            digest(told),
            (*amounts(told), *counted),
            (*_more({**beside, **whole}), *(f"items: {more}" for more in _more(inside))),
        )

    def whole(self, schema: object, where: str, depth: int = 0) -> dict[str, Any]:
        """A schema with its reference, `allOf` and alternatives in one."""
        found = self.resolved(schema, where)
        if depth > _DEEPEST:
            return found
        merged: dict[str, Any] = {
            key: value for key, value in found.items() if key not in {"allOf", "oneOf", "anyOf"}
        }
        for part in items(found.get("allOf")):
            merged = _merged(merged, self.whole(part, where, depth + 1), both=True)
        alternatives = [
            self.whole(part, where, depth + 1)
            for key in ("oneOf", "anyOf")
            for part in items(found.get(key))
        ]
        for part in (part for part in alternatives if part.get("type") != "null"):
            merged = _merged(merged, part, both=False)
        return merged

    def _type(self, whole: Mapping[str, Any], where: str) -> str | None:
        named = whole.get("type")
        names = [str(name) for name in _listed(named or "")]
        names = [name for name in names if name and name != "null"]
        if not names:
            names = ["object"] if "properties" in whole else ["array"] if "items" in whole else []
        if not names and (listed := _enum(whole, {})):
            names = ["string"] if all(isinstance(value, str) for value in listed) else ["integer"]
        shown: list[str] = []
        for name in names:
            inside = (
                self._type(self.whole(whole.get("items"), where), where)
                if name == "array"
                else None
            )
            shown.append(f"array of {inside}" if inside else name)
        return " or ".join(dict.fromkeys(shown)) or None


def _merged(one: dict[str, Any], two: dict[str, Any], *, both: bool) -> dict[str, Any]:
    """Two schemas in one; `both`: what is required by either is, else nothing is."""
    merged = {**two, **one}
    merged["properties"] = {**node(one.get("properties")), **node(two.get("properties"))}
    needed = [*items(one.get("required")), *(items(two.get("required")) if both else [])]
    merged["required"] = list(dict.fromkeys(needed))
    for key in ("enum", "type"):
        if key in one and key in two:
            values = [*_listed(one[key]), *_listed(two[key])]
            merged[key] = list(dict.fromkeys(map(str, values)) if key == "type" else values)
    return {key: value for key, value in merged.items() if value not in ({}, [])}


def _listed(value: Any) -> list[Any]:
    return value if is_list(value) else [value]


def _enum(*schemas: Mapping[str, Any]) -> list[Any]:
    for schema in schemas:
        if listed := [value for value in items(schema.get("enum")) if value is not None]:
            return listed
        if schema.get("const") is not None:
            return [schema["const"]]
    return []


def _more(whole: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(whole):
        if not _ELSEWHERE.fullmatch(key):
            value = json.dumps(whole[key], sort_keys=True, ensure_ascii=False)
            yield f"{key} {value if len(value) <= _SHORT else digest(value)}"


def _said(whole: Mapping[str, Any]) -> str:
    return "\n".join(str(whole[key]) for key in ("title", "description") if whole.get(key))


def _told(said: str) -> tuple[str, ...]:
    found = (value for line in said.splitlines() for value in values(line, ()))
    return tuple(dict.fromkeys(found))


def _bounds(
    whole: Mapping[str, Any], kind: str | None
) -> tuple[int | float | None, int | float | None]:
    step = 1 if kind == "integer" else 0
    found: list[int | float | None] = []
    for name, move in (("inimum", step), ("aximum", -step)):
        letter = "m" + name
        beyond = whole.get(f"exclusiveM{name}")
        bound = whole.get(letter)
        if isinstance(beyond, int | float) and not isinstance(beyond, bool):
            bound = beyond + move
        elif beyond is True and isinstance(bound, int | float):
            bound += move
        found.append(bound if isinstance(bound, int | float) else None)
    return found[0], found[1]
