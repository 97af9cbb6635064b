"""What a spec says beside its operations is what the wrapper does: a changed row changes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from extensions import BadExtension
from tables import tables_module
from videotasks import (
    AccountBlocked,
    BadAnswer,
    Conflict,
    NotFound,
    Outcome,
    Ref,
    State,
    Task,
    VideoTasksError,
)
from videotasks._http.info import MEANINGS, ErrorBody
from videotasks._rules.adapter import Adapter, PageRequest, Verb
from videotasks._rules.flows import decide
from videotasks_ark.models import Task as ArkTask

from .test_specs import README, SPECS, Spec, each_spec, edited

Edit = Callable[[Spec], None]
Wrapper = Callable[[str, Edit], Any]

ALLOWED: dict[str, object] = {"allowed": True, "effect": "deletes", "status_after": None}
CANCELS: dict[str, object] = {"allowed": True, "effect": "cancels", "status_after": "cancelled"}
NOT_ALLOWED: dict[str, object] = {"allowed": False, "effect": None, "status_after": None}
ITEM = "/contents/generations/tasks/{id}"
LIST = "/contents/generations/tasks"


def made(name: str, spec: Spec) -> ModuleType:
    """The module that would be generated from a spec."""
    module = ModuleType(f"videotasks_{name}.tables")
    exec(tables_module(f"{name}.openapi.yaml", spec), vars(module))  # noqa: S102  # it is code
    return module


@pytest.fixture
def wrapper(monkeypatch: pytest.MonkeyPatch) -> Wrapper:
    """Imports a provider's module anew, on the tables of a changed spec."""

    def wrapper(name: str, edit: Edit) -> Any:
        tables = made(name, edited(name, edit))
        monkeypatch.setattr(import_module(f"videotasks_{name}"), "tables", tables)
        for part in (name, f"{name}_refusals"):
            monkeypatch.delattr(f"videotasks._providers.{part}")
            monkeypatch.delitem(sys.modules, f"videotasks._providers.{part}")
        return import_module(f"videotasks._providers.{name}")

    return wrapper


def statuses(spec: Spec) -> Any:
    """The schema of a task's status."""
    return next(one for one in spec["components"]["schemas"].values() if "x-states" in one)


def deleting(status: str, effect: dict[str, object]) -> Edit:
    """Another row in the table of what DELETE does."""

    def edit(spec: Spec) -> None:
        statuses(spec)["x-delete-effect"][status] = effect

    return edit


def does(adapter: Adapter, verb: Verb, state: State) -> str:
    """What a verb does to a task: the effect, or the name of the outcome if it does nothing."""
    decided = decide(adapter, verb, Task(ref=Ref(adapter.name, "1"), state=state, raw_state="x"))
    return decided.name if isinstance(decided, Outcome) else decided


@each_spec
def test_the_tables_are_those_of_the_spec(name: str) -> None:
    """The generated tables are what the spec gives."""
    generated = import_module(f"videotasks_{name}.tables")
    for table, value in vars(made(name, SPECS[name])).items():
        if table.isupper():
            assert getattr(generated, table) == value, table


# A changed row


@pytest.mark.parametrize(
    ("status", "effect", "cancel", "delete"),
    [
        ("queued", CANCELS, "cancels", "cancels"),
        ("queued", ALLOWED, "kept", "deletes"),
        ("queued", NOT_ALLOWED, "kept", "kept"),
        ("running", NOT_ALLOWED, "kept", "kept"),
        ("running", ALLOWED, "kept", "deletes"),
        ("running", CANCELS, "kept", "cancels"),  # it may end before the request arrives
        ("succeeded", NOT_ALLOWED, "kept", "kept"),
        ("expired", NOT_ALLOWED, "kept", "kept"),
    ],
)
def test_a_flipped_row(
    wrapper: Wrapper, status: State, effect: dict[str, object], cancel: str, delete: str
) -> None:
    """`delete` acts in the states that the vendor's table allows, and `cancel` in none but queued,
    there only if that cancels; what is kept has a reason."""
    adapter: Adapter = wrapper("ark", deleting(status, effect)).Ark("key").adapter
    assert does(adapter, "cancel", status) == cancel
    assert does(adapter, "delete", status) == delete
    if delete == "kept" and status != "running":
        kept = decide(adapter, "delete", Task(ref=Ref("ark", "1"), state=status, raw_state=status))
        assert f"it is {status}, and Ark is not known to delete such a task" in str(kept)


