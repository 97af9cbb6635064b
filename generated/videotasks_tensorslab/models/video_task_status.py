from enum import IntEnum


class VideoTaskStatus(IntEnum):
    PENDING = 1
    PROCESSING = 2
    COMPLETED = 3
    FAILED = 4
    UPLOADING = 5

    def __str__(self) -> str:
        return str(self.value)
