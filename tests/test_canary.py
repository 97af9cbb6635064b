"""The canary sings: a key that leaks is found wherever it is looked for."""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

import pytest

from videotasks import VideoTasksError

from . import canary
from .canary import CANARY
from .command import COMMAND, environment
from .holding import PATIENCE, Holding


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


def test_list_of_processes(holding: Holding, tmp_path: Path) -> None:
    """While the command works, neither its own line in the list of processes nor that of any child
    has the key in it, whether the key is from the environment or from a file."""
    ps = shutil.which("ps")
    if ps is None:
        pytest.skip("there is no ps here")
    keys = tmp_path / "keys.env"
    keys.write_text(f"ARK_API_KEY={CANARY}\n", encoding="utf-8")
    url = f"http://127.0.0.1:{holding.server_port}/api/v3"
    for given, arguments in (({"ARK_API_KEY": CANARY}, []), ({}, ["--key-file", str(keys)])):
        with subprocess.Popen(
            [COMMAND, "delete", "--yes", "ark:x", *arguments],
            env=environment(None, ARK_BASE_URL=url, **given),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert holding.arrived.acquire(timeout=PATIENCE)
            of = f"{process.pid}"
            seen = subprocess.run(
                [ps, "-ww", "-o", "args", "-p", of, "--ppid", of],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert "delete --yes" in seen
            assert CANARY not in seen
            process.kill()
