"""The wrapper, the simulator and the specs agree: requests as sent, answers as given, as read."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from attrs import evolve
from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator, V31ResponseValidator
from openapi_core.testing import MockRequest, MockResponse

from videotasks import (
    AccountBlocked,
    AuthenticationError,
    Conflict,
    NoCredits,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Ref,
    RequestRefused,
    ServerError,
    VideoTasksError,
)
from videotasks._providers import PROVIDERS
from videotasks._providers.ark import read_task
from videotasks._rules.steps import Operation
from videotasks.simulator import Fault, NewState, Received, Simulator
from videotasks.simulator._ark import ArkSimulator
from videotasks.simulator._tensorslab import TensorsLabSimulator
from videotasks_ark.api.tasks import delete_task, get_task, list_tasks
from videotasks_ark.models import ServiceTier, TaskStatus
from videotasks_ark.models import Task as ArkTask
from videotasks_tensorslab.api.video import delete_video_task, info_by_task_id
from videotasks_tensorslab.models import DeleteVideoTaskRequest, InfoByTaskIdRequest

from .conftest import Client, Mode
from .test_specs import SPECS, Spec, examples, operations, resolved, with_examples

PATHS: Final = {name: SchemaPath.from_dict(spec) for name, spec in SPECS.items()}
ASKED: Final = {name: V31RequestValidator(path) for name, path in PATHS.items()}
ANSWERED: Final = {name: V31ResponseValidator(path) for name, path in PATHS.items()}
MODELS: Final = {name: import_module(f"videotasks_{name}.models") for name in SPECS}
OPERATION_IDS: Final[dict[tuple[str, Operation], str]] = {
    ("ark", "get"): "getTask",
    ("ark", "delete"): "deleteTask",
    ("ark", "list"): "listTasks",
    ("tensorslab", "get"): "infoByTaskId",
    ("tensorslab", "delete"): "deleteVideoTask",
}
TASKS: Final = "/api/v3/contents/generations/tasks"
VIDEO: Final = "/v1/video"


def bodies(name: str, operation_id: str, what: str) -> dict[str, Any]:
    """The examples of an operation's "requestBody", or of its answer with a status."""
    [operation] = [found for key, found, _ in operations(SPECS[name]) if key == operation_id]
    holder: Spec = operation if what == "requestBody" else operation["responses"]
    content = resolved(SPECS[name], holder[what]).get("content", {})
    return examples(content.get("application/json", {}))


def declared(name: str, operation_id: str) -> set[str]:
    """The statuses of the answers that a spec has for an operation."""
    [found] = [one for key, one, _ in operations(SPECS[name]) if key == operation_id]
    return set(found["responses"])


# Requests


def as_sent(name: str, request: Received) -> MockRequest:
    """A request that the simulator got, as if it had gone to the spec's first server."""
    server = urlsplit(str(SPECS[name]["servers"][0]["url"]))
    return MockRequest(
        f"{server.scheme}://{server.netloc}",
        request.method,
        request.path,
        args=parse_qs(request.query, keep_blank_values=True),
        headers=dict(request.headers),
        data=request.body,
        content_type=request.headers.get("content-type", ""),
    )


def breaches(name: str, request: Received) -> list[str]:
    """How a request is not as the spec says; also what a validator lets pass: extra parts."""
    found = [repr(error) for error in ASKED[name].iter_errors(as_sent(name, request))]
    assert request.operation is not None
    assert request.operation != "create"  # which no spec of ours has
    wanted = OPERATION_IDS[name, request.operation]
    for operation_id, operation, parameters in operations(SPECS[name]):
        if operation_id == wanted:
            known = {p["name"] for p in parameters if p["in"] == "query"}
            strangers = parse_qs(request.query, keep_blank_values=True).keys() - known
            found += [f"{stranger}: no such parameter" for stranger in sorted(strangers)]
            if request.body and "requestBody" not in operation:
                found.append("a body where none belongs")
    return found


def all_breaches(sim: Simulator) -> list[str]:
    """The breaches of all requests so far."""
    return [
        found
        for name, provider in sim.providers.items()
        for request in provider.requests
        for found in breaches(name, request)
    ]


