# Written from wrapper/videotasks/_http/async_download.py by tools/unasync.py; edit that one.
"""Fetching what a task has made: from another host than the provider's, so without any key.

Owns: what counts as a file, whole, and the bounds in time and size. Refuses to say in an error more
of a link than its host: whoever has the link has the file.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any, Final

import httpcore
import httpx

from .._model.errors import NotSaved, VideoTasksError
from .._text import short
from .._version import __version__
from .bounds import Allowance, TooLarge, is_leaving
from .environment import is_loopback, read_proxy
from .files import PartFile
from .settings import DEFAULT_CONNECT_TIMEOUT
from .sync_client import sync_pool

MOST_OF_A_FILE: Final = 4_000_000_000
"""Bytes."""
LONGEST_PAUSE: Final = 30.0
"""Seconds in which nothing comes."""
MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final[dict[bytes | str, bytes | str]] = {
    "Accept-Encoding": "identity",
    "User-Agent": f"videotasks/{__version__}",
}
_PAGES: Final = re.compile(r"^text/|html|json|xml")
"""Types of content that are no file of a task, but somebody's words about it."""


def sync_download(url: str, path: Path, *, proxy: str | None, timeout: float) -> None:
    """Fetch a file, within `timeout` seconds. Raises `NotSaved`, `ConfigurationError`."""
    try:
        _follow(url, path, proxy, timeout)
    except VideoTasksError:
        raise
    except TooLarge:
        raise NotSaved(
            f"the answer is too large; a file has {MOST_OF_A_FILE:,} bytes at most"
        ) from None
    except OSError as error:
        raise NotSaved(f"{path} can't be written: {error.strerror}") from error
    except Exception as error:
        # What httpx and httpcore raise; nothing of it goes along but its words.
        words = short(str(error).replace(url, "the link")) or type(error).__name__
        raise NotSaved(f"the link can't be fetched: {words}") from None


def _follow(url: str, path: Path, proxy: str | None, timeout: float) -> None:
    ends_at = time.monotonic() + timeout
    first = httpx.URL(url)
    for _ in range(1 + MOST_REDIRECTS):
        link = httpx.URL(url)
        if link.scheme not in {"http", "https"} or not link.host:
            raise NotSaved("the link is no web address")
        if is_loopback(link.host) and not is_loopback(first.host):
            raise NotSaved(f"{first.host} leads to this machine, where no file of a task is")
        onward = _fetch(link, path, read_proxy(url, proxy), ends_at)
        if onward is None:
            return
        url = str(link.join(onward))
    raise NotSaved(f"the link leads on and on, to {httpx.URL(url).host} at last")


def _fetch(link: httpx.URL, path: Path, proxy: httpx.Proxy | None, ends_at: float) -> str | None:
    """Fetch a file; the address to go on to, if the answer is that."""
    left = max(ends_at - time.monotonic(), 0.001)
    allowance = Allowance(min(DEFAULT_CONNECT_TIMEOUT, left))

    def go_on() -> None:
        allowance.end_in(min(LONGEST_PAUSE, ends_at - time.monotonic()))

    def trace(event: str, about: dict[str, Any]) -> None:
        if is_leaving(event, about):
            allowance.leaving(LONGEST_PAUSE)
            go_on()

    times = {"connect": allowance, "read": allowance, "write": allowance, "pool": left}
    with (
        sync_pool(link.scheme == "https", proxy) as pool,
        pool.stream(
            "GET",
            httpcore.URL(
                scheme=link.raw_scheme, host=link.raw_host, port=link.port, target=link.raw_path
            ),
            headers={"Host": link.netloc.decode("ascii"), **_HEADERS},
            extensions={"timeout": times, "trace": trace},
        ) as response,
    ):
        headers = httpx.Headers(response.headers)
        if response.status in _REDIRECTS and "location" in headers:
            return headers["location"]
        _check(link.host, response.status, headers)
        allowance.body(MOST_OF_A_FILE)
        with PartFile(path) as part:
            for piece in response.iter_stream():
                part.write(piece)
                go_on()
            part.finish()
    return None


def _check(host: str, status: int, headers: httpx.Headers) -> None:
    """Raise `NotSaved` for what is no file, or of which nobody could say whether it is whole."""
    if status != 200:
        old = "; links are valid for a day" if status in {401, 403, 404} else ""
        raise NotSaved(f"{host} answered {status}{old}")
    kind = headers.get("content-type", "").lower()
    if _PAGES.search(kind):
        raise NotSaved(f"{host} answered with {short(kind)}, not with a file")
    if headers.get("content-encoding", "").lower() not in {"", "identity"}:
        raise NotSaved(f"{host} answered with a packed file, which was not asked for")
    if not {"content-length", "transfer-encoding"} & set(headers):
        raise NotSaved(f"{host} does not say how long the file is")
