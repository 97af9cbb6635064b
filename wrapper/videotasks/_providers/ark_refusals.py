"""How Ark says no: the form of its errors.

Owns: which answers are Ark's own. What their codes mean is in the spec (`x-refusals`). Refuses to
guess: a 404 that no row is for does not say that a task is gone.
"""

from __future__ import annotations

import re
from typing import Final, cast

from videotasks_ark import tables

from .._http.info import ErrorBody, meanings

_CODE: Final = re.compile(r"[A-Z][A-Za-z]*(\..+)?")
"""The form of Ark's codes; what follows the dot may be any parameter."""
_BESIDE_CODE: Final = frozenset({"message", "param", "type"})
"""What an error may have without a code."""

REFUSALS: Final = meanings(tables.REFUSALS)


def read_error(body: object) -> ErrorBody | None:
    """Ark's error envelope, nested as documented or flat as some gateways pass it on.

    Ark's codes are words with capitals and dots, and so are its types. Gateways that speak other
    dialects use the same envelope with numbers, null or nothing for a code, or with types in
    snake_case; that is not Ark's own.
    """
    if not isinstance(body, dict):
        return None
    fields = outer = cast("dict[str, object]", body)
    nested = fields.get("error")
    if isinstance(nested, dict):
        fields = cast("dict[str, object]", nested)
    elif "code" not in fields:
        return None  # {"message": "no Route matched"}: some gateway's own, not Ark's passed on
    code, message = fields.get("code"), fields.get("message")
    if isinstance(code, bool) or not isinstance(code, str | int):
        code = None
    if code is None and not isinstance(message, str):
        return None
    bare = "code" not in fields and outer.keys() == {"error"} and fields.keys() <= _BESIDE_CODE
    kind = fields.get("type")
    return ErrorBody(
        code=code,
        message=message if isinstance(message, str) else None,
        own=(bare or (isinstance(code, str) and bool(_CODE.fullmatch(code))))
        and not (isinstance(kind, str) and "_" in kind),
    )
