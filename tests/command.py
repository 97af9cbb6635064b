"""The command as a process, through pipes and on a pseudo-terminal, for the tests of it.

Owns: how it is started, with nothing of the caller's environment and no home folder. Refuses to
sleep: it waits by reading.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

from videotasks import PROVIDERS
from videotasks.simulator import Simulator

from .canary import look_at
from .warm import PATIENCE, Process, warm

COMMAND = str(Path(sys.executable).with_name("videotasks"))
HAD_FAILED = "it had failed (InternalServiceError: Generation failed.)"
"""What is said of a deleted task that the simulator was told to let fail."""

for _number, _usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) == signal.SIG_IGN:
        # Started in the background of a shell, or by nohup, we would hand that on to the command.
        signal.signal(_number, _usual)


def environment(sim: Simulator | None, **more: str) -> dict[str, str]:
    """All that a process is given: keys for the simulator, if there is one, and `more`."""
    settings = {
        "PATH": f"{Path(COMMAND).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "error",
        "COLUMNS": "100",
    }
    if sim:
        for kind in PROVIDERS:
            settings[kind.info.key_variable] = sim.api_key
            settings[kind.info.url_variable] = sim.base_url(kind.name)
    return settings | more


def run(
    sim: Simulator | None,
    *arguments: str | Path,
    stdin: bytes | None = None,
    stdout: int | IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; without `stdin` it gets /dev/null."""
    texts = [str(argument) for argument in arguments]
    with (
        TemporaryFile() as given,
        TemporaryFile() as out,
        TemporaryFile() as err,
        Path(os.devnull).open("rb") as nothing,
    ):
        given.write(stdin or b"")
        given.seek(0)
        streams = [nothing if stdin is None else given, stdout or out, err]
        with warm().start(texts, environment(sim, **(env or {})), streams) as process:
            status = process.wait()
        out.seek(0)
        err.seek(0)
        done = subprocess.CompletedProcess(
            [COMMAND, *texts], status, out.read().decode(), err.read().decode()
        )
    look_at(done.stdout + done.stderr, f"in what {texts} printed")
    return done


def shell(sim: Simulator | None, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, with `videotasks` on the path."""
    return subprocess.run(
        ["/bin/bash", "-c", line],
        env=environment(sim, **env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def start(
    sim: Simulator | None,
    *arguments: str | Path,
    stdout: int = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start the command, to be read from while it runs."""
    with Path(os.devnull).open("rb") as nothing:
        streams = (nothing, stdout, subprocess.PIPE)
        texts = [str(argument) for argument in arguments]
        return warm().start(texts, environment(sim, **(env or {})), streams)


def records(text: str) -> list[dict[str, Any]]:
    """Lines of NDJSON."""
    return [json.loads(line) for line in text.splitlines()]


class Terminal:
    """The command on a pseudo-terminal of its own, which is also what Ctrl-C comes from."""

    def __init__(
        self,
        sim: Simulator | None,
        *arguments: str | Path,
        piped: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (40, 100))
        self.text = ""
        # What is read at once may end within a character, or between \r and \n.
        utf8 = codecs.getincrementaldecoder("utf-8")()
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        self.process = warm().start(
            [str(argument) for argument in arguments],
            environment(sim, **{"TERM": "xterm"} | dict(env or {})),
            [theirs, subprocess.PIPE if piped else theirs, theirs],
            session=True,
        )
        os.close(theirs)

    def read_until(self, words: str) -> str:
        """Read until `words` have been shown, and return all that was shown so far."""
        while words not in self.text:
            assert self._read(), f"{words!r} is not in: {self.text}"
        return self.text

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C until something comes of it.

        Python misses one that comes after a prompt was shown and before it reads.
        """
        self.press("\x03")
        self.read_until("^C")  # its echo
        while not select.select([self._ours], [], [], 0.3)[0]:
            self.press("\x03")
            self._read()

    def end(self) -> tuple[int, str]:
        """Read to the end: the exit status, and all that was shown."""
        while self._read():
            pass
        look_at(self.text, "on the terminal")
        return self.process.wait(PATIENCE), self.text

    def hang_up(self) -> int:
        """Take the terminal away, as a dropped connection does: the exit status."""
        os.close(self._ours)
        self._ours = os.open(os.devnull, os.O_RDWR)
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], PATIENCE)
        assert ready, f"nothing more came after: {self.text}"
        try:
            some = os.read(self._ours, 65536)
        except OSError:  # how Linux tells that the other side is closed
            return False
        self.text += self._decoder.decode(some)
        return bool(some)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._ours)
        with self.process:
            self.process.kill()


def next_line(stream: IO[str]) -> str:
    """The next line, and no more: what a stream reads ahead, `communicate` does not see."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(stream.fileno(), 1)):
        line += byte
    return line.decode()
