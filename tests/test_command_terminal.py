"""The command on a pseudo-terminal: tables, the progress bar, the question, Ctrl-C."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from videotasks.simulator import ArkState, Fault, Simulator

from .command import HAD_FAILED, Terminal, records

QUESTION = "This can't be undone [y/N]: "


def test_table(sim: Simulator) -> None:
    """On a terminal there is a table, with colours where they are wanted, whole refs and times, and
    videos counted: their links would fill the screen."""
    task_id = sim.ark.add("succeeded", created_at=1743414619, model="some-model")
    failed = sim.ark.add("failed", error={"code": "Odd", "message": "word " * 50})
    env = {"COLUMNS": "120"}
    with Terminal(sim, "get", f"ark:{task_id}", f"ark:{failed}", env=env) as terminal:
        status, text = terminal.end()
    assert status == 0
    for word in ("task", "state", "created (UTC)", "──", f"ark:{failed}"):
        assert word in text
    assert "\x1b[1m" in text
    row = next(line.split() for line in text.splitlines() if line.startswith(f"ark:{task_id}"))
    made = ["2025-03-31", "09:50", "some-model"]
    assert row == [f"ark:{task_id}", "succeeded", *made, "1", "video"]


@pytest.mark.parametrize(("columns", "shown"), [("120", True), ("80", False)])
def test_model(sim: Simulator, columns: str, shown: bool) -> None:
    """A table has a column for the model where there is room for it; without, no ref is broken."""
    task_id = sim.ark.add("succeeded", model="doubao-seedance-1-0-pro-250528")
    with Terminal(sim, "list", "ark", env={"COLUMNS": columns}) as terminal:
        status, text = terminal.end()
    rows = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert ("model" in rows[0], "seedance" in text) == (shown, shown)
    assert len(rows) == 3  # headings, a line, the task
    assert rows[2].startswith(f"ark:{task_id} ")
    assert status == 0


def test_check(sim: Simulator) -> None:
    """`check` breaks no word at 80 columns."""
    with Terminal(sim, "check", env={"COLUMNS": "80", "TERM": "dumb"}) as terminal:
        status, text = terminal.end()
    for words in ("set (environment)", sim.ark_url, "get 20, delete 20, list 1", "limits a second"):
        assert words in text
    assert max(map(len, text.splitlines())) <= 80
    assert status == 0


def test_nothing_listed(sim: Simulator) -> None:
    """An empty list on a terminal is not mistaken for one that is still to come."""
    with Terminal(sim, "list", "--state", "failed") as terminal:
        assert terminal.end() == (0, "no tasks\n")


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colour(sim: Simulator, setting: dict[str, str]) -> None:
    """NO_COLOR and a dumb terminal give a table without colours."""
    with Terminal(sim, "check", env=setting) as terminal:
        status, text = terminal.end()
    assert "───" in text
    assert "\x1b[3" not in text
    if "TERM" in setting:
        assert "\x1b" not in text
    assert status == 0


def test_json(sim: Simulator) -> None:
    """JSON is never dressed up, on a terminal neither."""
    with Terminal(sim, "get", "--json", f"ark:{sim.ark.add('failed')}") as terminal:
        status, text = terminal.end()
    assert text.startswith("{")
    assert "\x1b" not in text
    assert status == 0


def test_progress(sim: Simulator) -> None:
    """Several tasks show a bar with how many are done and the outcomes; then the table."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(3)]
    with Terminal(sim, "delete", "-y", *refs) as terminal:
        status, text = terminal.end()
    assert "3/3" in text
    assert "3 deleted" in text
    assert HAD_FAILED in text[text.index("3/3") :]
    assert status == 0


def test_no_progress(sim: Simulator) -> None:
    """`--no-progress` shows no bar, and still the summary; `-q` shows neither."""
    refs = [f"ark:{sim.ark.add('running')}" for _ in range(2)]
    with Terminal(sim, "cancel", "--no-progress", *refs) as terminal:
        status, text = terminal.end()
    assert "2/2" not in text
    assert "2 kept (2 tasks, " in text
    assert status == 1
    with Terminal(sim, "get", "-q", *refs) as terminal:
        assert "2/2" not in terminal.end()[1]


