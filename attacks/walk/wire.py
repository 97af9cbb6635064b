"""What the library makes of an answer, without a network: its own exchange, parsers and readers.

Owns: the answers that may come, as HTTP, and their reading, which is done once for each. Refuses to
decide which of them comes.
"""

from __future__ import annotations

import json
from typing import Any, cast

import httpcore
import httpx
from attrs import frozen

from videotasks import Provider, VideoTasksError
from videotasks._http.exchange import Exchange
from videotasks._http.refusals import as_our_error
from videotasks._http.settings import CallOptions, ConnectionSettings, OneCall
from videotasks._rules.steps import Call

REQUEST_ID = "sim-000001"


@frozen
class HTTP:
    """An answer: its status, its body and its headers."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


@frozen
class Broken:
    """No answer: the connection broke before (`sent` is False) or after the request had left."""

    sent: bool


Answered = HTTP | Broken


def says(status: int, body: object, *headers: tuple[str, str]) -> HTTP:
    """An answer in JSON."""
    return HTTP(status, json.dumps(body), headers)


class Wire:
    """Reads answers for one provider, as its driver has them read."""

    def __init__(self, provider: Provider[Any]) -> None:
        self._settings = provider.settings
        self._read: dict[object, object] = {}

    def read(self, call: Call[Any], answer: Answered) -> object:
        """What `call` is told: the value that its answer is read as, or the error."""
        key = (call.operation, call.refs, answer)
        if key not in self._read:
            self._read[key] = self._read_once(call, answer)
        return self._read[key]

    def _read_once(self, call: Call[Any], answer: Answered) -> object:
        client = OneCall(_Answering(self._settings, answer), CallOptions())
        try:
            value: object = call.read(call.endpoint.sync_detailed(**call.arguments, client=client))
        except Exception as error:
            return as_our_error(self._settings, error)
        return value


class _Answering:
    """An HTTP client whose requests all get one answer."""

    def __init__(self, settings: ConnectionSettings, answer: Answered) -> None:
        self.settings = settings
        self.headers = httpx.Headers(settings.options()["headers"])
        self._answer = answer

    def send(self, request: httpx.Request) -> httpx.Response:
        exchange = Exchange(self.settings, request)
        exchange.begin()
        answer = self._answer
        if isinstance(answer, Broken):
            if answer.sent:
                exchange.leaving()
            broken: Exception = httpcore.ReadError("broken off")
            return _result(exchange.lost(broken if answer.sent else httpcore.ConnectError("none")))
        exchange.leaving()
        headers = [("Content-Length", str(len(answer.body))), *answer.headers]
        extensions = {"network_stream": object()}
        if exchange.opened(
            httpcore.Response(answer.status, headers=headers, extensions=extensions)
        ):
            exchange.take(answer.body.encode())
        return _result(cast("httpx.Response", exchange.answered()))


def _result(result: VideoTasksError | httpx.Response) -> httpx.Response:
    if isinstance(result, VideoTasksError):
        raise result
    return result
