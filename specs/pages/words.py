"""What the vendors' words mean, in Chinese and English: types, yes and no, numbers with units.

Owns: every pattern over a few words of text. Refuses to know where on a page the words stand.
"""

from __future__ import annotations

import re
from typing import Final

from .facts import Value

_TYPES: Final = {
    "string": "string|str|text|enum|file|binary|字符串|varchar",
    "integer": r"integer|int|int32|int64|long|uint\d*|整数|整型",
    "number": "number|float|float32|float64|double|decimal|浮点数?|数字|数值",
    "boolean": "boolean|bool|布尔值?|布尔型",
    "object": r"object|obj|map|dict|struct|json|map\s*<.*>|map\[.*\].*|对象",
    "array": "array|list|数组|列表",
}
_NULL = re.compile(r"\s*(?:[/|,，或]|\bor\b)\s*null\b|^null\s*[/|]\s*|\s*\(?nullable\)?$|\?$")
_LIST = re.compile(
    r"(?P<before>.+?)\s*(?:\[\]|数组|列表)|\[\](?P<after>.+)"
    r"|(?:array|list)\s*(?:of|<|\(|\[)\s*(?P<inside>.+?)s?[>)\]]?"
)


def json_type(text: str) -> str | None:
    """JSON's word for a type as a page writes it; None where it is not known."""
    word = _NULL.sub("", text[:60].strip().casefold().strip("`*()（）")).strip()
    for name, pattern in _TYPES.items():
        if re.fullmatch(pattern, word):
            return name
    if found := _LIST.fullmatch(word):
        inside = json_type(found["before"] or found["after"] or found["inside"])
        return f"array of {inside}" if inside else None
    parts = re.split(r"\s*(?:[/|或]|\bor\b)\s*", word)
    known = [kind for part in parts if (kind := json_type(part))] if len(parts) > 1 else []
    return " or ".join(known) if len(known) == len(parts) else None


_YES = re.compile(
    r"是|支持|可以|可|能|允许|yes|y|true|allowed|supported|can|[✓✔√☑✅]️?|:white_check_mark:"
)
_NO = re.compile(
    r"否|不支持|不可以?|不能|不允许|无法|no|n|false|not allowed|not supported|cannot|can't"
    r"|x|[✗✘×❌✕]️?|:x:"
)
_DASH = re.compile(r"[-—–−/\s]+|n/?a|无|none", re.IGNORECASE)
_CONDITION = re.compile(r"\s*[（(,，。;；:：]")


def is_dash(text: str) -> bool:
    """Whether a cell says that there is nothing to say."""
    return bool(_DASH.fullmatch(text.strip()))


def yes(text: str) -> bool | None:
    """Whether a cell says yes; None where it says neither."""
    word = _CONDITION.split(text.strip().casefold().rstrip(".。"), maxsplit=1)[0]
    if _NO.fullmatch(word) or is_dash(word):
        return False
    return True if _YES.fullmatch(word) else None


def condition(text: str) -> str:
    """What a cell says behind its first word or in brackets: "yes (offline tasks)"."""
    return "".join(_CONDITION.split(text.strip().rstrip(".。"), maxsplit=1)[1:])


_CONDITIONAL = re.compile(r"条件必[选填]|conditional(?:ly)?(?: required)?", re.IGNORECASE)
_OPTIONAL = re.compile(r"可选|选填|非必[选填]|optional|not required", re.IGNORECASE)
_REQUIRED = re.compile(r"必[选填须需传]|required|mandatory", re.IGNORECASE)
CONDITIONAL: Final = "conditional"


def required(text: str) -> bool | str | None:
    """True, False, `CONDITIONAL` for "in some cases", or None where that is not said."""
    word = text.strip().strip("`*()（）")
    if _CONDITIONAL.fullmatch(word):
        return CONDITIONAL
    for pattern, meaning in ((_OPTIONAL, False), (_REQUIRED, True)):
        if pattern.fullmatch(word):
            return meaning
    return None


