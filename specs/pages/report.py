"""What `vendor.py check` prints of a page: short lines, each with the places that it touches.

Owns: the words. Refuses to judge, and lets through nothing of a page that could steer a terminal.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from typing import Final

from videotasks._text import short

from .compare import Check, Finding
from .said import Fact

NEXT: Final = (
    "read the page there; then change the spec, or add a row under Departures in specs/README.md,"
    " or neither where only words changed; then keep the page: make vendor-keep"
)


def lines(name: str, check: Check) -> Iterator[str]:
    """The report on one page, which was given as `name`."""
    page, spec, before = check.page, check.spec, check.before
    ids = [each.id for each in spec.operations if each.id in {f.said.name for f in check.findings}]
    about = f"{spec.file} ({', '.join(ids)})" if ids else spec.file
    yield f"{short(name)}: {about}; {page.form}, {page.language}"
    if before:
        file = os.path.relpath(before.file, before.file.parents[2])
        yield f"  kept       {before.date}, {short(file)}, from {short(before.address)}"
    else:
        yield "  kept       nothing yet, so what changed is not known; see make vendor-keep"
    count = [each.kind for each in check.findings if each.after is not None].count
    yield f"  agrees     {count('agrees')} points"
    if count("open"):
        yield f"  page only  {count('open')} points that the spec does not state"
    for finding in check.findings:
        if finding.kind == "departs":
            yield f"  {_line(finding, check)}"
    for finding in check.unexplained:
        yield f"  {_line(finding, check)}"
    many = len(check.unexplained)
    yield f"  result     {f'{many} not explained' if many else 'all explained'}"
    if many:
        yield f"  next       {NEXT}"


def _line(finding: Finding, check: Check) -> str:
    said = finding.said
    parts = [f"{finding.kind:10} {short(said.label or said.name)}", said.what, _values(finding)]
    text = ": ".join(filter(None, parts))
    if finding.since:
        text += f" (since {finding.since})"
    places = [f"{check.spec.file}:{said.line}" if said.line else ""]
    places += [f"specs/README.md:{finding.row}" if finding.row else ""]
    return "   ".join([text, *filter(None, places)])


def _values(finding: Finding) -> str:
    if finding.said.what in {"words", "title"}:
        return "read the page"
    if finding.said.what and not finding.said.what.startswith("value "):
        return f"{_shown(finding.before)} -> {_shown(finding.after)}"
    if finding.kind == "departs":
        return "only in the spec" if finding.after is None else "only on the page"
    # Of what is new or gone as a whole, only what it is.
    if finding.kind == "changed":
        return f"{_shown(finding.before)} -> {_shown(finding.after)}"
    return "" if finding.after in (None, "there", True) else _shown(finding.after)


def _shown(value: Fact) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return short(", ".join(value) if isinstance(value, tuple) else str(value))
