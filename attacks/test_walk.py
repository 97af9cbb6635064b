"""Every course of events, deeper than the tests go; prints what was walked."""

from __future__ import annotations

import pytest

from attacks.walk import scope

CASES = list(scope.deep())
NAMES = list(dict.fromkeys(case.name for case in CASES))


@pytest.mark.parametrize("name", NAMES)
def test_every_path(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In no path is a promise broken. Videos are lost to a cancel in paths of the documented limit
    alone, and the model has those, or it could not see any."""
    for of, tally in scope.walk_all(case for case in CASES if case.name == name):
        with capsys.disabled():
            print(f"\n{of}: {tally}")
        in_limit = sum(count for what, count in tally.found.items() if "limit" in what)
        assert tally.found["videos lost in them"] <= in_limit
        assert tally.found["videos lost in them"] > 0 or name != "Ark, deepest"
