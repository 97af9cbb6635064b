"""What the log says of work that does not go straight on: retries and slow-downs, a line each."""

from __future__ import annotations

import logging
import re

import pytest

from videotasks import Retry
from videotasks.simulator import Fault, Simulator

from .conftest import AT_ONCE, Client, Connect

PATIENT = Retry(backoff=0.01, max_wait=0.01)
SLOW = Fault.error(429, {"error": {"code": "Slow", "message": "slow down, Bearer sim-key"}})


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert "sim-key" not in caplog.text
    assert "slow down" not in caplog.text
    records = [record for record in caplog.records if record.name == "videotasks"]
    return [record.getMessage() for record in records if record.levelno == logging.INFO]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault.error(503), "ServerError 503"),
        (Fault.html(502, acted=False), "ServerError 502"),
        (Fault.lost(acted=False), "AnswerLost"),
    ],
)
def test_a_line_for_each_retry(
    connect: Connect, sim: Simulator, caplog: pytest.LogCaptureFixture, fault: Fault, why: str
) -> None:
    """What is tried again has a line at INFO: what, after which wait, and why."""
    caplog.set_level(logging.INFO, "videotasks")
    client = connect(retry=PATIENT)
    ref = f"ark:{sim.ark.add('succeeded')}"
    sim.ark.fail("get", fault, fault)
    client.get(ref)
    said = lines(caplog)
    assert len(said) == 2
    for line in said:
        assert re.fullmatch(rf"ark: get of {ref}: retrying in 0\.0\d+ s after {why}", line)


def test_a_line_for_a_slow_down(
    client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A 429 that slows an operation down has a line, with the pace from now on; neither it nor that
    of the retry has a key or a server's words in it."""
    caplog.set_level(logging.INFO, "videotasks")
    ref = f"ark:{sim.ark.add('succeeded')}"
    sim.ark.fail("delete", SLOW)
    assert client.delete(ref).name == "deleted"
    assert lines(caplog) == [
        f"ark: delete of {ref}: answered 429; every delete is slowed down to 20 a second",
        f"ark: delete of {ref}: retrying in 0 s after RateLimited 429",
    ]


def test_a_line_for_a_batch(
    client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch is named by its first task and their number."""
    caplog.set_level(logging.INFO, "videotasks")
    refs = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(4)]
    sim.tensorslab.fail("delete", SLOW)
    assert {outcome.name for outcome in client.many("delete", refs)} == {"deleted"}
    slowed, again = lines(caplog)
    form = r"tensorslab: delete of tensorslab:\S+ and 3 more: "
    assert re.fullmatch(form + r"answered 429; every delete is slowed down to 20 a second", slowed)
    assert re.fullmatch(form + r"retrying in 0 s after RateLimited 429", again)


def test_a_line_for_a_list(
    connect: Connect, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """So has a list, which is about no task in particular."""
    caplog.set_level(logging.INFO, "videotasks")
    sim.ark.fail("list", Fault.error(500))
    assert list(connect(retry=AT_ONCE).listed("ark")) == []
    assert lines(caplog) == ["ark: list: retrying in 0 s after ServerError 500"]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("fault", "why"),
    [(Fault.lost(acted=False), "AnswerLost"), (Fault.error(503), "ServerError 503")],
)
def test_a_line_for_a_delete_sent_again(
    client: Client,
    sim: Simulator,
    caplog: pytest.LogCaptureFixture,
    many: bool,
    fault: Fault,
    why: str,
) -> None:
    """A DELETE that is sent again after a lost answer and a new look has a line each time, alone
    and in bulk work; the first one has none."""
    caplog.set_level(logging.INFO, "videotasks")
    ref = f"ark:{sim.ark.add('succeeded')}"
    sim.ark.fail("delete", fault, fault)
    outcomes = list(client.many("delete", [ref])) if many else [client.delete(ref)]
    assert [outcome.name for outcome in outcomes] == ["deleted"]
    line = f"ark: delete of {ref}: sent again after {why} and a new look"
    assert lines(caplog) == [line, line]


def test_no_line_for_a_delete_that_was_done(
    client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the look shows that it was done, nothing is sent again, and no line says so."""
    caplog.set_level(logging.INFO, "videotasks")
    sim.ark.fail("delete", Fault.lost(acted=True))
    assert client.delete(f"ark:{sim.ark.add('succeeded')}").name == "deleted"
    assert lines(caplog) == []


def test_a_line_names_those_sent_again(
    client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a batch that is sent again, the line names the first task and their number."""
    caplog.set_level(logging.INFO, "videotasks")
    refs = [f"tensorslab:{sim.tensorslab.add('completed')}" for _ in range(3)]
    sim.tensorslab.fail("delete", Fault.lost(acted=False))
    assert {outcome.name for outcome in client.many("delete", refs)} == {"deleted"}
    [line] = lines(caplog)
    end = r"and 2 more: sent again after AnswerLost and a new look"
    assert re.fullmatch(rf"tensorslab: delete of tensorslab:\S+ {end}", line)


def test_no_line_when_all_is_well(
    client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Work that goes straight on has no line, and neither has a retry for who asked for less."""
    caplog.set_level(logging.INFO, "videotasks")
    refs = [f"ark:{sim.ark.add('succeeded')}" for _ in range(3)]
    assert {outcome.name for outcome in client.many("delete", refs)} == {"deleted"}
    assert lines(caplog) == []
    caplog.set_level(logging.WARNING, "videotasks")
    sim.ark.fail("get", Fault.error(503))
    client.get(f"ark:{sim.ark.add('queued')}")
    assert lines(caplog) == []
