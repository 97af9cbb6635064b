"""`preview`: what would be done to each task and why, as data, with nothing done."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from videotasks import (
    Ark,
    AsyncTasks,
    AuthenticationError,
    Cancelled,
    Closed,
    ConfigurationError,
    Failed,
    Gone,
    InvalidRef,
    Kept,
    MissingKey,
    Preview,
    Retry,
    Tasks,
    TensorsLab,
    Unsupported,
    Verb,
)
from videotasks.simulator import Fault, NewState, Simulator

from .conftest import AT_ONCE, Client, Connect, Mode
from .raw import PATIENCE, Connection, RawServer

WOULD: dict[Verb, dict[str, tuple[str, str, type | None]]] = {
    "cancel": {
        "queued": ("cancel", "it is queued", None),
        "running": ("keep", "it is running, and a running task can't be cancelled", Kept),
        "succeeded": (
            "keep",
            "it has finished; cancelling never deletes, so its video is kept",
            Kept,
        ),
        "cancelled": ("keep", "was cancelled before", Cancelled),
    },
    "delete": {
        "queued": ("cancel", "it is queued", None),
        "succeeded": ("delete", "it has finished; its video would be lost", None),
        "expired": ("delete", "it has expired", None),
        "cancelled": ("keep", "was cancelled before", Cancelled),
    },
}


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_each_state(client: Client, sim: Simulator, verb: Verb) -> None:
    """Each task has one preview, in the order given, with what would be done, why, and the outcome
    where nothing would; no deletion is sent."""
    states = {f"ark:{sim.ark.add(NewState(state))}": state for state in WOULD[verb]}
    previews = list(client.preview(verb, states))
    assert [str(one.ref) for one in previews] == list(states)
    for one in previews:
        action, reason, outcome = WOULD[verb][states[str(one.ref)]]
        assert (one.action, one.reason) == (action, reason)
        assert type(one.outcome) is (outcome or type(None))
        assert one.task == client.get(one.ref)
    assert sim.ark.count("delete") == 0


def test_says_what_the_verb_does(client: Client, sim: Simulator) -> None:
    """Acting does what the preview said, in every state of both providers."""
    refs = [f"ark:{sim.ark.add(state)}" for state in sim.ark.states]
    refs += [f"tensorslab:{sim.tensorslab.add(state)}" for state in sim.tensorslab.states]
    previews = {one.ref: one for one in client.preview("delete", [*refs, "ark:nobody"])}
    for outcome in client.many("delete", previews):
        preview = previews[outcome.ref]
        if preview.outcome is None:
            assert outcome.name == {"cancel": "cancelled", "delete": "deleted"}[preview.action]
        else:
            assert outcome.explanation == preview.reason
            assert outcome.to_dict() | {"request_id": None} == preview.outcome.to_dict() | {
                "request_id": None
            }


def test_unfinished(connect: Connect, sim: Simulator) -> None:
    """A setting of the provider counts, and what is said of a task that goes is true of it."""
    ref = f"tensorslab:{sim.tensorslab.add('pending')}"
    [kept] = connect().preview("delete", [ref])
    [goes] = connect(tensorslab={"delete_unfinished": True}).preview("delete", [ref])
    assert (kept.action, goes.action, goes.reason) == ("keep", "delete", "it is queued")


def test_what_is_lost(client: Client, sim: Simulator) -> None:
    """`loses` is what would go with a record: a video, another file, or nothing."""
    video, queued = sim.ark.add("succeeded"), sim.ark.add("queued")
    file = sim.ark.add("succeeded", content={"file_url": "https://example.com/1.glb"})
    failed = sim.ark.add("failed", error={"code": "Odd", "message": "word " * 50})
    refs = [f"ark:{task_id}" for task_id in (video, file, failed, queued)]
    previews = list(client.preview("delete", refs))
    assert [one.loses for one in previews] == ["video", "file", None, None]
    assert previews[1].reason == "it has finished; its file would be lost"
    assert previews[2].reason.startswith("it has failed (Odd: word word")
    assert len(previews[2].reason) < 100
    assert [one.loses for one in client.preview("cancel", refs)] == [None] * 4


@pytest.mark.parametrize("missing_ok", [False, True])
def test_what_stands_in_the_way(client: Client, sim: Simulator, missing_ok: bool) -> None:
    """Nothing is raised for one ref: a mistake, a missing task or an error is its outcome."""
    sim.ark.fail("get", None, Fault.error(403, {"error": {"code": "X", "message": "no"}}))
    task_id = sim.ark.add("failed")
    refs: list[Any] = ["ark:nobody", f"ark:{task_id}", "nonsense", 5, "tensorslab:a"]
    previews = list(client.preview("cancel", refs, missing_ok=missing_ok, concurrency=1))
    assert [str(one.ref) for one in previews] == [str(ref) for ref in refs]
    assert all((one.action, one.task) == ("nothing", None) for one in previews)
    gone, *failed = [one.outcome for one in previews]
    assert isinstance(gone, Gone)
    assert gone.ok == missing_ok
    errors = [outcome.error for outcome in failed if isinstance(outcome, Failed)]
    kinds = [AuthenticationError, InvalidRef, InvalidRef, Unsupported]
    assert [type(error) for error in errors] == kinds
    assert [one.reason for one in previews[1:]] == [str(error) for error in errors]


def test_missing_key(sim: Simulator, mode: Mode) -> None:
    """A ref of a provider without a key has that as its outcome, in words that fit all callers."""
    client = Client(mode, Ark(sim.api_key, base_url=sim.ark_url))
    [preview] = client.preview("delete", ["tensorslab:a"])
    assert isinstance(preview.outcome, Failed)
    assert isinstance(preview.outcome.error, MissingKey)
    assert preview.reason.startswith("no API key for TensorsLab: set TENSORSLAB_API_KEY, or in ")
    client.close()


def test_refused_key(sim: Simulator, mode: Mode) -> None:
    """After a refused key nothing more is asked of that provider: the others' looks go on."""
    providers = (
        Ark("wrong", base_url=sim.ark_url, limits=None),
        TensorsLab(sim.api_key, base_url=sim.tensorslab_url),
    )
    client = Client(mode, *providers)
    other = f"tensorslab:{sim.tensorslab.add('completed')}"
    refs = [*(f"ark:{number}" for number in range(100)), other]
    previews = list(client.preview("delete", refs, concurrency=4))
    client.close()
    assert [str(one.ref) for one in previews] == refs
    assert len(sim.ark.requests) <= 4
    for one in previews[:-1]:
        assert isinstance(one.outcome, Failed)
        assert isinstance(one.outcome.error, AuthenticationError)
        assert one.outcome.error.ref == one.ref
    assert previews[-1].action == "delete"


