"""The README's code is run as it stands, against the simulator."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from videotasks.simulator import Move, Simulator

from .raw import Connection, RawServer

ROOT = Path(__file__).parent.parent
READMES = sorted(path.name for path in ROOT.glob("README*.md"))
PAGES = [
    *READMES,
    "CONTRIBUTING.md",
    "specs/README.md",
    *sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md")),
]
TASK = "cgt-20250331175019-68d9t"
VIDEO = b"a video"


def video(connection: Connection) -> None:
    """Serve one."""
    while connection.read() is not None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(VIDEO) + VIDEO)


def blocks(name: str, language: str) -> list[str]:
    """The code blocks of a README in one language."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", READMES)
def test_python(
    name: str,
    sim: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Each Python block but the SDK's runs by itself, and says what it promises."""
    monkeypatch.setenv("ARK_API_KEY", sim.api_key)
    monkeypatch.setenv("ARK_BASE_URL", sim.ark_url)
    monkeypatch.setenv("TENSORSLAB_API_KEY", sim.api_key)
    monkeypatch.setenv("TENSORSLAB_BASE_URL", sim.tensorslab_url)
    monkeypatch.chdir(tmp_path)
    _sdk, first, tour = blocks(name, "python")
    finishes = Move(to="succeeded", after_reads=2)
    with RawServer(video) as server:
        content = {"video_url": f"http://127.0.0.1:{server.port}/made.mp4"}
        sim.ark.add("running", task_id=TASK, moves=[finishes], content=content)
        sim.tensorslab.add("completed", task_id="abcd_1234567890abcdef")
        sim.ark.add("failed", task_id="old", created_at=1743414619)
        exec(compile(first, name, "exec"), {"__name__": "__main__"})  # noqa: S102  # our README
        kept = capsys.readouterr().out
        exec(compile(tour, name, "exec"), {"__name__": "__main__"})  # noqa: S102  # our README
    assert kept.partition(" ")[2].strip() in first  # as its comment says
    saved, *others = capsys.readouterr().out.splitlines()
    assert saved == f"saved {Path('videos', f'ark-{TASK}.mp4')}"
    assert Path("videos", f"ark-{TASK}.mp4").read_bytes() == VIDEO
    assert sorted(others) == [
        "1 would go",
        f"ark:{TASK} delete it has finished; its video would be lost",
        f"ark:{TASK} deleted True",
        "ark:old is deleted",
        "tensorslab:abcd_1234567890abcdef delete it has finished; its video would be lost",
        "tensorslab:abcd_1234567890abcdef deleted True",
    ]


def test_bulk_page(
    sim: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """The page on bulk work runs too: programs share a limit, and a record is gone on from."""
    monkeypatch.setenv("ARK_API_KEY", sim.api_key)
    monkeypatch.setenv("ARK_BASE_URL", sim.ark_url)
    monkeypatch.chdir(tmp_path)
    sim.ark.add("succeeded", task_id="cgt-20250331175019-68d9t")
    _, shared, resumed = blocks("docs/bulk.md", "python")
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(shared, "docs/bulk.md", "exec"), names)  # noqa: S102  # our own page
    assert "Ark(base_url=" in repr(names["ark"])
    for _ in range(2):
        exec(compile(resumed, "docs/bulk.md", "exec"), {})  # noqa: S102  # our own page
    lines = Path("done.ndjson").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["outcome"] for line in lines) == ["deleted", "gone"]
    assert sim.ark.count("delete") == 1
    assert capsys.readouterr().out == ""


def test_saving_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What the page shows of saving fetches the videos, and then deletes their tasks."""
    with Simulator(videos=True) as sim:
        monkeypatch.setenv("ARK_API_KEY", sim.api_key)
        monkeypatch.setenv("ARK_BASE_URL", sim.ark_url)
        monkeypatch.chdir(tmp_path)
        task = sim.ark.add("succeeded")
        saving, *_ = blocks("docs/bulk.md", "python")
        exec(compile(saving, "docs/bulk.md", "exec"), {})  # noqa: S102  # our own page
        assert capsys.readouterr().out == f"ark:{task} is deleted\n"
        assert [path.name for path in Path("videos").iterdir()] == [f"ark-{task}.mp4"]


@pytest.mark.parametrize("name", PAGES)
def test_targets(name: str) -> None:
    """Each make target that a page names is in the Makefile, and its links lead somewhere; a
    README names those that a newcomer needs."""
    text = (ROOT / name).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z-]+)(?=`|\s+#)", text))
    assert {"demo", "test", "check"} <= targets or name not in READMES
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
    for link in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text):
        assert (ROOT / name).parent.joinpath(link).exists(), link


def test_the_way_to_a_provider_is_there() -> None:
    """What docs/adding-a-provider.md says to edit or to copy is there, by these names."""
    text = (ROOT / "docs" / "adding-a-provider.md").read_text(encoding="utf-8")
    files = set(re.findall(r"`([\w./-]+\.(?:py|md|yaml))`", text))
    files |= set(re.findall(r"(?<![\w/`(])((?:specs|docs|tests)/[\w./-]+\.(?:py|md))", text))
    assert len(files) > 10
    library = ("", "/_model", "/_providers", "/simulator")
    places = ["", "specs", "tests", "wrapper", *(f"wrapper/videotasks{one}" for one in library)]
    for file in files:
        known = [file.replace("other", name) for name in ("ark", "tensorslab")]
        found = [ROOT / place / one for place in places for one in known]
        assert any(path.exists() for path in found), file
    contract = (ROOT / "tests" / "test_contract.py").read_text(encoding="utf-8")
    for table in ("OPERATION_IDS", "FUNCTIONS", "TOLD", "DELETIONS", "REFUSALS", "TAKEN"):
        assert f"`{table}`" in text
        assert re.search(rf"^{table}\b", contract, re.MULTILINE), table


def test_same_code_in_both() -> None:
    """Both READMEs show the same programs, comments aside."""
    programs = [
        [re.sub(r"\s*#.*", "", block) for block in blocks(name, "python")] for name in READMES
    ]
    assert programs[0] == programs[1]
