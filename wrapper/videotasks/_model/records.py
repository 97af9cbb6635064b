"""Outcomes as plain data, to be written as NDJSON and read back, and to go on from.

Owns: the field names, which stay as they are. Refuses to write keys, bodies or classes: an error is
its kind, its words and its codes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

from .errors import InvalidRef, OutcomeError, VideoTasksError
from .outcomes import (
    Cancelled,
    Deleted,
    Failed,
    Gone,
    Kept,
    Outcome,
    Unknown,
    Unsent,
)
from .refs import Ref, UnusableRef
from .task import STATES, State, Task

Record: TypeAlias = Mapping[str, object]
"""An outcome as plain data."""

DONE: Final = frozenset({"cancelled", "deleted", "gone"})
"""Outcomes after which there is nothing left to do."""


def _kinds(kind: type[VideoTasksError]) -> Iterator[type[VideoTasksError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


# `OutcomeError` carries an outcome and is never in one.
_KINDS: Final = {
    kind.__name__: kind for kind in _kinds(VideoTasksError) if not issubclass(kind, OutcomeError)
}


def record_of(outcome: Outcome) -> dict[str, object]:
    """An outcome as plain data, fit for JSON."""
    record: dict[str, object] = {
        "ref": str(outcome.ref),
        "outcome": outcome.name,
        "ok": outcome.ok,
    }
    match outcome:
        case Cancelled(already=already):
            record["already"] = already
        case Kept(state=state, reason=reason):
            record |= {"state": state, "reason": reason}
        case Gone(missing_ok=missing_ok):
            record["missing_ok"] = missing_ok
        case Failed(error=error) | Unknown(cause=error):
            record["error"] = _error_record(error)
        case Deleted() | Unsent():
            pass
    record["request_id"] = outcome.request_id
    record["task"] = None if outcome.task is None else task_record(outcome.task)
    return record


def task_record(task: Task) -> dict[str, object]:
    """A task as plain data, fit for JSON; times in ISO 8601, UTC."""
    return {
        "ref": str(task.ref),
        "state": task.state,
        "raw_state": task.raw_state,
        "video_urls": list(task.video_urls),
        "file_urls": list(task.file_urls),
        "last_frame_url": task.last_frame_url,
        "model": task.model,
        "created_at": None if task.created_at is None else task.created_at.isoformat(),
        "updated_at": None if task.updated_at is None else task.updated_at.isoformat(),
        "error": task.error,
        "service_tier": task.service_tier,
    }


def outcome_from_dict(record: Record) -> Outcome:
    """The outcome that `to_dict()` gave `record` for.

    An error comes back as its kind with its words and codes; what had caused it does not. Raises
    `ValueError` if `record` is something else.
    """
    try:
        outcome = _read_outcome(cast("Mapping[str, Any]", record))
        said = record["ok"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is not the record of an outcome: {error!r}") from error
    if said is not outcome.ok:
        raise ValueError(f"an outcome {outcome.name!r} is {outcome.ok}, and not {said!r}")
    return outcome


def skip_done(
    refs: Iterable[Ref | str], records: Iterable[Outcome | Record | str | bytes]
) -> Iterator[Ref | str]:
    """The refs that are not known to be done, to go on with after a run that was stopped or killed.

    `records` are outcomes of that run, their records, or lines of NDJSON; a line that can't be
    read, such as one cut off by the kill, is passed over: its ref is then done again, which begins
    with a look. Done are cancelled, deleted and gone tasks. The rest is looked at again: kept,
    failed, unknown and unsent ones, and refs without a record. Takes memory for the refs done.
    Raises `ValueError` for one ref or one text in place of many.
    """
    if isinstance(refs, str | bytes | Ref) or isinstance(records, str | bytes):
        raise ValueError("skip_done takes many refs and many records or lines, not one text")  # noqa: TRY004  # as outcome_from_dict
    done = {ref for record in records if (ref := _done_ref(record)) is not None}
    return (ref for ref in refs if str(ref) not in done)


def _done_ref(record: Outcome | Record | str | bytes) -> str | None:
    if isinstance(record, str | bytes):
        try:
            parsed: object = json.loads(record)
        except ValueError:
            return None
        if not isinstance(parsed, dict):
            return None
        record = cast("Record", parsed)
    if isinstance(record, Mapping):
        name = record.get("outcome")
        return str(record.get("ref")) if isinstance(name, str) and name in DONE else None
    return str(record.ref) if isinstance(record, Cancelled | Deleted | Gone) else None


def _read_outcome(record: Mapping[str, Any]) -> Outcome:
    ref = _read_ref(record["ref"])
    task = None if record["task"] is None else _read_task(record["task"])
    request_id: str | None = record["request_id"]
    match record["outcome"]:
        case "cancelled":
            return Cancelled(
                ref=ref, task=task, request_id=request_id, already=bool(record["already"])
            )
        case "deleted":
            return Deleted(ref=ref, task=task, request_id=request_id)
        case "kept":
            state, reason = _read_state(record["state"]), str(record["reason"])
            return Kept(ref=ref, task=task, request_id=request_id, state=state, reason=reason)
        case "gone":
            missing_ok = bool(record["missing_ok"])
            return Gone(ref=ref, task=task, request_id=request_id, missing_ok=missing_ok)
        case "failed":
            error = _read_error(record["error"], ref)
            return Failed(ref=ref, task=task, request_id=request_id, error=error)
        case "unknown":
            error = _read_error(record["error"], ref)
            return Unknown(ref=ref, task=task, request_id=request_id, cause=error)
        case "unsent":
            return Unsent(ref=ref, task=task, request_id=request_id)
        case name:
            raise ValueError(f"no outcome is called {name!r}")


def _read_ref(text: Any) -> Ref:
    if not isinstance(text, str):
        raise ValueError(f"a ref is text, not {text!r}")  # noqa: TRY004  # as all else here
    try:
        return Ref.parse(text)
    except InvalidRef:
        return UnusableRef.of(text)


def _read_state(word: Any) -> State:
    for state in STATES:
        if state == word:
            return state
    raise ValueError(f"no state is called {word!r}")


def _read_task(record: Mapping[str, Any]) -> Task:
    return Task(
        ref=Ref.parse(record["ref"]),
        state=_read_state(record["state"]),
        raw_state=record["raw_state"],
        video_urls=record["video_urls"],
        # Not in the first records that were written.
        file_urls=record.get("file_urls", ()),
        last_frame_url=record.get("last_frame_url"),
        model=record["model"],
        created_at=_read_time(record["created_at"]),
        updated_at=_read_time(record["updated_at"]),
        error=record["error"],
        service_tier=record["service_tier"],
    )


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _error_record(error: VideoTasksError) -> dict[str, object]:
    return {
        "kind": type(error).__name__,
        "message": str(error),
        "status_code": error.status_code,
        "code": error.code,
        "request_id": error.request_id,
    }


def _read_error(record: Mapping[str, Any], ref: Ref) -> VideoTasksError:
    return _KINDS.get(str(record["kind"]), VideoTasksError)(
        str(record["message"]),
        provider=ref.provider,
        ref=ref,
        status_code=record["status_code"],
        code=record["code"],
        request_id=record["request_id"],
    )
