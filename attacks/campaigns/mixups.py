"""Campaign: answers that change places, come twice or come late.

What no client can see is counted apart: an answer without an id in it (that to a deletion, and a
404), or to an earlier look at the same task, that comes to another request than its own. After a
deletion that is confirmed, only whose doing it was may be wrong. README's "Limits and unknowns"
says both.
"""

from __future__ import annotations

from random import Random
from typing import Final

from videotasks import Verb

from .answers import GOOD, Plan
from .claims import Said, judge
from .ledger import Request, Tally
from .provider import Provider
from .runs import Work, run_all
from .server import Server

TIMEOUT: Final = 0.4
WAYS: Final = (
    *(Plan(fault="comes twice at once", copies=2), Plan(fault="comes thrice at once", copies=3)),
    *(Plan(fault="swapped", swaps=True), Plan(fault="swapped", swaps=True)),
    *(Plan(fault="twice, apart", copies=2, apart=apart) for apart in (0.0005, 0.002, 0.01)),
    *(Plan(fault="late", late=TIMEOUT * late) for late in (0.5, 1.0, 1.3)),
)


class MixUps:
    """Lets it happen to some requests, and notes whom it may have misled."""

    def __init__(self, seed: int, plan: Plan, share: float, said: Said, *, confirm: bool) -> None:
        self._seed = seed
        self._plan = plan
        self._share = share
        self._said = said
        self._confirm = confirm
        self._number = 0

    def __call__(self, _provider: Provider, _request: Request) -> Plan:
        self._number += 1
        drawn = Random(f"{self._seed} {self._number}").random()
        return self._plan if drawn < self._share else GOOD

    def mixed(self, request: Request, raw: bytes) -> None:
        """A request may get this answer of another."""
        if request.operation == "delete":
            # With `confirm` a look afterwards shows what became of it, if not whose doing it was.
            (self._said.mixed_up if self._confirm else self._said.misled).update(request.ids)
        elif b'id": "' not in raw or request.ids[0].encode() in raw:
            self._said.misled.update(request.ids)


def play(seed: int) -> Tally:
    """One way."""
    random = Random(seed)
    plan = WAYS[seed % len(WAYS)]
    server = Server(seed, moving=random.choice([0.0, 0.3]))
    server.framing = random.choice(["length", "chunked"])
    verb: Verb = random.choice(["cancel", "delete"])
    said = Said(run="run", verb=verb, given=[])
    options = {"confirm": random.random() < 0.5, "concurrency": random.choice([8, 16, 32])}
    with server:
        share = random.choice([0.1, 0.5] if plan.late else [0.1, 0.5, 1.0])
        mixups = MixUps(seed, plan, share, said, confirm=options["confirm"] is True)
        server.chaos, server.on_mixed = mixups, mixups.mixed
        refs = server.add(random, "ark", 150)
        refs += server.add(random, "tensorslab", 30) if verb == "delete" else []
        random.shuffle(refs)
        work = Work(
            said=said,
            refs=refs,
            providers=server.clients("run", TIMEOUT, batch_size=random.choice([1, 4])),
            asynchronous=random.random() < 0.5,
            bulk=True,
            options=dict(options),
        )
        tally = Tally(breaches=run_all([work]))
        server.settle()
    tally.add(judge(said, server.ledgers))
    tally.breaches += [wrong for ledger in server.ledgers.values() for wrong in ledger.wrong]
    return tally