_DEFAULT = re.compile(
    r"(?:默认值|缺省值|default value)\s*(?:[:：=为是]|is)?\s*(?P<value>[`\"“']?[^\s,，。;；)）]+)"
    r"|(?:默认[为是:：]|defaults? to|default\s*[:：=]|default is|by default,? it is)"
    r"\s*(?P<other>[`\"“']?[^\s,，。;；)）]+)",
    re.IGNORECASE,
)


def default(text: str) -> str | None:
    """The default that a line names."""
    if not (found := _DEFAULT.search(text)):
        return None
    return (found["value"] or found["other"]).strip("`\"“”'*").rstrip(".") or None


def value_of(text: str, of_type: str | None) -> Value:
    """A default in the type of its field, where it can be that."""
    word = text.strip().strip("`\"“”'")
    if of_type == "boolean" and word.casefold() in {"true", "false"}:
        return word.casefold() == "true"
    if of_type in {"integer", "number"} and re.fullmatch(r"-?\d+(?:\.\d+)?", word):
        return number(word)
    return word


def number(text: str) -> int | float:
    """A number, written as such or as a power: `2^32-1`."""
    bare = re.sub(r"[\s,]", "", text)
    if power := re.fullmatch(r"(-?)2\^(\d{1,3})(-1)?", bare):
        amount = (1 << int(power[2])) - (1 if power[3] else 0)
        return -amount if power[1] else amount
    return float(bare) if "." in bare else int(bare)


_N = r"-?\d+(?:\.\d+)?(?:\^\d{1,3}(?:\s*-\s*1)?)?"
_RANGE_WORD = re.compile(r"范围|取值|range|valid values?|between|最小|最大|min|max", re.IGNORECASE)
_RANGES = (
    re.compile(
        rf"(?P<open>[\[(（【])\s*(?P<least>{_N})\s*[,，、~～]\s*(?P<most>{_N})\s*(?P<end>[\])）】])"
    ),
    re.compile(rf"between\s+(?P<least>{_N})\s+and\s+(?P<most>{_N})", re.IGNORECASE),
    re.compile(rf"(?P<least>{_N})\s*(?:[~～–—到至]|\bto\b)\s*(?P<most>{_N})"),
    re.compile(r"(?<![\^\d.-])(?P<least>\d+(?:\.\d+)?)\s*-\s*(?P<most>\d+(?:\.\d+)?)"),
    re.compile(rf"(?:≥|>=|最小值?[为是:：]*|minimum:?|min:)\s*(?P<least>{_N})", re.IGNORECASE),
    re.compile(rf"(?:≤|<=|最大值?[为是:：]*|maximum:?|max:)\s*(?P<most>{_N})", re.IGNORECASE),
)


def bounds(text: str, of_type: str | None) -> tuple[int | float | None, int | float | None] | None:
    """The least and the greatest value that a line names; None where it speaks of no range."""
    if not _RANGE_WORD.search(text):
        return None
    least: int | float | None = None
    most: int | float | None = None
    for pattern in _RANGES:
        if not (found := pattern.search(text)):
            continue
        parts = found.groupdict()
        if least is None and parts.get("least"):
            open_end = of_type == "integer" and parts.get("open") in {"(", "（"}
            least = number(parts["least"]) + (1 if open_end else 0)
        if most is None and parts.get("most"):
            open_end = of_type == "integer" and parts.get("end") in {")", "）"}
            most = number(parts["most"]) - (1 if open_end else 0)
        if least is not None and most is not None:
            break
    return least, most


