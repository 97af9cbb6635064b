"""Checks of what callers give: our own error, at once, and by the argument's name.

Owns: the few kinds of argument that many places take, and the words for a wrong one. Refuses to
guess: "3" is not a number, 1 is not a bool, and True is not a number.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterable, Collection, Iterable
from typing import Final, TypeGuard, cast

from .._text import short
from .errors import ConfigurationError

LONGEST_TIMEOUT: Final = 86_400.0
"""Seconds: a day. Beyond 49 days the system's own waiting overflows, and a read ends at once."""


def shown(value: object) -> str:
    """A caller's value for a message, on one line and short; its type alone if its repr fails."""
    try:
        return short(repr(value), 60)
    except Exception:  # somebody else's repr, or a number of more digits than Python prints
        return f"of type {type(value).__name__}"


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is an int or a float; a bool does not count."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is an int; a bool does not count."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_many(value: object, *, or_async: bool = False) -> bool:
    """Whether it has items to go through, and is no single text."""
    kinds = (Iterable, AsyncIterable) if or_async else (Iterable,)
    return isinstance(value, kinds) and not isinstance(value, str | bytes)


def check_flag(name: str, value: object, provider: str | None = None) -> bool:
    """`value`, if it is a bool. Raises `ConfigurationError`, as all of these do."""
    if not isinstance(value, bool):
        raise _wrong(name, "True or False", value, provider)
    return value


def check_count(name: str, value: object, least: int, provider: str | None = None) -> int:
    """`value`, if it is an int and no less than `least`."""
    if not is_whole(value) or not least <= value <= sys.maxsize:
        raise _wrong(name, f"a whole number, {least} or more", value, provider)
    return value


def check_number(name: str, value: object, least: float) -> float:
    """`value` as a float, if it is a finite number and no less than `least`."""
    if not is_number(value) or not least <= value <= sys.float_info.max:
        raise _wrong(name, f"a finite number, {least:g} or more", value)
    return float(value)


def check_seconds(name: str, value: object) -> float:
    """`value` as a float, if it is a time above 0, and a day at most."""
    if not is_number(value) or not 0 < value <= LONGEST_TIMEOUT:
        raise _wrong(name, "a finite number of seconds above 0, a day at most", value)
    return float(value)


def check_text(name: str, value: object, provider: str | None = None) -> str:
    """`value`, if it is a str. Otherwise its kind is told alone: it may be a key."""
    if not isinstance(value, str):
        raise ConfigurationError(
            f"{name} must be text, not {type(value).__name__}", provider=provider
        )
    return value


def check_choice(
    name: str, value: object, choices: Collection[str], provider: str | None = None
) -> str:
    """`value`, if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise _wrong(name, f"one of {', '.join(choices)}", value, provider)
    return value


def check_many(name: str, value: object, provider: str | None = None) -> Iterable[object]:
    """`value`, if it has items to go through; a text is one thing, and no list of letters."""
    if not is_many(value):
        raise ConfigurationError(
            f"{name} takes many, so give a list: {shown(value)}", provider=provider
        )
    return cast("Iterable[object]", value)


def _wrong(
    name: str, wanted: str, value: object, provider: str | None = None
) -> ConfigurationError:
    return ConfigurationError(f"{name} must be {wanted}: {shown(value)}", provider=provider)
