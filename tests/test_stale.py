"""A decision is one on what was read, of one day and by one policy, and on nothing else."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

import seatrules
from accounts import ACTION, GONE, STATE, changed
from asking import engine, mutated, places
from fuzz.compare import evaluators
from fuzz.requests import WRONG, request
from lengths import examples
from seatrules import Decision, Engine, EvaluatorName, NotAllowedError, RequestError, StaleDecisionError
from test_evaluators import ENGINES

ASSIGN = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"}
REMOVE = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}
LAST = changed(STATE, {"seats.core.purchased": 4, "users.bob.seats": []})
"""One core seat is left."""


def refused(decision: Decision, state: Any, by: Engine | None = None) -> tuple[str, str | None]:
    """Why a decision is not applied, and the path of what differs."""
    by = by or engine()
    before = copy.deepcopy(state)
    assert not by.still_holds(decision, state)
    with pytest.raises(StaleDecisionError) as raised:
        by.apply(decision, state)
    assert isinstance(raised.value, NotAllowedError)
    assert state == before
    return str(raised.value), raised.value.path


def decided(action: Mapping[str, Any], state: Mapping[str, Any], **options: Any) -> Decision:
    decision = engine().decide(action, state, **options)
    assert decision.allowed
    return decision


@pytest.mark.parametrize("name", evaluators()[0])
@pytest.mark.parametrize(("first", "second"), [(ASSIGN, REMOVE), (REMOVE, ASSIGN), (ASSIGN, ASSIGN)])
def test_the_last_seat_is_promised_once(name: EvaluatorName, first: Any, second: Any) -> None:
    """Of two actions that are allowed on one state, the second is refused on what the first left, whoever decides."""
    deciding = Engine.of(engine().programs, name)
    decisions = [deciding.decide(action, LAST) for action in (first, second)]
    assert [each.allowed for each in decisions] == [True, True]
    after = deciding.apply(decisions[0], LAST)
    assert refused(decisions[1], after, deciding)[1] in {
        "/state/seats/core/assigned",
        "/state/seats/core/pending_removal",
    }
    assert decisions[1] != deciding.decide(second, after)


CASES: dict[str, tuple[dict[str, Any], Any, str, str]] = {
    "somebody was deactivated": (
        ASSIGN,
        {"users.bob.status": "deactivated"},
        "`users.bob.status` is not active",
        "/state/users/bob/status",
    ),
    "somebody lost a permission": (
        ACTION,
        {"users.ana.permissions": []},
        "`users.ana.permissions.0` is not there any more",
        "/state/users/ana/permissions/0",
    ),
    "somebody got a seat": (
        ASSIGN,
        {"users.bob.seats": ["sales"]},
        "`users.bob.seats.0` was not there",
        "/state/users/bob/seats/0",
    ),
    "another day": (ACTION, {"as_of": "2025-03-15"}, "`as_of` is not 2024-11-15", "/state/as_of"),
    "another account": (
        ACTION,
        {"account.created_on": "2023-01-01"},
        "`account.created_on` is not 2024-06-01",
        "/state/account/created_on",
    ),
    "a truth value": (ACTION, {"account.migrated": True}, "`account.migrated` is not false", "/state/account/migrated"),
    "a value that was absent": (
        REMOVE,
        {"seats.core.pending_removal": 1, "seats.core.pending_effective_on": "2025-06-01"},
        "`seats.core.pending_removal` is not 0",
        "/state/seats/core/pending_removal",
    ),
    "a record of a list that was gone through": (
        ACTION,
        {"subscriptions.0.tier": "starter"},
        "`subscriptions.0.tier` is not professional",
        "/state/subscriptions/0/tier",
    ),
    "one record less": (
        ACTION,
        {"subscriptions.0": GONE},
        "`subscriptions.0` is not there any more",
        "/state/subscriptions/0",
    ),
    "a malformed value": (
        ACTION,
        {"seats.core.purchased": "many"},
        'the text "many" stands where a whole number is expected',
        "/state/seats/core/purchased",
    ),
    "no day": (ACTION, {"as_of": GONE}, "`as_of` is missing", "/state/as_of"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_state_that_was_not_decided_on_is_refused(name: str) -> None:
    """The first thing that was read and is another now is named, with its path."""
    action, changes, said, path = CASES[name]
    decision = decided(action, LAST)
    message = f"the state is not the one that was decided on: {said}"
    assert refused(decision, changed(LAST, changes)) == (message, path)


@pytest.mark.parametrize("state", [None, [], {}, {"as_of": object()}])
def test_what_is_no_state_is_refused(state: Any) -> None:
    """Whatever is handed in as the state, there is no other error."""
    decision = decided(ACTION, STATE)
    assert not engine().still_holds(decision, state)
    with pytest.raises(StaleDecisionError):
        engine().apply(decision, state)


def test_what_is_not_read_may_be_another() -> None:
    """Others may come, go and change while a decision is made that reads nothing of them."""
    meanwhile = changed(STATE, {"users.zoe": STATE["users"]["bob"], "users.bob": GONE, "seats.sales.assigned": 1})
    decision = decided(ACTION, STATE)
    assert engine().still_holds(decision, meanwhile)
    assert engine().apply(decision, meanwhile) == changed(meanwhile, {"seats.core.purchased": 7})


def test_a_wait_is_one_on_the_whole_state() -> None:
    """What happens as time passes may read anything, so that anything else makes it another."""
    state = changed(STATE, {"seats.sales.pending_removal": 1, "seats.sales.pending_effective_on": "2025-06-01"})
    wait = decided({"type": "advance_time", "actor": "system", "to": "2025-07-01"}, state)
    assert engine().apply(wait, state)["seats"]["sales"]["purchased"] == 3
    assert refused(wait, engine().apply(wait, state))[1] == "/state/as_of"
    assert refused(wait, changed(state, {"users.bob.permissions": ["modify_billing"]}))[1] == (
        "/state/users/bob/permissions/0"
    )


def test_a_denial_holds_as_long_as_what_was_read() -> None:
    """`still_holds` is asked of any decision; only an allowed one is applied."""
    state = changed(LAST, {"seats.core.assigned": 4})
    denial = engine().decide(ASSIGN, state)
    assert not denial.allowed
    assert engine().still_holds(denial, copy.deepcopy(state))
    assert not engine().still_holds(denial, LAST)
    with pytest.raises(NotAllowedError, match="only an action that is allowed") as raised:
        engine().apply(denial, LAST)
    assert not isinstance(raised.value, StaleDecisionError)


def test_a_decision_of_another_policy_is_refused() -> None:
    """An engine applies only what its own policy says, by the same choice of settings."""
    decision = decided(ACTION, STATE)
    other = seatrules.load(settings={"core_renewal": "latest"})
    assert refused(decision, STATE, other) == (
        "the policy is not the one that decided: its settings are others here",
        None,
    )
    program = engine().programs["2024-11-01"]
    edited = program._replace(policy=program.policy._replace(digest="sha256:0"))
    assert refused(decision, STATE, Engine.of([edited])) == (
        "the policy is not the one that decided: version `2024-11-01` is another here",
        None,
    )
    renamed = program._replace(policy=program.policy._replace(version="later"), effective_from="2024-11-10")
    assert refused(decision, STATE, Engine.of([renamed])) == (
        "the policy is not the one that decided: there is no version `2024-11-01` here",
        None,
    )
    both = Engine.of([program, renamed])
    assert refused(decision, STATE, both) == (
        "the policy is not the one that decided: here version `later` is in force on 2024-11-15",
        None,
    )
    assert both.apply(both.decide(ACTION, STATE, version="2024-11-01"), STATE) == engine().apply(decision, STATE)


def test_an_engine_that_was_loaded_anew_applies_what_the_first_decided() -> None:
    """It is the policy that counts, not the object."""
    again: Engine = pickle.loads(pickle.dumps(engine()))
    assert again.apply(decided(ACTION, STATE), STATE) == engine().apply(decided(ACTION, STATE), STATE)


def test_what_was_unknown_and_is_known_is_another_state() -> None:
    """A decision on a part of a state is one on that part: what is given now was not decided on."""
    part = changed(LAST, {"users.bob.seats": GONE})
    undecided = engine().decide(ASSIGN, part, partial=True)
    assert undecided.decision == "undetermined"
    assert engine().still_holds(undecided, copy.deepcopy(part))
    assert not engine().still_holds(undecided, LAST)
    without_users = changed(STATE, {"users.bob": GONE, "seats.sales": GONE})
    decision = decided(ACTION, without_users, partial=True)
    assert decision.missing == ()
    assert engine().apply(decision, STATE) == changed(STATE, {"seats.core.purchased": 7})


def test_a_decision_says_what_it_read() -> None:
    """`reads` are pointers with values; what is not there is `None`; the action is the one that was handed in."""
    decision = decided({**ACTION, "quantity": 1}, STATE)
    reads = decision.reads
    assert reads["/state/as_of"] == "2024-11-15"
    assert reads["/state/users/ana/permissions"] == ["modify_billing"]
    assert reads["/state/seats/core/purchased"] == 5
    assert reads["/state/subscriptions/0/tier"] == "professional"
    assert reads["/state/subscriptions/1"] is None
    assert not [path for path in reads if "bob" in path]
    assert decision.action == {**ACTION, "quantity": 1}
    reads["/state/users/ana/permissions"].clear()
    assert decision.reads["/state/users/ana/permissions"] == ["modify_billing"]


def value_at(pointer: str, state: Any) -> Any:
    """What is there now, in the words of `reads`."""
    for part in pointer.split("/")[2:]:
        key: Any = part.replace("~1", "/").replace("~0", "~")
        if isinstance(state, list) and key.isdigit():
            state = state[int(key)] if int(key) < len(state) else None
        elif isinstance(state, dict):
            state = state.get(key)
        else:
            return GONE
        if state is None:
            return None
    return state


def unchanged(reads: Mapping[str, Any], state: Any) -> bool:
    """Whether an optimistic lock would let a change through that rests on `reads`."""
    for pointer, value in reads.items():
        now = value_at(pointer, state)
        is_entry = value == {} and isinstance(now, dict)
        is_map = isinstance(value, list) and isinstance(now, dict) and sorted(now) == value
        if not (is_entry or is_map or now == value):
            return False
    return True


@pytest.mark.parametrize("name", list(ENGINES))
def test_a_decision_that_still_holds_is_the_one_that_would_be_made(name: str) -> None:
    """Whatever has changed in a state: where a decision holds, and where its reads say so, a new one is the same."""
    random, deciding, outcomes = Random(7), ENGINES[name], []
    for _ in range(examples(3000)):
        program = random.choice(list(deciding.programs.values()))
        action, state = request(random, program)
        try:
            decision = deciding.decide(action, state)
        except RequestError:
            continue
        now = _changed_somewhere(random, state, request(random, program)[1])
        holds, locked = deciding.still_holds(decision, now), unchanged(decision.reads, now)
        outcomes.append(holds)
        try:
            again: Decision | None = deciding.decide(action, now)
        except RequestError:
            again = None
        if holds or (locked and again is not None):
            assert again == decision
        if holds:
            assert locked
            assert again is not None
            assert again.reads == decision.reads
            if decision.allowed:
                assert deciding.apply(decision, now) == deciding.apply(again, now)
    assert min(outcomes.count(True), outcomes.count(False)) > len(outcomes) / 10


def _changed_somewhere(random: Random, state: Any, other: Any) -> Any:
    """The state with one thing in it taken away, wrong, as in the other state or added from there."""
    result, changes = copy.deepcopy(state), random.randint(1, 2)
    for _ in range(changes):
        place = random.choice([place for place in places(result) if place != ("as_of",)])
        of_other = value_at("/state/" + "/".join(map(str, place)), other)
        new = random.choice([GONE, of_other, of_other, of_other, random.choice(WRONG)])
        if place[-1] == "id" or (new is GONE and len(place) == 1):
            continue
        result = mutated(result, place, new)
    for name, entries in other.items():
        if isinstance(entries, dict) and isinstance(result.get(name), dict) and random.random() < 0.2:
            result[name] = {**entries, **result[name]}
    return result
