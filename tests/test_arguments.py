"""Wrong arguments: our own error, at once, that names the argument; and nothing is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from traceback import TracebackException
from typing import Any

import pytest

from videotasks import (
    Ark,
    AsyncTasks,
    ConfigurationError,
    InvalidRef,
    Ref,
    Retry,
    Tasks,
    TensorsLab,
    VideoTasksError,
)
from videotasks.simulator import Simulator

from .conftest import Client, Mode

HUGE = 10**400
"""No float holds it, and a sum with it raises OverflowError."""
UNPRINTED = 10**5000
"""Python refuses to write out so many digits."""
NAN, INFINITE = float("nan"), float("inf")

NO_NUMBERS: list[object] = [
    *("3", b"3", True, NAN, INFINITE, HUGE, UNPRINTED, -1, Decimal(3), [3], Retry),
]
NO_COUNTS: list[object] = [*NO_NUMBERS, 2.5, 3.0]
NO_TIMES: list[object] = [*NO_NUMBERS, 0, 86_401, 1e300]
NO_FLAGS: list[object] = ["yes", "", 0, 1, None, []]
NO_TEXTS: list[object] = [5, b"text", True, ["text"], object]


async def letters() -> AsyncIterator[str]:
    yield "ark:a"


class Nameless:
    """Something whose words can't be had."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


ODD: list[object] = [5, None, 2.5, Nameless(), object]


def check(call: Callable[[], object], name: str, kind: type[VideoTasksError]) -> None:
    """Our own error, once, that names the argument in one short line."""
    with pytest.raises(kind) as caught:
        call()
    words = str(caught.value)
    assert name in words
    assert words.isprintable()
    assert len(words) < 300


Table = Mapping[str, list[object]]
"""What is wrong for an argument."""

RETRY: Table = {
    "attempts": [*NO_COUNTS, None, 0],
    "backoff": [*NO_NUMBERS, None],
    "max_wait": [*NO_NUMBERS, None],
    "max_retry_after": [*NO_NUMBERS, None],
}
PROVIDER: Table = {
    "timeout": [*NO_TIMES, None],
    "connect_timeout": [*NO_TIMES, None],
    "api_key": NO_TEXTS,
    "base_url": NO_TEXTS,
    "limits": [
        *(5, "get", ["get"], {"put": 5}, {5: 5}, {None: 5}),
        *({"get": value} for value in [*NO_NUMBERS, 0, 1e-320, 1.7e308, Nameless()]),
    ],
}
TENSORSLAB: Table = {
    "batch_size": [*NO_COUNTS, None, 0],
    "delete_unfinished": NO_FLAGS,
    "auth_scheme": [5, None, [], "basic", True, "Bearer"],
    "missing_codes": [9999, "9999", None, [9999.0], ["9999"], [[9999]], {True}, [-1]],
}
CLIENT: Table = {"timeout": NO_TIMES, "retry": [5, "3", True, Retry, {"attempts": 3}]}
SINGLE: Table = {"confirm": NO_FLAGS, "missing_ok": NO_FLAGS, "timeout": NO_TIMES}
BULK: Table = {**SINGLE, "concurrency": [*NO_COUNTS, 0]}
PURGE: Table = {
    "states": [5, "failed", b"failed", True, Nameless(), *([state] for state in [*ODD, "x"])],
    "older_than": [5, "2d", True, timedelta(0)],
    "model": [5, ["m"], True],
    "limit": NO_COUNTS,
}
LIST: Table = {
    "states": [5, "failed", True],
    "ids": [5, "ark:a", b"a", True],
    "created_before": [5, "2026", True],
    "created_after": [5, "2026", True],
}
WORDS = {
    "api_key": "the API key for ",
    "base_url": "the base URL for ",
    "limits": "limit",
    "states": "state",
    "created_before": "time zone",
    "created_after": "time zone",
}
"""By which an error names the argument, where not by its own name."""


def check_each(table: Table, name: str, call: Callable[..., object], **more: object) -> None:
    """Each value of the table is refused, by name."""
    for value in table[name]:
        check(partial(call, **{**more, name: value}), WORDS.get(name, name), ConfigurationError)


@pytest.mark.parametrize("name", RETRY)
def test_retry(name: str) -> None:
    """Tries are whole numbers, waits are finite ones."""
    check_each(RETRY, name, Retry)


@pytest.mark.parametrize("kind", [Ark, TensorsLab])
@pytest.mark.parametrize("name", PROVIDER)
def test_provider(kind: type[Ark | TensorsLab], name: str) -> None:
    """Both providers check what they share: key, address, times, limits."""
    check_each(PROVIDER, name, kind, api_key="key")


@pytest.mark.parametrize("name", TENSORSLAB)
def test_tensorslab(name: str) -> None:
    """What only TensorsLab has is checked at once too, not in the middle of a run."""
    check_each(TENSORSLAB, name, TensorsLab, api_key="key")


