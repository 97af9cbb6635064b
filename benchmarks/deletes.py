"""2,000 Ark deletes under a limit, against a simulator with 80 ms of latency.

    python benchmarks/deletes.py [--limit 200] [--tasks 2000] [--sdk PYTHON]

Each row is one way to delete; `share` is deletes a second over the limit, and the server counts the
429s itself. PYTHON is an interpreter that has the official SDK, to be shown beside ours.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from server import serving

from videotasks import Ark, AsyncTasks, Tasks

SDK = Path(__file__).with_name("official_sdk.py")


def in_threads(server: dict[str, Any], limit: int, concurrency: int) -> Counter[str]:
    """`Tasks.delete_many`."""
    ark = Ark(server["key"], base_url=server["ark_url"], limits={"get": limit, "delete": limit})
    with Tasks(ark) as tasks:
        many = tasks.delete_many(server["refs"], concurrency=concurrency)
        return Counter(outcome.name for outcome in many)


def in_asyncio(server: dict[str, Any], limit: int, concurrency: int) -> Counter[str]:
    """`AsyncTasks.delete_many`."""

    async def run() -> Counter[str]:
        ark = Ark(server["key"], base_url=server["ark_url"], limits={"get": limit, "delete": limit})
        async with AsyncTasks(ark) as tasks:
            many = tasks.delete_many(server["refs"], concurrency=concurrency)
            return Counter([outcome.name async for outcome in many])

    return asyncio.run(run())


def main() -> None:
    """Measure, and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--sdk", help="an interpreter that has volcengine-ark-runtime")
    options = parser.parse_args()
    arguments = ("--ark", str(options.tasks), "--limit", str(options.limit))
    print(f"{options.tasks} deletes, limit {options.limit}/s, 80 ms of latency")
    for name, run in (("Tasks", in_threads), ("AsyncTasks", in_asyncio)):
        with serving(*arguments) as server:
            cpu, began = _cpu(), time.perf_counter()
            outcomes = run(server, options.limit, options.concurrency)
            took, cpu = time.perf_counter() - began, _cpu() - cpu
        _row(name, options, took, cpu, server, dict(outcomes))
    for how in ("loop", "gather") if options.sdk else ():
        with serving(*arguments) as server:
            ids = "\n".join(ref.partition(":")[2] for ref in server["refs"])
            began = time.perf_counter()
            done = subprocess.run(
                [options.sdk, str(SDK), how, server["ark_url"], server["key"]],
                input=ids,
                capture_output=True,
                text=True,
                check=True,
            )
            took = time.perf_counter() - began
        _row(f"official SDK, {how}", options, took, None, server, done.stdout.strip())


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _row(
    name: str,
    options: argparse.Namespace,
    took: float,
    cpu: float | None,
    server: dict[str, Any],
    outcomes: object,
) -> None:
    received = server["received"]
    rate = (options.tasks - received["left"]) / took
    spent = "" if cpu is None else f", {cpu:.1f} s of CPU"
    print(
        f"{name:22} {took:6.2f} s{spent}, {rate:6.1f} deleted/s, "
        f"{rate / options.limit:6.1%} of the limit, {received['429']} x 429, "
        f"{received['left']} left, requests {received['requests']}, {outcomes}"
    )


if __name__ == "__main__":
    main()
