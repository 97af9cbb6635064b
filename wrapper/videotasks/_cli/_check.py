"""`videotasks check`: keys, addresses, limits and abilities; and whether a provider answers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from .. import (
    PROVIDERS,
    AuthenticationError,
    ConfigurationError,
    NotFound,
    Provider,
    Ref,
    Refused,
    Retry,
    Tasks,
    VideoTasksError,
)
from ._exit import KEY, NOT_ALL, OK, USAGE, Exit, worst_status
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
    for kind in PROVIDERS:
        key, key_from = look_up(kind.info.key_variable, places)
        url, _ = look_up(kind.info.url_variable, places)
        keys += key is not None
        address: str | None = url or kind.info.default_url
        status, answer = OK, None
        try:
            provider = kind(key or "no-key", base_url=url)
        except ConfigurationError as error:
            # Not shown: what is wrong with an address may be that it has a password in it.
            status, address, answer = USAGE, None, str(error)
            provider = kind("no-key", base_url="http://localhost")  # for its limits alone
        else:
            if online and key:
                status, answer = _ask(provider)
        # Those that are shared between programs are no numbers.
        given = provider.limits.items()
        limits = {name: one for name, one in given if isinstance(one, int | float)}
        can = ["get", "delete", *(["cancel"] if kind.capabilities.cancel else [])]
        can += ["list"] if kind.capabilities.list else []
        record = {
            "provider": kind.name,
            "key": key_from,
            "base_url": address,
            "limits": limits,
            "can": can,
            "answer": answer,
        }
        paces = [f"{name} {limit:g}" for name, limit in limits.items()]
        facts = {
            "key": f"set ({key_from})" if key else f"missing ({kind.info.key_variable})",
            "base URL": address or "",
            "limits a second": ", ".join(paces) or "none",
            "can": ", ".join(can),
            "answer": answer or "",
        }
        rows = [("", name, fact) for name, fact in facts.items() if fact]
        rows[0] = (kind.name, *rows[0][1:])
        output.add((kind.name, *facts.values()), record, rows)
        statuses.add(status)
    output.end()
    raise Exit(worst_status(statuses) if keys else KEY)


def _ask(provider: Provider[Any]) -> tuple[int, str]:
    """Ask about a task that does not exist, which any key may."""
    with Tasks(provider, retry=Retry(attempts=1)) as tasks:
        try:
            with suppress(NotFound):
                tasks.get(Ref(provider.name, NOBODY))
        except AuthenticationError as error:
            return KEY, str(error)
        except Refused as error:
            # An answer of the provider's own, but not one that tells that the key is good.
            return NOT_ALL, f"it answers, but does not say whether the key is good: {error}"
        except VideoTasksError as error:
            return NOT_ALL, str(error)
    return OK, "the key is accepted"
