"""The generated functions and the interpreter come to the same verdict, codes and words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrules
from fuzz.requests import POOL
from lengths import examples
from seatrules.analysis.made_up import MadeUp, Pool
from seatrules.decision.decide import decide
from seatrules.generated.function import source_of
from seatrules.generated.verdict import generate
from seatrules.language.types import Date, Type, Word
from seatrules.program import Program
from seatrules.suites import find_suites, read_suite

ROOT = Path(__file__).parent
ENGINES = {
    "default": seatrules.load(),
    "other choices": seatrules.load(
        settings={
            "assigning_needs_permission": True,
            "deactivated_counts_as_assigned": False,
            "reassign_cancels": "reassigned",
            "core_renewal": "latest",
        }
    ),
    "library": seatrules.load(ROOT / "policies" / "library-loans"),
}
USUAL = replace(POOL, odd_numbers=(), odd_texts=())
"""What a policy's own numbers and texts are like: sums of them stay what a state may hold."""
DATES = st.sampled_from([*POOL.days, *POOL.odd_days])


def values(kind: Type) -> st.SearchStrategy[Any]:
    """Values of a type, and now and then one of another."""
    if not isinstance(kind, Word | Date):
        return right(kind, POOL)
    return st.one_of(*[right(kind, POOL)] * 4, st.sampled_from([None, True, 1.0, "", [], {}]))


def right(kind: Type, pool: Pool = USUAL) -> st.SearchStrategy[Any]:
    """Values of a type."""
    return st.integers(0, 2**32).map(lambda seed: MadeUp(Random(seed), pool).value(kind))


@st.composite
def requests(draw: st.DrawFn, program: Program) -> tuple[dict[str, Any], dict[str, Any]]:
    """An action of the policy on a state of its schema, each perhaps with something wrong in it."""
    action = program.actions[draw(st.sampled_from(sorted(program.actions)))]
    proposed = {"type": action.name} | {name: draw(values(kind)) for name, kind in action.arguments.items()}
    state = draw(right(program.state, POOL))
    if draw(st.integers(0, 9)) == 0 and state:
        del state[draw(st.sampled_from(sorted(state)))]
    return proposed, state


def both(engine: seatrules.Engine, program: Program, action: Any, state: Any) -> tuple[Any, Any]:
    """What the generated function and the reference say; an error of the request is nothing."""
    try:
        fast = engine.compiled(state, program.version).action(action["type"]).decide(action, state)
    except seatrules.RequestError:
        fast = None
    try:
        slow: Any = decide(program, action, state)
    except seatrules.RequestError:
        slow = None
    return fast, slow


@pytest.mark.parametrize("name", list(ENGINES))
@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_generated_functions_agree_with_the_interpreter(name: str, data: st.DataObject) -> None:
    """On any request, the generated function says what the reference says, or leaves it to the reference."""
    engine = ENGINES[name]
    program = data.draw(st.sampled_from(list(engine.programs.values())))
    action, state = data.draw(requests(program))
    fast, slow = both(engine, program, action, state)
    allows = engine.compiled(state, program.version).action(action["type"]).allows(action, state)
    assert allows is None or (slow is not None and allows is slow.allowed)
    if fast is not None:
        assert slow is not None, "the reference refuses the request, and the generated function decides it"
        assert (fast.decision, fast.codes) == (slow.decision, slow.codes)
        assert fast.as_dict() == slow.as_dict()


PARKING = {
    "as_of": "2025-03-01",
    "town": {"name": "Ede", "closed": False},
    "lots": {"north": {"free": 4}},
    "cars": {"c": {"kind": "car", "lots": []}},
    "visits": [],
}
ENTRY_OF = "  entry_of:\n    given: {q: car_id}\n    is: cars[q]\n"
DOUBLE = "  double:\n    given: {q: integer}\n    is: q + q\n"
NESTED = "  nested:\n    given: {q: integer}\n    is: " + "min(1, " * 40 + "q" + ")" * 40 + "\n"
WITHIN = "  within:\n    given: {n: integer, d: integer}\n    is: d - d + n\n"
FREE = "count(l for l in lots if l.free > 0)"
CARS = "count(c for c in cars if c.lots == [])"
ODD_REQUIREMENTS = {
    "what is asked for twice, beside an argument that is": (WITHIN, f"within({FREE}, {CARS}) < 0 or {FREE} < 0"),
    "the key of an entry that a fact gives": (ENTRY_OF, 'entry_of(entry_of(car).id).id == "other"'),
    "an argument that is asked for twice, again and again": (DOUBLE, "double(" * 30 + "hours" + ")" * 30 + " < 0"),
    "more brackets than Python takes": (NESTED, "nested(" * 8 + "hours" + ")" * 8 + " < 0"),
    "the rows of a table that pass a condition": ("", "all(l.price > 3 for l in lot_rules if l.lorries)"),
    "no row of a table": ("", "any(l.price > 3 for l in lot_rules if not l.lorries and l.price == 9)"),
    "what is settled beforehand": ("", "not False and hours < 1 or 1 == 2"),
}


