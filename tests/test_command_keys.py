"""Where the command takes keys and addresses from, that it shows no key, and `check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from videotasks import PROVIDER_NAMES
from videotasks.simulator import Fault, Simulator

from .command import run

SECRET = "sk-4f7c0d1e-not-to-be-shown"


def checked(text: str) -> dict[str, list[str]]:
    """What `check` says of each provider, by its name: the columns of its line."""
    return {line.partition("\t")[0]: line.split("\t") for line in text.splitlines()}


def settings(sim: Simulator, **more: str) -> dict[str, str]:
    """The addresses of the simulator, without keys."""
    return {"ARK_BASE_URL": sim.ark_url, "TENSORSLAB_BASE_URL": sim.tensorslab_url, **more}


def sent_keys(sim: Simulator) -> list[str]:
    """The keys that came with requests."""
    requests = (*sim.ark.requests, *sim.tensorslab.requests)
    return [request.headers["authorization"].removeprefix("Bearer ") for request in requests]


@pytest.mark.parametrize(
    "line",
    [
        "\ufeffexport ARK_API_KEY={key}\r",
        "  export   ARK_API_KEY = '{key}'  # mine",
        'OTHER=1\n# ARK_API_KEY=wrong\nARK_API_KEY="{key}"\nnonsense',
        "ARK_API_KEY={key} # of the test account",
    ],
    ids=["BOM, export, CRLF", "quoted with comment", "among others", "comment"],
)
def test_key_file(sim: Simulator, tmp_path: Path, line: str) -> None:
    """`--key-file` reads what .env files have, and goes before the environment."""
    task_id = sim.ark.add("failed")
    file = tmp_path / "keys"
    file.write_text(line.format(key=sim.api_key) + "\n", encoding="utf-8")
    env = settings(sim, ARK_API_KEY="wrong")
    done = run(None, "get", "--key-file", file, f"ark:{task_id}", env=env)
    assert (done.stderr, done.returncode) == ("", 0)
    assert sent_keys(sim) == [sim.api_key]


def test_key_file_has_addresses(sim: Simulator, tmp_path: Path) -> None:
    """A key file may hold base URLs too; what it does not have comes from the environment."""
    task_id = sim.ark.add("failed")
    file = tmp_path / "keys"
    file.write_text(f"ARK_BASE_URL={sim.ark_url}\n", encoding="utf-8")
    env = {"ARK_API_KEY": sim.api_key, "ARK_BASE_URL": "https://elsewhere.invalid"}
    assert run(None, "get", "--key-file", file, f"ark:{task_id}", env=env).returncode == 0


def test_vendor_file(sim: Simulator, tmp_path: Path) -> None:
    """TensorsLab's key is found where the vendor keeps it; the environment goes before, and no
    other provider's key or address is taken from there."""
    task_id = sim.tensorslab.add("failed")
    (tmp_path / ".tensorslab").mkdir()
    file = tmp_path / ".tensorslab" / ".env"
    file.write_text(
        f"TENSORSLAB_API_KEY={sim.api_key}\nARK_API_KEY={sim.api_key}\n"
        "TENSORSLAB_BASE_URL=https://elsewhere.invalid\n",
        encoding="utf-8",
    )
    env = settings(sim, HOME=str(tmp_path))
    assert run(None, "get", f"tensorslab:{task_id}", env=env).returncode == 0
    assert sent_keys(sim) == [sim.api_key]
    assert run(None, "get", "ark:1", env=env).returncode == 4
    done = run(None, "get", f"tensorslab:{task_id}", env=env | {"TENSORSLAB_API_KEY": SECRET})
    assert done.returncode == 4
    assert sent_keys(sim)[1:] == [SECRET, SECRET]  # as Bearer, then bare
    checked = run(None, "check", env=env)
    assert "tensorslab\tset (~/.tensorslab/.env)" in checked.stdout


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        (["get", "ark:1"], "ARK_API_KEY"),
        (["delete", "-y", "tensorslab:1"], "TENSORSLAB_API_KEY"),
        (["list"], "ARK_API_KEY"),
        (["list", "--state", "failed"], "ARK_API_KEY"),
    ],
    ids=["get", "delete", "list", "list with the other key"],
)
def test_no_key(sim: Simulator, arguments: list[str], variable: str) -> None:
    """Without a key that is needed it is status 4 in one line, with nothing sent."""
    env = settings(sim)
    if variable == "TENSORSLAB_API_KEY":
        env["ARK_API_KEY"] = sim.api_key
    if "--state" in arguments:
        env["TENSORSLAB_API_KEY"] = sim.api_key  # which can't list
    done = run(None, *arguments, env=env)
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 1
    assert variable in done.stderr
    assert "--key-file" in done.stderr
    assert sim.ark.requests == sim.tensorslab.requests == ()


