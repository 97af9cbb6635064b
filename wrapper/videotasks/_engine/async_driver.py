"""What runs flows in asyncio.

Owns: the order of waiting, taking a connection, taking a turn, and sending. All that is decided on
the way is in `_engine.driver`, and the waiting itself in `_engine.stop`.
"""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from attrs import evolve

from .._clock import now
from .._http.async_client import AsyncHTTP
from .._http.refusals import as_our_error
from .._http.settings import CallOptions, OneCall
from .._model.errors import BadAnswer, DeadlineExceeded, VideoTasksError
from .._rules.steps import Answer, Call, Flow, Operation, Reply, TimeLimit
from .buckets import ask, no_shared_limit, turn_of
from .driver import DriverBase
from .stop import AsyncStopEvent

if TYPE_CHECKING:
    from pyrate_limiter import AbstractBucket

R = TypeVar("R")


class AsyncDriver(DriverBase[AsyncHTTP]):
    """Runs flows of one provider, in any number of tasks of one event loop."""

    survives_fork: ClassVar = False

    def _begin(self) -> None:
        super()._begin()
        self.closed = AsyncStopEvent()
        self._shared_turns = {operation: asyncio.Lock() for operation in self._limiters}
        self._not_asked: dict[Operation, VideoTasksError] = {}

    async def run(
        self, flow: Flow[R], limit: TimeLimit, stop_event: AsyncStopEvent | None = None
    ) -> R:
        """Run a flow to its end.

        Once `stop_event` is set, nothing more is sent, and nothing waited for but an answer on its
        way.
        """
        self.closed.check_loop()
        stop_event = stop_event or self.closed
        call: Call[Any] | None = None
        reply: Reply = None
        try:
            while True:
                step = flow.send(reply)
                if isinstance(step, Call):
                    call = step if limit.ends_at is None else evolve(step, ends_at=limit.ends_at)
                    reply = await self._call(call, limit.timeout, stop_event)
                else:
                    wait, reply = self._pause(step, call, reply, limit)
                    await stop_event.wait(wait)
        except StopIteration as stop:
            result: R = stop.value
            return result

    async def close(self) -> None:
        """End all waiting, send nothing more, and close the connections that are not in use.

        The others are closed by whoever takes the last answer from them. Nobody is waited for.
        """
        self.closed.set()
        self._shut = True
        if not self.closed.in_another_loop:
            await self._close_idle()

    async def _close_idle(self) -> None:
        for http in self._idle.drain():
            await http.aclose()

    async def _call(
        self, call: Call[Any], timeout: float | None, stop_event: AsyncStopEvent
    ) -> Answer[Any] | VideoTasksError:
        sent_at = now()

        async def leave() -> None:
            nonlocal sent_at
            wait = self._turn_in(call)
            while not await stop_event.wait(wait) and (wait := self._leaves_in(call)) > 0:
                pass
            self._check(call, stopped=stop_event.is_set())
            self._say_sent_again(call)
            sent_at = now()

        try:
            while (wait := self._opens_in(call)) > 0 and not await stop_event.wait(wait):
                pass
            if (bucket := self._limiters[call.operation].bucket) is not None:
                before = self._not_asked.get(call.operation)
                async with self._shared_turns[call.operation]:
                    if (error := self._not_asked.get(call.operation)) not in (None, before):
                        raise copy(error)  # since this began to wait: it would fare no better
                    await self._take_shared_turn(bucket, call, stop_event)
            self._check(call, stopped=stop_event.is_set())
        except VideoTasksError as error:
            return self._failure(call, error, sent_at)
        options = CallOptions(
            timeout=timeout, not_after=call.latest, ends_at=call.ends_at, leave=leave
        )
        for expired in self._idle.expired():
            await expired.aclose()
        http = self._idle.take(call.operation) or AsyncHTTP(self._settings)
        reply: Answer[Any] | VideoTasksError
        try:
            client = OneCall(http, options)
            response = await call.endpoint.asyncio_detailed(**call.arguments, client=client)
            reply = self._answer(call, response, sent_at)
        except Exception as error:
            reply = self._failure(call, as_our_error(self._settings, error), sent_at)
        except asyncio.CancelledError:
            await http.aclose()  # it may have left a lock taken
            raise
        if isinstance(reply, BadAnswer):
            # Answers on it may have changed places: the next would be wrong too.
            await http.aclose()
        else:
            self._idle.put(call.operation, http)
        if self._shut:
            await self._close_idle()
        return reply

    async def _take_shared_turn(
        self, bucket: AbstractBucket, call: Call[Any], stop_event: AsyncStopEvent
    ) -> None:
        if stop_event.is_set() or self._shut:
            return  # not asked, since it may take long to answer, one after the other
        try:
            item = await asyncio.to_thread(turn_of, bucket, call.operation)
            while wait := await asyncio.to_thread(ask, bucket, item):
                self._check_deadline(call, now() + wait)
                if await stop_event.wait(wait):
                    return
        except DeadlineExceeded:
            raise
        except Exception as problem:
            self._not_asked[call.operation] = error = no_shared_limit(problem)
            raise copy(error) from problem
