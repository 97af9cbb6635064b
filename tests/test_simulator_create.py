"""Creating tasks on the simulated Ark, over plain HTTP and with the vendor's own SDKs."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from videotasks import Ark, Cancelled, Deleted, Tasks
from videotasks.simulator import Fault, Move, Simulator

ORDER: Final[dict[str, Any]] = {
    "model": "doubao-seedance-1-0-lite-t2v-250428",
    "content": [{"type": "text", "text": "a cat"}],
}

SDK: Final = Path(__file__).parent.parent / ".venv-sdk" / "bin" / "python"
"""What `make bench` installs; the tests do without."""

PROGRAM: Final = """
import importlib, sys
module, url, key, *known = sys.argv[1:]
tasks = importlib.import_module(module).Ark(api_key=key, base_url=url).content_generation.tasks
if known:
    task = tasks.get(task_id=known[0])
    print(getattr(task.status, "value", task.status), task.model, task.duration)
else:
    content = [{"type": "text", "text": "a cat"}]
    print(tasks.create(model="some-model", content=content, duration=10).id)
"""


def create(sim: Simulator, body: object = ORDER) -> httpx.Response:
    url = f"{sim.ark_url}/contents/generations/tasks"
    return httpx.post(url, json=body, headers={"Authorization": f"Bearer {sim.api_key}"})


def look(sim: Simulator, task_id: str) -> dict[str, Any]:
    url = f"{sim.ark_url}/contents/generations/tasks/{task_id}"
    answer: dict[str, Any] = httpx.get(
        url, headers={"Authorization": f"Bearer {sim.api_key}"}
    ).json()
    return answer


def test_created(sim: Simulator) -> None:
    """The answer is the id alone; the task is queued, and shows what was asked for."""
    before = int(time.time())
    answer = create(sim, ORDER | {"service_tier": "flex", "duration": 10, "seed": None, "new": 1})
    assert answer.status_code == 200
    assert answer.json().keys() == {"id"}
    shown = look(sim, answer.json()["id"])
    assert answer.json()["id"].startswith("cgt-")
    assert shown["status"] == "queued"
    assert before <= shown["created_at"] <= time.time()
    assert (shown["model"], shown["service_tier"]) == (ORDER["model"], "flex")
    assert shown["duration"] == 10
    assert not {"seed", "new"} & shown.keys()
    assert look(sim, create(sim).json()["id"])["service_tier"] == "default"


def test_it_moves_as_told(sim: Simulator) -> None:
    """A created task makes the moves that were set, each by its own reads; without any, none."""
    sim.ark.moves_of_created = [
        Move(to="running", after_reads=1),
        Move(to="succeeded", after_reads=2),
    ]
    first, second = create(sim).json()["id"], create(sim).json()["id"]
    states = [look(sim, first)["status"] for _ in range(4)]
    assert states == ["queued", "running", "running", "succeeded"]
    assert look(sim, first)["content"]["video_url"].endswith(f"{first}.mp4")
    assert look(sim, second)["status"] == "queued"
    sim.ark.moves_of_created = ()
    third = create(sim).json()["id"]
    assert {look(sim, third)["status"] for _ in range(4)} == {"queued"}


def test_made_and_ended(sim: Simulator) -> None:
    """A task that was created over HTTP is cancelled, and deleted, by this library."""
    first, second = create(sim).json()["id"], create(sim).json()["id"]
    sim.ark.move(second, "failed")
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url)) as tasks:
        assert isinstance(tasks.cancel(f"ark:{first}"), Cancelled)
        assert isinstance(tasks.delete(f"ark:{second}"), Deleted)


NOT_ORDERS: Final[list[Any]] = [
    [],
    {},
    {"model": "m"},
    ORDER | {"model": ""},
    ORDER | {"model": 1},
    ORDER | {"content": []},
    ORDER | {"content": "a cat"},
    ORDER | {"content": ["a cat"]},
    ORDER | {"content": [{"text": "a cat"}]},
]


@pytest.mark.parametrize("body", NOT_ORDERS)
def test_not_an_order(sim: Simulator, body: object) -> None:
    """Without a model and content, the request is refused by name, and no task is made."""
    answer = create(sim, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidParameter"
    assert sim.ark.ids() == ()


def test_endpoints(sim: Simulator) -> None:
    """A model `ep-…` is an endpoint: no answer shows it, and a key may be kept from it."""
    made = create(sim, ORDER | {"model": "ep-1"}).json()["id"]
    assert not look(sim, made)["model"].startswith("ep-")
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None)) as tasks:
        assert [task.ref.id for task in tasks.list("ark", endpoint="ep-1")] == [made]
        assert list(tasks.list("ark", endpoint="ep-2")) == []
    sim.ark.key_endpoints = frozenset({"ep-2"})
    assert create(sim, ORDER | {"model": "ep-1"}).status_code == 403
    assert create(sim, ORDER | {"model": "ep-2"}).status_code == 200


def test_as_any_operation(sim: Simulator) -> None:
    """Faults, limits, refusals and keys hold for creating as for the rest."""
    sim.ark.fail("create", Fault.lost(acted=True), Fault.error(500))
    with pytest.raises(httpx.TransportError):
        create(sim)
    assert create(sim).status_code == 500
    assert (len(sim.ark.ids()), sim.ark.count("create")) == (1, 2)
    sim.ark.refusals = {"create": (429, "QuotaExceeded", "Tomorrow.")}
    assert create(sim).json()["error"]["code"] == "QuotaExceeded"
    sim.ark.refusals = {}
    sim.ark.rate_limits = {"create": 0}
    assert create(sim).status_code == 429
    sim.ark.api_key = "another"
    assert create(sim).status_code == 401


def test_other_posts_are_loud() -> None:
    """POST to a task, which people tried as a way to cancel, is not modelled."""
    with Simulator(strict=False) as sim:
        task_id = sim.ark.add("queued")
        for path in (f"/{task_id}", f"/{task_id}/cancel", "/"):
            url = f"{sim.ark_url}/contents/generations/tasks{path}"
            answer = httpx.post(url, json=ORDER, headers={"Authorization": "Bearer sim-key"})
            assert answer.status_code == 404
        assert len(sim.unmodelled) == 3
        assert sim.ark.ids() == (task_id,)


@pytest.mark.skipif(not SDK.exists(), reason="the official SDK is not installed in .venv-sdk")
@pytest.mark.parametrize("module", ["volcenginesdkarkruntime", "arkruntime"])
def test_official_sdk(sim: Simulator, module: str) -> None:
    """What the vendor's SDK creates, this library ends, and the SDK sees it."""

    def program(*known: str) -> str:
        done = subprocess.run(
            [SDK, "-c", PROGRAM, module, sim.ark_url, sim.api_key, *known],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if f"No module named '{module}'" in done.stderr:
            pytest.skip(f"{module} is not installed in .venv-sdk")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    task_id = program()
    assert program(task_id) == "queued some-model 10"
    assert json.loads(sim.ark.requests[0].body)["content"] == ORDER["content"]
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url)) as tasks:
        assert isinstance(tasks.cancel(f"ark:{task_id}"), Cancelled)
        assert program(task_id) == "cancelled some-model 10"
        sim.ark.move(task_id, "succeeded")
        assert program(task_id) == "succeeded some-model 10"
        assert isinstance(tasks.delete(f"ark:{task_id}"), Deleted)
    assert sim.ark.ids() == ()
