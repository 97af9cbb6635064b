"""A vendor's page in whatever form it comes: as facts, or as Markdown to be read by people.

Owns: telling the forms apart by what is in them. Refuses, with `NotAPage`, what is no such page, so
that an error's page or half a page is never taken for one on which everything is gone.
"""

from __future__ import annotations

import json
import re

from attrs import frozen

from . import markdown, richtext
from .blocks import Block, Sample, prose
from .facts import Form, Language, Page, digest
from .openapi import METHODS, Node, Reader, document_in, parsed_yaml
from .render import markdown_of, outline_of
from .values import node
from .values import text as text_of
from .walk import Walk
from .words import amounts


class NotAPage(ValueError):
    """The text is no page of a vendor, or only a part of one. Its message is one line."""


@frozen
class _Parsed:
    """A page that is told by its form, and not yet read."""

    form: Form
    blocks: tuple[Block, ...] = ()
    document: Node | None = None
    troubles: tuple[str, ...] = ()
    title: str = ""


_DEEPEST = 6
_HTML = re.compile(r"(?:\s|<!--.*?-->)*<(?:!doctype|html|head|body|\?xml)\b", re.I | re.S)
_JUNK = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")
_YAML = re.compile(r"^(?:openapi|swagger)\s*:", re.MULTILINE)
_TITLE = re.compile(r"\s*#[ \t]+(?P<title>[^\n]*)\n\s*(?=\{)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_OPENAPI_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(?=\s*[\"{]*(?:openapi|swagger)\b)", re.M)


def read(text: str) -> Page:
    """The facts of a page of any of the forms.

    Raises: `NotAPage` with one line for anything else.
    """
    page = _parsed(text)
    walk = Walk(title=page.title)
    walk.walk(page.blocks)
    walk.done()
    api = Reader(page.document) if page.document is not None else None
    # Beside a document, Markdown tells of the operations that the document has.
    operations = api.operations if api else tuple(op.done() for op in walk.ops)
    texts = {title: "\n".join(lines) for title, lines in walk.texts.items()}
    notes = {title: digest(text) for title, text in texts.items() if digest(text)}
    said = {title: amounts(text) for title, text in texts.items() if amounts(text)}
    if not (operations or walk.statuses or walk.errors or walk.limits or walk.homeless):
        raise NotAPage("there is no operation, status, error code or limit in it")
    return Page(
        title=walk.title or (api.title if api else ""),
        form=page.form,
        language=_language(page, api),
        servers=api.servers if api else (),
        operations=operations,
        statuses=walk.statuses,
        errors=walk.errors,
        error_words=walk.error_words,
        limits=walk.limits,
        notes={**notes, **(api.notes if api else {})},
        amounts={**said, **(api.amounts if api else {})},
        not_understood=tuple(
            dict.fromkeys((*page.troubles, *walk.troubles, *(api.troubles if api else ())))
        ),
    )


def as_markdown(text: str) -> str:
    """A page of any of the forms as Markdown without tags.

    Raises: `NotAPage` with one line for anything else.
    """
    page = _parsed(text)
    api = Reader(page.document) if page.document is not None else None
    parts = [markdown_of(page.blocks, page.title)] if page.blocks else []
    return "\n".join([*parts, *([outline_of(api)] if api else [])])


def _parsed(text: str) -> _Parsed:
    text = text.strip("\ufeff")
    if not text.strip("\ufeff \t\r\n"):
        raise NotAPage("it is empty")
    if len(_JUNK.findall(text[:10_000])) > min(len(text), 10_000) / 100 or "\x00" in text[:10_000]:
        raise NotAPage("it is no text")
    if _HTML.match(text):
        raise NotAPage("it is HTML; the page's own Markdown or JSON is needed")
    titled = _TITLE.match(text)
    bare = text[titled.end() :] if titled else text.lstrip()
    if bare.startswith(("{", "[")):
        return _of_json(bare, titled["title"].strip() if titled else "")
    if _YAML.search(text) and not _OPENAPI_FENCE.search(text):
        return _Parsed("openapi", document=_document(parsed_yaml(text), "YAML"))
    return _of_markdown(text)


def _of_json(text: str, title: str) -> _Parsed:
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotAPage(f"its JSON is broken, or only a part of it is there{place}") from None
    if zones := richtext.zones_of(parsed):
        blocks, troubles = richtext.blocks_of(zones)
        return _Parsed("rich text", blocks, troubles=troubles, title=title)
    if embedded := _embedded(parsed):
        return _of_markdown(embedded)
    if document_in(parsed) is None:
        raise NotAPage("it is JSON, but neither rich text nor OpenAPI")
    return _Parsed("openapi", document=_document(parsed, "JSON"))


def _embedded(parsed: object, depth: int = 0) -> str:
    """The Markdown that a site's data has of the page that is shown."""
    fields = node(parsed)
    if found := text_of(fields.get("MDContent")):
        return found
    inside = (_embedded(value, depth + 1) for value in fields.values() if depth < _DEEPEST)
    return next(filter(None, inside), "")


def _document(parsed: object, kind: str) -> Node:
    document = document_in(parsed)
    if document is None:
        raise NotAPage(f"its {kind} is broken, or is no OpenAPI")
    if not _has_operation(document):
        raise NotAPage("it is an OpenAPI document without paths")
    return document


def _has_operation(document: Node) -> bool:
    paths = node(document.get("paths")).values()
    return any({*METHODS, "$ref"} & set(node(path)) for path in paths)


def _of_markdown(text: str) -> _Parsed:
    if (fence := _OPENAPI_FENCE.search(text)) is None:
        return _Parsed("markdown", markdown.blocks_of(text))
    if not re.search(rf"^[ \t]*{fence[1]}[ \t]*$", text[fence.end() :], re.MULTILINE):
        raise NotAPage("the OpenAPI inside it breaks off")
    blocks = markdown.blocks_of(text)
    documents = [
        block
        for block in blocks
        if isinstance(block, Sample) and re.match(r"\s*[\"{]*(?:openapi|swagger)\b", block.text)
    ]
    if not documents:
        raise NotAPage("the OpenAPI inside it is not where a page has it")
    document = _document(parsed_yaml(documents[0].text), "YAML")
    others = tuple(block for block in blocks if block is not documents[0])
    troubles = ("a second OpenAPI document is not read",) if len(documents) > 1 else ()
    return _Parsed("openapi in markdown", others, document, troubles)


def _language(page: _Parsed, api: Reader | None) -> Language:
    text = prose(page.blocks) + (api.prose if api else "")
    words = re.sub(r"https?://\S+", "", text)
    return "zh" if len(_CHINESE.findall(words)) * 10 > len(words) else "en"
