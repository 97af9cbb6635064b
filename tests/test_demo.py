"""The demo: one screen that says why, the full tour with --all, and its picture in the README."""

from __future__ import annotations

import re
from html import unescape

from .command import run
from .test_readme import ROOT

PICTURE = ROOT / "docs" / "pictures" / "demo.svg"


def test_demo() -> None:
    """The demo needs no key, fits a terminal of 80 by 24, and shows a loss and what is kept."""
    done = run(None, "demo", env={"COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) <= 22  # the command above it and the next prompt are seen too
    assert max(map(len, lines)) <= 80
    words = [line.split()[0] for line in lines if line.startswith("   ")]
    requests = ["DELETE", "DELETE", "lost", "kept", "kept", "GET", "DELETE", "GET", "deleted"]
    assert words == [*requests, *["videotasks"] * 3]
    assert "\x1b" not in done.stdout


def test_colours() -> None:
    """On a terminal it is in colour, and says the same."""
    plain, coloured = (run(None, "demo", env=env) for env in ({}, {"FORCE_COLOR": "1"}))
    assert coloured.stdout.count("\x1b[") > 20
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.stdout) == plain.stdout


def test_tour() -> None:
    """`--all` shows all outcomes that a server can lead to, and breaks no word."""
    done = run(None, "demo", "--all", env={"COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("cancelled", "deleted", "kept", "failed", "(no record)", "unfinished"):
        assert word in done.stdout


def test_picture() -> None:
    """The picture in the README says what the demo says; after a change, run `make pictures`."""
    drawn = PICTURE.read_text(encoding="utf-8")
    said = [unescape(words) for words in re.findall(r"<text[^>]*>([^<]*)</text>", drawn)]
    demo = run(None, "demo", env={"COLUMNS": "80"}).stdout
    assert "".join("".join(said).split()) == "".join(demo.split())
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")  # fetches nothing
