"""What importing costs, beside httpx: best of many runs, each in a process of its own.

python benchmarks/imports.py
"""

from __future__ import annotations

import subprocess
import sys

RUNS = 15
STATEMENTS = (
    "pass",
    "import videotasks",
    "import httpx",
    "from videotasks import Tasks",
    "from videotasks import Ark, AsyncTasks, Tasks, TensorsLab",
    "from videotasks import Ark, TensorsLab; Ark('k').adapter; TensorsLab('k').adapter",
    # The command leaves by `os._exit`, before the time could be printed.
    (
        "import os, sys; os._exit = sys.exit; sys.argv = ['videotasks', '--help']; "
        "from videotasks._cli import main; main()"
    ),
)


def milliseconds(statement: str) -> float:
    """The best time of a statement, in milliseconds."""
    program = (
        "import time, io, contextlib\n"
        "began = time.perf_counter()\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    {statement}\n"
        "print((time.perf_counter() - began) * 1000)\n"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", program], stdout=-1, check=True).stdout)
        for _ in range(RUNS)
    ]
    return min(times)


if __name__ == "__main__":
    for statement in STATEMENTS:
        print(f"{milliseconds(statement):7.1f} ms  {statement}", flush=True)
