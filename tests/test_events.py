"""Events come due as if every one were asked anew, for every entry, after each that happens."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrules
from accounts import STATE
from broken import build
from lengths import examples
from seatrules.change.effects import EffectsGatherer, apply_effects
from seatrules.change.events import Happened, run_events
from seatrules.diagnostics import SeatrulesError
from seatrules.language.days import OutOfRangeError
from seatrules.language.interpret import UNKNOWN, Interpreter, Item
from seatrules.language.types import MapOf, Word
from seatrules.program import Clause, Program
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
    on: add_days(as_of, r.price)
    when: lots[r.id].free > 1
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


def parking() -> Program:
    """The small policy of the wrong policies, with the events above."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), {"write": {"base/events.yaml": PARKING}, "append": {"base/facts.yaml": FACT}})
        return seatrules.load(Path(folder) / "parking").programs["base"]


PROGRAMS = {
    "hubspot-seats": ENGINES["default"].programs["2024-11-01"],
    "library-loans": ENGINES["library"].programs["2025-01-01"],
    "parking": parking(),
}


def plainly(program: Program, interpreter: Interpreter, until: str) -> tuple[list[Happened], dict[str, Any]]:
    """What `run_events` says, by asking every event for every entry each time."""
    state = dict(interpreter.state)
    happened: list[Happened] = []
    while found := min(due(program, interpreter.on(state), until), key=lambda each: each[0], default=None):
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
        "billing": {key: read.value(expr, local) for key, expr in event.clause.billing.items()},
    }


def outcome(run: Any, program: Program, state: Any, until: str) -> tuple[Any, dict[Any, str | None]]:
    """What a run comes to, or what is wrong with it; and what it missed."""
    interpreter = Interpreter(state, {}, program.facts)
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
    assert outcome(run_events, program, state, until) == outcome(plainly, program, state, until)


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


def test_more_than_ten_thousand_events_are_refused() -> None:
    """Ten thousand events happen; with one more, the run is refused."""
    state = {**STATE, "subscriptions": [subscription("2024-11-15")]}
    (happened, _), _ = outcome(run_events, PROGRAMS["hubspot-seats"], state, "2052-04-01")
    assert len(happened) == 10_000
    refused, _ = outcome(run_events, PROGRAMS["hubspot-seats"], state, "2052-04-02")
    assert refused == "/action: more than 10000 events come due by 2052-04-02"


@pytest.mark.parametrize(("reservations", "loans"), [(100, 0), (0, 100)])
def test_a_run_costs_what_its_events_cost(reservations: int, loans: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many entries, each with events of its own, are twice the work and no more."""
    computed = 0
    value = Interpreter.value

    def counted(self: Interpreter, *given: Any) -> Any:
        nonlocal computed
        computed += 1
        return value(self, *given)

    monkeypatch.setattr(Interpreter, "value", counted)
    costs = []
    for times in (1, 2):
        computed = 0
        run_events(
            PROGRAMS["library-loans"], Interpreter(library(times * reservations, times * loans), {}, {}), "2026-01-01"
        )
        costs.append(computed)
    assert costs[1] < 2.2 * costs[0]
