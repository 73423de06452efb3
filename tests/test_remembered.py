"""What a search works out once is what it would be each time; and nobody else's data stand in its answer."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from random import Random
from typing import Any

import pytest

import seatrules
from accounts import account, changed
from asking import proposals
from lengths import examples
from seatrules.change.effects import NOTHING, Effect, apply_effects
from seatrules.language.interpret import DataPath
from seatrules.planning.budget import Budget
from seatrules.planning.nodes import Move, Node, Nodes
from seatrules.planning.questions import Questions
from seatrules.planning.remedies import remedies
from seatrules.planning.search import RemedySearch
from seatrules.planning.touch import ANY, Changes, Needs, meet, needs_of, shape_of
from test_remedies import POLICIES
from test_remedies_by_force import denials, states

EIGHT = {"core": 8}, {key: ["core"] for key in ("ana", *"bcdefgh")}
REMOVAL = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 4}


@pytest.mark.parametrize("name", list(POLICIES))
def test_a_state_that_is_remembered_is_the_one_that_effects_lead_to(name: str) -> None:
    """From a state on and from one that steps led to; equal effects lead to the very same, and none of them changes."""
    engine, _ = POLICIES[name]
    random = Random(12)
    for number, state in zip(range(examples(9) // 4), states(name, random), strict=False):
        questions = Questions(engine, engine.program_for(state), None, Budget(10**6, 10**6))
        given, seen = copy.deepcopy(state), list[tuple[Any, Any]]()
        current: Any = state
        for _ in range(3):
            allowed = [each for each in steps(engine, current, random) if questions.effects(each, current)]
            for action in allowed:
                effects = questions.effects(action, current)
                after = questions.after(effects, current)
                assert after == apply_effects(effects, current), (number, action)
                assert questions.after(questions.effects(copy.deepcopy(action), current), current) is after
                seen.append((after, copy.deepcopy(after)))
            current = seen[-1][0] if allowed else current
        assert state == given
        assert all(after == as_it_was for after, as_it_was in seen)


def steps(engine: seatrules.Engine, state: Any, random: Random) -> Iterator[dict[str, Any]]:
    """Actions that are allowed on a state, of each type two that are."""
    program = engine.program_for(state)
    for name in program.actions:
        every = list(islice(proposals(program, name, state), 200))
        random.shuffle(every)
        yield from islice((dict(each) for each in every if is_allowed(engine, each, state)), 2)


def is_allowed(engine: seatrules.Engine, action: Mapping[str, Any], state: Any) -> bool:
    """Whether an action is allowed, and is one on this state."""
    try:
        return engine.allows(dict(action), state)
    except seatrules.RequestError:
        return False


@pytest.mark.parametrize("name", list(POLICIES))
def test_what_a_rule_reads_is_the_same_for_actions_that_differ_in_nothing_that_it_asks(name: str) -> None:
    """Of hundreds of actions on one state, each denying rule reads what it reads for that action alone."""
    engine, _ = POLICIES[name]
    random, remembered = Random(12), 0
    for state in islice(states(name, random), 2):
        program = engine.program_for(state)
        questions = Questions(engine, program, None, Budget(10**6, 10**6))
        every = [dict(each) for of in program.actions for each in islice(proposals(program, of, state), 40)]
        for action in random.sample(every, min(150, len(every))):
            for rule in questions.failing(action, state) or ():
                singles = questions.compiled(state).action(action["type"]).singles(action, state)
                alone = Needs.of_all(needs_of(rule, each.action, each.state, program) for each in singles)
                known = len(questions._needs)
                assert questions.read_by(rule, action, state) == alone, (rule.id, action)
                remembered += len(questions._needs) == known
    assert remembered


def test_entries_that_are_changed_alike_stay_together() -> None:
    """Of those who were alike: who is changed otherwise, taken away, or not changed is apart."""
    engine, state = POLICIES["default"][0], account({"core": 8}, {key: [] for key in "abcdefg"}, {})
    questions = Questions(engine, engine.program_for(state), None, Budget(10**6, 10**6))
    nodes = Nodes(questions, state, ["a"])
    effects = [Effect(("users", key, "seats"), [], ["core"], "r") for key in "abcd"]
    effects += [Effect(("users", "e", "seats"), [], ["free"], "r"), Effect(("users", "f"), {}, NOTHING, "r")]
    after = nodes.after(nodes.start, Move((), (Changes(effects),)))
    assert nodes.start.groups["user"] == (("a",), tuple("bcdefg"))
    assert after.groups["user"] == (("a",), ("b", "c", "d"), ("e",), ("f",), ("g",))
    assert nodes.after(nodes.start, Move((), (Changes(effects),))) is after


def test_effects_touch_what_is_needed_where_one_of_them_does() -> None:
    """What is gathered of all effects at once comes to what each of them comes to by itself."""
    random, touched = Random(3), 0
    for _ in range(examples(3000)):
        needs = Needs(set(paths(random)), set(paths(random)), frozenset(shape_of(path) for path in paths(random)))
        effects = Changes(effect(random, parts) for parts in paths(random))
        assert needs.touched(effects) == any(touches(needs, each) for each in effects), (needs, effects)
        touched += needs.touched(effects)
    assert touched


def paths(random: Random) -> Iterator[DataPath]:
    """Up to three paths of up to three names, of which there are few."""
    for _ in range(random.randint(0, 3)):
        yield tuple(random.choice("abc") for _ in range(random.randint(1, 3)))


def effect(random: Random, parts: DataPath) -> Effect:
    return Effect(parts, random.choice([NOTHING, 1, [1]]), random.choice([NOTHING, 2, [2], {"n": 2}]), "rule")


def touches(needs: Needs, effect: Effect) -> bool:
    """Whether one effect changes a value that was read, all that holds one, or what is in a collection."""
    parts = effect.parts
    added = NOTHING in (effect.before, effect.after)
    if parts in needs.values or meet([(str(parts[0]), ANY) if added else shape_of(parts)], needs.loose):
        return True
    whole = effect.after is NOTHING or isinstance(effect.after, list | dict)
    in_collection = parts in needs.collections or parts[:-1] in needs.collections
    return ((whole or added) and in_collection) or (whole and any(path[: len(parts)] == parts for path in needs.values))


def test_an_answer_does_not_follow_what_it_was_asked_with() -> None:
    """Whoever changes the action or the state afterwards changes no answer, be it read before or not."""
    action, state = copy.deepcopy(REMOVAL), account(*EIGHT, {})
    found, other = (remedies(POLICIES["default"][0], action, state, seconds=60, budget=300) for _ in range(2))
    before = found.as_dict("en")
    assert before["remedies"]
    action["quantity"] = 1
    state["users"]["b"]["seats"].clear()
    state["seats"]["core"]["purchased"] = 100
    assert found.as_dict("en") == before == other.as_dict("en")


def test_a_search_that_ends_leaves_nothing_to_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its states are gone at once: they may be as large as the account, each of them."""
    ended = list[weakref.ref[Node]]()

    class Noting(RemedySearch):
        def let_go(self) -> None:
            ended.extend(map(weakref.ref, self._mendings))
            super().let_go()

    monkeypatch.setattr("seatrules.planning.remedies.RemedySearch", Noting)
    gc.disable()
    try:
        found = remedies(POLICIES["default"][0], REMOVAL, account(*EIGHT, {}), seconds=60, budget=300)
        assert found.remedies
        assert len(ended) > 1
        assert [each for each in ended if each() is not None] == []
    finally:
        gc.enable()


def test_threads_that_search_at_once_find_the_same() -> None:
    """With one engine and one state; and each of them finds what it finds alone."""
    engine, state = POLICIES["default"][0], account(*EIGHT, {"h": "deactivated"})
    asked = [*denials(engine, state, Random(5))[:4], REMOVAL]

    def found(action: dict[str, Any]) -> Any:
        return remedies(engine, action, state, seconds=60, budget=300).as_dict("en")

    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(found, asked * 2))
    assert at_once == [found(action) for action in asked] * 2


def test_what_is_said_of_an_action_is_not_said_of_one_that_it_became() -> None:
    """A search whose caller changes one and the same action between two searches decides it anew."""
    engine, action = POLICIES["default"][0], copy.deepcopy(REMOVAL)
    state = changed(account(*EIGHT, {}), {"seats.core.purchased": 10})
    assert not remedies(engine, action, state, seconds=60, budget=300).allowed
    action["quantity"] = 2
    assert engine.remedies(action, state).allowed
