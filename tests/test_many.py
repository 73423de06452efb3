"""Many requests at once, and time that passes over an account by itself."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from asked import POLICIES, asked
from asking import engine
from command import requests, run
from seatrules import Advance, Decision, PolicyError, RequestError, UsageError
from seatrules.change import events
from test_endless_events import ENDLESS, TOWN, WAIT, endless

LEAVING = changed(STATE, {"seats.sales.pending_removal": 1, "seats.sales.pending_effective_on": "2025-06-01"})
MANY: list[Any] = [
    {"action": ACTION, "state": STATE},
    {"action": {**ACTION, "quantity": "two"}, "state": STATE},
    {"action": {**ACTION, "quantity": 0}, "state": STATE},
    {"action": ACTION},
    None,
    {"action": object(), "state": STATE},
    {"action": ACTION, "state": STATE},
]


def test_many_are_decided_in_their_order() -> None:
    """Each as it is alone; an error takes the place of the answer, and hides no other one."""
    answers = [*engine().decide_many(MANY)]
    said = [each.decision if isinstance(each, Decision) else getattr(each, "code", None) for each in answers]
    assert said == ["allow", "wrong_type", "deny", "malformed", "malformed", "wrong_type", "allow"]
    assert answers[0] == answers[-1] == engine().decide(ACTION, STATE)
    assert isinstance(answers[1], RequestError)
    assert answers[1].path == "/action/quantity"
    assert str(answers[3]) == "a request is an object with `state` and `action`"


def test_a_stream_says_the_same_of_each() -> None:
    """The command line answers lines as `decide_many` answers requests."""
    given = [each for each in MANY if each is None or isinstance(each["action"], dict)]
    lines = run("check", "--requests", "-", stdin=requests(*given)).stdout.splitlines()
    answers = engine().decide_many(given)
    for line, answer in zip(lines, answers, strict=True):
        data = json.loads(line)
        if isinstance(answer, Decision):
            assert data["decision"] == answer.decision
        else:
            assert isinstance(answer, RequestError)
            assert data["error"]["code"] == answer.code


def test_requests_are_taken_one_at_a_time() -> None:
    """There may be any number of them: nothing is read ahead, and nothing is kept."""
    taken: list[int] = []

    def endless() -> Iterator[dict[str, Any]]:
        while True:
            taken.append(1)
            yield {"action": ACTION, "state": STATE}

    answers = engine().decide_many(endless())
    assert taken == []
    for _ in range(3):
        next(answers)
    assert len(taken) == 3


def test_what_holds_for_all_is_raised() -> None:
    """A version that there is not is no error of a request."""
    with pytest.raises(UsageError, match="there is no version `none`"):
        next(engine().decide_many(MANY, version="none"))
    part = [{"action": ACTION, "state": {"as_of": STATE["as_of"]}}]
    (answer,) = engine().decide_many(part, partial=True)
    assert isinstance(answer, Decision)
    assert answer.decision == "undetermined"


def test_an_endless_event_is_an_answer_too(base_policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error of the policy, which shows on one state; the others are decided."""
    monkeypatch.setattr(events, "MAX_EVENTS", 100)
    monkeypatch.setattr(events, "LOOKED_AT", 100)
    looped = endless(base_policy, ENDLESS["it counts"][0])
    asked_for = [{"action": WAIT, "state": TOWN}, {"action": {**WAIT, "to": "2025-01-02"}, "state": TOWN}]
    first, second = looped.decide_many(asked_for)
    assert isinstance(first, PolicyError)
    assert first.problems[0].code == "endless-event"
    assert isinstance(second, Decision)
    assert second.allowed


