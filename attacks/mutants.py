"""Breaks each rule of the table once, in a copy, and says which test sees it: make mutants.

Owns: the copy, and running tests on it. Refuses to go on with a text that is not there exactly
once. With words as arguments, only the mutants whose description or file has one of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from attacks.mutant_table import MUTANTS, Mutant

ROOT: Final = Path(__file__).parent.parent
COPIED: Final = ("wrapper", "generated")
FAILED: Final = 1
"""pytest's exit status where a test has failed; others are trouble of another kind."""


def path_of(mutant: Mutant) -> str:
    """The file, below the root."""
    written = mutant.file.startswith("generated/")
    return mutant.file if written else f"wrapper/videotasks/{mutant.file}"


def broken(mutant: Mutant) -> str:
    """The text of the file with the rule broken. Raises `ValueError` where it can't be."""
    text = (ROOT / path_of(mutant)).read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.file} has {text.count(mutant.old)} times: {mutant.old}")
    return text.replace(mutant.old, mutant.new)


def caught_by(mutant: Mutant) -> str | None:
    """The test that fails with this mutant, None where all pass."""
    with TemporaryDirectory() as folder:
        copies = [Path(folder) / name for name in COPIED]
        for copy in copies:
            shutil.copytree(ROOT / copy.name, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / path_of(mutant)).write_text(broken(mutant), encoding="utf-8")
        for test in mutant.tests:
            done = _pytest(test, os.pathsep.join(map(str, copies)))
            if done.returncode == FAILED:
                lines = done.stdout.splitlines()
                failed = next(line for line in lines if line.startswith("FAILED "))
                return failed.removeprefix("FAILED ").partition(" - ")[0]
            if done.returncode:
                raise RuntimeError(done.stdout + done.stderr)
    return None


def _pytest(test: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", f"tests/{test}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def main(words: list[str]) -> int:
    """Try the mutants. Returns how many nobody saw."""
    chosen = [
        mutant
        for mutant in MUTANTS
        if not words or any(word in f"{mutant.file} {mutant.breaks}" for word in words)
    ]
    alive = 0
    for mutant in chosen:
        begun = time.monotonic()
        test = caught_by(mutant)
        alive += test is None
        seconds = time.monotonic() - begun
        print(f"{test or 'ALIVE':70} {seconds:5.1f} s  {mutant.file}: {mutant.breaks}", flush=True)
    print(f"{len(chosen)} mutants, {alive} alive")
    return alive


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
