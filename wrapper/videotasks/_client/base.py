"""What `Tasks` and `AsyncTasks` share: which providers there are, and what a caller may ask.

Owns: the checks before anything is sent, and the flow that answers each verb. Refuses to run
anything: the shells do, each with its own driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeVar, get_args

from attrs import evolve

from .._forks import tell_of_forks
from .._http.settings import Site, has_key
from .._model.checks import (
    check_choice,
    check_count,
    check_flag,
    check_many,
    check_seconds,
    is_many,
    shown,
)
from .._model.errors import (
    Closed,
    ConfigurationError,
    InvalidRef,
    MissingKey,
    TooManyTasks,
    Unsupported,
)
from .._model.outcomes import Outcome
from .._model.task import PROVIDER_NAMES, Ref, State, Task
from .._providers import PROVIDERS, Provider
from .._rules import flows
from .._rules.adapter import Adapter, ListSupport, Verb
from .._rules.bulk import Bulk
from .._rules.items import WorkItem
from .._rules.listing import ListWalk
from .._rules.pacing import RateLimiter
from .._rules.preview import Previewer
from .._rules.query import Query, read_ids, read_states
from .._rules.retry import Retry
from .._rules.steps import Flow, Operation
from .._weak import WeakBag

PURGED: Final = frozenset[State]({"failed", "expired"})
"""States of tasks that a purge takes unless others are named: a video goes only by name."""
_FOREIGN: Final = "this client was made in another process; make one in each process"


class AnyDriver(Protocol):
    """A driver, as far as this module needs one."""

    @property
    def adapter(self) -> Adapter: ...
    @property
    def limiters(self) -> Mapping[Operation, RateLimiter]: ...
    def after_fork(self) -> bool: ...


D = TypeVar("D", bound=AnyDriver)


def from_environment() -> list[Provider[Any]]:
    """The providers whose keys are set. Raises `MissingKey` if none is."""
    found: list[Provider[Any]] = [make() for make in PROVIDERS if has_key(make.site)]
    if not found:
        raise no_key()
    return found


def no_key() -> MissingKey:
    """The error of having no key for any provider."""
    needed = " or ".join(
        f"{provider.site.key_variable} (about keys: {provider.site.key_from})"
        for provider in PROVIDERS
    )
    return MissingKey(f"no API key: set {needed}")


class ClientBase(Generic[D]):
    """The drivers by provider, and the checks in front of them."""

    def __init__(
        self,
        providers: Iterable[Provider[Any]],
        make: Callable[[Provider[Any], Retry], D],
        retry: Retry | None,
        timeout: float | None,
    ) -> None:
        self._providers: dict[str, Provider[Any]] = {}
        self._timeout = None if timeout is None else check_seconds("timeout", timeout)
        for provider in providers:
            if not isinstance(provider, Provider):
                raise ConfigurationError(
                    f"a client takes providers, such as Ark(api_key=…), not {shown(provider)}"
                )
            if provider.name in self._providers:
                raise ConfigurationError(
                    f"{provider.site.title} was given twice; for two accounts make two clients"
                )
            self._providers[provider.name] = provider
        if not self._providers:
            raise ConfigurationError("no provider was given; pass Ark(…), TensorsLab(…) or both")
        if not isinstance(retry, Retry | None):
            raise ConfigurationError(f"retry is a Retry, such as Retry(attempts=2): {shown(retry)}")
        self.retry = retry or Retry()
        self.drivers: dict[str, D] = {
            name: make(provider, self.retry) for name, provider in self._providers.items()
        }
        self._unusable: str | None = None
        self._runs = WeakBag[Bulk]()
        tell_of_forks(self)

    def close(self) -> Iterable[D]:
        """Take no more orders; the drivers to be closed, if they are this process's."""
        if self._unusable == _FOREIGN:
            return ()
        self._unusable = "this client is closed; make a new one"
        for run in self._runs:
            run.close_client()
        return self.drivers.values()

    def after_fork(self) -> None:
        """Begin anew in a forked process, or be of no use there."""
        self._runs = WeakBag[Bulk]()
        for driver in self.drivers.values():
            if not driver.after_fork():
                self._unusable = _FOREIGN

    def get(self, ref: Ref | str) -> tuple[D, Flow[Task]]:
        """How to look at a task."""
        ref = Ref.parse(ref)
        driver = self._driver(ref.provider, ref)
        return driver, flows.get(driver.adapter, ref, self.retry.attempts)

    def settle(
        self, verb: Verb, ref: Ref | str, *, confirm: bool, missing_ok: bool
    ) -> tuple[D, Flow[Outcome]]:
        """How to cancel or delete a task."""
        _check_flags(confirm, missing_ok)
        item = self.item(verb, ref, confirm=confirm, missing_ok=missing_ok)
        driver = self._driver(item.ref.provider)
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
        driver, lists = self._lister(provider)
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
        adapter = self._lister(provider)[0].adapter
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
        self._check_open()
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

        bulk = Bulk(
            verb,
            open_item,
            {name: (driver.adapter, driver.limiters) for name, driver in self.drivers.items()},
            concurrency,
        )
        self._runs.add(bulk)
        if self._unusable is not None:  # since just now
            bulk.close_client()
        return bulk

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
        self._check_open()
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
        self._check_open(ref)
        kind = _kind(ref.provider)
        if verb == "cancel" and not kind.capabilities.cancel:
            raise Unsupported(
                f"{kind.site.title} has no way to cancel a task, only to delete one that has ended",
                provider=kind.name,
                ref=ref,
            )
        self._driver(ref.provider, ref)
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

    def timeout(self, given: float | None) -> float | None:
        """The timeout of a call, in seconds: the call's, or else this client's."""
        return self._timeout if given is None else check_seconds("timeout", given)

    def _lister(self, name: str) -> tuple[D, ListSupport]:
        """The driver of a provider that can list, and its list."""
        if name not in PROVIDER_NAMES:
            known = " and ".join(PROVIDER_NAMES)
            raise ConfigurationError(f"no provider is called {shown(name)}: there are {known}")
        self._check_open()
        kind = _kind(name)
        if kind.capabilities.list and (lists := (driver := self._driver(name)).adapter.lists):
            return driver, lists
        raise Unsupported(f"{kind.site.title} has no way to list tasks", provider=name)

    def _driver(self, name: str, ref: Ref | None = None) -> D:
        self._check_open(ref)
        if name in self.drivers:
            return self.drivers[name]
        site: Site = _kind(name).site
        raise MissingKey(
            f"no API key for {site.title}: set {site.key_variable}, or in code pass "
            f"{site.title}(api_key=…); about keys: {site.key_from}",
            provider=name,
            ref=ref,
        )

    def _check_open(self, ref: Ref | None = None) -> None:
        if self._unusable is not None:
            raise Closed(self._unusable, ref=ref)

    def __repr__(self) -> str:
        return ", ".join(repr(provider) for provider in self._providers.values())


def _kind(name: str) -> type[Provider[Any]]:
    return next(provider for provider in PROVIDERS if provider.name == name)


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
