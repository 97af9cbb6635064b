"""What would be done to a task, and why, as data.

Owns: the words. Refuses to decide what would be done: that is in `_rules.flows`.
"""

# Annotations are evaluated here, for the reason that `_model.task` gives.

from typing import Literal

from attrs import frozen

from .outcomes import Outcome
from .task import Ref, Task

Action = Literal["cancel", "delete", "keep", "nothing"]
Result = Literal["video", "file"]
"""What a finished task has made."""


@frozen(kw_only=True)
class Preview:
    """What would be done to one task, as it was seen.

    `action` is "cancel", "delete", "keep" (the task was seen, and would be left alone) or "nothing"
    (no task was seen: the provider does not know it, or the ref or the look at it failed). `reason`
    says why, in words. `task` is the task as seen; None with "nothing". `outcome` is what the verb
    would return without acting: `Kept` or `Cancelled` with "keep", `Gone` or `Failed` with
    "nothing"; None where it would act.
    """

    ref: Ref
    action: Action
    reason: str
    task: Task | None = None
    outcome: Outcome | None = None

    @property
    def loses(self) -> Result | None:
        """What would be lost with the record: a finished "video", another "file", or None.

        A finished task that shows no link counts as a video.
        """
        if self.action != "delete" or self.task is None or self.task.state != "succeeded":
            return None
        return "file" if self.task.file_urls and not self.task.video_urls else "video"

    def to_dict(self) -> dict[str, object]:
        """This preview as plain data for JSON.

        `ref`, `action`, `reason`, `loses`, `outcome`, `task`.
        """
        return {
            "ref": str(self.ref),
            "action": self.action,
            "reason": self.reason,
            "loses": self.loses,
            "outcome": self.outcome.to_dict() if self.outcome else None,
            "task": self.task.to_dict() if self.task else None,
        }
