"""What the spec of TensorsLab Video Tasks says beside its operations, as tables.

Written by specs/generate.py from specs/tensorslab.openapi.yaml, never by hand.
What each is made of is in specs/README.md, "Extensions".
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal[
    "queued", "running", "succeeded", "failed", "cancelled", "expired", "unknown"
]
"""The states of videotasks."""
Effect: TypeAlias = Literal["cancels", "deletes"]
"""What a deletion does to a task: it leaves the queue, or its record is deleted."""
Means: TypeAlias = Literal[
    "no-such-task",
    "task-state",
    "request",
    "permission",
    "no-model",
    "account",
    "quota",
    "credits",
    "wrong-path",
    "nothing",
]
"""What a refusal can mean."""


class Refusal(NamedTuple):
    """What refusals mean that have one of these HTTP statuses and one of these codes.

    Codes may be patterns as of `fnmatch`; "" stands for none. A `signed` row is only for messages
    that have the answer's request id in them.
    """

    statuses: Collection[int]
    codes: tuple[str, ...]
    means: Means
    signed: bool = False


SERVERS: Final[tuple[str, ...]] = ("https://api.tensorslab.com",)
"""Base URLs."""

PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deleteVideoTask": "/v1/video/deletevideotask",
        "infoByTaskId": "/v1/video/infobytaskid",
    }
)
"""The path of each operation, below the base URL."""

RATE_LIMITS: Final[Mapping[str, float | None]] = MappingProxyType(
    {
        "deleteVideoTask": None,
        "infoByTaskId": None,
    }
)
"""Requests a second for each operation; None where no limit is documented."""

MAXIMA: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType({})
"""For operations, the greatest number that a parameter may be."""

VALUES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType({})
"""For operations, the words that a parameter is documented to take."""

STATES: Final[Mapping[str, State]] = MappingProxyType(
    {
        "1": "queued",
        "2": "running",
        "3": "succeeded",
        "4": "failed",
        "5": "running",
    }
)
"""The state that each of the provider's statuses, as text, stands for."""

DELETIONS: Final[Mapping[State, Effect]] = MappingProxyType(
    {
        "succeeded": "deletes",
        "failed": "deletes",
    }
)
"""What a deletion does, in the states in which it is allowed."""

UNDOCUMENTED_DELETIONS: Final[tuple[State, ...]] = ("queued", "running")
"""States in which it is not documented what a deletion does."""

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal((400, 402, 404), ("9000",), "credits"),
    Refusal((404,), ("1000",), "nothing"),
    Refusal((404,), ("*",), "no-such-task"),
)
"""What refusals mean; the first row that fits counts."""
