"""What `Tasks` and `AsyncTasks` share for many tasks: runs, previews, lists, and what to purge.

Owns: the checks of what a caller gives to these verbs. Refuses to run anything: the clients do,
each with its own drivers.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from attrs import evolve

from .._model.checks import check_choice, check_count, check_many, is_many, shown
from .._model.errors import (
    Closed,
    ConfigurationError,
    InvalidRef,
    TooManyTasks,
    Unsupported,
    VideoTasksError,
)
from .._model.task import PROVIDER_NAMES, Ref, State, Task, UnusableRef
from .._model.waiting import WaitResult
from .._providers import provider_class
from .._rules.adapter import ListSupport, Verb
from .._rules.bulk import Bulk
from .._rules.items import WorkItem
from .._rules.listing import ListWalk
from .._rules.preview import Previewer
from .._rules.query import Query
from .._rules.waiting import WaitList
from .base import ClientBase, D, Options

PURGED: Final = frozenset[State]({"failed", "expired"})
"""States of tasks that a purge takes unless others are named: a video goes only by name."""


class ManyBase(ClientBase[D]):
    """The verbs for many tasks, in front of the drivers."""

    def listing(self, query: Query) -> tuple[D, ListWalk]:
        """The driver and the walk to list tasks."""
        driver, lists = self._lists(query.provider)
        return driver, ListWalk(driver.adapter, lists, query, self.retry.attempts)

    def purge(
        self, query: Query, older_than: timedelta | None, limit: int | None
    ) -> tuple[D, ListWalk, frozenset[State]]:
        """The driver and the walk to find what is to be purged, and the states it may be in."""
        provider, adapter = query.provider, self._lists(query.provider)[0].adapter
        filters = (query.states, query.model, query.endpoint, older_than)
        if all(one is None for one in filters):
            raise ConfigurationError(
                "purging needs a filter: states=…, older_than=…, model=… or endpoint=…",
                provider=provider,
            )
        if older_than is not None and not _is_span(older_than):
            raise ConfigurationError(
                f"older_than must be a timedelta above 0, not {shown(older_than)}",
                provider=provider,
            )
        if limit is not None:
            check_count("limit", limit, 0, provider)
        wanted = PURGED if query.states is None else query.states
        if never := sorted(wanted - adapter.effects["delete"].keys()):
            raise Unsupported(
                f"{adapter.title} deletes no task that is {' or '.join(never)}; it does those that "
                f"are {', '.join(sorted(adapter.effects['delete']))}",
                provider=provider,
            )
        before = None if older_than is None else _ago(older_than)
        driver, walk = self.listing(evolve(query, states=wanted, created_before=before))
        return driver, walk, wanted

    def check_many(self, what: str, refs: object, *, or_async: bool = False) -> None:
        """Raise `Closed`, or `InvalidRef` for one ref in place of many; `or_async` says that these
        may come from an async iterable."""
        self.check_open()
        if not is_many(refs, or_async=or_async):
            raise InvalidRef(f"{what} takes many refs, not one: give a list: {shown(refs)}")

    def bulk(
        self,
        verb: Verb,
        refs: object,
        options: Options,
        only: Mapping[Ref, frozenset[State]] | None,
        *,
        or_async: bool = False,
    ) -> Bulk:
        """A run to cancel or delete many; `only` gives the states each may be acted on in."""
        self.check_many(f"{verb}_many", refs, or_async=or_async)

        def open_item(ref: Ref | str) -> WorkItem:
            item = self.item(verb, ref, options)
            return item if only is None else evolve(item, only=only[item.ref])

        queues = {name: (driver.adapter, driver.limiters) for name, driver in self.drivers.items()}
        return self.enter(Bulk(verb, open_item, queues, options.concurrency))

    def previewer(
        self, verb: Verb, refs: object, options: Options, *, or_async: bool = False
    ) -> Previewer:
        """What says what would be done to many."""
        check_choice("verb", verb, get_args(Verb))
        self.check_many("preview", refs, or_async=or_async)
        adapters = {name: driver.adapter for name, driver in self.drivers.items()}
        return Previewer(verb, lambda ref: self.item(verb, ref, options), adapters, self.check_open)

    def waits(
        self, refs: Iterable[Ref | str], interval: float | None
    ) -> tuple[list[WaitResult], list[tuple[D, WaitList]]]:
        """How to wait for many: results for those that can't be asked for, and the others by
        provider."""
        mistakes: list[WaitResult] = []
        found: dict[str, list[Ref]] = {}
        for given in refs:
            try:
                ref = Ref.parse(given)
                self.driver(ref.provider, ref)
            except Closed:
                raise
            except VideoTasksError as error:
                unusable = error.ref or UnusableRef.of(str(given))
                mistakes.append(WaitResult(ref=unusable, error=error))
            else:
                found.setdefault(ref.provider, []).append(ref)
        drivers = [(self.drivers[name], few) for name, few in found.items()]
        attempts = self.retry.attempts
        return mistakes, [
            (driver, WaitList(driver.adapter, few, attempts, interval)) for driver, few in drivers
        ]

    def _lists(self, name: str) -> tuple[D, ListSupport]:
        """The driver of a provider that can list, and its list."""
        if name not in PROVIDER_NAMES:
            known = " and ".join(PROVIDER_NAMES)
            raise ConfigurationError(f"no provider is called {shown(name)}: there are {known}")
        self.check_open()
        provider = provider_class(name)
        if provider.capabilities.list and (lists := (driver := self.driver(name)).adapter.lists):
            return driver, lists
        raise Unsupported(f"{provider.info.title} has no way to list tasks", provider=name)


def chosen(tasks: Iterable[Task]) -> dict[Ref, Task]:
    """The tasks of a plan, each once. Raises `ConfigurationError`."""
    found: dict[Ref, Task] = {}
    if isinstance(tasks, AsyncIterable):
        raise ConfigurationError("a plan takes tasks that are there: [task async for task in …]")
    check_many("a plan", tasks)
    for task in tasks:
        if not isinstance(task, Task):
            raise ConfigurationError(f"a plan takes tasks, as get and list give, not {shown(task)}")
        found[task.ref] = task
    return found


def over_limit(provider: str, limit: int) -> TooManyTasks:
    """The error of a purge that matches more than was allowed for."""
    error = TooManyTasks(
        f"more than {limit} match, so nothing was deleted; "
        "narrow the filters, or allow for more with limit=…",
        provider=provider,
    )
    error.limit = limit
    return error


def _is_span(span: object) -> bool:
    return isinstance(span, timedelta) and span > timedelta(0)


def _ago(span: timedelta) -> datetime:
    """The moment so long ago; the earliest there is for a span that goes beyond the calendar."""
    try:
        return datetime.now(UTC) - span
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
