"""What runs flows: it makes their calls and waits out their pauses, in threads or in asyncio.

Owns: clock, sleep, and one provider's connections. Refuses to decide anything: what to do next is
up to the flow, which gets every error as a reply.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any, TypeVar

from ._errors import Closed, LookExpired, VideoTasksError
from ._exchange import call_timeout, reading
from ._http import AsyncHTTP, SyncHTTP
from ._link import Link
from ._providers import Provider
from ._retry import Retry
from ._steps import Answer, Call, Flow, Pause, Reply

R = TypeVar("R")


class _Driver:
    """What both drivers share: everything but the waiting."""

    def __init__(self, provider: Provider[Any], retry: Retry) -> None:
        self.adapter = provider.adapter
        self.retry = retry
        self._link: Link = provider.link

    def _unsendable(self, call: Call[Any], *, closed: bool) -> VideoTasksError | None:
        """Why `call` may not be sent now, if so."""
        if closed:
            return self._about(call, Closed("closed before it was sent"))
        if call.not_after is not None and time.monotonic() > call.not_after:
            return self._about(
                call,
                LookExpired(
                    "looking at the task and acting on it took too long, so nothing was sent; "
                    "the connection or the rate limit is too slow"
                ),
            )
        return None

    def _answer(self, call: Call[Any], response: Any, sent_at: float) -> Answer[Any]:
        header = self._link.site.request_id_header
        request_id = response.headers.get(header) if header else None
        return Answer(call.read(response), sent_at, request_id)

    def _about(self, call: Call[Any], error: VideoTasksError) -> VideoTasksError:
        """The error, with what only the call knows."""
        error.provider = error.provider or self._link.site.name
        if error.ref is None and len(call.refs) == 1:
            error.ref = call.refs[0]
        return error


class Driver(_Driver):
    """Runs flows of one provider, in any number of threads."""

    def __init__(self, provider: Provider[Any], retry: Retry) -> None:
        super().__init__(provider, retry)
        self._http = SyncHTTP(self._link)
        self._client: object = provider.connect(self._http, None)
        self._closed = threading.Event()

    def run(self, flow: Flow[R], timeout: float | None) -> R:
        """Run a flow to its end; `timeout`, in seconds, is for each answer."""
        token = call_timeout.set(timeout)
        reply: Reply = None
        try:
            while True:
                step = flow.send(reply)
                if isinstance(step, Pause):
                    self._closed.wait(self.retry.wait(step))
                    reply = None
                else:
                    reply = self._call(step)
        except StopIteration as stop:
            result: R = stop.value
            return result
        finally:
            call_timeout.reset(token)

    def close(self) -> None:
        """End all pauses, send nothing more, close the connections."""
        self._closed.set()
        self._http.close()

    def _call(self, call: Call[Any]) -> Answer[Any] | VideoTasksError:
        if error := self._unsendable(call, closed=self._closed.is_set()):
            return error
        sent_at = time.monotonic()
        try:
            with reading(self._link):
                response = call.endpoint.sync_detailed(**call.arguments, client=self._client)
                return self._answer(call, response, sent_at)
        except VideoTasksError as error:
            return self._about(call, error)


class AsyncDriver(_Driver):
    """Runs flows of one provider, in any number of tasks of one event loop."""

    def __init__(self, provider: Provider[Any], retry: Retry) -> None:
        super().__init__(provider, retry)
        self._http = AsyncHTTP(self._link)
        self._client: object = provider.connect(None, self._http)
        self._closed = asyncio.Event()

    async def run(self, flow: Flow[R], timeout: float | None) -> R:
        """Run a flow to its end; `timeout`, in seconds, is for each answer."""
        token = call_timeout.set(timeout)
        reply: Reply = None
        try:
            while True:
                step = flow.send(reply)
                if isinstance(step, Pause):
                    await self._wait(self.retry.wait(step))
                    reply = None
                else:
                    reply = await self._call(step)
        except StopIteration as stop:
            result: R = stop.value
            return result
        finally:
            call_timeout.reset(token)

    async def close(self) -> None:
        """End all pauses, send nothing more, close the connections."""
        self._closed.set()
        await self._http.aclose()

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)

    async def _call(self, call: Call[Any]) -> Answer[Any] | VideoTasksError:
        if error := self._unsendable(call, closed=self._closed.is_set()):
            return error
        sent_at = time.monotonic()
        try:
            with reading(self._link):
                response = await call.endpoint.asyncio_detailed(
                    **call.arguments, client=self._client
                )
                return self._answer(call, response, sent_at)
        except VideoTasksError as error:
            return self._about(call, error)
