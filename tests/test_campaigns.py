"""A short run of the campaigns of `attacks`: the same code, fewer rounds, always the same seeds."""

from __future__ import annotations

import pytest

from attacks.campaigns.report import CAMPAIGNS, wage


@pytest.mark.parametrize(
    ("name", "seed", "outcomes"),
    [
        *(("faults", seed, 60) for seed in (100, 200)),
        *(("cuts", 1, 1), ("mixups", 0, 1), ("crowds", 0, 1), ("kills", 7, 1)),
    ],
)
def test_short_campaign(name: str, seed: int, outcomes: int) -> None:
    """Each ref has one outcome, which the ledger shows to be true; no cancel destroys a finished
    video, no deletion leaves without a look since the last, and no key goes where it should not."""
    waged = wage(name, seed, outcomes)
    assert waged.tally.breaches == [], waged.complaint()
    assert waged.tally.outcomes >= outcomes


def test_all_campaigns_are_in_it() -> None:
    """The campaigns together give all outcomes."""
    assert sum(share for _, share in CAMPAIGNS.values()) == pytest.approx(1)
