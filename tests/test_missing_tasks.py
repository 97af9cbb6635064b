"""What a 404 says: "no such task" only where the provider itself says it about this task."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from videotasks import (
    BadAnswer,
    Cancelled,
    Failed,
    Gone,
    NotFound,
    PermissionDenied,
    Unknown,
    VideoTasksError,
    WrongBaseURL,
)
from videotasks._http.info import ProviderInfo
from videotasks._providers import ark, tensorslab
from videotasks.simulator import Fault, Move, Simulator

from .conftest import Client, Connect
from .test_http import ONCE
from .test_specs import README

PATH = "/api/v3/contents/generations/tasks/x"
OPENAI_TYPE = "invalid_request_error"

OTHERS: dict[str, object] = {
    "OpenAI": {
        "error": {
            "message": f"Invalid URL (GET {PATH})",
            "type": OPENAI_TYPE,
            "param": None,
            "code": None,
        }
    },
    "one-api": {"error": {"message": f"Invalid URL (GET {PATH})", "type": OPENAI_TYPE, "code": ""}},
    "OpenAI without code": {"error": {"message": "Not found", "type": OPENAI_TYPE}},
    "OpenAI with a word": {
        "error": {"message": "No such task", "type": OPENAI_TYPE, "code": "NotFound.ID"}
    },
    "LiteLLM": {"error": {"message": "Not Found", "type": "None", "param": "None", "code": "404"}},
    "OpenRouter": {"error": {"message": "Not Found", "code": 404}},
    "Google": {"error": {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}},
    "Azure OpenAI": {"error": {"code": "404", "message": "Resource not found"}},
    "Azure": {"error": {"code": "ResourceNotFound", "message": "The resource was not found."}},
    "Azure, the word alone": {"error": {"code": "NotFound", "message": "Not found."}},
    "Azure deployment": {"error": {"code": "DeploymentNotFound", "message": "No deployment."}},
    "Anthropic": {"type": "error", "error": {"type": "not_found_error", "message": "Not Found"}},
    "a gateway without code": {"error": {"message": "404 page not found"}},
    "gin": {"code": 404, "message": "page not found"},
    "gin, msg": {"code": 404, "msg": "page not found"},
    "Go, 0": {"code": 0, "message": "not found"},
    "Go, 0, msg": {"code": 0, "msg": "not found"},
    "Go, -1, msg": {"code": -1, "msg": "not found"},
    "Go, true": {"code": True, "msg": "not found", "message": "not found"},
    "Go, 40400": {"code": 40400, "msg": "no route"},
    "text code": {"code": "404", "msg": "not found", "message": "not found"},
    "text code of four": {"code": "9999", "msg": "not found"},
    "restify": {"code": "NotFound", "message": ""},
    "restify, a route": {"code": "ResourceNotFound", "message": f"{PATH} does not exist"},
    "Kubernetes": {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": "the server could not find the requested resource",
        "reason": "NotFound",
        "code": 404,
    },
    "four digits without words": {"code": 9999},
    "success and 404": {"code": 1000, "msg": "success"},
    "Kong": {"message": "no Route matched with those values"},
    "FastAPI": {"detail": "Not Found"},
    "Spring": {"timestamp": "2025-04-01", "status": 404, "error": "Not Found", "path": PATH},
    "Fastify": {"statusCode": 404, "error": "Not Found", "message": f"Route GET:{PATH} not found"},
    "APISIX": {"error_msg": "404 Route Not Found"},
    "Cloudflare": {"success": False, "errors": [{"code": 7003, "message": "no route"}]},
    "Volcengine's top gateway": {
        "ResponseMetadata": {"RequestId": "r", "Error": {"Code": "NotFound.Task", "Message": "no"}}
    },
    "a text": "not found",
    "nothing": {},
}
"""404s in the styles of servers that people put in front of a provider; none is its own."""


def missing(body: object, *, signed: bool = False) -> Fault:
    """A 404, with or without Ark's request id."""
    headers = (("X-Request-Id", "r-1"),) if signed else ()
    return Fault(acted=False, status=404, body=json.dumps(body).encode(), headers=headers)


@pytest.mark.parametrize(
    ("verb", "provider"), [("cancel", "ark"), ("delete", "ark"), ("delete", "tensorslab")]
)
def test_of_somebody_else(connect: Connect, sim: Simulator, verb: str, provider: str) -> None:
    """A 404 of somebody else's is never Gone: not at a look, not to a DELETE, not with missing_ok.

    Nor is it Deleted after a lost DELETE, with the task still there.
    """
    simulated = sim.ark if provider == "ark" else sim.tensorslab
    ref = f"{provider}:{simulated.add('queued' if verb == 'cancel' else 'failed')}"
    client = connect(retry=ONCE)
    for style, body in OTHERS.items():  # one by one would take a client for each
        fault, deletes = missing(body), simulated.count("delete")

        simulated.fail("get", fault)
        outcome = client.act(verb, ref, missing_ok=True)
        assert isinstance(outcome, Failed), style
        assert isinstance(outcome.error, BadAnswer), style
        assert simulated.count("delete") == deletes, style

        simulated.fail("get", None, fault)
        simulated.fail("delete", Fault.error(502, acted=False))
        outcome = client.act(verb, ref, missing_ok=True)
        assert isinstance(outcome, Unknown), style

    simulated.fail("delete", missing(OTHERS["gin"]), times=3)
    outcome = client.act(verb, ref, missing_ok=True)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.cause, BadAnswer)
    assert simulated.status(ref.partition(":")[2]) is not None


