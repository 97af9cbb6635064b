"""Saving videos before their tasks are deleted: `delete --save` and `purge --save`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from videotasks.simulator import Simulator

from .command import environment, next_line, run, start


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator whose links lead to videos."""
    with Simulator(videos=True) as simulator:
        yield simulator


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_saved_and_deleted(sim: Simulator, tmp_path: Path) -> None:
    """Videos are saved, then their tasks deleted; a task that made nothing just goes."""
    done_ones = [sim.ark.add("succeeded") for _ in range(3)]
    other, failed = sim.tensorslab.add("completed"), sim.ark.add("failed")
    refs = [*(f"ark:{task}" for task in [*done_ones, failed]), f"tensorslab:{other}"]
    done = run(sim, "delete", "-y", "--save", tmp_path, *refs)
    assert names(tmp_path) == sorted(
        [*(f"ark-{task}.mp4" for task in done_ones), f"tensorslab-{other}.mp4"]
    )
    assert "saved the files of 4 of 4 tasks" in done.stderr
    assert "5 deleted (5 tasks, had cost 326,700 tokens, " in done.stderr
    assert done.returncode == 0
    assert sim.ark.ids() == ()


def test_purge(sim: Simulator, tmp_path: Path) -> None:
    """A purge saves first, too."""
    task = sim.ark.add("succeeded")
    done = run(sim, "purge", "ark", "--state", "succeeded", "-y", "--save", tmp_path)
    assert names(tmp_path) == [f"ark-{task}.mp4"]
    assert sim.ark.status(task) is None
    assert done.returncode == 0


def test_kept_where_not_saved(sim: Simulator, tmp_path: Path) -> None:
    """A task whose video can't be saved is kept, with the reason; the others go."""
    good = sim.ark.add("succeeded")
    bad = sim.ark.add("succeeded", content={"video_url": f"{sim.url}/nowhere.mp4"})
    bare = sim.ark.add("succeeded", content={"video_url": None})
    refs = [f"ark:{task}" for task in (good, bad, bare)]
    done = run(sim, "delete", "-y", "--save", tmp_path, *refs)
    sim.unmodelled.clear()
    assert [sim.ark.status(task) for task in (good, bad, bare)] == [None, "succeeded", "succeeded"]
    assert f"ark:{bad}\tkept\tits files could not be saved: " in done.stdout
    assert f"ark:{bare}\tkept\tit shows no link to its video" in done.stdout
    assert names(tmp_path) == [f"ark-{good}.mp4"]
    assert done.returncode == 1


def test_last_frame_alone(sim: Simulator, tmp_path: Path) -> None:
    """A finished task that shows its last frame and no video is kept."""
    content = {"video_url": None, "last_frame_url": f"{sim.url}/videos/x.png"}
    task = sim.ark.add("succeeded", content=content)
    done = run(sim, "delete", "-y", "--save", tmp_path, f"ark:{task}")
    assert sim.ark.status(task) == "succeeded"
    assert "it shows no link to its video" in done.stdout


def test_empty_file_there(sim: Simulator, tmp_path: Path) -> None:
    """An empty file of a video's name does not count as the video."""
    task = sim.ark.add("succeeded")
    (tmp_path / f"ark-{task}.mp4").touch()
    run(sim, "delete", "-y", "--save", tmp_path, f"ark:{task}")
    assert (tmp_path / f"ark-{task}.mp4").stat().st_size > 0


def test_nothing_is_saved_by_a_dry_run(sim: Simulator, tmp_path: Path) -> None:
    """A dry run fetches nothing."""
    task = sim.ark.add("succeeded")
    assert run(sim, "delete", "-n", "--save", tmp_path / "x", f"ark:{task}").returncode == 0
    assert sim.downloads.total() == 0
    assert names(tmp_path) == []


def test_not_fetched_twice(sim: Simulator, tmp_path: Path) -> None:
    """What was saved by an earlier run is not fetched again."""
    task = sim.ark.add("succeeded")
    for _ in range(2):
        run(sim, "delete", "--save", tmp_path, "-y", "--deadline", "1s", f"ark:{task}")
        task = sim.ark.add("succeeded", task_id=task)
    assert sim.downloads == {task: 1}


def test_killed_and_resumed(sim: Simulator, tmp_path: Path) -> None:
    """Killed at any moment and run again, it loses no video and fetches none twice."""
    tasks = [sim.ark.add("succeeded") for _ in range(40)]
    refs = tmp_path / "refs.txt"
    refs.write_text("".join(f"ark:{task}\n" for task in tasks))
    videos, record = tmp_path / "videos", tmp_path / "done.ndjson"
    files: list[str | Path] = ["--save", videos, "--from", refs, "--resume", record]
    line = ["delete", "-y", "--missing-ok", "--ndjson", *files]
    for kill_after in (1, 5, 20):
        with start(sim, *map(str, line)) as process:
            assert process.stdout is not None
            for _ in range(kill_after):
                next_line(process.stdout)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert {task for task in tasks if sim.ark.status(task) is None} <= {
            path.name.removeprefix("ark-").removesuffix(".mp4") for path in videos.iterdir()
        }
    assert run(sim, *line).returncode == 0
    assert names(videos) == sorted(f"ark-{task}.mp4" for task in tasks)
    assert sim.ark.ids() == ()
    assert max(sim.downloads.values()) == 1


def test_no_key_on_the_way(sim: Simulator, tmp_path: Path) -> None:
    """The folder may be named with anything in it; the environment of the command has the keys,
    and none is in what was saved or said."""
    task = sim.ark.add("succeeded")
    done = run(sim, "delete", "-y", "--save", tmp_path / "a b", f"ark:{task}", "-vv")
    key = environment(sim)["ARK_API_KEY"]
    [path] = (tmp_path / "a b").iterdir()
    assert key not in path.read_text()
    assert key not in done.stdout + done.stderr
