"""What a decision changes, for a database: a JSON Patch that does what `apply` does, and effects that say what."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, get_args

import jsonpatch
import jsonpointer
import pytest

import seatrules
from accounts import ACTION, STATE, changed
from asked import POLICIES, Asked, decisions
from asking import engine
from conftest import TESTS
from fuzz.policies import small_policy, write_policy
from fuzz.requests import POOL
from lengths import examples
from seatrules import Decision, Effect, Engine, NotAllowedError, RequestError
from seatrules.analysis.made_up import MadeUp
from seatrules.change.effects import NOTHING, Op, apply_effects
from seatrules.change.patch import patch_of

ODD = replace(POOL, keys=("a/b", "c~d", "~1", "e.f", "ana"), odd_numbers=(), odd_texts=(), strange=0)
ASSIGN = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"}


def patched(state: Any, patch: list[dict[str, Any]]) -> Any:
    """The state after a patch, by the library; the patch has been sent as text."""
    return jsonpatch.apply_patch(copy.deepcopy(state), json.loads(json.dumps(patch)))


def checked(by: Engine, decision: Decision, state: Any) -> Counter[str]:
    """Make sure that the patch does what `apply` does; what its effects do, counted."""
    if not decision.allowed or decision.missing:
        return Counter()
    assert patched(state, decision.patch()) == by.apply(decision, state)
    return Counter(effect.op for effect in decision.effects) + Counter(
        "creates" for effect in decision.effects if effect.creates
    )


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_a_patch_does_what_apply_does(policy: Path) -> None:
    """For every allowed request of every suite."""
    found = sum((checked(asked.engine, decision, asked.state) for asked, decision in decisions(policy)), Counter[str]())
    assert found["set"]


def made_up(random: Random, by: Engine, count: int) -> Iterator[tuple[Decision, Any]]:
    """Decisions on made-up requests, whose keys have signs that pointers write otherwise."""
    programs = list(by.programs.values())
    for _ in range(count):
        program = random.choice(programs)
        making = MadeUp(random, ODD)
        state: Any = making.value(program.state)
        state["as_of"] = random.choice(ODD.days[3:])
        action = making.action(program, random.choice(list(program.actions.values())), state)
        try:
            yield by.decide(action, state, version=program.version), state
        except RequestError:
            continue


def test_a_patch_does_what_apply_does_on_any_request(tmp_path: Path) -> None:
    """On made-up requests of all policies and of made-up ones, with all that an effect can do."""
    random, found = Random(13), Counter[str]()
    engines = [seatrules.load(policy) for policy in POLICIES]
    for _ in range(examples(60)):
        engines.append(seatrules.load(write_policy(small_policy(random), tmp_path)))
    for by in engines:
        for decision, state in made_up(random, by, 40):
            found += checked(by, decision, state)
    assert set(found) == {*get_args(Op), "creates"}, found


EFFECTS: dict[str, tuple[Any, list[Effect]]] = {
    "keys with signs of pointers": (
        {"m": {"a/b": {"n": 1}, "~c": {"n": 2}, "~1": {"n": 3}}},
        [
            Effect(("m", "a/b", "n"), 1, 9, "r"),
            Effect(("m", "~c"), {"n": 2}, NOTHING, "r"),
            Effect(("m", "~1", "n"), 3, None, "r"),
            Effect(("m", "/"), NOTHING, {"n": 4}, "r"),
        ],
    ),
    "what was not given": ({"m": {"a": {}}}, [Effect(("m", "a", "n"), None, 1, "r"), Effect(("o",), None, [], "r")]),
    "a whole entry, once for two of its values": (
        {"m": {}},
        [Effect(("m", "a", "n"), 0, 1, "r", {"n": 0, "o": 0}), Effect(("m", "a", "o"), 0, 2, "r", {"n": 0, "o": 0})],
    ),
    "a list of an entry that is not there": (
        {"m": {}},
        [Effect(("m", "a", "l", index), NOTHING, index, "r", {"l": []}) for index in (0, 1)],
    ),
    "a list of an entry of a map inside an entry, that is not there": (
        {"m": {"a": {"o": {}}}},
        [Effect(("m", "a", "o", "b", "l", index), NOTHING, index, "r", {"l": []}) for index in (0, 1)],
    ),
    "an entry that is created anew in a later turn": (
        {"m": {}},
        [
            Effect(("m", "a", "n"), 0, 1, "r", {"n": 0}, 1),
            Effect(("m", "a"), {"n": 1}, NOTHING, "r", None, 2),
            Effect(("m", "a", "n"), 0, 5, "r", {"n": 0}, 3),
        ],
    ),
    "out of the middle of a list": (
        {"l": [{"n": index} for index in range(13)]},
        [
            Effect(("l", 2), {"n": 2}, NOTHING, "r"),
            Effect(("l", 10), {"n": 10}, NOTHING, "r"),
            Effect(("l", 12, "n"), 12, 0, "r"),
            Effect(("l", 13), NOTHING, {"n": 13}, "r"),
            Effect(("l", 0), {"n": 0}, {"n": 5}, "r"),
        ],
    ),
    "lists in lists": (
        {"l": [{"k": [1, 2]}, {"k": [3]}]},
        [Effect(("l", 0), {"k": [1, 2]}, NOTHING, "r", None, 1), Effect(("l", 0, "k", 1), NOTHING, 4, "r", None, 2)],
    ),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_a_patch_does_what_the_effects_do(name: str) -> None:
    """Whatever a key looks like, and wherever in a list something goes."""
    state, effects = EFFECTS[name]
    before = copy.deepcopy(state)
    assert patched(state, patch_of(effects)) == apply_effects(effects, state)
    assert state == before


def test_a_patch_can_be_read() -> None:
    """Its pointers begin at the state's own top."""
    state = changed(STATE, {"users.bob.seats": []})
    page = (TESTS.parent / "docs" / "embedding.md").read_text(encoding="utf-8")
    assert f">>> decision.patch()\n{engine().decide(ASSIGN, state).patch()}\n" in page
    assert engine().decide(ASSIGN, state).patch() == [
        {"op": "add", "path": "/seats/core/assigned", "value": 4},
        {"op": "add", "path": "/users/bob/seats", "value": ["core"]},
    ]


