"""A vendor's page held against the specs: what passes, and what has to be looked at."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from attrs import evolve

import vendor
from pages import compare, kept, report
from pages.facts import Field, Operation, Page, StatusRow, digest
from pages.rows import rows
from pages.spec import ROOT, read, specs
from pages.stated import Refusals, Spec
from pages.which import NotOurs, spec_of

ARK: Final = "https://ark.cn-beijing.volces.com/api/v3"
TASKS: Final = "/contents/generations/tasks"
JOBS: Final = f"{ARK}/contents/generations/jobs/{{id}}"
README: Final = (ROOT / "specs" / "README.md").read_text(encoding="utf-8").splitlines()

DELETE: Final = Page(
    title="Delete a task",
    form="rich text",
    language="en",
    operations=(
        Operation(
            "DELETE",
            f"{ARK}{TASKS}/{{id}}",
            # Misfiled, as on the vendor's page; a row of specs/README.md says so.
            fields=(Field("query", "id", "string", required=True, words=digest("the id")),),
            answers=("200",),
        ),
    ),
    statuses={
        "queued": StatusRow(allowed=True, effect="cancels", after="cancelled"),
        "running": StatusRow(allowed=False),
        "succeeded": StatusRow(allowed=True, effect="deletes"),
        "failed": StatusRow(allowed=True, effect="deletes"),
        "cancelled": StatusRow(allowed=False),
        "expired": StatusRow(allowed=True, effect="deletes"),
    },
    errors={"InvalidAction.RunningTaskDeletion": (409,)},
    notes={"Key": digest("An API key.")},
    amounts={"Key": ("90 days",)},
)

STATUS: Final = ("queued", "running", "cancelled", "succeeded", "failed")

LIST: Final = Page(
    title="List tasks",
    form="markdown",
    language="en",
    operations=(
        Operation(
            "GET",
            TASKS,
            fields=(
                Field("query", "page_num", "integer", default=1, least=1, most=500),
                Field("query", "page_size", "integer", default=20, least=1, most=500),
                Field("query", "filter.status", "string", required=False, values=STATUS),
                Field("query", "filter.task_ids", "array of string"),
                Field("query", "filter.model", "string"),
                Field("query", "filter.service_tier", "string", default="default"),
                Field("answer", "total", "integer"),
                Field("answer", "items", "array"),
                Field("answer", "items[].id", "string"),
                Field("answer", "items[].status", "string"),
                Field("answer", "items[].content", "object", amounts=("24 hours",)),
                Field("answer", "items[].content.video_url", "string"),
            ),
            limit=1,
        ),
    ),
)

INFO: Final = Operation(
    "POST",
    "/v1/video/infobytaskid",
    fields=(
        Field("body", "taskid", "string", required=True),
        Field("body", "moreTaskInfo", "boolean", required=False),
        Field("answer", "code", "integer", required=True),
        Field("answer", "msg", "string", required=True),
        Field("answer", "data", "object", required=True),
    ),
    answers=("200", "404"),
)

WHOLE: Final = Page(
    title="Video API",
    form="openapi",
    language="zh",
    servers=("https://api.tensorslab.com",),
    operations=(
        INFO,
        Operation(
            "POST",
            "/v1/video/deletevideotask",
            fields=(
                Field("body", "taskids", "array of string", required=True),
                Field("answer", "code", "integer", required=True),
                Field("answer", "msg", "string", required=True),
                Field("answer", "data", "object", required=True),
                Field("answer", "data.status", "string", required=False),
            ),
            answers=("200", "400"),
        ),
        Operation("POST", "/v1/video/seedancev2"),
        Operation("POST", "/v1/images/infobytaskid"),
    ),
)

ERRORS: Final = Page(
    title="Error codes",
    form="markdown",
    language="en",
    errors={
        "InvalidAction": (404,),
        "AccountOverdueError": (403,),
        "AccessDenied": (403,),
        "QuotaExceeded": (429,),
        "RateLimitExceeded": (429,),
        "NotFound.Model": (404,),
    },
)

REFUSALS: Final = (
    Refusals(("InvalidAction.RunningTaskDeletion",), ("4xx",), 1),
    Refusals(("InvalidAction", "InvalidAction.*"), ("404",), 2),
    Refusals(("NotFound.?*",), ("404",), 3),
    Refusals(("AccountOverdueError",), ("401", "403"), 4),
    Refusals(("QuotaExceeded",), ("429",), 5),
    Refusals(("*",), ("404",), 6),
)


def with_tables(spec: Spec) -> Spec:
    """The spec with refusals and limits of ours, whichever it has itself."""
    listed = [evolve(each, limit=1) for each in spec.operations]
    return evolve(spec, operations=tuple(listed), refusals=REFUSALS if spec.name == "ark" else ())


SPECS: Final = [with_tables(spec) for spec in specs()]

PAGES: Final = {"delete": DELETE, "list": LIST, "whole": WHOLE, "errors": ERRORS}

Change = Callable[[Page], Page]


def held(page: Page, *known: kept.Kept) -> compare.Check:
    """The page, held against its spec and what was kept."""
    spec = spec_of(page, SPECS)
    return compare.check(page, spec, rows(spec.name), list(known))


def remembered(page: Page, folder: Path) -> kept.Kept:
    """The page, as it is when it was kept and read again."""
    check = held(page)
    address = "https://example.com/page"
    kept.keep(page, check.spec, check.points, address, "2026-11-26", None, folder)
    [one] = kept.kept(folder)
    return one


def told(check: compare.Check) -> list[str]:
    """What has to be looked at, without the places."""
    return [
        " ".join(line.split("   specs/")[0].split())
        for line in report.lines("page", check)
        if line.strip().startswith(("new ", "gone ", "changed "))
    ]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_nothing_new(page: Page, tmp_path: Path) -> None:
    """A page that the spec is true to passes when it is read first, and when it is read again."""
    assert told(held(page)) == []
    assert told(held(page, remembered(page, tmp_path))) == []


def operation(number: int = 0, **changes: Any) -> Change:
    """The same page with one of its operations changed."""

    def change(page: Page) -> Page:
        listed = list(page.operations)
        listed[number] = evolve(listed[number], **changes)
        return evolve(page, operations=tuple(listed))

    return change


def fields(change: Callable[[Field], Field | None], number: int = 0) -> Change:
    """The same page with each field of an operation changed; None leaves it out."""

    def changed(page: Page) -> Page:
        found = [change(each) for each in page.operations[number].fields]
        return operation(number, fields=tuple(each for each in found if each))(page)

    return changed


def field(name: str, number: int = 0, **changes: Any) -> Change:
    """The same page with one field changed."""
    return fields(lambda each: evolve(each, **changes) if each.name == name else each, number)


def without(name: str, number: int = 0) -> Change:
    """The same page without a field."""
    return fields(lambda each: None if each.name == name else each, number)


def added(new: Field, number: int = 0) -> Change:
    """The same page with a field more."""

    def change(page: Page) -> Page:
        listed = (*page.operations[number].fields, new)
        return operation(number, fields=listed)(page)

    return change


def status(name: str, row: StatusRow | None) -> Change:
    """The same page with one row of what DELETE does changed, added or left out."""

    def change(page: Page) -> Page:
        table = {**page.statuses, name: row}
        return evolve(page, statuses={key: value for key, value in table.items() if value})

    return change


def within(attribute: str, name: str, value: object) -> Change:
    """The same page with one entry of a mapping changed, added or left out."""

    def change(page: Page) -> Page:
        table: dict[str, Any] = {**getattr(page, attribute), name: value}
        found: Any = {attribute: {key: item for key, item in table.items() if item is not None}}
        return evolve(page, **found)

    return change


YES: Final = StatusRow(allowed=True, effect="deletes")
SINCE: Final = " (since 2026-11-26)"

CHANGES: Final[dict[str, tuple[str, Change, list[str]]]] = {
    "a status flips from no to yes": (
        "delete",
        status("running", YES),
        [
            "changed TaskStatus running: DELETE allowed: no -> yes",
            "changed TaskStatus running: DELETE effect: - -> deletes",
        ],
    ),
    "another effect": (
        "delete",
        status("failed", evolve(YES, effect="cancels")),
        ["changed TaskStatus failed: DELETE effect: deletes -> cancels"],
    ),
    "another status afterwards": (
        "delete",
        status("queued", StatusRow(allowed=True, effect="cancels", after="stopped")),
        ["changed TaskStatus queued: status after: cancelled -> stopped"],
    ),
    "a new status": (
        "delete",
        status("paused", StatusRow(allowed=False)),
        [
            "new TaskStatus paused: DELETE allowed: nothing -> no",
            "new TaskStatus paused: DELETE effect: nothing -> -",
            "new TaskStatus paused: status after: nothing -> -",
        ],
    ),
    "a status is gone": (
        "delete",
        status("expired", None),
        ["gone TaskStatus expired: DELETE allowed: yes -> nothing"],
    ),
    "a new parameter": (
        "delete",
        added(Field("query", "force", "boolean")),
        ["new deleteTask force: query, boolean"],
    ),
    "a new field of a body": (
        "whole",
        added(Field("body", "force", "boolean"), 1),
        ["new DeleteVideoTaskRequest.force: body, boolean"],
    ),
    "a parameter is gone": (
        "whole",
        without("moreTaskInfo"),
        ["gone InfoByTaskIdRequest.moreTaskInfo"],
    ),
    "a range that ends elsewhere": (
        "list",
        field("page_size", most=100),
        ["changed listTasks page_size: most: 500 -> 100"],
    ),
    "a field that becomes required": (
        "whole",
        field("moreTaskInfo", required=True),
        ["changed InfoByTaskIdRequest.moreTaskInfo: required: no -> yes"],
    ),
    "an answer that may lack what it had": (
        "whole",
        field("code", required=False),
        ["changed InfoByTaskIdResponse.code: required: yes -> no"],
    ),
    "an array that becomes a string": (
        "whole",
        field("taskids", 1, type="string"),
        ["changed DeleteVideoTaskRequest.taskids: type: array of string -> string"],
    ),
    "an answer's object that becomes an array": (
        "list",
        field("items[].content", type="array of object"),
        ["changed Task.content: type: object -> array of object"],
    ),
    "a new value": (
        "list",
        field("filter.status", values=(*STATUS, "paused")),
        ["new listTasks filter.status: value paused"],
    ),
    "a new field of an answer": (
        "list",
        added(Field("answer", "items[].content.cover_url", "string")),
        ["new TaskContent.cover_url: string"],
    ),
    "an amount that is not the spec's": (
        "list",
        field("items[].content", amounts=("12 hours",)),
        ["changed Task.content: amounts: 24 hours -> 12 hours"],
    ),
    "a declared 409": (
        "whole",
        operation(1, answers=("200", "400", "409")),
        ["new deleteVideoTask 409"],
    ),
    "a path that is renamed": (
        "delete",
        operation(url=JOBS),
        [f"changed deleteTask: DELETE {TASKS}/{{id}} -> DELETE {JOBS}"],
    ),
    "an error code of ours with another status": (
        "errors",
        within("errors", "AccountOverdueError", (429,)),
        ["changed code AccountOverdueError: HTTP status: 401, 403 -> 429"],
    ),
    "an error code on an operation's page": (
        "delete",
        within("errors", "TaskIsLocked", (423,)),
        ["new code TaskIsLocked: HTTP status: nothing -> 423"],
    ),
    "a limit that moves": (
        "list",
        operation(limit=2),
        ["changed listTasks: requests a second: 1 -> 2"],
    ),
    "an operation of a whole document that is gone": (
        "whole",
        lambda page: evolve(page, operations=(INFO, *page.operations[2:])),
        ["gone deleteVideoTask"],
    ),
    "what was not understood": (
        "delete",
        lambda page: evolve(page, not_understood=("a table without a head",)),
        ["new not understood: a table without a head"],
    ),
}
"""What a spec contradicts, so that it shows at the first reading too."""


@pytest.mark.parametrize(("name", "change", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_contradiction(name: str, change: Change, expected: list[str], tmp_path: Path) -> None:
    """What contradicts the spec is told by name, whether or not the page was read before."""
    page = PAGES[name]
    changed = change(page)
    assert told(held(changed)) == expected
    again = told(held(changed, remembered(page, tmp_path)))
    # What no longer has its like in the spec is told beside what was kept of it.
    assert [line.removesuffix(SINCE) for line in again] == expected


ACCEPTED: Final[dict[str, tuple[str, Change, list[str]]]] = {
    "a place that is set right": (
        "delete",
        field("id", place="path"),
        ["changed deleteTask id: place: query -> path"],
    ),
    "a default that moves": (
        "list",
        field("page_size", default=50),
        ["changed listTasks page_size: default: 20 -> 50"],
    ),
    "a default that is no longer told": (
        "list",
        field("page_size", default=None),
        ["gone listTasks page_size: default: 20 -> nothing"],
    ),
    "a range that ends later": (
        "list",
        field("page_size", most=1000),
        ["changed listTasks page_size: most: 500 -> 1000"],
    ),
    "an answer's field that becomes required": (
        "whole",
        field("data.status", 1, required=True),
        ["changed DeleteVideoTaskData.status: required: no -> yes"],
    ),
    "a field that is gone": (
        "list",
        without("items[].content.video_url"),
        ["gone TaskContent.video_url"],
    ),
    "a status that is no longer declared": (
        "whole",
        operation(1, answers=("200",)),
        ["gone deleteVideoTask 400"],
    ),
    "words about a parameter": (
        "delete",
        field("id", words=digest("another id")),
        ["changed deleteTask id: words: read the page"],
    ),
    "words of a section": (
        "delete",
        within("notes", "Key", digest("A key of a project.")),
        ['changed section "Key": words: read the page'],
    ),
    "a new section": (
        "delete",
        within("notes", "Billing", digest("Free.")),
        ['new section "Billing": words: read the page'],
    ),
    "a section that is gone": (
        "delete",
        within("notes", "Key", None),
        [f"gone a section whose title was kept as {digest('Key')}: words: read the page"],
    ),
    "a section's title": (
        "delete",
        lambda page: evolve(
            page, notes={"Keys": page.notes["Key"]}, amounts={"Keys": page.amounts["Key"]}
        ),
        ['changed section "Keys": title: read the page'],
    ),
    "what is said of a status": (
        "delete",
        status("failed", StatusRow(True, "deletes", words=digest("Deletes it later."))),
        ["new TaskStatus failed: words: read the page"],
    ),
    "what is said of an error code": (
        "errors",
        within("error_words", "QuotaExceeded", digest("For this month.")),
        ["new code QuotaExceeded: words: read the page"],
    ),
    "what a schema says beyond": (
        "list",
        field("filter.model", more=("maxLength 8",)),
        ["new listTasks filter.model: more: nothing -> maxLength 8"],
    ),
    "an operation that no spec has": (
        "whole",
        lambda page: evolve(
            page,
            operations=(*page.operations, Operation("POST", "/v1/video/cancel")),
            notes={"POST /v1/images/infobytaskid: answers": digest("Found.")},
        ),
        ["new POST /v1/video/cancel: operation"],
    ),
    "an amount in a section": (
        "delete",
        within("amounts", "Key", ("30 days",)),
        ['changed section "Key": amounts: 90 days -> 30 days'],
    ),
    "a limit in words": (
        "delete",
        within("limits", "All tasks", 3.0),
        ['new limit "All tasks": a second: nothing -> 3.0'],
    ),
    "an error code of ours that is gone": (
        "errors",
        within("errors", "QuotaExceeded", None),
        ["gone code QuotaExceeded: HTTP status: 429 -> nothing"],
    ),
}
"""What the spec leaves open, or a row explains: told only where the page was read before."""


@pytest.mark.parametrize(("name", "change", "expected"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_change(name: str, change: Change, expected: list[str], tmp_path: Path) -> None:
    """What has changed since it was kept is told, even where the spec and a row allow both."""
    page = PAGES[name]
    changed = change(page)
    assert told(held(changed)) == []
    assert told(held(changed, remembered(page, tmp_path))) == [line + SINCE for line in expected]


def test_another_server(tmp_path: Path) -> None:
    """A server that the spec does not name is told, and so is the one that was there."""
    new = "https://ark.cn-shanghai.volces.com/api/v3"
    changed = operation(url=f"{new}{TASKS}/{{id}}")(DELETE)
    assert told(held(changed)) == [f"new {new}: server"]
    assert told(held(changed, remembered(DELETE, tmp_path))) == [
        f"gone {ARK}{SINCE}",
        f"new {new}: server",
    ]


def test_another_method(tmp_path: Path) -> None:
    """A method that changed is told as such where it is known which operation it was."""
    changed = operation(method="POST")(DELETE)
    new = f"POST {ARK}{TASKS}/{{id}}"
    assert told(held(changed)) == [f"new {new}: operation"]
    assert told(held(changed, remembered(DELETE, tmp_path))) == [
        f"changed deleteTask: DELETE {TASKS}/{{id}} -> {new}"
    ]


def test_a_path_renamed_in_a_whole_document(tmp_path: Path) -> None:
    """Which of many operations ours has become is told where the document had it before."""
    changed = operation(1, url="/v2/video/deletevideotask")(WHOLE)
    assert told(held(changed)) == ["gone deleteVideoTask"]
    assert told(held(changed, remembered(WHOLE, tmp_path))) == [
        "changed deleteVideoTask: POST /v1/video/deletevideotask -> POST /v2/video/deletevideotask"
    ]


@pytest.mark.parametrize(
    ("name", "change", "spec_has", "readme_has"),
    [
        ("delete", status("running", YES), "        running: {allowed", "`TaskStatus running`"),
        ("delete", status("paused", YES), "    TaskStatus:", "`TaskStatus`"),
        ("delete", added(Field("query", "force")), "    delete:", "`deleteTask`"),
        ("list", field("page_size", most=10), "- name: page_size", "`listTasks page_size`"),
        (
            "list",
            added(Field("answer", "items[].colour")),
            "    Task:",
            "| `Task` |",
        ),
        ("whole", added(Field("body", "all"), 1), "    DeleteVideoTaskRequest:", "TaskRequest`"),
        ("errors", within("errors", "InvalidAction", (400,)), "info:", "`InvalidAction`"),
        ("delete", within("errors", "Strange", (403,)), "", "`InvalidAction.RunningTaskDeletion`"),
        (
            "whole",
            operation(1, answers=("200", "409")),
            "        default:",
            "`deleteVideoTask default`",
        ),
    ],
)
def test_places(name: str, change: Change, spec_has: str, readme_has: str) -> None:
    """What has to be looked at comes with the lines that it touches, in the spec and its README."""
    check = held(change(PAGES[name]))
    finding = check.unexplained[0]
    text = (ROOT / check.spec.file).read_text(encoding="utf-8").splitlines()
    assert finding.said.line is not None
    assert finding.row is not None
    assert spec_has in text[finding.said.line - 1]
    assert readme_has in README[finding.row - 1]
    assert any(
        line.endswith(f"   {check.spec.file}:{finding.said.line}   specs/README.md:{finding.row}")
        for line in report.lines("page", check)
    )


def test_places_of_what_has_changed(tmp_path: Path) -> None:
    """A section touches the operation that it stands beside; a code that is gone, its row."""
    known = [remembered(DELETE, tmp_path / "1"), remembered(ERRORS, tmp_path / "2")]
    [finding] = held(within("notes", "Key", digest("More."))(DELETE), *known).unexplained
    assert finding.said.line == next(
        each.line for each in SPECS[0].operations if each.id == "deleteTask"
    )
    assert README[(finding.row or 0) - 1].startswith("| `deleteTask` |")
    [finding] = held(within("errors", "QuotaExceeded", None)(ERRORS), *known).unexplained
    assert finding.said.line == REFUSALS[4].line
    assert "`QuotaExceeded`" in README[(finding.row or 0) - 1]


def test_what_to_do_next() -> None:
    """A report with something to explain ends with what to do about it; another does not."""
    assert "keep the page" in list(report.lines("page", held(status("running", YES)(DELETE))))[-1]
    assert list(report.lines("page", held(DELETE)))[-1] == "  result     all explained"


def test_a_departure_names_its_row() -> None:
    """What departs on purpose comes with the row that says why."""
    [place] = [each for each in held(DELETE).findings if each.said.what == "place"]
    assert place.kind == "departs"
    assert place.row is not None
    assert README[place.row - 1].startswith("| `deleteTask id` | filed under")


def test_a_row_excuses_nothing_else(tmp_path: Path) -> None:
    """Without its row, a difference has to be explained, kept or not."""
    bare = "\n".join(line for line in README if not line.startswith("| `deleteTask id` | filed"))
    bare = bare.replace("| `getTask id`, `deleteTask id` |", "| `getTask id` |")
    known = [remembered(DELETE, tmp_path)]
    for before in ([], known):
        check = compare.check(DELETE, SPECS[0], rows("ark", bare), before)
        assert told(check) == ["changed deleteTask id: place: path -> query"]


def test_a_file_holds_no_words(tmp_path: Path) -> None:
    """What is kept is sorted, says where and when it was read, and has none of the page's words."""
    page = evolve(DELETE, limits={"每个账号": 20.0}, not_understood=("表格二",))
    one = remembered(page, tmp_path)
    text = one.file.read_text(encoding="utf-8")
    assert one.file.name == "ark-deleteTask-rich-text-en.json"
    assert text.isascii()
    assert "API key" not in text
    assert page.title not in text
    stored = json.loads(text)
    assert stored["address"] == "https://example.com/page"
    assert stored["date"] == "2026-11-26"
    assert stored["points"]["deleteTask id: place"] == "query"
    assert stored["points"]["TaskStatus running: DELETE allowed"] is False
    assert list(stored["points"]) == sorted(stored["points"])


