"""What both kinds of runs share: being begun, being stopped, and what to say when used wrongly.

Owns: the state of stopping, and the two complaints: never iterated, or in another process. Refuses
to know how outcomes come about.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from .._model.errors import Closed
from .._model.outcomes import Outcome
from .._rules.adapter import Verb
from .._rules.bulk import Bulk
from .stop import AsyncStopEvent, StopEvent

_DONE: Final[dict[Verb, str]] = {"cancel": "cancelled", "delete": "deleted"}


D_co = TypeVar("D_co", covariant=True)
E = TypeVar("E", StopEvent, AsyncStopEvent)


class Client(Protocol[D_co]):
    """What a run needs of its client."""

    @property
    def drivers(self) -> Mapping[str, D_co]: ...
    def attach(self, runner: Runner[Any]) -> None: ...


class Runner(Generic[E]):
    """How far one run is stopped. `bulk` is its account."""

    def __init__(self, bulk: Bulk, stopped: E) -> None:
        self.bulk = bulk
        self.stopped: E = stopped
        self.gave_up = False
        self._client_closed = False

    def stop(self, *, give_up: bool = False) -> None:
        """Send nothing more; and wait for nothing more, if so."""
        self.gave_up = self.gave_up or give_up
        self.stopped.set()
        self._wake()

    def client_closed(self) -> None:
        """Stop, since the client was closed."""
        self._client_closed = True
        self.stop()

    def _check_client(self) -> None:
        """Raise `Closed` if the client was closed before the run began."""
        if self._client_closed:
            raise Closed("this client is closed, so nothing was sent; make a new one")

    def _wake(self) -> None:
        """Let whoever waits for an outcome look at what has changed."""
        raise NotImplementedError


class Run:
    """Bulk work that begins when it is iterated, in the process that made it."""

    def __init__(self, runner: Runner[Any]) -> None:
        self._stoppable = runner
        self._process = os.getpid()
        self._begun = False

    @property
    def rest(self) -> tuple[Outcome, ...]:
        """After closing: an outcome for each ref that was read and not handed out."""
        return self._stoppable.bulk.rest

    @property
    def last(self) -> Outcome | None:
        """The last outcome that was handed out."""
        return self._stoppable.bulk.last

    def stop(self) -> None:
        """Send nothing more, and read no more refs. Returns at once.

        From any thread or signal handler. Go on iterating: that hands out an outcome for every ref
        that was read, and ends. Answers on their way are still waited for, no longer than their
        timeout; what was not tried is `Unsent`. A second call gives up that waiting: what is still
        on its way is then `Unknown`, if it was a deletion. Raises nothing.
        """
        self._begun = True
        if not self._elsewhere:
            self._stoppable.stop(give_up=self._stoppable.stopped.is_set())

    def _begin(self) -> None:
        """Note that somebody means it. Raises `Closed` in another process."""
        self._begun = True
        if self._elsewhere:
            raise Closed("this run was made in another process; make one in each process")

    @property
    def _elsewhere(self) -> bool:
        """Whether this is a process that was forked since."""
        return os.getpid() != self._process

    def __del__(self) -> None:
        # As for a coroutine that was never awaited: the line that dropped it is named.
        if not getattr(self, "_begun", True) and not self._elsewhere and not sys.is_finalizing():
            warnings.warn(
                f"a run was never iterated, so nothing was {_DONE[self._stoppable.bulk.verb]}: go "
                "through its outcomes, as with `for outcome in …`",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )
