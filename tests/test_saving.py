"""Saving what tasks have made: whole files or none, bounded, and no key on the way."""

from __future__ import annotations

import errno
import fcntl
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from videotasks import Ark, ConfigurationError, NotFound, NotSaved, Ref, Task
from videotasks.simulator import Simulator

from .conftest import Client, Mode
from .raw import Connection, RawServer, for_ever

KEY: Final = "key-for-nothing-0123"
VIDEO: Final = bytes(range(256)) * 1000
SECRET: Final = "X-Signature=0123456789abcdef"


@pytest.fixture
def saver(mode: Mode) -> Iterator[Client]:
    client = Client(mode, Ark(KEY, base_url="http://127.0.0.1:9/api/v3"))
    yield client
    client.close()


def made(server: RawServer, task_id: str = "cgt-1", **more: Any) -> Task:
    """A task whose video is on that server."""
    more.setdefault("video_urls", [f"http://127.0.0.1:{server.port}/videos/made.mp4?{SECRET}"])
    return Task(ref=Ref("ark", task_id), state="succeeded", **more)


def file_of(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *(headers or [f"Content-Length: {len(body)}"]), "", ""]
    return "\r\n".join(lines).encode() + body


def serving(answer: bytes) -> Callable[[Connection], None]:
    """Answer each request so."""

    def script(connection: Connection) -> None:
        while connection.read() is not None:
            connection.send(answer)

    return script


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_saved(saver: Client, tmp_path: Path) -> None:
    """A video is fetched as it is, under a name made of its ref; its folder is made."""
    folder = tmp_path / "new" / "videos"
    with RawServer(serving(file_of(VIDEO))) as server:
        [path] = saver.save(made(server), folder)
    assert path == folder / "ark-cgt-1.mp4"
    assert path.read_bytes() == VIDEO
    assert names(folder) == ["ark-cgt-1.mp4"]


def test_no_key(saver: Client, tmp_path: Path) -> None:
    """Nothing of a key goes to the host of a link."""
    with RawServer(serving(file_of(VIDEO))) as server:
        saver.save(made(server), tmp_path)
        [request] = server.requests
    assert b"authorization" not in request.lower()
    assert KEY.encode() not in request


def test_not_twice(saver: Client, tmp_path: Path) -> None:
    """What is there is not fetched again."""
    with RawServer(serving(file_of(VIDEO))) as server:
        assert saver.save(made(server), tmp_path) == saver.save(made(server), tmp_path)
        assert len(server.requests) == 1


def test_all_files(saver: Client, tmp_path: Path) -> None:
    """Each file of a task has a name of its own: videos, other files, the last frame."""
    with RawServer(serving(file_of(VIDEO))) as server:
        link = f"http://127.0.0.1:{server.port}"
        task = made(
            server,
            video_urls=[f"{link}/1.mp4", f"{link}/2.webm"],
            file_urls=[f"{link}/model"],
            last_frame_url=f"{link}/last.JPEG",
        )
        paths = saver.save(task, tmp_path)
    named = [re.sub(r"\+[0-9a-f]{12}", "+HASH", path.name) for path in paths]
    assert sorted(named) == [
        "ark-cgt-1+HASH.mp4",
        "ark-cgt-1+HASH.webm",
        "ark-cgt-1+file.bin",
        "ark-cgt-1+last-frame.jpeg",
    ]
    assert all(path.read_bytes() == VIDEO for path in paths)


def test_order_of_links(saver: Client, tmp_path: Path) -> None:
    """Several videos are told apart by their links, in whatever order these come next time."""

    def script(connection: Connection) -> None:
        while (request := connection.read()) is not None:
            connection.send(file_of(request.split()[1]))

    with RawServer(script) as server:
        links = [f"http://127.0.0.1:{server.port}/{name}.mp4" for name in "ab"]
        first = saver.save(made(server, video_urls=links), tmp_path)
        again = saver.save(made(server, video_urls=[*reversed(links), links[0]]), tmp_path)
        assert len(server.requests) == 2
    assert set(again) == set(first)
    assert {path.read_bytes() for path in first} == {b"/a.mp4", b"/b.mp4"}


