"""Outcomes as plain data: what is written for each, and going on from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

import pytest
from attrs import asdict, evolve

import videotasks
from videotasks import (
    STATES,
    AnswerLost,
    AuthenticationError,
    Cancelled,
    Conflict,
    Deleted,
    Failed,
    Gone,
    InvalidRef,
    Kept,
    Outcome,
    OutcomeError,
    RateLimited,
    Ref,
    State,
    Task,
    Tasks,
    Unknown,
    Unsent,
    VideoTasksError,
    skip_done,
)
from videotasks.simulator import Fault, Simulator

from .conftest import AT_ONCE, Client

REF = Ref("ark", "cgt-1")
BARE = Task(ref=REF, state="failed")
FULL = Task(
    ref=REF,
    state="succeeded",
    raw_state="succeeded",
    video_urls=("https://example.com/1.mp4", "https://example.com/2.mp4"),
    model="doubao",
    created_at=datetime(2025, 3, 31, 17, 50, 19, tzinfo=UTC),
    updated_at=datetime(2025, 3, 31, 17, 51, 19, 250_000, tzinfo=UTC),
    error="InternalServiceError: 失败",
    service_tier="flex",
    usage=108900,
    file_urls=("https://example.com/1.glb",),
    last_frame_url="https://example.com/1.png",
)
ERROR = Conflict(
    "Ark can't do that", provider="ark", ref=REF, status_code=409, code="Invalid", request_id="r-9"
)
KINDS = sorted(
    (
        kind
        for kind in vars(videotasks).values()
        if isinstance(kind, type)
        and issubclass(kind, VideoTasksError)
        and not issubclass(kind, OutcomeError)
    ),
    key=lambda kind: kind.__name__,
)


def outcomes() -> Iterator[Outcome]:
    """Every class, with everything that it can have, and with as little as it can."""
    for task in (None, BARE, FULL):
        for request_id in (None, "r-1"):
            for flag in (False, True):
                yield Cancelled(ref=REF, task=task, request_id=request_id, already=flag)
                yield Gone(ref=REF, task=task, request_id=request_id, missing_ok=flag)
            yield Deleted(ref=REF, task=task, request_id=request_id)
            yield Kept(ref=REF, task=task, request_id=request_id, state="running", reason="runs")
            yield Failed(ref=REF, task=task, request_id=request_id, error=ERROR)
            yield Unknown(ref=REF, task=task, request_id=request_id, cause=AnswerLost("lost"))
            yield Unsent(ref=REF, task=task, request_id=request_id)


def through_json(outcome: Outcome) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(json.dumps(outcome.to_dict()))
    return record


def check_says_all(outcome: Outcome) -> None:
    """Its record, through JSON, has the same facts as the outcome."""
    record = through_json(outcome)
    assert record == outcome.to_dict()
    assert (record["ref"], record["outcome"]) == (str(outcome.ref), outcome.name)
    assert (record["ok"], record["retryable"]) == (outcome.ok, outcome.retryable)
    assert record["request_id"] == outcome.request_id
    assert (record["task"] is None) is (outcome.task is None)
    if outcome.task is not None:
        assert record["task"] == outcome.task.to_dict()
        check_task(outcome.task, record["task"])
    match outcome:
        case Failed(error=error) | Unknown(cause=error):
            assert record["error"] == {
                "kind": type(error).__name__,
                "message": str(error),
                "status_code": error.status_code,
                "code": error.code,
                "request_id": error.request_id,
            }
        case _:
            assert "error" not in record


def check_task(task: Task, record: dict[str, Any]) -> None:
    """Every field of a task is in its record: texts and numbers as they are, times in ISO 8601."""
    assert record.keys() == set(asdict(task))
    for name, value in asdict(task, recurse=False).items():
        match value:
            case Ref():
                assert record[name] == str(value)
            case datetime():
                assert datetime.fromisoformat(record[name]) == value
            case tuple():
                assert tuple(record[name]) == value
            case _:
                assert record[name] == value


@pytest.mark.parametrize("outcome", [*outcomes()], ids=lambda outcome: outcome.name)
def test_says_all(outcome: Outcome) -> None:
    """An outcome's record is fit for JSON, and leaves nothing out."""
    check_says_all(outcome)


