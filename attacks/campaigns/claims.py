"""Whether what a client said is true, by the ledger.

Owns: what each outcome needs of the ledger (`NEEDS`), and the rules that hold for each task that
was touched. Refuses to believe a client: nothing here is from the library but the outcomes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, Self

from attrs import Factory, define, field, frozen

from videotasks import Cancelled, Kept, Outcome, OutcomeName, Ref, State, Verb

from .ledger import ENDED, KEY, Ledger, Ledgers, Request, Tally

ACTS: Final[dict[tuple[str, Verb], frozenset[str]]] = {
    ("ark", "cancel"): frozenset({"queued"}),
    ("ark", "delete"): frozenset({"queued"} | ENDED),
    ("tensorslab", "delete"): frozenset({"succeeded", "failed"}),
}
"""The states in which a DELETE may follow a look, as README's table has it."""
UNFINISHED: Final = frozenset({"queued", "running"})
"""With `delete_unfinished`, these too."""
LATE: Final = 0.2
"""Seconds after which a client may have given up waiting: less than any timeout here."""


@frozen(kw_only=True)
class Word:
    """One outcome as it was said, by the library or in a record of the command; `text` is all of
    it."""

    ref: Ref
    name: OutcomeName
    already: bool
    state: State | None
    text: str = field(repr=False)

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """What an outcome says."""
        text = f"{outcome!r} {outcome} {json.dumps(outcome.to_dict())}"
        already = isinstance(outcome, Cancelled) and outcome.already
        state = outcome.state if isinstance(outcome, Kept) else None
        return cls(ref=outcome.ref, name=outcome.name, already=already, state=state, text=text)

    @classmethod
    def read(cls, line: str) -> Self:
        """What a line of NDJSON says."""
        record: dict[str, Any] = json.loads(line)
        provider, _, task_id = record["ref"].partition(":")
        return cls(
            ref=Ref(provider, task_id),
            name=record["outcome"],
            already=record.get("already", False),
            state=record.get("state"),
            text=line,
        )


@define(kw_only=True)
class Said:
    """What one run of a client was given, and what it said of that; `at` is when it had said it.

    `verb` is what was asked for. `gave_up` says that it was told not to wait for answers,
    `unfinished` that it may delete unfinished tasks. `misled` are tasks for which an answer without
    an id in it was mixed up with another's, which no client can see: what is said of them is
    counted apart. Of those in `mixed_up` it is, as far as it says whose doing it was.
    """

    run: str
    verb: Verb
    given: list[str]
    words: list[tuple[float, Word]] = Factory(list[tuple[float, Word]])
    gave_up: bool = False
    unfinished: bool = False
    misled: set[str] = field(factory=set[str], repr=False)
    mixed_up: set[str] = field(factory=set[str], repr=False)
    wrote: str = field(default="", repr=False)
    """All that it printed, logged and wrote."""

    def say(self, at: float, outcome: Outcome) -> None:
        """Note an outcome."""
        self.words.append((at, Word.of(outcome)))


@frozen
class Claim:
    """One outcome, and what the ledger has of its task.

    `ours` are the requests of the run about it, `once` says that the run was given it just once, so
    that all of them are for this outcome.
    """

    said: Said
    word: Word
    at: float
    ledger: Ledger
    once: bool

    @property
    def id(self) -> str:
        """The task."""
        return self.word.ref.id

    @property
    def ours(self) -> list[Request]:
        """All requests of this run about it."""
        return self.ledger.about.get((self.said.run, self.id), [])

    @property
    def deletions(self) -> list[Request]:
        """Those that may have done something."""
        return [one for one in self.ours if one.operation == "delete" and not one.refused]

    @property
    def acted(self) -> bool:
        """Whether one did, at any time."""
        return any(self.id in one.acted for one in self.ours)

    def was(self, state: State | None) -> bool:
        """Whether the task was in this state since the run began to ask."""
        since = self.ours[0].at if self.ours else self.at
        return self.ledger.was(self.id, state, since, self.at)


def _is_cancelled(claim: Claim) -> bool:
    by_us = any(
        change.state == "cancelled" and change.by in claim.ours
        for change in claim.ledger.changes.get(claim.id, ())
    )
    was = claim.ledger.was(claim.id, "cancelled", 0, claim.at)
    return was and not (claim.word.already and by_us and claim.once)


