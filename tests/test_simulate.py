"""Sequences of actions: each step on the state that the ones before it left, and what has to hold all along."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import STATE, changed
from command import run, written
from conftest import TESTS, Golden
from seatrules import RequestError, Timeline, UsageError

DEE = {"status": "deactivated", "seats": ["sales"], "permissions": [], "partner_employee": False}
ACCOUNT = changed(STATE, {"users.dee": DEE})
LEAVING: list[dict[str, Any]] = [
    {"type": "remove_user", "actor": "ana", "user": "dee"},
    {"type": "reactivate_user", "actor": "ana", "user": "dee"},
    {"type": "unassign_seat", "actor": "ana", "seat_type": "sales", "user": "dee"},
    {"type": "remove_user", "actor": "ana", "user": "dee"},
    {"type": "schedule_removal", "actor": "ana", "seat_type": "sales", "quantity": 3},
    {"at": "2025-06-01", "action": {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 1}},
]
BUY = {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 1}
ENGINE = seatrules.load()


def verdicts(timeline: Timeline) -> list[str]:
    """The verdict on each step that was taken."""
    return [step.decision.decision if step.decision is not None else "-" for step in timeline.steps]


def bad(error: RequestError) -> list[tuple[str, str]]:
    """The code and the path of each problem."""
    return [(problem.code, problem.path) for problem in error.problems]


def broken_policy(folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of the shipped policy with a text of one of its files changed."""
    policy = folder / "hubspot-seats"
    shutil.copytree(TESTS.parent / "policies" / "hubspot-seats", policy)
    path = policy / "2024-11-01" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return policy


def test_each_step_is_decided_on_the_state_that_the_ones_before_it_left() -> None:
    """A timeline is what deciding and applying one action after the other comes to; nothing given is changed."""
    steps, state = copy.deepcopy(LEAVING[1:5]), copy.deepcopy(ACCOUNT)
    timeline = ENGINE.simulate(steps, state)
    assert (steps, state) == (LEAVING[1:5], ACCOUNT)
    for step, taken in zip(steps, timeline.steps, strict=True):
        decision = ENGINE.decide(step, state)
        assert decision == taken.decision
        state = ENGINE.apply(decision, state)
    assert timeline.state == state
    assert timeline.allowed


def test_a_denied_step_is_the_last_unless_told_otherwise() -> None:
    """A denied step changes nothing and ends the run; with `keep_going` the next is taken on the same state."""
    stopped = ENGINE.simulate(LEAVING, ACCOUNT)
    assert (verdicts(stopped), stopped.left, stopped.allowed) == (["deny"], 5, False)
    assert stopped.state == ACCOUNT
    whole = ENGINE.simulate(LEAVING, ACCOUNT, keep_going=True)
    assert (verdicts(whole), whole.left, whole.allowed) == (["deny", *["allow"] * 5], 0, False)


def test_events_happen_on_their_dates_between_the_steps() -> None:
    """Up to a step's date time passes: removals take effect and terms begin, however many lie between."""
    last = ENGINE.simulate([*LEAVING[1:5], {"at": "2027-06-01", "action": BUY}], ACCOUNT).steps[-1]
    assert [(event.date, event.rule) for event in last.events] == [
        ("2025-06-01", "a-removal-takes-effect"),
        ("2025-06-01", "a-term-begins"),
        ("2026-06-01", "a-term-begins"),
        ("2027-06-01", "a-term-begins"),
    ]
    removal, term = last.events[:2]
    bill = {"change": "decrease", "seat_type": "sales", "quantity": 3, "effective_on": "2025-06-01"}
    assert removal.billing == (bill,)
    assert removal.outcome is not None
    assert removal.outcome.code == "ok_removal_effective"
    assert removal.effects[0].path == "seats.sales.purchased"
    assert (term.billing, term.outcome) == ((), None)
    assert last.decision is not None
    assert last.decision.as_of == "2027-06-01"


def test_time_passes_as_by_the_policys_own_action() -> None:
    """A date before a step and the action that lets time pass up to it leave the same state."""
    waiting = {"type": "advance_time", "actor": "system", "to": "2026-07-01"}
    dated = ENGINE.simulate([*LEAVING[1:5], {"at": "2026-07-01", "action": BUY}], ACCOUNT)
    assert dated.state == ENGINE.simulate([*LEAVING[1:5], waiting, BUY], ACCOUNT).state


