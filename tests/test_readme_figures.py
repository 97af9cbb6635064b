"""The README's comparison and its chart show what `make bench` measured last, and nothing older."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from .test_readme import READMES, ROOT, blocks

FIGURES: Final[dict[str, Any]] = json.loads((ROOT / "benchmarks" / "comparison.json").read_bytes())
CONTENDERS: Final = ("videotasks", "volcengine-ark-runtime", "arkruntime")
YES: Final = {"yes", "是"}
KEPT: Final = ("kept", "保留")
"""Words of the English and of the Chinese README."""


def tokens(cell: str) -> list[str]:
    """What a cell gives in code and in figures."""
    return [code or number for code, number in re.findall(r"`([^`]+)`|(\d(?:[\d,]*\d)?)", cell)]


def measured(name: str) -> list[list[str]]:
    """What the cells of a contender's column are to give, from the first row to the last."""
    one, said = FIGURES[name], FIGURES[name]["answer lost"]["said"]
    return [
        one["finishes"]["requests"],
        [said.split()[-1]],  # a name, or the last word of "… is deleted"
        [],
        [f"{one['megabytes']:,}", f"{one['packages']:,}"],
        [f"{one['milliseconds']:,}"],
        [f"{one['many']['429']:,}", "429", f"{one['many']['left']:,}"],
    ]


@pytest.mark.parametrize("name", READMES)
def test_table(name: str) -> None:
    """Each cell of the table gives the figures; after `make bench`, the table is to follow."""
    text = (ROOT / name).read_text(encoding="utf-8")
    [table] = re.findall(r"^\| \| `videotasks` \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    [heading] = re.findall(r"^\| \| `videotasks` \|.*", text, re.MULTILINE)
    rows = [line.strip("| \n").split(" | ") for line in table.splitlines()]
    for column, contender in enumerate(CONTENDERS, 1):
        assert f"`{contender}` {FIGURES[contender]['version']}".strip() in heading
        cells = [row[column] for row in rows]
        assert [tokens(cell) for cell in cells] == measured(contender)
        is_left = FIGURES[contender]["finishes"]["left"] is not None
        assert any(word in cells[0] for word in KEPT) == is_left
        assert (cells[2] in YES) == FIGURES[contender]["typed"]
    assert tokens(rows[-1][0]) == [f"{FIGURES['tasks']:,}", f"{FIGURES['limit']}"]


@pytest.mark.parametrize("name", READMES)
def test_programs(name: str) -> None:
    """The programs of the README are those that were run for the table, comments aside."""
    shown = [re.sub(r"\s*#.*", "", block) for block in blocks(name, "python")[:2]]
    assert shown == [re.sub(r"\s*#.*", "", program) for program in FIGURES["programs"]]


def test_promises() -> None:
    """The figures say what the README's first lines say: lost with an SDK, kept with videotasks."""
    for contender in CONTENDERS[1:]:
        finishes = FIGURES[contender]["finishes"]
        assert (finishes["requests"], finishes["left"]) == (["DELETE 409", "DELETE 200"], None)
    assert FIGURES["videotasks"]["finishes"]["requests"] == ["GET 200"]
    assert FIGURES["videotasks"]["finishes"]["left"] == "running"


def test_chart(tmp_path: Path) -> None:
    """The chart is drawn from the same figures; else run `make pictures`."""
    drawn = tmp_path / "chart.svg"
    subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "chart.py", drawn], check=True, timeout=30
    )
    picture = ROOT / "docs" / "pictures" / "comparison.svg"
    assert drawn.read_bytes() == picture.read_bytes()
    for name in READMES:
        for shown in ("demo", "comparison"):
            assert f"](docs/pictures/{shown}.svg)" in (ROOT / name).read_text(encoding="utf-8")
