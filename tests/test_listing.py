"""Listing: every task that is there throughout comes once, whatever comes and goes meanwhile."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast
from urllib.parse import parse_qs

import pytest

from videotasks import (
    STATES,
    Ark,
    AuthenticationError,
    BadAnswer,
    Closed,
    ConfigurationError,
    InvalidRef,
    MissingKey,
    Ref,
    ServerError,
    State,
    Task,
    Tasks,
    TensorsLab,
    TooManyTasks,
    Unsupported,
    VideoTasksError,
)
from videotasks._providers.ark import LISTS
from videotasks._rules.adapter import Listed
from videotasks._rules.listing import MOST_STEPS_BACK, ListWalk, page_after
from videotasks._rules.query import Query
from videotasks._rules.steps import Answer, Call
from videotasks.simulator import Fault, NewState, Simulator

from .conftest import AT_ONCE, Client, Mode

ADAPTER = Ark("key").adapter
MOST_PAGES, MOST_ON_A_PAGE = LISTS.most_pages, LISTS.most_on_a_page
EVERYTHING = Query(provider="ark")
ORDERS = ["newest first", "oldest first"]


def ids(tasks: Iterator[Task]) -> list[str]:
    return [task.ref.id for task in tasks]


def queries(sim: Simulator) -> list[dict[str, list[str]]]:
    """What was asked for, page by page."""
    return [parse_qs(request.query) for request in sim.ark.requests if request.operation == "list"]


# Over the network.


def test_all_pages_and_both_tiers(client: Client, sim: Simulator) -> None:
    """All tasks of all pages and of both tiers come, each once, in the order of the server."""
    default = [sim.ark.add("succeeded") for _ in range(1003)]
    flex = [sim.ark.add("queued", service_tier="flex") for _ in range(3)]
    found = list(client.listed("ark"))
    assert [task.ref.id for task in found] == default[::-1] + flex[::-1]
    assert Counter(task.service_tier for task in found) == {"default": 1003, "flex": 3}
    assert {request.operation for request in sim.ark.requests} == {"list"}


def test_nothing_to_list(client: Client) -> None:
    """No tasks, none listed."""
    assert list(client.listed("ark")) == []


def test_whole_tasks(client: Client, sim: Simulator) -> None:
    """A listed task is the same as one looked at."""
    for state in sim.ark.states:
        sim.ark.add(state)
    for task in client.listed("ark"):
        assert task == client.get(task.ref)


def test_lazily(client: Client, sim: Simulator) -> None:
    """Nothing is sent before the first task is wanted, and then one page is enough for it."""
    for _ in range(700):
        sim.ark.add("succeeded")
    tasks = client.listed("ark")
    assert sim.ark.requests == ()
    next(tasks)
    assert sim.ark.count("list") == 1


@pytest.mark.parametrize("state", ["queued", "running", "cancelled", "succeeded", "failed"])
def test_one_state(client: Client, sim: Simulator, state: State) -> None:
    """One state is filtered by the server."""
    wanted = {sim.ark.add(each): each for each in sim.ark.states}
    assert [wanted[found] for found in ids(client.listed("ark", states=[state]))] == [state]
    assert [query.get("filter.status") for query in queries(sim)] == [[state]] * 2


@pytest.mark.parametrize(
    "states",
    [
        {"expired"},
        {"unknown"},
        {"failed", "expired"},
        {"queued", "running", "succeeded"},
        set(STATES),
        set[State](),
    ],
)
def test_states_filtered_here(client: Client, sim: Simulator, states: set[State]) -> None:
    """Several states, and those the server is not known to filter by, are filtered here."""
    by_state = {state: sim.ark.add(NewState(state)) for state in STATES}
    found = ids(client.listed("ark", states=states))
    assert sorted(found) == sorted(by_state[state] for state in states)
    assert all("filter.status" not in query for query in queries(sim))


def test_states_from_an_iterator(client: Client, sim: Simulator) -> None:
    """States may come from any iterable, which is read once."""
    failed = sim.ark.add("failed")
    sim.ark.add("succeeded")
    wanted: list[State] = ["failed", "expired"]
    assert ids(client.listed("ark", states=iter(wanted))) == [failed]


def test_by_model(client: Client, sim: Simulator) -> None:
    """A model is filtered here, in both tiers: the server has no filter by it."""
    sim.ark.add("succeeded")
    lite = [
        sim.ark.add("succeeded", model="lite"),
        sim.ark.add("failed", model="lite", service_tier="flex"),
    ]
    assert ids(client.listed("ark", model="lite")) == lite
    assert all("filter.model" not in query for query in queries(sim))


def test_filters_are_held_here_too(client: Client, sim: Simulator) -> None:
    """What a server lists in spite of a filter is left out."""
    wrong: dict[str, object] = {"id": "cgt-1", "status": "running", "model": "other"}
    page = Fault.says({"total": 1, "items": [wrong]}, acted=False)
    sim.ark.fail("list", page, times=6)
    assert list(client.listed("ark", states=["failed"])) == []
    assert list(client.listed("ark", model="lite")) == []
    assert list(client.listed("ark", ids=["cgt-2"])) == []


def test_ids_in_chunks(client: Client, sim: Simulator) -> None:
    """Ids go as repeated parameters, 50 in a call; those found in one tier aren't asked for again.

    Nobody else's tasks are listed.
    """
    default = [sim.ark.add("succeeded") for _ in range(70)]
    flex = [sim.ark.add("succeeded", service_tier="flex") for _ in range(50)]
    missing = ["gone-1", "gone-2"]
    sim.ark.add("succeeded")
    wanted = [*default, *missing, *flex]
    found = ids(client.listed("ark", ids=wanted))
    assert sorted(found) == sorted(default + flex)
    asked = [
        (query["filter.service_tier"], sorted(query["filter.task_ids"])) for query in queries(sim)
    ]
    assert asked == [
        (["default"], sorted(wanted[:50])),
        (["default"], sorted(wanted[50:100])),
        (["default"], sorted(wanted[100:])),
        (["flex"], sorted(missing + flex[:28])),
        (["flex"], sorted(flex[28:])),
    ]


def test_ids_found_at_once(client: Client, sim: Simulator) -> None:
    """When every id was found in one tier, the other is not asked."""
    wanted = [sim.ark.add("succeeded") for _ in range(3)]
    assert sorted(ids(client.listed("ark", ids=iter(wanted * 2)))) == wanted
    assert sim.ark.count("list") == 1


def test_ids_and_states(client: Client, sim: Simulator) -> None:
    """Filters hold together."""
    failed, _ = sim.ark.add("failed"), sim.ark.add("failed")
    done = sim.ark.add("succeeded")
    assert ids(client.listed("ark", ids=[failed, done], states=["failed"])) == [failed]
    assert ids(client.listed("ark", ids=[f"ark:{failed}", Ref("ark", failed)])) == [failed]


def test_no_ids(client: Client, sim: Simulator) -> None:
    """An empty list of ids is not a list of all: it gives nothing, and nothing is sent."""
    sim.ark.add("succeeded")
    assert list(client.listed("ark", ids=[])) == []
    assert sim.ark.requests == ()


def test_periods(client: Client, sim: Simulator) -> None:
    """`created_after` is inclusive, `created_before` is not, and any time zone will do."""
    start = 1_760_000_000
    made = [sim.ark.add("succeeded", created_at=start + second) for second in range(5)]
    beijing = timezone(timedelta(hours=8))
    after = datetime.fromtimestamp(start + 1, beijing)
    before = datetime.fromtimestamp(start + 4, UTC)
    assert ids(client.listed("ark", created_after=after)) == made[:0:-1]
    assert ids(client.listed("ark", created_before=before)) == made[3::-1]
    both = client.listed("ark", created_after=after, created_before=before)
    assert ids(both) == made[3:0:-1]
    assert list(client.listed("ark", created_after=before, created_before=after)) == []


@pytest.mark.parametrize("made", [None, "soon", True, 10**30])
def test_tasks_of_no_time(client: Client, sim: Simulator, made: object) -> None:
    """A task that doesn't say when it was made is in no period, and in a list without one."""
    task_id = sim.ark.add("succeeded")
    shown = {"id": task_id, "status": "succeeded", "created_at": made}
    page = Fault.says({"total": 1, "items": [shown]}, acted=False)
    sim.ark.fail("list", page, times=6)
    distant = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    assert ids(client.listed("ark")) == [task_id]
    assert list(client.listed("ark", created_after=distant[0])) == []
    assert list(client.listed("ark", created_before=distant[1])) == []


