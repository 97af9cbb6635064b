"""videotasks beside the official SDKs: what the README's table and chart show.

    python benchmarks/compare.py [--tasks 2000]

The README's first two programs are run as they stand, each against a simulated Ark with a task that
finishes between two requests, and once more where an answer gets lost. Writes comparison.json,
which tests hold the README and its chart against.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
from typing import Any, Final

from chart import FIGURES
from contenders import CONTENDERS, OURS, ROOT, RUNTIME, Contender
from deletes import in_threads, official
from server import serving

from videotasks import Ark
from videotasks.simulator import Fault, Move, Simulator

TASK: Final = "cgt-20250331175019-68d9t"
LIMIT: Final = 20
"""Deletions a second that Ark documents, for a main account."""


def programs() -> tuple[str, str]:
    """The README's first two: a cancel with an official SDK, and with videotasks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    theirs, ours, *_ = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return theirs, ours


def said(contender: Contender, program: str, sim: Simulator) -> str:
    """What running a program came to: what it printed, or the name of what was raised."""
    if contender is not OURS:
        text = program.replace(RUNTIME.module, contender.module)
        measured = official(contender, "program", sim.ark_url, sim.api_key, text)
        [outcome] = measured["outcomes"]
        return str(outcome)
    keys = {"ARK_API_KEY": sim.api_key, "ARK_BASE_URL": sim.ark_url}
    command = [str(contender.python), "-c", program]
    return subprocess.check_output(command, env=os.environ | keys, text=True).strip()


def seen(contender: Contender, program: str, sim: Simulator) -> dict[str, Any]:
    """The requests that a program sent, what it was told, and what is left of the task."""
    words = said(contender, program, sim)
    requests = [f"{one.method} {one.status}" for one in sim.ark.requests]
    return {"requests": requests, "said": words, "left": sim.ark.status(TASK)}


def behaviour(contender: Contender) -> dict[str, Any]:
    """What it does to tasks, where it matters."""
    theirs, ours = programs()
    program = ours if contender is OURS else theirs
    with Simulator() as sim:
        finishing = [Move(to="succeeded", after_refusals=1)]
        sim.ark.add("running", task_id=TASK, moves=finishing)
        finished = seen(contender, program, sim)
        sim.reset()
        sim.ark.add("running", task_id=TASK)
        running = seen(contender, program, sim)
        sim.reset()
        # The same line of an SDK is meant to delete here.
        sim.ark.add("succeeded", task_id=TASK)
        sim.ark.fail("delete", Fault.lost(acted=True))
        lost = seen(contender, program.replace(".cancel(", ".delete("), sim)
    return {"finishes": finished, "runs on": running, "answer lost": lost}


def many(contender: Contender, tasks: int) -> dict[str, Any]:
    """Deletions at Ark's own limit, with 80 ms of latency; the SDKs 64 at once."""
    with serving("--ark", str(tasks), "--limit", str(LIMIT)) as server:
        if contender is OURS:
            measured = in_threads(
                Ark(server["key"], base_url=server["ark_url"]), server["refs"], None
            )
        else:
            ids = "\n".join(ref.partition(":")[2] for ref in server["refs"])
            measured = official(contender, "gather", server["ark_url"], server["key"], ids)
    received = server["received"]
    return {"429": received["429"], "left": received["left"], "seconds": round(measured["seconds"])}


def size(contender: Contender) -> dict[str, Any]:
    """What its installation takes, with all that it needs and the bytecode that pip writes."""
    files = [path for path in contender.packages.rglob("*") if path.is_file()]
    return {
        "megabytes": round(sum(path.stat().st_size for path in files) / 1e6),
        "packages": len(list(contender.packages.glob("*.dist-info"))),
        "typed": (contender.packages / contender.module / "py.typed").exists(),
    }


def imports(rounds: int = 20) -> dict[str, int]:
    """The least processor time that each takes to be imported and make a client, in milliseconds.

    They take turns, so that what else the machine does is the same for all.
    """
    times: dict[str, list[float]] = {one.name: [] for one in CONTENDERS}
    for _ in range(rounds):
        for one in CONTENDERS:
            program = f"import time\n{one.client}\nprint(time.process_time() * 1000)"
            times[one.name].append(float(subprocess.check_output([one.python, "-c", program])))
    return {name: round(min(all_times)) for name, all_times in times.items()}


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=2000)
    options = parser.parse_args()
    figures: dict[str, Any] = {"programs": programs(), "tasks": options.tasks, "limit": LIMIT}
    figures["on"] = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    for contender in CONTENDERS:
        contender.install()
    took = imports()
    for contender in CONTENDERS:
        figures[contender.name] = {
            "version": contender.requirement.partition("==")[2],
            **size(contender),
            "milliseconds": took[contender.name],
            **behaviour(contender),
            "many": many(contender, options.tasks),
        }
        print(contender.name, json.dumps(figures[contender.name], indent=2), flush=True)
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
