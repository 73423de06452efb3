"""Work is bounded: numbers, lists, steps and generated code, whatever a policy and a state make of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import seatrules
from asking import mutated
from faults import Fault
from fuzz.policies import SMALL_ACTION, SMALL_STATE, write_policy
from seatrules import PolicyError, RequestError
from seatrules.engine import Engine
from seatrules.language import interpret, limits, ranges
from seatrules.language import tree as t
from seatrules.program import Program

Load = Callable[..., tuple[Engine, Engine]]
MOST = 2**63 - 1
PRICE = {"f": {"given": {"q": "integer"}, "is": "sum(q for w in boxes)"}}
"""A fact that reads its argument in a loop."""


def rule(require: str, number: int = 0) -> dict[str, Any]:
    return {
        "id": f"rule-{number}",
        "actions": ["act"],
        "require": require,
        "otherwise": {"code": f"r{number % 4}", "message": {"en": "no"}},
    }


@pytest.fixture
def load(tmp_path: Path, no_cache: None) -> Load:
    """Loads a small policy with these requirements, by the generated functions and by the reference."""

    def loaded(*require: str, facts: dict[str, Any] | None = None, then: list[Any] | None = None) -> Any:
        rules = [rule(each, number) for number, each in enumerate(require)]
        policy = write_policy({"facts": facts or {}, "rules": rules, "consequences": then or []}, tmp_path)
        return seatrules.load(policy), seatrules.load(policy, evaluator="interpreter")

    return loaded


def state(**changes: Any) -> dict[str, Any]:
    return {**SMALL_STATE, **changes}


def boxes(count: int) -> dict[str, Any]:
    """So many boxes, the one of the action among them."""
    return {"a": SMALL_STATE["boxes"]["a"]} | {f"b{number}": SMALL_STATE["boxes"]["a"] for number in range(count - 1)}


def counted(count: int) -> dict[str, Any]:
    """So many boxes, each with another count."""
    return {key: {**box, "count": number} for number, (key, box) in enumerate(boxes(count).items())}


def errors(engines: tuple[Engine, Engine], asked: dict[str, Any], **options: Any) -> set[tuple[str, str, str]]:
    """What each evaluator says is wrong: code, place and message."""
    told = set()
    for engine in engines:
        with pytest.raises(RequestError) as caught:
            engine.decide(SMALL_ACTION, asked, **options)
        told.add((caught.value.code, caught.value.path, caught.value.message))
    return told


def verdicts(engines: tuple[Engine, Engine], asked: dict[str, Any]) -> set[str]:
    return {engine.decide(SMALL_ACTION, asked).decision for engine in engines}


@pytest.mark.parametrize(
    ("expression", "given", "beyond"),
    [
        ("n + n", {"n": 2**62 - 1}, {"n": 2**62}),
        ("n - (0 - n)", {"n": 2**62 - 1}, {"n": 2**62}),
        ("n * n", {"n": 3_037_000_499}, {"n": 3_037_000_500}),
        ("n * 1000", {"n": MOST // 1000}, {"n": MOST // 1000 + 1}),
        ("sum(n for w in boxes)", {"n": MOST // 2, "boxes": boxes(2)}, {"n": MOST // 2 + 1, "boxes": boxes(2)}),
        ("sum(w.count for w in boxes) + n", {"n": MOST - 2, "boxes": boxes(2)}, {"n": MOST - 1, "boxes": boxes(2)}),
        ("twice(n)", {"n": 2**62 - 1}, {"n": 2**62}),
        ("it.count + that.count", {"boxes": mutated(boxes(1), ("a", "count"), 2**62 - 1)},
         {"boxes": mutated(boxes(1), ("a", "count"), 2**62)}),
    ],
)  # fmt: skip
def test_a_number_has_at_most_63_bits(
    expression: str, given: dict[str, Any], beyond: dict[str, Any], load: Load
) -> None:
    """What an expression comes to is bounded as what is given: beyond, the request is wrong, by every evaluator."""
    facts = {"twice": {"given": {"q": "integer"}, "is": "q + q"}}
    engines = load(f"{expression} > 0", facts=facts)
    assert verdicts(engines, state(**given)) == {"allow"}
    [(code, path, message)] = errors(engines, state(**beyond))
    assert (code, path) == ("out_of_range", "/state")
    assert message.endswith("comes to a number of more than 63 bits")
    assert message == next(iter(errors(engines[:1] * 2, state(**beyond), partial=True)))[2]


def test_numbers_that_are_counted_with_are_decided_by_generated_functions(load: Load) -> None:
    """Up to 2 to the power 50; and to any number that is only compared."""
    compiled, _ = load("n + n > 0", "it.count != 7")
    allows = compiled.compiled(SMALL_STATE).single("act")._allows
    large = {"boxes": mutated(boxes(1), ("a", "count"), MOST)}
    assert allows(SMALL_ACTION, state(n=ranges.ORDINARY, **large)) is True
    assert allows(SMALL_ACTION, state(n=ranges.ORDINARY + 1, **large)) is None


def test_a_list_grows_to_the_bound_of_effects(load: Load) -> None:
    """Also one that is nowhere kept: doubled twenty times, a list of three would have three million entries."""
    twice = {"twice": {"given": {"l": "list of color"}, "is": "l + l"}}
    engines = load(f"len({'twice(' * 20}hues{')' * 20}) > 0", facts=twice)
    told = errors(engines, state(hues=["red", "green", "blue"]))
    assert told == {("out_of_range", "/state", "`l + l` comes to a list of more than 100000 entries")}
    assert verdicts(load("len(hues + hues) > 0"), state(hues=["red"] * 50_000)) == {"allow"}
    assert errors(load("len(hues + hues) > 0"), state(hues=["red"] * 50_001))


def test_an_argument_of_a_fact_is_computed_once(load: Load) -> None:
    """Not at each turn of the fact's loop: five calls in one another go through each box five times."""
    compiled, interpreted = load("f(f(f(f(f(k))))) > 0", facts=PRICE)
    asked = state(boxes=boxes(100))
    compiled.decide(SMALL_ACTION, asked)
    began = process_time()
    for engine in (compiled, interpreted):
        assert engine.decide(SMALL_ACTION, asked).allowed
    assert process_time() - began < 0.5


