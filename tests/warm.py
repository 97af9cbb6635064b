"""The command in processes that are warm: forked from one that has imported what the command needs.

Starting Python and importing take most of a second on a small machine, and there are hundreds of
tests of the command. Owns: one such process for each test worker, and runs in children of it, with
arguments, environment, folder and streams of their own. Refuses terminals and signals: these tests
start the command for real, as do those of what it imports.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import IO, Final

IMPORTED: Final = (
    "rich.console",
    "rich.table",
    "videotasks._client.async_tasks",
    "videotasks._cli._app",
    "videotasks._client.tasks",
    "videotasks._providers",
)
"""What the command imports when it needs it."""
MOST: Final = 100_000
"""Bytes of one request: arguments and environment."""


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

    def run(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        streams: Sequence[int | IO[bytes]],
        patience: float,
    ) -> int:
        """Run the command to its end: its exit status."""
        asked = json.dumps([os.getcwd(), dict(env), *arguments]).encode()
        assert len(asked) <= MOST
        files = [one if isinstance(one, int) else one.fileno() for one in streams]
        self._ours.settimeout(patience)
        socket.send_fds(self._ours, [asked], files)
        return int(self._ours.recv(MOST))

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.wait()


def serve(asked: socket.socket) -> None:
    """Fork a child for each request, until there are no more."""
    while True:
        raw, files, _, _ = socket.recv_fds(asked, MOST, 3)
        if not raw:
            return
        if child := os.fork():
            for file in files:
                os.close(file)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            asked.send(str(status).encode())
        else:
            asked.close()
            carry_out(json.loads(raw), files)


def carry_out(request: list[object], files: list[int]) -> None:
    """Be the command."""
    from videotasks._cli import main

    folder, env, *arguments = request
    assert isinstance(folder, str)
    assert isinstance(env, dict)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)  # pyright: ignore[reportUnknownArgumentType]  # as it was sent
    sys.argv = ["videotasks", *map(str, arguments)]
    # As Python itself does when it starts.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # open to the end
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  # open to the end
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115  # open to the end
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
    serve(socket.socket(fileno=int(sys.argv[1])))
