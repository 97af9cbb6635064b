"""The readers of vendors' pages: the same facts from each form, and nothing left out in silence."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Final

import pytest
import yaml
from attrs import evolve

from pages.facts import Field, Operation, Page, StatusRow, as_json
from pages.reading import NotAPage, as_markdown, read

from .vendor_pages import (
    DOCUMENT,
    ENGLISH_ROWS,
    STATUS_ROWS,
    TITLE,
    URL,
    Rich,
    code,
    markdown_page,
    pipe,
    rich_page,
)

ROOT: Final = Path(__file__).resolve().parents[1]
VENDOR: Final = ROOT.parent / "shared" / "vendor"
ALLOWED: Final = {
    "queued": StatusRow(allowed=True, effect="cancels", after="cancelled"),
    "running": StatusRow(allowed=False),
    "succeeded": StatusRow(allowed=True, effect="deletes"),
}

BOMB: Final = "openapi: 3.1.0\na0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
"""YAML whose references stand for 31 thousand million values."""


def bare(field: Field) -> Field:
    """A field without the digest of its words."""
    return evolve(field, words="")


def only(page: Page) -> Operation:
    (operation,) = page.operations
    return operation


def get_page(*parts: str) -> str:
    """A page in Markdown of one GET, with what stands in its request's part."""
    return "\n\n".join(["`GET https://h/v3/x`", "## Request parameters", *parts])


def one_field(*parts: str) -> Field:
    page = read(get_page(*parts))
    assert page.not_understood == ()
    (field,) = only(page).fields
    return bare(field)


def test_every_fact_of_rich_text_is_read() -> None:
    """Operation, parameters, answer, statuses, limit, amounts and notes: all of a page is read."""
    page = read(str(rich_page()))
    assert (page.title, page.form, page.language) == (TITLE, "rich text", "zh")
    assert page.not_understood == ()
    assert page.statuses == ALLOWED
    operation = only(page)
    assert (operation.method, operation.url, operation.limit) == ("DELETE", URL, 20)
    assert [bare(field) for field in operation.fields] == [
        # The tip puts it there, wrongly; that is what the page says.
        Field("query", "id", "string", required=True),
        Field("query", "page_size", "integer", default=20, least=1, most=500),
        Field(
            "query",
            "tier",
            "string",
            required=False,
            values=("default", "flex"),
            amounts=("48 hours",),
        ),
        Field("answer", "items", "array of object"),
        Field("answer", "items[].content", "object"),
        Field("answer", "items[].content.video_url", "string", amounts=("24 hours",)),
    ]
    assert set(page.notes) == {
        "(top)",
        "鉴权",
        "请求参数",
        "请求参数: 说明",
        "headings of the table of statuses",
        "限流",
    }
    assert page.amounts == {"限流": ("20 per second",)}


@pytest.mark.parametrize("rows", [STATUS_ROWS, ENGLISH_ROWS])
def test_the_same_page_in_rich_text_and_markdown_gives_equal_facts(
    rows: tuple[tuple[str, ...], ...],
) -> None:
    """The form of a page changes nothing in its facts."""
    plain = [[cell.replace("`", "") for cell in row] for row in rows]
    rich, marked = read(str(rich_page(plain))), read(markdown_page(rows))
    assert evolve(marked, form="rich text") == rich
    assert rich.statuses == ALLOWED


@pytest.mark.parametrize("text", [str(rich_page()), markdown_page(), markdown_page(ENGLISH_ROWS)])
def test_a_page_as_markdown_says_the_same_without_tags(text: str) -> None:
    """What people are shown has no tags, and gives the same facts when it is read."""
    shown = as_markdown(text)
    assert "<" not in shown
    assert "zoneId" not in shown
    assert evolve(read(shown), form="rich text") == evolve(read(text), form="rich text")


