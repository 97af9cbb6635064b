"""`--resume` of the command: what is recorded, what is left out next time, and what may be one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from videotasks.simulator import Simulator

from .command import HAD_FAILED, records, run, start
from .test_command_stops import FULL, add, deletions, first_line
from .warm import PATIENCE


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
    assert done.stdout == f"ark:{running}\tdeleted\t{HAD_FAILED}\n"
    assert done.returncode == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    before = len(sim.ark.requests)
    done = run(sim, *arguments)
    assert (done.stdout, done.returncode) == ("", 0)
    skipped = f"videotasks: 2 of 2 skipped, since {file} says they are done\n"
    assert done.stderr == skipped + "nothing to do\n"
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
    outcomes = Counter(record["outcome"] for record in records(done.stdout))
    left = len(sim.ark.ids())
    assert left
    assert outcomes == {"deleted": 20 - left}
    assert "can't write /dev/full (No space left on device); stopped after" in done.stderr
    assert f"{left} unsent, {20 - left} deleted (20 tasks" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_recorded_gone(sim: Simulator, tmp_path: Path) -> None:
    """What is left out counts for the exit status as it would have without: gone is as wanted only
    with `--missing-ok`."""
    file = tmp_path / "done"
    arguments = ["delete", "-y", "--resume", str(file), *add(sim, 1), "ark:nowhere"]
    assert run(sim, *arguments).returncode == 1
    skipped = f"videotasks: 2 of 2 skipped, since {file} says they are done, 1 of them gone\n"
    done = run(sim, *arguments)
    assert (done.stderr, done.returncode) == (skipped + "nothing to do\n", 1)
    assert run(sim, *arguments, "--missing-ok").returncode == 0
    (another,) = add(sim, 1)
    done = run(sim, *arguments, another)
    assert done.stdout == f"{another}\tdeleted\t{HAD_FAILED}\n"
    assert done.stderr.startswith(skipped.replace("2 of 2", "2 of 3"))
    assert done.returncode == 1


def test_gone_after_deletion(sim: Simulator, tmp_path: Path) -> None:
    """A task that was recorded as deleted too is no longer missed for being gone."""
    file, (ref,) = tmp_path / "done", add(sim, 1)
    lines = (f'{{"ref": "{ref}", "outcome": "{outcome}"}}\n' for outcome in ("deleted", "gone"))
    file.write_text("".join(lines), encoding="utf-8")
    assert run(sim, "delete", "-y", "--resume", file, ref).returncode == 0


def test_skipped_quietly(sim: Simulator, tmp_path: Path) -> None:
    """With -q nothing is said of what is left out."""
    file, refs = tmp_path / "done", add(sim, 2)
    file.write_text(f'{{"ref": "{refs[0]}", "outcome": "deleted"}}\n', encoding="utf-8")
    done = run(sim, "delete", "-y", "-q", "--resume", file, *refs)
    assert done.stdout == f"{refs[1]}\tdeleted\t{HAD_FAILED}\n"
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    "content",
    [
        b"buy milk\nbuy bread\n",
        b"ark:1\nark:2\n",
        b'{"ref": "ark:1", "state": "failed"}\n',
        b'{\n  "outcomes": []\n}\n',
        b'["ref", "outcome"]\n',
        b"\xff\xfe\x00 not text",
        b"[" * 100_000,
    ],
    ids=["notes", "refs", "tasks", "document", "list", "binary", "deep"],
)
@pytest.mark.parametrize("verb", ["delete", "purge"])
def test_no_record_file(sim: Simulator, tmp_path: Path, verb: str, content: bytes) -> None:
    """A file without a record in it is refused with status 2, untouched, with nothing sent."""
    file, (ref,) = tmp_path / "notes", add(sim, 1)
    file.write_bytes(content)
    what = [ref] if verb == "delete" else ["ark", "--state", "failed"]
    done = run(sim, verb, "-y", "--resume", file, *what)
    assert f"{file} has no record of this command in it" in done.stderr
    assert done.returncode == 2
    assert file.read_bytes() == content
    assert sim.ark.requests == ()


@pytest.mark.parametrize("end", ["", "\n"], ids=["as killed", "ended later"])
@pytest.mark.parametrize("length", [0, 1, 5, 6, 20, 60])
def test_only_a_cut_off_record(sim: Simulator, tmp_path: Path, length: int, end: str) -> None:
    """A file with nothing but a record that a kill cut off, wherever, is gone on with."""
    file, (ref,) = tmp_path / "done", add(sim, 1)
    record = json.dumps({"ref": ref, "outcome": "deleted", "ok": True, "request_id": None})
    file.write_text(record[:length] + end, encoding="utf-8")
    assert run(sim, "delete", "-y", "--resume", file, ref).returncode == 0
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[-1])["outcome"] == "deleted"


def test_resume_of_others(sim: Simulator, tmp_path: Path) -> None:
    """A record file may have other lines too, and records in any order of fields, or with a BOM."""
    file, refs = tmp_path / "done", add(sim, 2)
    lines = [f'{{"outcome": "deleted", "ref": "{refs[0]}"}}', "", "# by hand", "[1]"]
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    done = run(sim, "delete", "-y", "--resume", file, *refs)
    assert done.stdout == f"{refs[1]}\tdeleted\t{HAD_FAILED}\n"
    assert done.returncode == 0
