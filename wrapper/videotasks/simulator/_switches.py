"""Switches that can't be misspelt: a wrong name or value raises where it is set.

Owns: which public names of an object may be set, to what, and the words of the refusal. Refuses to
know what any switch does.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    ClassVar,
    Literal,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from ._tasks import Operation

V = TypeVar("V")


class Switched:
    """Something with switches: its public annotated names, and its properties that can be set.

    Setting another name raises `AttributeError`, a value that the annotation does not allow
    `ValueError`; both say what there is. Type checkers see plain attributes.
    """

    _switches: ClassVar[Mapping[str, object]] = {}
    """What the public names are annotated with, those of the bases too."""

    def __init_subclass__(cls) -> None:
        # Now, while the class still says in which module the annotations are to be understood.
        hints: dict[str, object] = get_type_hints(cls)
        cls._switches = {
            name: hint
            for name, hint in hints.items()
            if not name.startswith("_") and get_origin(hint) is not ClassVar
        }

    @classmethod
    def switches(cls) -> list[str]:
        """The names of all that can be set, sorted."""
        settable = [name for name in dir(cls) if getattr(getattr(cls, name), "fset", None)]
        return sorted({*cls._switches, *settable})

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            kind = type(self)
            if not name.startswith("_"):
                if name not in self.switches():
                    raise AttributeError(
                        f"{kind.__name__} has no switch {name!r}; there are "
                        f"{', '.join(self.switches())}"
                    )
                if name in self._switches:
                    check(name, value, self._switches[name])
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> object:
            names = [known for known in dir(type(self)) if not known.startswith("_")]
            raise AttributeError(
                f"{type(self).__name__} has no {name!r}; there are "
                f"{', '.join(sorted({*names, *self._switches}))}"
            )


class ByOperation(UserDict[Operation, V]):
    """Something for some of a provider's operations; others, and wrong values, are refused."""

    def __init__(self, name: str, operations: tuple[Operation, ...], kind: object) -> None:
        self._name, self._operations, self._kind = name, operations, kind
        super().__init__()

    def __setitem__(self, operation: Operation, value: V) -> None:
        one_of(f"key of {self._name}", operation, self._operations)
        check(f"{self._name}[{operation!r}]", value, self._kind)
        super().__setitem__(operation, value)

    def replace(self, items: Mapping[Operation, V]) -> None:
        """Have these and no others; all as before, if one of them is refused."""
        before = dict(self.data)
        self.data.clear()
        try:
            self.update(items)
        except ValueError:
            self.data = before
            raise


def one_of(what: str, word: str, words: tuple[str, ...]) -> None:
    """Raise `ValueError` for a word that is not one of those."""
    if word not in words:
        raise ValueError(f"{what}: {word!r} is none of {', '.join(map(repr, words))}")


def check(name: str, value: object, kind: object) -> None:
    """Raise `ValueError` for a value that an annotation does not allow."""
    if not _fits(value, kind):
        raise ValueError(f"{name} can't be {value!r}: it is {_in_words(kind)}")


def _fits(value: object, kind: object) -> bool:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if origin is UnionType:
        return any(_fits(value, part) for part in parts)
    if origin is frozenset and isinstance(value, frozenset):
        return all(_fits(item, parts[0]) for item in cast("frozenset[object]", value))
    if origin is tuple and isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        return len(items) == len(parts) and all(map(_fits, items, parts))
    if not isinstance(kind, type) or origin is not None:
        return False
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _in_words(kind: object) -> str:
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(repr, parts))}"
    if get_origin(kind) is UnionType:
        return " or ".join(map(_in_words, parts))
    plain = {bool: "True or False", int: "a whole number", str: "text", NoneType: "None"}
    return plain.get(kind, str(kind)) if isinstance(kind, type) else str(kind)
