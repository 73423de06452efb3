"""What can be done: the sets of arguments that are tried, and what is said of each."""

from __future__ import annotations

import dataclasses
import json
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
from lengths import examples
from seatrules.cli import cli
from seatrules.cli.exits import Exit
from seatrules.planning import options as planning
from seatrules.planning.alike import apart, groups_of
from seatrules.render.planning import options_text
from test_evaluators import ENGINES, right
from test_versions import STATE as PARKING
from test_versions import rule

ENGINE = seatrules.load()
PROGRAM = ENGINE.programs["2024-11-01"]
LIBRARY = ENGINES["library"]
READER = {"category": "adult", "status": "active", "joined_on": "2021-01-01", "term_start": "2025-01-01"} | {
    "renews_itself": False,
    "reading_list": [],
    "history": [],
}
BRANCH: dict[str, Any] = {
    "as_of": "2025-03-10",
    "branch": {"kind": "main", "next_ticket": 1},
    "members": {name: {**READER, "paid_until": "2026-01-01"} for name in ("ada", "ben", "cleo")},
    "titles": {"dune": {"kind": "novel", "copies": 2}},
    "loans": {
        "7": {"title": "dune", "kind": "novel", "member": "ada", "borrowed_on": "2025-03-01", "due_on": "2025-03-29"}
        | {"extensions": 0, "overdue": False}
    },
    "reservations": [],
    "fines": {"ada": {"owed": 700, "last_booked_on": None}},
    "lent": {},
    "lost": [],
}


def values(action: str, argument: str, state: dict[str, Any] = STATE, **only: Any) -> list[Any]:
    """What is tried for one argument."""
    engine = LIBRARY if "branch" in state else ENGINE
    found = candidates(engine.program_for(state), action, state, only={name: [value] for name, value in only.items()})
    return list(dict.fromkeys(each[argument] for each in found))


@pytest.mark.parametrize(
    ("when", "require"),
    [
        ("parked_car.permit_until is not None", "parked_car.permit_until >= add_days(as_of, hours)"),
        ("lots[lot_name].free > 0", 'divide(hours, lots[lot_name].free, "up") < 9'),
    ],
)
def test_what_a_rule_takes_for_granted_is_not_computed_where_it_does_not_apply(
    when: str, require: str, base_policy: Path
) -> None:
    """Where a car has no permit, or a lot no place, the arguments are those that the other rules give."""
    path = base_policy / "base" / "rules.yaml"
    path.write_text(
        path.read_text() + rule("granted", f"'{require}'").replace("    require", f"    when: {when}\n    require")
    )
    state = PARKING | {"lots": {}, "cars": {"mini": {"kind": "car", "lots": []}}}
    found = seatrules.load(base_policy).options(state, action="park")
    assert {each.codes for each in found.options} == {("lot_full",)}


@pytest.mark.parametrize("name", list(ENGINES))
@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_option_is_what_check_says_of_it(name: str, data: st.DataObject) -> None:
    """On any valid state, each option has the verdict, codes and outcome of the decision on its action."""
    engine = ENGINES[name]
    program = data.draw(st.sampled_from(list(engine.programs.values())))
    state = data.draw(right(program.state))
    action = data.draw(st.sampled_from(list(program.actions)))
    answer = engine.options(state, action=action, version=program.version, invariants=False)
    for option in answer.options[:200]:
        assert (option.decision, list(option.codes), option.outcome) == said(
            engine, option.action, state, program.version
        )


def said(engine: seatrules.Engine, action: Any, state: Any, version: str) -> tuple[str, list[str], str | None]:
    """The verdict, codes and outcome of a decision as `check` prints it; those of an error where it prints one."""
    try:
        found = engine.decide(action, state, version=version).as_dict()
    except seatrules.RequestError as error:
        return "error", [error.code], None
    codes = [reason["code"] for reason in found["reasons"]]
    return found["decision"], codes, found["outcome"] and found["outcome"]["code"]


