"""Write the sync twins: each says what an async module says, without `async` and `await`.

    python tools/unasync.py           writes them anew
    python tools/unasync.py --check   writes nothing; exits with 1 if a file differs

Owns: which module is written from which, and the words in which the two differ. Refuses a
replacement whose words are not there any more. ruff sorts the imports and formats.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "wrapper/videotasks/"

WORDS = {
    r" \| AsyncIterable\[[^]]+\]": "",
    r"async (def|for|with)\b": r"\1",
    r"\bawait ": "",
    r"\bAsyncHTTP\b": "SyncHTTP",
    r"\bAsync([A-Z])": r"\1",
    r"\basync_(many|lists)\b": r"\1",
    r"\basync_": "sync_",
    r"__a(enter|exit)__": r"__\1__",
    r"\baclose\b": "close",
    r"\baiter_stream\b": "iter_stream",
    r"\bhandle_async_request\b": "handle_request",
    r"\basyncio_detailed\b": "sync_detailed",
    r"\basyncio\.sleep\b": "time.sleep",
    r"\basyncio\.to_thread\(([\w.]+)(, )?": r"\1(",
    r"\basyncio\.Lock\b": "threading.Lock",
}
"""Patterns that are replaced everywhere, in this order."""

TWINS: dict[tuple[str, str], dict[str, str]] = {
    ("_http/async_client.py", "_http/sync_client.py"): {
        "import asyncio\n": "import time\n",
        "262_144": "65_536",
        "Much, so that nothing stays where a look for leftovers can't see it.": (
            "As httpcore has it: what is not read yet, a look for leftovers sees."
        ),
        "ConnectionSettings\n\n_MOST": (
            "ConnectionSettings\nfrom .sync_network import BoundedBackend\n\n_MOST"
        ),
        "httpcore.AnyIOBackend": "BoundedBackend",
    },
    ("_http/async_download.py", "_http/sync_download.py"): {
        "import asyncio\n": "",
    },
    ("_engine/async_driver.py", "_engine/sync_driver.py"): {
        "What runs flows in asyncio.": "What runs flows in threads.",
        "import asyncio\n": "import threading\n",
        "from .driver import DriverBase": "from .driver import DriverBase, close_aside",
        "        self.closed.check_loop()\n": "",
        "if not self.closed.in_another_loop:\n            await": "await",
        "in any number of tasks of one event loop": "in any number of threads",
        "survives_fork: ClassVar = False": "survives_fork: ClassVar = True",
        "Nobody is waited for.": (
            "Nobody is waited for,\n"
            "        so that a signal handler may close what it has interrupted."
        ),
        "except asyncio.CancelledError:\n            await http.aclose()  # it may": (
            "except BaseException:\n            close_aside(http.close)  # Ctrl-C may"
        ),
    },
    ("_client/async_tasks.py", "_client/tasks.py"): {
        "for asyncio. A thin shell, like `Tasks`: the rules are elsewhere.": (
            "for threads. A thin shell: the rules are elsewhere."
        ),
        """\
    For asyncio: one client belongs to the event loop that it is first used in, and may be used by
    many tasks of it; in another one, and in a process that is forked, it raises `Closed`. Close it,
    or use it in an `async with` statement. `retry` says how often, and after which wait, what is
    safe to retry is retried; `timeout`, in seconds for a whole answer, overrides that of the
    providers. Raises `ConfigurationError`.
""": """\
    One client may be used by many threads, and in a process that is forked goes on with connections
    of its own. Close it, or use it in a `with` statement. `retry` says how often, and after which
    wait, what is safe to retry is retried; `timeout`, in seconds for a whole answer, overrides that
    of the providers. Raises `ConfigurationError`.
""",
    },
    ("_client/async_many.py", "_client/many.py"): {
        "aio import": "threads import",
        "AsyncIterable, AsyncIterator": "AsyncIterator",
        "any iterable, async or not, and is read": "any iterable, and is read",
        ", or_async=True": "",
        "[ref async for ref in refs] if isinstance(refs, AsyncIterable) else refs": "refs",
        "for result in mistakes:\n            yield result\n": "yield from mistakes\n",
        "async for result in async_waits(waits, limit):\n            yield result\n": (
            "yield from async_waits(waits, limit, self._base.check_open)\n"
        ),
    },
    ("_client/async_lists.py", "_client/lists.py"): {
        "aio import": "threads import",
        "for task in tasks:\n                yield task\n": "yield from tasks\n",
    },
}
"""From what each is written, to what, and the words in which it differs besides: they go first."""


def written(source: str, target: str, differences: dict[str, str]) -> str:
    """The sync module's text."""
    path = PACKAGE + source
    text = (ROOT / path).read_text(encoding="utf-8")
    for asynchronous, synchronous in differences.items():
        if asynchronous not in text:
            told = f"unasync: not in {path} any more: {asynchronous!r}"
            sys.exit(f"{told}; mend TWINS in tools/unasync.py")
        text = text.replace(asynchronous, synchronous)
    for pattern, replacement in WORDS.items():
        text = re.sub(pattern, replacement, text)
    text = f"# Written from {path} by tools/unasync.py; edit that one.\n{text}"
    for command in (["check", "--fix", "--quiet", "--select", "I"], ["format", "--quiet"]):
        ruff = [str(Path(sys.executable).parent / "ruff"), *command]
        named = ["--stdin-filename", str(ROOT / PACKAGE / target), "-"]
        text = subprocess.run(
            [*ruff, *named], input=text, capture_output=True, text=True, check=True
        ).stdout
    return text


def main() -> None:
    """Write, or with --check compare."""
    parser = argparse.ArgumentParser(description="Write the sync twins of async modules.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    check = parser.parse_args().check
    stale: list[str] = []
    for (source, target), differences in TWINS.items():
        path, text = ROOT / PACKAGE / target, written(source, target, differences)
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(f"differs: {PACKAGE}{target}")
    if stale:
        sys.exit("\n".join([*stale, "unasync: run `make generate` and commit"]))


if __name__ == "__main__":
    main()
