"""A spec's YAML, with the line of everything in it.

Owns: places, lines, `$ref` and alternatives. Refuses to know what a spec is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias, cast

import yaml

LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

Where: TypeAlias = tuple[str, ...]
"""A place in a document: its keys from the top."""


class Document:
    """A YAML document whose parts are found by their place."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Where, int] = {}
        self._values: dict[Where, Any] = {}
        self._below: dict[Where, list[Where]] = {}
        root = cast("yaml.Node", yaml.compose(text, LOADER))
        self._note(root, (), yaml.load(text, LOADER))  # noqa: S506  # both loaders are safe

    def _note(self, node: yaml.Node, where: Where, value: Any) -> None:
        self._values[where] = value
        self.lines.setdefault(where, node.start_mark.line + 1)
        below = self._below[where] = []
        if isinstance(node, yaml.MappingNode):
            pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
            for (key, inner), item in zip(pairs, value.values(), strict=True):
                below.append((*where, str(key.value)))
                self.lines[below[-1]] = key.start_mark.line + 1
                self._note(inner, below[-1], item)
        elif isinstance(node, yaml.SequenceNode):
            inners = cast("list[yaml.Node]", node.value)
            for number, (inner, item) in enumerate(zip(inners, value, strict=True)):
                below.append((*where, str(number)))
                self._note(inner, below[-1], item)

    def at(self, where: Where) -> Any:
        """What stands there; None where nothing does."""
        return self._values.get(where)

    def behind(self, where: Where) -> Where:
        """Where a `$ref` leads; the place itself if there is none."""
        while isinstance(node := self.at(where), dict) and "$ref" in node:
            where = tuple(cast("dict[str, str]", node)["$ref"].removeprefix("#/").split("/"))
        return where

    def below(self, *where: str) -> list[Where]:
        """The places of all that is directly in a list or mapping."""
        return self._below.get(where, [])

    def schemas(self, where: Where) -> Iterator[Where]:
        """The alternatives of a schema, each behind its `$ref`."""
        where = self.behind(where)
        if alternatives := self.below(*where, "anyOf"):
            for alternative in alternatives:
                yield from self.schemas(alternative)
        else:
            yield where

    def type_of(self, where: Where) -> str:
        """JSON's word for one alternative, "array of string" included."""
        kind: str = self.at((*where, "type")) or "object"
        if kind != "array":
            return kind
        inner = {self.type_of(each) for each in self.schemas((*where, "items"))} - {"null"}
        return f"array of {inner.pop()}" if len(inner) == 1 else "array"
