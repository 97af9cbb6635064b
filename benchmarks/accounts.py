"""1, 2 and 4 accounts side by side, a process each, under Ark's documented limit of 20 a second.

    python benchmarks/accounts.py [--tasks 600] [--accounts 1 2 4]

Each account has a simulator of its own with 80 ms of latency, which refuses what is faster than
the limit, as each account has a limit of its own. The first row is one process without any limit:
what a process could do if the limit were not there.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections import Counter
from contextlib import ExitStack

from server import serving
from stopwatch import Stopwatch

from videotasks import Ark, Tasks
from videotasks._rules.pacing import Limits

LIMIT = 20
"""Looks and deletions a second for an account: BytePlus's tutorial, and Volcengine's."""


def purge(url: str, key: str, refs: list[str], limits: Limits | None) -> tuple[float, float]:
    """Delete in this process; the seconds that it took, and those of processor."""
    with Tasks(Ark(key, base_url=url, limits=limits)) as tasks:
        tasks.get(refs[0])
        with Stopwatch() as watch:
            many = tasks.delete_many(refs, concurrency=None if limits else 100)
            assert Counter(outcome.name for outcome in many) == {"deleted": len(refs)}
    return watch.seconds, watch.cpu


def measure(accounts: int, tasks: int, limit: int | None) -> None:
    """Print a row."""
    given: Limits | None = None if limit is None else {"get": limit, "delete": limit}
    arguments = ("--ark", str(tasks), *(("--limit", str(limit)) if limit else ()))
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(*arguments)) for _ in range(accounts)]
        pool = stack.enter_context(multiprocessing.get_context("spawn").Pool(accounts))
        jobs = [(server["ark_url"], server["key"], server["refs"], given) for server in servers]
        took = pool.starmap(purge, jobs, chunksize=1)
    seconds = max(each for each, _ in took)
    print(
        f"{accounts} account{'s' if accounts > 1 else ' '}, limit {limit or 'none':>4}: "
        f"{accounts * tasks / seconds:6.1f} deleted/s, {seconds:5.1f} s, "
        f"{sum(cpu for _, cpu in took):4.1f} s of CPU, "
        f"{sum(server['received']['429'] for server in servers)} x 429, "
        f"{sum(server['received']['left'] for server in servers)} left",
        flush=True,
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=600, help="tasks of each account")
    parser.add_argument("--accounts", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    measure(1, 10 * options.tasks, None)
    for accounts in options.accounts:
        measure(accounts, options.tasks, LIMIT)


if __name__ == "__main__":
    main()
