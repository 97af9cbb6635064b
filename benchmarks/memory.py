"""Peak memory of 1,000,000 refs streamed through `delete_many`, beside that of 10,000.

    python benchmarks/memory.py [--refs 10000 1000000] [--async]

Limits are off and the transport answers in process, so that this is the engine alone. Each size
runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import httpx
from attrs import evolve

from videotasks import Ark, AsyncTasks, Tasks
from videotasks._http.link import Link


def answer(request: httpx.Request) -> httpx.Response:
    """A finished task to every look, and a yes to every deletion."""
    body = {}
    if request.method != "DELETE":
        body = {"id": request.url.path.rpartition("/")[2], "status": "succeeded"}
    # A stream, as from the network: one that was read already can't be read again.
    return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))


class InProcess(Ark):
    """Ark, answering in process."""

    @property
    def link(self) -> Link:
        """The same, without the network."""
        return evolve(super().link, transport=httpx.MockTransport(answer))


def refs(count: int) -> Iterator[str]:
    """Refs, made as they are read."""
    return (f"ark:cgt-20250331175019-{number:07}" for number in range(count))


def stream(count: int) -> Counter[str]:
    """With threads."""
    with Tasks(InProcess("key", limits=None)) as tasks:
        return Counter(outcome.name for outcome in tasks.delete_many(refs(count)))


async def stream_async(count: int) -> Counter[str]:
    """With asyncio."""
    names: Counter[str] = Counter()
    async with AsyncTasks(InProcess("key", limits=None)) as tasks:
        async for outcome in tasks.delete_many(refs(count)):
            names[outcome.name] += 1
    return names


def main() -> None:
    """Measure each size in a process of its own, and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refs", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--async", dest="asynchronous", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        began = time.perf_counter()
        asynchronous = options.asynchronous
        names = asyncio.run(stream_async(options.one)) if asynchronous else stream(options.one)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        took = time.perf_counter() - began
        print(json.dumps({"peak_mb": peak / 1024, "seconds": took, "outcomes": names}))
        return
    peaks: list[float] = []
    for count in options.refs:
        command = [sys.executable, __file__, "--one", str(count)]
        command += ["--async"] if options.asynchronous else []
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout)
        peaks.append(row["peak_mb"])
        print(
            f"{count:>9,} refs: peak {row['peak_mb']:6.1f} MB, {row['seconds']:6.1f} s, "
            f"{count / row['seconds']:6.0f} refs/s, {row['outcomes']}",
            flush=True,
        )
    print(f"difference {peaks[-1] - peaks[0]:.1f} MB")


if __name__ == "__main__":
    main()
