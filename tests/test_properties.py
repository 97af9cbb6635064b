"""What holds for anything whatever: refs, records, files of refs, the environment, answers.

Each property is tried with made-up values, the same in each run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

import click
import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from attacks.walk.wire import HTTP, Wire, says
from videotasks import (
    Ark,
    Cancelled,
    ConfigurationError,
    Deleted,
    Failed,
    Gone,
    InvalidRef,
    Kept,
    NotFound,
    Outcome,
    Provider,
    RateLimited,
    Ref,
    RequestRefused,
    Task,
    TensorsLab,
    Unknown,
    Unsent,
    VideoTasksError,
    skip_done,
)
from videotasks._cli._input import read_refs
from videotasks._http.exchange import Exchange
from videotasks._rules.adapter import Listed, PageRequest
from videotasks._rules.steps import Call

KEY: Final = "sk-CANARY-0123456789"
PROVIDERS: Final[dict[str, Provider[Any]]] = {
    "ark": Ark(KEY),
    "tensorslab": TensorsLab(KEY, auth_scheme="bearer"),
}
WIRES: Final = {name: Wire(provider) for name, provider in PROVIDERS.items()}

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Few characters, of each kind that matters: the tables of all of them take seconds to make.
PRINTED: Final = "aZ09-_.~%/?#:@!$&'()*+,;=[]{}|\\\"^`<>é上\u2215\U0001f3ac"
OTHERS: Final = " \t\n\r\x1b\x7f\x85\xa0\u200b\u202e\u3000"
ANY_TEXT: Final = st.text(PRINTED + OTHERS + "\0\ud800", max_size=40)
IDS: Final = st.text(PRINTED, min_size=1, max_size=40).filter(lambda text: text not in {".", ".."})
REFS: Final = st.builds(Ref, st.sampled_from(["ark", "tensorslab"]), IDS)

WORDS: Final = (
    *("id", "status", "content", "video_url", "error", "code", "message", "type", "usage", "msg"),
    *("total_tokens", "created_at", "data", "taskid", "task_status", "url", "items", "total"),
    *("failedTaskIds", "Result"),
)
VALUES: Final[tuple[object, ...]] = (
    *("queued", "running", "succeeded", "Success", "Failed", "a", "1", 1, 3, 1000, 9999, 9000),
    *(
        "NotFound.ID",
        "NotFound",
        "InvalidAction.RunningTaskDeletion",
        "QuotaExceeded",
        KEY,
        "\ud800",
    ),
    *(-1, 0, 10**30, 1e300, float("nan"), float("inf"), True, False, None, {}, []),
)
JSON: Final = st.recursive(
    st.sampled_from(VALUES) | st.integers() | st.text(PRINTED, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(PRINTED, max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)
STATUSES: Final = st.sampled_from([200, 200, 200, 204, 201, 302, 400, 401, 403, 404, 409, 429, 500])
GOOD: Final[dict[str, dict[str, Any]]] = {
    "ark": {"id": "a", "status": "succeeded", "content": {"video_url": "https://host/v"}},
    "tensorslab": {"code": 1000, "msg": "", "data": {"taskid": "a", "task_status": 3}},
}


def outcomes() -> st.SearchStrategy[Outcome]:
    """Any outcome of any ref."""
    error = st.builds(RequestRefused, ANY_TEXT)
    task = st.none() | st.builds(
        Task, ref=REFS, state=st.sampled_from(["queued", "failed"]), error=ANY_TEXT
    )
    return st.one_of(
        st.builds(Cancelled, ref=REFS, already=st.booleans(), task=task),
        st.builds(Deleted, ref=REFS, task=task),
        st.builds(Gone, ref=REFS),
        st.builds(Kept, ref=REFS, state=st.sampled_from(["running", "unknown"]), reason=ANY_TEXT),
        st.builds(Failed, ref=REFS, error=error),
        st.builds(Unknown, ref=REFS, cause=error, task=task),
        st.builds(Unsent, ref=REFS),
    )


@steady
@given(ANY_TEXT | st.builds("{}:{}".format, st.sampled_from(["ark", "tensorslab"]), ANY_TEXT))
def test_any_text_as_a_ref(text: str) -> None:
    """Any text is a ref that reads as it was written, or is refused."""
    try:
        ref = Ref.parse(text)
    except InvalidRef:
        return
    assert str(ref) == text
    assert Ref.parse(ref) == ref == Ref(ref.provider, ref.id)


@steady
@given(IDS | st.sampled_from(["a/b", "..%2f", "%2e%2e", "a?b", "a#b", "\u2215", "x" * 512]))
def test_any_id_in_a_path(task_id: str) -> None:
    """An id is one segment of the path, whatever is in it, and reads as it was; or it is refused
    before anything is sent."""
    seen: list[httpx.Request] = []

    class Client:
        def request(self, *, url: str, **more: Any) -> httpx.Response:
            request = httpx.Request(url=f"{PROVIDERS['ark'].base_url}{url}", **more)
            Exchange(PROVIDERS["ark"].settings, request)
            seen.append(request)
            raise ConnectionError

        def get_httpx_client(self) -> Client:
            return self

    call = PROVIDERS["ark"].adapter.act_call((Ref("ark", task_id),), "deletes", 0.0)
    with pytest.raises((ConnectionError, InvalidRef)):
        call.endpoint.sync_detailed(**call.arguments, client=Client())
    for request in seen:
        path = request.url.raw_path.decode()
        below = path.removeprefix("/api/v3/contents/generations/tasks/")
        assert below != path
        assert "/" not in below
        assert "?" not in below
        assert unquote(below) == task_id


@steady
@given(outcomes(), st.integers(0, 400), st.booleans())
def test_any_record(outcome: Outcome, cut: int, as_bytes: bool) -> None:
    """What an outcome says of itself can be written, and a run goes on by it; a line that was cut
    off leaves its ref to be done."""
    line = json.dumps(outcome.to_dict())
    done = outcome.name in {"cancelled", "deleted", "gone"}
    assert list(skip_done([outcome.ref], [line])) == ([] if done else [outcome.ref])
    assert list(skip_done([outcome.ref], [outcome])) == ([] if done else [outcome.ref])
    shorter = line[: min(cut, len(line) - 1)]
    record = shorter.encode() if as_bytes else shorter
    assert list(skip_done([outcome.ref], [record])) == [outcome.ref]


@steady
@given(st.lists(st.binary(max_size=60) | ANY_TEXT | JSON.map(json.dumps), max_size=4), REFS)
@example(["[" * 100_000], Ref("ark", "a"))
@example(['{"ref": ' + "[" * 900 + "]" * 900 + ', "outcome": "gone"}'], Ref("ark", "a"))
def test_any_lines_as_records(lines: list[str | bytes], ref: Ref) -> None:
    """Whatever the lines of a record file are, what they don't name is left to be done."""
    assert list(skip_done([ref], lines)) == [ref]


