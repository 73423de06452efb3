"""Events without end are the policy's fault, told as that wherever they come up; many that end are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seatrules
from command import run, written
from seatrules.change import events

ENDLESS = {
    "it changes nothing in the end": (
        """
    for: c in cars
    on: c.permit_until
    change:
      c.permit_until: c.permit_until if c.permit_until is not None else None
""",
        ("2025-01-05", "cars.ana"),
    ),
    "it goes back in time": (
        """
    for: c in cars
    on: c.permit_until
    change:
      c.permit_until: add_days(c.permit_until, 0 - 1) if c.permit_until is not None else None
""",
        ("2024-09-27", "cars.ana"),
    ),
    "its list grows as it shrinks": (
        """
    for: v in visits
    on: v.on
    remove: [v]
    append:
      visits: {car: v.car, lot: v.lot, "on": v.on}
""",
        ("2025-01-05", "visits.0"),
    ),
    "it counts": (
        """
    on: town.fair_on
    when: lots["north"].free < 100000
    change:
      lots["north"].free: lots["north"].free + 1
""",
        ("2025-01-05", None),
    ),
    "another begins it anew": (
        """
    on: town.fair_on
    when: town.closed
    change:
      town.closed: False
  - id: and-again
    on: town.fair_on
    when: not town.closed
    change:
      town.closed: True
""",
        ("2025-01-05", None),
    ),
}
TOWN: dict[str, Any] = {
    "as_of": "2025-01-01",
    "town": {"name": "Ede", "closed": True, "fair_on": "2025-01-05"},
    "lots": {},
    "cars": {"ana": {"kind": "car", "lots": [], "permit_until": "2025-01-05"}},
    "visits": [{"car": "ana", "lot": "north", "on": "2025-01-05"}],
}
WAIT = {"type": "wait", "to": "2025-02-01"}


def endless(policy: Path, event: str) -> seatrules.Engine:
    """The parking policy with an event that never ends."""
    (policy / "base" / "events.yaml").write_text(f"events:\n  - id: endless{event}")
    return seatrules.load(policy)


@pytest.mark.parametrize("event", list(ENDLESS))
def test_an_event_that_never_ends_is_the_policys_fault(
    event: str, base_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only a run can tell, the error names the event, the entry and the day, whatever is asked."""
    monkeypatch.setattr(events, "MAX_EVENTS", 100)
    monkeypatch.setattr(events, "LOOKED_AT", 100)
    text, (day, entry) = ENDLESS[event]
    engine = endless(base_policy, text)
    whose = f" for `{entry}`" if entry else ""
    for ask in (
        lambda: engine.decide(WAIT, TOWN),
        lambda: seatrules.Engine.of(engine.programs, "interpreter").allows(WAIT, TOWN),
        lambda: engine.simulate([{"at": "2025-02-01", "action": WAIT}], TOWN),
    ):
        with pytest.raises(seatrules.PolicyError) as raised:
            ask()
        (problem,) = raised.value.problems
        assert problem.code == "endless-event"
        assert problem.message == f"event `endless` comes due{whose} on {day} again and again, whatever it changes"
        assert problem.span.at == "base/events.yaml:2:5"


ENDING = {
    "it takes its entry away": """
  - id: ending
    for: v in visits
    on: v.on
    remove: [v]
""",
    "it empties the list that it goes over": """
  - id: ending
    for: v in visits
    on: v.on
    change:
      visits: '[]'
""",
    "its list is long enough": """
  - id: ending
    on: town.fair_on
    when: len(visits) < 4
    append:
      visits: {car: '"ana"', lot: '"north"', "on": as_of}
""",
    "an entry is there from then on": """
  - id: ending
    on: town.fair_on
    when: '"bob" not in cars'
    append:
      cars["bob"]: {kind: '"car"', lots: '[]'}
""",
    "an entry is listed as it is changed": """
  - id: ending
    on: town.fair_on
    when: count(l for l in lots) == 0
    change:
      lots["south"].free: 1
""",
    "it changes an entry whose key it computes": """
  - id: ending
    for: r in lot_rules
    on: town.fair_on
    when: lots[r.id].free < r.price
    change:
      lots[r.id].free: lots[r.id].free + 1
""",
    "an event that it brings about ends it": """
  - id: the-other
    on: town.fair_on
    when: town.closed and lots["north"].free > 0
    change:
      town.closed: False
  - id: ending
    on: town.fair_on
    when: town.closed
    change:
      lots["north"].free: lots["north"].free + 1
""",
    "a setting has it never be due": """
  - id: ending
    for: v in visits if settings.strictness == "harsh" and v.lot == "north"
    on: v.on if settings.strictness == "harsh" else None
    when: settings.strictness == "harsh" and v.car != "nobody"
    change:
      v.car: '"nobody"'
""",
}


