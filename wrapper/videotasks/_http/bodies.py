"""An answer with its body as JSON, within bounds, and without a key that a server put there.

Owns: how large a body may be, and what may be in it. Refuses to know what it says.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any, Final, cast

import httpx

from .settings import ApiKey

MOST_OF_A_TASK: Final = 1_000_000
MOST_OF_A_PAGE: Final = 8_000_000
"""Bytes of an answer's body. A task takes about two thousand, a page has up to 500 of them."""
MOST_OF_AN_ERROR: Final = 65_536
"""Bytes that are read of a refusal's body."""
MOST_SHOWN: Final = 2048
"""Bytes that are looked at for words, where such a body is not the provider's."""
MOST_PIECES: Final = 20_000
"""Pieces that a body may come in: taking one in costs as much as a thousand bytes."""
_VALUES_A_BYTE: Final = 0.05
"""JSON values for each byte that an answer may have: each costs far more than the byte it takes."""


class Answer(httpx.Response):
    """An answer that was decoded already."""

    def __init__(
        self,
        decoded: object,
        status: int,
        content: bytes,
        headers: list[tuple[bytes, bytes]],
        request: httpx.Request,
    ) -> None:
        stream = httpx.ByteStream(content)
        super().__init__(status, headers=headers, stream=stream, request=request)
        self._whole = content
        self.decoded: object = decoded

    @property
    def content(self) -> bytes:
        """The body; it need not be read."""
        return self._whole

    def json(self, **_options: Any) -> Any:
        """What the body says."""
        return self.decoded


def decode(raw: bytes, key: ApiKey, most: int) -> object:
    """The decoded body; None where it is not JSON, or has more in it than `most` bytes may."""
    if sum(map(raw.count, (b",", b":", b"[", b"{"))) > most * _VALUES_A_BYTE:
        return None
    try:
        body: object = json.loads(raw.removeprefix(BOM_UTF8).decode())
        # What is escaped was not hidden yet.
        return _mended(body, key.hide) if b"\\" in raw else body
    except (ValueError, RecursionError):
        return None


def _mended(value: object, mend: Callable[[str], str]) -> object:
    """A decoded body with `mend` applied to each text in it."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, list):
        return [_mended(one, mend) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {mend(name): _mended(one, mend) for name, one in fields.items()}
    return value
