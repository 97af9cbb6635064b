"""Nothing that others wrote steers the terminal, whatever is shown and however."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Generator
from contextlib import suppress

import pytest

from videotasks._cli._show import json_text
from videotasks._text import escaped
from videotasks.simulator import Simulator

from .command import Terminal, records, run

HOSTILE = (
    "\x1b[2J\x1b]52;c;ZXZpbA==\x07 \x9b2J \x9d0;title\x9c \x7f \u202egnp.exe\u202c \u2066a\u2069 "
    "\u200b\u2028\xa0\ufeff\U000e0041\U0001f600 中文 \t\r\n end"
)
"""Clears the screen, writes to the clipboard, sets the title, turns text round; and plain words."""


def is_harmless(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("form", ["--json", "--ndjson"])
def test_json(sim: Simulator, form: str) -> None:
    """JSON spells out what could steer a terminal, also in a pipe, and reads back as it was."""
    ref = f"ark:{sim.ark.add('failed', error={'code': 'Odd', 'message': HOSTILE})}"
    done = run(sim, "get", form, ref)
    assert is_harmless(done.stdout)
    (task,) = json.loads(done.stdout)["tasks"] if form == "--json" else records(done.stdout)
    assert task["error"] == f"Odd: {HOSTILE}"
    assert "中文" in done.stdout
    assert r"\udb40\udc41" in done.stdout


def test_records(sim: Simulator, tmp_path_factory: pytest.TempPathFactory) -> None:
    """So does the record file, which people look into."""
    file = tmp_path_factory.mktemp("records") / "done"
    ref = f"ark:{sim.ark.add('failed', error={'code': 'Odd', 'message': HOSTILE})}"
    run(sim, "delete", "--resume", file, ref)
    text = file.read_text(encoding="utf-8")
    assert is_harmless(text)
    assert records(text)[0]["task"]["error"] == f"Odd: {HOSTILE}"


EVERY = "".join(
    # Of the halves of characters only one: two would read back as the character.
    map(chr, [*range(0xD801), *range(0xE000, 0x10000), 0x1F600, 0xE0001, 0xE0041, 0x10FFFF])
)
"""Every character of the first 65,536, and some beyond."""


@pytest.mark.parametrize("utf8", [True, False])
def test_json_of_every_character(utf8: bool) -> None:
    """Each character there is comes back from JSON, and only printable ones are written."""
    text = json_text({"text": EVERY}, utf8=utf8, indent=2)
    assert is_harmless(text)
    assert json.loads(text) == {"text": EVERY}


def test_escaped() -> None:
    """What is shown as it is, such as a traceback, keeps its lines and words, and nothing else."""
    text = escaped(EVERY)
    assert is_harmless(text)
    assert text.count("\n") == 1
    assert escaped("a\x1b[2J\n中\x9b\u202e\ud800") == "a\\x1b[2J\n中\\x9b\\u202e\\ud800"


@pytest.fixture
def forger() -> Generator[dict[str, str]]:
    """The environment for a server whose request ids are for the terminal, not for us."""
    name = HOSTILE.replace("\r", "").replace("\n", "").encode("latin-1", "ignore")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 37\r\nX-Request-Id: " + name
    body = b'{"id": "a", "status": "failed"}'.ljust(37)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), connection, connection.makefile("rb") as asked:
                    while asked.readline():
                        while asked.readline().strip():
                            pass
                        connection.sendall(head + b"\r\n\r\n" + body)

    threading.Thread(target=serve, daemon=True).start()
    yield {
        "ARK_API_KEY": "key",
        "ARK_BASE_URL": f"http://127.0.0.1:{listener.getsockname()[1]}/api/v3",
    }
    listener.close()


@pytest.mark.parametrize("options", ["-v", "-vv"])
def test_log(forger: dict[str, str], options: str) -> None:
    """A line of the log is one line, and harmless, whatever the server's request id is."""
    done = run(None, "get", options, "ark:a", env=forger)
    assert done.returncode == 0, done.stderr
    assert is_harmless(done.stderr)
    (line,) = done.stderr.splitlines()
    assert line.startswith("GET /api/v3/contents/generations/tasks/a 200 ")


def test_names_of_files() -> None:
    """A file's name does nothing to the terminal either, when it can't be read or written."""
    name = "/nonexistent/\x1b[2J\x9b\u202e\nfile"
    for arguments in (["--from", name], ["--resume", name, "ark:a"], ["--key-file", name, "ark:a"]):
        done = run(None, "delete", "-y", "-vv", *arguments, env={"ARK_API_KEY": "key"})
        assert done.returncode == 2
        assert is_harmless(done.stderr)


@pytest.mark.parametrize("width", ["0", "00", ""])
def test_no_width(sim: Simulator, width: str) -> None:
    """A width of 0 is one that is not known: the table is shown all the same."""
    ref = f"ark:{sim.ark.add('succeeded')}"
    with Terminal(sim, "get", ref, env={"COLUMNS": width, "LINES": width}) as terminal:
        status, shown = terminal.end()
    assert status == 0
    assert f"{ref} succeeded" in " ".join(shown.split())
