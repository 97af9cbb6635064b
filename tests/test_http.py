"""What becomes of each answer, or of none: timeouts, ids, log lines, and errors of ours alone."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any, Literal

import pytest

from videotasks import (
    AccountBlocked,
    AnswerLost,
    Ark,
    AsyncTasks,
    AuthenticationError,
    BadAnswer,
    ConfigurationError,
    Conflict,
    Deleted,
    Failed,
    InvalidRef,
    NotConnected,
    NotFound,
    PermissionDenied,
    Provider,
    QuotaExceeded,
    RateLimited,
    RequestRefused,
    Retry,
    ServerError,
    Tasks,
    TensorsLab,
    Unknown,
    VideoTasksError,
    WrongBaseURL,
    __version__,
)
from videotasks._rules.steps import Backoff
from videotasks.simulator import Fault, Simulator
from videotasks_ark.api.tasks import delete_task, get_task, list_tasks
from videotasks_tensorslab.api.video import delete_video_task, info_by_task_id
from videotasks_tensorslab.models import DeleteVideoTaskRequest, InfoByTaskIdRequest

from .conftest import Client, Connect, Mode

ONCE = Retry(attempts=1)
SHORT, LONG = 0.25, 60.0
TASKS = "/api/v3/contents/generations/tasks"


def ark(sim: Simulator, **options: Any) -> Ark:
    return Ark(sim.api_key, base_url=sim.ark_url, **options)


def tensorslab(sim: Simulator, **options: Any) -> TensorsLab:
    return TensorsLab(sim.api_key, base_url=sim.tensorslab_url, **options)


@contextmanager
def soon() -> Generator[None]:
    """What is in here ends long before the long timeout."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < LONG / 6


# Timeouts

WHOSE_TIMEOUT = [
    # the provider's, the client's, the call's
    pytest.param(SHORT, None, None, id="provider"),
    pytest.param(LONG, SHORT, None, id="client"),
    pytest.param(LONG, None, SHORT, id="call"),
    pytest.param(LONG, LONG, SHORT, id="call before client"),
]


@pytest.mark.parametrize(("provider", "client", "call"), WHOSE_TIMEOUT)
def test_timeout_ends_it(
    sim: Simulator,
    mode: Mode,
    provider: float,
    client: float | None,
    call: float | None,
) -> None:
    """The call's timeout counts before the client's, and that before the provider's."""
    task_id = sim.ark.add("succeeded")
    options: dict[str, Any] = {} if call is None else {"timeout": call}
    tasks = Client(mode, ark(sim, timeout=provider), timeout=client, retry=ONCE)
    with closing(tasks), soon():
        sim.ark.fail("get", Fault.silent(acted=False), times=3)
        with pytest.raises(AnswerLost, match=r"did not answer within 0.25 s"):
            tasks.get(f"ark:{task_id}", **options)
        for outcome in (
            tasks.delete(f"ark:{task_id}", **options),
            *tasks.many("delete", [f"ark:{task_id}"], **options),
        ):
            assert isinstance(outcome, Failed)
            assert isinstance(outcome.error, AnswerLost)


