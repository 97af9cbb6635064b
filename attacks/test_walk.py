"""Every course of events, deeper than the tests go; prints what was walked."""

from __future__ import annotations

import pytest

from attacks.walk import scope
from attacks.walk.single import Tally


def test_every_path(capsys: pytest.CaptureFixture[str]) -> None:
    """In no path is a promise broken. A video is lost to a cancel in paths of the documented limit
    alone, and those are there, or the model would not be able to see it."""
    total = Tally()
    for name, tally in scope.walk_all(scope.deep()):
        total.take(tally)
        with capsys.disabled():
            print(f"\n{name}: {tally}")
    assert total.found["paths"] > 1_000_000
    assert total.found["videos lost in them"] > 0