def test_the_files_that_are_kept() -> None:
    """Each committed file is as `keep` writes it, about a spec of ours, and without Chinese."""
    assert kept.kept(kept.FOLDER)
    for one in kept.kept(kept.FOLDER):
        text = one.file.read_text(encoding="utf-8")
        assert text.isascii()
        assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", one.date)
        assert one.address.startswith("https://")
        assert one.file.name.startswith(f"{one.spec}-")
        assert one.spec in {spec.name for spec in SPECS}


def test_each_page_finds_its_own_file(tmp_path: Path) -> None:
    """A page is compared with its own form and language, by its operation or its title."""
    for number, page in enumerate(PAGES.values()):
        remembered(page, tmp_path / str(number))
    known = [one for number in range(len(PAGES)) for one in kept.kept(tmp_path / str(number))]
    for page, one in zip(PAGES.values(), known, strict=True):
        assert held(page, *known).before == one
    renamed = operation(url=f"{ARK}/contents/jobs/{{id}}")(DELETE)
    assert held(renamed, *known).before == known[0]
    assert held(evolve(DELETE, title="Remove a task"), *known).before == known[0]
    for other in (
        evolve(DELETE, language="zh"),
        evolve(DELETE, form="markdown"),
        evolve(ERRORS, title="Limits"),
    ):
        assert held(other, *known).before is None