def test_facade_on_ark(client: Client, sim: Simulator) -> None:
    """Looking, cancelling and deleting on Ark send what the spec says, also for odd ids."""
    for odd in (None, "a/b?c=d#e%2F", "任务é"):
        running, queued, failed = (odd and f"{number}{odd}" for number in range(3))
        client.get(f"ark:{sim.ark.add('running', task_id=running)}")
        client.cancel(f"ark:{sim.ark.add('queued', task_id=queued)}", confirm=True)
        client.delete(f"ark:{sim.ark.add('failed', task_id=failed)}", confirm=True)
    client.many("cancel", [f"ark:{sim.ark.add('queued')}" for _ in range(3)])
    assert (sim.ark.count("get"), sim.ark.count("delete")) == (18, 9)
    assert all_breaches(sim) == []


@pytest.mark.parametrize("auth", ["bare", "bearer"])
def test_facade_on_tensorslab(client: Client, sim: Simulator, auth: str) -> None:
    """Looking and deleting on TensorsLab send what the spec says: any form of key, any batch."""
    sim.tensorslab.auth = auth  # type: ignore[assignment]  # parametrized over its words
    client.get(f"tensorslab:{sim.tensorslab.add('processing')}")
    client.delete(f"tensorslab:{sim.tensorslab.add('failed', task_id='任务')}", confirm=True)
    refs = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(7)]
    sim.tensorslab.refuse(refs[3].removeprefix("tensorslab:"))
    client.many("delete", refs)
    sizes = [len(r.ids) for r in sim.tensorslab.requests if r.operation == "delete"]
    assert sizes[:2] == [1, 7]
    assert len(sizes) > 2
    assert all_breaches(sim) == []


def test_request_examples(client: Client, sim: Simulator) -> None:
    """The examples of requests are what the facade really sends for those ids."""
    [look] = bodies("tensorslab", "infoByTaskId", "requestBody").values()
    [delete] = bodies("tensorslab", "deleteVideoTask", "requestBody").values()
    for task_id in delete["taskids"]:
        sim.tensorslab.add("completed", task_id=task_id)
    refs = [f"tensorslab:{task_id}" for task_id in delete["taskids"]]
    client.many("delete", refs, concurrency=1)
    first, *_, last = sim.tensorslab.requests
    assert json.loads(first.body) == look
    assert json.loads(last.body) == delete


def call(mode: Mode, endpoint: Any, client: Any, **arguments: Any) -> Any:
    """Call a generated function, or its async form on an event loop of its own."""
    if mode == "sync":
        with client:
            return endpoint.sync_detailed(client=client, **arguments)

    async def run() -> Any:
        async with client:
            return await endpoint.asyncio_detailed(client=client, **arguments)

    return asyncio.run(run())


def api(sim: Simulator, name: str) -> Any:
    """The generated client of one provider, as the wrapper configures it."""
    [make] = [make for make in PROVIDERS if make.name == name]
    return make(sim.api_key, base_url=sim.base_url(name), limits=None).api


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({}, ""),
        ({"page_num": 1, "page_size": 500}, "page_num=1&page_size=500"),
        ({"filter_status": TaskStatus.FAILED}, "filter.status=failed"),
        ({"filter_task_ids": ["a", "b,c"]}, "filter.task_ids=a&filter.task_ids=b%2Cc"),
        (
            {"filter_model": "m 1", "filter_service_tier": ServiceTier.FLEX},
            "filter.model=m+1&filter.service_tier=flex",
        ),
    ],
)
def test_generated_list(sim: Simulator, mode: Mode, arguments: dict[str, Any], query: str) -> None:
    """The generated list function sends its arguments as the spec says, and no default."""
    assert call(mode, list_tasks, api(sim, "ark"), **arguments).status_code == 200
    assert [request.query for request in sim.ark.requests] == [query]
    assert all_breaches(sim) == []


FUNCTIONS: Final[dict[tuple[str, Operation], tuple[Any, Callable[[str], dict[str, Any]]]]] = {
    ("ark", "get"): (get_task, lambda task_id: {"id": task_id}),
    ("ark", "delete"): (delete_task, lambda task_id: {"id": task_id}),
    ("ark", "list"): (list_tasks, lambda _: {}),
    ("tensorslab", "get"): (
        info_by_task_id,
        lambda task_id: {"body": InfoByTaskIdRequest(taskid=task_id, more_task_info=True)},
    ),
    ("tensorslab", "delete"): (
        delete_video_task,
        lambda task_id: {"body": DeleteVideoTaskRequest(taskids=[task_id])},
    ),
}
"""Each generated function, with its arguments for a task."""


