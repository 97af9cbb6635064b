"""What tasks of other kinds made: the list and a look show tasks of every kind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from videotasks.simulator import Simulator

from .command import Terminal, records, run
from .conftest import Client

VIDEO, FILE, FRAME = (f"https://example.com/1.{end}" for end in ("mp4", "glb", "png"))

CONTENTS: list[tuple[Any, tuple[str, ...], tuple[str, ...], str | None]] = [
    ({"video_url": VIDEO}, (VIDEO,), (), None),
    ({"video_url": VIDEO, "last_frame_url": FRAME}, (VIDEO,), (), FRAME),
    ({"file_url": FILE}, (), (FILE,), None),
    ({"video_url": VIDEO, "file_url": FILE, "last_frame_url": FRAME}, (VIDEO,), (FILE,), FRAME),
    ({"video_url": "", "file_url": "", "last_frame_url": ""}, (), (), None),
    ({"video_url": None, "file_url": None, "last_frame_url": None}, (), (), None),
    ({"file_url": 5, "last_frame_url": ["x"]}, (), (), None),
    (None, (), (), None),
]


@pytest.mark.parametrize(("content", "videos", "files", "frame"), CONTENTS)
def test_links(
    client: Client,
    sim: Simulator,
    content: Any,
    videos: tuple[str, ...],
    files: tuple[str, ...],
    frame: str | None,
) -> None:
    """A task has the links to its video, to another file, and to the last frame, where there are
    any; a look, a list, and the record of an outcome show the same."""
    ref = f"ark:{sim.ark.add('succeeded', content=content)}"
    task = client.get(ref)
    assert (task.video_urls, task.file_urls, task.last_frame_url) == (videos, files, frame)
    assert list(client.listed("ark")) == [task]
    outcome = client.delete(ref)
    assert outcome.task == task
    record = json.loads(json.dumps(outcome.to_dict()))
    assert record["task"]["file_urls"] == list(files)
    assert record["task"]["last_frame_url"] == frame


def test_the_command(sim: Simulator) -> None:
    """Lines and JSON have all links; a table counts videos and files."""
    content = {"video_url": VIDEO, "file_url": FILE, "last_frame_url": FRAME}
    ref = f"ark:{sim.ark.add('succeeded', content=content)}"
    done = run(sim, "get", ref)
    assert done.stdout.rstrip("\n").split("\t")[3] == f"{VIDEO} {FILE} {FRAME}"
    [record] = records(run(sim, "get", ref, "--ndjson").stdout)
    assert (record["file_urls"], record["last_frame_url"]) == ([FILE], FRAME)
    with Terminal(sim, "get", ref) as terminal:
        status, text = terminal.end()
    assert "1 video, 1 file" in text
    assert "https" not in text
    assert status == 0