MISTAKES: list[tuple[str, dict[str, Any], type[VideoTasksError], str]] = [
    ("tensorslab", {}, Unsupported, "list"),
    ("tensorslab", {"ids": []}, Unsupported, "list"),
    ("arc", {}, ConfigurationError, "ark and tensorslab"),
    ("", {}, ConfigurationError, "ark and tensorslab"),
    ("ark", {"states": "failed"}, ConfigurationError, "give a list"),
    ("ark", {"ids": "cgt-1"}, ConfigurationError, "give a list"),
    ("ark", {"states": ["done"]}, ConfigurationError, "no state 'done'"),
    ("ark", {"states": ["failed", "FAILED"]}, ConfigurationError, "no state 'FAILED'"),
    ("ark", {"created_before": datetime(2025, 1, 1)}, ConfigurationError, "time zone"),  # noqa: DTZ001  # wrong, as it has none
    ("ark", {"created_after": datetime(2025, 1, 1)}, ConfigurationError, "time zone"),  # noqa: DTZ001  # wrong, as it has none
    ("ark", {"created_before": "2025-01-01"}, ConfigurationError, "time zone"),
    ("ark", {"model": 5}, ConfigurationError, "model"),
    ("ark", {"ids": ["tensorslab:a"]}, ConfigurationError, "not a task of ark"),
    ("ark", {"ids": [5]}, InvalidRef, "not int"),
    ("ark", {"timeout": 0}, ConfigurationError, "timeout"),
    ("ark", {"timeout": "1"}, ConfigurationError, "timeout"),
]


