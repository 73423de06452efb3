"""An allowed action is applied to a copy of the state that was decided on, and to no other."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from accounts import ACTION, GONE, STATE, changed
from asking import engine
from seatrules import Effect, StaleDecisionError
from seatrules.change.effects import NOTHING, apply_effects


def test_apply_gives_a_new_state() -> None:
    """`apply` gives a state with the effects in it; the one that was given stays, and shares what is unchanged."""
    state = copy.deepcopy(STATE)
    decision = engine().decide(ACTION, state)
    after = engine().apply(decision, state)
    assert state == STATE
    assert after == changed(STATE, {"seats.core.purchased": 7})
    assert after["users"] is state["users"]
    assert after["seats"]["sales"] is state["seats"]["sales"]


def test_apply_gives_a_state_of_ones_own_on_demand() -> None:
    """With `copy`, no part of the new state is one of the old, and neither of what the decision says."""
    state = changed(STATE, {"users.bob.seats": []})
    before = copy.deepcopy(state)
    decision = engine().decide({"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"}, state)
    for after in (engine().apply(decision, state, copy=True), engine().apply(decision, state, copy=True)):
        after["users"]["ana"]["seats"].append("sales")
        after["users"]["bob"]["seats"].append("service")
        assert state == before
    engine().apply(decision, state)["users"]["bob"]["seats"].clear()
    assert [effect.after for effect in decision.effects] == [4, ["core"]]


def test_a_denied_action_can_not_be_applied() -> None:
    """`apply` refuses what was not allowed."""
    decision = engine().decide(changed(ACTION, {"actor": "bob"}), STATE)
    assert decision.decision == "deny"
    with pytest.raises(ValueError, match="allowed"):
        engine().apply(decision, STATE)


def test_a_decision_does_not_follow_the_state() -> None:
    """A decision stays as it is when the caller changes the state afterwards."""
    state = copy.deepcopy(STATE)
    decision = engine().decide(changed(ACTION, {"actor": "bob"}), state)
    before = json.dumps(decision.as_dict())
    state["users"].clear()
    state["account"]["kind"] = "partner"
    assert json.dumps(decision.as_dict()) == before


# What holds for every policy: shown on the small one of tests/wrong/base


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (changed(STATE, {"seats.core.purchased": 7}), "`seats.core.purchased` is not 5"),
        (changed(STATE, {"seats": GONE}), "`seats` is missing"),
        (changed(STATE, {"users.ana": GONE}), "there is no user `ana` in the state"),
    ],
    ids=["changed meanwhile", "gone meanwhile", "who acts is gone meanwhile"],
)
def test_a_decision_is_applied_to_the_state_that_it_is_of(state: Any, said: str) -> None:
    """A state that has changed since is refused, so that nothing is done twice."""
    decision = engine().decide(ACTION, STATE)
    with pytest.raises(StaleDecisionError) as raised:
        engine().apply(decision, state)
    assert str(raised.value) == f"the state is not the one that was decided on: {said}"


def test_events_change_what_the_events_before_them_left() -> None:
    """What an earlier event has put in a place, or moved up to it, is what a later one changes."""
    state = {"map": {"a": {"n": 0}}, "list": [{"n": 0}, {"n": 1}, {"n": 2}]}
    before = copy.deepcopy(state)
    effects = [
        Effect(("map", "a", "n"), 0, 1, "one", turn=1),
        Effect(("map", "a"), {"n": 1}, {"n": 5}, "two", turn=2),
        Effect(("map", "a", "n"), 5, 6, "three", turn=3),
        Effect(("list", 1, "n"), 1, 10, "one", turn=4),
        Effect(("list", 0), {"n": 0}, NOTHING, "two", turn=5),
        Effect(("list", 1, "n"), 2, 20, "three", turn=6),
    ]
    assert apply_effects(effects, state) == {"map": {"a": {"n": 6}}, "list": [{"n": 10}, {"n": 20}]}
    assert state == before
    assert effects[1].after == {"n": 5}


def test_an_effect_with_its_own_value_stays_as_it_is() -> None:
    """Whatever becomes of the list from which its new value was taken."""
    entries = [{"n": 0}]
    effect = Effect(("list",), [], entries, "one").with_own_value
    entries[0]["n"] = 1
    assert effect.after == [{"n": 0}]
