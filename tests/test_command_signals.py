"""The command told to stop where the other side keeps it waiting: a server that never answers, or
for ever in little pieces; a reader that takes nothing."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest

from videotasks.simulator import Simulator

from .command import Terminal, next_line, records, start
from .warm import PATIENCE, Process

PROMPT = 1.0
"""Seconds within which the command ends when told a second time."""
SLOW_MACHINE = 4.0
"""Seconds that tests allow beyond that."""
APART = 0.4
"""Seconds between two signals that are meant to be two."""

Way = Literal["silent", "drip"]


class Stalling:
    """An Ark whose tasks have all failed, which stalls at some requests until `let_go` is set.

    `stalls` is the method that it stalls at, `ark:done` excepted; `way` is whether it then says
    nothing, or gives the head of an answer in little pieces. `arrived` counts what it stalled at,
    `answered` is set once such a request for `ark:done` was answered.
    """

    def __init__(self, stalls: str, way: Way) -> None:
        self._stalls = stalls
        self._way = way
        self.let_go = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.answered = threading.Event()
        self.deleted: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.env = {"ARK_API_KEY": "key", "ARK_BASE_URL": f"http://127.0.0.1:{port}/api/v3"}
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.let_go.set()
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as asked:
            while line := asked.readline():
                method, path, _ = line.decode().split()
                while asked.readline().strip():
                    pass
                task_id = path.rpartition("/")[2]
                if method == self._stalls and task_id != "done":
                    self._stall(connection)
                if method == "DELETE":
                    self.deleted.append(task_id)
                body = {} if method == "DELETE" else {"id": task_id, "status": "failed"}
                content = json.dumps(body).encode()
                head = b"" if method == self._stalls and self._way == "drip" else b"HTTP/1.1 200 OK"
                if task_id == "done":
                    head = b"HTTP/1.1 200 OK"
                connection.sendall(
                    head + b"\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)
                )
                if method == self._stalls and task_id == "done":
                    self.answered.set()

    def _stall(self, connection: socket.socket) -> None:
        self.arrived.release()
        if self._way == "drip":
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.let_go.wait(0.05):
            if self._way == "drip":
                connection.sendall(b"-")


@contextmanager
def stalling(method: str, way: Way) -> Generator[Stalling]:
    server = Stalling(method, way)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def ark() -> Generator[Stalling]:
    """Ark, stalling at deletions."""
    with stalling("DELETE", "drip") as server:
        yield server


@pytest.fixture
def blind() -> Generator[Stalling]:
    """Ark, stalling at looks and lists."""
    with stalling("GET", "drip") as server:
        yield server


def await_stalls(server: Stalling, count: int, *, done: bool = False) -> None:
    if done:
        assert server.answered.wait(PATIENCE)
    for _ in range(count):
        assert server.arrived.acquire(timeout=PATIENCE)


@contextmanager
def ended(process: Process) -> Generator[Process]:
    """A process that is killed if a test fails, not waited for."""
    with process:
        try:
            yield process
        finally:
            process.kill()


def outlasts(process: Process, seconds: float) -> bool:
    """Whether a process still runs after so long."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.poll() is None


REFS = ("ark:done", "ark:one", "ark:two")
INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


@pytest.mark.parametrize(
    ("way", "numbers", "status"),
    [
        ("silent", (INT, INT), 130),
        ("silent", (TERM, TERM), 143),
        ("drip", (INT, INT), 130),
        ("drip", (TERM, TERM), 143),
        ("drip", (HUP, HUP), 129),
        ("drip", (TERM, INT), 143),
    ],
    ids=["silent INT", "silent TERM", "INT", "TERM", "HUP", "TERM INT"],
)
def test_told_twice(
    tmp_path: Path, way: Way, numbers: tuple[signal.Signals, ...], status: int
) -> None:
    """Told to stop a second time, the command gives up waiting: what was on its way is unknown,
    recorded and summed up so."""
    file = tmp_path / "done"
    arguments = ("delete", "-y", "--ndjson", "--timeout", "60", "--resume", file, *REFS)
    with stalling("DELETE", way) as ark, ended(start(None, *arguments, env=ark.env)) as process:
        await_stalls(ark, 2, done=True)
        assert process.stdout is not None
        first = next_line(process.stdout)
        process.send_signal(numbers[0])
        assert outlasts(process, APART)
        process.send_signal(numbers[1])
        assert not outlasts(process, PROMPT + SLOW_MACHINE)
        rest, talk = process.communicate()
        assert ark.deleted == ["done"]
    found = records(first + rest)
    outcomes = {record["ref"]: record["outcome"] for record in found}
    assert outcomes == {"ark:done": "deleted", "ark:one": "unknown", "ark:two": "unknown"}
    assert records(file.read_text(encoding="utf-8")) == found
    assert process.returncode == status
    assert " after 3 of 3\n2 unknown, 1 deleted (3 tasks, " in talk


