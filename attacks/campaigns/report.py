"""The campaigns by name, how they are waged, and the table at the end.

Owns: rounds, each with a seed of its own, in processes side by side, until there are enough
outcomes. Refuses to know what any campaign does.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Final

from attrs import frozen

from . import crowds, cuts, faults, kills, mixups
from .ledger import Tally

CAMPAIGNS: Final[dict[str, tuple[Callable[[int], Tally], float]]] = {
    "faults": (faults.play, 0.45),
    "cuts": (cuts.play, 0.215),
    "mixups": (mixups.play, 0.14),
    "crowds": (crowds.play, 0.155),
    "kills": (kills.play, 0.04),
}
"""Each with its share of the outcomes."""
OUTCOMES: Final = 20_500
"""Of all together, by default."""
AT_ONCE: Final = 4
"""Rounds side by side: they wait for much."""
MOST_SHOWN: Final = 5


@frozen
class Waged:
    """What a campaign came to; `seconds` are those of the clock."""

    name: str
    tally: Tally
    rounds: int
    seconds: float
    failed: tuple[int, ...]
    """The seeds of the rounds with breaches."""

    def complaint(self) -> str:
        """What was wrong, and how to see it again; nothing if all was right."""
        again = "\n".join(
            f"again: pytest attacks -k {self.name} --attack-seed {seed} --attack-outcomes 1"
            for seed in self.failed[:MOST_SHOWN]
        )
        return "\n\n".join([*self.tally.breaches[:MOST_SHOWN], again]) if self.failed else ""


def wage(name: str, seed: int, outcomes: float, pool: Executor | None = None) -> Waged:
    """Play rounds of a campaign, with this seed and those that follow, until there are so many
    outcomes; with a `pool` several at once."""
    play, _ = CAMPAIGNS[name]
    began = time.monotonic()
    total, failed, rounds = Tally(), list[int](), 0
    for one, tally in _rounds(play, seed, pool):
        rounds += 1
        total.add(tally)
        if tally.breaches:
            failed.append(one)
        if total.outcomes >= outcomes or len(failed) >= MOST_SHOWN:
            break
    return Waged(name, total, rounds, time.monotonic() - began, tuple(sorted(failed)))


def _rounds(
    play: Callable[[int], Tally], seed: int, pool: Executor | None
) -> Iterable[tuple[int, Tally]]:
    seeds = itertools.count(seed)
    if pool is None:
        for one in seeds:
            yield one, play(one)
    assert pool is not None
    under_way: dict[Future[Tally], int] = {}
    try:
        while True:
            while len(under_way) < AT_ONCE:
                one = next(seeds)
                under_way[pool.submit(play, one)] = one
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                one = under_way.pop(future)
                yield one, future.result()
    finally:
        for future in under_way:
            future.cancel()
        wait(under_way)


def table(waged: Iterable[Waged]) -> list[str]:
    """The lines of the table."""
    head = ("campaign", "rounds", "outcomes", "breaches", "limits", "seconds")
    rows = [
        (w.name, w.rounds, w.tally.outcomes, len(w.tally.breaches), w.tally.limits, w.seconds)
        for w in waged
    ]
    sums = [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)]
    lines = [f"{head[0]:12}" + "".join(f"{name:>10}" for name in head[1:])]
    for name, *figures in [*rows, ("together", *sums)]:
        lines.append(f"{name:12}" + "".join(f"{figure:>10,.0f}" for figure in figures))
    return lines
