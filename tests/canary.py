"""A canary: the key of every test, which must not be in what is printed, logged, raised or written.

Owns: where it is looked for. Refuses to look into what a test writes itself: files of keys.
"""

from __future__ import annotations

import logging
from functools import wraps
from pathlib import Path
from typing import Any, Final

import pytest

from videotasks import VideoTasksError

CANARY: Final = "sim-key"
"""The simulator's key by default: a text that nothing else in the tests has in it."""
KEYS: Final = ("*.env", "keys", "keys.*")
"""Names of the files in which tests put keys."""
MOST_OF_A_FILE: Final = 10_000_000

leaks: list[str] = []
"""What was found since the last look."""


def look_at(text: str, where: str) -> None:
    """Note the canary, if it is in `text`."""
    if CANARY in text:
        leaks.append(f"{where}: {text[:2000]}")


def look_into(folder: Path) -> None:
    """Note each file that has the canary in it."""
    for path in folder.rglob("*"):
        if path.is_file() and not any(path.match(pattern) for pattern in KEYS):
            with path.open("rb") as file:
                look_at(file.read(MOST_OF_A_FILE).decode(errors="replace"), f"in {path.name}")


class Watch(logging.Handler):
    """Looks at every record of the log, of whatever level, with its traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        look_at(self.format(record), "in the log")


def install() -> None:
    """Look at all that is logged and raised from now on."""
    logger = logging.getLogger("videotasks")
    logger.setLevel(logging.DEBUG)
    for name in ("videotasks", "httpx", "httpcore", "asyncio"):
        logging.getLogger(name).addHandler(Watch())
    made = VideoTasksError.__init__

    @wraps(made)
    def looked_at(self: VideoTasksError, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        look_at(f"{self} {self!r} {vars(self)}", f"in {type(self).__name__}")

    VideoTasksError.__init__ = looked_at  # type: ignore[method-assign]


def look_at_report(report: pytest.TestReport) -> None:
    """Look at what a test printed and at its warnings, and fail it for what was found."""
    for name, text in report.sections:
        look_at(text, f"in {name}")
    found = "; ".join(leaks)
    leaks.clear()
    if found and report.passed:
        report.outcome = "failed"
        report.longrepr = f"the key was seen {found}"
