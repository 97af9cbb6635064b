from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.video_task_status import VideoTaskStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="VideoTask")


@_attrs_define
class VideoTask:
    """A video task. It carries no times."""

    taskid: None | str | Unset = UNSET
    """ The task's id; opaque. """
    url: list[str] | None | Unset = UNSET
    """ Links to the videos. """
    task_status: int | None | str | Unset | VideoTaskStatus = UNSET
    """ A number; one client compares it as a string, so both are taken. """
    message: None | str | Unset = UNSET
    """ Why the task failed. """
    prompt: None | str | Unset = UNSET
    """ The prompt. """
    imageurl: list[str] | None | str | Unset = UNSET
    """ The picture or pictures that the video starts from. """
    resolution: None | str | Unset = UNSET
    """ The video's resolution. """
    fps: int | None | str | Unset = UNSET
    """ Frames a second. """
    source: None | str | Unset = UNSET
    """ The model that makes the video, going by the vendor's example. """
    duration: int | None | str | Unset = UNSET
    """ The video's length. """
    seed: int | None | str | Unset = UNSET
    """ The seed. """
    ratio: None | str | Unset = UNSET
    """ The video's width to height. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        taskid: None | str | Unset
        if isinstance(self.taskid, Unset):
            taskid = UNSET
        else:
            taskid = self.taskid

        url: list[str] | None | Unset
        if isinstance(self.url, Unset):
            url = UNSET
        elif isinstance(self.url, list):
            url = self.url

        else:
            url = self.url

        task_status: int | None | str | Unset
        if isinstance(self.task_status, Unset):
            task_status = UNSET
        elif isinstance(self.task_status, VideoTaskStatus):
            task_status = self.task_status.value
        else:
            task_status = self.task_status

        message: None | str | Unset
        if isinstance(self.message, Unset):
            message = UNSET
        else:
            message = self.message

        prompt: None | str | Unset
        if isinstance(self.prompt, Unset):
            prompt = UNSET
        else:
            prompt = self.prompt

        imageurl: list[str] | None | str | Unset
        if isinstance(self.imageurl, Unset):
            imageurl = UNSET
        elif isinstance(self.imageurl, list):
            imageurl = self.imageurl

        else:
            imageurl = self.imageurl

        resolution: None | str | Unset
        if isinstance(self.resolution, Unset):
            resolution = UNSET
        else:
            resolution = self.resolution

        fps: int | None | str | Unset
        if isinstance(self.fps, Unset):
            fps = UNSET
        else:
            fps = self.fps

        source: None | str | Unset
        if isinstance(self.source, Unset):
            source = UNSET
        else:
            source = self.source

        duration: int | None | str | Unset
        if isinstance(self.duration, Unset):
            duration = UNSET
        else:
            duration = self.duration

        seed: int | None | str | Unset
        if isinstance(self.seed, Unset):
            seed = UNSET
        else:
            seed = self.seed

        ratio: None | str | Unset
        if isinstance(self.ratio, Unset):
            ratio = UNSET
        else:
            ratio = self.ratio

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if taskid is not UNSET:
            field_dict["taskid"] = taskid
        if url is not UNSET:
            field_dict["url"] = url
        if task_status is not UNSET:
            field_dict["task_status"] = task_status
        if message is not UNSET:
            field_dict["message"] = message
        if prompt is not UNSET:
            field_dict["prompt"] = prompt
        if imageurl is not UNSET:
            field_dict["imageurl"] = imageurl
        if resolution is not UNSET:
            field_dict["resolution"] = resolution
        if fps is not UNSET:
            field_dict["fps"] = fps
        if source is not UNSET:
            field_dict["source"] = source
        if duration is not UNSET:
            field_dict["duration"] = duration
        if seed is not UNSET:
            field_dict["seed"] = seed
        if ratio is not UNSET:
            field_dict["ratio"] = ratio

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_taskid(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        taskid = _parse_taskid(d.pop("taskid", UNSET))

        def _parse_url(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                url_type_0 = cast(list[str], data)

                return url_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        url = _parse_url(d.pop("url", UNSET))

        def _parse_task_status(data: object) -> int | None | str | Unset | VideoTaskStatus:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, int):
                    raise TypeError()
                task_status_type_0 = VideoTaskStatus(data)

                return task_status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | None | str | Unset | VideoTaskStatus, data)

        task_status = _parse_task_status(d.pop("task_status", UNSET))

        def _parse_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        message = _parse_message(d.pop("message", UNSET))

        def _parse_prompt(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        prompt = _parse_prompt(d.pop("prompt", UNSET))

        def _parse_imageurl(data: object) -> list[str] | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                imageurl_type_1 = cast(list[str], data)

                return imageurl_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | str | Unset, data)

        imageurl = _parse_imageurl(d.pop("imageurl", UNSET))

        def _parse_resolution(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        resolution = _parse_resolution(d.pop("resolution", UNSET))

        def _parse_fps(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        fps = _parse_fps(d.pop("fps", UNSET))

        def _parse_source(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        source = _parse_source(d.pop("source", UNSET))

        def _parse_duration(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        duration = _parse_duration(d.pop("duration", UNSET))

        def _parse_seed(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        seed = _parse_seed(d.pop("seed", UNSET))

        def _parse_ratio(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ratio = _parse_ratio(d.pop("ratio", UNSET))

        video_task = cls(
            taskid=taskid,
            url=url,
            task_status=task_status,
            message=message,
            prompt=prompt,
            imageurl=imageurl,
            resolution=resolution,
            fps=fps,
            source=source,
            duration=duration,
            seed=seed,
            ratio=ratio,
        )

        video_task.additional_properties = d
        return video_task

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
