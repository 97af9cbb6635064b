"""The `videotasks` command. Needs the extra `cli`; help, version and completion need no httpx."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command and exit; every way to end is here."""
    try:
        import click
        import rich  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        sys.exit("videotasks: the command needs more packages: install its extra 'cli'")
    from .._errors import VideoTasksError
    from ._app import app
    from ._ends import INTERRUPTED, PIPE_CLOSED, USAGE, End, status_of

    verbose = sum(word.count("v") for word in sys.argv[1:] if word.strip("v") == "-")
    try:
        app(prog_name="videotasks", standalone_mode=False)
        sys.stdout.flush()
    except End as end:
        sys.exit(end.status)
    except click.Abort:
        _say("stopped; nothing was sent that changes anything")
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except BrokenPipeError:
        # Nobody reads any more. Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE_CLOSED)
    except KeyboardInterrupt:
        _say("interrupted; nothing was sent that changes anything")
        sys.exit(INTERRUPTED)
    except (VideoTasksError, OSError, ModuleNotFoundError) as error:
        if verbose > 1:
            raise
        _say(str(error))
        sys.exit(status_of(error))


def _say(words: str) -> None:
    print(f"videotasks: {words}", file=sys.stderr)  # noqa: T201
