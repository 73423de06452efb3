"""States that break an invariant: an error where it is one, a warning in the answer where it is none."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import STATE, changed
from asking import PARKING
from broken import build
from command import DENIED, run, written
from conftest import TESTS, Golden
from seatrules import Engine, RequestError, cli
from seatrules.suites import known_states

ENGINE = seatrules.load()
IMPOSSIBLE = changed(STATE, {"seats.core.assigned": 0, "users.bob.seats": ["sales", "core"]})
ASSIGN = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "r\u00e9ne"}
HELD = "no-more-users-hold-a-seat-than-are-assigned"
PARK = {"type": "park", "car": "mini", "lot_name": "south", "hours": 2}
INVARIANTS = """invariants:
  - id: a-closed-town-has-no-cars
    severity: warning
    for: c in cars
    when: town.closed
    require: c.kind == "lorry" and len(c.lots) == 0
    message: {en: "{c.id} is in a closed town", nl: "{c.id} is in een dichte stad"}
  - id: a-lot-is-no-desert
    severity: error
    require: lots["north"].free < 100
    message: {en: "too many places", nl: "te veel plaatsen"}
  - id: visits-are-kept
    require: [len(visits) < 3, len(visits) >= len(old.visits)]
    message: {en: "a visit is lost", nl: "een bezoek is verdwenen"}
"""
CLOSED = changed(PARKING, {"town.closed": True})
WARNING = {
    "rule": "a-closed-town-has-no-cars",
    "message": "mini is in a closed town",
    "at": "base/invariants.yaml:2:5",
    "conditions": [
        {
            "expression": 'c.kind == "lorry" and len(c.lots) == 0',
            "holds": False,
            "facts": {"c.kind": "car"},
            "at": "base/invariants.yaml:6:14",
            "operands": [
                {"expression": 'c.kind == "lorry"', "holds": False, "facts": {"c.kind": "car"}},
                {"expression": "len(c.lots) == 0", "holds": True, "facts": {"c.lots": []}},
            ],
        }
    ],
    "cites": [],
    "severity": "warning",
    "path": "/state/cars/mini",
}


@pytest.fixture
def parking(tmp_path: Path, no_cache: None) -> Path:
    """The small policy with an invariant of each severity, and one of a step."""
    build(tmp_path, {"write": {"base/invariants.yaml": INVARIANTS}})
    return tmp_path / "parking"


ASKING: dict[str, Callable[[Engine, Any, bool], Any]] = {
    "validate": lambda engine, state, invariants: engine.validate(state, invariants=invariants),
    "validate partial": lambda engine, state, invariants: engine.validate(state, partial=True, invariants=invariants),
    "simulate": lambda engine, state, invariants: engine.simulate([ASSIGN], state, invariants=invariants),
    "remedies": lambda engine, state, invariants: engine.remedies(ASSIGN, state, invariants=invariants),
    "options": lambda engine, state, invariants: engine.options(state, action="add_seats", invariants=invariants),
    "when": lambda engine, state, invariants: engine.when(ASSIGN, state, invariants=invariants),
}


@pytest.mark.parametrize("name", ASKING)
def test_what_decides_on_a_whole_state_refuses_an_impossible_one(name: str) -> None:
    """Each names the invariant, its place and the values; without invariants it goes on, and says so."""
    with pytest.raises(RequestError) as raised:
        ASKING[name](ENGINE, IMPOSSIBLE, True)
    (problem,) = raised.value.as_dict()["error"]["problems"]
    assert re.fullmatch(r"2024-11-01/invariants\.yaml:\d+:5", problem.pop("at"))
    assert problem == {
        "code": "broken_invariant",
        "message": "2 of the users listed have a core seat, and 0 are assigned",
        "path": "/state",
        "allowed": [],
        "suggestion": "correct the state, or have its invariants not checked: `--no-invariants`, `invariants=False`",
        "rule": HELD,
        "values": {"t.id": "core", "holders(t.id)": 2, "seats[t.id].assigned": 0},
    }
    answer = ASKING[name](ENGINE, IMPOSSIBLE, False)
    assert answer.as_dict("en")["invariants_checked"] is False
    assert "invariants_checked" not in ASKING[name](ENGINE, STATE, True).as_dict("en")


def test_deciding_asks_no_invariant() -> None:
    """`decide` and `allows` answer at once, on the part of the state that the action reads."""
    assert ENGINE.decide(ASSIGN, IMPOSSIBLE).allowed
    assert ENGINE.allows(ASSIGN, IMPOSSIBLE)


COMMANDS = {
    "check": ["check", "--action", json.dumps(ASSIGN)],
    "check --remedies": ["check", "--action", DENIED, "--remedies"],
    "check --partial": ["check", "--action", json.dumps(ASSIGN), "--partial"],
    "can": ["can", "--action", "add_seats"],
    "when": ["when", "--action", json.dumps(ASSIGN)],
    "simulate": ["simulate", "--steps", json.dumps([ASSIGN])],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_commands_refuse_an_impossible_state(command: list[str], tmp_path: Path) -> None:
    """Each ends with 65; with `--no-invariants` it goes on, and says so in words and as JSON."""
    given = [*command, "--state", written(tmp_path / "state.json", IMPOSSIBLE)]
    done = run(*given)
    assert (done.returncode, done.stdout) == (65, b"")
    assert done.stderr.startswith(b"error[broken_invariant]: /state: 2 of the users listed have a core seat")
    done = run(*given, "--no-invariants")
    assert done.returncode in (0, 3)
    assert b"the invariants of the state were not checked\n" in done.stdout
    assert json.loads(run(*given, "--no-invariants", "--format", "json").stdout)["invariants_checked"] is False


@pytest.mark.parametrize("language", ["en", "nl"])
def test_an_impossible_state_in_words(language: str, tmp_path: Path, golden: Golden) -> None:
    """What is broken is said in the language asked for, with the values seen, the place and the id."""
    state = changed(IMPOSSIBLE, {"users.ana.status": "removed", "seats.sales.pending_removal": 1})
    path = written(tmp_path / "state.json", state)
    done = run("check", "--state", path, "--action", json.dumps(ASSIGN), "--lang", language)
    assert (done.returncode, done.stdout) == (65, b"")
    golden(TESTS / "golden" / "states" / f"impossible.{language}.txt", done.stderr.decode().replace(path, "state.json"))


def test_a_stream_goes_on_behind_an_impossible_state(tmp_path: Path) -> None:
    """Of a stream, the line is an error in the language asked for; without invariants it is a decision that says so."""
    lines = [json.dumps({"state": state, "action": ASSIGN}) for state in (IMPOSSIBLE, STATE)]
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("check", "--requests", str(path), "--lang", "nl")
    refused, decided = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 65
    assert (refused["error"]["code"], refused["error"]["rule"]) == ("broken_invariant", HELD)
    assert refused["error"]["message"].startswith("2 van de genoemde gebruikers hebben een core seat")
    assert (decided["decision"], decided.get("invariants_checked")) == ("allow", None)
    done = run("check", "--requests", str(path), "--no-invariants")
    answers = list(map(json.loads, done.stdout.splitlines()))
    assert done.returncode == 0
    assert [(each["decision"], each["invariants_checked"]) for each in answers] == [("allow", False)] * 2


def test_a_user_is_told_of_an_impossible_state_and_of_nobody(tmp_path: Path) -> None:
    """To a user, however many invariants are broken, the state can't be as it is given: nothing is named or counted."""
    state = changed(IMPOSSIBLE, {"users.ana.status": "removed", "users.bob.status": "removed"})
    path = written(tmp_path / "state.json", state)
    given = ["check", "--state", path, "--action", json.dumps(ASSIGN), "--format", "json"]
    told: dict[str, Any] = {
        "code": "broken_invariant",
        "message": "the state can't be as it is given",
        "path": "/state",
        "allowed": [],
        "suggestion": None,
    }
    assert json.loads(run(*given, "--audience", "user").stderr) == {"error": {**told, "problems": [told]}}
    said = run(*given[:-2], "--audience", "user").stderr
    assert said == b"error[broken_invariant]: /state: the state can't be as it is given\n"
    to_admin = json.loads(run(*given, "--audience", "admin").stderr)["error"]["problems"]
    assert [each["at"] for each in to_admin] == [None] * 3


