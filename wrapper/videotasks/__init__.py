"""Cancel and delete video generation tasks on Ark and TensorsLab.

    with Tasks.from_env() as tasks:
        outcome = tasks.cancel("ark:cgt-20250331175019-68d9t")

A cancel acts only on a task that was just seen queued, and every task gets exactly one outcome,
which says no more than the provider showed.

Everything public is here, and `videotasks.simulator` beside it. What needs httpx is imported when
it is first used, so that the command's help does without.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from ._model.errors import (
    AccountBlocked,
    AnswerLost,
    AuthenticationError,
    BadAnswer,
    Closed,
    ConfigurationError,
    Conflict,
    DeadlineExceeded,
    InvalidRef,
    LookTooOld,
    MissingKey,
    NoAnswer,
    NoCredits,
    NotConnected,
    NotFound,
    NotSaved,
    NotSent,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    Refused,
    RequestRefused,
    ServerError,
    TooManyTasks,
    Unconfirmed,
    Unsupported,
    VideoTasksError,
    WrongBaseURL,
)
from ._model.outcomes import (
    Cancelled,
    Deleted,
    Failed,
    Gone,
    Kept,
    Outcome,
    OutcomeError,
    OutcomeName,
    Unknown,
    Unsent,
)
from ._model.preview import Preview
from ._model.resume import skip_done
from ._model.task import PROVIDER_NAMES, STATES, Ref, State, Task
from ._model.waiting import WaitResult, WaitTimeout
from ._rules.adapter import Capabilities, Verb
from ._rules.steps import Retry
from ._version import __version__

if TYPE_CHECKING:
    from ._client.async_tasks import AsyncTasks
    from ._client.plans import AsyncPlan, Plan
    from ._client.tasks import Tasks
    from ._engine.aio import AsyncOutcomes
    from ._engine.threads import Outcomes
    from ._providers import PROVIDERS, Ark, Provider, TensorsLab

_NEEDS_HTTPX = {
    "Ark": "._providers",
    "AsyncOutcomes": "._engine.aio",
    "AsyncPlan": "._client.plans",
    "AsyncTasks": "._client.async_tasks",
    "Outcomes": "._engine.threads",
    "PROVIDERS": "._providers",
    "Plan": "._client.plans",
    "Provider": "._providers",
    "Tasks": "._client.tasks",
    "TensorsLab": "._providers",
}

__all__ = [
    "PROVIDERS",
    "PROVIDER_NAMES",
    "STATES",
    "AccountBlocked",
    "AnswerLost",
    "Ark",
    "AsyncOutcomes",
    "AsyncPlan",
    "AsyncTasks",
    "AuthenticationError",
    "BadAnswer",
    "Cancelled",
    "Capabilities",
    "Closed",
    "ConfigurationError",
    "Conflict",
    "DeadlineExceeded",
    "Deleted",
    "Failed",
    "Gone",
    "InvalidRef",
    "Kept",
    "LookTooOld",
    "MissingKey",
    "NoAnswer",
    "NoCredits",
    "NotConnected",
    "NotFound",
    "NotSaved",
    "NotSent",
    "Outcome",
    "OutcomeError",
    "OutcomeName",
    "Outcomes",
    "PermissionDenied",
    "Plan",
    "Preview",
    "Provider",
    "QuotaExceeded",
    "RateLimited",
    "Ref",
    "Refused",
    "RequestRefused",
    "Retry",
    "ServerError",
    "State",
    "Task",
    "Tasks",
    "TensorsLab",
    "TooManyTasks",
    "Unconfirmed",
    "Unknown",
    "Unsent",
    "Unsupported",
    "Verb",
    "VideoTasksError",
    "WaitResult",
    "WaitTimeout",
    "WrongBaseURL",
    "__version__",
    "skip_done",
]


if not TYPE_CHECKING:  # a type checker that saw it would believe every misspelt name

    def __getattr__(name: str) -> object:
        if name not in _NEEDS_HTTPX:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import_module(_NEEDS_HTTPX[name], __name__)
        for other, module in _NEEDS_HTTPX.items():
            if loaded := sys.modules.get(f"{__name__}{module}"):
                globals()[other] = _named(getattr(loaded, other))
        return globals()[name]

    def _named(thing: object) -> object:
        """A public thing, which in tracebacks has the name that users know."""
        if isinstance(thing, type):
            thing.__module__ = __name__
        return thing

    for _name in __all__:
        _named(globals().get(_name))


def __dir__() -> list[str]:
    return __all__
