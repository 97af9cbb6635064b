"""The page on the simulator: its tests run as printed, and its table has all there is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from videotasks.simulator import Fault, Simulator
from videotasks.simulator._store import ProviderSimulator

from .command import environment
from .test_readme import blocks

PAGE: Final = "docs/simulator.md"
ROWS: Final = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (Path(__file__).parent.parent / PAGE).read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]


def test_the_file_to_copy(tmp_path: Path) -> None:
    """The file runs as printed, in a folder of its own, without a warning."""
    [printed] = blocks(PAGE, "python")
    (tmp_path / "test_cleanup.py").write_text(printed, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environment(None),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    count = printed.count("def test_") + 1  # one of them is tried both ways
    assert f"{count} passed" in done.stdout, done.stdout
    assert done.returncode == 0


def public(kind: type) -> set[str]:
    """What a class and its bases offer, annotated switches included."""
    return {name for name in dir(kind) if not name.startswith("_")}


def test_the_table_has_all_handles(sim: Simulator) -> None:
    """Each public name of the simulator and of both providers has a row, and no other name has."""
    handles = "|".join(rf"sim\.{name}" for name in sim.providers)
    named = re.findall(rf"`({handles}|sim|p)\.(\w+)", "".join(row[0] for row in ROWS))
    shared = public(ProviderSimulator) | {"api_key", "states", "operations", "fields"}
    shared |= {"name", "base_path", "prefix"}
    shared -= {"handle"}  # called by the server alone
    expected = {("sim", name) for name in public(Simulator) - {"switches"}}
    expected |= {("p", name) for name in shared}
    for name, provider in sim.providers.items():
        expected |= {(f"sim.{name}", own) for own in public(type(provider)) - shared - {"handle"}}
    rows = set(named)
    lacking = [
        f"docs/simulator.md lacks a row for `{where}.{name}`" for where, name in expected - rows
    ]
    strange = [f"docs/simulator.md has `{where}.{name}`" for where, name in rows - expected]
    assert sorted([*lacking, *strange]) == []


def test_the_table_has_the_defaults(sim: Simulator) -> None:
    """Each switch has its default in its row."""
    defaults = {name: default for name, _, default, _ in (row for row in ROWS if len(row) == 4)}
    wrong: list[str] = []
    seen = 0
    for name, provider in sim.providers.items():
        for switch in provider.switches():
            value: object = getattr(provider, switch)
            row = (
                f"`sim.{name}.{switch}`"
                if f"`sim.{name}.{switch}`" in defaults
                else f"`p.{switch}`"
            )
            shown = repr(value).replace("'", '"')
            if row in defaults and defaults[row] != f"`{shown}`":  # without a row: see above
                wrong.append(f"docs/simulator.md: the default of {row} is `{shown}`")
            seen += 1
    assert wrong == []
    assert seen > 20


def test_the_table_has_all_faults() -> None:
    """Each way to fail has a row."""
    made = {name for name in public(Fault) if isinstance(vars(Fault)[name], classmethod)}
    assert made == {name for row in ROWS for name in re.findall(r"^`Fault\.(\w+)\(", row[0])}