def test_time_passes_without_an_action_for_it(base_policy: Path) -> None:
    """A policy that declares no action for time still has its events happen."""
    actions = base_policy / "base" / "actions.yaml"
    actions.write_text(actions.read_text().partition("  wait:")[0])
    outcomes = base_policy / "base" / "outcomes.yaml"
    outcomes.write_text(outcomes.read_text().replace("[leave, wait]", "[leave]"))
    mini = {"kind": "car", "lots": [], "permit_until": "2025-08-01"}
    town = {"as_of": "2025-07-01", "town": {"name": "x", "closed": False}, "lots": {}, "cars": {"mini": mini}}
    leaving = {"type": "leave", "car": "mini", "lot_name": "north"}
    timeline = seatrules.load(base_policy).simulate([{"at": "2025-09-01", "action": leaving}], town | {"visits": []})
    assert [event.date for event in timeline.steps[0].events] == ["2025-08-01"]
    assert timeline.state["cars"]["mini"]["permit_until"] is None


def crossing(base_policy: Path) -> seatrules.Engine:
    """The parking policy with a later version in which a permit that runs out is renewed instead."""
    later = base_policy / "later"
    later.mkdir()
    header = "name: parking\nversion: later\nextends: base\nformat: 1\neffective_from: 2025-08-01\n"
    (later / "policy.yaml").write_text(header)
    event = "events:\n  - id: a-permit-runs-out\n    for: c in cars\n    on: c.permit_until\n"
    (later / "events.yaml").write_text(event + "    change:\n      c.permit_until: add_months(as_of, 12)\n")
    return seatrules.load(base_policy)


def test_what_is_due_on_the_day_a_version_comes_into_force_happens_on_it(base_policy: Path) -> None:
    """A wait that ends on that very day has the later version's events of it."""
    engine = crossing(base_policy)
    mini = {"kind": "car", "lots": [], "permit_until": "2025-08-01"}
    town = {"as_of": "2025-07-01", "town": {"name": "x", "closed": False}, "lots": {}, "cars": {"mini": mini}}
    leaving = {"type": "leave", "car": "mini", "lot_name": "north"}
    timeline = engine.simulate([{"at": "2025-08-01", "action": leaving}], town | {"visits": []})
    assert [event.date for event in timeline.steps[0].events] == ["2025-08-01"]
    assert timeline.state["cars"]["mini"]["permit_until"] == "2026-08-01"


@pytest.mark.parametrize(
    ("version", "left", "until"), [(None, [None, "2026-08-01"], "later"), ("base", [None, None], "base")]
)
def test_events_are_those_of_the_version_in_force_on_their_day(
    version: str | None, left: list[str | None], until: str, base_policy: Path
) -> None:
    """Up to the day before a version comes into force events are the earlier one's; one that is named has them all."""
    engine = crossing(base_policy)
    cars = {
        "old": {"kind": "car", "lots": [], "permit_until": "2025-07-31"},
        "new": {"kind": "car", "lots": [], "permit_until": "2025-08-01"},
    }
    town = {"as_of": "2025-07-01", "town": {"name": "x", "closed": False}, "lots": {}, "cars": cars, "visits": []}
    step = {"at": "2025-09-01", "action": {"type": "leave", "car": "old", "lot_name": "north"}}
    timeline = engine.simulate([step], town, version=version)
    assert [car["permit_until"] for car in timeline.state["cars"].values()] == left
    assert timeline.steps[0].decision is not None
    assert timeline.steps[0].decision.policy.version == until


@pytest.mark.parametrize(
    ("steps", "problems"),
    [
        ([], [("empty", "/steps")]),
        ({"steps": []}, [("wrong_type", "/steps")]),
        ([BUY, 3], [("wrong_type", "/steps/1")]),
        (
            [{"at": "2025-01-01", "actor": "ana"}],
            [("unknown_property", "/steps/0/actor"), ("missing", "/steps/0/action")],
        ),
        ([{"at": "2025-13-01", "action": BUY}], [("bad_date", "/steps/0/at")]),
        ([{"at": 20250101, "action": BUY}], [("wrong_type", "/steps/0/at")]),
        ([{"at": "2025-01-01", "action": BUY, "by": "ana"}], [("unknown_property", "/steps/0/by")]),
        ([{**BUY, "at": "2025-01-01"}], [("unknown_argument", "/steps/0/at")]),
        ([{"at": "2024-11-14", "action": BUY}], [("date_out_of_order", "/steps/0/at")]),
        (
            [{"at": "2025-01-02", "action": BUY}, {"at": "2025-01-01", "action": BUY}],
            [("date_out_of_order", "/steps/1/at")],
        ),
        (
            [{"type": "advance_time", "actor": "system", "to": "2025-02-01"}, {"at": "2025-01-01", "action": BUY}],
            [("date_out_of_order", "/steps/1/at")],
        ),
        ([LEAVING[0], BUY, {**BUY, "actor": "eve"}], [("unknown_key", "/steps/2/actor")]),
        (
            [{"action": {**BUY, "actor": "eve"}}, {"type": "add_seat"}],
            [("unknown_key", "/steps/0/action/actor"), ("unknown_action", "/steps/1/type")],
        ),
    ],
)
def test_a_step_that_is_not_well_formed_is_named_by_its_place(steps: Any, problems: list[tuple[str, str]]) -> None:
    """What is wrong with a step is an error before the first is taken, with every place."""
    with pytest.raises(RequestError) as raised:
        ENGINE.simulate(steps, ACCOUNT)
    assert bad(raised.value) == problems


