"""What the rules need to know of a provider, as data.

Owns: the shape of a provider adapter. Refuses to hold rules: those are in `_rules.flows`, written
once for all providers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from attrs import field, frozen

from .._model.task import Ref, State, Task
from .steps import Call

Verb = Literal["cancel", "delete"]
"""What a caller asks for."""
Effect = Literal["cancels", "deletes"]
"""What acting does to a task: it leaves the queue, or its record goes."""


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
    in one call. `without_endpoint` is what to try where a list of no endpoint is refused.
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


@frozen(kw_only=True)
class Adapter:
    """One provider for the flows.

    `effects` says, for each verb, in which states something may be sent and what it then does; a
    task in a state that is not there is never acted on. For `cancel` it may have those states alone
    from which no task can get, while a look is fresh, into one in which the same request would
    delete it: not `running`, where finished tasks are deleted by the same request. `kept` says why,
    for those that a deletion leaves alone.

    `act_call` asks for one effect on tasks, not later than a moment; where cancelling and deleting
    are two endpoints, it calls the one for that effect. It gives what the answer says that was
    done, None where it names nothing, and that goes before what was to be done.
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