def test_an_error_that_names_an_invariant_can_be_pickled() -> None:
    """A process of its own hands it on whole."""
    with pytest.raises(RequestError) as raised:
        ENGINE.validate(IMPOSSIBLE)
    assert pickle.loads(pickle.dumps(raised.value)).as_dict() == raised.value.as_dict()


def test_what_is_not_given_makes_no_partial_state_impossible() -> None:
    """Partial mode refuses what is certainly impossible, and nothing that depends on what is not given."""
    certain = {"as_of": "2024-11-15", "seats": {"core": {"purchased": 1, "assigned": 2}}}
    with pytest.raises(RequestError) as raised:
        ENGINE.validate(certain, partial=True)
    assert [problem.invariant and problem.invariant.rule for problem in raised.value.problems] == [
        "no-more-seats-are-assigned-than-bought"
    ]
    for open_state in (
        {"as_of": "2024-11-15"},
        {"as_of": "2024-11-15", "seats": {"core": {"assigned": 2}}},
        {"as_of": "2024-11-15", "seats": {"core": {"assigned": 1}}, "users": {"ana": {"seats": ["core"]}, "bob": {}}},
    ):
        assert ENGINE.validate(open_state, partial=True).as_dict("en") == {}


def test_a_step_that_breaks_nothing_more_is_no_finding(parking: Path) -> None:
    """Without invariants, what the given state breaks stops no step; what a step breaks besides is still found."""
    engine, leave = seatrules.load(parking), {"type": "leave", "car": "mini", "lot_name": "north"}
    timeline = engine.simulate([leave, leave], changed(PARKING, {"lots.north.free": 100}), invariants=False)
    assert (timeline.allowed, list(timeline.broken)) == (True, [])
    timeline = engine.simulate([leave, leave], changed(PARKING, {"lots.north.free": 99}), invariants=False)
    assert [(step.number, broken.rule) for step, broken in timeline.broken] == [(1, "a-lot-is-no-desert")]
    assert timeline.left == 1


def test_a_broken_warning_stands_in_the_answer(parking: Path) -> None:
    """A state that breaks a warning is decided on, and each answer says so; where none is broken, nothing."""
    engine = seatrules.load(parking)
    checked = engine.validate(CLOSED)
    assert checked.as_dict("en") == {"state_warnings": [WARNING]}
    decision = engine.decide(PARK, CLOSED)
    assert decision.as_dict(checked=checked) == decision.as_dict() | checked.as_dict("en")
    answers: list[Any] = [
        engine.options(CLOSED),
        engine.when(PARK, CLOSED),
        engine.simulate([PARK], CLOSED),
        engine.remedies(PARK, CLOSED),
    ]
    assert [each.as_dict("en").get("state_warnings") for each in answers] == [[WARNING]] * 4
    assert engine.simulate([PARK], CLOSED).steps[0].as_dict("en")["state_warnings"] == [WARNING]
    assert engine.simulate([PARK], CLOSED).allowed
    assert engine.validate(PARKING).as_dict("en") == {}
    assert "state_warnings" not in engine.simulate([PARK], PARKING).steps[0].as_dict("en")
    assert checked.as_dict("en", audience="user") == {}
    assert "at" in checked.as_dict("en", audience="admin")["state_warnings"][0]