@pytest.mark.parametrize(
    "url",
    [
        f"{ARK}{TASKS}/{{id}}",
        f"{ARK}{TASKS}/{{task_id}}",
        f"{ARK}{TASKS}/$ID",
        f"{ARK}{TASKS}/:id/?force=1",
        f"https://ark.ap-southeast.bytepluses.com/api/v3{TASKS}/<task_id>",
        f"/api/v3{TASKS}/{{id}}",
        f"{TASKS}/{{id}}",
    ],
)
def test_one_operation_in_many_urls(url: str) -> None:
    """An operation is told by method and path, with any server of the spec, or none."""
    called = "task_id" if "task_id" in url else "id"
    parameter = Field("path", called, "string", required=True)
    listed = (Operation("delete", url, (parameter,)),)
    check = held(Page("Delete", "openapi", "en", operations=listed))
    agreed = {each.said.name for each in check.findings if each.kind == "agrees"}
    assert {"deleteTask", "deleteTask id"} <= agreed
    assert told(check) == []


@pytest.mark.parametrize(
    "page",
    [
        Page("Pets", "openapi", "en", operations=(Operation("GET", "/pets"),)),
        Page("Pets", "openapi", "en", servers=("https://example.com",)),
        evolve(WHOLE, servers=("https://example.com/api",)),
        operation(url=f"https://example.com/api/v3{TASKS}/{{id}}")(DELETE),
        Page("Codes", "markdown", "en", errors={"InvalidAction": (404,), "Nothing": (400,)}),
        Page("Empty", "markdown", "zh"),
    ],
)
def test_a_page_of_nobody_we_know(page: Page) -> None:
    """A page that is about none of the specs is refused in one line, whatever is alike."""
    with pytest.raises(NotOurs, match=r"\Ano spec is about this page.*\Z"):
        held(page)


