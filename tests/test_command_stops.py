"""The command when it is stopped early: by a signal, a reader that leaves, a full disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from videotasks.simulator import Fault, Simulator

from .command import (
    COMMAND,
    HAD_FAILED,
    Terminal,
    environment,
    next_line,
    records,
    run,
    shell,
    start,
)
from .warm import PATIENCE, Process

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


def first_line(process: Process | subprocess.Popen[str]) -> str:
    """The first line on standard output, once it is there."""
    assert process.stdout is not None
    return next_line(process.stdout)


def check_account(sim: Simulator, refs: list[str], found: list[dict[str, Any]], talk: str) -> None:
    """Some tasks were tried, which are told of truly, once each; the others are only counted."""
    outcomes = {record["ref"]: record["outcome"] for record in found}
    assert len(found) == len(outcomes)
    assert outcomes.keys() <= set(refs)
    # Rarely one is unknown, which was just being begun or answered; that claims neither.
    assert "deleted" in outcomes.values()
    assert set(outcomes.values()) <= {"deleted", "unknown"}
    assert Counter(outcomes.values())["unknown"] <= 1
    for ref in refs:
        if outcomes.get(ref) != "unknown":
            assert (sim.ark.status(ref.removeprefix("ark:")) is None) == (ref in outcomes)
    assert 0 < len(found) < len(refs)
    assert f" after {len(found)} of {len(refs)}\n" in talk
    assert f"{len(refs) - len(found)} unsent" in talk
    assert f" ({len(refs)} tasks, " in talk
    assert "Traceback" not in talk
    assert all(
        line.startswith("videotasks: ") for line in talk.splitlines() if " tasks, " not in line
    )


# ---- signals


@pytest.mark.parametrize(
    ("number", "status", "why"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "stopped by SIGTERM"),
        (signal.SIGHUP, 129, "stopped by SIGHUP"),
    ],
    ids=["INT", "TERM", "HUP"],
)
def test_stopped(
    sim: Simulator, tmp_path: Path, number: signal.Signals, status: int, why: str
) -> None:
    """Ctrl-C, SIGTERM and SIGHUP end with 128 and their number, an outcome for every task that was
    tried, the summary, and how to go on."""
    sim.latency = 0.05
    refs, file = add(sim, 20), tmp_path / "done"
    with start(sim, "delete", "-y", "--ndjson", "--resume", file, *refs) as process:
        first = first_line(process)
        process.send_signal(number)
        rest, talk = process.communicate(timeout=PATIENCE)
    sim.latency = 0.0
    check_account(sim, refs, records(first + rest), talk)
    assert process.returncode == status
    assert talk.startswith("videotasks: stopping; waiting for answers on their way (")
    assert f"videotasks: {why} after " in talk
    assert f"--resume {file} goes on where it stopped" in talk
    assert records(file.read_text(encoding="utf-8")) == records(first + rest)


def test_stopped_among_many(sim: Simulator, tmp_path: Path) -> None:
    """Tasks that were not tried are only counted, neither printed nor recorded."""
    sim.latency = 0.05
    refs, file = add(sim, 20), tmp_path / "done"
    refs += [f"ark:other-{number}" for number in range(20_000)]
    (tmp_path / "refs").write_text("\n".join(refs), encoding="utf-8")
    arguments = ("--ndjson", "--from", tmp_path / "refs", "--resume", file)
    with start(sim, "delete", "-y", *arguments) as process:
        first = first_line(process)
        process.send_signal(signal.SIGINT)
        rest, talk = process.communicate(timeout=PATIENCE)
    sim.latency = 0.0
    found = records(first + rest)
    assert 0 < len(found) < 100
    assert records(file.read_text(encoding="utf-8")) == found
    assert f"videotasks: interrupted after {len(found)} of 20020\n" in talk
    assert f"{20_020 - len(found)} unsent, " in talk


def test_interrupted_json(sim: Simulator) -> None:
    """Ctrl-C still gives the JSON document whole, with what was tried, and the rest counted."""
    refs = add(sim, 4)
    sim.ark.fail("get", Fault.silent(acted=False), times=4)
    arguments = ("delete", "-y", "--json", "--timeout", "0.5", "-v", *refs)
    with start(sim, *arguments) as process:
        assert process.stderr is not None
        assert "Timeout" in next_line(process.stderr)
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=PATIENCE)
    assert json.loads(out) == {"outcomes": [], "summary": {"unsent": 4}}
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
    assert len({record["ref"] for record in found} & set(refs)) == len(found)
    assert process.returncode == 130
    assert "unknown" in [record["outcome"] for record in found]
    assert f"interrupted after {len(found)} of 6\n" in talk
    assert " (6 tasks, " in talk
    assert "Traceback" not in talk
    assert "Exception ignored" not in talk


def test_hung_up(sim: Simulator, tmp_path: Path) -> None:
    """When the terminal goes away, the record file is completed all the same; status 129."""
    sim.latency = 0.05
    refs, file = add(sim, 20), tmp_path / "done"
    with Terminal(sim, "delete", "-y", "--resume", file, *refs) as terminal:
        terminal.read_until(" deleted")
        assert terminal.hang_up() == 129
    sim.latency = 0.0
    recorded = {
        record["ref"]: record["outcome"] for record in records(file.read_text(encoding="utf-8"))
    }
    assert 0 < len(recorded) < 20
    for ref in refs:
        if recorded.get(ref) != "unknown":
            assert (sim.ark.status(ref.removeprefix("ark:")) is None) == (ref in recorded)


def test_hang_up_ignored(sim: Simulator) -> None:
    """A signal that the command was started to ignore, as by nohup, stops nothing."""
    sim.latency = 0.05
    refs = add(sim, 20)
    line = ["/bin/bash", "-c", 'trap "" HUP; exec "$@"', "sh", COMMAND]
    with subprocess.Popen(
        [*line, "delete", "-y", "--ndjson", *refs],
        env=environment(sim),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        first_line(process)
        process.send_signal(signal.SIGHUP)
        rest, _ = process.communicate(timeout=PATIENCE)
    sim.latency = 0.0
    assert len(rest.splitlines()) == 19
    assert process.returncode == 0
    assert sim.ark.ids() == ()


def test_interrupted_before_anything(sim: Simulator) -> None:
    """Ctrl-C while listing is status 130, and says that nothing was changed."""
    sim.ark.fail("list", Fault.silent(acted=False), times=2)
    with start(sim, "list", "ark", "-v", "--timeout", "0.5") as process:
        assert process.stderr is not None
        assert "Timeout" in next_line(process.stderr)
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


@pytest.mark.parametrize("arguments", [["--help"], ["check"], ["purge", "--help"]], ids=" ".join)
def test_reader_has_left(arguments: list[str]) -> None:
    """So it is for what prints at once: status 141, without a word."""
    ours, theirs = os.pipe()
    os.close(ours)
    done = run(None, *arguments, stdout=theirs)
    os.close(theirs)
    assert (done.stderr, done.returncode) == ("", 141)


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
    assert (done.stdout, done.returncode) == (f"{ref}\tdeleted\t{HAD_FAILED}\n", 0)


def test_odd_encoding(sim: Simulator) -> None:
    """Words that the output's encoding lacks do not stop the work; they are spelled out."""
    task_id = sim.ark.add("failed", error={"code": "Odd", "message": "中文"})
    env = {"PYTHONIOENCODING": "ascii"}
    done = run(sim, "delete", "--ndjson", f"ark:{task_id}", env=env)
    (record,) = records(done.stdout)
    assert record["task"]["error"] == "Odd: 中文"
    assert done.returncode == 0
