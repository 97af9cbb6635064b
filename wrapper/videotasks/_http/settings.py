"""What a key and a caller's settings make of a provider: who asks, where, and how long it may take.

Owns: API keys (kept so that no repr, message or pickle shows them), base URLs, timeouts, and the
environment variables they come from; each is checked before any use. Refuses to send a key in the
clear (plain http only to loopback), and anything to any host but the configured one.
"""

from __future__ import annotations

import ipaddress
import os
from typing import Any, Final, Literal, NoReturn
from urllib.parse import urlsplit

import httpx
from attrs import Factory, field, frozen

from .._model.checks import check_text
from .._model.errors import ConfigurationError, MissingKey
from .._text import short
from .._version import __version__
from .info import ProviderInfo

DEFAULT_TIMEOUT: Final = 30.0
"""Seconds for a whole answer."""
DEFAULT_CONNECT_TIMEOUT: Final = 5.0
"""Seconds for making a connection."""


SHORTEST_HIDDEN: Final = 7
"""Characters of a key that is blotted out; real ones have three times as many."""


class ApiKey:
    """A key that shows itself to `reveal()` alone."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one header that it belongs in."""
        return self._value

    def hide(self, text: str) -> str:
        """`text` with the key blotted out, wherever it stands.

        Not where it is so short that it may be in any word, and no secret.
        """
        return text if len(self._value) < SHORTEST_HIDDEN else text.replace(self._value, "***")

    def hide_bytes(self, raw: bytes) -> bytes:
        """The same for what is not decoded."""
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
    `proxy` is the way there, None for straight. `url` is the base URL, parsed.
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
        """The address and the way there, in words, without what a proxy's may have of a password
        in it."""
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


def read_key(info: ProviderInfo, given: str | None) -> ApiKey:
    """The key given, or else the environment's. Raises `MissingKey`, `ConfigurationError`."""
    if given is None:
        given = os.environ.get(info.key_variable, "")
    text = check_text(f"the API key for {info.title}", given, info.name).strip()
    word, _, rest = text.partition(" ")
    if word.lower() == "bearer":
        text = rest.strip()
    if not text:
        raise MissingKey(
            f"no API key for {info.title}: set {info.key_variable}, or pass api_key=…; "
            f"about keys: {info.key_from}",
            provider=info.name,
        )
    if not text.isascii() or any(
        not character.isprintable() or character == " " for character in text
    ):
        raise ConfigurationError(
            f"the API key for {info.title} has a blank, a control character or a character "
            f"beyond ASCII in it; copy it again from {info.key_from}",
            provider=info.name,
        )
    return ApiKey(text)


def has_key(info: ProviderInfo) -> bool:
    """Whether the environment has a key."""
    return bool(os.environ.get(info.key_variable, "").strip())


def read_url(info: ProviderInfo, given: str | None) -> str:
    """The base URL given, or else the environment's, or else the default; without a last slash.

    Raises `ConfigurationError`.
    """
    if given is not None:
        check_text(f"the base URL for {info.title}", given, info.name)
    url = (given or os.environ.get(info.url_variable) or info.default_url).strip().rstrip("/")

    def refuse(problem: str) -> ConfigurationError:
        return ConfigurationError(
            f"the base URL for {info.title} {problem}; it looks like {info.default_url} "
            f"({info.url_variable} or base_url=…)",
            provider=info.name,
        )

    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        parsed = httpx.URL(url)
        # Reads what stands for letters beyond ASCII, such as xn--mnchen-3ya.
        scheme, _ = parsed.scheme, parsed.host
    except (ValueError, httpx.InvalidURL):
        raise refuse("can't be read") from None
    # Not quoted by these two: it may hold a secret.
    if "@" in url:
        raise refuse("has a user name or password in it")
    if any(c in "?#" or c.isspace() or not c.isprintable() for c in url):
        raise refuse("has a query, a fragment or a blank in it")
    if scheme not in {"http", "https"} or not host or port == 0:
        raise refuse(f"is not an http(s) address: {short(url)!r}")
    if scheme == "http" and not is_loopback(host):
        raise refuse(f"would send the key in the clear: {short(url)!r} is http, use https")
    return url


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its name; where it leads is checked when connected."""
    host = host.lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: httpx.URL) -> tuple[bytes, bytes, int | None]:
    return url.raw_scheme, url.raw_host, url.port
