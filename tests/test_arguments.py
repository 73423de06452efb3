"""Arguments that are lists: every item is checked as a single value would be, by every evaluator."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

import seatrules
from broken import STATE
from seatrules.generated.verdict import generate

ACTIONS = """
  tow:
    title: {en: Tow, nl: Wegslepen}
    arguments: {chosen: list of car_id, hours: list of count, days: "list of date?", places: list of lot}
"""
RULES = """
  - id: not-twice
    actions: [tow]
    require:
      - all(h > 0 for h in hours)
      - days is None or all(d >= as_of for d in days)
      - '"south" not in places and all(cars[c].kind == "car" for c in chosen)'
    otherwise:
      code: lot_full
      message: {en: "no", nl: nee}
"""
OUTCOMES = """
  - id: towed
    code: parked
    actions: [tow]
    message: {en: towed, nl: weggesleept}
"""
TOW: dict[str, Any] = {"type": "tow", "chosen": ["a"], "hours": [1], "days": None, "places": ["north"]}
WRONG = {
    "no list": ({"hours": "abc"}, "wrong_type", "/action/hours"),
    "a key that is not there": ({"chosen": ["a", "c"]}, "unknown_key", "/action/chosen/1"),
    "an item of another type": ({"hours": [1, True]}, "wrong_type", "/action/hours/1"),
    "a number out of its bounds": ({"hours": [-1]}, "out_of_range", "/action/hours/0"),
    "a day that there is not": ({"days": ["2025-03-01", "2025-02-30"]}, "bad_date", "/action/days/1"),
    "a word of no enum": ({"places": ["nort"]}, "unknown_word", "/action/places/0"),
    "null among the items": ({"places": [None]}, "wrong_type", "/action/places/0"),
    "null in the place of the list": ({"places": None}, "wrong_type", "/action/places"),
}


@pytest.fixture
def engine(base_policy: Path) -> seatrules.Engine:
    for name, text in (("actions", ACTIONS), ("rules", RULES), ("outcomes", OUTCOMES)):
        with (base_policy / "base" / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(text)
    return seatrules.load(base_policy)


@pytest.mark.parametrize(("given", "code", "path"), WRONG.values(), ids=list(WRONG))
@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_each_item_is_checked(
    engine: seatrules.Engine, evaluator: seatrules.EvaluatorName, given: dict[str, Any], code: str, path: str
) -> None:
    """What is wrong with an item is an error of the request, at its place."""
    with pytest.raises(seatrules.RequestError) as caught:
        seatrules.Engine.of(engine.programs.values(), evaluator).decide({**TOW, **given}, STATE)
    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({}, "allow"),
        ({"chosen": [], "hours": [], "days": [], "places": []}, "allow"),
        ({"chosen": ["a", "b"]}, "deny"),
        ({"hours": [1, 0]}, "deny"),
        ({"days": ["2025-03-01", "2025-02-28"]}, "deny"),
        ({"places": ["south", "south"]}, "deny"),
    ],
)
def test_lists_are_decided_alike(engine: seatrules.Engine, given: dict[str, Any], verdict: str) -> None:
    """The generated function decides them, and says what the reference says."""
    action, program = {**TOW, **given}, engine.programs["base"]
    assert generate(program, program.actions["tow"])(action, STATE) is not None
    decisions = [seatrules.Engine.of([program], name).decide(action, STATE) for name in ("compiled", "interpreter")]
    assert [each.decision for each in decisions] == [verdict, verdict]
    assert decisions[0].as_dict() == decisions[1].as_dict()
    assert engine.allows(action, STATE) is (verdict == "allow")


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_what_changes_later_changes_no_answer(engine: seatrules.Engine, evaluator: seatrules.EvaluatorName) -> None:
    """A decision keeps its own copy of the action, and of what was read of the state: it is known to be of another."""
    engine = seatrules.Engine.of(engine.programs.values(), evaluator)
    for given in ({"hours": [0]}, {}):
        action, state = copy.deepcopy({**TOW, **given}), copy.deepcopy(STATE)
        decision = engine.decide(action, state)
        was = engine.decide({**TOW, **given}, STATE)
        action["hours"].append(1)
        state["cars"]["a"]["kind"] = "lorry"
        assert (decision.action, decision.as_dict()) == (was.action, was.as_dict())
        assert decision.reads == was.reads
        assert engine.still_holds(decision, STATE)
        assert not engine.still_holds(decision, state)


def test_a_list_that_changes_later_changes_no_explanation(engine: seatrules.Engine) -> None:
    """A decision keeps its own copy of what was read of the action."""
    action = copy.deepcopy({**TOW, "hours": [0]})
    decision = engine.decide(action, STATE)
    action["hours"].append(1)
    assert decision.reasons[0].conditions[0].facts == {"hours": [0]}
