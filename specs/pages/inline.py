"""One line of Markdown, as runs of text, bold and code.

Owns: the vendors' own way of writing Markdown within a line: bold with spaces at its edges, badges,
marks of what is new. Markdown's own rules would leave those stars in the text. Refuses blocks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from .blocks import REQUIRED, Run

_NEW = re.compile(r"==\^?[^=\n]*\^?==|<mark>\s*<sup>.*?</sup>\s*</mark>", re.IGNORECASE)
_BADGE = re.compile(
    r"%%(?P<percent>\w+)%%|<span[^>]*data-api-tag=\"(?P<tag>[\w-]+)[^>]*>[^<]*</span>"
)
_PIECE = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|!\[[^\]]*\]\([^)]*\)"
    r"|\[(?P<link>(?:\\.|[^\]\\])*)\]\((?:[^()]|\([^()]*\))*\)"
    r"|<(?P<address>https?://[^>\s]+)>"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][\w-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)>"
    r"|(?P<stars>\*\*|__)"
    r"|(?P<star>(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*]))"
    r"|\+\+(?P<under>[^+\n]+)\+\+",
    re.DOTALL,
)
_BOLD = {"b", "strong"}
_CODE = {"code"}
_LABEL = re.compile(r"data-label=")


def runs(text: str) -> tuple[Run, ...]:
    """The runs of a line, or of several with newlines between them."""
    text = _NEW.sub("", text)
    pieces: list[Run] = []
    place = 0
    for found in _BADGE.finditer(text):
        pieces += _styled(text[place : found.start()])
        word = found["percent"] or found["tag"]
        pieces.append(Run(REQUIRED if word.startswith("require") else word, code=True))
        place = found.end()
    pieces += _styled(text[place:])
    return tuple(run for run in _joined(pieces) if run.text)


def _styled(text: str) -> Iterator[Run]:
    bold = code = False
    place = 0
    for found in _PIECE.finditer(text):
        yield Run(html.unescape(text[place : found.start()]), bold, code)
        place = found.end()
        if found["escape"]:
            yield Run(found["escape"][1:], bold, code)
        elif found["ticks"]:
            yield Run(found["code"].strip(), bold, code=True)
        elif found["link"] is not None:
            for run in _styled(found["link"]):
                yield Run(run.text, bold or run.bold, code or run.code)
        elif found["address"] or found["under"]:
            yield Run(found["address"] or found["under"], bold, code)
        elif found["stars"]:
            bold = not bold
        elif found["name"]:
            name = found["name"].casefold()
            if name == "br":
                yield Run("\n", bold, code)
            elif name in _BOLD:
                bold = not found["end"]
            elif name in _CODE or _LABEL.search(found["rest"]):
                code = not found["end"]
            elif name == "span" and found["end"]:
                code = False
    yield Run(html.unescape(text[place:]), bold, code)


def _joined(pieces: list[Run]) -> list[Run]:
    """Neighbours of one style together; the spaces at the edges of bold text outside it."""
    split: list[Run] = []
    for run in pieces:
        if run.bold and not run.code and run.text != run.text.strip():
            bare = run.text.strip()
            left = run.text[: len(run.text) - len(run.text.lstrip())]
            right = run.text[len(run.text.rstrip()) :] if bare else ""
            split += [Run(left), Run(bare, bold=True), Run(right)]
        else:
            split.append(run)
    joined: list[Run] = []
    for run in (run for run in split if run.text):
        if joined and not run.code and joined[-1].bold == run.bold and not joined[-1].code:
            joined[-1] = Run(joined[-1].text + run.text, run.bold)
        else:
            joined.append(run)
    return joined
