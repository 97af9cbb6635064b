"""`AsyncTasks` and event loops: one client belongs to the one that it is first used in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from videotasks import Ark, AsyncTasks, Closed, TensorsLab
from videotasks.simulator import Simulator

from .conftest import AT_ONCE
from .holding import PATIENCE, Holding

REFS = ["ark:a", "tensorslab:b"]


async def listed(tasks: AsyncTasks) -> list[object]:
    return [task async for task in tasks.list("ark")]


async def previewed(tasks: AsyncTasks) -> list[object]:
    return [preview async for preview in tasks.preview("delete", REFS)]


async def deleted(tasks: AsyncTasks) -> list[object]:
    return [outcome async for outcome in tasks.delete_many(REFS)]


async def waited(tasks: AsyncTasks) -> list[object]:
    return [result async for result in tasks.wait_many(REFS)]


USES: dict[str, Callable[[AsyncTasks], Coroutine[Any, Any, Any]]] = {
    "get": lambda tasks: tasks.get("ark:a"),
    "cancel": lambda tasks: tasks.cancel("ark:a"),
    "delete": lambda tasks: tasks.delete("ark:a"),
    "delete_many": deleted,
    "list": listed,
    "preview": previewed,
    "wait": lambda tasks: tasks.wait("ark:a"),
    "wait_many": waited,
    "purge": lambda tasks: tasks.purge("ark", states=["failed"]),
}


@pytest.mark.parametrize("use", USES)
def test_a_second_loop(sim: Simulator, use: str) -> None:
    """In a second event loop a client raises `Closed` before anything is sent; closing it there
    leaves its connections to the first."""
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits=None)
    tasks = AsyncTasks(ark, TensorsLab(sim.api_key, base_url=sim.tensorslab_url), retry=AT_ONCE)

    with asyncio.Runner() as first:
        assert len(first.run(deleted(tasks))) == 2  # which leaves connections to both
        sent = len(sim.ark.requests), len(sim.tensorslab.requests)
        with pytest.raises(Closed, match="another event loop"):
            asyncio.run(USES[use](tasks))
        assert (len(sim.ark.requests), len(sim.tensorslab.requests)) == sent
        asyncio.run(tasks.close())
        first.run(tasks.close())


def test_made_outside_of_a_loop(sim: Simulator) -> None:
    """It may be made before there is a loop, and its loop may run several times."""
    tasks = AsyncTasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE)
    refs = [f"ark:{sim.ark.add('queued')}" for _ in range(2)]
    with asyncio.Runner() as runner:
        assert [runner.run(tasks.cancel(ref)).name for ref in refs] == ["cancelled"] * 2
        runner.run(tasks.close())


def test_a_second_loop_beside_the_first(holding: Holding) -> None:
    """A loop in another thread neither hangs on a run of the first one nor disturbs it."""

    async def main() -> list[str]:
        async with AsyncTasks(holding.ark, retry=AT_ONCE) as tasks:
            outcomes = tasks.delete_many([f"ark:{number}" for number in range(4)])
            first = asyncio.ensure_future(anext(outcomes))
            for _ in range(4):
                assert await asyncio.to_thread(holding.arrived.acquire, timeout=PATIENCE)

            async def elsewhere() -> None:
                for use in (anext(outcomes), tasks.get("ark:1")):
                    with pytest.raises(Closed, match="another event loop"):
                        await use

            await asyncio.to_thread(asyncio.run, elsewhere())
            holding.release.set()
            return [(await first).name, *[outcome.name async for outcome in outcomes]]

    assert asyncio.run(main()) == ["deleted"] * 4