@pytest.mark.parametrize(("provider", "options", "kind", "words"), MISTAKES)
def test_mistakes(
    client: Client,
    sim: Simulator,
    provider: str,
    options: dict[str, Any],
    kind: type[VideoTasksError],
    words: str,
) -> None:
    """A caller's mistake is raised by the call itself, before anything is sent."""
    with pytest.raises(kind, match=words):
        client.listed(provider, **options)
    assert sim.ark.requests == sim.tensorslab.requests == ()


def test_not_set_up(sim: Simulator, mode: Mode) -> None:
    """A provider without a key, and a closed client, are refused by the call itself."""
    client = Client(mode, TensorsLab("key", base_url=sim.tensorslab_url))
    with pytest.raises(MissingKey, match="ARK_API_KEY"):
        client.listed("ark")
    client.close()
    with pytest.raises(Closed):
        client.listed("tensorslab")


@pytest.mark.parametrize(
    "fault", [Fault.error(503), Fault.lost(acted=True), Fault.error(429), Fault.cut_off(acted=True)]
)
def test_reads_are_tried_again(client: Client, sim: Simulator, fault: Fault) -> None:
    """A page that did not come is asked for again, and nothing is missed or doubled."""
    made = [sim.ark.add("succeeded") for _ in range(600)]
    sim.ark.fail("list", fault, None, fault, fault, None, fault)
    assert ids(client.listed("ark")) == made[::-1]


def test_trouble_is_raised(client: Client, sim: Simulator) -> None:
    """What stays in the way is raised out of the iterator, after the tasks before it."""
    made = [sim.ark.add("succeeded") for _ in range(600)]
    sim.ark.fail("list", None, *[Fault.error(503)] * AT_ONCE.attempts)
    tasks = client.listed("ark")
    assert [next(tasks).ref.id for _ in range(500)] == made[:99:-1]
    with pytest.raises(ServerError) as raised:
        next(tasks)
    assert (raised.value.provider, raised.value.status_code) == ("ark", 503)


