"""Every course of events to a stated depth: the real rules against a model of each provider.

What is walked, and how deep, is in attacks/walk/scope.py; `make attack` goes deeper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from attacks.walk import scope
from attacks.walk.explorer import Breach, Explorer
from videotasks.simulator import Simulator

CASES = list(scope.quick())
PARTS = {
    f"{case.wanted.verb}: {case.name}": [
        other for other in CASES if (other.name, other.wanted.verb) == (case.name, case.wanted.verb)
    ]
    for case in CASES
}
NO_PART = frozenset(
    # Of the key, of lists and of creating, which have no part in these paths.
    {"api_key", "auth", "endpoint_refusal", "key_endpoints", "most_on_a_page", "order"}
    | {"moves_of_created", "text_numbers", "text_status"}
    # These come as faults, at any request.
    | {"rate_limits", "refusals"}
)


@pytest.mark.parametrize("part", PARTS)
def test_every_path(part: str) -> None:
    """In no path is an outcome untrue, missing or double, nor is a deletion sent that may not be; a
    cancel costs a video only where the task ran and ended before the deletion arrived."""
    for name, tally in scope.walk_all(PARTS[part]):
        assert tally.found["paths"] > 0, name
        in_limit = sum(count for what, count in tally.found.items() if "limit" in what)
        assert tally.found["videos lost in them"] <= in_limit, name


def test_every_switch() -> None:
    """Each undocumented behaviour that the simulator has a switch for is walked, or has no part in
    what becomes of a task."""
    with Simulator() as sim:
        ark, tensorslab = sim.ark.switches(), sim.tensorslab.switches()
    assert set(ark) - NO_PART == set(scope.ARK_SWITCHES)
    # With which code a 404 says that a task is not there is Ark's alone to vary here.
    assert set(tensorslab) - NO_PART - {"not_found_code"} == set(scope.TENSORSLAB_SWITCHES)


def test_the_explorer_goes_everywhere() -> None:
    """All choices are taken in all combinations, and a state met again counts its paths again."""
    explorer = Explorer()

    def path() -> Iterator[str]:
        total = explorer.choose((0, 1, 2), lambda: "first")
        total += explorer.choose((0, 1), lambda: ("second", total))
        # After this it does not matter how it came about.
        total += explorer.choose((0, 10), lambda: ("third", total))
        yield str(total)

    explorer.explore(path)
    wanted = Counter(str(a + b + c) for a in range(3) for b in range(2) for c in (0, 10))
    assert explorer.found == wanted
    assert explorer.runs < sum(wanted.values())


def test_the_explorer_ends() -> None:
    """A path that goes on choosing for ever is a breach."""
    explorer = Explorer()

    def path() -> Iterator[str]:
        for number in range(10_000):
            explorer.choose((0, 1), partial(str, number))
        yield "ended"

    with pytest.raises(Breach, match="does not end"):
        explorer.explore(path)
