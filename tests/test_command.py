"""The command as a process, against the simulator."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from videotasks.simulator import Fault, Simulator

COMMAND = str(Path(sys.executable).with_name("videotasks"))


def run(sim: Simulator | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with keys for the simulator if there is one."""
    settings = (
        {
            "ARK_API_KEY": sim.api_key,
            "ARK_BASE_URL": sim.ark_url,
            "TENSORSLAB_API_KEY": sim.api_key,
            "TENSORSLAB_BASE_URL": sim.tensorslab_url,
        }
        if sim
        else {}
    )
    return subprocess.run(
        [COMMAND, *arguments],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_get(sim: Simulator) -> None:
    """`get` prints a tab-separated line for each task, and what stood in the way on stderr."""
    task_id = sim.ark.add("succeeded", created_at=1743414619)
    done = run(sim, "get", f"ark:{task_id}", "ark:nobody")
    assert done.stdout == (
        f"ark:{task_id}\tsucceeded\t2025-03-31T09:50:19+00:00\thttps://example.com/{task_id}.mp4\n"
    )
    assert done.stderr.startswith("ark:nobody: Ark does not know the task")
    assert done.returncode == 1


def test_cancel(sim: Simulator) -> None:
    """`cancel` cancels what is queued and keeps the rest, and says so with exit status 1."""
    queued, finished = sim.ark.add("queued"), sim.ark.add("succeeded")
    assert run(sim, "cancel", f"ark:{queued}").returncode == 0
    done = run(sim, "cancel", f"ark:{finished}")
    assert done.stdout.startswith(f"ark:{finished}\tkept\t")
    assert done.returncode == 1
    assert (sim.ark.status(queued), sim.ark.status(finished)) == ("cancelled", "succeeded")


def test_delete(sim: Simulator) -> None:
    """`delete --yes` deletes on both providers; without it and without a terminal it is refused."""
    refs = [f"ark:{sim.ark.add('failed')}", f"tensorslab:{sim.tensorslab.add('completed')}"]
    refused = run(sim, "delete", *refs)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert sim.ark.requests == sim.tensorslab.requests == ()
    done = run(sim, "delete", "--yes", *refs)
    assert done.returncode == 0
    assert sorted(line.split("\t")[:2] for line in done.stdout.splitlines()) == [
        [ref, "deleted"] for ref in sorted(refs)
    ]
    assert sim.ark.ids() == sim.tensorslab.ids() == ()


def test_missing(sim: Simulator) -> None:
    """A task that is gone is exit status 1, and 0 with --missing-ok."""
    assert run(sim, "delete", "--yes", "ark:nobody").returncode == 1
    assert run(sim, "delete", "--yes", "--missing-ok", "ark:nobody").returncode == 0


def test_unknown(sim: Simulator) -> None:
    """An outcome that could not be found out is exit status 3."""
    task_id = sim.ark.add("failed")
    sim.ark.fail("delete", Fault.lost(acted=False), times=3)
    done = run(sim, "delete", "--yes", f"ark:{task_id}")
    assert done.stdout.startswith(f"ark:{task_id}\tunknown\t")
    assert done.returncode == 3


@pytest.mark.parametrize("ref", ["", "ark:", "ark:..", "foo:1", "ark:a b", "nothing"])
def test_bad_ref(sim: Simulator, ref: str) -> None:
    """A ref that names no task is exit status 2, and nothing is sent for the others either."""
    done = run(sim, "delete", "--yes", f"ark:{sim.ark.add('failed')}", ref)
    assert done.returncode == 2
    assert "provider:id" in done.stderr
    assert "Traceback" not in done.stderr
    assert sim.ark.requests == ()


def test_no_key() -> None:
    """Without a key it is exit status 4, and the message names the variables."""
    done = run(None, "get", "ark:1")
    assert done.returncode == 4
    assert "ARK_API_KEY" in done.stderr
    assert "TENSORSLAB_API_KEY" in done.stderr


def test_wrong_key(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is refused is exit status 4, and is not shown."""
    monkeypatch.setenv("ARK_API_KEY", "a-wrong-key")
    monkeypatch.setenv("ARK_BASE_URL", sim.ark_url)
    for arguments in (["get", "ark:1"], ["delete", "--yes", "ark:1"]):
        done = run(None, *arguments)
        assert done.returncode == 4
        assert "a-wrong-key" not in done.stdout + done.stderr


def test_demo() -> None:
    """The demo needs no key, ends well, and shows all outcomes that a server can lead to."""
    done = run(None, "demo")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for word in ("Before", "cancelled", "deleted", "kept", "failed", "(no record)", "tensorslab:"):
        assert word in done.stdout


def test_simulator_command() -> None:
    """`videotasks simulator` prints what to export, serves, and ends quietly when interrupted."""
    with subprocess.Popen(
        [COMMAND, "simulator"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline() for _ in range(4)]
        exports = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        listed = [process.stdout.readline().split("\t")[0] for _ in range(11)]
        done = subprocess.run(
            [COMMAND, "get", *listed],
            env={**os.environ, **exports},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert "Traceback" not in process.stderr.read()
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 11
