"""Listing from a server that gives fewer on a page than asked: all there is, or an error."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from videotasks import Ark, BadAnswer, Ref, Task, TooManyTasks
from videotasks._rules.adapter import Listed
from videotasks._rules.listing import MOST_WITHOUT_NEW, ListWalk
from videotasks._rules.query import Query
from videotasks._rules.steps import Answer, Call
from videotasks.simulator import Fault, Simulator

from .command import records, run
from .conftest import Client

ADAPTER = Ark("key").adapter
Serve = Callable[[int, int], Listed]


# Over the network.


@pytest.mark.parametrize("most", [20, 99, 100, 248, 249, 250])
def test_all_of_a_server_that_gives_less(client: Client, sim: Simulator, most: int) -> None:
    """All 249 tasks come, each once and in order, however few a server gives on a page."""
    sim.ark.most_on_a_page = most
    flex = [sim.ark.add("failed", service_tier="flex") for _ in range(3)]
    made = [sim.ark.add("failed") for _ in range(249)]
    assert [task.ref.id for task in client.listed("ark")] == made[::-1] + flex[::-1]
    assert sim.ark.count("list") <= 2 + 4 * (249 // most + 1)


def test_ids_of_a_server_that_gives_less(client: Client, sim: Simulator) -> None:
    """Ids asked for are all found, too, where they come on several pages."""
    sim.ark.most_on_a_page = 20
    made = [sim.ark.add("failed") for _ in range(70)]
    wanted = [*made[:60], "nobody"]
    found = [task.ref.id for task in client.listed("ark", ids=wanted)]
    assert sorted(found) == sorted(made[:60])


def test_purge_of_a_server_that_gives_less(client: Client, sim: Simulator) -> None:
    """A purge takes all that match, not those of a first short page."""
    sim.ark.most_on_a_page = 100
    made = [sim.ark.add("failed") for _ in range(249)]
    assert {task.ref.id for task in client.purge("ark", states=["failed"])} == set(made)


def test_the_command_with_a_server_that_gives_less(sim: Simulator) -> None:
    """The command lists all, too."""
    sim.ark.most_on_a_page = 200
    made = [sim.ark.add("failed") for _ in range(249)]
    done = run(sim, "list", "ark", "--state", "failed", "--ndjson", "-v")
    assert [record["ref"] for record in records(done.stdout)] == [
        f"ark:{one}" for one in made[::-1]
    ]
    assert done.returncode == 0


ONE = {"id": "cgt-1", "status": "failed"}


def test_less_than_is_counted(client: Client, sim: Simulator) -> None:
    """Where a server counts more than it ever shows, that is an error after what it shows; a purge
    has no plan then."""
    page = Fault.says({"items": [ONE], "total": 5}, acted=False)
    sim.ark.fail("list", page, times=20)
    tasks = client.listed("ark")
    assert next(tasks).ref.id == "cgt-1"
    with pytest.raises(BadAnswer, match="ended at 1 of 5 tasks") as raised:
        next(tasks)
    assert raised.value.provider == "ark"
    with pytest.raises(BadAnswer, match="ended at 1 of 5 tasks"):
        client.purge("ark", states=["failed"])
    assert sim.ark.count("list") < 20


NO_COUNTS: list[dict[str, object]] = [
    {},
    {"total": None},
    {"total": "1"},
    {"total": "many"},
    {"total": True},
    {"total": -1},
    {"total": 0},
    {"total": 1.5},
    {"total": {}},
]


@pytest.mark.parametrize("said", NO_COUNTS)
def test_no_count(client: Client, sim: Simulator, said: dict[str, object]) -> None:
    """Where a server gives no count, or one that can't be, the list ends with nothing new."""
    sim.ark.fail("list", Fault.says({"items": [ONE], **said}, acted=False), times=4)
    assert [task.ref.id for task in client.listed("ark")] == ["cgt-1"]
    assert sim.ark.count("list") == 4


