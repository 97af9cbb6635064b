"""Keys and addresses for the command: a key file, the environment, the vendor's own file.

Owns: where each comes from. Refuses to take a key from the command line, where other users of the
machine can read it, and to show one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click
from attrs import frozen

from .._model.errors import MissingKey, Unsupported, VideoTasksError

if TYPE_CHECKING:
    from .._providers import Provider

Ability = Literal["cancel", "list"]
"""What not every provider can do."""

_WAYS: Final[Mapping[Ability, str]] = {
    "cancel": "cancel a task, only to delete one that has ended",
    "list": "list tasks",
}


@frozen
class Source:
    """Settings by variable, and where they are from."""

    name: str
    values: Mapping[str, str]


def sources(key_file: str | None) -> list[Source]:
    """Where settings come from; the first that has one counts."""
    found: list[Source] = []
    if key_file is not None:
        try:
            text = Path(key_file).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            # Not quoted: it may be a key.
            raise click.UsageError(f"the key file {key_file} is not UTF-8 text") from None
        except OSError as error:
            raise click.UsageError(
                f"can't read the key file {key_file}: {error.strerror}"
            ) from error
        found.append(Source(key_file, _read_env(text)))
    found.append(Source("environment", os.environ))
    vendor = Path.home() / ".tensorslab" / ".env"
    try:
        values = _read_env(vendor.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        values = {}
    # The vendor's file speaks for the vendor alone.
    key = {"TENSORSLAB_API_KEY": values.get("TENSORSLAB_API_KEY", "")}
    found.append(Source("~/.tensorslab/.env", key))
    return found


def look_up(variable: str, places: Iterable[Source]) -> tuple[str, str] | None:
    """The value of a variable, and where it is from."""
    for source in places:
        if value := source.values.get(variable, "").strip():
            return value, source.name
    return None


def open_providers(
    key_file: str | None, names: Iterable[str] | None, ability: Ability | None = None
) -> tuple[list[Provider[Any]], dict[str, VideoTasksError]]:
    """The providers named, or those that have a key, and the ability where one is needed.

    Beside them what stands in the way of others that are named: `Unsupported` or `MissingKey`.
    Raises `ConfigurationError`.
    """
    from .._providers import PROVIDERS

    places = sources(key_file)
    keys = {make.name: look_up(make.info.key_variable, places) for make in PROVIDERS}
    able = {
        make.name for make in PROVIDERS if ability is None or getattr(make.capabilities, ability)
    }
    # Where none of the able has a key, all are wanted, to say which keys are missing.
    wanted = set(names or {name for name in able if keys[name]} or able)
    opened: list[Provider[Any]] = []
    refused: dict[str, VideoTasksError] = {}
    for make in PROVIDERS:
        if make.name not in wanted:
            continue
        # One that is not wanted is not looked at any further, so that it can't be in the way.
        key, url = keys[make.name], look_up(make.info.url_variable, places)
        if ability is not None and make.name not in able:
            refused[make.name] = Unsupported(
                f"{make.info.title} has no way to {_WAYS[ability]}", provider=make.name
            )
        elif key is None:
            refused[make.name] = MissingKey(
                f"no API key for {make.info.title}: set {make.info.key_variable}, or name a file "
                f"that does with --key-file; about keys: {make.info.key_from}",
                provider=make.name,
            )
        else:
            opened.append(make(key[0], base_url=url[0] if url else None))
    return opened, refused


def _read_env(text: str) -> dict[str, str]:
    """Lines of `NAME=value`, as in a .env file; anything else is passed over."""
    values: dict[str, str] = {}
    for line in text.lstrip("\ufeff").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[re.sub(r"^export\s+", "", name).strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    """A value without its quotes, or without the comment after it."""
    if value[:1] in {'"', "'"} and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return re.split(r"(?:^|\s)#", value, maxsplit=1)[0]
