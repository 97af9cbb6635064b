"""What a client is let do: single verbs and bulk runs, in threads and in asyncio, ended somehow.

Owns: the driving of the library through its public face, and the account of what was given and
said. Refuses to judge: that is in `claims`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from random import Random
from typing import Any, Final, Literal

from attrs import Factory, define

from videotasks import AsyncTasks, Outcome, Provider, Retry, Tasks, Verb

from .claims import Said

Ending = Literal[
    "none", "stop", "stop twice", "close", "client", "elsewhere", "error", "cancel", "wait_for"
]
STRUCK: Final[tuple[Ending, ...]] = (
    *("stop", "stop twice", "close", "client", "elsewhere", "error", "cancel", "wait_for"),
)
QUIET: Final[tuple[Ending, ...]] = ("none",) * 12
ENDINGS: Final = QUIET + STRUCK
ODD_REFS: Final = ("nope", "ark:", "ark:..", "ark:a/../b", "x:y", "", "ark:\x00", "tensorslab: a")
PATIENCE: Final = 60.0
"""Seconds within which all that is bounded has ended, on however slow a machine."""


AT_ONCE: Final = Retry(backoff=0, max_retry_after=0)


class EndOfInputError(Exception):
    """What an input may raise."""


@define(kw_only=True)
class Work:
    """What one run is to do, as the seed has it. `options` are those of the verb."""

    said: Said
    refs: list[str]
    providers: list[Provider[Any]]
    asynchronous: bool
    bulk: bool
    ending: Ending = "none"
    after: int = 0
    options: dict[str, Any] = Factory(dict[str, Any])
    retry: Retry = AT_ONCE
    _heard: Outcome | None = None

    def read(self) -> Iterator[str]:
        """The refs, each noted as it is read."""
        for number, ref in enumerate(self.refs):
            if self.ending == "error" and number == self.after:
                raise EndOfInputError
            self.said.given.append(ref)
            yield ref

    def many(self, tasks: Any) -> Any:
        """Begin the run."""
        verb = tasks.cancel_many if self.said.verb == "cancel" else tasks.delete_many
        refs: Iterable[str] = self.read()
        if self.options.get("deadline") is not None:
            self.said.gave_up = True
            if self.ending == "none":  # a list: each of its refs has an outcome at the deadline
                self.said.given += self.refs
                refs = self.refs
        return verb(refs, **self.options)

    def one(self, tasks: Any) -> Callable[..., Any]:
        """The single verb."""
        verb = tasks.cancel if self.said.verb == "cancel" else tasks.delete

        def one(ref: str) -> Any:
            return verb(ref, **self.options)

        return one

    def hear(self, outcome: Outcome) -> None:
        """Note an outcome."""
        self.said.say(time.monotonic(), outcome)
        self._heard = outcome

    def hear_rest(self, outcomes: Any) -> None:
        """Note what was not handed out."""
        if outcomes.last is not None and outcomes.last is not self._heard:
            self.hear(outcomes.last)
        for outcome in outcomes.rest:
            self.hear(outcome)


def run(work: Work) -> None:
    """Do it."""
    if work.asynchronous:
        asyncio.run(_in_asyncio(work))
    else:
        _in_threads(work)


def _in_threads(work: Work) -> None:
    with Tasks(*work.providers, retry=work.retry) as tasks:
        if not work.bulk:
            work.said.given += work.refs
            with ThreadPoolExecutor(8) as pool:
                for outcome in pool.map(work.one(tasks), work.refs):
                    work.hear(outcome)
            return
        outcomes = work.many(tasks)
        timer = threading.Timer(work.after / 1000, outcomes.stop)
        if work.ending == "elsewhere":
            timer.start()
        with suppress(EndOfInputError), outcomes:
            for number, outcome in enumerate(outcomes):
                work.hear(outcome)
                if number == work.after and _ends(work, outcomes):
                    outcomes.close()
                    break
                if number == work.after and work.ending == "client":
                    tasks.close()
        timer.cancel()
        work.hear_rest(outcomes)


def _ends(work: Work, outcomes: Any) -> bool:
    """Stop a run as it is to be stopped; whether it is not to be iterated further."""
    if work.ending in {"stop", "stop twice"}:
        outcomes.stop()
    if work.ending == "stop twice":
        work.said.gave_up = True
        outcomes.stop()
    return work.ending == "close"


async def _in_asyncio(work: Work) -> None:
    async with AsyncTasks(*work.providers, retry=work.retry) as tasks:
        if not work.bulk:
            work.said.given += work.refs
            for outcome in await asyncio.gather(*map(work.one(tasks), work.refs)):
                work.hear(outcome)
            return
        outcomes = work.many(tasks)

        async def iterate() -> None:
            number = 0
            async for outcome in outcomes:
                work.hear(outcome)
                if number == work.after and _ends(work, outcomes):
                    await outcomes.close()
                    break
                if number == work.after and work.ending == "client":
                    await tasks.close()
                number += 1

        iterating = asyncio.create_task(iterate())
        if work.ending in {"elsewhere", "cancel", "wait_for"}:
            await asyncio.wait([iterating], timeout=work.after / 1000)
            if work.ending == "elsewhere":
                outcomes.stop()
            else:
                iterating.cancel()
            if work.ending == "wait_for":  # and once more: what is on its way is given up
                work.said.gave_up = True
                await asyncio.wait([iterating], timeout=work.after / 5000)
                iterating.cancel()
        with suppress(EndOfInputError, asyncio.CancelledError):
            await iterating
        await outcomes.close()
        work.hear_rest(outcomes)


def run_all(works: list[Work]) -> list[str]:
    """Do them all at the same time; what went wrong with that."""
    wrong: list[str] = []

    def do(work: Work) -> None:
        try:
            run(work)
        except Exception as error:
            wrong.append(f"{work.said.run} raised {error!r} with {work}")

    threads = [threading.Thread(target=do, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        if thread.is_alive():
            wrong.append(f"it did not end within {PATIENCE:g} s: {works}")
    return wrong


def draw_options(random: Random, *, bulk: bool) -> dict[str, Any]:
    """Options of a verb."""
    options: dict[str, Any] = {
        "confirm": random.random() < 0.3,
        "missing_ok": random.random() < 0.3,
    }
    if random.random() < 0.2:
        options["deadline"] = random.choice([0.001, 0.02, 0.1, 0.5])
    if bulk and random.random() < 0.5:
        options["concurrency"] = random.choice([1, 2, 8, 40])
    return options


TOGETHER: Final[tuple[tuple[Verb, ...], ...]] = (
    ("cancel",),
    ("delete",),
    ("delete",),
    ("cancel", "delete"),
    ("delete", "delete"),
)


def verbs(random: Random) -> tuple[Verb, ...]:
    """What to ask for; two at once disturb each other."""
    return random.choice(TOGETHER)


@contextmanager
def listening(names: Iterable[str]) -> Generator[list[str]]:
    """All that these log meanwhile, but what httpcore has from a server: a key that comes back."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = self.format(record)
            if not line.startswith("receive_"):
                lines.append(line)

    handler = Handler()
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
