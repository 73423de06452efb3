"""What the shipped policy says of an action that it allows, with each choice of the settings that it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

import seatrules
from accounts import STATE, changed
from conftest import TESTS

CASES = yaml.safe_load((TESTS / "cases" / "outcomes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_outcome_says_what_the_settings_make_of_it(case: Mapping[str, Any]) -> None:
    """The message of an allowed action, in every language; the state that it is decided on can be."""
    engine = seatrules.load(settings=case.get("set", {}))
    state = changed(STATE, case.get("with", {}))
    assert engine.broken_invariants(state) == ()
    outcome = engine.decide(case["action"], state).outcome
    assert outcome is not None
    said = (outcome.rule, outcome.message("en"), outcome.message("nl"))
    assert said == (case["rule"], case["en"], case["nl"])