def test_tasks_are_not_asked_about(client: Client, sim: Simulator) -> None:
    """A task in place of a ref is taken as it was seen, with nothing sent."""
    task_id = sim.ark.add("queued")
    task = client.get(f"ark:{task_id}")
    sim.ark.move(task_id, "running")
    before = len(sim.ark.requests)
    [preview] = client.preview("delete", [task])
    assert (preview.task, preview.action) == (task, "cancel")
    assert len(sim.ark.requests) == before


def test_plain_data(client: Client, sim: Simulator) -> None:
    """`to_dict` is fit for JSON: the outcome in it is a whole record, or null."""
    refs = [f"ark:{sim.ark.add('succeeded')}", "ark:nobody"]
    goes, gone = client.preview("delete", refs)
    assert goes.task is not None
    assert gone.outcome is not None
    assert json.loads(json.dumps([goes.to_dict(), gone.to_dict()])) == [
        {
            "ref": refs[0],
            "action": "delete",
            "reason": goes.reason,
            "loses": "video",
            "outcome": None,
            "task": goes.task.to_dict(),
        },
        {
            "ref": refs[1],
            "action": "nothing",
            "reason": gone.reason,
            "loses": None,
            "outcome": gone.outcome.to_dict(),
            "task": None,
        },
    ]


def test_lazy(client: Client, sim: Simulator) -> None:
    """Refs are read as previews are taken, `concurrency` ahead at the most; endless ones do."""
    read: list[str] = []

    def refs() -> Iterator[str]:
        while True:
            read.append(f"ark:{sim.ark.add('failed')}")
            yield read[-1]

    previews = client.preview("delete", refs(), concurrency=3)
    assert read == []
    taken = [next(previews) for _ in range(5)]
    assert [str(one.ref) for one in taken] == read[:5]
    assert len(read) <= 5 + 3