def test_a_denial_has_no_patch() -> None:
    """Nothing to do would look like something done: it is the error that `apply` has."""
    for decision in (
        engine().decide({**ACTION, "quantity": 0}, STATE),
        engine().decide(ACTION, {"as_of": STATE["as_of"]}, partial=True),
    ):
        with pytest.raises(NotAllowedError, match="only an action that is allowed"):
            decision.patch()


def test_a_patch_is_ones_own() -> None:
    """What is done to it changes no other answer."""
    decision = engine().decide(ASSIGN, changed(STATE, {"users.bob.seats": []}))
    decision.patch()[1]["value"].append("sales")
    assert decision.patch()[1]["value"] == ["core"]


# Effects as plain data


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_effects_say_where_and_what(policy: Path) -> None:
    """As plain data too: the pointer leads to what was there, lists say what is added and removed."""
    for asked, decision in decisions(policy):
        for effect, data in zip(decision.effects, decision.as_dict()["effects"], strict=True):
            assert (data["op"], data["pointer"]) == (effect.op, effect.pointer)
            assert data.get("creates") == (dict(effect.creates) if effect.creates else None)
            if effect.turn == 0 and effect.creates is None:
                assert _at(asked, effect.pointer, data["from"]) == data["from"]
            if "added" in data:
                kept = Counter(map(repr, data["from"] or [])) - Counter(map(repr, data["removed"]))
                assert kept + Counter(map(repr, data["added"])) == Counter(map(repr, data["to"] or []))


def _at(asked: Asked, pointer: str, default: Any) -> Any:
    """What stands at a pointer to the state; what is not given reads as its default."""
    return jsonpointer.resolve_pointer({"state": asked.state}, pointer, default)


def effect(before: Any, after: Any, *parts: str | int, creates: Any = None) -> dict[str, Any]:
    return Effect(parts or ("a", "b"), before, after, "r", creates).as_dict()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (effect(1, 2), {"op": "set", "pointer": "/state/a/b"}),
        (effect("x", None), {"op": "clear", "to": None}),
        (effect(NOTHING, {"n": 1}), {"op": "create", "from": None}),
        (effect({"n": 1}, NOTHING), {"op": "delete", "to": None}),
        (effect(NOTHING, "x", "a", 3), {"op": "append", "pointer": "/state/a/3"}),
        (effect(0, 1, "m", "k", "n", creates={"n": 0}), {"op": "set", "creates": {"n": 0}}),
        (effect(1, 2, "a/b", "~", "c.d"), {"path": '["a/b"]["~"]["c.d"]', "pointer": "/state/a~1b/~0/c.d"}),
        (effect(["a", "b"], ["c", "b"]), {"op": "set", "added": ["c"], "removed": ["a"]}),
        (effect(["a", "a", "b"], ["b", "a"]), {"added": [], "removed": ["a"]}),
        (effect(None, ["a"]), {"added": ["a"], "removed": []}),
        (effect(["a"], None), {"op": "clear", "added": [], "removed": ["a"]}),
        (effect(["a"], []), {"op": "set", "added": [], "removed": ["a"]}),
        (
            effect([f"{n}" for n in range(100)] * 2, [f"{n}" for n in reversed(range(1, 101))]),
            {"added": ["100"], "removed": ["0", *(f"{n}" for n in range(100))]},
        ),
    ],
)
def test_an_effect_says_what_it_does(data: dict[str, Any], expected: dict[str, Any]) -> None:
    """Beside path, from, to and rule."""
    assert {key: data[key] for key in expected} == expected
    assert list(data)[:4] == ["path", "from", "to", "rule"]


def test_an_effect_of_a_number_has_no_items() -> None:
    """What is added and removed is said of lists that are set only."""
    for data in (effect(1, 2), effect(NOTHING, ["a"], "a", 0), effect(["a"], NOTHING, "a", 0)):
        assert not data.keys() & {"added", "removed"}
