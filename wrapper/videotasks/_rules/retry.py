"""What may be asked again, how often and how patiently.

Owns: which failures are tried again as they are, the numbers, and the wait they give. Refuses to
send a DELETE again that may have arrived: what becomes of that is in `_rules.flows`.
"""

from __future__ import annotations

import random
from typing import Any, Final

from attrs import Attribute, field, frozen

from .._model.checks import check_count, check_number
from .._model.errors import NoAnswer, NotConnected, RateLimited, VideoTasksError
from .steps import Answer, Backoff, Call, Flow, T, ask

_NOTHING_DONE: Final = (NotConnected, RateLimited)
"""Errors that surely mean that nothing was done: anything may be sent again; a DELETE with the same
look, as long as that is fresh."""


def _count(_retry: object, attribute: Attribute[Any], value: object) -> None:
    check_count(attribute.name, value, 1)


def _number(_retry: object, attribute: Attribute[Any], value: object) -> None:
    check_number(attribute.name, value, 0)


@frozen(kw_only=True)
class Retry:
    """Tries and waits, for what may safely be tried again: reads, and what was surely not sent.

    `attempts` is the number of tries in all. The wait before the second is up to `backoff` seconds
    and doubles from there, up to `max_wait`; half of it is random, so that many clients don't come
    back at once. What a provider asks for with `Retry-After` is waited for, up to
    `max_retry_after` seconds. Raises `ConfigurationError`.
    """

    attempts: int = field(default=4, validator=_count)
    backoff: float = field(default=0.5, validator=_number)
    max_wait: float = field(default=8.0, validator=_number)
    max_retry_after: float = field(default=60.0, validator=_number)

    def wait(self, pause: Backoff) -> float:
        """How long to wait now, in seconds."""
        if pause.retry_after is not None:
            return min(pause.retry_after, self.max_retry_after)
        most = min(self.backoff * 2.0 ** min(pause.attempt - 1, 99), self.max_wait)
        return most * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load; nothing secret


def asked(call: Call[T], attempts: int) -> Flow[Answer[T] | VideoTasksError]:
    """Ask, and ask again what may be asked again: what never arrived, and reads."""
    again = _NOTHING_DONE if call.operation == "delete" else (*_NOTHING_DONE, NoAnswer)
    attempt = 1
    while True:
        reply = yield from ask(call)
        if not isinstance(reply, again) or attempt >= attempts:
            return reply
        yield Backoff(attempt, reply.retry_after if isinstance(reply, RateLimited) else None)
        attempt += 1
