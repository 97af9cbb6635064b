"""The commands: what is asked of the library, and the exit status.

Owns: arguments, the question before a deletion, exit statuses. Refuses rules of its own: what
happens to a task is decided by the library alone. Imports of what needs httpx stay inside the
commands, so that help does without.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from .._errors import AuthenticationError, ConfigurationError, InvalidRef, VideoTasksError
from .._refs import Ref
from .._version import __version__
from ._show import show_outcomes, show_tasks

if TYPE_CHECKING:
    from .._client import Tasks
    from .._outcomes import Outcome
    from .._task import Task

OK: Final = 0
NOT_ALL: Final = 1
USAGE: Final = 2
UNKNOWN: Final = 3
KEY: Final = 4


class RefType(click.ParamType[Ref]):
    """`provider:id`."""

    name = "ref"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Ref:
        """Read a ref, or say what is wrong with it, before anything is sent."""
        try:
            return Ref.parse(value)
        except InvalidRef as error:
            self.fail(str(error), param, ctx)


refs_argument = click.argument("refs", metavar="REF...", type=RefType(), nargs=-1, required=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="videotasks")
def app() -> None:
    """Cancel and delete video generation tasks on Ark and TensorsLab.

    A REF is provider:id, for example ark:cgt-20250331175019-68d9t. Keys come from ARK_API_KEY and
    TENSORSLAB_API_KEY, base URLs from ARK_BASE_URL and TENSORSLAB_BASE_URL.

    Exit status: 0 all as wanted, 1 at least one not, 2 wrong usage, 3 at least one unknown (look
    before running again), 4 a key is missing or refused.
    """


@app.command()
@refs_argument
def get(refs: tuple[Ref, ...]) -> None:
    """Look at tasks. Changes nothing."""
    with open_tasks() as tasks:
        status = OK
        found: list[Task] = []
        for ref in refs:
            try:
                found.append(tasks.get(ref))
            except VideoTasksError as error:
                click.echo(f"{ref}: {error}", err=True)
                status = max(status, _status_of(error))
        show_tasks(found)
    sys.exit(status)


@app.command()
@refs_argument
@click.option("--confirm", is_flag=True, help="Look again afterwards, and believe only that.")
def cancel(refs: tuple[Ref, ...], confirm: bool) -> None:
    """Cancel tasks that are still queued. Destroys nothing: any other task is kept."""
    with open_tasks() as tasks:
        finish(list(tasks.cancel_many(refs, confirm=confirm)))


@app.command()
@refs_argument
@click.option("--confirm", is_flag=True, help="Look again afterwards, and believe only that.")
@click.option("--missing-ok", is_flag=True, help="A task that is gone already is as wanted.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
def delete(refs: tuple[Ref, ...], confirm: bool, missing_ok: bool, yes: bool) -> None:
    """Destroy tasks' records, and with them the way to their videos. This can't be undone.

    A queued task on Ark is cancelled. Running tasks are kept.
    """
    with open_tasks() as tasks:
        if not yes:
            _ask(refs)
        finish(list(tasks.delete_many(refs, confirm=confirm, missing_ok=missing_ok)))


@app.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option("--latency", type=click.FloatRange(0), default=0.0, help="Seconds before answers.")
def simulator(port: int, latency: float) -> None:
    """Serve both providers, simulated, on this machine until interrupted.

    Starts with one task in every state on each provider, and shows them.
    """
    from ._simulator import serve

    serve(port, latency)


@app.command()
def demo() -> None:
    """Cancel and delete tasks in every state, on simulated providers. Needs no key."""
    from ._demo import run

    run()


def open_tasks() -> Tasks:
    """A client for the providers whose keys are set; ends the command if there are none."""
    from .._client import Tasks

    try:
        return Tasks.from_env()
    except ConfigurationError as error:
        click.echo(f"videotasks: {error}", err=True)
        sys.exit(KEY)


def finish(outcomes: list[Outcome]) -> None:
    """Show outcomes, and end with the status that says the worst of them."""
    show_outcomes(outcomes)
    statuses = [OK]
    for outcome in outcomes:
        if outcome.name == "unknown":
            statuses.append(UNKNOWN)
        elif outcome.name == "failed":
            statuses.append(_status_of(outcome.error))
        elif not outcome.ok:
            statuses.append(NOT_ALL)
    # An unknown outcome needs a look whatever else there was.
    sys.exit(UNKNOWN if UNKNOWN in statuses else max(statuses))


def _status_of(error: VideoTasksError) -> int:
    if isinstance(error, AuthenticationError | ConfigurationError):
        return KEY
    return NOT_ALL


def _ask(refs: tuple[Ref, ...]) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("deleting can't be undone; with no terminal to ask on, add --yes")
    for ref in refs:
        click.echo(f"  {ref}", err=True)
    tasks = "this task" if len(refs) == 1 else f"these {len(refs)} tasks"
    click.confirm(f"Delete {tasks}? This can't be undone", abort=True, err=True)
