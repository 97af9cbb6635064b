"""What a vendor's page says, as facts: the same for every form in which a page is published.

Owns: the facts' classes, and their form as JSON. Refuses to keep a vendor's sentences: of what a
page says in words it keeps a short digest, so that a change is noticed and the page is read again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast

from attrs import asdict, field, frozen

Place: TypeAlias = Literal["path", "query", "header", "body", "answer", "error"]
"""Where a field is: in the request, in an answer of success, or in one of an error."""
Form: TypeAlias = Literal["rich text", "markdown", "openapi in markdown", "openapi"]
Language: TypeAlias = Literal["zh", "en"]
Value: TypeAlias = str | int | float | bool


@frozen
class Field:
    """A parameter of a request, or a field of an answer, by the name that the page gives it.

    `name` is dotted where one is inside another, with `[]` behind an array: `items[].content.url`.
    `type` is JSON's word ("string", "integer", "number", "boolean", "object", "array"), or
    "array of string" and the like. Whatever a page does not say is None or empty.
    """

    place: Place
    name: str
    type: str | None = None
    required: bool | None = None
    default: Value | None = None
    least: int | float | None = None
    most: int | float | None = None
    values: tuple[str, ...] = ()
    words: str = ""
    """The digest of what the page says of it."""
    amounts: tuple[str, ...] = ()
    """What is said of it in numbers with a unit: "24 hours", "7 days", "20 per second"."""
    more: tuple[str, ...] = ()
    """What a schema says beyond all of this: "maxLength 8", "deprecated true"."""


@frozen
class Operation:
    """One operation. `url` is as the page has it, with or without a server."""

    method: str
    url: str
    fields: tuple[Field, ...] = ()
    answers: tuple[str, ...] = ()
    """HTTP statuses that the page declares: "200", "400", "default"."""
    limit: float | None = None
    """Requests a second."""


@frozen
class StatusRow:
    """What DELETE does to a task in a status, as the vendor's table has it."""

    allowed: bool
    effect: Literal["cancels", "deletes"] | None = None
    after: str | None = None
    words: str = field(default="", eq=False)
    """The digest of what the row says in words: what it does, and on which conditions."""


@frozen
class Page:
    """All facts of one page."""

    title: str
    form: Form
    language: Language
    servers: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    statuses: Mapping[str, StatusRow] = field(factory=dict[str, StatusRow])
    """The table of what DELETE does, by the vendor's word for the status."""
    errors: Mapping[str, tuple[int, ...]] = field(factory=dict[str, tuple[int, ...]])
    """HTTP statuses by error code; no status where the page gives none."""
    error_words: Mapping[str, str] = field(factory=dict[str, str])
    """The digest of what the page says of an error code."""
    limits: Mapping[str, float] = field(factory=dict[str, float])
    """Requests a second, by what the page says they are for, where that is no operation of it."""
    notes: Mapping[str, str] = field(factory=dict[str, str])
    """The digest of what stands under each heading and in each tip, fields aside, by its title.

    "(top)" is before any heading, "sample: …" a sample of code; OpenAPI has "info", "server …",
    "security …", and "GET /path" alone and with ": security", ": content types" and ": answers"
    behind it instead, and "version" as it is.
    """
    amounts: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    """What is said there in numbers with a unit, by the same title."""
    not_understood: tuple[str, ...] = ()
    """What was seen and not read, each as where it is and why; never left out in silence."""


def digest(text: str) -> str:
    """A short name for a text; the same when only its spaces, case and marks of style differ."""
    plain = re.sub(r"[\s*`_\\]+", "", text).casefold()
    return hashlib.sha256(plain.encode()).hexdigest()[:12] if plain else ""


def as_json(page: Page) -> dict[str, Any]:
    """A page's facts for a file of JSON: sorted, and without what the page does not say."""
    facts: dict[str, Any] = _sorted(asdict(page))
    return facts


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        kept = {key: _sorted(item) for key, item in items}
        return {key: kept[key] for key in sorted(kept) if kept[key] not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in cast("list[Any]", value)]
    return value