@pytest.mark.parametrize(("facts", "require"), ODD_REQUIREMENTS.values(), ids=list(ODD_REQUIREMENTS))
def test_odd_requirements_are_explained_alike(facts: str, require: str, base_policy: Path) -> None:
    """Whatever the generated functions take or leave, every word is what the interpreter says, in the engine too."""
    for name, old, new in (("facts", "", facts), ("rules", "has_place(lot_name)", require)):
        path = base_policy / "base" / f"{name}.yaml"
        path.write_text(path.read_text().replace(old, new) if old else path.read_text() + new)
    action = {"type": "park", "car": "c", "lot_name": "north", "hours": 6}
    engine = seatrules.load(base_policy)
    verdict = engine.compiled(PARKING).single("park").verdict
    assert source_of(verdict) is None or verdict(action, PARKING) is not None
    fast = engine.decide(action, PARKING).as_dict()
    slow = seatrules.load(base_policy, evaluator="interpreter").decide(action, PARKING).as_dict()
    assert fast == slow
    assert fast["decision"] == "deny"


def test_an_invariant_with_more_brackets_than_python_takes_is_checked(base_policy: Path) -> None:
    """Where no function can be generated, the interpreter says what breaks."""
    (base_policy / "base" / "more.yaml").write_text("facts:\n" + NESTED)
    require = "nested(" * 8 + 'lots["north"].free' + ")" * 8 + " < 0"
    text = f"invariants:\n  - id: few\n    require: {require}\n    message: {{en: few, nl: weinig}}\n"
    (base_policy / "base" / "invariants.yaml").write_text(text)
    (broken,) = seatrules.load(base_policy).broken_invariants(PARKING)
    assert broken.rule == "few"


@pytest.mark.parametrize("name", ["github-seats", "hubspot-seats", "library-loans"])
def test_generated_functions_decide_the_policies_own_cases(name: str) -> None:
    """The cases of a policy are decided by generated functions, but for those of actions in which time passes."""
    folder = (ROOT if name == "library-loans" else ROOT.parent) / "policies" / name
    engine = seatrules.load(folder)
    decided, left = 0, []
    for case in (case for path in find_suites(folder) for case in read_suite(path).cases):
        if case.settings or case.partial or case.steps or "error" in case.expect:
            continue
        program = engine.program_for(case.state, case.version)
        fast, slow = both(engine, program, case.action, case.state)
        if fast is not None:
            decided += 1
            action = program.actions[case.action["type"]]
            allows = engine.compiled(case.state, program.version).action(action.name).allows
            assert action.time_to is not None or allows(case.action, case.state) is slow.allowed, case.id
            assert fast.as_dict() == slow.as_dict(), case.id
        elif program.actions[case.action["type"]].time_to is None:
            assert program.actions[case.action["type"]].each is None, case.id
            left.append(case.id)
    assert decided > 20
    assert len(left) < decided // 2


def test_keys_of_a_map_inside_a_record_are_left_to_the_reference(base_policy: Path) -> None:
    """Where the map of an argument's keys is no property of the state itself, no function is generated."""
    cars = 'cars: {type: object, additionalProperties: {$ref: "#/$defs/car"}}'
    moves = {
        "state.schema.yaml": [
            (f"  {cars}\n", ""),
            ("lots, cars, visits]", "lots, visits]"),
            ("required: [name, closed]\n    properties: {", "required: [cars]\n    properties: {" + f"{cars}, "),
        ],
        "actions.yaml": [('"cars[car]"', '"town.cars[car]"')],
        "events.yaml": [("for: c in cars", "for: c in town.cars")],
    }
    for name, pairs in moves.items():
        text = (base_policy / "base" / name).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (base_policy / "base" / name).write_text(text, encoding="utf-8")
    engine = seatrules.load(base_policy)
    town = {"cars": {"a": {"kind": "car", "lots": []}}}
    state = {"as_of": "2025-03-01", "town": town, "lots": {"north": {"free": 3}}, "visits": []}
    program = engine.program_for(state)
    leave = {"type": "leave", "car": "a", "lot_name": "north"}
    assert generate(program, program.actions["leave"])(leave, state) is None
    assert engine.decide(leave, state).allowed
    assert engine.allows(leave, state)
    with pytest.raises(seatrules.RequestError, match="there is no car `b` in the state"):
        engine.decide({"type": "leave", "car": "b", "lot_name": "north"}, state)
