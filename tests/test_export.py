"""The export for durable-rules, and what is said where durable-rules itself is not there."""

from __future__ import annotations

import json
from typing import Any

import pytest

import seatrules
from conftest import TESTS
from seatrules import cli
from seatrules.durable import evaluate

LIBRARY = TESTS / "policies" / "library-loans"


@pytest.fixture
def exported(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the command prints of a version of the default policy."""
    assert cli.run(["export", "--to", "durable-rules", "--version", "2024-11-01"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_requirement_is_rules_for_both_sides(exported: dict[str, Any]) -> None:
    """A requirement has rules that say that it holds, and rules that say that it fails."""
    rules = exported["actions"]["add_seats"]["rulesets"]["hubspot-seats 2024-11-01 add_seats"]
    assert rules["asked"] == {"all": [{"m": {"$and": [{"asked": "true"}]}}], "run": "asked"}
    assert {name: rule for name, rule in rules.items() if name.startswith("account-is-set-up-first")} == {
        "account-is-set-up-first holds 1": {
            "all": [{"m": {"$and": [{"seat_types[wanted].paid": "false"}]}}],
            "run": "account-is-set-up-first holds",
        },
        "account-is-set-up-first holds 2": {
            "all": [{"m": {"$and": [{"account.setup_complete": "true"}]}}],
            "run": "account-is-set-up-first holds",
        },
        "account-is-set-up-first fails 1": {
            "all": [
                {"m": {"$and": [{"seat_types[wanted].paid": "true"}, {"account.setup_complete": "false"}]}},
            ],
            "run": "account-is-set-up-first fails",
        },
    }
    assert {"$gte": {"quantity": 1}} in rules["quantity-is-at-least-one holds 1"]["all"][0]["m"]["$and"]


def test_the_export_says_what_is_derived(exported: dict[str, Any]) -> None:
    """What durable-rules can't work out is named, with all that it is computed from."""
    action = exported["actions"]["add_seats"]
    assert action["given"] == {
        "account.created_on": "date",
        "account.migrated": "boolean",
        "account.setup_complete": "boolean",
        "doer.status": "text",
        "quantity": "integer",
    }
    assert action["derived"]["offered(wanted)"] == {"type": "boolean", "expression": "offered(wanted)"}
    assert action["derived"]["seat_types[wanted].paid"]["type"] == "boolean"
    assert action["roles"] == {"doer": "users[actor]", "wanted": "seat_type"}
    assert exported["facts"]["offered"]["given"] == ["t"]
    assert exported["tables"]["seat_types"]["core"]["paid"] is True
    assert exported["cutoffs"] == {"seat_based_pricing": "2024-03-05"}
    assert exported["defaults"]["seats"]["purchased"] == 0
    assert action["codes"]["quantity-is-at-least-one"] == "quantity_invalid"
    fields = {*action["given"], *action["derived"], "asked"}
    read = {
        next(iter(each[operator] if operator.startswith("$") else each))
        for rules in action["rulesets"].values()
        for rule in rules.values()
        for each in rule["all"][0]["m"]["$and"]
        for operator in each
    }
    assert read == fields


def test_every_version_is_exported(capsys: pytest.CaptureFixture[str]) -> None:
    """The version that is named is exported, or the newest one."""
    for options, version in (([], "2025-07-01"), (["--version", "2025-01-01"], "2025-01-01")):
        assert cli.run(["export", "--to", "durable-rules", "--policy", str(LIBRARY), *options]) == 0
        assert json.loads(capsys.readouterr().out)["policy"]["version"] == version


def test_an_export_is_always_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """The same policy and choices are the same bytes; another choice of a setting is another export."""
    texts = []
    for options in ([], [], ["--set", "assigning_needs_permission=true"]):
        assert cli.run(["export", "--to", "durable-rules", *options]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    ("error", "version", "message"),
    [
        (
            ModuleNotFoundError(),
            (3, 12),
            "durable-rules is not installed; install `seatrules[durable]`, which takes a C compiler",
        ),
        (
            ModuleNotFoundError(),
            (3, 13),
            "durable-rules is not installed; it works with CPython 3.11 and 3.12, and this is Python 3.13",
        ),
        (
            ImportError("undefined symbol: PyEval_CallObject"),
            (3, 13),
            "durable-rules can't be imported; it works with CPython 3.11 and 3.12, and this is Python 3.13",
        ),
    ],
)
def test_durable_rules_that_is_not_there_is_said_so(
    error: ImportError,
    version: tuple[int, int],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The evaluator that can't be had is an error of usage, which says what to do."""

    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(evaluate, "import_module", fail)
    monkeypatch.setattr(evaluate, "version_info", version)
    with pytest.raises(seatrules.UsageError) as caught:
        seatrules.load(evaluator="durable")
    assert str(caught.value) == message
    account, action = TESTS / "demo" / "account.yaml", TESTS / "demo" / "buy-seats.yaml"
    assert cli.run(["check", "--state", str(account), "--action", str(action), "--evaluator", "durable"]) == 2
    said, help_text = message.split("; ")
    assert capsys.readouterr().err == f"error[evaluator-missing]: {said}\n  help: {help_text}\n"


def test_an_unknown_evaluator_is_named() -> None:
    """A misspelt evaluator is an error of usage."""
    with pytest.raises(seatrules.UsageError) as caught:
        seatrules.load(evaluator="durabel")  # type: ignore[arg-type]
    assert str(caught.value) == "there is no evaluator `durabel`; did you mean `durable`?"