@pytest.mark.parametrize(
    ("provider", "client", "call"),
    [
        pytest.param(SHORT, LONG, None, id="client before provider"),
        pytest.param(SHORT, SHORT, LONG, id="call before both"),
    ],
)
def test_longer_timeout_counts(
    sim: Simulator,
    mode: Mode,
    provider: float,
    client: float,
    call: float | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A longer timeout of the call or the client gives a slow server its time."""
    monkeypatch.setattr(sim, "latency", 2 * SHORT)
    tasks = Client(mode, ark(sim, timeout=provider), timeout=client, retry=ONCE)
    with closing(tasks):
        ref = f"ark:{sim.ark.add('succeeded')}"
        assert tasks.get(ref, **({} if call is None else {"timeout": call})).state == "succeeded"


def test_timeout_of_a_deletion(connect: Connect, sim: Simulator) -> None:
    """A DELETE that is not answered in time is settled by looking."""
    task_id = sim.ark.add("succeeded")
    sim.ark.fail("delete", Fault.silent(acted=True))
    with soon():
        outcome = connect(timeout=2 * SHORT).delete(f"ark:{task_id}")
    assert isinstance(outcome, Deleted)
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize("bad", [0, 0.0, -1, float("nan"), float("inf"), float("-inf")])
def test_bad_timeout(client: Client, sim: Simulator, bad: float) -> None:
    """A timeout that is no finite time above 0 is refused, wherever it is given."""
    ref = f"ark:{sim.ark.add('queued')}"
    for act in (client.get, client.cancel, client.delete):
        with pytest.raises(ConfigurationError, match="timeout must be a finite number of seconds"):
            act(ref, timeout=bad)
    for verb in ("cancel", "delete"):
        with pytest.raises(ConfigurationError, match="timeout must be"):
            client.many(verb, [ref], timeout=bad)
    for tasks in (Tasks, AsyncTasks):
        with pytest.raises(ConfigurationError, match="timeout must be"):
            tasks(ark(sim), timeout=bad)
    for name in ("timeout", "connect_timeout"):
        for make in (ark, tensorslab):
            with pytest.raises(ConfigurationError, match=f"^{name} must be"):
                make(sim, **{name: bad})
    assert sim.ark.requests == ()


# No connection


@pytest.fixture
def nobody() -> Generator[str]:
    """An address at which nobody listens, and nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("provider", ["ark", "tensorslab"])
def test_nobody_listens(mode: Mode, nobody: str, provider: str) -> None:
    """Without a connection nothing was sent, and that is surely so: Failed."""
    ark, tensorslab = Ark("key", base_url=nobody), TensorsLab("key", base_url=nobody)
    with closing(Client(mode, ark, tensorslab)) as client:
        with pytest.raises(NotConnected, match="nothing was sent, check the address") as caught:
            client.get(f"{provider}:a")
        assert caught.value.provider == provider
        assert str(caught.value.ref) == f"{provider}:a"
        assert nobody in str(caught.value)
        for outcome in (
            client.delete(f"{provider}:a", missing_ok=True),
            *client.many("delete", [f"{provider}:a"], missing_ok=True),
        ):
            assert isinstance(outcome, Failed)
            assert isinstance(outcome.error, NotConnected)


def test_proxy_is_not_used_on_loopback(
    sim: Simulator, mode: Mode, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment does not come between a client and this machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody)
    with closing(Client(mode, ark(sim))) as client:
        assert client.get(f"ark:{sim.ark.add('queued')}").state == "queued"


# Headers and request ids


def test_headers(client: Client, sim: Simulator) -> None:
    """Each request says who asks and that JSON is wanted; retried ones have ids of their own."""
    for number in range(2):
        sim.ark.fail("get", Fault.lost(acted=False), Fault.error(503))
        refs = [f"ark:{sim.ark.add('succeeded')}", f"tensorslab:{sim.tensorslab.add('completed')}"]
        assert [client.delete(ref).name for ref in refs] == ["deleted"] * 2, number
    received = sim.ark.requests + sim.tensorslab.requests
    assert len(sim.ark.requests) == 8
    assert {request.headers["user-agent"] for request in received} == {f"videotasks/{__version__}"}
    assert {request.headers["accept"] for request in received} == {"application/json"}
    ids = [request.headers["x-client-request-id"] for request in sim.ark.requests]
    assert len(set(ids)) == len(ids)
    for request in sim.tensorslab.requests:
        assert "x-client-request-id" not in request.headers


def test_request_id_of_an_outcome(client: Client, sim: Simulator) -> None:
    """An outcome has the server's id for the request that decided it."""
    done = client.delete(f"ark:{sim.ark.add('succeeded')}")
    assert done.request_id == f"sim-{len(sim.ark.requests):06}" == "sim-000002"
    kept = client.delete(f"ark:{sim.ark.add('running')}")
    assert kept.request_id == "sim-000003"
    gone = client.delete("ark:nobody")
    assert gone.request_id == "sim-000004"
    with pytest.raises(NotFound) as caught:
        client.get("ark:nobody")
    assert caught.value.request_id == "sim-000005"
    assert client.delete(f"tensorslab:{sim.tensorslab.add('completed')}").request_id is None


def test_request_id_of_a_lost_answer(connect: Connect, sim: Simulator) -> None:
    """Where no answer came, the id is the one that was sent."""
    client = connect(retry=ONCE)
    task_id = sim.ark.add("succeeded")
    sim.ark.fail("get", Fault.lost(acted=False))
    with pytest.raises(AnswerLost) as caught:
        client.get(f"ark:{task_id}")
    assert caught.value.request_id == sim.ark.requests[-1].headers["x-client-request-id"]
    sim.ark.fail("delete", Fault.lost(acted=False), times=3)
    outcome = client.delete(f"ark:{task_id}")
    assert isinstance(outcome, Unknown)
    [*_, last] = [request for request in sim.ark.requests if request.operation == "delete"]
    assert outcome.cause.request_id == last.headers["x-client-request-id"]


# Log lines

PAGE = Fault(acted=False, status=404, body=b"<p>It works!</p>", media_type="text/html")
ZIPPED = (("Content-Encoding", "gzip"),)
LOGGED = [
    pytest.param(None, "200", id="200"),
    pytest.param(PAGE, "404", id="404"),
    pytest.param(Fault.error(429, {"message": "It works!"}), "429", id="429"),
    pytest.param(Fault.html(503, acted=False), "503", id="503"),
    pytest.param(Fault.empty(acted=False), "200", id="empty"),
    pytest.param(Fault.says(["It works!"], acted=False), "200", id="no task"),
    pytest.param(Fault.lost(acted=False), r"\w+Error", id="lost"),
    pytest.param(Fault.silent(acted=False), "ReadTimeout", id="silent"),
    pytest.param(Fault.cut_off(acted=False), r"\w+Error", id="cut off"),
    pytest.param(Fault(acted=False, body=b"It works!", headers=ZIPPED), r"\w+", id="not zipped"),
]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    records = [record for record in caplog.records if record.name == "videotasks"]
    return [record.getMessage() for record in records if record.levelno == logging.DEBUG]


@pytest.mark.parametrize(("fault", "result"), LOGGED)
def test_one_line_a_request(
    connect: Connect,
    sim: Simulator,
    caplog: pytest.LogCaptureFixture,
    fault: Fault | None,
    result: str,
) -> None:
    """Each request is one line: method, path, result, time and ids; no body and no key."""
    caplog.set_level(logging.DEBUG, "videotasks")
    client = connect(retry=ONCE, timeout=SHORT if result == "ReadTimeout" else LONG)
    task_id = sim.ark.add("running")
    if fault is not None:
        sim.ark.fail("get", fault)
    client.delete(f"ark:{task_id}")
    [request] = sim.ark.requests
    [line] = lines(caplog)
    sent = request.headers["x-client-request-id"]
    answered = "sim-000001" if fault is None else "-"
    form = rf"GET {TASKS}/{task_id} {result} \d+ ms id={sent} server-id={answered}"
    assert re.fullmatch(form, line)
    assert "works" not in line
    assert sim.api_key not in line


def test_a_line_for_each_scheme(
    client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the key went twice, as Bearer and bare, both requests have their line."""
    caplog.set_level(logging.DEBUG, "videotasks")
    sim.tensorslab.auth = "bare"
    client.delete(f"tensorslab:{sim.tensorslab.add('completed')}")
    shown = [line.split(" ms ")[0].rsplit(" ", 1)[0] for line in lines(caplog)]
    assert shown == [
        "POST /v1/video/infobytaskid 401",
        "POST /v1/video/infobytaskid 200",
        "POST /v1/video/deletevideotask 200",
    ]


def test_a_line_without_a_connection(
    mode: Mode, nobody: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A request that found nobody has its line, with the error's name."""
    caplog.set_level(logging.DEBUG, "videotasks")
    with closing(Client(mode, Ark("key", base_url=nobody), retry=ONCE)) as client:
        client.cancel("ark:a")
    [line] = lines(caplog)
    form = r"GET /contents/generations/tasks/a ConnectError \d+ ms id=[0-9a-f]{32} server-id=-"
    assert re.fullmatch(form, line)


def test_no_line_above_debug(
    client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody who didn't ask for details gets any."""
    caplog.set_level(logging.INFO, "videotasks")
    client.delete(f"ark:{sim.ark.add('succeeded')}")
    assert lines(caplog) == []


# Generated functions with `provider.api`


def call(mode: Mode, endpoint: Any, provider: Provider[Any], *args: Any, **arguments: Any) -> Any:
    """Call a generated function, in its sync or its async form, as a user would."""
    if mode == "sync":
        with provider.api as api:
            return endpoint.sync_detailed(*args, client=api, **arguments)

    async def run() -> Any:
        async with provider.api as api:
            return await endpoint.asyncio_detailed(*args, client=api, **arguments)

    return asyncio.run(run())


def test_generated_ark(sim: Simulator, mode: Mode) -> None:
    """Ark's generated functions work with `ark.api`, as the endpoints are."""
    running, failed = sim.ark.add("running"), sim.ark.add("failed")
    answer = call(mode, get_task, ark(sim), running)
    assert (answer.status_code, answer.parsed.id, answer.parsed.status) == (200, running, "running")
    assert call(mode, list_tasks, ark(sim), page_size=1).parsed.total == 2
    assert call(mode, delete_task, ark(sim), failed).status_code == 200
    assert sim.ark.status(failed) is None
    with pytest.raises(Conflict) as conflict:
        call(mode, delete_task, ark(sim), running)
    assert conflict.value.status_code == 409
    assert conflict.value.code == "InvalidAction.RunningTaskDeletion"
    with pytest.raises(NotFound):
        call(mode, delete_task, ark(sim), failed)
    with pytest.raises(AuthenticationError):
        call(mode, delete_task, Ark("wrong-key", base_url=sim.ark_url, limits=None), running)
    with pytest.raises(WrongBaseURL):
        call(mode, delete_task, Ark(sim.api_key, base_url=f"{sim.ark_url}/v9"), running)
    sim.unmodelled.clear()


@pytest.mark.parametrize("answer", ["empty", "204"])
def test_generated_delete_without_body(
    sim: Simulator, mode: Mode, answer: Literal["empty", "204"]
) -> None:
    """A deletion that is answered with nothing is one that was done."""
    sim.ark.delete_answer = answer
    task_id = sim.ark.add("failed")
    assert call(mode, delete_task, ark(sim), task_id).status_code in {200, 204}
    assert sim.ark.status(task_id) is None


def test_generated_tensorslab(sim: Simulator, mode: Mode) -> None:
    """TensorsLab's generated functions work with `tensorslab.api`, as the endpoints are."""
    sim.tensorslab.auth = "bearer"
    task_id = sim.tensorslab.add("completed")
    look = InfoByTaskIdRequest(taskid=task_id)
    remove = DeleteVideoTaskRequest(taskids=[task_id])
    assert call(mode, info_by_task_id, tensorslab(sim), body=look).parsed.data.taskid == task_id
    answer = call(mode, delete_video_task, tensorslab(sim), body=remove)
    assert (answer.parsed.code, answer.parsed.data.status) == (1000, "Success")
    with pytest.raises(NotFound):
        call(mode, info_by_task_id, tensorslab(sim), body=look)
    with pytest.raises(RequestRefused) as refused:
        call(mode, delete_video_task, tensorslab(sim), body=remove)
    assert (refused.value.status_code, refused.value.code) == (400, 9999)


def said(code: str = "SomeCode") -> dict[str, object]:
    return {"error": {"code": code, "message": "Words."}}


ANSWERS: list[tuple[Fault, type[VideoTasksError], int | None]] = [
    (Fault.empty(200, acted=False), BadAnswer, 200),
    (Fault.empty(204, acted=False), BadAnswer, 204),
    (Fault.html(200, acted=False), BadAnswer, 200),
    (Fault.says([], acted=False), BadAnswer, 200),
    (Fault.says("text", acted=False), BadAnswer, 200),
    (Fault.says(None, acted=False), BadAnswer, 200),
    (Fault(acted=False, body=b'{"id": "a"'), BadAnswer, 200),
    (Fault(acted=False, body=b"\xff\xfe\xfd"), BadAnswer, 200),
    (Fault(acted=False, body=b"[" * 100_000), BadAnswer, 200),
    (Fault.says({}, 201, acted=False), BadAnswer, 201),
    (Fault.says({}, 203, acted=False), BadAnswer, 203),
    (Fault.says({}, 206, acted=False), BadAnswer, 206),
    (Fault.says({}, 299, acted=False), BadAnswer, 299),
    (Fault.empty(302, acted=False), BadAnswer, 302),
    (Fault.redirect("/elsewhere", acted=False), BadAnswer, 307),
    (Fault.error(400, said()), RequestRefused, 400),
    (Fault.error(400), RequestRefused, 400),
    (Fault.error(401, said()), AuthenticationError, 401),
    (Fault.error(401, said("InvalidAccountStatus")), AccountBlocked, 401),
    (Fault.error(403, said()), AuthenticationError, 403),
    (Fault.error(403, said("AccountOverdueError")), AccountBlocked, 403),
    (Fault.error(403, said("AccessDenied")), PermissionDenied, 403),
    (Fault.error(403, said("OperationDenied.InvalidState")), RequestRefused, 403),
    (Fault.html(403, acted=False), AuthenticationError, 403),
    (Fault.error(404, said()), BadAnswer, 404),
    (Fault.error(404, said("NotFound.ID")), NotFound, 404),
    (Fault.error(404, said("ModelNotOpen")), PermissionDenied, 404),
    (Fault.error(404, said("InvalidAction")), WrongBaseURL, 404),
    (Fault.error(404, said("InvalidAction.Other")), WrongBaseURL, 404),
    (Fault.error(404), BadAnswer, 404),
    (Fault.html(404, acted=False), BadAnswer, 404),
    (Fault.error(405, said()), RequestRefused, 405),
    (Fault.error(408), AnswerLost, 408),
    (Fault.error(409, said("InvalidAction")), Conflict, 409),
    (Fault.error(418, said()), RequestRefused, 418),
    (Fault.error(429, said()), RateLimited, 429),
    (Fault.error(429, said("QuotaExceeded")), QuotaExceeded, 429),
    (Fault.error(499), RequestRefused, 499),
    (Fault.error(500, said()), ServerError, 500),
    (Fault.error(501), ServerError, 501),
    (Fault.html(502, acted=False), ServerError, 502),
    (Fault.error(520), ServerError, 520),
    (Fault.error(599), ServerError, 599),
    (Fault(acted=False, body=b"no gzip", headers=ZIPPED), BadAnswer, None),
    (Fault.lost(acted=False), AnswerLost, None),
    (Fault.cut_off(acted=False), AnswerLost, None),
]


@pytest.mark.parametrize(("fault", "kind", "status"), ANSWERS, ids=range(len(ANSWERS)))
def test_answers(
    connect: Connect,
    sim: Simulator,
    mode: Mode,
    fault: Fault,
    kind: type[VideoTasksError],
    status: int | None,
) -> None:
    """Each odd answer is one error of ours, through the facade and the generated function alike."""
    task_id = sim.ark.add("running")
    sim.ark.fail("get", fault, times=2)
    with pytest.raises(VideoTasksError) as through_facade:
        connect(retry=ONCE).get(f"ark:{task_id}")
    with pytest.raises(VideoTasksError) as through_function:
        call(mode, get_task, ark(sim), task_id)
    for error in (through_facade.value, through_function.value):
        assert type(error) is kind
        assert error.status_code == status
        assert error.provider == "ark"
        assert error.request_id
    assert str(through_facade.value.ref) == f"ark:{task_id}"


@pytest.mark.parametrize(
    ("verb", "provider"), [("cancel", "ark"), ("delete", "ark"), ("delete", "tensorslab")]
)
@pytest.mark.parametrize(
    "fault",
    [Fault.html(404, acted=False), Fault.empty(404, acted=False), Fault.says([], 404, acted=False)],
    ids=["html", "empty", "list"],
)
def test_404_from_somebody_else(
    connect: Connect, sim: Simulator, verb: str, provider: str, fault: Fault
) -> None:
    """A 404 that isn't the provider's own does not say that the task is gone."""
    simulated = sim.ark if provider == "ark" else sim.tensorslab
    task_id = simulated.add("failed")
    simulated.fail("get", fault)
    outcome = connect(retry=ONCE).act(verb, f"{provider}:{task_id}", missing_ok=True)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, BadAnswer)
    assert simulated.status(task_id) == "failed"


@pytest.mark.parametrize("acted", [False, True])
def test_404_from_somebody_else_to_a_deletion(client: Client, sim: Simulator, acted: bool) -> None:
    """Nor does it say that a DELETE was done, or not: that is settled by looking."""
    task_id = sim.ark.add("failed")
    sim.ark.fail("delete", Fault.html(404, acted=acted))
    assert isinstance(client.delete(f"ark:{task_id}"), Deleted)
    assert sim.ark.status(task_id) is None
    assert sim.ark.count("delete") == (1 if acted else 2)


STEERING = "\x1b[31m\r\n\u202e" + "many words " * 500
TALKATIVE = [
    ("ark", Fault.error(400, {"error": {"code": "x", "message": STEERING}})),
    ("ark", Fault.error(400, {"error": {"code": STEERING, "message": "x"}})),
    ("ark", Fault.error(400, {"code": STEERING, "message": STEERING})),
    ("ark", Fault.error(500, {"text": STEERING})),
    ("ark", Fault(acted=False, body=STEERING.encode(), media_type="text/html")),
    ("ark", Fault.says({"id": STEERING, "status": STEERING}, acted=False)),
    ("tensorslab", Fault.error(400, {"code": 9999, "msg": STEERING})),
    ("tensorslab", Fault.error(400, {"code": STEERING, "msg": STEERING})),
    ("tensorslab", Fault.says({"code": 9999, "msg": STEERING}, acted=False)),
    ("tensorslab", Fault.says({"code": 9000, "msg": STEERING}, acted=False)),
    ("tensorslab", Fault.says({"code": STEERING, "msg": STEERING}, acted=False)),
    ("tensorslab", Fault.says({"code": 1000, "data": {"status": STEERING}}, acted=False)),
]


@pytest.mark.parametrize(("provider", "fault"), TALKATIVE, ids=range(len(TALKATIVE)))
@pytest.mark.parametrize("operation", ["get", "delete"])
def test_words_are_quoted_short(
    connect: Connect,
    sim: Simulator,
    provider: str,
    fault: Fault,
    operation: Literal["get", "delete"],
) -> None:
    """A server's words are quoted on one line, short, with nothing that could steer a terminal."""
    simulated = sim.ark if provider == "ark" else sim.tensorslab
    task_id = simulated.add("failed")
    simulated.fail(operation, fault, times=8)
    outcome = connect(retry=ONCE).delete(f"{provider}:{task_id}")
    assert str(outcome).isprintable()
    assert len(str(outcome)) < 500


def test_key_in_an_answer_to_a_generated_function(sim: Simulator, mode: Mode) -> None:
    """A server that sends the key back does not get it into an error, here either."""
    sim.ark.fail("get", Fault.error(400, {"error": {"code": "sim-key", "message": "sim-key"}}))
    with pytest.raises(RequestRefused) as caught:
        call(mode, get_task, ark(sim), "a")
    assert "sim-key" not in f"{caught.value} {vars(caught.value)}"


# 429 and waiting


def later(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("7", 7),
        ("1.5", 1.5),
        ("-3", 0),
        # Named, since all workers must collect the same names.
        pytest.param(partial(later, 3600), 3600, id="in an hour"),
        pytest.param(partial(later, -3600), 0, id="an hour ago"),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("7 s", None),
        ("Wed, 99 Oct 2099 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 +99999999999999999999", None),
        ("9" * 400, None),
    ],
    ids=lambda value: str(value)[:30],
)
@pytest.mark.parametrize("provider", ["ark", "tensorslab"])
def test_retry_after(
    connect: Connect,
    sim: Simulator,
    provider: str,
    header: str | Callable[[], str] | None,
    seconds: float | None,
) -> None:
    """Retry-After is read as seconds or as a date; anything else counts as not there."""
    simulated = sim.ark if provider == "ark" else sim.tensorslab
    said = header() if callable(header) else header
    simulated.fail("get", Fault.error(429, {"code": 1, "message": "x"}, retry_after=said))
    with pytest.raises(RateLimited) as caught:
        connect(retry=ONCE).get(f"{provider}:a")
    if seconds is None:
        assert caught.value.retry_after is None
    else:
        assert caught.value.retry_after == pytest.approx(seconds, abs=60 if seconds > 60 else 0)


def waits(retry: Retry, attempt: int, retry_after: float | None = None) -> list[float]:
    return [retry.wait(Backoff(attempt, retry_after)) for _ in range(200)]


def test_waits_double_up_to_the_most() -> None:
    """Waits double from try to try, half of each is random, and none is longer than the most."""
    retry = Retry(backoff=1, max_wait=5)
    for attempt, most in ((1, 1), (2, 2), (3, 4), (4, 5), (5, 5), (60, 5), (5000, 5)):
        waited = waits(retry, attempt)
        assert most / 2 <= min(waited) <= max(waited) <= most
        assert len(set(waited)) > 1


def test_wait_that_was_asked_for() -> None:
    """What a provider asks for is waited for exactly, up to the most, instead of the own wait."""
    retry = Retry(backoff=1, max_wait=5, max_retry_after=30)
    for asked, waited in ((0, 0), (0.5, 0.5), (29, 29), (31, 30), (1e300, 30)):
        assert set(waits(retry, 3, asked)) == {waited}


def test_no_waits() -> None:
    """Waits can be turned off."""
    assert set(waits(Retry(backoff=0), 3)) == {0}


@pytest.mark.parametrize("name", ["attempts", "backoff", "max_wait", "max_retry_after"])
@pytest.mark.parametrize("bad", [-1, float("nan")])
def test_bad_retry(name: str, bad: Any) -> None:
    """Numbers that make no sense are refused by name."""
    with pytest.raises(ConfigurationError, match=name):
        Retry(**{name: bad})


@pytest.mark.parametrize("task_id", ["", ".", "..", "../..", "a/.."])
def test_no_delete_of_the_collection(sim: Simulator, task_id: str) -> None:
    """Even a generated function can't send DELETE to the collection or to what is above it."""
    with Ark(sim.api_key, base_url=sim.ark_url).api as api:
        if "/" in task_id:
            # Quoted by the generated code, so that it is one segment, and an unknown id.
            with pytest.raises(NotFound):
                delete_task.sync_detailed(task_id, client=api)
            return
        with pytest.raises(InvalidRef, match="not a task"):
            delete_task.sync_detailed(task_id, client=api)
    assert sim.ark.requests == ()