def test_extensions_of_a_spec(tmp_path: Path) -> None:
    """A spec's refusals, limits and narrower filters are read from it, each with its line."""
    text = (ROOT / "specs" / "ark.openapi.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^ +x-(rate-limit|filter-values): .*\n", "", text, flags=re.M)
    text = re.sub(r"^ +x-refusals:\n(?: +[-#] .*\n)+", "", text, flags=re.M)
    for old, new in (
        ("      operationId: listTasks\n", "      x-rate-limit: 3\n"),
        ("        - name: filter.status\n", "          x-filter-values: [failed]\n"),
        (
            "  responses:\n    Error:\n",
            '      x-refusals:\n        - {statuses: [4xx, 503], codes: [Bad.*, ""], means: x}\n',
        ),
    ):
        assert text.count(old) == 1
        text = text.replace(old, old + new)
    file = tmp_path / "ark.openapi.yaml"
    file.write_text(text, encoding="utf-8")
    spec = read(file)
    listing = next(each for each in spec.operations if each.id == "listTasks")
    assert listing.limit == 3
    assert listing.request["filter.status"].values == ("failed",)
    [row] = spec.refusals
    assert "codes: [Bad.*" in text.splitlines()[row.line - 1]
    assert row.glob("Bad.Key") == "Bad.*"
    assert row.glob("Other") is None
    assert [row.covers(status) for status in (404, 499, 500, 503)] == [True, True, False, True]