def test_a_broken_warning_in_words(parking: Path, tmp_path: Path, golden: Golden) -> None:
    """`check`, `can`, `when` and `simulate` end with what the state breaks, in the language asked for."""
    state = written(tmp_path / "state.json", CLOSED)
    shown = []
    for command in (
        ["check", "--action", json.dumps(PARK)],
        ["can", "--action", "leave"],
        ["when", "--action", json.dumps(PARK)],
        ["simulate", "--steps", json.dumps([PARK])],
    ):
        done = run(*command, "--policy", str(parking), "--state", state, "--lang", "nl")
        assert done.stderr == b""
        shown.append(f"$ {command[0]}\n{done.stdout.decode()}")
    golden(TESTS / "golden" / "states" / "warning.nl.txt", "\n".join(shown))
    told = run(
        "check", "--policy", str(parking), "--state", state, "--action", json.dumps(PARK), "--audience", "user"
    ).stdout
    assert b"mini" not in told


def test_an_error_is_the_default_and_a_step_is_not_asked_of_a_state(parking: Path) -> None:
    """An invariant without a severity is an error; one that compares with the state before is asked after a step."""
    engine = seatrules.load(parking)
    program = engine.programs["base"]
    assert [(each.id, each.severity) for each in program.invariants] == [
        ("a-closed-town-has-no-cars", "warning"),
        ("a-lot-is-no-desert", "error"),
        ("visits-are-kept", "error"),
    ]
    of_state = program.state_invariants[-1]
    assert (of_state.id, [expr.text for expr, _ in of_state.require]) == ("visits-are-kept", ["len(visits) < 3"])
    visit = {"car": "bus", "lot": "north", "on": "2025-02-01"}
    assert [each.rule for each in engine.broken_invariants(changed(PARKING, {"visits": [visit] * 3}))] == [of_state.id]
    visited = changed(PARKING, {"visits": [visit]})
    assert [each.rule for each in engine.broken_invariants(PARKING, visited)] == ["visits-are-kept"]
    assert engine.broken_invariants(PARKING) == ()
    with pytest.raises(RequestError, match="too many places"):
        engine.validate(changed(CLOSED, {"lots.north.free": 100}))


def test_the_severity_is_part_of_the_policy(parking: Path) -> None:
    """Another severity is another digest, and `show` and the schema of the file know it."""
    before = seatrules.load(parking).programs["base"].digest
    shown = json.loads(run("show", "--policy", str(parking), "--format", "json").stdout)
    assert [each.get("severity") for each in shown["invariants"]] == ["warning", "error", None]
    schema = json.loads(run("schema", "invariants").stdout)
    of_one = schema["properties"]["invariants"]["items"]["else"]["properties"]
    assert of_one["severity"]["enum"] == ["error", "warning"]
    file = parking / "base" / "invariants.yaml"
    file.write_text(INVARIANTS.replace("severity: warning", "severity: error"), encoding="utf-8")
    assert seatrules.load(parking).programs["base"].digest != before


SUITE = """cases:
  - id: meant
    invariants: false
    state: &
    action: {type: leave, car: mini, lot_name: north}
    expect: {decision: allow}
  - id: expected
    state: &
    action: {type: leave, car: bus, lot_name: north}
    expect: {error: broken_invariant}
  - id: not-meant
    state: &
    action: {type: leave, car: mini, lot_name: south}
    expect: {decision: allow}
  - id: story
    invariants: false
    state: &
    steps:
      - action: {type: leave, car: mini, lot_name: south}
        expect: {decision: allow}
  - id: possible
    state: !
    action: {type: leave, car: mini, lot_name: south}
    expect: {decision: allow}
"""


