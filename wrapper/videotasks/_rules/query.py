"""Which tasks of a list are wanted: what a caller may ask for, checked.

Owns: the filters, and which of them are applied here. Refuses a filter that filters nothing by
mistake: a purge with it would delete everything. Raises `ConfigurationError`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import field, frozen

from .._model.checks import check_many, shown
from .._model.errors import ConfigurationError
from .._model.task import PROVIDER_NAMES, STATES, Ref, State, Task


def read_states(given: object) -> frozenset[State] | None:
    """The states that a caller asks for; None for all."""
    if given is None:
        return None
    states: list[State] = []
    for state in check_many("states", given):
        if state not in STATES:
            raise ConfigurationError(f"no state {shown(state)}; there are {', '.join(STATES)}")
        states.append(state)
    return frozenset(states)


def read_ids(provider: str, given: object) -> tuple[str, ...] | None:
    """The bare ids of the tasks that a caller asks for, each once; given so or as refs."""
    if given is None:
        return None
    return tuple(dict.fromkeys(_id_of(provider, task) for task in check_many("ids", given)))


def _id_of(provider: str, task: Any) -> str:
    if isinstance(task, str) and task.partition(":")[0] not in PROVIDER_NAMES:
        return task
    ref = Ref.parse(task)
    if ref.provider != provider:
        raise ConfigurationError(f"{ref} is not a task of {provider}")
    return ref.id


def _check_moment(_query: object, _attribute: object, moment: Any) -> None:
    if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
        raise ConfigurationError("give times with a time zone, such as datetime.now(UTC)")


def _check_model(_query: object, _attribute: object, model: Any) -> None:
    if not isinstance(model, str | None):
        raise ConfigurationError(f"a model is named by text, not {shown(model)}")


def _check_endpoint(_query: object, _attribute: object, endpoint: Any) -> None:
    # A blank one would filter nothing, and a purge with it alone would delete everything.
    if endpoint is not None and not (isinstance(endpoint, str) and endpoint.strip()):
        raise ConfigurationError(f"an endpoint is named by its id, not {shown(endpoint)}")


@frozen(kw_only=True)
class Query:
    """Which tasks of a provider are wanted; None is for all."""

    provider: str
    states: frozenset[State] | None = field(default=None, converter=read_states)
    model: str | None = field(default=None, validator=_check_model)
    endpoint: str | None = field(default=None, validator=_check_endpoint)
    ids: tuple[str, ...] | None = None
    created_before: datetime | None = field(default=None, validator=_check_moment)
    created_after: datetime | None = field(default=None, validator=_check_moment)

    def wants(self, task: Task) -> bool:
        """Whether a task is one of them; one without a time of creation is in no period.

        The provider alone filters by endpoint: no task shows it.
        """
        made = task.created_at
        return (
            (self.states is None or task.state in self.states)
            and (self.model is None or task.model == self.model)
            and (self.ids is None or task.ref.id in self.ids)
            and (self.created_before is None or (made is not None and made < self.created_before))
            and (self.created_after is None or (made is not None and made >= self.created_after))
        )
