"""How Ark says no: the form of its errors, and what their codes mean, as a table.

Owns: which answers are Ark's own, and which error each code stands for. Refuses to guess: a 404
that no row is for does not say that a task is gone. Where each fact comes from is in
specs/README.md.
"""

from __future__ import annotations

import re
from typing import Final, cast

from .._http.info import ErrorBody, Meaning
from .._model.errors import (
    AccountBlocked,
    Conflict,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RequestRefused,
    WrongBaseURL,
)

_CODE: Final = re.compile(r"[A-Z][A-Za-z]*(\..+)?")
"""The form of Ark's codes; what follows the dot may be any parameter."""
_BESIDE_CODE: Final = frozenset({"message", "param", "type"})
"""What an error may have without a code."""
_ANY_4XX: Final = range(400, 500)
_KEY: Final = (401, 403)
_NO_MODEL: Final = (
    "does not let the key's account use the task's model or endpoint, and says nothing about the "
    "task; open it in the console, or use a key that may"
)

REFUSALS: Final = (
    # Seen with 409 by many, and with 400; the code says it all.
    Meaning(_ANY_4XX, ("InvalidAction.RunningTaskDeletion",), Conflict),
    # The path, not the task. After the row above, whose code begins with the same word.
    Meaning((404,), ("InvalidAction", "InvalidAction.*", "PathNotFound"), WrongBaseURL),
    # "No such task": the family that Ark's error table has, whichever parameter it names (a
    # sighting on another route had the value that was asked for in its place).
    Meaning((404,), ("NotFound.?*",), NotFound),
    # Other servers say these two as well, so they count only in a message that ends as Ark's do,
    # with the answer's request id: the family's word alone, which is not in the table, and no code
    # at all, which was seen once.
    Meaning((404,), ("NotFound", ""), NotFound, signed=True),
    # Their names end in NotFound and the like, but what is missing is a model, or leave to use it.
    Meaning((404,), ("InvalidEndpointOrModel.*",), PermissionDenied, _NO_MODEL),
    Meaning((404,), ("ModelNotOpen", "UnsupportedModel"), PermissionDenied, _NO_MODEL),
    Meaning(_ANY_4XX, ("InvalidAccountStatus", "AccountOverdueError"), AccountBlocked),
    Meaning(_ANY_4XX, ("OperationDenied.ServiceOverdue", "InvalidSubscription"), AccountBlocked),
    Meaning(_KEY, ("AccessDenied", "OperationDenied.PermissionDenied"), PermissionDenied),
    Meaning(_KEY, ("OperationDenied.ServiceNotOpen",), PermissionDenied),
    # The rest of this family is about what was asked and the state that it is in, not the key.
    Meaning((403,), ("OperationDenied.*",), RequestRefused),
    # Not among them: InflightBatchsizeExceeded. It is about requests at the same time, so that
    # asking more slowly does help.
    Meaning((429,), ("QuotaExceeded", "QuotaExceeded.*"), QuotaExceeded),
    Meaning((429,), ("AccountQuotaExceeded", "SetLimitExceeded"), QuotaExceeded),
)


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
