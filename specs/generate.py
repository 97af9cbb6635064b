"""Write generated/ from the specs: the only way it is ever written.

    python specs/generate.py           writes generated/ anew
    python specs/generate.py --check   writes nothing; says which files differ from what the
                                       specs give, and exits with 1 if any does

Owns: which spec becomes which package, and that generator and formatter are the ones pinned in
pyproject.toml. Refuses to run with other versions, with a spec of no provider that is registered in
videotasks, with a misspelt option in generator.yaml (the generator would ignore it), with an
extension in a spec that is not understood, and when the generator warns (it would leave things
out).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import yaml

from extensions import BadExtension
from tables import tables_module
from videotasks._model.task import PROVIDER_NAMES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
GENERATED = ROOT / "generated"
CONFIG = HERE / "generator.yaml"
SPECS = {spec.name.partition(".")[0]: spec for spec in sorted(HERE.glob("*.openapi.yaml"))}
PACKAGES = {f"videotasks_{name}": spec for name, spec in SPECS.items()}
TOOLS = ("openapi-python-client", "ruff")


def check_registered() -> None:
    """Refuse a spec of no registered provider, and a provider without a spec."""
    if SPECS.keys() != set(PROVIDER_NAMES):
        sys.exit(
            f"generate: specs/ is about {', '.join(SPECS)}; the providers registered in "
            f"videotasks are {', '.join(PROVIDER_NAMES)}; register the new one "
            "(docs/adding-a-provider.md), or remove its file"
        )
    known = {CONFIG, *SPECS.values()}
    data = {path for ending in ("*.yaml", "*.yml", "*.json") for path in HERE.glob(ending)}
    if strange := sorted(path.name for path in data - known):
        sys.exit(
            f"generate: {', '.join(strange)} in specs/ is no spec by its name; a provider's is "
            "called NAME.openapi.yaml"
        )


def check_tools() -> None:
    """Refuse to run with any other generator or formatter than the pinned ones."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = {
        match[1]: match[2]
        for line in pyproject["project"]["optional-dependencies"]["dev"]
        if (match := re.fullmatch(r"([\w-]+)==(.+)", line))
    }
    for tool in TOOLS:
        try:
            found = importlib.metadata.version(tool)
        except importlib.metadata.PackageNotFoundError:
            found = "none"
        if found != pins[tool]:
            sys.exit(f"generate: needs {tool} {pins[tool]}, found {found}; run `make generate`")


def check_config() -> None:
    """Refuse a misspelt option: the generator would ignore it in silence."""
    from openapi_python_client.config import ConfigFile

    options = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    strangers = sorted(set(options) - set(ConfigFile.model_fields))
    if strangers:
        sys.exit(f"generate: {CONFIG.name} has unknown options: {', '.join(strangers)}")


def all_tables() -> dict[str, str]:
    """The text of each package's `tables.py`, not yet formatted."""
    try:
        return {
            package: tables_module(spec.name, yaml.safe_load(spec.read_text(encoding="utf-8")))
            for package, spec in PACKAGES.items()
        }
    except BadExtension as error:
        sys.exit(f"generate: {error}")


def generate(into: Path) -> None:
    """Write all packages into the empty folder `into`."""
    scripts = Path(sys.executable).parent
    path = os.pathsep.join([str(scripts), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    hooks = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["post_hooks"]
    tables = all_tables()
    for package, spec in PACKAGES.items():
        command = [
            str(scripts / "openapi-python-client"),
            "generate",
            *("--path", str(spec)),
            *("--config", str(CONFIG)),
            *("--meta", "none"),
            *("--output-path", str(into / package)),
            "--fail-on-warning",
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"generate: {spec.name} was refused\n{done.stdout}{done.stderr}")
        # Without project metadata the generator leaves the marker out.
        (into / package / "py.typed").touch()
        (into / package / "tables.py").write_text(tables[package], encoding="utf-8")
        for hook in hooks:  # as the generator ran them, for the file that it does not know
            subprocess.run(
                shlex.split(hook),
                cwd=into / package,
                env=environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )


def contents(folder: Path) -> dict[str, bytes]:
    """All files below `folder`, by relative path; Python's own caches aside."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".ruff_cache"} & set(path.parts)
    }


def differences(committed: dict[str, bytes], fresh: dict[str, bytes]) -> list[str]:
    """Say, a line a file, how `committed` is not what the specs give."""
    return [
        *(f"missing: {name}" for name in sorted(fresh.keys() - committed.keys())),
        *(f"not from the specs: {name}" for name in sorted(committed.keys() - fresh.keys())),
        *(
            f"differs: {name}"
            for name in sorted(fresh.keys() & committed.keys())
            if fresh[name] != committed[name]
        ),
    ]


def main() -> None:
    """Generate, or with --check compare."""
    parser = argparse.ArgumentParser(description="Write generated/ from the specs.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    check = parser.parse_args().check
    check_registered()
    check_tools()
    check_config()
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        generate(fresh)
        if check:
            if found := differences(contents(GENERATED), contents(fresh)):
                sys.exit("\n".join([*found, "generate: run `make generate` and commit"]))
            print("generated/ is what the specs give")
            return
        shutil.rmtree(GENERATED, ignore_errors=True)
        shutil.copytree(fresh, GENERATED, ignore=shutil.ignore_patterns(".ruff_cache"))
        print(f"wrote {', '.join(PACKAGES)}")


if __name__ == "__main__":
    main()
