"""Which names of tasks are accepted, and that all others are refused before anything is sent."""

from __future__ import annotations

import copy
import pickle
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import quote

import pytest

from videotasks import Cancelled, Deleted, Failed, InvalidRef, Ref
from videotasks.simulator import Simulator
from videotasks.simulator._store import ProviderSimulator

from .conftest import Client

MOST_IN_A_MESSAGE = 300

BAD_TEXTS = [
    "",
    ":",
    "ark",
    "ark:",
    "ark:.",
    "ark:..",
    "tensorslab:",
    "tensorslab:..",
    "ark:a b",
    "ark:a\tb",
    "ark:a\nb",
    "ark:a\rb",
    "ark:a\0b",
    "ark:a\x1bb",
    "ark:a\x7fb",
    "ark:a\x85b",
    "ark:a\u00a0b",  # a blank that does not break
    "ark:a\u00adb",  # a hyphen that does not show
    "ark:a\u200bb",  # zero width
    "ark:a\u202eb",  # from here on, right to left
    "ark:a\u2028b",  # a line separator
    "ark:a\u3000b",  # as wide as a Chinese character
    "ark:a\ufeffb",
    "ark:a\ud800b",  # half a character: can't be sent as UTF-8
    "\ufeffark:a",
    " ark:a",
    "ark :a",
    "ark: a",
    "ark:a ",
    "ark:a\n",
    "ARK:a",
    "foo:1",
    "https://example.com/a",
    "cgt-20250331175019-68d9t",
    "x" * 10_240,
    "ark:" + "x" * 10_240,
    "x" * 10_240 + ":1",
    "\U000e0001" * 10_240,  # each of them is ten characters, written out
    "ark:" + "\U000e0001" * 500,
]
NOT_TEXTS: list[Any] = [123, None, b"ark:a", ["ark:a"], ("ark", "a"), PurePosixPath("ark:a")]

ODD_IDS = [
    "a/b?c#d",
    "../a",
    "a/..",
    "...",
    "%2e%2e",
    "%",
    "a%2Fb",
    "a\\..\\b",
    "a:b",
    "a;b=c&d=e",
    "a+b",
    "a@b",
    "*",
    "{id}",
    "'\"<>`|^",
    "视频",
    "e\u0301",
    "🎬",
    "x" * 512,
]


def shown(value: object) -> str:
    """A test's name: no terminal or log takes some of these texts as they are."""
    return ascii(value)[:24]


def nothing_sent(sim: Simulator) -> bool:
    return sim.ark.requests == sim.tensorslab.requests == ()


@pytest.mark.parametrize("bad", BAD_TEXTS + NOT_TEXTS, ids=shown)
def test_bad_ref(client: Client, sim: Simulator, bad: Any) -> None:
    """A ref that can't name a task is refused, in few words, with nothing sent."""
    for verb in (client.get, client.cancel, client.delete):
        with pytest.raises(InvalidRef) as caught:
            verb(bad)
        assert isinstance(caught.value, ValueError)
        message = str(caught.value)
        assert len(message) < MOST_IN_A_MESSAGE
        assert message.isprintable()
    assert nothing_sent(sim)


@pytest.mark.parametrize("bad", BAD_TEXTS, ids=shown)
def test_message_says_what_to_do(bad: str) -> None:
    """The refusal of a text shows how a ref is written."""
    with pytest.raises(InvalidRef, match="write it as provider:id, for example ark:"):
        Ref.parse(bad)


@pytest.mark.parametrize("bad", NOT_TEXTS, ids=shown)
def test_message_names_the_type(bad: Any) -> None:
    """The refusal of what is no text says so, and what it is."""
    with pytest.raises(InvalidRef, match=f"by text or a Ref, not {type(bad).__name__}"):
        Ref.parse(bad)


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_bad_refs_in_bulk(client: Client, sim: Simulator, verb: str) -> None:
    """In bulk each bad ref is a Failed of its own that still shows the text, with nothing sent."""
    bad = [*BAD_TEXTS, *NOT_TEXTS]
    outcomes = client.many(verb, bad)
    assert [str(outcome.ref) for outcome in outcomes] == [str(ref) for ref in bad]
    for outcome in outcomes:
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, InvalidRef)
        assert outcome.task is None
        assert not outcome.ok
    assert nothing_sent(sim)


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_bad_refs_come_back_in(client: Client, sim: Simulator, verb: str) -> None:
    """The ref of an outcome that says it is bad stays bad, alone and in bulk."""
    refused = [outcome.ref for outcome in client.many(verb, BAD_TEXTS)]
    again = client.many(verb, refused)
    assert [str(outcome.ref) for outcome in again] == BAD_TEXTS
    assert {type(outcome) for outcome in again} == {Failed}
    for ref in refused:
        with pytest.raises(InvalidRef):
            client.act(verb, ref)
    assert nothing_sent(sim)


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_what_is_no_text_stays_refused(client: Client, sim: Simulator, verb: str) -> None:
    """What was refused for not being text is not taken for a ref later, however it reads."""
    sim.ark.add("queued", task_id="a")
    not_text: Any = PurePosixPath("ark:a")
    [outcome] = client.many(verb, [not_text])
    assert outcome.name == "failed"
    with pytest.raises(InvalidRef):
        client.act(verb, outcome.ref)
    assert nothing_sent(sim)


