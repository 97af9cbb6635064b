from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="InfoByTaskIdRequest")


@_attrs_define
class InfoByTaskIdRequest:
    """Which task to look at."""

    taskid: str
    """ One id; singular here, plural in the deletion. """
    more_task_info: bool | Unset = UNSET
    """ Asks for more fields. """

    def to_dict(self) -> dict[str, Any]:
        taskid = self.taskid

        more_task_info = self.more_task_info

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "taskid": taskid,
            }
        )
        if more_task_info is not UNSET:
            field_dict["moreTaskInfo"] = more_task_info

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        taskid = d.pop("taskid")

        more_task_info = d.pop("moreTaskInfo", UNSET)

        info_by_task_id_request = cls(
            taskid=taskid,
            more_task_info=more_task_info,
        )

        return info_by_task_id_request
