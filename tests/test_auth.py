"""Keys and addresses: where they come from, which are refused, and that no key is ever shown."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from contextlib import closing
from typing import Any, Literal

import pytest

from videotasks import (
    Ark,
    AsyncTasks,
    AuthenticationError,
    BadAnswer,
    ConfigurationError,
    Deleted,
    Failed,
    MissingKey,
    Provider,
    Retry,
    Task,
    Tasks,
    TensorsLab,
    Unsupported,
    VideoTasksError,
    WrongBaseURL,
)
from videotasks._providers import PROVIDERS
from videotasks.simulator import Fault, Simulator

from .conftest import Client, Connect, Mode

ONCE = Retry(attempts=1)
PREFIXES: list[tuple[type[Provider[Any]], str]] = [(make, make.name.upper()) for make in PROVIDERS]
"""Each provider, and how its variables begin."""


def make(provider: type[Provider[Any]], *args: Any, **options: Any) -> Provider[Any]:
    """Each subclass has fewer arguments than `Provider` itself."""
    return provider(*args, **options)


def look_from_env(mode: Mode, ref: str) -> Task:
    """What `get` gives with nothing but the environment."""
    if mode == "sync":
        with Tasks.from_env(retry=ONCE) as tasks:
            return tasks.get(ref)

    async def look() -> Task:
        async with AsyncTasks.from_env(retry=ONCE) as tasks:
            return await tasks.get(ref)

    return asyncio.run(look())


def authorizations(sim: Simulator) -> list[str]:
    return [request.headers["authorization"] for request in sim.tensorslab.requests]


# Where keys come from


def test_keys_and_addresses_from_env(
    sim: Simulator, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`from_env` reads each provider's key and base URL."""
    monkeypatch.setenv("ARK_API_KEY", sim.api_key)
    monkeypatch.setenv("ARK_BASE_URL", sim.ark_url)
    monkeypatch.setenv("TENSORSLAB_API_KEY", sim.api_key)
    monkeypatch.setenv("TENSORSLAB_BASE_URL", f"{sim.tensorslab_url}/")
    ark, tensorslab = sim.ark.add("queued"), sim.tensorslab.add("pending")
    assert look_from_env(mode, f"ark:{ark}").state == "queued"
    assert look_from_env(mode, f"tensorslab:{tensorslab}").state == "queued"


