"""What a rule makes sure of is known in the outcomes and consequences of the actions that it denies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seatrules
from broken import STATE, build
from seatrules import Engine, PolicyError

RULE = """  - id: a-permit-is-needed
    actions: [park]
    require: parked_car.permit_until is not None and parked_car.owner is not None
    otherwise: {code: lot_full}
"""
USES = {
    "base/outcomes.yaml": {
        '{change: charge, cents: "price_of(parked_car.kind, lot_name)"}': "{change: charge, until: 'add_days("
        "parked_car.permit_until, 1)'}"
    },
    "base/consequences.yaml": {
        "consequences:\n": "consequences:\n  - id: the-permit-is-longer\n    actions: [park]\n"
        "    change: {parked_car.permit_until: 'add_days(parked_car.permit_until, 7)'}\n"
    },
}
PARK = {"type": "park", "car": "a", "lot_name": "north", "hours": 1}
WITH_PERMIT = {"kind": "car", "lots": [], "permit_until": "2025-03-20", "owner": "x"}


def state(**car: Any) -> dict[str, Any]:
    """A state with one car."""
    return {**STATE, "lots": {"north": {"free": 3}}, "cars": {"a": {"kind": "car", "lots": [], **car}}}


def written(folder: Path, rule: str) -> Path:
    """The small policy, whose outcome and consequence read what a rule asks for."""
    build(folder, {"replace": USES, "append": {"base/rules.yaml": rule}})
    return folder / "parking"


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_what_a_rule_asks_for_is_there_where_the_action_is_allowed(evaluator: Any, tmp_path: Path) -> None:
    """The outcome and the consequences read it without asking again."""
    engine = Engine.of([*seatrules.load(written(tmp_path, RULE)).programs.values()], evaluator)
    allowed = engine.decide(PARK, state(permit_until="2025-03-20", owner="x"))
    assert allowed.billing[0]["until"] == "2025-03-21"
    changed = {effect.path: effect.as_dict()["to"] for effect in allowed.effects}
    assert changed["cars.a.permit_until"] == "2025-03-27"
    assert engine.decide(PARK, state()).codes == ("lot_full",)


def test_what_is_denied_for_want_of_it_can_be_planned(tmp_path: Path) -> None:
    """`when`, options and remedies go on, though its consequences can't be computed."""
    engine = seatrules.load(written(tmp_path, RULE))
    assert [stretch.decision for stretch in engine.when(PARK, state(), until="2025-04-01").stretches] == ["deny"]
    assert engine.options(state(), action="park").as_dict()
    assert engine.remedies(PARK, state()).remedies == ()


def test_what_is_not_given_is_not_made_sure_of(tmp_path: Path) -> None:
    """Where a part is not known, the rule is not known to hold, and no outcome is told."""
    engine = seatrules.load(written(tmp_path, RULE))
    answer = engine.decide(PARK, state(owner="x"), partial=True)
    assert (answer.decision, answer.outcome) == ("undetermined", None)


NOT_SURE = {
    "a rule that applies now and then": RULE.replace("    require", "    when: hours > 1\n    require"),
    "a warning": RULE.replace("    actions", "    severity: warning\n    actions").replace("lot_full", "busy"),
    "a rule that begins some day": RULE.replace("    actions", "    effective: {from: 2025-02-01}\n    actions"),
    "a rule that ends some day": RULE.replace("    actions", "    effective: {until: 2026-02-01}\n    actions"),
    "a rule of another action": RULE.replace("[park]", "[leave]").replace("parked_car.", "cars[car]."),
}


@pytest.mark.parametrize("rule", NOT_SURE.values(), ids=list(NOT_SURE))
def test_what_denies_not_always_makes_sure_of_nothing(rule: str, tmp_path: Path) -> None:
    """Then the clause has to ask itself."""
    with pytest.raises(PolicyError) as raised:
        seatrules.load(written(tmp_path, rule))
    told = {(problem.code, problem.message.partition(": ")[0]) for problem in raised.value.problems}
    assert told == {
        ("may-be-absent", "consequence `the-permit-is-longer`"),
        ("may-be-absent", "outcome `it-parks`"),
    }