def test_field_names() -> None:
    """The names that are written stay as they are, since there are files with them."""
    task = {
        "ref": "ark:cgt-1",
        "state": "succeeded",
        "raw_state": "succeeded",
        "video_urls": ["https://example.com/1.mp4", "https://example.com/2.mp4"],
        "model": "doubao",
        "created_at": "2025-03-31T17:50:19+00:00",
        "updated_at": "2025-03-31T17:51:19.250000+00:00",
        "error": "InternalServiceError: 失败",
        "service_tier": "flex",
        "usage": 108900,
        "file_urls": ["https://example.com/1.glb"],
        "last_frame_url": "https://example.com/1.png",
    }
    error = {
        "kind": "Conflict",
        "message": "Ark can't do that",
        "status_code": 409,
        "code": "Invalid",
        "request_id": "r-9",
    }
    common = {"ref": "ark:cgt-1", "request_id": "r-1", "task": task}
    written: list[tuple[Outcome, dict[str, object]]] = [
        (Cancelled(ref=REF, already=True), {"outcome": "cancelled", "ok": True, "already": True}),
        (Deleted(ref=REF), {"outcome": "deleted", "ok": True}),
        (
            Kept(ref=REF, state="running", reason="runs"),
            {"outcome": "kept", "ok": False, "state": "running", "reason": "runs"},
        ),
        (Gone(ref=REF, missing_ok=True), {"outcome": "gone", "ok": True, "missing_ok": True}),
        (Failed(ref=REF, error=ERROR), {"outcome": "failed", "ok": False, "error": error}),
        (Unknown(ref=REF, cause=ERROR), {"outcome": "unknown", "ok": False, "error": error}),
        (Unsent(ref=REF), {"outcome": "unsent", "ok": False}),
    ]
    for outcome, fields in written:
        fields["retryable"] = outcome.name in {"kept", "failed", "unknown", "unsent"}
        assert outcome.to_dict() == {
            **fields,
            "ref": "ark:cgt-1",
            "request_id": None,
            "task": None,
        }
        full = evolve(outcome, task=FULL, request_id="r-1")
        assert full.to_dict() == {**fields, **common}


def test_order_of_fields() -> None:
    """A line begins with what one looks for in it."""
    line = json.dumps(Kept(ref=REF, state="running", reason="runs").to_dict())
    assert line.startswith('{"ref": "ark:cgt-1", "outcome": "kept", "ok": false, ')


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("code", [None, "Invalid", 9000])
def test_kinds_of_errors(kind: type[VideoTasksError], code: str | int | None) -> None:
    """Every kind of error is written by its public name, with its words and codes."""
    error = kind("words", status_code=418, code=code, request_id="r-2")
    for outcome in (Failed(ref=REF, error=error), Unknown(ref=REF, cause=error)):
        check_says_all(outcome)
        assert getattr(videotasks, through_json(outcome)["error"]["kind"]) is kind


@pytest.mark.parametrize("state", STATES)
def test_states(state: State) -> None:
    """Every state is written, the provider's own word too: text, a number or nothing."""
    for raw in (None, "paused", 5):
        task = Task(ref=Ref("tensorslab", "x"), state=state, raw_state=raw)
        record = through_json(Kept(ref=task.ref, task=task, state=state, reason="because"))
        assert (record["state"], record["task"]["state"]) == (state, state)
        assert record["task"]["raw_state"] == raw


def test_times_of_elsewhere() -> None:
    """A time in another zone is written as the same moment."""
    made = datetime(2025, 4, 1, 1, 50, 19, tzinfo=timezone(timedelta(hours=8)))
    check_says_all(Deleted(ref=REF, task=Task(ref=REF, state="failed", created_at=made)))