@pytest.mark.parametrize(("name", "operation"), FUNCTIONS)
def test_generated_functions(sim: Simulator, mode: Mode, name: str, operation: Operation) -> None:
    """Each generated function sends what the spec says when it is called by itself."""
    provider = sim.providers[name]
    provider.add("failed", task_id="x")
    endpoint, arguments = FUNCTIONS[name, operation]
    assert call(mode, endpoint, api(sim, name), **arguments("x")).status_code == 200
    assert [request.operation for request in provider.requests] == [operation]
    assert all_breaches(sim) == []


def test_every_operation_has_a_function() -> None:
    """Each operation of the specs has its generated function, and each of them is called above."""
    stated = {(name, key) for name, spec in SPECS.items() for key, _, _ in operations(spec)}
    called = {
        (name, re.sub("_(.)", lambda m: m[1].upper(), endpoint.__name__.rpartition(".")[2]))
        for (name, _), (endpoint, _) in FUNCTIONS.items()
    }
    assert called == stated


GET: Final = Received(
    operation="get",
    ids=("x",),
    method="GET",
    path=f"{TASKS}/x",
    query="",
    headers={"authorization": "Bearer key"},
    body=b"",
    status=200,
)
LIST: Final = evolve(GET, operation="list", ids=(), path=TASKS)
JSON: Final = {"content-type": "application/json"}
DELETE: Final = evolve(
    GET,
    operation="delete",
    method="POST",
    path=f"{VIDEO}/deletevideotask",
    headers=JSON | {"authorization": "key"},
    body=b'{"taskids": ["x"]}',
)


@pytest.mark.parametrize(
    ("name", "request_", "breach"),
    [
        ("ark", GET, None),
        ("ark", evolve(GET, headers={}), "SecurityValidationError"),
        ("ark", evolve(GET, headers={"authorization": "key"}), "SecurityValidationError"),
        ("ark", evolve(GET, method="POST"), "OperationNotFound"),
        ("ark", evolve(GET, path=f"{TASKS}/x/cancel"), "PathNotFound"),
        ("ark", evolve(GET, path=f"{TASKS}/"), "InvalidParameter"),
        ("ark", evolve(GET, query="force=true"), "force: no such parameter"),
        ("ark", evolve(GET, body=b"{}"), "a body where none belongs"),
        ("ark", LIST, None),
        ("ark", evolve(LIST, query="page_size=501"), "InvalidParameter"),
        ("ark", evolve(LIST, query="filter.status=paused"), "InvalidParameter"),
        ("ark", evolve(LIST, query="status=failed"), "status: no such parameter"),
        ("tensorslab", DELETE, None),
        ("tensorslab", evolve(DELETE, headers=JSON), "SecurityValidationError"),
        ("tensorslab", evolve(DELETE, body=b""), "MissingRequiredRequestBody"),
        ("tensorslab", evolve(DELETE, body=b'{"taskid": "x"}'), "InvalidRequestBody"),
        ("tensorslab", evolve(DELETE, body=b'{"taskids": []}'), "InvalidRequestBody"),
        ("tensorslab", evolve(DELETE, body=b'{"taskids": [""]}'), "InvalidRequestBody"),
        ("tensorslab", evolve(DELETE, body=b'{"taskids": ["x"], "a": 1}'), "InvalidRequestBody"),
    ],
)
def test_a_breach_is_found(name: str, request_: Received, breach: str | None) -> None:
    """A request that is not as the spec says is told, each kind of it; a good one is not."""
    found = breaches(name, request_)
    assert len(found) == (breach is not None)
    assert (breach or "") in "".join(found)


# Answers of the simulator

UNKNOWN: Final = "nobody"
"""In place of a state: no such task."""

Asking = tuple[str, Operation, str, dict[str, object], int]

