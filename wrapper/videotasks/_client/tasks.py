# Written from wrapper/videotasks/_client/async_tasks.py by tools/unasync.py; edit that one.
"""`Tasks`: the facade for threads. A thin shell: the rules are elsewhere."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from .._engine.sync_driver import Driver
from .._forks import no_copies
from .._http.files import is_saved, names_of
from .._http.sync_download import sync_download
from .._model.checks import check_seconds
from .._model.errors import NotSaved
from .._model.outcomes import Outcome
from .._model.task import Ref, Task
from .._providers import Provider, from_environment
from .._rules.steps import Retry
from .base import Options
from .base_many import ManyBase
from .lists import Lists


class Tasks(Lists):
    """Looks at, cancels and deletes video generation tasks of the providers given.

    One client may be used by many threads, and in a process that is forked goes on with connections
    of its own. Close it, or use it in a `with` statement. `retry` says how often, and after which
    wait, what is safe to retry is retried; `timeout`, in seconds for a whole answer, overrides that
    of the providers. Raises `ConfigurationError`.
    """

    def __init__(
        self, *providers: Provider[Any], retry: Retry | None = None, timeout: float | None = None
    ) -> None:
        self._base = ManyBase(providers, Driver, retry, timeout)

    @classmethod
    def from_env(cls, *, retry: Retry | None = None, timeout: float | None = None) -> Self:
        """A client for the providers whose keys are in the environment.

        Reads `ARK_API_KEY`, `ARK_BASE_URL`, `TENSORSLAB_API_KEY` and `TENSORSLAB_BASE_URL`. Raises
        `MissingKey` if neither key is set.
        """
        return cls(*from_environment(), retry=retry, timeout=timeout)

    def get(
        self, ref: Ref | str, *, timeout: float | None = None, deadline: float | None = None
    ) -> Task:
        """Look at one task. Changes nothing.

        `timeout` is in seconds, for each answer, `deadline` for all of it. Raises `NotFound` if the
        provider doesn't know the task, any other `VideoTasksError` if the look failed, and
        `InvalidRef` or `MissingKey` before anything is sent.
        """
        options = Options(timeout=timeout, deadline=deadline)
        driver, flow = self._base.get(ref)
        return driver.run(flow, self._base.limit(options))

    def cancel(
        self,
        ref: Ref | str,
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> Outcome:
        """Cancel one task, if it is still queued; any other task is `Kept`, with its video.

        The task is looked at first, and only a queued one is acted on, within 5 seconds of that
        look. Ark could delete a finished video only if a task went from queued through running to
        finished within those seconds, or if the request were delayed on its way until then: its
        DELETE does not let a client say what it is meant for.

        `confirm` looks again afterwards and says `Cancelled` only if that shows it. `missing_ok`
        makes `Gone` ok. `timeout` is in seconds, for each answer. `deadline` is in seconds, for all
        of it: from then on nothing is sent or waited for, and the outcome is true all the same.

        What became of the task is returned; only a caller's mistakes are raised, before anything
        is sent: `InvalidRef`, `MissingKey`, `Closed`, and `Unsupported` on TensorsLab, which can't
        cancel.
        """
        options = Options(
            confirm=confirm, missing_ok=missing_ok, timeout=timeout, deadline=deadline
        )
        driver, flow = self._base.settle("cancel", ref, options)
        return driver.run(flow, self._base.limit(options))

    def delete(
        self,
        ref: Ref | str,
        *,
        confirm: bool = False,
        missing_ok: bool = False,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> Outcome:
        """Destroy one task's record, and with it the way to its video. This can't be undone.

        A queued task on Ark is cancelled. A running one is `Kept`; on TensorsLab an unfinished one
        is, unless `TensorsLab(delete_unfinished=True)` says otherwise.

        `confirm` looks again afterwards and says `Deleted` only if that shows it. `missing_ok`
        makes `Gone` ok. `timeout` is in seconds, for each answer. `deadline` is in seconds, for all
        of it: from then on nothing is sent or waited for, and the outcome is true all the same.

        What became of the task is returned; only a caller's mistakes are raised, before anything
        is sent: `InvalidRef`, `MissingKey`, `Closed`.
        """
        options = Options(
            confirm=confirm, missing_ok=missing_ok, timeout=timeout, deadline=deadline
        )
        driver, flow = self._base.settle("delete", ref, options)
        return driver.run(flow, self._base.limit(options))

    def wait(
        self,
        ref: Ref | str,
        *,
        interval: float | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> Task:
        """Wait until a task has ended, and return it as it then is. Changes nothing.

        Ended are succeeded, failed, expired and cancelled tasks. `interval` is the seconds between
        two looks, by default 2 to begin with and 15 later on. Failures that may pass, such as a
        broken connection, are waited out for ten looks. `timeout` is in seconds, for each answer,
        `deadline` for all of it; without one this waits as long as it takes.

        Raises `WaitTimeout` (also a `TimeoutError`) at the deadline, with the task as it was last
        seen; `NotFound` if the provider doesn't know the task, any other `VideoTasksError` for what
        stood in the way, and `InvalidRef` or `MissingKey` before anything is sent.
        """
        options = Options(interval=interval, timeout=timeout, deadline=deadline)
        driver, waiting = self._base.wait(ref, options)
        limit = self._base.limit(options)
        while not (results := driver.run(waiting.more(), limit)):
            pass
        return results[0].ended_task()

    def save(
        self, task: Task | Ref | str, directory: str | Path, *, timeout: float = 600.0
    ) -> tuple[Path, ...]:
        """Fetch the files that a task has made into a folder: videos, other files, the last frame.

        The names are made of the ref: `ark-cgt-….mp4`. What is there already is not fetched again;
        a file has its name only once it is whole and on the disk. No key is sent: links lead to
        other hosts. `timeout` is in seconds, for each file; one of more than 4 GB is not saved. A
        task given by its ref is looked at first. Returns the files, none for a task that shows no
        link. The folder is made where it is missing.

        Raises `NotSaved`; `InvalidRef`, `MissingKey`, and what `get` raises.
        """
        if not isinstance(task, Task):
            task = self.get(task)
        proxy = self._base.driver(task.ref.provider).proxy
        seconds = check_seconds("timeout", timeout)
        files = {url: Path(directory, name) for url, name in names_of(task).items()}
        for url, path in files.items():
            try:
                if not is_saved(path):
                    sync_download(url, path, proxy=proxy, timeout=seconds)
            except NotSaved as error:
                error.ref, error.provider = task.ref, task.ref.provider
                raise
        return tuple(files.values())

    def close(self) -> None:
        """Send nothing more, and close the connections.

        Answers on their way still arrive, within their timeout, and are not waited for here: the
        connections they come on are closed afterwards. A bulk run that is iterated further reads
        no more refs; those it has read and not begun are `Unsent`.
        """
        for driver in self._base.close():
            driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        no_copies(self)

    def __repr__(self) -> str:
        # Also where the constructor raised.
        return f"Tasks({getattr(self, '_base', None)!r})"