def test_a_new_status(wrapper: Wrapper) -> None:
    """A new status is read as its state; two statuses of one state are no filter for a list."""

    def edit(spec: Spec) -> None:
        statuses(spec)["enum"].append("paused")
        statuses(spec)["x-states"]["paused"] = "running"
        statuses(spec)["x-delete-effect"]["paused"] = NOT_ALLOWED

    ark = wrapper("ark", edit)
    answer = ArkTask.from_dict({"id": "1", "status": "paused"})
    assert ark.read_task(Ref("ark", "1"), answer).state == "running"
    assert ark.LISTS.states == {"queued", "cancelled", "succeeded", "failed"}


def test_a_moved_limit(wrapper: Wrapper) -> None:
    """Limits are those of the spec, and none where it has none."""

    def edit(spec: Spec) -> None:
        spec["paths"][ITEM]["get"]["x-rate-limit"] = 5
        del spec["paths"][ITEM]["delete"]["x-rate-limit"]

    assert wrapper("ark", edit).Ark("key").limits == {"get": 5, "delete": None, "list": 1}


def test_a_first_limit(wrapper: Wrapper) -> None:
    """A provider without limits keeps to those that its spec says one day."""

    def edit(spec: Spec) -> None:
        spec["paths"]["/v1/video/infobytaskid"]["post"]["x-rate-limit"] = 0.5

    limits = wrapper("tensorslab", edit).TensorsLab("key").limits
    assert limits == {"get": 0.5, "delete": None, "list": None}


def test_a_list_of_other_bounds(wrapper: Wrapper) -> None:
    """A list's pages, tiers and filters are those of the spec."""

    def edit(spec: Spec) -> None:
        for parameter in spec["paths"][LIST]["get"]["parameters"]:
            match parameter["name"]:
                case "page_size":
                    parameter["schema"]["maximum"] = 100
                case "filter.status":
                    parameter["x-filter-values"].append("expired")
                case _:
                    pass
        spec["components"]["schemas"]["ServiceTier"]["enum"] = ["default"]

    lists = wrapper("ark", edit).LISTS
    assert (lists.most_on_a_page, lists.most_pages) == (100, 500)
    assert lists.tiers == ("default",)
    page = PageRequest(number=1, size=1, tier="default", state="expired", endpoint=None, ids=())
    assert lists.page_call(page).arguments["filter_status"] == "expired"


def test_another_address(wrapper: Wrapper) -> None:
    """Requests go to the first server, and a deletion is told by the path that the spec has."""

    def edit(spec: Spec) -> None:
        spec["servers"][0]["url"] = "https://example.com/v4"
        spec["paths"]["/tasks/{id}"] = spec["paths"].pop(ITEM)
        spec["paths"]["/tasks"] = spec["paths"].pop(LIST)

    info = wrapper("ark", edit).INFO
    assert info.default_url == "https://example.com/v4"
    assert (info.deletes_below, info.lists_at) == ("/tasks/", "/tasks")


def refusal(ark: Any, status: int, code: str, *, signed: bool = False) -> object:
    """The error that a refusal is, None where no row is for it."""
    body = ErrorBody(code=code, message=None)
    rows = [row for row in ark.INFO.refusals if row.fits(status, body, signed=signed)]
    return rows[0].kind if rows else None


