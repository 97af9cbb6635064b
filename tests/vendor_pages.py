"""Small pages of our own in the vendors' forms, for the tests of what reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Op = dict[str, Any]


def bold(text: str) -> Op:
    return {"insert": text, "attributes": {"bold": "true"}}


def code(text: str) -> Op:
    return {"insert": text, "attributes": {"inlineCode": "true"}}


def said(text: str) -> Op:
    return {"insert": text}


REQUIRED: Op = {"insert": " ", "attributes": {"apiTag": "require|a1b2c3"}}


class Rich:
    """Builds a page of rich text line by line; `str()` is the page."""

    def __init__(self, title: str = "", zone: str = "0", zones: Op | None = None) -> None:
        self.title = title
        self.ops: list[Op] = []
        self.zones: Op = {} if zones is None else zones
        self.zones[zone] = {"ops": self.ops, "zoneId": zone, "zoneType": "Z"}

    def line(self, *runs: Op | str, **style: str) -> Rich:
        self.ops.append({"insert": "*", "attributes": {"lmkr": "1", **style}})
        self.ops += [said(run) if isinstance(run, str) else run for run in runs]
        self.ops.append(said("\n"))
        return self

    def heading(self, level: int, text: str) -> Rich:
        return self.line(text, heading=f"h{level}", anchor="#x")

    def rule(self) -> Rich:
        return self.line({"insert": " ", "attributes": {"horizontal-line": "true"}})

    def item(self, *runs: Op | str, depth: int = 1) -> Rich:
        return self.line(*runs, list=f"bullet{depth}")

    def tip(self, title: str, *lines: str) -> Rich:
        self.line(title, tips='{"type":"default","isTitle":true}')
        for text in lines:
            self.line(text, tips='{"type":"default"}')
        return self

    def inside(self) -> Rich:
        """A page in a zone of its own, among the same zones."""
        name = f"zone{len(self.zones)}"
        page = Rich(zone=name, zones=self.zones)
        page.title = name
        return page

    def tabs(self, **tabs: Rich) -> Rich:
        name = f"tabs{len(self.zones)}"
        self.zones[name] = {
            "ops": [
                {
                    "insert": "*",
                    "attributes": {"tabContent": "true", "title": title, "zoneId": page.title},
                }
                for title, page in tabs.items()
            ]
        }
        return self.line({"insert": " ", "attributes": {"tabs": "true", "tabsZoneId": name}})

    def table(
        self,
        *rows: Sequence[str | Rich | None],
        spans: Mapping[tuple[int, int], Op] | None = None,
    ) -> Rich:
        """A table; None is a cell that is not there, `spans` sizes cells by (row, column)."""
        number = len(self.zones)
        down = [f"r{number}n{row}" for row in range(len(rows))]
        across = [f"c{number}n{column}" for column in range(len(rows[0]))]
        sides = (f"rows{number}", f"columns{number}")
        for side, names in zip(sides, (down, across), strict=True):
            self.zones[side] = {"ops": [{"insert": {"id": name}} for name in names]}
        for y, (row, name) in enumerate(zip(rows, down, strict=True)):
            for x, (cell, column) in enumerate(zip(row, across, strict=True)):
                if isinstance(cell, str):
                    size = (spans or {}).get((y, x), {})
                    ops = [{"insert": f"{cell} \n", "attributes": size}]
                    self.zones[f"x{name}x{column}"] = {"ops": ops}
                elif cell is not None:
                    self.zones[f"x{name}x{column}"] = self.zones.pop(cell.title)
        table = {"aceTable": " ".join(sides)}
        return self.line({"insert": "*", "attributes": table})

    def __str__(self) -> str:
        text = json.dumps({"version": "1", "data": self.zones}, ensure_ascii=False)
        return f"# {self.title}\n{text}" if self.title else text


TITLE = "Stop a job"
URL = "https://api.example.com/v3/jobs/{id}"
STATUS_ROWS = (
    ("当前任务状态", "是否支持DELETE操作", "操作含义", "DELETE操作后任务状态"),
    ("queued", "是", "取消任务。", "cancelled"),
    ("running", "否", "-", "-"),
    ("succeeded", "是", "删除记录。", "-"),
)
ENGLISH_ROWS = (
    ("Status after DELETE", "What it does", "Current status", "DELETE allowed?"),
    ("`cancelled`", "The job is cancelled", "`queued`", "✓"),
    ("—", "—", "`running`", "✗"),
    ("-", "The record is deleted", "`succeeded`", "yes"),
)


def rich_page(rows: Sequence[Sequence[str]] = STATUS_ROWS) -> Rich:
    """A page of DELETE and of what it answers, as rich text."""
    page = Rich(TITLE)
    page.line(code(f"DELETE {URL}"), "  ", {**code("运行"), "attributes": {"hyperlink": "{}"}})
    page.line("停止一个任务。")
    page.tabs(鉴权=page.inside().line("用 API Key。"))
    page.rule().heading(2, "请求参数 ").line("跳转 响应参数", blockquote="true")
    page.tip("说明", "下面参数为Query String Parameters。")
    page.rule().line(bold("id"), " ", code("string"), " ", REQUIRED).line("任务的 ID。")
    page.table(*rows)
    page.rule().line(bold("page_size "), code("integer / null"), " ", code("默认值：20"))
    page.line("每页的数量。").line("取值范围：[1, 500]")
    page.rule().line(bold("tier"), " ", code("string"), " ", code("可选"))
    page.item(code("default"), "：在线。").item(code("flex"), "：离线，限 48 小时。")
    page.rule().heading(2, "响应参数").rule()
    page.line(bold("items "), code("object[]")).line("属性").rule()
    page.line("items.", bold("content"), " ", code("object")).line("属性")
    page.rule().line("content.", bold("video_url"), code("string")).line("有效期为 24 小时。")
    page.heading(2, "限流").line("每个账号 20 QPS。")
    return page


def pipe(rows: Sequence[Sequence[str]]) -> str:
    first, *others = (f"|{' |'.join(row)} |" for row in rows)
    return "\n".join([first, f"|{'---|' * len(rows[0])}", *others])


def markdown_page(rows: Sequence[Sequence[str]] = STATUS_ROWS) -> str:
    """The same page as Markdown, with the tags that the vendor puts in."""
    return f"""# {TITLE}

