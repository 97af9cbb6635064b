"""How requests to a provider are made: the key, a caller's settings, and the options of one call.

Owns: API keys (kept so that no repr, message or pickle shows them), the settings that all requests
share, and the options of one call, which pass through the generated code as an extension of the
request. Refuses to send anything to any host but the configured one, and to read the environment:
`_http.environment` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NoReturn, Self

import httpx
from attrs import Factory, field, frozen

from .._model.errors import ConfigurationError
from .._version import __version__
from .info import ProviderInfo

DEFAULT_TIMEOUT: Final = 30.0
"""Seconds for a whole answer."""
DEFAULT_CONNECT_TIMEOUT: Final = 5.0
"""Seconds for making a connection."""
KEPT_IDLE: Final = 5.0
"""Seconds that a connection is kept without a request, as httpx has it."""
SHORTEST_HIDDEN: Final = 7
"""Characters of the shortest key that is hidden; real ones have three times as many."""


class ApiKey:
    """A key that shows itself to `reveal()` alone."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one header that it belongs in."""
        return self._value

    def hide(self, text: str) -> str:
        """`text` with `***` in place of the key.

        A key is not hidden if it is so short that it may be part of any word.
        """
        return text if len(self._value) < SHORTEST_HIDDEN else text.replace(self._value, "***")

    def hide_bytes(self, raw: bytes) -> bytes:
        """The same for bytes."""
        key = self._value.encode()
        return raw if len(key) < SHORTEST_HIDDEN else raw.replace(key, b"***")

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not pickled")


AuthScheme = Literal["bare", "bearer"]
"""How a key stands in `Authorization`: as it is, or behind the word Bearer."""


@frozen(kw_only=True)
class ConnectionSettings:
    """What all clients of one provider share, sync and async.

    `timeout` is the seconds for a whole answer, `connect_timeout` those for making a connection.
    `schemes` are the ways in which the key may be sent, the likeliest first; once one has worked,
    it is the only one.
    `proxy` is the proxy to go through, if any. `url` is the base URL, parsed.
    """

    info: ProviderInfo
    key: ApiKey
    base_url: str
    timeout: float
    connect_timeout: float
    schemes: list[AuthScheme]
    proxy: httpx.Proxy | None = None
    url: httpx.URL = field(
        init=False, default=Factory(lambda self: httpx.URL(self.base_url), takes_self=True)
    )
    _base_path: bytes = field(
        init=False, default=Factory(lambda self: self.url.raw_path.rstrip(b"/"), takes_self=True)
    )

    def options(self) -> dict[str, Any]:
        """Arguments for httpx's clients."""
        return {
            "base_url": self.base_url,
            "headers": {
                "User-Agent": f"videotasks/{__version__}",
                "Accept": "application/json",
                # What is packed small may unpack to any size.
                "Accept-Encoding": "identity",
            },
            # What the environment says was read already (`_http.environment`).
            "trust_env": False,
        }

    @property
    def is_encrypted(self) -> bool:
        """Whether the provider is reached over TLS."""
        return self.url.scheme == "https"

    @property
    def way(self) -> str:
        """The base URL, and the proxy if there is one, in words and without its password."""
        if self.proxy is None:
            return self.base_url
        proxy = self.proxy.url
        address = f"{proxy.scheme}://{proxy.netloc.decode('ascii')}"
        return f"{self.base_url} through the proxy {address} of the environment"

    def path(self, below: str | None) -> bytes | None:
        """The path of something below the base URL."""
        return None if below is None else self._base_path + below.encode()

    def sign(self, request: httpx.Request, scheme: AuthScheme) -> None:
        """Put the key into a request. Raises `ConfigurationError` if it is for another host."""
        if _origin(request.url) != _origin(self.url):
            raise ConfigurationError(
                f"a client of {self.base_url} sends nothing to other hosts", provider=self.info.name
            )
        key = self.key.reveal()
        request.headers["Authorization"] = key if scheme == "bare" else f"Bearer {key}"


_EXTENSION: Final = "videotasks"


@frozen(kw_only=True)
class CallOptions:
    """How one call is to be made; a request without it leaves when its connection is ready.

    `timeout` is in seconds, for the whole answer; None is for the provider's own. `not_after` is
    the last moment, on the clock of `_clock`, at which the request may leave. `leave` is called
    when its connection is ready, and awaited in asyncio: it may wait, and raises if the request is
    not to leave after all.
    """

    timeout: float | None = None
    not_after: float | None = None
    leave: Callable[[], Any] | None = None


def options_of(request: httpx.Request) -> CallOptions:
    """The options that a request was given, or else none."""
    options: CallOptions = request.extensions.get(_EXTENSION) or CallOptions()
    return options


class OneCall:
    """A generated client, as far as a generated function needs one: it adds the options.

    `http` is an `AsyncHTTP` or a `SyncHTTP`.
    """

    def __init__(self, http: Any, options: CallOptions) -> None:
        self._http = http
        self._extensions = {_EXTENSION: options}

    def get_httpx_client(self) -> Self:
        """This."""
        return self

    get_async_httpx_client = get_httpx_client

    def request(self, *, url: str, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        """As httpx's, which reads the address twice more, and that takes longer than all else."""
        request = httpx.Request(
            url=f"{self._http.settings.base_url}{url}",
            headers=self._http.headers,
            extensions=self._extensions,
            **more,
        )
        request.headers.update(headers)
        return self._http.send(request)


def _origin(url: httpx.URL) -> tuple[bytes, bytes, int | None]:
    return url.raw_scheme, url.raw_host, url.port
