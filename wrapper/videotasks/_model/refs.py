"""What a task is called: its provider and the provider's own id.

Owns: the text form `provider:id` and what may not stand in it. Refuses, before anything
is sent, what could reach another address than the one task's: an empty id, `.` and `..` (which a
server may take for the collection or its parent, with DELETE), blanks and control characters.
"""

from __future__ import annotations

from typing import Any, Final, Self

from attrs import field, frozen

from .errors import InvalidRef

PROVIDER_NAMES: Final = ("ark", "tensorslab")
MAX_ID_LENGTH: Final = 512
"""Longest id that is sent, in characters; known ids have fewer than 40."""

_EXAMPLE: Final = "write it as provider:id, for example ark:cgt-20250331175019-68d9t"


def _shown(text: str) -> str:
    """`text` for a message: quoted, escaped, and short."""
    quoted = repr(text[:60])
    return quoted if len(text) <= 60 and len(quoted) <= 90 else f"{quoted[:90]}…"


def _check_provider(_ref: object, _attribute: object, provider: Any) -> None:
    if not isinstance(provider, str):
        raise InvalidRef(f"a provider is named by text, not {type(provider).__name__}; {_EXAMPLE}")
    if provider not in PROVIDER_NAMES:
        known = " and ".join(PROVIDER_NAMES)
        raise InvalidRef(f"no provider is called {_shown(provider)}: there are {known}; {_EXAMPLE}")


def _check_id(_ref: object, _attribute: object, task_id: Any) -> None:
    if not isinstance(task_id, str):
        problem = f"the id is text, not {type(task_id).__name__}"
    elif not task_id:
        problem = "the id is empty"
    elif task_id in {".", ".."}:
        problem = f"{task_id!r} is not an id"
    elif len(task_id) > MAX_ID_LENGTH:
        problem = f"the id has {len(task_id)} characters, {MAX_ID_LENGTH} are allowed"
    elif any(character.isspace() or not character.isprintable() for character in task_id):
        problem = f"the id {_shown(task_id)} has a blank or a control character in it"
    else:
        return
    raise InvalidRef(f"{problem}; {_EXAMPLE}")


@frozen(order=True)
class Ref:
    """One task of one provider. `str()` gives the text form, `Ref.parse` reads it.

    Raises `InvalidRef` (a `ValueError`) for an unknown provider and for an id that is empty, `.`,
    `..`, longer than 512 characters, or has a blank or a control character in it. Otherwise ids are
    opaque: no pattern is checked, since no vendor promises one.
    """

    provider: str = field(validator=_check_provider)
    id: str = field(validator=_check_id)

    @classmethod
    def parse(cls, ref: Ref | str) -> Ref:
        """Read `provider:id`; a `Ref` is passed through. Raises `InvalidRef`."""
        if isinstance(ref, UnusableRef):
            cls.parse(ref.text)
            raise InvalidRef("it was refused before since it was no text, and stays refused")
        if isinstance(ref, Ref):
            return ref
        if not isinstance(ref, str):
            hint = "; give its ref" if hasattr(ref, "ref") else ""
            raise InvalidRef(f"a task is named by text or a Ref, not {type(ref).__name__}{hint}")
        provider, colon, task_id = ref.partition(":")
        if not colon:
            raise InvalidRef(f"{_shown(ref)} does not say which provider; {_EXAMPLE}")
        return cls(provider, task_id)

    def __str__(self) -> str:
        return f"{self.provider}:{self.id}"


@frozen
class UnusableRef(Ref):
    """Text that names no task, kept for the outcome that says so. `Ref.parse` refuses it again."""

    provider: str = ""
    id: str = ""
    text: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """Keep `text` whole, and the parts that it seems to have."""
        provider, _, task_id = text.partition(":")
        return cls(provider, task_id, text)

    def __str__(self) -> str:
        return self.text
