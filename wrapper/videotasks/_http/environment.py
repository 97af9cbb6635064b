"""What callers and the environment say about a provider: key, address, proxy and certificates.

Owns: reading and checking them, once, before anything is sent. Refuses to send a key in the clear:
plain http is for this machine alone. Refuses what can't be used, and names the variable: nothing is
more puzzling than a request that fails for a setting that nobody remembers. Passwords in a proxy's
address are never quoted.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from .._model.checks import check_text, shown
from .._model.errors import ConfigurationError, MissingKey
from .._text import short
from .info import ProviderInfo
from .settings import ApiKey

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS: Final = frozenset(
    {"authorization", "accept", "accept-encoding", "connection", "content-encoding"}
    | {"content-length", "content-type", "cookie", "expect", "host", "te", "trailer"}
    | {"transfer-encoding", "upgrade"}
)
"""What goes with a key, or with one body and one connection."""
_PROXY_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})
_CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


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


def read_proxy(base_url: str, given: str | None = None) -> httpx.Proxy | None:
    """The proxy given, or else the one that the environment names for an address.

    None comes between us and this machine, which alone is reached by plain http. Raises
    `ConfigurationError`.
    """
    url = httpx.URL(base_url)
    if given is not None:
        name, address = "proxy=…", check_text("the proxy", given)
    elif url.scheme != "https" or is_loopback(url.host):
        return None
    else:
        proxies = getproxies()
        kind = next((kind for kind in ("https", "all") if proxies.get(kind)), None)
        passed_over = {name.strip() for name in proxies.get("no", "").split(",")}
        if kind is None or "*" in passed_over or proxy_bypass(f"{url.host}:{url.port or 443}"):
            return None
        variable = f"{kind}_proxy"
        name = next((n for n in os.environ if n.lower() == variable), "the system's settings")
        address = proxies[kind]
    proxy = _proxy(address)
    if proxy is None:
        raise ConfigurationError(
            f"the proxy in {name} can't be used: it must look like http://host:port, or "
            "socks5://host:port; nothing was sent"
        )
    if proxy.url.scheme.startswith("socks5") and find_spec("socksio") is None:
        raise ConfigurationError(
            f"the proxy in {name} is a SOCKS proxy, which needs one more package: "
            "pip install 'httpx[socks]'; nothing was sent"
        )
    return proxy


def read_headers(given: Mapping[str, str] | None) -> Mapping[str, str]:
    """Headers that a caller adds to every request. Raises `ConfigurationError`; values are not
    quoted, for they may be secret."""
    if not isinstance(given, Mapping | None):
        raise ConfigurationError("default_headers is a mapping, such as {'X-Team': 'video'}")
    headers = dict(given or {})
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise ConfigurationError(f"no header is called {shown(name)}")
        if name.lower() in _OWN_HEADERS:
            raise ConfigurationError(f"default_headers can't have {name}: it is set here")
        if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
            raise ConfigurationError(f"the header {name} must be printable ASCII text")
    return headers


def _proxy(text: str) -> httpx.Proxy | None:
    """The proxy at an address, None if it can't be one."""
    text = text if "://" in text else f"http://{text}"
    try:
        proxy, parts = httpx.Proxy(text), urlsplit(text)
        host, port = parts.hostname, parts.port  # checked when they are read
    except (ValueError, httpx.InvalidURL):
        return None
    # httpx takes what can't be in a host's name for letters that need escaping.
    odd = any(character.isspace() or character in "[]%" for character in (host or ""))
    usable = proxy.url.scheme in _PROXY_SCHEMES and host and not odd and port != 0
    return proxy if usable else None


def certificates() -> ssl.SSLContext:
    """What servers' certificates are checked against. Raises `ConfigurationError`."""
    return _certificates(*map(os.environ.get, _CERTIFICATE_VARIABLES))


@cache  # loading them takes longer than all else in making a client
def _certificates(*settings: str | None) -> ssl.SSLContext:
    try:
        folder = settings[1]
        if folder and not settings[0] and not os.path.isdir(folder):  # OpenSSL would not mind
            raise NotADirectoryError("there is no such folder")
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        said = zip(_CERTIFICATE_VARIABLES, settings, strict=True)
        names = ", ".join(f"{name}={short(value)!r}" for name, value in said if value)
        raise ConfigurationError(
            f"the certificates can't be loaded ({names or 'those of the package certifi'}): "
            f"{short(str(error))}; nothing was sent"
        ) from error
