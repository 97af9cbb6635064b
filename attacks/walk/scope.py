"""Which cases are walked, and how deep: `quick` is a part of the tests, `deep` of the attacks.

Owns: the tables. A case is a provider with its switches, a verb, the states that its tasks begin
in, and budgets: how many moves, faults, delays and breaks one path may have, at every place where
they can be. Refuses to leave out a switch: a test compares them with the simulator's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement, groupby, product
from typing import Any, Final

from attrs import field, frozen

from videotasks import State

from .journey import Wanted
from .ledger import Budgets
from .many import walk_many
from .servers import ArkServer, Server, TensorsLabServer
from .single import Tally, walk

STARTS: Final[tuple[State | None, ...]] = (
    *("queued", "running", "succeeded", "failed", "expired", "cancelled", "unknown"),
    None,
)
CANCEL, DELETE = Wanted("cancel"), Wanted("delete")
SURE = Wanted("cancel", confirm=True), Wanted("delete", confirm=True)
PURGE = Wanted("delete", only=frozenset({"failed", "expired"}))
ARK: Final = ArkServer()
ARK_SWITCHES: Final[dict[str, tuple[Any, ...]]] = {
    "delete_of_cancelled": ("404", "deleted"),
    "delete_answer": ("Result", "empty", "204"),
    "running_refusal_status": (400,),
    "not_found_code": (None,),
    "flat_errors": (True,),
}
"""Ark's switches, and their other positions."""
TENSORSLAB_SWITCHES: Final[dict[str, tuple[Any, ...]]] = {
    "unknown_task": ("404", "9999"),
    "delete_of_unknown": ("refused", "ignored"),
    "delete_of_unfinished": ("refused", "deleted"),
    "batch": ("atomic", "partial"),
    "failure": ("http", "code", "status", "named"),
}
"""TensorsLab's, with all positions: they decide together what becomes of a batch."""


@frozen(kw_only=True)
class Case:
    """One search, or one for each of `starts`. Several states in a start make a batch."""

    name: str
    server: Server
    wanted: Wanted
    starts: Sequence[tuple[State | None, ...]]
    budgets: Budgets
    stubborn: frozenset[str] = field(default=frozenset[str]())

    def walk(self, tally: Tally) -> None:
        """Go through all paths. Raises `Breach`."""
        for states in self.starts:
            if self.server.name == "ark" and len(states) == 1:
                walk(self.server, self.wanted, states[0], self.budgets, tally)
            else:
                walk_many(self.server, self.wanted, states, self.budgets, tally, self.stubborn)


def budgets(moves: int, faults: int, delays: int, breaks: int, *, fine: bool = False) -> Budgets:
    """How much may happen."""
    return Budgets(moves=moves, faults=faults, delays=delays, breaks=breaks, fine=fine)


def each(*states: State | None) -> list[tuple[State | None, ...]]:
    """One task in each of these."""
    return [(state,) for state in states]


def tensorslab_servers(**more: Any) -> Iterator[TensorsLabServer]:
    """TensorsLab with its switches in all positions."""
    for positions in product(*TENSORSLAB_SWITCHES.values()):
        yield TensorsLabServer(**dict(zip(TENSORSLAB_SWITCHES, positions, strict=True)), **more)


def batches(size: int, *kinds: State | None) -> list[tuple[State | None, ...]]:
    """Batches of tasks in these states, whatever their order, that have one to delete."""
    return [
        states for states in combinations_with_replacement(kinds, size) if "succeeded" in states
    ]


