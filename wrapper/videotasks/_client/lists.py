# Written from wrapper/videotasks/_client/async_lists.py by tools/unasync.py; edit that one.
"""What `Tasks` does with tasks that a provider lists: listing them, and plans to purge them.

Owns: the signatures and what they promise. Refuses rules: they are elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from .._engine.sync_driver import Driver
from .._engine.threads import Outcomes
from .._model.task import Ref, State, Task
from .._rules.listing import ListWalk
from .._rules.query import Query, read_ids
from .._rules.steps import TimeLimit
from .base import Options
from .base_many import chosen, over_limit
from .many import ManyVerbs
from .plans import Plan


class Lists(ManyVerbs):
    """The verbs for what a provider lists."""

    def list(
        self,
        provider: str,
        *,
        states: Iterable[State] | None = None,
        model: str | None = None,
        endpoint: str | None = None,
        ids: Iterable[Ref | str] | None = None,
        created_before: datetime | None = None,
        created_after: datetime | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> Iterator[Task]:
        """List tasks, in the order that the provider gives, none twice. Changes nothing.

        Ark lists tasks of every kind, of the last 7 days, of the key's project, and of the
        endpoints that the key may use; all pages and both service tiers, at one page a second, as
        they are needed.

        `states` are those of tasks to list, `ids` their refs or bare ids; all by default. `model`
        is as in `Task.model`, and filtered here. `endpoint` is the id of the inference endpoint
        that tasks were made through. No task shows it, so that Ark alone filters by it; a model's
        id finds only tasks made without an endpoint of one's own. A key that may use certain
        endpoints only must name one. `created_before` and `created_after` (inclusive) need
        a time zone; `timeout` is in seconds, for each answer, `deadline` for all of it.

        A task that is there throughout is not missed when others come or go meanwhile, as long as
        the provider keeps its order.

        Raises `Unsupported` on TensorsLab, `ConfigurationError` and `MissingKey` before anything is
        sent; while it is iterated the error of a page, `TooManyTasks` for more tasks than can be
        listed, and `BadAnswer` where the provider counts more tasks than it shows.
        """
        query = Query(
            provider=provider,
            states=states,
            model=model,
            endpoint=endpoint,
            ids=read_ids(provider, ids),
            created_before=created_before,
            created_after=created_after,
        )
        limit = self._base.limit(Options(timeout=timeout, deadline=deadline))
        return self._listed(*self._base.listing(query), limit)

    def purge(
        self,
        provider: str,
        *,
        states: Iterable[State] | None = None,
        older_than: timedelta | None = None,
        model: str | None = None,
        endpoint: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> Plan:
        """List what a purge would delete. Deletes nothing: that does the plan's `run()`.

        At least one filter must be given. `states` are those of tasks to delete, by default failed
        and expired ones; finished ones, with their videos, only where "succeeded" is among them,
        and queued ones, which are cancelled, only where "queued" is. A task that does not say when
        it was made, or says a time before 2020, is never older than `older_than`. If more than
        `limit` tasks match, `TooManyTasks` is raised. The other filters are those of `list`.
        """
        query = Query(provider=provider, states=states, model=model, endpoint=endpoint)
        driver, walk, wanted = self._base.purge(query, older_than, limit)
        time_limit = self._base.limit(Options(timeout=timeout, deadline=deadline))
        found: dict[Ref, Task] = {}
        for task in self._listed(driver, walk, time_limit):
            found[task.ref] = task
            if limit is not None and len(found) > limit:
                raise over_limit(provider, limit)

        return self._plan(provider, dict.fromkeys(found, wanted), found.values())

    def plan(self, tasks: Iterable[Task]) -> Plan:
        """A plan to delete exactly these tasks, each only while it is in the state shown.

        For tasks that were looked at or listed, and chosen by whatever rule. Sends nothing.
        """
        found = chosen(tasks)
        only = {ref: frozenset[State]({task.state}) for ref, task in found.items()}
        providers = ", ".join(sorted({ref.provider for ref in found}))
        return self._plan(providers, only, found.values())

    def _listed(self, driver: Driver, walk: ListWalk, limit: TimeLimit) -> Iterator[Task]:
        while (tasks := driver.run(walk.more(), limit)) is not None:
            yield from tasks

    def _plan(
        self, provider: str, only: Mapping[Ref, frozenset[State]], tasks: Iterable[Task]
    ) -> Plan:
        states = frozenset[State]().union(*only.values())

        def start(options: Options) -> Outcomes:
            return self._run("delete", only, options, only)

        return Plan(provider, states, tuple(tasks), start)
