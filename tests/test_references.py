"""References: values of the state that are keys of one of its maps, and what leads along them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

import seatrules
from accounts import GONE, changed
from conftest import TESTS
from seatrules import cli
from seatrules.change.effects import NOTHING, Effect
from seatrules.change.referring import require_references
from seatrules.language.interpret import Interpreter
from seatrules.language.references import part_that_refers, references
from seatrules.suites import find_suites, read_suite

CLUBS = TESTS / "policies" / "clubs"
EVALUATORS = {name: seatrules.load(CLUBS, evaluator=name) for name in ("compiled", "interpreter")}
ENGINE = EVALUATORS["compiled"]
SUITE = yaml.safe_load((CLUBS / "2025-01-01" / "suites" / "references.yaml").read_text(encoding="utf-8"))
STATE: dict[str, Any] = SUITE["bases"]["season"]
LINE_UP = {"type": "line_up", "actor": "ann", "team": "first", "person": "bob"}
DELETE = {"type": "delete_person", "person": "cem"}


def problem(error: seatrules.RequestError) -> tuple[str, str]:
    """The code and the place of the first thing that is wrong."""
    return error.code, error.path


def test_the_policy_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """The policy has neither errors nor warnings, and its own suites pass."""
    assert cli.run(["lint", "--strict", str(CLUBS)]) == 0
    assert cli.run(["test", str(CLUBS)]) == 0
    assert capsys.readouterr().out.endswith(" passed, 0 failed\n")


def test_the_evaluators_say_the_same_of_every_case() -> None:
    """Every word of the answer to a case is the same, or of the error; generated code follows references by itself."""
    by_itself = 0
    for case in (case for path in find_suites(CLUBS) for case in read_suite(path).cases):
        answers = []
        for engine in EVALUATORS.values():
            try:
                answers.append(
                    engine.decide(case.action, copy.deepcopy(case.state), incomplete=case.incomplete).as_dict()
                )
            except seatrules.RequestError as error:
                answers.append(error.as_dict())
        assert answers[0] == answers[1]
        ready = ENGINE.compiled(case.state).action(case.action["type"])
        by_itself += ready.decide(case.action, case.state) is not None
    assert by_itself >= 8


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"teams.first.club": "ajaks"}, "/state/teams/first/club"),
        ({"teams.first.captain": "eve"}, "/state/teams/first/captain"),
        ({"teams.first.players.0": "eve"}, "/state/teams/first/players/0"),
        ({"clubs.lyon.members.eve": {"role": "player", "since": "2025-01-01"}}, "/state/clubs/lyon/members/eve"),
        ({"clubs.lyon.goals.eve": {"scored": 1}}, "/state/clubs/lyon/goals/eve"),
        ({"people.bob": GONE}, "/state/clubs/ajax/members/bob"),
    ],
    ids=str,
)
def test_what_names_no_entry_is_told_by_its_place(changes: Mapping[str, Any], path: str) -> None:
    """`validate` looks at the whole state; the same is wrong in a partial one."""
    state = changed(STATE, changes)
    for partial in (False, True):
        with pytest.raises(seatrules.RequestError) as raised:
            ENGINE.validate(state, partial=partial)
        assert problem(raised.value) == ("unknown_key", path)
    ENGINE.validate(state, incomplete=["/state/people", "/state/clubs"])


@pytest.mark.parametrize("name", list(EVALUATORS))
def test_only_what_an_action_reads_is_checked_as_it_is_decided(name: str) -> None:
    """A reference that no rule of the action reads may lead nowhere, and what it reads may not."""
    engine = EVALUATORS[name]
    assert engine.decide(LINE_UP, changed(STATE, {"teams.youth.club": "ajaks"})).allowed is True
    with pytest.raises(seatrules.RequestError) as raised:
        engine.decide(LINE_UP, changed(STATE, {"teams.first.club": "ajaks"}))
    assert problem(raised.value) == ("unknown_key", "/state/teams/first/club")
    assert "there is no club `ajaks` in the state" in str(raised.value)


@pytest.mark.parametrize("name", list(EVALUATORS))
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"teams.first.captain": "cem"}, "teams.first.captain"),
        ({"teams.youth.players": ["cem"]}, "teams.youth.players.0"),
        ({"clubs.lyon.members.cem": {"role": "player", "since": "2025-01-01"}}, "clubs.lyon.members.cem"),
        ({"clubs.lyon.goals.cem": {"scored": 2}}, "clubs.lyon.goals.cem"),
    ],
    ids=str,
)
def test_an_entry_that_is_named_is_not_taken_away(name: str, changes: Mapping[str, Any], path: str) -> None:
    """What would be left to name nothing is told as an error of the request, wherever it stands."""
    engine = EVALUATORS[name]
    assert engine.decide(DELETE, STATE).allowed
    with pytest.raises(seatrules.RequestError) as raised:
        engine.decide(DELETE, changed(STATE, changes))
    assert problem(raised.value) == ("impossible_change", "/state/" + path.replace(".", "/"))
    assert str(raised.value).endswith(f"`{path}` would refer to the person `cem`, which would not be there")


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("teams.first.captain", None),
        ("teams.first.captain", "ann"),
        ("teams.first", NOTHING),
        ("teams.first.players", []),
    ],
)
def test_what_no_longer_names_an_entry_keeps_it_from_nothing(path: str, after: Any) -> None:
    """Effects happen at once: who is taken away with all that names them is gone."""
    program = ENGINE.program_for(STATE)
    named = {"teams.first.players" if after == [] else "teams.first.captain": ["cem"] if after == [] else "cem"}
    state = changed(STATE, named)
    gone = Effect(("people", "cem"), state["people"]["cem"], NOTHING, "a-person-is-deleted")
    with pytest.raises(seatrules.RequestError):
        require_references([gone], Interpreter({}, state, program.facts), program)
    other = Effect(tuple(path.split(".")), "", after, "the-rest-of-it")
    assert require_references([gone, other], Interpreter({}, state, program.facts), program) == []


@pytest.mark.parametrize("entries", [set(), {"person"}, {"club"}, {"person", "club"}])
def test_what_may_refer_is_all_that_does(entries: set[str]) -> None:
    """The part of the state's type that may name such entries names as many of them as the whole."""
    kind = ENGINE.program_for(STATE).state
    state = changed(STATE, {"teams.youth.players": ["cem", "bob"]})
    part = part_that_refers(kind, entries)
    named = [] if part is None else list(references(part, state))
    assert named == [each for each in references(kind, state) if each.entry in entries]
    assert bool(named) is bool(entries)


