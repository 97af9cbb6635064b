"""What a spec says by `x-…` extensions: facts about its provider that OpenAPI has no words for.

Owns: which extensions there are, where each may stand and what it may say; README.md explains them
in "Extensions". Refuses what it does not understand, with file, place and what to write: what is
misspelt, out of place or incomplete would otherwise be left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, Final, NoReturn, TypeAlias, cast, get_args

from attrs import frozen

from videotasks._http.info import MEANINGS
from videotasks._model.task import STATES
from videotasks._rules.adapter import Effect

Node: TypeAlias = dict[str, Any]

EFFECTS: Final[tuple[str, ...]] = get_args(Effect)

_METHODS: Final = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
_SAMPLES: Final = {"example", "examples", "default", "const"}
_THE_GENERATORS: Final = "x-enum-varnames"
_STATES: Final = tuple(state for state in STATES if state != "unknown")
_GLOBS: Final = frozenset("*?[")
_EFFECT_MEMBERS: Final = ("allowed", "effect", "status_after")
_REFUSAL_MEMBERS: Final = ("statuses", "codes", "means")


class BadExtension(Exception):
    """An extension that says what it may not, or where it may not; says what to write."""


@frozen
class Operation:
    """An operation, and its parameters with those of its path."""

    name: str
    path: str
    node: Node
    parameters: tuple[Node, ...]


@frozen
class Row:
    """A row of `x-refusals`."""

    statuses: range | tuple[int, ...]
    codes: tuple[str, ...]
    means: str
    signed: bool

    def covers(self, row: Row) -> bool:
        """Whether all that another row is for is for this one too."""
        return (
            set(row.statuses) <= set(self.statuses)
            and row.signed >= self.signed
            and all(map(self._has, row.codes))
        )

    def _has(self, code: str) -> bool:
        plain = not _GLOBS & set(code)
        return any(
            code == one
            or (plain and fnmatchcase(code, one))
            or (one.endswith("*") and not _GLOBS & set(one[:-1]) and code.startswith(one[:-1]))
            for one in self.codes
        )


class Extensions:
    """The extensions of one spec, each to be read where it has its place; `refuse_others` last."""

    def __init__(self, file: str, document: Node) -> None:
        self._file = file
        self._document = document
        self._components: Node = document["components"]
        self._read: set[tuple[int, str]] = set()

    def operations(self) -> Iterator[Operation]:
        """The operations, in the order of the spec."""
        for path, item in self._document["paths"].items():
            for method in [key for key in item if key in _METHODS]:
                node: Node = item[method]
                own = (*item.get("parameters", ()), *node.get("parameters", ()))
                yield Operation(node["operationId"], path, node, tuple(map(self._resolved, own)))

    def rate_limit(self, operation: Operation) -> float | None:
        """Requests a second; None where nothing is said."""
        found = self._take(operation.node, "x-rate-limit")
        if found is not None and (type(found) not in {int, float} or not 0 < found < 1e6):
            place = f"{operation.name} x-rate-limit"
            self._refuse(place, f"{found!r} is no limit; write requests a second, or leave it out")
        return cast("float | None", found)

    def maximum(self, parameter: Node) -> int | None:
        """The greatest number for a parameter."""
        return cast("int | None", self._resolved(parameter["schema"]).get("maximum"))

    def values(self, operation: Operation, parameter: Node) -> list[str] | None:
        """The words that a parameter may have, or those of them that are documented to work."""
        words = [str(value) for value in self._resolved(parameter["schema"]).get("enum", ())]
        found = self._take(parameter, "x-filter-values")
        if found is None:
            return words or None
        place = f"{operation.name} {parameter['name']} x-filter-values"
        for word in self._list(place, found, f"of {', '.join(words)}"):
            self._word(place, word, words)
        return cast("list[str]", found)

    def states(self) -> tuple[str, dict[str, str]]:
        """The name of the schema of a task's status, and the state that each status stands for."""
        schemas: Node = self._components["schemas"]
        having = [name for name, schema in schemas.items() if "x-states" in schema]
        if len(having) != 1:
            says = f"x-states is in {' and '.join(having) or 'no schema'}"
            self._refuse("components/schemas", f"{says}; write it in that of a task's status alone")
        [name] = having
        statuses = [str(value) for value in schemas[name]["enum"]]
        place = f"{name} x-states"
        found = self._members(place, self._take(schemas[name], "x-states"), statuses)
        for status in statuses:
            # A word of the provider's that is also one of ours can't mean another of ours.
            may_be = (status,) if status in _STATES else _STATES
            self._word(f"{place} {status}", found[status], may_be)
        return name, {status: found[status] for status in statuses}

    def effects(self) -> dict[str, tuple[bool | None, str | None]]:
        """For each state, whether deleting is allowed, None where not documented, and its effect.

        Raises `BadExtension` too where two statuses of one state differ.
        """
        name, states = self.states()
        place = f"{name} x-delete-effect"
        table = self._take(self._components["schemas"][name], "x-delete-effect")
        known: dict[str, tuple[bool | None, str | None]] = {}
        for status, row in self._members(place, table, states).items():
            at = f"{place} {status}"
            allowed, effect, after = (
                self._members(at, row, _EFFECT_MEMBERS)[member] for member in _EFFECT_MEMBERS
            )
            self._word(f"{at} allowed", allowed, (True, False, None))
            self._word(f"{at} effect", effect, EFFECTS if allowed else (None,))
            cancelled = [one for one, state in states.items() if state == "cancelled"]
            self._word(f"{at} status_after", after, cancelled if effect == "cancels" else (None,))
            if known.setdefault(states[status], (allowed, effect)) != (allowed, effect):
                told = f"differs from that of another status that is {states[status]!r}"
                self._refuse(at, f"{told}; write the same, or give one another state in x-states")
        return known

    def refusals(self) -> list[Row]:
        """The rows about refusals, none where nothing is said."""
        response: Node = self._components.get("responses", {}).get("Error", {})
        place = "components/responses/Error x-refusals"
        found = self._take(response, "x-refusals")
        rows: list[Row] = []
        for number, given in enumerate(self._list(place, found or [None], "of rows"), 1):
            if found is None:
                break
            at = f"{place}, row {number}"
            row = self._refusal(at, self._members(at, given, _REFUSAL_MEMBERS, "signed"))
            for earlier, other in enumerate(rows, 1):
                if other.covers(row):
                    self._refuse(at, f"row {earlier} is for all of it; write this one before it")
            rows.append(row)
        return rows

    def _refusal(self, place: str, given: Node) -> Row:
        statuses = self._list(f"{place} statuses", given["statuses"], "of HTTP statuses, or [4xx]")
        if statuses != ["4xx"]:
            for status in statuses:
                self._word(f"{place} statuses", status, range(400, 600), "400 to 599, or 4xx alone")
        for code in self._list(f"{place} codes", given["codes"], "of codes"):
            if not isinstance(code, str):
                self._refuse(f"{place} codes", f"{code!r} is no text; write it in quotes")
        self._word(f"{place} means", given["means"], MEANINGS)
        signed = given.get("signed", False)
        self._word(f"{place} signed", signed, (True, False))
        numbers = range(400, 500) if statuses == ["4xx"] else tuple(statuses)
        return Row(numbers, tuple(given["codes"]), given["means"], signed)

    def refuse_others(self, node: object = None, place: str = "") -> None:
        """Refuse an extension that was not read: it is misspelt, or has no meaning there."""
        node = self._document if node is None else node
        if isinstance(node, list):
            for number, below in enumerate(cast("list[object]", node)):
                self.refuse_others(below, f"{place}{number}/")
        elif isinstance(node, dict):
            found = cast("Node", node)
            for key, below in found.items():
                if not str(key).startswith("x-"):
                    if key not in _SAMPLES and below is not None:
                        self.refuse_others(below, f"{place}{key}/")
                elif key != _THE_GENERATORS and (id(found), key) not in self._read:
                    self._refuse(
                        f"{place}{key}", "has no meaning there; see specs/README.md, 'Extensions'"
                    )

    def _take(self, node: Node, key: str) -> Any:
        self._read.add((id(node), key))
        return node.get(key)

    def _resolved(self, node: Node) -> Node:
        while "$ref" in node:
            kind, name = node["$ref"].removeprefix("#/components/").split("/")
            node = self._components[kind][name]
        return node

    def _refuse(self, place: str, problem: str) -> NoReturn:
        raise BadExtension(f"specs/{self._file}: {place}: {problem}")

    def _list(self, place: str, found: object, what: str) -> list[Any]:
        if not isinstance(found, list) or not found:
            self._refuse(place, f"write a list {what}")
        return cast("list[object]", found)

    def _word(self, place: str, found: object, known: Iterable[object], which: str = "") -> None:
        words = list(known)
        if not any(type(found) is type(word) and found == word for word in words):
            which = which or " or ".join("null" if one is None else str(one) for one in words)
            self._refuse(place, f"{found!r} can't stand here; write {which}")

    def _members(self, place: str, found: object, must: Iterable[str], may: str = "") -> Node:
        names = list(must)
        if not isinstance(found, dict):
            self._refuse(place, f"write a mapping with {', '.join(names)}")
        members = cast("Node", found)
        if missing := [name for name in names if name not in members]:
            self._refuse(place, f"says nothing of {', '.join(missing)}; write that too")
        if strange := [repr(name) for name in members if name not in {*names, may}]:
            self._refuse(place, f"has {', '.join(strange)} besides {', '.join(names)}; remove it")
        return members
