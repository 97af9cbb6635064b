"""Whether an outcome is true, at the moment at which it is claimed.

Owns: what each outcome promises, as a statement about the ledger. An outcome may be untrue only
where the documented limit has struck that very task, and nobody looked afterwards. Refuses to
believe a client: nothing here comes from the library but the outcome itself.
"""

from __future__ import annotations

from videotasks import Cancelled, Deleted, Failed, Gone, Kept, Outcome, Unknown, Unsent

from .journey import Journey
from .servers import ArkServer


def check(journey: Journey, outcome: Outcome) -> None:
    """Raise `Breach` unless the outcome is true."""
    name, ledger = outcome.ref.id, journey.ledger
    task, sent = ledger.tasks[name], journey.sent[name]
    acted = journey.number in (task.cancelled_by, task.removed_by)
    on_its_way = any(r.run == journey.number and name in r.ids for r in ledger.on_its_way)
    ledger.log.append((ledger.now, "outcome", outcome))
    ledger.claimed.append(outcome.name)
    match outcome:
        case Cancelled():
            # By another's deletion of the record afterwards it does not become untrue.
            true = task.was_cancelled or (name in ledger.limits and not journey.confirm)
            true &= not (outcome.already and task.cancelled_by == journey.number)
        case Deleted():
            true = task.state is None and journey.verb == "delete" and not outcome.by_cancel
        case Kept():
            true = task.state == outcome.state
        case Gone():
            true = task.state is None and task.removed_by != journey.number
        case Failed():
            true = not acted and not on_its_way
        case Unknown():
            true = sent > 0
        case Unsent():
            true = sent == 0 and not acted
    ledger.check(true, "untrue")
    if journey.confirm and sent and isinstance(outcome, Cancelled | Deleted):
        look = journey.looks[name]
        shown = "cancelled" if isinstance(outcome, Cancelled) else None
        ledger.check(not look.used and look.state == shown, "not confirmed")
    if journey.quiet:
        wanted = _wanted(journey, name)
        ledger.check(outcome.name in wanted, "nothing went wrong, so it has to be", wanted)


def _wanted(journey: Journey, name: str) -> set[str]:
    """What the outcome has to be where nothing went wrong and nothing moved by itself."""
    state, server = journey.start[name], journey.server
    if state == "cancelled":
        return {"cancelled"}
    if isinstance(server, ArkServer):
        if state is None:
            return {"gone"}
        if state not in server.allowed[journey.verb] or state not in (journey.only or {state}):
            return {"kept"}
        return {"cancelled" if state == "queued" else "deleted"}
    if state is None:
        return {"gone" if server.unknown_task == "404" else "failed"}
    if state not in server.allowed["delete"]:
        return {"kept"}
    may_stay = state in {"queued", "running"} and server.delete_of_unfinished == "refused"
    if may_stay or journey.ledger.tasks[name].stubborn:
        return {"failed", "unknown"}
    # Where a look can't show that a record is gone, a deletion may stay unproven.
    return {"deleted"} if server.unknown_task == "404" else {"deleted", "unknown"}
