"""The `videotasks` command. Needs the extra `cli`; help, version and completion need no httpx."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from .._text import escaped, short

if TYPE_CHECKING:
    import click


def main() -> None:
    """Run the command and exit."""
    try:
        import click  # noqa: F401  # pyright: ignore[reportUnusedImport]  # only whether it is there
        import rich  # noqa: F401  # pyright: ignore[reportUnusedImport]  # only whether it is there
    except ImportError:
        sys.exit("videotasks: the command needs more packages: install its extra 'cli'")
    from ._streams import end, mend_streams

    # httpx would import a command of its own, which takes a third of our time to start; it does
    # without where that is not there.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # how imports are refused
    mend_streams()
    for name in ("COLUMNS", "LINES"):
        # A width of 0 means one that is not known; tables would come out empty.
        if not os.environ.get(name, "").strip("0"):
            os.environ.pop(name, None)
    end(_carry_out())


def _carry_out() -> int:
    """Run the command; every way to end is here."""
    import click

    from .. import VideoTasksError
    from ._app import app
    from ._exit import INTERRUPTED, MOST_SAID, OK, PIPE_CLOSED, USAGE, Exit, status_of

    try:
        # A number where click has ended by itself, as after --help.
        status: object = app(prog_name="videotasks", standalone_mode=False)
        sys.stdout.flush()
    except Exit as end:
        return end.status
    except SystemExit:  # which click makes of a pipe that nobody reads any more
        return PIPE_CLOSED
    except (click.Abort, KeyboardInterrupt):
        if sys.stderr.isatty():
            click.echo(err=True)  # the question, or ^C, stands on this line
        _say("interrupted; nothing was sent that changes anything")
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.UsageError as error:
        _say(_usage(error))
        return USAGE
    except Exception as error:
        if _verbosity() > 1:
            import traceback

            print(escaped(traceback.format_exc()), end="", file=sys.stderr)  # noqa: T201  # ours
        if not isinstance(error, VideoTasksError | OSError | ModuleNotFoundError):
            words = f"an error within videotasks, please report it with what -vv shows: {error!r}"
        elif isinstance(error, OSError) and error.filename is None:
            words = f"can't write the output: {error.strerror or error}"
        else:
            words = str(error)
        _say(short(words, MOST_SAID))
        return status_of(error)
    return status if isinstance(status, int) else OK


def _usage(error: click.UsageError) -> str:
    """What was wrong, on one line, and where to read more; then any lines of input it is about."""
    from ._exit import MOST_SAID

    # click gives each choice a line of its own.
    message = error.format_message().replace("\n\t", " ")
    first, *more = (short(line, MOST_SAID) for line in message.splitlines())
    command = error.ctx.command_path if error.ctx else "videotasks"
    link = "" if first.endswith("?") else ";"
    return "\n  ".join([f"{first.rstrip('.')}{link} see {command} --help", *more])


def _verbosity() -> int:
    """How many times -v was given, for when the options were not read to their end."""
    return sum(word.count("v") for word in sys.argv[1:] if word.strip("v") == "-")


def _say(words: str) -> None:
    print(f"videotasks: {words}", file=sys.stderr)  # noqa: T201  # needs no click
