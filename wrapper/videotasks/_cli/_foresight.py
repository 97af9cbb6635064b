"""What would be done to a task, in words: for dry runs, and for the question before a deletion.

Owns: the words, and the status that the real run would end with. Refuses to decide what would be
done: the library does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, get_args

import click
from attrs import frozen

from .._model.errors import NotFound
from .._model.outcomes import Failed, Gone
from .._model.task import Ref, Task
from .._text import short
from ._ends import OK, Exit, status_of_outcome, worst
from ._looks import Seen, cut_short
from ._show import Output, explain, short_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._client.tasks import Tasks
    from .._model.errors import VideoTasksError
    from .._providers import Provider
    from .._rules.adapter import Verb
    from ._options import Common

Would = Literal["delete", "cancel", "keep", "nothing"]
Result = Literal["video", "file"]
"""What a task has made."""

FORESEEN_HEADINGS: Final = ("task", "state", "created (UTC)", "would", "why")

MOST_OF_ERROR: Final = 60
"""Characters quoted of why a task failed."""

_DONE: Final[Mapping[Would, str]] = {
    "delete": "deleted",
    "cancel": "cancelled",
    "keep": "kept",
    "nothing": "passed over",
}


@frozen(kw_only=True)
class Foresight:
    """What would be done to one task. `task` is None where it could not be seen.

    `status` is what the real run would end with if it were about this task alone.
    """

    ref: Ref
    task: Task | None
    would: Would
    why: str
    status: int = OK

    @property
    def goes(self) -> bool:
        """Whether the task would be acted on."""
        return self.would in {"delete", "cancel"}

    @property
    def loses(self) -> Result | None:
        """What would be lost with its record."""
        return result_of(self.task) if self.task and self.would == "delete" else None

    @property
    def state(self) -> str:
        """The state it was seen in, or nothing."""
        return self.task.state if self.task else ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Its line."""
        return str(self.ref), self.state, self.would, self.why

    @property
    def record(self) -> dict[str, object]:
        """Its record in JSON."""
        task = self.task.to_dict() if self.task else None
        return {"ref": str(self.ref), "would": self.would, "why": self.why, "task": task}

    def row(self, *, dated: bool) -> tuple[str, ...]:
        """Its row in a table, with the time of creation if that is what it was chosen by."""
        made = short_time(self.task) if dated and self.task else ""
        return str(self.ref), self.state, made, self.would, self.why


def result_of(task: Task) -> Result | None:
    """What a task has made, if it has finished; what is not said counts as a video."""
    if task.state != "succeeded":
        return None
    return "file" if task.file_urls and not task.video_urls else "video"


def told(lost: Counter[Result | None]) -> list[tuple[int, str]]:
    """How many finished videos, and other files, would be lost, in words."""
    return [(lost[one], f"with a finished {one}") for one in get_args(Result) if lost[one]]


def foresee(
    provider: Provider[Any] | None, verb: Verb, ref: Ref, seen: Seen, *, missing_ok: bool = False
) -> Foresight:
    """What would be done to a task as it was seen, or could not be: never without a provider."""
    from .._rules.flows import foresee as decide

    if isinstance(seen, Task):
        assert provider is not None  # noqa: S101  # it was seen there
        effect = decide(provider.adapter, verb, seen)
        if effect == "cancels":
            return Foresight(ref=ref, task=seen, would="cancel", why="it is queued")
        if effect == "deletes":
            result = result_of(seen)
            why = f"it has finished; its {result} would be lost" if result else "it has ended"
            why += f" ({short(seen.error, MOST_OF_ERROR)})" if seen.error else ""
            return Foresight(ref=ref, task=seen, would="delete", why=why)
        status = status_of_outcome(effect)
        return Foresight(ref=ref, task=seen, would="keep", why=explain(effect), status=status)
    gone = isinstance(seen, NotFound)
    outcome = Gone(ref=ref, missing_ok=missing_ok) if gone else Failed(ref=ref, error=seen)
    status = status_of_outcome(outcome)
    return Foresight(ref=ref, task=None, would="nothing", why=explain(outcome), status=status)


def foretell(
    options: Common,
    tasks: Tasks,
    refs: Sequence[Ref],
    verb: Verb,
    providers: Mapping[str, Provider[Any]],
    refused: Mapping[str, VideoTasksError],
    earlier: int,
    *,
    missing_ok: bool,
) -> NoReturn:
    """Look, and show what would be done; always ends the command.

    `refused` is why some providers can't be used, `earlier` the exit status for refs that were left
    out.
    """
    output = options.output(FORESEEN_HEADINGS, "foreseen", len(refs))
    looks = options.looks(tasks, refs, refused, output)
    with cut_short(output, lambda: looks.account):
        foreseen = (
            foresee(providers.get(ref.provider), verb, ref, seen, missing_ok=missing_ok)
            for ref, seen in looks
        )
        show_foreseen(output, foreseen, earlier, quiet=options.quiet)


def show_foreseen(
    output: Output,
    foreseen: Iterable[Foresight],
    earlier: int = OK,
    *,
    quiet: bool,
    dated: bool = False,
) -> NoReturn:
    """Show what would be done; always ends the command, as the real run would end."""
    statuses = {earlier}
    counts: Counter[Would] = Counter()
    lost: Counter[Result | None] = Counter()
    for one in foreseen:
        output.add(one.cells, one.record, [one.row(dated=dated)])
        statuses.add(one.status)
        counts[one.would] += 1
        lost[one.loses] += 1
    output.end()
    if not quiet:
        click.echo(_summary(counts, told(lost)), err=True)
    raise Exit(worst(statuses))


def _summary(counts: Counter[Would], lost: Sequence[tuple[int, str]]) -> str:
    parts = [f"{counts[would]} {done}" for would, done in _DONE.items() if counts[would]]
    if not parts:
        return "nothing to do"
    if lost:  # then the first part is of what would be deleted
        parts[0] += f" ({', '.join(f'{count} {what}' for count, what in lost)})"
    count, _, done = parts[0].partition(" ")
    return ", ".join([f"{count} would be {done}", *parts[1:]])