@pytest.mark.parametrize(
    ("column", "text"),
    [(2, "删除记录，视频仍在。"), (1, "是（7 天内）")],
)
def test_what_a_status_s_row_says_in_words(column: int, text: str) -> None:
    """A row of the table of statuses has its words, and its conditions, beside what was read."""
    row = [*STATUS_ROWS[3]]
    row[column] = text
    changed = rich_page([*STATUS_ROWS[:3], row])
    before, after = read(str(rich_page())), read(str(changed))
    assert before.statuses == after.statuses
    words = [
        {name: status.words for name, status in page.statuses.items()} for page in (before, after)
    ]
    assert {name for name in words[0] if words[0][name] != words[1][name]} == {"succeeded"}


def test_a_heading_that_turns_its_meaning_round() -> None:
    """What the headings of the table of statuses say is kept, in whatever order they stand."""
    turned = [["当前任务状态", "是否禁止DELETE操作", *STATUS_ROWS[0][2:]], *STATUS_ROWS[1:]]
    swapped = [[*reversed(row)] for row in STATUS_ROWS]
    before, after, same = (read(str(rich_page(rows))) for rows in (STATUS_ROWS, turned, swapped))
    assert before.notes != after.notes
    assert (before.notes, before.statuses) == (same.notes, same.statuses)
    assert all(before.statuses[name].words == same.statuses[name].words for name in before.statuses)


def test_values_in_another_order() -> None:
    """The lines that explain a parameter say the same in any order."""
    one, two = "* `default`：在线。", "* `flex`：离线，限 48 小时。"
    page = markdown_page()
    changed = page.replace(one, "?").replace(two, one).replace("?", two)
    assert changed != page
    [was], [now] = (
        [field for field in only(read(text)).fields if field.name == "tier"]
        for text in (page, changed)
    )
    assert was.words == now.words


def test_two_codes_in_one_cell() -> None:
    """Each code of a cell has the row's status and words."""
    page = read(
        "# Codes\n\n| HTTP | Error code | Description |\n|-|-|-|\n| 403 | `No`, `Never` | No. |\n"
    )
    assert page.errors == {"No": (403,), "Never": (403,)}
    assert page.error_words["No"] == page.error_words["Never"] != ""


DETAILS: Final = {
    "security": ("responses:", "security: [{key: []}]\n      responses:"),
    "a content type": ("application/json:", "application/x-www-form-urlencoded:"),
    "what an answer is for": ("'400':", "'400':\n          description: Too many ids."),
    "a server's description": ("- url: https", "- description: Test only.\n    url: https"),
    "a server of one operation": (
        "description: Deletes",
        "servers: [{url: 'https://v2.example.com'}]\n      description: Deletes",
    ),
    "a length": ("items: {type: string}", "items: {type: string, maxLength: 8}"),
    "a pattern": ("mode: {type: string", "mode: {type: string, pattern: '^s'"),
    "a field that is deprecated": ("mode: {type: string", "mode: {type: string, deprecated: true"),
}


