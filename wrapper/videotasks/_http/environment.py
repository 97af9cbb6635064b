"""What the environment says about the way to a provider: proxies and certificates.

Owns: reading them with the standard library's rules, once, before anything is sent. Refuses what
can't be used, and names the variable: nothing is more puzzling than a request that fails for a
setting that nobody remembers. Passwords in a proxy's address are never quoted.
"""

from __future__ import annotations

import os
import ssl
from functools import cache
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from .._model.errors import ConfigurationError
from .._text import short
from .settings import is_loopback

_PROXY_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})
_CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def read_proxy(base_url: str) -> httpx.Proxy | None:
    """The proxy that the environment names for an address. Raises `ConfigurationError`.

    None comes between us and this machine, which alone is reached by plain http.
    """
    url = httpx.URL(base_url)
    if url.scheme != "https" or is_loopback(url.host):
        return None
    proxies = getproxies()
    kind = next((kind for kind in ("https", "all") if proxies.get(kind)), None)
    passed_over = {name.strip() for name in proxies.get("no", "").split(",")}
    if kind is None or "*" in passed_over or proxy_bypass(f"{url.host}:{url.port or 443}"):
        return None
    named = f"{kind}_proxy"
    variable = next((name for name in os.environ if name.lower() == named), "the system's settings")
    proxy = _proxy(proxies[kind])
    if proxy is None:
        raise ConfigurationError(
            f"the proxy in {variable} can't be used: it must look like http://host:port, or "
            "socks5://host:port; nothing was sent"
        )
    if proxy.url.scheme.startswith("socks5") and find_spec("socksio") is None:
        raise ConfigurationError(
            f"the proxy in {variable} is a SOCKS proxy, which needs one more package: "
            "pip install 'httpx[socks]'; nothing was sent"
        )
    return proxy


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
