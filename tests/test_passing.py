"""Time passes over versions: each event is the one of the version in force on its own day, however a wait is cut."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seatrules
from accounts import STATE as SEATS
from broken import BASE
from command import run, written
from conftest import TESTS, Golden
from lengths import examples
from seatrules.change.events import run_events
from seatrules.language.days import add_days
from seatrules.language.interpret import Interpreter
from test_simulate import crossing

FIRST, LAST = "2025-01-05", "2025-03-31"
DAYS = st.dates(date.fromisoformat(FIRST), date.fromisoformat(LAST)).map(str)
HEADER = "name: parking\nversion: {name}\nextends: base\nformat: 1\neffective_from: {day}\n"
FEES = """
settings:
  stays:
    default: short
    choices: [short, long]
    why: how long a visit stays in the list
"""
EVENTS = """
events:
  - id: a-permit-runs-out
    for: c in cars
    on: c.permit_until
    when: c.permit_until is not None
    change:
      c.permit_until: 'add_days(c.permit_until, {step}) if c.permit_until < "{until}" else None'
    append:
      visits: {{car: c.id, lot: '"north"', "on": as_of}}
    code: expired
    message: {{en: "the permit of {{c.id}} ran out", nl: "de vergunning van {{c.id}} is verlopen"}}
    billing: {{change: charge, cents: "{cents}", day: as_of}}
  - id: a-visit-is-forgotten
    for: v in visits
    on: add_days(v.on, {step} if settings.stays == "short" else 30)
    when: v.lot == "{lot}" or as_of < "{until}"
    remove: [v]
    billing: {{change: charge, cents: "{cents} * 2", day: v.on}}
  - id: the-fair-closes-the-town
    on: town.fair_on
    when: town.closed == {closed} and as_of >= "{until}"
    change:
      town.closed: not {closed}