def test_some_at_once(client: Client, sim: Simulator) -> None:
    """Looks are on their way together, no more than `concurrency` of them, and stay in order."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(12)]
    sim.latency = 0.05
    previews = list(client.preview("delete", refs, concurrency=3))
    sim.latency = 0.0
    assert [str(one.ref) for one in previews] == refs
    assert sim.most_at_once == 3


@pytest.mark.parametrize(
    ("verb", "refs", "options", "error"),
    [
        ("purge", [], {}, ConfigurationError),
        ("delete", "ark:1", {}, InvalidRef),
        ("delete", [], {"concurrency": 0}, ConfigurationError),
        ("delete", [], {"missing_ok": 1}, ConfigurationError),
        ("delete", [], {"timeout": 0}, ConfigurationError),
    ],
    ids=["verb", "one ref", "concurrency", "missing_ok", "timeout"],
)
def test_wrong_arguments(
    sim: Simulator, mode: Mode, verb: Any, refs: Any, options: dict[str, Any], error: type
) -> None:
    """A wrong argument is refused at the call, before anything is iterated."""
    ark = Ark(sim.api_key, base_url=sim.ark_url)
    tasks = Tasks(ark) if mode == "sync" else AsyncTasks(ark)
    with pytest.raises(error):
        tasks.preview(verb, refs, **options)
    assert sim.ark.requests == ()


def test_closed(sim: Simulator) -> None:
    """A closed client previews nothing more: it raises `Closed`, at the call or where it was."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(4)]
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url)) as tasks:
        previews = tasks.preview("delete", refs, concurrency=1)
        assert next(previews).action == "delete"
    with pytest.raises(Closed):
        list(previews)
    with pytest.raises(Closed):
        tasks.preview("delete", refs)
    assert len(sim.ark.requests) <= 2


def test_closed_async(sim: Simulator) -> None:
    """The same in asyncio, where looks on their way are dropped."""

    async def work() -> None:
        tasks = AsyncTasks(Ark(sim.api_key, base_url=sim.ark_url), retry=AT_ONCE)
        previews = tasks.preview("delete", (f"ark:{number}" for number in range(9)), concurrency=2)
        assert (await anext(previews)).action == "nothing"
        await tasks.close()
        with pytest.raises(Closed):
            _ = [one async for one in previews]
        with pytest.raises(Closed):
            tasks.preview("delete", [])

    asyncio.run(work())
    assert len(sim.ark.requests) <= 3


def test_closed_while_looking(mode: Mode) -> None:
    """One that waits for a look ends with `Closed` soon after its client is closed, not only when
    the answer comes."""
    asked, release = threading.Semaphore(0), threading.Event()

    def script(connection: Connection) -> None:
        connection.read()
        asked.release()
        release.wait(PATIENCE)

    def all_asked() -> bool:
        return all(asked.acquire(timeout=PATIENCE) for _ in refs)

    refs = [f"ark:{number}" for number in range(8)]

    async def work(url: str) -> None:
        tasks = AsyncTasks(Ark("key", base_url=url, limits=None), timeout=3600)
        waiting = asyncio.ensure_future(anext(tasks.preview("delete", refs)))
        assert await asyncio.to_thread(all_asked)
        await tasks.close()
        async with asyncio.timeout(PATIENCE):
            await waiting

    with RawServer(script) as server, ThreadPoolExecutor(1) as thread:
        if mode == "async":
            with pytest.raises(Closed):
                asyncio.run(work(server.url))
        else:
            tasks = Tasks(Ark("key", base_url=server.url, limits=None), timeout=3600)
            waiting = thread.submit(next, tasks.preview("delete", refs))
            assert all_asked()
            tasks.close()
            with pytest.raises(Closed):
                waiting.result(PATIENCE / 2)
        release.set()


def test_async_input(sim: Simulator) -> None:
    """In asyncio the input may be async, as that of bulk work."""

    async def refs() -> AsyncIterator[str]:
        for number in range(20):
            yield f"ark:{number}"

    async def work() -> list[Preview]:
        async with AsyncTasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None)) as tasks:
            return [one async for one in tasks.preview("cancel", refs())]

    assert [one.ref.id for one in asyncio.run(work())] == [str(number) for number in range(20)]


def test_left_early(sim: Simulator) -> None:
    """One that is left early asks for no more, and its threads end."""
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits=None)
    with Tasks(ark, retry=AT_ONCE) as tasks:
        for _ in tasks.preview("delete", (f"ark:{number}" for number in range(1000))):
            break
    for thread in threading.enumerate():
        if thread.name.startswith("videotasks_"):
            thread.join(30)
            assert not thread.is_alive()
    assert len(sim.ark.requests) <= 9


def test_nothing_waits_for_looks_nobody_wants(sim: Simulator) -> None:
    """Nor is there a thread that a program would wait for at its end, for an answer that does not
    come."""
    sim.ark.fail("get", Fault.silent(acted=False), times=20)
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits=None)
    with Tasks(ark, retry=Retry(attempts=1), timeout=0.3) as tasks:
        for preview in tasks.preview("delete", [f"ark:{number}" for number in range(20)]):
            assert preview.action == "nothing"
            break
        looking = [one for one in threading.enumerate() if one.name == "videotasks_look"]
        assert all(thread.daemon for thread in looking)
    for thread in looking:
        if thread.ident is not None:  # or it is about to begin, and finds its client closed
            thread.join(30)
        assert not thread.is_alive()
