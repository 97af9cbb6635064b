"""Fields that a table lists, one in each row.

Owns: what the cells of such a row say. Which column is which is told in tables.py. Refuses to leave
out a cell of a known column that says nothing known: it is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .fields import NAME, Draft
from .parts import place_named
from .words import bounds, default, is_dash, json_type, required, yes


def of_row(row: list[str], columns: Mapping[str, int], above: str) -> tuple[Draft, list[str]] | str:
    """The field of a table's row, and what of it was not read; a text says why there is none."""
    name = row[columns["name"]].split("\n")[0].strip().strip("`*") if "name" in columns else ""
    sub = row[columns["sub"]].strip().strip("`*") if "sub" in columns else ""
    if sub and not is_dash(sub):
        name = sub if "." in sub else f"{name or above}.{sub}"
    words = name.split()
    name = words[0] if words else ""
    if not NAME.fullmatch(name):
        return f"{row[columns.get('name', 0)]!r} is no field's name"
    draft = Draft(name)
    for word in words[1:]:
        draft.mark(word.strip("()（）`*"))
    troubles: list[str] = []
    for role, text in ((role, row[column].strip()) for role, column in columns.items()):
        if not text or (is_dash(text) and role != "required"):
            continue
        if role == "type":
            draft.type = json_type(text)
            if draft.type is None:
                troubles.append(f"{name}: {text!r} is no type that is known")
        elif role == "required":
            needed = required(text)
            answer = yes(text) if needed is None else needed
            draft.required = answer if isinstance(answer, bool) else None
            if answer is None:
                troubles.append(f"{name}: {text!r} does not say whether it is required")
        elif role == "default":
            draft.default = default(text) or text
        elif role == "range":
            found = bounds(f"range {text}", draft.type)
            draft.least, draft.most = found or (None, None)
            draft.words.append(text)
        elif role == "values":
            parts = re.split(r"[/、，,|;；\n]+|\bor\b|或", text)
            listed_values = [part.strip("`\"' ") for part in parts]
            draft.values += [part for part in listed_values if re.fullmatch(r"[\w.:+-]+", part)]
            draft.words.append(text)
        elif role == "place":
            draft.place = place_named(text)
            if draft.place is None:
                troubles.append(f"{name}: {text!r} is no place for a parameter")
    return draft, troubles
