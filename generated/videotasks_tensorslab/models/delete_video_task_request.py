from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="DeleteVideoTaskRequest")


@_attrs_define
class DeleteVideoTaskRequest:
    """The batch to delete."""

    taskids: list[str]
    """ Ids of the tasks to delete. No least or greatest number is documented; an empty batch is refused here
    because it can't mean anything. """

    def to_dict(self) -> dict[str, Any]:
        taskids = self.taskids

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "taskids": taskids,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        taskids = cast(list[str], d.pop("taskids"))

        delete_video_task_request = cls(
            taskids=taskids,
        )

        return delete_video_task_request