`DELETE {URL}`  [运行](https://example.com/?a=(b))

停止一个任务。

<Tabs>
<Tab zoneid="a" title="鉴权">
<TabTitle>鉴权</TabTitle>

用 API Key。

</Tab>
</Tabs>

---

<span id="RxN8"></span>
## 请求参数

> 跳转 [响应参数](#7mi8)

<div data-tips="true" data-tips-type="default" data-tips-is-title="true">说明</div>


<div data-tips="true" data-tips-type="default">下面参数为Query String Parameters。</div>

---

**id** `string` <span data-api-tag="require|x">必选</span>

任务的 ID。

{pipe([[cell.replace("-", chr(92) + "-") for cell in row] for row in rows])}

&nbsp;

---

**page_size ** `integer / null` `默认值：20`
每页的数量。
取值范围：[1, 500]

---

**tier<mark><sup>new</sup></mark>** ** ** `string` `可选`

* `default`：在线。

* `flex`：离线，限 48 小时。

---

<span id="7mi8"></span>
## 响应参数

---

**items ** `object[]`

属性

---

items.**content==^new^==** `object`

属性

---

content.**video_url**`string`
有效期为 24 小时。

## 限流

每个账号 20 QPS。
"""


DOCUMENT = """\
openapi: 3.0.3
info: {title: Jobs, version: 1.0.1}
servers:
  - url: https://{region}.example.com
    variables: {region: {default: api}}
paths:
  /v1/jobs/delete:
    post:
      description: Deletes jobs. 20 requests per second.
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Delete'}
      responses:
        '200':
          content:
            application/json:
              schema:
                allOf:
                  - {$ref: '#/components/schemas/Base'}
                  - properties:
                      data:
                        type: array
                        items: {$ref: '#/components/schemas/Result'}
                    required: [data]
        '400':
          content: {application/json: {schema: {$ref: '#/components/schemas/Base'}}}
components:
  schemas:
    Delete:
      type: object
      required: [ids]
      properties:
        ids: {type: array, items: {type: string}, maxItems: 50, description: The ids of 7 days.}
        mode: {type: string, enum: [soft, hard], default: soft}
    Base:
      properties:
        code: {type: integer, description: '1000=done, 9999=failed'}
      required: [code]
    Result:
      properties:
        status: {type: string, description: 'Status: Success or Failed'}
        count: {type: [integer, 'null'], minimum: 0, exclusiveMaximum: 10}
"""
