"""Events come due as if every one were asked anew, for every entry, after each that happens."""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import seatrules
from accounts import ACTION, STATE
from broken import build
from lengths import examples
from seatrules.change import events
from seatrules.change.effects import EffectsGatherer, apply_effects
from seatrules.change.events import Happened, run_events
from seatrules.decision.explanation import billed
from seatrules.errors import RequestError, SeatrulesError
from seatrules.evaluators import EvaluatorName
from seatrules.language import interpret, limits
from seatrules.language.days import OutOfRangeError
from seatrules.language.interpret import UNKNOWN, Interpreter, Item
from seatrules.language.partial import NotKnown
from seatrules.language.types import MapOf, Word, of_records
from seatrules.program import Clause, Program
from test_endless_events import TOWN, WAIT
from test_evaluators import ENGINES, right

DAYS = st.dates(date(2024, 12, 1), date(2025, 2, 28)).map(str)

# Each reads or changes what it is hard to keep account of.
PARKING = """
events:
  - id: an-entry-goes-and-the-rest-move-up
    for: v in visits if v.lot == "north"
    on: add_days(v.on, 3)
    remove: [v]
  - id: an-entry-changes-of-which-another-event-reads-the-list
    for: v in visits
    on: add_days(v.on, 1)
    when: v.lot == "south" and any(car.kind == "lorry" for car in cars)
    change:
      v.lot: '"north"'
  - id: a-list-that-it-goes-over-grows
    for: c in cars
    on: c.permit_until
    when: c.permit_until is not None and c.kind == "car"
    change:
      c.permit_until: 'add_days(c.permit_until, 200) if c.permit_until < "2024-06-01" else None'
    append:
      visits: {car: c.id, lot: '"north"', "on": as_of}
  - id: a-list-is-emptied
    on: town.fair_on
    when: not town.closed and len(visits) > 3
    change:
      visits: '[]'
      town.closed: True
  - id: it-reads-a-fact
    for: v in lots
    on: town.fair_on
    when: lots["north"].free > 0 and lots_free > 3 and as_of < "2025-02-01"
    change:
      lots["north"].free: lots["north"].free - 1
      lots["south"].free: lots["south"].free + 1
  - id: it-goes-over-a-table-and-reads-what-day-it-is
    for: r in lot_rules
    on: add_days(town.fair_on, r.price) if town.fair_on is not None else None
    when: lots[r.id].free > 1 and as_of > "2025-01-10"
    change:
      lots[r.id].free: lots[r.id].free - 1
    code: expired
    message: {en: "{lots[r.id].free} free on {r.name}", nl: "{lots[r.id].free} vrij op {r.name}"}
    billing: {change: charge, cents: "r.price * lots[r.id].free"}
  - id: an-entry-goes-and-another-comes
    for: v in visits if v.car == "ana"
    on: add_days(v.on, lots["south"].free + 20)
    remove: [v]
    append:
      visits: {car: v.lot, lot: v.lot, "on": as_of}
  - id: it-goes-over-what-a-fact-gives
    for: v in every_visit if v.lot == "south"
    on: add_days(v.on, 10)
    when: lots["south"].free < 4
    change:
      lots["south"].free: lots["south"].free + 1
  - id: an-entry-of-a-map-goes
    for: c in cars
    on: c.permit_until
    when: c.permit_until is not None and c.kind == "lorry"
    remove: [c]
"""
FACT = """
  lots_free:
    is: sum(l.free for l in lots)
  every_visit:
    is: visits
"""
# Each counts or adds up what it is hard to keep account of, and what changes is told in a bill and in words.
COUNTING = """
events:
  - id: what-is-counted-changes
    for: v in visits
    on: add_days(v.on, 1)
    when: v.lot == "north" and lots["north"].free < 100
    change:
      v.lot: '"south"'
      lots["south"].free: in_lot("north") + in_lot(v.lot)
    billing: {change: charge, cents: in_lot("south") + since}
  - id: an-entry-goes-and-another-comes
    for: v in visits if v.car == "ana"
    on: add_days(v.on, 2)
    remove: [v]
    append:
      visits: {car: '"bob"', lot: v.lot, "on": "add_days(v.on, 2)"}
    billing: {change: charge, cents: lots_of_ana + lots_of_ana + in_lot("north")}
  - id: an-entry-that-is-counted-goes
    for: v in visits
    on: add_days(v.on, 4)
    remove: [v]
    code: expired
    message: {en: "{free_where_they_are} free, {since} since", nl: "{free_where_they_are} vrij, {since} sinds"}
    billing: {change: charge, cents: in_lot(v.lot)}
  - id: an-entry-goes-and-others-change
    on: town.fair_on
    when: not town.closed and "ana" in cars
    remove: ['cars["ana"]']
    change:
      town.closed: True
      lots["north"].free: count(c for c in cars) + sum(len(c.lots) for c in cars)
    append:
      visits: {car: '"ana"', lot: '"north"', "on": as_of}
  - id: one-that-counts-its-like
    for: c in cars
    on: c.permit_until
    when: c.permit_until is not None
    change:
      c.permit_until: None
    append:
      c.lots: '"north"'
      visits: {car: c.id, lot: '"south" if of_kind(c.kind) > 2 else "north"', "on": as_of}
    code: expired
    message: {en: "{since} since", nl: "{since} sinds"}
    billing: {change: charge, cents: "of_kind(c.kind) * 100 + count(d for d in cars if d.kind == c.kind)"}
  - id: all-that-is-counted-goes
    on: add_days(town.fair_on, 1) if town.fair_on is not None else None
    when: len(visits) > 1
    change:
      visits: '[]'
    billing: {change: charge, cents: since}
"""
COUNTS = """
  in_lot:
    given: {l: lot}
    is: count(v for v in visits if v.lot == l)
  of_kind:
    given: {k: kind}
    is: sum(1 + len(c.lots) for c in cars if c.kind == k and c.permit_until is not None)
  since:
    is: count(v for v in visits if v.on < as_of)
  lots_of_ana:
    is: sum(len(cars["ana"].lots) for v in visits)
  free_where_they_are:
    is: sum(lots[v.lot].free for v in visits)
"""


