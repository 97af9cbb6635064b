"""Requests for 10,000 TensorsLab ids, and how they grow with the share that is refused.

python benchmarks/batches.py [--tasks 10000] [--shares 0 0.001 0.01 0.05 0.2]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from server import serving

from videotasks import Tasks, TensorsLab


def main() -> None:
    """Measure, and print a row for each share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--shares", type=float, nargs="+", default=[0, 0.001, 0.01, 0.05, 0.2])
    options = parser.parse_args()
    print(f"{options.tasks} ids in batches of 50, no latency")
    for share in options.shares:
        arguments = ("--tensorslab", str(options.tasks), "--refused", str(share), "--latency", "0")
        with serving(*arguments) as server:
            tensorslab = TensorsLab(server["key"], base_url=server["tensorslab_url"])
            began = time.perf_counter()
            with Tasks(tensorslab) as tasks:
                outcomes = Counter(outcome.name for outcome in tasks.delete_many(server["refs"]))
            took = time.perf_counter() - began
        requests = server["received"]["requests"]
        each = sum(requests.values()) / options.tasks
        print(
            f"{share:6.1%} refused: {requests.get('get', 0):6} looks, "
            f"{requests.get('delete', 0):5} deletions, {each:.2f} requests a task, {took:5.1f} s, "
            f"{server['received']['left']} left, {dict(outcomes)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
