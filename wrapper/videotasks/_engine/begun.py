"""What both kinds of runs say when they are used wrongly: not at all, or in another process.

Owns: these two complaints. Refuses to know how outcomes come about.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Final

from .._model.errors import Closed
from .._rules.adapter import Verb

_DONE: Final[dict[Verb, str]] = {"cancel": "cancelled", "delete": "deleted"}


class Run:
    """Bulk work that begins when it is iterated, in the process that made it."""

    def __init__(self, verb: Verb) -> None:
        self._verb: Verb = verb
        self._process = os.getpid()
        self._begun = False

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
                f"a run was never iterated, so nothing was {_DONE[self._verb]}: go through its "
                "outcomes, as with `for outcome in …`",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )
