"""The command when it is stopped early: Ctrl-C, a reader that leaves, a full disk, a kill."""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from videotasks.simulator import Fault, Simulator

from .command import PATIENCE, records, run, shell, start

FULL = Path("/dev/full")


def add(sim: Simulator, count: int) -> list[str]:
    """Add failed tasks to Ark: their refs."""
    return [f"ark:{sim.ark.add('failed')}" for _ in range(count)]


def deletions(sim: Simulator) -> Counter[str]:
    """How often each task was asked to be deleted."""
    return Counter(
        f"ark:{task_id}"
        for request in sim.ark.requests
        if request.operation == "delete"
        for task_id in request.ids
    )


def first_line(process: subprocess.Popen[str]) -> str:
    """The first line on standard output, once it is there."""
    assert process.stdout is not None
    return process.stdout.readline()


# ---- Ctrl-C


def test_interrupted(sim: Simulator, tmp_path: Path) -> None:
    """Ctrl-C ends with status 130, an outcome for every ref, the summary, and how to go on."""
    sim.latency = 0.05
    refs, file = add(sim, 20), tmp_path / "done"
    with start(sim, "delete", "-y", "--ndjson", "--resume", file, *refs) as process:
        first = first_line(process)
        process.send_signal(signal.SIGINT)
        rest, talk = process.communicate(timeout=PATIENCE)
    outcomes = {record["ref"]: record["outcome"] for record in records(first + rest)}
    assert len((first + rest).splitlines()) == len(refs)
    assert outcomes.keys() == set(refs)
    # Rarely one is unknown, which was just being begun or answered; that claims neither.
    assert {"deleted", "unsent"} <= set(outcomes.values()) <= {"deleted", "unsent", "unknown"}
    for ref, outcome in outcomes.items():
        if outcome != "unknown":
            assert (sim.ark.status(ref.removeprefix("ark:")) is None) == (outcome == "deleted")
    assert process.returncode == 130
    done = sum(outcome != "unsent" for outcome in outcomes.values())
    assert "stopping; waiting for answers on their way" in talk
    assert f"videotasks: interrupted after {done} of 20\n" in talk
    assert f"{20 - done} unsent" in talk
    assert f"--resume {file} goes on where it stopped" in talk
    assert "Traceback" not in talk
    assert records(file.read_text(encoding="utf-8")) == records(first + rest)
    sim.latency = 0.0


def test_interrupted_json(sim: Simulator) -> None:
    """Ctrl-C still gives the JSON document whole, with all refs in it."""
    refs = add(sim, 4)
    sim.ark.fail("get", Fault.silent(acted=False), times=4)
    arguments = ("delete", "-y", "--json", "--timeout", "0.5", "-v", *refs)
    with start(sim, *arguments) as process:
        assert process.stderr is not None
        assert "Timeout" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=PATIENCE)
    document = json.loads(out)
    assert {row["ref"]: row["outcome"] for row in document["outcomes"]} == dict.fromkeys(
        refs, "unsent"
    )
    assert document["summary"] == {"unsent": 4}
    assert "interrupted after 0 of 4" in talk
    assert process.returncode == 130


def test_interrupted_again(sim: Simulator) -> None:
    """More Ctrl-C gives up the waiting too: what was sent is unknown, and all is accounted for."""
    refs = add(sim, 6)
    # The first deletion to come in is never answered; another one's line tells that it is there.
    sim.ark.fail("delete", Fault.silent(acted=True))
    with start(sim, "delete", "-y", "--ndjson", "--timeout", "60", *refs) as process:
        first = first_line(process)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        rest, talk = process.communicate(timeout=PATIENCE)
    found = records(first + rest)
    assert sorted(record["ref"] for record in found) == sorted(refs)
    assert process.returncode == 130
    assert "unknown" in [record["outcome"] for record in found]
    assert "interrupted after" in talk
    assert "Traceback" not in talk
    assert "Exception ignored" not in talk


def test_interrupted_before_anything(sim: Simulator) -> None:
    """Ctrl-C while listing is status 130, and says that nothing was changed."""
    sim.ark.fail("list", Fault.silent(acted=False), times=2)
    with start(sim, "list", "ark", "-v", "--timeout", "0.5") as process:
        assert process.stderr is not None
        assert "Timeout" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=PATIENCE)
    assert out == ""
    assert talk.endswith("interrupted; nothing was sent that changes anything\n")
    assert process.returncode == 130


# ---- the output


@pytest.mark.parametrize("options", [["delete", "-y", "--ndjson"], ["get"]], ids=["delete", "get"])
def test_reader_leaves(sim: Simulator, options: list[str]) -> None:
    """When the reader closes the pipe, work stops early, with status 141 and no traceback."""
    sim.latency = 0.05
    refs = add(sim, 20)
    with start(sim, *options, *refs) as process:
        assert first_line(process)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        talk = process.stderr.read()
        assert process.wait(PATIENCE) == 141
    sim.latency = 0.0
    assert "Traceback" not in talk
    assert "Exception" not in talk
    assert "Broken pipe" not in talk
    if "delete" in options:
        assert 0 < sum(deletions(sim).values()) < 20
        left = len(sim.ark.ids())
        assert f"{left} unsent, {20 - left} deleted (20 tasks" in talk


def test_full_disk(sim: Simulator) -> None:
    """Where the output can't be written, work stops, with the reason, the summary and status 1."""
    sim.latency = 0.05
    refs = add(sim, 20)
    with FULL.open("wb") as full:
        done = run(sim, "delete", "-y", "--ndjson", *refs, stdout=full)
    sim.latency = 0.0
    left = len(sim.ark.ids())
    assert left
    assert f"can't write the output (No space left on device); stopped after {20 - left} of 20" in (
        done.stderr
    )
    assert f"{left} unsent, {20 - left} deleted (20 tasks" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("arguments", [["get"], ["delete", "--json"]], ids=" ".join)
