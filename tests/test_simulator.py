"""The simulator's own promises, to those who test against it."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from videotasks import Ark, Tasks
from videotasks.simulator import Fault, Move, Simulator

from .conftest import Client


def test_moves_by_reads(client: Client, sim: Simulator) -> None:
    """A task moves on after so many reads, counted in each state anew."""
    moves = [Move(to="running", after_reads=2), Move(to="succeeded", after_reads=1)]
    ref = f"ark:{sim.ark.add('queued', moves=moves)}"
    states = [client.get(ref).state for _ in range(5)]
    assert states == ["queued", "queued", "running", "succeeded", "succeeded"]


def test_moves_by_time(sim: Simulator) -> None:
    """A task moves on after so many seconds of the simulator's clock, which can be pushed."""
    moves = [Move(to="running", after_seconds=10), Move(to="succeeded", after_seconds=60)]
    task_id = sim.ark.add("queued", moves=moves)
    assert sim.ark.status(task_id) == "queued"
    sim.advance(10)
    assert sim.ark.status(task_id) == "running"
    sim.advance(60)
    assert sim.ark.status(task_id) == "succeeded"


def test_moves_by_hand(sim: Simulator) -> None:
    """A task can be put into any state."""
    task_id = sim.tensorslab.add("pending")
    sim.tensorslab.move(task_id, "completed")
    assert sim.tensorslab.status(task_id) == "completed"


@pytest.mark.parametrize("of_cancelled", ["409", "404", "deleted"])
def test_delete_of_a_cancelled_task(sim: Simulator, of_cancelled: str) -> None:
    """What DELETE does to a cancelled task is a switch, since nobody documents it."""
    sim.ark.delete_of_cancelled = of_cancelled  # type: ignore[assignment]  # parametrized
    task_id = sim.ark.add("cancelled")
    url = f"{sim.ark_url}/contents/generations/tasks/{task_id}"
    answer = httpx.delete(url, headers={"Authorization": f"Bearer {sim.api_key}"})
    assert answer.status_code == {"409": 409, "404": 404, "deleted": 200}[of_cancelled]
    assert sim.ark.status(task_id) == (None if of_cancelled == "deleted" else "cancelled")


def test_rate_limit(sim: Simulator) -> None:
    """Beyond its limit in one second an operation is answered with 429, and then it recovers."""
    sim.ark.rate_limits = {"get": 3}
    url = f"{sim.ark_url}/contents/generations/tasks/{sim.ark.add('queued')}"
    headers = {"Authorization": f"Bearer {sim.api_key}"}
    began = time.monotonic()
    with httpx.Client(headers=headers) as client:
        seen = [client.get(url).status_code for _ in range(9)]
    # Three for each second that has passed, and for those that began and ended meanwhile.
    assert 3 <= seen.count(200) <= 3 * (int(time.monotonic() - began) + 2)
    assert seen.count(429) == 9 - seen.count(200)
    sim.advance(1)
    assert httpx.get(url, headers=headers).status_code == 200


def test_pages(sim: Simulator) -> None:
    """The list has numbered pages and hides flex tasks unless they are asked for."""
    ids = [sim.ark.add("failed") for _ in range(5)]
    flex = sim.ark.add("failed", service_tier="flex")
    headers = {"Authorization": f"Bearer {sim.api_key}"}
    url = f"{sim.ark_url}/contents/generations/tasks"

    def page(**query: object) -> list[str]:
        params = {key.replace("filter_", "filter."): str(value) for key, value in query.items()}
        answer = httpx.get(url, params=params, headers=headers)
        return [item["id"] for item in answer.json()["items"]]

    assert page() == ids[::-1]
    assert page(page_size=2, page_num=3) == ids[:1]
    assert page(filter_service_tier="flex") == [flex]
    assert page(filter_task_ids=ids[2]) == [ids[2]]
    assert page(filter_status="running") == []
    assert httpx.get(url, params={"page_num": "x"}, headers=headers).status_code == 400


def test_unmodelled_requests_are_loud() -> None:
    """A request that is not modelled is refused, and fails the `with` statement by name."""
    with pytest.raises(RuntimeError, match="PUT /elsewhere"), Simulator() as simulator:
        assert httpx.put(f"{simulator.url}/elsewhere").status_code == 501
    with Simulator(strict=False) as simulator:
        httpx.delete(f"{simulator.ark_url}/contents/generations/tasks/")
        assert simulator.unmodelled == ["DELETE /api/v3/contents/generations/tasks/"]


def test_port_taken(sim: Simulator) -> None:
    """A port that is taken is an OSError, not a server that never answers."""
    port = int(sim.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Simulator(port=port).start()


def test_latency_from_the_start() -> None:
    """Latency given at the start holds from the first answer."""
    with Simulator(latency=0.05) as simulator:
        began = time.monotonic()
        with Tasks(Ark(simulator.api_key, base_url=simulator.ark_url)) as tasks:
            tasks.cancel("ark:nobody")
        assert time.monotonic() - began >= 0.05


def test_inside_a_running_loop() -> None:
    """The simulator may be used within an async program: it has a thread of its own."""

    async def main() -> int:
        with Simulator() as simulator:
            async with httpx.AsyncClient() as http:
                answer = await http.get(f"{simulator.ark_url}/contents/generations/tasks/1")
                return answer.status_code

    assert asyncio.run(main()) == 401


def test_faults_in_turn(client: Client, sim: Simulator) -> None:
    """Faults come in the order they were planned; None lets a request through."""
    ref = f"ark:{sim.ark.add('queued')}"
    sim.ark.fail("get", None, Fault.error(404, {"error": {"code": "NotFound.ID"}}))
    assert client.get(ref).state == "queued"
    assert client.delete(ref).name == "gone"
    assert client.get(ref).state == "queued"