TOLD: Final[list[Asking]] = [
    # provider, operation, state before, switches: status of the answer
    *(("ark", "get", state, {}, 200) for state in (*ArkSimulator.states, NewState("paused"))),
    ("ark", "get", "succeeded", {"text_numbers": True}, 200),
    ("ark", "get", UNKNOWN, {}, 404),
    ("ark", "get", UNKNOWN, {"not_found_code": None}, 404),
    ("ark", "get", "queued", {"refusals": {"get": (404, "ModelNotOpen", "no")}}, 404),
    ("ark", "get", UNKNOWN, {"flat_errors": True}, 404),
    ("ark", "delete", "queued", {}, 200),
    ("ark", "delete", "queued", {"delete_answer": "204"}, 204),
    ("ark", "delete", "queued", {"delete_answer": "Result"}, 200),
    ("ark", "delete", "queued", {"refusals": {"delete": (429, "QuotaExceeded", "no")}}, 429),
    ("ark", "delete", "running", {}, 409),
    ("ark", "delete", "running", {"running_refusal_status": 400}, 400),
    ("ark", "delete", "running", {"flat_errors": True}, 409),
    ("ark", "delete", "succeeded", {}, 200),
    ("ark", "delete", "failed", {}, 200),
    ("ark", "delete", "expired", {}, 200),
    ("ark", "delete", "cancelled", {"delete_of_cancelled": "409"}, 409),
    ("ark", "delete", "cancelled", {"delete_of_cancelled": "404"}, 404),
    ("ark", "delete", "cancelled", {"delete_of_cancelled": "deleted"}, 200),
    ("ark", "delete", UNKNOWN, {}, 404),
    ("ark", "list", "failed", {}, 200),
    ("ark", "list", "succeeded", {"text_numbers": True}, 200),
    ("ark", "list", UNKNOWN, {}, 200),
    *(
        ("tensorslab", "get", state, {}, 200)
        for state in (*TensorsLabSimulator.states, NewState("paused"))
    ),
    ("tensorslab", "get", "completed", {"text_status": True}, 200),
    ("tensorslab", "get", UNKNOWN, {"unknown_task": "404"}, 404),
    ("tensorslab", "get", UNKNOWN, {"not_found_code": 4004}, 404),
    ("tensorslab", "get", UNKNOWN, {"unknown_task": "9999"}, 200),
    ("tensorslab", "delete", "completed", {}, 200),
    ("tensorslab", "delete", "pending", {"failure": "http"}, 400),
    ("tensorslab", "delete", "pending", {"failure": "code"}, 200),
    ("tensorslab", "delete", "pending", {"failure": "status"}, 200),
    ("tensorslab", "delete", "pending", {"failure": "named"}, 200),
    ("tensorslab", "delete", "pending", {"delete_of_unfinished": "deleted"}, 200),
    ("tensorslab", "delete", UNKNOWN, {"delete_of_unknown": "ignored"}, 200),
]
STRANGERS: Final[list[Asking]] = [
    (name, operation, UNKNOWN, {"api_key": "another"}, 401) for name, operation in OPERATION_IDS
]
HASTY: Final[list[Asking]] = [
    (name, operation, UNKNOWN, {"rate_limits": {operation: 0}}, 429)
    for name, operation in OPERATION_IDS
]
ANSWERS: Final = [*TOLD, *STRANGERS, *HASTY]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """httpx alone, with nothing of ours."""
    with httpx.Client(trust_env=False) as client:
        yield client


def ask(
    http: httpx.Client, sim: Simulator, name: str, operation: Operation, task_id: str
) -> tuple[int, list[str]]:
    """Send a request with httpx: the status of the answer, and how it is not as the spec says."""
    endpoint, arguments = FUNCTIONS[name, operation]
    asked = endpoint._get_kwargs(**arguments(task_id))  # noqa: SLF001  # what it would send
    headers = {"Authorization": f"Bearer {sim.api_key}"} | asked.pop("headers", {})
    url = sim.base_url(name) + asked.pop("url")
    response = http.request(asked.pop("method"), url, headers=headers, **asked)
    [*_, received] = sim.providers[name].requests
    given = MockResponse(
        response.content,
        response.status_code,
        headers=dict(response.headers),
        content_type=response.headers.get("content-type", ""),
    )
    errors = ANSWERED[name].iter_errors(as_sent(name, received), given)
    return response.status_code, [repr(error) for error in errors]


