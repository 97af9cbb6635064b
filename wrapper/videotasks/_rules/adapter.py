"""What the rules need to know of a provider, as data.

Owns: the shape of a provider adapter. Refuses to hold rules: those are in `_rules.flows`, written
once for all providers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from attrs import field, frozen

from .._model.task import Ref, State, Task
from .steps import Call

Verb = Literal["cancel", "delete"]
"""What a caller asks for."""
Effect = Literal["cancels", "deletes"]
"""What acting does to a task: it leaves the queue, or its record is deleted."""

CANCELLABLE_BY_DELETE: Final = frozenset[State]({"queued"})
"""The states in which `cancel` may send a request that would delete an ended task, whatever else a
vendor's table says. A running task may end while a look at it is fresh, and would be lost."""


def one_request(deletions: Mapping[State, Effect]) -> Mapping[Verb, Mapping[State, Effect]]:
    """The effects of one request that cancels or deletes, as the task's state has it."""
    cancels: dict[State, Effect] = {
        state: effect
        for state, effect in deletions.items()
        if effect == "cancels" and state in CANCELLABLE_BY_DELETE
    }
    return MappingProxyType({"cancel": MappingProxyType(cancels), "delete": deletions})


@frozen(kw_only=True)
class Capabilities:
    """What a provider can do; what it can't raises `Unsupported` before anything is sent.

    `cancel`: cancel a task. `list`: list tasks. `per_task_results`: answer a deletion for each
    task, not for a batch as a whole.
    """

    cancel: bool
    list: bool
    per_task_results: bool


@frozen(kw_only=True)
class PageRequest:
    """Which page of a provider's list is asked for; no `ids` stands for all."""

    number: int
    size: int
    tier: str
    state: State | None
    endpoint: str | None
    ids: tuple[str, ...]


@frozen(kw_only=True)
class Listed:
    """What a page showed, and how many tasks match in all; None where the provider doesn't say."""

    tasks: tuple[Task, ...]
    total: int | None


@frozen(kw_only=True)
class ListSupport:
    """A provider's list: the tiers to ask for one by one, and the states that it can filter by.

    `most_pages` and `most_on_a_page` bound a page's number and size, `most_ids` the ids asked for
    in one call. `without_endpoint` says what to try if a list without an endpoint is refused.
    """

    tiers: tuple[str, ...]
    states: frozenset[State]
    most_pages: int
    most_on_a_page: int
    most_ids: int
    without_endpoint: str
    page_call: Callable[[PageRequest], Call[Listed]]


def _check_effects(
    _adapter: object, _attribute: object, effects: Mapping[Verb, Mapping[State, Effect]]
) -> None:
    if "deletes" in effects["cancel"].values():
        raise ValueError("a cancel never deletes")
    both = {state for state in effects["cancel"] if effects["delete"].get(state) == "cancels"}
    if risky := sorted(both - CANCELLABLE_BY_DELETE):
        raise ValueError(
            f"a task that is {' or '.join(risky)} may end before a cancel reaches it, which would "
            "then delete it; whoever wants that decides so in CANCELLABLE_BY_DELETE"
        )


@frozen(kw_only=True)
class Adapter:
    """One provider for the flows.

    `effects` says, for each verb, in which states a request may be sent and what it then does; a
    task in any other state is never acted on. For `cancel` a state is allowed only if a task can't
    get from it, while a look is fresh, to a state in which the same request would delete it. So
    `running` is not, where the same request deletes finished tasks. `kept` gives the reason, for
    the states that a deletion leaves alone.

    `act_call` requests one effect on tasks, to be sent no later than a given moment; where
    cancelling and deleting are two endpoints, it calls the one for that effect. Its answer is read
    as the effect that it names, or None; a named effect counts more than the expected one.
    """

    name: str
    title: str
    capabilities: Capabilities
    effects: Mapping[Verb, Mapping[State, Effect]] = field(validator=_check_effects)
    kept: Mapping[State, str]
    batch_size: int
    look_call: Callable[[Ref], Call[Task]]
    act_call: Callable[[tuple[Ref, ...], Effect, float], Call[Effect | None]]
    lists: ListSupport | None = None
