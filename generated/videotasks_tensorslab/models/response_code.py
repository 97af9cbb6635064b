from enum import IntEnum


class ResponseCode(IntEnum):
    SUCCESS = 1000
    FAILURE = 9999
    NOT_ENOUGH_CREDITS = 9000

    def __str__(self) -> str:
        return str(self.value)
