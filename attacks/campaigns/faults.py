"""Campaign: faults at random, while tasks move by themselves and by other hands."""

from __future__ import annotations

from random import Random
from typing import Final

from videotasks import Retry

from .answers import Chaos
from .claims import Said, judge
from .ledger import Tally
from .runs import ENDINGS, ODD_REFS, Work, draw_options, listening, run_all, verbs
from .server import Server

LISTENED: Final[tuple[tuple[str, ...], ...]] = (
    *((), (), ("videotasks",), ("videotasks", "httpx", "httpcore", "asyncio")),
)
"""Whose logs are listened to, in some of the rounds."""


def play(seed: int) -> Tally:
    """One round."""
    random = Random(seed)
    tally = Tally()
    server = Server(seed, moving=random.choice([0.0, 0.1, 0.4]))
    timeout = random.choice([0.25, 0.4])
    with server, listening(random.choice(LISTENED)) as logged:
        works = _works(random, server, timeout)
        server.chaos = Chaos(
            seed,
            random.choice([0.0, 0.1, 0.3, 0.6, 0.95]),
            timeout,
            server.elsewhere_url,
            account=random.random() < 0.1,
            slowing=1 if sum(len(work.refs) for work in works) < 10 else 15,
        )
        tally.breaches += run_all(works)
        server.settle()
        tally.breaches += ["somebody followed a redirect"] * server.somebody_elsewhere()
    works[0].said.wrote = "\n".join(logged)
    for work in works:
        tally.add(judge(work.said, server.ledgers))
    for ledger in server.ledgers.values():
        tally.breaches += ledger.wrong
    return tally


def _works(random: Random, server: Server, timeout: float) -> list[Work]:
    bulk = random.random() < 0.75
    count = random.choice([1, 3, 20, 60, 150]) if bulk else random.choice([1, 4, 12])
    refs = server.add(random, "ark", count)
    both = refs + server.add(random, "tensorslab", random.choice([0, 20, 60, 130]) if bulk else 4)
    works: list[Work] = []
    for number, verb in enumerate(verbs(random)):
        # TensorsLab's tasks can't be cancelled, which a single verb raises.
        mine = both.copy() if bulk or verb == "delete" else refs.copy()
        random.shuffle(mine)
        if bulk and random.random() < 0.3:
            mine += random.choices(mine, k=3) + random.choices(ODD_REFS, k=3)
        unfinished = random.random() < 0.3
        works.append(
            Work(
                said=Said(run=f"run{number}", verb=verb, given=[], unfinished=unfinished),
                refs=mine,
                providers=server.clients(
                    f"run{number}",
                    timeout,
                    delete_unfinished=unfinished,
                    batch_size=random.choice([1, 3, 50]),
                    missing_codes=random.choice([(), (9999,)]),
                ),
                asynchronous=random.random() < 0.5,
                bulk=bulk,
                ending=random.choice(ENDINGS) if bulk else "none",
                after=random.randrange(max(len(mine), 1)),
                options=draw_options(random, bulk=bulk),
                retry=Retry(
                    attempts=random.choice([1, 2, 4]),
                    backoff=0,
                    max_retry_after=random.choice([0, 0, 0.03]),
                ),
            )
        )
    return works
