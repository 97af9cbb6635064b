"""Options and fixtures of the attacks, and the table at the end."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from random import SystemRandom

import pytest

from tests.conftest import redis_socket

from .campaigns.report import AT_ONCE, OUTCOMES, Waged, table

__all__ = ["redis_socket"]

WAGED = pytest.StashKey[list[Waged]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("attacks")
    group.addoption("--attack-seed", type=int, help="of the first round; drawn if not given")
    group.addoption("--attack-outcomes", type=int, default=OUTCOMES, help="of all campaigns")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.attack_seed is None:
        config.option.attack_seed = SystemRandom().randrange(10**6) * 1000
    config.stash[WAGED] = []


def pytest_report_header(config: pytest.Config) -> str:
    return f"campaigns: --attack-seed {config.option.attack_seed}"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if waged := config.stash[WAGED]:
        terminalreporter.section(f"campaigns, --attack-seed {config.option.attack_seed}")
        for line in table(waged):
            terminalreporter.write_line(line)
        terminalreporter.write_line(
            'limits: what README\'s "Limits and unknowns" says, not breaches'
        )


@pytest.fixture(scope="session")
def pool() -> Iterator[Executor]:
    """Processes for rounds, apart from this one, of which nothing is to be measured then."""
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as executor:
        yield executor
