"""Reading a paged list that changes meanwhile, so that no task is missed or given twice.

Owns: which page to ask for next, and what is filtered here because the server can't. Refuses
network, and to sort: tasks come in the order of the server.

A page is asked for so that it begins with tasks already seen. If it does not, tasks before it were
deleted and the rest has moved up: then the walk steps back, since what moved up was not seen yet.
Tasks that were added before it push the rest down, so that some tasks are only seen twice.

A page with fewer tasks than were asked for ends the walk only if the provider's own count agrees.
If it counts more, its pages are smaller than was asked for: then the walk goes on with pages of
that size. If it gives no count, the walk ends at a page that shows nothing new.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from attrs import define, field

from .._model.errors import (
    BadAnswer,
    RateLimited,
    Refused,
    TooManyTasks,
    VideoTasksError,
    WrongBaseURL,
)
from .._model.task import State, Task
from .adapter import Adapter, Listed, ListSupport, PageRequest
from .query import Query
from .steps import Answer, Flow, request

LEAST_OVERLAP: Final = 25
"""Tasks already seen that a page begins with; as many may go meanwhile without a step back."""
MOST_OVERLAP: Final = 250
MOST_STEPS_BACK: Final = 100
"""Steps back in one walk; beyond that the list changes faster than it can be read."""
MOST_WITHOUT_NEW: Final = 3
"""Pages in a row that show nothing new although the provider counts more tasks."""

ASK_FOR_FEWER: Final = "ask for fewer, by state or endpoint"
_NOT_ABOUT_ENDPOINTS: Final = (RateLimited, WrongBaseURL)
"""Refusals that naming an endpoint is no help against."""


def page_after(
    seen: int, most_on_a_page: int, most_pages: int, overlap: int = 1
) -> tuple[int, int] | None:
    """The number and size of the page that reaches farthest beyond what was seen, if any does.

    It begins with the last `overlap` tasks seen, or with fewer if such a page shows nothing new.
    """
    if seen == 0:
        return 1, most_on_a_page
    while overlap:
        first = max(seen - overlap, 0)
        pages = ((first // size + 1, size) for size in range(1, most_on_a_page + 1))
        allowed = (page for page in pages if page[0] <= most_pages)
        number, size = max(allowed, key=lambda page: page[0] * page[1], default=(0, 0))
        if number * size > seen:
            return number, size
        overlap //= 2
    return None


@define
class _Section:
    """A part of the walk that has page numbers of its own: one tier, and some ids or all.

    `most` is how many tasks the provider gives on a page, as far as is known.
    """

    tier: str
    ids: tuple[str, ...]
    most: int
    position: int = 0
    overlap: int = LEAST_OVERLAP
    steps_back: int = 0
    without_new: int = 0
    seen: set[str] = field(factory=set[str])


class ListWalk:
    """One walk over a provider's tasks."""

    def __init__(self, adapter: Adapter, lists: ListSupport, query: Query, attempts: int) -> None:
        self._adapter = adapter
        self._lists = lists
        self._query = query
        self._attempts = attempts
        self._seen: set[str] = set()
        ids, most = query.ids or (), lists.most_ids
        chunks = [ids[start : start + most] for start in range(0, len(ids), most)]
        if query.ids is None:
            chunks = [()]  # all there are
        self._sections = deque(
            _Section(tier, chunk, lists.most_on_a_page) for tier in lists.tiers for chunk in chunks
        )

    def more(self) -> Flow[list[Task] | None]:
        """Ask for one page: the wanted tasks on it that are new, or None at the end.

        Raises the error of a page, `TooManyTasks`, and `BadAnswer` where the provider counts more
        tasks than it shows.
        """
        while self._sections:
            section = self._sections[0]
            left = tuple(task_id for task_id in section.ids if task_id not in self._seen)
            if section.ids and not left:
                self._sections.popleft()
                continue
            if section.position == 0:
                section.ids = left  # not later: page numbers are those of one and the same list
            page = self._page(section)
            reply = yield from request(self._lists.page_call(page), self._attempts)
            if not isinstance(reply, Answer):
                raise self._explained(reply)
            return self._take(section, page, reply.value)
        return None

    def _page(self, section: _Section) -> PageRequest:
        states = self._query.states or frozenset[State]()
        only = next(iter(states)) if len(states) == 1 else None
        # If pages of the size that it gives reach no farther, one of full size may.
        for most in (section.most, self._lists.most_on_a_page):
            found = page_after(section.position, most, self._lists.most_pages, section.overlap)
            if found:
                break
        else:
            raise self._error(
                TooManyTasks, f" lists no more than {section.position} tasks; {ASK_FOR_FEWER}"
            )
        number, size = found
        return PageRequest(
            number=number,
            size=size,
            tier=section.tier,
            state=only if only in self._lists.states else None,
            endpoint=self._query.endpoint,
            ids=section.ids,
        )

    def _take(self, section: _Section, page: PageRequest, listed: Listed) -> list[Task]:
        tasks = listed.tasks
        end = (page.number - 1) * page.size + len(tasks)
        self._check_size(page, listed)
        new = {task.ref.id: task for task in tasks if task.ref.id not in section.seen}
        # A count that is smaller than what was shown counts something else.
        total = listed.total if listed.total is not None and listed.total >= end else None
        full = len(tasks) == page.size
        ends = total == end or (total is None and not new and end >= section.position)
        last = ends and not full
        met = not section.position or bool(tasks and tasks[0].ref.id in section.seen)
        if not full and not last and (met or total is not None):
            section.most = len(tasks) or section.most
            section.without_new = 0 if new else section.without_new + 1
            if section.without_new > MOST_WITHOUT_NEW:
                of = "" if total is None else f" of {total}"
                raise self._error(
                    BadAnswer,
                    f"'s list ended at {len(section.seen)}{of} tasks, so it is not all there is; "
                    f"{ASK_FOR_FEWER}, or again later",
                )
        if not met:
            self._step_back(section)
            return []
        fresh = [task for task_id, task in new.items() if task_id not in self._seen]
        section.seen.update(new)
        self._seen.update(new)
        if last:
            self._sections.popleft()
        elif full or new:
            # A provider with smaller pages may number them by their size, or by the size that was
            # asked for: assume the former, which is the smaller step.
            section.position = max(section.position, page.number * len(tasks))
        else:
            section.position = min(section.position, end)
        return [task for task in fresh if self._query.wants(task)]

    def _check_size(self, page: PageRequest, listed: Listed) -> None:
        """Refuse more tasks than were asked for, since their place in the list is not known; but
        not if they are the whole list."""
        given = len(listed.tasks)
        if given > page.size and not (page.number == 1 and listed.total == given):
            asked_for = f"tasks where {page.size} were asked for"
            raise self._error(BadAnswer, f" gave {given} {asked_for}, so its list can't be walked")

    def _step_back(self, section: _Section) -> None:
        section.position = max(0, section.position - self._lists.most_on_a_page)
        section.overlap = min(section.overlap * 2, MOST_OVERLAP)
        section.steps_back += 1
        if section.steps_back > MOST_STEPS_BACK:
            raise self._error(
                TooManyTasks, f"'s tasks change faster than they can be listed; {ASK_FOR_FEWER}"
            )

    def _error(self, kind: type[VideoTasksError], says: str) -> VideoTasksError:
        return kind(f"{self._adapter.title}{says}", provider=self._adapter.name)

    def _explained(self, error: VideoTasksError) -> VideoTasksError:
        """The error; a refusal that may be for lack of an endpoint also says what to try."""
        other = error.is_for_all or isinstance(error, _NOT_ABOUT_ENDPOINTS)
        if self._query.endpoint is None and isinstance(error, Refused) and not other:
            error.args = (f"{error}; {self._lists.without_endpoint}",)
        return error
