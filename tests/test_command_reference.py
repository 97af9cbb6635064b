"""The command's reference in docs/command.md says what the command really does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import reference

from .test_command import ERROR, OUTCOME, PREVIEW, TASK

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")


def fields(title: str) -> set[str]:
    """The fields in the table below a title."""
    table = PAGE.partition(f"**{title}**")[2].strip().partition("|")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_up_to_date() -> None:
    """The page is what tools/reference.py writes from the real --help of every command."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "reference.py", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("before", ["other words", None])
def test_out_of_date(
    before: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A page with other words, or none, fails `make check`, which names the command to run."""
    monkeypatch.setattr(reference, "PAGE", tmp_path / "command.md")
    monkeypatch.setattr(reference, "page", lambda: "words\n")
    monkeypatch.setattr(sys, "argv", ["reference.py", "--check"])
    if before is not None:
        (tmp_path / "command.md").write_text(before)
    assert reference.main() == 1
    assert capsys.readouterr().err == "docs/command.md is out of date: run `make docs` and commit\n"
    monkeypatch.setattr(sys, "argv", ["reference.py"])
    assert reference.main() == 0
    monkeypatch.setattr(sys, "argv", ["reference.py", "--check"])
    assert reference.main() == 0


@pytest.mark.parametrize(
    ("title", "schemas"),
    [
        ("A task", [TASK]),
        ("An outcome", OUTCOME["oneOf"]),
        ("An error", [ERROR]),
        ("A preview", [PREVIEW]),
    ],
)
def test_fields(title: str, schemas: list[dict[str, Any]]) -> None:
    """The tables of fields have exactly the fields that the records are held to."""
    assert fields(title) == {name for schema in schemas for name in schema["properties"]}


def test_commands() -> None:
    """Every command has its section, with its own help in it."""
    for name in ("get", "list", "cancel", "delete", "purge", "check", "simulator", "completion"):
        assert f"### {name}\n\n```text\nUsage: videotasks {name} " in PAGE
