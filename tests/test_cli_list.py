"""`seatrules list`, `show` and `schema`: what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

import seatrules
from command import LIBRARY, run
from conftest import TESTS, Golden


def test_list_show_and_schema_as_json() -> None:
    """`list`, `show` and `schema` print JSON that names the versions, the merged policy and the schemas."""
    versions = json.loads(run("list", "--format", "json").stdout)
    assert [version["version"] for version in versions] == ["2024-11-01", "2025-03-26", "2026-03-27"]
    whole = json.loads(run("show", "--format", "json").stdout)
    assert whole["digest"] == versions[-1]["digest"]
    assert "rules" in whole
    dutch = json.loads(run("list", "--format", "json", "--lang", "nl").stdout)
    assert [each[0]["codes"]["reasons"]["no_seat"] for each in (versions, dutch)] == [
        "the user has no seat",
        "de gebruiker heeft geen seat",
    ]
    schema = json.loads(run("schema", "state").stdout)
    assert schema["required"] == ["as_of", "account", "subscriptions", "seats", "users"]
    actions = json.loads(run("schema", "action").stdout)["$defs"]
    assert sorted(actions) == sorted(versions[0]["actions"])


@pytest.mark.parametrize("language", ["en", "nl"])
def test_list_in_words(language: str, base_policy: Path, golden: Golden) -> None:
    """`list` prints what each version names, under headings in the language of the answer."""
    done = run("list", "--policy", str(base_policy), "--lang", language)
    assert (done.returncode, done.stderr) == (0, b"")
    text = re.sub(r"sha256:\w+", "sha256:...", done.stdout.decode())
    golden(TESTS / "golden" / "list" / f"parking.{language}.txt", text)


def test_list_in_a_language_that_only_the_newest_version_speaks() -> None:
    """An earlier version that lacks the language is listed in its own first one."""
    first, *_ = seatrules.load(LIBRARY).policy.versions
    assert [first.nearest(language) for language in ("de", "nl", "de-AT", None)] == ["de", "en", "de", "en"]


def test_show_names_the_choices() -> None:
    """`show` prints what the settings are, as they are chosen."""
    plain, other = run("show", "--format", "json"), run("show", "--set", "core_renewal=latest", "--format", "json")
    assert json.loads(plain.stdout)["chosen"]["core_renewal"] == "earliest"
    assert json.loads(other.stdout)["chosen"]["core_renewal"] == "latest"


@pytest.mark.parametrize(
    "policy", sorted({path.parent for path in (TESTS.parent / "policies").glob("*/[0-9]*")}), ids=lambda path: path.name
)
def test_an_example_of_each_action_is_one(policy: Path) -> None:
    """What `list` shows to copy has every argument that is required, each with a value that it may have."""
    for version in seatrules.load(policy).policy.versions:
        check = Draft202012Validator(version.action_schema, format_checker=FormatChecker())
        for name, action in version.actions.items():
            example = action.example(version.effective_from)
            assert list(check.iter_errors(example)) == []
            assert example.keys() == {"type", *(each for each, a in action.arguments.items() if a.required)}
            assert version.as_dict()["examples"][name] == example
