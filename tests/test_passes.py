"""What is asked of a collection is gathered in the one pass that checks it, and comes to what the reference says."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress
from typing import Any

import pytest

import records
import seatrules
from fuzz.policies import SMALL_ACTION, SMALL_STATE
from measure import POLICY
from seatrules import Decision, RequestError
from seatrules.generated.verdict import Evaluation
from seatrules.suites import find_suites, read_suite
from test_limits import Load, load

__all__ = ["load"]
CREW: list[dict[str, Any]] = [
    {"name": "ana", "hue": "red", "age": 30, "wears": ["red", "blue"], "until": None},
    {"name": "bob", "hue": "blue", "age": 40, "wears": ["blue"], "until": "2025-04-01"},
    {"name": "ana", "hue": "red", "age": 50, "wears": [], "until": None},
]
STATE: dict[str, Any] = {**SMALL_STATE, "crew": CREW}
GATHERED = [
    "count(z for z in crew) == 3",
    "count(z for z in crew if z.hue == c) == 2",
    "count_distinct(z.name for z in crew) == 2",
    'sum(z.age for z in crew if z.hue == "red") == 80',
    "any(z.name == word and z.age > 40 for z in crew)",
    "all(z.age >= 30 and z.age < 60 for z in crew)",
    "not all(z.age > 30 or z.name == name for z in crew) or n == 1",
    "(max(z.age for z in crew) is not None and max(z.age for z in crew) == 50)",
    "min(z.age for z in crew) is None or min(z.age for z in crew) == 30",
    "first(z.age for z in crew if z.name == word) is None or first(z.age for z in crew if z.name == word) == 30",
    'first(z.hue for z in crew if z.name == "bob") is not None',
    "first(z.age for z in crew if z.age > 90) is None",
    'len([z.name for z in crew if z.hue == "red"]) == 2',
    "any(z.until is not None and z.until > as_of for z in crew)",
    'count(z for z in crew if "red" in z.wears) == 1',
    'count(z for z in crew if "blue" in z.wears) == 2',
    'count(z for z in crew if "green" in z.wears) == 0',
    "count(z for z in crew if c in z.wears) == 1",
    "any(o.count == 1 and o.open for o in boxes)",
]
"""Of the crew, asked in all ways."""
JOINED = [
    "all(count(z for z in crew if s.id in z.wears) <= 2 for s in shades)",
    "sum(sum(z.age for z in crew if z.hue == s.id) for s in shades) == 120",
    "all(any(y.name == z.name for y in crew) for z in crew)",
    "all(all(y.age < 60 for y in crew if y.hue == z.hue) for z in crew)",
    "any(first(y.age for y in crew if y.name == z.name) is None for z in crew) or n == 1",
    "all(any(z.hue == w.hue and z.age > 30 for z in crew) for w in parts)",
]
"""Where each of others asks for those of the crew that have something of its own."""


def source(compiled: seatrules.Engine) -> str:
    """The code of the verdict, before what says what an allowed action does."""
    return compiled.compiled(STATE).single("act").source.partition("def act_allowed")[0]


def verdict_of(compiled: seatrules.Engine, state: dict[str, Any], **action: Any) -> Evaluation:
    """What the generated function decides: nothing may be left to the reference."""
    verdict = compiled.compiled(state).single("act").verdict({**SMALL_ACTION, **action}, state)
    assert verdict is not None
    return verdict


@pytest.mark.parametrize("expressions", [GATHERED, JOINED], ids=["gathered", "joined"])
def test_what_is_gathered_is_what_the_reference_says(expressions: list[str], load: Load) -> None:
    """Each holds; and of other crews both evaluators say the same, in every word."""
    parts = [{"count": 1, "ready": True, "hue": "red", "since": None}]
    for start in range(0, len(expressions), 4):
        compiled, interpreted = load(*expressions[start : start + 4])
        for crew in (CREW, CREW[:1], CREW[1:], [], CREW[::-1], CREW * 2):
            state = {**STATE, "crew": crew, "parts": parts}
            assert verdict_of(compiled, state).part == interpreted.decide(SMALL_ACTION, state)._part
            expected = interpreted.decide(SMALL_ACTION, state)
            assert compiled.decide(SMALL_ACTION, state).as_dict() == expected.as_dict()
            assert compiled.allows(SMALL_ACTION, state) is expected.allowed
            assert expected.allowed or crew is not CREW


def test_all_is_gathered_in_one_pass(load: Load) -> None:
    """The crew is gone through once, to be checked; whatever is asked of it, and for however many values."""
    for start in range(0, len(GATHERED) - 1, 4):
        compiled, _ = load(*GATHERED[start : start + 4])
        assert "state['crew']" in source(compiled)
        assert "x0" not in source(compiled)


def test_what_each_of_others_asks_is_looked_up(load: Load) -> None:
    """By what the entries have, in place of going through them for each."""
    for each in JOINED:
        compiled, _ = load(each)
        assert "x1" not in source(compiled)


@pytest.mark.parametrize("ask", ["d is None or any(z.hue == d for z in crew)", "d is not None and c == d"])
def test_what_may_be_absent_is_asked_only_where_it_is_there(ask: str, load: Load) -> None:
    """Nothing that a condition guards is computed before it."""
    compiled, interpreted = load(ask, "first(z.age for z in crew if z.until is not None and z.until > as_of) is None")
    for given in (None, "red", "green"):
        verdict = verdict_of(compiled, STATE, d=given)
        action = {**SMALL_ACTION, "d": given}
        assert verdict.codes == interpreted.decide(action, STATE).codes


@pytest.mark.parametrize("place", ["name", "hue", "age", "wears", "until"])
@pytest.mark.parametrize("wrong", [7.5, None, ["red", "red"], ["plaid"], {}, "plaid", True, 2**63])
def test_whatever_is_read_of_an_entry_is_checked(place: str, wrong: Any, load: Load) -> None:
    """A wrong value is told as the reference tells it, and one that is right is none."""
    compiled, interpreted = load(*GATHERED[:3], "count(z for z in crew if c in z.wears) == 1", GATHERED[13])
    crew = [CREW[0], CREW[1] | {place: wrong}]
    assert _said(compiled, crew) == _said(interpreted, crew)


def _said(engine: seatrules.Engine, crew: list[Any]) -> Any:
    try:
        return engine.decide(SMALL_ACTION, {**STATE, "crew": crew}).as_dict()
    except RequestError as error:
        return error.as_dict()


@pytest.mark.parametrize("crew", [{}, None, [[]], [None], [{**CREW[0], 1: 2}], [{**CREW[0], "more": 1}]])
def test_what_is_no_list_of_records_is_refused_as_ever(crew: Any, load: Load) -> None:
    """By both in the same words; a property too many only where all of a record is read."""
    for ask in ("count(z for z in crew if z.age > 1) == 1", "len(crew) == 1"):
        compiled, interpreted = load(ask)
        assert _said(compiled, crew) == _said(interpreted, crew)


def test_what_is_kept_of_a_list_is_its_own(load: Load) -> None:
    """A decision says the same after the state was changed, in another process too, and knows that it was."""
    compiled, _ = load("count(z for z in crew if c in z.wears) == 1", "any(z.name == word for z in crew)")
    state = copy.deepcopy(STATE)
    kept, asked = (compiled.decide(SMALL_ACTION, state) for _ in range(2))
    reads = dict(asked.reads)
    state["crew"][0]["wears"].append("green")
    state["crew"][1]["name"] = "eve"
    assert not compiled.still_holds(kept, state)
    again: Decision = pickle.loads(pickle.dumps(kept))
    assert again.reads == kept.reads == reads
    assert reads["/state/crew/0/wears"] == ["red", "blue"]
    assert compiled.still_holds(kept, STATE)


def test_what_is_written_by_hand_for_the_benchmark_decides_alike() -> None:
    """On every request of the benchmark, by generated functions."""
    for name, asked in records.asked().items():
        assert asked.differing() == [], name
        assert {asked.by_hand(*request)[0] for request in asked.requests} == {"allow", "deny"}, name
        for action, state in asked.requests:
            assert asked.engine.compiled(state).single(action["type"]).verdict(action, state) is not None


def test_a_sum_that_comes_to_too_much_is_told(load: Load) -> None:
    """Gathered or looked up, it is bounded as one that is added up by itself."""
    large = [{**CREW[0], "age": 2**50}] * 1200
    for ask in ("sum(z.age for z in crew) > 0", "all(sum(z.age for z in crew if z.hue == s.id) >= 0 for s in shades)"):
        compiled, interpreted = load(ask)
        assert _said(compiled, large) == _said(interpreted, large)


def test_a_state_is_checked_and_asked_what_holds_of_it_in_one_go() -> None:
    """The numbers are those that each function by itself says, and a state that is not valid has none."""
    engine = seatrules.load()
    states = [case.state for path in find_suites(POLICY) for case in read_suite(path).cases]
    found = set[tuple[bool, bool]]()
    for state in states:
        with suppress(RequestError):
            compiled = engine.compiled(state)
            checked = compiled.checked(state)
            assert (checked is None) is (compiled.is_valid(state) is None)
            if checked is not None:
                assert checked == (compiled.in_state.broken(state), compiled.asides.broken(state))
                found.add((bool(checked[0]), bool(checked[1])))
    assert found == {(False, False), (False, True), (True, False), (True, True)}