def test_a_bad_key_is_raised(sim: Simulator, mode: Mode) -> None:
    """A refusal is not tried again."""
    client = Client(mode, Ark("wrong", base_url=sim.ark_url, limits=None))
    try:
        with pytest.raises(AuthenticationError):
            next(client.listed("ark"))
    finally:
        client.close()
    assert sim.ark.count("list") == 1


GOOD = {"id": "cgt-1", "status": "queued"}
MISSHAPEN: list[object] = [
    {},
    {"total": 0},
    {"items": None, "total": 0},
    {"items": {}, "total": 0},
    {"items": "none", "total": 0},
    {"items": [None], "total": 1},
    {"items": ["cgt-1"], "total": 1},
    {"items": [GOOD, {}], "total": 2},
    {"items": [{"id": "cgt-1"}], "total": 1},
    {"items": [{"id": 5, "status": "queued"}], "total": 1},
    {"items": [{"id": "cgt-1", "status": 5}], "total": 1},
    {"items": [GOOD, {"id": "", "status": "queued"}], "total": 1},
    {"items": [GOOD, {"id": "a b", "status": "queued"}], "total": 1},
]


@pytest.mark.parametrize("body", MISSHAPEN)
def test_misshapen_pages(client: Client, sim: Simulator, body: object) -> None:
    """A page in another form than promised is a BadAnswer, and no task of it comes."""
    sim.ark.fail("list", Fault.says(body, acted=False), times=AT_ONCE.attempts)
    with pytest.raises(BadAnswer):
        next(client.listed("ark"))


def test_new_words(client: Client, sim: Simulator) -> None:
    """A state and a tier that nobody knows yet come through as they are."""
    sim.ark.add(NewState("paused"), service_tier="default")
    [task] = client.listed("ark")
    assert (task.state, task.raw_state) == ("unknown", "paused")


# While tasks come and go.


def take(tasks: Iterator[Task], number: int) -> list[str]:
    return [next(tasks).ref.id for _ in range(number)]


@pytest.mark.by_turns
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("removed", [1, 30, 499, 500, 620])
def test_tasks_leave_meanwhile(client: Client, sim: Simulator, order: Any, removed: int) -> None:
    """Tasks that leave the pages already read move the rest up, and yet nothing is missed."""
    sim.ark.order = order
    made = [sim.ark.add("succeeded") for _ in range(1700)]
    listed = made[::-1] if order == "newest first" else made
    tasks = client.listed("ark")
    found = take(tasks, 998)
    for task_id in listed[:removed]:
        sim.ark.remove(task_id)
    found += ids(tasks)
    assert found == listed


@pytest.mark.by_turns
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("added", [1, 499, 700])
def test_tasks_come_meanwhile(client: Client, sim: Simulator, order: Any, added: int) -> None:
    """Tasks that come at either end are in nobody's way; those already there come once."""
    sim.ark.order = order
    made = [sim.ark.add("succeeded") for _ in range(1200)]
    tasks = client.listed("ark")
    found = take(tasks, 500)
    new = [sim.ark.add("succeeded") for _ in range(added)]
    found += ids(tasks)
    assert len(found) == len(set(found))
    assert set(made) <= set(found) <= {*made, *new}
    assert [task_id for task_id in found if task_id in set(made)] == (
        made[::-1] if order == "newest first" else made
    )


@pytest.mark.by_turns
@pytest.mark.parametrize("order", ORDERS)
def test_tasks_come_and_go_in_the_middle(client: Client, sim: Simulator, order: Any) -> None:
    """Tasks that come to match, or match no longer, in the middle of a filtered list likewise."""
    sim.ark.order = order
    chance = random.Random(7)  # noqa: S311  # repeatable, not secret
    made = [sim.ark.add(chance.choice(["failed", "running"])) for _ in range(2600)]
    there = {task_id for task_id in made if sim.ark.status(task_id) == "failed"}
    tasks = client.listed("ark", states=["failed"])
    found: list[str] = []
    for task in tasks:
        found.append(task.ref.id)
        if len(found) % 250 == 0:
            for task_id in chance.sample(made, 60):
                failed = sim.ark.status(task_id) == "failed"
                sim.ark.move(task_id, "running" if failed else "failed")
                there.discard(task_id)
    assert len(found) == len(set(found))
    assert there <= set(found)


