"""What the command does without: httpx for help and completion, and its extras altogether."""

from __future__ import annotations

import subprocess
import sys

import pytest

from videotasks import PROVIDER_NAMES

from .command import environment, run, shell

BLOCKED = """
import sys

blocked = sys.argv.pop(1).split(",")

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Block())
from videotasks._cli import main
main()
"""


FILES = ["file"]
"""How the shell is told to offer files."""


def without(modules: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command where some modules can't be imported."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, modules, *arguments],
        env=environment(None, **env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["delete", "-h"],
        ["purge", "--help"],
        ["completion", "bash"],
        ["completion", "zsh"],
        ["completion", "fish"],
        ["delete"],
    ],
    ids=" ".join,
)
def test_no_httpx(arguments: list[str]) -> None:
    """Help, version, completion and usage errors need neither httpx nor the simulator's modules."""
    done = without("httpx,httpcore,starlette,uvicorn", *arguments)
    assert "Traceback" not in done.stderr
    assert done.returncode == (2 if arguments == ["delete"] else 0)
    assert done.stdout or done.returncode


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("videotasks de", ["delete", "demo"]),
        ("videotasks purge ", list(PROVIDER_NAMES)),
        ("videotasks list --state ca", ["cancelled"]),
        ("videotasks delete --missing", ["--missing-ok"]),
        *((f"videotasks get {option} some", FILES) for option in ("--from", "--key-file")),
        ("videotasks cancel --resume some", FILES),
    ],
)
def test_completion(words: str, offered: list[str]) -> None:
    """The shell is offered commands, options, choices and files, without httpx."""
    done = without(
        "httpx",
        _VIDEOTASKS_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(words.count(" ")),
    )
    kinds = [line.partition(",")[::2] for line in done.stdout.splitlines()]
    assert [kind if kind == FILES[0] else word for kind, word in kinds] == offered


def test_completion_script() -> None:
    """The script for bash is sourced without a word, and then completes `videotasks`."""
    done = shell(None, "set -eu; source <(videotasks completion bash); complete -p videotasks")
    assert "videotasks" in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)
    for kind in ("zsh", "fish"):
        assert f"_VIDEOTASKS_COMPLETE={kind}_complete" in run(None, "completion", kind).stdout


@pytest.mark.parametrize(
    ("modules", "arguments", "extra"),
    [
        ("click", ["get", "ark:1"], "cli"),
        ("rich", ["--help"], "cli"),
        ("starlette", ["demo"], "simulator"),
        ("uvicorn", ["simulator"], "simulator"),
    ],
    ids=["click", "rich", "starlette", "uvicorn"],
)
def test_missing_extra(modules: str, arguments: list[str], extra: str) -> None:
    """Without an extra, the command says in one line which one to install."""
    done = without(modules, *arguments)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"extra '{extra}'" in done.stderr
