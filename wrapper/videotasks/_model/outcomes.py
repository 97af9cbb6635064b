"""What became of a task that was to be cancelled or deleted: one of seven outcomes.

Owns: the closed union `Outcome` and what each member means. Refuses to claim more than a server
showed: the rules that choose an outcome are in `_rules.flows`.
"""

# Annotations are evaluated here, for the reason that `_model.task` gives.

from typing import ClassVar, Literal, TypeAlias

from attrs import frozen

from .errors import VideoTasksError
from .task import Ref, State, Task

OutcomeName = Literal["cancelled", "deleted", "kept", "gone", "failed", "unknown", "unsent"]


@frozen(kw_only=True)
class _Outcome:
    """What all outcomes have.

    `name` is the outcome's word in JSON and on the command line. `task` is the task as it was last
    seen, or None. `request_id` is the id, for the provider's support, of the request that decided
    the outcome. `str()` is a sentence.
    """

    name: ClassVar[OutcomeName]
    ref: Ref
    task: Task | None = None
    request_id: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the task is now as was asked for."""
        return False

    @property
    def explanation(self) -> str:
        """What it means, or why it is so, in words without the ref."""
        return self._says()

    def raise_for_outcome(self) -> None:
        """Raise `OutcomeError`, with this outcome in it, unless `ok`."""
        if not self.ok:
            cause = self._cause()
            error = OutcomeError(
                str(self), provider=self.ref.provider, ref=self.ref, request_id=self.request_id
            )
            error.outcome = self  # type: ignore[assignment]  # the union is made of all subclasses
            if cause is not None:
                error.status_code, error.code = cause.status_code, cause.code
            raise error from cause

    def to_dict(self) -> dict[str, object]:
        """This outcome as plain data, fit for JSON.

        `ref`, `outcome` (the name), `ok`, `request_id`, `task`, and where they apply `state` and
        `reason`, `already`, `missing_ok`, and `error` with its `kind`, `message` and codes.
        """
        return {
            "ref": str(self.ref),
            "outcome": self.name,
            "ok": self.ok,
            **self._facts(),
            "request_id": self.request_id,
            "task": self.task and self.task.to_dict(),
        }

    def _facts(self) -> dict[str, object]:
        cause = self._cause()
        return {} if cause is None else {"error": cause.to_dict()}

    def _cause(self) -> VideoTasksError | None:
        return None

    def _says(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.ref} {self._says()}"


@frozen(kw_only=True)
class Cancelled(_Outcome):
    """The task will not run. Its record may stay a while: on Ark for 24 hours.

    `already` is True where it was cancelled before.
    """

    name: ClassVar[Literal["cancelled"]] = "cancelled"
    already: bool = False

    @property
    def ok(self) -> bool:
        """Always True."""
        return True

    def _facts(self) -> dict[str, object]:
        return {"already": self.already}

    def _says(self) -> str:
        return "was cancelled before" if self.already else "is cancelled"


@frozen(kw_only=True)
class Deleted(_Outcome):
    """The record is gone, and can't be brought back.

    `by_cancel` is True where only a cancel was asked for, and the provider's answer says that it
    deleted: then this is not ok. Neither Ark nor TensorsLab says so.
    """

    name: ClassVar[Literal["deleted"]] = "deleted"
    by_cancel: bool = False

    @property
    def ok(self) -> bool:
        """Whether deleting is what was asked for."""
        return not self.by_cancel

    def _says(self) -> str:
        return "was deleted by its cancel, which came too late" if self.by_cancel else "is deleted"


@frozen(kw_only=True)
class Kept(_Outcome):
    """The task is still there, on purpose. `state` is the state that kept it, `reason` says why."""

    name: ClassVar[Literal["kept"]] = "kept"
    state: State
    reason: str

    @property
    def explanation(self) -> str:
        """The reason."""
        return self.reason

    def _facts(self) -> dict[str, object]:
        return {"state": self.state, "reason": self.reason}

    def _says(self) -> str:
        return f"was kept ({self.state}): {self.reason}"


@frozen(kw_only=True)
class Gone(_Outcome):
    """The provider itself says that it doesn't know the task.

    It was deleted before, is too old, was never there, or is of another project or endpoint than
    this key's. `missing_ok` is what the caller asked for, and makes this outcome ok.
    """

    name: ClassVar[Literal["gone"]] = "gone"
    missing_ok: bool = False

    @property
    def ok(self) -> bool:
        """Whether the caller said `missing_ok`."""
        return self.missing_ok

    def _facts(self) -> dict[str, object]:
        return {"missing_ok": self.missing_ok}

    def _says(self) -> str:
        return (
            "is not known to the provider: deleted before, too old, never there, "
            "or of another project or endpoint than this key's"
        )


@frozen(kw_only=True)
class Failed(_Outcome):
    """Not done, and surely so: the provider said no, or nothing could be sent. `error` says why."""

    name: ClassVar[Literal["failed"]] = "failed"
    error: VideoTasksError

    @property
    def explanation(self) -> str:
        """What the error says."""
        return str(self.error)

    def _cause(self) -> VideoTasksError:
        return self.error

    def _says(self) -> str:
        return f"failed, nothing was changed: {self.error}"


@frozen(kw_only=True)
class Unknown(_Outcome):
    """Sent, and what became of it could not be found out. `cause` says why; look before retrying.

    Where `task` is there, it is the task as it was last seen, which may be from before.
    """

    name: ClassVar[Literal["unknown"]] = "unknown"
    cause: VideoTasksError

    def _cause(self) -> VideoTasksError:
        return self.cause

    def _says(self) -> str:
        return f"may or may not be done, look before trying again: {self.cause}"


@frozen(kw_only=True)
class Unsent(_Outcome):
    """Stopped before it was tried; nothing was sent that changes anything."""

    name: ClassVar[Literal["unsent"]] = "unsent"

    def _says(self) -> str:
        return "was not tried: stopped before its turn came"


Outcome: TypeAlias = Cancelled | Deleted | Kept | Gone | Failed | Unknown | Unsent
"""One of the seven; a closed union, so that `match` over it can be checked for completeness."""


class OutcomeError(VideoTasksError):
    """Raised by `raise_for_outcome()` for an outcome that is not ok; it is in `outcome`."""

    outcome: Outcome
