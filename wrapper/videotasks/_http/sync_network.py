"""Making connections in threads, in no more than the time there is for it.

Owns: looking up a host's name, and how long each of its addresses is tried. httpcore's own way,
which is Python's, waits for a name without end, and gives each address the whole time.
"""

from __future__ import annotations

import _thread
import socket
import time
from queue import Empty, SimpleQueue
from typing import Any

import httpcore


class BoundedBackend:
    """As httpcore's, with `timeout` for all that connecting takes."""

    def connect_tcp(
        self, host: str, port: int, timeout: float, *options: Any
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; each has an equal share of what is left."""
        ends = time.monotonic() + timeout
        addresses = _addresses(host, port, timeout)
        while True:
            share = max((ends - time.monotonic()) / len(addresses), 0.001)
            try:
                return httpcore.SyncBackend().connect_tcp(addresses.pop(0), port, share, *options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not addresses or time.monotonic() > ends:
                    raise


def _addresses(host: str, port: int, timeout: float) -> list[str]:
    found: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([str(address[0]) for *_, address in answers])
        except Exception as error:
            found.put(error)

    # Not `Thread`, in which Ctrl-C may strike: see `_engine.threads`. Nor is it waited for at exit.
    try:
        _thread.start_new_thread(look_up, ())
    except RuntimeError:  # no more threads: then in this one
        look_up()
    try:
        answer = found.get(timeout=timeout)
    except Empty:
        raise httpcore.ConnectTimeout(f"looking up {host} took too long") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(str(answer)) from answer
    return answer
