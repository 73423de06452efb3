"""A made-up policy with what the shipped one lacks: maps in entries, long lists, month ends, two names of one entry."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

import seatrules
from accounts import changed
from conftest import TESTS
from seatrules import cli
from seatrules.suites import Engines, find_suites, read_suite, run_case

ALLOTMENTS = TESTS / "policies" / "allotments"
CASES: list[dict[str, Any]] = yaml.safe_load((TESTS / "cases" / "unvalidated.yaml").read_text(encoding="utf-8"))
EVALUATORS = {name: seatrules.load(ALLOTMENTS, evaluator=name) for name in ("compiled", "interpreter")}
ENGINE = EVALUATORS["compiled"]
SUITE = yaml.safe_load((ALLOTMENTS / "2025-01-01" / "suites" / "gardens.yaml").read_text(encoding="utf-8"))
STATE: dict[str, Any] = SUITE["bases"]["three"]


def test_the_policy_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """The policy has neither errors nor warnings, and its own suites pass."""
    assert cli.run(["lint", "--strict", str(ALLOTMENTS)]) == 0
    assert cli.run(["test", str(ALLOTMENTS)]) == 0
    assert capsys.readouterr().out.endswith(" passed, 0 failed\n")


@pytest.mark.parametrize("case", read_suite(TESTS / "cases" / "crossing.yaml").cases, ids=lambda case: case.id)
def test_a_later_version_asks_for_its_own_state(case: Any) -> None:
    """Where time passes into a later version, the state has to be one of that version's."""
    assert run_case(case, Engines(str(ALLOTMENTS))).differences == ()


@pytest.mark.parametrize("name", list(EVALUATORS))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_what_is_read_is_checked(case: Mapping[str, Any], name: str) -> None:
    """A request is refused for what is wrong in what its action may read, and for nothing else, by either evaluator."""
    state, action, engine = changed(STATE, case.get("with", {})), case["action"], EVALUATORS[name]
    if "error" in case:
        for ask in (engine.decide, engine.allows):
            with pytest.raises(seatrules.RequestError) as raised:
                ask(action, state)
            assert {"code": raised.value.code, "path": raised.value.path} == case["error"]
        return
    decision = engine.decide(action, state)
    assert (decision.decision, list(decision.codes)) == (case["decision"], case.get("codes", []))
    assert engine.allows(action, state) is (case["decision"] == "allow")


def test_the_evaluators_say_the_same_of_every_case() -> None:
    """Every word of the answer to a case is the same, and what is decided may be applied with the same end."""
    cases = [case for path in find_suites(ALLOTMENTS) for case in read_suite(path).cases if not case.steps]
    for case in (each for each in cases if "error" not in each.expect):
        fast, slow = (engine.decide(case.action, copy.deepcopy(case.state)) for engine in EVALUATORS.values())
        assert fast.as_dict() == slow.as_dict()
        if fast.allowed:
            assert ENGINE.apply(fast, case.state) == ENGINE.apply(slow, case.state)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"chair": "nobody"}, {"ada": ["not_chair"]}),
        ({"chair": "cas"}, {"ada": ["not_chair"], "cas": []}),
        ({"chair": "nobody", "board": ["cas"]}, {"ada": ["not_chair"], "cas": ["not_chair", "on_board"]}),
        ({"chair": "nobody", "board": ["ada"]}, {"ada": ["not_chair", "on_board"], "ben": ["not_chair"]}),
        ({"chair": "ben", "board": ["ben"]}, {"ada": ["not_chair"], "ben": ["on_board"]}),
    ],
    ids=str,
)
def test_who_is_named_once_elsewhere_is_like_nobody_else(changes: dict[str, Any], codes: dict[str, Any]) -> None:
    """Of equal entries one is tried for all, but those that stand anywhere else in the state, be it once."""
    holders = {name: {"paid": True} for name in ("ada", "ben", "cas", "dee")}
    state = changed(STATE, {"gardens": {}, "holders": holders, "society": STATE["society"] | changes})
    options = ENGINE.options(state, action="sign").options
    assert {each.action["holder"]: list(each.codes) for each in options} == codes


def test_the_cheaper_remedy_comes_before_the_shorter() -> None:
    """To have a key cut takes one step and money; to fetch the spare one takes two, and is told first."""
    found = ENGINE.remedies({"type": "open_shed"}, STATE, seconds=30)
    told = [[each.cost, *(step.step.action["type"] for step in each.steps)] for each in found.remedies]
    assert told == [
        ["effort", "ask_neighbour", "fetch_spare_key", "open_shed"],
        ["money", "buy_key", "open_shed"],
    ]
