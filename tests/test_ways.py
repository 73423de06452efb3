"""What does harm, and what a way closes again: of each sentence of docs/remedies.md, ways that are offered and not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import seatrules
from accounts import account
from seatrules.planning.budget import Budget
from seatrules.planning.harm import TakenWay, closing, does_harm
from seatrules.planning.search import RemedySearch
from seatrules.planning.ways import TakenStep

TESTS = Path(__file__).parent
CASES = yaml.safe_load((TESTS / "cases" / "ways.yaml").read_text(encoding="utf-8"))
ENGINES = {
    "hubspot-seats": seatrules.load(),
    "workshop": seatrules.load(TESTS / "policies" / "workshop"),
}
HALL = dict.fromkeys(["hatch", "gate", "lamp", "marked", "power", "guard", "bell", "open"], False)
DONE = dict.fromkeys(["carried", "painted", "sawn", "rung"], 0)
Action = dict[str, Any]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentence"])
def test_ways(case: Mapping[str, Any]) -> None:
    """The ways of a case are offered, or are not, and of both every step is allowed in its turn."""
    engine = ENGINES[case.get("policy", "hubspot-seats")]
    if "bought" in case:
        state, who = account(case["bought"], case["held"], case.get("away", {})), {"actor": "ana"}
    else:
        state, who = {"as_of": "2025-03-01", "hall": HALL | case.get("hall", {}), "done": DONE}, {}
    wish = {**who, **case["wish"]}
    assert not engine.decide(wish, state).allowed
    found = engine.remedies(wish, state, limit=100, seconds=30)
    chosen = [step.choose.among for each in found.remedies for step in each.steps if step.choose]
    alike = {key: among[0] for among in chosen for key in among}
    offered = [[named(action, alike) for action in each.actions] for each in found.remedies]
    for kind in ("offered", "not_offered"):
        for way in case.get(kind, []):
            steps = [wish if step == "WISH" else {**who, **step} for step in way]
            assert taken(engine, steps, state), steps
            assert ([named(step, alike) for step in steps] in offered) == (kind == "offered"), (steps, offered)
            at = len(way) - way[::-1].index("WISH")
            if not case.get("breaks_an_invariant"):
                assert is_clean(RemedySearch(engine, wish, state, None, None, Budget(10_000, 60)), steps, at) == (
                    kind == "offered"
                )
    assert bool(offered) == bool(case["offered"])
    assert [each.code for each in found.unmendable] == case.get("unmendable", [])


def is_clean(search: RemedySearch, steps: list[Action], at: int) -> bool:
    """Whether the steps up to the action that was asked do no harm, and close with the others what they opened."""
    walk = TakenWay(search, tuple(as_taken(search, step) for step in steps[:at]))
    return not does_harm(walk) and [step.action for step in closing(walk)] == steps[at:]


def as_taken(search: RemedySearch, step: Action) -> TakenStep:
    """A step as a search takes it: with those of whom any one will do."""
    groups = search.start.alike.values()
    alike = ((name, group) for name, value in step.items() for group in groups if value in group)
    return TakenStep(step, False, *next(alike, (None, ())))


def named(action: Mapping[str, Any], alike: Mapping[str, str]) -> Action:
    """An action with the first of those who are alike in the place of each of them."""
    return {name: alike.get(value, value) for name, value in action.items()}


def taken(engine: seatrules.Engine, steps: list[Action], state: dict[str, Any]) -> bool:
    """Whether every step is allowed in its turn, of whatever invariants hold in between."""
    for action in steps:
        decision = engine.decide(action, state)
        if not decision.allowed:
            return False
        state = engine.apply(decision, state)
    return True


def test_an_action_comes_to_nothing_beside_the_waits_alone() -> None:
    """After the removal of today took effect, another one that is scheduled to be cancelled comes to nothing."""
    state = account({"core": 5}, {"ana": ["core"], "bob": ["core"]}, {})
    day = state["as_of"]
    state["seats"]["core"] |= {"pending_removal": 2, "pending_effective_on": day}
    wish = {"type": "cancel_scheduled_removal", "actor": "ana", "seat_type": "core"}
    steps = [
        {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 1},
        {"type": "advance_time", "actor": "system", "to": day},
        {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1},
        wish,
    ]
    search = RemedySearch(ENGINES["hubspot-seats"], wish, state, None, None, Budget(10_000, 60))
    walk = TakenWay(search, tuple(as_taken(search, step) for step in steps))
    assert walk.allowed
    assert does_harm(walk)