# Without a server.


def walked(serve: Serve) -> tuple[list[str], int]:
    """What a walk gives over what `serve` says of page number and size, and its pages."""
    assert ADAPTER.lists is not None
    query = Query(provider="ark", ids=None)
    listing = ListWalk(ADAPTER, ADAPTER.lists, query, attempts=1)
    found: list[str] = []
    for pages in count():
        assert pages < 1500, "an endless walk"
        flow = listing.more()
        try:
            call = next(flow)
            assert isinstance(call, Call)
            page = call.arguments["page_num"], call.arguments["page_size"]
            default = str(call.arguments["filter_service_tier"]) == "default"
            flow.send(Answer(serve(*page) if default else Listed(tasks=(), total=0), 0.0))
        except StopIteration as stop:
            if stop.value is None:
                return found, pages
            found += [task.ref.id for task in stop.value]
    raise AssertionError


def tasks_of(names: list[str]) -> tuple[Task, ...]:
    return tuple(Task(ref=Ref("ark", name), state="failed") for name in names)


def always(page: Listed, _number: int, _size: int) -> Listed:
    """A server that shows the same, whatever page it is asked for."""
    return page


def capped(names: list[str], most: int, *, by_given: bool, counted: bool = True) -> Serve:
    """A server that gives at most so many, and counts its pages by what it gives or was asked."""

    def serve(number: int, size: int) -> Listed:
        given = min(size, most)
        start = (number - 1) * (given if by_given else size)
        shown = tasks_of(names[start : start + given])
        return Listed(tasks=shown, total=len(names) if counted else None)

    return serve


LENGTHS = [*range(8), 19, 20, 21, 60, 100, 101, 249, 500, 501, 1700]