"""
VARIANTS = st.fixed_dictionaries(
    {
        "step": st.integers(1, 20),
        "until": DAYS,
        "cents": st.sampled_from([1900, 2100]),
        "lot": st.sampled_from(["north", "south"]),
        "closed": st.booleans(),
    }
)
CARS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["car", "lorry"]), "lots": st.just([])}, optional={"permit_until": DAYS | st.none()}
)
VISITS = st.fixed_dictionaries({"car": st.just("a"), "lot": st.sampled_from(["north", "south"]), "on": DAYS})
STATES = st.fixed_dictionaries(
    {
        "as_of": st.just(FIRST),
        "town": st.fixed_dictionaries({"name": st.just("Ede"), "closed": st.booleans(), "fair_on": DAYS}),
        "lots": st.just({}),
        "cars": st.dictionaries(st.sampled_from("abc"), CARS, max_size=3),
        "visits": st.lists(VISITS, max_size=3),
    }
)


@st.composite
def engines(draw: st.DrawFn) -> seatrules.Engine:
    """An engine of one to three versions, whose events differ in days, conditions and bills."""
    files = {f"base/{path.name}": path.read_bytes() for path in BASE.iterdir()}
    files["base/fees.yaml"] = FEES.encode()
    files["base/events.yaml"] = EVENTS.format(**draw(VARIANTS)).encode()
    for number, day in enumerate(draw(st.lists(DAYS, unique=True, max_size=2))):
        files[f"v{number}/policy.yaml"] = HEADER.format(name=f"v{number}", day=day).encode()
        files[f"v{number}/events.yaml"] = EVENTS.format(**draw(VARIANTS)).encode()
    return seatrules.load(files, settings={"stays": draw(st.sampled_from(["short", "long"]))})


def waited(engine: seatrules.Engine, state: Any, days: list[str]) -> tuple[list[Any], list[Any], Any]:
    """The effects and the bills of waits from one of the days to the next, and the state in the end."""
    effects, bills = [], []
    for day in days:
        decision = engine.decide({"type": "wait", "to": day}, state)
        told = decision.as_dict()
        effects += [effect for effect in told["effects"] if effect["path"] != "as_of"]
        bills += [bill for bill in told["billing"] if bill] if isinstance(told["billing"], list) else [told["billing"]]
        state = engine.apply(decision, state)
    return effects, [bill for bill in bills if bill != {"change": "none"}], state


def day_by_day(engine: seatrules.Engine, state: Any) -> tuple[list[Any], Any]:
    """The events of each day, by the version that is in force on it, and the state in the end."""
    events = []
    while True:
        program = engine.program_for(state)
        happened, state = run_events(program, Interpreter({}, state, program.facts), state["as_of"])
        events += [(program.version, each.day, effect.as_dict()) for each in happened for effect in each.effects]
        if state["as_of"] == LAST:
            return events, state
        state = {**state, "as_of": add_days(state["as_of"], 1)}


@settings(max_examples=examples(120), deadline=None)
@given(engine=engines(), state=STATES, cuts=st.lists(DAYS, max_size=4))
def test_any_cut_of_a_wait_gives_the_same(engine: seatrules.Engine, state: Any, cuts: list[str]) -> None:
    """Events, bills and state are those of letting one day pass after the other, however the wait is cut."""
    whole = waited(engine, state, [LAST])
    assert waited(engine, state, [*sorted(cuts), LAST]) == whole
    events, left = day_by_day(engine, state)
    assert [effect for _, _, effect in events] == whole[0]
    assert left == whole[2]
    steps = [{"at": day, "action": {"type": "wait", "to": day}} for day in [*sorted(cuts), LAST]]
    timeline = engine.simulate(steps, state)
    told = [
        (each.policy.version, each.date, effect.as_dict())
        for step in timeline.steps
        for each in step.events
        for effect in each.effects
    ]
    assert (told, timeline.state) == (events, whole[2])


TOWN: dict[str, Any] = {
    "as_of": "2025-07-01",
    "town": {"name": "Ede", "closed": False},
    "lots": {},
    "cars": {
        "old": {"kind": "car", "lots": [], "permit_until": "2025-07-31"},
        "new": {"kind": "car", "lots": [], "permit_until": "2025-08-01"},
    },
    "visits": [],
}
WAIT = {"type": "wait", "to": "2025-09-01"}
EAST = {"holder": "ada", "seeds": 7, "beds": {}, "term_start": "2025-01-31", "term_end": "2026-06-30"}
GARDENS: dict[str, Any] = {
    "gardens": {"east": EAST},
    "holders": {},
    "wishes": [],
    "orders": [],
    "stock": {},
    "society": {"chair": "ada", "board": [], "asked": False, "key": False},
}


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_wait_has_the_events_of_each_version_on_its_days(
    evaluator: seatrules.EvaluatorName, base_policy: Path
) -> None:
    """Whatever decides; the version that decides is that of the first day, and the answer names the one to come."""
    engine = seatrules.Engine.of(crossing(base_policy).programs, evaluator)
    decision = engine.decide(WAIT, TOWN)
    assert engine.allows(WAIT, TOWN)
    after = engine.apply(decision, TOWN)
    assert [car["permit_until"] for car in after["cars"].values()] == [None, "2026-08-01"]
    told = decision.as_dict()
    assert told["policy"]["version"] == "base"
    later = engine.programs["later"].policy
    assert told["versions"] == [{"from": "2025-08-01", **later.as_dict()}]
    assert "2025-08-01  version parking later comes into force" in decision.explain()
    assert "versions" not in engine.decide({**WAIT, "to": "2025-07-31"}, TOWN).as_dict()


def test_a_version_that_is_named_serves_all_along(base_policy: Path) -> None:
    """Also past the day on which a later one comes into force."""
    engine = crossing(base_policy)
    decision = engine.decide(WAIT, TOWN, version="base")
    assert (decision.versions, engine.allows(WAIT, TOWN, version="base")) == ((), True)
    assert [car["permit_until"] for car in engine.apply(decision, TOWN)["cars"].values()] == [None, None]


def test_a_state_that_does_not_fit_the_later_version_is_told() -> None:
    """By the wait that would lead to it, with the day and the version."""
    engine = seatrules.load(TESTS / "policies" / "allotments")
    state = {**GARDENS, "as_of": "2025-12-30"}
    assert engine.decide({"type": "wait", "to": "2025-12-31"}, state).allowed
    for ask in (engine.decide, engine.allows):
        with pytest.raises(seatrules.RequestError) as raised:
            ask({"type": "wait", "to": "2026-01-01"}, state)
        assert str(raised.value) == (
            "/state/society/insured: version `2026-01-01` comes into force on 2026-01-01, and the state does not "
            "fit it: `insured` is missing"
        )


def test_a_timeline_says_where_a_version_came_into_force(base_policy: Path, tmp_path: Path, golden: Golden) -> None:
    """Before the events of that version, by a date as by a wait; in plain data each step has its own."""
    engine = crossing(base_policy)
    leave = {"type": "leave", "car": "old", "lot_name": "north"}
    for name, steps in {"at": [{"at": "2025-09-01", "action": leave}], "wait": [WAIT, leave]}.items():
        command = ["simulate", "--policy", str(base_policy), "--state", written(tmp_path / "state.json", TOWN)]
        done = run(*command, "--steps", json.dumps(steps), "--lang", "en")
        assert (done.returncode, done.stderr) == (0, b"")
        golden(TESTS / "golden" / "simulate" / f"crossing.{name}.en.txt", done.stdout.decode())
    first, second = (
        engine.simulate([{"at": "2025-09-01", "action": leave}, leave], TOWN).as_dict()["steps"] for _ in range(2)
    )
    assert first == second
    assert [[each["from"] for each in step["versions"]] for step in first] == [["2025-08-01"], []]


def test_what_is_due_today_happens_when_time_is_asked_to_pass_to_today() -> None:
    """By a date as by the action, whatever the day before; a step without a date lets no time pass."""
    state = {**SEATS, "subscriptions": [{**SEATS["subscriptions"][0], "renewal_date": "2024-11-15"}]}
    wait = {"type": "advance_time", "actor": "system", "to": "2024-11-15"}
    buy = {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 1}
    engine = seatrules.load()
    dated = engine.simulate([{"at": "2024-11-15", "action": buy}], state)
    assert dated.state == engine.simulate([wait, buy], state).state
    assert [event.rule for event in dated.steps[0].events] == ["a-term-begins"]
    assert dated.state["subscriptions"][0]["term_start"] == "2024-11-15"
    assert engine.simulate([buy], state).state["subscriptions"] == state["subscriptions"]


def test_an_event_of_a_version_that_lacks_a_language_is_told_in_another(base_policy: Path) -> None:
    """What the later version says is in its own first language, whoever is told."""
    later = base_policy / "later"
    later.mkdir()
    for path in (base_policy / "base").iterdir():
        text = re.sub(r"\{en: (\"[^\"]*\"|[^,{}]*), nl: ", "{nl: ", path.read_text())
        (later / path.name).write_text(text.replace("[en, nl]", "[nl]"))
    header = later / "policy.yaml"
    header.write_text(header.read_text().replace("base", "later").replace("2025-01-01", "2025-08-01"))
    town = {**TOWN, "cars": {"new": TOWN["cars"]["new"]}}
    engine = seatrules.load(base_policy)
    decision = engine.decide(WAIT, town)
    assert decision.as_dict("en")["outcome"]["message"] == "de vergunning van new is verlopen"
    assert "de vergunning van new is verlopen" in decision.explain("en")
    assert decision.as_dict("en", audience="user")["outcome"]["code"] == "expired"


@pytest.mark.parametrize("overdue", [False, True])
def test_a_remedy_may_wait_for_an_event_of_a_later_version(base_policy: Path, overdue: bool) -> None:
    """For the day that the event names, or for the first day of the version, where the event is overdue by then."""
    later = base_policy / "later"
    later.mkdir()
    (later / "policy.yaml").write_text(HEADER.format(name="later", day="2025-08-01"))
    (later / "events.yaml").write_text(
        "events:\n  - id: the-fair-makes-room\n    on: town.fair_on\n    when: lots['north'].free == 0\n"
        "    change:\n      lots['north'].free: 5\n"
    )
    fair = "2025-06-15" if overdue else "2025-08-20"
    town = {**TOWN, "town": {**TOWN["town"], "fair_on": fair}, "cars": {"a": {"kind": "car", "lots": []}}}
    engine = seatrules.load(base_policy)
    found = engine.remedies({"type": "park", "car": "a", "lot_name": "north", "hours": 1}, town, seconds=30).remedies
    waits = [step.step.action for step in found[-1].steps if step.step.action["type"] == "wait"]
    assert waits == [{"type": "wait", "to": "2025-08-01" if overdue else fair}]


def test_a_decision_of_a_wait_is_of_the_versions_that_come_into_force(base_policy: Path) -> None:
    """Where another one comes into force on the way, it would be another wait."""
    engine = crossing(base_policy)
    without = seatrules.Engine.of([engine.programs["base"]])
    decision = without.decide(WAIT, TOWN)
    assert not engine.still_holds(decision, TOWN)
    with pytest.raises(seatrules.StaleDecisionError, match="other versions come into force here as time passes"):
        engine.apply(decision, TOWN)
    assert engine.still_holds(engine.decide(WAIT, TOWN), TOWN)


def test_a_version_comes_into_force_whatever_is_not_known(base_policy: Path) -> None:
    """Of what happens nothing is said from the first unknown on, and of the state no version is asked."""
    engine = crossing(base_policy)
    part = {**TOWN, "cars": {**TOWN["cars"], "old": {"kind": "car", "lots": []}}}
    decision = engine.decide(WAIT, part, partial=True)
    assert [missing.path for missing in decision.missing or ()] == [("cars", "old", "permit_until")]
    assert [each.since for each in decision.versions] == ["2025-08-01"]
    assert engine.still_holds(decision, part)


def test_what_a_later_version_reads_and_is_not_given_is_unknown() -> None:
    """Also a property that the version of the first day does not have."""
    files = {f"base/{path.name}": path.read_bytes() for path in BASE.iterdir()}
    schema = files["base/state.schema.yaml"].decode()
    files["later/policy.yaml"] = HEADER.format(name="later", day="2025-08-01").encode()
    more = schema.replace("fair_on: {", "toll_on: {type: string, format: date}, fair_on: {")
    files["later/state.schema.yaml"] = more.encode()
    event = "events: [{id: a-toll-is-due, on: town.toll_on, when: not town.closed, change: {town.closed: 'True'}}]"
    files["later/events.yaml"] = event.encode()
    engine = seatrules.load(files)
    given = {**TOWN, "cars": {}}
    decision = engine.decide(WAIT, given, partial=True)
    assert ("town", "toll_on") in [missing.path for missing in decision.missing or ()]
    assert engine.decide(WAIT, given).missing is None


def test_a_state_that_is_not_known_is_not_checked_by_a_later_version() -> None:
    """What is not known may change what does not fit; where all is known, it is told."""
    files = {f"base/{path.name}": path.read_bytes() for path in BASE.iterdir()}
    schema = files["base/state.schema.yaml"].decode()
    files["later/policy.yaml"] = HEADER.format(name="later", day="2025-08-01").encode()
    stricter = schema.replace("minimum: 0}}", "minimum: 10}}", 1).replace("{free: 0}", "{free: 10}")
    files["later/state.schema.yaml"] = stricter.encode()
    files["base/events.yaml"] = (
        b"events: [{id: a-fair, on: town.fair_on, when: not town.closed, change: {town.closed: 'True'}}]"
    )
    engine = seatrules.load(files)
    state = {**TOWN, "cars": {}, "lots": {"north": {"free": 3}}}
    decision = engine.decide(WAIT, state, partial=True)
    assert [missing.path for missing in decision.missing or ()] == [("town", "fair_on")]
    with pytest.raises(seatrules.RequestError, match="the state does not fit it: 3 is less than 10"):
        engine.decide(WAIT, {**state, "town": {"name": "Ede", "closed": True}}, partial=True)
