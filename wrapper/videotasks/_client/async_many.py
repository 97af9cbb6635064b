"""What `AsyncTasks` does with many tasks: runs, previews, lists, and plans to purge.

Owns: the signatures and what they promise. Refuses rules: they are elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta

from .._engine.aio import AsyncOutcomes
from .._engine.async_driver import AsyncDriver
from .._engine.previews import async_previews
from .._model.preview import Preview
from .._model.task import Ref, State, Task
from .._rules.adapter import Verb
from .._rules.listing import ListWalk
from .._rules.preview import DEFAULT_LOOKS
from .._rules.query import Query, read_ids
from .base import Options
from .base_many import ManyBase, chosen, over_limit
from .plans import AsyncPlan


class AsyncManyVerbs:
    """The verbs for many tasks."""

    _base: ManyBase[AsyncDriver]

    def cancel_many(
        self,
        refs: Iterable[Ref | str] | AsyncIterable[Ref | str],
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        concurrency: int | None = None,
    ) -> AsyncOutcomes:
        """Cancel many tasks, each as `cancel` does; one outcome for each ref, as they finish.

        `refs` may be any iterable, async or not, and is read as work goes on. At most
        `concurrency` requests are in flight for each provider; by default 16, or as many as its
        limit needs, up to 100. Nothing is raised for one ref: a caller's mistake is that ref's
        `Failed`, with nothing sent for it. A ref that comes again while it is on its way shares
        the outcome.

        Nothing is sent until the outcomes are iterated; a run that never is gives a warning. Where
        an error is about the account, such as a refused key, the provider's refs that were not
        begun fail with the same error, and nothing is sent for them.
        """
        options = Options(
            confirm=confirm, missing_ok=missing_ok, timeout=timeout, concurrency=concurrency
        )
        return self._run("cancel", refs, options)

    def delete_many(
        self,
        refs: Iterable[Ref | str] | AsyncIterable[Ref | str],
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        concurrency: int | None = None,
    ) -> AsyncOutcomes:
        """Destroy the records of many tasks, each as `delete` does. This can't be undone.

        One outcome for each ref, as they finish while they are iterated; otherwise as
        `cancel_many`. TensorsLab's tasks are deleted in batches; a batch that is refused is halved
        until each has an answer of its own.
        """
        options = Options(
            confirm=confirm, missing_ok=missing_ok, timeout=timeout, concurrency=concurrency
        )
        return self._run("delete", refs, options)

    def preview(
        self,
        verb: Verb,
        refs: Iterable[Ref | str | Task] | AsyncIterable[Ref | str | Task],
        *,
        missing_ok: bool = False,
        timeout: float | None = None,
        concurrency: int = DEFAULT_LOOKS,
    ) -> AsyncIterator[Preview]:
        """Say what `verb` would do to each ref and why, in the order given. Changes nothing.

        Each ref gets exactly one `Preview`, and nothing is raised for one ref: an error is part of
        its outcome. A `Task` in place of a ref is taken as it was seen, without a look.
        `refs` may be any iterable and is read as previews are taken, `concurrency` ahead at the
        most; so many looks are on their way at once. `missing_ok` makes `Gone` ok. `timeout` is in
        seconds, for each answer. Where an error is about the account, such as a refused key, the
        provider's other refs get the same error, and nothing is asked for them.

        Raises `ConfigurationError`, `InvalidRef` for a single ref in place of many, and `Closed`.
        """
        options = Options(missing_ok=missing_ok, timeout=timeout, concurrency=concurrency)
        previewer = self._base.previewer(verb, refs, options, or_async=True)
        timeout = self._base.timeout(timeout)
        return async_previews(previewer, refs, self._base.drivers, timeout, concurrency)

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
    ) -> AsyncIterator[Task]:
        """List tasks, in the order that the provider gives, none twice. Changes nothing.

        Ark lists tasks of every kind, of the last 7 days, of the key's project, and of the
        endpoints that the key may use; all pages and both service tiers, at one page a second, as
        they are needed.

        `states` are those of tasks to list, `ids` their refs or bare ids; all by default. `model`
        is as in `Task.model`, and filtered here. `endpoint` is the id of the inference endpoint
        that tasks were made through. No task shows it, so that Ark alone filters by it; a model's
        id finds only tasks made without an endpoint of one's own. A key that may use certain
        endpoints only must name one. `created_before` and `created_after` (inclusive) need
        a time zone; `timeout` is in seconds, for each answer.

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
        return self._listed(*self._base.listing(query), self._base.timeout(timeout))

    async def purge(
        self,
        provider: str,
        *,
        states: Iterable[State] | None = None,
        older_than: timedelta | None = None,
        model: str | None = None,
        endpoint: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> AsyncPlan:
        """List what a purge would delete. Deletes nothing: that does the plan's `run()`.

        At least one filter must be given. `states` are those of tasks to delete, by default failed
        and expired ones; finished ones, with their videos, only where "succeeded" is among them,
        and queued ones, which are cancelled, only where "queued" is. A task that does not say when
        it was made, or says a time before 2020, is never older than `older_than`. If more than
        `limit` tasks match, `TooManyTasks` is raised. The other filters are those of `list`.
        """
        query = Query(provider=provider, states=states, model=model, endpoint=endpoint)
        driver, walk, wanted = self._base.purge(query, older_than, limit)
        found: dict[Ref, Task] = {}
        async for task in self._listed(driver, walk, self._base.timeout(timeout)):
            found[task.ref] = task
            if limit is not None and len(found) > limit:
                raise over_limit(provider, limit)

        return self._plan(provider, dict.fromkeys(found, wanted), found.values())

    def plan(self, tasks: Iterable[Task]) -> AsyncPlan:
        """A plan to delete exactly these tasks, each only while it is in the state shown.

        For tasks that were looked at or listed, and chosen by whatever rule. Sends nothing.
        """
        found = chosen(tasks)
        only = {ref: frozenset[State]({task.state}) for ref, task in found.items()}
        providers = ", ".join(sorted({ref.provider for ref in found}))
        return self._plan(providers, only, found.values())

    async def _listed(
        self, driver: AsyncDriver, walk: ListWalk, timeout: float | None
    ) -> AsyncIterator[Task]:
        while (tasks := await driver.run(walk.more(), timeout)) is not None:
            for task in tasks:
                yield task

    def _plan(
        self, provider: str, only: Mapping[Ref, frozenset[State]], tasks: Iterable[Task]
    ) -> AsyncPlan:
        states = frozenset[State]().union(*only.values())

        def start(options: Options) -> AsyncOutcomes:
            return self._run("delete", only, options, only)

        return AsyncPlan(provider, states, tuple(tasks), start)

    def _run(
        self,
        verb: Verb,
        refs: Iterable[Ref | str] | AsyncIterable[Ref | str],
        options: Options,
        only: Mapping[Ref, frozenset[State]] | None = None,
    ) -> AsyncOutcomes:
        bulk = self._base.bulk(verb, refs, options, only, or_async=True)
        timeout = self._base.timeout(options.timeout)
        return AsyncOutcomes(bulk, refs, self._base.drivers, timeout)
