"""Contains all the data models used in inputs/outputs"""

from .delete_task_result import DeleteTaskResult
from .error_detail import ErrorDetail
from .error_envelope import ErrorEnvelope
from .open_object import OpenObject
from .service_tier import ServiceTier
from .task import Task
from .task_content import TaskContent
from .task_error import TaskError
from .task_page import TaskPage
from .task_status import TaskStatus
from .task_usage import TaskUsage

__all__ = (
    "DeleteTaskResult",
    "ErrorDetail",
    "ErrorEnvelope",
    "OpenObject",
    "ServiceTier",
    "Task",
    "TaskContent",
    "TaskError",
    "TaskPage",
    "TaskStatus",
    "TaskUsage",
)
