"""Files that are being fetched, and what they are called.

Owns: that what has its final name is whole and on the disk, and that no name leads out of its
folder. Refuses to overwrite: what is there was saved before.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Self

from .._model.errors import NotSaved
from .._model.task import Task

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LONGEST_NAME: Final = 100
"""Characters of a name that are taken from an id."""
_DEAD_AFTER: Final = 86_400.0
"""Seconds after which a part counts as left behind, where files can't be locked."""
_SUFFIX: Final = re.compile(r"[a-z0-9]{2,5}")


def names_of(task: Task) -> dict[str, str]:
    """What the files of a task are called, by their links. One that is linked twice is one file."""
    stem = f"{task.ref.provider}-{_plain(task.ref.id)}"
    last_frame = [task.last_frame_url] if task.last_frame_url else []
    ends = {
        **_ends(last_frame, "+last-frame", ".png"),
        **_ends(task.file_urls, "+file", ".bin"),
        **_ends(task.video_urls, "", ".mp4"),
    }
    return {url: f"{stem}{end}" for url, end in ends.items()}


def _ends(urls: Iterable[str], what: str, suffix: str) -> dict[str, str]:
    """How names end. Where there are several of a kind, they go by what the link leads to, since
    the order may be another one next time."""
    links = dict.fromkeys(urls)
    ends: dict[str, str] = {}
    for url in links:
        path = url.partition("?")[0]
        found = path.rpartition(".")[2].lower()
        which = f"+{_hash(path)}" if len(links) > 1 else ""
        ends[url] = f"{what}{which}{f'.{found}' if _SUFFIX.fullmatch(found) else suffix}"
    return ends


def is_saved(path: Path) -> bool:
    """Whether a file is there already. Raises `NotSaved` where something else is."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise NotSaved(f"{path} can't be looked at: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        raise NotSaved(f"{path} is there, and is no file")
    return status.st_size > 0


def _plain(task_id: str) -> str:
    """An id as part of a file's name, which has no "+"; with a hash where two ids could become the
    same name, as where a file system does not tell capitals from small letters."""
    plain = re.sub(r"[^a-z0-9._-]", "_", task_id.lower())[:_LONGEST_NAME]
    if plain == task_id:
        return plain
    return f"{plain}-{_hash(task_id)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class PartFile:
    """A file under another name, until it is whole. It is locked, so that others can tell a part
    that somebody writes from one that was left behind by a process that was killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._length = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        for part in path.parent.glob(f".{path.name}.*.part"):
            _remove_if_dead(part)
        while True:
            self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
            self._file = self._part.open("xb")
            try:
                _lock(self._file)
            except BlockingIOError:
                pass  # another process took it for left behind, before it was locked
            except OSError:
                break  # this file system has no locks
            else:
                if self._part.exists():
                    break
            self._file.close()

    def write(self, piece: bytes) -> None:
        """Write a piece."""
        self._length += len(piece)
        self._file.write(piece)

    def finish(self) -> None:
        """It is whole: put it on the disk, then give it its own name. Raises `NotSaved`."""
        if not self._length:
            raise NotSaved("it is empty")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)
        with suppress(OSError):  # not every system lets a folder be opened
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._file.close()  # which writes what is left, and fails again where the disk is full
        finally:
            self._part.unlink(missing_ok=True)


def _lock(file: BinaryIO) -> None:
    """Lock a file for as long as it is open here. Raises `BlockingIOError` if somebody else has."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_if_dead(part: Path) -> None:
    if part.is_symlink() or not part.is_file():
        return
    with suppress(OSError), part.open("rb") as file:  # somebody writes it, or has removed it
        if fcntl is None and time.time() - part.stat().st_mtime < _DEAD_AFTER:
            return
        _lock(file)
        part.unlink()
