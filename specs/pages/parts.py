"""The parts of a vendor's page, told by the words of a heading or of a line.

Owns: those words, in both languages. Refuses to know what stands in a part.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from .facts import Place

Part: TypeAlias = Literal["request", "answer", "errors", "samples", "limits", ""]
_PARTS: tuple[tuple[Part, str], ...] = (
    ("samples", r"示例|样例|examples?|samples?"),
    ("limits", r"限制|限流|频率|配额|limits?$|quotas?"),
    ("errors", r"错误码|错误处理|error ?codes?|errors?$"),
    ("answer", r"响应|返回|应答|输出参数|response|returns?$|output param"),
    (
        "request",
        (
            r"请求|路径参数|查询参数|入参|输入参数|request"
            r"|(?:path|query|body|header)(?: string)? param|input param"
        ),
    ),
)
_OPERATION = re.compile(
    r"(?P<method>GET|POST|PUT|PATCH|DELETE)[`\s]*(?P<url>(?:https?://|/)[^\s`]+)", re.IGNORECASE
)
_NOTHING = re.compile(
    r"(?:无|没有|不需要|无需)(?:任何)?(?:返回|响应|请求|输出|输入|其他)?(?:参数|内容|字段)|^无。?$"
    r"|\bno (?:(?:response|return(?:ed)?|request|other) )?(?:parameters?|fields?|body|content)"
    r"|(?:does not|doesn't) (?:return|have|require) any",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"(?:[上下]面|以[上下]|[上下]述|所有)(?:的)?参数|参数(?:均|都)?[为在]"
    r"|\b(?:above|below|following|these|all)\b.{0,12}\bparam|\bparameters (?:above|below|are)\b",
    re.IGNORECASE,
)
_STRUCTURE = re.compile(r"属性|子?字段|attributes?|properties|fields?", re.IGNORECASE)


def part_of(heading: str) -> Part:
    """The part that a heading begins; none where it says nothing of the kind."""
    for part, words in _PARTS:
        if re.search(words, heading, re.IGNORECASE):
            return part
    return ""


def operation_in(line: str) -> tuple[str, str] | None:
    """The method and the URL that a line begins with."""
    found = _OPERATION.match(line)
    return (found["method"].upper(), found["url"]) if found else None


def says_nothing(line: str) -> bool:
    """Whether a line says that a part has no fields."""
    return bool(_NOTHING.search(line))


def is_structure(line: str) -> bool:
    """Whether a line only announces the fields that are inside another."""
    return bool(_STRUCTURE.fullmatch(line))


def is_about_all(line: str) -> bool:
    """Whether a line says something of all parameters: "the following are query parameters"."""
    return bool(_ALL.search(line))


_PLACES: tuple[tuple[Place, str], ...] = (
    ("query", r"query|查询(?:参数|字符串)"),
    ("path", r"path|路径"),
    ("header", r"headers?\b|请求头|头部"),
    ("body", r"body|请求体|消息体"),
)


def place_named(text: str) -> Place | None:
    """The place that a heading or a cell names."""
    for place, pattern in _PLACES:
        if re.search(pattern, text, re.IGNORECASE):
            return place
    return None
