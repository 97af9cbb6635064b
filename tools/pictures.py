"""Draws docs/pictures/demo.svg: what `videotasks demo` prints, as a terminal shows it.

python tools/pictures.py

Owns: the look of a terminal. Refuses to fetch fonts: each piece of text is told its width instead,
so that whatever fixed-width font there is fits.
"""

from __future__ import annotations

import subprocess
import sys
from html import escape
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "demo.svg"

COLUMNS, ADVANCE, LEADING, MARGIN = 80, 8.4, 20, 18
"""Characters on a line; then pixels: from letter to letter, from line to line, and around."""

# Text on a panel of its own, so that the colour of the page does not matter.
PANEL, INK, DIM = "#1b1f24", "#e6edf3", "#9aa4af"
COLOURS = {1: "#ff8078", 2: "#5fd38a", 6: "#6cc7e8"}
"""A terminal's red, green and cyan."""


def shown() -> str:
    """What the demo prints on a terminal, colours and all."""
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [scripts / "videotasks", "demo"],
        env={"PATH": str(scripts), "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def attributes(style: Style) -> str:
    """A style, for SVG."""
    colour = DIM if style.dim else INK
    if style.color is not None and style.color.number is not None:
        colour = COLOURS[style.color.number]
    return f'fill="{colour}"' + (' font-weight="bold"' if style.bold else "")


def drawn(output: str) -> str:
    """The output as SVG."""
    lines, terminal = output.splitlines(), Console(force_terminal=True, color_system="standard")
    width, height = 2 * MARGIN + COLUMNS * ADVANCE, 2 * MARGIN + LEADING * len(lines)
    fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}"',
        f'  font-family="{fonts}" font-size="14">',
        "<title>What videotasks demo prints</title>",
        f'<rect width="{width:g}" height="{height}" rx="8" fill="{PANEL}"/>',
    ]
    for number, line in enumerate(lines):
        x, y = float(MARGIN), MARGIN + LEADING * number + 14
        for segment in Text.from_ansi(line).render(terminal):
            space = len(segment.text) - len(segment.text.lstrip())
            words = segment.text.strip()
            if words:
                parts.append(
                    f'<text x="{x + ADVANCE * space:g}" y="{y}" xml:space="preserve" '
                    f'textLength="{ADVANCE * len(words):g}" {attributes(segment.style or Style())}>'
                    f"{escape(words, quote=False)}</text>"
                )
            x += ADVANCE * len(segment.text)
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawn(shown()), encoding="utf-8")
