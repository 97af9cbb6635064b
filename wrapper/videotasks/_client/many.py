# Written from wrapper/videotasks/_client/async_many.py by tools/unasync.py; edit that one.
"""What `Tasks` does with many tasks: runs, waiting and previews.

Owns: the signatures and what they promise. Refuses rules: they are elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .._engine.previews import sync_previews
from .._engine.sync_driver import Driver
from .._engine.threads import Outcomes
from .._engine.waits import sync_waits
from .._model.preview import Preview
from .._model.task import Ref, State, Task
from .._model.waiting import WaitResult
from .._rules.adapter import Verb
from .._rules.preview import DEFAULT_LOOKS
from .base import Options
from .base_many import ManyBase


class ManyVerbs:
    """The verbs for many tasks."""

    _base: ManyBase[Driver]

    def cancel_many(
        self,
        refs: Iterable[Ref | str],
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        deadline: float | None = None,
        concurrency: int | None = None,
    ) -> Outcomes:
        """Cancel many tasks, each as `cancel` does; one outcome for each ref, as they finish.

        `refs` may be any iterable, and is read as work goes on. At most
        `concurrency` requests are in flight for each provider; by default 16, or as many as its
        limit needs, up to 100. Nothing is raised for one ref: a caller's mistake is that ref's
        `Failed`, with nothing sent for it. A ref that comes again while it is on its way shares
        the outcome.

        `deadline` is in seconds, for the whole run: from then on nothing is sent or waited for, and
        what was not tried is `Unsent`: the rest of a list or the like; an iterator is not read
        further. Nothing is sent until the outcomes are iterated; a run that never is gives a
        warning. Where an error is about the account, such as a refused key, the provider's refs
        that were not begun fail with the same error, and nothing is sent for them.
        """
        options = Options(
            confirm=confirm,
            missing_ok=missing_ok,
            timeout=timeout,
            deadline=deadline,
            concurrency=concurrency,
        )
        return self._run("cancel", refs, options)

    def delete_many(
        self,
        refs: Iterable[Ref | str],
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        deadline: float | None = None,
        concurrency: int | None = None,
    ) -> Outcomes:
        """Destroy the records of many tasks, each as `delete` does. This can't be undone.

        One outcome for each ref, as they finish while they are iterated; otherwise as
        `cancel_many`. TensorsLab's tasks are deleted in batches; a batch that is refused is halved
        until each has an answer of its own.
        """
        options = Options(
            confirm=confirm,
            missing_ok=missing_ok,
            timeout=timeout,
            deadline=deadline,
            concurrency=concurrency,
        )
        return self._run("delete", refs, options)

    def wait_many(
        self,
        refs: Iterable[Ref | str],
        *,
        interval: float | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> Iterator[WaitResult]:
        """Wait for many tasks, each as `wait` does; one result for each ref, as they end.

        `refs` are all read first. From 100 tasks of Ark on, all its tasks are listed instead, 500
        in a request; those that the list lacks are looked at one by one. Nothing is raised for one
        ref: an error, `WaitTimeout` at the deadline among them, is part of its result.

        Raises `ConfigurationError`, `InvalidRef` for a single ref in place of many, and `Closed`.
        """
        options = Options(interval=interval, timeout=timeout, deadline=deadline)
        self._base.check_many("wait_many", refs)
        return self._waits(refs, options)

    def preview(
        self,
        verb: Verb,
        refs: Iterable[Ref | str | Task],
        *,
        missing_ok: bool = False,
        timeout: float | None = None,
        deadline: float | None = None,
        concurrency: int = DEFAULT_LOOKS,
    ) -> Iterator[Preview]:
        """Say what `verb` would do to each ref and why, in the order given. Changes nothing.

        Each ref gets exactly one `Preview`, and nothing is raised for one ref: an error is part of
        its outcome. A `Task` in place of a ref is taken as it was seen, without a look.
        `refs` may be any iterable and is read as previews are taken, `concurrency` ahead at the
        most; so many looks are on their way at once. `missing_ok` makes `Gone` ok. `timeout` is in
        seconds, for each answer. Where an error is about the account, such as a refused key, the
        provider's other refs get the same error, and nothing is asked for them.

        Raises `ConfigurationError`, `InvalidRef` for a single ref in place of many, and `Closed`.
        """
        options = Options(
            missing_ok=missing_ok, timeout=timeout, deadline=deadline, concurrency=concurrency
        )
        previewer = self._base.previewer(verb, refs, options)
        limit = self._base.limit(options)
        return sync_previews(previewer, refs, self._base.drivers, limit, concurrency)

    def _waits(self, refs: Iterable[Ref | str], options: Options) -> Iterator[WaitResult]:
        limit = self._base.limit(options)
        read = refs
        mistakes, waits = self._base.waits(read, options.interval)
        yield from mistakes
        yield from sync_waits(waits, limit, self._base.check_open)

    def _run(
        self,
        verb: Verb,
        refs: Iterable[Ref | str],
        options: Options,
        only: Mapping[Ref, frozenset[State]] | None = None,
    ) -> Outcomes:
        bulk = self._base.bulk(verb, refs, options, only)
        return Outcomes(bulk, refs, self._base.drivers, self._base.limit(options))