def test_a_case_says_that_its_state_is_impossible(parking: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A case goes through the check of the command line; `invariants: false` has it decided all the same."""
    full = json.dumps(changed(PARKING, {"lots.north.free": 100}))
    text = SUITE.replace("&", full).replace("!", json.dumps(PARKING))
    suites = parking / "base" / "suites"
    suites.mkdir()
    (suites / "one.yaml").write_text(text, encoding="utf-8")
    assert cli.run(["test", str(parking)]) == 1
    said = capsys.readouterr().out
    assert "case `not-meant` failed" in said
    assert "4 passed, 1 failed" in said


def test_no_search_begins_in_an_impossible_state(parking: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`probe` and `lint --deep` leave such states out and say so: lint only of those that are not meant."""
    state = json.dumps(changed(PARKING, {"lots.north.free": 101}))
    text = SUITE.replace("&", state, 1).replace("&", json.dumps(changed(PARKING, {"lots.north.free": 100})))
    suites = parking / "base" / "suites"
    suites.mkdir()
    (suites / "one.yaml").write_text(text.replace("!", json.dumps(PARKING)), encoding="utf-8")
    cli.run(["probe", "--policy", str(parking), "--runs", "3", "--steps", "2"])
    assert "left out: 2 states of the suites that break an invariant" in capsys.readouterr().out
    cli.run(["lint", "--deep", str(parking)])
    assert "broken-state" not in capsys.readouterr().out
    (suites / "one.yaml").write_text(
        text.replace("invariants: false", "note: a", 1).replace("!", json.dumps(PARKING)), encoding="utf-8"
    )
    cli.run(["lint", "--deep", str(parking)])
    said = capsys.readouterr().out
    assert "warning[broken-state]: the state of case `meant` breaks `a-lot-is-no-desert`: it is left out" in said
    assert "case `expected`" not in said


def test_a_state_of_another_versions_case_is_no_mistake(parking: Path, tmp_path: Path) -> None:
    """Each version has invariants of its own: what another one decides may break them."""
    suite = tmp_path / "suites" / "one.yaml"
    suite.parent.mkdir()
    full = json.dumps(changed(PARKING, {"lots.north.free": 101}))
    text = SUITE.replace("&", full).replace("!", json.dumps(PARKING)).replace("invariants: false", "note: a", 1)
    engine = seatrules.load(parking)
    for named, unmeant in (("base", ["meant"]), ("later", [])):
        suite.write_text(text.replace("cases:", f"version: {named}\ncases:"), encoding="utf-8")
        known = known_states(engine, tmp_path, "base")
        assert [case.id for case, _ in known.unmeant] == unmeant
        assert known.broken


LISTED = "every-holder-is-listed"
UNLISTED = changed(STATE, {"seats.core.purchased": 300, "seats.core.assigned": 300, "seats.sales.assigned": 1})
REMOVE = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 50}
OF_HOLDERS = {
    "en": "of the 300 core seats that count as assigned, the state lists the holders of 1",
    "nl": "van de 300 core seats die als toegewezen tellen, noemt de toestand de houders van 1",
}
ALLOWED = {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 1}
ANSWERS: dict[str, Callable[[Engine, Any], Any]] = {
    "when": lambda engine, action: engine.when(action, UNLISTED),
    "simulate": lambda engine, action: engine.simulate([action], UNLISTED).steps[0],
    "remedies": lambda engine, action: engine.remedies(action, UNLISTED, limit=1),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("language", OF_HOLDERS)
def test_beside_a_denial_the_state_says_how_many_holders_it_lists(name: str, language: str) -> None:
    """What stands beside some reasons is said with a denial for one of them, and with no other answer."""
    (warning,) = ANSWERS[name](ENGINE, REMOVE).as_dict(language)["state_warnings"]
    assert (warning["rule"], warning["message"]) == (LISTED, OF_HOLDERS[language])
    assert "state_warnings" not in ANSWERS[name](ENGINE, ALLOWED).as_dict(language)


@pytest.mark.parametrize("language", OF_HOLDERS)
def test_a_check_says_how_many_holders_the_state_lists(language: str, tmp_path: Path) -> None:
    """In words and as JSON, alone and in a stream; not to a user, not beside an allow, not where nothing is asked."""
    path = written(tmp_path / "state.json", UNLISTED)
    given = ["check", "--state", path, "--lang", language, "--action", json.dumps(REMOVE)]
    labels = {"en": "warning of the state", "nl": "waarschuwing over de toestand"}
    assert f"\n\n{labels[language]}: {OF_HOLDERS[language]}\n" in run(*given).stdout.decode()
    (warning,) = json.loads(run(*given, "--format", "json").stdout)["state_warnings"]
    assert (warning["message"], warning["severity"], warning["path"]) == (OF_HOLDERS[language], "warning", "/state")
    assert warning["conditions"][0]["facts"] == {"t.id": "core", "counted_holders(t.id)": 1, "assigned(t.id)": 300}
    for more in (["--audience", "user"], ["--no-invariants"]):
        assert OF_HOLDERS[language].encode() not in run(*given, *more).stdout
    lines = "".join(json.dumps({"state": UNLISTED, "action": each}) + "\n" for each in (REMOVE, ALLOWED))
    stream = tmp_path / "requests.jsonl"
    stream.write_text(lines, encoding="utf-8")
    done = run("check", "--requests", str(stream), "--lang", language)
    denied, allowed = map(json.loads, done.stdout.splitlines())
    assert [each["message"] for each in denied["state_warnings"]] == [OF_HOLDERS[language]]
    assert "state_warnings" not in allowed


def test_a_seat_that_does_not_count_has_no_holder_to_list() -> None:
    """The setting that takes the seats of deactivated users out of the count takes these users out of it too."""
    engine = seatrules.load(settings={"deactivated_counts_as_assigned": False})
    state = changed(UNLISTED, {"users.bob.status": "deactivated", "users.bob.seats": ["core", "sales"]})
    decision = engine.decide({**REMOVE, "quantity": 300}, state)
    (warning,) = engine.beside(engine.validate(state), decision.codes, state).warnings
    assert warning.message("en") == "of the 299 core seats that count as assigned, the state lists the holders of 1"


def test_what_stands_beside_reasons_is_no_broken_invariant() -> None:
    """Neither `validate` nor a step asks it by itself, and deciding reads no other users than before."""
    checked = ENGINE.validate(UNLISTED)
    assert (checked.warnings, ENGINE.broken_invariants(UNLISTED)) == ((), ())
    decision = ENGINE.decide(REMOVE, UNLISTED)
    assert [pointer for pointer in decision.reads if "bob" in pointer] == []
    assert decision.as_dict(checked=checked) == decision.as_dict()
    assert ENGINE.beside(checked, (), UNLISTED) is checked
    assert [each.rule for each in ENGINE.beside(checked, decision.codes, UNLISTED).warnings] == [LISTED]
    assert ENGINE.beside(checked, ["no_seat"], UNLISTED) is checked
    unasked = ENGINE.validate(UNLISTED, invariants=False)
    assert ENGINE.beside(unasked, decision.codes, UNLISTED) is unasked
    with pytest.raises(RequestError, match="less than 0"):
        ENGINE.beside(checked, decision.codes, changed(UNLISTED, {"seats.sales.purchased": -1}))


def test_what_it_stands_beside_is_part_of_the_policy(parking: Path) -> None:
    """Other codes are another digest; `show` and the schema of the file know them."""
    before = seatrules.load(parking).programs["base"].digest
    file = parking / "base" / "invariants.yaml"
    text = INVARIANTS.replace("severity: warning", "severity: warning\n    beside: [lot_full]")
    file.write_text(text, encoding="utf-8")
    engine = seatrules.load(parking)
    assert engine.programs["base"].digest != before
    assert engine.programs["base"].asides[0].beside == ("lot_full",)
    shown = json.loads(run("show", "--policy", str(parking), "--format", "json").stdout)
    assert shown["invariants"][0]["beside"] == ["lot_full"]
    schema = json.loads(run("schema", "invariants").stdout)
    assert "beside" in schema["properties"]["invariants"]["items"]["else"]["properties"]
    assert engine.validate(CLOSED).warnings == ()
    (warning,) = engine.beside(engine.validate(CLOSED), ["lot_full"], CLOSED).warnings
    assert warning.as_dict("en")["message"] == "mini is in a closed town"
