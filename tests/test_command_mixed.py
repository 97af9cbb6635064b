"""The command where one provider can do what is asked and another can't, and odd input."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from videotasks.simulator import Simulator

from .command import next_line, records, run, start

NO_CANCEL = "TensorsLab has no way to cancel a task, only to delete one that has ended"


def test_cancel_both(sim: Simulator, tmp_path: Path) -> None:
    """A task whose provider can't cancel fails by itself; the others are cancelled."""
    queued, other = f"ark:{sim.ark.add('queued')}", f"tensorslab:{sim.tensorslab.add('pending')}"
    file = tmp_path / "done"
    done = run(sim, "cancel", "--ndjson", "--resume", file, other, queued)
    found = {record["ref"]: record for record in records(done.stdout)}
    assert {ref: record["outcome"] for ref, record in found.items()} == {
        queued: "cancelled",
        other: "failed",
    }
    assert found[other]["error"]["kind"] == "Unsupported"
    assert found[other]["error"]["message"] == NO_CANCEL
    assert f"videotasks: {NO_CANCEL}; its 1 task is not tried\n" in done.stderr
    assert done.returncode == 2
    assert not sim.tensorslab.requests
    assert {r["ref"] for r in records(file.read_text(encoding="utf-8"))} == found.keys()


def test_dry_run_of_both(sim: Simulator) -> None:
    """A dry run says the same, with the same status, and asks nothing of that provider."""
    queued, other = f"ark:{sim.ark.add('queued')}", f"tensorslab:{sim.tensorslab.add('pending')}"
    done = run(sim, "cancel", "--dry-run", "--ndjson", other, queued)
    previews = {
        record["ref"]: (record["action"], record["reason"]) for record in records(done.stdout)
    }
    assert previews == {queued: ("cancel", "it is queued"), other: ("nothing", NO_CANCEL)}
    assert done.returncode == 2
    assert not sim.tensorslab.requests
    assert sim.ark.status(queued.removeprefix("ark:")) == "queued"


@pytest.mark.parametrize("options", [[], ["--dry-run"], ["--ndjson", "-q"]], ids=str)
def test_nothing_to_cancel(sim: Simulator, options: list[str]) -> None:
    """Where nothing can be done at all, one line says so, of which task, and that nothing was
    sent."""
    refs = [f"tensorslab:{sim.tensorslab.add('pending')}" for _ in range(2)]
    done = run(sim, "cancel", *options, *refs)
    assert done.stdout == ""
    assert done.stderr == f"videotasks: {refs[0]} and 1 more: {NO_CANCEL}; nothing was sent\n"
    assert done.returncode == 2
    assert not sim.tensorslab.requests


NO_KEY = {"TENSORSLAB_API_KEY": ""}


@pytest.mark.parametrize("verb", ["delete", "get"])
def test_one_key_missing(sim: Simulator, verb: str) -> None:
    """Tasks of a provider without a key fail by themselves; the others go on; status 4."""
    ended, other = f"ark:{sim.ark.add('failed')}", f"tensorslab:{sim.tensorslab.add('failed')}"
    options = ["--yes"] if verb == "delete" else []
    done = run(sim, verb, *options, "--ndjson", other, ended, env=NO_KEY)
    found = {record["ref"]: record for record in records(done.stdout)}
    if verb == "delete":
        assert found[ended]["outcome"] == "deleted"
        assert (found[other]["outcome"], found[other]["error"]["kind"]) == ("failed", "MissingKey")
    else:
        assert found[ended]["state"] == "failed"
        assert f"{other}: no API key for TensorsLab: set TENSORSLAB_API_KEY" in done.stderr
    assert "no API key for TensorsLab: set TENSORSLAB_API_KEY, or name a file" in done.stderr
    assert done.returncode == 4
    assert not sim.tensorslab.requests


def test_one_key_missing_and_dry_run(sim: Simulator) -> None:
    """The dry run ends as the real run would."""
    ended, other = f"ark:{sim.ark.add('failed')}", f"tensorslab:{sim.tensorslab.add('failed')}"
    done = run(sim, "delete", "--dry-run", "--ndjson", other, ended, env=NO_KEY)
    previews = {record["ref"]: record for record in records(done.stdout)}
    assert (previews[ended]["action"], previews[other]["action"]) == ("delete", "nothing")
    assert "no API key for TensorsLab" in previews[other]["reason"]
    assert done.returncode == 4


