"""Which table says what, told by the meaning of its headings; and the rows of those that say facts.

Owns: the headings' words in both languages, the table of what DELETE does, of errors and of limits.
Refuses to guess: a cell that says neither yes nor no is named as not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from .blocks import Cell, Table, plain
from .facts import StatusRow, digest
from .words import condition, is_dash, rates, yes

Kind: TypeAlias = Literal["status", "errors", "limits", "fields", "values", "unknown"]
Columns: TypeAlias = Mapping[str, int]

_HTTP = r"http|状态码|status ?codes?"
_CODE = r"错误码|错误代码|error ?codes?|^codes?$"
_TEXT = r"描述|说明|含义|备注|解释|description|meaning|notes?|remarks?|details?|explanation|message"
_HEADINGS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "errors": {
        "http": rf"{_HTTP}|^status$",
        "type": r"类型|type",
        "code": _CODE,
        "text": rf"{_TEXT}|信息|原因|处理|cause|reason|solution",
    },
    "status": {
        "skip": rf"{_HTTP}|{_CODE}|类型|type",
        "after": r"后|之后|\bafter\b|result|becomes|\bnew\b|\bthen\b",
        "allowed": r"是否|允许|支持|可否|能否|allow|support|permit|\bcan\b|possible|deletable",
        "status": r"状态|status|state\b",
        "effect": r"操作|动作|行为|效果|作用|effects?|actions?|operations?|what",
        "meaning": _TEXT,
    },
    "limits": {
        "limit": r"限流|频率|频次|每秒|每分|qps|rps|qpm|rpm|rate ?limits?|requests? ?(?:per|/)",
        "name": r"",
    },
    "fields": {
        "sub": r"^子",
        "type": r"类型|type",
        "required": r"必[选填须需传]|required|mandatory",
        "default": r"默认|缺省|default",
        "place": r"位置|^in$|location",
        "range": r"范围|range",
        "values": r"枚举|可选值|取值|enum|allowed values|valid values",
        "name": r"参数|名称|字段|属性|parameters?|name|fields?|attributes?|propert(?:y|ies)|^key$",
        "sample": r"示例|举例|examples?|samples?",
        "text": _TEXT,
    },
    "values": {
        "value": r"取值|^值$|枚举|选项|状态|values?$|enum|options?|status|state$",
        "text": _TEXT,
    },
}


def kind_of(table: Table, in_part: bool, in_field: bool) -> tuple[Kind, Columns]:
    """What a table is about, and which column has what.

    `in_part`: it stands in the request's or the answer's part; `in_field`: it explains one field.
    """
    said = (
        [re.sub(r"[\s*`]+", " ", plain(cell)).strip() for cell in table.rows[0]]
        if table.rows
        else []
    )
    for kind, needed in _NEEDED:
        found: dict[str, int] = {}
        for column, heading in enumerate(said):
            for role, pattern in _HEADINGS[kind].items():
                if role not in found and re.search(pattern, heading, re.IGNORECASE):
                    found[role] = column
                    break
        weak = in_field if kind == "values" else in_part
        if any(roles <= found.keys() and (weak or roles not in _WEAK) for roles in needed):
            return kind, found
    return "unknown", {}


_NEEDED: Final[tuple[tuple[Kind, tuple[set[str], ...]], ...]] = (
    ("errors", ({"code", "http"}, {"code", "text"})),
    ("fields", ({"name", "type"}, {"name", "required"})),
    ("status", ({"status", "allowed"}, {"status", "after"}, {"status", "effect"})),
    ("limits", ({"limit", "name"},)),
    ("fields", ({"name", "text"},)),
    ("values", ({"value", "text"},)),
)
_WHOLE: Final = ("status", "fields")
"""Tables of which each column matters."""
_WEAK: Final = ({"name", "text"}, {"value", "text"})


def strange(table: Table, kind: Kind) -> list[str]:
    """The headings of the columns that are not read, in a table of which each column matters."""
    if kind not in _WHOLE:
        return []
    patterns = _HEADINGS[kind].values()
    said = [plain(cell).replace("\n", " ").strip() for cell in table.rows[0]]
    return [
        f"a column whose heading no rule knows: {heading}"
        for heading in said
        if not any(re.search(pattern, heading, re.IGNORECASE) for pattern in patterns)
    ]


def rows(table: Table) -> Iterator[tuple[int, list[str]]]:
    """The rows below the headings: each with its number on the page and the text of its cells."""
    for number, row in enumerate(table.rows[1:], start=2):
        texts = [plain(cell).strip() for cell in row]
        if any(texts):
            yield number, texts


_WORD = re.compile(r"[A-Za-z][\w.-]*")
_BRACKETS = re.compile(r"[(（].*?[)）]")


def status_rows(table: Table, columns: Columns) -> tuple[dict[str, StatusRow], list[str]]:
    """What DELETE does in each status, and what could not be read of it."""
    found: dict[str, StatusRow] = {}
    troubles: list[str] = []
    for number, row in rows(table):
        names = _statuses(row[columns["status"]])
        if not names:
            troubles.append(f"row {number}: {row[columns['status']]!r} names no status")
            continue
        read, unread = _status_row(row, columns)
        for name in names:
            troubles += [f"status {name}: {why}" for why in unread]
            if read is None:
                continue
            if name in found and (found[name], found[name].words) != (read, read.words):
                troubles.append(f"status {name}: it has two rows that differ")
            else:
                found[name] = read
    return found, troubles


def _statuses(text: str) -> list[str]:
    bare = _BRACKETS.sub("", text)
    parts = [
        part.strip() for part in re.split(r"[/、，,|\n]|或|\bor\b|\band\b", bare) if part.strip()
    ]
    words = [word.group() for part in parts if (word := _WORD.match(part))]
    return words if len(words) == len(parts) else []


def _status_row(row: list[str], columns: Columns) -> tuple[StatusRow | None, list[str]]:
    """What a row says, and what it does not; without a clear yes or no it says nothing."""
    said = {role: row[column] for role, column in columns.items()}
    effect_text, meaning = said.get("effect", ""), said.get("meaning", "")
    effect = _effect(effect_text) or _effect(meaning)
    if "allowed" in said:
        allowed = yes(said["allowed"])
        if allowed is None:
            return None, [f"{said['allowed'][:24]!r} says neither yes nor no"]
    else:
        nothing = is_dash(effect_text) or yes(effect_text) is False
        allowed = False if nothing else True if effect else None
        if allowed is None:
            return None, [f"{effect_text[:24]!r} does not say whether it is allowed"]
    unread: list[str] = []
    if allowed and not effect:
        text = (effect_text or meaning)[:24]
        unread.append(f"{text!r} does not say whether it cancels or deletes")
    after = said.get("after", "")
    words = [] if not after or is_dash(after) else _statuses(after)
    if after and not is_dash(after) and len(words) != 1:
        unread.append(f"{after[:24]!r} is no status that it could have afterwards")
    after_words = words[0] if len(words) == 1 else None
    return StatusRow(
        allowed, effect if allowed else None, after_words, _words(row, columns)
    ), unread


def _words(row: list[str], columns: Columns) -> str:
    """The digest of what a row says beyond its words for statuses and its yes or no."""
    roles = {column: role for role, column in columns.items()}
    said: list[str] = []
    for column, cell in enumerate(row):
        match roles.get(column):
            case "allowed":
                said.append(condition(cell))
            case "status" | "after":
                said += _BRACKETS.findall(cell)
            case _:
                said.append("" if is_dash(cell) else cell)
    return digest("\n".join(sorted(said)))


def unordered(rows: Iterable[Iterable[Cell]]) -> str:
    """The text of rows, the same for any order of rows and columns."""
    return "\n".join(
        sorted(" | ".join(sorted(plain(cell).strip() for cell in row)) for row in rows)
    )


_CANCELS = re.compile(r"取消|撤销|cancel|(?:remove|taken?).{0,24}queue|退出", re.IGNORECASE)
_DELETES = re.compile(r"删除|移除|清除|delet|destroy|erase", re.IGNORECASE)


def _effect(text: str) -> Literal["cancels", "deletes"] | None:
    cancels, deletes = _CANCELS.search(text), _DELETES.search(text)
    if bool(cancels) == bool(deletes):
        return None
    return "cancels" if cancels else "deletes"


_ERROR_CODE = re.compile(r"[A-Za-z0-9_](?:[\w.\-]|\{\{?\w+\}?\}|<\w+>|\*)*")


def error_rows(
    table: Table, columns: Columns, status: tuple[int, ...]
) -> tuple[dict[str, tuple[int, ...]], dict[str, str], list[str]]:
    """HTTP statuses by error code, and the digest of what is said of it.

    `status` is that of the heading, where no column has one.
    """
    found: dict[str, tuple[int, ...]] = {}
    words: dict[str, list[str]] = {}
    troubles: list[str] = []
    free = set(range(len(table.rows[0]))) - {columns["code"], columns.get("http")}
    for number, row in rows(table):
        parts = re.split(r"[/、,，|\n]|或|\bor\b", row[columns["code"]])
        codes = [first.group() for part in parts if (first := _ERROR_CODE.search(part))]
        if not codes:
            troubles.append(f"row {number}: {row[columns['code']]!r} is no error code")
            continue
        statuses = status
        if "http" in columns:
            cell = row[columns["http"]]
            statuses = tuple(int(word) for word in re.findall(r"\b[1-5]\d\d\b", cell))
            if not statuses and cell and not is_dash(cell):
                troubles.append(f"{codes[0]}: {cell!r} is no HTTP status")
        for code in codes:
            found[code] = tuple(sorted({*found.get(code, ()), *statuses}))
            words.setdefault(code, []).extend(row[column] for column in free)
    return found, {code: digest("\n".join(sorted(said))) for code, said in words.items()}, troubles


def limit_rows(table: Table, columns: Columns) -> tuple[dict[str, float], list[str]]:
    """Requests a second by what they are for."""
    found: dict[str, float] = {}
    troubles: list[str] = []
    heading = plain(table.rows[0][columns["limit"]])
    for _, row in rows(table):
        cell = row[columns["limit"]]
        name = row[columns["name"]]
        # The unit may stand in the heading alone.
        read = rates(cell) or (rates(f"{cell} {_unit(heading)}") if cell else [])
        if len(read) == 1 and found.get(name, read[0][0]) == read[0][0]:
            found[name] = read[0][0]
        elif not is_dash(cell):
            troubles.append(f"{name}: {cell!r} is no limit in requests a second or minute")
    return found, troubles


def _unit(heading: str) -> str:
    if re.search(r"qpm|rpm|每分|minute", heading, re.IGNORECASE):
        return "RPM"
    return "QPS" if re.search(r"qps|rps|每秒|second", heading, re.IGNORECASE) else ""
