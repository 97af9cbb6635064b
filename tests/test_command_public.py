"""The command is built on what every user of the library has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import videotasks
from videotasks import _cli

MODULES = sorted(Path(_cli.__file__).parent.glob("*.py"))
LEAVES = {"_text"}
"""Modules that anybody may import: they import nothing of ours."""


def imported(module: Path) -> Iterator[tuple[str, str]]:
    """From where a module imports of our own, and what: the place as below `videotasks`."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.level or "videotasks" in str(node.module)):
            for name in node.names:
                yield ("_cli." if node.level == 1 else "") + (node.module or ""), name.name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_public_names_alone(module: Path) -> None:
    """Each module takes public names, generated ones among them, leaves, and its own kind."""
    for place, name in imported(module):
        if place.startswith(("_cli.", "videotasks_ark.")) or place in LEAVES | {"simulator"}:
            continue
        assert (place, name in videotasks.__all__) == ("", True), f"{place}.{name}"
