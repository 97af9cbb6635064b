"""The canary sings: a key that leaks is found wherever it is looked for."""

from __future__ import annotations

import logging
from pathlib import Path

from videotasks import VideoTasksError

from . import canary
from .canary import CANARY


def found() -> list[str]:
    """Where the key was seen, forgotten after that."""
    where = [leak.partition(":")[0] for leak in canary.leaks]
    canary.leaks.clear()
    return where


def test_found(tmp_path: Path) -> None:
    """A key in the log, in an error, in a file or in what is printed is found there."""
    canary.Watch().emit(logging.makeLogRecord({"msg": "with %s", "args": (CANARY,)}))
    assert found() == ["in the log"]
    VideoTasksError(f"with {CANARY}")
    assert found() == ["in VideoTasksError"]
    (tmp_path / "record.ndjson").write_text(CANARY)
    (tmp_path / "keys").write_text(CANARY)
    canary.look_into(tmp_path)
    assert found() == ["in record.ndjson"]
    (tmp_path / "record.ndjson").unlink()
    canary.look_at(f"Bearer {CANARY}", "printed")
    assert found() == ["printed"]
    canary.look_at("Bearer …", "printed")
    assert found() == []
