"""What rules and drivers exchange: what a flow asks for, and what it is told.

Owns: `Call` and `Backoff` (asked), `Answer` and errors (told), `Flow`, a generator that yields the
first and is sent the second; and which failures are simply tried again, how often and after which
wait. Refuses to know httpx, threads or event loops, and to send a DELETE again that may have
arrived: what becomes of that is in `_rules.flows`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, Generic, Literal, Protocol, TypeAlias, TypeVar, cast

from attrs import Attribute, field, frozen

from .._model.checks import check_count, check_number
from .._model.errors import NoAnswer, NotConnected, RateLimited, VideoTasksError
from .._model.task import Ref

T = TypeVar("T")
R = TypeVar("R")

Operation = Literal["get", "delete", "list"]


class Endpoint(Protocol):
    """A generated endpoint: the module itself, with its sync and its async function."""

    def sync_detailed(self, *args: Any, **kwargs: Any) -> Any: ...
    async def asyncio_detailed(self, *args: Any, **kwargs: Any) -> Any: ...


@frozen(kw_only=True)
class Call(Generic[T]):
    """Call `endpoint` with `arguments`, and read its answer with `read`.

    `refs` are the tasks it is about. `not_after` is the last moment, on the monotonic clock, at
    which it may be sent; later, it is not sent and the flow is told `LookTooOld`. `sent_before` are
    the tasks that the same was sent for before, each with the error by which its answer was lost;
    for the log alone. `read` raises a `VideoTasksError` where the answer does not say what it
    should.
    """

    operation: Operation
    endpoint: Endpoint
    arguments: Mapping[str, Any]
    read: Callable[[Any], T]
    refs: tuple[Ref, ...] = ()
    not_after: float | None = None
    sent_before: Mapping[Ref, VideoTasksError] = field(factory=dict[Ref, VideoTasksError])


@frozen
class Backoff:
    """Wait before the next try; `retry_after` is what the provider asked for, in seconds."""

    attempt: int
    retry_after: float | None = None


@frozen
class Answer(Generic[T]):
    """What a call was answered, and when it was sent, on the monotonic clock."""

    value: T
    sent_at: float
    request_id: str | None = None


Step: TypeAlias = Call[Any] | Backoff
Reply: TypeAlias = Answer[Any] | VideoTasksError | None
Flow: TypeAlias = Generator[Step, Reply, R]


_NOTHING_DONE: Final = (NotConnected, RateLimited)
"""Errors after which surely nothing was done: anything may be sent again; a DELETE with the same
look, as long as that is fresh."""


def _count(_retry: object, attribute: Attribute[Any], value: object) -> None:
    check_count(attribute.name, value, 1)


def _number(_retry: object, attribute: Attribute[Any], value: object) -> None:
    check_number(attribute.name, value, 0)


@frozen(kw_only=True)
class Retry:
    """Tries, and waits between them, for what is safe to retry: reads, and what surely did nothing.

    `attempts` is the number of tries in all. The wait before the second is up to `backoff` seconds
    and doubles from there, up to `max_wait`; half of it is random, so that many clients don't come
    back at once. `Retry-After` of a provider is waited for instead, up to `max_retry_after`
    seconds. Raises `ConfigurationError`.
    """

    attempts: int = field(default=4, validator=_count)
    backoff: float = field(default=0.5, validator=_number)
    max_wait: float = field(default=8.0, validator=_number)
    max_retry_after: float = field(default=60.0, validator=_number)

    def wait(self, pause: Backoff) -> float:
        """How long to wait now, in seconds."""
        if pause.retry_after is not None:
            return min(pause.retry_after, self.max_retry_after)
        most = min(self.backoff * 2.0 ** min(pause.attempt - 1, 99), self.max_wait)
        return most * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load; nothing secret


def request(call: Call[T], attempts: int) -> Flow[Answer[T] | VideoTasksError]:
    """Make a call, and retry what is safe to retry: reads, and what surely did nothing."""
    again = _NOTHING_DONE if call.operation == "delete" else (*_NOTHING_DONE, NoAnswer)
    attempt = 1
    while True:
        reply = cast("Answer[T] | VideoTasksError", (yield call))
        if not isinstance(reply, again) or attempt >= attempts:
            return reply
        yield Backoff(attempt, reply.retry_after if isinstance(reply, RateLimited) else None)
        attempt += 1
