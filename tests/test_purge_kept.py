"""What a purge leaves alone unless it is named: finished videos, and tasks of no known age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from videotasks import State
from videotasks.simulator import Fault, Simulator

from .command import Terminal, run
from .conftest import Client

LONG_AGO = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
FILTERS: list[dict[str, Any]] = [
    {"older_than": timedelta(days=1)},
    {"model": "lite"},
    {"endpoint": "ep-1"},
    {"older_than": timedelta(days=1), "model": "lite", "endpoint": "ep-1"},
]
TIMES = [0, "0", -1, "-1", 1, LONG_AGO - 1, str(LONG_AGO - 1), 25_569]


def add_all(sim: Simulator) -> dict[str, str]:
    """An old task in each state, of one model and endpoint."""
    fields: dict[str, Any] = {"created_at": LONG_AGO, "model": "lite", "endpoint": "ep-1"}
    return {state: sim.ark.add(state, **fields) for state in sim.ark.states}


@pytest.mark.parametrize("filters", FILTERS)
def test_by_default(client: Client, sim: Simulator, filters: dict[str, Any]) -> None:
    """Whatever else it is filtered by, a purge without states takes failed and expired tasks."""
    made = add_all(sim)
    plan = client.purge("ark", **filters)
    assert plan.states == {"failed", "expired"}
    assert {task.ref.id for task in plan} == {made["failed"], made["expired"]}
    client.run(plan)
    assert {sim.ark.status(task_id) for task_id in made.values()} == {
        None,
        "queued",
        "running",
        "succeeded",
        "cancelled",
    }


@pytest.mark.parametrize("state", ["succeeded", "queued"])
def test_by_name(client: Client, sim: Simulator, state: State) -> None:
    """Finished videos and queued tasks go where their state is named."""
    made = add_all(sim)
    plan = client.purge("ark", states=[state], older_than=timedelta(days=1))
    assert [task.ref.id for task in plan] == [made[state]]
    client.run(plan)
    assert sim.ark.status(made[state]) == (None if state == "succeeded" else "cancelled")


def test_finished_meanwhile(client: Client, sim: Simulator) -> None:
    """A task that a purge of failed ones saw, and that has a video when its turn comes, is kept."""
    task_id = sim.ark.add("failed", created_at=LONG_AGO)
    plan = client.purge("ark", older_than=timedelta(days=1))
    sim.ark.move(task_id, "succeeded")
    assert [outcome.name for outcome in client.run(plan)] == ["kept"]


@pytest.mark.parametrize("made", TIMES, ids=str)
def test_of_no_known_age(client: Client, sim: Simulator, made: object) -> None:
    """A time before 2020 does not say when a task was made: it is in no period and never old."""
    task_id = sim.ark.add("failed")
    shown = {"id": task_id, "status": "failed", "created_at": made, "updated_at": made}
    sim.ark.fail("list", *[Fault.says({"total": 1, "items": [shown]}, acted=False), None] * 4)
    [task] = client.listed("ark")
    assert (task.created_at, task.updated_at) == (None, None)
    assert len(client.purge("ark", older_than=timedelta(microseconds=1))) == 0
    distant = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    assert list(client.listed("ark", created_before=distant[1])) == []
    assert list(client.listed("ark", created_after=distant[0])) == []


def test_the_first_time(client: Client, sim: Simulator) -> None:
    """From 2020 on a time is believed."""
    sim.ark.add("failed", created_at=LONG_AGO)
    [task] = client.purge("ark", older_than=timedelta(days=1))
    assert task.created_at == datetime(2020, 1, 1, tzinfo=UTC)


# The command.


def test_the_command_by_default(sim: Simulator) -> None:
    """`purge --older-than` leaves finished videos, queued tasks, and those of no known age; it
    takes --missing-ok from scripts that always pass it."""
    made = add_all(sim)
    ageless = sim.ark.add("failed", created_at=0)
    done = run(sim, "purge", "ark", "--older-than", "1d", "--missing-ok", "--yes")
    assert done.returncode == 0
    gone = {made["failed"], made["expired"]}
    assert set(sim.ark.ids()) == {*made.values(), ageless} - gone
    assert "deleting 2 tasks\n" in done.stderr
    assert "video" not in done.stderr


def test_the_command_counts_videos(sim: Simulator) -> None:
    """How many finished videos would go is told by a dry run and, where nothing is asked, before it
    is done; other files that were made are told apart."""
    states = ("--state", "succeeded", "--state", "failed")
    for state in ("succeeded", "succeeded", "failed"):
        sim.ark.add(state)
    sim.ark.add("succeeded", content={"file_url": "https://example.com/1.glb"})
    done = run(sim, "purge", "ark", *states, "--dry-run")
    counted = "4 would be deleted (2 with a finished video, 1 with a finished file)\n"
    assert done.stderr == counted
    assert done.stdout.count("its video would be lost") == 2
    assert done.stdout.count("its file would be lost") == 1
    words = "4 tasks, 2 of them with a finished video, 1 of them with a finished file"
    done = run(sim, "purge", "ark", *states, "--yes")
    assert f"deleting {words}\n" in done.stderr
    assert sim.ark.ids() == ()


def test_gone_by_itself(sim: Simulator) -> None:
    """A task that goes by itself between listing and deleting is as wanted: status 0."""
    gone, _ = sim.ark.add("failed"), sim.ark.add("failed")
    with Terminal(sim, "purge", "ark", "--state", "failed") as terminal:
        terminal.read_until("can't be undone")
        sim.ark.remove(gone)
        terminal.press("y\n")
        status, text = terminal.end()
    assert "gone" in text
    assert status == 0
    assert sim.ark.ids() == ()