def test_progress_of_looks(sim: Simulator) -> None:
    """Looking at several shows the bar too, before there is a table or a question, and errors on
    lines of their own."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(3)]
    with Terminal(sim, "get", *refs[:2], "ark:nobody") as terminal:
        status, text = terminal.end()
    assert "3/3" in text.partition("state")[0]
    assert "\nark:nobody: is not known to the provider" in text.replace("\x1b[2K", "").replace(
        "\r", "\n"
    )
    assert status == 1
    with Terminal(sim, "delete", *refs) as terminal:
        assert "3/3" in terminal.read_until(QUESTION)


def test_talk_and_data_apart(sim: Simulator) -> None:
    """With standard output in a pipe the bar stays on the terminal, and the lines are plain."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(3)]
    with Terminal(sim, "delete", "-y", *refs, piped=True) as terminal:
        status, text = terminal.end()
        assert terminal.process.stdout is not None
        lines = terminal.process.stdout.read().splitlines()
    assert sorted(lines) == [f"{ref}\tdeleted\t{HAD_FAILED}" for ref in refs]
    assert "3/3" in text
    assert status == 0


# ---- the question


def test_answered_yes(sim: Simulator) -> None:
    """Several tasks are shown, with what would be done to each and why, and go on the answer y."""
    states: tuple[ArkState, ...] = ("failed", "succeeded", "queued", "running")
    ids = {state: sim.ark.add(state) for state in states}
    with Terminal(sim, "delete", *(f"ark:{ids[state]}" for state in states)) as terminal:
        shown = terminal.read_until(QUESTION)
        assert sim.ark.count("delete") == 0
        terminal.press("y\n")
        status, _ = terminal.end()
    for state, task_id in ids.items():
        assert f"ark:{task_id}" in shown
        assert state in shown
    assert (
        "Delete 3 tasks, 1 of them with a finished video, 1 of them queued, to be cancelled?"
        in shown
    )
    assert status == 1  # the running one
    assert [sim.ark.status(ids[state]) for state in states] == [None, None, "cancelled", "running"]


