"""The public face: its names, its signatures, its errors and outcomes, and what it imports."""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

import attrs
import httpcore
import httpx
import pytest

import videotasks
from videotasks import (
    STATES,
    Ark,
    AsyncOutcomes,
    AsyncTasks,
    Cancelled,
    Deleted,
    Failed,
    Gone,
    InvalidRef,
    Kept,
    NoAnswer,
    NotConnected,
    Outcome,
    OutcomeError,
    OutcomeName,
    Outcomes,
    RateLimited,
    Ref,
    RequestRefused,
    State,
    Task,
    Tasks,
    Unknown,
    Unsent,
    VideoTasksError,
)
from videotasks._http.exchange import Exchange
from videotasks._model import errors
from videotasks.simulator import Simulator

PUBLIC: dict[str, Any] = {name: getattr(videotasks, name) for name in videotasks.__all__}
CLASSES: list[type[Any]] = [thing for thing in PUBLIC.values() if inspect.isclass(thing)]
ERRORS: list[type[VideoTasksError]] = [
    thing
    for thing in PUBLIC.values()
    if inspect.isclass(thing) and issubclass(thing, VideoTasksError)
]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python afresh, with nothing imported; a warning is an error there too."""
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


# Names


def test_all_is_sorted() -> None:
    """`__all__` has each name once: constants, then classes, then the rest."""

    def rank(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2), name

    assert videotasks.__all__ == sorted(set(videotasks.__all__), key=rank)


def test_all_resolves() -> None:
    """Each name is there, by attribute and by `import *`, and `dir()` shows just these."""
    found: dict[str, object] = {}
    exec("from videotasks import *", found)  # noqa: S102  # only possible in a module otherwise
    del found["__builtins__"]
    assert found == PUBLIC
    assert dir(videotasks) == sorted(videotasks.__all__)


def test_unknown_name() -> None:
    """A name that isn't there is an AttributeError, though some are imported late."""
    name = "Taks"
    with pytest.raises(AttributeError, match="module 'videotasks' has no attribute 'Taks'"):
        getattr(videotasks, name)
    assert not hasattr(videotasks, "__path_to_nowhere__")


def test_names_of_states_and_outcomes() -> None:
    """The words for states and outcomes can be read at run time, and are what they say."""
    assert get_args(State) == STATES
    assert {kind.name for kind in get_args(Outcome)} == set(get_args(OutcomeName))
    for kind in get_args(Outcome):
        assert kind.name == kind.__name__.lower()
        assert PUBLIC[kind.__name__] is kind


def test_classes_are_from_videotasks() -> None:
    """Public classes say that they are from `videotasks`, where users find them: in tracebacks,
    reprs and pickles."""
    assert {kind.__module__ for kind in CLASSES} == {"videotasks"}
    for kind in CLASSES:
        assert pickle.loads(pickle.dumps(kind)) is kind  # noqa: S301  # made on this line
        assert repr(kind) == f"<class 'videotasks.{kind.__name__}'>"
    done = python("-c", "import videotasks; videotasks.Ref.parse('nonsense')")
    assert done.stderr.splitlines()[-1].startswith("videotasks.InvalidRef: 'nonsense' does not")


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if attrs.has(kind)])
def test_annotations_of_data(kind: type[Any]) -> None:
    """The fields of public data have types that can be looked up at run time."""
    hints = get_type_hints(kind)
    assert hints.keys() >= {field.name for field in attrs.fields(kind)}


@pytest.mark.parametrize("name", videotasks.__all__)
def test_annotations(name: str) -> None:
    """All annotations of public classes, of their methods and properties, and of public functions
    can be looked up at run time, with nothing but `videotasks` imported."""
    public = PUBLIC[name]
    if not isinstance(public, type):
        assert not inspect.isfunction(public) or get_type_hints(public)
        return
    get_type_hints(public)
    hints = dict[str, dict[str, Any]]()
    for member in dir(public):
        found = inspect.getattr_static(public, member)
        found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
        if inspect.isfunction(found) and found.__module__.startswith("videotasks"):
            hints[member] = get_type_hints(found)
    assert all("return" in hint for member, hint in hints.items() if not member.startswith("_"))


