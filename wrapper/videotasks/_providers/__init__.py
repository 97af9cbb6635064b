"""The providers, one module each: its place on the network, its words, its answers, as tables."""

from typing import Final

from .ark import Ark
from .base import Provider
from .tensorslab import TensorsLab

PROVIDERS: Final = (Ark, TensorsLab)
"""All providers, in the order in which they are shown."""

__all__ = ["PROVIDERS", "Ark", "Provider", "TensorsLab"]