@pytest.mark.parametrize(("old", "new"), DETAILS.values(), ids=DETAILS)
def test_no_detail_of_openapi_is_silent(old: str, new: str) -> None:
    """What makes a request or an answer another one makes the page another one."""
    assert old in DOCUMENT
    assert read(DOCUMENT) != read(DOCUMENT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mode: {type: string", "mode: {example: soft, x-order: 1, type: string"),
        (": soft}", ": soft }"),
    ],
)
def test_examples_of_openapi_say_nothing(old: str, new: str) -> None:
    """An example, an extension or a space changes no request, and so not the page."""
    assert old in DOCUMENT
    assert read(DOCUMENT) == read(DOCUMENT.replace(old, new))


def test_openapi_is_read_alone_and_inside_markdown() -> None:
    """OpenAPI gives operations, fields by place, answers, servers and limits, in each wrapping."""
    page = read(DOCUMENT)
    assert page.not_understood == ()
    assert (page.form, page.title, page.notes["version"]) == ("openapi", "Jobs", "1.0.1")
    assert page.servers == ("https://api.example.com",)
    operation = only(page)
    assert (operation.method, operation.url) == ("POST", "/v1/jobs/delete")
    assert (operation.answers, operation.limit) == (("200", "400"), 20)
    assert sorted(map(bare, operation.fields), key=lambda field: (field.place, field.name)) == [
        Field("answer", "code", "integer", required=True, values=("1000", "9999")),
        Field("answer", "data", "array of object", required=True),
        Field("answer", "data[].count", "integer", required=False, least=0, most=9),
        Field("answer", "data[].status", "string", required=False, values=("Success", "Failed")),
        Field(
            "body", "ids", "array of string", required=True, amounts=("7 days", "at most 50 items")
        ),
        Field("body", "mode", "string", required=False, default="soft", values=("soft", "hard")),
        Field("error", "code", "integer", required=True, values=("1000", "9999")),
    ]
    fence = "````"
    inside = read(f"# Delete\n\n> Deletes\n\n{fence}yaml /x.json post /v1\n{DOCUMENT}\n{fence}\n")
    assert (inside.form, inside.title) == ("openapi in markdown", "Delete")
    assert inside.operations == page.operations
    for wrapped in ("{}", '{{"Result": {{"Api": {}}}}}'):
        text = wrapped.format(json.dumps(yaml.safe_load(DOCUMENT)))
        assert read(text) == page
    assert "`data[].count` (integer; 0 to 9)" in as_markdown(DOCUMENT)


def test_swagger_is_read_with_the_action_in_the_query() -> None:
    """Swagger 2 has its types in the parameters and its body among them; a URL is kept as it is."""
    page = read(
        json.dumps(
            {
                "swagger": "2.0",
                "host": "h.example.com",
                "basePath": "/api",
                "schemes": ["https"],
                "paths": {
                    "/?Action=DeleteJobs&Version=2024-01-01": {
                        "parameters": [{"in": "header", "name": "X-Id", "type": "string"}],
                        "delete": {
                            "parameters": [
                                {"in": "query", "name": "n", "type": "integer", "default": 3},
                                {"in": "body", "schema": {"$ref": "#/definitions/B"}},
                                {"in": "cookie", "name": "c"},
                            ],
                            "responses": {"200": {"schema": {"type": "object"}}},
                        },
                    }
                },
                "definitions": {"B": {"properties": {"me": {"$ref": "#/definitions/B"}}}},
            }
        )
    )
    operation = only(page)
    assert operation.url == "/?Action=DeleteJobs&Version=2024-01-01"
    assert page.servers == ("https://h.example.com/api",)
    assert [bare(field) for field in operation.fields] == [
        Field("header", "X-Id", "string", required=False),
        Field("query", "n", "integer", required=False, default=3),
        Field("body", "me", "object", required=False),
    ]
    assert {trouble.partition(": ")[2] for trouble in page.not_understood} == {
        "a parameter 'c' in 'cookie'",
        "me holds itself",
    }


def test_the_specs_are_such_pages() -> None:
    """Our own specs are read without a rest, so they can be held against the vendors' pages."""
    for spec in sorted((ROOT / "specs").glob("*.openapi.yaml")):
        page = read(spec.read_text(encoding="utf-8"))
        assert page.not_understood == ()
        assert page.operations
        assert all(field.type for operation in page.operations for field in operation.fields)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("**n** `int`", Field("query", "n", "integer")),
        ("**n** `string` %%require%%", Field("query", "n", "string", required=True)),
        ("**n** `Integer`, optional", Field("query", "n", "integer", required=False)),
        ("**n** `bool` `Default value: true`", Field("query", "n", "boolean", default=True)),
        ("**n** `string` `Conditionally required`", Field("query", "n", "string")),
        ("**n** `string` It names the job.", Field("query", "n", "string")),
        ("**n**", Field("query", "n")),
        ("`n` `array<string>`", Field("query", "n", "array of string")),
        ("n string required", Field("query", "n", "string", required=True)),
        ("#### n (integer, 必选, 默认值 5)", Field("query", "n", "integer", True, 5)),
        ("**a.n ** `number / null`", Field("query", "a.n", "number")),
        ("**n** `string`\nOne of: `a`, `b`", Field("query", "n", "string", values=("a", "b"))),
        (
            "**n** `string`\n\n" + pipe([("Value", "Meaning"), ("a", "A")]),
            Field("query", "n", "string", values=("a",)),
        ),
        ("**n** `int`\nValid values: 1 to 9", Field("query", "n", "integer", least=1, most=9)),
        (
            "**n** `int`\n最大值为 2^32-1，默认为 `7`。",
            Field("query", "n", "integer", default=7, most=2**32 - 1),
        ),
        ("### Path parameters\n\n**n** `int`", Field("path", "n", "integer")),
        ("### 请求头\n\n**n** `int`", Field("header", "n", "integer")),
        ("### 请求体\n\n**n** `int`", Field("body", "n", "integer")),
    ],
)
def test_a_parameter_is_read_however_it_is_written(line: str, field: Field) -> None:
    """Type, need, default, range and values stand beside the name or below it, in many ways."""
    assert one_field(line) == field


