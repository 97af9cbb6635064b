"""The command in processes that are warm: forked from one that has imported what the command needs.

Starting Python and importing take most of a second on a small machine, and there are hundreds of
tests of the command. Owns: one such process for each test worker, and runs in children of it, with
arguments, environment, folder, streams and, where wanted, a terminal of their own. Refuses what
comes before `main`: tests of imports, of closed streams and of pipes in a shell start the command
for real.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from types import FrameType, TracebackType
from typing import IO, Final, Self

IMPORTED: Final = (
    "encodings.idna",
    "rich.console",
    "rich.live",
    "rich.progress",
    "rich.table",
    "videotasks._client.async_tasks",
    "videotasks._cli._app",
    "videotasks._client.tasks",
    "videotasks._providers",
)
"""What the command imports when it needs it."""
MOST: Final = 100_000
"""Bytes of one request: arguments and environment."""
PATIENCE: Final = 30.0
"""Seconds after which a process that says nothing counts as stuck."""


class Process:
    """The command while it runs: of `subprocess.Popen`, what tests of it need."""

    def __init__(self, told: int, stdout: int | None, stderr: int | None) -> None:
        self._told = open(told, "rb", 0)  # noqa: SIM115  # until the end
        self.stdout = None if stdout is None else open(stdout, encoding="utf-8")  # noqa: SIM115  # likewise
        self.stderr = None if stderr is None else open(stderr, encoding="utf-8")  # noqa: SIM115  # likewise
        self.pid = self._next(PATIENCE)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, or the signal that killed it as a negative number; None before."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for the end: the exit status."""
        if self.returncode is None:
            self.returncode = self._next(timeout)
        return self.returncode

    def communicate(self, timeout: float = PATIENCE) -> tuple[str, str]:
        """Read what is still written, to the end, and wait for that."""
        ends = time.monotonic() + timeout
        said = {stream: b"" for stream in (self.stdout, self.stderr) if stream}
        unended = list(said)
        while unended:
            ready, _, _ = select.select(unended, [], [], max(ends - time.monotonic(), 0.0))
            if not ready:
                raise subprocess.TimeoutExpired("videotasks", timeout)
            for stream in ready:
                some = os.read(stream.fileno(), 65536)
                said[stream] += some
                if not some:
                    unended.remove(stream)
        self.wait(max(ends - time.monotonic(), 1.0))
        out, err = (
            said[stream].decode() if stream else "" for stream in (self.stdout, self.stderr)
        )
        return out, err

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)

    def _next(self, timeout: float) -> int:
        if not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("videotasks", timeout)
        number = self._told.read(4)
        assert number, "the warm process has ended"
        return int.from_bytes(number, sys.byteorder, signed=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for stream in (self.stdout, self.stderr):
            if stream:
                stream.close()
        if exc:
            self.kill()
        self.wait()
        self._told.close()


class Warm:
    """A process to fork from."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
                env=env,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)

    def start(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        streams: Sequence[int | IO[bytes]],
        *,
        session: bool = False,
    ) -> Process:
        """Start the command with standard input, output and error; where one of the last two is
        `subprocess.PIPE`, it is to be read from the process.

        In a `session` of its own its standard input, a terminal, is what Ctrl-C comes from.
        """
        asked = json.dumps([os.getcwd(), dict(env), session, *arguments]).encode()
        assert len(asked) <= MOST
        ours: list[int | None] = []
        theirs: list[int] = []
        given: list[int] = []
        for stream in (*streams, subprocess.PIPE):
            if stream == subprocess.PIPE:
                reads, writes = os.pipe()
                ours.append(reads)
                theirs.append(writes)
                given.append(writes)
            else:
                ours.append(None)
                given.append(stream if isinstance(stream, int) else stream.fileno())
        socket.send_fds(self._ours, [asked], given)
        for file in theirs:
            os.close(file)
        _, stdout, stderr, told = ours
        assert told is not None
        return Process(told, stdout, stderr)

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.wait()


@cache
def warm() -> Warm:
    """The one of this test worker."""
    return Warm({"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONWARNINGS": "error"})


def serve(asked: socket.socket) -> None:
    """Fork a child for each request, until there are no more; tell its number, and how it ended."""
    ended, ends = os.pipe()
    os.set_blocking(ends, False)
    signal.signal(signal.SIGCHLD, heard)
    signal.set_wakeup_fd(ends)
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([asked.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, 1000)
            for child in list(children):
                if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    tell(children[child], os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                    os.close(children.pop(child))
        if asked.fileno() in ready:
            raw, files, _, _ = socket.recv_fds(asked, MOST, 4)
            if not raw:
                return
            *streams, told = files
            if child := os.fork():
                for file in streams:
                    os.close(file)
                children[child] = told
                tell(told, child)
            else:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for file in (asked.detach(), ended, ends, told, *children.values()):
                    os.close(file)
                carry_out(json.loads(raw), streams)


def heard(number: int, frame: FrameType | None) -> None:
    """Do nothing: that a signal came is written to a pipe."""


def tell(file: int, number: int) -> None:
    """Write a number, if it is still wanted."""
    with suppress(BrokenPipeError):
        os.write(file, number.to_bytes(4, sys.byteorder, signed=True))


def carry_out(request: list[object], files: list[int]) -> None:
    """Be the command."""
    from videotasks._cli import main

    folder, env, session, *arguments = request
    assert isinstance(folder, str)
    assert isinstance(env, dict)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if session:
        os.setsid()
        # Opened by its name, it becomes the controlling terminal.
        terminal = os.open(os.ttyname(0), os.O_RDWR)
        os.dup2(terminal, 0)
        os.close(terminal)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)  # pyright: ignore[reportUnknownArgumentType]  # as it was sent
    sys.argv = ["videotasks", *map(str, arguments)]
    # As Python itself does when it starts.
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = open(0, encoding=encoding, closefd=False)  # noqa: SIM115  # open to the end
    sys.stdout = open(1, "w", encoding=encoding, closefd=False)  # noqa: SIM115  # open to the end
    sys.stderr = open(2, "w", 1, encoding, "backslashreplace", closefd=False)  # noqa: SIM115  # open to the end
    status: object = 1
    try:
        main()
    except SystemExit as end:
        status = end.code
        if isinstance(status, str):
            sys.stderr.write(f"{status}\n")
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    # As the command itself does, before anything imports httpx.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # how imports are refused
    for name in IMPORTED:
        import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as from_tests:
        serve(from_tests)
