"""How much time, memory and processor one answer can cost, whatever it is; seen from outside."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import subprocess
import sys
import time
from typing import Any, Final

import pytest

from tests.raw import Connection, RawServer, Script, ark_task, asked_id, reply
from tests.test_hostile import CHUNKED, DRIPS, FLOODS, OK

MOST_MEGABYTES: Final = 64.0
MOST_SECONDS: Final = 1.0
"""Beyond the network's own."""
MOST_HELD: Final = 0.050
"""Seconds that an event loop computes for one answer at a stretch."""


def sized(head: bytes, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def bomb(layers: int) -> bytes:
    body = b" " * 100_000_000
    for _ in range(layers):
        body = gzip.compress(body)
    head = OK + b"Content-Encoding: " + b", ".join([b"gzip"] * layers) + b"\r\n"
    return sized(head, body)


def once(answer: bytes) -> Script:
    def script(connection: Connection) -> None:
        connection.read()
        connection.send(answer)

    return script


KEYS = b"{" + b",".join(b'"%d":0' % number for number in range(3_000_000)) + b"}"
PAGE = b"HTTP/1.1 502 Oh\r\nContent-Type: text/html; charset=punycode\r\n"
ATTACKS: dict[str, Script] = {
    **{f"flood of {name}": script for name, (script, _) in FLOODS.items()},
    "gzip": once(bomb(1)),
    "gzip in gzip in gzip": once(bomb(3)),
    "an object of 3,000,000 keys": once(sized(OK, KEYS)),
    "objects to the limit": once(sized(OK, b"[" + b"{}," * 24_000 + b"0]")),
    "too many headers": once(OK + b"a:b\r\n" * 6_500 + b"Content-Length: 2\r\n\r\n{}"),
    "nesting": once(sized(OK, b"[" * 900_000)),
    "one long text": once(sized(OK, b'{"id":"' + b"a" * 990_000 + b'"}')),
    "an error page in punycode": once(sized(PAGE, "上".encode() + b"a" * 300_000)),
    "an error page of 100 MB": once(sized(b"HTTP/1.1 500 Oh\r\n", b"a" * 100_000_000)),
    "headers to the limit": once(OK + b"a:b\r\n" * 1_490 + b"Content-Length: 2\r\n\r\n{}"),
    "many cookies": once(OK + b"Set-Cookie: a=b\r\n" * 900 + b"Content-Length: 2\r\n\r\n{}"),
    "tiny chunks": once(CHUNKED + b"1\r\n \r\n" * 19_000 + b"0\r\n\r\n"),
}


def after_a_look(attack: Script) -> Script:
    """A good answer to the first look, and the attack for the second."""

    def script(connection: Connection) -> None:
        while request := connection.peek():
            if asked_id(request) == "attack":
                return attack(connection)
            connection.read()
            connection.send(reply(ark_task(asked_id(request))))
        return None

    return script


def program(name: str, *arguments: str) -> dict[str, Any]:
    """What a program of this folder prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"attacks.{name}", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_one_answer_costs(name: str, mode: str) -> None:
    """No answer takes more than 64 MB and a second, nor an event loop for more than 50 ms."""
    with RawServer(after_a_look(ATTACKS[name])) as server:
        told = program("victim", mode, "ark", server.url, "20")
    assert told["megabytes"] < MOST_MEGABYTES, told
    assert told["cpu"] < MOST_SECONDS, told
    assert told["held"] < MOST_HELD, told


@pytest.mark.parametrize("name", DRIPS)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_a_drip_costs(name: str, mode: str) -> None:
    """No drip takes longer than the timeout and half a second."""
    with RawServer(after_a_look(DRIPS[name])) as server:
        told = program("victim", mode, "ark", server.url, "1")
    assert told["seconds"] < 1.5, told


KEPT = reply({"error": {"code": "InvalidAction.RunningTaskDeletion", "message": "no"}}, "409 No")


@pytest.mark.parametrize("apart", [None, 0.0, 0.001, 0.003])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_surplus_answers(mode: str, apart: float | None) -> None:
    """Of 300 cancels that a server refused, none is called cancelled for its surplus answers."""
    numbers = itertools.count()

    def script(connection: Connection) -> None:
        while request := connection.read():
            if request.startswith(b"DELETE"):
                connection.send(KEPT)
                continue
            next(numbers)
            answer = reply(ark_task(asked_id(request)))
            if apart is None:
                connection.send(answer + reply({}))
            else:
                connection.send(answer)
                time.sleep(apart)
                connection.send(reply({}))

    with RawServer(script) as server:
        counts = program("canceller", mode, server.url, "300")
    assert sum(counts.values()) == 300
    assert "cancelled" not in counts
    assert next(numbers) >= 300
