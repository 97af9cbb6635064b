"""What a page says, point by point, by the names of specs/README.md, beside what the spec states.

Owns: all points of a page but those within an operation (operation_points.py). Refuses to excuse a
difference: compare.py does that, with specs/README.md and what the page said when it was kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from .facts import Page, StatusRow, digest
from .operation_points import of_operation
from .said import Fact, Said, Verdict
from .stated import Spec, Stating
from .which import Pairs, domain, domains

PRODUCT: Final = 40
"""A table with more error codes than that is a whole product's."""


@frozen
class Points:
    """All points of a page, and what was left out of them."""

    said: tuple[Said, ...]
    left_out: Mapping[str, int]
    """How many things of a kind are none of ours."""


def points(page: Page, spec: Spec, pairs: Pairs) -> Points:
    """Everything that a page says, beside the spec."""
    left_out: dict[str, int] = {}
    found: list[Said] = []
    for operation, stating, server in pairs.ours:
        found.append(Said(stating.id, "", _call(stating), _call(stating), "agrees", stating.line))
        found += [_server(server, spec)] if domain(server) else []
        found += of_operation(operation, stating)
    for operation, stating in pairs.renamed:
        url = f"{operation.method.upper()} {operation.url}"
        found.append(Said(stating.id, "", url, _call(stating), "contradicts", stating.line))
        found += [_server(known, spec) for known in spec.servers if operation.url.startswith(known)]
        found += of_operation(operation, stating)
    for stating in pairs.missing:
        found.append(Said(stating.id, "", None, _call(stating), "open", stating.line, unseen=True))
    if pairs.others and page.form == "openapi" and len(page.operations) > 1:
        left_out["operations that no spec of ours has"] = len(pairs.others)
    else:
        for other in pairs.others:
            url = f"{other.method.upper()} {other.url}"
            found.append(Said(url, "", "operation", None, "contradicts", 1))
    found += [_server(server, spec) for server in page.servers]
    found += _effects(page.statuses, spec)
    found += _errors(page, spec, left_out)
    for title, limit in page.limits.items():
        found.append(Said(f"limit {digest(title)}", "a second", limit, label=f'limit "{title}"'))
    for title, words in page.notes.items():
        what = "words" if re.fullmatch(r"[0-9a-f]{12}", words) else "text"
        found.append(Said(f"section {digest(title)}", what, words, label=_section(title)))
    for title, amounts in page.amounts.items():
        found.append(Said(f"section {digest(title)}", "amounts", amounts, label=_section(title)))
    for what in page.not_understood:
        name = f"not understood {digest(what)}"
        found.append(Said(name, "", True, label=f"not understood: {what}", unseen=True))
    return Points(tuple(found), left_out)


def _section(title: str) -> str:
    return f'section "{title}"'


def _call(stating: Stating) -> str:
    return f"{stating.method} {stating.path}"


def _server(server: str, spec: Spec) -> Said:
    server = server.rstrip("/")
    if line := spec.servers.get(server):
        return Said(server, "", "server", "server", "agrees", line)
    first = next(iter(spec.servers))
    verdict: Verdict = "contradicts" if domain(server) in domains(spec) else "open"
    return Said(server, "", "server", None, verdict, spec.servers[first], (first,))


# The tables


def _effects(table: Mapping[str, StatusRow], spec: Spec) -> Iterator[Said]:
    # A column that no row fills is not there.
    effect = any(row.effect for row in table.values())
    after = any(row.after for row in table.values())
    whole = spec.lines.get(spec.effects_of)
    for status, row in table.items():
        name = f"{spec.effects_of} {status}".strip()
        ours, line = spec.effects.get(status, (None, whole))
        cells: list[tuple[str, Fact, Fact]] = [
            ("DELETE allowed", row.allowed, ours.allowed if ours else None)
        ]
        if effect and (row.effect or not row.allowed):
            cells.append(
                ("DELETE effect", row.effect or "-", (ours.effect or "-") if ours else None)
            )
        if after:
            cells.append(("status after", row.after or "-", (ours.after or "-") if ours else None))
        for what, value, stated in cells:
            verdict: Verdict = "agrees" if value == stated else "contradicts"
            yield Said(name, what, value, stated, verdict, line, (spec.effects_of,))
    for status, (row, line) in spec.effects.items() if table else ():
        if status not in table:
            name = f"{spec.effects_of} {status}"
            yield Said(name, "DELETE allowed", None, row.allowed, "contradicts", line)


def _errors(page: Page, spec: Spec, left_out: dict[str, int]) -> Iterator[Said]:
    product = len(page.errors) > PRODUCT or not page.operations
    for code, statuses in sorted(page.errors.items()):
        told = [(row, glob) for row in spec.refusals if (glob := row.glob(code))]
        value = tuple(str(status) for status in statuses)
        if not told:
            if product or not spec.refusals:
                left_out["error codes that no row of ours names"] = (
                    left_out.get("error codes that no row of ours names", 0) + 1
                )
            else:
                yield Said(f"code {code}", "HTTP status", value, None, "contradicts", 1)
            continue
        row, glob = next(
            (each for each in told if all(map(each[0].covers, statuses))),
            told[0],
        )
        fits = all(map(row.covers, statuses))
        yield Said(
            f"code {code}",
            "HTTP status",
            value,
            row.statuses,
            "agrees" if fits else "contradicts",
            row.line,
            (glob,),
        )
