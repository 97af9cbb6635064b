"""A task as a provider showed it, in words that both providers share.

Owns: the states and the fields of a look. Refuses to guess: what the provider did not say is None,
a state that nobody knows is `unknown`, and the provider's own word stays in `raw_state`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

from attrs import field, frozen

from .refs import Ref

State = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired", "unknown"]
STATES: Final[tuple[State, ...]] = get_args(State)


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
        from .records import task_record

        return task_record(self)
