"""What `Tasks` and `AsyncTasks` share of their state: providers, drivers, runs, open or closed.

Owns: which provider answers for a ref, and that a closed client takes no more orders. Refuses to
know what may be asked: that is in `_client.orders`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from .._forks import tell_of_forks
from .._http.environment import has_key
from .._http.info import ProviderInfo
from .._model.checks import (
    check_seconds,
    shown,
)
from .._model.errors import (
    Closed,
    ConfigurationError,
    MissingKey,
    Unsupported,
)
from .._model.task import PROVIDER_NAMES, Ref
from .._providers import PROVIDERS, Provider
from .._rules.adapter import Adapter, ListSupport
from .._rules.bulk import Bulk
from .._rules.pacing import RateLimiter
from .._rules.steps import Operation, Retry
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


def from_environment() -> list[Provider[Any]]:
    """The providers whose keys are set. Raises `MissingKey` if none is."""
    found: list[Provider[Any]] = [make() for make in PROVIDERS if has_key(make.info)]
    if not found:
        raise no_key()
    return found


def no_key() -> MissingKey:
    """The error of having no key for any provider."""
    needed = " or ".join(
        f"{provider.info.key_variable} (about keys: {provider.info.key_from})"
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

    def enter(self, run: Bulk) -> Bulk:
        """Let a run know when this is closed, or that it is."""
        self._runs.add(run)
        if self._unusable is not None:  # since just now
            run.close_client()
        return run

    def timeout(self, given: float | None) -> float | None:
        """The timeout of a call, in seconds: the call's, or else this client's."""
        return self._timeout if given is None else check_seconds("timeout", given)

    def lister(self, name: str) -> tuple[D, ListSupport]:
        """The driver of a provider that can list, and its list."""
        if name not in PROVIDER_NAMES:
            known = " and ".join(PROVIDER_NAMES)
            raise ConfigurationError(f"no provider is called {shown(name)}: there are {known}")
        self.check_open()
        kind = kind_of(name)
        if kind.capabilities.list and (lists := (driver := self.driver(name)).adapter.lists):
            return driver, lists
        raise Unsupported(f"{kind.info.title} has no way to list tasks", provider=name)

    def driver(self, name: str, ref: Ref | None = None) -> D:
        """The driver of a provider. Raises `MissingKey`, `Closed`."""
        self.check_open(ref)
        if name in self.drivers:
            return self.drivers[name]
        info: ProviderInfo = kind_of(name).info
        raise MissingKey(
            f"no API key for {info.title}: set {info.key_variable}, or in code pass "
            f"{info.title}(api_key=…); about keys: {info.key_from}",
            provider=name,
            ref=ref,
        )

    def check_open(self, ref: Ref | None = None) -> None:
        """Raise `Closed`, if it is."""
        if self._unusable is not None:
            raise Closed(self._unusable, ref=ref)

    def __repr__(self) -> str:
        return ", ".join(repr(provider) for provider in self._providers.values())


def kind_of(name: str) -> type[Provider[Any]]:
    """The provider of a name that is one's."""
    return next(provider for provider in PROVIDERS if provider.name == name)