def parking(events: str, facts: str) -> Program:
    """The small policy of the wrong policies, with such events."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), {"write": {"base/events.yaml": events}, "append": {"base/facts.yaml": facts}})
        return seatrules.load(Path(folder) / "parking").programs["base"]


PROGRAMS = {
    "hubspot-seats": ENGINES["default"].programs["2024-11-01"],
    "library-loans": ENGINES["library"].programs["2025-01-01"],
    "parking": parking(PARKING, FACT),
    "counting": parking(COUNTING, COUNTS),
}


def plainly(program: Program, interpreter: Interpreter, until: str) -> tuple[list[Happened], dict[str, Any]]:
    """What `run_events` says, by asking every event for every entry each time."""
    state = dict(interpreter.state)
    happened: list[Happened] = []
    while found := min(due(program, interpreter.on(state), until), key=lambda each: each[0], default=None):
        assume(len(happened) < 500)  # an event that nothing ends is told elsewhere
        (day, *_), clause, local = found
        on_the_day = interpreter.on({**state, "as_of": day})
        changes = EffectsGatherer(on_the_day)
        changes.add(clause, local)
        happened.append(Happened(clause, day, local, on_the_day, changes.effects))
        state = {**apply_effects(changes.effects, state), "as_of": max(day, state["as_of"])}
    return happened, state


def due(program: Program, now: Interpreter, until: str) -> Iterator[tuple[tuple[Any, ...], Clause, dict[str, Any]]]:
    for order, clause in enumerate(program.events):
        assert clause.on is not None
        entries: Any = [(None, True)] if clause.loop is None else now.entries(clause.loop, {})
        for entry, kept in entries:
            if kept is not True:
                continue
            local = {} if clause.loop is None else {clause.loop.variable: entry}
            day = now.value(clause.on, local)
            if day is None or day is UNKNOWN or day > until:
                continue
            if clause.when is None or now.on({**now.state, "as_of": day}).value(clause.when, local) is True:
                yield (day, order, rank(clause, entry)), clause, local


def rank(clause: Clause, entry: Any) -> Any:
    if clause.loop is None or not isinstance(entry, Item):
        return str(entry)
    kind = clause.loop.over.type
    if isinstance(kind, MapOf) and isinstance(kind.key, Word):
        return kind.key.words.index(entry.id)
    return entry.path[-1] if entry.id is None else entry.id


def said(event: Happened) -> dict[str, Any]:
    """All that is told of an event, its texts and its billing included."""
    read, local = event.interpreter, event.local
    return {
        "id": event.clause.id,
        "day": event.day,
        "local": local,
        "effects": event.effects,
        "texts": [read.text(message, local, name) for name, message in event.clause.message.items()],
        "billing": billed(event.clause, read, local),
    }


def outcome(run: Any, program: Program, state: Any, until: str) -> tuple[Any, dict[Any, str | None]]:
    """What a run comes to, or what is wrong with it; and what it missed."""
    interpreter = Interpreter({}, state, program.facts)
    try:
        happened, left = run(program, interpreter, until)
    except (SeatrulesError, OutOfRangeError) as error:
        return str(error), interpreter.missing
    return ([said(event) for event in happened], left), interpreter.missing


def subscription(renewal_date: str) -> dict[str, Any]:
    return {**STATE["subscriptions"][0], "term_start": "2024-11-14", "renewal_date": renewal_date}


def reservation(ticket: int) -> dict[str, Any]:
    names = {"member": "ana", "title": "emma", "collect_at": "main"}
    return {"ticket": ticket, **names, "made_on": "2025-01-01", "held_until": f"2025-02-{1 + ticket % 28:02}"}


def loan(number: int) -> dict[str, Any]:
    names = {"title": "emma", "kind": "novel", "member": f"m{number % 7}"}
    dates = {"borrowed_on": "2025-01-01", "due_on": f"2025-02-{1 + number % 28:02}"}
    return {**names, **dates, "extensions": 0, "overdue": False}


def library(reservations: int, loans: int) -> dict[str, Any]:
    """A branch in which each reservation lapses in February, and each loan is late then and lost in March."""
    return {
        "as_of": "2025-01-01",
        "branch": {"kind": "main", "next_ticket": 1},
        "reservations": [reservation(number) for number in range(reservations)],
        "loans": {f"l{number}": loan(number) for number in range(loans)},
        **{name: {} for name in ("members", "titles", "fines", "lent")},
        "lost": [],
    }


@st.composite
def states(draw: st.DrawFn, program: Program) -> Any:
    """A state of the policy's schema, its dates so near to one another that much happens."""
    text = json.dumps(draw(right(program.state)))
    return json.loads(re.sub("[0-9]{4}-[0-9]{2}-[0-9]{2}", lambda _: draw(DAYS), text))


