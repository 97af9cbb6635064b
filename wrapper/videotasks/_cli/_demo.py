"""`videotasks demo`: what happens to a task in every state, for all to see."""

from __future__ import annotations

import click

from .. import PROVIDERS, Tasks
from ..simulator import Simulator
from ._show import table
from ._simulator import seed


def run() -> None:
    """Seed, show, act, and show what the server then really has."""
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
