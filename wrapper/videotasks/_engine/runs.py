"""What both kinds of runs share: how they begin and stop, and warnings for wrong use.

Owns: how far a run is stopped, and what is said of one that is never iterated, is begun after its
client was closed, or is used in another process. Refuses to know how outcomes come about.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from .._model.errors import Closed
from .._model.outcomes import Outcome
from .._rules.adapter import Verb
from .._rules.bulk import Bulk
from .stop import AsyncStopEvent, StopEvent

E = TypeVar("E", StopEvent, AsyncStopEvent)

_DONE: Final[dict[Verb, str]] = {"cancel": "cancelled", "delete": "deleted"}


class RunState(Generic[E]):
    """How far one run is stopped; `bulk` is its state.

    Once `stopped` is set nothing is sent; where `gave_up` is true nothing is waited for either.
    `wake` lets whoever waits for an outcome look at that.
    """

    def __init__(self, bulk: Bulk, stopped: E, wake: Callable[[], object]) -> None:
        self.bulk = bulk
        self.stopped: E = stopped
        self.wake = wake
        self.gave_up: bool = False
        self.process = os.getpid()
        bulk.on_client_closed = self.stop

    def stop(self, *, give_up: bool = False) -> None:
        """Send nothing more; with `give_up`, wait for nothing more either."""
        self.gave_up |= give_up
        self.stopped.set()
        self.wake()


class Run:
    """Bulk work that begins when it is iterated, in the process that made it."""

    def __init__(self, state: RunState[Any]) -> None:
        self._state = state
        self._begun = self._iterated = False

    @property
    def rest(self) -> tuple[Outcome, ...]:
        """After closing: an outcome for each ref that was read and not handed out."""
        return self._state.bulk.rest

    @property
    def last(self) -> Outcome | None:
        """The last outcome that was handed out."""
        return self._state.bulk.last

    def stop(self) -> None:
        """Send nothing more, and read no more refs. Returns at once.

        From any thread or signal handler. Go on iterating: that hands out an outcome for every ref
        that was read, and ends. Answers on their way are still waited for, no longer than their
        timeout; what was not tried is `Unsent`. A second call gives up that waiting: what is still
        on its way is then `Unknown`, if it was a deletion. Raises nothing.
        """
        self._begun = True
        if not self._elsewhere:
            self._state.stop(give_up=self._state.stopped.is_set())

    def _begin(self) -> None:
        """Note that it is iterated. Raises `Closed` where it can't be."""
        self._begun = True
        if self._elsewhere:
            raise Closed("this run was made in another process; make one in each process")
        if self._state.bulk.client_closed and not self._iterated:
            raise Closed("this client is closed, so nothing was sent; make a new one")
        self._iterated = True

    @property
    def _elsewhere(self) -> bool:
        """Whether this is a process that was forked since."""
        return os.getpid() != self._state.process

    def __del__(self) -> None:
        # As for a coroutine that was never awaited: the line that dropped it is named.
        if not getattr(self, "_begun", True) and not self._elsewhere and not sys.is_finalizing():
            warnings.warn(
                f"a run was never iterated, so nothing was {_DONE[self._state.bulk.verb]}: go "
                "through its outcomes, as with `for outcome in …`",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )
