"""Text of servers and callers, made safe to show in a message."""

from __future__ import annotations

from typing import Final

MOST_QUOTED: Final = 200
"""Characters quoted of what a server or a caller wrote."""


def short(text: str, most: int = MOST_QUOTED) -> str:
    """`text` on one line and short, with nothing in it that could steer a terminal."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def escaped(text: str) -> str:
    """`text` whole, in its lines, with all else that could steer a terminal spelled out."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text
    )
