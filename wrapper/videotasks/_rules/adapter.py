"""What the rules need to know of a provider, as data.

Owns: the shape of a provider adapter. Refuses to hold rules: those are in `_rules.flows`, written
once for all providers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from attrs import frozen

from .._model.task import Ref, State, Task
from .steps import Call

Verb = Literal["cancel", "delete"]
Effect = Literal["cancels", "deletes"]
"""What a provider's DELETE does to a task: it leaves the queue, or its record goes."""


@frozen(kw_only=True)
class Capabilities:
    """What a provider can do; what it can't raises `Unsupported` before anything is sent.

    `cancel`: cancel a task. `list`: list tasks. `timestamps`: say when a task was made.
    `per_task_results`: answer a deletion for each task, not for a batch as a whole.
    """

    cancel: bool
    list: bool
    timestamps: bool
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
    page: Callable[[PageRequest], Call[Listed]]


@frozen(kw_only=True)
class Adapter:
    """One provider for the flows.

    `effects` says in which states DELETE may be sent and what it then does; a state that is not
    in it is never acted on. `kept` says why, for those that a deletion leaves alone.
    """

    name: str
    title: str
    capabilities: Capabilities
    effects: Mapping[State, Effect]
    kept: Mapping[State, str]
    batch_size: int
    look: Callable[[Ref], Call[Task]]
    remove: Callable[[tuple[Ref, ...], float], Call[None]]
    lists: ListSupport | None = None