@pytest.mark.parametrize("by_given", [True, False])
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("most", [20, 50, 99, 100, 250, 499, 500])
def test_every_cap(most: int, *, by_given: bool, counted: bool) -> None:
    """All comes, once and in order, whatever the cap, however pages are counted, and whether the
    server says how many there are or not."""
    for length in LENGTHS:
        names = [str(number) for number in range(length)]
        found, pages = walked(capped(names, most, by_given=by_given, counted=counted))
        assert found == names
        assert pages <= 6 + 4 * (length // most)


@pytest.mark.parametrize("by_given", [True, False])
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("most", [3, 4, 5, 7, 12, 13, 19])
def test_caps_too_small_to_walk(most: int, *, by_given: bool, counted: bool) -> None:
    """Where pages are so small that they can't overlap, it is all there is or an error."""
    for length in LENGTHS:
        names = [str(number) for number in range(length)]
        found = walked_or_told(capped(names, most, by_given=by_given, counted=counted))
        assert found == names or (found is None and length > most)


def walked_or_told(serve: Serve) -> list[str] | None:
    """What a walk gives, or None where it says that it can't give all."""
    try:
        return walked(serve)[0]
    except (BadAnswer, TooManyTasks):
        return None


@pytest.mark.parametrize("most", [1, 2])
def test_one_or_two_on_a_page(most: int) -> None:
    """One or two on a page show no overlap: more than that is an error that counts them."""
    names = [str(number) for number in range(5)]
    with pytest.raises(BadAnswer, match=f"ended at {most} of 5 tasks"):
        walked(capped(names, most, by_given=True))
    assert walked(capped(names[:most], most, by_given=True))[0] == names[:most]


@pytest.mark.parametrize("by_given", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_another_cap_on_each_page(seed: int, *, by_given: bool) -> None:
    """A server that gives another number on each page hides nothing."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    names = [str(number) for number in range(chance.randrange(1, 2500))]

    def serve(number: int, size: int) -> Listed:
        return capped(names, chance.randrange(60, 500), by_given=by_given)(number, size)

    assert walked(serve)[0] == names


@pytest.mark.parametrize("most", [50, 100, 500])
@pytest.mark.parametrize("seed", range(20))
def test_a_count_that_is_late(seed: int, most: int) -> None:
    """Tasks come and go, between a page and its count too: what stays is found, once."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    names = [str(number) for number in range(chance.randrange(1, 2500))]
    there = set(names)
    new = count()
    pages = 0

    def serve(number: int, size: int) -> Listed:
        nonlocal pages
        pages += 1
        total = len(names)
        if pages < 25:
            for _ in range(chance.randrange(5)):
                if names and chance.random() < 0.6:
                    there.discard(names.pop(int(chance.random() ** 3 * len(names))))
                if chance.random() < 0.4:
                    names.insert(chance.choice([0, len(names)]), f"new-{next(new)}")
        shown = capped(names, most, by_given=True)(number, size)
        return Listed(tasks=shown.tasks, total=chance.choice([total, len(names)]))

    found, _ = walked(serve)
    assert len(found) == len(set(found))
    assert there <= set(found)


def test_a_count_beyond_what_is_shown() -> None:
    """A count that is never reached ends the walk with an error, after few pages."""
    names = [str(number) for number in range(249)]
    pages = 0

    def serve(number: int, size: int) -> Listed:
        nonlocal pages
        pages += 1
        return Listed(tasks=capped(names, 500, by_given=True)(number, size).tasks, total=300)

    with pytest.raises(BadAnswer, match="ended at 249 of 300 tasks"):
        walked(serve)
    assert pages <= 2 + MOST_WITHOUT_NEW


def test_twice_on_a_page() -> None:
    """A task that is twice on a page comes once."""
    page = Listed(tasks=tasks_of(["1", "2", "1"]), total=3)
    assert walked(partial(always, page))[0] == ["1", "2"]


@pytest.mark.parametrize("times", [1, 2, 1000])
def test_empty_pages(times: int) -> None:
    """An empty page where the server counts tasks is asked for anew; if it stays empty, that is an
    error."""
    names = [str(number) for number in range(800)]
    left = times

    def serve(number: int, size: int) -> Listed:
        nonlocal left
        if number > 1 and left:
            left -= 1
            return Listed(tasks=(), total=800)
        return capped(names, 500, by_given=True)(number, size)

    if times < 1000:
        assert walked(serve)[0] == names
        return
    with pytest.raises(BadAnswer, match="ended at 500 of 800 tasks"):
        walked(serve)
    assert left > 1000 - 10


def test_a_first_page_that_is_empty() -> None:
    """No tasks where the server counts some is an error, too."""
    with pytest.raises(BadAnswer, match="ended at 0 of 7 tasks"):
        walked(partial(always, Listed(tasks=(), total=7)))


def test_a_list_that_is_emptied() -> None:
    """A long list that is emptied while it is walked ends."""
    names = [str(number) for number in range(9000)]
    pages = 0

    def serve(number: int, size: int) -> Listed:
        nonlocal pages
        pages += 1
        if pages == 15:
            names.clear()
        return capped(names, 500, by_given=True)(number, size)

    found, _ = walked(serve)
    assert found == [str(number) for number in range(len(found))]


def test_pages_longer_than_asked() -> None:
    """A page longer than asked is taken where it is all there is; else its place is not known."""
    names = [str(number) for number in range(700)]
    assert walked(partial(always, Listed(tasks=tasks_of(names), total=700)))[0] == names
    for total in (1400, None):
        page = Listed(tasks=tasks_of(names), total=total)
        with pytest.raises(BadAnswer, match="700 tasks where 500 were asked for"):
            walked(partial(always, page))

    def always_twenty(number: int, _size: int) -> Listed:
        return Listed(tasks=tasks_of(names[(number - 1) * 20 : number * 20]), total=700)

    with pytest.raises(BadAnswer, match="20 tasks where"):
        walked(always_twenty)