def test_a_product_s_error_codes_are_counted(tmp_path: Path) -> None:
    """Codes that no row names are counted where the table is a whole product's, and told once one
    comes, goes or moves."""
    many = {f"Code{number}": (400,) for number in range(200)}
    for page, open_points in (
        (evolve(ERRORS, errors={**ERRORS.errors, **many}), 202),
        (evolve(DELETE, errors=many), 203),
    ):
        check = held(page)
        assert told(check) == []
        assert f"  page only  {open_points} points that the spec does not state" in list(
            report.lines("page", check)
        )
        moved = within("errors", "Code7", (404,))(within("errors", "Code8", None)(page))
        assert told(held(moved, remembered(page, tmp_path / str(open_points)))) == [
            f"changed code Code7: HTTP status: 400 -> 404{SINCE}",
            f"gone code Code8: HTTP status: 400 -> nothing{SINCE}",
        ]


def test_nothing_steers_a_terminal() -> None:
    """What a page has in its names can't break lines or steer a terminal."""
    page = evolve(DELETE, not_understood=("a\x1b[31m\nresult all explained",))
    assert "new not understood: a [31m result all explained" in told(held(page))


# The command

DOCUMENT: Final = """\
openapi: 3.0.3
info: {title: Video, version: "1"}
servers: [{url: "https://api.tensorslab.com"}]
paths:
  /v1/video/deletevideotask:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [taskids]
              properties:
                taskids: {type: array, items: {type: string}}
      responses:
        "200": {description: Done.}
        "400": {description: Refused.}
"""
OTHER: Final = DOCUMENT.replace("deletevideotask", "erasevideotask")
STRANGE: Final = DOCUMENT.replace("tensorslab.com", "example.com")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pages are kept during a test."""
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "specs" / "facts")
    return tmp_path / "specs" / "facts"


def written(path: Path, text: str | bytes) -> str:
    """A page in a file."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


