"""Many tasks through a real socket: memory, descriptors and threads; and the rate under load.

    python benchmarks/load.py [--tasks 200000] [--limit 2000] [--async]
    python benchmarks/load.py --hog 2 --tasks 6000 --limit 100 [--async]

The server is nothing but sockets, in a process of its own, and keeps its own count: what it was
asked for, whether any task was deleted twice, and the most requests that came in any second. With
`--hog` so many processes keep the processors busy meanwhile. `--limit 0` is none. Ends with status
1 where a bound is not held.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from videotasks import Ark, AsyncTasks, Tasks
from videotasks._rules.pacing import Limits

MOST_GROWN = 4.0
"""Megabytes between a tenth of the work and its end."""
SHARES = (0.1, 0.5, 1.0)
SECOND = 1.0
BY_THE_CLOCK = "most in a second of the clock"
_TIMESTAMPS = 35
"""SO_TIMESTAMPNS of Linux, which `socket` has no name for."""


class Counts:
    """What the server was asked for, and when."""

    def __init__(self) -> None:
        self.arrivals = {b"GET": array("d"), b"DELETE": array("d")}
        self.deleted = bytearray()
        self.twice = 0

    def note(self, method: bytes, number: int, moment: float) -> None:
        """A request came at this moment."""
        self.arrivals[method].append(moment)
        if method == b"DELETE":
            if number >= len(self.deleted):
                self.deleted.extend(bytes(number + 1 - len(self.deleted)))
            self.twice += self.deleted[number]
            self.deleted[number] = 1

    def told(self) -> dict[str, Any]:
        """For the client."""
        return {
            "looks": len(self.arrivals[b"GET"]),
            "deletions": len(self.arrivals[b"DELETE"]),
            "tasks deleted": self.deleted.count(1),
            "twice": self.twice,
            "most in a second": max(map(most_in_a_second, self.arrivals.values())),
            BY_THE_CLOCK: max(map(most_by_the_clock, self.arrivals.values())),
        }


def most_in_a_second(moments: array[float]) -> int:
    """The most requests in any second, wherever it begins."""
    first = most = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= SECOND:
            first += 1
        most = max(most, last - first + 1)
    return most


def most_by_the_clock(moments: array[float]) -> int:
    """The most in one whole second of the server's clock, as a server may well count."""
    return max(Counter(map(int, moments)).values(), default=0)


def serve() -> None:
    """Show each task as finished and delete it, until standard input ends; then tell the counts.

    The moment of a request is that at which it came to the kernel: under load this process would
    see those of some time in a bunch.
    """
    counts = Counts()
    buffers: dict[socket.socket, bytes] = {}
    with selectors.DefaultSelector() as selector, socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)  # connections have it from here
        server.listen(1024)
        selector.register(server, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        print(server.getsockname()[1], flush=True)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    print(json.dumps(counts.told()), flush=True)
                    return
                if key.fileobj is server:
                    client, _ = server.accept()
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(client, selectors.EVENT_READ)
                    buffers[client] = b""
                elif isinstance(key.fileobj, socket.socket):
                    client = key.fileobj
                    data, facts, _, _ = client.recvmsg(65536, 128)
                    if not data:
                        selector.unregister(client)
                        client.close()
                        del buffers[client]
                        continue
                    stamps = [_moment(raw) for _, kind, raw in facts if kind == _TIMESTAMPS]
                    moment = stamps[0] if stamps else time.time()  # the very first have none
                    buffers[client] = answer(client, buffers[client] + data, counts, moment)


def answer(client: socket.socket, asked: bytes, counts: Counts, moment: float) -> bytes:
    """Answer each whole request; what is left."""
    while b"\r\n\r\n" in asked:
        head, _, asked = asked.partition(b"\r\n\r\n")
        method, path, _ = head.split(b" ", 2)
        task_id = path.rpartition(b"/")[2].decode()
        counts.note(method, int(task_id.rpartition("-")[2]), moment)
        body: object = {} if method == b"DELETE" else {"id": task_id, "status": "succeeded"}
        raw = json.dumps(body).encode()
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(raw) + raw)
    return asked


