"""A task: what it is called, which states there are, and what one look at it showed.

Owns: the text form `provider:id` and what may not stand in it, the states, and the fields of a
look. Refuses, before anything is sent, what could reach another address than the one task's: an
empty id, `.` and `..` (which a server may take for the collection or its parent, with DELETE),
blanks and control characters. Refuses to guess: what the provider did not say is None, a state that
nobody knows is `unknown`, and the provider's own word stays in `raw_state`.
"""

# Annotations are evaluated here: `typing.get_type_hints` looks up names that are left as text in
# the module that a class says it is from, and public classes say `videotasks`.

from datetime import datetime
from typing import Any, Final, Literal, Self, get_args

from attrs import field, frozen

from .checks import shown
from .errors import InvalidRef

PROVIDER_NAMES: Final = ("ark", "tensorslab")
"""The names of all providers, as in refs; `_providers` has a class for each."""
MAX_ID_LENGTH: Final = 512
"""Longest id that is sent, in characters; known ids have fewer than 40."""

State = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired", "unknown"]
STATES: Final[tuple[State, ...]] = get_args(State)

_EXAMPLE: Final = "write it as provider:id, for example ark:cgt-20250331175019-68d9t"


def _check_provider(_ref: object, _attribute: object, provider: Any) -> None:
    if not isinstance(provider, str):
        raise InvalidRef(f"a provider is named by text, not {type(provider).__name__}; {_EXAMPLE}")
    if provider not in PROVIDER_NAMES:
        known = " and ".join(PROVIDER_NAMES)
        raise InvalidRef(f"no provider is called {shown(provider)}: there are {known}; {_EXAMPLE}")


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
        problem = f"the id {shown(task_id)} has a blank or a control character in it"
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
    def parse(cls, ref: "Ref | str") -> "Ref":
        """Read `provider:id`; a `Ref` is passed through. Raises `InvalidRef`."""
        if isinstance(ref, UnusableRef):
            cls.parse(ref.text)
            raise InvalidRef("it is not text, so it can't name a task")
        if isinstance(ref, Ref):
            return ref
        if not isinstance(ref, str):
            hint = "; give its ref" if hasattr(ref, "ref") else ""
            raise InvalidRef(f"a task is named by text or a Ref, not {type(ref).__name__}{hint}")
        provider, colon, task_id = ref.partition(":")
        if not colon:
            raise InvalidRef(f"{shown(ref)} does not say which provider; {_EXAMPLE}")
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


@frozen(kw_only=True)
class Task:
    """What one look at a task showed.

    `raw_state` is the provider's own word (Ark) or number (TensorsLab). `video_urls` are links to
    the video, `file_urls` to another file that was made, as by a task of Ark's that makes a 3D
    model, and `last_frame_url` to the video's last frame as a picture, if there is one; Ark's are
    valid for 24 hours. `created_at` and `updated_at` are in UTC; TensorsLab gives no times. `error`
    is why the task failed, in the provider's words. `service_tier` is Ark's `default` or `flex`.
    """

    ref: Ref
    state: State
    raw_state: str | int | None = None
    video_urls: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    model: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    error: str | None = None
    service_tier: str | None = None
    file_urls: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    last_frame_url: str | None = None

    def to_dict(self) -> dict[str, object]:
        """This task as plain data, fit for JSON; times in ISO 8601."""
        return {
            "ref": str(self.ref),
            "state": self.state,
            "raw_state": self.raw_state,
            "video_urls": list(self.video_urls),
            "file_urls": list(self.file_urls),
            "last_frame_url": self.last_frame_url,
            "model": self.model,
            "created_at": self.created_at and self.created_at.isoformat(),
            "updated_at": self.updated_at and self.updated_at.isoformat(),
            "error": self.error,
            "service_tier": self.service_tier,
        }
