from enum import StrEnum


class ServiceTier(StrEnum):
    DEFAULT = "default"
    FLEX = "flex"

    def __str__(self) -> str:
        return str(self.value)
