"""Keys and addresses for the command: a key file, the environment, the vendor's own file.

Owns: where each comes from. Refuses to take a key from the command line, where other users of the
machine can read it, and to show one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

if TYPE_CHECKING:
    from .._providers import Provider


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
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"can't read the key file {key_file}: {error}") from error
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


def open_providers(key_file: str | None, names: Iterable[str] | None) -> list[Provider[Any]]:
    """The providers named, or those that have keys. Raises `MissingKey`, `ConfigurationError`."""
    from .._core import no_key
    from .._providers import PROVIDERS

    places = sources(key_file)
    wanted = None if names is None else set(names)
    opened: list[Provider[Any]] = []
    for make in PROVIDERS:
        key = look_up(make.site.key_variable, places)
        if (wanted is None and key is None) or (wanted is not None and make.name not in wanted):
            continue
        url = look_up(make.site.url_variable, places)
        opened.append(make(key[0] if key else None, base_url=url[0] if url else None))
    if not opened:
        raise no_key()
    return opened


def _read_env(text: str) -> dict[str, str]:
    """Lines of `NAME=value`, as in a .env file; anything else is passed over."""
    values: dict[str, str] = {}
    for line in text.lstrip("\ufeff").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("\"'")
    return values
