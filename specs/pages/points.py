"""What a page says, point by point, by the names of specs/README.md, beside what the spec states.

Owns: all points of a page but those within an operation (operation_points.py). Refuses to excuse a
difference: compare.py does that, with specs/README.md and what the page said when it was kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import evolve

from .facts import Operation, Page, StatusRow, digest
from .operation_points import of_operation
from .said import Fact, Said, Verdict
from .stated import Spec, Stating
from .which import Pairs, domain, domains

PRODUCT: Final = 40
"""A table with more error codes than that is a whole product's."""


def points(page: Page, spec: Spec, pairs: Pairs) -> tuple[Said, ...]:
    """Everything that a page says, beside the spec."""
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
    whole = page.form == "openapi" and len(page.operations) > 1
    verdict: Verdict = "open" if whole else "contradicts"
    line, others = min(each.line for each in spec.operations), [*map(_url, pairs.others)]
    found += [Said(url, "", "operation", None, verdict, line) for url in others]
    found += [_server(server, spec) for server in page.servers]
    found += _effects(page.statuses, spec)
    found += _errors(page, spec)
    at = _places(pairs)
    for title, limit in page.limits.items():
        label = f'limit "{title}"'
        found.append(_beside(f"limit {digest(title)}", "a second", limit, label, at("")))
    for title, words in page.notes.items():
        # What a whole document says of others' operations is not ours to follow.
        if not (whole and title.partition(": ")[0] in others):
            what = "words" if re.fullmatch(r"[0-9a-f]{12}", words) else "text"
            name, label = f"section {digest(title)}", f'section "{title}"'
            found.append(_beside(name, what, words, label, at(title)))
    for title, amounts in page.amounts.items():
        if not (whole and title.partition(": ")[0] in others):
            name, label = f"section {digest(title)}", f'section "{title}"'
            found.append(_beside(name, "amounts", amounts, label, at(title)))
    for what in page.not_understood:
        name, label = f"not understood {digest(what)}", f"not understood: {what}"
        found.append(evolve(_beside(name, "", True, label, at(what)), unseen=True))
    return tuple(found)


def _beside(name: str, what: str, value: Fact, label: str, stating: Stating | None) -> Said:
    """A point that is no statement's; it touches the operation that it stands beside."""
    if stating is None:
        return Said(name, what, value, label=label)
    return Said(name, what, value, line=stating.line, near=(stating.id,), label=label)


def _url(operation: Operation) -> str:
    return f"{operation.method.upper()} {operation.url}"


def _places(pairs: Pairs) -> Callable[[str], Stating | None]:
    """Which operation of the spec a title belongs to: that which it names, or the page's only."""
    ours = [*((each, stating) for each, stating, _ in pairs.ours), *pairs.renamed]
    named = {_url(operation): stating for operation, stating in ours}
    only = ours[0][1] if len(ours) == 1 and not pairs.others else None
    return lambda title: named.get(title.partition(": ")[0], only)


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
        if row.words:
            yield Said(name, "words", row.words, line=line, near=(spec.effects_of,))
        for what, value, stated in cells:
            verdict: Verdict = "agrees" if value == stated else "contradicts"
            yield Said(name, what, value, stated, verdict, line, (spec.effects_of,))
    for status, (row, line) in spec.effects.items() if table else ():
        if status not in table:
            name = f"{spec.effects_of} {status}"
            yield Said(name, "DELETE allowed", None, row.allowed, "contradicts", line)


def _errors(page: Page, spec: Spec) -> Iterator[Said]:
    product = len(page.errors) > PRODUCT or not page.operations
    for code, statuses in sorted(page.errors.items()):
        told = [(row, glob) for row in spec.refusals if (glob := row.glob(code))]
        value = tuple(str(status) for status in statuses)
        if not told:
            # It would get a row among those for its status.
            rows = [row for row in spec.refusals if all(map(row.covers, statuses))]
            row = next(iter(rows or spec.refusals), None)
            yield Said(
                f"code {code}",
                "HTTP status",
                value,
                verdict="contradicts" if row and not product else "open",
                line=row.line if row else None,
                near=row.codes if row else (),
            )
            continue
        row, glob = next(
            (each for each in told if all(map(each[0].covers, statuses))),
            told[0],
        )
        fits = all(map(row.covers, statuses))
        if words := page.error_words.get(code):
            yield Said(f"code {code}", "words", words, line=row.line, near=(glob,))
        yield Said(
            f"code {code}",
            "HTTP status",
            value,
            row.statuses,
            "agrees" if fits else "contradicts",
            row.line,
            (glob,),
        )