def test_a_step_that_can_not_be_carried_out_is_named() -> None:
    """An allowed action whose effects the state can't hold is an error that says which step, and when."""
    state = changed(STATE, {"seats.core.purchased": 2**62})
    with pytest.raises(RequestError) as raised:
        ENGINE.simulate([BUY, {"at": "2024-12-01", "action": {**BUY, "quantity": 2**62}}], state)
    assert bad(raised.value) == [("out_of_range", "/steps/1")]
    assert raised.value.message == (
        "on 2024-12-01, at /state: `seats[seat_type].purchased + quantity` comes to a number of more than 63 bits"
    )


def test_an_entry_may_be_named_that_an_earlier_step_adds() -> None:
    """A key that is not there yet is no error where the policy's actions add such entries."""
    engine = seatrules.load(TESTS / "policies" / "library-loans")
    ann = {
        "category": "adult",
        "status": "active",
        "joined_on": "2020-01-01",
        "term_start": "2024-05-01",
        "renews_itself": False,
        "reading_list": [],
        "history": [],
    }
    state = {
        "as_of": "2025-02-10",
        "branch": {"kind": "main", "next_ticket": 1},
        "members": {"ann": ann},
        "titles": {"emma": {"kind": "novel", "copies": 1}},
        "loans": {},
        "reservations": [],
        "fines": {},
        "lent": {},
        "lost": [],
    }
    borrow = {"type": "borrow", "member": "ann", "title": "emma", "loan": "L1", "desk": "counter"}
    back = {"type": "return_item", "loan": "L1", "damaged": False}
    timeline = engine.simulate([borrow, {"at": "2025-07-02", "action": {**borrow, "loan": "L2"}}], state)
    assert verdicts(timeline) == ["allow", "deny"]
    assert timeline.steps[1].events[0].rule == "a-late-loan-costs-the-late-fee"
    assert engine.simulate([borrow, back], state).allowed
    with pytest.raises(RequestError) as raised:
        engine.simulate([back, borrow], state)
    assert bad(raised.value) == [("unknown_key", "/steps/0/loan")]


def test_a_state_that_breaks_an_invariant_is_refused() -> None:
    """A state that does not keep an invariant to begin with is an error that names each."""
    state = changed(STATE, {"seats.core.assigned": 6, "users.bob.status": "removed"})
    with pytest.raises(RequestError) as raised:
        ENGINE.simulate([BUY], state)
    assert bad(raised.value) == [("broken_invariant", path) for path in ("/state", "/state", "/state/users/bob")]
    assert [problem.message for problem in raised.value.problems] == [
        "6 core seats assigned, 5 bought",
        "0 core seats scheduled for removal, -1 unassigned",
        "bob is removed and holds a seat",
    ]


REMOVAL = {"type": "remove_user", "actor": "ana", "user": "ana"}
WRONG_EFFECTS: list[tuple[str, str, str, dict[str, Any], int, set[str]]] = [
    (
        "consequences.yaml",
        "      subject.seats: '[]'\n",
        "",
        REMOVAL,
        1,
        {"removed-users-hold-no-seat", "assigned-seats-are-counted-as-users-get-and-lose-them"},
    ),
    (
        "consequences.yaml",
        "seats[given_up].assigned: seats[given_up].assigned - 1",
        "seats[given_up].purchased: seats[given_up].purchased - 1",
        LEAVING[1],
        2,
        {"bought-seats-leave-at-their-removal-only", "assigned-seats-are-counted-as-users-get-and-lose-them"},
    ),
    (
        "consequences.yaml",
        "      seats[seat_type].pending_effective_on: renewal_on(seat_type)\n",
        "",
        LEAVING[1],
        4,
        {"a-scheduled-removal-has-its-date"},
    ),
    (
        "events.yaml",
        "seats[t.id].purchased - seats[t.id].pending_removal",
        "seats[t.id].purchased - seats[t.id].pending_removal - 1",
        LEAVING[1],
        5,
        {
            "bought-seats-leave-at-their-removal-only",
            "no-more-seats-are-assigned-than-bought",
            "no-assigned-seat-waits-for-its-removal",
        },
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "first", "number", "rules"), WRONG_EFFECTS)
def test_the_step_that_breaks_an_invariant_is_the_last(
    name: str, old: str, new: str, first: dict[str, Any], number: int, rules: set[str], tmp_path: Path
) -> None:
    """Where effects are wrong, the invariants that they break are named at that step, and no later step is taken."""
    engine = seatrules.load(broken_policy(tmp_path, name, old, new))
    timeline = engine.simulate([first, *LEAVING[2:], BUY], ACCOUNT, keep_going=True)
    assert {(step.number, broken.rule) for step, broken in timeline.broken} == {(number, rule) for rule in rules}
    assert (len(timeline.steps), timeline.left, timeline.allowed) == (number, 6 - number, False)
    # What time broke, no action is decided on.
    assert (timeline.steps[-1].decision is None) is (name == "events.yaml")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_timeline_in_words(language: str, tmp_path: Path, golden: Golden) -> None:
    """`simulate` prints each date and step, the verdict, what changed and what is billed, in the asked language."""
    state, steps = written(tmp_path / "state.json", ACCOUNT), json.dumps(LEAVING)
    done = run("simulate", "--state", state, "--steps", steps, "--keep-going", "--lang", language)
    assert (done.returncode, done.stderr) == (3, b"")
    golden(TESTS / "golden" / "simulate" / f"leaving.{language}.txt", done.stdout.decode())


