"""The generated functions can be read: `show --code` prints them, and a traceback shows their lines."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Any

import pytest

import seatrules
from conftest import TESTS, Golden
from faults import Fault
from seatrules import cli
from seatrules.generated.reading import MOST_DAYS, known_days
from seatrules.language.days import add_days
from test_versions import STATE

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


def test_days_are_known_by_their_text_and_not_without_end() -> None:
    """What is no day is never known as one, and of many days not all are kept."""
    days, is_day = known_days()
    assert [is_day(text) for text in ("2025-02-28", "2025-02-29", "2025-W01-1", "20250228")] == [True, *[False] * 3]
    assert days == {"2025-02-28"}
    for count in range(MOST_DAYS):
        assert is_day(add_days("2020-01-01", count))
    assert 0 < len(days) <= MOST_DAYS


def test_a_traceback_shows_the_lines_of_generated_code(parking: Path) -> None:
    """What goes wrong in a generated function is seen where it does."""
    engine = seatrules.load(parking)
    ready = engine.compiled({"as_of": "2025-03-01"}).single("park")
    try:
        ready.allowed_function({"type": "park", "lot_name": "north"}, {})
    except KeyError:
        lines = traceback.format_exc().splitlines()
    assert any('/park_allowed.py"' in line for line in lines)
    assert any("state['lots']" in line for line in lines)


@pytest.mark.parametrize("ask", ["decide", "allows"])
@pytest.mark.parametrize(
    ("place", "fault"),
    [("Writer.prepared", lambda _: []), ("Writer.settled", lambda *_: [][0])],
    ids=["a name that is not there", "an error while it is written"],
)
def test_a_fault_of_generated_code_is_seen(
    ask: str, place: str, fault: Any, parking: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference would decide as well, and no test would miss the function."""
    monkeypatch.setattr(f"seatrules.generated.code.{place}", fault)
    engine = seatrules.load(parking)
    with pytest.raises(Fault):
        getattr(engine, ask)({"type": "park", "car": "bus", "lot_name": "south", "hours": 2}, STATE)