def test_all_tasks_leave_meanwhile(client: Client, sim: Simulator) -> None:
    """A list that empties while it is walked ends."""
    made = [sim.ark.add("succeeded") for _ in range(1100)]
    tasks = client.listed("ark")
    found = take(tasks, 998)
    for task_id in made:
        sim.ark.remove(task_id)
    found += ids(tasks)
    assert len(found) >= 998
    assert found == made[::-1][: len(found)]


def test_deleting_while_listing(client: Client, sim: Simulator) -> None:
    """Tasks may be deleted as they are listed, and all are found."""
    made = [sim.ark.add("succeeded") for _ in range(1300)]
    found: list[str] = []
    for task in client.listed("ark"):
        found.append(task.ref.id)
        sim.ark.remove(task.ref.id)
    assert found == made[::-1]


# Without a server.


def test_the_first_page() -> None:
    """A walk begins with the largest page."""
    assert page_after(0, MOST_ON_A_PAGE, MOST_PAGES) == (1, MOST_ON_A_PAGE)


def reaching(seen: int) -> tuple[int, int]:
    found = page_after(seen, MOST_ON_A_PAGE, MOST_PAGES)
    assert found is not None
    return found


def test_page_after() -> None:
    """The page has the last task seen, and of those that Ark allows reaches farthest beyond."""
    for seen in [*range(1, 600), *range(600, 249_500, 1997)]:
        number, size = reaching(seen)
        assert number <= MOST_PAGES
        assert size <= MOST_ON_A_PAGE
        assert (number - 1) * size < seen <= number * size
        for other in range(MOST_ON_A_PAGE - 60, MOST_ON_A_PAGE + 1):
            reach = ((seen - 1) // other + 1) * other
            assert reach <= number * size or reach // other > MOST_PAGES


def test_page_after_gets_on() -> None:
    """Up to the last page but one, pages reach well beyond what was seen, so a walk has few."""
    seen, pages = MOST_ON_A_PAGE, 1
    while seen < (MOST_PAGES - 1) * MOST_ON_A_PAGE:
        number, size = reaching(seen)
        assert number * size > seen
        seen, pages = number * size, pages + 1
    assert pages < MOST_PAGES * 1.1


class Named:
    """As much of a task as a walk over all of them looks at, and made in no time."""

    __slots__ = ("id",)
    created_at = None

    def __init__(self, name: str) -> None:
        self.id = name

    @property
    def ref(self) -> Named:
        return self


def tasks_of(names: Sequence[str]) -> tuple[Task, ...]:
    return tuple(cast(Task, Named(name)) for name in names)


def walked(
    tier: Callable[[str], list[str]], after_each: Callable[[int], None] = lambda _page: None
) -> tuple[list[str], int]:
    """What a walk over lists of names gives, and how many pages it asked for."""
    assert ADAPTER.lists is not None
    listing = ListWalk(ADAPTER, ADAPTER.lists, EVERYTHING, attempts=1)
    found: list[str] = []
    pages = 0
    while True:
        flow = listing.more()
        try:
            call = next(flow)
            assert isinstance(call, Call)
            number, size = call.arguments["page_num"], call.arguments["page_size"]
            names = tier(str(call.arguments["filter_service_tier"]))
            pages += 1
            assert pages < 2 * MOST_PAGES + 10, "an endless walk"
            shown = tasks_of(names[(number - 1) * size : number * size])
            flow.send(Answer(Listed(tasks=shown, total=len(names)), 0.0))
        except StopIteration as stop:
            if stop.value is None:
                return found, pages
            found += [task.ref.id for task in stop.value]
            after_each(pages)


@pytest.mark.parametrize("seed", range(40))
def test_every_task_once(seed: int) -> None:
    """Whatever comes and goes between pages, anywhere: what stays is found, once and in order."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    names = [str(number) for number in range(chance.randrange(1, 4000))]
    there = dict.fromkeys(names)
    most = chance.choice([1, 20, 600])

    def come_and_go(page: int) -> None:
        if page > 25:
            return
        for _ in range(chance.randrange(most)):
            if names and chance.random() < 0.6:
                there.pop(names.pop(int(chance.random() ** 3 * len(names))), None)
        for number in range(chance.randrange(most)):
            where = chance.choice([0, len(names), chance.randrange(len(names) + 1)])
            names.insert(where, f"new-{page}-{number}")

    found, _ = walked(lambda tier: names if tier == "default" else [], come_and_go)
    assert len(found) == len(set(found))
    assert set(there) <= set(found)
    if most == 1:
        assert [name for name in found if name in there] == list(there)


def test_a_task_that_changes_its_tier() -> None:
    """A task that is listed in both tiers comes once."""
    found, _ = walked(lambda tier: ["1", "2"] if tier == "default" else ["2", "3"])
    assert found == ["1", "2", "3"]


def test_a_repeated_page() -> None:
    """A server that takes no heed of page numbers makes no task come twice, and no endless walk."""
    names = [str(number) for number in range(MOST_ON_A_PAGE)]
    assert ADAPTER.lists is not None
    listing = ListWalk(ADAPTER, ADAPTER.lists, EVERYTHING, attempts=1)
    found: list[str] = []

    def walk() -> None:
        for _ in range(2_000):
            flow = listing.more()
            call = next(flow)
            assert isinstance(call, Call)
            shown = tasks_of(names[: call.arguments["page_size"]])
            with pytest.raises(StopIteration) as stop:
                flow.send(Answer(Listed(tasks=shown, total=len(names)), 0.0))
            if stop.value.value is None:
                return
            found.extend(task.ref.id for task in stop.value.value)

    with pytest.raises(TooManyTasks):
        walk()
    assert found == names


def test_endless_change() -> None:
    """A list that is another one at every page is given up, in words that help."""
    turn = 0
    same = [str(number) for number in range(200)]

    def anew(_tier: str) -> list[str]:
        nonlocal turn
        turn += 1
        return [*same, *(f"{turn}-{number}" for number in range(301))]

    with pytest.raises(TooManyTasks, match="ask for fewer") as raised:
        walked(anew)
    assert raised.value.provider == "ark"
    assert turn <= 2 * MOST_STEPS_BACK + 3


def test_more_than_can_be_listed() -> None:
    """Close to 250,000 tasks the rest can't be asked for, which is said and not passed over."""
    names = [str(number) for number in range(MOST_PAGES * MOST_ON_A_PAGE)]
    with pytest.raises(TooManyTasks, match="no more than 2"):
        walked(lambda tier: names if tier == "default" else [])
    del names[30_000:]
    found, pages = walked(lambda tier: names if tier == "default" else [])
    assert found == names
    assert pages < 80


@pytest.mark.parametrize("speed", [20, 200])
def test_tasks_deleted_by_another_at_full_speed(speed: int) -> None:
    """Deletions between any two pages, as many as Ark allows in a second and more, stop no walk."""
    names = [str(number) for number in range(6000)]
    everything = list(names)

    def deleted(_page: int) -> None:
        del names[:speed]

    found, pages = walked(lambda tier: names if tier == "default" else [], deleted)
    assert found == everything
    assert pages < 100


def test_closing_a_client_while_listing(sim: Simulator) -> None:
    """A walk on a client that was closed ends with an error that says so."""
    for _ in range(600):
        sim.ark.add("succeeded")
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url, limits=None), retry=AT_ONCE) as tasks:
        walk = tasks.list("ark")
        next(walk)
    with pytest.raises(Closed):
        list(walk)
