"""Sync modules that a script writes from their async twins."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tools" / "unasync.py"
WRITTEN = sorted(
    path
    for path in (ROOT / "wrapper" / "videotasks").rglob("*.py")
    if path.read_text(encoding="utf-8").startswith("# Written from ")
)


def test_written_files_are_what_the_script_writes() -> None:
    """Each is exactly what its source gives; `make check` says so too."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_written_files_are_sync() -> None:
    """The facade, the driver, the client and its network are written; and nothing in them waits
    for an event loop, or speaks of one."""
    names = [path.name for path in WRITTEN]
    assert names == [
        "lists.py",
        "many.py",
        "tasks.py",
        "sync_driver.py",
        "sync_client.py",
        "sync_download.py",
    ]
    for path in WRITTEN:
        text = path.read_text(encoding="utf-8")
        source = text.split(maxsplit=4)[3]
        assert (ROOT / source).is_file()
        assert (
            text.splitlines()[0] == f"# Written from {source} by tools/unasync.py; edit that one."
        )
        kinds = {type(node) for node in ast.walk(ast.parse(text))}
        assert not kinds & {ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith}
        body = text.partition("\n")[2].lower()
        assert "event loop" not in body
        assert "asyncio" not in body.replace("threads and asyncio", "")
