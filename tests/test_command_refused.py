"""The command where a provider refuses the key: no more of its tasks are tried."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from videotasks.simulator import Fault, Simulator

from .command import records, run
from .test_command_stops import add

BAD_KEY = Fault.error(401, {"error": {"code": "AuthenticationError", "message": "bad key"}})


def test_key_refused(sim: Simulator, tmp_path: Path) -> None:
    """A refused key stops the work: no more tasks are tried, and those are only counted."""
    file = tmp_path / "refs"
    file.write_text("".join(f"ark:{number}\n" for number in range(5000)), encoding="utf-8")
    done = run(sim, "delete", "-y", "--from", file, env={"ARK_API_KEY": "wrong"})
    assert 0 < len(sim.ark.requests) < 50
    failed = done.stdout.splitlines()
    assert all("\tfailed\t" in line for line in failed)
    told, summary = done.stderr.splitlines()
    assert told == "videotasks: ark refuses the key, so no more of its tasks are tried"
    assert summary.startswith(f"{5000 - len(failed)} unsent, {len(failed)} failed (5000 tasks, ")
    assert done.returncode == 4


def test_key_of_one_refused(sim: Simulator, tmp_path: Path) -> None:
    """Where one provider refuses the key, the tasks of the other are all done."""
    file = tmp_path / "refs"
    mine = [f"tensorslab:{sim.tensorslab.add('failed')}" for _ in range(30)]
    refs = [*(f"ark:{number}" for number in range(5000)), *mine]
    file.write_text("\n".join(refs), encoding="utf-8")
    env = {"ARK_API_KEY": "wrong"}
    done = run(sim, "delete", "-y", "--ndjson", "--from", file, env=env)
    outcomes = Counter((record["ref"][:3], record["outcome"]) for record in records(done.stdout))
    assert outcomes.keys() == {("ark", "failed"), ("ten", "deleted")}
    assert outcomes["ten", "deleted"] == 30
    assert len(sim.ark.requests) < 100
    assert f"{5000 - outcomes['ark', 'failed']} unsent, " in done.stderr
    assert done.returncode == 4


def test_key_refused_in_a_plan(sim: Simulator) -> None:
    """A key that is refused from some moment on stops `purge` as well."""
    add(sim, 100)
    sim.ark.fail("get", BAD_KEY, times=100)
    done = run(sim, "purge", "ark", "--state", "failed", "-y")
    assert sim.ark.count("get") < 50
    assert "videotasks: ark refuses the key" in done.stderr
    assert done.returncode == 4


def test_refused_for_one_task(sim: Simulator) -> None:
    """A 403 may be about one task, so the others are tried."""
    refs = add(sim, 40)
    sim.ark.fail("get", Fault.error(403, {"error": {"code": "Denied", "message": "not yours"}}))
    done = run(sim, "delete", "-y", *refs)
    assert "1 failed (40 tasks, " in done.stderr
    assert len(sim.ark.ids()) == 1
    assert done.returncode == 4
