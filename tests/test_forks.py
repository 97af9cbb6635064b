"""Clients in forked processes, and in pickles: no two processes share a connection or a lock."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from videotasks import Ark, AsyncTasks, Tasks, TensorsLab
from videotasks.simulator import Simulator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")

PATIENCE = 60.0

BEGINNING = """
import asyncio, gc, json, multiprocessing, os, signal, sys, threading
from videotasks import Ark, AsyncTasks, Closed, Retry, Tasks, TensorsLab
from videotasks_ark.api.tasks import get_task

url, tensorslab_url, *ids = sys.argv[1:]
signal.alarm(50)  # rather than hang; a child keeps none of it
ark = Ark("sim-key", base_url=url, limits={"get": 5000, "delete": 5000})
tasks = Tasks(ark, TensorsLab("sim-key", base_url=tensorslab_url), retry=Retry(backoff=0))


def in_child(work):
    # What `work` returns in a forked process, as JSON through a pipe; `take()` gives it.
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            said = json.dumps(work())
        except BaseException as error:
            said = json.dumps(f"{type(error).__name__}: {error}")
        os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)

    def take():
        with os.fdopen(ours) as pipe:
            said = pipe.read()
        os.waitpid(pid, 0)
        return json.loads(said) if said else "nothing"

    return take


def sockets():
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            pass
    return sum(name.startswith("socket:") for name in found)

"""


def run(sim: Simulator, program: str, ids: list[str]) -> Any:
    """Run a program that prints a line of JSON. It forks there, since this process has threads."""
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + program, sim.ark_url, sim.tensorslab_url, *ids],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


BOTH_AT_ONCE = """
found = []
tasks.get(f"ark:{ids[0]}")  # a connection that both would use
for mine, others in zip(ids[::2], ids[1::2]):
    take = in_child(lambda: tasks.cancel(f"ark:{others}").name)
    found.append([mine, tasks.cancel(f"ark:{mine}").name])
    found.append([others, take()])
print(json.dumps(found))
"""


def test_parent_and_child_at_once(sim: Simulator) -> None:
    """A client that was used goes on in parent and child at once, each with its own answers."""
    ids = [sim.ark.add(state) for _ in range(15) for state in ("queued", "succeeded")]
    ids += [sim.ark.add(state) for _ in range(15) for state in ("succeeded", "queued")]
    states = {task_id: sim.ark.status(task_id) for task_id in ids}
    found = dict(run(sim, BOTH_AT_ONCE, ids))
    expected = {"queued": "cancelled", "succeeded": "kept"}
    assert found == {task_id: expected[str(states[task_id])] for task_id in ids}
    for task_id in ids:
        left = sim.ark.status(task_id)
        assert left == ("cancelled" if states[task_id] == "queued" else "succeeded")


BUSY = """
stop = False
tasks.get(f"ark:{ids[0]}")  # what is imported late is; a lock of Python's own may hold a child up

def work():
    while not stop:
        tasks.get(f"ark:{ids[0]}")

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
found = [in_child(lambda: tasks.get(f"ark:{ids[0]}").state)() for _ in range(15)]
stop = True
for thread in threads:
    thread.join()
tasks.close()
print(json.dumps(found))
"""


def test_forked_while_threads_are_busy(sim: Simulator) -> None:
    """Whatever lock another thread holds just then, the child is not held up by it."""
    assert run(sim, BUSY, [sim.ark.add("succeeded")]) == ["succeeded"] * 15


MANY_IN_CHILD = """
def work():
    return sorted(outcome.name for outcome in tasks.delete_many(f"ark:{id}" for id in ids[1:]))

def started(pipe):
    pipe.send(tasks.get(f"ark:{ids[0]}").state)

tasks.get(f"ark:{ids[0]}")
take = in_child(work)
mine = tasks.get(f"ark:{ids[0]}").state
fork = multiprocessing.get_context("fork")
ours, theirs = fork.Pipe()
process = fork.Process(target=started, args=(theirs,))
process.start()
process.join()
print(json.dumps([mine, take(), ours.recv(), process.exitcode]))
"""


def test_bulk_and_multiprocessing(sim: Simulator) -> None:
    """Bulk work goes on in a child too, and multiprocessing's children are such children."""
    ids = [sim.ark.add("succeeded") for _ in range(11)]
    found = run(sim, MANY_IN_CHILD, ids)
    assert found == ["succeeded", ["deleted"] * 10, "succeeded", 0]
    assert sim.ark.ids() == (ids[0],)


