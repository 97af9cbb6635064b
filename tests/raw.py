"""A server that is nothing but sockets, for answers that no proper server gives.

Owns: accepting, reading requests, and ending everything with the `with` statement. Refuses any
address but loopback, and to go on for longer than `PATIENCE`.
"""

from __future__ import annotations

import fcntl
import json
import select
import socket
import ssl
import termios
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

PATIENCE: Final = 30.0
"""Seconds after which a server gives up, whatever its script does."""
DRIP: Final = 0.02
"""Seconds between drops."""


class Connection:
    """One connection to a `RawServer`."""

    def __init__(self, sock: socket.socket, server: RawServer) -> None:
        self._sock = sock
        self._server = server
        self._buffer = b""

    def peek(self) -> bytes | None:
        """The head of the next request, which stays to be read; None at the end."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._receive():
                return None
        return self._buffer

    def read(self) -> bytes | None:
        """The next request, whole; None at the end."""
        if self.peek() is None:
            return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(self._buffer) < length:
            if not self._receive():
                return None
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        self._server.requests.append(head + b"\r\n\r\n" + body)
        return self._server.requests[-1]

    def send(self, data: bytes) -> None:
        """Send at once."""
        self._sock.sendall(data)
        self._server.sent += len(data)

    def deliver(self, data: bytes) -> None:
        """Send, and return when it has arrived, so that what is done next is done after it."""
        self.send(data)
        waiting = b"\1\0\0\0"
        while any(waiting) and not self._server.over.wait(0.001):
            waiting = fcntl.ioctl(self._sock, termios.TIOCOUTQ, waiting)

    def drip(self, pieces: Iterable[bytes]) -> None:
        """Send piece by piece, slowly."""
        for piece in pieces:
            if self._server.over.wait(DRIP):
                return
            self.send(piece)

    def pour(self, piece: bytes) -> None:
        """Send the same again and again, as fast as it is taken."""
        ends = time.monotonic() + PATIENCE
        while not self._server.over.is_set() and time.monotonic() < ends:
            self.send(piece)

    def join(self, other: socket.socket) -> None:
        """Hand on everything between this and another connection, until one of them ends."""
        ends = {self._sock: other, other: self._sock}
        while True:
            ready, _, _ = select.select(list(ends), [], [], PATIENCE)
            for sock in ready:
                data = sock.recv(65536)
                if not data:
                    return
                ends[sock].sendall(data)
            if not ready:
                return

    def _receive(self) -> bool:
        data = self._sock.recv(65536)
        self._buffer += data
        return bool(data)


Script = Callable[[Connection], None]


class RawServer:
    """Runs `script` for each connection, in a thread; with `tls`, behind a certificate.

    `requests` are those that were read, `sent` is how many bytes were.
    """

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.sent = 0
        self.connections = 0
        self.over = threading.Event()
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """An address for Ark."""
        return f"http://127.0.0.1:{self.port}/api/v3"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(PATIENCE)
        for sock in self._sockets:
            sock.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.settimeout(PATIENCE)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(sock)
                self.connections += 1
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._sockets.append(sock)
            self._script(Connection(sock, self))
            # A script that ends closes its connection.
            sock.shutdown(socket.SHUT_RDWR)


def reply(body: object, status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer with a JSON body."""
    raw = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + raw


def ark_task(task_id: str, state: str = "queued") -> dict[str, object]:
    """The body of a look."""
    return {"id": task_id, "status": state}


def asked_id(request: bytes) -> str:
    """The id in the path of a request."""
    return request.split(b" ", 2)[1].rpartition(b"/")[2].decode()


def for_ever(piece: bytes) -> Iterator[bytes]:
    """The same piece, as often as it is taken."""
    while True:
        yield piece