def test_a_parameter_in_the_path_is_told_by_the_url() -> None:
    """Where a page does not say the place, a name in the URL's braces is in its path."""
    page = read("`GET /x/{id}`\n\n## Request parameters\n\n**id** `string`\n\n---\n\n**n** `int`")
    assert [field.place for field in only(page).fields] == ["path", "query"]
    page = read("`POST /x`\n\n## 请求参数\n\n**n** `int`\n\n:::tip\n上面参数为路径参数。\n:::")
    assert [field.place for field in only(page).fields] == ["path"]


def test_a_table_of_parameters_is_read_in_any_order_of_columns() -> None:
    """Columns go by their headings; a field in another, and a cell with a table, are read too."""
    table = """<table>
<tr><th>描述</th><th>是否必填</th><th>参数</th><th>子字段</th><th>类型</th><th>默认值</th></tr>
<tr><td>一个对象</td><td>是</td><td rowspan="2">a</td><td>-</td><td>Object[]</td><td>-</td></tr>

<tr><td>多久<ul><li><code>x</code>：十</li><li><code>y</code></li></ul></td>
<td>否</td><td>b</td><td>String</td><td>x</td></tr>
</table>"""
    page = read(f"`POST /x`\n\n## 请求体\n\n{table}")
    assert page.not_understood == ()
    assert [bare(field) for field in only(page).fields] == [
        Field("body", "a", "array of object", required=True),
        Field("body", "a[].b", "string", required=False, default="x", values=("x", "y")),
    ]


def test_an_answer_without_fields_is_understood_only_if_the_page_says_so() -> None:
    """A part in which nothing is read is named, unless the page says that it has nothing."""
    for said in ("本接口无返回参数。", "This API has no response parameters."):
        page = read(f"`GET /x`\n\n## 响应参数\n\n{said}")
        assert (page.not_understood, only(page).fields) == ((), ())
    page = read("`GET /x`\n\n## Response parameters\n\nSee the sample.\n\n## More")
    assert page.not_understood == (
        "Response parameters: no field in it, and not said that it has none",
    )


def test_nested_fields_are_named_by_what_they_are_in() -> None:
    """A prefix, or the depth in a list, says what a field is inside, and an array gets `[]`."""
    page = read(
        "`GET /x`\n\n## Response\n\n* **items** `object[]`\n    * **id** `string`\n"
        "    * **error** `object / null`\n        * **code** `string`\n* **total** `integer`\n"
    )
    assert [field.name for field in only(page).fields] == [
        "items",
        "items[].id",
        "items[].error",
        "items[].error.code",
        "total",
    ]