def test_docstrings() -> None:
    """Each public class, and each public method that it has of us, says what it is."""
    for owner in CLASSES:
        assert owner.__doc__, owner
        for name, member in inspect.getmembers(owner):
            ours = str(getattr(member, "__module__", None)).startswith("videotasks")
            if not name.startswith("_") and ours and callable(member):
                assert inspect.getdoc(member), f"{owner.__name__}.{name}"


# Signatures


def public_members(owner: type[Any]) -> dict[str, Any]:
    return {
        name: member for name, member in inspect.getmembers(owner) if not name.startswith("_")
    } | {"__init__": owner.__init__}


def as_async(annotation: object) -> object:
    """The annotation that the async client has where the sync one has this."""
    if annotation in {"Outcomes", "Plan", "Iterator[Task]", "Iterator[Preview]"}:
        return f"Async{annotation}"
    if annotation in {"Iterable[Ref | str]", "Iterable[Ref | str | Task]"}:
        return f"{annotation} | Async{annotation}"
    return annotation


@pytest.mark.parametrize("name", sorted(public_members(Tasks)))
def test_same_signatures(name: str) -> None:
    """`AsyncTasks` takes what `Tasks` takes: the same names, kinds, defaults and types."""
    ours, theirs = (
        inspect.signature(getattr(Tasks, name)),
        inspect.signature(getattr(AsyncTasks, name)),
    )
    expected = ours.replace(
        parameters=[
            parameter.replace(annotation=as_async(parameter.annotation))
            for parameter in ours.parameters.values()
        ],
        return_annotation=as_async(ours.return_annotation),
    )
    assert theirs == expected


def test_same_methods() -> None:
    """Both clients have the same methods, and so have what they return for many tasks."""
    assert public_members(AsyncTasks).keys() == public_members(Tasks).keys()
    # `contextlib.aclosing` calls `aclose`.
    assert public_members(AsyncOutcomes).keys() == public_members(Outcomes).keys() | {"aclose"}
    awaited = {
        name
        for name in dir(AsyncTasks)
        if inspect.iscoroutinefunction(getattr(AsyncTasks, name)) and not name.startswith("_")
    }
    assert awaited == {"get", "cancel", "delete", "purge", "close"}


def written_types(owner: type[Any]) -> Iterator[tuple[str, str]]:
    """All public annotations of a class, as they are written."""
    for name, member in {"": owner, **public_members(owner)}.items():
        place: Any = getattr(member, "fget", member)
        if callable(place):
            for field, annotation in inspect.get_annotations(place).items():
                if not field.startswith("_"):
                    yield f"{owner.__name__}.{name}({field})", str(annotation)


@pytest.mark.parametrize("owner", CLASSES)
def test_types_say_something(owner: type[Any]) -> None:
    """No public type is `Any`, but for the client that only some providers' users care about."""
    for where, annotation in written_types(owner):
        assert not re.search(r"\bAny\b", annotation.replace("Provider[Any]", "")), where


# Errors


def tree() -> dict[str, tuple[str | None, str]]:
    """Each error in the module docstring's tree: its parent, and what is said of it."""
    parents: dict[str, tuple[str | None, str]] = {}
    above: list[str] = []
    for line in inspect.cleandoc(errors.__doc__ or "").splitlines():
        drawn = re.fullmatch(r"    ((?:\|   |    )*)([|`]-- )?(\w+)(.*)", line)
        if drawn:
            depth = len(drawn[1]) // 4 + bool(drawn[2])
            above = [*above[:depth], drawn[3]]
            parents[drawn[3]] = (above[-2] if depth else None, drawn[4])
    return parents