@pytest.mark.parametrize("name", list(PROGRAMS))
@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_events_come_due_as_if_each_were_asked_anew(name: str, data: st.DataObject) -> None:
    """What happens, on which day, with what effects, words and billing, is what asking everything anew finds."""
    program = PROGRAMS[name]
    state, until = data.draw(states(program)), data.draw(st.sampled_from(["2025-01-15", "2025-02-28"]))
    expected = outcome(plainly, program, state, until)
    assert outcome(run_events, program, state, until) == expected


SEVERAL_EVENTS = """
  - id: a-visit-of-a-car-is-forgotten
    for: v in visits
    on: add_days(v.on, 10)
    when: v.car == "c"
    remove: [v]
  - id: a-visit-is-to-the-south
    for: v in visits
    on: add_days(v.on, 20)
    when: v.lot == "north"
    change:
      v.lot: '"south"'
  - id: the-town-forgets-all
    on: town.fair_on
    when: len(visits) > 0
    change:
      visits: '[]'
"""


@pytest.mark.parametrize(("fair_on", "left"), [("2026-01-01", ["d in south"]), ("2025-01-28", [])])
def test_what_is_applied_is_what_one_event_after_the_other_left(
    fair_on: str, left: list[str], base_policy: Path
) -> None:
    """A place in a list is the one that it has after the events before."""
    with (base_policy / "base" / "events.yaml").open("a") as events:
        events.write(SEVERAL_EVENTS)
    visits = [{"car": car, "lot": "north", "on": "2025-01-05"} for car in ("c", "d")]
    town = {"name": "Ede", "closed": False, "fair_on": fair_on}
    state = {"as_of": "2025-01-05", "town": town, "lots": {}, "cars": {}, "visits": visits}
    engine = seatrules.load(base_policy)
    after = engine.apply(engine.decide({"type": "wait", "to": "2025-01-30"}, state), state)
    assert [f"{visit['car']} in {visit['lot']}" for visit in after["visits"]] == left


