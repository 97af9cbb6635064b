"""The campaigns, against servers that keep a ledger; see `attacks/campaigns`."""

from __future__ import annotations

from concurrent.futures import Executor

import pytest

from .campaigns.report import CAMPAIGNS, wage
from .conftest import WAGED


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_campaign(name: str, pool: Executor, request: pytest.FixtureRequest) -> None:
    """Each ref has one outcome, which the ledger shows to be true; no cancel destroys a finished
    video, no deletion leaves without a look since the last, and no key goes where it should not."""
    options = request.config.option
    outcomes = options.attack_outcomes * CAMPAIGNS[name][1]
    waged = wage(name, options.attack_seed, outcomes, pool)
    request.config.stash[WAGED].append(waged)
    assert waged.tally.breaches == [], waged.complaint()