def quick() -> Iterator[Case]:
    """Cases for the tests: seconds in all."""
    for wanted in (CANCEL, DELETE, *SURE, PURGE):
        yield Case(
            name="Ark",
            server=ARK,
            wanted=wanted,
            starts=each(*STARTS) if wanted in {CANCEL, DELETE} else each("queued", "failed"),
            budgets=budgets(1, 1, 1, 0),
        )
    for wanted in (CANCEL, DELETE):
        yield Case(
            name="Ark, moves",
            server=ARK,
            wanted=wanted,
            starts=each("queued"),
            budgets=budgets(3, 1, 0, 0),
        )
        yield Case(
            name="Ark, stopped and resumed",
            server=ARK,
            wanted=wanted,
            starts=each("queued", "succeeded"),
            budgets=budgets(1, 1, 0, 1),
        )
        yield Case(
            name="Ark, all faults",
            server=ARK,
            wanted=wanted,
            starts=each("queued", "succeeded"),
            budgets=budgets(1, 1, 0, 0, fine=True),
        )
        yield from _ark_switches(wanted, budgets(1, 1, 0, 0), each("queued", "cancelled", None))
    yield Case(
        name="Ark, lost answers",
        server=ARK,
        wanted=DELETE,
        starts=each("queued"),
        budgets=budgets(0, 3, 0, 0),
    )
    for server in tensorslab_servers():
        yield Case(
            name="TensorsLab, batches of 4, all switches",
            server=server,
            wanted=DELETE,
            starts=batches(4, "succeeded", "running", None),
            budgets=budgets(0, 0, 0, 0),
            stubborn=frozenset({"2"}),
        )
    for server in tensorslab_servers(delete_unfinished=True):
        # What is said of unknown tasks is walked in the batches of 4.
        if (server.delete_of_unknown, server.unknown_task) == ("refused", "404"):
            yield Case(
                name="TensorsLab, batches of 2, lost answers",
                server=server,
                wanted=DELETE,
                starts=[("succeeded", "running")],
                budgets=budgets(0, 1, 0, 0),
            )
    for wanted, most in ((SURE[1], budgets(1, 1, 0, 0)), (DELETE, budgets(0, 0, 0, 1))):
        yield Case(
            name="TensorsLab, confirmed, stopped and resumed",
            server=TensorsLabServer(batch="partial"),
            wanted=wanted,
            starts=[("succeeded", "failed")],
            budgets=most,
            stubborn=frozenset({"2"}),
        )


def deep() -> Iterator[Case]:
    """Cases for the attacks: a minute in all."""
    for wanted in (DELETE, *SURE, PURGE):
        yield Case(
            name="Ark",
            server=ARK,
            wanted=wanted,
            starts=each(*STARTS),
            budgets=budgets(2, 1, 1, 0),
        )
    yield Case(
        name="Ark, deepest",
        server=ARK,
        wanted=CANCEL,
        starts=each(*STARTS),
        budgets=budgets(3, 2, 2, 0),
    )
    for wanted in (CANCEL, DELETE):
        yield Case(
            name="Ark, stopped and resumed",
            server=ARK,
            wanted=wanted,
            starts=each("queued", "succeeded"),
            budgets=budgets(2, 1, 0, 1),
        )
        yield Case(
            name="Ark, all faults",
            server=ARK,
            wanted=wanted,
            starts=each("queued", "succeeded"),
            budgets=budgets(1, 2, 0, 0, fine=True),
        )
        yield from _ark_switches(wanted, budgets(3, 1, 0, 0), each("queued", "cancelled"))
    for server in tensorslab_servers():
        yield Case(
            name="TensorsLab, batches of 4, all switches",
            server=server,
            wanted=DELETE,
            starts=[
                ("succeeded", "succeeded", "running", None),
                ("succeeded", "failed", "succeeded", "failed"),
            ],
            budgets=budgets(1, 0, 0, 0),
            stubborn=frozenset({"2"}),
        )
        yield Case(
            name="TensorsLab, batches of 3, lost answers, all switches",
            server=server,
            wanted=DELETE,
            starts=[("succeeded", "succeeded", "failed")],
            budgets=budgets(0, 1, 0, 0),
            stubborn=frozenset({"2"}),
        )
    for wanted, most in ((SURE[1], budgets(1, 1, 0, 1)), (DELETE, budgets(0, 1, 0, 1))):
        yield Case(
            name="TensorsLab, confirmed, stopped and resumed",
            server=TensorsLabServer(batch="partial"),
            wanted=wanted,
            starts=[("succeeded", "failed")],
            budgets=most,
            stubborn=frozenset({"2"}),
        )


def _ark_switches(
    wanted: Wanted, most: Budgets, starts: Sequence[tuple[State | None, ...]]
) -> Iterator[Case]:
    for switch, positions in ARK_SWITCHES.items():
        for position in positions:
            yield Case(
                name=f"Ark, {switch}",
                server=ArkServer(**{switch: position}),
                wanted=wanted,
                starts=starts,
                budgets=most,
            )


def walk_all(cases: Iterable[Case]) -> Iterator[tuple[str, Tally]]:
    """Walk the cases, and tell of each name what its cases came to. Raises `Breach`."""
    for name, group in groupby(cases, key=lambda case: f"{case.wanted.verb}: {case.name}"):
        tally = Tally()
        for case in group:
            case.walk(tally)
        yield name, tally
