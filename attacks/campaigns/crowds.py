"""Campaign: 32 threads on one client, event loops side by side, and forks in mid-run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Any, Final

from videotasks import (
    Ark,
    AsyncTasks,
    Closed,
    Outcome,
    Provider,
    Tasks,
    TensorsLab,
    Verb,
)

from .answers import Chaos
from .claims import Said, Word, judge
from .ledger import KEY, Tally
from .runs import AT_ONCE, PATIENCE
from .server import RUN, Server

THREADS: Final = 32
LOOPS: Final = 3
ROOT: Final = Path(__file__).resolve().parents[2]
TIMEOUT: Final = 1.0
ONE_RUN: Final = "crowd"


def play(seed: int) -> Tally:
    """One round; threads, loops and forks by turns."""
    random = Random(seed)
    server = Server(seed, moving=random.choice([0.0, 0.2]))
    crowd = (_threads, _loops, _forks)[seed % 3]
    with server:
        server.chaos = Chaos(seed, random.choice([0.0, 0.2]), TIMEOUT, server.elsewhere_url)
        tally = Tally()
        said = crowd(random, server, tally)
        server.settle()
    for one in said:
        tally.add(judge(one, server.ledgers))
    tally.breaches += [wrong for ledger in server.ledgers.values() for wrong in ledger.wrong]
    return tally


def _share(random: Random, server: Server, verb: Verb, count: int) -> Said:
    """What one of a crowd is given; nobody else has the same."""
    given = server.add(random, "ark", count)
    given += server.add(random, "tensorslab", count // 2) if verb == "delete" else []
    return Said(run=ONE_RUN, verb=verb, given=given)


def _threads(random: Random, server: Server, tally: Tally) -> list[Said]:
    shares = [
        _share(random, server, random.choice(["cancel", "delete"]), random.choice([4, 10]))
        for _ in range(THREADS)
    ]
    bulk = [random.random() < 0.3 for _ in shares]
    with Tasks(*server.clients(ONE_RUN, TIMEOUT), retry=AT_ONCE) as tasks:

        def work(said: Said, *, in_bulk: bool) -> None:
            if in_bulk:
                many = tasks.cancel_many if said.verb == "cancel" else tasks.delete_many
                for outcome in many(said.given):
                    said.say(time.monotonic(), outcome)
                return
            one = tasks.cancel if said.verb == "cancel" else tasks.delete
            for ref in said.given:
                outcome = one(ref)
                said.say(time.monotonic(), outcome)

        threads = [
            threading.Thread(target=work, args=(said,), kwargs={"in_bulk": in_bulk}, daemon=True)
            for said, in_bulk in zip(shares, bulk, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
            tally.breaches += ["a thread did not end"] * thread.is_alive()
    return shares


def _loops(random: Random, server: Server, tally: Tally) -> list[Said]:
    shares = [_share(random, server, random.choice(["cancel", "delete"]), 30) for _ in range(LOOPS)]
    first: list[AsyncTasks] = []
    ready, used = threading.Event(), threading.Event()

    async def work(said: Said) -> None:
        async with AsyncTasks(*server.clients(ONE_RUN, TIMEOUT), retry=AT_ONCE) as tasks:
            many = tasks.cancel_many if said.verb == "cancel" else tasks.delete_many
            async for outcome in many(said.given):
                said.say(time.monotonic(), outcome)
            if said is shares[0]:  # it belongs to this loop now
                first.append(tasks)
                ready.set()
                await asyncio.to_thread(used.wait, PATIENCE)

    async def elsewhere(other: Said) -> None:
        """The client of another loop is of no use here, and sends nothing."""
        try:
            await first[0].delete(other.given[0])
        except Closed:
            return
        tally.breaches.append("a client was used in two event loops")

    threads = [threading.Thread(target=asyncio.run, args=(work(said),)) for said in shares]
    for thread in threads:
        thread.start()
    if ready.wait(PATIENCE):
        before = (
            len(server.ark.ledger.requests) if not any(t.is_alive() for t in threads[1:]) else None
        )
        asyncio.run(elsewhere(shares[1]))
        if before is not None and len(server.ark.ledger.requests) != before:
            tally.breaches.append("a client of another loop sent something")
    used.set()
    for thread in threads:
        thread.join(PATIENCE)
        tally.breaches += ["a loop did not end"] * thread.is_alive()
    return shares


def _forks(random: Random, server: Server, tally: Tally) -> list[Said]:
    verb: Verb = random.choice(["cancel", "delete"])
    shares = [_share(random, server, verb, 20) for _ in range(4)]
    told = {
        "verb": verb,
        "urls": [server.url("ark"), server.url("tensorslab")],
        "shares": [said.given for said in shares],
        "after": random.randrange(8),
    }
    with subprocess.Popen(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "attacks.campaigns.crowds"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            out, err = process.communicate(json.dumps(told), timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            tally.breaches.append("a forked program did not end")
    tally.breaches += [f"a forked program said: {err}"] * bool(err)
    for line in out.splitlines():
        told_by: tuple[int, float, object] = json.loads(line)
        number, at, record = told_by
        shares[number].words += [(at, Word.read(json.dumps(record)))]
    return shares


def fork_in_mid_run() -> None:
    """Be the program that forks: the parent does the first share, and forks a process for each
    other one: one between two runs, and two when it has so many outcomes of the second."""
    told: dict[str, Any] = json.loads(sys.stdin.read())
    common: dict[str, Any] = {"timeout": TIMEOUT, "default_headers": {RUN: ONE_RUN}}
    ark, tensorslab = told["urls"]
    providers: list[Provider[Any]] = [
        Ark(KEY, base_url=ark, limits=None, **common),
        TensorsLab(KEY, base_url=tensorslab, **common),
    ]
    tasks = Tasks(*providers, retry=AT_ONCE)
    many = tasks.cancel_many if told["verb"] == "cancel" else tasks.delete_many
    first, second = told["shares"][0][:10], told["shares"][0][10:]
    for outcome in many(first):
        _write(0, outcome)
    run = many(second)
    # With connections that nobody uses just now, all of which both would use.
    children = [_fork(tasks, run, told, 1)]
    for number, outcome in enumerate(run):
        _write(0, outcome)
        if number == told["after"]:
            children += [_fork(tasks, run, told, share) for share in (2, 3)]
    tasks.close()
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            sys.stderr.write(f"a child ended with {status}\n")


def _fork(tasks: Tasks, run: Any, told: dict[str, Any], share: int) -> int:
    """A child that does this share, with the client that it has from its parent."""
    if child := os.fork():
        return child
    status = 1
    try:
        many = tasks.cancel_many if told["verb"] == "cancel" else tasks.delete_many
        for outcome in many(told["shares"][share]):
            _write(share, outcome)
        try:
            next(run)
        except Closed:
            status = 0
        tasks.close()
    except BaseException as error:
        sys.stderr.write(f"{error!r}\n")
    finally:
        sys.stderr.flush()
        os._exit(status)


def _write(share: int, outcome: Outcome) -> None:
    # In one piece, since all write to one pipe.
    os.write(1, f"{json.dumps([share, time.monotonic(), outcome.to_dict()])}\n".encode())


if __name__ == "__main__":
    fork_in_mid_run()
