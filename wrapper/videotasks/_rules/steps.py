"""The words between the rules and the network: what a flow asks for and what it is told.

Owns: `Call` and `Backoff` (asked), `Answer` and errors (told), and `Flow`, a generator of the first
that is sent the second. Refuses to know httpx, threads or event loops.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, cast

from attrs import frozen

from .._model.errors import VideoTasksError
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
    which it may be sent; later, it is not sent and the flow is told `LookExpired`. `read` raises a
    `VideoTasksError` where the answer does not say what it should.
    """

    operation: Operation
    endpoint: Endpoint
    arguments: Mapping[str, Any]
    read: Callable[[Any], T]
    refs: tuple[Ref, ...] = ()
    not_after: float | None = None


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


def ask(call: Call[T]) -> Flow[Answer[T] | VideoTasksError]:
    """Yield one call and hand its reply back, typed."""
    return cast("Answer[T] | VideoTasksError", (yield call))
