"""The command through pipes: what it prints in each form, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from openapi_schema_validator import OAS31Validator

from videotasks.simulator import ArkState, Fault, Simulator
from videotasks.simulator._server import SIMULATORS

from .command import next_line, records, run, shell, start


def _object(**fields: Any) -> dict[str, Any]:
    """The schema of an object with exactly these fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


STATE: Final = {
    "enum": ["queued", "running", "succeeded", "failed", "cancelled", "expired", "unknown"]
}
TEXT: Final = {"type": "string"}
TEXT_OR_NULL: Final = {"type": ["string", "null"]}
TIME_OR_NULL: Final = {
    "type": ["string", "null"],
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$",
}
REF: Final = {"type": "string", "pattern": "^(ark|tensorslab):."}
TASK: Final = _object(
    ref=REF,
    state=STATE,
    raw_state={"type": ["string", "integer", "null"]},
    video_urls={"type": "array", "items": TEXT},
    file_urls={"type": "array", "items": TEXT},
    last_frame_url=TEXT_OR_NULL,
    model=TEXT_OR_NULL,
    created_at=TIME_OR_NULL,
    updated_at=TIME_OR_NULL,
    error=TEXT_OR_NULL,
    service_tier=TEXT_OR_NULL,
    usage={"type": ["integer", "null"]},
)
ERROR: Final = _object(
    kind=TEXT,
    message=TEXT,
    status_code={"type": ["integer", "null"]},
    code={"type": ["string", "integer", "null"]},
    request_id=TEXT_OR_NULL,
)
TASK_OR_NULL: Final = {"anyOf": [TASK, {"type": "null"}]}


def _outcome(name: str, ok: bool | None, **fields: Any) -> dict[str, Any]:
    return _object(
        ref=REF,
        outcome={"const": name},
        ok={"type": "boolean"} if ok is None else {"const": ok},
        retryable={"type": "boolean"},
        **fields,
        request_id=TEXT_OR_NULL,
        task=TASK_OR_NULL,
    )


OUTCOME: Final = {
    "oneOf": [
        _outcome("cancelled", ok=True, already={"type": "boolean"}),
        _outcome("deleted", ok=True),
        _outcome("kept", ok=False, state=STATE, reason=TEXT),
        _outcome("gone", ok=None, missing_ok={"type": "boolean"}),
        _outcome("failed", ok=False, error=ERROR),
        _outcome("unknown", ok=False, error=ERROR),
        _outcome("unsent", ok=False),
    ]
}
PREVIEW: Final = _object(
    ref=REF,
    action={"enum": ["cancel", "delete", "keep", "nothing"]},
    reason=TEXT,
    loses={"enum": ["video", "file", None]},
    outcome={"anyOf": [OUTCOME, {"type": "null"}]},
    task=TASK_OR_NULL,
)
SUMMARY: Final = {
    "type": "object",
    "propertyNames": {
        "enum": [kind["properties"]["outcome"]["const"] for kind in OUTCOME["oneOf"]]
    },
    "additionalProperties": {"type": "integer", "minimum": 1},
}
DOCUMENTS: Final = {
    "tasks": _object(tasks={"type": "array", "items": TASK}),
    "outcomes": _object(outcomes={"type": "array", "items": OUTCOME}, summary=SUMMARY),
    "preview": _object(preview={"type": "array", "items": PREVIEW}),
}


def check(value: object, schema: dict[str, Any]) -> None:
    """Hold `value` against a schema."""
    problems = [error.message for error in OAS31Validator(schema).iter_errors(value)]
    assert not problems


def document(text: str, name: str) -> list[dict[str, Any]]:
    """The rows of a JSON document, after it was held against its schema."""
    found = json.loads(text)
    check(found, DOCUMENTS[name])
    rows: list[dict[str, Any]] = found[name]
    return rows


def lose(sim: Simulator) -> None:
    """Let the answer to the next DELETE be lost, and the look that is to settle it be refused."""
    sim.ark.fail("delete", Fault.lost(acted=True))
    sim.ark.fail("get", None, Fault.error(400, {"error": {"code": "Odd", "message": "Odd."}}))


