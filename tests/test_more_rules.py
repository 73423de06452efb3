"""Rules that are added, named in an answer, or put in another order."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrules
from asking import PARKING
from seatrules import RequestError

PARK = [
    {"type": "park", "car": car, "lot_name": lot, "hours": 2} for car in ("bus", "mini") for lot in ("north", "south")
]
RULE = """rules:
  - id: {id}
    actions: [park]
    require: {require}
    otherwise: {{code: lorry, message: {{en: no, nl: nee}}}}
"""


@given(
    st.sampled_from(
        ["not town.closed", "town.closed", "lots[lot_name].free > 0", "hours > 2", 'parked_car.kind == "car"']
    ),
    st.sampled_from(["00.yaml", "zz.yaml", "rules/50.yaml"]),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_rule_that_is_added_never_allows_more(base_policy: Path, require: str, name: str) -> None:
    """A further rule, wherever it stands, turns no denial into an allow, and takes no reason away."""
    before = seatrules.load(base_policy)
    path = base_policy / "base" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(RULE.format(id="added", require=require).replace(": no,", ': "no",'))
    after = seatrules.load(base_policy)
    path.unlink()
    for action in PARK:
        first, second = before.decide(action, PARKING), after.decide(action, PARKING)
        assert first.allowed or not second.allowed
        assert set(first.codes) <= set(second.codes)


def test_a_rule_that_is_named_matters(base_policy: Path) -> None:
    """Without a rule that a reason names, the decision or its reasons are others; without any other, the same."""
    path = base_policy / "base" / "rules.yaml"
    whole = path.read_text()
    rules = ["  - id:" + part for part in whole.removeprefix("rules:\n").split("  - id:")[1:]]
    before = seatrules.load(base_policy)
    for dropped in rules:
        path.write_text("rules:\n" + "".join(rule for rule in rules if rule is not dropped))
        after = seatrules.load(base_policy)
        for action in PARK:
            first = before.decide(action, PARKING)
            named = {reason.rule for reason in (*first.reasons, *first.warnings)}
            try:
                second = after.decide(action, PARKING)
                same = (first.decision, first.codes, len(first.warnings)) == (
                    second.decision,
                    second.codes,
                    len(second.warnings),
                )
            except RequestError:  # a lot with a place less than none
                same = False
            assert same is not (dropped.split()[2] in named)


def test_the_order_of_rules_changes_no_verdict(base_policy: Path) -> None:
    """Rules in another order give the same decisions, with the same reasons."""
    path = base_policy / "base" / "rules.yaml"
    rules = path.read_text().removeprefix("rules:\n").split("  - id:")[1:]
    before = seatrules.load(base_policy)
    path.write_text("rules:\n" + "".join("  - id:" + rule for rule in reversed(rules)))
    after = seatrules.load(base_policy)
    for action in PARK:
        first, second = before.decide(action, PARKING), after.decide(action, PARKING)
        assert first.decision == second.decision
        assert sorted(first.codes) == sorted(second.codes)