def _moment(timespec: bytes) -> float:
    seconds, nanoseconds = struct.unpack("qq", timespec)
    return float(seconds + nanoseconds / 1e9)


@contextmanager
def serving() -> Iterator[tuple[str, dict[str, Any]]]:
    """A server process; its counts are there afterwards."""
    counts: dict[str, Any] = {}
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/api/v3", counts
        process.stdin.close()
        counts |= json.loads(process.stdout.readline())


def hog() -> None:
    """Keep a processor busy."""
    while True:
        pass


@contextmanager
def hogging(count: int) -> Iterator[None]:
    """So many processes that do."""
    processes = [multiprocessing.Process(target=hog, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    yield
    for process in processes:
        process.kill()
        process.join()


def megabytes() -> float:
    """The size of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def held() -> tuple[int, int]:
    """The descriptors and threads of this process."""
    return len(os.listdir("/proc/self/fd")), threading.active_count()


class Progress:
    """How large the process was on the way."""

    def __init__(self, tasks: int) -> None:
        self.names = Counter[str]()
        self._marks = {max(round(tasks * share), 1): share for share in SHARES}
        self.sizes: dict[float, float] = {}

    def note(self, name: str) -> None:
        """One more outcome."""
        self.names[name] += 1
        share = self._marks.get(self.names.total())
        if share is not None:
            self.sizes[share] = megabytes()
            print(f"{self.names.total():>9,} outcomes: {self.sizes[share]:6.1f} MB", flush=True)


def refs(count: int) -> Iterator[str]:
    """Refs, made as they are read."""
    return (f"ark:cgt-20250331175019-{number:07}" for number in range(count))


def delete(ark: Ark, progress: Progress, tasks: int) -> None:
    """With threads."""
    with Tasks(ark) as client:
        for outcome in client.delete_many(refs(tasks)):
            progress.note(outcome.name)


async def delete_async(ark: Ark, progress: Progress, tasks: int) -> None:
    """With asyncio."""
    async with AsyncTasks(ark) as client:
        async for outcome in client.delete_many(refs(tasks)):
            progress.note(outcome.name)


def run(options: argparse.Namespace, limits: Limits | None) -> list[str]:
    """Do it; what was not held."""
    progress = Progress(options.tasks)
    with serving() as (url, counts), hogging(options.hog):
        ark = Ark("key", base_url=url, limits=limits)
        delete(ark, Progress(0), 0)  # what is imported late is
        before, began = held(), time.monotonic()
        if options.asynchronous:
            asyncio.run(delete_async(ark, progress, options.tasks))
        else:
            delete(ark, progress, options.tasks)
        seconds, after = time.monotonic() - began, held()
    grown = progress.sizes[SHARES[-1]] - progress.sizes[SHARES[0]]
    print(f"{seconds:.1f} s, {options.tasks / seconds:.0f} tasks a second, {progress.names}")
    print(f"grown by {grown:.1f} MB; descriptors and threads {before} before, {after} afterwards")
    print(f"the server's count: {counts}")
    wrong = [f"memory grew by {grown:.1f} MB"] * (grown > MOST_GROWN)
    wrong += [f"left over: {before}, {after}"] * (after != before)
    wrong += ["not all were deleted once"] * (
        progress.names != {"deleted": options.tasks}
        or counts["tasks deleted"] != options.tasks
        or counts["twice"] != 0
    )
    if options.limit:
        # In a second that begins anywhere there may be some more: those that were held up between
        # taking their turn and leaving, since another process had the processor.
        wrong += ["the limit was not held"] * (counts[BY_THE_CLOCK] > options.limit)
    return wrong


def main() -> None:
    """Run it, or serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200_000)
    parser.add_argument("--limit", type=int, default=2_000, help="requests a second; 0 for none")
    parser.add_argument("--hog", type=int, default=0, help="processes that keep processors busy")
    parser.add_argument("--async", dest="asynchronous", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    limit = options.limit
    wrong = run(options, {"get": limit, "delete": limit} if limit else None)
    if wrong:
        sys.exit("; ".join(wrong))


if __name__ == "__main__":
    main()
