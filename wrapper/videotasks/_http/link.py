"""Who we are to a server: the key, the headers, the connection options, and the log of requests.

Owns: what all clients of one provider share. Refuses to send anything to any host but the
configured one, and to log a body, a header or a key.
"""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import Any, Final, Literal

import httpx
from attrs import frozen

from .._model.errors import ConfigurationError
from .._version import __version__
from .settings import ApiKey, Site

AuthScheme = Literal["bare", "bearer"]
"""How a key stands in `Authorization`: as it is, or behind the word Bearer."""

USER_AGENT: Final = f"videotasks/{__version__}"

_logger = logging.getLogger("videotasks")


class KeyForms:
    """The ways in which a key may be sent, the likeliest first; only one, once it has worked."""

    def __init__(self, *schemes: AuthScheme) -> None:
        self.schemes: tuple[AuthScheme, ...] = schemes

    def worked(self, scheme: AuthScheme) -> None:
        """Keep to the one that worked."""
        self.schemes = (scheme,)


@frozen(kw_only=True)
class Link:
    """What the sync and the async client of one provider share.

    `proxy` is the way there, None for straight. `transport` answers in process, in place of the
    network; for measuring.
    """

    site: Site
    key: ApiKey
    base_url: str
    timeout: float
    connect_timeout: float
    forms: KeyForms
    proxy: httpx.Proxy | None = None
    transport: httpx.MockTransport | None = None

    def options(self) -> dict[str, Any]:
        """Arguments for httpx's clients."""
        return {
            "base_url": self.base_url,
            "headers": {
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                # What is packed small may unpack to any size.
                "Accept-Encoding": "identity",
            },
            "follow_redirects": False,
            # What the environment says was read already (`_http.environment`).
            "trust_env": False,
        }

    @property
    def is_encrypted(self) -> bool:
        """Whether the provider is reached over TLS."""
        return url_of(self.base_url).scheme == "https"

    @property
    def way(self) -> str:
        """The way there, in words, without what a proxy's address may have of a password in it."""
        if self.proxy is None:
            return ""
        url = self.proxy.url
        return f" through the proxy {url.scheme}://{url.netloc.decode('ascii')} of the environment"

    def sign(self, request: httpx.Request, scheme: AuthScheme) -> None:
        """Put the key into a request. Raises `ConfigurationError` if it is for another host."""
        if _origin(request.url) != _origin(url_of(self.base_url)):
            raise ConfigurationError(
                f"a client of {self.base_url} sends nothing to other hosts",
                provider=self.site.name,
            )
        key = self.key.reveal()
        request.headers["Authorization"] = key if scheme == "bare" else f"Bearer {key}"


def log_request(
    site: Site, request: httpx.Request, result: int | str, started: float, answered: str | None
) -> None:
    """One line a request; `answered` is the server's id for it."""
    _logger.debug(
        "%s %s %s %.0f ms id=%s server-id=%s",
        request.method,
        request.url.raw_path.decode("ascii"),
        result,
        (time.monotonic() - started) * 1000,
        request.headers.get(site.client_request_id_header or "", "-"),
        answered or "-",
    )


@cache
def url_of(text: str) -> httpx.URL:
    """A base URL, parsed."""
    return httpx.URL(text)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
