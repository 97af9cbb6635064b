"""The folders of the wrapper are layers: who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parent.parent / "wrapper" / "videotasks"

LEAVES: Final = frozenset({"_clock", "_forks", "_text", "_version", "_weak"})
"""Modules that any layer may import; they import nothing but each other."""

MAY_IMPORT: Final = {
    "_model": frozenset[str](),
    "_rules": frozenset({"_model"}),
    "_http": frozenset({"_model"}),
    "_providers": frozenset({"_model", "_rules", "_http"}),
    "_engine": frozenset({"_model", "_rules", "_http", "_providers"}),
    "_client": frozenset({"_model", "_rules", "_http", "_providers", "_engine"}),
    "videotasks": frozenset({"_model", "_rules", "_providers", "_engine", "_client"}),
    "simulator": frozenset({"_model", "_rules"}),
    "_cli": frozenset({"videotasks", "simulator"}),
}
"""What each layer imports of the others. `videotasks` is the package itself: its public names."""

NETWORK: Final = frozenset({"httpx", "httpcore", "socket", "ssl", "urllib", "anyio", "sniffio"})
WAITING: Final = frozenset({"asyncio", "concurrent", "time", "queue", "select", "selectors"})


def module_of(path: Path) -> str:
    """The dotted name below the package; "" for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: Final = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def layer_of(module: str) -> str:
    """The folder that a module is in; its own name if it is a leaf."""
    return module.partition(".")[0] or "videotasks"


def imports(module: str) -> Iterator[tuple[str, bool]]:
    """What a module imports: modules of ours by name below the package, others as they are.

    The flag says whether it is one of ours.
    """
    path = MODULES[module]
    folder = ["videotasks", *module.split(".")] if module else ["videotasks"]
    folder = folder if path.name == "__init__.py" else folder[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or "", False
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] + (node.module or "").split(".")
            name = ".".join(part for part in base[1:] if part)
            for alias in node.names:
                inner = f"{name}.{alias.name}".strip(".")
                yield (inner if inner in MODULES else name), True


@pytest.mark.parametrize("module", MODULES)
def test_layers(module: str) -> None:
    """A module imports its own layer, the leaves, and the layers below it; nothing else of ours."""
    layer = layer_of(module)
    allowed = LEAVES if layer in LEAVES else MAY_IMPORT[layer] | LEAVES | {layer}
    ours = {layer_of(name) for name, is_ours in imports(module) if is_ours}
    assert ours <= allowed


@pytest.mark.parametrize("module", MODULES)
def test_imports_from_outside(module: str) -> None:
    """Only `_http` and the base of the providers know the network; rules neither wait nor send."""
    layer = layer_of(module)
    others = {name.partition(".")[0] for name, is_ours in imports(module) if not is_ours}
    assert not {"videotasks"} & others  # what is ours is imported by a relative name
    if layer not in {"_http", "simulator"} and module != "_providers.base":
        assert not NETWORK & others
    if layer in {"_model", "_rules"}:
        assert not WAITING & others


def test_no_circles() -> None:
    """No module imports, in however many steps, what imports it; but errors name a `Ref`."""
    graph = {name: {other for other, ours in imports(name) if ours} - {name} for name in MODULES}
    graph["_model.errors"].remove("_model.task")  # for its type alone
    list(TopologicalSorter(graph).static_order())  # raises for a circle


def test_rules_do_not_wait() -> None:
    """Rules and model await nothing and start no thread."""
    waits = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    for name, path in MODULES.items():
        if layer_of(name) in {"_model", "_rules"}:
            text = path.read_text(encoding="utf-8")
            assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, waits)], name
            assert "threading.Thread" not in text, name


def test_files_are_short() -> None:
    """No file has more than 250 lines."""
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > 250} == {}