@pytest.mark.parametrize(
    "require",
    [
        "all(inner(n + count(w for w in boxes if w.open), v.count) for v in boxes)",
        "box_of(boxes[box].id).count + box_of(other).count == 2 and twice(twice(count(w for w in boxes))) == 4",
        "any(twice(sum(x.count for x in boxes)) == twice(w.count) for w in boxes)",
        "late(add_days(day, n)) and late(add_days(day, twice(n)))",
        'twice(count_distinct(x.count for x in boxes)) + twice(divide(n, max(1, twice(n)), "up")) == 4',
        "held([x.id for x in boxes if x.count > n]) and held(without([x.id for x in boxes], text(box)))",
    ],
)
def test_what_is_computed_once_comes_to_the_same(require: str, load: Load) -> None:
    """In loops, of entries and of lists, with the values that are seen: by generated functions and by the reference."""
    facts = {
        "box_of": {"given": {"i": "box_id"}, "is": "boxes[i]"},
        "inner": {
            "given": {"q": "integer", "least": "integer"},
            "is": "any(q + q > least + x.count for x in boxes) and q < 9",
        },
        "late": {"given": {"e": "date"}, "is": "any(p.since is not None and p.since > e for p in parts) or e > as_of"},
        "held": {
            "given": {"l": "list of string"},
            "is": "len(l) < 9 and all(i in l or i not in l for i in boxes_held)",
        },
        "boxes_held": {"is": "[x.id for x in boxes if x.open]"},
        "twice": {"given": {"q": "integer"}, "is": "q + q"},
    }
    engines = load(require, "k > 5", facts=facts)
    for number in (1, 5):
        asked = state(n=number)
        first, second = (engine.decide(SMALL_ACTION, asked).as_dict() for engine in engines)
        assert first == second
        assert engines[0].compiled(asked).single("act").verdict(SMALL_ACTION, asked) is not None


NESTED = "all(any(v.count == w.count for w in boxes) for v in boxes)"


