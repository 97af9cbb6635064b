"""Who we are to a server: the key, the headers, the connection options, and the log of requests.

Owns: what all clients of one provider share. Refuses to send the key to any host but the configured
one, and to log a body, a header or a key.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Generator, Mapping
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from ._settings import ApiKey, Site, is_loopback
from ._version import __version__

AuthScheme = Literal["bare", "bearer"]

USER_AGENT: Final = f"videotasks/{__version__}"

_KEY_REFUSED: Final = frozenset({401, 403})
_MOST_CONNECTIONS: Final = 100

_logger = logging.getLogger("videotasks")


class KeyAuth(httpx.Auth):
    """The key in `Authorization`, bare or as Bearer.

    With more than one scheme, the next is tried when the server answers 401 or 403, and the one
    that worked is kept. A refused key means that nothing was done, so sending again is safe.
    """

    def __init__(self, site: Site, key: ApiKey, base_url: str, *schemes: AuthScheme) -> None:
        self._site = site
        self._key = key
        self._origin = _origin(httpx.URL(base_url))
        self._schemes = schemes

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign, send, and go on to the next scheme if this one was refused."""
        if _origin(request.url) != self._origin:
            yield request
            return
        schemes = self._schemes
        for scheme in schemes:
            value = self._key.reveal()
            request.headers["Authorization"] = value if scheme == "bare" else f"Bearer {value}"
            started = time.monotonic()
            response = yield request
            if response.status_code not in _KEY_REFUSED:
                if response.is_success:  # anything else may have come before the key was looked at
                    self._schemes = (scheme,)
                return
            if scheme != schemes[-1]:
                # The last answer is logged by the exchange; this one nobody else sees.
                log_request(self._site, request, response.status_code, started, response.headers)


@frozen(kw_only=True)
class Link:
    """What the sync and the async client of one provider share.

    `transport` answers in process, in place of the network; for measuring.
    """

    site: Site
    key: ApiKey
    base_url: str
    timeout: float
    connect_timeout: float
    auth: KeyAuth
    transport: httpx.MockTransport | None = None

    def options(self) -> dict[str, Any]:
        """Arguments for httpx's clients."""
        return {
            "base_url": self.base_url,
            "auth": self.auth,
            # Loading certificates is slow, and of no use without TLS; redirects are not followed.
            "verify": _tls() if self.base_url.startswith("https:") else False,
            "transport": self.transport,
            "headers": {"User-Agent": USER_AGENT, "Accept": "application/json"},
            "limits": httpx.Limits(
                max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS
            ),
            "follow_redirects": False,
            # A proxy from the environment must not come between us and this machine.
            "trust_env": not is_loopback(urlsplit(self.base_url).hostname or ""),
        }


def log_request(
    site: Site,
    request: httpx.Request,
    result: int | str,
    started: float,
    headers: Mapping[str, str],
) -> None:
    """One line a request."""
    asked = request.headers.get(site.client_request_id_header or "", "-")
    answered = headers.get(site.request_id_header or "", "-")
    _logger.debug(
        "%s %s %s %.0f ms id=%s server-id=%s",
        request.method,
        request.url.raw_path.decode("ascii"),
        result,
        (time.monotonic() - started) * 1000,
        asked,
        answered,
    )


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes longer than all else in making one."""
    return httpx.create_ssl_context()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
