"""A rate limit shared between programs: asking a bucket of pyrate-limiter's for a turn.

Owns: how one is asked. Refuses to wait, and to decide what may be sent: that is up to the driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .._model.errors import NotConnected, VideoTasksError
from .._rules.steps import Operation
from .._text import short

if TYPE_CHECKING:
    from pyrate_limiter import AbstractBucket, RateItem


def turn_of(bucket: AbstractBucket, operation: Operation) -> RateItem:
    """What a turn of this operation is, to the bucket."""
    from pyrate_limiter import RateItem

    return RateItem(operation, cast("Any", bucket).now())


def ask(bucket: AbstractBucket, item: RateItem) -> float:
    """Ask a shared bucket for a turn: 0 if it is ours, or the seconds to wait before asking again.

    The next time is asked for the moment at which it was promised, not for when we woke up, so that
    waking up late does not add up.
    """
    granted = bucket.put(item)
    if granted is True:
        return 0.0
    if granted is not False:
        raise TypeError("a bucket with an async client was given; give one with a sync client")
    wait = max(cast("int", bucket.waiting(item)), 1)
    item.timestamp += wait
    return wait / 1000


def no_shared_limit(error: Exception) -> VideoTasksError:
    """The error of a bucket that could not be asked."""
    not_asked = NotConnected(
        f"the shared rate limit could not be asked, so nothing was sent: {short(str(error))}"
    )
    not_asked.by_shared_limit = True
    return not_asked
