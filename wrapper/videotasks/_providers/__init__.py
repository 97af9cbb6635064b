"""The providers, one module each: its place on the network, its words, its answers, as tables.

Owns: the list of them. Refuses to be imported where it has others than `PROVIDER_NAMES`: those
must be known without httpx.
"""

from typing import Final

from .._model.task import PROVIDER_NAMES
from .ark import Ark
from .base import Provider
from .tensorslab import TensorsLab

PROVIDERS: Final = (Ark, TensorsLab)
"""All providers, in the order in which they are shown."""

if (found := tuple(make.name for make in PROVIDERS)) != PROVIDER_NAMES:
    raise ImportError(f"the providers are {found}, and PROVIDER_NAMES has {PROVIDER_NAMES}")

__all__ = ["PROVIDERS", "Ark", "Provider", "TensorsLab"]
