"""What messages say: the line of a code where they are not written."""

from __future__ import annotations

from pathlib import Path

import pytest

import seatrules
from broken import STATE, build
from seatrules.engine import EvaluatorName

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