@pytest.mark.parametrize("text", ["nothing", "", "foo:1", "ark:", "ark:a b", "ark:\n", "a:b:c"])
def test_unusable_refs(client: Client, sim: Simulator, text: str) -> None:
    """A ref that names no task keeps its text in the record, and is refused again."""
    [outcome] = client.many("delete", [text])
    record = through_json(outcome)
    assert record["ref"] == str(outcome.ref) == text
    assert (record["outcome"], record["error"]["kind"]) == ("failed", "InvalidRef")
    for ref in (outcome.ref, record["ref"]):
        with pytest.raises(InvalidRef):
            Ref.parse(ref)
    for form in (outcome, record):
        assert list(skip_done([text], [form])) == [text]
    assert sim.ark.requests == ()


def test_no_key(client: Client, sim: Simulator) -> None:
    """No record holds the key, not even where a server sends it back."""
    body = {"error": {"code": f"Bad.{sim.api_key}", "message": f"Bearer {sim.api_key} is bad"}}
    sim.ark.fail(
        "get", Fault.error(403, body), Fault.error(400, body), Fault.html(500, acted=False)
    )
    refs = [f"ark:{sim.ark.add('running')}" for _ in range(4)]
    records = [outcome.to_dict() for outcome in client.many("delete", refs)]
    assert {record["outcome"] for record in records} == {"failed", "kept"}
    assert sim.api_key not in json.dumps(records)


def test_of_a_real_run(client: Client, sim: Simulator) -> None:
    """Whatever a run comes to can be written, with nothing left out."""
    refs = [f"ark:{sim.ark.add(state)}" for state in sim.ark.states]
    refs += [f"tensorslab:{sim.tensorslab.add(state)}" for state in sim.tensorslab.states]
    refs += ["ark:gone", "nonsense"]
    sim.ark.fail("delete", Fault.error(400, {"error": {"code": "No", "message": "no"}}))
    for outcome in client.many("delete", refs):
        check_says_all(outcome)


# Going on.


REFS = [f"ark:{number}" for number in range(8)]


def eight() -> list[Outcome]:
    """One outcome of each class, and a lost one."""
    ref = [Ref.parse(each) for each in REFS]
    return [
        Cancelled(ref=ref[0]),
        Deleted(ref=ref[1]),
        Gone(ref=ref[2]),
        Kept(ref=ref[3], state="running", reason="runs"),
        Failed(ref=ref[4], error=RateLimited("slow")),
        Unknown(ref=ref[5], cause=AnswerLost("lost")),
        Unsent(ref=ref[6]),
    ]


@pytest.mark.parametrize("form", ["outcomes", "records", "lines", "lines with ends"])
def test_done_ones_are_skipped(form: str) -> None:
    """Cancelled, deleted and gone ones are done; all others are not, nor those without a record."""
    forms: dict[str, list[Outcome | Mapping[str, object] | str]] = {
        "outcomes": [*eight()],
        "records": [outcome.to_dict() for outcome in eight()],
        "lines": [json.dumps(outcome.to_dict()) for outcome in eight()],
        "lines with ends": [f"{json.dumps(outcome.to_dict())}\r\n" for outcome in eight()],
    }
    assert list(skip_done(REFS, forms[form])) == REFS[3:]


def test_records_of_older_versions() -> None:
    """Records from before `retryable` was written are understood just as those of today."""
    older = [outcome.to_dict() for outcome in eight()]
    for record in older:
        del record["retryable"]
    assert list(skip_done(REFS, older)) == REFS[3:]


@pytest.mark.parametrize("error", [AuthenticationError("key"), RateLimited("slow")], ids=repr)
def test_what_is_not_retryable_is_not_done(error: VideoTasksError) -> None:
    """Whatever a failure was for, and whyever a task was kept, it is looked at again: a key may
    have been put right since."""
    ref = Ref.parse(REFS[0])
    records: list[Outcome] = [
        Failed(ref=ref, error=error),
        Kept(ref=Ref.parse(REFS[1]), state="succeeded", reason="it has finished"),
    ]
    assert list(skip_done(REFS, records)) == REFS


def test_refs_come_back_as_they_were_given() -> None:
    """A `Ref` and its text are the same task; each comes back as it was given, in order."""
    refs = [Ref.parse(ref) if number % 2 else ref for number, ref in enumerate(REFS)]
    assert list(skip_done(refs, eight())) == refs[3:]


