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

import httpcore

from videotasks import Ark, AsyncTasks, Tasks
from videotasks._http.async_client import AsyncPools
from videotasks._http.sync_client import Pools


async def answer_async(
    _pools: object, request: httpcore.Request, *, deletes: bool
) -> httpcore.Response:
    """A finished task to every look, and a yes to every deletion."""
    body = {}
    if not deletes:
        body = {"id": request.url.target.decode().rpartition("/")[2], "status": "succeeded"}
    return httpcore.Response(
        200,
        headers=[(b"content-length", b"")],
        content=json.dumps(body).encode(),
        extensions={"network_stream": None},
    )


def answer(pools: object, request: httpcore.Request, *, deletes: bool) -> httpcore.Response:
    """The same in threads."""
    try:
        answer_async(pools, request, deletes=deletes).send(None)
    except StopIteration as done:
        response: httpcore.Response = done.value
        return response
    raise AssertionError


AsyncPools.send = answer_async  # type: ignore  # in place of the network
Pools.send = answer  # type: ignore


def refs(count: int) -> Iterator[str]:
    """Refs, made as they are read."""
    return (f"ark:cgt-20250331175019-{number:07}" for number in range(count))


def stream(count: int) -> Counter[str]:
    """With threads."""
    with Tasks(Ark("key", limits=None)) as tasks:
        return Counter(outcome.name for outcome in tasks.delete_many(refs(count)))


async def stream_async(count: int) -> Counter[str]:
    """With asyncio."""
    names: Counter[str] = Counter()
    async with AsyncTasks(Ark("key", limits=None)) as tasks:
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
