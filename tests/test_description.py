"""What a program can ask of a policy that it embeds: versions, settings, actions, codes and JSON Schemas."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

import seatrules
from accounts import ACTION, STATE
from asked import POLICIES, decisions
from asking import engine
from command import LIBRARY, run
from conftest import TESTS
from seatrules import Engine, RequestError
from seatrules.errors import AUDIENCES
from seatrules.language.types import MapOf

CHOSEN = {"core_renewal": "latest"}


def test_a_policy_names_its_versions() -> None:
    """Each with the day from which it decides, and the digest that its decisions have."""
    policy = engine().policy
    assert policy.name == "hubspot-seats"
    assert policy.languages == engine().languages == ("en", "nl")
    assert [(each.version, each.effective_from) for each in policy.versions] == [
        ("2024-11-01", "2024-03-05"),
        ("2025-03-26", "2025-03-26"),
        ("2026-03-27", "2026-03-27"),
    ]
    first = policy.versions[0]
    assert first.policy == engine().decide(ACTION, STATE).policy
    assert first.digest == first.policy.digest
    assert first.title["en"]


@pytest.mark.parametrize(
    ("day", "version"),
    [
        ("2024-03-05", "2024-11-01"),
        ("2025-03-25", "2024-11-01"),
        ("2025-03-26", "2025-03-26"),
        ("2099-01-01", "2026-03-27"),
    ],
)
def test_the_version_of_a_day_is_the_one_in_force(day: str, version: str) -> None:
    """From its first day on, up to the day before that of the next one."""
    assert engine().version(day).version == version


@pytest.mark.parametrize(
    ("day", "code", "message"),
    [
        (
            "2024-03-04",
            "before_first_version",
            "no version of the policy is in force on 2024-03-04: the first is from 2024-03-05",
        ),
        ("2025-02-30", "bad_date", '`2025-02-30` is not the text of a date, as `"2024-11-15"`'),
        (None, "bad_date", '`null` is not the text of a date, as `"2024-11-15"`'),
    ],
)
def test_a_day_of_no_version_is_an_error(day: Any, code: str, message: str) -> None:
    """It says so of the day that was asked for."""
    with pytest.raises(RequestError) as raised:
        engine().version(day)
    (problem,) = raised.value.problems
    assert (problem.code, problem.path, problem.message) == (code, "/day", message)


def test_a_setting_has_a_value_a_default_and_choices() -> None:
    """What it would be if nothing were chosen stays known where something is."""
    settings = seatrules.load(settings=CHOSEN).policy.versions[0].settings
    setting = settings["core_renewal"]
    assert (setting.value, setting.default, setting.choices) == ("latest", "earliest", ("earliest", "latest"))
    assert {
        each.default for name, each in settings.items() if name != "core_renewal" and each.value != each.default
    } == (set())


def test_an_action_has_a_title_and_arguments() -> None:
    """Each argument says whether it is needed, whose key it is, and what its values are."""
    action = engine().version("2025-01-01").actions["assign_seat"]
    assert action.title["nl"]
    assert action.performed_by == "actor"
    assert list(action.arguments) == ["actor", "seat_type", "user"]
    user, seat_type = action.arguments["user"], action.arguments["seat_type"]
    assert (user.required, user.key_of, user.schema) == (True, "/state/users", {"type": "string"})
    assert seat_type.key_of is None
    assert "core" in seat_type.schema["enum"]


def test_an_argument_that_is_a_list_of_keys_says_of_what() -> None:
    """The map is the one of each item; an argument that may be left out is not required."""
    allotments = seatrules.load(TESTS / "policies" / "allotments").policy.versions[-1].actions
    assert allotments["give_seeds_to_several"].arguments["takers"].key_of == "/state/gardens"
    invite = seatrules.load("github-seats").policy.versions[-1].actions["invite"].arguments
    assert (invite["user"].required, invite["user"].key_of) == (False, "/state/users")
    assert invite["user"].schema == {"type": ["string", "null"]}


def test_an_extension_is_part_of_the_description() -> None:
    """What it adds is there, and its name and digest."""
    extended = seatrules.load(extensions=[TESTS / "extensions" / "few-at-once"])
    version = extended.policy.versions[0]
    assert [each.name for each in version.policy.extensions] == ["few-at-once"]
    assert version.codes["reasons"].keys() > engine().policy.versions[0].codes["reasons"].keys()


@pytest.mark.parametrize(
    "policy", [None, LIBRARY, TESTS / "policies" / "allotments"], ids=["default", "library", "allotments"]
)
def test_the_commands_say_the_same(policy: Path | None) -> None:
    """`list` and `schema` print what a program is told."""
    loaded = seatrules.load(policy)
    options = [] if policy is None else ["--policy", str(policy)]
    for language in loaded.languages:
        listed = json.loads(run("list", "--format", "json", "--lang", language, *options).stdout)
        assert listed == loaded.policy.as_dict(language)["versions"]
    newest = loaded.policy.versions[-1]
    printed = json.loads(run("schema", *options).stdout)
    assert printed["state"] == newest.state_schema
    assert printed["action"] == newest.action_schema
    assert printed["decision"] == newest.decision_schema
    assert json.loads(run("schema", "decision", *options).stdout) == newest.decision_schema


def closed(schema: Any) -> Any:
    """A schema that takes no key which it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {key: closed(each) for key, each in schema.items()}
    if not isinstance(schema.get("properties"), dict) or set(schema["properties"]) == {"change"}:
        return inside  # what is billed has keys of the policy's own
    return {"additionalProperties": False, **inside}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_every_decision_is_as_its_schema_says(policy: Path) -> None:
    """Of every case of every suite, to whoever reads it: no key stands there that is not described."""
    validators: dict[Any, Draft202012Validator] = {}
    for asked, decision in decisions(policy):
        key = id(asked.engine), decision.policy.version
        if key not in validators:
            described = next(each for each in asked.engine.policy.versions if each.version == decision.policy.version)
            Draft202012Validator.check_schema(described.decision_schema)
            checker = FormatChecker(["date"])
            validators[key] = Draft202012Validator(closed(described.decision_schema), format_checker=checker)
        for audience in (each for each in AUDIENCES if each != "customer"):
            errors = [*validators[key].iter_errors(decision.as_dict(audience=audience))]
            assert [(error.json_path, error.message) for error in errors] == []


