"""What runs flows: it makes their calls and waits out their pauses, in threads or in asyncio.

Owns: clock, sleep, one provider's connections, and each operation's turn under its rate limit.
Refuses to decide anything: what to do next is up to the flow, which gets every error as a reply.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

from .._clock import now
from .._http.clients import AsyncHTTP, SyncHTTP, leave, leave_async
from .._http.environment import certificates
from .._http.exchange import call_timeout, send_not_after, understood
from .._http.link import Link
from .._http.pools import Pools
from .._model.errors import (
    Closed,
    LookExpired,
    RateLimited,
    Refused,
    VideoTasksError,
)
from .._providers import Provider
from .._rules.pacing import RateLimiter
from .._rules.retry import Retry
from .._rules.steps import Answer, Backoff, Call, Flow, Operation, Reply
from .buckets import ask, no_shared_limit, turn_of
from .stop import StopEvent

R = TypeVar("R")


class _Driver:
    """What both drivers share: everything but the waiting."""

    def __init__(self, provider: Provider[Any], retry: Retry) -> None:
        self.adapter = provider.adapter
        self.retry = retry
        self._link: Link = provider.link
        if self._link.is_encrypted:
            certificates()  # so that what is wrong with them shows before anything is asked
        self._limits = provider.limits
        self._begin()

    def _begin(self) -> None:
        """Set up what belongs to one process."""
        self._shut = False
        self._limiters: dict[Operation, RateLimiter] = {
            operation: RateLimiter(limit) for operation, limit in self._limits.items()
        }

    @property
    def limiters(self) -> Mapping[Operation, RateLimiter]:
        """The pace of each operation."""
        return self._limiters

    def _take_turn(self, call: Call[Any]) -> float | VideoTasksError:
        """When `call` may be sent, on the monotonic clock."""
        present = now()
        moment = self._limiters[call.operation].take(present, call.not_after)
        if call.not_after is None or moment <= call.not_after:
            return moment
        return self._expired(call, wait=moment - present)

    def _must_wait(self, call: Call[Any], *, stopped: bool) -> float:
        """Seconds to wait before `call` may leave, now that its connection is ready; 0 to go.

        Raises if it may not leave at all.
        """
        if unsendable := self._unsendable(call, stopped=stopped):
            raise unsendable
        return self._limiters[call.operation].leave(now())

    def _unsendable(self, call: Call[Any], *, stopped: bool) -> VideoTasksError | None:
        """Why `call` may not be sent now, if so."""
        if stopped:
            return self._about(call, Closed("stopped before it was sent"))
        if call.not_after is not None and now() > call.not_after:
            return self._expired(call)
        return None

    def _expired(self, call: Call[Any], wait: float | None = None) -> VideoTasksError:
        expired = LookExpired(
            "looking at the task and acting on it took too long, so nothing was sent; "
            "the connection is too slow or the rate limit too tight"
        )
        expired.retry_after = wait
        return self._about(call, expired)

    def _answer(self, call: Call[Any], response: Any, sent_at: float) -> Answer[Any]:
        header = self._link.site.request_id_header
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
            limiter.slow_down(now(), sent_at, asked)
        elif isinstance(error, Refused):
            limiter.recover()
        return self._about(call, error)

    def _about(self, call: Call[Any], error: VideoTasksError) -> VideoTasksError:
        """The error, with what only the call knows."""
        error.provider = error.provider or self._link.site.name
        if error.ref is None and len(call.refs) == 1:
            error.ref = call.refs[0]
        return error


class Driver(_Driver):
    """Runs flows of one provider, in any number of threads."""

    def __init__(self, provider: Provider[Any], retry: Retry) -> None:
        def open_pool() -> tuple[SyncHTTP, object]:
            http = SyncHTTP(provider.link)
            return http, provider.connect(http, None)

        self._open_pool = open_pool
        super().__init__(provider, retry)

    def _begin(self) -> None:
        super()._begin()
        self._pools = Pools(self._open_pool, retire=_close_aside)
        self._closed = StopEvent()
        self._bucket_turns = {operation: threading.Lock() for operation in self._limiters}

    def after_fork(self) -> bool:
        """Begin anew, in a forked process; whether it can be used there."""
        was_shut = self._shut
        self._begin()
        if was_shut:
            self.close()
        return True

    def run(self, flow: Flow[R], timeout: float | None, stop_event: StopEvent | None = None) -> R:
        """Run a flow to its end; `timeout`, in seconds, is for each answer.

        Once `stop_event` is set, nothing more is sent, and nothing waited for but an answer on its
        way.
        """
        stop_event = stop_event or self._closed
        token = call_timeout.set(timeout)
        reply: Reply = None
        try:
            while True:
                step = flow.send(reply)
                if isinstance(step, Backoff):
                    stop_event.wait(self.retry.wait(step))
                    reply = None
                else:
                    reply = self._call(step, stop_event)
        except StopIteration as stop:
            result: R = stop.value
            return result
        finally:
            call_timeout.reset(token)
            if self._shut:
                self._close_unused()

    def close(self) -> None:
        """End all waiting, send nothing more, and close the connections that are not in use.

        The others are closed by whoever takes the last answer from them. Nobody is waited for, so
        that a signal handler may close what it has interrupted.
        """
        self._closed.set()
        self._shut = True
        self._close_unused()

    def _close_unused(self) -> None:
        for http in self._pools.close():
            http.close()

    def _call(self, call: Call[Any], stop_event: StopEvent) -> Answer[Any] | VideoTasksError:
        turn = self._take_turn(call)
        if isinstance(turn, VideoTasksError):
            return turn
        stop_event.wait(turn - now())
        if bucket := self._limiters[call.operation].bucket:
            with self._bucket_turns[call.operation]:
                try:
                    item = turn_of(bucket, call.operation)
                    while wait := ask(bucket, item):
                        if stop_event.wait(wait):
                            break
                except Exception as problem:
                    return self._about(call, no_shared_limit(problem))
        if unsendable := self._unsendable(call, stopped=stop_event.is_set()):
            return unsendable

        def about_to_leave() -> None:
            while wait := self._must_wait(call, stopped=stop_event.is_set()):
                stop_event.wait(wait)

        sent_at = now()
        tokens = send_not_after.set(call.not_after), leave.set(about_to_leave)
        try:
            with self._pools.client() as client:
                response = call.endpoint.sync_detailed(**call.arguments, client=client)
                return self._answer(call, response, sent_at)
        except Exception as error:
            return self._failure(call, understood(self._link, error), sent_at)
        finally:
            send_not_after.reset(tokens[0])
            leave.reset(tokens[1])


class AsyncDriver(_Driver):
    """Runs flows of one provider, in any number of tasks of one event loop."""

    def __init__(self, provider: Provider[Any], retry: Retry) -> None:
        def open_pool() -> tuple[AsyncHTTP, object]:
            http = AsyncHTTP(provider.link)
            return http, provider.connect(None, http)

        super().__init__(provider, retry)
        self._pools = Pools(open_pool, self._close_aside)
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()
        self._bucket_turns = {operation: asyncio.Lock() for operation in self._limiters}

    def after_fork(self) -> bool:
        """Send nothing in a forked process; whether it can be used there.

        Its connections are left alone: the event loop they belong to shares with the parent what it
        waits for them by.
        """
        self._pools.close()
        return False

    async def run(
        self, flow: Flow[R], timeout: float | None, stop_event: asyncio.Event | None = None
    ) -> R:
        """Run a flow to its end; `timeout`, in seconds, is for each answer.

        Once `stop_event` is set, nothing more is sent, and nothing waited for but an answer on its
        way.
        """
        stop_event = stop_event or self._closed
        token = call_timeout.set(timeout)
        reply: Reply = None
        try:
            while True:
                step = flow.send(reply)
                if isinstance(step, Backoff):
                    await _wait(stop_event, self.retry.wait(step))
                    reply = None
                else:
                    reply = await self._call(step, stop_event)
        except StopIteration as stop:
            result: R = stop.value
            return result
        finally:
            call_timeout.reset(token)
            if self._shut:
                await self._close_unused()

    async def close(self) -> None:
        """End all waiting, send nothing more, and close the connections that are not in use.

        The others are closed by whoever takes the last answer from them.
        """
        self._closed.set()
        self._shut = True
        await self._close_unused()

    async def _close_unused(self) -> None:
        for http in self._pools.close():
            await http.aclose()
        if self._closing:
            await asyncio.wait(self._closing)

    def _close_aside(self, http: AsyncHTTP) -> None:
        """Close connections that a cancelled call may have left taken, in a task of its own."""
        with suppress(RuntimeError):  # the loop has ended, and they with it
            task = asyncio.get_running_loop().create_task(http.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _call(
        self, call: Call[Any], stop_event: asyncio.Event
    ) -> Answer[Any] | VideoTasksError:
        turn = self._take_turn(call)
        if isinstance(turn, VideoTasksError):
            return turn
        await _wait(stop_event, turn - now())
        if bucket := self._limiters[call.operation].bucket:
            async with self._bucket_turns[call.operation]:
                try:
                    item = await asyncio.to_thread(turn_of, bucket, call.operation)
                    while wait := await asyncio.to_thread(ask, bucket, item):
                        if await _wait(stop_event, wait):
                            break
                except Exception as problem:
                    return self._about(call, no_shared_limit(problem))
        if unsendable := self._unsendable(call, stopped=stop_event.is_set()):
            return unsendable

        async def about_to_leave() -> None:
            while wait := self._must_wait(call, stopped=stop_event.is_set()):
                await _wait(stop_event, wait)

        sent_at = now()
        tokens = send_not_after.set(call.not_after), leave_async.set(about_to_leave)
        try:
            with self._pools.client() as client:
                response = await call.endpoint.asyncio_detailed(**call.arguments, client=client)
                return self._answer(call, response, sent_at)
        except Exception as error:
            return self._failure(call, understood(self._link, error), sent_at)
        finally:
            send_not_after.reset(tokens[0])
            leave_async.reset(tokens[1])


def _close_aside(http: SyncHTTP) -> None:
    """Close connections that Ctrl-C struck, in a thread of its own.

    A lock within httpx may have stayed taken, which closing would wait for, for ever.
    """
    with suppress(RuntimeError):  # no more threads: then they go when nobody holds on to them
        threading.Thread(target=http.close, name="closing", daemon=True).start()


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, so many seconds at the most; whether it is set."""
    if seconds > 0 and not event.is_set():
        # Not wait_for: before Python 3.12 it can swallow a cancellation.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
    return event.is_set()