UNDER_WAY = """
run = tasks.delete_many((f"ark:{id}" for id in ids), concurrency=2)
unbegun = tasks.delete_many([f"ark:{id}" for id in ids])
first = next(run).name

def work():
    said = []
    for one in (run, unbegun, run):
        try:
            said.append(next(one).name)
        except Closed as error:
            said.append(str(error))
    run.close()
    unbegun.close()
    tasks.close()
    return said

said = in_child(work)()
rest = [outcome.name for outcome in run]
unbegun.close()
print(json.dumps([said, first, rest]))
"""


def test_run_of_the_parent(sim: Simulator) -> None:
    """A run of the parent's can't be iterated in a child, and what a child closes stays open."""
    ids = [sim.ark.add("succeeded") for _ in range(8)]
    said, first, rest = run(sim, UNDER_WAY, ids)
    assert said == ["this run was made in another process; make one in each process"] * 3
    assert [first, *rest] == ["deleted"] * 8
    assert sim.ark.count("delete") == 8


ASYNC = """
async def main():
    async with AsyncTasks(ark) as both:
        await both.get(f"ark:{ids[0]}")
        run = both.delete_many([f"ark:{ids[1]}", f"ark:{ids[2]}"], concurrency=1)
        first = (await anext(run)).name

        def work():
            said = []

            async def use():
                for use in (both.get(f"ark:{ids[0]}"), both.cancel(f"ark:{ids[0]}"), anext(run)):
                    try:
                        await use
                    except Closed as error:
                        said.append(str(error))
                try:
                    both.delete_many([])
                except Closed as error:
                    said.append(str(error))
                await run.close()
                await both.close()
                async with AsyncTasks(ark) as own:
                    said.append((await own.get(f"ark:{ids[0]}")).state)

            asyncio.run(use())
            return said

        said = in_child(work)()
        return [said, first, [outcome.name async for outcome in run]]

print(json.dumps(asyncio.run(main())))
"""


def test_async_client_of_the_parent(sim: Simulator) -> None:
    """`AsyncTasks` belongs to its process: in a child it sends nothing and says what to do."""
    ids = [sim.ark.add("succeeded") for _ in range(3)]
    said, first, rest = run(sim, ASYNC, ids)
    client = "this client was made in another process; make one in each process"
    of_run = "this run was made in another process; make one in each process"
    assert said == [client, client, of_run, client, "succeeded"]
    assert [first, *rest] == ["deleted", "deleted"]
    assert sim.ark.count("get") == 4


GENERATED = """
found = []
api = ark.api
look = lambda: get_task.sync_detailed(ids[0], client=api).parsed.id
look()
for number in range(10):
    take = in_child(lambda: get_task.sync_detailed(ids[1], client=api).parsed.id)
    found += [look(), take()]
print(json.dumps(found))
"""


def test_generated_client(sim: Simulator) -> None:
    """`api`, the client for generated functions, has connections of its own in a child too."""
    ids = [sim.ark.add("succeeded") for _ in range(2)]
    assert run(sim, GENERATED, ids) == ids * 10


LEFT_ALONE = """
tasks.get(f"ark:{ids[0]}")
ark.api
before = sockets()

def work():
    gc.collect()  # httpx's answers are cycles, which hold on to their connections
    after = sockets()
    tasks.get(f"ark:{ids[0]}")
    tasks.close()
    gc.collect()
    return [after, sockets()]

said = in_child(work)()
tasks.get(f"ark:{ids[0]}")
closed = Tasks(ark)
closed.close()

def work():
    closed.get(f"ark:{ids[0]}")

print(json.dumps([before, said, sockets(), in_child(work)()]))
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts sockets as Linux has them")
def test_connections_are_left_to_the_parent(sim: Simulator) -> None:
    """A child has none of its parent's connections, and the parent keeps them."""
    before, said, after, closed = run(sim, LEFT_ALONE, [sim.ark.add("succeeded")])
    assert before == after == 1
    assert said == [0, 0]
    assert closed.startswith("Closed: this client is closed")


# Pickles.


def make_tasks(key: str) -> Tasks:
    return Tasks(Ark(key))


def make_async_tasks(key: str) -> AsyncTasks:
    return AsyncTasks(Ark(key))


@pytest.mark.parametrize("make", [Ark, TensorsLab, make_tasks, make_async_tasks])
@pytest.mark.parametrize("how", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_pickles(make: Callable[[str], object], how: Callable[[object], object]) -> None:
    """What has a key and connections is neither pickled nor copied, and says what to do."""
    with pytest.raises(TypeError, match="make it in each process; a key doesn't belong in a pick"):
        how(make("sk-1"))
