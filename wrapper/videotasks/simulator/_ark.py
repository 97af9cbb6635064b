"""Ark, simulated: get, list and delete, with the vendor's table of what DELETE does.

Owns: Ark's words, answers and undocumented corners (each a switch). Refuses what it does not model.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .._rules.steps import Operation
from ._store import Clock, ProviderSimulator
from ._tasks import SimTask

PREFIX = "/api/v3"
_TASKS = f"{PREFIX}/contents/generations/tasks"
MODEL = "doubao-seedance-1-0-pro-250528"

_ENDPOINT_REFUSALS = {
    "400": ("MissingParameter", "An endpoint of this key must be given."),
    "403": ("AccessDenied", "The key has no access to this resource."),
    "404": ("InvalidEndpointOrModel.NotFound", "The model or endpoint does not exist."),
}


class ArkSimulator(ProviderSimulator):
    """`sim.ark`: Ark's tasks and switches.

    `add(…, endpoint="ep-…")` adds a task that was made through that inference endpoint, which the
    list can be filtered by and no answer shows; without, it is the one that is set up for the model
    beforehand, and goes by the model's id.

    `delete_of_cancelled`: what DELETE does to a cancelled task: "409", "404" or "deleted". The
    vendor says that it isn't allowed, not how it is refused.
    `delete_answer`: what a DELETE that was done answers: "{}" as documented, "Result" for
    `{"Result": {}}` as on a newer page, "empty" or "204".
    `running_refusal_status`: the status with which DELETE of a running task is refused; 409 was
    seen by many, 400 by one.
    `not_found_code`: the code of a 404 for an unknown task, None for none. The family
    `NotFound.<Parameter>` is documented; which parameter it names is not.
    `refusals`: refusals by operation that have nothing to do with the task, each a status, a code
    and words, such as `(429, "QuotaExceeded", "It will reset at …")`: of the account, a model or
    endpoint, a quota. The codes are documented, whether these routes give them is not.
    `flat_errors`: error bodies without the `error` around them, as through some gateways.
    `most_on_a_page`: tasks on a page of the list at the most, whatever is asked for; pages are then
    counted by that. The vendor documents 500.
    `key_endpoints`: inference endpoints that the key may use, None for all. The vendor says that a
    key which may use certain ones must name one to list tasks, not how it is refused otherwise, nor
    what it is told of others': `endpoint_refusal` is how: "400", "403" or "404".
    `order`: that of the list, "newest first" or "oldest first"; not documented.
    `text_numbers`: `duration` and the counts in `usage` as text, as in one of the vendor's schemas.
    """

    name = "ark"
    base_path = prefix = PREFIX
    states = ("queued", "running", "succeeded", "failed", "cancelled", "expired")

    def __init__(self, api_key: str, clock: Clock, unmodelled: list[str]) -> None:
        super().__init__(api_key, clock, unmodelled)
        self.delete_of_cancelled: Literal["409", "404", "deleted"] = "409"
        self.delete_answer: Literal["{}", "Result", "empty", "204"] = "{}"
        self.running_refusal_status = 409
        self.not_found_code: str | None = "NotFound.ID"
        self.refusals: dict[Operation, tuple[int, str, str]] = {}
        self.flat_errors = False
        self.most_on_a_page = 500
        self.key_endpoints: frozenset[str] | None = None
        self.endpoint_refusal: Literal["400", "403", "404"] = "403"
        self.order: Literal["newest first", "oldest first"] = "newest first"
        self.text_numbers = False

    def _new_id(self, number: int) -> str:
        return f"cgt-20250331175019-{number:05}"

    def _route(self, request: Request, _raw: bytes) -> tuple[Operation | None, tuple[str, ...]]:
        path: str = request.scope["raw_path"].decode("ascii")
        if path == _TASKS and request.method == "GET":
            return "list", ()
        collection, _, segment = path.rpartition("/")
        if collection == _TASKS and segment:
            operations: dict[str, Operation] = {"GET": "get", "DELETE": "delete"}
            return operations.get(request.method), (unquote(segment),)
        return None, ()

    def _authorized(self, header: str) -> bool:
        return header == f"Bearer {self.api_key}"

    def _answer(self, request: Request, _raw: bytes, operation: Operation) -> Response:
        if operation in self.refusals:
            return self._error(*self.refusals[operation])
        if operation == "list":
            return self._list(request)
        task_id = unquote(request.scope["raw_path"].decode("ascii").rpartition("/")[2])
        if operation == "get":
            task = self._read(task_id)
            return self._json(self._shown(task)) if task else self._not_found()
        return self._delete(task_id)

    def _delete(self, task_id: str) -> Response:
        task = self._find(task_id)
        if task is None:
            return self._not_found()
        if task.state == "running":
            task.refusals += 1
            return self._error(
                self.running_refusal_status,
                "InvalidAction.RunningTaskDeletion",
                "The task is running.",
            )
        if task.state == "cancelled" and self.delete_of_cancelled != "deleted":
            if self.delete_of_cancelled == "404":
                return self._not_found()
            return self._error(409, "InvalidAction", "The task is cancelled.")
        if task.state == "queued":
            task.moves.clear()
            self._enter(task, "cancelled")
        else:
            del self._tasks[task_id]
        if self.delete_answer == "204":
            return Response(status_code=204, headers=self._headers())
        if self.delete_answer == "empty":
            return Response(status_code=200, headers=self._headers())
        return self._json({"Result": {}} if self.delete_answer == "Result" else {})

    def _list(self, request: Request) -> Response:
        query = request.query_params
        wanted_ids = query.getlist("filter.task_ids")
        endpoint = query.get("filter.model")
        if self.key_endpoints is not None and endpoint not in self.key_endpoints:
            return self._error(
                int(self.endpoint_refusal), *_ENDPOINT_REFUSALS[self.endpoint_refusal]
            )
        wanted = {
            "status": query.get("filter.status"),
            "service_tier": query.get("filter.service_tier", "default"),
        }
        shown = [
            self._shown(task)
            for task_id in list(self._tasks)
            if (task := self._find(task_id)) and endpoint in {None, self._endpoint(task)}
        ]
        matching = [
            task
            for task in (reversed(shown) if self.order == "newest first" else shown)
            if (not wanted_ids or task["id"] in wanted_ids)
            and all(value is None or task[key] == value for key, value in wanted.items())
        ]
        size, page = _number(query.get("page_size", "20")), _number(query.get("page_num", "1"))
        if not (1 <= size <= 500 and 1 <= page <= 500):
            return self._error(400, "InvalidParameter", "page_num and page_size go from 1 to 500.")
        size = min(size, self.most_on_a_page)
        items = matching[(page - 1) * size : page * size]
        return self._json({"total": len(matching), "items": items})

    def _shown(self, task: SimTask) -> dict[str, object]:
        number = str if self.text_numbers else int
        shown: dict[str, object] = {
            "id": task.id,
            "model": MODEL,
            "status": task.state,
            "error": None,
            "created_at": task.created_at,
            "updated_at": task.created_at,
            "duration": number(5),
            "service_tier": "default",
        }
        if task.state == "succeeded":
            shown["content"] = {"video_url": f"https://example.com/{task.id}.mp4"}
            shown["usage"] = {"completion_tokens": number(108900), "total_tokens": number(108900)}
        if task.state == "failed":
            shown["error"] = {"code": "InternalServiceError", "message": "Generation failed."}
        return shown | {name: said for name, said in task.fields.items() if name != "endpoint"}

    def _endpoint(self, task: SimTask) -> object:
        """What the list's filter by "model" goes by, which is not the model that a task shows."""
        return task.fields.get("endpoint", task.fields.get("model", MODEL))

    def _not_found(self) -> Response:
        return self._error(404, self.not_found_code, "The task was not found.")

    def _unrouted(self) -> Response:
        return self._error(404, "InvalidAction", "There is no such action.")

    def _bad_key(self) -> Response:
        return self._error(401, "AuthenticationError", "The API key is missing or not valid.")

    def _too_fast(self) -> Response:
        return self._error(429, "RateLimitExceeded", "Too many requests.")

    def _error(self, status: int, code: str | None, message: str) -> Response:
        # As Ark's messages end.
        message = f"{message} Request id: {self._headers()['X-Request-Id']}"
        detail = {"message": message} | ({} if code is None else {"code": code})
        return self._json(detail if self.flat_errors else {"error": detail}, status)

    def _json(self, body: object, status: int = 200) -> Response:
        return JSONResponse(body, status, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"X-Request-Id": f"sim-{len(self._requests) + 1:06}"}


def _number(text: str) -> int:
    """A number from a query; 0, which is refused, for anything else."""
    return int(text) if text.isdecimal() else 0
