"""Build wheel and sdist into dist/, check what is in them, and try each by itself: `make dist`.

Owns: what an archive may hold and must hold, and that each works alone: installed in an environment
of its own without the tools, the library, then the demo. Refuses to judge what is meant to be
tracked: that is git's list, and where there is no git (in an unpacked sdist) only names are judged.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"

Files = dict[str, bytes]
"""The files of an archive by their path in it, without the folder that an sdist wraps them in."""

LITTER = re.compile(r"(^|/)(__pycache__|\.venv.*|\.\w+_cache|dist)/|\.(pyc|pyo|orig|rej|swp)$|~$")
"""What tools leave, by its name."""
NEEDED = (
    *("LICENSE", "README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile"),
    *("pyproject.toml", "constraints.txt", "specs/generate.py", "tests/conftest.py", "PKG-INFO"),
)
"""What an sdist is no use without."""
METADATA = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")

CORE = """
import importlib, importlib.util, sys
import videotasks
for name in sys.argv[1:]:
    importlib.import_module(name)
for name in ("click", "rich", "starlette", "uvicorn", "redis", "pytest"):
    assert importlib.util.find_spec(name) is None, f"{name} came along"
assert videotasks.__file__.startswith(sys.prefix), videotasks.__file__
with videotasks.Tasks(videotasks.Ark("a-key", base_url="http://127.0.0.1:9")) as tasks:
    assert tasks.cancel("ark:x", deadline=0.1).name == "failed"
"""
"""Run where only the library and what it depends on is installed."""


def packages() -> list[str]:
    """The folders that go into the wheel, such as wrapper/videotasks."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parents: list[str] = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"]
    found = (path.parent for name in parents for path in ROOT.glob(f"{name}/*/__init__.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def read_wheel(path: Path) -> Files:
    """All files of a wheel."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_sdist(path: Path) -> Files:
    """All files of an sdist; a link or a device in it is an error."""
    files: Files = {}
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                sys.exit(f"dist: {path.name} has {member.name}, which is no plain file")
            files[member.name.partition("/")[2]] = content.read()
    return files


def tracked() -> set[str] | None:
    """What git tracks; None where this is no clone."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return None
    done = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return set(done.stdout.decode().split("\0")) - {""}


def faults(files: Files, wanted: Iterable[str], needed: Iterable[str]) -> Iterator[str]:
    """What is wrong with an archive: litter, what is missing or strange, paths of this machine."""
    wanted = set(wanted)
    yield from (f"has {name}, which a tool left" for name in sorted(files) if LITTER.search(name))
    yield from (f"lacks {name}" for name in sorted({*wanted, *needed} - files.keys()))
    if wanted:
        strange = sorted(files.keys() - wanted - set(needed))
        yield from (f"has {name}, which git does not track" for name in strange)
    places = {str(ROOT), str(Path.home()), sys.prefix, tempfile.gettempdir()}
    for name, content in sorted(files.items()):
        for place in sorted(places):
            if len(place) > len("/root") and place.encode() in content:
                yield f"names {place}, a path of this machine, in {name}"


def wheel_faults(files: Files) -> Iterator[str]:
    """What is wrong with the wheel: it has the packages, each typed, the metadata, and no more."""
    folders = {Path(folder).name: folder for folder in packages()}
    listed = tracked()
    wanted = {
        f"{name}/{path.removeprefix(f'{folder}/')}"
        for path in listed or ()
        for name, folder in folders.items()
        if path.startswith(f"{folder}/")
    }
    info = next((name.partition("/")[0] for name in files if ".dist-info/" in name), "?")
    needed = [
        *(f"{info}/{name}" for name in METADATA),
        *(f"{name}/{file}" for name in folders for file in ("__init__.py", "py.typed")),
    ]
    yield from faults(files, wanted, needed)
    tops = {name.partition("/")[0] for name in files} - {*folders, info}
    yield from (f"would install {top}, which is no package of ours" for top in sorted(tops))
    readme = (ROOT / "README.md").read_bytes()
    if not files.get(f"{info}/METADATA", b"").endswith(readme):
        yield "does not have README.md as its description"


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; it ends everything if it fails, or warns. Nothing of ours leads it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"dist: {' '.join(map(str, command))} failed\n{done.stdout}{done.stderr}")
    return done.stdout


def try_alone(archive: Path) -> None:
    """Install an archive in a new environment, without the tools, and use it from there."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run(sys.executable, "-m", "venv", "--without-pip", "env", cwd=folder)
        scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        python = scripts / "python"
        pip = (sys.executable, "-m", "pip", "--python", python)
        install = (*pip, "install", "-q", "-c", ROOT / "constraints.txt")
        run(*install, archive, cwd=folder)
        names = {Path(package).name for package in packages()} - {"videotasks_pytest"}
        run(python, "-W", "error", "-c", CORE, *sorted(names), cwd=folder)
        run(*install, f"{archive}[cli,simulator]", cwd=folder)
        run(*pip, "check", cwd=folder)
        shown = run(scripts / "videotasks", "demo", cwd=folder)
        if missing := [word for word in ("lost", "kept", "deleted") if word not in shown]:
            sys.exit(f"dist: {archive.name}: its demo shows no {', '.join(missing)}\n{shown}")


def main() -> None:
    """Build, check, try."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-W", "error", "-m", "build", "--outdir", DIST, cwd=ROOT)
    wheels, sdists = sorted(DIST.glob("*.whl")), sorted(DIST.glob("*.tar.gz"))
    if (len(wheels), len(sdists)) != (1, 1):
        sys.exit("dist: the build made no wheel or no sdist")
    wheel, sdist = read_wheel(wheels[0]), read_sdist(sdists[0])
    listed = tracked()
    found = [f"{wheels[0].name} {fault}" for fault in wheel_faults(wheel)]
    found += [f"{sdists[0].name} {fault}" for fault in faults(sdist, listed or (), NEEDED)]
    if found:
        sys.exit("\n".join(f"dist: {line}" for line in found))
    for archive, files in ((wheels[0], wheel), (sdists[0], sdist)):
        try_alone(archive)
        size = archive.stat().st_size // 1000
        name = archive.relative_to(ROOT)
        sys.stdout.write(f"{name}: {len(files)} files, {size} kB; the demo runs from it\n")
    if listed is None:
        sys.stdout.write("no git here: what is in them was judged by names alone\n")


if __name__ == "__main__":
    main()
