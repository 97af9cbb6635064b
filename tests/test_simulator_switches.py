"""Whatever is misspelt on the simulator raises at once, and says what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest

import videotasks_ark.models
import videotasks_tensorslab.models
from videotasks.simulator import Fault, Move, NewState, Simulator

TOLD: Final = {"get": (429, "QuotaExceeded", "no")}

REFUSED: Final[list[tuple[Callable[[Any], object], type[Exception], str]]] = [
    (lambda sim: setattr(sim, "latncy", 1), AttributeError, "latency"),
    (lambda sim: setattr(sim, "latency", -1), ValueError, "in seconds"),
    (lambda sim: setattr(sim, "api_key", "other"), AttributeError, "api_key"),
    (lambda sim: sim.arc, AttributeError, "ark"),
    (lambda sim: sim.base_url("arc"), ValueError, "'ark', 'tensorslab'"),
    (lambda sim: setattr(sim.ark, "ordre", "oldest first"), AttributeError, "order"),
    (lambda sim: setattr(sim.ark, "add", None), AttributeError, "order"),
    (lambda sim: sim.ark.statsu("x"), AttributeError, "status"),
    (lambda sim: setattr(sim.ark, "order", "oldest"), ValueError, "'oldest first'"),
    (lambda sim: setattr(sim.ark, "delete_of_cancelled", 404), ValueError, "'409', '404'"),
    (lambda sim: setattr(sim.ark, "not_found_code", 404), ValueError, "text or None"),
    (lambda sim: setattr(sim.ark, "flat_errors", 1), ValueError, "True or False"),
    (lambda sim: setattr(sim.ark, "most_on_a_page", True), ValueError, "a whole number"),
    (lambda sim: setattr(sim.ark, "key_endpoints", {"ep-1"}), ValueError, "frozenset[str]"),
    (lambda sim: setattr(sim.ark, "key_endpoints", frozenset({1})), ValueError, "frozenset[str]"),
    (lambda sim: setattr(sim.ark, "rate_limits", {"gte": 1}), ValueError, "'get'"),
    (lambda sim: setattr(sim.ark, "rate_limits", {"get": "1"}), ValueError, "a whole number"),
    (lambda sim: sim.ark.rate_limits.update(gte=1), ValueError, "'get'"),
    (lambda sim: setattr(sim.tensorslab, "rate_limits", {"list": 1}), ValueError, "'delete'"),
    (lambda sim: setattr(sim.ark, "refusals", {"look": TOLD["get"]}), ValueError, "'get'"),
    (lambda sim: setattr(sim.ark, "refusals", {"get": (429, "x")}), ValueError, "tuple[int"),
    (lambda sim: setattr(sim.tensorslab, "batch", "whole"), ValueError, "'partial'"),
    (
        lambda sim: setattr(sim.ark, "moves_of_created", [Move(to="pending", after_reads=1)]),
        ValueError,
        "'queued'",
    ),
    (lambda sim: sim.ark.add("completed"), ValueError, "'succeeded'"),
    (lambda sim: sim.tensorslab.add("succeeded"), ValueError, "'completed'"),
    (
        lambda sim: sim.ark.add("queued", moves=[Move(to="completed", after_reads=1)]),
        ValueError,
        "'succeeded'",
    ),
    (lambda sim: sim.ark.add("queued", move=[]), TypeError, "model"),
    (lambda sim: sim.ark.add("queued", task_id=sim.ark.add("queued")), ValueError, "already"),
    (lambda sim: sim.ark.move(sim.ark.add("queued"), "runing"), ValueError, "'running'"),
    (lambda sim: sim.ark.move("nobody", "running"), LookupError, "nobody"),
    (lambda sim: sim.ark.remove("nobody"), LookupError, "nobody"),
    (lambda sim: sim.tensorslab.refuse("nobody"), LookupError, "nobody"),
    (lambda sim: sim.ark.fail("gte", Fault.lost(acted=True)), ValueError, "'get'"),
    (lambda sim: sim.tensorslab.fail("list", None), ValueError, "'delete'"),
    (lambda sim: sim.ark.fail("get", Fault.lost), TypeError, "calling"),
    (lambda sim: sim.ark.count("deletes"), ValueError, "'delete'"),
    (lambda _: Move(to="runing", after_reads=1), ValueError, "running"),  # type: ignore[arg-type]
    (lambda _: Move(to="running"), ValueError, "after_seconds"),
]


@pytest.mark.parametrize(("misuse", "error", "named"), REFUSED)
def test_refused(
    sim: Simulator, misuse: Callable[[Any], object], error: type[Exception], named: str
) -> None:
    """What is misspelt raises, says what there is instead, and changes nothing."""
    before = settings(sim)
    with pytest.raises(error, match=re.escape(named)):
        misuse(sim)
    assert settings(sim) == before


def settings(sim: Simulator) -> list[object]:
    """How all switches are set."""
    providers = sim.providers.values()
    found: list[object] = [
        getattr(provider, name) for provider in providers for name in provider.switches()
    ]
    return [repr(value) for value in [sim.latency, sim.api_key, *found]]


def test_taken(sim: Simulator) -> None:
    """Right values are taken; None where it is allowed; and reset forgets all of them."""
    before = settings(sim)
    sim.latency = 0.5
    sim.ark.key_endpoints = frozenset({"ep-1"})
    sim.ark.not_found_code = None
    sim.ark.rate_limits = {"get": 3}
    sim.ark.rate_limits["create"] = 1
    sim.ark.refusals = {"get": (429, "QuotaExceeded", "no")}
    assert sim.ark.rate_limits == {"get": 3, "create": 1}
    sim.ark.rate_limits = {}
    assert sim.ark.rate_limits == {}
    sim.ark.api_key = "other"
    assert settings(sim) != before
    sim.reset()
    assert settings(sim) == before


def test_new_states(sim: Simulator) -> None:
    """A state that the vendor does not document is possible, where it is said to be one."""
    paused = NewState("paused")
    task_id = sim.ark.add(paused, moves=[Move(to=NewState("odd"), after_seconds=5)])
    assert sim.ark.status(task_id) == "paused"
    sim.advance(5)
    assert sim.ark.status(task_id) == "odd"
    sim.ark.move(task_id, paused)
    assert json.loads(json.dumps(paused)) == sim.ark.status(task_id)


def test_moves_that_nobody_looked_at(sim: Simulator) -> None:
    """Moves by time are made one after the other, each counted from when the last was due."""
    moves = [Move(to="running", after_seconds=10), Move(to="succeeded", after_seconds=60)]
    task_id = sim.ark.add("queued", moves=[*moves, Move(to=None, after_seconds=100)])
    sim.advance(70)
    assert sim.ark.status(task_id) == "succeeded"
    assert sim.ark.ids() == (task_id,)
    sim.advance(100)
    assert sim.ark.ids() == ()


def test_fields_are_those_of_the_specs(sim: Simulator) -> None:
    """A task can be added with all fields that a spec has, and with no others unasked."""
    of_ark = {field.name for field in attrs.fields(videotasks_ark.models.Task)}
    named_by_add = {"created_at", "additional_properties"}
    assert set(sim.ark.fields) == of_ark - named_by_add | {"endpoint"}
    of_tensorslab = {field.name for field in attrs.fields(videotasks_tensorslab.models.VideoTask)}
    assert set(sim.tensorslab.fields) == of_tensorslab - named_by_add
