"""The command where a provider refuses the key: no more of its tasks are tried."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from videotasks import skip_done
from videotasks.simulator import Fault, Simulator

from .command import Terminal, records, run
from .test_command_stops import add

BAD_KEY = Fault.error(401, {"error": {"code": "AuthenticationError", "message": "bad key"}})


def many_refs(file: Path, count: int, *more: str) -> Path:
    refs = [*(f"ark:{number}" for number in range(count)), *more]
    file.write_text("\n".join(refs), encoding="utf-8")
    return file


def test_key_refused(sim: Simulator, tmp_path: Path) -> None:
    """A refused key is said once; no more tasks are tried, and each has its line for programs."""
    file, record = many_refs(tmp_path / "refs", 2000), tmp_path / "done"
    arguments = ("delete", "-y", "--resume", record, "--from", file)
    done = run(sim, *arguments, env={"ARK_API_KEY": "wrong"})
    assert 0 < len(sim.ark.requests) < 50
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert {line[0] for line in lines} == {f"ark:{number}" for number in range(2000)}
    assert {line[1] for line in lines} == {"failed"}
    told, summary = done.stderr.splitlines()
    assert told.startswith("videotasks: Ark refused the key; check it")
    assert told.endswith("; no more tasks of ark are tried")
    assert summary.startswith("2000 failed (2000 tasks, ")
    assert done.returncode == 4
    # Nothing of that counts as done.
    found = record.read_text(encoding="utf-8").splitlines()
    assert len(found) == 2000
    assert len(list(skip_done([line[0] for line in lines], found))) == 2000


def test_key_refused_on_a_terminal(sim: Simulator, tmp_path: Path) -> None:
    """On a terminal only the first few are shown; the summary has them all."""
    arguments = ("delete", "-y", "--from", many_refs(tmp_path / "refs", 600))
    with Terminal(sim, *arguments, env={"ARK_API_KEY": "wrong"}) as terminal:
        status, text = terminal.end()
    assert status == 4
    assert text.count("no more tasks of ark are tried") == 1
    assert 0 < text.count("failed\t") + text.count(" failed ") < 20
    assert "600 failed (600 tasks, " in text


def test_key_of_one_refused(sim: Simulator, tmp_path: Path) -> None:
    """Where one provider refuses the key, the tasks of the other are all done."""
    mine = [f"tensorslab:{sim.tensorslab.add('failed')}" for _ in range(30)]
    file = many_refs(tmp_path / "refs", 2000, *mine)
    env = {"ARK_API_KEY": "wrong"}
    done = run(sim, "delete", "-y", "--ndjson", "--from", file, env=env)
    outcomes = Counter((record["ref"][:3], record["outcome"]) for record in records(done.stdout))
    assert outcomes == {("ark", "failed"): 2000, ("ten", "deleted"): 30}
    assert len(sim.ark.requests) < 50
    assert "2000 failed, 30 deleted (2030 tasks, " in done.stderr
    assert done.returncode == 4


def test_key_refused_in_a_plan(sim: Simulator) -> None:
    """A key that is refused from some moment on stops `purge` as well."""
    add(sim, 100)
    sim.ark.fail("get", BAD_KEY, times=100)
    done = run(sim, "purge", "ark", "--state", "failed", "-y")
    assert sim.ark.count("get") < 50
    assert "no more tasks of ark are tried" in done.stderr
    assert done.returncode == 4


def test_key_refused_to_looks(sim: Simulator, tmp_path: Path) -> None:
    """`get` stops asking as well, and says of each task why it is not shown."""
    file = many_refs(tmp_path / "refs", 300)
    done = run(sim, "get", "--from", file, env={"ARK_API_KEY": "wrong"})
    assert len(sim.ark.requests) < 50
    assert len(done.stderr.splitlines()) == 300
    assert done.returncode == 4


def test_refused_for_one_task(sim: Simulator) -> None:
    """A 403 may be about one task, so the others are tried."""
    refs = add(sim, 40)
    sim.ark.fail("get", Fault.error(403, {"error": {"code": "Denied", "message": "not yours"}}))
    done = run(sim, "delete", "-y", *refs)
    assert "1 failed (40 tasks, " in done.stderr
    assert len(sim.ark.ids()) == 1
    assert done.returncode == 4
