"""What each task really is, what time it is, and what may still go wrong: the ground truth.

Owns: the states of tasks, the moves that a vendor's table allows, requests that are still on their
way though nobody waits for them, and the budgets that bound a path. Refuses to know what a client
believes; that is compared with this.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from attrs import astuple, define, evolve, frozen

from videotasks import State

from .explorer import Breach, Explorer

T = TypeVar("T")

FRESH: Final = 5
"""Seconds that a look may be acted on: stated here anew."""
_LONG: Final = FRESH + 1
"""Beyond this, how long ago something was makes no difference."""

Moves = Mapping[State | None, Sequence[State | None]]


@frozen(kw_only=True)
class Budgets:
    """How much may happen in one path.

    `moves` that tasks make by themselves or by others' hands, `faults` in answers, `delays` before
    something, `breaks`: a stop, a deadline or a kill. `fine` is whether every way to lose an answer
    is tried, or one for each that the rules tell apart.
    """

    moves: int
    faults: int
    delays: int
    breaks: int
    fine: bool = False


@define
class RealTask:
    """One task as it really is; `state` is None when there is no record.

    `stubborn`: the provider won't delete it. The numbers are of those of our runs that did it.
    """

    state: State | None
    stubborn: bool = False
    was_cancelled: bool = False
    cancelled_by: int | None = None
    removed_by: int | None = None


@frozen
class Request:
    """A deletion that has left: what for, of which tasks, on which looks, by which run."""

    verb: str
    ids: tuple[str, ...]
    looked_at: tuple[float, ...]
    seen: tuple[State | None, ...]
    run: int


class Ledger:
    """The truth along one path.

    `ours` gives what the client's state is, for `choose`. `limits` are the events of the documented
    limit, `destroyed` how many finished videos a cancel has cost in them.
    """

    def __init__(
        self,
        explorer: Explorer,
        states: Mapping[str, State | None],
        moves: Moves,
        budgets: Budgets,
        stubborn: frozenset[str] = frozenset(),
    ) -> None:
        self._explorer = explorer
        self.tasks = {name: RealTask(state, name in stubborn) for name, state in states.items()}
        for task in self.tasks.values():
            task.was_cancelled = task.state == "cancelled"
        self._moves = moves
        self.now = 100.0
        self.moves, self.faults = budgets.moves, budgets.faults
        self.delays, self.breaks = budgets.delays, budgets.breaks
        self.fine = budgets.fine
        self.on_its_way: list[Request] = []
        self.limits: dict[str, str] = {}
        self.destroyed = 0
        self.claimed: list[str] = []
        self.log: list[tuple[float, str, object]] = []
        self.ours: Callable[[], Hashable] = lambda: None
        self.land: Callable[[Request], object] = lambda _request: None

    def choose(self, point: str, options: Sequence[T]) -> T:
        """One of the options, all in turn."""
        chosen = self._explorer.choose(options, lambda: (point, self.ours(), self.key()))
        if len(options) > 1:
            self.log.append((self.now, point, chosen))
        return chosen

    def check(self, kept: bool, promise: str, *about: object) -> None:
        """Raise `Breach` with all that happened, unless the promise is kept."""
        if not kept:
            told = [f"{when:g} s: {point}: {what}" for when, point, what in self.log]
            raise Breach("\n".join([promise, *map(str, about), *told, f"now: {self.tasks}"]))

    def ago(self, moment: float) -> float:
        """How long ago a moment was, as far as it matters."""
        return min(self.now - moment, _LONG)

    def key(self) -> Hashable:
        """All that what follows depends on."""
        return (
            tuple(astuple(task) for task in self.tasks.values()),
            tuple(evolve(r, looked_at=tuple(map(self.ago, r.looked_at))) for r in self.on_its_way),
            (self.moves, self.faults, self.delays, self.breaks),
            tuple(self.limits.items()),
            self.destroyed,
            tuple(sorted(self.claimed)),
        )

    def pass_time(self, point: str, seconds: Sequence[int]) -> None:
        """Perhaps something takes a while."""
        if self.delays and (chosen := self.choose(point, (0, *seconds))):
            self.delays -= 1
            self.now += chosen

    def happen(self, names: Iterable[str]) -> None:
        """What happens by itself before a request about these tasks arrives: any number of moves,
        and what is on its way to them may arrive.

        Other tasks move before a request of their own: neither would see a difference.
        """
        while options := self._may_happen(set(names)):
            what = self.choose("meanwhile", [None, *options])
            if what is None:
                return
            if isinstance(what, Request):
                self.on_its_way.remove(what)
                self.land(what)
                continue
            name, state = what
            self.moves -= 1
            task = self.tasks[name]
            task.state = state
            task.was_cancelled |= state == "cancelled"

    def _may_happen(self, names: set[str]) -> list[Request | tuple[str, State | None]]:
        arriving = [request for request in self.on_its_way if not names.isdisjoint(request.ids)]
        names = names.union(*(request.ids for request in arriving))
        moves: list[tuple[str, State | None]] = [
            (name, state)
            for name, task in self.tasks.items()
            if self.moves and name in names
            for state in self._moves.get(task.state, ())
        ]
        return [*dict.fromkeys(arriving), *moves]

    def cancelled(self, request: Request, name: str) -> None:
        """A deletion of ours cancels a task just now."""
        task = self.tasks[name]
        task.state, task.was_cancelled, task.cancelled_by = "cancelled", True, request.run

    def removed(self, request: Request, name: str, *, meant_to_cancel: bool) -> None:
        """A deletion of ours removes a task's record just now."""
        task = self.tasks[name]
        at = request.ids.index(name)
        seen, looked_at = request.seen[at], request.looked_at[at]
        if meant_to_cancel and not task.was_cancelled:
            # It left the queue and ended before the request came: what no client can prevent.
            how = f"within {FRESH} s of the look" if self.now <= looked_at + FRESH else "held up"
            self.limits[name] = f"{task.state}, {how}"
        if request.verb == "cancel" and not task.was_cancelled:
            self.check(meant_to_cancel, "a cancel removed a task seen as", seen)
            self.destroyed += task.state == "succeeded"
        task.state, task.removed_by = None, request.run