@pytest.mark.parametrize(("name", "operation", "state", "switches", "status"), ANSWERS)
def test_answers(
    http: httpx.Client,
    sim: Simulator,
    name: str,
    operation: Operation,
    state: Any,
    switches: dict[str, object],
    status: int,
) -> None:
    """The simulator answers as the spec says, in every state and however its switches are set."""
    provider = sim.providers[name]
    for switch, value in switches.items():
        assert hasattr(provider, switch)
        setattr(provider, switch, value)
    task_id = UNKNOWN if state == UNKNOWN else provider.add(state)
    assert ask(http, sim, name, operation, task_id) == (status, [])


@pytest.mark.parametrize("name", SPECS)
def test_answers_cover_the_spec(name: str) -> None:
    """Every answer that a spec declares is among those that the simulator is asked for."""
    for operation_id, operation, _ in operations(SPECS[name]):
        given = {
            str(status)
            for provider, verb, _, _, status in ANSWERS
            if OPERATION_IDS[provider, verb] == operation_id
        }
        stated = operation["responses"].keys()
        assert stated - {"default"} <= given
        assert ("default" in stated) == bool(given - stated)


def test_an_answer_that_differs_is_found(http: httpx.Client, sim: Simulator) -> None:
    """An answer that is not as the spec says is told."""
    bad: list[object] = [{"id": 7, "status": "queued"}, {"id": "x"}, []]
    for body in bad:
        sim.ark.fail("get", Fault.says(body, acted=False))
        assert ask(http, sim, "ark", "get", "x") == (200, ["InvalidData()"])
    # The one switch beyond the spec, which can't say "an object or nothing".
    sim.ark.delete_answer = "empty"
    assert ask(http, sim, "ark", "delete", sim.ark.add("queued")) == (200, ["MissingData()"])


# Answers as read


@pytest.mark.parametrize(
    ("name", "schema", "body"),
    [
        pytest.param(name, media["schema"]["$ref"].rpartition("/")[2], body, id=f"{place} {key}")
        for name, spec in SPECS.items()
        for place, media, needed in with_examples(spec)
        for key, body in examples(media).items()
        if needed
    ],
)
def test_generated_models(name: str, schema: str, body: dict[str, Any]) -> None:
    """Every example goes through the generated model of its schema and comes out the same."""
    model = getattr(MODELS[name], schema).from_dict(body)
    assert model.to_dict() == body
    assert getattr(model, "additional_properties", {}) == {}


@pytest.mark.parametrize(
    "body",
    [
        *bodies("ark", "getTask", "200").values(),
        *(
            {**bodies("ark", "getTask", "200")["queued"], "status": status}
            for status in [*SPECS["ark"]["components"]["schemas"]["TaskStatus"]["enum"], "paused"]
        ),
        *(item for page in bodies("ark", "listTasks", "200").values() for item in page["items"]),
    ],
    ids=lambda body: body["status"],
)
def test_ark_tasks(body: dict[str, Any]) -> None:
    """Every task in Ark's examples, in every status or a new one, is read with all that it says."""
    task = read_task(Ref("ark", body["id"]), ArkTask.from_dict(body))
    assert task.raw_state == body["status"]
    assert task.state == ("unknown" if body["status"] == "paused" else body["status"])
    assert task.model == body.get("model")
    assert task.service_tier == body.get("service_tier")
    for name in ("created_at", "updated_at"):
        time = getattr(task, name)
        assert time is not None
        assert time.timestamp() == int(body[name])
    assert task.video_urls == ((body["content"]["video_url"],) if "content" in body else ())
    assert (task.error is None) == (body.get("error") is None)
    if task.error is not None:
        assert body["error"]["code"] in task.error
        assert body["error"]["message"] in task.error


@pytest.mark.parametrize(
    ("key", "state", "urls"),
    [("completed", "succeeded", 1), ("statusAsString", "running", 0)],
)
def test_tensorslab_tasks(client: Client, sim: Simulator, key: str, state: str, urls: int) -> None:
    """The tasks in TensorsLab's examples are read with all that they say."""
    body = bodies("tensorslab", "infoByTaskId", "200")[key]
    sim.tensorslab.fail("get", Fault.says(body, acted=False))
    task = client.get(f"tensorslab:{body['data']['taskid']}")
    assert (task.state, task.raw_state) == (state, body["data"]["task_status"])
    assert list(task.video_urls) == body["data"].get("url", [])
    assert len(task.video_urls) == urls