# ---- get and list


def test_get(sim: Simulator) -> None:
    """`get` prints a tab-separated line for each task, in order, and what failed on stderr."""
    task_id = sim.ark.add("succeeded", created_at=1743414619, model="some-model")
    other = sim.tensorslab.add("pending")
    done = run(sim, "get", f"tensorslab:{other}", f"ark:{task_id}", "ark:nobody")
    assert done.stdout == (
        f"tensorslab:{other}\tqueued\t\t\t\n"
        f"ark:{task_id}\tsucceeded\t2025-03-31T09:50:19+00:00\t"
        f"https://example.com/{task_id}.mp4\tsome-model\n"
    )
    assert done.stderr.startswith("ark:nobody: is not known to the provider")
    assert done.returncode == 1


def test_get_json(sim: Simulator) -> None:
    """`get` has the same records in NDJSON and in a JSON document, in every state of both."""
    refs = [f"ark:{sim.ark.add(state)}" for state in sim.ark.states]
    refs += [f"tensorslab:{sim.tensorslab.add(state)}" for state in sim.tensorslab.states]
    lines = run(sim, "get", "--ndjson", *refs)
    whole = run(sim, "get", "--json", *refs)
    assert document(whole.stdout, "tasks") == records(lines.stdout)
    assert [task["ref"] for task in records(lines.stdout)] == refs
    assert lines.stderr == whole.stderr == ""
    assert lines.returncode == whole.returncode == 0


def test_list(sim: Simulator) -> None:
    """`list` without PROVIDER lists those that can be, in each form, with the filters applied."""
    now = datetime.now(UTC)
    old, new = (int((now - timedelta(hours=hours)).timestamp()) for hours in (30, 1))
    wanted = sim.ark.add("failed", created_at=old)
    sim.ark.add("failed", created_at=new)
    sim.ark.add("queued", created_at=old)
    sim.tensorslab.add("failed")
    filters = ("--state", "failed", "--older-than", "1d2h")
    lines = run(sim, "list", *filters)
    assert [line.split("\t")[:2] for line in lines.stdout.splitlines()] == [
        [f"ark:{wanted}", "failed"]
    ]
    assert lines.stderr == ""
    assert sim.tensorslab.requests == ()


