"""The table of broken rules: `make mutants` holds that each is seen by a test."""

from __future__ import annotations

import pytest

from attacks.mutant_table import MUTANTS, WALK, Mutant
from attacks.mutants import ROOT, broken


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.breaks)
def test_each_can_be_made(mutant: Mutant) -> None:
    """The text that a mutant replaces is in its file exactly once, and what it makes compiles."""
    compile(broken(mutant), mutant.file, "exec")


def test_the_table() -> None:
    """There are at least 25, each of its own; the tests that are to see them exist."""
    assert len(MUTANTS) >= 25
    assert len({mutant.breaks for mutant in MUTANTS}) == len(MUTANTS)
    for test in {test for mutant in MUTANTS for test in mutant.tests}:
        file, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert sum(WALK in mutant.tests for mutant in MUTANTS) >= 25