def test_a_new_refusal(wrapper: Wrapper) -> None:
    """A new row of refusals is read, and one that is gone is not; the first that fits counts."""

    def edit(spec: Spec) -> None:
        rows = spec["components"]["responses"]["Error"]["x-refusals"]
        rows[:] = [row for row in rows if row["means"] != "no-such-task"]
        rows.insert(0, {"statuses": [403, 404], "codes": ["Frozen.*"], "means": "account"})
        rows.append({"statuses": ["4xx"], "codes": ["*"], "means": "nothing", "signed": True})
        rows.append({"statuses": [500], "codes": ["*"], "means": "nothing"})

    before, after = import_module("videotasks._providers.ark"), wrapper("ark", edit)
    rows: dict[tuple[int, str], list[type[VideoTasksError] | None]] = {
        (404, "Frozen.Today"): [None, AccountBlocked],
        (409, "Frozen.Today"): [None, None],
        (404, "NotFound.ID"): [NotFound, None],
        (409, "InvalidAction.RunningTaskDeletion"): [Conflict, Conflict],
    }
    for (status, code), kinds in rows.items():
        assert [refusal(before, status, code), refusal(after, status, code)] == kinds
    assert refusal(after, 409, "Frozen.Today", signed=True) is BadAnswer


@pytest.mark.parametrize(
    ("numbers", "effect", "by_default", "unfinished"),
    [
        ("25", ALLOWED, "deletes", "deletes"),
        ("25", NOT_ALLOWED, "kept", "kept"),
        ("25", {**NOT_ALLOWED, "allowed": None}, "kept", "deletes"),
    ],
)
def test_unfinished_tasks(
    wrapper: Wrapper, numbers: str, effect: dict[str, object], by_default: str, unfinished: str
) -> None:
    """`delete_unfinished` is for what is not documented; what is, is done or left alone as it
    says."""

    def edit(spec: Spec) -> None:
        for number in numbers:
            deleting(number, effect)(spec)

    make = wrapper("tensorslab", edit).TensorsLab
    assert does(make("key").adapter, "delete", "running") == by_default
    assert does(make("key", delete_unfinished=True).adapter, "delete", "running") == unfinished


def test_an_ended_task_is_not_unfinished(wrapper: Wrapper) -> None:
    """`delete_unfinished` does not reach ended tasks, where their row is no longer documented."""
    edit = deleting("4", {**NOT_ALLOWED, "allowed": None})
    adapter = wrapper("tensorslab", edit).TensorsLab("key", delete_unfinished=True).adapter
    assert does(adapter, "delete", "failed") == "kept"


# A spec that says what it may not


def put(*path: object) -> Edit:
    """Put the last of the path at the place that the others name; `...` removes what is there."""
    *parents, key, value = path

    def edit(spec: Spec) -> None:
        node: Any = spec
        for part in parents:
            node = node[part]
        if value is ...:
            del node[key]
        else:
            node[key] = value

    return edit


