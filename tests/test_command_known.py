"""`--except` of the command, and the other ways to find tasks that nobody knows any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from videotasks.simulator import Simulator

from .command import Terminal, records, run, shell

WRONG_FILE = "is it the right file?"


def add(sim: Simulator, number: int, state: Any = "failed") -> list[str]:
    """New tasks of Ark's: their refs."""
    return [f"ark:{sim.ark.add(state)}" for _ in range(number)]


def seen(output: str) -> set[str]:
    """The refs in lines of output."""
    return {line.split("\t")[0] for line in output.splitlines()}


def left(sim: Simulator) -> set[str]:
    """The refs of Ark's tasks that are still there."""
    return {f"ark:{task_id}" for task_id in sim.ark.ids()}


def test_list(sim: Simulator, tmp_path: Path) -> None:
    """`list --except` lists all but the tasks named, `--limit` counting those that are listed; the
    file may be a mix of all forms of line, and of providers."""
    known, orphans = add(sim, 4), add(sim, 2)
    file = tmp_path / "known"
    lines = [
        "# from the database",
        known[0],
        known[1].removeprefix("ark:"),
        f"{known[2]}\tfailed\t",
        f'{{"ref": "{known[3]}"}}',
        "tensorslab:abcd_1234567890abcdef",
    ]
    file.write_text("\r\n".join(lines), encoding="utf-8-sig")
    done = run(sim, "list", "ark", "--except", file)
    assert seen(done.stdout) == set(orphans)
    assert (done.stderr, done.returncode) == ("", 0)
    done = run(sim, "list", "ark", "--except", file, "--limit", "1")
    assert len(seen(done.stdout) & set(orphans)) == 1
    assert done.stderr == ""


def test_purge(sim: Simulator, tmp_path: Path) -> None:
    """`purge --except` alone takes what has failed or expired and is not named; it says how many
    were left out. Several files add up."""
    known, orphans, finished = add(sim, 2), add(sim, 2), add(sim, 1, "succeeded")
    files = [tmp_path / "one", tmp_path / "other"]
    for file, ref in zip(files, known, strict=True):
        file.write_text(ref, encoding="utf-8")
    options = [word for file in files for word in ("--except", str(file))]
    done = run(sim, "purge", "ark", *options, "-y", "--ndjson")
    assert {record["ref"] for record in records(done.stdout)} == set(orphans)
    assert done.stderr.startswith("videotasks: 2 of 4 left out, as --except says\n")
    assert done.returncode == 0
    assert left(sim) == {*known, *finished}


def test_purge_of_what_was_shown(sim: Simulator, tmp_path: Path) -> None:
    """What goes is just what was shown, each only in the state shown, whatever becomes of the file
    and the list while the question stands."""
    (known,), (going, changing) = add(sim, 1), add(sim, 2, "expired")
    file = tmp_path / "known"
    file.write_text(known, encoding="utf-8")
    states = ("--state", "failed", "--state", "expired")
    with Terminal(sim, "purge", "ark", *states, "--except", str(file)) as terminal:
        shown = terminal.read_until("[y/N]: ")
        (joined,) = add(sim, 1)
        sim.ark.move(changing.removeprefix("ark:"), "failed")
        file.write_text(going, encoding="utf-8")
        terminal.press("y\n")
        status, text = terminal.end()
    assert "Delete 2 tasks?" in shown
    assert known not in shown
    assert "it is failed now, and was to be deleted only if expired" in text.replace("\n", " ")
    assert status == 1
    assert left(sim) == {known, changing, joined}


def test_standard_input(sim: Simulator) -> None:
    """`-` is standard input; then there is nobody to ask, so that a purge needs --yes."""
    known, orphans = add(sim, 1), add(sim, 1)
    stdin = known[0].encode()
    assert seen(run(sim, "list", "--except", "-", stdin=stdin).stdout) == set(orphans)
    before = len(sim.ark.requests)
    done = run(sim, "purge", "ark", "--except", "-", stdin=stdin)
    assert "add --yes" in done.stderr
    assert (done.returncode, len(sim.ark.requests)) == (2, before)
    assert run(sim, "purge", "ark", "--except", "-", "-y", stdin=stdin).returncode == 0
    assert left(sim) == set(known)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "names no task"),
        ("# nothing\n\n", "names no task"),
        ("{good}\nark:\n", "line 2: the id is empty"),
        ("{good}\narc:{bare}\n", "line 2: 'arc:"),
        ('{good}\n"{bare}"\n', "does not look like an id"),
        ('{good}\nark:"{bare}"\n', "does not look like an id"),
        ("{good}\n{bare},failed\n", "does not look like an id"),
        ("{good}\n1\t{bare}\n", "is in columns, of which the first is no ref"),
        ("{good}\n{bare} {bare}\n", "has a blank"),
        ('{good}\n{{"id": "{bare}"}}\n', "a record without a ref"),
        ('["{bare}"]\n', "does not look like an id"),
        ('{{"tasks": []}}\n', "is a JSON document"),
    ],
    ids=lambda value: repr(value)[:24],
)
@pytest.mark.parametrize("command", ["list", "purge"])
def test_refused(sim: Simulator, tmp_path: Path, command: str, content: str, words: str) -> None:
    """A file that names nothing, or has a line that may be misread, is status 2 with nothing sent:
    passing over a line would delete a task that was to be kept."""
    (good, bad), file = add(sim, 2), tmp_path / "known"
    text = content.format(good=good, bare=bad.removeprefix("ark:"))
    file.write_text(text, encoding="utf-8")
    done = run(sim, command, "ark", "--except", file, *(["-y"] if command == "purge" else []))
    assert words in done.stderr
    assert "nothing was sent" in done.stderr or "JSON document" in done.stderr
    assert (done.stdout, done.returncode) == ("", 2)
    assert sim.ark.requests == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--except", "/nonexistent/known"], "can't read /nonexistent/known: No such file"),
        (["--except", "/tmp"], "can't read /tmp: Is a directory"),  # noqa: S108  # only a folder
        (["--except", "-", "--except", "-"], "standard input can be read only once"),
        (["--except", ""], "can't read"),
    ],
    ids=["missing", "folder", "twice", "no name"],
)
def test_unreadable(sim: Simulator, arguments: list[str], words: str) -> None:
    """A file that can't be read is status 2, with nothing sent."""
    add(sim, 1)
    done = run(sim, "purge", "ark", "-y", *arguments, stdin=b"ark:1\n")
    assert words in done.stderr
    assert (done.returncode, sim.ark.requests) == (2, ())
    done = shell(sim, "videotasks purge ark -y --except - <&-")
    assert "standard input is closed" in done.stderr
    assert (done.returncode, sim.ark.requests) == (2, ())


