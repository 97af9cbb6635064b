"""Filtering by inference endpoint, which Ark does, and by model, which is done here."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qs

import pytest

from videotasks import AuthenticationError, ConfigurationError, RateLimited, Refused
from videotasks.simulator import Fault, Simulator

from .command import run
from .conftest import AT_ONCE, Client

MODEL = "doubao-seedance-1-0-pro-250528"
OWN = "ep-20250331175019-68d9t"


@pytest.fixture
def made(sim: Simulator) -> dict[str, str]:
    """Failed tasks of two models, each through an endpoint of its own and without."""
    return {
        "plain": sim.ark.add("failed"),
        "own": sim.ark.add("failed", endpoint=OWN),
        "lite": sim.ark.add("failed", model="lite"),
        "own lite": sim.ark.add("failed", model="lite", endpoint="ep-2", service_tier="flex"),
    }


FILTERS: list[tuple[dict[str, Any], list[str], str | None]] = [
    ({"model": MODEL}, ["plain", "own"], None),
    ({"model": "lite"}, ["lite", "own lite"], None),
    ({"model": OWN}, [], None),
    ({"endpoint": OWN}, ["own"], OWN),
    ({"endpoint": "ep-2"}, ["own lite"], "ep-2"),
    ({"endpoint": MODEL}, ["plain"], MODEL),
    ({"endpoint": OWN, "model": MODEL}, ["own"], OWN),
    ({"endpoint": OWN, "model": "lite"}, [], OWN),
]


@pytest.mark.parametrize(("filters", "found", "sent"), FILTERS)
def test_filters(
    client: Client,
    sim: Simulator,
    made: dict[str, str],
    filters: dict[str, Any],
    found: list[str],
    sent: str | None,
) -> None:
    """A model is compared with `Task.model` and never sent; an endpoint is sent as Ark's filter by
    "model" and compared with nothing; `list` and `purge` alike."""
    wanted = {made[name] for name in found}
    assert {task.ref.id for task in client.listed("ark", **filters)} == wanted
    assert {task.ref.id for task in client.purge("ark", **filters)} == wanted
    queries = [parse_qs(request.query) for request in sim.ark.requests]
    assert [query.get("filter.model") for query in queries] == [[sent] if sent else None] * 4


def test_an_endpoint_that_is_not_heeded(client: Client, sim: Simulator) -> None:
    """What Ark lists for an endpoint is of it, whatever model or endpoint it seems to be of."""
    shown = {"id": "cgt-1", "status": "failed", "model": "other"}
    sim.ark.fail("list", Fault.says({"total": 1, "items": [shown]}, acted=False))
    assert [task.ref.id for task in client.listed("ark", endpoint=OWN)] == ["cgt-1"]


@pytest.mark.parametrize("endpoint", ["", " ", 5, ["ep-1"]])
def test_no_endpoint(client: Client, sim: Simulator, endpoint: Any) -> None:
    """What is no endpoint's id is refused before anything is sent: blank, it would filter nothing,
    and a purge by it take everything."""
    for ask in (client.listed, client.purge):
        with pytest.raises(ConfigurationError, match="endpoint"):
            ask("ark", endpoint=endpoint)
    assert sim.ark.requests == ()


@pytest.mark.parametrize("refusal", ["400", "403", "404"])
def test_a_restricted_key(
    client: Client, sim: Simulator, made: dict[str, str], refusal: Literal["400", "403", "404"]
) -> None:
    """Where a key must name an endpoint, a list without one is refused in words that tell to, in
    whichever way Ark refuses it; with one it goes through."""
    sim.ark.key_endpoints = frozenset({OWN})
    sim.ark.endpoint_refusal = refusal
    for ask in (client.listed, client.purge):
        with pytest.raises(Refused, match=r"may need one to be named: endpoint=…, or --endpoint"):
            list(ask("ark", states=["failed"]))
        with pytest.raises(Refused) as raised:
            list(ask("ark", endpoint="ep-2"))
        assert "may need" not in str(raised.value)
    assert [task.ref.id for task in client.listed("ark", endpoint=OWN)] == [made["own"]]


def test_refusals_of_another_kind(client: Client, sim: Simulator) -> None:
    """A bad key and too many requests are not about endpoints, and nothing is said of them."""
    sim.ark.fail("list", Fault.error(401), *[Fault.error(429)] * AT_ONCE.attempts)
    for kind in (AuthenticationError, RateLimited):
        with pytest.raises(kind) as raised:
            list(client.listed("ark"))
        assert "endpoint" not in str(raised.value)


def test_the_command(sim: Simulator, made: dict[str, str]) -> None:
    """`list` and `purge` take --endpoint, and a list that is refused tells to give it."""
    sim.ark.key_endpoints = frozenset({OWN})
    done = run(sim, "list", "ark")
    assert "endpoint=…, or --endpoint" in done.stderr
    assert done.returncode == 1
    done = run(sim, "purge", "ark", "--endpoint", OWN, "--yes")
    assert done.stdout.startswith(f"ark:{made['own']}\tdeleted\t")
    assert done.returncode == 0
    assert len(sim.ark.ids()) == 3