def test_error_codes_are_read_with_their_statuses() -> None:
    """A table of codes gives HTTP statuses, of its column, of merged cells, or of its heading."""
    rows = [
        ("HTTP<br>状态码", "错误类型<br>Type", "错误码<br>Code", "含义"),
        ("400", "BadRequest", "InvalidParameter.{{Parameter}}", "-"),
        ("404/403", "NotFound", "Denied", "x"),
        ("400", "BadRequest", "Denied", "y"),
    ]
    merged = (
        "<table><tr><th>Error code</th><th>HTTP status code</th></tr><tr><td>A.B</td>"
        "<td rowspan=2>429</td></tr><tr><td>C</td></tr></table>"
    )
    headed = "### HTTP 409 Conflict\n\n" + pipe([("错误码", "说明"), ("`Busy`", "x")])
    page = read(f"# 错误码\n\n{pipe(rows)}\n\n{merged}\n\n{headed}")
    assert page.errors == {
        "InvalidParameter.{{Parameter}}": (400,),
        "Denied": (400, 403, 404),
        "A.B": (429,),
        "C": (429,),
        "Busy": (409,),
    }
    assert page.not_understood == ()
    page = read("# 错误码\n\n" + pipe([("错误码", "状态码"), ("A", "soon"), ("", "400")]))
    assert page.not_understood == (
        "(top): A: 'soon' is no HTTP status",
        "(top): row 3: '' is no error code",
    )


@pytest.mark.parametrize(
    ("said", "a_second"),
    [
        ("限流 20 QPS", 20),
        ("每秒最多 20 次", 20),
        ("20 requests per second", 20),
        ("每分钟 60 次请求", 1),
        ("RPM: 600", 10),
        ("30 calls/minute", 0.5),
    ],
)
def test_a_limit_is_read_in_any_unit(said: str, a_second: float) -> None:
    """A limit is the operation's where the page has one, else that of what it is said of."""
    assert only(read(f"`GET /x`\n\n{said}")).limit == a_second
    assert read(
        f"# Limits\n\n* Look: {said}\n\n" + pipe([("API", "限流"), ("删除", said)])
    ).limits == {
        "Look": a_second,
        "删除": a_second,
    }


def test_limits_in_a_table_may_have_their_unit_in_the_heading() -> None:
    """A number below "QPS" is a limit; words are named as not understood."""
    page = read(pipe([("QPS", "接口"), ("20", "get"), ("1", "list"), ("many", "create")]))
    assert page.limits == {"get": 20, "list": 1}
    assert page.not_understood == (
        "(top): create: 'many' is no limit in requests a second or minute",
    )


def test_merged_and_nested_cells_of_rich_text_are_read() -> None:
    """A cell over two rows counts in both, and a table in a cell is read as well."""
    page = Rich()
    page.line(code("DELETE https://h/x/{id}")).heading(2, "请求参数")
    inner = page.inside().line("见下表").table(*STATUS_ROWS)
    page.table(("参数", "类型", "说明"), ("id", "string", inner))
    merged: list[list[str | None]] = [
        ["状态", "能否删除", "操作"],
        ["failed", "是", "删除"],
        ["expired", None, None],
    ]
    spans: dict[tuple[int, int], dict[str, str | int]] = {
        (1, 1): {"rowSpan": "2"},
        (1, 2): {"rowspan": 2},
    }
    page.heading(2, "更多").table(*merged, spans=spans)
    facts = read(str(page))
    assert facts.not_understood == ()
    deleted = StatusRow(allowed=True, effect="deletes")
    assert facts.statuses == {**ALLOWED, "failed": deleted, "expired": deleted}
    shown = as_markdown(str(page))
    assert "(table 1 below)" in shown
    page.table(*merged)
    assert read(str(page)).not_understood == (
        "更多: a table: row 3 has no cell in column 2",
        "更多: a table: row 3 has no cell in column 3",
        "更多: status expired: '' says neither yes nor no",
    )


