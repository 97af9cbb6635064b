"""Being copied into another process: by `fork()`, as multiprocessing does on Linux, or as a pickle.

Owns: the refusal of pickles, and telling all that has connections or locks, in the child, before
anything else runs there. Two processes on one connection would read each other's answers, and a
lock that another thread held at that moment stays taken for ever. Refuses to know what each of
them does about it.
"""

from __future__ import annotations

import os
import warnings
from typing import NoReturn, Protocol

from ._weak import WeakBag


class Forkable(Protocol):
    """What has to begin anew in a forked process."""

    def after_fork(self) -> object: ...


_known: WeakBag[Forkable] = WeakBag()


def tell_of_forks(one: Forkable) -> None:
    """Call its `after_fork` in each process that is forked while it is there."""
    _known.add(one)


def no_copies(one: object) -> NoReturn:
    """Raise TypeError, for what is asked to be pickled or copied."""
    raise TypeError(
        f"{type(one).__name__} can't be pickled or copied: make it in each process; a key doesn't "
        "belong in a pickle"
    )


def _in_child() -> None:
    with warnings.catch_warnings():
        # Dropping the parent's sockets is what is wanted here: that closes the child's copies, and
        # says nothing to the server, as closing them properly might.
        warnings.simplefilter("ignore", ResourceWarning)
        for one in _known:
            one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