@pytest.mark.parametrize(("keys", "status"), [("n\n", 1), ("\n", 1), ("\x04", 130), ("\x03", 130)])
def test_answered_no(sim: Simulator, keys: str, status: int) -> None:
    """Any other answer deletes nothing and says so: n and Enter are status 1, Ctrl-C and the end of
    the input 130."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(2)]
    with Terminal(sim, "delete", *refs) as terminal:
        terminal.read_until(QUESTION)
        if keys == "\x03":
            terminal.interrupt()
        else:
            terminal.press(keys)
        ended, text = terminal.end()
    assert ended == status
    assert ("nothing was deleted" if status == 1 else "nothing was sent that changes") in text
    assert sim.ark.count("delete") == 0


def test_not_asked_for_one(sim: Simulator) -> None:
    """One task without a video is not asked about, nor are several of which none would go."""
    with Terminal(sim, "delete", f"ark:{sim.ark.add('failed')}") as terminal:
        status, text = terminal.end()
    assert "[y/N]" not in text
    assert (status, sim.ark.ids()) == (0, ())
    refs = [f"ark:{sim.ark.add('running')}" for _ in range(2)]
    with Terminal(sim, "delete", *refs) as terminal:
        status, text = terminal.end()
    assert "[y/N]" not in text
    assert (status, len(sim.ark.ids())) == (1, 2)


def test_asked_for_one_video(sim: Simulator) -> None:
    """One task with a finished video is asked about."""
    task_id = sim.ark.add("succeeded")
    with Terminal(sim, "delete", f"ark:{task_id}") as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("n\n")
        terminal.end()
    assert "Delete 1 task with a finished video?" in shown
    assert sim.ark.ids() == (task_id,)


def test_asked_about_unfinished(sim: Simulator) -> None:
    """What would be deleted though it is unfinished is counted in the question."""
    refs = [f"tensorslab:{sim.tensorslab.add(state)}" for state in ("pending", "failed")]
    with Terminal(sim, "delete", "--delete-unfinished", *refs) as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("n\n")
        terminal.end()
    assert "Delete 2 tasks, 1 of them still unfinished?" in shown
    assert sim.tensorslab.count("delete") == 0


def test_confirmed_is_what_is_done(sim: Simulator) -> None:
    """What has changed since it was shown is kept: only what was confirmed is deleted."""
    changed, other = sim.ark.add("running"), sim.ark.add("failed")
    with Terminal(sim, "delete", "--ndjson", f"ark:{changed}", f"ark:{other}") as terminal:
        terminal.read_until(QUESTION)
        sim.ark.move(changed, "succeeded")
        terminal.press("y\n")
        status, text = terminal.end()
    assert "it is succeeded now, and was to be deleted only if running" in text
    assert status == 1
    assert sim.ark.ids() == (changed,)


def test_what_was_not_seen_is_not_done(sim: Simulator) -> None:
    """A task that could not be seen for the question is not acted on after it: its outcome is what
    stood in the way, though it could be seen by then."""
    refs = [f"ark:{sim.ark.add('failed')}", f"ark:{sim.ark.add('failed')}", "ark:nobody"]
    sim.ark.fail("get", Fault.error(403, {"error": {"code": "Denied", "message": "not yours"}}))
    with Terminal(sim, "delete", "--ndjson", *refs) as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("y\n")
        status, text = terminal.end()
    found = {r["ref"]: r for r in records("".join(re.findall(r"^\{.*\n", text, re.MULTILINE)))}
    outcomes = [found[ref]["outcome"] for ref in refs]
    # Whichever look came first.
    assert sorted(outcomes) in (["deleted", "failed", "gone"], ["deleted", "deleted", "failed"])
    assert f"Delete {outcomes.count('deleted')} task" in shown
    assert "not yours" in text
    assert "unknown" not in text
    assert f"{outcomes.count('deleted')} deleted" in text
    assert len(sim.ark.ids()) == 2 - outcomes.count("deleted")
    assert status == 4


def test_refs_from_a_pipe(sim: Simulator) -> None:
    """With refs from standard input there is nobody to ask, on a terminal neither."""
    with Terminal(sim, "delete", "-") as terminal:
        terminal.press(f"ark:{sim.ark.add('failed')}\n\x04")
        status, text = terminal.end()
    assert "--yes" in text
    assert status == 2
    assert sim.ark.requests == ()


def test_purge(sim: Simulator) -> None:
    """`purge` shows what goes and asks, even for one; what joins or leaves meanwhile is let be."""
    going, leaving = sim.ark.add("failed"), sim.ark.add("failed")
    with Terminal(sim, "purge", "ark", "--state", "failed") as terminal:
        shown = terminal.read_until(QUESTION)
        sim.ark.move(leaving, "queued")
        joined = sim.ark.add("failed")
        terminal.press("y\n")
        status, text = terminal.end()
    assert f"ark:{going}" in shown
    assert f"ark:{leaving}" in shown
    assert "Delete 2 tasks?" in shown
    assert "it is queued now" in text.replace("\n", " ")
    assert status == 1
    assert sim.ark.ids() == (leaving, joined)


def test_purge_with_yes(sim: Simulator) -> None:
    """`purge --yes` shows what goes too; answered n, `purge` deletes nothing."""
    task_id = sim.ark.add("succeeded")
    with Terminal(sim, "purge", "ark", "--state", "succeeded") as terminal:
        assert "Delete 1 task with a finished video?" in terminal.read_until(QUESTION)
        terminal.press("n\n")
        assert terminal.end()[0] == 1
    assert sim.ark.ids() == (task_id,)
    with Terminal(sim, "purge", "ark", "--state", "succeeded", "-y", "--ndjson") as terminal:
        status, text = terminal.end()
    assert "it has finished; its" in text
    assert status == 0
    assert sim.ark.ids() == ()


def days_ago(days: float) -> int:
    """A moment, as providers write it."""
    return int((datetime.now(UTC) - timedelta(days=days)).timestamp())


def fill(sim: Simulator) -> list[str]:
    """A dozen tasks in all states, of all ages: the refs, in the order in which they are listed."""
    ages = (0.01, 0.5, 0.6, 2, 2.1, 2.2, 2.3, 4, 4.1, 4.2, 4.3, 4.4)
    states: list[Any] = ["failed", "succeeded", "queued", *["failed"] * 8, "expired"]
    return [
        f"ark:{sim.ark.add(state, created_at=days_ago(age))}"
        for state, age in reversed(list(zip(states, ages, strict=True)))
    ][::-1]


STATES = [
    word for state in ("failed", "expired", "succeeded", "queued") for word in ("--state", state)
]
SUMS = (
    "11 would be deleted (1 with a finished video), 1 cancelled\n"
    "by state: 9 failed, 1 succeeded, 1 queued, 1 expired\n"
    "by age: 1 made in the last hour, 2 made 1 to 24 hours ago, 4 made 1 to 3 days ago, "
    "5 made over 3 days ago\n"
)


def test_purge_of_many(sim: Simulator) -> None:
    """Before many tasks would go there are sums, by state and age, the first few refs, and how
    many videos would be lost; not a screen full."""
    refs = fill(sim)
    with Terminal(sim, "purge", "ark", *STATES, env={"TERM": "dumb"}) as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("n\n")
        status, _ = terminal.end()
    assert shown.startswith(SUMS)
    assert [ref for ref in refs if ref in shown] == refs[:3]
    assert "\n… and 9 more: --verbose or --dry-run shows all\n" in shown
    question = (
        "Delete 12 tasks, 1 of them with a finished video, 1 of them queued, to be cancelled?"
    )
    assert question in shown
    assert len(shown.splitlines()) <= 13
    assert (status, len(sim.ark.ids())) == (1, 12)


def test_delete_of_many(sim: Simulator) -> None:
    """It is so for `delete` too, where what would be kept is counted, and is none of the first."""
    running = f"ark:{sim.ark.add('running')}"
    refs = fill(sim)
    with Terminal(sim, "delete", "--no-progress", running, *refs) as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("n\n")
        terminal.end()
    assert shown.startswith(SUMS.replace("1 cancelled", "1 cancelled, 1 kept"))
    assert [ref for ref in [running, *refs] if ref in shown] == refs[:3]
    assert "… and 10 more" in shown


def test_many_shown_in_full(sim: Simulator) -> None:
    """With --verbose, and in a dry run, all of them are shown; ten and fewer always are."""
    refs = fill(sim)
    with Terminal(sim, "purge", "ark", *STATES, "-v") as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("n\n")
        terminal.end()
    assert all(ref in shown for ref in refs)
    assert "by age" not in shown
    with Terminal(sim, "purge", "ark", *STATES, "-n") as terminal:
        _, text = terminal.end()
    assert all(ref in text for ref in refs)
    with Terminal(sim, "delete", *refs[:10]) as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("n\n")
        terminal.end()
    assert all(ref in shown for ref in refs[:10])


def test_interrupted(sim: Simulator) -> None:
    """Ctrl-C on the terminal stops the work, and table and summary are still shown."""
    sim.latency = 0.05
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(20)]
    with Terminal(sim, "delete", "-y", *refs) as terminal:
        terminal.read_until(" deleted")
        terminal.press("\x03")
        status, text = terminal.end()
    sim.latency = 0.0
    left = len(sim.ark.ids())
    assert status == 130
    assert left
    assert f"interrupted after {20 - left} of 20" in text
    assert f"{left} unsent, " in text
    assert " (20 tasks, " in text
    assert "outcome" in text
    assert "--resume FILE" in text
    for ref in refs:
        assert (ref in text) == (sim.ark.status(ref.removeprefix("ark:")) is None)


def test_many_rows(sim: Simulator, tmp_path: Path) -> None:
    """More rows than a table should have come as lines, as each is known, above the bar."""
    refs = [f"tensorslab:{sim.tensorslab.add('failed')}" for _ in range(501)]
    file = tmp_path / "refs"
    file.write_text("\n".join(refs), encoding="utf-8")
    with Terminal(sim, "delete", "-y", "--from", file) as terminal:
        status, text = terminal.end()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert sorted(re.findall(r"(tensorslab:\w+)\s+deleted", shown)) == sorted(refs)
    assert re.search(r"\d+/501 +[0-9.]+/s", shown)
    assert status == 0


@pytest.mark.parametrize("columns", ["28", "50", "80"])
def test_narrow_terminal(sim: Simulator, columns: str) -> None:
    """However narrow a terminal is, nothing of a table is cut off: it goes on on the next line."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(2)]
    with Terminal(sim, "purge", "ark", "--state", "failed", env={"COLUMNS": columns}) as terminal:
        shown = terminal.read_until(QUESTION)
        terminal.press("n\n")
        terminal.end()
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("task"))
    second = re.match(r"task\s+", lines[head])
    assert second is not None
    assert lines[head].split()[-1] == "why"
    column = "".join(line[: second.end()].strip() for line in lines[head + 2 : -1])
    assert all(column.count(ref) == 1 for ref in refs)