def test_list_json(sim: Simulator) -> None:
    """`list --json` is one document; `--limit` ends the list; `--provider` stands for PROVIDER."""
    sim.ark.add("failed")
    newest = sim.ark.add("queued")
    done = run(sim, "list", "--provider", "ark", "--json", "--limit", "1")
    assert [task["ref"] for task in document(done.stdout, "tasks")] == [f"ark:{newest}"]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "tensorslab"],
        ["cancel", "tensorslab:1"],
        ["purge", "--provider", "tensorslab", "--state", "failed"],
    ],
    ids=" ".join,
)
def test_unsupported(sim: Simulator, arguments: list[str]) -> None:
    """What a provider can't do is status 2, in one line, with nothing sent."""
    done = run(sim, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("videotasks: ")
    assert "has no way to" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sim.ark.requests == sim.tensorslab.requests == ()


# ---- cancel, delete, purge


def test_cancel(sim: Simulator) -> None:
    """`cancel` cancels what is queued and keeps the rest, with exit status 1; `-y` is let be."""
    queued, finished = sim.ark.add("queued"), sim.ark.add("succeeded")
    done = run(sim, "cancel", "-y", f"ark:{queued}")
    assert done.stdout == f"ark:{queued}\tcancelled\tit was queued\n"
    assert done.stderr.startswith("1 cancelled (1 task, ")
    assert done.returncode == 0
    done = run(sim, "cancel", f"ark:{finished}")
    assert done.stdout.startswith(f"ark:{finished}\tkept\tit has finished; cancelling never")
    assert done.returncode == 1
    assert (sim.ark.status(queued), sim.ark.status(finished)) == ("cancelled", "succeeded")


def test_delete(sim: Simulator) -> None:
    """`delete --yes` deletes on both providers, with the data on stdout and the talk on stderr."""
    refs = [f"ark:{sim.ark.add('expired')}", f"tensorslab:{sim.tensorslab.add('completed')}"]
    done = run(sim, "delete", "--yes", *refs)
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == [
        f"{refs[0]}\tdeleted\tit had expired",
        f"{refs[1]}\tdeleted\tit had a finished video",
    ]
    assert done.stderr.startswith("2 deleted (2 tasks, ")
    assert sim.ark.ids() == sim.tensorslab.ids() == ()


def test_outcomes_as_ndjson(sim: Simulator) -> None:
    """Each outcome is one object as it finishes, which the library reads back."""
    lose(sim)
    unknown = f"ark:{sim.ark.add('failed')}"
    found = records(run(sim, "delete", "-y", "--ndjson", unknown).stdout)
    assert [record["outcome"] for record in found] == ["unknown"]
    check(found[0], OUTCOME)
    refs = {
        f"ark:{sim.ark.add('queued')}": "cancelled",
        f"ark:{sim.ark.add('succeeded')}": "deleted",
        f"ark:{sim.ark.add('running')}": "kept",
        f"tensorslab:{sim.tensorslab.add('pending')}": "kept",
        "ark:nobody": "gone",
    }
    done = run(sim, "delete", "--yes", "--ndjson", *refs)
    found = records(done.stdout)
    assert {record["ref"]: record["outcome"] for record in found} == refs
    for record in found:
        check(record, OUTCOME)
    assert done.returncode == 1


def test_outcomes_as_json(sim: Simulator) -> None:
    """`--json` is one document at the end: all outcomes, and how many there are of each."""
    sim.ark.fail("delete", Fault.error(400, {"error": {"code": "Odd", "message": "Odd."}}))
    done = run(sim, "delete", "--json", f"ark:{sim.ark.add('failed')}")
    assert [row["error"]["kind"] for row in document(done.stdout, "outcomes")] == ["RequestRefused"]
    queued, running = f"ark:{sim.ark.add('queued')}", f"ark:{sim.ark.add('running')}"
    done = run(sim, "cancel", "--json", queued, running)
    assert {row["ref"]: row["outcome"] for row in document(done.stdout, "outcomes")} == {
        queued: "cancelled",
        running: "kept",
    }
    assert json.loads(done.stdout)["summary"] == {"cancelled": 1, "kept": 1}


def test_nothing_to_do(sim: Simulator) -> None:
    """No refs in a pipe is no error: an empty document, and a word on stderr."""
    for arguments, name, words in (
        (["get"], "tasks", "no tasks\n"),
        (["delete", "-y"], "outcomes", "nothing to do\n"),
        (["delete", "-n"], "preview", "nothing to do\n"),
    ):
        done = run(sim, *arguments, "--json", "-", stdin=b"# none\n")
        assert document(done.stdout, name) == []
        assert (done.stderr, done.returncode) == (words, 0)
    assert sim.ark.requests == ()


def test_purge(sim: Simulator) -> None:
    """`purge` always shows what goes, on stderr, and its outcomes on stdout."""
    failed, kept = sim.ark.add("failed"), sim.ark.add("succeeded")
    done = run(sim, "purge", "ark", "--state", "failed", "--yes", "--ndjson")
    (record,) = records(done.stdout)
    check(record, OUTCOME)
    assert (record["ref"], record["outcome"]) == (f"ark:{failed}", "deleted")
    assert f"ark:{failed}" in done.stderr
    assert kept not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("1 deleted (1 task, ")
    assert done.returncode == 0
    assert sim.ark.ids() == (kept,)


def test_purge_quietly(sim: Simulator) -> None:
    """Even `purge --quiet --yes` shows what goes, and says no more."""
    task_id = sim.ark.add("failed")
    done = run(sim, "purge", "ark", "--state", "failed", "-q", "-y")
    assert f"ark:{task_id}" in done.stderr
    assert "1 deleted" not in done.stderr
    assert (done.stdout.split("\t")[1], done.returncode) == ("deleted", 0)


def test_purge_limit(sim: Simulator) -> None:
    """`purge --limit` stops with status 2 and deletes nothing where more match; it is named so."""
    ids = sim.ark.add("failed"), sim.ark.add("failed")
    done = run(sim, "purge", "ark", "--state", "failed", "-y", "--limit", "1")
    assert done.returncode == 2
    assert done.stderr == (
        "videotasks: 2 match, so nothing was deleted; "
        "narrow the filters, or allow for more with --limit\n"
    )
    assert sim.ark.ids() == ids


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            [],
            "purge needs --state, --older-than, --newer-than, --except, --model or --endpoint; see",
        ),
        (["--state", "running", "-y"], "Ark deletes no task that is running"),
    ],
    ids=["no filter", "running"],
)
def test_purge_refused(sim: Simulator, arguments: list[str], words: str) -> None:
    """`purge` without a filter, or of what is never deleted, is status 2 with nothing sent, and is
    told so whether there is --yes or not."""
    done = run(sim, "purge", "ark", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert sim.ark.requests == ()


@pytest.mark.parametrize("unfinished", ["pending", "processing", "uploading"])
def test_delete_unfinished(sim: Simulator, unfinished: Any) -> None:
    """`delete` keeps TensorsLab's unfinished tasks, naming the option that deletes them; with it
    they go, beside tasks of Ark, which it does not change."""
    sim.tensorslab.delete_of_unfinished = "deleted"
    refs = [f"tensorslab:{sim.tensorslab.add(unfinished)}", f"ark:{sim.ark.add('running')}"]
    done = run(sim, "delete", "-y", *refs)
    assert "'delete unfinished'" in done.stdout
    assert (done.returncode, sim.tensorslab.count("delete")) == (1, 0)
    done = run(sim, "delete", "-n", "--delete-unfinished", *refs)
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == ["delete", "keep"]
    done = run(sim, "delete", "-y", "--delete-unfinished", *refs)
    assert {line.split("\t")[1] for line in done.stdout.splitlines()} == {"deleted", "kept"}
    assert (done.returncode, sim.tensorslab.ids(), len(sim.ark.ids())) == (1, (), 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["delete", "ark:1"], "is for tasks of TensorsLab, and none is named"),
        (["purge", "ark", "--state", "failed"], "No such option"),
        (["cancel", "ark:1"], "No such option"),
    ],
    ids=["delete", "purge", "cancel"],
)
def test_delete_unfinished_refused(sim: Simulator, arguments: list[str], words: str) -> None:
    """Where no task can be meant, `--delete-unfinished` is refused, with nothing sent."""
    done = run(sim, *arguments, "-y", "--delete-unfinished")
    assert words in done.stderr
    assert (done.returncode, sim.ark.requests) == (2, ())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("succeeded", "it had a finished video"),
        ("expired", "it had expired"),
        ("failed", "it had failed (Odd: No.)"),
        ("queued", "it was queued"),
        ("queued --confirm", "a look shows it"),
        ("cancelled", "was cancelled before"),
    ],
)
def test_rows_of_outcomes(sim: Simulator, state: str, words: str) -> None:
    """A row says what the task was before, where "deleted" alone says what became of it."""
    options: list[str]
    known: Any
    known, *options = state.split()
    error = {"code": "Odd", "message": "No."} if known == "failed" else None
    task_id = sim.ark.add(known, error=error)
    done = run(sim, "delete", "-y", *options, f"ark:{task_id}")
    assert done.stdout.rstrip("\n").split("\t")[2] == words
    assert done.returncode == 0


