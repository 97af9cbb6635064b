"""The refs that the command is given: as arguments, from files, and through pipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from videotasks.simulator import Simulator

from .command import run, shell


def seen(output: str) -> list[str]:
    """The refs in lines of output."""
    return [line.split("\t")[0] for line in output.splitlines()]


def test_every_form_of_line(sim: Simulator, tmp_path: Path) -> None:
    """A file may hold refs, ids, our own lines and records, CRLF, a BOM, comments and blanks."""
    ids = [sim.ark.add("failed") for _ in range(5)]
    plain, bare, tabbed, task, outcome = ids
    file = tmp_path / "refs"
    file.write_bytes(
        b"\xef\xbb\xbf# a comment\r\n\r\n   \r\n"
        + f"  ark:{plain}  # a comment\r\n"
        f"{bare}\r\n"
        f"ark:{tabbed}\tfailed\t2025-03-31T09:50:19+00:00\tan error\r\n"
        f'{{"ref": "ark:{task}", "state": "failed", "video_urls": []}}\r\n'
        f'  # another\r\n{{"ok": true, "outcome": "kept", "ref": "ark:{outcome}"}}'.encode()
    )
    done = run(sim, "get", "--provider", "ark", "--from", file)
    assert seen(done.stdout) == [f"ark:{task_id}" for task_id in ids]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("arguments", [["-"], ["--from", "-"]], ids=" ".join)
def test_standard_input(sim: Simulator, arguments: list[str]) -> None:
    """`-` and `--from -` read standard input, in its place among the arguments."""
    first, piped = f"ark:{sim.ark.add('failed')}", f"ark:{sim.ark.add('failed')}"
    done = run(sim, "get", first, *arguments, stdin=piped.encode())
    assert seen(done.stdout) == [first, piped]


@pytest.mark.parametrize("form", ["", "--ndjson"])
def test_pipes(sim: Simulator, form: str) -> None:
    """What `list` prints, as lines or as NDJSON, `delete -` takes through a real pipe."""
    ids = [sim.ark.add("failed"), sim.ark.add("expired")]
    kept = sim.ark.add("running")
    states = "--state failed --state expired"
    done = shell(sim, f"videotasks list ark {states} {form} | videotasks delete - -y")
    assert sorted(seen(done.stdout)) == sorted(f"ark:{task_id}" for task_id in ids)
    assert done.returncode == 0
    assert sim.ark.ids() == (kept,)


def test_document_in_a_pipe(sim: Simulator) -> None:
    """A JSON document is no list of refs: it is refused in one line that names --ndjson."""
    sim.ark.add("failed")
    done = shell(sim, "videotasks list --json | videotasks delete -y -")
    assert done.stderr == (
        "videotasks: standard input is a JSON document, not lines: print records with --ndjson; "
        "see videotasks delete --help\n"
    )
    assert done.returncode == 2
    assert sim.ark.count("delete") == 0


def test_provider_is_for_bare_ids(sim: Simulator) -> None:
    """`--provider` is for ids alone: a ref and a record keep the provider that they name."""
    one, other = f"ark:{sim.ark.add('failed')}", f"ark:{sim.ark.add('expired')}"
    bare = sim.tensorslab.add("failed")
    stdin = f'{{"ref": "{other}"}}\n{bare}\n'.encode()
    done = run(sim, "get", "--provider", "tensorslab", one, "-", stdin=stdin)
    assert seen(done.stdout) == [one, other, f"tensorslab:{bare}"]
    assert (done.stderr, done.returncode) == ("", 0)


def test_each_once(sim: Simulator) -> None:
    """A ref that is given more than once counts once, where it came first."""
    one, other = f"ark:{sim.ark.add('queued')}", f"ark:{sim.ark.add('failed')}"
    stdin = f"{one}\n{other}\n".encode()
    done = run(sim, "get", other, "-", other, stdin=stdin)
    assert seen(done.stdout) == [other, one]
    done = run(sim, "delete", "-y", other, "-", stdin=stdin)
    assert sorted(seen(done.stdout)) == [one, other]
    assert "(2 tasks, " in done.stderr


def test_outcomes_through_a_pipe(sim: Simulator) -> None:
    """The outcomes of one run are refs for another: what was kept can be looked at."""
    running = f"ark:{sim.ark.add('running')}"
    done = shell(sim, f"videotasks cancel --ndjson {running} | videotasks get --ndjson -")
    assert f'"ref": "{running}", "state": "running"' in done.stdout


@pytest.mark.parametrize("ref", ["", "ark:..", "foo:1", "ark:a b", "{"])
def test_bad_ref(sim: Simulator, ref: str) -> None:
    """A ref that names no task is exit status 2, and nothing is sent for the others either."""
    done = run(sim, "delete", "--yes", f"ark:{sim.ark.add('failed')}", ref)
    assert done.returncode == 2
    assert "nothing was sent" in done.stderr
    assert "Traceback" not in done.stderr
    assert sim.ark.requests == ()


def test_bad_lines(sim: Simulator) -> None:
    """Bad lines among good ones are named with their problems, five at most; nothing is sent."""
    good = f"ark:{sim.ark.add('failed')}\n"
    bad = ["nothing", '{"ref": "ark:1"', '{"state": "failed"}', "ark:a b", "x:1", "y:1", "z:1"]
    stdin = (good + good.join(f"{line}\n" for line in bad)).encode()
    done = run(sim, "delete", "-y", "-", stdin=stdin)
    assert done.returncode == 2
    told = [line.strip() for line in done.stderr.splitlines() if "standard input, line" in line]
    assert [line.split(":")[0] for line in told] == [
        f"standard input, line {number}" for number in (2, 4, 6, 8, 10)
    ]
    for line, problem in zip(
        told,
        (
            "does not say which provider",
            "neither a ref nor a whole record",
            "a record without a ref",
            "has a blank",
            "no provider is called 'x'",
        ),
        strict=True,
    ):
        assert problem in line
    assert "… and 2 more" in done.stderr
    assert sim.ark.requests == ()


def test_not_text(sim: Simulator, tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused by the name of the line, and nothing is sent."""
    file = tmp_path / "refs"
    file.write_bytes(f"ark:{sim.ark.add('failed')}\n".encode() + b"ark:\xff\xfe\n")
    done = run(sim, "delete", "-y", "--from", file)
    assert done.returncode == 2
    assert f"{file}, line 2: this is not UTF-8 text" in done.stderr
    assert sim.ark.requests == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "/nonexistent/refs"], "can't read /nonexistent/refs: No such file"),
        (["--from", "/tmp"], "can't read /tmp: Is a directory"),  # noqa: S108  # only a folder
        (["-", "-"], "standard input can be read only once"),
        (["-", "--from", "-"], "standard input can be read only once"),
    ],
    ids=["missing", "folder", "twice", "twice over"],
)
def test_unreadable(sim: Simulator, arguments: list[str], words: str) -> None:
    """Refs that can't be read are status 2, with the reason."""
    done = run(sim, "get", "ark:1", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert sim.ark.requests == ()


def test_closed_input(sim: Simulator) -> None:
    """A closed standard input is status 2 where refs should come from it, and else no matter."""
    done = shell(sim, "videotasks delete -y - <&-")
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr
    task_id = sim.ark.add("failed")
    assert shell(sim, f"videotasks delete ark:{task_id} <&-").returncode == 0
    assert shell(sim, "videotasks delete ark:1 ark:2 <&-").returncode == 2


def test_a_million_lines(sim: Simulator, tmp_path: Path) -> None:
    """A file of a million lines is read in a few seconds and in little memory."""
    file = tmp_path / "refs"
    task_id = sim.ark.add("failed")
    file.write_bytes(b"# a comment\n" * 1_000_000 + f"ark:{task_id}\n".encode())
    done = shell(sim, f"ulimit -v 1000000; time -p videotasks get --from {file}")
    assert seen(done.stdout) == [f"ark:{task_id}"]
    seconds = dict(line.split(" ") for line in done.stderr.splitlines())
    assert float(seconds["user"]) < 5


def test_many_bad_lines(sim: Simulator) -> None:
    """However many lines are bad, the message is short."""
    stdin = b"nothing\n" * 100_000
    done = run(sim, "get", "-", stdin=stdin)
    assert done.returncode == 2
    assert "… and 99995 more" in done.stderr
    assert len(done.stderr) < 2000
