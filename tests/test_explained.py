"""An explanation is whole: every operand, and the entries that an `all` fails for or an `any` looked at."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import seatrules
from fuzz.compare import evaluators, load
from fuzz.policies import SMALL_ACTION, SMALL_STATE, write_policy
from seatrules.generated.answers import generate_conditions
from seatrules.generated.function import source_of
from seatrules.language.explained import SHOWN_ENTRIES

TESTS = Path(__file__).parent
CASES: dict[str, Any] = yaml.safe_load((TESTS / "cases" / "explained.yaml").read_text(encoding="utf-8"))
EVALUATORS, _ = evaluators()
BOX = SMALL_STATE["boxes"]["a"]
CODE = {"code": "r0", "message": {"en": "no"}}


def state_with(more: Mapping[str, Any]) -> dict[str, Any]:
    """The usual state with something else; what a box does not say is as in the usual one."""
    state = copy.deepcopy(SMALL_STATE) | copy.deepcopy(dict(more))
    state["boxes"] = {key: BOX | box for key, box in state["boxes"].items()}
    return state


def asked(
    folder: Path, require: str | list[str], state: Mapping[str, Any], when: str | None = None, severity: str = "error"
) -> dict[str, seatrules.Decision]:
    """What each evaluator decides by one rule."""
    rule = {"id": "rule-0", "actions": ["act"], "require": require, "otherwise": CODE}
    rule |= {"when": when} if when else {}
    rule |= {"severity": severity} if severity != "error" else {}
    codes = {"outcomes": {"done": "it is done"}, f"{'reason' if severity == 'error' else severity}s": {"r0": "rule 0"}}
    policy = write_policy({"facts": {}, "rules": [rule], "consequences": [], "codes": codes}, folder)
    return {name: each.decide(SMALL_ACTION, state) for name, each in load(policy, EVALUATORS).items()}


@pytest.mark.parametrize("name", list(CASES))
def test_a_condition_is_explained(tmp_path: Path, no_cache: None, name: str) -> None:
    """Each evaluator explains it so, with the same bytes."""
    case = CASES[name]
    decisions = asked(tmp_path, case["require"], state_with(case.get("state", {})), case.get("when"))
    answers = {evaluator: str(decision.as_dict()) for evaluator, decision in decisions.items()}
    assert len(set(answers.values())) == 1, answers
    condition = decisions["compiled"].as_dict()["reasons"][0]["conditions"][0]
    first = case["require"] if isinstance(case["require"], str) else case["require"][0]
    place = condition.pop("at")
    assert place.startswith("base/rules.yaml:")
    assert condition == {"expression": first, **case["expect"]}
    assert list(condition) == ["expression", "holds", "facts", *(set(condition) & {"operands"}), *_loop_keys(condition)]


def _loop_keys(condition: Mapping[str, Any]) -> list[str]:
    return ["entries", "more"] if "entries" in condition else []


def test_twenty_entries_are_shown_and_the_others_counted(tmp_path: Path, no_cache: None) -> None:
    """Of more entries than can be read, the first are shown, in JSON and in words, with how many are left."""
    state = state_with({"boxes": {f"b{number:02}": {"count": number} for number in range(25)} | {"a": {}}})
    for decision in asked(tmp_path, "all(x.count < 2 for x in boxes)", state).values():
        condition = decision.reasons[0].conditions[0]
        assert condition.entries is not None
        assert [entry.key for entry in condition.entries] == [f"b{number:02}" for number in range(2, 22)]
        assert (len(condition.entries), condition.more) == (SHOWN_ENTRIES, 3)
        assert decision.explain().splitlines()[-3:] == [
            "    b21: x.count = 21",
            "    and 3 more",
            "  base/rules.yaml:1:13  rule-0",
        ]


def test_a_warning_is_explained_as_a_reason_is(tmp_path: Path, no_cache: None) -> None:
    """A warning has the operands and entries that a reason would have."""
    require, state = "n > 5 and all(x.open for x in boxes)", state_with({"boxes": {"a": {"open": False}}})
    reason = asked(tmp_path, require, state)["compiled"].as_dict()["reasons"][0]
    for decision in asked(tmp_path, require, state, severity="warning").values():
        assert decision.allowed
        assert decision.as_dict()["warnings"] == [reason]


def test_a_broken_invariant_is_explained_as_a_reason_is(tmp_path: Path, no_cache: None) -> None:
    """What breaks an invariant is shown by operand and by entry."""
    invariant = {"id": "small-and-open", "require": "n < 1 and all(x.open for x in boxes)", "message": {"en": "no"}}
    policy = write_policy({"facts": {}, "rules": [], "consequences": [], "invariants": [invariant]}, tmp_path)
    state = state_with({"boxes": {"a": {}, "b": {"open": False}}})
    (broken,) = seatrules.load(policy).broken_invariants(state)
    assert broken.as_dict("en")["conditions"] == [
        {
            "expression": "n < 1 and all(x.open for x in boxes)",
            "holds": False,
            "facts": {"n": 1},
            "at": "base/invariants.yaml:1:53",
            "operands": [
                {"expression": "n < 1", "holds": False, "facts": {"n": 1}},
                {"expression": "all(x.open for x in boxes)", "holds": False, "facts": {}}
                | {"entries": [{"key": "b", "facts": {"x.open": False}}], "more": 0},
            ],
        }
    ]


def test_the_generated_functions_explain_by_themselves(tmp_path: Path, no_cache: None) -> None:
    """All that the language has is explained by generated code, which is fast, and not left to the reference."""
    for name, case in CASES.items():
        rule = {"id": "rule-0", "actions": ["act"], "require": case["require"], "otherwise": CODE}
        rule |= {"when": case["when"]} if "when" in case else {}
        policy = write_policy({"facts": {}, "rules": [rule], "consequences": []}, tmp_path)
        program = seatrules.load(policy).programs["base"]
        assert source_of(generate_conditions(program, program.actions["act"].rules[0])), name


def test_what_is_not_known_is_null(tmp_path: Path, no_cache: None) -> None:
    """In partial mode an operand that is not known holds null; that it was looked at makes nothing missing."""
    rule = {"id": "rule-0", "actions": ["act"], "require": "(n > 5 or flag) and k > 5 and name == word"}
    policy = write_policy({"facts": {}, "rules": [rule | {"otherwise": CODE}], "consequences": []}, tmp_path)
    state = {key: value for key, value in SMALL_STATE.items() if key not in ("n", "name")} | {"flag": False}
    decision = seatrules.load(policy).decide(SMALL_ACTION, state, partial=True)
    assert decision.decision == "deny"
    assert [each["holds"] for each in decision.as_dict()["reasons"][0]["conditions"][0]["operands"]] == [
        None,
        False,
        None,
    ]
    assert decision.missing is not None
    assert [missing.as_dict() for missing in decision.missing] == []


def test_who_comes_back_is_told_of_the_seat_that_lacks() -> None:
    """Of two seats kept, the one of which none is left is named, in the message and by its key, in both languages."""
    engine = seatrules.load(settings={"deactivated_counts_as_assigned": False})
    numbers = {"pending_removal": 0, "pending_effective_on": None}
    person = {"status": "active", "permissions": [], "partner_employee": False}
    hubs = [
        {"hub": hub, "tier": "professional", "created_on": "2023-01-10"}
        | {"term_start": "2024-01-10", "renewal_date": "2025-01-10"}
        for hub in ("sales", "service")
    ]
    state = {
        "as_of": "2024-11-15",
        "account": {"kind": "customer", "created_on": "2023-01-10", "migrated": False, "setup_complete": True},
        "subscriptions": hubs,
        "seats": {
            "sales": {"purchased": 5, "assigned": 2, **numbers},
            "service": {"purchased": 1, "assigned": 2, **numbers},
        },
        "users": {
            "ana": person | {"seats": ["sales"], "permissions": ["modify_billing"]},
            "bob": person | {"seats": ["service"]},
            "dee": person | {"seats": ["sales", "service"], "status": "deactivated"},
        },
    }
    action = {"type": "reactivate_user", "actor": "ana", "user": "dee"}
    (reason,) = engine.decide(action, state).reasons
    assert reason.code == "no_seat_available"
    entries = reason.conditions[0].entries
    assert entries is not None
    assert [entry.key for entry in entries] == ["service"]
    assert "a Service Hub seat, of which none is left: 1 bought, 1 assigned" in reason.message("en")
    assert "een Service Hub-seat, waarvan er geen over is: 1 gekocht, 1 toegewezen" in reason.message("nl")
    assert "Sales" not in reason.message("en") + reason.message("nl")
    state["seats"]["sales"]["purchased"] = 1  # type: ignore[index]
    (reason,) = engine.decide(action, state).reasons
    assert "a Sales Hub seat and a Service Hub seat, of which none is left: 2 bought, 2" in reason.message("en")
