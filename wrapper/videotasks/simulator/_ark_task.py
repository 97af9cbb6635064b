"""Ark's task in JSON: as one is asked for, and as it is shown.

Owns: the names of its fields, and which bodies ask for one. Asking follows what the vendor's
official SDKs send; no page about that endpoint was at hand, so there is nothing of it in the specs.
Refuses to make or change a task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, cast

from ._tasks import SimTask

MODEL: Final = "doubao-seedance-1-0-pro-250528"

SHOWN: Final = (
    "seed",
    "resolution",
    "ratio",
    "duration",
    "frames",
    "generate_audio",
    "draft",
    "tools",
    "service_tier",
    "execution_expires_after",
    "priority",
    "output_format",
    "safety_identifier",
)
"""What a look shows of what was asked for, beside the model; the names are the same."""

FIELDS: Final = (
    "endpoint",
    "id",
    "status",
    "model",
    "error",
    "updated_at",
    "content",
    "usage",
    "framespersecond",
    "draft_task_id",
    *SHOWN,
)
"""What a task may be added with, beside what `add` names; all but the endpoint is shown."""


def read_order(raw: bytes) -> dict[str, object] | str:
    """The fields of the task that a body asks for, or the parameter that is missing or bad.

    A model that begins with "ep-" is an inference endpoint, which no answer shows; the task then
    has a model of the simulator's. Other parameters than those in `SHOWN` change nothing.
    """
    try:
        read: object = json.loads(raw)
    except ValueError:
        return "body"
    if not isinstance(read, dict):
        return "body"
    body = cast("Mapping[str, object]", read)
    model, content = body.get("model"), body.get("content")
    if not isinstance(model, str) or not model:
        return "model"
    if not isinstance(content, list) or not content:
        return "content"
    for item in cast("list[object]", content):
        kind = cast("dict[str, object]", item).get("type") if isinstance(item, dict) else None
        if not isinstance(kind, str):
            return "content.type"
    through = {"endpoint": model, "model": MODEL} if model.startswith("ep-") else {}
    # The SDKs send null for all that was not given.
    shown = {name: body[name] for name in SHOWN if body.get(name) is not None}
    return {"model": model, **through, **shown}


def shown(task: SimTask, link: str, *, text_numbers: bool) -> dict[str, object]:
    """What a look or a list says of a task; `link` is that to its video."""
    number = str if text_numbers else int
    said: dict[str, object] = {
        "id": task.id,
        "model": MODEL,
        "status": task.state,
        "error": None,
        "created_at": task.created_at,
        "updated_at": task.created_at,
        "duration": number(5),
        "service_tier": "default",
    }
    if task.state == "succeeded":
        said["content"] = {"video_url": link}
        said["usage"] = {"completion_tokens": number(108900), "total_tokens": number(108900)}
    if task.state == "failed":
        said["error"] = {"code": "InternalServiceError", "message": "Generation failed."}
    return said | {name: value for name, value in task.fields.items() if name != "endpoint"}


def endpoint_of(task: SimTask) -> object:
    """What the list's filter by "model" goes by, which is not the model that a task shows."""
    return task.fields.get("endpoint", task.fields.get("model", MODEL))