def test_bare_ids_need_a_provider(sim: Simulator) -> None:
    """Without PROVIDER a bare id is an error, since it would be nobody's."""
    (ref,) = add(sim, 1)
    done = run(sim, "list", "--except", "-", stdin=ref.removeprefix("ark:").encode())
    assert "does not say which provider" in done.stderr
    assert (done.returncode, sim.ark.requests) == (2, ())


def test_none_of_the_tasks_is_named(sim: Simulator) -> None:
    """Where the file names none of the tasks found, that is said, even quietly: it may be the file
    of another account."""
    add(sim, 2)
    for arguments in (["list", "ark"], ["purge", "ark", "-n", "-q"]):
        done = run(sim, *arguments, "--except", "-", stdin=b"ark:another\n")
        assert (
            done.stderr == f"videotasks: --except names none of the 2 tasks found: {WRONG_FILE}\n"
        )
        assert done.returncode == 0
    done = run(sim, "list", "ark", "--limit", "1", "--except", "-", stdin=b"ark:another\n")
    assert done.stderr == ""


def test_limit_counts_what_would_go(sim: Simulator) -> None:
    """`purge --limit` counts what would be deleted, not what is left out."""
    known, orphans = add(sim, 3), add(sim, 2)
    stdin = "\n".join(known).encode()
    arguments = ("purge", "ark", "-y", "--except", "-", "--limit")
    done = run(sim, *arguments, "1", stdin=stdin)
    assert "2 match, so nothing was deleted" in done.stderr
    assert (done.returncode, left(sim)) == (2, {*known, *orphans})
    assert run(sim, *arguments, "2", stdin=stdin).returncode == 0
    assert left(sim) == set(known)


# ---- by age


def test_newer_than(sim: Simulator) -> None:
    """`--newer-than` takes what was made since, with `--older-than` what is between; for both
    commands alike."""
    now = datetime.now(UTC)
    old, between, new = (
        f"ark:{sim.ark.add('failed', created_at=int((now - timedelta(hours=hours)).timestamp()))}"
        for hours in (50, 30, 1)
    )
    assert seen(run(sim, "list", "--newer-than", "2d").stdout) == {between, new}
    spans = ("--newer-than", "2d", "--older-than", "1d")
    assert seen(run(sim, "list", *spans).stdout) == {between}
    assert seen(run(sim, "purge", "ark", *spans, "-y").stdout) == {between}
    assert seen(run(sim, "purge", "ark", "--newer-than", "2h", "-y").stdout) == {new}
    assert left(sim) == {old}


@pytest.mark.parametrize("command", ["list", "purge"])
def test_no_time_between(sim: Simulator, command: str) -> None:
    """Spans that leave no time between them are a mistake, not an empty list."""
    done = run(sim, command, "ark", "--older-than", "2d", "--newer-than", "2d")
    assert "no task is older than --older-than and newer than --newer-than" in done.stderr
    assert (done.returncode, sim.ark.requests) == (2, ())


# ---- refs alone


def test_refs_only(sim: Simulator) -> None:
    """`list --refs-only` prints just a ref a line, on a terminal too, which other commands read."""
    failed, running = add(sim, 2), add(sim, 1, "running")
    done = run(sim, "list", "ark", "--refs-only")
    assert sorted(done.stdout.splitlines()) == sorted(failed + running)
    with Terminal(sim, "list", "ark", "--refs-only") as terminal:
        assert sorted(terminal.end()[1].splitlines()) == sorted(failed + running)
    line = "videotasks list ark --state failed --refs-only | videotasks delete - -y"
    assert shell(sim, line).returncode == 0
    assert left(sim) == set(running)


@pytest.mark.parametrize("form", ["--json", "--ndjson"])
def test_refs_only_is_no_json(sim: Simulator, form: str) -> None:
    """`--refs-only` with JSON is a mistake."""
    done = run(sim, "list", "--refs-only", form)
    assert "--refs-only and JSON exclude each other" in done.stderr
    assert (done.returncode, sim.ark.requests) == (2, ())