_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_UNITS: Final = {
    "second": r"秒钟?|seconds?|secs?|s",
    "minute": r"分钟?|minutes?|mins?",
    "hour": r"个?小时|hours?|hrs?|h",
    "day": r"天|days?",
    "MB": r"MB|兆",
    "KB": r"KB",
    "GB": r"GB",
    "time": r"次|times",
    "download": r"次下载|downloads?",
    "item": r"个|items?|tasks?|条",
}
_D = r"(?P<n>\d[\d,]*(?:\.\d+)?)"
_PER = "|".join(f"(?P<{unit}>{_UNITS[unit]})" for unit in _SECONDS)
_ASKED = r"(?:次|个?请求|requests?|calls?|queries|query|times)"
_RATES = (
    re.compile(rf"{_D}\s*(?:(?P<second>[QRT]PS)|(?P<minute>[QR]PM))\b", re.IGNORECASE),
    re.compile(
        rf"(?:(?P<second>\b[QRT]PS)|(?P<minute>\b[QR]PM))[^\d\n,，。;；]{{0,12}}{_D}", re.IGNORECASE
    ),
    re.compile(
        rf"{_D}\s*{_ASKED}\s*(?:/|每|per|an?|each|every)\s*(?:{_PER})(?![a-z])", re.IGNORECASE
    ),
    re.compile(
        rf"(?:每|per|each|every)\s*(?:{_PER})(?![a-z])[^\d\n,，。;；]{{0,16}}{_D}\s*{_ASKED}",
        re.IGNORECASE,
    ),
)
_AMOUNT = re.compile(
    rf"(?<![A-Za-z0-9_.\-]){_D}\s*[-‑]?\s*(?:"
    + "|".join(f"(?P<{unit}>{pattern})" for unit, pattern in reversed(_UNITS.items()))
    + r")(?![A-Za-z])",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(?<=[A-Za-z])[-‑−–]\s*(?=\d)")


def rates(text: str) -> list[tuple[float, str]]:
    """The rates that a text names: requests a second, and the text before each."""
    found: dict[int, tuple[float, str]] = {}
    for pattern in _RATES:
        for rate in pattern.finditer(text):
            unit = _unit(rate)
            amount = float(rate["n"].replace(",", "")) / _SECONDS[unit]
            found.setdefault(rate.end("n"), (amount, text[: rate.start()]))
    return [found[place] for place in sorted(found)]


def amounts(text: str) -> tuple[str, ...]:
    """Numbers with their units, in English and in the order of the text: "24 hours"."""
    found: dict[int, str] = {}
    text = _BEFORE.sub(" ", text)
    for pattern in _RATES:
        for rate in pattern.finditer(text):
            found.setdefault(rate.start("n"), f"{_shown(rate['n'])} per {_unit(rate)}")
    for amount in _AMOUNT.finditer(text):
        unit = _unit(amount)
        plural = unit if unit.isupper() or amount["n"] == "1" else f"{unit}s"
        found.setdefault(amount.start("n"), f"{_shown(amount['n'])} {plural}")
    return tuple(dict.fromkeys(found[place] for place in sorted(found)))


def _unit(found: re.Match[str]) -> str:
    return next(name for name, text in found.groupdict().items() if text and name != "n")


def _shown(text: str) -> str:
    return f"{float(text.replace(',', '')):g}"


_VALUES_WORD = re.compile(
    r"(?:取值|可选值|枚举值?|可选|支持|状态|valid values?|allowed values?|possible values?|values?"
    r"|one of|options?|status)[^:：\n]{0,16}[:：]\s*(?P<rest>.+)",
    re.IGNORECASE,
)
_CODED = re.compile(r"(?<![\w.])(\d{1,5})\s*[=＝:：]\s*[^\s\d=]")


def values(text: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """The values that a line lists: in code, as words with "or" between them, or as `1=this`."""
    if len(numbers := _CODED.findall(text)) > 1:
        return tuple(dict.fromkeys(numbers))
    if not (found := _VALUES_WORD.search(text)):
        return ()
    rest = found["rest"].strip().rstrip("。.")
    if listed := tuple(code for code in codes if _stands_in(code, rest)):
        return listed
    words = re.split(r"\s*(?:、|，|,|/|\||或者?|\bor\b|和|\band\b)\s*", rest)
    words = [word.strip("`\"“”' ") for word in words if word.strip()]
    return tuple(words) if all(re.fullmatch(r"[A-Za-z][\w-]*", word) for word in words) else ()


def _stands_in(code: str, text: str) -> bool:
    word = re.search(rf"(?<![\w.]){re.escape(code)}(?![\w.])", text, re.ASCII)
    return word is not None and not re.search(r"[\[\](){}\s]", code)