def test_error_tree() -> None:
    """The tree in the docstring is the tree there is: each error once, below its base."""
    expected = {
        kind.__name__: None if kind is VideoTasksError else kind.__bases__[0].__name__
        for kind in ERRORS
    }
    assert {name: parent for name, (parent, _) in tree().items()} == expected
    for kind in ERRORS:
        assert issubclass(kind, VideoTasksError)
        assert PUBLIC[kind.__name__] is kind
        others = [base.__name__ for base in kind.__bases__[1:]]
        assert re.findall(r"also (\w+)", tree()[kind.__name__][1]) == others


def an_error(kind: type[VideoTasksError]) -> VideoTasksError:
    if kind is OutcomeError:
        unlike = OutcomeError("words", provider="ark", ref=REF, code="x")
        unlike.outcome = Kept(ref=REF, state="running", reason="it runs")
        return unlike
    error = kind("words", provider="ark", ref=REF, status_code=409, code="x", request_id="id")
    if isinstance(error, RateLimited):
        error.retry_after = 7.0
    return error


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_travel(kind: type[VideoTasksError]) -> None:
    """An error comes whole from another process."""
    error = an_error(kind)
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301  # made one line before
    assert type(copied) is kind
    assert str(copied) == "words"
    assert vars(copied) == vars(error)


def subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for below in kind.__subclasses__():
        yield from subclasses(below)


FOREIGN = [
    *subclasses(httpcore.NetworkError),
    *subclasses(httpcore.ProtocolError),
    *subclasses(httpcore.TimeoutException),
    *subclasses(httpx.TransportError),
    httpcore.ProxyError,
    httpx.InvalidURL,
    OSError,
    UnicodeError,
    ValueError,
]


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("left", [False, True], ids=["before it left", "after"])
def test_foreign_errors_are_translated(kind: Callable[..., Exception], left: bool) -> None:
    """Whatever is raised on the way comes out as ours, and as not sent only if it never left."""
    ark = Ark("hush-hush")
    request = httpx.Request("GET", f"{ark.base_url}/a")
    exchange = Exchange(ark.settings, request)
    exchange.begin()
    if left:
        exchange.leaving()
    error = exchange.lost(kind("words and hush-hush"))
    assert isinstance(error, NoAnswer if left else NotConnected)
    assert "hush" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.provider == "ark"
    assert error.request_id == request.headers["x-client-request-id"]


# Outcomes

REF = Ref("ark", "cgt-20250331175019-68d9t")
TASK = Task(ref=REF, state="succeeded", raw_state="succeeded", video_urls=("https://a/b.mp4",))
ERROR = RequestRefused("words", provider="ark", ref=REF, status_code=400, code="x")
OUTCOMES: list[Outcome] = [
    Cancelled(ref=REF, task=TASK, request_id="id"),
    Cancelled(ref=REF, already=True),
    Deleted(ref=REF, task=TASK, request_id="id"),
    Kept(ref=REF, task=TASK, request_id="id", state="succeeded", reason="it has finished"),
    Gone(ref=REF, request_id="id"),
    Gone(ref=REF, missing_ok=True),
    Failed(ref=REF, task=TASK, request_id="id", error=ERROR),
    Unknown(ref=REF, task=TASK, request_id="id", cause=ERROR),
    Unsent(ref=REF),
]
OK = {"cancelled", "deleted"}


@pytest.mark.parametrize("outcome", OUTCOMES, ids=repr)
def test_outcome(outcome: Outcome) -> None:
    """Each outcome has the same facts, says them in a sentence, and can't be changed."""
    assert outcome.ref == REF
    assert outcome.task in {None, TASK}
    assert outcome.request_id in {None, "id"}
    assert outcome.ok == (outcome.name in OK or getattr(outcome, "missing_ok", False))
    assert str(outcome).startswith(f"{REF} ")
    assert str(outcome).isprintable()
    assert len({outcome, outcome}) == 1
    assert [other for other in OUTCOMES if other == outcome] == [outcome]
    for field in ("ref", "task", "request_id", "name", "ok"):
        with pytest.raises(AttributeError):
            setattr(outcome, field, None)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=repr)