# operation, status, key of the example: what a deletion comes to when it is answered so
DELETIONS = [
    ("ark", "deleteTask", "200", "done", "deleted"),
    ("ark", "deleteTask", "200", "doneWithResult", "deleted"),
    ("tensorslab", "deleteVideoTask", "200", "success", "deleted"),
    ("tensorslab", "deleteVideoTask", "200", "failedStatus", "failed"),
    ("tensorslab", "deleteVideoTask", "200", "failedCode", "failed"),
]


@pytest.mark.parametrize(("name", "operation_id", "status", "key", "outcome"), DELETIONS)
def test_deletions(
    client: Client,
    sim: Simulator,
    name: str,
    operation_id: str,
    status: str,
    key: str,
    outcome: str,
) -> None:
    """Each example of an answer to a deletion has its outcome, whichever way it says no."""
    body = bodies(name, operation_id, status)[key]
    provider = sim.providers[name]
    task_id = provider.add("failed")
    provider.fail("delete", Fault.says(body, int(status), acted=outcome == "deleted"))
    result = client.delete(f"{name}:{task_id}")
    assert result.name == outcome
    assert (provider.status(task_id) is None) == (outcome == "deleted")


# key of the example, with its provider where it differs: a status that it may come with, and what
# it is raised as
REFUSALS: Final[dict[str, tuple[int, type[VideoTasksError]]]] = {
    "badKey": (401, AuthenticationError),
    "unknownTask": (404, NotFound),
    "noModel": (404, PermissionDenied),
    "overdue": (403, AccountBlocked),
    "quota": (429, QuotaExceeded),
    "flat": (500, ServerError),
    "running": (409, Conflict),
    "refused": (400, RequestRefused),
    "noCredits": (400, NoCredits),
}


@pytest.mark.parametrize(
    ("name", "operation", "key", "body"),
    [
        (name, operation, key, body)
        for (name, operation), operation_id in OPERATION_IDS.items()
        for what in ("default", "409")
        if what in declared(name, operation_id)
        for key, body in bodies(name, operation_id, what).items()
    ],
)
def test_refusals(
    sim: Simulator, mode: Mode, name: str, operation: Operation, key: str, body: Any
) -> None:
    """Each example of a refusal is raised as the error for it, with the provider's code and words.

    Beneath the facade, where no rule has made an outcome of it yet.
    """
    status, expected = REFUSALS.get(f"{name} {key}") or REFUSALS[key]
    sim.providers[name].fail(operation, Fault.error(status, body))
    endpoint, arguments = FUNCTIONS[name, operation]
    with pytest.raises(expected) as raised:
        call(mode, endpoint, api(sim, name), **arguments("x"))
    said = body.get("error", body)
    assert type(raised.value) is expected
    assert raised.value.status_code == status
    if "code" in said:  # else it is somewhere in the words
        assert raised.value.code == said["code"]
    assert (said.get("message") or said["msg"]) in str(raised.value)


def test_refused_look(client: Client, sim: Simulator) -> None:
    """A look that is answered 200 with a code that is no success raises that refusal."""
    body = bodies("tensorslab", "infoByTaskId", "200")["failedCode"]
    sim.tensorslab.fail("get", Fault.says(body, acted=False))
    with pytest.raises(RequestRefused) as raised:
        client.get("tensorslab:x")
    assert raised.value.code == body["code"]
    assert body["msg"] in str(raised.value)


TAKEN: Final[set[tuple[str, str]]] = {
    ("ark", "getTask"),  # by test_ark_tasks, whatever their names
    ("ark", "listTasks"),
    ("tensorslab", "infoByTaskId"),  # by test_tensorslab_tasks and test_refused_look
}
"""Operations whose good answers are read one by one elsewhere."""


@pytest.mark.parametrize("name", SPECS)
def test_every_answer_example_is_read(name: str) -> None:
    """No example of an answer is left out above."""
    read = {(provider, operation_id, key) for provider, operation_id, _, key, _ in DELETIONS}
    left_out = [
        f"{operation_id} {status} {key}: add it to DELETIONS, REFUSALS or TAKEN"
        for operation_id, operation, _ in operations(SPECS[name])
        for status in operation["responses"]
        if not (status == "200" and (name, operation_id) in TAKEN)
        for key in bodies(name, operation_id, status)
        if key not in REFUSALS and (name, operation_id, key) not in read
    ]
    assert left_out == []
