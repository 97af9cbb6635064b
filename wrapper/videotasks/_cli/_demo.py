"""`videotasks demo`: a video that a bare DELETE loses, and one that is kept; `--all` has the rest.

Owns: the show. Refuses to make anything up: what is shown of a provider is what it was asked, what
it answered, and what it then really has.
"""

from __future__ import annotations

import shutil
import sys

import click
from rich.console import Console
from rich.text import Text

from videotasks_ark.api.tasks import delete_task

from .. import PROVIDERS, Ark, Conflict, Outcome, Tasks
from ..simulator import Fault, Move, Simulator
from ._show import table
from ._simulator import seed

GOOD, BAD, QUIET, STRONG = "bold green", "bold red", "dim", "bold"


def run() -> None:
    """One screen: a finished video lost, one kept, a lost answer settled, and how to go on."""
    console = Console(highlight=False)

    def line(*parts: tuple[str, str] | str) -> None:
        console.print(Text.assemble(*parts), soft_wrap=True)

    def sent(since: int, **remarks: str) -> None:
        """The requests after the first ones, with their answers, and a remark for some."""
        for number, one in enumerate(server.requests[since:], 1):
            remark = remarks.get(f"_{number}", "")
            line((f"   {one.method:7}{one.ids[0]}  {one.status}  {remark}".rstrip(), QUIET))

    def became(outcome: Outcome, more: str = "") -> None:
        line("   ", (f"{outcome.name:10}", GOOD), outcome.explanation, more)

    with Simulator() as simulator:
        server, ark = simulator.ark, Ark(simulator.api_key, base_url=simulator.ark_url)
        server.add("running", task_id="cgt-1", moves=[Move(to="succeeded", after_refusals=1)])
        server.add("running", task_id="cgt-2")
        server.add("succeeded", task_id="cgt-3")
        line("Providers simulated on this machine: no key is needed, and nothing leaves it.")

        line(("\n1  DELETE to cancel a running task, retried as the official SDK does", STRONG))
        with ark.api as api:
            while True:
                try:
                    delete_task.sync_detailed("cgt-1", client=api)
                    break
                except Conflict:
                    continue
        sent(0, _1="it is running", _2="it had finished meanwhile, and the answer is only {}")
        if server.status("cgt-1") is None:
            line("   ", (f"{'lost':10}", BAD), "the record of a finished, paid video is gone")

        with Tasks(ark) as tasks:
            line(("\n2  videotasks cancel: before it has finished, and after", STRONG))
            became(tasks.cancel("ark:cgt-2"))
            server.move("cgt-2", "succeeded")
            became(tasks.cancel("ark:cgt-2"))

            line(("\n3  videotasks delete, where the answer gets lost on its way", STRONG))
            before = len(server.requests)
            server.fail("delete", Fault.lost(acted=True))
            outcome = tasks.delete("ark:cgt-3")
            sent(before, _2="no answer came through", _3="a look settles it: no such task")
            became(outcome, "; no second DELETE was sent")

    # On a fresh clone the command is not on the path.
    command = "videotasks" if shutil.which("videotasks") else sys.argv[0]
    line(("\nGo on", STRONG))
    for words, meaning in (
        ("demo --all", "every state of a task, on both providers"),
        ("simulator", "a server to try the commands on"),
        ("list ark", "your own tasks, once ARK_API_KEY is set"),
    ):
        line("   ", (f"{command} {words:13}", "cyan"), meaning)


def run_all() -> None:
    """Seed tasks in every state, show, act, and show what the server then really has."""
    with Simulator() as simulator:
        clients = [
            kind(simulator.api_key, base_url=simulator.base_url(kind.name)) for kind in PROVIDERS
        ]
        to_cancel, to_delete = seed(simulator), seed(simulator)

        def after(ref: str) -> str:
            provider, _, task_id = ref.partition(":")
            return simulator.providers[provider].status(task_id) or "(no record)"

        click.echo("Simulated providers on this machine, with tasks in every state.")
        asked = [("cancel", to_cancel), ("delete", to_delete)]
        with Tasks(*clients) as client:
            outcomes = {
                "cancel": {str(done.ref): done for done in client.cancel_many(dict(to_cancel))},
                "delete": {str(done.ref): done for done in client.delete_many(dict(to_delete))},
            }
        for verb, tasks in asked:
            rows = [
                (
                    ref,
                    state,
                    outcomes[verb][ref].name,
                    after(ref),
                    outcomes[verb][ref].explanation,
                )
                for ref, state in tasks
            ]
            table(("task", "before", "outcome", "after", "which means"), rows, f"\nAsked to {verb}")
        click.echo(
            "\nCancelling destroyed nothing, and deleting left running tasks alone. What a "
            "provider\ncan't do is refused before anything is sent, and never turned into "
            "something else."
        )