def test_argument_before_environment(
    sim: Simulator, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key and a base URL that are passed count, whatever the environment has."""
    monkeypatch.setenv("ARK_API_KEY", "another-key")
    monkeypatch.setenv("ARK_BASE_URL", "https://ark.example.com")
    with closing(Client(mode, Ark(sim.api_key, base_url=sim.ark_url, limits=None))) as client:
        assert client.get(f"ark:{sim.ark.add('queued')}").state == "queued"


@pytest.mark.parametrize(("provider", "prefix"), PREFIXES)
@pytest.mark.parametrize("given", [None, "", "  \n", "Bearer "])
def test_missing_key(
    provider: type[Provider[Any]],
    prefix: str,
    given: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With no key, the error names the variable to set and the page to get one from."""
    for by_argument in (True, False):
        if not by_argument and given is not None:
            monkeypatch.setenv(f"{prefix}_API_KEY", given)
        with pytest.raises(MissingKey) as caught:
            make(provider, given if by_argument else None)
        assert f"{prefix}_API_KEY" in str(caught.value)
        assert "https://" in str(caught.value)
        assert caught.value.provider == prefix.lower()


@pytest.mark.parametrize("make_tasks", [Tasks.from_env, AsyncTasks.from_env])
@pytest.mark.parametrize("given", [None, "", "  \n"])
def test_no_key_at_all(
    make_tasks: Callable[[], object], given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no key in the environment, `from_env` names both variables."""
    if given is not None:
        monkeypatch.setenv("ARK_API_KEY", given)
    with pytest.raises(MissingKey, match=r"ARK_API_KEY .*https://.* TENSORSLAB_API_KEY .*https://"):
        make_tasks()


def test_provider_not_set_up(sim: Simulator, mode: Mode) -> None:
    """A provider without a key is a caller's mistake: raised for one, Failed in bulk."""
    with closing(Client(mode, Ark(sim.api_key, base_url=sim.ark_url, limits=None))) as client:
        for verb in (client.get, client.delete):
            with pytest.raises(MissingKey, match=r"TENSORSLAB_API_KEY.*https://") as caught:
                verb("tensorslab:a")
            assert caught.value.provider == "tensorslab"
            assert str(caught.value.ref) == "tensorslab:a"
        with pytest.raises(Unsupported):  # a key would not help
            client.cancel("tensorslab:a")
        with pytest.raises(Unsupported):
            client.listed("tensorslab")
        [outcome] = client.many("delete", ["tensorslab:a"])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, MissingKey)
    assert str(outcome.ref) == "tensorslab:a"
    assert sim.ark.requests == sim.tensorslab.requests == ()


def test_unusable_providers(sim: Simulator) -> None:
    """No provider, the same one twice, and settings that make no sense are refused."""
    ark = Ark(sim.api_key, base_url=sim.ark_url, limits=None)
    for providers in ([], [ark, ark]):
        for tasks in (Tasks, AsyncTasks):
            with pytest.raises(ConfigurationError):
                tasks(*providers)
    options: list[dict[str, Any]] = [
        {"auth_scheme": "basic"},
        {"batch_size": 0},
        {"missing_codes": [1000]},
    ]
    for option in options:
        with pytest.raises(ConfigurationError):
            TensorsLab("key", **option)


# How keys are read


@pytest.mark.parametrize(
    "around", ["{}", " {}", "{}\n", "\t{}\r\n", "Bearer {}", "bearer {}", " BEARER  {} \n"]
)
def test_key_is_trimmed(
    sim: Simulator, mode: Mode, around: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blanks around a key, and the word Bearer before it, are not part of it."""
    written = around.format(sim.api_key)
    monkeypatch.setenv("ARK_API_KEY", written)
    ref = f"ark:{sim.ark.add('queued')}"
    for provider in (Ark(written, base_url=sim.ark_url, limits=None), Ark(base_url=sim.ark_url)):
        with closing(Client(mode, provider)) as client:
            client.get(ref)
        assert sim.ark.requests[-1].headers["authorization"] == f"Bearer {sim.api_key}"


@pytest.mark.parametrize(
    "unusable",
    [
        "hush hush",
        "hush\thush",
        "hush\nX-Header: hush",
        "hush\r\nhush",
        "hush\0hush",
        "hush\x7fhush",
        "hush\u00a0hush",
        "hush\u200bhush",
        "\ufeffhush",
        "hüsh-hush",
        "“hush”",
        "hush\ud800",
        "Bearer Bearer hush",
    ],
    ids=ascii,
)
@pytest.mark.parametrize(("provider", "prefix"), PREFIXES)
def test_unusable_key(
    provider: type[Provider[Any]], prefix: str, unusable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that no header can hold is refused at once, and not shown."""
    arguments: list[tuple[str, ...]] = [(unusable,)]
    if "\0" not in unusable and "\ud800" not in unusable:  # the environment can't hold these
        monkeypatch.setenv(f"{prefix}_API_KEY", unusable)
        arguments.append(())
    for given in arguments:
        with pytest.raises(ConfigurationError) as caught:
            make(provider, *given)
        shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
        assert "sh-h" not in shown
        assert "hush" not in shown


# TensorsLab: Bearer, then bare

BARE, BEARER = "sim-key", "Bearer sim-key"
SCHEMES = [
    # auth_scheme, what the server takes, sent at first, sent from then on (None: refused)
    ("auto", "either", [BEARER], [BEARER]),
    ("auto", "bearer", [BEARER], [BEARER]),
    ("auto", "bare", [BEARER, BARE], [BARE]),
    ("bare", "either", [BARE], [BARE]),
    ("bare", "bare", [BARE], [BARE]),
    ("bare", "bearer", [BARE], None),
    ("bearer", "either", [BEARER], [BEARER]),
    ("bearer", "bare", [BEARER], None),
    ("bearer", "bearer", [BEARER], [BEARER]),
]


@pytest.mark.parametrize(("scheme", "taken", "first", "then"), SCHEMES)
@pytest.mark.parametrize("in_bulk", [False, True])
def test_schemes(
    connect: Connect,
    sim: Simulator,
    scheme: str,
    taken: Literal["either", "bare", "bearer"],
    first: list[str],
    then: list[str] | None,
    in_bulk: bool,
) -> None:
    """The key goes as pinned, or as Bearer and then bare; what worked is remembered."""
    sim.tensorslab.auth = taken
    client = connect(tensorslab={"auth_scheme": scheme})
    tasks = [sim.tensorslab.add("completed") for _ in range(2)]
    for task_id in tasks:
        before = authorizations(sim)
        ref = f"tensorslab:{task_id}"
        outcome = client.many("delete", [ref])[0] if in_bulk else client.delete(ref)
        sent = authorizations(sim)[len(before) :]
        looking = first if task_id == tasks[0] else then
        if then is None:
            assert sent == first
            assert isinstance(outcome, Failed)
            assert isinstance(outcome.error, AuthenticationError)
            assert sim.tensorslab.status(task_id) == "completed"
            with pytest.raises(AuthenticationError):
                client.get(ref)
        else:
            assert sent == [*(looking or []), *then]
            assert isinstance(outcome, Deleted)
            assert sim.tensorslab.status(task_id) is None
    refused = [request for request in sim.tensorslab.requests if request.status == 401]
    assert len(refused) == (4 if then is None else len(first) - 1)


def test_both_schemes_refused(sim: Simulator, mode: Mode) -> None:
    """A key that is refused either way is tried both ways each time, and nothing is deleted."""
    task_id = sim.tensorslab.add("completed")
    tensorslab = TensorsLab("wrong-key", base_url=sim.tensorslab_url)
    with closing(Client(mode, tensorslab)) as client:
        for number in (1, 2):
            outcome = client.delete(f"tensorslab:{task_id}")
            assert isinstance(outcome, Failed)
            assert isinstance(outcome.error, AuthenticationError)
            assert outcome.error.status_code == 401
            assert authorizations(sim) == ["Bearer wrong-key", "wrong-key"] * number
        with pytest.raises(AuthenticationError):
            client.get(f"tensorslab:{task_id}")
    assert sim.tensorslab.count("delete") == 0
    assert sim.tensorslab.status(task_id) == "completed"


@pytest.mark.parametrize(
    "fault",
    [Fault.error(500, acted=False), Fault.error(429), Fault.html(404, acted=False)],
    ids=["500", "429", "html"],
)
def test_only_what_worked_is_remembered(connect: Connect, sim: Simulator, fault: Fault) -> None:
    """An answer that says nothing of the key does not settle how it is sent."""
    client = connect(retry=ONCE)
    ref = f"tensorslab:{sim.tensorslab.add('completed')}"
    sim.tensorslab.fail("get", fault)
    with pytest.raises(VideoTasksError):
        client.get(ref)
    sim.tensorslab.auth = "bare"
    assert client.get(ref).state == "succeeded"
    assert authorizations(sim) == [BEARER, BEARER, BARE]


def test_scheme_is_shared(sim: Simulator, mode: Mode) -> None:
    """All clients of one provider know which scheme worked."""
    sim.tensorslab.auth = "bare"
    tensorslab = TensorsLab(sim.api_key, base_url=sim.tensorslab_url)
    ref = f"tensorslab:{sim.tensorslab.add('completed')}"
    for _ in range(2):
        with closing(Client(mode, tensorslab)) as client:
            client.get(ref)
    assert authorizations(sim) == [BEARER, BARE, BARE]


# Keys and addresses that are wrong


@pytest.mark.parametrize("verb", ["cancel", "delete"])
@pytest.mark.parametrize("in_bulk", [False, True])
def test_wrong_key(sim: Simulator, mode: Mode, verb: str, in_bulk: bool) -> None:
    """A refused key ends it with the first request; no DELETE is sent."""
    task_id = sim.ark.add("queued")
    with closing(Client(mode, Ark("wrong-key", base_url=sim.ark_url, limits=None))) as client:
        ref = f"ark:{task_id}"
        outcome = client.many(verb, [ref])[0] if in_bulk else client.act(verb, ref)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, AuthenticationError)
    assert (outcome.error.status_code, outcome.error.code) == (401, "AuthenticationError")
    assert [request.operation for request in sim.ark.requests] == ["get"]
    assert sim.ark.status(task_id) == "queued"


@pytest.mark.parametrize("verb", ["cancel", "delete"])
@pytest.mark.parametrize("flat", [False, True])
def test_wrong_base_url(sim: Simulator, mode: Mode, verb: str, flat: bool) -> None:
    """A 404 for the path is WrongAddress: it does not say that the task is gone."""
    sim.ark.flat_errors = flat
    task_id = sim.ark.add("queued")
    with closing(Client(mode, Ark(sim.api_key, base_url=f"{sim.ark_url}/v9"))) as client:
        outcome = client.act(verb, f"ark:{task_id}", missing_ok=True)
        with pytest.raises(WrongBaseURL, match="check the base URL"):
            client.get(f"ark:{task_id}")
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, WrongBaseURL)
    assert (outcome.error.status_code, outcome.error.code) == (404, "InvalidAction")
    assert sim.ark.status(task_id) == "queued"
    assert len(sim.unmodelled) == 2
    sim.unmodelled.clear()


