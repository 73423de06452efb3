"""An allowed action is applied to a copy of the state that was decided on, and to no other."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from accounts import ACTION, GONE, STATE, changed
from asking import engine
from seatrules import NotAllowedError


def test_apply_changes_a_copy() -> None:
    """`apply` gives a new state with the effects in it; the state that was given stays as it is."""
    state = copy.deepcopy(STATE)
    decision = engine().decide(ACTION, state)
    after = engine().apply(decision, state)
    assert state == STATE
    assert after == changed(STATE, {"seats.core.purchased": 7})
    after["users"]["ana"]["seats"].append("sales")
    assert state == STATE


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
        (changed(STATE, {"seats": GONE}), "what is changed is not there"),
    ],
    ids=["changed meanwhile", "gone meanwhile"],
)
def test_a_decision_is_applied_to_the_state_that_it_is_of(state: Any, said: str) -> None:
    """A state that has changed since is refused, so that nothing is done twice."""
    decision = engine().decide(ACTION, STATE)
    with pytest.raises(NotAllowedError) as raised:
        engine().apply(decision, state)
    assert str(raised.value) == f"the state is not the one that was decided on: {said}"
