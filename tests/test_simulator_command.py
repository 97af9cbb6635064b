"""`videotasks simulator --tasks`: tasks as one finds them after a week."""

from __future__ import annotations

import signal
from collections import Counter

import httpx
import pytest

from videotasks import PROVIDER_NAMES, Ark, Tasks
from videotasks._cli._simulator import aged, fill
from videotasks.simulator import Simulator

from .command import next_line, run, start


def test_tasks() -> None:
    """So many tasks are there on all providers; each line has the oldest, and how many more."""
    with start(None, "simulator", "--tasks", "60") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [next_line(process.stdout) for _ in range(2 * len(PROVIDER_NAMES))]
        exports = dict(line.removeprefix("export ").strip().split("=") for line in lines)
        rows: list[list[str]] = []
        while sum(int(row[2].split()[1]) + 1 for row in rows) < 60:
            line = next_line(process.stderr)
            rows += [line.rstrip("\n").split("\t")] if "\t" in line else []
        ark = Ark(exports["ARK_API_KEY"], base_url=exports["ARK_BASE_URL"])
        with Tasks(ark) as tasks:
            found = Counter(task.state for task in tasks.list("ark"))
            for ref, state, _ in rows:
                if ref.startswith("ark:"):
                    assert tasks.get(ref).state == state
        made = httpx.post(
            f"{exports['ARK_BASE_URL']}/contents/generations/tasks",
            headers={"Authorization": f"Bearer {exports['ARK_API_KEY']}"},
            json={"model": "m", "content": [{"type": "text", "text": "a cat"}]},
        )
        process.send_signal(signal.SIGINT)
        more, errors = process.communicate(timeout=30)
    assert made.status_code == 200
    assert (more, errors, process.returncode) == ("", "", 0)
    assert {row[0].partition(":")[0] for row in rows} == set(PROVIDER_NAMES)
    said = {row[1]: int(row[2].split()[1]) + 1 for row in rows if row[0].startswith("ark:")}
    assert said == found
    assert abs(sum(found.values()) - 60 / len(PROVIDER_NAMES)) < 1


def test_no_tasks() -> None:
    """With `--tasks 0` there are none, and that is said."""
    with start(None, "simulator", "--tasks", "0") as process:
        assert process.stderr is not None
        while "No tasks yet." not in next_line(process.stderr):
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_too_many() -> None:
    """A number that nobody can mean is a usage error."""
    assert run(None, "simulator", "--tasks", "-1").returncode == 2


@pytest.mark.parametrize("count", [1, 7, 60, 500])
def test_mix(sim: Simulator, count: int) -> None:
    """Exactly so many are made, oldest first, none older than its provider would show it, with the
    states in the proportions that are usual, and on Ark in both tiers."""
    fill(sim, count)
    ids = [len(provider.ids()) for provider in sim.providers.values()]
    assert sum(ids) == count
    assert max(ids) - min(ids) <= 1
    for provider in sim.providers.values():
        ages = aged(provider.states, 250)
        assert [hours for hours, _ in ages] == sorted((hours for hours, _ in ages), reverse=True)
        assert {state for _, state in ages} == set(provider.states)
        assert all(0 < hours < (24 if state == "cancelled" else 168) for hours, state in ages)
    if count == 500:
        with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None)) as tasks:
            listed = list(tasks.list("ark"))
        assert len(listed) == len(sim.ark.ids()) > 100
        assert {task.service_tier for task in listed} == {"default", "flex"}
        newest_first = [task.created_at for task in listed if task.service_tier == "default"]
        assert newest_first == sorted(newest_first, key=str, reverse=True)
        assert Counter(task.state for task in listed).most_common(1)[0][0] == "succeeded"