def test_raise_for_outcome(outcome: Outcome) -> None:
    """An outcome that is not ok raises, with itself and with what caused it; an ok one doesn't."""
    if outcome.ok:
        outcome.raise_for_outcome()
        return
    with pytest.raises(OutcomeError) as caught:
        outcome.raise_for_outcome()
    error = caught.value
    cause = ERROR if isinstance(outcome, Failed | Unknown) else None
    assert error.outcome is outcome
    assert str(error) == str(outcome)
    assert error.__cause__ is cause
    assert (error.provider, error.ref, error.request_id) == ("ark", REF, outcome.request_id)
    assert (error.status_code, error.code) == ((400, "x") if cause else (None, None))


@pytest.mark.parametrize("outcome", OUTCOMES, ids=repr)
def test_outcomes_travel(outcome: Outcome) -> None:
    """An outcome comes whole from another process."""
    copied = pickle.loads(pickle.dumps(outcome))  # noqa: S301  # made one line before
    assert type(copied) is type(outcome)
    assert repr(copied) == repr(outcome)
    assert copied.ok == outcome.ok
    if not isinstance(outcome, Failed | Unknown):  # an error equals only itself
        assert copied == outcome


def test_match() -> None:
    """An outcome can be taken apart by name in a `match`."""
    match OUTCOMES[3]:
        case Kept(state="succeeded", task=Task(video_urls=(url,))):
            assert url == "https://a/b.mp4"
        case _:
            pytest.fail("not matched")


def test_base_errors_are_caught() -> None:
    """One `except` catches everything of ours; a bad ref is a ValueError to who knows no more."""
    for kind in (VideoTasksError, ValueError, InvalidRef):
        with pytest.raises(kind):
            Ref.parse("nothing")


# Imports

HEAVY = {"httpx", "httpcore", "anyio", "ssl", "asyncio", "starlette", "uvicorn"}


def imported(*arguments: str) -> set[str]:
    """The packages that a fresh Python imports."""
    done = python("-X", "importtime", *arguments)
    assert done.returncode == 0, done.stderr
    names = re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE)
    return {name.partition(".")[0] for name in names}


def test_import_is_light() -> None:
    """`import videotasks` needs attrs, but nothing of the network; a ref is checked without."""
    packages = imported("-c", "import videotasks; videotasks.Ref.parse('ark:a')")
    assert {"videotasks", "attrs"} <= packages
    assert not packages & (HEAVY | {"click", "rich", "videotasks_ark", "videotasks_tensorslab"})


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["delete", "--help"]], ids=" ".join)
def test_help_is_light(words: list[str]) -> None:
    """The command's help and version need nothing of the network."""
    run = f"import sys; sys.argv[1:] = {words!r}; from videotasks._cli import main; main()"
    packages = imported("-c", run)
    assert "click" in packages
    assert not packages & (HEAVY - {"asyncio", "ssl"})


WITHOUT_EXTRAS = """
import asyncio
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"click", "rich", "starlette", "uvicorn"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())

from videotasks import Ark, AsyncTasks, Tasks

url, key, one, other, third = sys.argv[1:]
ark = Ark(key, base_url=url)
with Tasks(ark) as tasks:
    print(tasks.cancel(f"ark:{one}").name)
    print(*(outcome.name for outcome in tasks.delete_many([f"ark:{other}"])))

async def main():
    async with AsyncTasks(ark) as tasks:
        print((await tasks.delete(f"ark:{third}")).name)

asyncio.run(main())
"""


def test_core_needs_no_extra(sim: Simulator) -> None:
    """Both clients work where neither extra is installed."""
    ids = sim.ark.add("queued"), sim.ark.add("failed"), sim.ark.add("succeeded")
    done = python("-c", WITHOUT_EXTRAS, sim.ark_url, sim.api_key, *ids)
    assert done.stderr == ""
    assert done.stdout.split() == ["cancelled", "deleted", "deleted"]
    assert [sim.ark.status(task_id) for task_id in ids] == ["cancelled", None, None]