@pytest.mark.usefixtures("folder")
def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each page has a part of its own, and the worst status counts."""
    good = written(tmp_path / "good.yaml", DOCUMENT)
    other = written(tmp_path / "other.yaml", OTHER)
    strange = written(tmp_path / "strange.yaml", STRANGE)
    assert vendor.main(["check", good]) == 0
    assert vendor.main(["check", good, other]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("good.yaml: specs/tensorslab.openapi.yaml (deleteVideoTask); openapi") == 2
    assert out.count("other.yaml: specs/tensorslab.openapi.yaml") == 1
    assert vendor.main(["check", good, strange, other]) == 2
    out, err = capsys.readouterr()
    assert err == f"vendor: {strange}: no spec is about this page (example.com)\n"
    assert out.count("  result  ") == 2


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff\xfe\x00", b"<!DOCTYPE html><p>404", b"{", b"# Words\n\nOnly words.\n", b"[1]"],
)
def test_no_page(text: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no page of a vendor is status 2 with one line, whatever is asked."""
    page = written(tmp_path / "page", text)
    for asked in (["check", page], ["keep", page, "--from", "https://example.com/"]):
        assert vendor.main(asked) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"vendor: {page}: ")
        assert err.count("\n") == 1


def test_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be read is status 2 with one line that says why."""
    assert vendor.main(["check", str(tmp_path / "missing"), str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"vendor: {tmp_path}/missing: No such file or directory",
        f"vendor: {tmp_path}: Is a directory",
    ]


def test_keep(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was kept is what the next check goes by, and the date is the day of reading."""
    page = written(tmp_path / "page.yaml", DOCUMENT)
    address = "https://docs.example.com/video"
    assert vendor.main(["keep", page, "--from", address, "--date", "2026-01-02"]) == 0
    assert vendor.main(["check", page]) == 0
    name = "specs/facts/tensorslab-deleteVideoTask-openapi-en.json"
    assert f"  kept       2026-01-02, {name}, from {address}\n" in capsys.readouterr().out
    changed = written(tmp_path / "page.yaml", OTHER)
    assert vendor.main(["check", changed]) == 1
    assert "changed    deleteVideoTask: POST /v1/video/deletevideotask -> " in (
        capsys.readouterr().out
    )
    assert vendor.main(["keep", changed, "--from", address]) == 0
    [file] = folder.iterdir()
    assert json.loads(file.read_text(encoding="utf-8"))["date"] >= "2026-01-03"
    # The spec still has it otherwise, and keeping a page does not excuse that.
    assert vendor.main(["check", changed]) == 1


