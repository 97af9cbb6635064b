"""A small program as a user would write it. `test_typing` checks its types, and runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import assert_never

from videotasks import (
    Ark,
    AsyncTasks,
    AuthenticationError,
    Cancelled,
    ConfigurationError,
    Deleted,
    Failed,
    Gone,
    InvalidRef,
    Kept,
    NotFound,
    Outcome,
    OutcomeError,
    Preview,
    Provider,
    RateLimited,
    Ref,
    Retry,
    State,
    Task,
    Tasks,
    TensorsLab,
    Unknown,
    Unsent,
    Unsupported,
    VideoTasksError,
)
from videotasks_ark import AuthenticatedClient
from videotasks_ark.api.tasks import get_task
from videotasks_ark.models import Task as ArkTask


def describe(outcome: Outcome) -> str:
    """What became of a task, for each of the seven that there are."""
    match outcome:
        case Cancelled(already=True):
            return "had been cancelled"
        case Cancelled():
            return "will not run"
        case Deleted(task=task):
            return f"deleted, was {task.state if task else 'not seen'}"
        case Kept(state="succeeded", task=task):
            return f"too late: {task.video_urls if task else ()}"
        case Kept(state=state, reason=reason):
            return f"{state}: {reason}"
        case Gone(missing_ok=wanted):
            return "as wanted" if wanted else "not there"
        case Failed(error=RateLimited(retry_after=seconds)):
            return f"wait {seconds} s"
        case Failed(error=error):
            return str(error)
        case Unknown(cause=cause):
            return cause.request_id or str(cause)
        case Unsent():
            return "not tried"
        case _:
            assert_never(outcome)


def by_name(outcome: Outcome) -> str:
    """The same, told apart by `name`."""
    if outcome.name == "failed":
        return str(outcome.error)
    if outcome.name == "kept":
        return outcome.reason
    return outcome.name if outcome.ok else str(outcome.task)


def look(tasks: Tasks, ref: Ref | str) -> State | None:
    """A task's state."""
    try:
        task: Task = tasks.get(ref, timeout=10)
    except NotFound as error:
        ref_asked: Ref | None = error.ref
        return None if ref_asked else "unknown"
    except (AuthenticationError, ConfigurationError) as error:
        raise SystemExit(f"{error.provider}: {error.code}") from error
    return task.state


def lines(tasks: Tasks, refs: Iterator[str]) -> Iterator[str]:
    """Many, with threads."""
    with tasks.delete_many(refs, missing_ok=True, concurrency=4) as outcomes:
        for outcome in outcomes:
            yield f"{outcome.ref.provider} {describe(outcome)} {by_name(outcome)}"
    rest: tuple[Outcome, ...] = outcomes.rest
    for outcome in rest:
        yield describe(outcome)


def losses(tasks: Tasks, refs: list[str]) -> list[str]:
    """What a deletion would lose."""
    previews: Iterator[Preview] = tasks.preview("delete", refs)
    return [f"{one.ref}: {one.reason}" for one in previews if one.loses == "video"]


async def async_lines(tasks: AsyncTasks, refs: AsyncIterator[Ref]) -> list[str]:
    """Many, with asyncio."""
    async with tasks.cancel_many(refs, confirm=True) as outcomes:
        found = [describe(outcome) async for outcome in outcomes]
    first: Outcome = await tasks.cancel(Ref("ark", "a"))
    return [*found, describe(first), *map(describe, outcomes.rest)]


def status_of(ark: Ark, task_id: str) -> str | None:
    """The endpoint as it is."""
    client: AuthenticatedClient = ark.api
    with client:
        answer = get_task.sync_detailed(task_id, client=client)
    return answer.parsed.status if isinstance(answer.parsed, ArkTask) else None


def main(key: str, ark_url: str, tensorslab_url: str, refs: list[str]) -> list[str]:
    """All of it."""
    ark = Ark(key, base_url=ark_url, timeout=20, connect_timeout=2.5)
    tensorslab = TensorsLab(
        key,
        base_url=tensorslab_url,
        auth_scheme="bearer",
        delete_unfinished=False,
        batch_size=10,
        missing_codes=[9999],
    )
    providers = (ark, tensorslab)
    said = [f"{one.name} {one.capabilities.cancel}" for one in providers]
    with Tasks(*providers, retry=Retry(attempts=2, backoff=0.1), timeout=30) as tasks:
        said += [str(look(tasks, ref)) for ref in refs]
        said += lines(tasks, iter(refs))
        try:
            tasks.cancel("tensorslab:a").raise_for_outcome()
        except Unsupported as error:
            said.append(f"{error.ref}")
        try:
            tasks.delete(Ref.parse("ark:nobody")).raise_for_outcome()
        except OutcomeError as error:
            said.append(describe(error.outcome))
        said += losses(tasks, ["nobody"])
        try:
            tasks.get("nobody")
        except InvalidRef as error:
            base: VideoTasksError | ValueError = error
            said.append(type(base).__name__)

    async def later(one: Provider[AuthenticatedClient]) -> list[str]:
        async def given() -> AsyncIterator[Ref]:
            for ref in sorted(map(Ref.parse, refs)):
                yield ref

        async with AsyncTasks(one) as async_tasks:
            return await async_lines(async_tasks, given())

    said += asyncio.run(later(ark))
    said.append(str(status_of(ark, "running")))
    return said
