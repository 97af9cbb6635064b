"""The commands that are about no task: check, completion, demo and simulator.

Owns: their arguments. Refuses to do the work, which is in a module for each.
"""

from __future__ import annotations

from typing import Final

import click

from ._input import read_ref
from ._options import JSON, KEY_FILE, examples
from ._show import Output, form_for, need_output


@click.command(
    epilog=examples("check --key-file keys.env --json", "check --online --report > report.md")
)
@click.option("--online", is_flag=True, help="Ask each provider once about a task of no such id.")
@click.option("--report", is_flag=True, help="Write down what was answered, to be pasted.")
@click.option("--task", "refs", multiple=True, metavar="REF", help="Look at it for the report.")
@KEY_FILE
@JSON[0]
@JSON[1]
def check(
    online: bool,
    report: bool,
    refs: tuple[str, ...],
    key_file: str | None,
    as_json: bool,
    as_ndjson: bool,
) -> None:
    """Show which providers have a key, where they are, and what they can do.

    --online --report writes Markdown with what each provider answered to looks and, where it has
    one, to a list: statuses, codes and times. It has no keys, links, ids or messages in it.
    """
    need_output()
    if refs and not report:
        raise click.UsageError("--task goes with --report")
    if report:
        if not online or as_json or as_ndjson:
            raise click.UsageError("--report goes with --online, and is neither JSON nor NDJSON")
        from ._check import NOBODY
        from ._report import write

        write(key_file, NOBODY, [read_ref(ref, None) for ref in refs])
        return
    from ._check import HEADINGS, show

    form = form_for(as_json=as_json, as_ndjson=as_ndjson)
    show(Output(form, HEADINGS, "providers"), key_file, online=online)


@click.command(epilog=examples("simulator > simulator.env", "simulator --port 8000 --latency 0.2"))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option("--latency", type=click.FloatRange(0, 60), default=0.0, help="Seconds, each answer.")
@click.option("--tasks", type=click.IntRange(0, 100_000), help="So many, of all states and ages.")
def simulator(port: int, latency: float, tasks: int | None) -> None:
    """Serve both providers, simulated, on this machine until interrupted.

    Prints what to export; send it to a file, and source that in another shell. Begins with a task
    in every state, or with --tasks as one finds them after a week: for trying list and purge. A
    task that is created there runs after 5 seconds, and has succeeded 20 seconds later.
    """
    from ._simulator import serve

    need_output()
    serve(port, latency, tasks)


@click.command(epilog=examples("demo", "demo --all"))
@click.option("--all", "everything", is_flag=True, help="Tasks in every state, on all providers.")
def demo(everything: bool) -> None:
    """Show how a video is lost and how it is kept, on simulated providers. Needs no key."""
    from ._demo import run, run_all

    need_output()
    run_all() if everything else run()


@click.command(
    epilog=examples("completion bash > videotasks.bash", "completion fish > videotasks.fish")
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def completion(shell: str) -> None:
    """Print a completion script for SHELL (bash, zsh or fish), to be sourced."""
    from click.shell_completion import get_completion_class

    need_output()
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # the choices are click's own
    app = click.get_current_context().find_root().command
    click.echo(kind(app, {}, "videotasks", "_VIDEOTASKS_COMPLETE").source())


OTHERS: Final = (check, completion, demo, simulator)