@pytest.mark.parametrize(
    ("require", "given"),
    [
        ("count(v for v in boxes if count(w for w in boxes) > 0) > 0", {"boxes": boxes(200)}),
        ("count(h for h in hues if h in hues and all(g != h or g in hues for g in hues)) > 0", {"hues": ["red"] * 300}),
        ("count(v for v in boxes if f(f(v.count)) > 0) > 0", {"boxes": counted(200)}),
    ],
)
def test_so_many_steps_are_taken(
    require: str, given: dict[str, Any], load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loops in loops end: the state is too large for what the policy asks. It is never a verdict."""
    engines = load(require, facts=PRICE)
    assert verdicts(engines, state(**given)) == {"allow"}
    for module in (interpret, limits):
        monkeypatch.setattr(module, "MAX_STEPS", 20_000)
    engines = load(require, facts=PRICE)
    message = "deciding takes more than 20000 steps on this state: its lists and maps are too large"
    assert errors(engines, state(**given)) == {("too_many_steps", "/state", message)}
    verdict = engines[0].compiled(state(**given)).single("act").verdict(SMALL_ACTION, state(**given))
    assert verdict is None


def test_a_loop_over_the_state_takes_no_steps_of_the_generated_functions(load: Load) -> None:
    """Nor does what goes through the entry of such a loop, or is inside a loop over a few rows of a table.

    What grows with the state alone needs no count; what is done once for each of many rows does.
    """
    compiled, _ = load("all(h != hue for h in hues)", "all(all(e.holds == 0 for e in w.drawers) for w in boxes)")
    assert "spent" not in compiled.compiled(SMALL_STATE).action("act").source
    twice = "all(all({} for s in shades) for t in shades)"
    compiled, _ = load(twice.format("any(w.open for w in boxes)"))
    assert "spent" not in compiled.compiled(SMALL_STATE).action("act").source
    compiled, _ = load(twice.format("all(any(w.open for w in boxes) for u in shades)"))
    assert "spent(" in compiled.compiled(SMALL_STATE).action("act").source
    compiled, _ = load(NESTED)
    assert "spent(" in compiled.compiled(SMALL_STATE).action("act").source


def test_the_code_of_a_whole_policy_is_bounded(load: Load) -> None:
    """Facts that call one another twice are small each, and too much in all: told where that comes from."""
    facts = {"f0": {"is": "n + n"}} | {f"f{each}": {"is": f"f{each - 1} + f{each - 1}"} for each in range(1, 10)}
    load(*["f9 + f9 >= f9"] * 20, facts=facts)
    with pytest.raises(PolicyError) as caught:
        load(*["f9 + f9 >= f9"] * 22, facts=facts)
    [problem] = caught.value.problems
    assert (problem.code, problem.span.text and problem.span.text[problem.span.column - 1 :][:9]) == (
        "too-large",
        '"f8 + f8"',
    )
    assert problem.message == (
        "fact `f9`: with the facts that it calls, it has 3069 parts, and the clauses of all actions call it 66 times:"
        " in all, they call more than 200000 parts"
    )


@pytest.mark.parametrize("kind", [t.Compare, t.Arithmetic, t.Logic, t.Apply, t.Each])
def test_an_operator_that_there_is_not_is_no_code(kind: Any, load: Load) -> None:
    """Whatever a compiled policy was made from, as what lay in a cache: nothing but the language's own is written."""
    compiled, _ = load("n + 1 > 0 and min(n, 1) == 1 and count(h for h in hues) >= 0")
    [program] = pickle.loads(pickle.dumps(list(compiled.programs.values())))
    place = {t.Compare: "op", t.Arithmetic: "op", t.Logic: "op", t.Apply: "function", t.Each: "kind"}[kind]
    evil = "+ __import__('os').abort() +"

    def meddled(part: Any) -> Any:
        if isinstance(part, tuple) and hasattr(part, "_fields"):
            part = type(part)(*map(meddled, part))
            return part._replace(**{place: evil}) if isinstance(part, kind) else part
        return [*map(meddled, part)] if isinstance(part, list) else part

    assert isinstance(program, Program)
    rules = tuple(each._replace(holds=meddled(each.holds)) for each in program.actions["act"].rules)
    program.actions["act"] = program.actions["act"]._replace(rules=rules)  # type: ignore[index]
    ready = Engine.of([program]).compiled(SMALL_STATE).single("act")
    with suppress(Fault):
        assert ready.verdict(SMALL_ACTION, SMALL_STATE) is None
        assert "abort" not in ready.source
