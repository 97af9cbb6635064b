"""What the spec of Ark Video Tasks says beside its operations, as tables.

Written by specs/generate.py from specs/ark.openapi.yaml, never by hand.
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


SERVERS: Final[tuple[str, ...]] = (
    "https://ark.cn-beijing.volces.com/api/v3",
    "https://ark.ap-southeast.bytepluses.com/api/v3",
    "https://ark.eu-west.bytepluses.com/api/v3",
)
"""Base URLs."""

PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "getTask": "/contents/generations/tasks/{id}",
        "deleteTask": "/contents/generations/tasks/{id}",
        "listTasks": "/contents/generations/tasks",
    }
)
"""The path of each operation, below the base URL."""

RATE_LIMITS: Final[Mapping[str, float | None]] = MappingProxyType(
    {
        "getTask": 20,
        "deleteTask": 20,
        "listTasks": 1,
    }
)
"""Requests a second for each operation; None where no limit is documented."""

MAXIMA: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "listTasks": MappingProxyType(
            {
                "page_num": 500,
                "page_size": 500,
            }
        ),
    }
)
"""For operations, the greatest number that a parameter may be."""

VALUES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "listTasks": MappingProxyType(
            {
                "filter.status": ("queued", "running", "cancelled", "succeeded", "failed"),
                "filter.service_tier": ("default", "flex"),
            }
        ),
    }
)
"""For operations, the words that a parameter is documented to take."""

STATES: Final[Mapping[str, State]] = MappingProxyType(
    {
        "queued": "queued",
        "running": "running",
        "cancelled": "cancelled",
        "succeeded": "succeeded",
        "failed": "failed",
        "expired": "expired",
    }
)
"""The state that each of the provider's statuses, as text, stands for."""

DELETIONS: Final[Mapping[State, Effect]] = MappingProxyType(
    {
        "queued": "cancels",
        "succeeded": "deletes",
        "failed": "deletes",
        "expired": "deletes",
    }
)
"""What a deletion does, in the states in which it is allowed."""

UNDOCUMENTED_DELETIONS: Final[tuple[State, ...]] = ()
"""States in which it is not documented what a deletion does."""

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(range(400, 500), ("InvalidAction.RunningTaskDeletion",), "task-state"),
    Refusal((404,), ("InvalidAction", "InvalidAction.*", "PathNotFound"), "wrong-path"),
    Refusal((404,), ("NotFound.?*",), "no-such-task"),
    Refusal((404,), ("NotFound", ""), "no-such-task", signed=True),
    Refusal((404,), ("InvalidEndpointOrModel.*",), "no-model"),
    Refusal((404,), ("ModelNotOpen", "UnsupportedModel"), "no-model"),
    Refusal(range(400, 500), ("InvalidAccountStatus", "AccountOverdueError"), "account"),
    Refusal(range(400, 500), ("OperationDenied.ServiceOverdue", "InvalidSubscription"), "account"),
    Refusal((401, 403), ("AccessDenied",), "permission"),
    Refusal((401, 403), ("OperationDenied.PermissionDenied",), "permission"),
    Refusal((401, 403), ("OperationDenied.ServiceNotOpen",), "permission"),
    Refusal((403,), ("OperationDenied.*",), "request"),
    Refusal((429,), ("QuotaExceeded", "QuotaExceeded.*"), "quota"),
    Refusal((429,), ("AccountQuotaExceeded", "SetLimitExceeded"), "quota"),
)
"""What refusals mean; the first row that fits counts."""
