"""When an action is allowed: the stretches of time, found without trying every day, and why each begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrules
from accounts import STATE, changed
from asking import candidates
from conftest import TESTS, Golden
from fuzz.requests import POOL
from lengths import examples
from seatrules.cli import cli
from seatrules.cli.exits import Exit
from seatrules.language.days import add_days
from seatrules.planning import moments
from seatrules.render.planning import stretches_text
from seatrules.suites import find_suites, read_suite
from test_evaluators import ENGINES, right
from test_options import BRANCH
from test_versions import STATE as PARKING
from test_versions import rule

ENGINE, LIBRARY = seatrules.load(), ENGINES["library"]
TIME = {"hubspot-seats": ("advance_time", "system"), "library-loans": ("let_time_pass", "calendar")}
FIRST = {"hubspot-seats": "2024-11-15", "library-loans": "2025-02-20"}
DAYS = 400


Day = tuple[str, str, tuple[str, ...], Any]
"""A day with the verdict, the codes and what an allowed action comes to."""


def every_day(engine: seatrules.Engine, state: Any) -> Iterator[tuple[str, Any]]:
    """Each day with its state, letting one day pass after the other; with an error once time can't pass."""
    name, actor = TIME[next(iter(engine.programs.values())).name]
    while True:
        yield state["as_of"], state
        tomorrow = add_days(state["as_of"], 1)
        try:
            passing = engine.decide({"type": name, "actor": actor, "to": tomorrow}, state)
            state = engine.apply(passing, state)
        except seatrules.RequestError as error:
            while True:
                yield tomorrow, error
                tomorrow = add_days(tomorrow, 1)


def decided(engine: seatrules.Engine, action: Any, day: str, state: Any) -> Day:
    """The day with the verdict and codes on it, and what the action comes to then."""
    try:
        if isinstance(state, seatrules.RequestError):
            raise state
        answer, said = moments.said_of(engine, action, state, None)
        assert answer.decision != "allow" or said[-1]
        return day, *said
    except seatrules.RequestError as error:
        return day, "error", (error.code,), ()