def test_statuses_may_share_a_row_or_have_no_column_that_says_yes() -> None:
    """Several words in a cell are as many statuses; a dash for the action is a no."""
    rows = [
        ("Task status", "Action"),
        ("`queued` (waiting)", "`cancel`"),
        ("`succeeded` / `failed`", "deleted"),
        ("running", "—"),
    ]
    assert read(markdown_page(rows)).statuses == {
        "queued": StatusRow(allowed=True, effect="cancels"),
        "succeeded": StatusRow(allowed=True, effect="deletes"),
        "failed": StatusRow(allowed=True, effect="deletes"),
        "running": StatusRow(allowed=False),
    }


def after(text: str) -> StatusRow:
    return StatusRow(allowed=True, effect=None, after=text or None)


@pytest.mark.parametrize(
    ("row", "read_as", "why"),
    [
        (("queued", "也许", "取消", "-"), None, "'也许' says neither yes nor no"),
        (("queued", "", "取消", "-"), None, "'' says neither yes nor no"),
        (
            ("queued", "是", "停止", "x"),
            after("x"),
            "'停止' does not say whether it cancels or deletes",
        ),
        (("queued", "是", "-", "-"), after(""), "'-' does not say whether it cancels or deletes"),
        (
            ("queued", "是", "取消或删除", "-"),
            after(""),
            "'取消或删除' does not say whether it cancels or deletes",
        ),
        (
            ("queued", "否", "-", "见下"),
            StatusRow(allowed=False),
            "'见下' is no status that it could have afterwards",
        ),
    ],
)
def test_what_a_status_s_row_does_not_say_is_named(
    row: tuple[str, ...], read_as: StatusRow | None, why: str
) -> None:
    """No cell of what DELETE does is guessed; a row that turns to yes is a fact all the same."""
    page = read(str(rich_page((STATUS_ROWS[0], row))))
    assert page.statuses == ({} if read_as is None else {"queued": read_as})
    assert page.not_understood == (f"id: status queued: {why}",)


def test_a_status_or_a_column_of_no_known_name_is_named() -> None:
    """A row without a status's word, and a column whose heading says nothing, are pointed out."""
    page = read(str(rich_page((STATUS_ROWS[0], ("排队", "是", "取消", "-")))))
    assert page.not_understood == ("id: row 2: '排队' names no status",)
    heading = ("当前任务状态", "何如", "操作含义", "DELETE操作后任务状态")
    page = read(str(rich_page((heading, *STATUS_ROWS[1:]))))
    assert page.not_understood == ("id: a column whose heading no rule knows: 何如",)
    assert page.statuses == ALLOWED


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (pipe([("甲", "乙"), ("1", "2")]), "a table whose headings no rule knows: 甲, 乙"),
        ("**n** `string` `blue`", "blue: not known what it says of the field"),
        ("**n** `int`\n取值范围：见说明", "a range that is told in words"),
        ("**n** `int`\n\n---\n\n**n** `string`", "it is declared twice"),
        (
            pipe([("Name", "Type", "Required"), ("n", "blob", "yes")]),
            "n: 'blob' is no type that is known",
        ),
        (
            pipe([("Name", "Type", "Required"), ("n", "int", "soon")]),
            "n: 'soon' does not say whether it is required",
        ),
        (
            pipe([("Name", "Type", "In"), ("n", "int", "there")]),
            "n: 'there' is no place for a parameter",
        ),
        (pipe([("Name", "Type"), ("多个", "int")]), "a table, row 2: '多个' is no field's name"),
        (
            "<table><tr><td>Name</td><td>Type</td></tr><tr><td>n</td></tr></table>",
            "row 2 has 1 cells, where others have 2",
        ),
    ],
)
def test_what_is_not_understood_of_a_request_is_named(part: str, why: str) -> None:
    """Whatever could say something of a parameter, and isn't read, is named with where it is."""
    page = read(get_page("**first** `string`", part))
    assert [trouble for trouble in page.not_understood if why in trouble]


