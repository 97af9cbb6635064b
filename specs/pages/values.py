"""Parsed JSON and YAML, taken apart with types: what is not of the shape asked for is empty.

Owns: those checks, so that no reader trips over a page that is not as it should be.
"""

from __future__ import annotations

from typing import Any, TypeGuard


def is_node(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is an object; JSON's keys are strings."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is an array."""
    return isinstance(value, list)


def node(value: object) -> dict[str, Any]:
    """An object."""
    return value if is_node(value) else {}


def items(value: object) -> list[Any]:
    """An array."""
    return value if is_list(value) else []


def nodes(value: object) -> list[dict[str, Any]]:
    """The objects of an array."""
    return [item for item in items(value) if is_node(item)]


def text(value: object) -> str:
    """A string, or a number as one."""
    return str(value) if isinstance(value, str | int | float) and value is not True else ""
