"""A simulator in a process of its own, so that a client's figures are the client's.

Prints its URLs and refs as one line of JSON, serves until its input ends, then prints what came in.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from videotasks.simulator import Simulator


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ark", type=int, default=0, help="finished Ark tasks to have")
    parser.add_argument("--tensorslab", type=int, default=0, help="finished TensorsLab tasks")
    parser.add_argument("--refused", type=float, default=0.0, help="share of those to refuse")
    parser.add_argument("--latency", type=float, default=0.08, help="seconds before each answer")
    parser.add_argument("--limit", type=int, help="Ark requests a second, for each operation")
    options = parser.parse_args()
    with Simulator(latency=options.latency) as sim:
        if options.limit:
            sim.ark.rate_limits = {"get": options.limit, "delete": options.limit}
        ark = [f"ark:{sim.ark.add('succeeded')}" for _ in range(options.ark)]
        tensorslab = [sim.tensorslab.add("completed") for _ in range(options.tensorslab)]
        refused = round(options.refused * len(tensorslab))
        for index in range(refused):
            sim.tensorslab.refuse(tensorslab[index * len(tensorslab) // refused])
        started = {
            "key": sim.api_key,
            "ark_url": sim.ark_url,
            "tensorslab_url": sim.tensorslab_url,
            "refs": ark + [f"tensorslab:{task_id}" for task_id in tensorslab],
        }
        print(json.dumps(started), flush=True)
        sys.stdin.read()
        requests = (*sim.ark.requests, *sim.tensorslab.requests)
        counts = Counter(str(request.operation) for request in requests)
        refusals = sum(request.status == 429 for request in requests)
        left = len(sim.ark.ids()) + len(sim.tensorslab.ids())
        print(json.dumps({"requests": counts, "429": refusals, "left": left}), flush=True)


@contextmanager
def serving(*arguments: str) -> Iterator[dict[str, Any]]:
    """A server process; what it received is in `["received"]` afterwards."""
    command = [sys.executable, __file__, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        server: dict[str, Any] = json.loads(process.stdout.readline())
        yield server
        process.stdin.close()
        server["received"] = json.loads(process.stdout.readline())


if __name__ == "__main__":
    main()
