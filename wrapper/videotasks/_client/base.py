"""What `Tasks` and `AsyncTasks` share: providers, drivers, open or closed, and verbs for one task.

Owns: which provider answers for a ref, that a closed client sends nothing more, and the checks of
the options of a verb. Refuses to run anything: the clients do, each with its own drivers.
What may be asked about many tasks is in `_client.base_many`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from attrs import Attribute, field, frozen

from .._forks import tell_of_forks
from .._model.checks import check_count, check_flag, check_seconds, shown
from .._model.errors import Closed, ConfigurationError, MissingKey, Unsupported
from .._model.outcomes import Outcome
from .._model.task import Ref, Task
from .._providers import Provider, provider_class
from .._rules import flows
from .._rules.adapter import Adapter, Verb
from .._rules.bulk import Bulk
from .._rules.items import WorkItem
from .._rules.pacing import RateLimiter
from .._rules.steps import Flow, Operation, Retry
from .._weak import WeakBag

_FOREIGN: Final = "this client was made in another process; make one in each process"


class AnyDriver(Protocol):
    """A driver, as far as this module needs one."""

    @property
    def adapter(self) -> Adapter: ...
    @property
    def limiters(self) -> Mapping[Operation, RateLimiter]: ...
    def after_fork(self) -> bool: ...


D = TypeVar("D", bound=AnyDriver)


def _flag(_options: object, attribute: Attribute[Any], value: object) -> None:
    check_flag(attribute.name, value)


def _seconds(_options: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None:
        check_seconds(attribute.name, value)


def _count(_options: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None:
        check_count(attribute.name, value, 1)


@frozen(kw_only=True)
class Options:
    """The options that a caller gives to a verb. Raises `ConfigurationError`."""

    confirm: bool = field(default=False, validator=_flag)
    missing_ok: bool = field(default=False, validator=_flag)
    timeout: float | None = field(default=None, validator=_seconds)
    concurrency: int | None = field(default=None, validator=_count)


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
        self._timeout = Options(timeout=timeout).timeout
        for provider in providers:
            if not isinstance(provider, Provider):
                raise ConfigurationError(
                    f"a client takes providers, such as Ark(api_key=…), not {shown(provider)}"
                )
            if provider.name in self._providers:
                raise ConfigurationError(
                    f"{provider.info.title} was given twice; for two accounts make two clients"
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
        """Send nothing more; the drivers to be closed, if they are this process's."""
        if self._unusable == _FOREIGN:
            return ()
        self._unusable = "this client is closed; make a new one"
        for run in self._runs:
            run.close_client()
        return self.drivers.values()

    def after_fork(self) -> None:
        """Make new connections in a forked process; a client that can't be used there is closed."""
        self._runs = WeakBag[Bulk]()
        for driver in self.drivers.values():
            if not driver.after_fork():
                self._unusable = _FOREIGN

    def enter(self, run: Bulk) -> Bulk:
        """Register a run, so that it is stopped when this is closed; at once, if it is already."""
        self._runs.add(run)
        if self._unusable is not None:  # since just now
            run.close_client()
        return run

    def check_open(self, ref: Ref | None = None) -> None:
        """Raise `Closed`, if it is."""
        if self._unusable is not None:
            raise Closed(self._unusable, ref=ref)

    def driver(self, name: str, ref: Ref | None = None) -> D:
        """The driver of a provider. Raises `MissingKey`, `Closed`."""
        self.check_open(ref)
        if name in self.drivers:
            return self.drivers[name]
        info = provider_class(name).info
        raise MissingKey(
            f"no API key for {info.title}: set {info.key_variable}, or in code pass "
            f"{info.title}(api_key=…); about keys: {info.key_from}",
            provider=name,
            ref=ref,
        )

    def timeout(self, given: float | None) -> float | None:
        """The timeout of a call, in seconds: the call's, or else this client's."""
        return self._timeout if given is None else Options(timeout=given).timeout

    def get(self, ref: Ref | str) -> tuple[D, Flow[Task]]:
        """The driver and the flow to look at a task."""
        ref = Ref.parse(ref)
        driver = self.driver(ref.provider, ref)
        return driver, flows.get(driver.adapter, ref, self.retry.attempts)

    def settle(self, verb: Verb, ref: Ref | str, options: Options) -> tuple[D, Flow[Outcome]]:
        """The driver and the flow to cancel or delete a task."""
        item = self.item(verb, ref, options)
        driver = self.driver(item.ref.provider)
        return driver, flows.settle(driver.adapter, item)

    def item(self, verb: Verb, ref: Ref | str, options: Options) -> WorkItem:
        """A new work item. Raises for a caller's mistake, before anything is sent."""
        ref = Ref.parse(ref)
        self.check_open(ref)
        provider = provider_class(ref.provider)
        if verb == "cancel" and not provider.capabilities.cancel:
            title = provider.info.title
            raise Unsupported(
                f"{title} has no way to cancel a task, only to delete one that has ended",
                provider=provider.name,
                ref=ref,
            )
        self.driver(ref.provider, ref)
        return WorkItem(
            ref=ref,
            verb=verb,
            confirm=options.confirm,
            missing_ok=options.missing_ok,
            attempts=self.retry.attempts,
        )

    def __repr__(self) -> str:
        return ", ".join(repr(provider) for provider in self._providers.values())
