"""The examples in every --help, run as they stand."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from videotasks._cli._app import app
from videotasks.simulator import Simulator

from .command import environment, run
from .warm import PATIENCE

TASK = "cgt-20250331175019-68d9t"
NO_TERMINAL = "there is no terminal to ask on"
SERVES = "Serving on this machine until Ctrl-C."


def examples(*command: str) -> list[str]:
    """The lines below `Examples:` in a command's help."""
    help_text = run(None, *command, "--help").stdout
    return re.findall(r"^ +(videotasks .+)$", help_text.partition("Examples:\n")[2], re.MULTILINE)


def all_examples() -> Iterator[str]:
    """The examples as they were written, of all commands."""
    for command in (app, *app.commands.values()):
        yield from re.findall(r"^  (videotasks .+)$", command.epilog or "", re.MULTILINE)


@pytest.mark.parametrize("command", [None, *app.commands], ids=str)
def test_two_in_each(command: str | None) -> None:
    """Each help has two examples, whole, each of that command."""
    found = examples(*([command] if command else []))
    kind: click.Command = app.commands[command] if command else app
    assert found == re.findall(r"^  (videotasks .+)$", kind.epilog or "", re.MULTILINE)
    assert len(found) == 2
    assert all(f"videotasks {command or ''}" in line for line in found)


@pytest.mark.parametrize("line", [*all_examples()])
def test_runs(sim: Simulator, tmp_path: Path, line: str) -> None:
    """Each example is taken as it stands, and does what it is for; where it would ask, it says that
    there is nobody to ask."""
    waits = line.startswith("videotasks wait ")
    sim.ark.add("succeeded" if waits else "queued", task_id=TASK)
    sim.ark.add("failed")
    for file, content in {
        "ids.txt": TASK,
        "refs.txt": f"ark:{TASK}",
        "known.txt": f"ark:{TASK}",
        "keys.env": f"ARK_API_KEY={sim.api_key}",
    }.items():
        (tmp_path / file).write_text(f"{content}\n", encoding="utf-8")
    line = line.replace("--port 8000", "--port 0")  # which may be taken
    with subprocess.Popen(
        ["/bin/bash", "-c", f"set -o pipefail; exec {line}" if "|" not in line else line],
        cwd=tmp_path,
        env=environment(sim),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        started = ""
        if line.startswith("videotasks simulator"):
            started = process.stderr.readline()
            assert started.startswith(SERVES)
            process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=PATIENCE)
    if process.returncode == 2:
        assert NO_TERMINAL in talk
        assert line.startswith("videotasks purge ")
    else:
        # Where it is interrupted before it has said all, that is no quiet end.
        fine = {0, 130} if SERVES in started else {0}
        assert (process.returncode in fine, "Traceback" in talk) == (True, False)
