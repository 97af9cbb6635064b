"""Going through every choice: a depth-first search by running again from the start.

Owns: which choice is taken next, and what was explored. A path is a function that asks `choose` for
each thing that may happen one way or another; it must do the same for the same answers. A state
that was explored before is not explored again: the paths from there on are counted, though.
Refuses to know what is chosen, and to go deeper than the path does: its own budgets bound it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeVar

from attrs import define, field

T = TypeVar("T")

MOST_CHOICES: Final = 400
"""Choices in one path; more are taken for a path that does not end."""


class Breach(AssertionError):
    """A promise that was not kept, and the events that led there."""


class _KnownState(Exception):
    """What follows was explored already."""


@define
class _Node:
    """A choice on the present path: what is taken now, of how many, in which state."""

    state: Hashable
    options: int
    taken: int = 0
    found: Counter[str] = field(factory=Counter[str])


class Explorer:
    """One search. `found` is what all paths came to, counted path by path; `runs` is how many were
    run for that, `deepest` the most choices in one."""

    def __init__(self) -> None:
        self.found = Counter[str]()
        self.runs = self.deepest = 0
        self._known: dict[Hashable, Counter[str]] = {}
        self._stack: list[_Node] = []
        self._at = 0

    @property
    def states(self) -> int:
        """Different states in which something could happen in more than one way."""
        return len(self._known)

    def explore(self, path: Callable[[], Iterable[str]]) -> None:
        """Run `path` for every sequence of choices; it gives words for what it came to."""
        while True:
            self._at = 0
            self.runs += 1
            try:
                found = Counter(path())
            except _KnownState as known:
                found = known.args[0]
            self._top.update(found)
            while self._stack and self._stack[-1].taken == self._stack[-1].options - 1:
                node = self._stack.pop()
                self._known[node.state] = node.found
                self._top.update(node.found)
            if not self._stack:
                return
            self._stack[-1].taken += 1

    def choose(self, options: Sequence[T], state: Callable[[], Hashable]) -> T:
        """One of the options; all of them in turn, one each time that this is reached.

        `state` gives all that what follows depends on.
        """
        if len(options) == 1:
            return options[0]
        if self._at == len(self._stack):
            if self._at >= MOST_CHOICES:
                raise Breach("it does not end")
            here = state()
            if here in self._known:
                raise _KnownState(self._known[here])
            self._stack.append(_Node(here, len(options)))
            self.deepest = max(self.deepest, len(self._stack))
        node = self._stack[self._at]
        self._at += 1
        return options[node.taken]

    @property
    def _top(self) -> Counter[str]:
        """Where what a path came to is counted."""
        return self._stack[-1].found if self._stack else self.found
