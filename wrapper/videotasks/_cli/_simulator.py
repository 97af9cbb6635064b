"""`videotasks simulator`: the simulator in the foreground, with tasks to play with.

Owns: which tasks there are at first, and what is said of them. Refuses to simulate anything.
"""

from __future__ import annotations

import shlex
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import click

from .. import PROVIDERS
from ..simulator import Move, Simulator, State
from ._exit import NOT_ALL, Exit, say

CREATED: Final = (Move(to="running", after_seconds=5), Move(to="succeeded", after_seconds=20))
"""What becomes of a task that is created there."""

WEEK: Final = 7 * 24.0
USUAL: Final[dict[State, tuple[int, float]]] = {
    "succeeded": (12, WEEK),
    "completed": (12, WEEK),
    "failed": (4, WEEK),
    "expired": (2, WEEK),
    "cancelled": (2, 24.0),
    "queued": (3, 1.0),
    "pending": (3, 1.0),
}
"""How many of each state there are usually, and how many hours old at the most; 1 and 1 for others.

Ark shows cancelled tasks for a day, and all others for a week.
"""


def serve(port: int, latency: float, count: int | None) -> None:
    """Serve until interrupted."""
    simulator = Simulator(port=port, latency=latency, strict=False, videos=True)
    simulator.ark.moves_of_created = CREATED
    try:
        simulator.start()
    except OSError as error:
        say(f"can't listen on port {port}: {error.strerror}")
        raise Exit(NOT_ALL) from error
    settings: dict[str, str] = {}
    for kind in PROVIDERS:
        settings[kind.info.key_variable] = simulator.api_key
        settings[kind.info.url_variable] = simulator.base_url(kind.name)
    with suppress(KeyboardInterrupt):
        click.echo("Serving on this machine until Ctrl-C. In another shell:\n", err=True)
        for name, value in settings.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        tasks = seed(simulator) if count is None else fill(simulator, count)
        click.echo("\nTasks:\n" if tasks else "\nNo tasks yet.", err=True)
        for line in tasks if count is None else summary(tasks):
            click.echo("\t".join(line), err=True)
        sys.stdout.flush()
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


def fill(simulator: Simulator, count: int) -> list[tuple[str, str]]:
    """Add so many tasks, shared out among the providers: their refs and states, oldest first."""
    tasks: list[tuple[str, str]] = []
    now = time.time()
    for index, (name, provider) in enumerate(simulator.providers.items()):
        ages = aged(provider.states, len(range(index, count, len(simulator.providers))))
        for number, (hours, state) in enumerate(ages, 1):
            # Ark's list shows one tier at a time; some are in the other.
            tier = {"service_tier": "flex"} if number % 5 == 0 else {}
            task_id = provider.add(
                state,
                task_id=f"task-{number:06}",
                created_at=int(now - 3600 * hours),
                more=tier if "service_tier" in provider.fields else {},
            )
            tasks.append((f"{name}:{task_id}", state))
    return tasks


def aged(states: Sequence[State], count: int) -> list[tuple[float, State]]:
    """The usual mix: so many ages in hours with their states, oldest first."""
    weights = {state: USUAL.get(state, (1, 1.0))[0] for state in states}
    # One of each comes first, so that a few tasks are of many states.
    cycle: list[State] = [
        state for turn in range(max(weights.values())) for state in states if turn < weights[state]
    ]
    numbers: dict[State, int] = defaultdict(int)
    for place in range(count):
        numbers[cycle[place % len(cycle)]] += 1
    return sorted(
        (
            (USUAL.get(state, (1, 1.0))[1] * (place + 0.5) / number, state)
            for state, number in numbers.items()
            for place in range(number)
        ),
        reverse=True,
    )


def summary(tasks: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """For each provider and state, the oldest task, and how many more there are."""
    refs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for ref, state in tasks:
        refs[ref.partition(":")[0], state].append(ref)
    return [
        (oldest, state, f"and {len(others)} more") for (_, state), (oldest, *others) in refs.items()
    ]
