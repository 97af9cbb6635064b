"""A fixture for people's own tests: the simulator, fresh for each test.

Owns: the fixture. pytest imports this module in every run, wherever videotasks is installed, so it
is a package of its own: it refuses to import anything of videotasks before a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from videotasks.simulator import Simulator


@pytest.fixture
def videotasks_simulator() -> Generator[Simulator]:
    """Both providers on loopback, empty, as a running `videotasks.simulator.Simulator`.

    Ends with the test, which then fails if it sent a request that the simulator does not model.
    Fails where the extra `simulator` is not installed.
    """
    try:
        from videotasks.simulator import Simulator
    except ModuleNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    with Simulator(strict=False) as simulator:
        yield simulator
    if simulator.unmodelled:
        what = ", ".join(simulator.unmodelled)
        pytest.fail(f"the simulator does not model: {what}", pytrace=False)
