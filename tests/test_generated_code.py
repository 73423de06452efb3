"""The generated functions can be read: `show --code` prints them, and a traceback shows their lines."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest

import seatrules
from conftest import TESTS, Golden
from seatrules import cli

SHOWN = TESTS / "golden" / "show"


@pytest.fixture
def parking(base_policy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(base_policy.parent)
    return base_policy


@pytest.mark.usefixtures("parking")
@pytest.mark.parametrize("action", ["park", "wait"])
def test_the_functions_of_an_action_are_shown(action: str, capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    """The one that gives the verdict, and the one that says what an allowed action does."""
    assert cli.run(["show", "--policy", "parking", "--code", action]) == 0
    golden(SHOWN / f"{action}.txt", capsys.readouterr().out)


@pytest.mark.usefixtures("parking")
def test_the_functions_of_an_action_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same code, in one text."""
    assert cli.run(["show", "--policy", "parking", "--code", "park", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["action"] == "park"
    assert f"{shown['code'].rstrip()}\n" == (SHOWN / "park.txt").read_text(encoding="utf-8")


@pytest.mark.usefixtures("parking")
def test_an_action_that_there_is_not_has_no_code(capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the nearest action."""
    assert cli.run(["show", "--policy", "parking", "--code", "parc"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "error[unknown-action]: there is no action `parc`\n  help: did you mean `park`?\n",
    )


def test_what_the_reference_decides_alone_is_said(parking: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no function can be generated, that is what is shown."""
    with (parking / "base" / "consequences.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "  - id: all-come-free\n    actions: [park]\n    for: c in cars\n    change: {town.closed: 'True'}\n"
        )
    assert cli.run(["show", "--policy", "parking", "--code", "park"]) == 0
    assert "return None" in capsys.readouterr().out
    more = "min(1, " * 40 + "hours" + ")" * 40
    rules = parking / "base" / "rules.yaml"
    facts = parking / "base" / "facts.yaml"
    facts.write_text(
        facts.read_text() + f"  nested:\n    given: {{q: integer}}\n    is: {more.replace('hours', 'q')}\n"
    )
    rules.write_text(rules.read_text().replace("has_place(lot_name)", "nested(" * 8 + "hours" + ")" * 8 + " > 0"))
    assert cli.run(["show", "--policy", "parking", "--code", "park"]) == 0
    assert "# park: no function is generated, the interpreter decides it\n" in capsys.readouterr().out


def test_a_traceback_shows_the_lines_of_generated_code(parking: Path) -> None:
    """What goes wrong in a generated function is seen where it does."""
    engine = seatrules.load(parking)
    ready = engine.compiled({"as_of": "2025-03-01"}).action("park")
    try:
        ready.allowed_function({"type": "park", "lot_name": "north"}, {})
    except KeyError:
        lines = traceback.format_exc().splitlines()
    assert any('/park_allowed.py"' in line for line in lines)
    assert any("state['lots']" in line for line in lines)
