"""How TensorsLab says no: by HTTP's status or by a code in an answer with HTTP 200.

Owns: the form of its errors, and what a code says in an answer with HTTP 200. What its codes mean
with another status is in the spec (`x-refusals`). Refuses to guess: a 404 that no row is for does
not say that a task is gone.
"""

from __future__ import annotations

from typing import Final, TypeAlias, cast

from videotasks_tensorslab import tables
from videotasks_tensorslab.models import (
    DeleteVideoTaskResponse,
    InfoByTaskIdResponse,
    ResponseCode,
)

from .._http.info import ErrorBody, meanings
from .._model.checks import is_whole
from .._model.errors import BadAnswer, NoCredits, Refused, RequestRefused
from .._model.task import Ref
from .answers import text_of

ParsedAnswer: TypeAlias = DeleteVideoTaskResponse | InfoByTaskIdResponse

SUCCESS: Final = int(ResponseCode.SUCCESS)
FAILURE: Final = int(ResponseCode.FAILURE)
NO_CREDITS: Final = int(ResponseCode.NOT_ENOUGH_CREDITS)

_CODES: Final = range(1000, 10_000)
"""What TensorsLab's codes look like: those known have four digits. 0, -1 and HTTP's own statuses
are what other servers put there."""

REFUSALS: Final = meanings(tables.REFUSALS)


def read_error(body: object) -> ErrorBody | None:
    """TensorsLab's error body: `code` and `msg`. Many other servers have the same two."""
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    code, message = fields.get("code"), fields.get("msg")
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    if not isinstance(message, str):
        return ErrorBody(code=code, message=None, own=False)
    return ErrorBody(code=code, message=message, own=code in _CODES)


def may_doubt_key(body: object) -> bool:
    """Whether a body may be about the form in which the key came: its code says only "failure"."""
    return isinstance(body, dict) and cast("dict[str, object]", body).get("code") == FAILURE


def code_of(answer: ParsedAnswer) -> int:
    """The code, without the generated enum."""
    if not is_whole(answer.code):
        raise bad_answer("answered with a code that is no number")
    return int(answer.code)


def bad_answer(says: str, ref: Ref | None = None) -> BadAnswer:
    """The error for an answer that does not say what it should."""
    return BadAnswer(f"TensorsLab {says}", provider="tensorslab", ref=ref)


def failure(answer: ParsedAnswer, ref: Ref | None = None) -> Refused:
    """The refusal for a code that is not that of success."""
    if code_of(answer) == NO_CREDITS:
        return coded_refusal(NoCredits, "says there are not enough credits", answer, ref)
    says = "refused; what it means by this code is not documented"
    return coded_refusal(RequestRefused, says, answer, ref)


def coded_refusal(
    kind: type[Refused], says: str, answer: ParsedAnswer, ref: Ref | None = None
) -> Refused:
    """A refusal that came with HTTP 200."""
    code, words = code_of(answer), text_of(answer.msg)
    told = f"code {code}{f': {words}' if words else ''}"
    return kind(
        f"TensorsLab {says} ({told})", provider="tensorslab", ref=ref, status_code=200, code=code
    )