@pytest.mark.parametrize(("refs", "records"), [("ark:1", []), (["ark:1"], "{}"), (REF, [])])
def test_one_for_many(refs: Any, records: Any) -> None:
    """One ref, or a whole file's text in place of its lines, is a mistake and is said to be one."""
    with pytest.raises(ValueError, match="many"):
        skip_done(refs, records)


def test_lines_of_bytes() -> None:
    """Lines may be bytes, and what is no line at all is passed over."""
    lines: Any = [b'{"ref": "ark:1", "outcome": "deleted"}', b"\xff", 5, None]
    assert list(skip_done(["ark:1", "ark:2"], lines)) == ["ark:2"]


def test_unreadable_lines() -> None:
    """A line that was cut off, a blank one and one of something else say nothing of any ref."""
    whole = json.dumps(Deleted(ref=Ref.parse(REFS[0]), task=FULL).to_dict())
    other = json.dumps(Deleted(ref=Ref.parse(REFS[1])).to_dict())
    rubbish = ["", "\n", "null", "5", "[]", '"deleted"', "{}", '{"outcome": "deleted"}', "\x00"]
    rubbish += ['{"ref": ["ark:2"], "outcome": ["deleted"]}', '{"ref": "ark:2", "outcome": {}}']
    rubbish += [whole[:cut] for cut in range(len(whole))]
    assert list(skip_done(REFS, rubbish)) == REFS
    assert list(skip_done(REFS, [*rubbish, whole, *rubbish, other])) == REFS[2:]


def test_from_a_file(tmp_path: Any) -> None:
    """The lines of an open file will do."""
    lines = "\n".join(json.dumps(outcome.to_dict()) for outcome in eight())
    path = tmp_path / "outcomes.ndjson"
    path.write_text(lines[:-20], encoding="utf-8")
    with path.open(encoding="utf-8") as file:
        assert list(skip_done(REFS, file)) == REFS[3:]


def test_done_in_a_later_run() -> None:
    """One record that says done is enough, whatever others of that ref say, before or after."""
    ref = Ref.parse(REFS[0])
    done, failed = Deleted(ref=ref), Failed(ref=ref, error=RateLimited("slow"))
    assert list(skip_done(REFS, [failed, done])) == REFS[1:]
    assert list(skip_done(REFS, [done, failed])) == REFS[1:]


def test_duplicates() -> None:
    """A ref that is there more than once is skipped, or comes back, each time."""
    refs = [REFS[0], REFS[7], REFS[0], REFS[7]]
    assert list(skip_done(refs, eight())) == [REFS[7], REFS[7]]


def test_records_are_read_first_and_refs_as_needed() -> None:
    """Refs are read as they are wanted, so that there may be millions of them."""
    read: list[int] = []

    def endless() -> Iterator[str]:
        number = 0
        while True:
            read.append(number)
            yield f"ark:{number}"
            number += 1

    left = skip_done(endless(), iter(eight()))
    assert read == []
    assert [next(left), next(left)] == ["ark:3", "ark:4"]
    assert len(read) == 5


def test_nothing_done() -> None:
    """Without records all refs are left, also those that can't be used."""
    refs = ["ark:1", "nonsense"]
    assert list(skip_done(refs, [])) == refs
    assert list(skip_done([], eight())) == []


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_a_second_run_sends_only_what_is_left(
    sim: Simulator, verb: Literal["cancel", "delete"]
) -> None:
    """A run gone on with from its records leaves alone what was done."""
    from videotasks import Ark

    refs = [f"ark:{sim.ark.add('queued')}" for _ in range(12)]
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE) as tasks:
        many = tasks.cancel_many if verb == "cancel" else tasks.delete_many
        lines = [json.dumps(outcome.to_dict()) for outcome in many(refs[:8])]
        asked = len(sim.ark.requests)
        left = list(many(skip_done(refs, lines)))
    assert sorted(str(outcome.ref) for outcome in left) == sorted(refs[8:])
    later = {task_id for request in sim.ark.requests[asked:] for task_id in request.ids}
    assert later == {ref.removeprefix("ark:") for ref in refs[8:]}
