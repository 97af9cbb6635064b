"""2,000 Ark deletes under a limit, against a simulator with 80 ms of latency.

    python benchmarks/deletes.py [--limit 200] [--tasks 2000] [--sdk]

Each row is one way to delete, from the call until the last outcome is there; imports and the first
connection come before that (`imports.py` measures them). The server counts the 429s itself. `--sdk`
shows an official SDK beside ours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from contenders import RUNTIME, Contender
from server import serving
from stopwatch import Stopwatch

from videotasks import Ark, AsyncTasks, Tasks
from videotasks._rules.pacing import Limits

SDK = Path(__file__).with_name("official_sdk.py")


def in_threads(ark: Ark, refs: list[str], concurrency: int | None) -> dict[str, Any]:
    """`Tasks.delete_many`."""
    with Tasks(ark) as tasks:
        tasks.get(refs[0])
        with Stopwatch() as watch:
            many = tasks.delete_many(refs, concurrency=concurrency)
            outcomes = Counter(outcome.name for outcome in many)
    return {"seconds": watch.seconds, "cpu": watch.cpu, "outcomes": outcomes}


def in_asyncio(ark: Ark, refs: list[str], concurrency: int | None) -> dict[str, Any]:
    """`AsyncTasks.delete_many`."""

    async def run() -> dict[str, Any]:
        async with AsyncTasks(ark) as tasks:
            await tasks.get(refs[0])
            with Stopwatch() as watch:
                many = tasks.delete_many(refs, concurrency=concurrency)
                outcomes = Counter([outcome.name async for outcome in many])
        return {"seconds": watch.seconds, "cpu": watch.cpu, "outcomes": outcomes}

    return asyncio.run(run())


def official(sdk: Contender, how: str, url: str, key: str, given: str) -> dict[str, Any]:
    """An official SDK, in an interpreter of its own."""
    done = subprocess.run(
        [sdk.python, SDK, sdk.module, how, url, key],
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def main() -> None:
    """Measure, and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, help="by default as the limit needs")
    parser.add_argument("--sdk", action="store_true", help=f"{RUNTIME.requirement} too")
    options = parser.parse_args()
    arguments = ("--ark", str(options.tasks), "--limit", str(options.limit))
    print(f"{options.tasks} deletes, limit {options.limit}/s, 80 ms of latency")
    for name, run in (("Tasks", in_threads), ("AsyncTasks", in_asyncio)):
        with serving(*arguments) as server:
            limits: Limits = {"get": options.limit, "delete": options.limit}
            ark = Ark(server["key"], base_url=server["ark_url"], limits=limits)
            measured = run(ark, server["refs"], options.concurrency)
        row(name, options, measured, server["received"])
    if options.sdk:
        RUNTIME.install()
    for how in ("loop", "gather") if options.sdk else ():
        with serving(*arguments) as server:
            ids = "\n".join(ref.partition(":")[2] for ref in server["refs"])
            measured = official(RUNTIME, how, server["ark_url"], server["key"], ids)
        row(f"{RUNTIME.name}, {how}", options, measured, server["received"])


def row(
    name: str, options: argparse.Namespace, measured: dict[str, Any], received: dict[str, Any]
) -> None:
    """Print what a way to delete came to."""
    rate = (options.tasks - received["left"]) / measured["seconds"]
    print(
        f"{name:20} {measured['seconds']:6.2f} s, {measured['cpu']:4.1f} s of CPU, "
        f"{rate:5.1f} deleted/s, {rate / options.limit:6.1%} of the limit, "
        f"{received['429']} x 429, {received['left']} left, "
        f"requests {received['requests']}, {dict(measured['outcomes'])}",
        flush=True,
    )


if __name__ == "__main__":
    main()
