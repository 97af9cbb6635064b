"""Keys and addresses for the command: a key file, the environment, the vendor's own file.

Owns: where each comes from. Refuses to take a key from the command line, where other users of the
machine can read it, and to show one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import click

from .. import MissingKey, Unsupported, VideoTasksError

if TYPE_CHECKING:
    from .. import Provider

Ability = Literal["cancel", "list"]
"""What not every provider can do."""

_WAYS: Final[Mapping[Ability, str]] = {
    "cancel": "cancel a task, only to delete one that has ended",
    "list": "list tasks",
}


Places: TypeAlias = list[tuple[str, Mapping[str, str]]]
"""Where settings come from: names, and values by variable. The first that has one counts."""


def sources(key_file: str | None) -> Places:
    """Where settings come from; the first that has one counts."""
    from .. import PROVIDERS

    found: Places = []
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
        found.append((key_file, _read_env(text)))
    found.append(("environment", os.environ))
    for kind in PROVIDERS:
        if (name := kind.info.key_file) is not None:
            try:
                values = _read_env(Path(name).expanduser().read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError):
                values = {}
            # A vendor's file speaks for the vendor alone.
            variable = kind.info.key_variable
            found.append((name, {variable: values.get(variable, "")}))
    return found


def look_up(variable: str, places: Places) -> tuple[str | None, str | None]:
    """The value of a variable, and the name of the place it is from."""
    found = ((values.get(variable, "").strip(), name) for name, values in places)
    return next(((value, name) for value, name in found if value), (None, None))


def open_providers(
    key_file: str | None,
    names: Iterable[str] | None,
    ability: Ability | None = None,
    *,
    delete_unfinished: bool = False,
) -> tuple[list[Provider[Any]], dict[str, VideoTasksError]]:
    """The providers named, or those that have a key, and the ability where one is needed.

    Beside them what stands in the way of others that are named: `Unsupported` or `MissingKey`.
    `delete_unfinished` is for TensorsLab. Raises `ConfigurationError`.
    """
    from .. import PROVIDERS, TensorsLab

    places = sources(key_file)
    keys = {kind.name: look_up(kind.info.key_variable, places)[0] for kind in PROVIDERS}
    able = {
        kind.name for kind in PROVIDERS if ability is None or getattr(kind.capabilities, ability)
    }
    # Where none of the able has a key, all are wanted, to say which keys are missing.
    wanted = set(names or {name for name in able if keys[name]} or able)
    opened: list[Provider[Any]] = []
    refused: dict[str, VideoTasksError] = {}
    # One that is not wanted is not looked at any further, so that it can't be in the way.
    for kind in (kind for kind in PROVIDERS if kind.name in wanted):
        info, key = kind.info, keys[kind.name]
        if ability is not None and kind.name not in able:
            words = f"{info.title} has no way to {_WAYS[ability]}"
            refused[kind.name] = Unsupported(words, provider=kind.name)
        elif key is None:
            words = (
                f"no API key for {info.title}: set {info.key_variable}, or name a file that does "
                f"with --key-file; about keys: {info.key_from}"
            )
            refused[kind.name] = MissingKey(words, provider=kind.name)
        else:
            url = look_up(info.url_variable, places)[0]
            if kind is TensorsLab:
                opened.append(TensorsLab(key, base_url=url, delete_unfinished=delete_unfinished))
            else:
                opened.append(kind(key, base_url=url))
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
