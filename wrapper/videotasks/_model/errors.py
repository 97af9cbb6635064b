"""Everything that videotasks raises, in one tree.

    VideoTasksError
    |-- InvalidRef (also ValueError)      the ref can't name a task; nothing was sent
    |-- Unsupported                       the provider can't do this; nothing was sent
    |-- ConfigurationError                key, address or setting is unusable; nothing was sent
    |   `-- MissingKey                    no API key for the provider
    |-- Closed                            used after close(), or where it can't be; nothing was sent
    |-- TooManyTasks                      more tasks than were allowed for, or than can be listed
    |-- Refused                           the provider answered, and said no
    |   |-- AuthenticationError           401, 403: the key
    |   |   `-- AccountBlocked            the account: overdue, blocked, without a valid plan
    |   |-- PermissionDenied              not open to this key: a model, an endpoint, a resource
    |   |-- NotFound                      404: no such task, says the provider itself
    |   |-- WrongBaseURL                  404: no such path, so a wrong base URL
    |   |-- Conflict                      not in the task's present state; 409
    |   |-- RateLimited                   429: too fast
    |   |-- QuotaExceeded                 429: a quota is used up; not about speed
    |   |-- NoCredits                     TensorsLab 9000
    |   `-- RequestRefused                any other refusal
    |-- NotSent                           nothing reached the provider
    |   |-- NotConnected                  no connection
    |   `-- LookTooOld                   the look grew old before its turn to act came
    |-- NoAnswer                          sent, and the answer does not tell what became of it
    |   |-- AnswerLost                    timeout or broken connection
    |   |-- ServerError                   5xx
    |   `-- BadAnswer                     not in a form that the provider is known to answer in
    |-- Unconfirmed                       done, says the provider, but a look does not show it
    `-- OutcomeError                      raised by raise_for_outcome(); has .outcome

Owns: the classes, but `OutcomeError`, which is where outcomes are; and the few facts each carries.
Refuses to hold a key, a header or a whole body. The difference that matters is between `Refused`
and `NotSent` (surely nothing happened) and `NoAnswer` (it may have).
"""

from __future__ import annotations


class VideoTasksError(Exception):
    """Base of all. `str()` says what happened and what to do.

    `provider` is the provider's name, `ref` the task asked about, `status_code` the HTTP status,
    `code` the provider's own error code, `request_id` the id to quote to the provider's support
    (the server's, or else the one that was sent); each None where there is none.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        ref: task.Ref | None = None,
        status_code: int | None = None,
        code: str | int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.ref = ref
        self.status_code = status_code
        self.code = code
        self.request_id = request_id

    @property
    def is_for_all(self) -> bool:
        """Whether, with this key and for now, no other request to the provider can succeed.

        So for a key refused with 401, an account that can't be used, a quota that is used up, and a
        shared rate limit that can't be asked. Not so for 403, which may be about one task.
        """
        return False

    def to_dict(self) -> dict[str, object]:
        """This error as plain data, fit for JSON: its kind, its words and its codes."""
        return {
            "kind": type(self).__name__,
            "message": str(self),
            "status_code": self.status_code,
            "code": self.code,
            "request_id": self.request_id,
        }

    def __reduce__(self) -> tuple[object, ...]:
        # Without calling `__init__`, whose arguments are not in `args`.
        return _restored, (type(self), self.args, vars(self))


def _restored(
    kind: type[VideoTasksError], args: tuple[object, ...], facts: dict[str, object]
) -> VideoTasksError:
    error = kind.__new__(kind, *args)
    vars(error).update(facts)
    return error


class InvalidRef(VideoTasksError, ValueError):
    """The ref can't name a task. Nothing was sent."""


class Unsupported(VideoTasksError):
    """The provider can't do this. Nothing was sent, and nothing else was done in its place."""


class ConfigurationError(VideoTasksError):
    """A key, an address or a setting can't be used. Nothing was sent."""


class MissingKey(ConfigurationError):
    """No API key for the provider. Nothing was sent."""


class Closed(VideoTasksError):
    """Used after `close()`, or in another process or event loop than its own. Nothing was sent."""


class TooManyTasks(VideoTasksError):
    """More tasks than were allowed for, or than the provider can list. Nothing was deleted.

    `limit` is how many were allowed for, or None.
    """

    limit: int | None = None


class Refused(VideoTasksError):
    """The provider answered, and said no."""


class AuthenticationError(Refused):
    """401 or 403: the key is wrong, of another region, or may not do this."""

    @property
    def is_for_all(self) -> bool:
        """Whether it is a 401, which is about the key alone."""
        return self.status_code == 401


class AccountBlocked(AuthenticationError):
    """The account can't be used: overdue, blocked, or without a valid plan. The key may be good."""

    @property
    def is_for_all(self) -> bool:
        """Always True."""
        return True


class PermissionDenied(Refused):
    """The account or key may not use this: the task's model or endpoint, or another resource.

    Other tasks may be open to it. It does not say that the task is not there.
    """


class NotFound(Refused):
    """404: the provider itself says that it doesn't know the task.

    It may still belong to another project or endpoint than the key's. A 404 that does not say that
    much is `BadAnswer`.
    """


class WrongBaseURL(Refused):
    """404 for the path itself: the base URL is not the API's."""


class Conflict(Refused):
    """Not possible in the task's present state: 409, or Ark's code for a running task."""


class RateLimited(Refused):
    """429: too fast. `retry_after` is what the provider asked to wait, in seconds, or None."""

    retry_after: float | None = None


class QuotaExceeded(Refused):
    """429 for a quota that is used up, whatever the speed: nothing more is tried.

    The provider's words, which may say when it is reset, are in the message. `retry_after` is what
    the provider asked to wait, in seconds, or None.
    """

    retry_after: float | None = None

    @property
    def is_for_all(self) -> bool:
        """Always True."""
        return True


class NoCredits(Refused):
    """TensorsLab's code 9000: not enough credits."""


class RequestRefused(Refused):
    """Any other refusal."""


class NotSent(VideoTasksError):
    """Nothing reached the provider."""


class NotConnected(NotSent):
    """No connection could be made, to the provider or to what keeps a shared rate limit."""

    by_shared_limit: bool = False

    @property
    def is_for_all(self) -> bool:
        """Whether it is the shared rate limit that could not be asked."""
        return self.by_shared_limit


class LookTooOld(NotSent):
    """The look at the task was too old to act on by the time its turn to act came.

    `retry_after` is when that turn would have come, in seconds, or None where it had come.
    """

    retry_after: float | None = None


class NoAnswer(VideoTasksError):
    """Sent, and the answer does not tell what became of it."""


class AnswerLost(NoAnswer):
    """The answer did not come in time, or the connection broke."""


class ServerError(NoAnswer):
    """5xx: the provider failed, before or after acting."""


class BadAnswer(NoAnswer):
    """The answer is not in a form that the provider is known to answer in."""


class Unconfirmed(VideoTasksError):
    """The provider said that it was done, but looking afterwards did not show it."""


# Last, since it needs the errors: `typing.get_type_hints` looks up `task.Ref` here.
from . import task  # noqa: E402
