"""Which spec a page is about, and which operation of it is which of the spec's.

Owns: telling URLs apart, with or without a server, and whatever a parameter in them is called.
Refuses a page that is about none of the specs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from typing import Final

from attrs import frozen

from .facts import Operation, Page
from .stated import Spec, Stating

ALIKE: Final = 0.75
"""From here on two URLs are taken for one that was renamed: three quarters of the characters."""

CODES: Final = 3
"""So many error codes in common tell whose table it is."""


class NotOurs(ValueError):
    """The page is about none of the specs; one line says why."""


@frozen
class Pairs:
    """The operations of a page beside those of a spec."""

    ours: tuple[tuple[Operation, Stating, str], ...] = ()
    """With the server that the page's URL begins with, or ""."""
    renamed: tuple[tuple[Operation, Stating], ...] = ()
    others: tuple[Operation, ...] = ()
    """On the page alone."""
    missing: tuple[Stating, ...] = ()
    """In the spec alone, where the page is a whole document or had them before."""


def template(url: str) -> str:
    """A URL with its parameters unnamed and without a query: `/tasks/{id}` is `/tasks/{}`."""
    path = re.split(r"[?#]", url.strip(), maxsplit=1)[0].rstrip("/")
    return re.sub(r"(?<=/)(\{[^/]*\}|\$\{?\w+\}?|:\w+|<[^/]*>)(?=/|$)", "{}", path)


def parameters(url: str) -> list[str]:
    """The names of the parameters in a URL, in order."""
    return re.findall(r"(?<=/)[{$:<]+(\w+)[}>]*(?=/|$)", re.split(r"[?#]", url, maxsplit=1)[0])


def domain(url: str) -> str:
    """Whose server it is: `volces.com`; "" where the URL has none."""
    host = re.match(r"\w+://([^/:]+)", url)
    return ".".join(host[1].casefold().split(".")[-2:]) if host else ""


def domains(spec: Spec) -> set[str]:
    """Whose servers a spec names."""
    return {domain(server) for server in spec.servers}


def server_of(operation: Operation, stating: Stating, spec: Spec) -> str | None:
    """What stands before the spec's path in the page's URL; None if it is another operation."""
    url, path = template(operation.url), template(stating.path)
    if operation.method.upper() != stating.method or not url.endswith(path):
        return None
    server = url.removesuffix(path)
    if domain(server):
        return server if domain(server) in domains(spec) else None
    bases = {re.sub(r"^\w+://[^/]+", "", known) for known in spec.servers}
    return "" if server in {"", *bases} else None


def ours(page: Page, spec: Spec) -> list[tuple[Operation, Stating, str]]:
    """The operations that both have."""
    # Paths alone may be alike; a page that names servers must name one of the vendor's.
    if page.servers and not {domain(server) for server in page.servers} & {"", *domains(spec)}:
        return []
    return [
        (operation, stating, server)
        for operation in page.operations
        for stating in spec.operations
        if (server := server_of(operation, stating, spec)) is not None
    ]


def spec_of(page: Page, specs: Sequence[Spec]) -> Spec:
    """The spec that a page is about: by operations, else by servers, else by error codes.

    Raises NotOurs.
    """
    named = {*map(domain, page.servers), *(domain(each.url) for each in page.operations)} - {""}

    def shared(spec: Spec) -> tuple[int, int, int]:
        codes = sum(any(row.glob(code) for row in spec.refusals) for code in page.errors)
        return (
            len(ours(page, spec)),
            len(named & domains(spec)),
            codes if codes >= CODES and not page.operations else 0,
        )

    best = max(specs, key=shared)
    if any(shared(best)):
        return best
    what = ", ".join(sorted(named)) or ", ".join(
        f"{each.method} {each.url}" for each in page.operations[:1]
    )
    raise NotOurs(f"no spec is about this page{f' ({what})' if what else ''}")


def alike(operation: Operation, stating: Stating) -> float:
    """How much one URL may be the other one renamed, from 0 to 1."""
    if template(operation.url).endswith(template(stating.path)):
        return 1
    if operation.method.upper() != stating.method:
        return 0
    path = re.sub(r"^\w+://[^/]+", "", template(operation.url))
    return SequenceMatcher(None, path, template(stating.path), autojunk=False).ratio()


def pairs(page: Page, spec: Spec, expected: Collection[str]) -> Pairs:
    """Pair the operations; `expected` are the ids of those that the page had when it was kept."""
    found = ours(page, spec)
    others = [each for each in page.operations if each not in [one for one, _, _ in found]]
    missing = [each for each in spec.operations if each not in [one for _, one, _ in found]]
    whole = page.form == "openapi" and len(page.operations) > 1
    # In a whole document much is alike, so only what was in it before is looked for.
    sought = [each for each in missing if each.id in expected]
    if not (found or whole or expected):
        sought = missing
    near = [(alike(other, each), other, each) for each in sought for other in others]
    renamed: list[tuple[Operation, Stating]] = []
    for likeness, other, each in sorted(near, key=lambda found: -found[0]):
        rivals = sum(one == likeness and which is other for one, which, _ in near)
        if likeness >= ALIKE and rivals == 1 and other in others and each in missing:
            renamed.append((other, each))
            others.remove(other)
            missing.remove(each)
    if not whole:
        missing = [each for each in missing if each.id in expected]
    return Pairs(tuple(found), tuple(renamed), tuple(others), tuple(missing))
