"""Many refs at once: each gets exactly one outcome, whatever happens on the way."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from attrs import evolve

from videotasks import Ark, AsyncTasks, ConfigurationError, Failed, InvalidRef, Tasks, TensorsLab
from videotasks._rules.adapter import Adapter, Effect
from videotasks._rules.steps import Call
from videotasks.simulator import Fault, Simulator

from .conftest import AT_ONCE, Client, Mode


def test_mixed_providers(client: Client, sim: Simulator) -> None:
    """Refs of both providers, mistakes among them, each get one outcome of their own."""
    ark = [f"ark:{sim.ark.add('succeeded')}" for _ in range(30)]
    tensorslab = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(30)]
    mistakes = ["ark:", "foo:1", "nothing", "ark:a b"]
    refs = [ref for group in zip(ark, tensorslab, strict=True) for ref in group] + mistakes
    outcomes = client.many("delete", refs)
    assert Counter(str(outcome.ref) for outcome in outcomes) == Counter(refs)
    assert Counter(outcome.name for outcome in outcomes) == {"deleted": 60, "failed": 4}
    assert sim.ark.ids() == sim.tensorslab.ids() == ()


def test_nothing_to_do(client: Client, sim: Simulator) -> None:
    """No refs, no outcomes."""
    assert client.many("delete", []) == []
    assert sim.ark.requests == ()


def test_repeated_refs(client: Client, sim: Simulator) -> None:
    """A ref that comes again gets an outcome each time, and its task at most one DELETE."""
    ref = f"ark:{sim.ark.add('succeeded')}"
    outcomes = client.many("delete", [ref] * 7)
    assert [str(outcome.ref) for outcome in outcomes] == [ref] * 7
    assert {outcome.name for outcome in outcomes} <= {"deleted", "gone"}
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize("concurrency", [1, 3])
def test_bounded(client: Client, sim: Simulator, concurrency: int) -> None:
    """No more requests are under way at once than were allowed."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(20)]
    sim.latency = 0.005
    try:
        client.many("delete", refs, concurrency=concurrency)
    finally:
        sim.latency = 0.0
    assert 1 <= sim.most_at_once <= concurrency


@pytest.mark.parametrize("concurrency", [0, 2.5, "3", True])
def test_bad_concurrency(client: Client, concurrency: object) -> None:
    """A concurrency that is no whole number, or below 1, is refused."""
    with pytest.raises(ConfigurationError, match="concurrency"):
        client.many("delete", [], concurrency=concurrency)


def test_tasks_for_refs(client: Client, sim: Simulator) -> None:
    """A task in place of its ref fails, with nothing sent, and says what to give."""
    task = client.get(f"ark:{sim.ark.add('failed')}")
    wrong: Any = [task]
    [outcome] = client.many("delete", wrong)
    assert isinstance(outcome, Failed)
    assert "give its ref" in str(outcome.error)
    assert sim.ark.count("delete") == 0


def test_input_that_waits(sim: Simulator) -> None:
    """In threads, work goes on while the input keeps its reader waiting."""
    ark = [f"ark:{sim.ark.add('succeeded')}" for _ in range(3)]
    tensorslab = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(3)]

    def refs() -> Iterator[str]:
        yield from ark
        yield from tensorslab
        while sim.ark.ids() or sim.tensorslab.ids():
            os.sched_yield()
        yield f"ark:{sim.ark.add('succeeded')}"

    with Tasks(
        Ark(sim.api_key, base_url=sim.ark_url, limits=None),
        TensorsLab(sim.api_key, base_url=sim.tensorslab_url),
    ) as tasks:
        outcomes = list(tasks.delete_many(refs()))
    assert [outcome.name for outcome in outcomes] == ["deleted"] * 7
    assert sim.ark.count("get") == 4


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_one_ref_by_mistake(client: Client, sim: Simulator, verb: str) -> None:
    """Text in the place of many refs is not taken for its characters."""
    with pytest.raises(InvalidRef, match="not one"):
        client.many(verb, "ark:cgt-1")
    assert sim.ark.requests == ()


def test_a_provider_that_was_not_set_up(sim: Simulator) -> None:
    """A ref of a provider without a key is its own Failed; the others go on."""
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE) as tasks:
        refs = ["tensorslab:1", f"ark:{sim.ark.add('failed')}"]
        outcomes = {str(outcome.ref): outcome for outcome in tasks.delete_many(refs)}
    assert [outcomes[ref].name for ref in refs] == ["failed", "deleted"]
    [failed] = [outcome for outcome in outcomes.values() if isinstance(outcome, Failed)]
    assert "TENSORSLAB_API_KEY" in str(failed.error)