def test_address_of_the_other_provider(sim: Simulator, mode: Mode) -> None:
    """A 404 that is not in the provider's own form does not say that the task is gone."""
    with closing(
        Client(mode, TensorsLab(sim.api_key, base_url=sim.ark_url, limits=None))
    ) as client:
        outcome = client.delete("tensorslab:a", missing_ok=True)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, BadAnswer)
    sim.unmodelled.clear()


@pytest.mark.parametrize(
    "url",
    [
        "https://ark.example.com/api/v3",
        "https://ark.example.com:8443",
        "https://10.0.0.1/api/v3",
        "https://[2001:db8::1]/api/v3",
        "https://视频.example.com",
        "HTTPS://ARK.EXAMPLE.COM/api/v3",
        "http://127.0.0.1:8000",
        "http://127.1.2.3",
        "http://localhost:8000/api/v3",
        "http://LOCALHOST",
        "http://ark.localhost",
        "http://[::1]:8000/api/v3",
    ],
)
@pytest.mark.parametrize("around", ["{}", "{}/", " {}// \n"])
@pytest.mark.parametrize(("provider", "prefix"), PREFIXES)
def test_usable_url(
    provider: type[Provider[Any]],
    prefix: str,
    url: str,
    around: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """https goes anywhere, http to this machine alone; last slashes and blanks don't matter."""
    written = around.format(url)
    assert make(provider, "key", base_url=written).base_url == url
    monkeypatch.setenv(f"{prefix}_BASE_URL", written)
    assert make(provider, "key").base_url == url


def test_last_slash(sim: Simulator, mode: Mode) -> None:
    """A last slash in the base URL is not doubled in the path."""
    task_id = sim.ark.add("queued")
    with closing(Client(mode, Ark(sim.api_key, base_url=f"{sim.ark_url}//"))) as client:
        client.get(f"ark:{task_id}")
    assert sim.ark.requests[0].path == f"/api/v3/contents/generations/tasks/{task_id}"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::2]",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://notlocalhost",
        "ftp://example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "example.com",
        "//example.com",
        "https:example.com",
        "https://",
        "https:///api/v3",
        "https://[",
        "https://example.com:0",
        "https://example.com:99999",
        "https://example.com:port",
        "https://exam ple.com",
        "https://exam\tple.com",
        "https://exam\nple.com",
        "https://exam\u200bple.com",
        "https://☃.example.com",  # no name that the network's rules allow
        "https://example.com/" + "x" * 70_000,
        "https://example.com/?",
        "https://example.com/#",
        "https://user@example.com",
        "https://user:hush@example.com",
        "https://hush@example.com",
        "https://user:hush@[",
        "https://example.com/?key=hush",
        "https://example.com/#hush",
        "http://user:hush@example.com",
        "http://example.com/?key=hush",
        "http://user:hush@127.0.0.1",
        "ftp://user:hush@example.com",
        "ftp://example.com/?key=hush",
        "user:hush@example.com",
        "https:/user:hush@example.com",
        "//user:hush@example.com",
    ],
    ids=lambda url: ascii(url)[:40],
)
@pytest.mark.parametrize(("provider", "prefix"), PREFIXES)
def test_unusable_url(
    provider: type[Provider[Any]], prefix: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any other base URL is refused at once, in few words, without showing a secret in it."""
    for by_argument in (True, False):
        monkeypatch.setenv(f"{prefix}_BASE_URL", url)
        with pytest.raises(ConfigurationError) as caught:
            make(provider, "key", base_url=url if by_argument else None)
        shown = "".join(traceback.format_exception(caught.value))
        assert "hush" not in shown
        assert f"{prefix}_BASE_URL" in shown
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize("verb", ["get", "cancel", "delete"])
@pytest.mark.parametrize("where", ["/elsewhere", "/api/v3/contents/generations/tasks/b"])
def test_redirects_are_not_followed(
    connect: Connect, sim: Simulator, verb: str, where: str
) -> None:
    """A redirect is a bad answer: neither the request nor the key goes where it points."""
    client = connect(retry=ONCE)
    task_id = sim.ark.add("queued")
    sim.ark.add("queued", task_id="b")
    sim.ark.fail("get", Fault.redirect(f"{sim.url}{where}", acted=False))
    if verb == "get":
        with pytest.raises(BadAnswer):
            client.get(f"ark:{task_id}")
    else:
        outcome = client.act(verb, f"ark:{task_id}")
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, BadAnswer)
    assert [request.ids for request in sim.ark.requests] == [(task_id,)]
    assert sim.unmodelled == []


def test_redirected_delete(client: Client, sim: Simulator) -> None:
    """A DELETE that is redirected is settled by looking, at the same task."""
    task_id = sim.ark.add("succeeded")
    sim.ark.fail("delete", Fault.redirect(f"{sim.url}/elsewhere", acted=True))
    assert isinstance(client.delete(f"ark:{task_id}"), Deleted)
    assert {request.ids for request in sim.ark.requests} == {(task_id,)}


# A key is never shown

ECHOES = [
    Fault.error(401, {"error": {"code": "AuthenticationError", "message": "key sim-key is bad"}}),
    Fault.error(400, {"error": {"code": "sim-key", "message": "Bearer sim-key"}}),
    Fault.error(400, {"error": {"code": "x", "message": "x" * 195 + "sim-key"}}),
    Fault.error(400, {"code": "sim-key", "message": "sim-key"}),
    Fault.error(404, {"error": {"code": "x", "message": "sim-key"}}),
    Fault.error(409, {"error": {"code": "sim-key", "message": "sim-key"}}),
    Fault.error(429, {"error": {"code": "sim-key", "message": "sim-key"}}, retry_after="0"),
    Fault.error(500, {"error": {"code": "sim-key", "message": "sim-key"}}),
    Fault.error(400, {"sim-key": "sim-key"}),
    Fault.error(400, {"code": 9999, "msg": "sim-key"}),
    Fault.error(402, {"code": 9000, "msg": "x" * 195 + "sim-key"}),
    Fault.says({"code": 9999, "msg": "key sim-key"}, acted=False),
    Fault.says({"code": 9999, "msg": "x" * 195 + "sim-key"}, acted=False),
    Fault.says({"code": 9000, "msg": "sim-key"}, acted=False),
    Fault.says({"code": "sim-key", "msg": "sim-key"}, acted=False),
    Fault.says({"code": 1000, "data": {"status": "sim-key"}}, acted=False),
    Fault.says({"code": 1000, "data": {"taskid": "sim-key", "task_status": 1}}, acted=False),
    Fault.says({"id": "sim-key", "status": "queued"}, acted=False),
    Fault.says({"id": ["sim-key"], "status": {"sim-key": 1}}, acted=False),
    Fault.says({"error": "sim-key"}, acted=False),
    Fault.says("sim-key", acted=False),
    Fault(acted=False, body=b"<p>sim-key</p>", media_type="text/html"),
    Fault(acted=False, status=502, body=b"<p>sim-key</p>", media_type="text/html"),
    Fault.lost(acted=False),
    Fault.cut_off(acted=False),
    Fault.empty(acted=False),
]


def everything(error: BaseException) -> str:
    """All that an error shows: its words, its facts, and its traceback with all its causes."""
    facts = {name: value for name, value in vars(error).items() if name != "outcome"}
    return "\n".join((str(error), repr(error), repr(facts), *traceback.format_exception(error)))


@pytest.mark.parametrize("fault", ECHOES, ids=range(len(ECHOES)))
@pytest.mark.parametrize("provider", ["ark", "tensorslab"])
@pytest.mark.parametrize("operation", ["get", "delete"])
def test_key_in_an_answer(
    connect: Connect,
    sim: Simulator,
    provider: str,
    operation: Literal["get", "delete"],
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever a server sends back, no error, outcome or log line shows the key or a part of it."""
    caplog.set_level(logging.DEBUG)
    client = connect(retry=ONCE)
    simulated = sim.ark if provider == "ark" else sim.tensorslab
    ref = f"{provider}:{simulated.add('failed')}"
    shown: list[str] = []
    simulated.fail(operation, fault, times=8)
    if operation == "get":
        try:
            shown.append(repr(client.get(ref)))
        except VideoTasksError as error:
            shown.append(everything(error))
    for outcome in (client.delete(ref), *client.many("delete", [ref])):
        shown += [str(outcome), repr(outcome)]
        if not outcome.ok:
            with pytest.raises(VideoTasksError) as caught:
                outcome.raise_for_outcome()
            shown.append(everything(caught.value))
        if isinstance(outcome, Failed):
            shown.append(everything(outcome.error))
    assert "sim-k" not in "\n".join(shown)
    assert caplog.messages
    assert "sim-key" not in caplog.text


def test_refused_key_is_not_shown(
    sim: Simulator, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused key is in no error and no log line."""
    caplog.set_level(logging.DEBUG)
    providers: list[Provider[Any]] = [
        Ark("hush-hush", base_url=sim.ark_url, limits=None),
        TensorsLab("hush-hush", base_url=sim.tensorslab_url),
    ]
    with closing(Client(mode, *providers)) as client:
        for ref in ("ark:a", "tensorslab:a"):
            with pytest.raises(AuthenticationError) as caught:
                client.get(ref)
            assert "hush" not in everything(caught.value)
            assert "hush" not in repr(client.delete(ref))
    assert {record.name.split(".")[0] for record in caplog.records} >= {"videotasks", "httpcore"}
    assert "hush" not in caplog.text


@pytest.mark.parametrize(("provider", "prefix"), PREFIXES)
def test_nothing_shows_the_key(provider: type[Provider[Any]], prefix: str) -> None:
    """No repr on the way from the client to the header shows the key."""
    made = make(provider, "hush-hush")
    api = made.api
    shown = [
        made,
        api,
        api.get_httpx_client(),
        api.get_httpx_client().headers,
        api.get_httpx_client().auth,
        api.get_async_httpx_client(),
        api.get_async_httpx_client().headers,
        api.get_async_httpx_client().auth,
        made.settings,
        made.settings.key,
        made.settings.options(),
        made.adapter,
        Tasks(made),
        AsyncTasks(made),
    ]
    assert prefix.lower() == made.name
    for thing in shown:
        assert "hush" not in f"{thing!r} {thing!s}"


@pytest.mark.parametrize(("provider", "prefix"), PREFIXES)
def test_key_is_not_copied_out(provider: type[Provider[Any]], prefix: str) -> None:
    """Pickling refuses, since a pickle would carry the key."""
    made = make(provider, "hush-hush")
    assert made.name == prefix.lower()
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="an API key is not pickled"):
            take(made.settings.key)
        if take is not copy.copy:  # a shallow copy shares the key, and shows it no more
            with pytest.raises(TypeError):
                take(made)