def test_what_is_not_known_brings_no_event() -> None:
    """Where the day or the condition of an event is unknown, it may come before all others: none happens."""
    state = {**STATE, "subscriptions": [subscription("2024-12-14") for _ in range(3)]}
    del state["subscriptions"][0]["tier"]
    del state["subscriptions"][1]["renewal_date"]
    (happened, _), missing = outcome(run_events, PROGRAMS["hubspot-seats"], state, "2025-01-14")
    assert happened == []
    assert list(missing) == [("subscriptions", 0, "tier"), ("subscriptions", 1, "renewal_date")]


def test_more_events_than_may_happen_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as may happen happen, each time that they are looked at; with one more, the run is refused."""
    monkeypatch.setattr(events, "MAX_EVENTS", 1000)
    monkeypatch.setattr(events, "LOOKED_AT", 10)
    state = {**STATE, "subscriptions": [subscription("2024-11-15")]}
    (happened, _), _ = outcome(run_events, PROGRAMS["hubspot-seats"], state, "2027-08-11")
    assert len(happened) == 1000
    refused, _ = outcome(run_events, PROGRAMS["hubspot-seats"], state, "2027-08-12")
    assert refused == (
        "/action: more than 1000 events come due by 2027-08-12: "
        "the next is `a-term-begins` of `subscriptions.0` on 2027-08-12; let less time pass at once"
    )


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_wait_is_bounded_as_a_whole(evaluator: EvaluatorName, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not each of its events alone: of one that takes too much, a part may pass."""
    engine = seatrules.load(evaluator=evaluator)
    monkeypatch.setattr(limits, "MOST_OF_A_WAIT", 100)
    state = {**STATE, "subscriptions": [subscription("2024-12-14") for _ in range(3)]}
    message = "the events of this wait take more than 100 steps on this state: let less time pass at once"
    assert engine.decide({"type": "advance_time", "actor": "system", "to": "2025-01-14"}, state).allowed
    with pytest.raises(RequestError) as decided:
        engine.decide({"type": "advance_time", "actor": "system", "to": "2035-01-14"}, state)
    with pytest.raises(RequestError) as simulated:
        engine.simulate([{"at": "2035-01-14", "action": ACTION}], state)
    assert (decided.value.code, decided.value.message) == ("too_many_steps", message)
    assert simulated.value.message == f"on 2035-01-14, at /state: {message}"


