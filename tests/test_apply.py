"""An allowed action is applied to a copy of the state that was decided on, and to no other."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from accounts import ACTION, GONE, STATE, changed
from asking import engine
from broken import STATE as TOWN
from conftest import TESTS
from seatrules import Effect, Engine, EvaluatorName, RequestError, StaleDecisionError, load
from seatrules.change.effects import NOTHING, ChangedState, apply_effects
from test_partial import LIBRARY, RESERVE
from test_remedies_of_lists import FILES


def test_apply_gives_a_new_state() -> None:
    """`apply` gives a state with the effects in it; the one that was given stays, and shares what is unchanged."""
    state = copy.deepcopy(STATE)
    decision = engine().decide(ACTION, state)
    after = engine().apply(decision, state)
    assert state == STATE
    assert after == changed(STATE, {"seats.core.purchased": 7})
    assert after["users"] is state["users"]
    assert after["seats"]["sales"] is state["seats"]["sales"]


def test_apply_gives_a_state_of_ones_own_on_demand() -> None:
    """With `copy`, no part of the new state is one of the old, and neither of what the decision says."""
    state = changed(STATE, {"users.bob.seats": []})
    before = copy.deepcopy(state)
    decision = engine().decide({"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"}, state)
    for after in (engine().apply(decision, state, copy=True), engine().apply(decision, state, copy=True)):
        after["users"]["ana"]["seats"].append("sales")
        after["users"]["bob"]["seats"].append("service")
        assert state == before
    engine().apply(decision, state)["users"]["bob"]["seats"].clear()
    assert [effect.after for effect in decision.effects] == [4, ["core"]]


def test_a_denied_action_can_not_be_applied() -> None:
    """`apply` refuses what was not allowed."""
    decision = engine().decide(changed(ACTION, {"actor": "bob"}), STATE)
    assert decision.decision == "deny"
    with pytest.raises(ValueError, match="allowed"):
        engine().apply(decision, STATE)


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_decision_does_not_follow_the_state(evaluator: EvaluatorName) -> None:
    """A decision stays as it is when the caller changes the state afterwards."""
    deciding = Engine.of(engine().programs.values(), evaluator)
    for action in (ACTION, changed(ACTION, {"actor": "bob"})):
        state = copy.deepcopy(STATE)
        decision = deciding.decide(action, state)
        state["seats"]["core"].clear()
        state["users"].clear()
        state["account"]["kind"] = "partner"
        assert decision.as_dict() == deciding.decide(action, STATE).as_dict()
        assert decision.explain() == deciding.decide(action, STATE).explain()


# What holds for every policy: shown on the small one of tests/wrong/base


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (changed(STATE, {"seats.core.purchased": 7}), "`seats.core.purchased` is not 5"),
        (changed(STATE, {"seats": GONE}), "`seats` is missing"),
        (changed(STATE, {"users.ana": GONE}), "there is no user `ana` in the state"),
    ],
    ids=["changed meanwhile", "gone meanwhile", "who acts is gone meanwhile"],
)
def test_a_decision_is_applied_to_the_state_that_it_is_of(state: Any, said: str) -> None:
    """A state that has changed since is refused, so that nothing is done twice."""
    decision = engine().decide(ACTION, STATE)
    with pytest.raises(StaleDecisionError) as raised:
        engine().apply(decision, state)
    assert str(raised.value) == f"the state is not the one that was decided on: {said}"


def test_events_change_what_the_events_before_them_left() -> None:
    """What an earlier event has put in a place, or moved up to it, is what a later one changes."""
    state = {"map": {"a": {"n": 0}}, "list": [{"n": 0}, {"n": 1}, {"n": 2}]}
    before = copy.deepcopy(state)
    effects = [
        Effect(("map", "a", "n"), 0, 1, "one", turn=1),
        Effect(("map", "a"), {"n": 1}, {"n": 5}, "two", turn=2),
        Effect(("map", "a", "n"), 5, 6, "three", turn=3),
        Effect(("list", 1, "n"), 1, 10, "one", turn=4),
        Effect(("list", 0), {"n": 0}, NOTHING, "two", turn=5),
        Effect(("list", 1, "n"), 2, 20, "three", turn=6),
    ]
    assert apply_effects(effects, state) == {"map": {"a": {"n": 6}}, "list": [{"n": 10}, {"n": 20}]}
    assert state == before
    assert effects[1].after == {"n": 5}


def test_an_effect_with_its_own_value_stays_as_it_is() -> None:
    """Whatever becomes of the list from which its new value was taken."""
    entries = [{"n": 0}]
    effect = Effect(("list",), [], entries, "one").with_own_value
    entries[0]["n"] = 1
    assert effect.after == [{"n": 0}]


TOWING = {
    "actions": """
  tow:
    title: {en: Tow, nl: Wegslepen}
    arguments: {car: car_id, other: car_id}
