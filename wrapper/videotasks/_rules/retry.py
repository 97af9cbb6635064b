"""How often and how patiently something is tried again.

Owns: the numbers, and the wait they give. Refuses to decide what may be tried again: that is in
`_rules.flows`.
"""

from __future__ import annotations

import random
from typing import Any

from attrs import Attribute, field, frozen

from .._model.checks import check_count, check_number
from .steps import Backoff


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
