"""Contains all the data models used in inputs/outputs"""

from .delete_status import DeleteStatus
from .delete_video_task_data import DeleteVideoTaskData
from .delete_video_task_request import DeleteVideoTaskRequest
from .delete_video_task_response import DeleteVideoTaskResponse
from .error_response import ErrorResponse
from .info_by_task_id_request import InfoByTaskIdRequest
from .info_by_task_id_response import InfoByTaskIdResponse
from .response_code import ResponseCode
from .video_task import VideoTask
from .video_task_status import VideoTaskStatus

__all__ = (
    "DeleteStatus",
    "DeleteVideoTaskData",
    "DeleteVideoTaskRequest",
    "DeleteVideoTaskResponse",
    "ErrorResponse",
    "InfoByTaskIdRequest",
    "InfoByTaskIdResponse",
    "ResponseCode",
    "VideoTask",
    "VideoTaskStatus",
)