def test_full_disk_at_the_end(sim: Simulator, arguments: list[str]) -> None:
    """What is printed last is not lost in silence either."""
    with FULL.open("wb") as full:
        done = run(sim, *arguments, *add(sim, 1), stdout=full)
    assert "can't write the output" in done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode == 1


def test_closed_output(sim: Simulator) -> None:
    """With standard output closed the work is done all the same, without a word too many."""
    (ref,) = add(sim, 1)
    done = shell(sim, f"videotasks delete {ref} >&-")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr.startswith("1 deleted (1 task, ")
    assert len(done.stderr.splitlines()) == 1
    (ref,) = add(sim, 1)
    done = shell(sim, f"videotasks delete {ref} 2>&-")
    assert (done.stdout, done.returncode) == (f"{ref}\tdeleted\tis deleted\n", 0)


def test_odd_encoding(sim: Simulator) -> None:
    """Words that the output's encoding lacks do not stop the work; they are spelled out."""
    task_id = sim.ark.add("failed", error={"code": "Odd", "message": "中文"})
    env = {"PYTHONIOENCODING": "ascii"}
    done = run(sim, "delete", "--ndjson", f"ark:{task_id}", env=env)
    (record,) = records(done.stdout)
    assert record["task"]["error"] == "Odd: 中文"
    assert done.returncode == 0


# ---- resuming


def test_resume(sim: Simulator, tmp_path: Path) -> None:
    """`--resume` records each outcome, and next time leaves alone what is done; the rest is looked
    at again."""
    file = tmp_path / "done"
    failed, running = sim.ark.add("failed"), sim.ark.add("running")
    arguments = ("delete", "-y", "--resume", file, f"ark:{failed}", f"ark:{running}")
    assert run(sim, *arguments).returncode == 1
    outcomes = records(file.read_text(encoding="utf-8"))
    assert {record["ref"]: record["outcome"] for record in outcomes} == {
        f"ark:{failed}": "deleted",
        f"ark:{running}": "kept",
    }
    sim.ark.move(running, "failed")
    done = run(sim, *arguments)
    assert done.stdout == f"ark:{running}\tdeleted\tis deleted\n"
    assert done.returncode == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    before = len(sim.ark.requests)
    done = run(sim, *arguments)
    assert (done.stdout, done.stderr, done.returncode) == ("", "nothing to do\n", 0)
    assert len(sim.ark.requests) == before


def test_resume_cut_off(sim: Simulator, tmp_path: Path) -> None:
    """A last line that a kill cut off counts for nothing, and does not spoil the next one."""
    file = tmp_path / "done"
    done, half = add(sim, 2)
    sim.ark.remove(done.removeprefix("ark:"))
    cut = f'{{"ref": "{half}", "outcome": "del'
    file.write_text(f'{{"ref": "{done}", "outcome": "deleted"}}\n{cut}', encoding="utf-8")
    assert run(sim, "delete", "-y", "--resume", file, done, half).returncode == 0
    assert deletions(sim) == {half: 1}
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[1] == cut
    assert json.loads(lines[2])["ref"] == half


def test_resume_after_kill(sim: Simulator, tmp_path: Path) -> None:
    """After kill -9 the same command goes on: each ref is accounted for, and none that was recorded
    as done is deleted again."""
    sim.latency = 0.05
    refs, file = add(sim, 16), tmp_path / "done"
    arguments = ["delete", "-y", "--ndjson", "--missing-ok", "--resume", str(file), *refs]
    with start(sim, *arguments) as process:
        first_line(process)
        process.kill()
        process.communicate(timeout=PATIENCE)
    before = [record["ref"] for record in records(file.read_text(encoding="utf-8"))]
    assert 0 < len(before) < len(refs)
    sim.latency = 0.0
    done = run(sim, *arguments)
    assert done.returncode == 0
    after = [record["ref"] for record in records(done.stdout)]
    assert sorted(before + after) == sorted(refs)
    assert [deletions(sim)[ref] for ref in before] == [1] * len(before)
    assert sim.ark.ids() == ()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nonexistent/done", "can't write /nonexistent/done: No such file or directory"),
        ("/tmp", "can't write /tmp: Is a directory"),  # noqa: S108  # only a folder
    ],
)
def test_resume_unwritable(sim: Simulator, path: str, words: str) -> None:
    """A record file that can't be opened is status 2, before any DELETE."""
    done = run(sim, "delete", "-y", "--resume", path, *add(sim, 2))
    assert done.returncode == 2
    assert words in done.stderr
    assert sim.ark.count("delete") == 0


def test_resume_full_disk(sim: Simulator) -> None:
    """Where outcomes can't be recorded, work stops; what was done is still shown and summed up."""
    sim.latency = 0.05
    refs = add(sim, 20)
    done = run(sim, "delete", "-y", "--ndjson", "--resume", FULL, *refs)
    sim.latency = 0.0
    outcomes = {record["ref"]: record["outcome"] for record in records(done.stdout)}
    assert outcomes.keys() == set(refs)
    left = len(sim.ark.ids())
    assert left
    assert Counter(outcomes.values()) == {"unsent": left, "deleted": 20 - left}
    assert "can't write /dev/full (No space left on device); stopped after" in done.stderr
    assert f"{left} unsent, {20 - left} deleted (20 tasks" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
