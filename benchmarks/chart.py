"""Draws docs/pictures/comparison.svg from the figures that `compare.py` measured.

python benchmarks/chart.py [FILE]

Owns: the look. Refuses to measure, and to fetch anything: whatever fonts there are will do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from contenders import CONTENDERS, OURS, ROOT

FIGURES: Final = ROOT / "benchmarks" / "comparison.json"
PICTURE: Final = ROOT / "docs" / "pictures" / "comparison.svg"

WIDTH, BAR, LEADING, TOP, LEFT, COLUMN = 708, 80, 30, 64, 196, 172
"""Pixels: the panel, the longest bar, from row to row, the first row, the first column, each."""

# Text on a panel of its own, so that the colour of the page does not matter.
PANEL, INK, DIM, GOOD, BAD = "#1b1f24", "#e6edf3", "#9aa4af", "#5fd38a", "#ff8078"


def drawn(figures: Mapping[str, Any]) -> str:
    """Three bars for each contender: less is better."""
    mine = [figures[one.name] for one in CONTENDERS]
    columns = (
        ("installed", "MB", [one["megabytes"] for one in mine]),
        ("import, processor", "ms", [one["milliseconds"] for one in mine]),
        ("429s in bulk", "", [one["many"]["429"] for one in mine]),
    )
    height = TOP + LEADING * len(CONTENDERS) + 10
    fonts = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"',
        f'  font-family="{fonts}" font-size="14">',
        "<title>videotasks beside the official SDKs; less is better</title>",
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{PANEL}"/>',
    ]

    def text(x: float, y: float, words: str, colour: str = INK, weight: str = "normal") -> None:
        parts.append(
            f'<text x="{x:g}" y="{y}" fill="{colour}" font-weight="{weight}">{words}</text>'
        )

    text(18, 36, "less is better", DIM)
    for row, one in enumerate(CONTENDERS):
        weight = "bold" if one is OURS else "normal"
        text(18, TOP + LEADING * row + 15, one.name, weight=weight)
    for column, (title, unit, values) in enumerate(columns):
        x = LEFT + COLUMN * column
        text(x, 36, title, DIM)
        for row, value in enumerate(values):
            long, y = max(1.5, BAR * value / max(*values, 1)), TOP + LEADING * row
            colour = GOOD if row == 0 else BAD
            parts.append(f'<rect x="{x}" y="{y}" width="{long:.1f}" height="20" fill="{colour}"/>')
            text(x + long + 6, y + 15, f"{value:,} {unit}".strip())
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    file = Path(sys.argv[1]) if sys.argv[1:] else PICTURE
    file.write_text(drawn(figures), encoding="utf-8")
