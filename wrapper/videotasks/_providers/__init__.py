"""The providers, one module each: its place on the network, its words, its answers, as tables.

Owns: the list of them. Refuses to be imported where it has others than `PROVIDER_NAMES`: those
must be known without httpx.
"""

from typing import Any, Final

from .._http.environment import has_key
from .._model.errors import MissingKey
from .._model.task import PROVIDER_NAMES
from .ark import Ark
from .base import Provider
from .tensorslab import TensorsLab

PROVIDERS: Final = (Ark, TensorsLab)
"""All providers, in the order in which they are shown."""

if (found := tuple(make.name for make in PROVIDERS)) != PROVIDER_NAMES:
    raise ImportError(f"the providers are {found}, and PROVIDER_NAMES has {PROVIDER_NAMES}")


def provider_class(name: str) -> type[Provider[Any]]:
    """The provider of a name that is one's."""
    return PROVIDERS[PROVIDER_NAMES.index(name)]


def from_environment() -> list[Provider[Any]]:
    """The providers whose keys are set. Raises `MissingKey` if none is."""
    found: list[Provider[Any]] = [make() for make in PROVIDERS if has_key(make.info)]
    if not found:
        raise no_key()
    return found


def no_key() -> MissingKey:
    """The error of having no key for any provider."""
    needed = " or ".join(
        f"{provider.info.key_variable} (about keys: {provider.info.key_from})"
        for provider in PROVIDERS
    )
    return MissingKey(f"no API key: set {needed}")


__all__ = ["PROVIDERS", "Ark", "Provider", "TensorsLab", "from_environment", "provider_class"]
