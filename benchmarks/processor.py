"""What a `delete` costs the processor, beside two bare requests of httpx: a look and a DELETE.

    python benchmarks/processor.py [--tasks 2000] [--async] [--profile]

Both are measured in turns, over kept connections to a server in a process of its own that does
nothing but answer. Figures are of this process alone.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from videotasks import Ark, AsyncTasks, Tasks

ROUNDS = 40
PATH = "/contents/generations/tasks/cgt-20250331175019-68d9t"
TASK = {
    "id": PATH.rpartition("/")[2],
    "model": "doubao-seedance-1-0-pro-250528",
    "status": "succeeded",
    "content": {"video_url": f"https://ark-content.example/video.mp4?{'signature=' * 40}"},
    "seed": 10,
    "resolution": "720p",
    "ratio": "16:9",
    "duration": 5,
    "framespersecond": 24,
    "usage": {"completion_tokens": 108900, "total_tokens": 108900},
    "created_at": 1743414619,
    "updated_at": 1743414673,
}


def answer(body: object) -> bytes:
    """A whole answer, with the headers of a usual server."""
    raw = json.dumps(body).encode()
    head = (
        "HTTP/1.1 200 OK\r\nDate: Mon, 31 Mar 2025 09:50:19 GMT\r\nServer: example\r\n"
        "X-Request-Id: 02174341461900000000000000000000000000000000000000000\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


def serve() -> None:
    """Answer, until the parent goes."""
    looked, deleted = answer(TASK), answer({})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=talk, args=(connection, looked, deleted), daemon=True).start()


def talk(connection: socket.socket, looked: bytes, deleted: bytes) -> None:
    """Answer one connection; each of the requests here comes in one piece."""
    while request := connection.recv(65536):
        connection.sendall(deleted if request.startswith(b"DELETE") else looked)


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server process."""
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


Times = Callable[[int], None]


@contextmanager
def in_threads(url: str) -> Iterator[tuple[Times, Times]]:
    """What does so many deletes with `Tasks`, and with bare httpx."""
    with Tasks(Ark("sim-key", base_url=url, limits=None)) as tasks, httpx.Client() as client:

        def ours(times: int) -> None:
            for _ in range(times):
                assert tasks.delete(f"ark:{TASK['id']}").ok

        def bare(times: int) -> None:
            for _ in range(times):
                assert client.get(url + PATH).json()["status"] == "succeeded"
                assert client.delete(url + PATH).json() == {}

        yield ours, bare


@contextmanager
def in_asyncio(url: str) -> Iterator[tuple[Times, Times]]:
    """The same with asyncio."""
    with asyncio.Runner() as runner:
        tasks = AsyncTasks(Ark("sim-key", base_url=url, limits=None))
        client = httpx.AsyncClient()

        async def ours(times: int) -> None:
            for _ in range(times):
                assert (await tasks.delete(f"ark:{TASK['id']}")).ok

        async def bare(times: int) -> None:
            for _ in range(times):
                assert (await client.get(url + PATH)).json()["status"] == "succeeded"
                assert (await client.delete(url + PATH)).json() == {}

        yield lambda times: runner.run(ours(times)), lambda times: runner.run(bare(times))
        runner.run(tasks.close())
        runner.run(client.aclose())


def spent(work: Times, times: int) -> float:
    """Seconds of the processor."""
    began = time.process_time()
    work(times)
    return time.process_time() - began


def main() -> None:
    """Measure, and print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--async", dest="asynchronous", action="store_true")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve()
    kind = in_asyncio if options.asynchronous else in_threads
    with serving() as url, kind(url) as (ours, bare):
        ours(100), bare(100)
        if options.profile:
            profile = cProfile.Profile()
            profile.runcall(ours, options.tasks)
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)
            return None
        each = options.tasks // ROUNDS
        pairs = [(spent(ours, each), spent(bare, each)) for _ in range(ROUNDS)]
    # The fastest rounds: what comes on top is what else the machine does.
    mine, theirs = (min(side) / each * 1e6 for side in zip(*pairs, strict=True))
    middle = sorted(one / other for one, other in pairs)[ROUNDS // 2]
    print(
        f"{'AsyncTasks' if options.asynchronous else 'Tasks'}.delete {mine:.0f} µs, two bare "
        f"requests {theirs:.0f} µs, {mine / theirs:.2f} times (median of the pairs {middle:.2f})"
    )
    return None


if __name__ == "__main__":
    main()
