"""One run of a client against the model: its requests, what goes wrong with them, what it is told.

Owns: every way that an answer can come, and the checks of each step: a deletion leaves only on a
fresh look of its own, that showed a state in which the verb may act. Refuses to know the rules:
what the client does next is up to the real flows.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeVar, cast

from attrs import define, frozen

from videotasks import Closed, DeadlineExceeded, LookTooOld, Ref, State, Task, VideoTasksError
from videotasks._rules.items import WorkItem
from videotasks._rules.steps import Answer, Backoff, Call, Flow, Reply

from .ledger import FRESH, Ledger, Request
from .servers import GATEWAY_404, PAGE, Server, adapter_of, wire_of
from .state import Frozen, flow_state
from .wire import Answered, Broken

R = TypeVar("R")

Verb = Literal["cancel", "delete"]

RETRY_AFTER: Final = ("Retry-After", "6")
ATTEMPTS: Final = 2
"""Tries of a request that surely did nothing: each further one is as the second."""
MOST_STEPS: Final = 150
"""Steps of one run; more are taken for one that does not end."""
MOST_SENT: Final = 8
"""Deletions of one task in one run that may have done something, halved batches included."""
MOST_LOST: Final = 3
"""Lost answers to deletions of one task in one run, after which none is sent any more."""

FAULTS: Final = ("cut off", "404 of a gateway", "429", "401", "no connection")
FINE_FAULTS: Final = (*FAULTS, "503", "a page", "429 with Retry-After", "400", "quota")
_STATUSES: Final = {"503": 503, "400": 400, "401": 401, "429": 429, "quota": 402}
_MAY_HAVE_ACTED: Final = frozenset({"cut off", "503", "a page", "404 of a gateway"})


@frozen
class Wanted:
    """What the caller asks for; `only` is the states that a plan was made for."""

    verb: Verb
    confirm: bool = False
    only: frozenset[State] | None = None


class Killed(Exception):
    """The process ends here, without a word."""


class GaveUp(Exception):
    """The answer is not waited for; the request has left."""


@define
class Look:
    """What the client was last shown of a task: when it asked, which state, None for no record."""

    sent_at: float
    state: State | None
    used: bool = False


class Journey:
    """One run: `looks` and `sent` by task; `quiet` while nothing went wrong or moved."""

    def __init__(self, ledger: Ledger, server: Server, wanted: Wanted, number: int) -> None:
        self.ledger, self.server, self.number = ledger, server, number
        self.verb: Verb = wanted.verb
        self.confirm, self.only = wanted.confirm, wanted.only
        self.adapter = adapter_of(server)
        self.looks: dict[str, Look] = {}
        self.sent = dict.fromkeys(ledger.tasks, 0)
        self.lost = dict.fromkeys(ledger.tasks, 0)
        self.start = {name: task.state for name, task in ledger.tasks.items()}
        self.budgets = (ledger.moves, ledger.faults, ledger.breaks, ledger.on_its_way[:])
        self.stopped: VideoTasksError | None = None
        self.in_bulk = False
        self._flow: Flow[Any] | None = None
        self._doing = ""  # what its present request comes to, which the flow does not know yet
        self._steps = 0
        ledger.land = lambda request: server.delete(ledger, request)

    @property
    def quiet(self) -> bool:
        """Whether nothing went wrong, moved or was left over, but that things took time."""
        ledger = self.ledger
        return self.budgets == (ledger.moves, ledger.faults, ledger.breaks, [])

    def drive(self, flow: Flow[R]) -> R:
        """Run a flow to its end, as a driver does."""
        reply: Reply = None
        self._flow = flow
        try:
            while True:
                step = flow.send(reply)
                self._steps += 1
                self.ledger.check(self._steps <= MOST_STEPS, "it does not end")
                if isinstance(step, Call):
                    reply = self._call(step)
                    self.ledger.log.append((self.ledger.now, step.operation, reply))
                else:
                    reply = self._pause(cast("Backoff", step))
        except StopIteration as stop:
            result: R = stop.value
            return result
        finally:
            self._flow = None

    def item(self, name: str) -> WorkItem:
        """A new work item for a task, as the clients make it."""
        return WorkItem(
            ref=Ref(self.server.name, name),
            verb=self.verb,
            confirm=self.confirm,
            only=self.only,
            attempts=ATTEMPTS,
        )

    def state(self) -> Frozen:
        """All that what this does next depends on."""
        ago = self.ledger.ago
        looks = tuple((name, ago(k.sent_at), k.state, k.used) for name, k in self.looks.items())
        stopped = type(self.stopped).__name__
        known = (
            self._doing,
            looks,
            tuple(self.sent.values()),
            tuple(self.lost.values()),
            self.quiet,
            self.number,
            stopped,
        )
        flow = self._flow and flow_state(self._flow, self.ledger.now)
        return (known, tuple(self.start.values()), flow)

    def may_break(self, *more: str) -> str:
        """Perhaps the work is stopped here, the deadline comes, or the process is killed."""
        if not self.ledger.breaks or self.stopped is not None:
            return "goes on"
        how = self.ledger.choose("break", ("goes on", "stopped", "deadline", "killed", *more))
        self.ledger.breaks -= how != "goes on"
        if how == "killed":
            raise Killed
        if how == "stopped":
            self.stopped = Closed("stopped")
        if how == "deadline":
            self.stopped = DeadlineExceeded("late")
        return how

    def _pause(self, step: Backoff) -> VideoTasksError | None:
        self.may_break()
        if self.stopped is not None:
            return self.stopped if isinstance(self.stopped, DeadlineExceeded) else None
        self.ledger.now += min(step.retry_after, 60.0) if step.retry_after is not None else 1.0
        return None

    def _call(self, call: Call[Any]) -> Reply:
        self._doing = ""
        self.may_break()
        if self.stopped is not None:
            return self.stopped
        if call.operation == "get":
            (ref,) = call.refs
            return self._look(call, ref)
        return self._delete(call)

    def _fault(self, more: str | None = None) -> str:
        if not self.ledger.faults:
            return "answered"
        faults = [*(FINE_FAULTS if self.ledger.fine else FAULTS), *filter(None, [more])]
        fault: str = self.ledger.choose("comes to", ("answered", *faults))
        self.ledger.faults -= fault != "answered"
        return fault

    def _misanswer(self, fault: str) -> Answered:
        if fault in {"cut off", "no connection"}:
            return Broken(sent=fault == "cut off")
        if fault == "404 of a gateway":
            return GATEWAY_404
        if fault == "429 with Retry-After":
            return self.server.refusal(429, RETRY_AFTER)
        return PAGE if fault == "a page" else self.server.refusal(_STATUSES[fault])

    def _told(self, call: Call[Any], answer: Answered, sent_at: float) -> Reply:
        """What the client is told, after the time that it waited for it."""
        value = wire_of(self.server).read(call, answer)
        return value if isinstance(value, VideoTasksError) else Answer(value, sent_at, "r")

    def _look(self, call: Call[Any], ref: Ref) -> Reply:
        ledger, sent_at = self.ledger, self.ledger.now
        ledger.happen([ref.id])
        fault = self._fault()
        if fault != "answered":
            return self._told(call, self._misanswer(fault), sent_at)
        answer = self.server.look(ledger, ref.id)
        told = self._told(call, answer, sent_at)
        state = ledger.tasks[ref.id].state
        if isinstance(told, Answer):
            seen: Task = told.value
            ledger.check(seen.state == state, "a task was read as", seen)
        if isinstance(told, Answer) or state is None:
            self.looks[ref.id] = Look(sent_at, state)
        ledger.pass_time("the answer takes", (3, 6))
        return told

    def _delete(self, call: Call[Any]) -> Reply:
        ledger = self.ledger
        assert call.not_after is not None
        if ledger.delays:
            turn = ledger.choose("its turn comes", ("now", "in 3 s", "in 6 s", "late"))
            ledger.delays -= turn != "now"
            wait = {"now": 0, "in 3 s": 3}.get(turn, 6)
            if ledger.now + wait > call.not_after:
                error = LookTooOld("old")
                if turn == "late":
                    ledger.now += wait  # it had come, and only leaving took too long
                else:
                    error.retry_after = wait
                return error
            ledger.now += wait
        elif ledger.now > call.not_after:
            return LookTooOld("old")
        fault = self._doing = self._fault("a false yes" if self.confirm else None)
        if fault == "no connection":
            return self._told(call, Broken(sent=False), ledger.now)
        request = self._leave(call)
        if fault in {"429", "429 with Retry-After"}:
            for ref in call.refs:  # it surely did nothing: the same look will do
                self.looks[ref.id].used = False
                self.sent[ref.id] -= 1
        # Fault and fate: what becomes of a request whose answer gets lost.
        if fault in _MAY_HAVE_ACTED:
            for name in request.ids:
                self.lost[name] += 1
            self._act(request, ledger.choose("it is", ("carried out", "not", "carried out later")))
            ledger.now += FRESH + 1 if fault == "cut off" else 0
            return self._told(call, self._misanswer(fault), ledger.now)
        if fault == "a false yes":  # as of somebody who only takes the request in
            self._act(request, ledger.choose("it is", ("not", "carried out later")))
            return self._told(call, self.server.yes, ledger.now)
        if fault != "answered":
            return self._told(call, self._misanswer(fault), ledger.now)
        if self.in_bulk and (doing := self.may_break("given up")) == "given up":
            self._doing = doing
            self._act(request, ledger.choose("it is", ("carried out", "not", "carried out later")))
            raise GaveUp
        ledger.happen(request.ids)
        return self._told(call, self.server.delete(ledger, request), ledger.now)

    def _act(self, request: Request, fate: str) -> None:
        if fate == "carried out":
            self.ledger.happen(request.ids)
            self.server.delete(self.ledger, request)
        elif fate == "carried out later":
            self.ledger.on_its_way.append(request)

    def _leave(self, call: Call[Any]) -> Request:
        """A deletion leaves: check that it may."""
        ledger, names = self.ledger, tuple(ref.id for ref in call.refs)
        for name in names:
            look = self.looks.get(name)
            ledger.check(look is not None, "deleted without a look", name)
            assert look is not None
            ledger.check(not look.used, "deleted a second time on one look", name)
            ledger.check(ledger.now <= look.sent_at + FRESH, "the look is too old", name)
            allowed = self.server.allowed[self.verb]
            ledger.check(look.state in allowed, "sent in a state in which it may not be", look)
            look.used = True
            self.sent[name] += 1
            ledger.check(self.sent[name] <= MOST_SENT, "deleted again and again", name)
            ledger.check(self.lost[name] < MOST_LOST, "deleted after many lost answers", name)
        looks = [self.looks[name] for name in names]
        seen: tuple[State | None, ...] = tuple(look.state for look in looks)
        times = tuple(look.sent_at for look in looks)
        return Request(self.verb, names, times, seen, self.number)
