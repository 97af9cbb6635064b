"""Where a provider is, who asks, and how long an answer may take; each checked before any use.

Owns: API keys (kept so that no repr, message or pickle shows them), base URLs, timeouts, and the
environment variables they come from. Refuses to send a key in the clear: plain http only to
loopback.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from typing import Final, NoReturn
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from .._model.checks import check_text
from .._model.errors import ConfigurationError, MissingKey, VideoTasksError
from .._text import short

DEFAULT_TIMEOUT: Final = 30.0
"""Seconds for a whole answer."""
DEFAULT_CONNECT_TIMEOUT: Final = 5.0
"""Seconds for making a connection."""


@frozen(kw_only=True)
class ErrorBody:
    """What an error body says. `code` is None where it has none.

    `own` is whether it is in the provider's own form, down to the form of its codes; somebody in
    between has others.
    """

    code: str | int | None
    message: str | None
    own: bool = True


@frozen
class Meaning:
    """What a refusal means: the first row of a provider's table that fits counts.

    `codes` are whole codes, or patterns as of `fnmatch`; "" stands for none. `says` are words in
    place of those that the kind of error has. A `signed` row counts only if the
    message has the answer's request id in it, for others use these words too.
    """

    statuses: Collection[int]
    codes: tuple[str, ...]
    kind: type[VideoTasksError]
    says: str | None = None
    signed: bool = False

    def fits(self, status: int, body: ErrorBody, *, signed: bool) -> bool:
        """Whether a refusal means this."""
        code = "" if body.code is None else str(body.code)
        return (
            body.own
            and status in self.statuses
            and (signed or not self.signed)
            and any(fnmatchcase(code, pattern) for pattern in self.codes)
        )


@frozen(kw_only=True)
class Site:
    """One provider as a place on the network, as data.

    `read_error` reads a decoded error body, None if it is not one of the provider's. `refusals` is
    what its refusals mean; others mean what their status does, but for 404: that a task is not
    there is only what a row here says. `request_id_header` is in its answers,
    `client_request_id_header` in our requests.

    Paths are those below the base URL. `deletes_below` is the path below which DELETE has one
    segment, and without which it would reach the collection or what is above it; `deletes_at` is
    that of a deletion by another method, `lists_at` that of the list. `doubts_key` tells a decoded
    body with HTTP 200 that may be about the form in which the key was sent. `key_file` is where the
    vendor's own tools keep the key, for the command.
    """

    name: str
    title: str
    key_variable: str
    key_from: str
    url_variable: str
    default_url: str
    read_error: Callable[[object], ErrorBody | None]
    refusals: tuple[Meaning, ...]
    request_id_header: str | None = None
    client_request_id_header: str | None = None
    deletes_below: str | None = None
    deletes_at: str | None = None
    lists_at: str | None = None
    doubts_key: Callable[[object], bool] | None = None
    key_file: str | None = None


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


def read_key(site: Site, given: str | None) -> ApiKey:
    """The key given, or else the environment's. Raises `MissingKey`, `ConfigurationError`."""
    if given is None:
        given = os.environ.get(site.key_variable, "")
    text = check_text(f"the API key for {site.title}", given, site.name).strip()
    word, _, rest = text.partition(" ")
    if word.lower() == "bearer":
        text = rest.strip()
    if not text:
        raise MissingKey(
            f"no API key for {site.title}: set {site.key_variable}, or pass api_key=…; "
            f"about keys: {site.key_from}",
            provider=site.name,
        )
    if not text.isascii() or any(
        not character.isprintable() or character == " " for character in text
    ):
        raise ConfigurationError(
            f"the API key for {site.title} has a blank, a control character or a character "
            f"beyond ASCII in it; copy it again from {site.key_from}",
            provider=site.name,
        )
    return ApiKey(text)


def has_key(site: Site) -> bool:
    """Whether the environment has a key."""
    return bool(os.environ.get(site.key_variable, "").strip())


def read_url(site: Site, given: str | None) -> str:
    """The base URL given, or else the environment's, or else the default; without a last slash.

    Raises `ConfigurationError`.
    """
    if given is not None:
        check_text(f"the base URL for {site.title}", given, site.name)
    url = (given or os.environ.get(site.url_variable) or site.default_url).strip().rstrip("/")

    def refuse(problem: str) -> ConfigurationError:
        return ConfigurationError(
            f"the base URL for {site.title} {problem}; it looks like {site.default_url} "
            f"({site.url_variable} or base_url=…)",
            provider=site.name,
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