NOT_THE_TASK: list[tuple[str, type[VideoTasksError]]] = [
    ("InvalidEndpointOrModel.NotFound", PermissionDenied),
    ("InvalidEndpointOrModel.ModelIDAccessDisabled", PermissionDenied),
    ("ModelNotOpen", PermissionDenied),
    ("UnsupportedModel", PermissionDenied),
    ("InvalidAction", WrongBaseURL),
    ("InvalidAction.NotFound", WrongBaseURL),
    ("PathNotFound", WrongBaseURL),
    ("ResourceNotFound", BadAnswer),
    ("InvalidFile.NotFound", BadAnswer),
    ("TaskNotFound", BadAnswer),
    ("NotFoundable", BadAnswer),
    ("NotFound.", BadAnswer),
    ("notfound.id", BadAnswer),
]


@pytest.mark.parametrize(("code", "kind"), NOT_THE_TASK)
@pytest.mark.parametrize(("verb", "flat"), [("cancel", False), ("delete", True)])
def test_of_ark_about_something_else(
    connect: Connect,
    sim: Simulator,
    verb: str,
    code: str,
    kind: type[VideoTasksError],
    flat: bool,
) -> None:
    """Ark's own 404s that are about a model, an endpoint or the path say nothing of the task."""
    sim.ark.flat_errors = flat
    ref = f"ark:{sim.ark.add('queued')}"
    client, said = connect(retry=ONCE), (404, code, "It does not exist.")

    sim.ark.refusals["get"] = said
    outcome = client.act(verb, ref, missing_ok=True)
    assert isinstance(outcome, Failed)
    assert type(outcome.error) is kind
    assert (outcome.error.status_code, outcome.error.code) == (404, code)

    del sim.ark.refusals["get"]
    detail = {"code": code, "message": said[2]}
    sim.ark.fail("get", None, missing(detail if flat else {"error": detail}, signed=True))
    sim.ark.fail("delete", Fault.lost(acted=False))
    assert isinstance(client.act(verb, ref, missing_ok=True), Unknown)

    sim.ark.refusals["delete"] = said
    outcome = client.act(verb, ref, missing_ok=True)
    assert isinstance(outcome, Unknown if kind is BadAnswer else Failed)
    assert sim.ark.status(ref.removeprefix("ark:")) == "queued"


def test_words_of_a_model_that_is_not_open(client: Client, sim: Simulator) -> None:
    """A model or endpoint that the key may not use is told as that, with nothing changed."""
    sim.ark.refusals["delete"] = (404, "ModelNotOpen", "Your account has not activated the model.")
    outcome = client.delete(f"ark:{sim.ark.add('failed')}")
    assert "nothing was changed: Ark does not let the key's account use the task's mod" in str(
        outcome
    )
    assert sim.ark.count("get") == 1


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        ({"error": {"code": "NotFound.ID", "message": "x", "type": "NotFound"}}, False),
        ({"error": {"code": "NotFound.cgt-1", "message": "x"}}, False),
        ({"code": "NotFound.ID", "message": "x"}, False),
        ({"error": {"code": "NotFound", "message": "x"}}, True),
        ({"error": {"message": "x"}}, True),
        ({"error": {"message": "x", "type": "NotFound", "param": ""}}, True),
    ],
)
@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_of_ark(client: Client, sim: Simulator, verb: str, body: object, signed: bool) -> None:
    """Ark's own forms of "no such task" count; two that others share only with its request id."""
    sim.ark.fail("get", missing(body, signed=signed))
    outcome = client.act(verb, "ark:x")
    assert isinstance(outcome, Gone)
    assert "or of another project or endpoint than this key's" in str(outcome)
    if signed:
        sim.ark.fail("get", missing(body), times=4)
        assert isinstance(client.act(verb, "ark:x"), Failed)


@pytest.mark.parametrize(
    ("code", "gone"),
    [(9999, True), (4004, True), (1001, True), (999, False), (10_000, False), (404, False)],
)
def test_of_tensorslab(connect: Connect, sim: Simulator, code: int, gone: bool) -> None:
    """TensorsLab's own 404 has one of its codes, which have four digits, and words."""
    sim.tensorslab.not_found_code = code
    client = connect(retry=ONCE)
    assert isinstance(client.delete("tensorslab:x"), Gone if gone else Failed)
    with pytest.raises(NotFound if gone else BadAnswer):
        client.get("tensorslab:x")


@pytest.mark.parametrize("answer", ["404", "409"])
@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_cancelled_by_somebody_else_after_the_look(
    client: Client, sim: Simulator, verb: str, answer: Any
) -> None:
    """A task that is there, cancelled, is never Gone, even if its DELETE is answered with 404."""
    sim.ark.delete_of_cancelled = answer
    task_id = sim.ark.add("queued", moves=[Move(to="cancelled", after_reads=1)])
    outcome = client.act(verb, f"ark:{task_id}", missing_ok=True)
    assert isinstance(outcome, Cancelled)
    assert outcome.already
    assert sim.ark.count("delete") == 1


@pytest.mark.parametrize(("title", "info"), [("Ark", ark.INFO), ("TensorsLab", tensorslab.INFO)])
def test_the_readme_has_each_row(title: str, info: ProviderInfo) -> None:
    """The specs' README says of each code that a provider's table tells apart where it is from."""
    [section] = re.findall(r"^## What a 404 says\n(.*?)(?=^## )", README, re.M | re.S)
    lines = section.splitlines()
    for row in info.refusals:
        about_404 = 404 in row.statuses and len(row.statuses) == 1
        for code in filter(None, row.codes):
            named = [line for line in lines if f"`{code}`" in line and line.startswith("|")]
            assert named or code == "*", code
            assert not about_404 or code == "*" or any(f"| {title} |" in line for line in named)
