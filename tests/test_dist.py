"""What the tools of a release judge by: archives, interpreters, and what `make clean` leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import dist, test_all

from .test_specs import ROOT

GOOD: dict[str, bytes] = dict.fromkeys(dist.NEEDED, b"")


def test_a_good_archive() -> None:
    """Nothing is wrong with an archive that holds exactly what is wanted and needed."""
    assert list(dist.faults(GOOD, dist.NEEDED, dist.NEEDED)) == []
    assert list(dist.faults(GOOD, (), dist.NEEDED)) == []  # where there is no git


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"tests/__pycache__/x.pyc": b""}, "has tests/__pycache__/x.pyc, which a tool left"),
        ({".mypy_cache/x.json": b""}, "has .mypy_cache/x.json, which a tool left"),
        ({"done.ndjson": b""}, "has done.ndjson, which git does not track"),
        ({"README.md": str(ROOT).encode()}, f"names {ROOT}, a path of this machine, in README.md"),
        ({"LICENSE": None}, "lacks LICENSE"),
    ],
)
def test_faults_of_an_archive(files: dict[str, bytes | None], fault: str) -> None:
    """Litter, strange and missing files, and paths of this machine are named with the file."""
    changed = {name: content for name, content in (GOOD | files).items() if content is not None}
    assert fault in list(dist.faults(changed, dist.NEEDED, dist.NEEDED))


def test_faults_of_a_wheel() -> None:
    """A wheel without a marker, without the README, or with another package, is found."""
    info = "videotasks-0.dist-info"
    good = {f"{info}/{name}": b"" for name in dist.METADATA}
    good[f"{info}/METADATA"] = b"Name: videotasks\n\n" + (ROOT / "README.md").read_bytes()
    for folder in map(Path, dist.packages()):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                good[path.relative_to((ROOT / folder).parent).as_posix()] = b""

    def found(files: dict[str, bytes]) -> list[str]:
        """What is wrong, but for what is not yet added to git."""
        return [line for line in dist.wheel_faults(files) if "git does not track" not in line]

    assert found(good) == []
    lacking = {name: content for name, content in good.items() if name != "videotasks_ark/py.typed"}
    assert found(lacking) == ["lacks videotasks_ark/py.typed"]
    assert found(good | {"tests/x.py": b""}) == ["would install tests, which is no package of ours"]
    assert found(good | {f"{info}/METADATA": b""}) == ["does not have README.md as its description"]


def test_an_interpreter_must_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not run, or is another version, is passed over; those of pyenv count."""
    version = test_all.supported()[0]
    false, other, pyenv = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    good = pyenv / "versions" / f"{version}.9" / "bin"
    for folder, answer in ((false, "exit 127"), (other, "echo 3.1"), (good, f"echo {version}")):
        folder.mkdir(parents=True)
        program = folder / f"python{version}"
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{false}{os.pathsep}{other}")
    monkeypatch.setenv("PYENV_ROOT", str(pyenv))
    assert test_all.interpreter(version) == good / f"python{version}"
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert test_all.interpreter(version) is None


def test_clean_leaves_nothing(tmp_path: Path) -> None:
    """`make clean` removes all that git is told to ignore, however deep, and nothing else."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    source = tmp_path / "a" / "folder"
    source.mkdir(parents=True)
    (source / "mine.txt").touch()
    for name in (ROOT / ".gitignore").read_text(encoding="utf-8").split():
        for place in (tmp_path, source) if name == "__pycache__/" else (tmp_path,):
            (place / name).mkdir()
            (place / name / "left").touch()
    make = shutil.which("make")
    assert make is not None
    subprocess.run([make, "-s", "clean"], cwd=tmp_path, check=True, capture_output=True)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == {"Makefile", "a", "a/folder", "a/folder/mine.txt"}
