"""What lies at the edge of the language: the generated functions and the interpreter come to the same."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import seatrules
from broken import STATE, build

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases" / "edges.yaml").read_text(encoding="utf-8"))
ACTION = """
  tow:
    title: {{en: Tow, nl: Wegslepen}}
    arguments: {{{arguments}}}
"""
OUTCOME = """
  - id: towed
    code: parked
    actions: [tow]
    message: {en: towed, nl: weggesleept}
"""


def engines(folder: Path, case: Mapping[str, Any]) -> list[seatrules.Engine]:
    """The base policy with an action to tow a car, decided by generated functions and by the interpreter."""
    more = {"actions": ACTION.format(arguments=case["arguments"]), **case.get("append", {})}
    more["outcomes"] = more.get("outcomes", "") + OUTCOME
    mistake = {"append": {f"base/{name}.yaml": text for name, text in more.items()}}
    mistake["replace"] = {f"base/{name}.yaml": pairs for name, pairs in case.get("replace", {}).items()}
    build(folder, mistake)
    loaded = seatrules.load(folder / "parking")
    return [seatrules.Engine.of(loaded.programs, name) for name in ("compiled", "interpreter")]


_OF_EFFECTS = ("path", "from", "to", "rule")
"""What a case expects of an effect."""


def answer(engine: seatrules.Engine, action: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """What is said of an action and what becomes of the state; of a wrong one, the error."""
    try:
        decision = engine.decide(copy.deepcopy(action), state)
        said = decision.as_dict()
    except seatrules.RequestError as error:
        with pytest.raises(seatrules.RequestError):
            engine.allows(action, state)
        return {"error": str(error)}
    assert engine.allows(action, state) is decision.allowed
    after = None
    if decision.allowed:
        after = engine.apply(decision, state)
        engine.validate(after)
        wreck(engine.apply(decision, copy.deepcopy(state)))
        assert engine.apply(decision, state) == after
        assert engine.decide(action, state) == decision
    assert engine.still_holds(decision, copy.deepcopy(state))
    return {**said, "after": after, "reads": decision.reads}


def wreck(value: Any) -> None:
    """Empty every mapping and list: what else holds one of them shows it."""
    if isinstance(value, dict | list):
        for each in list(value.values() if isinstance(value, dict) else value):
            wreck(each)
        value.clear()


@pytest.mark.parametrize("name", list(CASES))
def test_evaluators_agree_at_the_edge(tmp_path: Path, name: str) -> None:
    """Both say the same, it is what the case expects, and what is allowed leaves a valid state."""
    case = CASES[name]
    action, state = {"type": "tow", **case["given"]}, {**copy.deepcopy(STATE), **case.get("state", {})}
    answers = [answer(engine, action, state) for engine in engines(tmp_path, case)]
    assert answers[0] == answers[1]
    expect = case["expect"]
    if "error" in expect:
        assert answers[0] == expect
        return
    answers[0]["effects"] = [{key: effect[key] for key in _OF_EFFECTS} for effect in answers[0]["effects"]]
    assert {key: answers[0][key] for key in expect if key != "after"} == {
        k: v for k, v in expect.items() if k != "after"
    }
    for property_, value in expect.get("after", {}).items():
        assert answers[0]["after"][property_] == value


ENTRIES = ["an entry that is removed is shown whole, with what the schema does not name"]
ENTRIES += ["an entry of a list that is removed is shown whole"]


@pytest.mark.parametrize("name", ENTRIES)
def test_what_the_schema_does_not_name_is_read_with_the_whole(tmp_path: Path, name: str) -> None:
    """A decision that reads a whole record is one on what that has besides, too."""
    case = CASES[name]
    action, state = {"type": "tow", **case["given"]}, {**copy.deepcopy(STATE), **case.get("state", {})}
    for engine in engines(tmp_path, case):
        decision = engine.decide(action, state)
        for new in ({"colour": "blue"}, {"paid": False}, {"paid": 1}, {"more": None}):
            now = copy.deepcopy(state)
            (now["visits"] or [now["cars"]["a"]])[0].update(new)
            assert not engine.still_holds(decision, now)
            assert engine.decide(action, now).reads != decision.reads or new == {"paid": 1}


@pytest.mark.parametrize("key", ["name", '"z" if add_days(as_of, 1) > as_of else name'])
def test_a_new_key_is_read(tmp_path: Path, key: str) -> None:
    """Where an entry is added, the decision is one on a state that has none under the key."""
    text = f"  - {{id: x, actions: [tow], append: {{'cars[{key}]': {{kind: '\"car\"', lots: '[]'}}}}}}\n"
    for engine in engines(tmp_path, {"arguments": "name: string", "append": {"consequences": text}}):
        decision = engine.decide({"type": "tow", "name": "z"}, STATE)
        assert decision.allowed
        after = engine.apply(decision, STATE)
        assert not engine.still_holds(decision, after)
        assert decision.reads.get("/state/cars/z", decision.reads.get("/state/cars")) in (None, sorted(STATE["cars"]))


def test_what_a_setting_decides_is_planned_with(tmp_path: Path) -> None:
    """What stands behind the part that decides is read by no plan either: waiting would have to go on for ever."""
    rules = """
  - id: mild
    actions: [tow]
    require: add_days(as_of, hours) > "9000-01-01" or settings.strictness == "mild" or town.closed
    otherwise: {code: lot_full, message: {en: "no", nl: nee}}
  - id: long
    actions: [tow]
    require: hours > 3 and len(visits) > 0
    otherwise: {code: lot_full, message: {en: "no", nl: nee}}