def test_same_link_twice(saver: Client, tmp_path: Path) -> None:
    """A last frame that is the video itself is saved as the video."""
    with RawServer(serving(file_of(VIDEO))) as server:
        link = f"http://127.0.0.1:{server.port}/x.mp4"
        [path] = saver.save(made(server, video_urls=[link], last_frame_url=link), tmp_path)
    assert path.name == "ark-cgt-1.mp4"


def test_empty_file_there(saver: Client, tmp_path: Path) -> None:
    """An empty file of that name is no video: it is fetched."""
    (tmp_path / "ark-cgt-1.mp4").touch()
    with RawServer(serving(file_of(VIDEO))) as server:
        [path] = saver.save(made(server), tmp_path)
    assert path.read_bytes() == VIDEO


def test_folder_there(saver: Client, tmp_path: Path) -> None:
    """A folder, or a device, of that name is no video, and is left alone."""
    (tmp_path / "ark-cgt-1.mp4").mkdir()
    (tmp_path / "ark-cgt-2.mp4").symlink_to("/dev/null")
    with RawServer(serving(file_of(VIDEO))) as server:
        for task_id in ("cgt-1", "cgt-2"):
            with pytest.raises(NotSaved, match="is there, and is no file"):
                saver.save(made(server, task_id), tmp_path)


def test_nothing_made(saver: Client, tmp_path: Path) -> None:
    """A task that shows no link has no files."""
    task = Task(ref=Ref("ark", "x"), state="succeeded")
    assert saver.save(task, tmp_path) == ()
    assert names(tmp_path) == []


def test_by_ref(sim: Simulator, client: Client, tmp_path: Path) -> None:
    """A task given by its ref is looked at first."""
    with RawServer(serving(file_of(VIDEO))) as server:
        link = f"http://127.0.0.1:{server.port}/x.mp4"
        task = sim.ark.add("succeeded", content={"video_url": link})
        [path] = client.save(f"ark:{task}", tmp_path)
        assert path.read_bytes() == VIDEO
    with pytest.raises(NotFound):
        client.save("ark:nowhere", tmp_path)


IDS: Final = ["../../x", "..\\x", "a/b", "A", "a" * 400, "con.", "-rf", "a+2", "任务"]


@pytest.mark.parametrize("task_id", IDS)
def test_names_stay_in_the_folder(saver: Client, tmp_path: Path, task_id: str) -> None:
    """Whatever an id is, its file is in the folder."""
    folder = tmp_path / "videos"
    with RawServer(serving(file_of(VIDEO))) as server:
        [path] = saver.save(made(server, task_id), folder)
    assert path.resolve().parent == folder.resolve()
    assert path.read_bytes() == VIDEO
    assert path.name.isascii()


def test_names_differ(saver: Client, tmp_path: Path) -> None:
    """Two ids have two names, also where capitals and small letters are the same."""
    ids = ["a/b", "a_b", "A_b", "a+b", "a" * 200, "a" * 201]
    with RawServer(serving(file_of(VIDEO))) as server:
        paths = [path for task_id in ids for path in saver.save(made(server, task_id), tmp_path)]
        assert len(server.requests) == len(ids)
    assert len({path.name.lower() for path in paths}) == len(ids)


BAD: Final = {
    "cut off": file_of(VIDEO[:-1], f"Content-Length: {len(VIDEO)}"),
    "cut off in a chunk": file_of(b"100\r\nabc", "Transfer-Encoding: chunked"),
    "of no length": file_of(VIDEO, "Connection: close"),
    "empty": file_of(b""),
    "a page": file_of(b"<html>", "Content-Length: 6", "Content-Type: text/html; charset=utf-8"),
    "a problem": file_of(b"{}", "Content-Length: 2", "Content-Type: application/problem+json"),
    "an error": file_of(b"{}", "Content-Length: 2", "Content-Type: application/json"),
    "packed": file_of(b"xx", "Content-Length: 2", "Content-Encoding: gzip"),
    "refused": file_of(b"", status="403 Forbidden"),
    "gone": file_of(b"", status="404 Not Found"),
    "partial": file_of(VIDEO, status="206 Partial Content"),
    "broken": b"\x00\x01\x02\r\n\r\n",
    "leading on": file_of(b"", "Location: /again", "Content-Length: 0", status="302 Found"),
    "leading nowhere": file_of(b"", "Location: file:///etc/passwd", status="302 Found"),
}