@pytest.mark.parametrize(
    ("action", "argument", "state", "only", "tried"),
    [
        ("assign_seat", "user", STATE, {}, ["ana", "bob", "réne"]),
        ("use_tool", "hub", STATE, {}, ["marketing", "sales", "service", "operations", "content", None]),
        ("use_tool", "advanced", STATE, {}, [True, False]),
        ("use_tool", "tool", changed(STATE, {"users.bob.seats": ["view_only"]}), {}, ["tool", "social_posts", "forms"]),
        ("schedule_removal", "quantity", STATE, {"seat_type": "core"}, [1, 0, 2, 3]),
        (
            "schedule_removal",
            "quantity",
            changed(STATE, {"seats.core.purchased": 9}),
            {"seat_type": "core"},
            [1, 0, 6, 7],
        ),
        ("advance_time", "actor", STATE, {}, ["system"]),
        ("advance_time", "to", STATE, {}, ["2025-06-01"]),
        ("advance_time", "to", changed(STATE, {"as_of": "2025-07-01"}), {}, ["2025-07-01"]),
        ("pay_fine", "amount", BRANCH, {"member": "ada"}, [1, 700, 701]),
        ("pay_fine", "amount", BRANCH, {"member": "ben"}, [1, 0]),
        ("correct_fine", "by", BRANCH, {"member": "ada"}, [1, -700, -701]),
        ("extend", "until", BRANCH, {}, ["2025-03-29", "2025-03-30", "2025-04-07", "2025-04-08"]),
        ("borrow", "loan", BRANCH, {}, ["7", "loan"]),
        ("reserve", "note", BRANCH, {}, ["note", None]),
        ("let_time_pass", "to", BRANCH, {}, ["2025-03-29", "2025-03-30", "2025-12-01", "2026-01-01"]),
    ],
)
def test_what_is_tried_for_an_argument(
    action: str, argument: str, state: dict[str, Any], only: dict[str, Any], tried: list[Any]
) -> None:
    """Keys and words, and the numbers, dates and texts at which a comparison of the rules turns."""
    assert values(action, argument, state, **only) == tried


def test_keys_whose_entries_are_equal_are_alike() -> None:
    """Equal entries are in one group, unless a key stands elsewhere in the state or is set apart."""
    program = LIBRARY.program_for(BRANCH)
    groups = groups_of(program, BRANCH)
    assert groups["member"] == (("ada",), ("ben", "cleo"))
    assert apart(groups, {"cleo"})["member"] == (("ada",), ("cleo",), ("ben",))
    assert groups_of(program, BRANCH, alike=False)["member"] == (("ada",), ("ben",), ("cleo",))


def test_as_many_alike_keys_are_tried_as_an_action_takes() -> None:
    """Of many equal users, no two actions that are tried are the same but for their names."""
    users = {f"u{number}": STATE["users"]["réne"] for number in range(5)}
    found = list(candidates(PROGRAM, "transfer_core_seat", {**STATE, "users": users}))
    assert [tuple(each.values())[1:] for each in found] == [
        ("u0", "u0", "u0"),
        ("u0", "u0", "u1"),
        ("u0", "u1", "u0"),
        ("u0", "u1", "u1"),
        ("u0", "u1", "u2"),
    ]
    named = candidates(PROGRAM, "deactivate_user", {**STATE, "users": users}, only={"actor": ["u0"]}, named=["u3"])
    assert [each["user"] for each in named] == ["u0", "u3", "u1"]
    every = candidates(PROGRAM, "transfer_core_seat", {**STATE, "users": users}, alike=False)
    assert sum(1 for _ in every) == 5**3


