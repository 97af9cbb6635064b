"""The specs: valid, kept to the house rules, accounted for in their README; and generated/ too."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from generate import differences
from videotasks._model.task import PROVIDER_NAMES
from videotasks._providers import PROVIDERS

Spec = dict[str, Any]

ROOT: Final = Path(__file__).resolve().parents[1]
LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
SPECS: Final[dict[str, Spec]] = {
    name: yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506  # safe, both
    for name in sorted(PROVIDER_NAMES)
    if (path := ROOT / "specs" / f"{name}.openapi.yaml").exists()
}
"""The specs of registered providers; test_registry tells of a provider or a spec alone."""
README: Final = (ROOT / "specs" / "README.md").read_text(encoding="utf-8")
TITLES: Final = {make.name: make.info.title for make in PROVIDERS}
METHODS: Final = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}

each_spec = pytest.mark.parametrize("name", SPECS)


def resolved(spec: Spec, node: Spec) -> Spec:
    """What a local `$ref` points to; anything else as it is."""
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def operations(spec: Spec) -> Iterator[tuple[str, Spec, list[Spec]]]:
    """Each operation's id, itself, and its parameters, those of its path included."""
    for path in spec["paths"].values():
        for method, operation in path.items():
            if method not in METHODS:
                continue
            parameters = [*path.get("parameters", ()), *operation.get("parameters", ())]
            yield operation["operationId"], operation, [resolved(spec, p) for p in parameters]


