"""One connection to the server of a campaign: bytes in, and bytes out in the way that is planned.

Owns: reading requests, and how an answer is cut, dripped, doubled or swapped. Refuses to know what
is asked.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from .answers import Plan
from .ledger import Request

if TYPE_CHECKING:
    from .server import Server

PIECES: Final = 12
"""In which an answer that drips is sent."""
_RESET: Final = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """One connection."""

    open: Final[set[Connection]] = set()

    def __init__(self, server: Server) -> None:
        self.server = server
        self.number = server.new_number()
        self.run = server.run
        self._buffer = b""
        self.swapped: tuple[Request, bytes] | None = None
        self._surplus: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            self.server.seen(self, method, path, head, rest[:length])

    def answer(self, request: Request, raw: bytes, plan: Plan) -> None:
        """Send an answer, in the way that is planned."""
        if plan.swaps:
            self._swap(request, raw)
        elif plan.cut is not None:
            cut = int(plan.at * len(raw)) if plan.cut < 0 else plan.cut
            self.send(raw[:cut])
            self.abort() if plan.reset else self._transport.close()
        elif plan.drip:
            self._drip(raw, 0, len(raw) // PIECES + 1, plan.drip / PIECES)
        else:
            self.send(raw if plan.apart else raw * plan.copies)
            self._surplus += [raw] if plan.apart else []
            for copy in range(1, plan.copies if plan.apart else 1):
                self._loop.call_later(copy * plan.apart, self.send, raw)
            if plan.closes or b"\r\nConnection: close\r\n" in raw:
                self._transport.close()

    def abort(self) -> None:
        """Break the connection with a reset."""
        sock = self._transport.get_extra_info("socket")
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def send(self, raw: bytes) -> None:
        """Send at once, if there is anybody to send it to."""
        if raw and not self._transport.is_closing():
            self._transport.write(raw)

    def _drip(self, raw: bytes, start: int, size: int, apart: float) -> None:
        self.send(raw[start : start + size])
        if start + size < len(raw) and not self._transport.is_closing():
            self._loop.call_later(apart, self._drip, raw, start + size, size, apart)

    def _swap(self, request: Request, raw: bytes) -> None:
        other, self.server.waiting = self.server.waiting, None
        if other is None or other.swapped is None:
            self.swapped = request, raw
            self.server.waiting = self
            return
        others_request, others_raw = other.swapped
        self.server.on_mixed(request, others_raw)
        self.server.on_mixed(others_request, raw)
        self.send(others_raw)
        other.send(raw)

    def may_be_misled(self, request: Request) -> None:
        """A request has come on a connection on which earlier answers may still be on their way."""
        for raw in self._surplus:
            self.server.on_mixed(request, raw)
