"""The pytest plugin: a simulator for each test, and nothing at all for others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from .command import environment

BLOCK: Final = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "starlette":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Block())
"""

PER_TEST: Final = """
import httpx, threading

seen = []

def test_first(videotasks_simulator):
    videotasks_simulator.ark.order = "oldest first"
    videotasks_simulator.ark.add("queued")
    seen.append(videotasks_simulator)

def test_second(videotasks_simulator):
    assert videotasks_simulator is not seen[0]
    assert videotasks_simulator.ark.ids() == ()
    assert videotasks_simulator.ark.order == "newest first"
    url = videotasks_simulator.ark_url + "/contents/generations/tasks"
    assert httpx.get(url).status_code == 401
    try:
        httpx.get(seen[0].url)
    except httpx.ConnectError:
        pass
    else:
        raise AssertionError("the first is still there")

def test_nothing_is_left():
    assert not [t for t in threading.enumerate() if t.name == "videotasks-simulator"]
"""

UNMODELLED: Final = """
import httpx

def test_loud(videotasks_simulator):
    httpx.put(videotasks_simulator.url + "/elsewhere")

def test_meant(videotasks_simulator):
    httpx.put(videotasks_simulator.url + "/elsewhere")
    assert videotasks_simulator.unmodelled == ["PUT /elsewhere"]
    videotasks_simulator.unmodelled.clear()
"""

LIGHT: Final = """
import sys
import pytest

code = pytest.main(["-q", "-p", "no:cacheprovider"])
ours = sorted(name for name in sys.modules if name.startswith(("videotasks", "httpx", "attr")))
print(code.name, ours)
"""


def pytest_run(folder: Path, test: str, conftest: str = "") -> subprocess.CompletedProcess[str]:
    """Run one file of tests in a folder of its own, with warnings as errors."""
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    (folder / "conftest.py").write_text(conftest, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=folder,
        env=environment(None),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_fresh_for_each_test(tmp_path: Path) -> None:
    """Each test has an empty simulator of its own, which is gone when the test is."""
    done = pytest_run(tmp_path, PER_TEST)
    assert "3 passed" in done.stdout, done.stdout


def test_requests_that_are_not_modelled(tmp_path: Path) -> None:
    """A test that sends what is not modelled fails by name, unless it says that it was meant."""
    done = pytest_run(tmp_path, UNMODELLED)
    assert "2 passed, 1 error" in done.stdout, done.stdout
    assert "the simulator does not model: PUT /elsewhere" in done.stdout
    assert "Traceback" not in done.stdout


def test_without_the_extra(tmp_path: Path) -> None:
    """Without the extra, the fixture says in one sentence what to install; other tests run."""
    test = "def test_sim(videotasks_simulator): ...\ndef test_other(): ...\n"
    done = pytest_run(tmp_path, test, BLOCK)
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert "install videotasks with its extra 'simulator'" in done.stdout
    assert "Traceback" not in done.stdout


def test_light(tmp_path: Path) -> None:
    """A run that asks for no simulator imports the plugin's own module, and no other of ours."""
    (tmp_path / "test_it.py").write_text("def test_other(): ...\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        cwd=tmp_path,
        env=environment(None),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "OK ['videotasks_pytest']", done.stdout
