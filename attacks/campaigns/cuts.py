"""Campaign: the connection is cut at every byte of an answer, one place after the other.

Of looks, of Ark's deletions and of TensorsLab's batches; by an end and by a reset; with all ways to
frame a body. Each round is one way, and each of its tasks has its own place.
"""

from __future__ import annotations

from random import Random
from typing import Final

from videotasks import State, Verb

from .answers import GOOD, Plan
from .claims import Said, judge
from .ledger import Request, Tally
from .provider import Provider
from .runs import Work, run_all
from .server import Server

WHAT: Final = ("look", "deletion", "batch")
PLACES: Final = {"look": 440, "deletion": 210, "batch": 230}
"""More than the longest answer of each has bytes."""
BATCH: Final = 2
FRAMINGS: Final = ("length", "chunked", "close")


class Cuts:
    """Cuts the first answer to each, a byte later than the one before."""

    def __init__(self, operation: str, *, reset: bool) -> None:
        self._operation = operation
        self._reset = reset
        self._cut: set[str] = set()
        self._place = 0

    def __call__(self, _provider: Provider, request: Request) -> Plan:
        if request.operation != self._operation or not self._cut.isdisjoint(request.ids):
            return GOOD
        self._cut.update(request.ids)
        self._place += 1
        return Plan(fault=f"cut at {self._place - 1}", cut=self._place - 1, reset=self._reset)


def play(seed: int) -> Tally:
    """One way: twelve neighbours cut all there is, by an end and a reset, in threads and asyncio;
    36 do so with each framing."""
    random = Random(seed)
    what, way = WHAT[seed % 3], seed // 3 % 4
    reset, asynchronous = way % 2 == 1, way > 1
    server = Server(seed, moving=random.choice([0.0, 0.2]))
    server.framing = FRAMINGS[(seed // 3 + seed // 12) % 3]
    verb: Verb = "delete" if what == "batch" else random.choice(["cancel", "delete"])
    with server:
        server.chaos = Cuts("get" if what == "look" else "delete", reset=reset)
        if what == "batch":
            refs = server.add(random, "tensorslab", PLACES[what] * BATCH, ["succeeded", "failed"])
        elif what == "deletion":
            states: list[State | None] = ["queued", "succeeded", "failed"]
            states = ["queued"] if verb == "cancel" else states
            refs = server.add(random, "ark", PLACES[what], states)
        else:
            refs = server.add(random, "ark", PLACES[what])
        work = Work(
            said=Said(run="run", verb=verb, given=[]),
            refs=refs,
            providers=server.clients("run", 5.0, batch_size=BATCH),
            asynchronous=asynchronous,
            bulk=True,
            options={"confirm": random.random() < 0.3},
        )
        tally = Tally(breaches=run_all([work]))
        server.settle()
    tally.add(judge(work.said, server.ledgers))
    tally.breaches += [wrong for ledger in server.ledgers.values() for wrong in ledger.wrong]
    return tally
