"""What a provider does: looks, deletions, and tasks that move by themselves.

Owns: both vendors' rules, written anew from the vendors' tables, so that no mistake of the library
or of its simulator is in them too; what is not documented is a switch, drawn by the seed. Refuses
to know sockets, and how answers go wrong.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from random import Random
from typing import ClassVar, Final

from attrs import frozen

from videotasks import State

from .ledger import ENDED, Ledger, Request

NEW_WORDS: Final = ("paused", "queueing", "", "QUEUED")
"""States of no vendor."""
SHORTEST_RUN: Final = 6.5
"""Seconds that a task runs which leaves the queue, at the least: longer than a look is fresh."""

Moves = dict[State | None, tuple[State | None, ...]]

ARK_MOVES: Final[Moves] = {
    "queued": ("running", "running", "running", "cancelled"),
    "running": ("succeeded", "succeeded", "failed", "expired"),
    "succeeded": (None,),
    "failed": (None,),
    "expired": (None,),
    "cancelled": (None,),
    "unknown": ("queued", "running"),
}
"""What a task may do by itself, or by another's hand."""
TENSORSLAB_MOVES: Final[Moves] = {
    "queued": ("running",),
    "running": ("succeeded", "succeeded", "failed"),
    "succeeded": (None,),
    "failed": (None,),
    "unknown": ("queued", "running"),
}


@frozen
class Answer:
    """What the provider says: status, JSON and, where it says of a task that it is there, its
    state."""

    status: int
    body: object
    refused: bool = False
    """Whether nothing was done, so that the same may come again."""


class Provider(ABC):
    """One provider's tasks and rules."""

    name: ClassVar[str]
    states: ClassVar[tuple[State, ...]]
    moves: ClassVar[Moves]

    def __init__(self) -> None:
        self.ledger = Ledger()

    @abstractmethod
    def read(self, method: str, path: str, body: bytes) -> tuple[str, tuple[str, ...]] | None:
        """The operation that a request is for, and its ids; None for any other request."""

    @abstractmethod
    def look(self, request: Request) -> Answer:
        """Show a task."""

    @abstractmethod
    def delete(self, request: Request) -> Answer:
        """Delete as asked."""

    @abstractmethod
    def error(self, code: str | None, message: str, /) -> object:
        """The body of an error."""

    def _shown(self, request: Request) -> State | None:
        (task_id,) = request.ids
        state = self.ledger.state(task_id)
        if state is not None:
            request.showed[task_id] = state
        return state


class ArkProvider(Provider):
    """Ark."""

    name = "ark"
    states = ("queued", "running", "succeeded", "failed", "cancelled", "expired", "unknown")
    moves = ARK_MOVES
    path: Final = "/api/v3/contents/generations/tasks/"

    def __init__(self, random: Random) -> None:
        super().__init__()
        self.link = ""
        """What the links of videos begin with."""
        self._delete_of_cancelled = random.choice(["409", "404", "deleted"])
        self._yes: object = random.choice([{}, {}, {"Result": {}}])
        self._refusal = random.choice([409, 409, 400])
        self._not_found = random.choice(["NotFound.ID", "NotFound.TaskId", None])
        self._flat = random.random() < 0.2 and self._not_found is not None
        self._new_word = random.choice(NEW_WORDS)

    def read(self, method: str, path: str, body: bytes) -> tuple[str, tuple[str, ...]] | None:
        operation = {"GET": "get", "DELETE": "delete"}.get(method)
        task_id = path.removeprefix(self.path)
        if operation is None or body or not path.startswith(self.path) or "/" in task_id:
            return None
        return operation, (task_id,)

    def look(self, request: Request) -> Answer:
        state = self._shown(request)
        if state is None:
            return self._absent()
        word = self._new_word if state == "unknown" else state
        body: dict[str, object] = {"id": request.ids[0], "model": "seedance", "status": word}
        body |= {"created_at": 1743414619, "updated_at": 1743414673}
        if state == "succeeded":
            body["content"] = {"video_url": f"{self.link}{request.ids[0]}.mp4"}
        return Answer(200, body)

    def delete(self, request: Request) -> Answer:
        (task_id,) = request.ids
        state = self.ledger.state(task_id)
        if state is None or (state == "cancelled" and self._delete_of_cancelled == "404"):
            return self._absent()
        if state == "queued":
            self.ledger.change(task_id, "cancelled", request)
        elif state in ENDED or (state == "cancelled" and self._delete_of_cancelled == "deleted"):
            self.ledger.change(task_id, None, request)
        elif state == "cancelled":
            return Answer(409, self.error("InvalidAction", "It is cancelled."))
        else:
            code = "InvalidAction.RunningTaskDeletion"
            return Answer(self._refusal, self.error(code, "It is running."))
        return Answer(200, self._yes)

    def error(self, code: str | None, message: str, /) -> object:
        # {id} is replaced by the id of the request, which signs the message.
        said = {"message": f"{message} Request id: {{id}}"} | (
            {} if code is None else {"code": code}
        )
        return said if self._flat else {"error": said}

    def _absent(self) -> Answer:
        return Answer(404, self.error(self._not_found, "There is no such task."))