def test_later(sim: Simulator) -> None:
    """Where the same may succeed later, the summary says so, of how many; not with -q, and not of
    what will not succeed."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(2)]
    busy = Fault.error(409, {"error": {"code": "Busy", "message": "Busy."}})
    odd = Fault.error(400, {"error": {"code": "Odd", "message": "Odd."}})
    words = "videotasks: 1 that failed may succeed later: run the same command again then\n"
    for options, said in ((["-y"], True), (["-y", "-q"], False)):
        sim.ark.fail("delete", busy, odd)
        done = run(sim, "delete", *options, "--ndjson", *refs)
        assert sorted(record["retryable"] for record in records(done.stdout)) == [False, True]
        assert done.stderr.endswith(words) is said
        assert done.returncode == 1


# ---- dry runs


@pytest.mark.parametrize("form", ["lines", "json"])
def test_dry_run(sim: Simulator, form: str) -> None:
    """`delete --dry-run` says what would be done to each and why; it sends no DELETE, asks not."""
    states: dict[ArkState, str] = {
        "queued": "cancel",
        "running": "keep",
        "succeeded": "delete",
        "failed": "delete",
    }
    expected = {f"ark:{sim.ark.add(state)}": would for state, would in states.items()}
    expected |= {f"tensorslab:{sim.tensorslab.add('uploading')}": "keep", "ark:nobody": "nothing"}
    options = [] if form == "lines" else ["--json"]
    stdin = "\n".join(expected).encode()
    done = run(sim, "delete", "--dry-run", *options, "-", stdin=stdin)
    if form == "lines":
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        assert {row[0]: row[2] for row in rows} == expected
        assert all(len(row) == 4 and row[3] for row in rows)
        assert "its video would be lost" in done.stdout
    else:
        found = document(done.stdout, "preview")
        assert {record["ref"]: record["action"] for record in found} == expected
    assert done.returncode == 1  # nobody
    assert sim.ark.count("delete") == sim.tensorslab.count("delete") == 0


def test_dry_run_of_others(sim: Simulator) -> None:
    """`cancel` and `purge` have dry runs too, of the same form."""
    queued, failed = f"ark:{sim.ark.add('queued')}", f"ark:{sim.ark.add('failed')}"
    done = run(sim, "cancel", "-n", "--missing-ok", queued, failed, "ark:nobody")
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == [
        "cancel",
        "keep",
        "nothing",
    ]
    assert done.stderr == "1 would be cancelled, 1 kept, 1 passed over\n"
    assert done.returncode == 1
    arguments = ("purge", "ark", "--state", "failed", "--state", "queued", "-n", "--json")
    done = run(sim, *arguments)
    expected = document(done.stdout, "preview")
    assert {row["ref"]: row["action"] for row in expected} == {failed: "delete", queued: "cancel"}
    assert done.stderr == "1 would be deleted, 1 cancelled\n"
    assert done.returncode == 0
    assert sim.ark.count("delete") == 0


@pytest.mark.parametrize(
    ("verb", "state", "status"),
    [
        ("delete", "failed", 0),
        ("delete", "running", 1),
        ("delete --missing-ok", None, 0),
        ("delete", None, 1),
        ("cancel", "cancelled", 0),
    ],
)
def test_dry_run_ends_as_the_run(sim: Simulator, verb: str, state: Any, status: int) -> None:
    """A dry run ends with the status that the real run then ends with."""
    task_id = sim.ark.add(state) if state else "nobody"
    for more in ("-n", "-y"):
        assert run(sim, *verb.split(), more, f"ark:{task_id}").returncode == status


@pytest.mark.parametrize("command", ["list", "get {}", "delete -n {}", "check"])
def test_closed_output(sim: Simulator, command: str) -> None:
    """What is of use only for its output is one line and status 1 where that is closed, with
    nothing sent."""
    task = f"ark:{sim.ark.add('failed')}"
    done = shell(sim, f"videotasks {command.format(task)} >&-")
    assert done.stderr == "videotasks: can't write the output: standard output is closed\n"
    assert done.returncode == 1
    assert sim.ark.requests == ()


@pytest.mark.parametrize("command", [["get"], ["cancel", "-n"]], ids=" ".join)
def test_interrupted_looks(sim: Simulator, command: list[str]) -> None:
    """Ctrl-C while many are looked at gives those seen so far, whole JSON too, and status 130."""
    refs = [f"ark:{sim.ark.add('failed')}" for _ in range(10)]
    sim.ark.fail("get", *[None] * 8, Fault.silent(acted=False))
    with start(sim, *command, "--json", "-v", *refs) as process:
        assert process.stderr is not None
        for _ in range(8):
            next_line(process.stderr)
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=30)
    seen = document(out, "tasks" if command == ["get"] else "preview")
    assert [row["ref"] for row in seen] == refs[: len(seen)]
    # One may just have been taken, and not yet be printed.
    after = [f"videotasks: interrupted after {len(seen) + more} of 10" for more in (0, 1)]
    assert talk.splitlines()[-1] in after
    assert "Traceback" not in talk
    assert process.returncode == 130


# ---- no terminal, so no question


def test_yes_is_needed(sim: Simulator) -> None:
    """What would be asked about is status 2 without a terminal; it names --yes, nothing is sent."""
    one, other, video = (sim.ark.add(state) for state in ("failed", "failed", "succeeded"))
    for arguments, stdin in (
        (["delete", f"ark:{one}", f"ark:{other}"], None),
        (["delete", "-"], f"ark:{one}\n".encode()),
        (["delete", "--from", "-"], f"ark:{one}\n".encode()),
        (["purge", "ark", "--state", "failed"], None),
    ):
        done = run(sim, *arguments, stdin=stdin)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--yes" in done.stderr
        assert sim.ark.requests == ()
    done = run(sim, "delete", f"ark:{video}")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert sim.ark.count("delete") == 0


def test_yes_is_not_needed(sim: Simulator) -> None:
    """One task without a video is deleted without a question, terminal or not."""
    assert run(sim, "delete", f"ark:{sim.ark.add('failed')}").returncode == 0
    assert sim.ark.ids() == ()


# ---- exit statuses


def test_missing(sim: Simulator) -> None:
    """A task that is gone is exit status 1, and 0 with --missing-ok."""
    done = run(sim, "delete", "ark:nobody")
    assert done.stdout.startswith("ark:nobody\tgone\tis not known to the provider")
    assert done.returncode == 1
    assert run(sim, "delete", "--yes", "--missing-ok", "ark:nobody").returncode == 0


def test_worst_status_counts(sim: Simulator) -> None:
    """An unknown outcome (3) goes before a refused key (4), and that before a kept task (1)."""
    sim.tensorslab.fail("get", Fault.error(401, {"code": 9001, "msg": "no"}), times=2)
    refs = [f"tensorslab:{sim.tensorslab.add('failed')}", f"ark:{sim.ark.add('running')}"]
    done = run(sim, "delete", "-y", *refs)
    assert [line.split("\t")[1] for line in sorted(done.stdout.splitlines())] == ["kept", "failed"]
    assert done.returncode == 4
    sim.tensorslab.fail("get", Fault.error(401, {"code": 9001, "msg": "no"}), times=2)
    lose(sim)
    done = run(sim, "delete", "-y", refs[0], f"ark:{sim.ark.add('failed')}")
    assert "\tunknown\tmay or may not be done, look before trying again" in done.stdout
    assert done.returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["get"],
        ["remove", "ark:1"],
        ["delete", "--json", "--ndjson", "ark:1"],
        ["get", "--timeout", "0", "ark:1"],
        ["list", "--older-than", "soon"],
        ["list", "--older-than", "9999999w"],
        ["list", "--older-than", "0d"],
        ["list", "ark", "--provider", "tensorslab"],
        ["purge", "--state", "failed"],
        ["delete", "--api-key", "x", "ark:1"],
        ["completion", "csh"],
        ["list", "arc"],
        ["get", "--provider", "arc", "1"],
        ["delete", "--resume", "-", "ark:1"],
        ["purge", "ark", "--state", "failed", "--resume", "-"],
    ],
    ids=" ".join,
)
def test_usage(sim: Simulator, arguments: list[str]) -> None:
    """Wrong usage is exit status 2 and one line that names the help, with nothing sent; only the
    bare command shows the help itself."""
    done = run(sim, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    if arguments:
        assert re.fullmatch(r"videotasks: .*[;?] see videotasks( \w+)? --help\n", done.stderr)
    else:
        assert done.stderr.startswith("Usage: videotasks ")
    assert sim.ark.requests == ()


# ---- talk


def test_quiet_and_verbose(sim: Simulator) -> None:
    """`-q` leaves the summary out; `-v` adds a line for each request."""
    done = run(sim, "delete", "-q", f"ark:{sim.ark.add('failed')}")
    assert done.stderr == ""
    done = run(sim, "delete", "-v", f"ark:{sim.ark.add('failed')}")
    look, again, act, summary = done.stderr.splitlines()
    assert look.startswith("GET /api/v3/contents/generations/tasks/")
    assert again.startswith("GET ")
    assert act.startswith("DELETE ")
    assert summary.startswith("1 deleted ")


def test_tracebacks_are_for_vv(sim: Simulator) -> None:
    """An error is one line; `-vv` puts a traceback before it, and the status stays."""
    arguments = ["list", "tensorslab"]
    plain, verbose = run(sim, *arguments), run(sim, *arguments, "-vv")
    assert plain.stderr == "videotasks: TensorsLab has no way to list tasks\n"
    assert verbose.stderr.startswith("Traceback (most recent call last)")
    assert verbose.stderr.endswith(plain.stderr)
    assert plain.returncode == verbose.returncode == 2


def test_timeout(sim: Simulator) -> None:
    """`--timeout` ends the wait for an answer; a look is then tried again."""
    task_id = sim.ark.add("failed")
    sim.ark.fail("get", Fault.silent(acted=False))
    done = run(sim, "get", "-v", "--timeout", "0.5", f"ark:{task_id}")
    assert done.returncode == 0
    lost, again, answered = done.stderr.splitlines()
    assert "Timeout" in lost
    assert f"get of ark:{task_id}: retrying in " in again
    assert f"{task_id} 200 " in answered


def test_no_escape_sequences_in_pipes(sim: Simulator) -> None:
    """Through pipes nothing is coloured, whatever TERM says; a server's controls are blotted."""
    sim.ark.add("failed", error={"code": "Odd", "message": "\x1b[31mred\x07"})
    done = run(sim, "purge", "ark", "--state", "failed", "-y", "-v", env={"TERM": "xterm"})
    assert "[31mred" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stderr