def test_bad_refs_among_good_ones(client: Client, sim: Simulator) -> None:
    """A bad ref takes nothing from the good ones beside it."""
    task_id = sim.ark.add("succeeded")
    outcomes = client.many("delete", ["ark:..", f"ark:{task_id}", "foo:1"])
    names = {str(outcome.ref): outcome.name for outcome in outcomes}
    assert names == {"ark:..": "failed", f"ark:{task_id}": "deleted", "foo:1": "failed"}
    assert sim.ark.status(task_id) is None


@pytest.mark.parametrize("verb", ["cancel", "delete"])
@pytest.mark.parametrize("one", ["ark:a", "", Ref("ark", "a")], ids=shown)
def test_one_ref_for_many(client: Client, sim: Simulator, verb: str, one: Any) -> None:
    """One ref where many are wanted is refused, rather than taken for its characters."""
    with pytest.raises(InvalidRef, match=f"{verb}_many takes many refs, not one"):
        client.many(verb, one)
    assert nothing_sent(sim)


@pytest.mark.parametrize("odd", ODD_IDS, ids=shown)
def test_odd_id_is_one_segment(client: Client, sim: Simulator, odd: str) -> None:
    """Whatever is in an id, it reaches Ark unchanged, as one segment of the path."""
    sim.ark.add("queued", task_id=odd)
    bystander = sim.ark.add("queued")
    assert client.get(f"ark:{odd}").ref == Ref("ark", odd)
    assert isinstance(client.cancel(f"ark:{odd}"), Cancelled)
    assert sim.ark.status(odd) == "cancelled"
    assert sim.ark.status(bystander) == "queued"
    for request in sim.ark.requests:
        assert request.ids == (odd,)
        assert request.path == f"/api/v3/contents/generations/tasks/{quote(odd, safe='')}"
        assert request.query == ""


@pytest.mark.parametrize("odd", ODD_IDS, ids=shown)
def test_odd_id_is_deleted(client: Client, sim: Simulator, odd: str) -> None:
    """Exactly the task with the odd id is deleted, on both providers, alone and in bulk."""
    cases: list[tuple[str, ProviderSimulator, Literal["succeeded", "completed"]]] = [
        ("ark", sim.ark, "succeeded"),
        ("tensorslab", sim.tensorslab, "completed"),
    ]
    for name, provider, ended in cases:
        bystander = provider.add(ended)
        for in_bulk in (False, True):
            provider.add(ended, task_id=odd)
            ref = f"{name}:{odd}"
            outcome = client.many("delete", [ref])[0] if in_bulk else client.delete(ref)
            assert isinstance(outcome, Deleted)
            assert str(outcome.ref) == ref
            assert provider.requests[-1].operation == "delete"
            assert provider.requests[-1].ids == (odd,)
            assert provider.ids() == (bystander,)


@pytest.mark.parametrize("odd", ODD_IDS, ids=shown)
def test_round_trip(odd: str) -> None:
    """A ref's text form reads as the same ref, and a ref is passed through."""
    ref = Ref("ark", odd)
    assert Ref.parse(str(ref)) == ref
    assert Ref.parse(ref) is ref
    assert pickle.loads(pickle.dumps(ref)) == ref  # noqa: S301  # made one line before
    assert copy.copy(ref) == ref


def test_equal_refs_are_one() -> None:
    """Refs are equal by provider and id, and so by hash."""
    assert {Ref("ark", "a"), Ref.parse("ark:a")} == {Ref("ark", "a")}
    assert len({Ref("ark", "a"), Ref("ark", "A"), Ref("tensorslab", "a")}) == 3


def test_order() -> None:
    """Refs sort by provider, then by id."""
    texts = ["tensorslab:a", "ark:b", "ark:a", "ark:B"]
    assert [str(ref) for ref in sorted(map(Ref.parse, texts))] == sorted(texts)


def test_frozen() -> None:
    """A ref can't be changed into another after it was checked."""
    ref = Ref("ark", "a")
    with pytest.raises(AttributeError):
        ref.id = ".."  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # the rule