STATUS = ("components", "schemas", "TaskStatus")
EFFECT = (*STATUS, "x-delete-effect")
REFUSALS = ("components", "responses", "Error", "x-refusals")
ROWS = "components/responses/Error x-refusals"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            put(*EFFECT, "queued", "effect", "cancel"),
            (
                "TaskStatus x-delete-effect queued effect: 'cancel' can't stand here; "
                "write cancels or deletes"
            ),
        ),
        (
            put(*EFFECT, "running", "effect", "cancels"),
            "TaskStatus x-delete-effect running effect: 'cancels' can't stand here; write null",
        ),
        (
            put(*EFFECT, "queued", "status_after", None),
            (
                "TaskStatus x-delete-effect queued status_after: None can't stand here; "
                "write cancelled"
            ),
        ),
        (
            put(*EFFECT, "failed", "allowed", "yes"),
            (
                "TaskStatus x-delete-effect failed allowed: 'yes' can't stand here; "
                "write True or False or null"
            ),
        ),
        (
            put(*EFFECT, "failed", "after", None),
            (
                "TaskStatus x-delete-effect failed: has 'after' besides allowed, effect, "
                "status_after; remove it"
            ),
        ),
        (
            put(*EFFECT, "gone", NOT_ALLOWED),
            (
                "TaskStatus x-delete-effect: has 'gone' besides queued, running, cancelled, "
                "succeeded, failed, expired; remove it"
            ),
        ),
        (
            put(*EFFECT, "expired", ...),
            "TaskStatus x-delete-effect: says nothing of expired; write that too",
        ),
        (
            put(*EFFECT, ...),
            (
                "TaskStatus x-delete-effect: write a mapping with queued, running, cancelled, "
                "succeeded, failed, expired"
            ),
        ),
        (
            put(*STATUS, "enum", ["queued", "running", "cancelled", "succeeded", "failed"]),
            (
                "TaskStatus x-states: has 'expired' besides queued, running, cancelled, succeeded, "
                "failed; remove it"
            ),
        ),
        (
            put(*STATUS, "x-states", "running", "queued"),
            "TaskStatus x-states running: 'queued' can't stand here; write running",
        ),
        (
            put(*STATUS, "x-states", ...),
            (
                "components/schemas: x-states is in no schema; write it in that of a task's status "
                "alone"
            ),
        ),
        (
            put("components", "schemas", "ServiceTier", "x-states", {}),
            (
                "components/schemas: x-states is in TaskStatus and ServiceTier; write it in that "
                "of a task's status alone"
            ),
        ),
        (
            put("paths", LIST, "get", "x-rate-limit", "1/s"),
            "listTasks x-rate-limit: '1/s' is no limit; write requests a second, or leave it out",
        ),
        (
            put("paths", LIST, "get", "x-rate-limit", 0),
            "listTasks x-rate-limit: 0 is no limit; write requests a second, or leave it out",
        ),
        (
            put("paths", LIST, "get", "x-ratelimit", 1),
            (
                "paths//contents/generations/tasks/get/x-ratelimit: has no meaning there; "
                "see specs/README.md, 'Extensions'"
            ),
        ),
        (
            put("paths", LIST, "x-rate-limit", 1),
            (
                "paths//contents/generations/tasks/x-rate-limit: has no meaning there; "
                "see specs/README.md, 'Extensions'"
            ),
        ),
        (
            put("paths", LIST, "get", "parameters", 2, "x-filter-values", ["done"]),
            (
                "listTasks filter.status x-filter-values: 'done' can't stand here; write queued or "
                "running or cancelled or succeeded or failed or expired"
            ),
        ),
        (
            put(*REFUSALS, 0, "means", "gone"),
            f"{ROWS}, row 1 means: 'gone' can't stand here; write {' or '.join(MEANINGS)}",
        ),
        (
            put(*REFUSALS, 1, "statuses", ["404"]),
            f"{ROWS}, row 2 statuses: '404' can't stand here; write 400 to 599, or 4xx alone",
        ),
        (
            put(*REFUSALS, 1, "statuses", []),
            f"{ROWS}, row 2 statuses: write a list of HTTP statuses, or [4xx]",
        ),
        (
            put(*REFUSALS, 1, "codes", [9000]),
            f"{ROWS}, row 2 codes: 9000 is no text; write it in quotes",
        ),
        (put(*REFUSALS, 1, "codes", "9000"), f"{ROWS}, row 2 codes: write a list of codes"),
        (
            put(*REFUSALS, 1, "signed", "yes"),
            f"{ROWS}, row 2 signed: 'yes' can't stand here; write True or False",
        ),
        (
            put(*REFUSALS, 3, "status", [404]),
            f"{ROWS}, row 4: has 'status' besides statuses, codes, means; remove it",
        ),
        (
            put(*REFUSALS, 0, "codes", ["*"]),
            f"{ROWS}, row 2: row 1 is for all of it; write this one before it",
        ),
    ],
)
def test_what_a_spec_may_not_say(edit: Edit, says: str) -> None:
    """An extension that is misspelt, misplaced or incomplete is refused, with file and place."""
    with pytest.raises(BadExtension, match=f"^{re.escape(f'specs/ark.openapi.yaml: {says}')}$"):
        made("ark", edited("ark", edit))


def test_statuses_of_one_state_differ() -> None:
    """What deleting does is known by state, so statuses of one state can't differ in it."""
    says = "x-delete-effect 5: differs from that of another status that is 'running'"
    with pytest.raises(BadExtension, match=says):
        made("tensorslab", edited("tensorslab", deleting("5", ALLOWED)))


def test_the_readme_explains_each_word() -> None:
    """The specs' README has each word for what a refusal means, in the order of the table."""
    section = README.partition("\n### x-refusals\n")[2].partition("\n## ")[0]
    words = section.partition("| word |")[2]
    assert re.findall(r"^\| `([\w-]+)` \|", words, re.M) == list(MEANINGS)
