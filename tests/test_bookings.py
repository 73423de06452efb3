"""What of a bill is booked: each entry once, on its day; what announces a later day is booked by what happens then."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

import seatrules
from accounts import STATE, changed
from conftest import TESTS
from lengths import examples
from seatrules.analysis.made_up import MadeUp, pool_of
from seatrules.language.types import Date
from seatrules.suites import find_suites, read_suite
from test_allotments import ENGINE as ALLOTMENTS
from test_allotments import STATE as GARDENS
from test_options import BRANCH
from test_simulate import crossing

ENGINE = seatrules.load()
LIBRARY = seatrules.load(TESTS / "policies" / "library-loans")
REMOVE = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 2}
CANCEL = {"type": "cancel_scheduled_removal", "actor": "ana", "seat_type": "core"}
BUY = {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 3}
WAIT = {"type": "advance_time", "actor": "system", "to": "2026-01-01"}
DAY = "2025-01-15"
"""The day on which the removal takes effect."""


def taken(engine: seatrules.Engine, state: Any, *actions: Any) -> list[seatrules.Decision]:
    """The decisions on actions, one after the other, each of which is allowed."""
    decisions = []
    for action in actions:
        decision = engine.decide(action, state)
        state = engine.apply(decision, state)
        decisions.append(decision)
    return decisions


def booked(answer: seatrules.Decision | seatrules.Timeline) -> list[Any]:
    assert answer.bookings is not None
    return [booking.as_dict() for booking in answer.bookings]


def entry(change: str, quantity: int, day: str) -> dict[str, Any]:
    return {"change": change, "seat_type": "core", "quantity": quantity, "effective_on": day}


def test_a_removal_is_booked_once() -> None:
    """When it takes effect: that it is scheduled, or cancelled, only announces; a purchase is booked at once."""
    scheduled, bought, waited = taken(ENGINE, STATE, REMOVE, BUY, WAIT)
    (removal_day,) = {effect.after for effect in scheduled.effects if effect.path.endswith("effective_on")}
    assert scheduled.as_dict()["billing"] == entry("decrease", 2, removal_day)
    assert booked(scheduled) == []
    assert booked(bought) == [entry("increase", 3, STATE["as_of"])]
    assert booked(waited) == [entry("decrease", 2, removal_day)]
    assert waited.bookings is not None
    assert waited.bookings[0].date == removal_day
    for decision in (scheduled, bought, waited):
        assert decision.as_dict()["bookings"] == booked(decision)
    assert [booked(each) for each in taken(ENGINE, STATE, REMOVE, CANCEL, WAIT)] == [[], [], []]
    timeline = ENGINE.simulate([REMOVE, {"at": "2026-01-01", "action": {**BUY, "quantity": 1}}], STATE)
    assert booked(timeline) == [entry("decrease", 2, removal_day), entry("increase", 1, "2026-01-01")]
    assert timeline.as_dict()["bookings"] == booked(timeline)


def test_a_denial_books_nothing() -> None:
    """Nor is a user told of what is booked."""
    denied = ENGINE.decide({**REMOVE, "quantity": 100}, STATE)
    assert (denied.allowed, booked(denied)) == (False, [])
    assert "bookings" not in denied.as_dict(audience="user")


def test_what_is_not_known_is_not_booked() -> None:
    """Where too little is given, and where the policy does not name the key of the day, nothing is said of it."""
    state = {**STATE, "subscriptions": [{}]}
    assert ENGINE.decide(REMOVE, state, partial=True).bookings is None
    assert ENGINE.decide(BUY, STATE, partial=True).bookings == ENGINE.decide(BUY, STATE).bookings
    waited = ALLOTMENTS.decide({"type": "wait", "to": GARDENS["as_of"]}, GARDENS)
    assert (waited.bookings, waited.as_dict()["bookings"]) == (None, None)
    timeline = ALLOTMENTS.simulate([{"type": "wait", "to": GARDENS["as_of"]}], GARDENS)
    assert (timeline.bookings, timeline.as_dict()["bookings"]) == (None, None)


def test_the_evaluators_book_the_same() -> None:
    """In every case of the policies' suites."""
    slow = {engine: seatrules.Engine.of(engine.programs, "interpreter") for engine in (ENGINE, LIBRARY)}
    for engine, folder in ((ENGINE, "policies/hubspot-seats"), (LIBRARY, "tests/policies/library-loans")):
        for path in find_suites(TESTS.parent / folder):
            for case in read_suite(path).cases:
                if not case.steps and "error" not in case.expect and not case.settings and not case.partial:
                    fast = engine.decide(case.action, case.state)
                    assert fast.bookings == slow[engine].decide(case.action, case.state).bookings


