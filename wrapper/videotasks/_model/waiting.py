"""What waiting for a task came to.

Owns: the result of `wait_many`, and the error of a wait that took too long. Refuses to wait: that
is in `_rules.waiting`.
"""

# Annotations are evaluated here, for the reason that `_model.task` gives.

from attrs import frozen

from .errors import VideoTasksError
from .task import Ref, Task


class WaitTimeout(VideoTasksError, TimeoutError):
    """The deadline came before the task ended. Nothing was changed.

    `task` is the task as it was last seen, or None.
    """

    task: Task | None = None

    @property
    def retryable(self) -> bool:
        """Always True: the task may end later."""
        return True


@frozen(kw_only=True)
class WaitResult:
    """One task that was waited for.

    `task` is the task as it was last seen, or None. `error` is None once it has ended; otherwise it
    says why it is not waited for any longer, such as `WaitTimeout` or `NotFound`.
    """

    ref: Ref
    task: Task | None = None
    error: VideoTasksError | None = None

    @property
    def ended(self) -> bool:
        """Whether the task has ended."""
        return self.error is None

    def ended_task(self) -> Task:
        """The task, which has ended. Raises the error otherwise."""
        if self.error is not None or self.task is None:
            raise self.error or AssertionError("a task that ended was seen")
        return self.task

    def to_dict(self) -> dict[str, object]:
        """This result as plain data, fit for JSON: `ref`, `ended`, `task` and `error`."""
        return {
            "ref": str(self.ref),
            "ended": self.ended,
            "task": self.task and self.task.to_dict(),
            "error": self.error and self.error.to_dict(),
        }