def test_a_zone_that_nothing_shows_is_named() -> None:
    """Samples may hang in the air, as the vendor's do; text that nothing shows is pointed out."""
    page = rich_page()
    sample = {"data": [{"title": "curl", "inputCode": "curl x", "outputCode": "{}"}]}
    attributes = {"apiSample": "multiple", "apiSampleData": json.dumps(sample)}
    page.zones["panel"] = {"ops": [{"insert": " ", "attributes": attributes}]}
    assert read(str(page)).not_understood == ()
    assert {"sample: curl / request", "sample: curl / answer"} < set(read(str(page)).notes)
    page.zones["lost"] = {"ops": [{"insert": "Something.\n"}]}
    attributes["apiSampleData"] = "[]"
    assert read(str(page)).not_understood == (
        "zone lost: nothing on the page shows it",
        "a code sample whose form is not known",
    )
    page = rich_page().line({"insert": " ", "attributes": {"zoneIds": "nowhere"}})
    assert read(str(page)).not_understood == ("zone nowhere: it is shown, but not there",)


def test_fields_before_any_operation_are_named() -> None:
    """A field is of an operation; where none is named before it, that is said."""
    page = read("## 请求参数\n\n**n** `int`")
    assert page.not_understood == ("n: whose fields they are; no method and URL is before them",)


@pytest.mark.parametrize("wrap", ["```\n{}\n```", '<span data-label="x">{}</span>', "{}", "`{}`"])
def test_an_operation_is_read_however_it_is_set(wrap: str) -> None:
    """Method and URL may stand in code, in a sample, in a badge or plainly."""
    assert only(read(wrap.format("DELETE https://h/x/{id}"))).url == "https://h/x/{id}"


def test_markdown_inside_a_site_s_data_is_read() -> None:
    """The Markdown that a docs page embeds as JSON is that page."""
    data = {"loaderData": {"page": {"curDoc": {"MDContent": markdown_page()}}}}
    assert read(json.dumps(data)) == read(markdown_page())


def test_older_marks_of_markdown_are_read() -> None:
    """Frames of colons and tabs inside code say the same as the newer tags."""
    older = "".join(
        [
            '`GET /x`\n\n```mixin-react\nreturn (<Tabs>\n<Tabs.TabPane title="Keys" key="a">',
            "<RenderMd content={`Use a key.\n`}></RenderMd></Tabs.TabPane></Tabs>);\n```\n",
            ":::tip Note\nOf 7 days.\n:::\n",
        ]
    )
    newer = (
        '`GET /x`\n\n<Tabs>\n<Tab title="Keys">\n\nUse a key.\n\n</Tab>\n</Tabs>\n\n'
        '<div data-tips="true" data-tips-is-title="true">Note</div>\n\n'
        '<div data-tips="true">Of 7 days.</div>\n'
    )
    assert read(older) == read(newer)
    assert read(older).amounts == {"(top): Note": ("7 days",)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n\ufeff\n", "empty"),
        ("<!DOCTYPE html><html><body>x</body></html>", "HTML"),
        ("<!-- x -->\n<html>", "HTML"),
        ("PK\x03\x04\x00\x00\x00", "no text"),
        ("\x7fELF\x01\x02" * 9, "no text"),
        ('{"a": 1}', "neither rich text nor OpenAPI"),
        ("[1, 2]", "neither rich text nor OpenAPI"),
        ("[" * 100_000, "JSON is broken"),
        ('{"data": {', "JSON is broken"),
        ('{"openapi": "3.1.0", "info": {}}', "without paths"),
        ("openapi: 3.1.0\npaths: {}\n", "without paths"),
        ("openapi: [\n", "YAML is broken"),
        (BOMB, "YAML is broken"),
        ("```yaml\nopenapi: 3.1.0\npaths:\n  /x:\n    get: {}\n", "breaks off"),
        ("Access denied.", "no operation"),
        ("# Title\n\nSome words about 20 things.", "no operation"),
    ],
)
def test_what_is_no_page_is_refused_in_one_line(text: str, why: str) -> None:
    """Whatever came in a page's place is refused, and never read as a page that lost all."""
    for reader in (read, as_markdown):
        if reader is as_markdown and why == "no operation":
            continue
        with pytest.raises(NotAPage, match=why) as refused:
            reader(text)
        assert "\n" not in str(refused.value)


