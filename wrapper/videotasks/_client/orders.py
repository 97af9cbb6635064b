"""What a caller may ask: each verb checked before anything is sent, and the flow that answers it.

Owns: the checks of arguments. Refuses to run anything: the clients do, each with its own drivers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from attrs import evolve

from .._model.checks import check_choice, check_count, check_flag, check_many, is_many, shown
from .._model.errors import ConfigurationError, InvalidRef, TooManyTasks, Unsupported
from .._model.outcomes import Outcome
from .._model.task import Ref, State, Task
from .._rules import flows
from .._rules.adapter import Verb
from .._rules.bulk import Bulk
from .._rules.items import WorkItem
from .._rules.listing import ListWalk
from .._rules.preview import Previewer
from .._rules.query import Query, read_ids, read_states
from .._rules.steps import Flow
from .base import ClientBase, D, kind_of

PURGED: Final = frozenset[State]({"failed", "expired"})
"""States of tasks that a purge takes unless others are named: a video goes only by name."""


class Orders(ClientBase[D]):
    """The verbs, as flows and the drivers that run them."""

    def get(self, ref: Ref | str) -> tuple[D, Flow[Task]]:
        """How to look at a task."""
        ref = Ref.parse(ref)
        driver = self.driver(ref.provider, ref)
        return driver, flows.get(driver.adapter, ref, self.retry.attempts)

    def settle(
        self, verb: Verb, ref: Ref | str, *, confirm: bool, missing_ok: bool
    ) -> tuple[D, Flow[Outcome]]:
        """How to cancel or delete a task."""
        _check_flags(confirm, missing_ok)
        item = self.item(verb, ref, confirm=confirm, missing_ok=missing_ok)
        driver = self.driver(item.ref.provider)
        return driver, flows.settle(driver.adapter, item)

    def listing(
        self,
        provider: str,
        *,
        states: Iterable[State] | None = None,
        model: str | None = None,
        endpoint: str | None = None,
        ids: Iterable[Ref | str] | None = None,
        created_before: datetime | None = None,
        created_after: datetime | None = None,
    ) -> tuple[D, ListWalk]:
        """How to list tasks."""
        driver, lists = self.lister(provider)
        query = Query(
            states=None if states is None else read_states(states),
            model=model,
            endpoint=endpoint,
            ids=None if ids is None else read_ids(provider, ids),
            created_before=created_before,
            created_after=created_after,
        )
        return driver, ListWalk(driver.adapter, lists, query, self.retry.attempts)

    def purge(
        self,
        provider: str,
        *,
        states: Iterable[State] | None,
        older_than: timedelta | None,
        model: str | None,
        endpoint: str | None,
        limit: int | None,
    ) -> tuple[D, ListWalk, frozenset[State]]:
        """How to find what is to be purged, and the states in which it may be."""
        adapter = self.lister(provider)[0].adapter
        asked = None if states is None else read_states(states)
        if all(one is None for one in (asked, older_than, model, endpoint)):
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
        wanted = PURGED if asked is None else asked
        if never := sorted(wanted - adapter.effects["delete"].keys()):
            raise Unsupported(
                f"{adapter.title} deletes no task that is {' or '.join(never)}; it does those that "
                f"are {', '.join(sorted(adapter.effects['delete']))}",
                provider=provider,
            )
        before = None if older_than is None else _ago(older_than)
        driver, listing = self.listing(
            provider, states=wanted, model=model, endpoint=endpoint, created_before=before
        )
        return driver, listing, wanted

    def bulk(
        self,
        verb: Verb,
        refs: object,
        *,
        confirm: bool,
        missing_ok: bool,
        concurrency: int | None,
        only: Mapping[Ref, frozenset[State]] | None = None,
        or_async: bool = False,
    ) -> Bulk:
        """How to cancel or delete many; `only` gives the states each may be acted on in, and
        `or_async` says that the input may be async."""
        self.check_open()
        if not is_many(refs, or_async=or_async):
            raise InvalidRef(
                f"{verb}_many takes many refs, not one: use {verb}, or a list: {shown(refs)}"
            )
        _check_flags(confirm, missing_ok)
        if concurrency is not None:
            check_count("concurrency", concurrency, 1)

        def open_item(ref: Ref | str) -> WorkItem:
            item = self.item(verb, ref, confirm=confirm, missing_ok=missing_ok)
            return item if only is None else evolve(item, only=only[item.ref])

        queues = {name: (driver.adapter, driver.limiters) for name, driver in self.drivers.items()}
        return self.enter(Bulk(verb, open_item, queues, concurrency))

    def previewer(
        self,
        verb: Verb,
        refs: object,
        *,
        missing_ok: bool,
        concurrency: int,
        or_async: bool = False,
    ) -> Previewer:
        """How to say what would be done to many."""
        self.check_open()
        check_choice("verb", verb, get_args(Verb))
        if not is_many(refs, or_async=or_async):
            raise InvalidRef(f"preview takes many refs, so give a list: {shown(refs)}")
        check_flag("missing_ok", missing_ok)
        check_count("concurrency", concurrency, 1)
        return Previewer(
            verb,
            lambda ref: self.item(verb, ref, confirm=False, missing_ok=missing_ok),
            {name: driver.adapter for name, driver in self.drivers.items()},
        )

    def item(self, verb: Verb, ref: Ref | str, *, confirm: bool, missing_ok: bool) -> WorkItem:
        """An item at its beginning. Raises for a caller's mistake, before anything is sent."""
        ref = Ref.parse(ref)
        self.check_open(ref)
        kind = kind_of(ref.provider)
        if verb == "cancel" and not kind.capabilities.cancel:
            raise Unsupported(
                f"{kind.info.title} has no way to cancel a task, only to delete one that has ended",
                provider=kind.name,
                ref=ref,
            )
        self.driver(ref.provider, ref)
        return WorkItem(
            ref=ref,
            verb=verb,
            confirm=confirm,
            missing_ok=missing_ok,
            attempts=self.retry.attempts,
        )

    def chosen(self, tasks: Iterable[Task]) -> dict[Ref, Task]:
        """The tasks of a plan, each once."""
        chosen: dict[Ref, Task] = {}
        check_many("a plan", tasks)
        for task in tasks:
            if not isinstance(task, Task):
                raise ConfigurationError(
                    f"a plan takes tasks, as get and list give, not {shown(task)}"
                )
            chosen[task.ref] = task
        return chosen

    def over_limit(self, provider: str, limit: int) -> TooManyTasks:
        """The error of a purge that matches more than was allowed for."""
        error = TooManyTasks(
            f"more than {limit} match, so nothing was deleted; "
            "narrow the filters, or allow for more with limit=…",
            provider=provider,
        )
        error.limit = limit
        return error


def _check_flags(confirm: object, missing_ok: object) -> None:
    check_flag("confirm", confirm)
    check_flag("missing_ok", missing_ok)


def _is_span(span: object) -> bool:
    return isinstance(span, timedelta) and span > timedelta(0)


def _ago(span: timedelta) -> datetime:
    """The moment so long ago; the earliest there is for a span that goes beyond the calendar."""
    try:
        return datetime.now(UTC) - span
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
