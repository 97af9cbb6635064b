"""Run the tests under every supported Python that is on this machine: `make test-all`.

    python tools/test_all.py              all that pyproject.toml names
    python tools/test_all.py 3.12 3.13    these

Owns: which versions are supported (pyproject.toml's classifiers), and where an interpreter is
looked for. Each has an environment of its own, .venvs/VERSION, made as the Makefile makes .venv.
Refuses to take a version for tested that is not here: it is named, and none at all is a failure.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def supported() -> list[str]:
    """The versions, such as 3.12, that pyproject.toml says the library is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = re.findall(r"Python :: (3\.\d+)$", "\n".join(project["classifiers"]), re.MULTILINE)
    return list(found)


def candidates(version: str) -> Iterator[Path]:
    """Where an interpreter may be: on the path, or among pyenv's, which need not be switched on."""
    for folder in os.get_exec_path():
        yield Path(folder, f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    yield from sorted(pyenv.glob(f"{version}.*/bin/python{version}"), reverse=True)


def interpreter(version: str) -> Path | None:
    """The first that really runs, is of that version, and can make an environment."""
    program = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    for path in candidates(version):
        if path.is_file():
            done = subprocess.run(
                [path, "-c", program], capture_output=True, text=True, check=False
            )
            if (done.returncode, done.stdout.strip()) == (0, version):
                return path
    return None


def main() -> int:
    """Test each, then say in one table how it went."""
    parser = argparse.ArgumentParser(description="Run the tests under every supported Python.")
    parser.add_argument("versions", nargs="*", metavar="VERSION", help="such as 3.12; all if none")
    versions = parser.parse_args().versions or supported()
    lines: list[str] = []
    results: list[bool] = []
    for version in versions:
        if (path := interpreter(version)) is None:
            lines.append(f"{version}  not here: no python{version} on the path or among pyenv's")
            continue
        sys.stdout.write(f"== Python {version}: {path}\n")
        sys.stdout.flush()
        begun = time.monotonic()
        command = [
            "make",
            "--no-print-directory",
            "test",
            f"VENV=.venvs/{version}",
            f"PYTHON={path}",
        ]
        results.append(not subprocess.run(command, cwd=ROOT, check=False).returncode)
        word = "passed" if results[-1] else "FAILED"
        lines.append(f"{version}  {word}  {time.monotonic() - begun:4.0f} s  {path}")
    sys.stdout.write("\n".join(["", *lines, ""]))
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
