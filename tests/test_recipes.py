"""The recipes are run as they stand, against the simulator."""

from __future__ import annotations

import asyncio
import os
import shlex
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from videotasks.simulator import Move, Simulator

from .command import environment, shell
from .raw import RawServer
from .test_deadline import silent
from .test_readme import blocks

PAGE = "docs/recipes.md"
WEB, CTRL_C, ORPHANS, AGENT = blocks(PAGE, "python")


@pytest.fixture
def env(sim: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The simulator's keys in the environment, and an empty folder to work in."""
    for name, value in environment(sim).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def run_block(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(code, PAGE, "exec"), names)  # noqa: S102  # our own page
    return names


def asked(*refs: str) -> list[httpx.Response]:
    """What the web handler answers to a DELETE of each."""
    app = run_block(WEB)["app"]

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://app") as http,
        ):
            return [await http.delete(f"/videos/{ref}") for ref in refs]

    return asyncio.run(ask())


@pytest.mark.usefixtures("env")
def test_web(sim: Simulator) -> None:
    """The web handler cancels, and says with its status what became of the task."""
    queued, done = sim.ark.add("queued"), sim.ark.add("succeeded")
    answers = asked(f"ark:{queued}", f"ark:{done}", "ark:nowhere", "nonsense", "tensorslab:x")
    assert [answer.status_code for answer in answers] == [200, 409, 404, 422, 422]
    assert answers[0].json()["outcome"] == "cancelled"
    assert sim.ark.status(done) == "succeeded"


@pytest.mark.usefixtures("env")
def test_web_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the provider does not answer, the web handler does."""
    with RawServer(silent) as server:
        monkeypatch.setenv("ARK_BASE_URL", server.url)
        [answer] = asked("ark:x")
    assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "AnswerLost")


@pytest.mark.usefixtures("env")
def test_ctrl_c(sim: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C cancels what is still queued; without it all is waited for."""
    make_videos = run_block(CTRL_C)["make_videos"]

    def create(prompt: str) -> str:
        if prompt == "stop":
            raise KeyboardInterrupt
        ends = [Move(to="succeeded", after_reads=1)] if prompt == "one" else []
        return sim.ark.add("queued", moves=ends)

    make_videos(["one"], create)
    with pytest.raises(KeyboardInterrupt):
        make_videos(["two", "stop"], create)
    said = capsys.readouterr().out.splitlines()
    assert [line.split(" ", 1)[1] for line in said] == ["succeeded", "is cancelled"]


@pytest.mark.usefixtures("env")
def test_orphans(sim: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Old tasks that the database lacks go; those that it has, and young ones, stay."""
    known, orphan = (sim.ark.add("failed", created_at=1743414619) for _ in range(2))
    young = sim.ark.add("failed")
    with sqlite3.connect("app.db") as database:
        database.execute("CREATE TABLE videos (ref TEXT)")
        database.execute("INSERT INTO videos VALUES (?)", (f"ark:{known}",))
    database.close()
    Path("known.txt").write_text(f"ark:{known}\n", encoding="utf-8")
    line = blocks(PAGE, "sh")[0].splitlines()[1]
    assert "1 would be deleted" in shell(sim, f"cd {os.getcwd()}; {line}").stderr
    run_block(ORPHANS)
    assert capsys.readouterr().out == f"1 to delete\nark:{orphan} is deleted\n"
    assert [sim.ark.status(task) for task in (known, orphan, young)] == ["failed", None, "failed"]


@pytest.mark.parametrize("where", ["cron", "systemd"])
def test_nightly(sim: Simulator, tmp_path: Path, where: str) -> None:
    """The nightly line of cron, and what systemd runs, delete old failed tasks and nothing else."""
    keys = tmp_path / "videotasks.env"
    keys.write_text(f"ARK_API_KEY={sim.api_key}\nARK_BASE_URL={sim.ark_url}\n", encoding="utf-8")
    if where == "cron":
        line = blocks(PAGE, "cron")[0].split("  ", 1)[1].strip()
    else:
        service = dict(
            text.split("=", 1) for text in blocks(PAGE, "ini")[0].splitlines() if "=" in text
        )
        line = f"set -a; . {service['EnvironmentFile']}; {service['ExecStart']}"
    line = line.replace("/etc/videotasks.env", shlex.quote(str(keys)))
    old, young = sim.ark.add("failed", created_at=1743414619), sim.ark.add("failed")
    done = subprocess.run(
        ["/bin/bash", "-c", line],
        env=environment(None),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, sim.ark.status(old), sim.ark.status(young)) == (0, None, "failed")
    assert "1 deleted" in done.stderr


@pytest.mark.usefixtures("env")
def test_agent(sim: Simulator) -> None:
    """The agent's tool says what would be lost, and changes nothing."""
    task = sim.ark.add("succeeded")
    preview = run_block(AGENT)["preview_deletion"]
    [found] = preview([f"ark:{task}"])
    assert (found["action"], found["loses"]) == ("delete", "video")
    assert sim.ark.status(task) == "succeeded"
    with pytest.raises(ValueError, match="videotasks: "):
        preview(["--yes"])
