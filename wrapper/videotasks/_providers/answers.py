"""Reading fields of answers: a field in an unexpected form counts as missing.

Owns: texts and times, and what may come with a success that says otherwise. Refuses to know any
provider's fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, cast

EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""An earlier time counts as none: many programs write 0 or -1 for no time."""

_SPEAKS_OF_FAILURE: Final = re.compile(
    r"fail|err|reject|refus|invalid|skip|miss|not_?(found|deleted)|unknown|denied|ignor", re.I
)
_SPEAKS_OF_SUCCESS: Final = re.compile(
    r"succe|delet|remov|affected|count|total|status|result|code", re.I
)
"""Names of fields that may come with a success and say something of it."""


def text_of(value: object) -> str | None:
    """A text that is not empty, or None."""
    return str(value) if isinstance(value, str) and value else None


def texts_of(*values: object) -> tuple[str, ...]:
    """Those of the values that are texts and not empty."""
    return tuple(text for value in values if (text := text_of(value)))


def time_of(value: object) -> datetime | None:
    """Unix seconds, as a number or as digits; a time before `EARLIEST` is none."""
    if not isinstance(value, int | str) or isinstance(value, bool):
        return None
    try:
        time = datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return time if time >= EARLIEST else None


def doubtful(beside: Iterable[tuple[str, object]], ids: list[str]) -> list[str]:
    """The fields beside a success for `ids` that may say that not all of it was done.

    Success is one word for a whole batch; which other fields may come with it is not documented. An
    id of the request, a time or a message is no reason to doubt it. A field is one that names
    failures, counts fewer than were asked for, or is a list or an object of its own.
    """
    return [name for name, value in beside if value is not None and _doubts(name, value, ids)]


def _doubts(name: str, value: object, ids: list[str]) -> bool:
    if _SPEAKS_OF_FAILURE.search(name):
        return bool(value)
    if value == ids:
        return False
    if _SPEAKS_OF_SUCCESS.search(name):
        return value is not True and str(value).lower() not in {str(len(ids)), "1000", "success"}
    return isinstance(value, list | dict) and bool(cast("object", value))
