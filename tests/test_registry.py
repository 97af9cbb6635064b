"""One registry of providers: what depends on it has all of them, or says loudly what it lacks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import videotasks
from videotasks import Provider, simulator
from videotasks._model.task import PROVIDER_NAMES
from videotasks._providers import PROVIDERS
from videotasks.simulator import Simulator
from videotasks.simulator._server import SIMULATORS

from .test_specs import ROOT


def test_every_name_has_all_that_belongs_to_it() -> None:
    """Each provider's name has a class, a public name, a spec, a generated package, and a
    simulator; and none of these is without a name."""
    assert tuple(make.name for make in PROVIDERS) == PROVIDER_NAMES
    assert tuple(kind.name for kind in SIMULATORS) == PROVIDER_NAMES
    specs = {path.name.partition(".")[0] for path in (ROOT / "specs").glob("*.openapi.yaml")}
    assert specs == set(PROVIDER_NAMES), "register it: see docs/adding-a-provider.md"
    public: list[object] = [getattr(videotasks, name) for name in videotasks.__all__]
    assert {Provider, *PROVIDERS} == {
        thing for thing in public if isinstance(thing, type) and issubclass(thing, Provider)
    }
    generated = {f"videotasks_{name}" for name in PROVIDER_NAMES}
    # A folder of caches alone is what another branch left there.
    found = (ROOT / "generated").glob("videotasks_*/__init__.py")
    assert {path.parent.name for path in found} == generated
    assert {kind.__name__ for kind in SIMULATORS} <= set(simulator.__all__)
    for make in PROVIDERS:
        assert import_module(f"videotasks._providers.{make.name}").INFO is make.info
        assert make.info.name == make.name


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "docs/command.md"])
def test_pages_name_every_provider(page: str) -> None:
    """Where a reader looks for how to set up a provider, there is every one; docs/command.md is
    written from tools/reference.py."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lacking = [
        f"{page} does not say what {name} is for"
        for make in PROVIDERS
        for name in (make.info.title, make.info.key_variable, make.info.url_variable)
        if name not in text
    ]
    assert lacking == []


def test_simulated_paths_do_not_meet(sim: Simulator) -> None:
    """No provider's paths begin with another's, and its base URL is where it is served."""
    prefixes = [f"{provider.prefix}/" for provider in sim.providers.values()]
    for prefix in prefixes:
        assert [other for other in prefixes if other.startswith(prefix)] == [prefix]
    assert (sim.base_url("ark"), sim.base_url("tensorslab")) == (sim.ark_url, sim.tensorslab_url)
    assert (sim.providers["ark"], sim.providers["tensorslab"]) == (sim.ark, sim.tensorslab)


@pytest.mark.parametrize("names", [(*PROVIDER_NAMES, "third"), PROVIDER_NAMES[:1]], ids=len)
def test_a_name_and_its_class_come_together(names: tuple[str, ...]) -> None:
    """A name without a class, or a class without a name, is an error at once, and says so."""
    program = (
        "import videotasks._model.task as task\n"
        f"task.PROVIDER_NAMES = {names}\n"
        "import videotasks._providers\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    says = f"ImportError: the providers are {PROVIDER_NAMES}, and PROVIDER_NAMES has {names}"
    assert says in done.stderr


def test_a_spec_that_is_not_registered(tmp_path: Path) -> None:
    """A spec of a provider that is not registered makes the check fail, before anything else."""
    specs = tmp_path / "specs"
    shutil.copytree(ROOT / "specs", specs, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(specs / "ark.openapi.yaml", specs / "third.openapi.yaml")
    done = subprocess.run(
        [sys.executable, specs / "generate.py", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    known = ", ".join(sorted([*PROVIDER_NAMES, "third"]))
    assert f"specs/ is about {known}; the providers registered" in done.stderr
