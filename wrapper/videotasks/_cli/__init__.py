"""The `videotasks` command. Needs the extra `cli`; help, version and completion need no httpx."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; without the extra, say how to get it."""
    try:
        import click  # noqa: F401  # pyright: ignore[reportUnusedImport]
        import rich  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        sys.exit("videotasks: the command needs more packages: pip install 'videotasks[cli]'")
    from ._app import app

    app(prog_name="videotasks")