# ---- the rest of the commands


def test_simulator_command() -> None:
    """`videotasks simulator` prints just what to export, serves, and ends quietly on Ctrl-C."""
    number = sum(len(kind.states) for kind in SIMULATORS)
    with start(None, "simulator", "--latency", "0.001") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        exports = "".join(next_line(process.stdout) for _ in range(2 * len(SIMULATORS)))
        talk: list[str] = []
        while len(refs := [line.split("\t")[0] for line in talk if "\t" in line]) < number:
            talk.append(next_line(process.stderr))
        done = shell(None, f"set -eu; {exports}videotasks get {' '.join(refs)}")
        process.send_signal(signal.SIGINT)
        more, errors = process.communicate(timeout=30)
    assert (more, errors, process.returncode) == ("", "", 0)
    assert all(line.startswith("export ") for line in exports.splitlines())
    assert (len(done.stdout.splitlines()), done.stderr, done.returncode) == (number, "", 0)


def test_simulator_port(sim: Simulator) -> None:
    """A port that is taken is one line on stderr and status 1."""
    port = sim.url.rpartition(":")[2]
    done = run(None, "simulator", "--port", port)
    assert done.stderr == f"videotasks: can't listen on port {port}: Address already in use\n"
    assert (done.stdout, done.returncode) == ("", 1)


def test_purge_of_nothing(sim: Simulator) -> None:
    """A purge that finds nothing says so, and is status 0."""
    done = run(sim, "purge", "ark", "--state", "failed", "-y")
    assert done.stderr.splitlines()[-1].startswith("nothing to do (0 tasks, ")
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("arguments", [["get", "ark:1"], ["get", "ark:1", "-vv"]])
def test_error_of_our_own(arguments: list[str]) -> None:
    """An error that nobody thought of is one line too, and a traceback only with -vv."""
    program = (
        "import sys, videotasks._cli._app as commands, videotasks._cli as cli\n"
        "commands.app = lambda **_: [][0]\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("videotasks: an error within videotasks")
    assert ("Traceback" in done.stderr) == ("-vv" in arguments)
    assert len(done.stderr.splitlines()) == 1 or "-vv" in arguments