def test_missing_codes_read_once() -> None:
    """Codes may come from a generator; none is lost to the check."""
    codes: Any = (code for code in (9998, 9999))
    assert TensorsLab("key", missing_codes=codes).missing_codes == {9998, 9999}
    codes = (code for code in (9999, 1000))
    check(lambda: TensorsLab("key", missing_codes=codes), "missing_codes", ConfigurationError)


@pytest.mark.parametrize("url", ["https://xn--", "https://xn--/api/v3", "//x"])
def test_host_that_is_none(url: str) -> None:
    """A host name that can't be decoded is an unusable address."""
    check(lambda: Ark("key", base_url=url), "base URL", ConfigurationError)


def test_key_not_shown() -> None:
    """A key of a wrong kind is not shown, and neither is such an address."""
    secret: Any = b"sk-secret"
    for key, url in ((secret, None), ("key", secret)):
        with pytest.raises(ConfigurationError) as caught:
            Ark(key, base_url=url)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", [Ark, TensorsLab, Tasks, AsyncTasks])
def test_half_built(kind: Any) -> None:
    """What could not be built has a repr all the same, for tracebacks that show locals."""
    given: list[Any] = [] if kind in {Ark, TensorsLab} else [Ark("key")]
    seconds: Any = "5"
    with pytest.raises(ConfigurationError) as caught:
        kind(*given, timeout=seconds)
    shown = TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(shown.format())
    assert f"self = {kind.__name__}(" in text
    assert "() failed" not in text


@pytest.mark.parametrize("parts", [("ark", 5), (5, "x"), (None, None), ("ark", b"x"), ([], [])])
def test_ref(parts: tuple[Any, Any]) -> None:
    """A ref is made of text."""
    check(lambda: Ref(*parts), "text", InvalidRef)


@pytest.mark.parametrize("kind", [Tasks, AsyncTasks])
@pytest.mark.parametrize("name", CLIENT)
def test_client(kind: type[Tasks | AsyncTasks], name: str) -> None:
    """A client's own settings are checked when it is made."""
    check_each(CLIENT, name, partial(kind, Ark("key")))


@pytest.mark.parametrize("kind", [Tasks, AsyncTasks])
@pytest.mark.parametrize("given", [Ark, "ark", 5, None, [Ark("key")], Nameless()])
def test_providers(kind: type[Tasks | AsyncTasks], given: Any) -> None:
    """A client takes providers, not their classes, names or lists."""
    check(lambda: kind(given), "providers", ConfigurationError)


@pytest.fixture
def tasks(sim: Simulator, mode: Mode) -> Any:
    """A client as it is, without the tests' shell, that sends nothing."""
    provider = Ark(sim.api_key, base_url=sim.ark_url)
    yield (Tasks if mode == "sync" else AsyncTasks)(provider)
    assert not sim.ark.requests


@pytest.mark.parametrize("verb", ["cancel_many", "delete_many"])
@pytest.mark.parametrize("name", BULK)
def test_bulk(tasks: Any, verb: str, name: str) -> None:
    """Options of bulk work are checked when it is asked for, not when it is iterated."""
    check_each(BULK, name, partial(getattr(tasks, verb), ["ark:a"]))
    check_each(BULK, name, tasks.plan([]).run)


@pytest.mark.parametrize("verb", ["cancel_many", "delete_many"])
@pytest.mark.parametrize("refs", [*ODD, "ark:a", b"ark:a", Ref("ark", "a")])
def test_no_refs(tasks: Any, verb: str, refs: object) -> None:
    """What is no collection of refs is refused before it is iterated."""
    check(lambda: getattr(tasks, verb)(refs), verb, InvalidRef)


def test_async_refs() -> None:
    """An async input is for the async client alone."""
    refs: Any = letters()
    check(lambda: Tasks(Ark("key")).delete_many(refs), "delete_many", InvalidRef)


@pytest.mark.parametrize("given", ODD)
def test_plan(tasks: Any, given: object) -> None:
    """A plan takes many tasks, and nothing else."""
    check(lambda: tasks.plan(given), "plan", ConfigurationError)
    check(lambda: tasks.plan([given]), "plan", ConfigurationError)


@pytest.mark.parametrize("name", LIST)
def test_list(tasks: Any, name: str) -> None:
    """Filters are checked when a list is asked for, not when it is iterated."""
    check_each(LIST, name, partial(tasks.list, "ark"))


@pytest.mark.parametrize("verb", ["cancel", "delete"])
@pytest.mark.parametrize("name", SINGLE)
def test_single(sim: Simulator, client: Client, verb: str, name: str) -> None:
    """Flags are bools, and a timeout is a time, before a task is looked at."""
    check_each(SINGLE, name, partial(client.act, verb, "ark:a"))
    assert not sim.ark.requests


@pytest.mark.parametrize("name", PURGE)
def test_purge(sim: Simulator, client: Client, name: str) -> None:
    """A purge checks its filters before it lists."""
    check_each(PURGE, name, partial(client.purge, "ark"), model="m")
    names: list[Any] = [*ODD, [], "arc"]
    for provider in names:
        check(partial(client.purge, provider, model="m"), "provider", ConfigurationError)
    assert not sim.ark.requests