def _is_kept(claim: Claim) -> bool:
    assert claim.word.state is not None
    return claim.was(claim.word.state) and not (claim.once and claim.acted)


NEEDS: Final[dict[OutcomeName, tuple[str, Callable[[Claim], bool]]]] = {
    "cancelled": (
        "it has been cancelled by then, and not by this run where `already` is said",
        _is_cancelled,
    ),
    "deleted": (
        "it is gone by then, a deletion was asked for, and a DELETE of this run left",
        lambda claim: (
            claim.was(None)
            and claim.said.verb == "delete"
            and (bool(claim.deletions) or claim.said.run in claim.ledger.closed_behind)
        ),
    ),
    "kept": (
        "it was there in that state since the run first looked, and no DELETE of the run acts",
        _is_kept,
    ),
    "gone": (
        "the provider does not know it by then, and not because of this run",
        lambda claim: claim.was(None) and not (claim.once and claim.acted),
    ),
    "failed": ("no DELETE of this run ever acts", lambda claim: not (claim.once and claim.acted)),
    "unknown": (
        "a DELETE of this run left, if only on a connection closed just then, or nobody waited",
        lambda claim: (
            bool(claim.deletions)
            or claim.said.run in claim.ledger.closed_behind
            or claim.said.gave_up
        ),
    ),
    "unsent": (
        "no DELETE of this run left, but such as were answered 429",
        lambda claim: not (claim.once and claim.deletions),
    ),
}
"""What the ledger must have for each outcome; `at` is when it was said."""


def judge(said: Said, ledgers: Ledgers) -> Tally:
    """Hold what a run said against the ledgers."""
    tally = Tally(outcomes=len(said.words))
    given, told = Counter(said.given), Counter(str(word.ref) for _, word in said.words)
    if given != told:
        tally.breaches.append(
            f"{said.run}: not one outcome each: missing {given - told}, surplus {told - given}"
        )
    texts = [said.wrote, *(word.text for _, word in said.words)]
    tally.breaches += [f"{said.run}: the key is in {text}" for text in texts if KEY in text]
    for at, word in said.words:
        ledger = ledgers.get(word.ref.provider)
        if ledger is None or word.ref.id not in ledger.known:
            if word.name not in {"failed", "gone", "unsent"}:
                tally.breaches.append(f"{said.run}: {word} of no task")
            continue
        once = given[str(word.ref)] == 1 and word.ref.id not in said.mixed_up
        claim = Claim(said, word, at, ledger, once)
        needs, is_true = NEEDS[word.name]
        if is_true(claim):
            continue
        if claim.id in said.misled:
            tally.limits += 1
            continue
        tally.breaches.append(
            f"{said.run} {said.verb} {word.ref} says {word.name}, which needs: {needs}\n"
            f"    {at:.4f} {word.text}\n{ledger.told(claim.id)}"
        )
    for ref in sorted({word.ref for _, word in said.words}, key=str):
        wrong = (
            list(_wrong_deletions(said, ledgers[ref.provider], ref))
            if ref.provider in ledgers
            else []
        )
        if ref.id in said.misled:
            tally.limits += len(wrong)
        else:
            tally.breaches += wrong
    return tally


def _wrong_deletions(said: Said, ledger: Ledger, ref: Ref) -> Iterator[str]:
    """Two deletions without a look in between, one without a look that lets it act, a finished task
    destroyed by a cancel."""
    acts = ACTS.get((ref.provider, said.verb), frozenset())
    acts |= UNFINISHED if said.unfinished and ref.provider == "tensorslab" else frozenset()
    allowed_at: float | None = None
    late = False
    for request in ledger.about.get((said.run, ref.id), ()):
        where = f"{said.run} {said.verb} {ref} #{request.number}"
        if request.operation == "get":
            # A deletion that the client gave up waiting for may come after the look that followed.
            late |= allowed_at is not None and request.at - allowed_at >= LATE
            allowed_at = request.at if request.showed.get(ref.id) in acts else None
            continue
        if allowed_at is None and not late:
            yield f"{where}: a deletion without a look that allows it\n{ledger.told(ref.id)}"
        late &= allowed_at is not None
        allowed_at = request.at if request.refused else None
        before = request.acted.get(ref.id)
        if said.verb == "cancel" and before in ENDED:
            yield f"{where}: a cancel destroyed a task that was {before}\n{ledger.told(ref.id)}"
