"""The module that is made of a spec's extensions, servers, paths and bounds: plain data, typed.

Owns: the form of that module; `generate.py` puts it into the generated package as `tables.py`.
Refuses to read or check the extensions itself: that is in `extensions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from extensions import EFFECTS, Extensions, Node, Row
from videotasks._http.info import MEANINGS
from videotasks._model.task import STATES

_MODULE: Final = '''"""What the spec of {title} says beside its operations, as tables.

Written by specs/generate.py from specs/{file}, never by hand.
What each is made of is in specs/README.md, "Extensions".
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal{states}
"""The states of videotasks."""
Effect: TypeAlias = Literal{effects}
"""What a deletion does to a task: it leaves the queue, or its record is deleted."""
Means: TypeAlias = Literal{means}
"""What a refusal can mean."""


class Refusal(NamedTuple):
    """What refusals mean that have one of these HTTP statuses and one of these codes.

    Codes may be patterns as of `fnmatch`; "" stands for none. A `signed` row is only for messages
    that have the answer's request id in them.
    """

    statuses: Collection[int]
    codes: tuple[str, ...]
    means: Means
    signed: bool = False


SERVERS: Final[tuple[str, ...]] = {servers}
"""Base URLs."""

PATHS: Final[Mapping[str, str]] = {paths}
"""The path of each operation, below the base URL."""

RATE_LIMITS: Final[Mapping[str, float | None]] = {rate_limits}
"""Requests a second for each operation; None where no limit is documented."""

MAXIMA: Final[Mapping[str, Mapping[str, int]]] = {maxima}
"""For operations, the greatest number that a parameter may be."""

VALUES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {values}
"""For operations, the words that a parameter is documented to take."""

STATES: Final[Mapping[str, State]] = {task_states}
"""The state that each of the provider's statuses, as text, stands for."""

DELETIONS: Final[Mapping[State, Effect]] = {deletions}
"""What a deletion does, in the states in which it is allowed."""

UNDOCUMENTED_DELETIONS: Final[tuple[State, ...]] = {undocumented}
"""States in which it is not documented what a deletion does."""

REFUSALS: Final[tuple[Refusal, ...]] = ({refusals})
"""What refusals mean; the first row that fits counts."""
'''


def tables_module(file: str, document: Node) -> str:
    """The module's text, not yet formatted, for a spec and the name of its file.

    Raises `BadExtension`.
    """
    read = Extensions(file, document)
    _, states = read.states()
    effects = read.effects()
    limits: dict[str, float | None] = {}
    maxima: dict[str, str] = {}
    values: dict[str, str] = {}
    for operation in read.operations():
        limits[operation.name] = read.rate_limit(operation)
        bounds = {one["name"]: read.maximum(one) for one in operation.parameters}
        words = {one["name"]: read.values(operation, one) for one in operation.parameters}
        if any(bound is not None for bound in bounds.values()):
            maxima[operation.name] = _mapping({k: repr(v) for k, v in bounds.items() if v})
        if any(words.values()):
            values[operation.name] = _mapping({k: repr(tuple(v)) for k, v in words.items() if v})
    text = _MODULE.format(
        title=document["info"]["title"],
        file=file,
        states=list(STATES),
        effects=list(EFFECTS),
        means=list(MEANINGS),
        servers=tuple(server["url"] for server in document["servers"]),
        paths=_mapping({one.name: repr(one.path) for one in read.operations()}),
        rate_limits=_mapping({name: repr(limit) for name, limit in limits.items()}),
        maxima=_mapping(maxima),
        values=_mapping(values),
        task_states=_mapping({status: repr(state) for status, state in states.items()}),
        deletions=_mapping({s: repr(effect) for s, (_, effect) in effects.items() if effect}),
        undocumented=tuple(state for state, (allowed, _) in effects.items() if allowed is None),
        refusals="".join(f"{_refusal(row)}," for row in read.refusals()),
    )
    read.refuse_others()
    return text


def _mapping(members: Mapping[str, str]) -> str:
    """A mapping that can't be changed; the values are code."""
    inside = "".join(f"{name!r}: {value}," for name, value in members.items())
    return f"MappingProxyType({{{inside}}})"


def _refusal(row: Row) -> str:
    signed = ", signed=True" if row.signed else ""
    return f"Refusal({row.statuses!r}, {row.codes!r}, {row.means!r}{signed})"
