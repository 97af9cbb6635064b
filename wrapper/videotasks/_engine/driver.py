"""What runs flows: it makes their calls and waits out their pauses, in threads or in asyncio.

Owns: what both drivers share: the clock, one provider's idle connections, and each operation's turn
under its rate limit. Refuses to decide anything: what to do next is up to the flow, which gets
every error as a reply. The waiting is in `_engine.async_driver`.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Generic, TypeVar

from .._clock import now
from .._http.environment import certificates
from .._http.settings import KEPT_IDLE
from .._model.errors import Closed, LookTooOld, RateLimited, Refused, VideoTasksError
from .._model.task import Ref
from .._providers import Provider
from .._rules.pacing import RateLimiter
from .._rules.steps import Answer, Backoff, Call, Operation, Reply, Retry

H = TypeVar("H")

_logger = logging.getLogger("videotasks")


class DriverBase(Generic[H]):
    """What both drivers share: everything but the waiting."""

    survives_fork: ClassVar[bool]
    """Whether it can be used in a forked process. An event loop shares with the parent what it
    waits by, so that there connections are left alone."""

    def __init__(self, provider: Provider[Any], retry: Retry) -> None:
        self.adapter = provider.adapter
        self.retry = retry
        self._settings = provider.settings
        if self._settings.is_encrypted:
            certificates()  # so that what is wrong with them shows before anything is asked
        self._limits = provider.limits
        self._shut = False
        self._begin()

    def _begin(self) -> None:
        """Set up what belongs to one process."""
        self._limiters: dict[Operation, RateLimiter] = {
            name: RateLimiter(limit) for name, limit in self._limits.items()
        }
        self._idle = IdleClients[H](*self._limiters)

    def after_fork(self) -> bool:
        """Begin anew in a forked process, or send nothing there; whether it can be used."""
        if self.survives_fork:
            self._begin()
        else:
            self._shut = True
        return self.survives_fork

    @property
    def limiters(self) -> Mapping[Operation, RateLimiter]:
        """The pace of each operation."""
        return self._limiters

    def _opens_in(self, call: Call[Any]) -> float:
        """Seconds until any such call may leave, after a 429. Raises `LookTooOld`."""
        return self._in_time(call, self._limiters[call.operation].opens_at)

    def _turn_in(self, call: Call[Any]) -> float:
        """Take the turn of `call`: seconds until it may leave. Raises `LookTooOld`."""
        limiter = self._limiters[call.operation]
        return self._in_time(call, limiter.reserve(now(), call.not_after))

    def _leaves_in(self, call: Call[Any]) -> float:
        """Let `call` leave: 0, or the seconds to wait before asking again. Raises `LookTooOld`."""
        present = now()
        return self._in_time(call, present + self._limiters[call.operation].leave(present))

    def _in_time(self, call: Call[Any], moment: float) -> float:
        present = now()
        if call.not_after is not None and max(moment, present) > call.not_after:
            expired = LookTooOld(
                "looking at the task and acting on it took too long, so nothing was sent; "
                "the connection is too slow or the rate limit too tight"
            )
            expired.retry_after = moment - present if moment > present else None
            raise expired
        return moment - present

    def _check(self, call: Call[Any], *, stopped: bool) -> None:
        """Raise if `call` may not be sent now: `Closed`, `LookTooOld`."""
        if stopped or self._shut:
            raise Closed("stopped before it was sent")
        self._in_time(call, 0.0)

    def _answer(self, call: Call[Any], response: Any, sent_at: float) -> Answer[Any]:
        header = self._settings.info.request_id_header
        request_id = response.headers.get(header) if header else None
        answer = Answer(call.read(response), sent_at, request_id)
        self._limiters[call.operation].recover()
        return answer

    def _failure(self, call: Call[Any], error: VideoTasksError, sent_at: float) -> VideoTasksError:
        """The error that a request came to; a 429 slows its operation down for everybody."""
        limiter = self._limiters[call.operation]
        if isinstance(error, RateLimited):
            longest = self.retry.max_retry_after
            asked = None if error.retry_after is None else min(error.retry_after, longest)
            if limiter.slow_down(now(), sent_at, asked):
                form = "answered 429; every %s is slowed down to %.3g a second"
                self._say(call, call.refs, form, call.operation, limiter.per_second)
        elif isinstance(error, Refused):
            limiter.recover()
        error.provider = error.provider or self.adapter.name
        if error.ref is None and len(call.refs) == 1:
            error.ref = call.refs[0]
        return error

    def _pause(self, step: Backoff, call: Call[Any] | None, reply: Reply) -> float:
        """Seconds to wait before the next call, after `call` came to `reply`."""
        wait = self.retry.wait(step)
        if call is not None:
            why = "an answer that does not show the change yet"
            if isinstance(reply, VideoTasksError):
                why = _kind_of(reply)
            self._say(call, call.refs, "retrying in %.2g s after %s", wait, why)
        return wait

    def _say_sent_again(self, call: Call[Any]) -> None:
        """Log, as a call leaves, for which tasks the same was sent before."""
        if lost := call.sent_before:
            why = _kind_of(next(iter(lost.values())))
            self._say(call, tuple(lost), "sent again after %s and a new look", why)

    def _say(self, call: Call[Any], refs: Sequence[Ref], form: str, *facts: object) -> None:
        """Log one line, at INFO; never with a key, or with what a server said."""
        about = f" of {refs[0]}" if refs else ""
        more = f" and {len(refs) - 1} more" if len(refs) > 1 else ""
        name = f"{self.adapter.name}: {call.operation}{about}{more}"
        _logger.info(f"%s: {form}", name, *facts)


def _kind_of(error: VideoTasksError) -> str:
    """An error in short: its class, and the HTTP status if there is one."""
    return " ".join(map(str, filter(None, (type(error).__name__, error.status_code))))


class IdleClients(Generic[H]):
    """HTTP clients that make no call at present, by what they are for; each has connections of its
    own.

    Each makes one call at a time, since httpx goes through all connections of a client for every
    request; and one in which a call was broken off is not put back, since a lock within may have
    stayed taken. Each step is one call into C: threads and signal handlers may share it, and each
    client comes out once.
    """

    def __init__(self, *purposes: str) -> None:
        self._idle = {purpose: deque[tuple[float, H]]() for purpose in purposes}

    def take(self, purpose: str) -> H | None:
        """The one that was used last, None if there is none."""
        try:
            return self._idle[purpose].pop()[1]
        except IndexError:
            return None

    def put(self, purpose: str, client: H) -> None:
        """It makes no call any more."""
        self._idle[purpose].append((now(), client))

    def expired(self) -> Iterator[H]:
        """Take those whose connections are too old to be used again.

        Whoever is about to make a call closes them: with no more calls they stay until the end.
        """
        latest = now() - KEPT_IDLE
        for idle in self._idle.values():
            with suppress(IndexError):  # another thread was quicker: then a newer one may come out
                while idle[0][0] < latest:
                    yield idle.popleft()[1]

    def drain(self) -> Iterator[H]:
        """Take all."""
        for purpose in self._idle:
            while (client := self.take(purpose)) is not None:
                yield client


def close_aside(close: Callable[[], object]) -> None:
    """Close connections that Ctrl-C struck, in a thread of its own.

    A lock within httpcore may have stayed taken, which closing would wait for, for ever.
    """
    with suppress(RuntimeError):  # no more threads: then they go when nobody holds on to them
        threading.Thread(target=close, name="closing", daemon=True).start()