""",
    "outcomes": """
  - id: towed
    code: parked
    actions: [tow]
    message: {en: towed, nl: weggesleept}
""",
}
CHANGED = "  - {id: a-permit-ends, actions: [tow], change: {'cars[car].permit_until': as_of}}\n"
REMOVED = "  - {id: a-car-goes, actions: [tow], remove: ['cars[other]']}\n"


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
@pytest.mark.parametrize("consequences", [CHANGED + REMOVED, REMOVED + CHANGED], ids=["below first", "above first"])
def test_what_is_taken_away_is_not_changed_inside(
    consequences: str, evaluator: EvaluatorName, base_policy: Path
) -> None:
    """One path within another is set twice as the same path is, whichever comes first."""
    for name, text in {**TOWING, "consequences": "\n" + consequences}.items():
        with (base_policy / "base" / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(text)
    parking = load(base_policy, evaluator=evaluator)
    tow = {"type": "tow", "car": "a", "other": "b"}
    assert parking.apply(parking.decide(tow, TOWN), TOWN)["cars"] == {
        "a": {**TOWN["cars"]["a"], "permit_until": TOWN["as_of"]}
    }
    with pytest.raises(RequestError) as raised:
        parking.decide({**tow, "other": "a"}, TOWN).as_dict()
    assert (raised.value.code, raised.value.path[:13]) == ("impossible_change", "/state/cars/a")


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_list_gets_no_more_entries_than_a_list_may_have(
    evaluator: EvaluatorName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound itself is reached, whichever evaluator decides."""
    for module in ("change.effects", "generated.changes"):
        monkeypatch.setattr(f"seatrules.{module}.MAX_ITEMS", 2)
    library = load(TESTS / "policies" / "library-loans", evaluator=evaluator)
    after = library.apply(library.decide(RESERVE, LIBRARY), LIBRARY)
    one, two = (
        {**after, "reservations": [{**each, "title": "u"} for each in after["reservations"] * n]} for n in (1, 2)
    )
    assert library.decide(RESERVE, one).allowed
    with pytest.raises(RequestError) as raised:
        library.decide(RESERVE, two)
    assert (raised.value.code, raised.value.path) == ("impossible_change", "/state/reservations")
    with pytest.raises(RequestError):
        library.allows(RESERVE, two)


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_list_has_room_for_all_that_a_loop_adds(evaluator: EvaluatorName, monkeypatch: pytest.MonkeyPatch) -> None:
    """For as many as the loop goes through, not for one alone."""
    for module in ("change.effects", "generated.changes"):
        monkeypatch.setattr(f"seatrules.{module}.MAX_ITEMS", 3)
    join = """
        consequences:
          - id: all-join
            actions: [join]
            for: day in days
            append: {queue: {name: day}}
            cites: [S1]
        """
    actions = "actions: {join: {title: {en: Join}, arguments: {days: list of date}}}"
    outcomes = FILES["billing-timing.yaml"].replace("[take_out, serve]", "[join]")
    schema = FILES["state.schema.yaml"].replace("enum: [a, b, c, d]", "type: string, format: date")
    files = FILES | {"actions.yaml": actions, "consequences.yaml": join, "billing-timing.yaml": outcomes}
    files |= {"state.schema.yaml": schema, "rules.yaml": "rules: []", "codes.yaml": "codes: {outcomes: {ok: Done}}"}
    queue = load({f"v1/{name}": text.encode() for name, text in files.items()}, evaluator=evaluator)
    state = {"as_of": "2025-02-01", "queue": [{"name": "2025-01-01"}]}
    days = ["2025-01-02", "2025-01-03", "2025-01-04"]
    assert len(queue.decide({"type": "join", "days": days[:2]}, state).effects) == 2
    with pytest.raises(RequestError) as raised:
        queue.decide({"type": "join", "days": days}, state)
    assert (raised.value.code, raised.value.path) == ("impossible_change", "/state/queue")


def test_a_state_that_is_kept_stays_as_it_is() -> None:
    """What changes later is copied again, however often it has changed before."""
    path, now = ("seats", "core", "purchased"), ChangedState(STATE)
    now.at_once([Effect(path, 5, 6, "x")])
    kept = now.kept()
    now.at_once([Effect(path, 6, 7, "x")])
    assert [each["seats"]["core"]["purchased"] for each in (STATE, kept, now.state)] == [5, 6, 7]
