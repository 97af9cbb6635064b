# Written from wrapper/videotasks/_engine/async_driver.py by tools/unasync.py; edit that one.
"""What runs flows in threads.

Owns: the order of waiting, taking a connection, taking a turn, and sending. All that is decided on
the way is in `_engine.driver`, and the waiting itself in `_engine.stop`.
"""

from __future__ import annotations

import threading
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from attrs import evolve

from .._clock import now
from .._http.refusals import as_our_error
from .._http.settings import CallOptions, OneCall
from .._http.sync_client import SyncHTTP
from .._model.errors import BadAnswer, DeadlineExceeded, VideoTasksError
from .._rules.steps import Answer, Call, Flow, Operation, Reply, TimeLimit
from .buckets import ask, no_shared_limit, turn_of
from .driver import DriverBase, close_aside
from .stop import StopEvent

if TYPE_CHECKING:
    from pyrate_limiter import AbstractBucket

R = TypeVar("R")


class Driver(DriverBase[SyncHTTP]):
    """Runs flows of one provider, in any number of threads."""

    survives_fork: ClassVar = True

    def _begin(self) -> None:
        super()._begin()
        self.closed = StopEvent()
        self._shared_turns = {operation: threading.Lock() for operation in self._limiters}
        self._not_asked: dict[Operation, VideoTasksError] = {}

    def run(self, flow: Flow[R], limit: TimeLimit, stop_event: StopEvent | None = None) -> R:
        """Run a flow to its end.

        Once `stop_event` is set, nothing more is sent, and nothing waited for but an answer on its
        way.
        """
        stop_event = stop_event or self.closed
        call: Call[Any] | None = None
        reply: Reply = None
        try:
            while True:
                step = flow.send(reply)
                if isinstance(step, Call):
                    call = step if limit.ends_at is None else evolve(step, ends_at=limit.ends_at)
                    reply = self._call(call, limit.timeout, stop_event)
                else:
                    wait, reply = self._pause(step, call, reply, limit)
                    stop_event.wait(wait)
        except StopIteration as stop:
            result: R = stop.value
            return result

    def close(self) -> None:
        """End all waiting, send nothing more, and close the connections that are not in use.

        The others are closed by whoever takes the last answer from them. Nobody is waited for,
        so that a signal handler may close what it has interrupted.
        """
        self.closed.set()
        self._shut = True
        self._close_idle()

    def _close_idle(self) -> None:
        for http in self._idle.drain():
            http.close()

    def _call(
        self, call: Call[Any], timeout: float | None, stop_event: StopEvent
    ) -> Answer[Any] | VideoTasksError:
        sent_at = now()

        def leave() -> None:
            nonlocal sent_at
            wait = self._turn_in(call)
            while not stop_event.wait(wait) and (wait := self._leaves_in(call)) > 0:
                pass
            self._check(call, stopped=stop_event.is_set())
            self._say_sent_again(call)
            sent_at = now()

        try:
            while (wait := self._opens_in(call)) > 0 and not stop_event.wait(wait):
                pass
            if (bucket := self._limiters[call.operation].bucket) is not None:
                before = self._not_asked.get(call.operation)
                with self._shared_turns[call.operation]:
                    if (error := self._not_asked.get(call.operation)) not in (None, before):
                        raise copy(error)  # since this began to wait: it would fare no better
                    self._take_shared_turn(bucket, call, stop_event)
            self._check(call, stopped=stop_event.is_set())
        except VideoTasksError as error:
            return self._failure(call, error, sent_at)
        options = CallOptions(
            timeout=timeout, not_after=call.latest, ends_at=call.ends_at, leave=leave
        )
        for expired in self._idle.expired():
            expired.close()
        http = self._idle.take(call.operation) or SyncHTTP(self._settings)
        reply: Answer[Any] | VideoTasksError
        try:
            client = OneCall(http, options)
            response = call.endpoint.sync_detailed(**call.arguments, client=client)
            reply = self._answer(call, response, sent_at)
        except Exception as error:
            reply = self._failure(call, as_our_error(self._settings, error), sent_at)
        except BaseException:
            close_aside(http.close)  # Ctrl-C may have left a lock taken
            raise
        if isinstance(reply, BadAnswer):
            # Answers on it may have changed places: the next would be wrong too.
            http.close()
        else:
            self._idle.put(call.operation, http)
        if self._shut:
            self._close_idle()
        return reply

    def _take_shared_turn(
        self, bucket: AbstractBucket, call: Call[Any], stop_event: StopEvent
    ) -> None:
        if stop_event.is_set() or self._shut:
            return  # not asked, since it may take long to answer, one after the other
        try:
            item = turn_of(bucket, call.operation)
            while wait := ask(bucket, item):
                self._check_deadline(call, now() + wait)
                if stop_event.wait(wait):
                    return
        except DeadlineExceeded:
            raise
        except Exception as problem:
            self._not_asked[call.operation] = error = no_shared_limit(problem)
            raise copy(error) from problem
