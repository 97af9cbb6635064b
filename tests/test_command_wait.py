"""`videotasks wait`, as a process."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from videotasks.simulator import Move, Simulator

from .command import next_line, records, run, start

SOON = ("--interval", "0.01")


def test_until_ended(sim: Simulator) -> None:
    """Each task is shown once it has ended, those that end first before the others."""
    late = sim.ark.add("queued", moves=[Move(to="succeeded", after_reads=3)])
    early = sim.ark.add("succeeded")
    done = run(sim, "wait", f"ark:{late}", f"ark:{early}", *SOON)
    assert [line.split("\t")[:2] for line in done.stdout.splitlines()] == [
        [f"ark:{early}", "succeeded"],
        [f"ark:{late}", "succeeded"],
    ]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("end", ["failed", "expired", "cancelled"])
def test_ended_otherwise(sim: Simulator, end: Any) -> None:
    """A task that has not succeeded ends the command with 1."""
    assert run(sim, "wait", f"ark:{sim.ark.add(end)}", *SOON).returncode == 1


def test_records(sim: Simulator) -> None:
    """In JSON each ref has one record, also one that can't be waited for."""
    task = sim.ark.add("failed")
    done = run(sim, "wait", f"ark:{task}", "ark:nowhere", "--ndjson", *SOON)
    found = {record["ref"]: record for record in records(done.stdout)}
    assert found[f"ark:{task}"]["ended"]
    assert found[f"ark:{task}"]["task"]["state"] == "failed"
    assert not found["ark:nowhere"]["ended"]
    assert found["ark:nowhere"]["error"]["kind"] == "NotFound"
    assert "ark:nowhere: Ark does not know the task" in done.stderr
    assert done.returncode == 1


def test_deadline(sim: Simulator) -> None:
    """At the deadline it ends with 1, and says in which state the task is."""
    task = sim.ark.add("running")
    done = run(sim, "wait", f"ark:{task}", "--deadline", "1s", *SOON)
    assert done.returncode == 1
    assert done.stdout.startswith(f"ark:{task}\trunning")
    assert "the deadline comes while the task is running" in done.stderr


def test_cancel_queued(sim: Simulator) -> None:
    """Tasks that are still queued after a while are cancelled; those that run may finish."""
    queued = sim.ark.add("queued")
    running = sim.ark.add("running", moves=[Move(to="succeeded", after_seconds=1.5)])
    done = run(sim, "wait", f"ark:{queued}", f"ark:{running}", "--cancel-queued-after", "1s", *SOON)
    assert sim.ark.status(queued) == "cancelled"
    assert sim.ark.status(running) == "succeeded"
    assert f"still queued: ark:{queued} is cancelled" in done.stderr
    assert {tuple(line.split("\t")[:2]) for line in done.stdout.splitlines()} == {
        (f"ark:{queued}", "cancelled"),
        (f"ark:{running}", "succeeded"),
    }


def test_cancel_queued_where_there_is_no_cancel(sim: Simulator) -> None:
    """TensorsLab has no cancel: that is said, and the task is waited for all the same."""
    task = sim.tensorslab.add("pending", moves=[Move(to="completed", after_reads=120)])
    done = run(sim, "wait", f"tensorslab:{task}", "--cancel-queued-after", "1s", *SOON)
    assert "TensorsLab has no way to cancel a task" in done.stderr
    assert done.stdout.startswith(f"tensorslab:{task}\tsucceeded")
    assert done.returncode == 2


def test_no_refs(sim: Simulator) -> None:
    """Without any task there is nothing to wait for."""
    done = run(sim, "wait", "-", "--json", stdin=b"")
    assert (done.returncode, done.stderr) == (0, "no tasks\n")
    assert '"results": []' in done.stdout


def test_interrupted(sim: Simulator) -> None:
    """Ctrl-C ends it, and says how far it came; nothing was changed."""
    ended, going = sim.ark.add("succeeded"), sim.ark.add("queued")
    with start(sim, "wait", f"ark:{ended}", f"ark:{going}", *SOON) as process:
        assert process.stdout is not None
        assert next_line(process.stdout).startswith(f"ark:{ended}")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert said == "videotasks: interrupted after 1 of 2\n"
    assert process.returncode == 130
    assert sim.ark.status(going) == "queued"


def test_spans_that_exclude_each_other(sim: Simulator) -> None:
    """A --cancel-queued-after that the --deadline would never let act is refused."""
    done = run(sim, "wait", "ark:x", "--deadline", "5s", "--cancel-queued-after", "5s")
    assert done.returncode == 2
    assert "--cancel-queued-after must come before --deadline" in done.stderr


def test_longest_deadline(sim: Simulator) -> None:
    """A deadline of more than 30 days is refused where it is given."""
    done = run(sim, "wait", "ark:x", "--deadline", "31d")
    assert "'31d' is not above 0 and at most 30 days" in done.stderr
