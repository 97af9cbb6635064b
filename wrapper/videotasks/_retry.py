"""How often and how patiently something is tried again.

Owns: the numbers, and the wait they give. Refuses to decide what may be tried again: that is in
`_flows`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from attrs import Attribute, field, frozen

from ._errors import ConfigurationError
from ._steps import Pause


def _at_least(least: int) -> Callable[[object, Attribute[Any], float], None]:
    def check(_retry: object, attribute: Attribute[Any], value: float) -> None:
        if not least <= value < float("inf"):
            raise ConfigurationError(
                f"{attribute.name} must be a finite number, {least} or more: {value!r}"
            )

    return check


@frozen(kw_only=True)
class Retry:
    """Tries and waits, for what may safely be tried again: reads, and what was surely not sent.

    `attempts` is the number of tries in all. The wait before the second is up to `backoff` seconds
    and doubles from there, up to `max_wait`; half of it is random, so that many clients don't come
    back at once. What a provider asks for with `Retry-After` is waited for, up to
    `max_retry_after` seconds. Raises `ConfigurationError`.
    """

    attempts: int = field(default=4, validator=_at_least(1))
    backoff: float = field(default=0.5, validator=_at_least(0))
    max_wait: float = field(default=8.0, validator=_at_least(0))
    max_retry_after: float = field(default=60.0, validator=_at_least(0))

    def wait(self, pause: Pause) -> float:
        """How long to wait now, in seconds."""
        if pause.retry_after is not None:
            return min(pause.retry_after, self.max_retry_after)
        most = min(self.backoff * 2.0 ** min(pause.attempt - 1, 99), self.max_wait)
        return most * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load; nothing secret
