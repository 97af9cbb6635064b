"""Public types, tested by the type checkers: a right program passes, a wrong one doesn't."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from videotasks import Outcome
from videotasks.simulator import Simulator

from . import typed_program
from .test_readme import blocks

PROGRAM = Path(typed_program.__file__).read_text(encoding="utf-8")
OUTCOMES = [kind.__name__ for kind in get_args(Outcome)]

Found = dict[str, dict[str, list[str]]]

# A line with one mistake, and a word of what is to be said about it.
MISTAKES = {
    "misspelt": ("made = v.Taks", "Taks"),
    "not_awaited": ("def f(x: v.AsyncTasks) -> bool: return x.cancel('ark:a').ok", "Coroutine"),
    "no_such_state": ("def f(x: v.Task) -> bool: return x.state == 'complete'", "complete"),
    "no_such_scheme": ("made = v.TensorsLab('key', auth_scheme='basic')", "basic"),
    "no_such_fact": ("def f(x: v.Kept) -> str: return str(x.error)", "error"),
    "positional": ("def f(x: v.Tasks) -> None: x.cancel('ark:a', True)", "positional"),
    "changed": ("def f(x: v.Ref) -> None: x.id = 'a'", "id"),
    "sim_state": ("def f(sim: Simulator) -> None: sim.ark.add('succeded')", "succeded"),
    "sim_move": ("def f(sim: Simulator) -> None: Move(to='runing', after_reads=1)", "runing"),
    "sim_operation": ("def f(sim: Simulator) -> None: sim.ark.fail('gte', None)", "gte"),
    "sim_limit": ("def f(sim: Simulator) -> None: sim.ark.rate_limits = {'gte': 1}", "gte"),
    "sim_switch": ("def f(sim: Simulator) -> None: sim.ark.ordre = 'oldest first'", "ordre"),
    "sim_word": ("def f(sim: Simulator) -> None: sim.ark.order = 'oldest'", "oldest"),
    "sim_handle": ("def f(sim: Simulator) -> None: sim.ark.statsu('x')", "statsu"),
    "sim_provider": ("def f(sim: Simulator) -> None: sim.arc", "arc"),
}
HEAD = """\
import videotasks as v
from videotasks.simulator import Move, Simulator

used = v, Move, Simulator
"""


def without(outcome: str) -> str:
    """The program, with the cases for one outcome left out of its `match`."""
    lines: list[str | None] = [None, *PROGRAM.splitlines()]
    for node in ast.walk(ast.parse(PROGRAM)):
        match node:
            case ast.match_case(
                pattern=ast.MatchClass(cls=ast.Name(id=name), lineno=first),
                body=[*_, ast.stmt(end_lineno=int(last))],
            ) if name == outcome:
                lines[first : last + 1] = [None] * (last + 1 - first)
            case _:
                pass
    return "\n".join(line for line in lines if line is not None)


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """By checker and program, the errors that were found; each checker runs but once.

    What mypy knows of the library and of others it keeps for the next time.
    """
    folder = tmp_path_factory.mktemp("typed")
    assert request.config.cache
    cache = request.config.cache.mkdir("mypy")
    [printed] = blocks("docs/simulator.md", "python")
    programs = {"right": PROGRAM, "printed": printed}
    programs |= {
        name: f"{HEAD}made = v, Move, Simulator\n{line}\n" for name, (line, _) in MISTAKES.items()
    }
    programs |= {f"without_{outcome}": without(outcome) for outcome in OUTCOMES}
    for name, text in programs.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    strict = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(strict))
    mypy, pyright = (
        subprocess.Popen(
            [sys.executable, "-m", *command], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        for command in (
            ["mypy", "--strict", "--config-file=", f"--cache-dir={cache}", "."],
            ["pyright", "--pythonpath", sys.executable, "--outputjson"],
        )
    )
    by_mypy: dict[str, list[str]] = {name: [] for name in programs}
    by_pyright: dict[str, list[str]] = {name: [] for name in programs}
    told, _ = mypy.communicate(timeout=120)
    assert f"checked {len(programs)} source files" in told, told
    for name, error in re.findall(r"^(\w+)\.py:\d+: error: (.*)", told, re.MULTILINE):
        by_mypy[name].append(error)
    told, _ = pyright.communicate(timeout=120)
    answer = json.loads(told)
    assert answer["summary"]["filesAnalyzed"] == len(programs)
    for error in answer["generalDiagnostics"]:
        by_pyright[Path(error["file"]).stem].append(error["message"])
    return {"mypy": by_mypy, "pyright": by_pyright}


CHECKERS = pytest.mark.parametrize("checker", ["mypy", "pyright"])


@CHECKERS
@pytest.mark.parametrize("program", ["right", "printed"])
def test_right_program(found: Found, checker: str, program: str) -> None:
    """A program that uses the library as it is meant, and the one that the simulator's page prints,
    have no error under the strictest rules."""
    assert found[checker][program] == []


@CHECKERS
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_forgotten_outcome(found: Found, checker: str, outcome: str) -> None:
    """A `match` that forgets one of the seven outcomes is an error, which names it."""
    errors = found[checker][f"without_{outcome}"]
    assert any(re.search(rf'"{outcome}".*"Never"', error) for error in errors), errors


@CHECKERS
@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(found: Found, checker: str, mistake: str) -> None:
    """A user's mistake is found before the program runs."""
    errors = found[checker][mistake]
    assert any(MISTAKES[mistake][1] in error for error in errors), errors


def test_program_runs(sim: Simulator) -> None:
    """The program that the checkers pass works, too."""
    sim.tensorslab.auth = "bearer"
    sim.ark.add("running", task_id="running")
    sim.ark.add("queued", task_id="queued")
    sim.tensorslab.add("completed", task_id="done")
    refs = ["ark:running", "ark:queued", "tensorslab:done"]
    said = typed_program.main(sim.api_key, sim.ark_url, sim.tensorslab_url, refs)
    assert said[:2] == ["ark True", "tensorslab False"]
    assert said[2:5] == ["running", "queued", "succeeded"]
    assert len(said) == 16
    assert said[-1] == "running"
    assert sim.tensorslab.status("done") is None
