"""Walking a numbered list whose entries come and go meanwhile, so that none is missed or doubled.

Owns: which page to ask for next, and what is filtered here because the server can't. Refuses
network and order: tasks come as the server gives them.

A page is asked for so that it begins with tasks already seen. If it does not, tasks before it have
gone and the rest has moved up: then the walk steps back, for what moved up was not seen yet. Tasks
that were added before it move the rest down, and are only met again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from . import _flows as flows
from ._adapter import Adapter, Lists, Page
from ._checks import check_many, shown
from ._errors import ConfigurationError, TooMany
from ._refs import PROVIDER_NAMES, Ref
from ._steps import Answer, Flow
from ._task import STATES, State, Task

MOST_PAGES: Final = 500
MOST_ON_A_PAGE: Final = 500
"""Ark's own bounds on page number and page size."""
MOST_IDS: Final = 50
"""Ids asked for in one call; how many the server takes is not documented."""
LEAST_OVERLAP: Final = 25
"""Tasks already seen that a page begins with; as many may go meanwhile without a step back."""
MOST_OVERLAP: Final = 250
MOST_STEPS_BACK: Final = 100
"""Steps back in one walk; beyond that the list changes faster than it can be walked."""


def read_states(given: object) -> frozenset[State]:
    """The states that a caller asks for. Raises `ConfigurationError`."""
    states: list[State] = []
    for state in check_many("states", given):
        if state not in STATES:
            raise ConfigurationError(f"no state {shown(state)}; there are {', '.join(STATES)}")
        states.append(state)
    return frozenset(states)


@frozen(kw_only=True)
class Query:
    """Which tasks are wanted. Raises `ConfigurationError`."""

    states: frozenset[State] | None = None
    model: str | None = None
    ids: tuple[str, ...] | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None

    @classmethod
    def of(
        cls,
        provider: str,
        *,
        states: Iterable[State] | None,
        model: str | None,
        ids: Iterable[Ref | str] | None,
        created_before: datetime | None,
        created_after: datetime | None,
    ) -> Query:
        """Check what a caller asks for."""
        if ids is not None:
            check_many("ids", ids)
        for moment in (created_before, created_after):
            if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
                raise ConfigurationError("give times with a time zone, such as datetime.now(UTC)")
        if not isinstance(model, str | None):
            raise ConfigurationError(f"a model is named by text, not {shown(model)}")
        return cls(
            states=None if states is None else read_states(states),
            model=model,
            ids=None if ids is None else tuple(dict.fromkeys(_id_of(provider, one) for one in ids)),
            created_before=created_before,
            created_after=created_after,
        )

    def wants(self, task: Task) -> bool:
        """Whether a task is one of them; one that doesn't say when it was made is in no period."""
        made = task.created_at
        return (
            (self.states is None or task.state in self.states)
            and (self.model is None or task.model == self.model)
            and (self.ids is None or task.ref.id in self.ids)
            and (self.created_before is None or (made is not None and made < self.created_before))
            and (self.created_after is None or (made is not None and made >= self.created_after))
        )


def _id_of(provider: str, task: Ref | str) -> str:
    """A task's bare id, given so or as a ref."""
    text = str(task)
    if not isinstance(task, str) or text.partition(":")[0] in PROVIDER_NAMES:
        ref = Ref.parse(task)
        if ref.provider != provider:
            raise ConfigurationError(f"{ref} is not a task of {provider}")
        return ref.id
    return text


def page_after(seen: int, overlap: int = 1) -> tuple[int, int]:
    """The number and size of the page that reaches farthest beyond what was seen.

    It begins with the last `overlap` tasks seen, or with fewer where it would get nowhere so.
    """
    if seen == 0:
        return 1, MOST_ON_A_PAGE
    while True:
        first = max(seen - overlap, 0)
        pages = ((first // size + 1, size) for size in range(1, MOST_ON_A_PAGE + 1))
        allowed = (page for page in pages if page[0] <= MOST_PAGES)
        number, size = max(allowed, key=lambda page: page[0] * page[1])
        if number * size > seen or overlap == 1:
            return number, size
        overlap //= 2


@define
class _Section:
    """A part of the walk that has page numbers of its own: one tier, and some ids or all."""

    tier: str
    ids: tuple[str, ...]
    position: int = 0
    overlap: int = LEAST_OVERLAP
    steps_back: int = 0
    seen: set[str] = field(factory=set[str])


class Listing:
    """One walk over a provider's tasks."""

    def __init__(self, adapter: Adapter, lists: Lists, query: Query, attempts: int) -> None:
        self._adapter = adapter
        self._lists = lists
        self._query = query
        self._attempts = attempts
        self._seen: set[str] = set()
        ids = query.ids
        chunks = (
            [()]
            if ids is None
            else [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]
        )
        self._sections = deque(_Section(tier, chunk) for tier in lists.tiers for chunk in chunks)

    def more(self) -> Flow[list[Task] | None]:
        """Ask for one page: the wanted tasks on it that are new, or None at the end.

        Raises what stood in the way, and `TooMany`.
        """
        while self._sections:
            section = self._sections[0]
            ids = tuple(task_id for task_id in section.ids if task_id not in self._seen)
            if section.ids and not ids:
                self._sections.popleft()
                continue
            page = self._page(section, ids)
            reply = yield from flows.asked(self._lists.page(page), self._attempts)
            if not isinstance(reply, Answer):
                raise reply
            return self._take(section, page, reply.value)
        return None

    def _page(self, section: _Section, ids: tuple[str, ...]) -> Page:
        states = self._query.states or frozenset[State]()
        only = next(iter(states)) if len(states) == 1 else None
        number, size = page_after(section.position, section.overlap)
        return Page(
            number=number,
            size=size,
            tier=section.tier,
            state=only if only in self._lists.states else None,
            model=self._query.model,
            ids=ids,
        )

    def _take(self, section: _Section, page: Page, tasks: Sequence[Task]) -> list[Task]:
        if section.position and not (tasks and tasks[0].ref.id in section.seen):
            section.position = max(0, section.position - MOST_ON_A_PAGE)
            section.overlap = min(section.overlap * 2, MOST_OVERLAP)
            section.steps_back += 1
            if section.steps_back > MOST_STEPS_BACK:
                raise TooMany(
                    f"{self._adapter.title}'s tasks change faster than they can be listed; "
                    "ask for fewer, by state or model",
                    provider=self._adapter.name,
                )
            return []
        new = [task for task in tasks if task.ref.id not in self._seen]
        section.seen.update(task.ref.id for task in tasks)
        self._seen.update(task.ref.id for task in tasks)
        reached = (page.number - 1) * page.size + len(tasks)
        if len(tasks) < page.size:
            self._sections.popleft()
        elif reached <= section.position or reached >= MOST_PAGES * MOST_ON_A_PAGE:
            raise TooMany(
                f"{self._adapter.title} lists no more than {MOST_PAGES * MOST_ON_A_PAGE} tasks; "
                "ask for fewer, by state or model",
                provider=self._adapter.name,
            )
        section.position = reached
        return [task for task in new if self._query.wants(task)]