def test_a_broken_file(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of specs/facts/ that can't be read is named, in one line."""
    page = written(tmp_path / "page.yaml", DOCUMENT)
    folder.mkdir(parents=True)
    for text in ("", "[]", "{}", '{"points": []}'):
        (folder / "x.json").write_text(text, encoding="utf-8")
        assert vendor.main(["check", page]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"vendor: {page}: x.json is not what `keep` writes")
        assert err.count("\n") == 1


def test_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page is printed as Markdown, also from standard input and with a byte order mark."""
    page = written(tmp_path / "page.yaml", DOCUMENT)
    assert vendor.main(["text", page]) == 0
    printed = capsys.readouterr().out
    assert "/v1/video/deletevideotask" in printed
    given = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + DOCUMENT.encode()))
    monkeypatch.setattr("sys.stdin", given)
    assert vendor.main(["text", "-"]) == 0
    assert capsys.readouterr().out == printed


def test_the_weekly_job() -> None:
    """The recipe in specs/README.md is YAML, its steps are shell, and it calls what is there."""
    [recipe] = re.findall(r"^```yaml\n(.*?)^```$", "\n".join(README), re.M | re.S)
    steps = yaml.safe_load(recipe)["jobs"]["check"]["steps"]
    shell = "\n".join(step["run"] for step in steps if "run" in step)
    subprocess.run(["bash", "-n"], input=shell, text=True, check=True)  # noqa: S607  # any bash
    [command] = re.findall(r"specs/vendor\.py (check .*?)>", shell.replace("\\\n", " "))
    assert vendor.arguments(shlex.split(command)).verb == "check"


SHARED: Final = ROOT.parent / "shared" / "vendor"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the vendors' own pages are not here")
def test_the_vendors_pages(capsys: pytest.CaptureFixture[str]) -> None:
    """The specs are true to the pages that they were written from, which were kept."""
    assert vendor.main(["check", *map(str, sorted(SHARED.iterdir()))]) == 0
    out = capsys.readouterr().out
    assert out.count("  kept       2026-") == 2
    assert out.count("  result     all explained") == 2