"""
    engine, _ = engines(tmp_path, {"arguments": "hours: count", "append": {"rules": rules}})
    remedies = engine.remedies({"type": "tow", "hours": 1}, STATE)
    assert (remedies.remedies, remedies.searched, remedies.complete) == ((), 5, True)
    assert engine.options(STATE, action="tow").options


def test_what_a_schema_does_not_name_is_copied_where_it_is_kept(tmp_path: Path) -> None:
    """A decision keeps its own copy of a removed entry's further properties, and they are plain data."""
    consequences = "\n  - {id: x, actions: [tow], remove: ['cars[chosen]']}\n"
    for engine in engines(tmp_path, {"arguments": "chosen: car_id", "append": {"consequences": consequences}}):
        state = copy.deepcopy(STATE)
        state["cars"]["a"]["marks"] = ["red"]
        decision = engine.decide({"type": "tow", "chosen": "a"}, state)
        state["cars"]["a"]["marks"].append("blue")
        assert decision.effects[0].before["marks"] == ["red"]
        state["cars"]["a"]["marks"] = {"red"}
        with pytest.raises(seatrules.RequestError, match="/state/cars/a/marks: this is no plain data"):
            engine.decide({"type": "tow", "chosen": "a"}, state)


def test_what_is_not_known_is_not_added(tmp_path: Path) -> None:
    """In partial mode, an entry of which a part is not known is no effect, and what is missing is named."""
    consequences = '\n  - {id: x, actions: [tow], append: {visits: {car: car, lot: \'"north"\', "on": town.fair_on}}}\n'
    case = {
        "arguments": "car: car_id",
        "replace": {"state.schema": {"required: [name, closed]": "required: [name, closed, fair_on]"}},
        "append": {"consequences": consequences},
    }
    _, interpreter = engines(tmp_path, case)
    decision = interpreter.decide({"type": "tow", "car": "a"}, STATE, partial=True)
    assert (decision.decision, decision.effects) == ("allow", ())
    assert [each.as_dict()["path"] for each in decision.missing or ()] == ["/state/town/fair_on"]


def test_no_list_grows_without_end(tmp_path: Path) -> None:
    """A list of records has no more entries than any other list."""
    consequences = "\n  - {id: double, actions: [tow], change: {visits: visits + visits}}\n"
    both = engines(tmp_path, {"arguments": "car: car_id", "append": {"consequences": consequences}})
    visit = {"car": "a", "lot": "north", "on": "2025-01-01"}
    said = [answer(engine, {"type": "tow", "car": "a"}, {**STATE, "visits": [visit] * 50_001}) for engine in both]
    assert said == [{"error": "/state: `visits + visits` comes to a list of more than 100000 entries"}] * 2