def test_a_decision_that_is_none_is_refused() -> None:
    """The schema can be failed: by what is missing, by a code that is not there, by a wrong type."""
    validator = Draft202012Validator(engine().version(STATE["as_of"]).decision_schema)
    good = engine().decide({**ACTION, "quantity": 0}, STATE).as_dict()
    assert validator.is_valid(good)
    (reason,) = good["reasons"]
    for change in (
        {"decision": "yes"},
        {"billing": 1},
        {"reasons": [{**reason, "code": "none_such"}]},
        {"as_of": None},
    ):
        assert not validator.is_valid({**good, **change})
    for key in ("decision", "reasons", "policy"):
        assert not validator.is_valid({name: value for name, value in good.items() if name != key})


def test_a_description_stays_as_it_is() -> None:
    """It is frozen, what it hands out is one's own, and it is the same in another process."""
    version = engine().version("2025-01-01")
    for schema in (version.state_schema, version.action_schema, version.decision_schema):
        schema.clear()
    version.actions["assign_seat"].arguments["seat_type"].schema.clear()
    assert version.state_schema["required"]
    assert version.actions["assign_seat"].arguments["seat_type"].schema["enum"]
    with pytest.raises(TypeError):
        version.codes["reasons"]["more"] = {}  # type: ignore[index]
    with pytest.raises(AttributeError):
        version.effective_from = "2020-01-01"  # type: ignore[misc]
    for other in (pickle.loads(pickle.dumps(engine().policy)), copy.deepcopy(engine().policy)):
        assert other == engine().policy
        assert other.as_dict("nl") == engine().policy.as_dict("nl")
    again: Engine = pickle.loads(pickle.dumps(engine()))
    assert again.policy == engine().policy


def test_deciding_imports_nothing_that_describes() -> None:
    """A program that only decides starts without it."""
    program = (
        "import json, sys, seatrules; action, state = json.load(sys.stdin); seatrules.load().decide(action, state)"
        ".as_dict(); print([name for name in sys.modules if name.startswith('seatrules.description')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps([ACTION, STATE]), capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_property_has_its_description(base_policy: Path) -> None:
    """The one that stands beside it, else the one of the type that its `$ref` names; the schema has them too."""
    written = base_policy / "base" / "state.schema.yaml"
    text = written.read_text(encoding="utf-8")
    changes = {
        "kind: {enum: [": "kind: {description: What it is., enum: [",
        "owner: {": "owner: {description: Who has it., ",
    }
    for before, after in changes.items():
        text = text.replace(before, after)
    written.write_text(text, encoding="utf-8")
    loaded = seatrules.load(base_policy)
    cars = loaded.programs["base"].state.fields["cars"]
    assert isinstance(cars, MapOf)
    assert cars.entry.descriptions == {"kind": "What it is.", "owner": "Who has it."}
    assert (
        loaded.policy.versions[-1].state_schema["$defs"]["car"]["properties"]["owner"]["description"] == "Who has it."
    )