class TensorsLabProvider(Provider):
    """TensorsLab."""

    name = "tensorslab"
    states = ("queued", "running", "succeeded", "failed", "unknown")
    moves = TENSORSLAB_MOVES
    paths: Final = {"/v1/video/infobytaskid": "get", "/v1/video/deletevideotask": "delete"}

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._unknown_task = random.choice([404, 200])
        self._ignores_unknown = random.random() < 0.5
        self._deletes_unfinished = random.random() < 0.5
        self._atomic = random.random() < 0.5
        self._failure = random.choice(["http", "code", "status", "named"])
        self._stubborn = random.choice([0, 3])
        self._numbers = {"queued": 1, "running": random.choice([2, 5]), "succeeded": 3, "failed": 4}
        self._numbers["unknown"] = random.choice([0, 6, -1, 99])
        self._as_text = random.random() < 0.3

    def read(self, method: str, path: str, body: bytes) -> tuple[str, tuple[str, ...]] | None:
        operation = self.paths.get(path)
        if method != "POST" or operation is None:
            return None
        said = json.loads(body)
        return operation, (said["taskid"],) if operation == "get" else tuple(said["taskids"])

    def look(self, request: Request) -> Answer:
        state = self._shown(request)
        if state is None:
            return Answer(self._unknown_task, self.error(None, "Task does not exist"))
        number: object = self._numbers[state]
        number = str(number) if self._as_text else number
        data = {"taskid": request.ids[0], "task_status": number, "url": list[str]()}
        return Answer(200, {"code": 1000, "msg": "success", "data": data})

    def delete(self, request: Request) -> Answer:
        there = [one for one in request.ids if self.ledger.state(one) is not None]
        good = [one for one in there if self._deletable(one)]
        refused = len(good) < len(there) or (
            len(there) < len(request.ids) and not self._ignores_unknown
        )
        done = [] if refused and self._atomic and self._failure != "named" else good
        for task_id in done:
            self.ledger.change(task_id, None, request)
        data: dict[str, object] = {"status": "Success"}
        if refused and self._failure == "named":
            data["failedTaskIds"] = [one for one in request.ids if one not in done]
        if refused and self._failure == "status":
            data = {"status": "Failed"}
        if refused and self._failure in {"http", "code"}:
            status = 400 if self._failure == "http" else 200
            return Answer(status, self.error(None, "failed"))
        return Answer(200, {"code": 1000, "msg": "success", "data": data})

    def error(self, _code: str | None, message: str, /) -> object:
        return {"code": 9999, "msg": message}

    def _deletable(self, task_id: str) -> bool:
        if self._stubborn and hash_of(task_id) % self._stubborn == 0:
            return False
        return self.ledger.state(task_id) in {"succeeded", "failed"} or self._deletes_unfinished


def hash_of(text: str) -> int:
    """A number of a text, the same in every process."""
    return int.from_bytes(text.encode(), "big") % 1_000_003