def test_no_damage_raises_anything_else() -> None:
    """A page cut anywhere, or with its zones shuffled, is read or refused; nothing else happens."""
    fence = "````"
    inside = f"# Delete\n\n{fence}yaml\n{DOCUMENT}\n{fence}\n"
    for text in (str(rich_page()), markdown_page(), DOCUMENT, inside):
        for cut in range(0, len(text), len(text) // 40):
            for part in (text[:cut], text[cut:]):
                with contextlib.suppress(NotAPage):
                    assert isinstance(read(part), Page)
            with contextlib.suppress(NotAPage):
                assert isinstance(as_markdown(text[:cut]), str)
    dice = random.Random(11)  # noqa: S311  # any order will do
    zones = rich_page().zones
    for _ in range(30):
        names = [*zones]
        dice.shuffle(names)
        shuffled = dict(zip(names, zones.values(), strict=True))
        for wrong in (None, 7, "x", [1], {"insert": {"id": 5}, "attributes": "y"}):
            ops = [wrong, {"insert": "a\n", "attributes": [wrong]}]
            shuffled[dice.choice(names)] = {"ops": ops}
        with contextlib.suppress(NotAPage):
            assert isinstance(read(json.dumps({"data": shuffled})), Page)


def test_half_a_page_of_json_or_openapi_is_refused() -> None:
    """A download that broke off is told, not taken for a page on which the rest is gone."""
    rich = str(rich_page())
    for cut in range(len(TITLE) + 4, len(rich) - 1, 97):
        with pytest.raises(NotAPage):
            read(rich[:cut])


@pytest.mark.skipif(not VENDOR.is_dir(), reason="the vendors' own pages are not here")
def test_the_vendors_own_pages_are_read_without_a_rest() -> None:
    """Both vendors' pages of deletion give the facts that the specs were written from."""
    ark = read((VENDOR / "ark-delete-task.richtext.txt").read_text(encoding="utf-8"))
    assert (ark.form, ark.language, ark.not_understood) == ("rich text", "zh", ())
    assert only(ark).method == "DELETE"
    assert only(ark).url.endswith("/contents/generations/tasks/{id}")
    assert [bare(field) for field in only(ark).fields] == [Field("query", "id", "string", True)]
    deleted = StatusRow(allowed=True, effect="deletes")
    assert ark.statuses == {
        **ALLOWED,
        "failed": deleted,
        "expired": deleted,
        "cancelled": StatusRow(allowed=False),
    }
    page = read((VENDOR / "tensorslab-delete-video-task.md").read_text(encoding="utf-8"))
    assert (page.form, page.language, page.not_understood) == ("openapi in markdown", "zh", ())
    assert only(page).answers == ("200", "400")
    fields = {(field.place, field.name): field for field in only(page).fields}
    assert fields["body", "taskids"].required
    assert fields["answer", "code"].values == ("1000", "9999", "9000")
    assert fields["answer", "data.status"].values == ("Success", "Failed")
    for path in VENDOR.iterdir():
        text = path.read_text(encoding="utf-8")
        assert as_json(read(text))["operations"]
        assert "zoneId" not in as_markdown(text)