def stretches(days: Iterable[Day]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """The days, as first and last of each stretch with one verdict, the same codes, and one consequence."""
    found: list[tuple[str, str, str, tuple[str, ...]]] = []
    before: Any = None
    for day, decision, codes, comes_to in days:
        if before == (decision, codes, comes_to):
            found[-1] = (found[-1][0], day, decision, codes)
        else:
            found.append((day, day, decision, codes))
        before = decision, codes, comes_to
    return found


def settled(state: dict[str, Any]) -> dict[str, Any]:
    """The state with numbers and terms that go together, so that time can pass."""
    for seats in state.get("seats", {}).values():
        seats["purchased"] += seats["assigned"] + seats["pending_removal"]
    for term in state.get("subscriptions", []):
        term["term_start"] = add_days(term["renewal_date"], -365)
    for user in state.get("users", {}).values():
        user["permissions"] = ["modify_billing"]
    for member in state.get("members", {}).values():
        member["term_start"] = add_days(member.get("paid_until") or member["term_start"], -365)
    return state


def told(found: seatrules.Stretches) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """What was found, without why."""
    return [(each.first, each.last, each.decision, each.codes) for each in found.stretches]


@pytest.mark.parametrize("name", list(ENGINES))
@settings(max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_stretches_are_those_that_every_day_shows(name: str, data: st.DataObject) -> None:
    """On any valid state, the stretches are those found by trying every day; each but the first says why it begins."""
    engine = ENGINES[name]
    first = FIRST[next(iter(engine.programs.values())).name]
    near = replace(POOL, days=[add_days(first, count) for count in range(-200, DAYS + 1)], odd_days=(), odd_numbers=())
    program = engine.program_for({"as_of": first})
    state = settled(data.draw(right(program.state, near))) | {"as_of": first}
    days = list(islice(every_day(engine, state), DAYS + 1))
    for kind in data.draw(st.lists(st.sampled_from(list(program.actions)), min_size=6, max_size=6)):
        actions = list(islice(candidates(program, kind, state, alike=False), 500))
        action = data.draw(st.sampled_from(actions)) if actions else None
        if action is None or decided(engine, action, first, state)[1] == "error":
            continue
        found = engine.when(action, state, until=add_days(first, DAYS), invariants=False)
        assert told(found) == stretches(decided(engine, action, *day) for day in days)
        assert [bool(stretch.because) for stretch in found.stretches] == [False] + [True] * (len(found.stretches) - 1)


@pytest.mark.parametrize(
    "require",
    [
        "all(v.on >= as_of for v in visits)",
        "not any(v.on == as_of for v in visits)",
        "as_of in [add_days(cutoffs.paid_from, 200), add_days(cutoffs.paid_from, 201)]",
        "count(v for v in visits if v.on < as_of) <= 1",
        "all(add_months(as_of, 1) <= v.on for v in visits)",
        "all(add_months(v.on, 3) <= as_of for v in visits)",
        "days_between(as_of, add_months(as_of, 1)) >= 31",
        "all(days_between(v.on, as_of) * 3 <= 100 for v in visits)",
        "all((days_between(v.on, as_of) - 5) * hours != 4 for v in visits)",
        "sum(max(0, days_between(v.on, as_of)) for v in visits) <= 100",
        "all(max(0, days_between(v.on, as_of)) * 2 - max(3, days_between(as_of, v.on)) <= 7 for v in visits)",
        'all(divide(days_between(v.on, as_of), 7, "down") * 2 != 4 for v in visits)',
        'sum(divide(100 * max(0, days_between(v.on, as_of)), 365, "half_up") for v in visits) <= 60',
        "all(remainder(days_between(v.on, as_of), 28) < 20 for v in visits)",
        'all(divide(90, max(1, days_between(v.on, as_of)), "half_even") < 3 for v in visits)',
        'start_of_month(add_days(as_of, 100)) < "2025-09-01" or start_of_month(as_of) == as_of',
        "all(months_between(v.on, as_of) < 2 for v in visits)",
        "all(months_between(as_of, v.on) * 3 != 6 for v in visits)",
        "all(anniversary(v.on, 2, as_of) < add_days(as_of, 20) for v in visits)",
        "count_distinct(min(v.on, as_of) for v in visits) < 3",
        "as_of not in [add_days(v.on, 3) for v in visits]",
        'first(v.on for v in visits if v.on > as_of) is None or as_of < "2025-08-31"',
        'text("on ", as_of) not in ["on 2025-09-09", "on 2025-10-01"]',
        'max(text(as_of), "2025-09-30") == "2025-09-30"',
        "all(min(v.on, add_days(as_of, 30)) != v.on for v in visits)",
        "all(days_between(as_of, next_renewal(v.on, add_months(v.on, 3), as_of)) > 10 for v in visits)",
        "not town.closed and (as_of < add_days(cutoffs.paid_from, 180) or as_of > add_days(cutoffs.paid_from, 190))",
    ],
)
def test_a_comparison_may_hang_on_the_day_in_any_way(require: str, base_policy: Path) -> None:
    """Whatever is computed from the day, the stretches are those that every day shows."""
    path = base_policy / "base" / "rules.yaml"
    path.write_text(path.read_text() + rule("of-the-day", f"'{require}'"))
    engine = seatrules.load(base_policy)
    visits = [{"car": "mini", "lot": "south", "on": day} for day in ("2025-08-31", "2025-09-09", "2025-12-01")]
    state, action = PARKING | {"visits": visits}, {"type": "park", "car": "mini", "lot_name": "south", "hours": 2}
    found = engine.when(action, state, until="2026-08-05")
    days = [add_days(state["as_of"], number) for number in range(401)]
    assert told(found) == stretches(decided(engine, action, day, {**state, "as_of": day}) for day in days)


def in_words(engine: seatrules.Engine, found: seatrules.Stretches, language: str = "en") -> list[str]:
    """What a person reads, without the heading."""
    return stretches_text(found, engine.programs[found.policy.version], language).splitlines()[2:]


GAME = changed(
    BRANCH,
    {"as_of": "2025-02-20", "titles.chess": {"kind": "game", "copies": 1}, "members.ada.paid_until": "2026-01-01"},
)
DEACTIVATE = {"type": "deactivate_user", "actor": "ana", "user": "bob"}
BORROW = {"type": "borrow", "member": "ben", "title": "chess", "loan": "8", "desk": "machine"}


def test_a_rule_a_version_and_a_comparison_change_the_answer() -> None:
    """A rule that comes into force, the next version and a card that runs out are told as what changed the answer."""
    assert in_words(LIBRARY, LIBRARY.when(BORROW, GAME)) == [
        "2025-02-20 to 2025-02-28  ALLOWED",
        "2025-03-01 to 2025-06-30  DENIED   counter_only",
        "  games-are-handed-out-at-the-counter: the rule comes into force",
        "2025-07-01 to 2025-12-31  ALLOWED",
        "  version 2025-07-01 comes into force",
        "2026-01-01 to 2027-02-20  DENIED   card_not_valid",
        "  the-card-is-valid: as_of < reader.paid_until  -> does not hold  (2026-01-01, 2026-01-01)",
    ]


@pytest.mark.parametrize(
    ("require", "turned"),
    [
        ("all(v.on >= as_of for v in visits)", [("2025-09-01", {"v": 0})]),
        (
            "not any(c.permit_until is not None and add_days(c.permit_until, -1) <= as_of for c in cars)",
            [("2025-07-31", {"c": "mini"})],
        ),
        ("count(v for v in visits if v.on < as_of) < 2", [("2025-09-10", {"v": 1})]),
        (
            "all(all(v.on != as_of or v.car != c.id for c in cars) for v in visits)",
            [
                (f"2025-{day}", {"v": v, "c": "mini"})
                for day, v in (("08-31", 0), ("09-01", 0), ("09-09", 1), ("09-10", 1))
            ],
        ),
        ("all(day > as_of for day in [v.on for v in visits])", [("2025-08-31", {"day": "2025-08-31"})]),
        ("late_visits() < 1", [("2025-09-01", {"v": 0})]),
        ("as_of < add_days(cutoffs.paid_from, 200)", [("2025-08-20", {})]),
    ],
)
def test_the_entry_whose_comparison_turned_is_named(
    require: str, turned: list[tuple[str, Any]], base_policy: Path
) -> None:
    """In a loop it is the entry by its key, its number in a list, or the value that the list holds."""
    path = base_policy / "base" / "rules.yaml"
    path.write_text(path.read_text() + rule("of-the-day", f"'{require}'"))
    facts = base_policy / "base" / "facts.yaml"
    facts.write_text(facts.read_text() + "  late_visits:\n    is: count(v for v in visits if v.on < as_of)\n")
    visits = [{"car": "mini", "lot": "south", "on": day} for day in ("2025-08-31", "2025-09-09")]
    cars = {"mini": {**PARKING["cars"]["mini"], "permit_until": "2025-08-01"}, "bus": PARKING["cars"]["bus"]}
    state, action = (
        PARKING | {"visits": visits, "cars": cars},
        {"type": "park", "car": "mini", "lot_name": "south", "hours": 2},
    )
    found = seatrules.load(base_policy).when(action, state, until="2026-08-05")
    causes = [(each.first, cause) for each in found.stretches for cause in each.because]
    assert [(first, cause.as_dict("en").get("entry", {})) for first, cause in causes][: len(turned)] == turned
    text = stretches_text(found, seatrules.load(base_policy).programs["base"], "en")
    for _, entry in turned:
        said = ", ".join(f"{name} = {key}" for name, key in entry.items())
        assert f"  for {said}" in text if entry else "  for " not in text


def test_of_an_action_on_each_of_several_the_one_is_named() -> None:
    """Where the comparison of one of several turned, that one is named."""
    engine = seatrules.load(str(TESTS / "policies" / "allotments"))
    (state,) = (
        case.state
        for suite in find_suites(TESTS / "policies" / "allotments")
        for case in read_suite(suite).cases
        if case.id == "EACH-03"
    )
    found = engine.when({"type": "water_several", "plots": ["east", "north", "west"]}, state, until="2025-03-31")
    (cause, other) = found.stretches[1].because
    assert [each.as_dict("en")["entry"] for each in (cause, other)] == [{"garden": "east"}, {"garden": "west"}]
    assert in_words(engine, found)[2:] == [
        "  watered-once-a-day: plot.watered_on < as_of  -> holds  (2025-03-10, 2025-03-11)  for garden = east",
        "  watered-once-a-day: plot.watered_on < as_of  -> holds  (2025-03-10, 2025-03-11)  for garden = west",
    ]


def test_a_user_is_told_only_what_kind_of_thing_changed() -> None:
    """To a user an answer names no rule, no value and nobody: a stretch has codes with their public lines."""
    found = LIBRARY.when(BORROW, GAME)
    assert stretches_text(found, LIBRARY.program_for(GAME), "en", "user").splitlines()[2:] == [
        "2025-02-20 to 2025-02-28  ALLOWED",
        "2025-03-01 to 2025-06-30  DENIED   counter_only",
        "  the rule comes into force",
        "2025-07-01 to 2025-12-31  ALLOWED",
        "  version 2025-07-01 comes into force",
        "2026-01-01 to 2027-02-20  DENIED   card_not_valid",
        "  comes out differently from this day on",
    ]
    public = found.as_dict("en", audience="user")
    assert [stretch["because"] for stretch in public["stretches"]] == [
        [],
        [{"kind": "rule"}],
        [{"kind": "version", "id": "2025-07-01"}],
        [{"kind": "comparison"}],
    ]
    assert public["stretches"][1]["reasons"] == [
        {"code": "counter_only", "message": "this is handed out at the counter only"}
    ]
    state = changed(BRANCH, {"fines.ada.owed": 450, "fines.ben": {"owed": 1, "last_booked_on": None}})
    extended = LIBRARY.when({"type": "extend", "loan": "7", "until": "2025-04-01"}, state, until="2025-06-01")
    assert "  something happens by itself" in stretches_text(extended, LIBRARY.program_for(state), "en", "user")
    for said in (
        extended.as_dict("en", audience="user"),
        stretches_text(extended, LIBRARY.program_for(state), "en", "user"),
    ):
        assert not re.search(r"ada|ben|dune|450|€", str(said))
    assert extended.as_dict("en", audience="admin") == extended.as_dict("en")


def test_a_version_that_is_named_answers_for_all_days() -> None:
    """With one version, no other comes into force, and the rule's own last day counts."""
    assert in_words(LIBRARY, LIBRARY.when(BORROW, GAME, version="2025-01-01", until="2025-12-24")) == [
        "2025-02-20 to 2025-02-28  ALLOWED",
        "2025-03-01 to 2025-11-30  DENIED   counter_only",
        "  games-are-handed-out-at-the-counter: the rule comes into force",
        "2025-12-01 to 2025-12-24  ALLOWED",
        "  games-are-handed-out-at-the-counter: the rule is no longer in force",
    ]


def test_events_change_the_answer() -> None:
    """Late fees of an overdue loan block a member; when the loan is lost, there is none to extend."""
    state = changed(BRANCH, {"fines.ada.owed": 450})
    extend = {"type": "extend", "loan": "7", "until": "2025-04-01"}
    assert in_words(LIBRARY, LIBRARY.when(extend, state, until="2025-06-01")) == [
        "2025-03-10 to 2025-03-29  ALLOWED",
        "2025-03-30 to 2025-04-28  DENIED      fines_unpaid",
        "  a-late-loan-costs-the-late-fee: dune was due on 2025-03-29: 1.00 € for ada",
        "2025-04-29 to 2025-06-01  NO VERDICT  unknown_key",
        "  a-loan-long-overdue-is-lost: dune is taken for lost: 15.00 € for ada",
    ]


def test_an_action_whose_date_has_passed_has_no_verdict() -> None:
    """Letting time pass to a day is no well-formed request after that day."""
    found = ENGINE.when({"type": "advance_time", "actor": "system", "to": "2024-12-24"}, STATE)
    assert in_words(ENGINE, found) == [
        "2024-11-15 to 2024-12-24  ALLOWED",
        "2024-12-25 to 2026-11-15  NO VERDICT  date_before_as_of",
        "  date_before_as_of: 2024-12-24 is before `as_of`, 2024-12-25",
    ]


def test_time_that_can_not_pass_ends_the_answer() -> None:
    """Where an event can't be carried out, there is no verdict from its day on."""
    removal = {"purchased": 1, "assigned": 0, "pending_removal": 2, "pending_effective_on": "2025-01-01"}
    found = ENGINE.when(DEACTIVATE, changed(STATE, {"seats.core": removal}), invariants=False)
    assert in_words(ENGINE, found) == [
        "2024-11-15 to 2024-12-31  ALLOWED",
        "2025-01-01 to 2026-11-15  NO VERDICT  impossible_change",
        "  impossible_change: the action can't be carried out on this state: `seats.core.purchased` would be -1",
        "",
        "the invariants of the state were not checked",
    ]


def test_an_event_that_is_overdue_happens_on_the_next_day() -> None:
    """On the first day the answer is that of `check` on the state as it is."""
    removal = {"purchased": 3, "assigned": 1, "pending_removal": 2, "pending_effective_on": "2024-11-01"}
    schedule = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}
    state = changed(STATE, {"seats.core": removal, "seats.sales.assigned": 1})
    found = ENGINE.when(schedule, state, until="2024-12-31")
    assert in_words(ENGINE, found) == [
        "2024-11-15 to 2024-11-15  DENIED  exceeds_unassigned_seats, removal_already_effective",
        "2024-11-16 to 2024-12-31  DENIED  exceeds_unassigned_seats",
        "  a-removal-takes-effect: 2 core seats leave the subscription on 2024-11-01 "
        "and are no longer billed from then on",
    ]


def test_the_days_that_are_tried_are_bounded(base_policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every day may bring another answer, the search ends early and says so."""
    path = base_policy / "base" / "rules.yaml"
    path.write_text(path.read_text() + rule("of-the-month", "'days_between(as_of, add_months(as_of, 1)) >= 31'"))
    monkeypatch.setattr(moments, "MOST_DAYS", 40)
    action = {"type": "park", "car": "mini", "lot_name": "south", "hours": 2}
    engine = seatrules.load(base_policy)
    found = engine.when(action, {**PARKING, "as_of": "2025-08-20"})
    assert (found.until, found.last) == ("2027-08-20", "2025-09-28")
    assert in_words(engine, found) == [
        "2025-08-20 to 2025-08-30  ALLOWED",
        "2025-08-31 to 2025-09-28  DENIED   lorry",
        "  of-the-month: comes out differently from this day on",
        "",
        "too many days to try: what comes after 2025-09-28 is not known",
    ]


@pytest.mark.parametrize("as_of", ["9999-06-01", "9999-12-31"])
def test_time_ends_with_the_year_9999(as_of: str) -> None:
    """Near the last day that a date can have, that day is the horizon."""
    for action in (DEACTIVATE, {"type": "advance_time", "actor": "system", "to": "9999-12-31"}):
        found = ENGINE.when(action, changed(STATE, {"as_of": as_of, "subscriptions": []}))
        assert told(found) == [(as_of, "9999-12-31", "allow", ())]


def test_a_date_object_is_no_last_day() -> None:
    """A last day is a text, as every date is; an object of Python's is told by its type, with the way to mend it."""
    with pytest.raises(seatrules.RequestError) as raised:
        ENGINE.when(DEACTIVATE, STATE, until=date(2025, 1, 1))  # type: ignore[arg-type]
    (problem,) = raised.value.problems
    assert (problem.code, problem.path) == ("wrong_type", "/until")
    assert problem.message == "this is no plain data: its type is `date`"
    assert problem.suggestion == 'write a date as text: `"2025-01-01"`'


@pytest.mark.parametrize(
    ("until", "code", "message"),
    [
        ("2024-11-14", "date_before_as_of", "2024-11-14 is before `as_of`, 2024-11-15"),
        ("tomorrow", "bad_date", "`tomorrow` is not a date, as `YYYY-MM-DD`"),
    ],
)
def test_the_last_day_is_a_day_from_as_of_on(until: str, code: str, message: str) -> None:
    """A last day that is no date, or has passed, is an error of the request."""
    with pytest.raises(seatrules.RequestError) as raised:
        ENGINE.when(DEACTIVATE, STATE, until=until)
    assert (raised.value.code, raised.value.message, raised.value.path) == (code, message, "/until")


def test_what_is_malformed_has_no_stretches() -> None:
    """A state or an action that is not well formed is an error of the request, as it is for `decide`."""
    for action, state in (({"type": "assign"}, STATE), ({"type": "add_seats"}, STATE), ({}, {**STATE, "users": 1})):
        with pytest.raises(seatrules.RequestError):
            ENGINE.when(action, state)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("en.txt", []),
        ("nl.txt", ["--lang", "nl"]),
        ("user.txt", ["--audience", "user"]),
        ("json", ["--format", "json", "--until", "2025-12-31"]),
        ("user.json", ["--format", "json", "--until", "2025-12-31", "--audience", "user"]),
    ],
)
def test_when_on_the_command_line(name: str, arguments: list[str], golden: Golden) -> None:
    """`when` prints the stretches with their causes, or JSON, and exits with 0 whatever is denied."""
    state, action = (str(TESTS / "demo" / name) for name in ("account-later.yaml", "assign-seat.yaml"))
    given = ["when", "--state", state, "--action", action, *arguments]
    done = CliRunner().invoke(cli, given, env={"LC_ALL": "C.UTF-8"}, standalone_mode=False)
    assert done.return_value is Exit.OK
    text = done.stdout.replace(ENGINE.programs["2024-11-01"].digest, "sha256:...")
    golden(TESTS / "golden" / "when" / f"assigning.{name}", text)
