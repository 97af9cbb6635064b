"""What all providers have in common: a key, an address, timeouts, and clients made from them.

Owns: the settings' checks at construction, and the making of configured generated clients. Refuses
to know what any provider's tasks look like: that is in the provider's own module.
"""

# Annotations are evaluated here, for the reason that `_model.task` gives.

import threading
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, NoReturn, Protocol, TypeVar

import httpx

from .._forks import no_copies, tell_of_forks
from .._http.async_client import AsyncHTTP
from .._http.environment import read_key, read_proxy, read_url
from .._http.info import ProviderInfo
from .._http.settings import AuthScheme, ConnectionSettings
from .._http.sync_client import SyncHTTP
from .._model.checks import check_seconds
from .._rules.adapter import Adapter, Capabilities
from .._rules.pacing import Limits


class GeneratedClient(Protocol):
    """What the generated packages' clients have in common."""

    def set_httpx_client(self, client: httpx.Client) -> object: ...
    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> object: ...


C = TypeVar("C", bound=GeneratedClient)


class Provider(ABC, Generic[C]):
    """Where to reach a provider, and with which key. See the subclasses.

    `name` is the provider's name, as in refs; `capabilities` what it can do. `info` has its
    `title`, its `default_url`, and the environment variables that it is set up by: `key_variable`
    and `url_variable`; `key_from` is where to read about keys.
    """

    info: ClassVar[ProviderInfo]
    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None,
        timeout: float,
        connect_timeout: float,
        limits: Limits,
        schemes: tuple[AuthScheme, ...],
    ) -> None:
        key = read_key(self.info, api_key)
        self.base_url = read_url(self.info, base_url)
        self.timeout = check_seconds("timeout", timeout)
        self.connect_timeout = check_seconds("connect_timeout", connect_timeout)
        self.limits = limits
        self._settings = ConnectionSettings(
            info=self.info,
            key=key,
            base_url=self.base_url,
            timeout=self.timeout,
            connect_timeout=self.connect_timeout,
            schemes=list(schemes),
            proxy=read_proxy(self.base_url),
        )
        self._lock = threading.Lock()
        self._api: C | None = None
        tell_of_forks(self)

    @property
    def api(self) -> C:
        """The generated client, configured: key, timeouts, and errors as `VideoTasksError`.

        For calling a generated function as the endpoint is: nothing is looked at first, ids
        are not checked. A good answer that lacks what the spec requires raises what the generated
        parser raises. It has its own connections; `with provider.api:` closes the sync ones,
        `async with provider.api:` the async ones. `repr()` shows no key.
        """
        with self._lock:
            if self._api is None:
                self._api = self._new_client()
                self._connect(self._api)
            return self._api

    def _connect(self, api: C) -> None:
        api.set_httpx_client(SyncHTTP(self._settings))
        api.set_async_httpx_client(AsyncHTTP(self._settings))

    def after_fork(self) -> None:
        """Give the generated client connections of its own. For `_forks`."""
        self._lock = threading.Lock()
        if self._api is not None:
            self._connect(self._api)

    @property
    def settings(self) -> ConnectionSettings:
        """What clients share. For `Tasks`; not part of the public face."""
        return self._settings

    @property
    @abstractmethod
    def adapter(self) -> Adapter:
        """The provider as the flows know it. For `Tasks`; not part of the public face."""

    @abstractmethod
    def _new_client(self) -> C:
        """A generated client that has no token: the key is added below it."""

    def __reduce__(self) -> NoReturn:
        no_copies(self)

    def __repr__(self) -> str:
        # Also where the constructor raised, for whoever shows the locals of a traceback.
        base_url: str | None = getattr(self, "base_url", None)
        return f"{type(self).__name__}(base_url={base_url!r})"