@pytest.mark.parametrize("answer", BAD)
def test_bad_answers(saver: Client, tmp_path: Path, answer: str) -> None:
    """What is no whole file is not saved, leaves nothing, and its error does not show the link."""

    def script(connection: Connection) -> None:
        if connection.read() is not None:
            connection.send(BAD[answer])

    with RawServer(script) as server, pytest.raises(NotSaved) as caught:
        saver.save(made(server), tmp_path)
    assert SECRET not in str(caught.value)
    assert caught.value.ref == Ref("ark", "cgt-1")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "link", ["ftp://127.0.0.1/x", "file:///etc/passwd", "x", "", "http://", "http://[::1"]
)
def test_bad_links(saver: Client, tmp_path: Path, link: str) -> None:
    """What is no web address is not fetched."""
    task = Task(ref=Ref("ark", "x"), state="succeeded", video_urls=(link,))
    with pytest.raises(NotSaved):
        saver.save(task, tmp_path)
    assert names(tmp_path) == []


def dripping_body(connection: Connection) -> None:
    """Never come to the end of a file."""
    connection.read()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    connection.drip(for_ever(b"x"))


def dripping_head(connection: Connection) -> None:
    """Never come to the end of a head."""
    connection.read()
    connection.drip(for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"))


@pytest.mark.parametrize("script", [dripping_body, dripping_head])
def test_bounded_in_time(
    saver: Client, tmp_path: Path, script: Callable[[Connection], None]
) -> None:
    """A file that does not come within the timeout is not saved, however it is dripped."""
    with RawServer(script) as server, pytest.raises(NotSaved):
        saver.save(made(server), tmp_path, timeout=0.3)
    assert names(tmp_path) == []


def test_bounded_in_size(
    saver: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    """A file of more bytes than the most is not saved."""
    monkeypatch.setattr(f"videotasks._http.{mode}_download.MOST_OF_A_FILE", 100_000)
    with RawServer(serving(file_of(VIDEO))) as server, pytest.raises(NotSaved, match="100,000"):
        saver.save(made(server), tmp_path)
    assert names(tmp_path) == []


def test_parts_left_behind(saver: Client, tmp_path: Path) -> None:
    """What a process that was killed has left of a file is removed, and what another one writes
    is not."""
    dead = tmp_path / ".ark-cgt-1.mp4.00000000.part"
    alive = tmp_path / ".ark-cgt-1.mp4.11111111.part"
    dead.write_bytes(VIDEO[:100])
    with alive.open("wb") as file, RawServer(serving(file_of(VIDEO))) as server:
        fcntl.flock(file, fcntl.LOCK_EX)
        saver.save(made(server), tmp_path)
    assert names(tmp_path) == [alive.name, "ark-cgt-1.mp4"]


def test_no_locks(saver: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files can't be locked they are saved all the same, and nobody's part is removed."""

    def refuse(_file: object, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    part = tmp_path / ".ark-cgt-1.mp4.00000000.part"
    part.touch()
    with RawServer(serving(file_of(VIDEO))) as server:
        [path] = saver.save(made(server), tmp_path)
    assert path.read_bytes() == VIDEO
    assert part.exists()


def test_leading_on(saver: Client, tmp_path: Path) -> None:
    """A link may lead on to where the file is."""

    def script(connection: Connection) -> None:
        while (request := connection.read()) is not None:
            there = request.startswith(b"GET /there ")
            onward = file_of(b"", "Location: /there", "Content-Length: 0", status="302 Found")
            connection.send(file_of(VIDEO) if there else onward)

    with RawServer(script) as server:
        [path] = saver.save(made(server), tmp_path)
    assert path.read_bytes() == VIDEO


def test_no_folder(saver: Client, tmp_path: Path) -> None:
    """A folder that can't be made is an error that names it."""
    (tmp_path / "file").touch()
    with RawServer(serving(file_of(VIDEO))) as server, pytest.raises(NotSaved, match="file"):
        saver.save(made(server), tmp_path / "file")


@pytest.mark.parametrize("timeout", [0, -1, True, "1", float("inf")])
def test_timeout(saver: Client, tmp_path: Path, timeout: Any) -> None:
    """A timeout is a time above 0."""
    task = Task(ref=Ref("ark", "x"), state="succeeded")
    with pytest.raises(ConfigurationError):
        saver.save(task, tmp_path, timeout=timeout)