def test_time_passes_over_an_account() -> None:
    """What is due happens on its day, is booked, and leaves a state of the day."""
    before = copy.deepcopy(LEAVING)
    came = engine().advance(LEAVING, "2025-07-01")
    assert before == LEAVING
    assert (came.since, came.until) == ("2024-11-15", "2025-07-01")
    assert [(event.date, event.code) for event in came.events if event.code] == [("2025-06-01", "ok_removal_effective")]
    assert came.state["seats"]["sales"]["purchased"] == 3
    assert came.state["as_of"] == "2025-07-01"
    assert [booking.date for booking in came.bookings or ()] == ["2025-06-01"]
    assert [each.policy.version for each in came.versions] == ["2025-03-26"]
    assert came.policy.version == "2025-03-26"
    assert came.broken == ()
    wait = engine().decide({"type": "advance_time", "actor": "system", "to": "2025-07-01"}, LEAVING)
    assert engine().apply(wait, LEAVING) == came.state
    assert wait.bookings == came.bookings


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_the_days_may_be_cut_anywhere(policy: Path) -> None:
    """States of the suites, a year ahead: in two parts it comes to the same, and again on its day to nothing more."""
    seen = set[str]()
    for each in asked(policy):
        if each.partial or (key := json.dumps(each.state, sort_keys=True)) in seen or len(seen) > 60:
            continue
        seen.add(key)
        to = f"{int(each.state['as_of'][:4]) + 1}{each.state['as_of'][4:]}".replace("-02-29", "-02-28")
        try:
            came = each.engine.advance(each.state, to, invariants=False)
        except (RequestError, PolicyError):
            continue
        again = each.engine.advance(came.state, to, invariants=False)
        assert (again.events, again.state) == ((), came.state)
        half = each.engine.advance(each.state, each.state["as_of"], invariants=False)
        rest = each.engine.advance(half.state, to, invariants=False)
        assert rest.state == came.state
        assert [*half.events, *rest.events] == [*came.events]
    assert seen


@pytest.mark.parametrize(
    ("to", "code", "path"),
    [("2024-11-14", "date_before_as_of", "/to"), ("2025-02-30", "bad_date", "/to"), (None, "bad_date", "/to")],
)
def test_time_passes_to_a_day_from_its_own_on(to: Any, code: str, path: str) -> None:
    """Another day is an error of the request, and so is a state that is none."""
    with pytest.raises(RequestError) as raised:
        engine().advance(STATE, to)
    assert (raised.value.code, raised.value.path) == (code, path)
    with pytest.raises(RequestError):
        engine().advance({"as_of": "2025-01-01"}, "2025-02-01")


def test_a_broken_invariant_is_refused_and_can_be_gone_on_with() -> None:
    """As everywhere; of what the days do to the state it is said which invariants it breaks."""
    wrong = changed(STATE, {"seats.core.assigned": 0})
    with pytest.raises(RequestError) as raised:
        engine().advance(wrong, "2025-01-01")
    assert raised.value.code == "broken_invariant"
    came = engine().advance(wrong, "2025-01-01", invariants=False)
    assert came.as_dict()["invariants_checked"] is False


def test_what_came_is_a_frozen_value() -> None:
    """It is the same in another process, what it hands out is one's own, and it is no yes or no."""
    state = copy.deepcopy(LEAVING)
    came = engine().advance(state, "2025-07-01")
    said = came.as_dict("nl")
    state["users"].clear()
    came.state["users"].clear()
    came.as_dict()["state"]["seats"].clear()
    assert came.as_dict("nl") == said
    other: Advance = pickle.loads(pickle.dumps(came))
    assert other.as_dict("nl") == said
    json.dumps(said)
    with pytest.raises(TypeError, match="its `events` are what happened"):
        bool(came)
    with pytest.raises(AttributeError):
        came.until = "2026-01-01"  # type: ignore[misc]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_a_checked_decision_is_the_one_that_is_made_of_its_parts(policy: Path) -> None:
    """For every request of every suite whose state can be: the same answer, with what is said of the state."""
    for each in asked(policy):
        how: dict[str, Any] = {"partial": each.partial, "incomplete": each.incomplete, "version": each.version}
        try:
            checked = each.engine.validate(each.state, **how)
        except RequestError:
            continue
        said = each.engine.decide(each.action, each.state, **how)
        decision, beside = each.engine.decide_checked(each.action, each.state, **how)
        assert decision.as_dict() == said.as_dict()
        assert decision.reads == said.reads
        assert beside == each.engine.beside(checked, said.codes, each.state, **how)
        assert decision.record(id=1, at="now") == said.record(id=1, at="now")


def test_a_checked_decision_is_told_too() -> None:
    """What is to be told each decision is told it."""
    told: list[Decision] = []
    by = seatrules.load(on_decision=told.append)
    decision, _ = by.decide_checked(ACTION, STATE)
    assert told == [decision]


def test_a_checked_wait_goes_through_the_versions_that_come_into_force() -> None:
    """Where time passes, each event is the one of the version in force on its day, as `decide` has it."""
    wait = {"type": "advance_time", "actor": "system", "to": "2026-05-01"}
    decision, _ = engine().decide_checked(wait, STATE)
    assert [each.policy.version for each in decision.versions] == ["2025-03-26", "2026-03-27"]
    assert decision.as_dict() == engine().decide(wait, STATE).as_dict()