def test_providers_take_turns(sim: Simulator, tmp_path: Path) -> None:
    """Many refs of a provider that does not answer don't hold up those of the other behind them."""
    refs = [f"ark:{number}" for number in range(12_000)]
    refs += [f"tensorslab:{sim.tensorslab.add('failed')}" for _ in range(3)]
    file, silent = tmp_path / "refs", socket.create_server(("127.0.0.1", 0))
    file.write_text("\n".join(refs), encoding="utf-8")
    env = {"ARK_BASE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/api/v3"}
    with silent, start(sim, "delete", "-y", "--timeout", "60", "--from", file, env=env) as process:
        assert process.stdout is not None
        lines = [next_line(process.stdout).split("\t")[:2] for _ in range(3)]
        process.kill()
    assert sorted(lines) == sorted([ref, "deleted"] for ref in refs[-3:])


def test_all_keys_missing() -> None:
    """Without any key that is needed, one line names a task of each provider and what to do."""
    done = run(None, "delete", "-y", "tensorslab:a", "ark:b")
    (line,) = done.stderr.splitlines()
    assert line.startswith("videotasks: ark:b: no API key for Ark: set ARK_API_KEY")
    assert "; tensorslab:a: no API key for TensorsLab: set TENSORSLAB_API_KEY" in line
    assert line.endswith("; nothing was sent")
    assert done.returncode == 4


# ---- odd input


def test_blanks_in_a_line(sim: Simulator) -> None:
    """A line takes as long as it is, whatever stands in it."""
    sim.ark.add("failed", task_id="a")
    blanks = b" " * 1_000_000
    # It was given up by `run` after 30 seconds; it would have taken a quarter of an hour.
    done = run(sim, "get", "-", stdin=b"ark:a" + blanks + b"# comment\n")
    assert (done.returncode, done.stderr) == (0, "")
    done = run(sim, "get", "-", stdin=b"ark:a" + blanks + b"c\n")
    assert "standard input, line 1: the id has 1000002 characters" in done.stderr
    assert done.returncode == 2


def test_comment_behind_blanks(sim: Simulator) -> None:
    """A comment behind a ref is passed over, with the blanks between."""
    sim.ark.add("failed", task_id="a#1")
    done = run(sim, "get", "-", stdin=b"ark:a#1 \t \t# one # two\n")
    assert done.stdout.startswith("ark:a#1\tfailed\t")
    assert done.returncode == 0


@pytest.mark.parametrize("opening", ['{"ref":', '{"a":[', "["], ids=["ref", "list", "bare"])
def test_deep_json(opening: str) -> None:
    """JSON deeper than can be read is a wrong line of input, in one line."""
    done = run(None, "get", "-", stdin=opening.encode() * 100_000, env={"ARK_API_KEY": "key"})
    (line,) = done.stderr.splitlines()
    assert line.startswith("videotasks: nothing was sent: standard input, line 1: ")
    assert "report it" not in line
    assert done.returncode == 2


def test_resume_to_a_pipe_nobody_reads(sim: Simulator, tmp_path: Path) -> None:
    """A pipe that nobody reads is refused, before anything is sent."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run(sim, "delete", "-y", "--resume", pipe, f"ark:{sim.ark.add('failed')}")
    assert done.stderr.startswith(f"videotasks: nobody reads {pipe}, which is a pipe, so nothing")
    assert done.returncode == 2
    assert not sim.ark.requests


def test_resume_to_a_pipe(sim: Simulator, tmp_path: Path) -> None:
    """With a reader it takes the records, however slowly they are read."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refs = [f"ark:{sim.ark.add('failed', model='m' * 50_000)}" for _ in range(3)]
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    with start(sim, "delete", "-y", "--resume", pipe, *refs) as process:
        with open(reader, encoding="utf-8") as lines:
            # The writer may not have opened it yet, which reads as an end.
            text = ""
            while len(text.splitlines()) < 3 or not text.endswith("\n"):
                text += lines.read()
        process.communicate()
    assert {record["ref"] for record in records(text)} == set(refs)
    assert process.returncode == 0