@pytest.mark.parametrize("event", list(ENDING))
def test_an_event_that_something_ends_is_no_mistake(event: str, base_policy: Path) -> None:
    """Whichever way it, or an event that it brings about, ends it: the policy loads, and time passes."""
    (base_policy / "base" / "events.yaml").write_text(f"events:{ENDING[event]}")
    engine = seatrules.load(base_policy)
    after = engine.apply(engine.decide(WAIT, TOWN), TOWN)
    assert engine.decide({**WAIT, "to": "2025-03-01"}, after).effects[-1].path == "as_of"
    assert len(engine.decide({**WAIT, "to": "2025-03-01"}, after).effects) == 1


MANY: dict[str, tuple[str, str]] = {
    "in a list": (
        """
    for: v in visits
    on: v.on
    remove: [v]
""",
        "`endless` of `visits.0` on 2025-01-05",
    ),
    "in a map": (
        """
    for: c in cars
    on: c.permit_until
    change:
      c.permit_until: None
""",
        "`endless` of `cars.c99` on 2025-01-05",
    ),
    "on later and later days": (
        """
    on: town.fair_on
    change:
      town.fair_on: add_days(town.fair_on, 1) if town.fair_on is not None else "2025-01-01"
""",
        "`endless` on 2025-04-15",
    ),
}


@pytest.mark.parametrize("event", list(MANY))
def test_many_events_are_no_fault_of_the_policy(event: str, base_policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each entry has its own, or the days go on: the wait is too long, or the state too large for one."""
    monkeypatch.setattr(events, "MAX_EVENTS", 100)
    monkeypatch.setattr(events, "LOOKED_AT", 100)
    text, following = MANY[event]
    names = [f"c{number}" for number in range(101)]
    visits = [{"car": name, "lot": "north", "on": "2025-01-05"} for name in names]
    town = {**TOWN, "cars": dict.fromkeys(names, TOWN["cars"]["ana"]), "visits": visits}
    with pytest.raises(seatrules.RequestError) as raised:
        endless(base_policy, text).decide({**WAIT, "to": "2025-12-31"}, town)
    assert raised.value.code == "too_many_events"
    assert raised.value.message.endswith(f": the next is {following}")


def test_one_event_without_end_among_many_is_seen(base_policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although there are more entries than events that happen."""
    monkeypatch.setattr(events, "MAX_EVENTS", 100)
    monkeypatch.setattr(events, "LOOKED_AT", 100)
    town = {**TOWN, "cars": {f"c{number}": TOWN["cars"]["ana"] for number in range(101)}}
    with pytest.raises(seatrules.PolicyError, match=r"`endless` comes due for `cars\.c0` on 2025-01-05 again"):
        endless(base_policy, ENDLESS["it changes nothing in the end"][0]).decide(WAIT, town)


def test_on_the_command_line_an_endless_event_ends_with_78(base_policy: Path, tmp_path: Path) -> None:
    """With its place; of a stream only the lines that come to it are errors; a user is told of no entry."""
    endless(base_policy, ENDLESS["it changes nothing in the end"][0])
    policy, state = ["--policy", str(base_policy)], written(tmp_path / "state.json", TOWN)
    command = ["check", *policy, "--state", state, "--action", json.dumps(WAIT)]
    done = run(*command)
    assert (done.returncode, done.stdout) == (78, b"")
    assert b"base/events.yaml:2:5: error[endless-event]: event `endless` comes due for `cars.ana`" in done.stderr
    for_user = run(*command, "--audience", "user", "--format", "json")
    assert for_user.returncode == 78
    assert "ana" not in json.loads(for_user.stderr)["error"]["message"]
    lines = tmp_path / "requests.jsonl"
    near = {**WAIT, "to": "2025-01-04"}
    lines.write_text("".join(json.dumps({"state": TOWN, "action": each}) + "\n" for each in (near, WAIT, near)))
    stream = run("check", *policy, "--requests", str(lines))
    assert stream.returncode == 78
    answers = [json.loads(line) for line in stream.stdout.splitlines()]
    assert [answer.get("decision") or answer["error"]["code"] for answer in answers] == [
        "allow",
        "endless-event",
        "allow",
    ]
    simulated = run("simulate", *policy, "--state", state, "--steps", json.dumps([WAIT]))
    assert (simulated.returncode, simulated.stdout) == (78, b"")


def test_a_case_may_come_to_an_endless_event(base_policy: Path) -> None:
    """It is one failing case, or the error that it expects; `lint --deep`, which waits from its state, finds it."""
    endless(base_policy, ENDLESS["it changes nothing in the end"][0])
    suite = base_policy / "base" / "suites" / "waits.yaml"
    suite.parent.mkdir()
    cases = [
        {"id": name, "state": TOWN, "action": WAIT, "expect": expect}
        for name, expect in (
            ("A-1", {"error": "endless-event"}),
            ("A-2", {"decision": "allow"}),
        )
    ]
    suite.write_text(json.dumps({"cases": cases}))
    done = run("test", str(suite))
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"1 passed, 1 failed" in done.stdout
    assert b"got:      an error of the policy\n" in done.stdout
    assert b"error[endless-event]: event `" in done.stdout
    deep = run("lint", "--deep", str(base_policy))
    assert (deep.returncode, deep.stderr) == (1, b"")
    assert b"error[endless-event]: event `endless` comes due for `cars.ana` on 2025-01-05" in deep.stdout
