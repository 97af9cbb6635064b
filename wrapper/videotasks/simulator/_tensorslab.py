"""TensorsLab, simulated: a look at one task, and the batch delete.

Owns: TensorsLab's numbers, answers and undocumented corners (each a switch). Refuses what it does
not model.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final, Literal, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ._kept import Clock
from ._store import ProviderSimulator
from ._tasks import TENSORSLAB_STATES, Operation, SimTask

PREFIX: Final = "/v1/video"
NUMBERS: Final = {"pending": 1, "processing": 2, "completed": 3, "failed": 4, "uploading": 5}
_OPERATIONS: Final[dict[str, Operation]] = {
    f"{PREFIX}/infobytaskid": "get",
    f"{PREFIX}/deletevideotask": "delete",
}

FIELDS: Final = (
    "taskid",
    "task_status",
    "url",
    "message",
    "prompt",
    "imageurl",
    "resolution",
    "fps",
    "source",
    "duration",
    "seed",
    "ratio",
)
"""What a task may be added with, beside what `add` names."""


class TensorsLabSimulator(ProviderSimulator):
    """`sim.tensorslab`: TensorsLab's tasks and switches. The vendor documents none of these:

    `auth`: how the key must come: "either", "bare" or "bearer".
    `unknown_task`: how a look at an unknown id is answered: "404" (documented) or "9999" (HTTP 200
    with that code).
    `not_found_code`: the code in that 404; documented is only that there is one.
    `delete_of_unknown`: an unknown id in a batch is "refused" or "ignored".
    `delete_of_unfinished`: an unfinished task in a batch is "refused" or "deleted".
    `batch`: where one id of a batch is refused, the others are kept ("atomic") or deleted
    ("partial").
    `failure`: a refused batch is told by "http" (status 400), "code" (200 with 9999 and no data),
    "status" (200 with 1000 and "Failed") or "named" (200 with 1000 and "Success", and beside it the
    ids that failed; the others are deleted, whatever `batch` says).
    `text_status`: `task_status` comes as text.
    """

    name = "tensorslab"
    base_path = ""
    prefix = PREFIX
    states = TENSORSLAB_STATES
    operations = ("get", "delete")
    fields = FIELDS

    auth: Literal["either", "bare", "bearer"] = "either"
    unknown_task: Literal["404", "9999"] = "404"
    not_found_code: int = 9999
    delete_of_unknown: Literal["refused", "ignored"] = "refused"
    delete_of_unfinished: Literal["refused", "deleted"] = "refused"
    batch: Literal["atomic", "partial"] = "atomic"
    failure: Literal["http", "code", "status", "named"] = "http"
    text_status: bool = False

    def __init__(
        self, api_key: str, clock: Clock, unmodelled: list[str], link_to: Callable[[str], str]
    ) -> None:
        super().__init__(api_key, clock, unmodelled, link_to)
        self._stubborn: set[str] = set()

    def refuse(self, task_id: str) -> None:
        """Refuse from now on to delete this task, as a provider may for reasons of its own.

        Raises `LookupError` if there is none.
        """
        with self._lock:
            self._stubborn.add(self._known(task_id).id)

    def _new_id(self, number: int) -> str:
        return f"sim_{number:016x}"

    def _route(self, request: Request, raw: bytes) -> tuple[Operation | None, tuple[str, ...]]:
        operation = _OPERATIONS.get(request.scope["raw_path"].decode("ascii"))
        if operation is None or request.method != "POST":
            return None, ()
        return operation, _ids(raw, operation)

    def _authorized(self, header: str) -> bool:
        accepted = {"bare": self.api_key, "bearer": f"Bearer {self.api_key}"}
        return header in (accepted.values() if self.auth == "either" else {accepted[self.auth]})

    def _answer(self, _request: Request, raw: bytes, operation: Operation) -> Response:
        ids = _ids(raw, operation)
        if not ids:
            return _says(400, 9999, "no task ids")
        if operation == "delete":
            return self._delete(ids)
        task = self._read(ids[0])
        if task is None:
            if self.unknown_task == "404":
                return _says(404, self.not_found_code, "Task does not exist")
            return _says(200, 9999, "Task does not exist")
        return JSONResponse({"code": 1000, "msg": "success", "data": self._shown(task)})

    def _delete(self, ids: tuple[str, ...]) -> Response:
        known = [task_id for task_id in ids if self._find(task_id) is not None]
        deletable = [task_id for task_id in known if self._deletable(self._tasks[task_id])]
        unknown_refused = len(known) < len(ids) and self.delete_of_unknown == "refused"
        refused = unknown_refused or len(deletable) < len(known)
        in_part = self.batch == "partial" or self.failure == "named"
        deleted = deletable if not refused or in_part else []
        for task_id in deleted:
            del self._tasks[task_id]
        data: dict[str, object] = {"status": "Success"}
        if refused and self.failure == "named":
            data["failedTaskIds"] = [task_id for task_id in ids if task_id not in deleted]
        if not refused or self.failure == "named":
            return JSONResponse({"code": 1000, "msg": "success", "data": data})
        if self.failure == "http":
            return _says(400, 9999, "failed")
        if self.failure == "code":
            return _says(200, 9999, "failed")
        return JSONResponse({"code": 1000, "msg": "success", "data": {"status": "Failed"}})

    def _deletable(self, task: SimTask) -> bool:
        finished = task.state in {"completed", "failed"}
        return task.id not in self._stubborn and (
            finished or self.delete_of_unfinished == "deleted"
        )

    def _shown(self, task: SimTask) -> dict[str, object]:
        number = NUMBERS.get(task.state, task.state)
        shown: dict[str, object] = {
            "taskid": task.id,
            "task_status": str(number) if self.text_status else number,
            "url": [self._link_to(task.id)] if task.state == "completed" else [],
            "message": "Generation failed." if task.state == "failed" else "",
        }
        return shown | task.fields

    def _unrouted(self) -> Response:
        return _says(404, 9999, "no such path")

    def _bad_key(self) -> Response:
        return _says(401, 9999, "invalid api key")

    def _too_fast(self) -> Response:
        return _says(429, 9999, "too many requests")


def _ids(raw: bytes, operation: Operation) -> tuple[str, ...]:
    """The ids in a body, if it has the form that the specs give; none otherwise."""
    try:
        body: object = json.loads(raw)
    except ValueError:
        return ()
    if not isinstance(body, dict):
        return ()
    fields = cast("dict[str, object]", body)
    ids = fields.get("taskids") if operation == "delete" else [fields.get("taskid")]
    if not isinstance(ids, list):
        return ()
    return tuple(task_id for task_id in cast("list[object]", ids) if isinstance(task_id, str))


def _says(status: int, code: int, message: str) -> Response:
    return JSONResponse({"code": code, "msg": message}, status)