@pytest.mark.parametrize(("reservations", "loans"), [(100, 0), (0, 100)])
@pytest.mark.parametrize("what", ["computed", "copied", "listed"])
def test_a_run_costs_what_its_events_cost(
    what: str, reservations: int, loans: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many entries, each with events of its own, are twice the work and no more, whatever it is."""
    cost = 0

    def counted(work: Any, cost_of: Any) -> Any:
        def worked(*given: Any) -> Any:
            nonlocal cost
            cost += cost_of(*given)
            return work(*given)

        return worked

    def records(value: Any, kind: Any, _: Any) -> int:
        return len(value) if isinstance(value, list) and of_records(kind) else 0

    if what == "computed":
        monkeypatch.setattr(Interpreter, "value", counted(Interpreter.value, lambda *_: 1))
    elif what == "copied":
        monkeypatch.setattr(copy, "copy", counted(copy.copy, len))
    else:
        monkeypatch.setattr(interpret, "_wrapped", counted(interpret._wrapped, records))
    costs = []
    for times in (1, 2):
        cost = 0
        state = library(times * reservations, times * loans)
        run_events(PROGRAMS["library-loans"], Interpreter({}, state, {}), "2026-01-01")
        costs.append(cost)
    assert costs[1] <= 2.2 * costs[0]


STAYS = """events:
  - id: one-more-leaves
    on: add_days("2025-01-10", 0 - lots["north"].free)
    when: lots["north"].free > 2
    change:
      lots["north"].free: lots["north"].free - 1
      lots["south"].free: lots_free
      cars["ana"].permit_until: today
    append:
      cars["bob"].lots: '"south" if lots["north"].free == 3 else "north"'
    code: expired
    message: {en: "{free_north} of {lots_free} free", nl: "{free_north} van {lots_free} vrij"}
    billing: {change: charge, cents: lots_free}
  - id: the-same-for-ana
    on: town.fair_on
    when: len(cars["bob"].lots) > len(cars["ana"].lots)
    change:
      cars["ana"].lots: cars["bob"].lots
"""


def test_what_an_event_was_stays_as_it_was(base_policy: Path) -> None:
    """Of each event the new values, the words and the bill are those of its own day, whatever later ones change."""
    (base_policy / "base" / "events.yaml").write_text(STAYS)
    with (base_policy / "base" / "facts.yaml").open("a") as facts:
        facts.write(FACT + '  free_north:\n    is: lots["north"].free\n  today:\n    is: as_of\n')
    ana = TOWN["cars"]["ana"]
    lots = {"north": {"free": 5}, "south": {"free": 1}}
    town = {**TOWN, "lots": lots, "cars": {"ana": ana, "bob": ana}}
    engine = seatrules.load(base_policy)
    (step,) = engine.simulate([{"at": "2025-01-08", "action": {**WAIT, "to": "2025-01-08"}}], town).steps
    assert [
        (event.message("en"), event.billing, [effect.after for effect in event.effects])
        for event in step.events
        if event.code
    ] == [
        ("5 of 6 free", ({"change": "charge", "cents": 6},), [4, 6, "north"]),
        ("4 of 10 free", ({"change": "charge", "cents": 10},), [3, 10, "2025-01-06", "north"]),
        ("3 of 13 free", ({"change": "charge", "cents": 13},), [2, 13, "2025-01-07", "south"]),
    ]
    assert [effect.after for event in step.events for effect in event.effects if not event.code] == [
        ["north"],
        ["north", "north"],
        ["north", "north", "south"],
    ]


PERMITS = """events:
  - id: a-permit-ends
    for: c in cars
    on: c.permit_until
    change:
      c.permit_until: None
    code: expired
    billing: {change: charge, cents: permits_left}
"""
LEFT = """
  permits_left:
    is: counted if town.closed else 0
  counted:
    is: {}
"""


def permits(policy: Path, counted: str) -> Program:
    """The parking policy in which permits end, and each end is billed by how many are left."""
    (policy / "base" / "events.yaml").write_text(PERMITS)
    with (policy / "base" / "facts.yaml").open("a") as facts:
        facts.write(LEFT.format(counted))
    return seatrules.load(policy).programs["base"]


def with_cars(number: int, *, closed: bool) -> dict[str, Any]:
    """A town in which so many cars have a permit that ends."""
    cars = {f"c{each}": TOWN["cars"]["ana"] for each in range(number)}
    return {**TOWN, "town": {**TOWN["town"], "closed": closed}, "cars": cars}


@pytest.mark.parametrize(
    ("counted", "closed", "copies"),
    [
        ("len([c.id for c in cars if c.permit_until is not None])", True, 10),
        ("len([c.id for c in cars if c.permit_until is not None])", False, 1),
        ("count(c for c in cars if c.permit_until is not None)", True, 2),
    ],
)
def test_what_a_bill_only_might_read_is_not_copied(
    counted: str, closed: bool, copies: int, base_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A map is copied for each event whose bill goes through it, which is of its own day then; else for none."""
    program = permits(base_policy, counted)
    copied, copy_of = list[int](), copy.copy

    def noted(value: Any) -> Any:
        copied.append(len(value))
        return copy_of(value)

    monkeypatch.setattr(copy, "copy", noted)
    (happened, _), _ = outcome(run_events, program, with_cars(10, closed=closed), "2025-02-01")
    assert [bill["cents"] for event in happened for bill in event["billing"]] == (
        [10, 9, 8, 7, 6, 5, 4, 3, 2, 1] if closed else [0] * 10
    )
    assert copied.count(10) == copies


def test_entries_that_are_counted_are_gone_through_once(base_policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each event bills by how many are left, twice as many are twice the work."""
    program = permits(base_policy, "count(c for c in cars if c.permit_until is not None)")
    cost, value_of = [0, 0], Interpreter.value
    for times in (1, 2):

        def counted(*given: Any, times: int = times) -> Any:
            cost[times - 1] += 1
            return value_of(*given)

        monkeypatch.setattr(Interpreter, "value", counted)
        run_events(program, Interpreter({}, with_cars(times * 50, closed=True), program.facts), "2025-02-01")
    assert cost[1] <= 2.2 * cost[0]


LACKING = """events:
  - id: one-goes-north
    for: v in visits
    on: v.on
    when: v.lot == "south"
    change:
      v.lot: '"north"'
    billing: {change: charge, cents: norths_of_ana}
  - id: one-leaves
    for: v in visits
    on: add_days(v.on, 1)
    when: v.lot == "north"
    remove: [v]
    billing: {change: charge, cents: visits_of_ana}
  - id: the-fair-begins
    on: town.fair_on
    when: not town.closed
    change:
      town.closed: True
    billing: {change: charge, cents: visits_of_ana}
  - id: the-fair-needs-what-is-not-there
    on: town.fair_on
    when: town.closed and lots["south"].free == 0
    change:
      lots["south"].free: visits_of_ana
"""
LACKED = """
  norths_of_ana:
    is: count(v for v in visits if v.lot == "north" and cars["ana"].kind == "car")
  visits_of_ana:
    is: count(v for v in visits if cars["ana"].kind == "car" or v.lot == "north")
"""


def test_what_a_count_lacks_is_missed_where_it_is_asked() -> None:
    """A change may keep a count from being known: a bill that counts is not known then, and events happen up to one."""
    program = parking(LACKING, LACKED)
    visits = [{"car": "bob", "lot": "south", "on": f"2025-01-{day:02}"} for day in (5, 5, 8)]
    town = {"name": "Ede", "closed": False, "fair_on": "2025-01-08"}
    state = {**TOWN, "town": town, "cars": {}, "visits": visits}
    (happened, left), missing = outcome(run_events, program, state, "2025-02-01")
    cents = [bill["cents"] for event in happened for bill in event["billing"]]
    assert cents == [0, (lacking := NotKnown((("cars", "ana"),))), lacking, lacking, 0, 1]
    assert (len(left["visits"]), missing) == (1, {("cars", "ana"): "car"})