@pytest.mark.parametrize("numbers", [(INT, INT), (TERM, TERM), (TERM, HUP)], ids=str)
def test_told_at_once(ark: Stalling, numbers: tuple[signal.Signals, ...]) -> None:
    """Signals that come in the same instant, as from `timeout` or systemd, are one: the answers on
    their way are waited for."""
    with ended(start(None, "delete", "-y", "--ndjson", *REFS, env=ark.env)) as process:
        await_stalls(ark, 2, done=True)
        assert process.stdout is not None
        first = next_line(process.stdout)
        for number in numbers:
            process.send_signal(number)
        assert outlasts(process, APART)
        ark.let_go.set()
        rest, talk = process.communicate(timeout=PATIENCE)
    outcomes = {record["ref"]: record["outcome"] for record in records(first + rest)}
    assert outcomes == dict.fromkeys(REFS, "deleted")
    assert talk.count("stopping") == 1
    assert process.wait() - 128 in numbers


def test_ctrl_c_twice(ark: Stalling) -> None:
    """The same on a terminal, with a progress bar to take away."""
    arguments = ("delete", "-y", "--timeout", "60", *REFS)
    with Terminal(None, *arguments, env=ark.env) as terminal:
        await_stalls(ark, 2, done=True)
        terminal.read_until("1 deleted")
        terminal.press("\x03")
        terminal.read_until("stopping")
        assert outlasts(terminal.process, APART)
        terminal.press("\x03")
        status, shown = terminal.end()
    assert status == 130
    assert "2 unknown, 1 deleted (3 tasks, " in shown


LOOKING = {
    "get": ["get", "ark:done", "ark:one"],
    "list": ["list", "ark"],
    "purge": ["purge", "ark", "--state", "failed", "--yes"],
    "dry run": ["delete", "--dry-run", "ark:done", "ark:one"],
    "cancel": ["cancel", "--dry-run", "ark:one"],
}


@pytest.mark.parametrize("number", [INT, TERM])
@pytest.mark.parametrize("command", LOOKING)
def test_told_while_looking(blind: Stalling, command: str, number: signal.Signals) -> None:
    """While nothing is changed yet, one signal ends the command at once."""
    with ended(start(None, *LOOKING[command], "--timeout", "60", env=blind.env)) as process:
        await_stalls(blind, 1)
        process.send_signal(number)
        assert not outlasts(process, PROMPT + SLOW_MACHINE)
        process.communicate()
    # Where there is no account to give, a signal does what it does to any program.
    assert process.returncode == (130 if number == INT else -number)
    assert blind.deleted == []


def test_told_before_the_question(blind: Stalling) -> None:
    """Ctrl-C while tasks are looked at, to be asked about, ends the command at once."""
    arguments = ("delete", "--timeout", "60", "ark:done", "ark:one")
    with Terminal(None, *arguments, env=blind.env) as terminal:
        await_stalls(blind, 1)
        terminal.press("\x03")
        status, shown = terminal.end()
    assert status == 130
    assert "interrupted; nothing was sent that changes anything" in shown
    assert blind.deleted == []


# ---- a reader that takes nothing


@contextmanager
def unread(sim: Simulator, *arguments: str | Path) -> Generator[Process]:
    """The command, once it is stuck in writing to a pipe that nobody reads."""
    ours, theirs = os.pipe()
    fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, 4096)
    process = start(sim, *arguments, stdout=theirs)
    os.close(theirs)
    with ended(process):
        held, before = 0, -1
        while not held or held != before:
            assert outlasts(process, 0.1)
            before, held = (
                held,
                int.from_bytes(fcntl.ioctl(ours, termios.FIONREAD, bytes(4)), sys.byteorder),
            )
        yield process
    os.close(ours)


