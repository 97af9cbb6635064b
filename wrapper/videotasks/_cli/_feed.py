"""The refs of one run as the library takes them in, and those that are not worth asking about.

Owns: what a refused key means for the refs still to come. Refuses to show or count outcomes: that
is in `_run`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from .._errors import AuthenticationError

if TYPE_CHECKING:
    from .._outcomes import Outcome
    from .._refs import Ref

KEY_REFUSED: Final = 401
"""403 may be about one task; this is about the key."""


class KeysRefused(Exception):  # not an error
    """All that is left to do is for providers that refuse the key."""


class Feed(Iterable["Ref"]):
    """Refs, as long as their provider takes the key.

    The library reads ahead of its work. Taking providers in turn keeps that even, so that few refs
    of a provider have been read when it refuses the key.
    """

    def __init__(self, refs: Sequence[Ref]) -> None:
        self._refs = refs
        self._refused: set[str] = set()
        self._settled: Counter[str] = Counter()
        self._all: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._refs)

    def __iter__(self) -> Iterator[Ref]:
        providers = dict.fromkeys(ref.provider for ref in self._refs)
        for refs in zip_longest(*map(self._of, providers)):
            for ref in refs:
                if ref is not None and ref.provider not in self._refused:
                    yield ref

    def settled(self, outcome: Outcome) -> str | None:
        """Learn from an outcome. The provider's name, if this is the first to say that the key is
        refused."""
        provider = outcome.ref.provider
        self._settled[provider] += 1
        if not _key_refused(outcome) or provider in self._refused:
            return None
        self._refused.add(provider)
        self._all = self._all or Counter(ref.provider for ref in self._refs)
        return provider

    def check(self) -> None:
        """Raise `KeysRefused` if that is so for all refs without an outcome."""
        if self._refused and self._refused.issuperset(self._all - self._settled):
            raise KeysRefused

    def _of(self, provider: str) -> Iterator[Ref]:
        return (
            ref for ref in self._refs if ref.provider == provider and provider not in self._refused
        )


def _key_refused(outcome: Outcome) -> bool:
    return (
        outcome.name == "failed"
        and isinstance(outcome.error, AuthenticationError)
        and outcome.error.status_code == KEY_REFUSED
    )