def walk(node: Any, place: str = "") -> Iterator[tuple[str, Spec]]:
    """Each mapping in a document, with its place."""
    if isinstance(node, dict):
        mapping = cast("Spec", node)
        yield place, mapping
        for key, value in mapping.items():
            yield from walk(value, f"{place}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(cast("list[object]", node)):
            yield from walk(value, f"{place}/{number}")


def edited(name: str, edit: Callable[[Spec], None]) -> Spec:
    """A copy of a spec, with something changed in it."""
    spec = copy.deepcopy(SPECS[name])
    edit(spec)
    return spec


# Valid, and every example true to its schema


@each_spec
def test_openapi(name: str) -> None:
    """Each spec is valid OpenAPI 3.1."""
    assert SPECS[name]["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(SPECS[name]).validate()


def with_examples(spec: Spec) -> Iterator[tuple[str, Spec, bool]]:
    """Everything that may have examples: its place, itself, and whether it must have one."""
    for operation_id, operation, parameters in operations(spec):
        for parameter in parameters:
            yield f"{operation_id} {parameter['name']}", parameter, False
        bodies = {"request": operation["requestBody"]} if "requestBody" in operation else {}
        for what, found in {**bodies, **operation["responses"]}.items():
            body = resolved(spec, found)
            for media_type, media in body.get("content", {}).items():
                yield f"{operation_id} {what} {media_type}", media, True
            for header, described in body.get("headers", {}).items():
                yield f"{operation_id} {what} {header}", resolved(spec, described), False


def examples(media: Spec) -> dict[str, Any]:
    """The examples of a parameter, a header or a body, by name."""
    found = {key: example["value"] for key, example in media.get("examples", {}).items()}
    return found | ({"example": media["example"]} if "example" in media else {})


def bad_examples(spec: Spec) -> list[str]:
    """Examples that their schema does not allow, and bodies that have none."""
    bad: list[str] = []
    for place, media, needed in with_examples(spec):
        found = examples(media)
        if needed and not found:
            bad.append(f"{place}: no example")
        validator = OAS31Validator({**media["schema"], "components": spec["components"]})
        for key, value in found.items():
            bad += [f"{place} {key}: {error.message}" for error in validator.iter_errors(value)]
    return bad


@each_spec
def test_examples(name: str) -> None:
    """Every request and answer has an example, and every example is what its schema allows."""
    assert bad_examples(SPECS[name]) == []


def test_a_bad_example_is_found() -> None:
    """An example against its schema, or a body without one, is told by its place."""

    def spoil(spec: Spec) -> None:
        spec["components"]["parameters"]["TaskId"]["example"] = 7
        task = spec["paths"]["/contents/generations/tasks/{id}"]
        answer = task["get"]["responses"]["200"]["content"]["application/json"]
        answer["examples"]["queued"]["value"].pop("status")
        del task["delete"]["responses"]["409"]["content"]["application/json"]["examples"]

    assert sorted(bad_examples(edited("ark", spoil))) == [
        "deleteTask 409 application/json: no example",
        "deleteTask id example: 7 is not of type 'string'",
        "getTask 200 application/json queued: 'status' is a required property",
        "getTask id example: 7 is not of type 'string'",
    ]


# The README accounts for all that the specs say


def names(spec: Spec) -> list[str]:
    """Every statement of a spec, by the name that the README has to give it."""
    components = spec["components"]
    found = [server["url"] for server in spec["servers"]]
    found += [*components["securitySchemes"], *components.get("headers", {})]
    for operation_id, operation, parameters in operations(spec):
        found += [operation_id, *(f"{operation_id} {p['name']}" for p in parameters)]
        found += [f"{operation_id} {status}" for status in operation["responses"]]
        found += [f"{operation_id} {key}" for key in operation if key.startswith("x-")]
    for schema_name, schema in components["schemas"].items():
        found += [schema_name, *(f"{schema_name}.{key}" for key in schema.get("properties", ()))]
        found += [f"{schema_name} {value}" for value in schema.get("enum", ())]
    return found


def section_of(readme: str, title: str) -> str:
    """One spec's section; empty if there is none."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", readme, re.M | re.S)
    return found[1] if found else ""


def rows(section: str, *, departures: bool) -> list[list[str]]:
    """The cells of the tables in one spec's section, either its departures or all others.

    A row counts if its first cell holds a name in backticks; headings do not.
    """
    parts: list[str] = re.split(r"^### ", section, flags=re.M)
    lines = [
        line
        for part in parts
        if part.startswith("Departures") == departures
        for line in part.splitlines()
    ]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines
        if re.match(r"\| [^|]*`[^|]* \|", line)
    ]


def legend(section: str) -> set[str]:
    """The marks of one spec's section."""
    tables = re.findall(r"^\| mark \| meaning \|\n\|[-|]+\|\n((?:\|.*\n)+)", section, re.M)
    return {line.strip("|").split(" | ")[0].strip() for line in "".join(tables).splitlines()}


def named(cell: str) -> list[str]:
    """The names in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def gaps(name: str, spec: Spec, readme: str) -> list[str]:
    """How the specs' README does not say of exactly what a spec states, each once, where it is
    from and how sure it is: what to do, and where."""
    title = TITLES[name]
    section = section_of(readme, title)
    if not section:
        return [f"specs/README.md: write a section '## {title}', with rows for all in the spec"]
    place = f"specs/README.md, section '{title}'"
    stated, marks = set(names(spec)), legend(section)
    account = rows(section, departures=False)
    listed = Counter(one for cells in account for one in named(cells[0]))
    departing = {one for cells in rows(section, departures=True) for one in named(cells[0])}
    file = f"specs/{name}.openapi.yaml"
    found = [
        *(f"add a row for `{one}`, which is in {file}" for one in sorted(stated - set(listed))),
        *(
            f"`{one}` is not in {file}: remove its row, or mend its name"
            for one in sorted((set(listed) | departing) - stated)
        ),
        *(f"`{one}` has {times} rows; keep one" for one, times in listed.items() if times > 1),
        *(
            f"the row of {cells[0]} needs a source, and a mark from the table of marks"
            for cells in account
            if len(cells) != 3 or not cells[1] or cells[2] not in marks
        ),
    ]
    if not {"V", "?", "own"} <= marks:
        found.append("write a table of marks with at least V, ? and own")
    return [f"{place}: {what}" for what in found]


@each_spec
def test_readme_accounts_for_the_spec(name: str) -> None:
    """specs/README.md says of everything in the specs where it is from and how sure that is, and
    lists nothing else."""
    assert gaps(name, SPECS[name], README) == []


def account(spec: Spec, title: str) -> str:
    """The least that a README has to say of a spec."""
    marks = "".join(f"| {mark} | so sure |\n" for mark in ("V", "?", "own"))
    said = "".join(f"| `{one}` | a page | V |\n" for one in dict.fromkeys(names(spec)))
    return f"## {title}\n\n| mark | meaning |\n|---|---|\n{marks}\n### All\n{said}"


def test_a_gap_in_the_readme_is_found() -> None:
    """What only the spec or only the README has is told by its name, with file, section and what
    to do; and so is a double, and a row without a source or a mark."""

    def add(spec: Spec) -> None:
        spec["components"]["schemas"]["Task"]["properties"]["colour"] = {"type": "string"}
        del spec["components"]["schemas"]["ServiceTier"]

    readme = account(SPECS["ark"], "Ark")
    assert gaps("ark", SPECS["ark"], readme) == []
    place = "specs/README.md, section 'Ark': "
    file = "specs/ark.openapi.yaml"
    assert gaps("ark", edited("ark", add), f"{readme}| `Task.seed` | somewhere | Z |\n") == [
        f"{place}add a row for `Task.colour`, which is in {file}",
        f"{place}`ServiceTier` is not in {file}: remove its row, or mend its name",
        f"{place}`ServiceTier default` is not in {file}: remove its row, or mend its name",
        f"{place}`ServiceTier flex` is not in {file}: remove its row, or mend its name",
        f"{place}`Task.seed` has 2 rows; keep one",
        f"{place}the row of `Task.seed` needs a source, and a mark from the table of marks",
    ]
    assert gaps("ark", SPECS["ark"], readme.replace("| V | so sure |\n", ""))[-1] == (
        f"{place}write a table of marks with at least V, ? and own"
    )
    assert gaps("ark", SPECS["ark"], readme.replace("## Ark\n", "## Arc\n")) == [
        "specs/README.md: write a section '## Ark', with rows for all in the spec"
    ]


# House rules: each is here because of what the generator does otherwise


def offences(spec: Spec) -> list[str]:
    """Where a spec breaks a house rule."""
    return [
        *operation_offences(spec),
        *(f"{place}: no description; say what it is" for place in undescribed(spec)),
        *(
            f"{place}: an enum outside components"
            for place, node in walk(spec)
            # An enum that is no component becomes a class with a name made up by the generator.
            if "enum" in node and not re.fullmatch(r"/components/schemas/\w+", place)
        ),
    ]


def undescribed(spec: Spec) -> Iterator[str]:
    """What has no description of its own and does not refer to what has one.

    It would be an argument or a field of the generated code without a word of what it is.
    """
    for operation_id, operation, parameters in operations(spec):
        if not (operation.get("summary") and operation.get("description")):
            yield operation_id
        for parameter in parameters:
            if not {**resolved(spec, parameter["schema"]), **parameter}.get("description"):
                yield f"{operation_id} {parameter['name']}"
        for status, answer in operation["responses"].items():
            if not resolved(spec, answer).get("description"):
                yield f"{operation_id} {status}"
    for name, schema in spec["components"]["schemas"].items():
        if not schema.get("description"):
            yield name
        for key, node in schema.get("properties", {}).items():
            if not {**resolved(spec, node), **node}.get("description"):
                yield f"{name}.{key}"


def operation_offences(spec: Spec) -> Iterator[str]:
    """Where an operation breaks a house rule."""
    declared = {tag["name"] for tag in spec["tags"]}
    times = Counter(operation_id for operation_id, _, _ in operations(spec))
    for operation_id, operation, parameters in operations(spec):
        if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", operation_id) or times[operation_id] > 1:
            yield f"{operation_id}: not a camelCase name of its own"
        # Each tag becomes a package, named as the tag is, and holds a copy of the operation.
        tags = operation.get("tags", [])
        if len(tags) != 1 or not set(tags) <= declared or not "".join(tags).isascii():
            yield f"{operation_id}: not one declared tag in ASCII"
        # The document's own security is ignored when the client's class is chosen.
        schemes = {scheme for need in operation.get("security", ()) for scheme in need}
        if not schemes or not schemes <= spec["components"]["securitySchemes"].keys():
            yield f"{operation_id}: no security of its own"
        # A default is then always sent, where leaving it out was meant.
        for parameter in parameters:
            if parameter["in"] == "query" and "default" in resolved(spec, parameter["schema"]):
                yield f"{operation_id} {parameter['name']}: has a default"
        for status, response in operation["responses"].items():
            for place in closed_enums(spec, resolved(spec, response).get("content", {}), set()):
                yield f"{operation_id} {status}: closed enum at {place}"


def closed_enums(spec: Spec, node: Any, seen: set[str], place: str = "") -> Iterator[str]:
    """Enums in answers that have no bare type beside them.

    One new word would be a ValueError, and the whole answer lost, after the server has acted.
    """
    for below, mapping in walk(node, place):
        bare = {m["type"] for m in mapping.get("anyOf", ()) if m.keys() == {"type"}}
        members = [m for m in mapping.get("anyOf", ()) if "$ref" in m]
        for member in members:
            target = resolved(spec, member)
            if "enum" in target and target["type"] not in bare:
                yield below
        reference = mapping.get("$ref")
        if reference is None or reference in seen:
            continue
        target = resolved(spec, mapping)
        if "enum" not in target:
            seen.add(reference)
            yield from closed_enums(spec, target, seen, reference.rpartition("/")[2])
        elif not re.search(r"/anyOf/\d+$", below):
            yield below


@each_spec
def test_house_rules(name: str) -> None:
    """Each spec keeps the rules without which the generated code would be worse, in silence."""
    assert offences(SPECS[name]) == []


LIST: Final = ("paths", "/contents/generations/tasks", "get")
TASK: Final = ("components", "schemas", "Task", "properties")
STATUS: Final = {"$ref": "#/components/schemas/TaskStatus"}


@pytest.mark.parametrize(
    ("where", "value", "offence"),
    [
        ((*LIST, "operationId"), "list_tasks", "list_tasks: not a camelCase name of its own"),
        ((*LIST, "operationId"), "getTask", "getTask: not a camelCase name of its own"),
        ((*LIST, "tags"), ["任务"], "listTasks: not one declared tag in ASCII"),
        ((*LIST, "tags"), ["tasks", "tasks"], "listTasks: not one declared tag in ASCII"),
        ((*LIST, "security"), [], "listTasks: no security of its own"),
        (
            (*LIST, "parameters", 0, "schema", "default"),
            1,
            "listTasks page_num: has a default",
        ),
        (
            (*TASK, "status"),
            {"anyOf": [STATUS, {"type": "null"}]},
            "getTask 200: closed enum at Task/properties/status",
        ),
        ((*TASK, "status"), STATUS, "listTasks 200: closed enum at Task/properties/status"),
        ((*TASK, "seed"), {"type": "integer"}, "Task.seed: no description; say what it is"),
        (
            (*LIST, "parameters", 0, "schema"),
            {"type": "integer"},
            "listTasks page_num: no description; say what it is",
        ),
        ((*LIST, "description"), "", "listTasks: no description; say what it is"),
        (
            (*TASK, "ratio"),
            {"type": "string", "enum": ["16:9"]},
            "/components/schemas/Task/properties/ratio: an enum outside components",
        ),
    ],
)
def test_an_offence_is_found(where: tuple[str | int, ...], value: object, offence: str) -> None:
    """Each house rule is told by name and place where it is broken."""

    def edit(spec: Spec) -> None:
        node: Any = spec
        for part in where[:-1]:
            node = node[part]
        node[where[-1]] = value

    assert offence in offences(edited("ark", edit))


# generated/ is what the specs give


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of all that specs/generate.py needs, of registered providers alone."""
    for folder in ("specs", "generated"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for path in (tmp_path / "specs").glob("*.openapi.yaml"):
        if path.name.partition(".")[0] not in SPECS:
            path.unlink()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def check(tree: Path) -> tuple[int, list[str]]:
    """The exit status of `generate.py --check` in a tree, and what it says."""
    command = [sys.executable, str(tree / "specs" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # ours
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_differences() -> None:
    """Comparing tells missing, stray and differing files, in both directions, and nothing else."""
    committed = {"same": b"1", "edited": b"1", "stray": b"1"}
    fresh = {"same": b"1", "edited": b"2", "missing": b"1"}
    assert differences(committed, fresh) == [
        "missing: missing",
        "not from the specs: stray",
        "differs: edited",
    ]
    assert differences(fresh, fresh) == []


def test_not_what_the_specs_give(tree: Path) -> None:
    """A file that was edited, removed or added, and one whose spec has changed, are told by name.

    That all is as the specs give it is what `make check` shows.
    """
    models = tree / "generated" / "videotasks_ark" / "models"
    with (models / "task.py").open("a", encoding="utf-8") as file:
        file.write("# by hand\n")
    (models / "task_page.py").unlink()
    (models / "stray.py").touch()
    spec = tree / "specs" / "tensorslab.openapi.yaml"
    before = spec.read_text(encoding="utf-8")
    after = before.replace("description: The prompt.", "description: The text.")
    assert after != before
    spec.write_text(after, encoding="utf-8")
    status, lines = check(tree)
    assert status == 1
    assert {  # and more, where generated/ is out of date
        "missing: videotasks_ark/models/task_page.py",
        "not from the specs: videotasks_ark/models/stray.py",
        "differs: videotasks_ark/models/task.py",
        "differs: videotasks_tensorslab/models/video_task.py",
    } <= set(lines)
    assert lines[-1] == "generate: run `make generate` and commit"


def test_misspelt_option(tree: Path) -> None:
    """An option that the generator doesn't have is refused, since it would be ignored."""
    with (tree / "specs" / "generator.yaml").open("a", encoding="utf-8") as file:
        file.write("docstrings_on_atributes: true\n")
    assert check(tree) == (
        1,
        ["generate: generator.yaml has unknown options: docstrings_on_atributes"],
    )
