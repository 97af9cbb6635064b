"""Ark, simulated: create, get, list and delete, with the vendor's table of what DELETE does.

Owns: Ark's words, answers and undocumented corners (each a switch). Refuses what it does not model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Literal
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ._ark_task import FIELDS, endpoint_of, read_order, shown
from ._kept import Clock
from ._store import ProviderSimulator
from ._switches import ByOperation
from ._tasks import ARK_STATES, Move, Operation

PREFIX = "/api/v3"
_TASKS = f"{PREFIX}/contents/generations/tasks"

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
    `moves_of_created`: the moves that a task makes which was created over HTTP; without any, it
    stays queued, as one that was added.

    Creating a task follows what the vendor's official SDKs send and read; it is in no spec of ours.
    """

    name = "ark"
    base_path = prefix = PREFIX
    states = ARK_STATES
    operations = ("create", "get", "list", "delete")
    fields = FIELDS

    delete_of_cancelled: Literal["409", "404", "deleted"] = "409"
    delete_answer: Literal["{}", "Result", "empty", "204"] = "{}"
    running_refusal_status: int = 409
    not_found_code: str | None = "NotFound.ID"
    flat_errors: bool = False
    most_on_a_page: int = 500
    key_endpoints: frozenset[str] | None = None
    endpoint_refusal: Literal["400", "403", "404"] = "403"
    order: Literal["newest first", "oldest first"] = "newest first"
    text_numbers: bool = False

    def __init__(
        self, api_key: str, clock: Clock, unmodelled: list[str], link_to: Callable[[str], str]
    ) -> None:
        super().__init__(api_key, clock, unmodelled, link_to)
        self._moves_of_created: tuple[Move, ...] = ()
        self._refusals = ByOperation[tuple[int, str, str]](
            "refusals", self.operations, tuple[int, str, str]
        )

    @property
    def refusals(self) -> MutableMapping[Operation, tuple[int, str, str]]:
        """Refusals that have nothing to do with the task, by operation."""
        return self._refusals

    @refusals.setter
    def refusals(self, refusals: Mapping[Operation, tuple[int, str, str]]) -> None:
        self._refusals.replace(refusals)

    @property
    def moves_of_created(self) -> tuple[Move, ...]:
        """The moves that a task makes which was created over HTTP."""
        return self._moves_of_created

    @moves_of_created.setter
    def moves_of_created(self, moves: Sequence[Move]) -> None:
        self._check_moves(moves)
        self._moves_of_created = tuple(moves)

    def _new_id(self, number: int) -> str:
        return f"cgt-20250331175019-{number:05}"

    def _route(self, request: Request, _raw: bytes) -> tuple[Operation | None, tuple[str, ...]]:
        path: str = request.scope["raw_path"].decode("ascii")
        if path == _TASKS and request.method in {"GET", "POST"}:
            return "list" if request.method == "GET" else "create", ()
        collection, _, segment = path.rpartition("/")
        if collection == _TASKS and segment:
            operations: dict[str, Operation] = {"GET": "get", "DELETE": "delete"}
            return operations.get(request.method), (unquote(segment),)
        return None, ()

    def _authorized(self, header: str) -> bool:
        return header == f"Bearer {self.api_key}"

    def _answer(self, request: Request, raw: bytes, operation: Operation) -> Response:
        if operation in self.refusals:
            return self._error(*self.refusals[operation])
        if operation == "create":
            return self._create(raw)
        if operation == "list":
            return self._list(request)
        task_id = unquote(request.scope["raw_path"].decode("ascii").rpartition("/")[2])
        if operation == "get":
            task = self._read(task_id)
            return (
                self._json(shown(task, self._link_to(task.id), text_numbers=self.text_numbers))
                if task
                else self._not_found()
            )
        return self._delete(task_id)

    def _create(self, raw: bytes) -> Response:
        order = read_order(raw)
        if isinstance(order, str):
            return self._error(400, "InvalidParameter", f"{order} is missing or not valid.")
        if refused := self._endpoint_refused(order.get("endpoint", order["model"])):
            return refused
        task_id = self.add("queued", moves=self._moves_of_created, more=order)
        return self._json({"id": task_id})

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
        if refused := self._endpoint_refused(endpoint):
            return refused
        wanted = {
            "status": query.get("filter.status"),
            "service_tier": query.get("filter.service_tier", "default"),
        }
        every = [
            shown(task, self._link_to(task.id), text_numbers=self.text_numbers)
            for task_id in list(self._tasks)
            if (task := self._find(task_id)) and endpoint in {None, endpoint_of(task)}
        ]
        matching = [
            task
            for task in (reversed(every) if self.order == "newest first" else every)
            if (not wanted_ids or task["id"] in wanted_ids)
            and all(value is None or task[key] == value for key, value in wanted.items())
        ]
        size, page = _number(query.get("page_size", "20")), _number(query.get("page_num", "1"))
        if not (1 <= size <= 500 and 1 <= page <= 500):
            return self._error(400, "InvalidParameter", "page_num and page_size go from 1 to 500.")
        size = min(size, self.most_on_a_page)
        items = matching[(page - 1) * size : page * size]
        return self._json({"total": len(matching), "items": items})

    def _endpoint_refused(self, endpoint: object) -> Response | None:
        if self.key_endpoints is None or endpoint in self.key_endpoints:
            return None
        return self._error(int(self.endpoint_refusal), *_ENDPOINT_REFUSALS[self.endpoint_refusal])

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
