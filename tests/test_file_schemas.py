"""The folder of JSON Schemas for editors: what it holds, that shipped files name theirs, and that it says each key."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from accounts import ACTION, STATE
from command import run_here
from conftest import TESTS
from seatrules.cli.schema import FILES
from seatrules.compiler.state import StateTypes
from seatrules.decoding import decode
from seatrules.description import keys
from seatrules.description.file_schemas import (
    SHARED,
    described,
    draft_07,
    folder_of_schemas,
    modeline,
    said_of,
    text_of,
)
from seatrules.policy.kinds import _AS_WRITTEN, PARTS
from seatrules.policy.structure import read_value, values
from seatrules.problems import Problems
from seatrules.source import parse

SHIPPED = TESTS.parent / "policies"
FOLDER = TESTS.parent / "docs" / "schemas"
POLICY_FILES = sorted(SHIPPED.rglob("*.yaml"))
MADE = folder_of_schemas(FILES)


def kind_of(path: Path, text: str) -> str:
    """The kind of a shipped file, by its place and its first key."""
    top = re.findall(r"^(\w+):", text, re.M)
    if "suites" in path.relative_to(SHIPPED).parts:
        return "suite"
    fixed = {"policy.yaml": "policy", "index.yaml": "index", "state.schema.yaml": "state-schema"}
    return fixed.get(path.name) or ("table" if "table" in top else top[0])


def test_the_folder_in_the_repository_is_the_one_that_the_command_writes() -> None:
    """`seatrules schema --out docs/schemas` changes nothing."""
    assert {path.name for path in FOLDER.iterdir()} == {*MADE}
    for name, schema in MADE.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text_of(schema), name


@pytest.mark.parametrize("path", POLICY_FILES, ids=lambda path: path.relative_to(SHIPPED).as_posix())
def test_a_shipped_file_names_its_schema(path: Path) -> None:
    """In its first line, by the way to the folder."""
    text = path.read_text(encoding="utf-8")
    way = "/".join([*([".."] * len(path.relative_to(SHIPPED).parts)), "docs/schemas"])
    line = modeline(kind_of(path, text), way)
    assert text.partition("\n")[0] == line
    assert (path.parent / line.partition("$schema=")[2]).is_file()


def whole(schema: Any) -> Any:
    """A schema with what it refers to in the shared file in its place."""
    if isinstance(schema, list):
        return [whole(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if str(schema.get("$ref", "")).startswith(SHARED):
        return MADE[SHARED]["definitions"][schema["$ref"].rpartition("/")[2]]
    return {key: whole(value) for key, value in schema.items()}


def unsaid(schema: Any) -> Any:
    """A schema without what it says to readers."""
    if isinstance(schema, list):
        return [unsaid(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    by_name = {"properties", "definitions"}
    return {
        key: {name: unsaid(each) for name, each in value.items()} if key in by_name else unsaid(value)
        for key, value in schema.items()
        if key not in ("description", "examples", "title") or not isinstance(value, str | list)
    }


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_the_folder_says_what_is_printed(kind: str) -> None:
    """In draft 7, with what several files share in a file of its own."""
    made = {key: value for key, value in MADE[f"{kind}.json"].items() if key not in ("$schema", "$comment")}
    Draft7Validator.check_schema(made)
    printed = json.loads(run_here("schema", kind).stdout)
    printed.pop("$schema")
    assert unsaid(whole(made)) == unsaid(draft_07(printed))


def otherwise(read: Any, printed: Any, path: str = "") -> Iterator[str]:
    """Where a printed schema takes something else than what is read by it.

    What is read as it is written may also be what readers of YAML take for another scalar.
    """
    if isinstance(read, dict) and isinstance(printed, dict):
        ours = {key: value for key, value in read.items() if key not in ("x-as", "x-help")}
        if read.get("x-as") in _AS_WRITTEN:
            kinds = read["type"] if isinstance(read["type"], list) else [read["type"]]
            ours["type"] = [*kinds, *(each for each in ("boolean", "null", "number") if each not in kinds)]
        for key in {**ours, **printed}:
            if key not in ours or key not in printed:
                yield f"{path}/{key}"
            else:
                yield from otherwise(ours[key], printed[key], f"{path}/{key}")
    elif isinstance(read, list) and isinstance(printed, list) and len(read) == len(printed):
        for number, (one, other) in enumerate(zip(read, printed, strict=True)):
            yield from otherwise(one, other, f"{path}/{number}")
    elif read != printed:
        yield path


@cache
def printed_of(kind: str) -> Any:
    printed = unsaid(described(kind, FILES[kind]))
    return {key: value for key, value in printed.items() if key != "$schema"}


@pytest.mark.parametrize("kind", FILES)
def test_what_is_printed_is_what_is_read(kind: str) -> None:
    """Key by key and keyword by keyword: nothing is left out, and nothing is said more narrowly or more widely."""
    assert [*otherwise(FILES[kind], printed_of(kind))] == []


RULE = ("properties", "rules", "items", "else")
BREAKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a key is taken out": lambda rule: rule["properties"].pop("when"),
    "a key is added": lambda rule: rule["properties"].update(more={}),
    "a key has to be there": lambda rule: rule["required"].append("when"),
    "a key need not be there": lambda rule: rule["required"].pop(),
    "other keys may be there": lambda rule: rule.pop("additionalProperties"),
    "another type": lambda rule: rule.update(type="array"),
    "any type": lambda rule: rule.pop("type"),
    "a type is narrowed": lambda rule: rule["properties"]["when"]["type"].pop(),
    "a word is taken out": lambda rule: rule["properties"]["severity"]["enum"].pop(),
    "a word is added": lambda rule: rule["properties"]["severity"]["enum"].append("more"),
    "a pattern is dropped": lambda rule: rule["properties"]["id"].pop("pattern"),
    "none may be there": lambda rule: rule["properties"]["actions"].pop("minItems"),
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS)
def test_another_schema_is_told_from_what_is_read(change: Callable[[dict[str, Any]], object]) -> None:
    """Whatever is changed in that of rules."""
    broken = deepcopy(printed_of("rules"))
    rule = broken
    for step in RULE:
        rule = rule[step]
    change(rule)
    assert all(path.startswith("/" + "/".join(RULE)) for path in otherwise(FILES["rules"], broken))
    assert [*otherwise(FILES["rules"], broken)]


def test_draft_7_says_the_same() -> None:
    """What a key takes with it, and types by names, have other words there."""
    new = {
        "dependentRequired": {"a": ["b"]},
        "properties": {"c": {"$ref": "#/$defs/d"}},
        "$defs": {"d": {"type": "null"}},
    }
    for value in ({"a": 1}, {"a": 1, "b": 2}, {"c": None}, {"c": 1}, {}):
        assert Draft202012Validator(new).is_valid(value) == Draft7Validator(draft_07(new)).is_valid(value)


def keys_of(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key that a schema has, with the names that lead to it."""
    if isinstance(schema, list):
        for each in schema:
            yield from keys_of(each, path)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                for name, inside in value.items():
                    yield (*path, name)
                    yield from keys_of(inside, (*path, name))
            else:
                yield from keys_of(value, path)


