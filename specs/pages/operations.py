"""An operation of a page as it is being read, and the facts that come of it in the end.

Owns: full names of fields that are inside others, and in which place a parameter is when the page
does not say. Refuses to read a page: walk.py does.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from .facts import Operation, Place
from .fields import Draft


@define
class Op:
    """An operation of which more may be said."""

    method: str
    url: str
    drafts: dict[str, list[Draft]] = field(factory=lambda: {"request": [], "answer": []})
    place: Place | None = None
    """Where the page says that its parameters are."""
    rate: float | None = None

    def done(self) -> Operation:
        """The operation as a fact."""
        fields = [draft.done(self._place_of(draft)) for draft in self.drafts["request"]]
        fields += [draft.done("answer") for draft in self.drafts["answer"]]
        return Operation(self.method, self.url, tuple(fields), limit=self.rate)

    def _place_of(self, draft: Draft) -> Place:
        if stated := draft.place or self.place:
            return stated
        if f"{{{draft.name}}}" in self.url.partition("?")[0]:
            return "path"
        return "query" if self.method in {"GET", "DELETE"} else "body"


def full_name(draft: Draft, before: Sequence[Draft]) -> str:
    """The name with that of what it is inside, told by its prefix or by how deep it is listed."""
    prefix, _, last = draft.name.replace("[]", "").rpartition(".")
    for parent in reversed(before):
        kind = parent.type or ""
        bare = parent.name.replace("[]", "")
        inside = f"{parent.name}{'[]' if 'array' in kind else ''}"
        if prefix and (bare == prefix or bare.endswith(f".{prefix}")):
            return f"{inside}.{last}"
        if not prefix and draft.depth and parent.depth < draft.depth:
            return f"{inside}.{last}" if "object" in kind or "array" in kind else draft.name
    return draft.name