def test_another_policy_has_another_key() -> None:
    """Of the library a charge is booked on the day on which it is said, by an event or an action."""
    lent = {"title": "emma", "kind": "novel", "member": "ann", "borrowed_on": "2025-02-01", "due_on": "2025-02-20"}
    state = changed(BRANCH, {"as_of": "2025-02-20", "loans": {"L1": {**lent, "extensions": 0, "overdue": False}}})
    decision = LIBRARY.decide({"type": "let_time_pass", "actor": "calendar", "to": "2025-02-25"}, state)
    assert decision.bookings is not None
    assert [booking.date for booking in decision.bookings] == ["2025-02-21"]


def test_each_entry_is_booked_by_the_version_that_bills_it(base_policy: Path) -> None:
    """Where a later version names the key and the earlier does not, what is booked is not known; after it, it is."""
    crossing(base_policy)
    later = base_policy / "later"
    header = later / "policy.yaml"
    header.write_text(header.read_text() + "booking_day: day\n")
    event = later / "events.yaml"
    event.write_text(event.read_text() + "    billing: {change: charge, cents: '7', day: as_of}\n")
    engine = seatrules.load(base_policy)
    car = {"kind": "car", "lots": [], "permit_until": "2025-08-05"}
    town = {"town": {"name": "Ede", "closed": False}, "lots": {}, "cars": {"a": car}, "visits": []}
    decision = engine.decide({"type": "wait", "to": "2025-09-01"}, {"as_of": "2025-07-01", **town})
    assert booked(decision) == [{"change": "charge", "cents": 7, "day": "2025-08-05"}]
    assert engine.decide({"type": "wait", "to": "2025-07-02"}, {"as_of": "2025-07-01", **town}).bookings is None


@pytest.mark.parametrize("seed", range(examples(24)))
@pytest.mark.parametrize("deactivated_count", [True, False])
def test_bookings_balance_with_what_is_bought(seed: int, deactivated_count: bool) -> None:
    """Over random actions and days: of each seat type that is paid, what is booked is what was bought more or less."""
    engine = seatrules.load(settings={"deactivated_counts_as_assigned": deactivated_count})
    program, random = next(iter(engine.programs.values())), Random(seed)
    state: Any = STATE
    total: Counter[str] = Counter()
    for _ in range(40):
        made_up = MadeUp(random, pool_of(program, state))
        likely: dict[str, Any] = random.choice([BUY, REMOVE, REMOVE, CANCEL])
        seats = {"seat_type": random.choice(["core", "sales", "service"]), "quantity": random.randint(1, 3)}
        proposed = made_up.action(program, random.choice(list(program.actions.values())), state)
        if random.random() < 0.5:
            proposed = {**likely, **{name: value for name, value in seats.items() if name in likely}}
        step = {"at": made_up.value(Date()), "action": proposed} if random.random() < 0.3 else proposed
        try:
            timeline = engine.simulate([step], state)
        except seatrules.RequestError:
            continue
        for bill in booked(timeline):
            total[bill["seat_type"]] += bill["quantity"] * {"increase": 1, "decrease": -1}[bill["change"]]
        state = timeline.state
    rows: Any = program.tables["seat_types"].rows
    for name, row in rows.items():
        if row["paid"]:
            bought = [each["seats"].get(name, {"purchased": 0})["purchased"] for each in (STATE, state)]
            assert total[name] == bought[1] - bought[0]
