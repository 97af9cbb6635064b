"""What is compared: videotasks and the official SDKs, each installed in a place of its own.

Owns: their names, versions and folders. Refuses to measure.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from attrs import frozen

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / ".venv-sdk"


@frozen(kw_only=True)
class Contender:
    """A package, and what makes a client of it."""

    name: str
    requirement: str
    module: str
    client: str

    @property
    def python(self) -> Path:
        """The interpreter that has it, and nothing else but what it needs."""
        return FOLDER / self.name / "bin" / "python"

    @property
    def packages(self) -> Path:
        """The folder that it is installed in."""
        [folder] = (FOLDER / self.name).glob("lib/python*/site-packages")
        return folder

    def install(self) -> None:
        """Install it; what is pinned only once. pip stays outside, so that it is not counted."""
        done = FOLDER / self.name / self.requirement.replace("/", "_")
        if done.exists() and self is not OURS:
            return
        venv.create(FOLDER / self.name, clear=True, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "--quiet"]
        constraints = ["--constraint", "constraints.txt"] if self is OURS else []
        subprocess.run([*pip, "install", *constraints, self.requirement], check=True, cwd=ROOT)
        done.touch()


OURS: Final = Contender(
    name="videotasks",
    requirement=".",
    module="videotasks",
    client="from videotasks import Ark, Tasks; Tasks(Ark('key'))",
)
RUNTIME: Final = Contender(
    name="volcengine-ark-runtime",
    requirement="volcengine-ark-runtime==5.0.54",
    module="volcenginesdkarkruntime",
    client="from volcenginesdkarkruntime import Ark; Ark(api_key='key')",
)
NEWER: Final = Contender(
    name="arkruntime",
    requirement="arkruntime==0.17.0",
    module="arkruntime",
    client="from arkruntime import Ark; Ark(api_key='key')",
)
# volcengine-python-sdk 5.0.54 has no runtime of its own: it requires volcengine-ark-runtime.
CONTENDERS: Final = (OURS, RUNTIME, NEWER)
