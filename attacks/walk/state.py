"""What a generator of the rules is about to do, as a value that can be compared.

Owns: which parts of a flow and of bulk work decide what follows. Moments become how long ago they
were, and errors their class and status. Refuses to be clever: what it does not know raises.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from types import GeneratorType
from typing import Any, Final, cast

from attrs import fields_dict

from videotasks import Ref, Task, VideoTasksError
from videotasks._rules.adapter import Adapter
from videotasks._rules.items import Sent, WorkItem
from videotasks._rules.jobs import Job
from videotasks._rules.steps import Answer, Backoff, Call, Flow

Frozen = Hashable
_LONG: Final = 6.0
_LEFT_OUT: Final = frozenset({"ref", "seen_at", "request_id", "attempts", "lost"})
_ITEM: Final = [name for name in fields_dict(WorkItem) if name not in _LEFT_OUT]


def flow_state(flow: Flow[Any], now: float) -> Frozen:
    """Where a generator stands, and those that it waits for, and what they know."""
    frames: list[Frozen] = []
    inner: Any = flow
    while isinstance(inner, GeneratorType) and inner.gi_frame is not None:
        frame = inner.gi_frame
        known = ((name, plain(value, now)) for name, value in sorted(frame.f_locals.items()))
        frames.append((frame.f_code.co_name, frame.f_lasti, *known))
        inner = cast("Any", inner).gi_yieldfrom
    return tuple(frames)


def plain(value: object, now: float) -> Frozen:
    """A value of the rules as one that can be compared."""
    if value is None or isinstance(value, str | int | float | frozenset | Ref):
        return cast("Hashable", value)
    if isinstance(value, WorkItem):
        item = cast("Any", value)
        known = tuple(plain(getattr(item, name), now) for name in _ITEM)
        # By which error an answer was lost makes no difference to what follows.
        return (item.ref.id, *known, item.lost is None, min(now - item.seen_at, _LONG))
    if isinstance(value, VideoTasksError):
        return (type(value).__name__, value.status_code, getattr(value, "retry_after", None))
    if isinstance(value, Sent):
        error = None if value.answer == "lost" else plain(value.error, now)
        return (value.state, value.effect, value.answer, error)
    if isinstance(value, Answer):
        answer = cast("Answer[object]", value)
        return (plain(answer.value, now), min(now - answer.sent_at, _LONG))
    if isinstance(value, Call):
        call = cast("Call[object]", value)
        late = call.not_after is not None and max(call.not_after - now, -1.0)
        return (call.operation, call.refs, late)
    if isinstance(value, Task):
        return (value.ref, value.state)
    if isinstance(value, Backoff):
        return (value.attempt, value.retry_after)
    if isinstance(value, tuple | list | deque):
        return tuple(plain(one, now) for one in cast("list[object]", value))
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value).items()
        return tuple((plain(key, now), plain(one, now)) for key, one in pairs)
    if isinstance(value, Job):
        return (value.kind, value.begun, plain(value.items, now))
    if isinstance(value, Adapter | type | GeneratorType):
        return None  # the same all the way, or seen as a frame of its own
    raise TypeError(f"not known: {value!r}")