def test_a_large_account_is_bounded_and_says_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users that equal one that was tried are counted; an action with too many sets of arguments is named."""
    users = {f"u{number}": STATE["users"]["réne"] for number in range(10_000)}
    state = {**STATE, "users": STATE["users"] | users}
    monkeypatch.setattr(planning, "LIMIT", 20)
    found = ENGINE.options(state, action="assign_seat")
    assert len(found.options) == 20
    assert found.as_dict()["left_out"] == {"alike": {"user": 10_000}, "actions": ["assign_seat"]}
    said = options_text(found, PROGRAM, "en").splitlines()
    assert said[-2:] == [
        "left out: 10000 x user, each equal to one that is tried; `--all` tries them",
        "left out: what comes after the first 1000 sets of arguments of assign_seat; `--all` tries them",
    ]
    few = {**STATE, "users": STATE["users"] | dict(list(users.items())[:9])}
    whole = ENGINE.options(few, action="assign_seat", everything=True)
    assert (len(whole.options), whole.alike, whole.cut) == (12 * 6 * 12, {}, ())


def test_counts_of_0_are_left_out_where_others_are_there() -> None:
    """A row with a count of 0 that is not allowed is left to `--all`, unless an action has no other rows."""
    found = ENGINE.options(STATE, action="schedule_removal")
    assert "quantity_invalid" not in options_text(found, PROGRAM, "en")
    assert "quantity_invalid" in options_text(found, PROGRAM, "en", everything=True)
    only = dataclasses.replace(found, options=tuple(o for o in found.options if o.action["quantity"] == 0))
    said = options_text(only, PROGRAM, "en")
    assert "\nquantity_invalid: at least one seat has to be bought or removed\n" in said
    assert "counts of 0" not in said


def test_an_action_that_the_state_makes_impossible_has_no_verdict() -> None:
    """Where carrying an action out would break the state, the option has the code of that error."""
    state = changed(STATE, {"seats.core.assigned": 0})
    (option,) = [
        option
        for option in ENGINE.options(state, action="unassign_seat", invariants=False).options
        if option.action == {"type": "unassign_seat", "actor": "ana", "seat_type": "core", "user": "ana"}
    ]
    assert option.as_dict() == {
        "action": option.action,
        "decision": "error",
        "codes": ["impossible_change"],
        "outcome": None,
    }


def performed(engine: seatrules.Engine, argument: str | None) -> seatrules.Engine:
    """The engine, with actions that say who performs them where they have that argument."""
    programs = {
        version: dataclasses.replace(
            program,
            actions={
                name: head._replace(performed_by=argument if argument in head.arguments else None)
                for name, head in program.actions.items()
            },
        )
        for version, program in engine.programs.items()
    }
    return seatrules.Engine.of(programs)


def test_options_of_one_actor() -> None:
    """With an actor, the options are those that this one performs."""
    engine = performed(LIBRARY, "member")
    found = engine.options(BRANCH, actor="ben").options
    assert {option.action["member"] for option in found} == {"ben"}
    assert {option.action["type"] for option in found} == {
        "borrow",
        "cancel_reservation",
        "correct_fine",
        "pay_fine",
        "reserve",
    }


def test_an_actor_or_an_action_that_is_not_there_is_an_error() -> None:
    """An unknown actor is an error of the request, an unknown action or one that nobody performs one of the usage."""
    with pytest.raises(seatrules.RequestError) as raised:
        performed(LIBRARY, "member").options(BRANCH, actor="bob")
    assert (raised.value.code, raised.value.path) == ("unknown_key", "/actor")
    assert raised.value.message == "there is no member `bob` in the state"
    with pytest.raises(seatrules.UsageError, match="the policy does not say who performs its actions"):
        performed(LIBRARY, None).options(BRANCH, actor="ben")
    with pytest.raises(seatrules.UsageError, match="the policy does not say who performs `extend`"):
        performed(LIBRARY, "member").options(BRANCH, actor="ben", action="extend")
    with pytest.raises(seatrules.UsageError, match="there is no action `asign_seat`; did you mean `assign_seat`"):
        ENGINE.options(STATE, action="asign_seat")
    with pytest.raises(seatrules.RequestError):
        ENGINE.options({**STATE, "users": None})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("en.txt", []),
        ("nl.txt", ["--lang", "nl"]),
        ("all.txt", ["--all"]),
        ("json", ["--format", "json"]),
    ],
)
def test_can_on_the_command_line(name: str, arguments: list[str], tmp_path: Path, golden: Golden) -> None:
    """`can` prints a table for each action, or JSON, and exits with 0 whatever is denied."""
    path = tmp_path / "state.json"
    path.write_text(json.dumps(STATE))
    given = ["can", "--state", str(path), "--action", "schedule_removal", *arguments]
    done = CliRunner().invoke(cli, given, env={"LC_ALL": "C.UTF-8"}, standalone_mode=False)
    assert done.return_value is Exit.OK
    text = done.stdout.replace(PROGRAM.digest, "sha256:...")
    golden(TESTS / "golden" / "can" / f"removal.{name}", text)