@steady
@given(
    st.binary(max_size=80)
    | st.lists(st.one_of(REFS.map(str), ANY_TEXT, JSON.map(json.dumps)), max_size=4).map(
        lambda lines: "\n".join(lines).encode(errors="surrogatepass")
    )
    | outcomes().map(lambda outcome: json.dumps(outcome.to_dict()).encode())
)
@example(b'{"ref": ' + b"[" * 100_000)
def test_any_file_of_refs(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any file is read as refs, or refused in words; nothing else is raised."""
    file = tmp_path_factory.getbasetemp() / "refs.txt"
    file.write_bytes(content)
    try:
        refs = read_refs((), str(file), None)
    except click.UsageError:
        return
    assert len(set(refs)) == len(refs)


ENVIRONMENT: Final = st.text(PRINTED + OTHERS, max_size=30)


@steady
@given(
    ENVIRONMENT,
    ENVIRONMENT
    | st.builds("https://{}".format, ENVIRONMENT)
    | st.builds("http://{}".format, ENVIRONMENT),
    ENVIRONMENT,
)
@example(KEY, "https://[::1", "")
@example(KEY, "https://xn--a.test", "http://[")
def test_any_environment(key: str, url: str, proxy: str) -> None:
    """Any values of our variables make a provider that can be used, or are refused in words that
    don't show the key."""
    values = {"ARK_API_KEY": key, "ARK_BASE_URL": url, "HTTPS_PROXY": proxy}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        try:
            ark = Ark()
        except ConfigurationError as error:
            shown = str(error)
        else:
            shown = ""
            sent = ark.settings.key.reveal()
            assert sent.isascii()
            assert sent.isprintable()
            assert " " not in sent
            assert _is_safe(httpx.URL(ark.base_url))
    assert len(key) < 8 or key not in shown


def _is_safe(address: httpx.URL) -> bool:
    """Whether a key may go there: over https, or to this machine."""
    host = address.host
    here = host in {"localhost", "::1"} or host.startswith("127.") or host.endswith(".localhost")
    return address.scheme == "https" or here


def read(provider: str, call: Call[Any], answer: HTTP) -> object:
    """What an answer is read as. What is said of it is fit to be shown."""
    told = WIRES[provider].read(call, answer)
    if isinstance(told, VideoTasksError):
        assert str(told).isprintable()
        assert KEY not in str(told)
        assert KEY not in json.dumps(told.to_dict())
    return told


def answers(good: Callable[[str], object]) -> st.SearchStrategy[tuple[str, HTTP]]:
    """A provider and an answer: any JSON, a good one with anything in one place, or any text."""

    def of(name: str) -> st.SearchStrategy[tuple[str, HTTP]]:
        fields: Any = good(name)
        changed = st.tuples(st.sampled_from(list(fields) or ["x"]), JSON).map(
            lambda change: {**fields, change[0]: change[1]}
        )
        inner = st.tuples(st.sampled_from(WORDS), JSON).map(
            lambda change: {**fields, "data": {**GOOD["tensorslab"]["data"], change[0]: change[1]}}
        )
        bodies = st.one_of(JSON, changed, inner).map(json.dumps) | st.text(
            PRINTED + OTHERS, max_size=20
        )
        return st.tuples(st.just(name), st.builds(HTTP, STATUSES, bodies))

    return st.sampled_from(["ark", "tensorslab"]).flatmap(of)


@steady
@given(answers(lambda name: GOOD[name]))
def test_any_answer_to_a_look(given_answer: tuple[str, HTTP]) -> None:
    """Any answer to a look is the very task, in words fit to be kept, or one of our errors."""
    provider, answer = given_answer
    ref = Ref(provider, "a")
    told = read(provider, PROVIDERS[provider].adapter.look_call(ref), answer)
    if isinstance(told, NotFound):
        assert answer.status == 404
    elif isinstance(told, Task):
        assert answer.status == 200
        assert told.ref == ref
        json.dumps(told.to_dict())
    else:
        assert isinstance(told, VideoTasksError)


@steady
@given(answers(lambda name: {} if name == "ark" else {"code": 1000, "data": {"status": "Success"}}))
def test_any_answer_to_a_deletion(given_answer: tuple[str, HTTP]) -> None:
    """No answer to a deletion is taken for a yes but the one that the vendor documents."""
    provider, answer = given_answer
    call = PROVIDERS[provider].adapter.act_call((Ref(provider, "a"),), "deletes", 0.0)
    told = read(provider, call, answer)
    if isinstance(told, VideoTasksError):
        return
    assert told is None
    assert answer.status in {200, 204}
    if provider == "ark":
        assert not answer.body or json.loads(answer.body) in ({}, {"Result": {}})
    else:
        body = json.loads(answer.body)
        assert body["code"] == 1000
        assert body["data"]["status"] == "Success"


@steady
@given(answers(lambda _name: {"items": [GOOD["ark"]], "total": 1}))
def test_any_answer_to_a_list(given_answer: tuple[str, HTTP]) -> None:
    """Any answer to a list is tasks with usable ids, or one of our errors."""
    lists = PROVIDERS["ark"].adapter.lists
    assert lists is not None
    page = PageRequest(number=1, size=10, tier="default", state=None, endpoint=None, ids=())
    told = read("ark", lists.page_call(page), given_answer[1])
    if isinstance(told, Listed):
        assert all(Ref.parse(str(task.ref)) == task.ref for task in told.tasks)
    else:
        assert isinstance(told, VideoTasksError)


@steady
@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
    | st.floats().map(str)
    | st.builds(
        "Wed, {} Oct {} {}:28:00 {}".format,
        *[st.integers(-9, 99999)] * 3,
        st.sampled_from(["GMT", "+99999", ""]),
    )
)
def test_any_retry_after(value: str) -> None:
    """Whatever Retry-After says, it is a finite time that is not below 0, or none."""
    call = PROVIDERS["ark"].adapter.look_call(Ref("ark", "a"))
    told = read("ark", call, says(429, {}, ("Retry-After", value)))
    assert isinstance(told, RateLimited)
    assert told.retry_after is None or 0 <= told.retry_after < float("inf")
