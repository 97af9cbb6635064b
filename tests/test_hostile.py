"""Servers that drip, pour, cut, echo and answer too much: what they may not do to a client."""

from __future__ import annotations

import gzip
import itertools
import logging
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from videotasks import (
    AnswerLost,
    Ark,
    BadAnswer,
    Cancelled,
    Conflict,
    Deleted,
    Kept,
    NotConnected,
    Provider,
    Retry,
    ServerError,
    TensorsLab,
    VideoTasksError,
)
from videotasks_tensorslab.api.video import delete_video_task
from videotasks_tensorslab.models import DeleteVideoTaskRequest

from .conftest import Client, Mode
from .raw import (
    PATIENCE,
    Connection,
    RawServer,
    Script,
    ark_task,
    asked_id,
    for_ever,
    reply,
)

ONCE = Retry(attempts=1)
KEY = "sk-CANARY-0123456789"
TIMEOUT = 0.5
"""Seconds, where it is to run out."""
PATIENT = 20.0
"""Seconds, where it is not."""
SOON = 5.0
"""Seconds that a busy machine may take; the servers would go on for far longer."""

OK = b"HTTP/1.1 200 OK\r\n"


def ark(server: RawServer, mode: Mode, **options: Any) -> Client:
    options = {"timeout": PATIENT, "retry": ONCE} | options
    return Client(mode, Ark(KEY, base_url=server.url, limits=None), **options)


def tensorslab(server: RawServer, mode: Mode, **options: Any) -> Client:
    provider = TensorsLab(KEY, base_url=f"http://127.0.0.1:{server.port}")
    return Client(mode, provider, retry=ONCE, timeout=PATIENT, **options)


def dripping(*pieces: bytes) -> Script:
    """All pieces but the last at once, and the last one for ever, byte by byte."""

    def script(connection: Connection) -> None:
        connection.read()
        connection.send(b"".join(pieces[:-1]))
        drops = (bytes([byte]) for byte in itertools.cycle(pieces[-1]))
        connection.drip(drops)

    return script


def pouring(before: bytes, piece: bytes) -> Script:
    def script(connection: Connection) -> None:
        connection.read()
        connection.send(before)
        connection.pour(piece)

    return script


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
DRIPS: dict[str, Script] = {
    "nothing": dripping(b"", b""),
    "head": dripping(OK + b"X-A: ", b"a"),
    "early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "continue": pouring(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "chunk size": dripping(CHUNKED + b"2;", b"x"),
    "trailers": dripping(CHUNKED + b"2\r\n{}\r\n0\r\nX-A: ", b"a"),
    "body": dripping(OK + b"Content-Length: 9999\r\n\r\n", b" "),
    "error": dripping(b"HTTP/1.1 500 Oh\r\nContent-Length: 9999\r\n\r\n", b" "),
}


@pytest.mark.parametrize("name", DRIPS)
def test_drips_end_with_the_timeout(mode: Mode, name: str) -> None:
    """Whatever a server drips, the whole answer has the timeout and no more."""
    with RawServer(DRIPS[name]) as server, closing(ark(server, mode, timeout=TIMEOUT)) as client:
        started = time.monotonic()
        with pytest.raises((AnswerLost, BadAnswer)):
            client.get("ark:a")
        assert time.monotonic() - started < TIMEOUT + SOON
        assert len(server.requests) == 1


def test_refused_key_is_not_waited_for(mode: Mode) -> None:
    """The body of a 401 that only leads to the next form of the key is not read at all."""

    def script(connection: Connection) -> None:
        while request := connection.read():
            if b"Bearer" in request:
                connection.send(b"HTTP/1.1 401 No\r\nContent-Length: 9999\r\n\r\n")
                connection.drip(for_ever(b" "))
            data = {"taskid": "a", "task_status": 3}
            connection.send(reply({"code": 1000, "msg": "", "data": data}))

    with RawServer(script) as server, closing(tensorslab(server, mode)) as client:
        assert client.get("tensorslab:a").state == "succeeded"
        assert len(server.requests) <= 2


