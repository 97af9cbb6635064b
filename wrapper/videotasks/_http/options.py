"""What goes down with one call, below the generated code: as an extension of the request.

Owns: the value, and the client that puts it into the one request that a generated function makes.
Refuses to act on it: `_http.exchange` does. A request without it has the provider's own timeout,
and leaves when its connection is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import httpx
from attrs import frozen

_NAME: Final = "videotasks"


@frozen(kw_only=True)
class CallOptions:
    """How one call is to be made.

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
    options: CallOptions = request.extensions.get(_NAME) or CallOptions()
    return options


class OneCall:
    """A generated client, as far as a generated function needs one: it adds the options.

    `http` is an `AsyncHTTP` or a `SyncHTTP`.
    """

    def __init__(self, http: Any, options: CallOptions) -> None:
        self._http = http
        self._extensions = {_NAME: options}

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