def test_stuck_lines(sim: Simulator, tmp_path: Path) -> None:
    """Where nobody takes the output in, a second signal ends the command all the same, and records
    and summary are true."""
    refs = [f"ark:{sim.ark.add('failed', model='m' * 1000)}" for _ in range(40)]
    file = tmp_path / "done"
    with unread(sim, "delete", "-y", "--ndjson", "--resume", file, *refs) as process:
        process.send_signal(TERM)
        assert outlasts(process, APART)
        process.send_signal(TERM)
        assert not outlasts(process, PROMPT + SLOW_MACHINE)
        assert process.stderr is not None
        talk = process.stderr.read()
    recorded = records(file.read_text(encoding="utf-8"))
    assert process.returncode == 143
    assert f"can't write the output (nobody takes it in); stopped after {len(recorded)} of" in talk
    outcomes = {record["ref"]: record["outcome"] for record in recorded}
    assert "deleted" in outcomes.values()
    for ref in refs:
        if outcomes.get(ref) != "unknown":
            assert (sim.ark.status(ref.removeprefix("ark:")) is None) == (ref in outcomes)


def test_stuck_document(sim: Simulator) -> None:
    """Where all is done but for the telling, the first signal ends it."""
    refs = [f"ark:{sim.ark.add('failed', model='m' * 1000)}" for _ in range(10)]
    with unread(sim, "delete", "-y", "--json", *refs) as process:
        assert outlasts(process, APART)
        process.send_signal(TERM)
        assert not outlasts(process, PROMPT + SLOW_MACHINE)
        assert process.stderr is not None
        talk = process.stderr.read()
    assert process.returncode == 143
    assert "can't write the output (nobody takes it in); stopped after 10 of 10\n10 deleted" in talk


def test_stopped_terminal(sim: Simulator, tmp_path: Path) -> None:
    """A terminal that Ctrl-S has stopped holds the command no longer than the second signal."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(60)]
    file = tmp_path / "done"
    with Terminal(sim, "delete", "-y", "--resume", file, *refs) as terminal:
        terminal.read_until(" deleted")
        terminal.press("\x13")
        terminal.process.send_signal(TERM)
        assert outlasts(terminal.process, APART)
        terminal.process.send_signal(TERM)
        assert not outlasts(terminal.process, PROMPT + SLOW_MACHINE)
        assert terminal.process.returncode == 143
    recorded = [record["outcome"] for record in records(file.read_text(encoding="utf-8"))]
    assert recorded.count("deleted") <= len(refs) - len(sim.ark.ids()) <= len(recorded)


def test_frozen_terminal(sim: Simulator) -> None:
    """Nor does a terminal that is not read any more, though it took in a part of a line."""
    refs = [f"ark:{sim.ark.add('failed', model='m' * 20_000)}" for _ in range(60)]
    with Terminal(sim, "delete", "-y", "--ndjson", *refs) as terminal:
        terminal.read_until('{"ref"')
        assert outlasts(terminal.process, 2.0)
        terminal.process.send_signal(TERM)
        assert outlasts(terminal.process, APART)
        terminal.process.send_signal(TERM)
        assert not outlasts(terminal.process, PROMPT + SLOW_MACHINE)
        assert terminal.process.returncode == 143


def test_stuck_looks(sim: Simulator) -> None:
    """The same for what only shows tasks."""
    refs = [f"ark:{sim.ark.add('failed', model='m' * 1000)}" for _ in range(10)]
    with unread(sim, "get", "--ndjson", *refs) as process:
        process.send_signal(INT)
        assert not outlasts(process, PROMPT + SLOW_MACHINE)
    assert process.returncode == 130


@pytest.mark.parametrize("way", ["silent", "drip"])
@pytest.mark.parametrize("number", [INT, TERM])
def test_told_once(way: Way, number: signal.Signals) -> None:
    """Told to stop once, it waits for answers on their way no longer than their timeout."""
    arguments = ("delete", "-y", "--ndjson", "--timeout", "0.5", *REFS)
    with stalling("DELETE", way) as ark, ended(start(None, *arguments, env=ark.env)) as process:
        await_stalls(ark, 2, done=True)
        process.send_signal(number)
        assert not outlasts(process, 0.5 + PROMPT + SLOW_MACHINE)
        out, _ = process.communicate()
    outcomes = {record["ref"]: record["outcome"] for record in records(out)}
    assert outcomes == {"ark:done": "deleted", "ark:one": "unknown", "ark:two": "unknown"}
    assert process.returncode == 128 + number
