"""Standard output and error, and the record file, as files that never hold the command for ever.

Owns: that a write can be given up where nobody takes it in, and that a closed output or an odd
encoding stops no work. Refuses to know what is written.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CHECK_INTERVAL: Final = 0.05
"""Seconds between looks whether a write that waits is to be given up."""
MOST_AT_ONCE: Final[int | None] = getattr(select, "PIPE_BUF", None)
"""Bytes that do not block where the system says that some can be written; None if it can't say."""
STUCK: Final = 0.2
"""Seconds after which a write counts as stuck, once the command is in a hurry."""


class Stream(io.RawIOBase):
    """A file to write to, without its end being waited for once the command is in a hurry.

    A write that nobody takes in then raises `OSError`, and so does each further one, at once.
    """

    in_a_hurry: ClassVar = False

    def __init__(self, file: int) -> None:
        self._file = file
        self._is_stuck = False

    def fileno(self) -> int:
        """The file's number."""
        return self._file

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._file)

    def writable(self) -> bool:
        """Always True."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of it: no more than goes into a pipe at once, so that it does not block."""
        waited = 0.0
        while True:
            if MOST_AT_ONCE is None or select.select([], [self._file], [], CHECK_INTERVAL)[1]:
                with suppress(BlockingIOError):
                    return os.write(self._file, memoryview(data)[:MOST_AT_ONCE])
            waited += CHECK_INTERVAL
            if Stream.in_a_hurry and (self._is_stuck or waited >= STUCK):
                self._is_stuck = True
                raise OSError(errno.EAGAIN, "nobody takes it in")


def text_stream(file: int, encoding: str, *, line_buffering: bool = False) -> io.TextIOWrapper:
    """A file to write text to."""
    raw = io.BufferedWriter(Stream(file))
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=line_buffering)


def hurry() -> None:
    """Wait no more for whoever should take in what is written. For signal handlers too."""
    Stream.in_a_hurry = True
    # A terminal may take in a part of a write, and then block.
    for file in filter(os.isatty, (1, 2)):
        os.set_blocking(file, False)


def end(status: int) -> NoReturn:
    """End the process at once: no thread is waited for whose answer nobody wants any more."""
    Stream.in_a_hurry = True
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    for file in filter(os.isatty, (1, 2)):
        os.set_blocking(file, True)  # others use the terminal after us
    os._exit(status)


def mend_streams() -> None:
    """Set up standard output and error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed before we were started
            setattr(sys, name, text_stream(os.open(os.devnull, os.O_WRONLY), "utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            number, by_lines = stream.fileno(), stream.line_buffering
            setattr(sys, name, text_stream(number, stream.encoding, line_buffering=by_lines))
