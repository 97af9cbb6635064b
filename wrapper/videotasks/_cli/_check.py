"""`videotasks check`: keys, addresses, limits and abilities; and whether a provider answers."""

from __future__ import annotations

from typing import Any, Final

from .._client.tasks import Tasks
from .._model.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFound,
    Refused,
    VideoTasksError,
)
from .._model.refs import Ref
from .._providers import PROVIDERS, Provider
from .._rules.retry import Retry
from ._ends import KEY, NOT_ALL, OK, USAGE, Exit, worst
from ._keys import look_up, sources
from ._show import Output

NOBODY: Final = "videotasks-check"
"""An id that no task has: asking about it changes nothing, and needs a key."""

HEADINGS: Final = ("provider", "", "")
"""Of a table, which has a row for each fact: side by side they would not fit."""


def show(output: Output, key_file: str | None, *, online: bool) -> None:
    """Show each provider; always ends the command."""
    places = sources(key_file)
    statuses: set[int] = set()
    keys = 0
    for make in PROVIDERS:
        key = look_up(make.info.key_variable, places)
        url = look_up(make.info.url_variable, places)
        address: str | None = url[0] if url else make.info.default_url
        limits: dict[str, float] = {}
        status, answer = OK, None
        keys += key is not None
        try:
            provider = make(key[0] if key else "no-key", base_url=url[0] if url else None)
        except ConfigurationError as error:
            # Not shown: what is wrong with an address may be that it has a password in it.
            status, address, answer = USAGE, None, str(error)
        else:
            limits = _limits(provider)
            if online and key:
                status, answer = _ask(provider)
        record = {
            "provider": make.name,
            "key": key[1] if key else None,
            "base_url": address,
            "limits": limits,
            "can": _abilities(make),
            "answer": answer,
        }
        whence = f"set ({key[1]})" if key else f"missing ({make.info.key_variable})"
        pace = ", ".join(f"{name} {limit:g}" for name, limit in limits.items()) or "none"
        can = ", ".join(_abilities(make))
        facts = {
            "key": whence,
            "base URL": address or "",
            "limits a second": pace,
            "can": can,
            "answer": answer or "",
        }
        names = [make.name, *[""] * len(facts)]
        told = [(name, fact) for name, fact in facts.items() if fact]
        rows = [(name, *fact) for name, fact in zip(names, told, strict=False)]
        output.add((make.name, *facts.values()), record, rows)
        statuses.add(status)
    output.end()
    raise Exit(worst(statuses) if keys else KEY)


def _limits(provider: Provider[Any]) -> dict[str, float]:
    return {
        name: limit for name, limit in provider.limits.items() if isinstance(limit, int | float)
    }


def _abilities(provider: type[Provider[Any]]) -> list[str]:
    can = provider.capabilities
    return ["get", "delete", *(["cancel"] if can.cancel else []), *(["list"] if can.list else [])]


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