@pytest.mark.parametrize(
    "arguments",
    [
        ["delete", "-vv", "-y", "--json", "ark:1", "tensorslab:1"],
        ["list", "-vv"],
        ["check", "--online"],
    ],
    ids=["delete", "list", "check"],
)
def test_wrong_key(sim: Simulator, arguments: list[str]) -> None:
    """A key that is refused is status 4, and is not shown, not even with `-vv` in a traceback."""
    env = settings(sim, ARK_API_KEY=SECRET, TENSORSLAB_API_KEY=SECRET)
    done = run(None, *arguments, env=env)
    assert done.returncode == 4
    assert "refused the key" in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert SECRET in sent_keys(sim)
    if arguments[0] == "list":
        assert "Traceback" in done.stderr


def test_unusable_key(sim: Simulator) -> None:
    """A key with a blank in it is status 2; neither it nor a key in a base URL is shown."""
    bad_key = {"ARK_API_KEY": f"{SECRET} x"}
    bad_url = {"ARK_API_KEY": "x", "ARK_BASE_URL": f"https://me:{SECRET}@ark.invalid/api/v3"}
    for bad, command in ((bad_key, ["get", "ark:1", "-vv"]), (bad_url, ["check"])):
        done = run(None, *command, env=settings(sim, **bad))
        assert done.returncode == 2
        assert SECRET not in done.stdout + done.stderr


def test_unreadable_key_file(sim: Simulator, tmp_path: Path) -> None:
    """A key file that can't be read is status 2 with the reason, and nothing of it is shown."""
    file = tmp_path / "keys"
    file.write_bytes(f"ARK_API_KEY={SECRET}\xff".encode("latin-1"))
    for path, words in ((file, "is not UTF-8 text"), (tmp_path / "none", "No such file")):
        done = run(sim, "get", "--key-file", path, "ark:1")
        assert done.returncode == 2
        assert words in done.stderr
        assert SECRET not in done.stderr
    assert sim.ark.requests == ()


def test_other_provider_is_not_in_the_way(sim: Simulator) -> None:
    """A bad base URL or key of one provider does not stop a command for the other."""
    task_id = sim.ark.add("failed")
    env = {"TENSORSLAB_BASE_URL": "nonsense", "TENSORSLAB_API_KEY": "a b"}
    assert run(sim, "list", env=env).stdout.startswith(f"ark:{task_id}\t")
    done = run(sim, "get", f"ark:{task_id}", "tensorslab:1", env=env)
    assert done.returncode == 2
    assert sim.tensorslab.requests == ()


# ---- check


def test_check(sim: Simulator, tmp_path: Path) -> None:
    """`check` shows for each provider whence the key, the address, limits and abilities; it sends
    nothing, and shows no key."""
    file = tmp_path / "keys"
    file.write_text(f"ARK_API_KEY={SECRET}", encoding="utf-8")
    done = run(sim, "check", "--key-file", file)
    said = checked(done.stdout)
    assert tuple(said) == PROVIDER_NAMES
    ark, tensorslab = said["ark"], said["tensorslab"]
    assert ark[:2] == ["ark", f"set ({file})"]
    assert ark[2:5] == [sim.ark_url, "get 20, delete 20, list 1", "get, delete, cancel, list"]
    assert tensorslab[:2] == ["tensorslab", "set (environment)"]
    assert tensorslab[2:5] == [sim.tensorslab_url, "none", "get, delete"]
    assert (done.stderr, done.returncode) == ("", 0)
    assert SECRET not in done.stdout
    assert sim.api_key not in done.stdout
    assert sim.ark.requests == sim.tensorslab.requests == ()


def test_check_without_keys() -> None:
    """Without any key `check` names the variables, with status 4; a bad address is status 2."""
    done = run(None, "check")
    assert "ark\tmissing (ARK_API_KEY)\thttps://" in done.stdout
    assert "tensorslab\tmissing (TENSORSLAB_API_KEY)\thttps://" in done.stdout
    assert done.returncode == 4
    done = run(None, "check", env={"ARK_API_KEY": "x", "ARK_BASE_URL": "http://ark.invalid"})
    assert "in the clear" in done.stdout
    assert done.returncode == 2


