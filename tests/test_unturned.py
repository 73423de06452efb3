"""`lint --deep`: conditions of rules that no request turned, of those that were tried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import seatrules
from conftest import TESTS, Golden
from seatrules.analysis.unturned import unturned
from seatrules.cli.deep import deep_problems
from seatrules.loading import read_version
from seatrules.policy.locate import find
from seatrules.render.problems import problems_text
from seatrules.suites import known_states
from test_goals import SUITE

RULE = """  - id: {id}
    actions: [park]
    when: {when}
    require: {require}
    otherwise: {{code: busy, message: {{en: "it is busy", nl: "het is druk"}}}}
    severity: warning
"""
NEVER = (
    RULE.format(id="half-an-hour", when="hours * 2 == 7", require="hours > 1"),
    RULE.format(id="always-met", when="hours > 0", require="hours * hours >= hours"),
    RULE.format(id="never-met", when="hours > 0", require="[hours < 9, hours * 2 == 2 * hours + 1]"),
    RULE.format(id="by-no-choice", when='settings.strictness == "harsh" and hours * 2 == 7', require="hours > 1"),
)
"""What no request can turn, and what is not proved."""
FIVE = "not (lots[lot_name].free == 31 and parked_car.permit_until is not None and parked_car.permit_until > as_of)"
FAR_OFF = (
    RULE.format(id="far", when="hours == 37 and lots[lot_name].free == 2", require='parked_car.kind == "car"'),
    RULE.format(id="on-a-day", when='as_of >= "2026-05-01"', require="count(v for v in visits) < 3"),
    RULE.format(id="nobody", when="parked_car.owner is not None", require='parked_car.owner != "nobody"'),
    RULE.format(id="five-at-once", when="town.closed and hours == 23", require=FIVE),
    RULE.format(id="by-choice", when='settings.strictness == "harsh"', require="hours < 5"),
)
"""What no suite shows, and a request can turn, or another choice of a setting."""


@pytest.fixture
def policy(base_policy: Path) -> Path:
    """The small policy with a suite of two cases."""
    suite = base_policy / "base" / "suites" / "parking.yaml"
    suite.parent.mkdir()
    suite.write_text(SUITE)
    return base_policy


def told(policy: Path, *rules: str) -> str:
    """What is told of the policy with more rules."""
    with (policy / "base" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.writelines(rules)
    engine = seatrules.load(policy)
    known = known_states(engine, policy, "base")
    states = [case.state for case in known.cases]
    found = unturned(
        engine,
        read_version(find(policy), "base"),
        states,
        known.asked,
        under=lambda choices: seatrules.load(policy, settings=choices),
    )
    return problems_text([each.problem for each in found])


def test_what_no_request_turns_is_told(policy: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """What never applies, is always met or never, with how many requests were tried; underlined where it is written."""
    monkeypatch.chdir(policy.parent)
    golden(TESTS / "golden" / "deep" / "unturned.txt", told(Path(policy.name), *NEVER) + "\n")


def test_what_a_request_turns_is_found(policy: Path) -> None:
    """Requests are changed towards it: numbers, days, words, entries and what may be absent, several at once."""
    assert told(policy, *FAR_OFF) == ""


def test_it_is_part_of_deep_lint(policy: Path) -> None:
    """It is told first, as a warning; what comes nearest is written as files, with the choices under which it does."""
    with (policy / "base" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(NEVER[3])
    written = read_version(find(policy), "base")
    problem = next(deep_problems(find(policy), written, {}, policy / "near", None))
    assert (problem.code, problem.severity) == ("unturned", "warning")
    assert "; `seatrules check --policy " in str(problem.help)
    assert " --set strictness=harsh --action " in str(problem.help)
    files = (policy / "near" / f"parking-base-1-unturned.{each}.json" for each in ("action", "state"))
    action, state = (json.loads(each.read_text()) for each in files)
    assert seatrules.load(policy).decide(action, state).allowed
