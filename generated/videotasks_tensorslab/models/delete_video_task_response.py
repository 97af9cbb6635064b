from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.response_code import ResponseCode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.delete_video_task_data import DeleteVideoTaskData


T = TypeVar("T", bound="DeleteVideoTaskResponse")


@_attrs_define
class DeleteVideoTaskResponse:
    """One answer for the whole batch."""

    code: int | ResponseCode
    """ 1000 for success. An open set. """
    msg: None | str | Unset = UNSET
    """ The answer in words. Never to be matched on. """
    data: DeleteVideoTaskData | None | Unset = UNSET
    """ The batch's result. May be missing when the code is not 1000. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.delete_video_task_data import DeleteVideoTaskData  # noqa: PLC0415

        code: int
        if isinstance(self.code, ResponseCode):
            code = self.code.value
        else:
            code = self.code

        msg: None | str | Unset
        if isinstance(self.msg, Unset):
            msg = UNSET
        else:
            msg = self.msg

        data: dict[str, Any] | None | Unset
        if isinstance(self.data, Unset):
            data = UNSET
        elif isinstance(self.data, DeleteVideoTaskData):
            data = self.data.to_dict()
        else:
            data = self.data

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
            }
        )
        if msg is not UNSET:
            field_dict["msg"] = msg
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.delete_video_task_data import DeleteVideoTaskData  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_code(data: object) -> int | ResponseCode:
            try:
                if not isinstance(data, int):
                    raise TypeError()
                code_type_0 = ResponseCode(data)

                return code_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | ResponseCode, data)

        code = _parse_code(d.pop("code"))

        def _parse_msg(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        msg = _parse_msg(d.pop("msg", UNSET))

        def _parse_data(data: object) -> DeleteVideoTaskData | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = DeleteVideoTaskData.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DeleteVideoTaskData | None | Unset, data)

        data = _parse_data(d.pop("data", UNSET))

        delete_video_task_response = cls(
            code=code,
            msg=msg,
            data=data,
        )

        delete_video_task_response.additional_properties = d
        return delete_video_task_response

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
