"""`videotasks check`: keys, addresses, limits and abilities; and whether a provider answers."""

from __future__ import annotations

from typing import Any, Final

from .._client import Tasks
from .._errors import AuthenticationError, ConfigurationError, NotFound, Refused, VideoTasksError
from .._providers import PROVIDERS, Provider
from .._refs import Ref
from .._retry import Retry
from ._ends import KEY, NOT_ALL, OK, USAGE, End, worst
from ._keys import look_up, sources
from ._show import Output, form_for

NOBODY: Final = "videotasks-check"
"""An id that no task has: asking about it changes nothing, and needs a key."""

HEADINGS: Final = ("provider", "key", "base URL", "limits a second", "can", "answer")


def show(key_file: str | None, *, online: bool) -> None:
    """Show a row for each provider; always ends the command."""
    places = sources(key_file)
    output = Output(form_for(as_json=False, as_ndjson=False), HEADINGS, "providers")
    statuses: set[int] = set()
    keys = 0
    for make in PROVIDERS:
        key = look_up(make.site.key_variable, places)
        url = look_up(make.site.url_variable, places)
        status, address, limits, answer = OK, url[0] if url else make.site.default_url, "", ""
        keys += key is not None
        try:
            provider = make(key[0] if key else "no-key", base_url=url[0] if url else None)
        except ConfigurationError as error:
            status, address, answer = USAGE, "", str(error)
        else:
            limits = _limits(provider)
            if online and key:
                status, answer = _ask(provider)
        whence = f"set ({key[1]})" if key else f"missing ({make.site.key_variable})"
        row = (make.name, whence, address, limits, _abilities(provider=make), answer)
        output.add(row, {})
        statuses.add(status)
    output.end()
    raise End(worst(statuses) if keys else KEY)


def _limits(provider: Provider[Any]) -> str:
    given = {name: limit for name, limit in provider.limits.items() if limit is not None}
    return ", ".join(f"{name} {limit}" for name, limit in given.items()) or "none"


def _abilities(provider: type[Provider[Any]]) -> str:
    can = provider.capabilities
    return ", ".join(
        ["get", "delete", *(["cancel"] if can.cancel else []), *(["list"] if can.list else [])]
    )


def _ask(provider: Provider[Any]) -> tuple[int, str]:
    """Ask about a task that does not exist, which any key may."""
    with Tasks(provider, retry=Retry(attempts=1)) as tasks:
        try:
            tasks.get(Ref(provider.name, NOBODY))
        except NotFound:
            return OK, "the key is accepted"
        except AuthenticationError as error:
            return KEY, str(error)
        except Refused as error:
            # An answer of the provider's own, but not one that tells that the key is good.
            return NOT_ALL, f"it answers, but does not say whether the key is good: {error}"
        except VideoTasksError as error:
            return NOT_ALL, str(error)
    return OK, "the key is accepted"