def test_a_decision_that_takes_an_entry_away_is_stale_once_it_is_named() -> None:
    """All that may name the entry was read."""
    decision = ENGINE.decide(DELETE, STATE)
    assert ENGINE.still_holds(decision, STATE)
    assert not ENGINE.still_holds(decision, changed(STATE, {"teams.first.captain": "cem"}))
    with pytest.raises(seatrules.StaleDecisionError):
        ENGINE.apply(decision, changed(STATE, {"teams.youth.players": ["cem"]}))


def test_what_may_name_an_entry_is_missing_where_it_is_not_given() -> None:
    """It is not known whether the entry can be taken away: the answer says what would tell, and is not applied.

    What may name an entry of another map tells nothing of it.
    """
    person = {"banned": False, "licence": "none", "seasons": 0}
    state = changed(STATE, {"teams.first.captain": GONE, "teams.first.club": GONE, "people.cem": person})
    decision = ENGINE.decide(DELETE, state, partial=True)
    assert decision.allowed
    assert [each.as_dict() for each in decision.missing or ()] == [
        {"path": "/state/teams/first/captain", "rules": ["a-person-is-deleted"]}
    ]
    with pytest.raises(seatrules.NotAllowedError):
        ENGINE.apply(decision, STATE)


def test_an_entry_that_is_not_there_is_shown_as_absent() -> None:
    """The condition that asks for it is explained, and what stands behind it is left out."""
    decision = ENGINE.decide({**LINE_UP, "actor": "cem"}, STATE)
    (condition,) = decision.reasons[0].as_dict("en")["conditions"]
    assert condition["facts"] == {"mine": None}
    assert [each["expression"] for each in condition["operands"]] == ["mine is not None"]
