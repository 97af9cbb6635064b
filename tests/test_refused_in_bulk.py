"""Errors that are about the account: no more of that provider's refs are tried in bulk work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from videotasks import Ark, AuthenticationError, Failed, Outcome, RateLimited, Tasks, TensorsLab
from videotasks.simulator import Fault, Simulator

from .conftest import AT_ONCE, Client, Connect, Mode

BAD_KEY = Fault.error(401, {"error": {"code": "AuthenticationError", "message": "bad key"}})


@pytest.fixture
def refused(sim: Simulator, mode: Mode) -> Iterator[Client]:
    """A client whose key for Ark is wrong."""
    client = Client(
        mode,
        Ark("wrong", base_url=sim.ark_url, limits=None),
        TensorsLab(sim.api_key, base_url=sim.tensorslab_url),
    )
    yield client
    client.close()


def check_refused(outcomes: list[Outcome]) -> None:
    """Each has the same error, of its own, about its own ref."""
    errors: set[int] = set()
    for outcome in outcomes:
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, AuthenticationError)
        assert (outcome.error.status_code, outcome.error.provider) == (401, "ark")
        assert outcome.error.ref == outcome.ref
        assert outcome.request_id == outcome.error.request_id is not None
        errors.add(id(outcome.error))
    assert len({str(outcome) for outcome in outcomes}) == len(errors) == len(outcomes)


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_key_refused(refused: Client, sim: Simulator, verb: str) -> None:
    """Where the key is refused no more is sent, and each ref fails with that error all the same."""
    refs = [f"ark:{number}" for number in range(500)]
    outcomes = refused.many(verb, refs)
    assert sorted(str(outcome.ref) for outcome in outcomes) == sorted(refs)
    check_refused(outcomes)
    assert len(sim.ark.requests) <= 16


def test_the_other_provider_goes_on(refused: Client, sim: Simulator) -> None:
    """The other provider's tasks are all done."""
    ark = [f"ark:{number}" for number in range(300)]
    tensorslab = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(30)]
    outcomes = refused.many("delete", [*ark, *tensorslab])
    names = Counter((outcome.ref.provider, outcome.name) for outcome in outcomes)
    assert names == {("ark", "failed"): 300, ("tensorslab", "deleted"): 30}
    assert len(sim.ark.requests) <= 16
    assert sim.tensorslab.ids() == ()


def test_refused_half_way(client: Client, sim: Simulator) -> None:
    """A key that is refused from some moment on: what was done by then is told of as done."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(100)]
    sim.ark.fail("delete", *[None] * 20, *[BAD_KEY] * 100)
    outcomes = client.many("delete", refs)
    assert sorted(str(outcome.ref) for outcome in outcomes) == sorted(refs)
    for outcome in outcomes:
        left = sim.ark.status(outcome.ref.id)
        assert (outcome.name, left) in {("deleted", None), ("failed", "succeeded")}
    assert len(sim.ark.ids()) == 80
    assert sim.ark.count("delete") < 20 + 20


def test_sent_before_it_was_refused(client: Client, sim: Simulator) -> None:
    """A deletion whose answer was lost stays unknown when the key is refused after it."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(5)]
    sim.ark.fail("delete", Fault.lost(acted=True))
    sim.ark.fail("get", None, *[BAD_KEY] * 10)
    outcomes = client.many("delete", refs, concurrency=1)
    names = Counter(outcome.name for outcome in outcomes)
    assert names["failed"] + names["unknown"] == 5
    unknown = [outcome for outcome in outcomes if outcome.name == "unknown"]
    assert [sim.ark.status(outcome.ref.id) for outcome in unknown] == [None]


def test_refused_and_repeated(refused: Client) -> None:
    """A ref that comes again gets an outcome each time."""
    outcomes = refused.many("delete", ["ark:1", "ark:2", "ark:1"] * 30)
    assert Counter(str(outcome.ref) for outcome in outcomes) == {"ark:1": 60, "ark:2": 30}
    assert {outcome.name for outcome in outcomes} == {"failed"}


def test_refused_for_one_task(connect: Connect, sim: Simulator) -> None:
    """A 403 may be about one task, so the others are tried."""
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(40)]
    sim.ark.fail("get", Fault.error(403, {"error": {"code": "Denied", "message": "not yours"}}))
    names = Counter(outcome.name for outcome in connect().many("delete", refs))
    assert names == {"failed": 1, "deleted": 39}


def test_read_as_it_is_iterated(sim: Simulator) -> None:
    """With a refused key the input is still read only as outcomes are taken."""
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while read < 5000:
            read += 1
            yield f"ark:{read}"

    with Tasks(Ark("wrong", base_url=sim.ark_url, limits=None), retry=AT_ONCE) as tasks:
        with tasks.delete_many(endless(), concurrency=4) as outcomes:
            seen = [next(outcomes) for _ in range(100)]
        assert 100 <= read < 130
        assert len(seen) + len(outcomes.rest) == read
        check_refused([*seen, *(one for one in outcomes.rest if one.name != "unsent")])


@pytest.mark.parametrize(
    ("error", "for_all"),
    [
        (AuthenticationError("no", status_code=401), True),
        (AuthenticationError("no", status_code=403), False),
        (AuthenticationError("no"), False),
        (RateLimited("slow", status_code=429), False),
    ],
)
def test_what_is_for_all(error: AuthenticationError | RateLimited, for_all: bool) -> None:
    """What is about the key is about all tasks; what may be about one task is not."""
    assert error.is_for_all == for_all