def test_a_broken_invariant_in_words(tmp_path: Path, golden: Golden) -> None:
    """`simulate` names the invariant that broke, ends with 1 and writes no file."""
    policy = broken_policy(tmp_path, *WRONG_EFFECTS[0][:3])
    state, out = written(tmp_path / "state.json", ACCOUNT), tmp_path / "out.json"
    command = ["simulate", "--policy", str(policy), "--state", state, "--steps", json.dumps([REMOVAL, BUY])]
    done = run(*command, "--out", str(out))
    assert (done.returncode, done.stderr) == (1, b"")
    assert not out.exists()
    golden(TESTS / "golden" / "simulate" / "broken.en.txt", done.stdout.decode())
    found = json.loads(run(*command, "--format", "json").stdout)
    assert [broken["rule"] for broken in found["steps"][0]["broken"]] == [
        "removed-users-hold-no-seat",
        "assigned-seats-are-counted-as-users-get-and-lose-them",
    ]
    assert found["left"] == 1


def test_a_timeline_as_json(tmp_path: Path) -> None:
    """`simulate --format json` prints what `Timeline.as_dict` gives, in the policy's first language or another."""
    state, steps = written(tmp_path / "state.json", ACCOUNT), written(tmp_path / "steps.json", LEAVING)
    whole = ENGINE.simulate(LEAVING, ACCOUNT, keep_going=True)
    done = run("simulate", "--state", state, "--steps", steps, "--keep-going", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)) == (3, whole.as_dict())
    assert list(whole.as_dict()) == ["steps", "left", "state", "bookings"]
    assert list(whole.as_dict()["steps"][5]) == ["step", "date", "action", "versions", "events", "decision", "broken"]
    event = whole.as_dict("nl")["steps"][5]["events"][0]
    assert list(event) == ["date", "rule", "at", "outcome", "billing", "effects"]
    assert event["outcome"]["message"].startswith("3 Sales Hub-seats verlaten op 2025-06-01")
    with pytest.raises(UsageError):
        whole.as_dict("fi")


def test_the_final_state_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """`--out` holds the state that the last step left; after an error the file is as it was."""
    state, out = written(tmp_path / "state.json", ACCOUNT), tmp_path / "out.json"

    def simulate(*steps: Any, where: Path = out) -> int:
        return run("simulate", "--state", state, "--steps", json.dumps(steps), "--out", str(where)).returncode

    assert simulate(*LEAVING[1:]) == 0
    assert json.loads(out.read_text()) == ENGINE.simulate(LEAVING[1:], ACCOUNT).state
    before = out.read_bytes()
    assert simulate(BUY, {**BUY, "actor": "eve"}) == 65
    assert out.read_bytes() == before
    assert simulate(*LEAVING) == 3
    assert json.loads(out.read_text()) == ACCOUNT
    (tmp_path / "folder").mkdir()
    assert simulate(BUY, where=tmp_path / "folder") == 74
    assert simulate(BUY, where=tmp_path / "no" / "out.json") == 74
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "out.json", "state.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--state", "x", "--steps", "x", "--out", "-"],
        ["--state", "x"],
        ["--state", "-", "--steps", "-"],
        ["--state", "", "--steps", "x"],
    ],
)
def test_simulate_is_told_what_it_needs(arguments: list[str]) -> None:
    """`simulate` takes a state and steps, one of them from standard input at most."""
    assert run("simulate", *arguments).returncode == 2