def test_trouble_of_one_does_not_stop_the_others(client: Client, sim: Simulator) -> None:
    """Lost answers, refusals and conflicts stay with their own refs."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(20)]
    refs += [f"ark:{sim.ark.add('running')}", "ark:nobody"]
    sim.ark.fail("delete", Fault.lost(acted=True), Fault.lost(acted=False), Fault.error(503))
    outcomes = client.many("delete", refs)
    assert Counter(outcome.name for outcome in outcomes) == {"deleted": 20, "kept": 1, "gone": 1}


def test_input_is_read_as_work_goes_on(sim: Simulator) -> None:
    """Refs are read as they are needed, so that an endless input can be stopped."""
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield f"ark:{sim.ark.add('succeeded')}"

    with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE) as tasks:
        with tasks.delete_many(endless(), concurrency=4) as outcomes:
            seen = [next(outcomes) for _ in range(10)]
        assert read < 30
        assert len(seen) + len(outcomes.rest) == read
        accounted = {str(outcome.ref) for outcome in (*seen, *outcomes.rest)}
        assert len(accounted) == read
    for outcome in (*seen, *outcomes.rest):
        left = sim.ark.status(outcome.ref.id)
        assert (outcome.name, left) in {("deleted", None), ("unsent", "succeeded")}


def test_input_is_read_as_work_goes_on_async(sim: Simulator) -> None:
    """The same for asyncio, with an async input."""
    read = 0

    async def endless() -> AsyncIterator[str]:
        nonlocal read
        while True:
            read += 1
            yield f"ark:{sim.ark.add('succeeded')}"

    async def main() -> None:
        async with AsyncTasks(
            Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE
        ) as tasks:
            async with tasks.delete_many(endless(), concurrency=4) as outcomes:
                seen = [await anext(outcomes) for _ in range(10)]
            assert read < 30
            accounted = {str(outcome.ref) for outcome in (*seen, *outcomes.rest)}
            assert len(accounted) == len(seen) + len(outcomes.rest) == read
            for outcome in (*seen, *outcomes.rest):
                left = sim.ark.status(outcome.ref.id)
                assert (outcome.name, left) in {("deleted", None), ("unsent", "succeeded")}

    asyncio.run(main())


def test_input_that_breaks(client: Client, sim: Simulator) -> None:
    """What was read before the input broke is finished; then the input's own error is raised."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(3)]

    def broken() -> Iterator[str]:
        yield from refs
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        client.many("delete", broken())
    assert sim.ark.ids() == ()


def test_closed_before_the_start(sim: Simulator) -> None:
    """Closing before the first outcome reads and sends nothing."""
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE) as tasks:
        outcomes = tasks.delete_many(iter(["ark:1"]))
        outcomes.close()
        assert outcomes.rest == ()
        assert list(outcomes) == []
    assert sim.ark.requests == ()


def test_closed_client_in_bulk(sim: Simulator) -> None:
    """A client closed by somebody else ends the work with an outcome for each ref read."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(20)]
    tasks = Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE)
    outcomes = tasks.delete_many(refs, concurrency=2)
    first = next(outcomes)
    tasks.close()
    both = [first, *outcomes]
    assert Counter(str(outcome.ref) for outcome in both) == Counter(refs[: len(both)])
    for outcome in both:
        left = sim.ark.status(outcome.ref.id)
        assert (outcome.name, left) in {("deleted", None), ("unsent", "succeeded")}


class Faulty(Ark):
    """Ark, with a mistake in what makes its deletions."""

    @property
    def adapter(self) -> Adapter:
        def act_call(*_: object) -> Call[Effect | None]:
            raise LookupError("a mistake")

        return evolve(super().adapter, act_call=act_call)


def test_a_mistake_of_ours(sim: Simulator, mode: Mode) -> None:
    """An error within a deletion is that task's Unknown, since it may have been sent by then; the
    other outcomes come all the same."""
    client = Client(mode, Faulty(sim.api_key, base_url=sim.ark_url, limits=None))
    refs = [f"ark:{sim.ark.add(state)}" for state in ("failed", "running")]
    outcomes = {str(outcome.ref): outcome for outcome in client.many("delete", refs)}
    client.close()
    assert [outcomes[ref].name for ref in refs] == ["unknown", "kept"]
    assert "please report it" in str(outcomes[refs[0]])
