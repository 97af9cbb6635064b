"""A field as it is being read: from its line or its row, and from what is said of it below.

Owns: what a line that declares a field looks like. Refuses to know where on the page it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field

from .blocks import Line, Run
from .facts import Field, Place, Value, digest
from .words import (
    CONDITIONAL,
    amounts,
    bounds,
    default,
    json_type,
    required,
    value_of,
    values,
)

NAME = re.compile(r"[A-Za-z_$][\w$-]*(?:\[\])?(?:\.[A-Za-z_$][\w$-]*(?:\[\])?)*")
_EXAMPLE = re.compile(r"示例|样例|例如|例：|example|e\.g|sample", re.IGNORECASE)
_RANGE = re.compile(r"取值范围|value range|valid range", re.IGNORECASE)
_NEW = re.compile(r"new|beta|新|即将下线|deprecated|已?废弃|不推荐", re.IGNORECASE)


@define
class Draft:
    """A field of which more may be said."""

    name: str
    place: Place | None = None
    type: str | None = None
    required: bool | None = None
    default: str | None = None
    least: int | float | None = None
    most: int | float | None = None
    values: list[str] = field(factory=list[str])
    words: list[str] = field(factory=list[str])
    depth: int = 0
    unread: list[str] = field(factory=list[str])
    vague: bool = False
    """A range is spoken of; if none is read in the end, that is not understood."""

    def mark(self, text: str) -> None:
        """Take what stands beside the name: a type, "required", a default."""
        if (kind := json_type(text)) and self.type is None:
            self.type = kind
        elif (needed := required(text)) is not None:
            self.required = None if needed == CONDITIONAL else bool(needed)
            if needed == CONDITIONAL:
                self.words.append(CONDITIONAL)
        elif found := default(text):
            self.default = found
        elif _NEW.fullmatch(text) or _EXAMPLE.match(text):
            self.words.append(text)
        else:
            self.unread.append(text)
            self.words.append(text)

    def tell(self, line: Line) -> None:
        """Take a line that explains the field."""
        text = line.text
        self.words.append(text)
        if _EXAMPLE.match(text):
            return
        codes = tuple(run.text for run in line.runs if run.code)
        if line.kind == "item" and (value := listed(line)) is not None:
            self.value(value)
        elif self.default is None and (found := default(text)):
            self.default = found
        self.vague = self.vague or bool(_RANGE.search(text))
        if (read := bounds(text, self.type)) is not None:
            self.least = read[0] if self.least is None else self.least
            self.most = read[1] if self.most is None else self.most
        if line.kind != "item" or not self.values:
            for value in values(text, codes):
                self.value(value)

    def value(self, value: str) -> None:
        """Take one of the values that it may have."""
        if value not in self.values:
            self.values.append(value)

    def done(self, place: Place) -> Field:
        """The field as a fact."""
        text = "\n".join(self.words)
        shown: Value | None = None
        if self.default is not None:
            shown = value_of(self.default, self.type)
        return Field(
            place,
            self.name,
            self.type,
            self.required,
            shown,
            self.least,
            self.most,
            tuple(self.values),
            digest("\n".join(sorted(self.words))),  # in another order it says the same
            amounts(text),
        )


def listed(line: Line) -> str | None:
    """The value that a list's item is about: `queued`, or "queued: waits"."""
    found = re.match(
        r"[`\"“]?(?P<value>[\w.:+*/-]+)[`\"”]?\s*(?:$|[:：(（=—–-])", line.text, re.ASCII
    )
    if not found:
        return None
    first = next((run for run in line.runs if run.text.strip()), None)
    styled = first is not None and (first.code or first.bold)
    # A word and a colon may begin any sentence; a value is one that code could be.
    return found["value"] if styled or re.fullmatch(r"[a-z0-9_.:-]+", found["value"]) else None


def declared(line: Line, in_field: bool) -> Draft | None:
    """The field that a line declares: its name in bold, a type in code, and what stands beside.

    `in_field`: the line may as well explain the field before it, so a bare word declares none.
    """
    runs = [run for run in line.runs if run.text.strip()]
    name, rest = _split(runs)
    if not NAME.fullmatch(name):
        return None
    marks: list[str] = []
    sentence = ""
    for mark, text in _marks(rest):
        if not mark:
            sentence = text
            break
        marks.append(text)
    typed = any(json_type(mark) or required(mark) is not None for mark in marks)
    # A sentence may follow where the type is set off from it; "id string of a task" is a sentence.
    styled = any(run.bold or run.code for run in runs)
    bare = not in_field and line.kind == "text" and any(run.bold for run in runs)
    if not (typed and (styled or not sentence)) and not (bare and not sentence):
        return None
    draft = Draft(name, depth=line.level if line.kind == "item" else 0)
    for text in marks:
        draft.mark(text)
    if sentence:
        draft.tell(Line((Run(sentence),)))
    return draft


def _split(runs: list[Run]) -> tuple[str, list[Run]]:
    """The name, which may have a prefix that is not bold, and the runs after it."""
    if not runs:
        return "", []
    for number, run in enumerate(runs):
        if run.bold:
            before = "".join(earlier.text for earlier in runs[:number]).strip()
            if before and not before.endswith("."):
                break
            return before + run.text.strip().rstrip(":："), runs[number + 1 :]
    first = runs[0].text.strip()
    # A name without style is followed by its type: "id `string`", "id (string, required)".
    word = re.match(r"[\w$.\[\]-]+", first, re.ASCII)
    if not word:
        return "", []
    rest = first[word.end() :].strip()
    return word.group(), [Run(rest), *runs[1:]] if rest else runs[1:]


def _marks(runs: list[Run]) -> Iterator[tuple[bool, str]]:
    """What stands beside a name, piece by piece; at last a sentence, marked as none."""
    for number, run in enumerate(runs):
        text = run.text.strip()
        if run.code:
            yield True, text
            continue
        inside = re.fullmatch(r"[(（](.*)[)）]", text)
        pieces = re.split(r"[,，、;；]\s*|\s{2,}", inside[1] if inside else text)
        if not inside:
            pieces = [
                part for piece in pieces for part in re.split(r"\s+(?![/|])(?<![/|]\s)", piece)
            ]
        for piece in filter(None, pieces):
            known = json_type(piece) or required(piece) is not None or default(piece)
            if not known and not _NEW.fullmatch(piece):
                yield False, "".join(rest.text for rest in runs[number:]).strip()
                return
            yield True, piece
