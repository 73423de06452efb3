"""What messages say: the line of a code where they are not written, and texts that are chosen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import seatrules
from broken import STATE, build
from seatrules import PolicyError
from seatrules.evaluators import EvaluatorName
from seatrules.language.plurals import plural_rule

POLICIES = Path(__file__).parent / "policies"
WITHOUT_MESSAGES = {
    "replace": {
        "base/rules.yaml": {
            '\n      message: {en: "{lot_name} is full", nl: "{lot_name} is vol"}': "",
            '\n      message: {en: "it is busy", nl: "het is druk"}': "",
        },
        "base/outcomes.yaml": {"\n    message: {en: done, nl: klaar}": ""},
        "base/events.yaml": {
            '\n    message: {en: "the permit of {c.id} ran out", nl: "de vergunning van {c.id} is verlopen"}': "",
        },
    }
}


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_what_has_no_message_says_the_line_of_its_code(evaluator: EvaluatorName, tmp_path: Path) -> None:
    """A reason, a warning, an outcome and an event, in every language, also where the line is one text for all."""
    build(tmp_path, WITHOUT_MESSAGES)
    engine = seatrules.Engine.of(seatrules.load(tmp_path / "parking").programs, evaluator)
    state = {**STATE, "as_of": "2025-01-15", "lots": {"north": {"free": 1}}}
    state["cars"] = {"a": {"kind": "car", "lots": [], "permit_until": "2025-02-01"}}
    parked = engine.decide({"type": "park", "car": "a", "lot_name": "north", "hours": 1}, state)
    assert [warning.message("nl") for warning in parked.warnings] == ["the lot is nearly full"]
    denied = engine.decide({"type": "park", "car": "a", "lot_name": "south", "hours": 1}, state)
    assert [reason.message("nl") for reason in denied.reasons] == ["er is geen plaats vrij"]
    assert denied.reasons[0].as_dict("en")["message"] == denied.reasons[0].line("en") == "no place is free"
    left = engine.decide({"type": "leave", "car": "a", "lot_name": "south"}, state)
    assert left.outcome is not None
    assert left.outcome.message("nl") == "a car left"
    waited = engine.decide({"type": "wait", "to": "2025-03-01"}, state)
    assert waited.outcome is not None
    assert waited.outcome.message("en") == "a permit ran out"


WITH_PLURALS = {
    "replace": {
        "base/outcomes.yaml": {
            '"parked for {hours} hours"': '"parked for {hours, plural, one {an hour} other {# hours}}"',
            '"geparkeerd voor {hours} uur"': (
                '"geparkeerd op {lot_name, select, north {noord} south {zuid}}, {hours, plural, one {#} other {#}} uur"'
            ),
        }
    }
}
PARK = {"type": "park", "car": "a", "lot_name": "north", "hours": 1}
FREE = {**STATE, "lots": {"north": {"free": 2}}}


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
@pytest.mark.parametrize(("hours", "said"), [(1, "parked for an hour"), (2, "parked for 2 hours")])
def test_a_message_chooses_its_words(evaluator: seatrules.EvaluatorName, hours: int, said: str, tmp_path: Path) -> None:
    """By the number's form in the message's own language, and by a word, whatever evaluates it."""
    build(tmp_path, WITH_PLURALS)
    engine = seatrules.Engine.of(seatrules.load(tmp_path / "parking").programs, evaluator)
    outcome = engine.decide({**PARK, "hours": hours}, FREE).outcome
    assert outcome is not None
    assert outcome.message("en") == said
    assert outcome.message("nl") == f"geparkeerd op noord, {hours} uur"


def test_deciding_opens_and_imports_nothing_for_a_plural(tmp_path: Path) -> None:
    """Its rule is part of the compiled policy; one that has no plural does not even import the rules to be compiled."""
    build(tmp_path, WITH_PLURALS)
    lines = """
import json, sys, seatrules
action, state, folder, plain = json.load(sys.stdin)
seatrules.load(plain)
print("babel" in sys.modules)
engine = seatrules.load(folder)
engine.decide(action, state).as_dict()
touched = []
sys.addaudithook(lambda event, args: touched.append(args) if event in ("open", "import") else None)
decision = engine.decide({**action, "hours": 5}, state)
print(decision.outcome.message("en"), decision.outcome.message("nl"), touched)
"""
    given = json.dumps([PARK, FREE, str(tmp_path / "parking"), str(POLICIES / "clubs")])
    done = subprocess.run([sys.executable, "-c", lines], input=given, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\nparked for 5 hours geparkeerd op noord, 5 uur []\n", "")


def test_without_the_rules_of_plurals_a_policy_that_needs_them_does_not_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is not installed; a policy without plurals loads all the same."""
    monkeypatch.setitem(sys.modules, "babel", None)
    monkeypatch.setenv("SEATRULES_CACHE", "")
    plural_rule.cache_clear()
    seatrules.load(POLICIES / "clubs")
    build(tmp_path, WITH_PLURALS)
    with pytest.raises(PolicyError) as raised:
        seatrules.load(tmp_path / "parking")
    assert {problem.code for problem in raised.value.problems} == {"no-plural-rules"}
    assert raised.value.problems[0].help == "install it: `pip install babel`"
