"""What the simulator keeps: tasks, how they move, and the requests that came in.

Owns: the data, and the words for it. Refuses to change any: that is in `_store`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

from attrs import define, field, frozen

ArkState: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired"]
TensorsLabState: TypeAlias = Literal["pending", "processing", "completed", "failed", "uploading"]
State: TypeAlias = ArkState | TensorsLabState
Operation: TypeAlias = Literal["create", "get", "list", "delete"]
"""What a request asks for; the specs have all but "create"."""

ARK_STATES: Final[tuple[State, ...]] = get_args(ArkState)
TENSORSLAB_STATES: Final[tuple[State, ...]] = get_args(TensorsLabState)


class NewState(str):
    """A state that the provider does not document, to see what a client does with it.

    `sim.ark.add(NewState("paused"))`: any other word that is not one of the provider's own raises.
    """

    __slots__ = ()


def _known(_move: object, _field: object, state: str | None) -> None:
    states = dict.fromkeys(ARK_STATES + TENSORSLAB_STATES)
    if state is not None and state not in states and not isinstance(state, NewState):
        raise ValueError(f"no provider has the state {state!r}; there are {', '.join(states)}")


@frozen(kw_only=True)
class Move:
    """A change that a task makes by itself, after so many reads, refused deletions or seconds.

    They are counted from when the task came into the state before; of several, the first to come
    true decides. To None, its record goes. Raises `ValueError` for a state that no provider has,
    and where nothing says when.
    """

    to: State | NewState | None = field(validator=_known)
    after_reads: int | None = None
    after_refusals: int | None = None
    after_seconds: float | None = None

    def __attrs_post_init__(self) -> None:
        if (self.after_reads, self.after_refusals, self.after_seconds) == (None, None, None):
            raise ValueError(
                f"nothing says when the move to {self.to!r} is made: give after_reads, "
                "after_refusals or after_seconds"
            )


@frozen(kw_only=True)
class Received:
    """A request as it came in, and the status of the answer that it was given or to be given."""

    operation: Operation | None
    ids: tuple[str, ...]
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int


@define(kw_only=True)
class SimTask:
    """One task."""

    id: str
    state: str
    since: float
    moves: deque[Move]
    created_at: int
    fields: dict[str, Any]
    reads: int = 0
    refusals: int = 0
