"""`videotasks simulator`: the simulator in the foreground, with tasks to play with."""

from __future__ import annotations

import shlex
import sys
import threading
from contextlib import suppress

import click

from .. import PROVIDERS
from ..simulator import Simulator
from ._exit import NOT_ALL, Exit, say


def serve(port: int, latency: float) -> None:
    """Serve until interrupted."""
    simulator = Simulator(port=port, latency=latency, strict=False)
    try:
        simulator.start()
    except OSError as error:
        say(f"can't listen on port {port}: {error.strerror}")
        raise Exit(NOT_ALL) from error
    settings: dict[str, str] = {}
    for kind in PROVIDERS:
        settings[kind.info.key_variable] = simulator.api_key
        settings[kind.info.url_variable] = simulator.base_url(kind.name)
    click.echo("Serving on this machine until Ctrl-C. In another shell:\n", err=True)
    for name, value in settings.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo("\nTasks:\n", err=True)
    for ref, state in seed(simulator):
        click.echo(f"{ref}\t{state}", err=True)
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
    simulator.stop()


def seed(simulator: Simulator) -> list[tuple[str, str]]:
    """Add one task in every state on each provider: their refs and states."""
    tasks: list[tuple[str, str]] = []
    for name, provider in simulator.providers.items():
        for state in provider.states:
            task_id = f"task-{len(provider.ids()) + 1:02}"
            tasks.append((f"{name}:{provider.add(state, task_id=task_id)}", state))
    return tasks
