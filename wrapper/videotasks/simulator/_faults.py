"""Ways to fail: each says whether the server acted, and what the client gets to see instead.

Owns: faults as data, and their sending. Refuses to change any task: whoever plans a fault says
whether the request is carried out first.
"""

from __future__ import annotations

import json
from typing import Any, Self

from attrs import frozen
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


@frozen(kw_only=True)
class Fault:
    """What happens to one request instead of an answer; see the constructors.

    `acted` says whether the server does what was asked before it fails.
    """

    acted: bool
    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    dropped: bool = False
    truncated: bool = False
    held: bool = False

    @classmethod
    def lost(cls, *, acted: bool) -> Self:
        """The connection breaks without an answer."""
        return cls(acted=acted, dropped=True)

    @classmethod
    def silent(cls, *, acted: bool) -> Self:
        """No answer ever comes; the client's own timeout ends it."""
        return cls(acted=acted, held=True)

    @classmethod
    def error(
        cls,
        status: int,
        body: object = None,
        *,
        acted: bool = False,
        retry_after: str | None = None,
    ) -> Self:
        """An error status, with a JSON body or none."""
        headers = () if retry_after is None else (("Retry-After", retry_after),)
        content = b"" if body is None else json.dumps(body).encode()
        return cls(acted=acted, status=status, body=content, headers=headers)

    @classmethod
    def html(cls, status: int = 200, *, acted: bool) -> Self:
        """A page from something that is not the provider."""
        page = b"<html><body>It works!</body></html>"
        return cls(acted=acted, status=status, body=page, media_type="text/html")

    @classmethod
    def says(cls, body: object, status: int = 200, *, acted: bool) -> Self:
        """Any other JSON."""
        return cls(acted=acted, status=status, body=json.dumps(body).encode())

    @classmethod
    def empty(cls, status: int = 200, *, acted: bool) -> Self:
        """No body."""
        return cls(acted=acted, status=status)

    @classmethod
    def cut_off(cls, *, acted: bool) -> Self:
        """The body ends before its announced length."""
        return cls(acted=acted, body=b'{"id": "cg', truncated=True)

    @classmethod
    def redirect(cls, location: str, *, acted: bool) -> Self:
        """A redirect, which no client of ours should follow."""
        return cls(acted=acted, status=307, headers=(("Location", location),))

    def response(self) -> Response:
        """The answer that the client gets."""
        return _Misanswer(self)


class _Misanswer(Response):
    """Sends a fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.body, fault.status, dict(fault.headers), media_type=fault.media_type)
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._fault.dropped:
            scope["extensions"]["videotasks.abort"]()
            await _disconnected(receive)
        elif self._fault.held:
            await _disconnected(receive)
        elif self._fault.truncated:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": [
                        (b"content-type", b"application/json"),
                        (b"content-length", b"%d" % (len(self.body) + 100)),
                    ],
                }
            )
            await send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})
            scope["extensions"]["videotasks.close"]()
            await _disconnected(receive)
        else:
            await super().__call__(scope, receive, send)


async def _disconnected(receive: Receive) -> None:
    message: Any = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
