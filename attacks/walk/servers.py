"""What each provider does and answers, with a switch for each undocumented behaviour.

Owns: the vendors' tables of states, and the words and codes of answers. It is written apart from
the simulator, from the same sources (specs/README.md), so that one mistake is not in both. Refuses
to know what goes wrong on the way: that is in `journey`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Final, Literal

from attrs import frozen

from videotasks import Ark, Provider, State, TensorsLab
from videotasks._rules.adapter import Adapter

from .ledger import Ledger, Moves, Request
from .wire import HTTP, REQUEST_ID, Wire, says

ID_HEADER: Final = ("X-Request-Id", REQUEST_ID)
PAGE: Final = HTTP(200, "<html>It works!</html>")
GATEWAY_404: Final = says(404, {"message": "no Route matched with those values"})

Allowed = dict[str, frozenset[State]]


@frozen(kw_only=True)
class ArkServer:
    """Ark. The switches are those of the simulator."""

    delete_of_cancelled: Literal["409", "404", "deleted"] = "409"
    delete_answer: Literal["{}", "Result", "empty", "204"] = "{}"
    running_refusal_status: int = 409
    not_found_code: str | None = "NotFound.ID"
    flat_errors: bool = False

    name: ClassVar = "ark"
    batch_size: ClassVar = 1
    allowed: ClassVar[Allowed] = {
        "cancel": frozenset({"queued"}),
        "delete": frozenset({"queued", "succeeded", "failed", "expired"}),
    }
    moves: ClassVar[Moves] = {
        "queued": ("running", "cancelled", "expired"),
        "running": ("succeeded", "failed", "expired"),
        "succeeded": (None,),
        "failed": (None,),
        "expired": (None,),
        "cancelled": (None,),
    }

    yes: ClassVar = says(200, {}, ID_HEADER)

    def provider(self) -> Provider[Any]:
        return Ark("key")

    def look(self, ledger: Ledger, name: str) -> HTTP:
        """The answer to a look."""
        state = ledger.tasks[name].state
        if state is None:
            return self._error(404, self.not_found_code)
        raw = "paused" if state == "unknown" else state
        video = {"content": {"video_url": "https://host/v"}} if state == "succeeded" else {}
        return says(200, {"id": name, "status": raw, **video}, ID_HEADER)

    def delete(self, ledger: Ledger, request: Request) -> HTTP:
        """Do what a deletion asks for, and answer it."""
        (name,) = request.ids
        state = ledger.tasks[name].state
        if state == "cancelled" and self.delete_of_cancelled == "409":
            return self._error(409, "InvalidAction")
        if state is None or (state == "cancelled" and self.delete_of_cancelled == "404"):
            return self._error(404, self.not_found_code)
        if state == "running":
            return self._error(self.running_refusal_status, "InvalidAction.RunningTaskDeletion")
        if state == "unknown":
            return self._error(409, "InvalidAction")
        if state == "queued":
            ledger.cancelled(request, name)
        else:
            ledger.removed(request, name, meant_to_cancel=request.seen == ("queued",))
        if self.delete_answer in {"204", "empty"}:
            return HTTP(204 if self.delete_answer == "204" else 200, "", (ID_HEADER,))
        return says(200, {"Result": {}} if self.delete_answer == "Result" else {}, ID_HEADER)

    def refusal(self, status: int, *headers: tuple[str, str]) -> HTTP:
        """A refusal that has nothing to do with the task."""
        codes = {401: "AuthenticationError", 402: "QuotaExceeded", 400: "InvalidParameter"}
        code = codes.get(status, "RateLimitExceeded" if status == 429 else "InternalServiceError")
        return self._error(429 if status == 402 else status, code, *headers)

    def _error(self, status: int, code: str | None, *headers: tuple[str, str]) -> HTTP:
        detail = {"message": f"No. Request id: {REQUEST_ID}"} | ({"code": code} if code else {})
        body = detail if self.flat_errors else {"error": detail}
        return says(status, body, ID_HEADER, *headers)


@frozen(kw_only=True)
class TensorsLabServer:
    """TensorsLab. The switches are those of the simulator."""

    unknown_task: Literal["404", "9999"] = "404"
    delete_of_unknown: Literal["refused", "ignored"] = "refused"
    delete_of_unfinished: Literal["refused", "deleted"] = "refused"
    batch: Literal["atomic", "partial"] = "atomic"
    failure: Literal["http", "code", "status", "named"] = "http"
    delete_unfinished: bool = False
    batch_size: int = 50

    name: ClassVar = "tensorslab"
    moves: ClassVar[Moves] = {
        "queued": ("running", None),
        "running": ("succeeded", "failed"),
        "succeeded": (None,),
        "failed": (None,),
    }

    yes: ClassVar = says(200, {"code": 1000, "msg": "success", "data": {"status": "Success"}})

    @property
    def allowed(self) -> Allowed:
        ended: frozenset[State] = frozenset({"succeeded", "failed"})
        unfinished: frozenset[State] = frozenset({"queued", "running"})
        return {"delete": ended | unfinished if self.delete_unfinished else ended}

    def provider(self) -> Provider[Any]:
        return TensorsLab(
            "key",
            auth_scheme="bearer",
            batch_size=self.batch_size,
            delete_unfinished=self.delete_unfinished,
        )

    def look(self, ledger: Ledger, name: str) -> HTTP:
        """The answer to a look."""
        state = ledger.tasks[name].state
        if state is None:
            status = 404 if self.unknown_task == "404" else 200
            return says(status, {"code": 9999, "msg": "Task does not exist"})
        numbers = {"queued": 1, "running": 2, "succeeded": 3, "failed": 4}
        data = {"taskid": name, "task_status": numbers.get(state, 7)}
        return says(200, {"code": 1000, "msg": "success", "data": data})

    def delete(self, ledger: Ledger, request: Request) -> HTTP:
        """Do what a deletion asks for, and answer it."""
        known = [name for name in request.ids if ledger.tasks[name].state is not None]
        deletable = [name for name in known if self._deletable(ledger, name)]
        unknown = len(known) < len(request.ids) and self.delete_of_unknown == "refused"
        refused = unknown or len(deletable) < len(known)
        in_part = self.batch == "partial" or self.failure == "named"
        deleted = deletable if not refused or in_part else []
        for name in deleted:
            ledger.removed(request, name, meant_to_cancel=False)
        data: dict[str, object] = {"status": "Success"}
        if refused and self.failure == "named":
            data["failedTaskIds"] = [name for name in request.ids if name not in deleted]
        if not refused or self.failure == "named":
            return says(200, {"code": 1000, "msg": "success", "data": data})
        if self.failure == "status":
            return says(200, {"code": 1000, "msg": "success", "data": {"status": "Failed"}})
        return says(400 if self.failure == "http" else 200, {"code": 9999, "msg": "failed"})

    def refusal(self, status: int, *headers: tuple[str, str]) -> HTTP:
        """A refusal that has nothing to do with the task."""
        return says(
            400 if status == 402 else status,
            {"code": 9000 if status == 402 else 9999, "msg": "no"},
            *headers,
        )

    def _deletable(self, ledger: Ledger, name: str) -> bool:
        task = ledger.tasks[name]
        ended = task.state in {"succeeded", "failed"}
        return not task.stubborn and (ended or self.delete_of_unfinished == "deleted")


Server = ArkServer | TensorsLabServer


@cache
def adapter_of(server: Server) -> Adapter:
    """The provider as the flows know it."""
    return server.provider().adapter


def wire_of(server: Server) -> Wire:
    """What reads the answers to its calls: the same for all positions of the switches."""
    return _wire(server.name)


@cache
def _wire(name: str) -> Wire:
    return Wire((ArkServer() if name == "ark" else TensorsLabServer()).provider())