def test_check_with_a_bad_proxy() -> None:
    """Where the proxy can't be used, `check` says so, and still what the limits are."""
    env = {"ARK_API_KEY": "x", "HTTPS_PROXY": "foo://x"}
    done = run(None, "check", env=env)
    ark = checked(done.stdout)["ark"]
    assert "get 20, delete 20, list 1" in ark
    assert "the proxy in HTTPS_PROXY can't be used" in " ".join(ark)
    assert done.returncode == 2
    first = json.loads(run(None, "check", "--ndjson", env=env).stdout.splitlines()[0])
    assert first["limits"] == {"get": 20, "delete": 20, "list": 1}


def test_check_for_scripts(sim: Simulator) -> None:
    """`check --json` and `--ndjson` tell the same as data."""
    env = {"ARK_API_KEY": SECRET, "ARK_BASE_URL": sim.ark_url}
    lines = run(None, "check", "--ndjson", env=env).stdout.splitlines()
    said = {one["provider"]: one for one in map(json.loads, lines)}
    tensorslab = said["tensorslab"]
    assert said["ark"] == {
        "provider": "ark",
        "key": "environment",
        "base_url": sim.ark_url,
        "limits": {"get": 20, "delete": 20, "list": 1},
        "can": ["get", "delete", "cancel", "list"],
        "answer": None,
    }
    assert (tensorslab["key"], tensorslab["can"]) == (None, ["get", "delete"])
    done = run(None, "check", "--json", env=env)
    assert json.loads(done.stdout) == {"providers": list(said.values())}
    assert (done.stderr, done.returncode) == ("", 0)


def test_check_online(sim: Simulator) -> None:
    """`check --online` asks each provider once, harmlessly, and says what it answered."""
    done = run(sim, "check", "--online")
    answers = {name: columns[5] for name, columns in checked(done.stdout).items()}
    assert answers == dict.fromkeys(PROVIDER_NAMES, "the key is accepted")
    assert done.returncode == 0
    for provider in sim.providers.values():
        assert [request.operation for request in provider.requests] == ["get"]


def test_check_online_fails(sim: Simulator) -> None:
    """What `check --online` can't be sure of is status 1; it asks once with each form of a key."""
    sim.ark.fail("get", Fault.error(500))
    sim.tensorslab.unknown_task = "9999"
    done = run(sim, "check", "--online")
    said = checked(done.stdout)
    ark, tensorslab = said["ark"][5], said["tensorslab"][5]
    assert "500" in ark
    assert tensorslab.startswith("it answers, but does not say whether the key is good")
    assert done.returncode == 1
    assert (len(sim.ark.requests), len(sim.tensorslab.requests)) == (1, 2)


def test_report(sim: Simulator) -> None:
    """`check --online --report` only reads, and writes down statuses, codes and orders: no key, no
    link, no id, nobody's words."""
    failed = [sim.ark.add("failed") for _ in range(2)]
    named = ["--task", f"ark:{failed[0]}", "--task", "ark:nobody"]
    done = run(sim, "check", "--online", "--report", *named)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.rpartition(" | ")[0] for line in done.stdout.splitlines() if " | " in line]
    fields = "model, created_at, updated_at, error, service_tier"
    assert lines[1:] == [
        "| a look at an id that no task has | 404 | `NotFound.ID` | NotFound",
        f"| a look at task 1 of those named | 200 | | failed (`failed`), with {fields}",
        "| a look at task 2 of those named | 404 | `NotFound.ID` | NotFound",
        "| the list, 100 tasks at most | 200 | | 2 tasks: 2 `failed`; their order can't be told",
        "| asked | HTTP | code | taken for",
        "| a look at an id that no task has | 404 | `9999` | NotFound",
    ]
    for secret in (*failed, "://", "nobody", "not found"):
        assert secret not in done.stdout
    assert {request.method for request in sim.ark.requests} == {"GET"}
    assert {request.operation for request in sim.tensorslab.requests} == {"get"}


def test_report_of_odd_answers(sim: Simulator) -> None:
    """An answer that is no word is not copied into the report."""
    sim.ark.fail("get", Fault.error(400, {"error": {"code": "`|](http://x) sim-key"}}))
    done = run(sim, "check", "--online", "--report")
    assert "| 400 | (unlike a word) | RequestRefused |" in done.stdout


@pytest.mark.parametrize(
    "options", [["--report"], ["--online", "--report", "--json"], ["--task", "ark:x"]]
)
def test_report_needs_online(options: list[str]) -> None:
    """A report of nothing that was asked, or as JSON, is a mistake, and nothing is asked."""
    done = run(None, "check", *options)
    assert done.returncode == 2
    assert "--report" in done.stderr
