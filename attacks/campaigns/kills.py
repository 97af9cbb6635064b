"""Campaign: the command killed and signalled at random moments, gone on with, and on full disks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final

from attrs import frozen

from tests.command import environment
from tests.warm import warm
from videotasks import Verb

from .answers import Chaos
from .claims import Said, Word, judge
from .ledger import KEY, Tally
from .runs import PATIENCE
from .server import VIDEO, Server

INT, TERM, HUP, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL
SIGNALS: Final = (
    *((KILL,), (KILL,), (KILL,), (INT,), (TERM,), (HUP,)),
    *((INT, INT), (TERM, TERM), (HUP, HUP), (TERM, INT), (INT, KILL), (TERM, KILL)),
)
"""What the command is sent, one after the other."""
LONGEST: Final = 0.8
"""Seconds until the first, and between two, at the most: about as long as the command takes."""
MOST_INTERRUPTED: Final = 3
FULL: Final = "/dev/full"
"""A disk that is always full."""
SMALL: Final = "48k"
"""Of a disk that is full after two videos."""
DONE: Final = frozenset({"cancelled", "deleted", "gone"})


@frozen
class Ended:
    """How one process ended, and what it had printed."""

    status: int
    out: str
    err: str
    stuck: bool
    killed: bool


def play(seed: int) -> Tally:
    """One input, from the first process to the one that ends by itself."""
    random = Random(seed)
    with TemporaryDirectory() as folder, Server(seed, moving=random.choice([0.0, 0.1])) as server:
        server.chaos = Chaos(
            seed, random.choice([0.0, 0.15]), 1.0, server.elsewhere_url, slowing=1000
        )
        tally = Tally()
        if seed % 6 == 0:
            _full_disk(random, server, Path(folder), tally)
        else:
            _interrupted(random, server, Path(folder), tally)
        tally.breaches += [wrong for ledger in server.ledgers.values() for wrong in ledger.wrong]
    return tally


def _interrupted(random: Random, server: Server, folder: Path, tally: Tally) -> None:
    """Begun, struck, and gone on with, until it is left alone."""
    verb: Verb = random.choice(["cancel", "delete"])
    refs = server.add(random, "ark", 9)
    refs += server.add(random, "tensorslab", 20) if verb == "delete" else []
    record, given = folder / "done.ndjson", folder / "refs"
    given.write_text("\n".join(refs))
    arguments = [verb, "-y", "--ndjson", "--timeout", "1", "--resume", str(record)]
    arguments += ["--from", str(given), *(["--confirm"] if random.random() < 0.3 else [])]
    for number in range(MOST_INTERRUPTED + 1):
        before = _records(record)
        left = [ref for ref in refs if ref not in {str(w.ref) for w in before if w.name in DONE}]
        signals = random.choice(SIGNALS) if number < MOST_INTERRUPTED else ()
        server.run = f"process{number}"
        ended = _run(server, arguments, random, signals)
        server.settle()
        printed = [Word.read(line) for line in ended.out.splitlines() if _is_whole(line)]
        written = _records(record)[len(before) :]
        recorded = set(map(_key, written))
        words = [*written, *(word for word in printed if _key(word) not in recorded)]
        said = Said(run=server.run, verb=verb, given=left, wrote=f"{ended.out}{ended.err}")
        said.gave_up = bool(signals)
        said.words = [(time.monotonic(), word) for word in words]
        if signals:  # whatever was read and accounted for; each once
            said.given = list({str(word.ref): None for word in words})
        tally.add(judge(said, server.ledgers))
        what = f"{server.run} {signals} {ended}"
        if ended.stuck:
            tally.breaches.append(f"it did not end: {what}")
        if not ended.killed and Counter(map(_key, printed)) != Counter(map(_key, written)):
            tally.breaches.append(f"printed and recorded differ: {what}")
        if "Traceback" in ended.err and ended.status not in {-INT, 1, 130}:
            tally.breaches.append(f"it crashed: {what}")
        if not signals and ended.status not in {0, 1, 3, 4}:
            tally.breaches.append(f"it ended oddly: {what}")
    tally.breaches += [f"the key is in {record}"] * (KEY in _text(record))


def _full_disk(random: Random, server: Server, folder: Path, tally: Tally) -> None:
    """Nothing can be recorded, or no video saved: what is said is true all the same."""
    refs = server.add(random, "ark", 9, ["succeeded", "failed"])
    server.run = "full"
    arguments = ["delete", "-y", "--ndjson", "--timeout", "1", *refs]
    with _small_disk(folder / "disk") as disk:
        saving = disk is not None and random.random() < 0.5
        arguments += ["--save", str(disk)] if saving else ["--resume", FULL]
        ended = _run(server, arguments, random, ())
        server.settle()
        files = list(disk.iterdir()) if disk is not None else []
        saved = {path.name for path in files}
        sizes = {path.stat().st_size for path in files}
    said = Said(run="full", verb="delete", given=refs, wrote=f"{ended.out}{ended.err}")
    words = [Word.read(line) for line in ended.out.splitlines()]
    said.words = [(time.monotonic(), word) for word in words]
    if not saving:
        said.given = [str(word.ref) for word in words]
    tally.add(judge(said, server.ledgers))
    if ended.stuck or "Traceback" in ended.err or ended.status == 0:
        tally.breaches.append(f"on a full disk: {ended}")
    if saving:
        tally.breaches += [f"files of {sizes} bytes"] * (not sizes <= {VIDEO})
        for request in server.ark.ledger.requests:
            for task_id, state in request.acted.items():
                if state == "succeeded" and f"ark-{task_id}.mp4" not in saved:
                    tally.breaches.append(f"{task_id} was deleted without its video")


def _run(
    server: Server, arguments: list[str], random: Random, signals: tuple[signal.Signals, ...]
) -> Ended:
    """Run the command, and strike it at moments that the seed has drawn."""
    stuck = False
    with TemporaryFile() as out, TemporaryFile() as err, Path(os.devnull).open("rb") as nothing:
        given = environment(None, **server.environment())
        with warm().start(arguments, given, [nothing, out, err]) as process:
            for number in signals:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(random.random() * LONGEST)
                process.send_signal(number)
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                stuck = True
                process.kill()
                status = process.wait()
        out.seek(0)
        err.seek(0)
        said = out.read().decode(), err.read().decode()
    return Ended(status, *said, stuck=stuck, killed=status == -KILL)


@contextmanager
def _small_disk(folder: Path) -> Generator[Path | None]:
    """A disk of its own, where this may be made here."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "videotasks", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        made = False
    try:
        yield folder if made else None
    finally:
        if made:
            subprocess.run(["umount", str(folder)], check=True)  # noqa: S607  # as it was mounted


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _is_whole(line: str) -> bool:
    with suppress(ValueError):
        return isinstance(json.loads(line), dict)
    return False


def _records(file: Path) -> list[Word]:
    """All whole records; a kill may have cut the last one of a process off."""
    return [Word.read(line) for line in _text(file).splitlines() if _is_whole(line)]


def _key(word: Word) -> tuple[str, str]:
    return str(word.ref), word.name