def test_drips_do_not_hold_up_closing(mode: Mode) -> None:
    """A bulk run ends with the timeout too, with its outcomes unknown or failed."""
    with RawServer(DRIPS["head"]) as server, closing(ark(server, mode, timeout=TIMEOUT)) as client:
        started = time.monotonic()
        outcomes = client.many("delete", [f"ark:{number}" for number in range(20)])
        assert {outcome.name for outcome in outcomes} == {"failed"}
        assert time.monotonic() - started < 2 * TIMEOUT + SOON


FLOODS: dict[str, tuple[Script, type[VideoTasksError]]] = {
    "body": (pouring(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"), BadAnswer),
    "body without end": (pouring(OK + b"\r\n", b"x" * 65536), BadAnswer),
    "head": (pouring(OK, b"X-A: " + b"a" * 60 + b"\r\n"), BadAnswer),
    "one header": (pouring(OK + b"X-A: ", b"a" * 65536), BadAnswer),
    "hints": (pouring(b"", b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"), BadAnswer),
    "tiny chunks": (pouring(CHUNKED, b"1\r\n \r\n" * 1000), BadAnswer),
    "trailers": (pouring(CHUNKED + b"0\r\n", b"X-A: " + b"a" * 60 + b"\r\n"), AnswerLost),
    "error": (pouring(b"HTTP/1.1 500 Oh\r\n\r\n", b"x" * 65536), ServerError),
    "refusal": (pouring(b"HTTP/1.1 409 No\r\n\r\n", b"x" * 65536), Conflict),
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods_are_cut_off(mode: Mode, name: str) -> None:
    """An answer without end is given up after some megabytes at the most, long before its time."""
    script, kind = FLOODS[name]
    with RawServer(script) as server, closing(ark(server, mode, timeout=PATIENT)) as client:
        with pytest.raises(kind) as caught:
            client.get("ark:a")
        assert server.sent < 16_000_000  # what the kernel buffers, and a little
        assert len(str(caught.value)) < 500


BOMB = gzip.compress(gzip.compress(gzip.compress(b" " * 20_000_000)))


def test_nothing_is_unpacked(mode: Mode) -> None:
    """Compression is not asked for; an answer that comes so all the same is not unpacked."""

    def script(connection: Connection) -> None:
        while connection.read():
            head = OK + b"Content-Encoding: gzip, gzip, gzip\r\n"
            connection.send(head + b"Content-Length: %d\r\n\r\n" % len(BOMB) + BOMB)

    with RawServer(script) as server, closing(ark(server, mode)) as client:
        with pytest.raises(BadAnswer, match="compressed"):
            client.get("ark:a")
        assert b"accept-encoding: identity" in server.requests[0].lower()


def test_compressed_refusal(mode: Mode) -> None:
    """Of a refusal that comes compressed only the status counts."""

    def script(connection: Connection) -> None:
        while connection.read():
            head = b"HTTP/1.1 503 Oh\r\nContent-Encoding: gzip\r\n"
            connection.send(head + b"Content-Length: %d\r\n\r\n" % len(BOMB) + BOMB)

    with (
        RawServer(script) as server,
        closing(ark(server, mode)) as client,
        pytest.raises(ServerError),
    ):
        client.get("ark:a")


def answering(*answers: bytes) -> Script:
    """The same answers on each connection, one for each request."""

    def script(connection: Connection) -> None:
        for answer in answers:
            if connection.read() is None:
                return
            connection.send(answer)

    return script


@pytest.mark.parametrize(
    "body",
    [b"{" + b",".join(b'"%d":0' % n for n in range(60_000)) + b"}", b"[" + b"{}," * 100_000 + b"]"],
    ids=["keys", "objects"],
)
def test_too_many_values(mode: Mode, body: bytes) -> None:
    """JSON of far more values than a task has is not parsed: each costs more than its bytes."""
    head = OK + b"Content-Length: %d\r\n\r\n" % len(body)
    with (
        RawServer(answering(head + body)) as server,
        closing(ark(server, mode)) as client,
        pytest.raises(BadAnswer),
    ):
        client.get("ark:a")


def test_charset_of_an_error(mode: Mode) -> None:
    """An error's words are read as UTF-8 whatever the server says: some charsets take minutes."""
    body = "上 oh ".encode() + b"a" * 300_000
    head = b"HTTP/1.1 502 Oh\r\nContent-Type: text/html; charset=punycode\r\n"
    answer = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with (
        RawServer(answering(answer)) as server,
        closing(ark(server, mode, timeout=PATIENT)) as client,
    ):
        started = time.monotonic()
        with pytest.raises(ServerError, match="上 oh"):
            client.get("ark:a")
        assert time.monotonic() - started < SOON


# What a server gives back


def test_cookies_are_not_kept(mode: Mode) -> None:
    """No cookie is ever sent back, however many were set."""
    numbers = itertools.count()

    def script(connection: Connection) -> None:
        while request := connection.read():
            cookie = f"Set-Cookie: c{next(numbers)}={'v' * 50}; Path=/"
            connection.send(reply(ark_task(asked_id(request)), "200 OK", cookie))

    with RawServer(script) as server, closing(ark(server, mode)) as client:
        for _ in range(5):
            client.get("ark:a")
        assert len(server.requests) == 5
        assert not any(b"cookie" in request.lower() for request in server.requests)


REFLECTIONS: dict[str, Callable[[bytes], bytes]] = {
    "illegal header": lambda key: OK + b"X A: " + key + b"\r\n\r\n",
    "illegal status": lambda key: b"HTTP/1.1 abc " + key + b"\r\n\r\n",
    "illegal chunk": lambda key: CHUNKED + key + b"\r\n",
    "reason": lambda key: b"HTTP/1.1 500 " + key + b"\r\nContent-Length: 0\r\n\r\n",
    "body": lambda key: reply({"error": {"code": key.decode(), "message": key.decode()}}, "400 No"),
    "request id": lambda key: reply({}, "500 Oh", f"X-Request-Id: {key.decode()}\x9b"),
    "word": lambda key: reply({"id": "a", "status": [key.decode()]}),
    "packed": lambda key: OK + b"Content-Encoding: " + key + b"\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", REFLECTIONS)
def test_reflected_key(mode: Mode, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A server that gives the key back gets it into no error, cause, traceback or log line."""
    caplog.set_level(logging.DEBUG, "videotasks")
    caplog.set_level(logging.INFO, "httpx")
    answer = REFLECTIONS[name](KEY.encode())

    with RawServer(answering(answer)) as server, closing(ark(server, mode)) as client:
        with pytest.raises(VideoTasksError) as caught:
            client.get("ark:a")
        error = caught.value
        outcome = client.delete("ark:a")
    shown = [
        *traceback.format_exception(error),
        repr(vars(error)),
        repr(outcome.to_dict()),
        caplog.text,
    ]
    for text in shown:
        assert KEY not in text
    assert error.__cause__ is None
    assert error.__context__ is None


def test_reflected_key_in_a_good_answer(mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    """Nor into a task, an outcome or its record; and a server's request id is short and plain."""
    caplog.set_level(logging.DEBUG, "videotasks")
    steering = "\x9b2J" + "x" * 1000

    def script(connection: Connection) -> None:
        while request := connection.read():
            task = {**ark_task(asked_id(request), "succeeded"), "model": KEY}
            task["content"] = {"video_url": f"https://example.com/{KEY}.mp4"}
            answer = {} if request.startswith(b"DELETE") else task
            sent = reply(answer, "200 OK", f"X-Request-Id: {KEY}{steering}")
            connection.send(
                sent.replace(b"\xc2\x9b", b"\x9b").replace(b"\x1b", b"").replace(b"\x07", b"")
            )

    with RawServer(script) as server, closing(ark(server, mode)) as client:
        task = client.get("ark:a")
        outcome = client.delete("ark:a")
    assert isinstance(outcome, Deleted)
    assert KEY not in f"{task} {outcome!r} {outcome.to_dict()} {caplog.text}"
    assert outcome.request_id is not None
    assert outcome.request_id.isprintable()
    assert len(outcome.request_id) <= 101
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_request_id_of_a_good_outcome(mode: Mode) -> None:
    """Where the server names no id for a request, ours stands in, for good outcomes as for bad."""

    def script(connection: Connection) -> None:
        while request := connection.read():
            deleting = request.startswith(b"DELETE")
            connection.send(reply({} if deleting else ark_task(asked_id(request))))

    with RawServer(script) as server, closing(ark(server, mode)) as client:
        outcome = client.cancel("ark:a")
    assert isinstance(outcome, Cancelled)
    assert outcome.request_id
    assert outcome.request_id.encode() in server.requests[-1]


# Answers that belong to no request

SURPLUS = reply({})


def refusing(*, surplus_to: str, apart: bool) -> Script:
    """Ark with every task queued, that refuses every DELETE, and answers too much to one method."""

    def script(connection: Connection) -> None:
        while request := connection.read():
            method = request.split(b" ")[0].decode()
            answer = reply(ark_task(asked_id(request)))
            if method == "DELETE":
                code = "InvalidAction.RunningTaskDeletion"
                answer = reply({"error": {"code": code, "message": "no"}}, "409 Conflict")
            if method != surplus_to:
                connection.send(answer)
            elif apart:
                connection.send(answer)
                connection.send(SURPLUS)
            else:
                connection.send(answer + SURPLUS)

    return script


@pytest.mark.parametrize("surplus_to", ["GET", "DELETE"])
def test_surplus_answer_is_nobodys(mode: Mode, surplus_to: str) -> None:
    """An answer that was there before a request was sent is not taken for that to the request."""
    script = refusing(surplus_to=surplus_to, apart=False)
    with RawServer(script) as server, closing(ark(server, mode)) as client:
        outcomes = [client.cancel(f"ark:{number}") for number in range(10)]
        outcomes += client.many("cancel", [f"ark:{number}" for number in range(40)])
        assert not [outcome for outcome in outcomes if isinstance(outcome, Cancelled)]
        assert any(request.startswith(b"DELETE") for request in server.requests)


def test_late_surplus_to_a_look(mode: Mode) -> None:
    """Nor is one that comes a little later, to a look: deletions have their own connections."""
    script = refusing(surplus_to="GET", apart=True)
    with RawServer(script) as server, closing(ark(server, mode)) as client:
        outcomes = [client.cancel(f"ark:{number}") for number in range(10)]
        outcomes += client.many("cancel", [f"ark:{number}" for number in range(40)])
        assert not [outcome for outcome in outcomes if isinstance(outcome, Cancelled)]


def test_answer_on_an_idle_connection(mode: Mode) -> None:
    """A connection on which something came while nothing was asked is not used any more."""
    second = reply(ark_task("a", "succeeded"))
    arrived = threading.Event()

    def script(connection: Connection) -> None:
        while request := connection.read():
            connection.send(reply(ark_task(asked_id(request), "running")))
            if not arrived.is_set():
                connection.deliver(second)
                arrived.set()

    retry = Retry(backoff=0)
    with RawServer(script) as server, closing(ark(server, mode, retry=retry)) as client:
        client.get("ark:a")
        assert arrived.wait(PATIENCE)
        states = {client.get("ark:a").state for _ in range(3)}
        assert "running" in states
        assert server.connections >= 2


def test_empty_yes_without_an_end(mode: Mode) -> None:
    """A 200 that says neither how long it is nor anything else may be cut off: it is no yes."""
    states = {"a": "queued"}

    def script(connection: Connection) -> None:
        while request := connection.read():
            if request.startswith(b"DELETE"):
                states["a"] = "running"  # so it was refused, and the rest of the answer says so
                connection.send(OK + b"\r\n")
                return
            connection.send(reply(ark_task(asked_id(request), states["a"])))

    with RawServer(script) as server, closing(ark(server, mode)) as client:
        assert isinstance(client.cancel("ark:a"), Kept)


# The key's form


@pytest.mark.parametrize("form", ["Bearer ", ""], ids=["bearer", "bare"])
def test_doubtful_answer_to_a_look(mode: Mode, form: str) -> None:
    """A 200 with 9999 may be about the key's form: a look is made once more, with the other."""

    def script(connection: Connection) -> None:
        while request := connection.read():
            if f"\r\nAuthorization: {form}{KEY}\r\n".encode() not in request:
                connection.send(reply({"code": 9999, "msg": "unreadable key"}))
                continue
            data = {"taskid": "a", "task_status": 3}
            connection.send(reply({"code": 1000, "msg": "", "data": data}))

    with RawServer(script) as server, closing(tensorslab(server, mode)) as client:
        assert client.get("tensorslab:a").state == "succeeded"
        asked = len(server.requests)
        assert client.get("tensorslab:a").state == "succeeded"
        assert len(server.requests) == asked + 1


def test_doubtful_answer_to_a_deletion(mode: Mode) -> None:
    """A deletion is never sent a second time for such an answer."""

    def script(connection: Connection) -> None:
        while request := connection.read():
            answer: dict[str, object] = {"code": 9999, "msg": "failed"}
            if b"infobytaskid" in request and b"Bearer" in request:
                answer = {"code": 1000, "msg": "", "data": {"taskid": "a", "task_status": 3}}
            connection.send(reply(answer))

    with RawServer(script) as server, closing(tensorslab(server, mode)) as client:
        client.delete("tensorslab:a")
        deletions = [request for request in server.requests if b"deletevideotask" in request]
        assert len(deletions) == 1
        # A look that worked has settled the key's form. By the generated function there is none.
        body = DeleteVideoTaskRequest(taskids=["a"])
        with TensorsLab(KEY, base_url=f"http://127.0.0.1:{server.port}").api as api:
            delete_video_task.sync_detailed(client=api, body=body)
        deletions = [request for request in server.requests if b"deletevideotask" in request]
        assert len(deletions) == 2


def test_both_forms_doubtful(mode: Mode) -> None:
    """Where both forms get such an answer, it is the answer."""
    script = answering(*[reply({"code": 9999, "msg": "words"})] * 2)
    with (
        RawServer(script) as server,
        closing(tensorslab(server, mode)) as client,
        pytest.raises(VideoTasksError, match="9999: words"),
    ):
        client.get("tensorslab:a")


def test_key_goes_to_no_other_host(mode: Mode) -> None:
    """A provider's HTTP client sends nothing to another host, and not the key for sure."""
    with RawServer(answering(reply({}))) as server, RawServer(answering(reply({}))) as other:
        provider: Provider[Any] = Ark(KEY, base_url=server.url)
        with provider.api as api, pytest.raises(VideoTasksError, match="other hosts"):
            api.get_httpx_client().get(f"{other.url}/contents/generations/tasks/a")
        assert other.connections == 0
    assert mode


def test_no_server(mode: Mode) -> None:
    """Where nobody listens, nothing was sent."""
    with RawServer(answering()) as server:
        pass
    with closing(ark(server, mode)) as client, pytest.raises(NotConnected, match="nothing was"):
        client.get("ark:a")


@pytest.mark.parametrize("cut", [1, 4, 9, 20, 37])
def test_beginning_of_a_surplus_answer(mode: Mode, cut: int) -> None:
    """The rest of an answer whose beginning was there before a request is not its answer."""
    surplus = reply({})
    refused = reply({"error": {"code": "InvalidAction.RunningTaskDeletion"}}, "409 Conflict")
    deletions = itertools.count()

    def script(connection: Connection) -> None:
        while request := connection.read():
            if not request.startswith(b"DELETE"):
                connection.send(reply(ark_task(asked_id(request))))
            elif next(deletions) == 0:
                connection.send(reply({}) + surplus[:cut])
            else:
                connection.send(surplus[cut:] + refused)

    with RawServer(script) as server, closing(ark(server, mode)) as client:
        assert client.cancel("ark:first").name == "cancelled"
        assert client.cancel("ark:second").name != "cancelled"


ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in KEY)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_escaped_key(mode: Mode, encoding: str) -> None:
    """A key that comes back escaped, or in another encoding, is shown no more than in clear."""
    body = f'{{"id": "a", "status": "{ESCAPED}", "model": "{ESCAPED}"}}'
    if encoding != "utf-8":
        body = body.replace(ESCAPED, KEY)
    raw = body.encode(encoding)
    head = OK + b"Content-Length: %d\r\n\r\n" % len(raw)
    with (
        RawServer(answering(head + raw, head + raw)) as server,
        closing(ark(server, mode)) as client,
    ):
        shown = repr(client.delete("ark:a"))
        assert KEY not in shown
        assert "***" in shown or encoding != "utf-8"


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8"])
def test_not_compressed(mode: Mode, encoding: str) -> None:
    """What is named as an encoding and is none does no harm."""
    answer = reply(ark_task("a"), "200 OK", f"Content-Encoding: {encoding}")
    with RawServer(answering(answer)) as server, closing(ark(server, mode)) as client:
        assert client.get("ark:a").state == "queued"


def test_form_is_kept_only_by_a_good_answer(mode: Mode) -> None:
    """A page with HTTP 200, as of a captive portal, does not settle the form of the key."""
    pages = itertools.count()

    def script(connection: Connection) -> None:
        while request := connection.read():
            if next(pages) == 0:
                page = b"<html></html>"
                connection.send(OK + b"Content-Length: %d\r\n\r\n" % len(page) + page)
            elif b"Bearer" in request:
                connection.send(reply({"code": 9999, "msg": "no"}, "401 Unauthorized"))
            else:
                data = {"taskid": "a", "task_status": 3}
                connection.send(reply({"code": 1000, "msg": "", "data": data}))

    with RawServer(script) as server, closing(tensorslab(server, mode)) as client:
        with pytest.raises(BadAnswer):
            client.get("tensorslab:a")
        assert client.get("tensorslab:a").state == "succeeded"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "Not Found"}},
        {"error": {"message": "no route", "type": "NotFound"}},
        {"error": {"code": "NotFound", "message": "no"}},
        {"code": "NotFound", "message": "no"},
    ],
)
def test_a_gateway_with_request_ids(mode: Mode, body: dict[str, object]) -> None:
    """A 404 that could be anybody's says nothing, be it with a request id: many give one."""

    def script(connection: Connection) -> None:
        looks = 0
        while request := connection.read():
            if request.startswith(b"DELETE"):
                connection.send(b"HTTP/1.1 502 Oh\r\nContent-Length: 0\r\n\r\n")
            elif b"again" in request:
                connection.send(reply(body, "404 Not Found", "X-Request-Id: 7f3c"))
            else:
                looks += 1
                state = ark_task(asked_id(request), "succeeded")
                sent = reply(state) if looks == 1 else reply(body, "404 No", "X-Request-Id: 7f3c")
                connection.send(sent)

    with RawServer(script) as server, closing(ark(server, mode)) as client:
        assert client.delete("ark:a").name == "unknown"
        assert client.delete("ark:again", missing_ok=True).name == "failed"