def test_every_key_is_described() -> None:
    """And no sentence is left of a key that there is no more."""
    every = {path for kind, schema in FILES.items() for path in keys_of(schema, () if kind in PARTS else (kind,))}
    said = {path: said_of(path) for path in every}
    assert [path for path, text in said.items() if text is None] == []
    left = {*keys.SAYS.values(), *keys.KEYWORDS.values()} - {*said.values()}
    assert left == set()


@pytest.mark.parametrize("kind", FILES)
def test_an_example_is_one(kind: str) -> None:
    """Its own schema takes it, and the reading."""
    schema = described(kind, FILES[kind])
    (example,) = schema["examples"]
    assert [*Draft202012Validator({**schema}).iter_errors(example)] == []
    node, problems = parse(decode(json.dumps(example).encode(), "example")), Problems()
    if kind == "state-schema":
        StateTypes(node, read_value(node, {}, problems), problems)
    else:
        values(node, FILES[kind], problems)
    assert problems.errors == []


def test_a_policy_that_is_named_has_its_own_schemas_there(tmp_path: Path) -> None:
    """Of its states, actions, decisions, requests and steps, which refer to each other."""
    done = run_here("schema", "--policy", "hubspot-seats", "--out", str(tmp_path / "made"), "--format", "json")
    assert done.returncode == 0
    files = json.loads(done.stdout)["files"]
    assert {path.relative_to(tmp_path / "made").as_posix() for path in tmp_path.rglob("*.json")} == {*files}
    own = {name: json.loads((tmp_path / "made" / "hubspot-seats" / name).read_text("utf-8")) for name in OWN}
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT7.create_resource(schema)) for name, schema in own.items()
    )
    for name, (good, bad) in OWN.items():
        Draft7Validator.check_schema(own[name])
        asked = Draft7Validator(own[name], registry=registry)
        assert [*asked.iter_errors(good)] == []
        assert not asked.is_valid(bad)


OWN: dict[str, tuple[Any, Any]] = {
    "state.json": (STATE, {}),
    "action.json": (ACTION, {**ACTION, "more": 1}),
    "request.json": ({"state": STATE, "action": ACTION}, {"state": STATE}),
    "steps.json": ([ACTION, {"at": "2025-01-01"}, {"at": "2025-01-01", "action": ACTION}], [{"on": "2025-01-01"}]),
}


def test_schemas_are_written_again_and_nothing_else_is_replaced(tmp_path: Path) -> None:
    """A file of somebody else's keeps all of them from being written."""
    assert run_here("schema", "--out", str(tmp_path)).returncode == 0
    assert run_here("schema", "--out", str(tmp_path)).stdout.decode() == f"{len(MADE)} files in {tmp_path}\n"
    (tmp_path / "rules.json").write_text("{}", encoding="utf-8")
    (tmp_path / "table.json").unlink()
    done = run_here("schema", "--out", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"error[not-a-schema]: `{tmp_path / 'rules.json'}` is there and is no schema that this command wrote\n"
        "  help: name another folder, or take the file away\n"
    )
    assert not (tmp_path / "table.json").exists()


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    """Something that nobody writes to would be read for ever."""
    os.mkfifo(tmp_path / "rules.json")
    done = run_here("schema", "--out", str(tmp_path))
    assert (done.returncode, done.stdout) == (74, b"")
    assert done.stderr.decode() == f"error: {tmp_path / 'rules.json'}: is not a regular file\n"


@pytest.mark.parametrize("arguments", [("rules", "--out", "x"), ("--out", "")])
def test_a_folder_takes_all_kinds(arguments: tuple[str, ...]) -> None:
    """A kind beside the folder, or no folder, is a wrong use."""
    done = run_here("schema", *arguments)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(
        "error[usage]: `--out` writes the schemas of all kinds: name no kind beside it, and a folder\n"
    )
