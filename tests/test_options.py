"""What can be done: the sets of arguments that are tried, and what is said of each."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
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
from seatrules.decision.request import key_maps
from seatrules.planning import options as planning
from seatrules.planning.alike import apart, groups_of
from seatrules.policy.locate import find
from seatrules.render.options import options_text
from seatrules.suites import find_suites, known_states, read_suite
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
        ("use_tool", "advanced", STATE, {}, [False, True]),
        ("use_tool", "tool", changed(STATE, {"users.bob.seats": ["view_only"]}), {}, ["tool", "social_posts", "forms"]),
        ("use_tool", "tool", STATE, {}, ["tool", "social_posts", "forms"]),
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
        ("borrow", "loan", BRANCH, {}, ["loan", "7"]),
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
    assert apart(groups, {"cleo": 1})["member"] == (("ada",), ("cleo",), ("ben",))
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
    line = "  DENIED  at least one seat has to be bought or removed\n"
    assert line not in options_text(found, PROGRAM, "en")
    assert line in options_text(found, PROGRAM, "en", everything=True)
    only = dataclasses.replace(found, options=tuple(o for o in found.options if o.action["quantity"] == 0))
    said = options_text(only, PROGRAM, "en")
    assert line in said
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
        version: program._replace(
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


def test_those_who_are_alike_are_one_row_that_says_so() -> None:
    """One of them stands for all: the row counts them, and below the table they are named."""
    users = {f"u{number}": STATE["users"]["réne"] for number in range(8)}
    state = {**STATE, "users": {"ana": STATE["users"]["ana"], **users}}
    found = ENGINE.options(state, actor="ana", action="deactivate_user")
    assert [(each.action["user"], each.alike) for each in found.options] == [
        ("ana", ()),
        ("u0", (("user", tuple(users)),)),
    ]
    whole = found.as_dict()
    assert whole["options"][1]["alike"] == {"user": 8}
    assert "alike" not in whole["options"][0]
    assert whole["alike"] == [list(users)]
    assert whole["left_out"] == {"alike": {"user": 7}, "actions": []}
    assert options_text(found, PROGRAM, "en").splitlines()[2:] == [
        "deactivate_user: Deactivate a user",
        "    actor  user",
        "  ALLOWED  the user is deactivated and keeps the seat",
        "    ana    ana",
        "  ALLOWED",
        "    ana    u0 (of 8)",
        "",
        "u0 (of 8): u0, u1, u2, u3, u4 and 3 more",
        "",
        "left out: 7 x user, each equal to one that is tried; `--all` tries them",
    ]
    assert ENGINE.options(state, actor="ana", action="deactivate_user", everything=True).as_dict().keys() == {
        *whole.keys() - {"alike"}
    }


POLICIES = [
    *("github-seats", "hubspot-seats", "slack-fair-billing", "zoom-licenses"),
    *(str(TESTS / "policies" / name) for name in ("allotments", "clubs", "library-loans")),
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: Path(policy).name)
def test_every_action_has_an_option_or_is_left_out(policy: str) -> None:
    """On the states of its suites, each action of a policy is there, or is said to be about what there is none of."""
    engine, folder = seatrules.load(policy), find(policy, ()).folder
    assert folder is not None
    states = [case.state for case in known_states(engine, folder, None).cases]
    for state in states[:25]:
        found = engine.options(state)
        there = {each.action["type"] for each in found.options}
        assert set(engine.program_for(state).actions) == there | set(found.left_out.empty)
        for name, entries in found.left_out.empty.items():
            assert entries
            assert not [
                key for entry in entries for key in dict(key_maps(engine.program_for(state).state, state))[entry]
            ]
            assert name not in there


def test_what_is_left_out_is_said_in_words() -> None:
    """An action about what there is none of is named with that, one that the actor never performs with the actor."""
    engine = performed(LIBRARY, "member")
    found = engine.options({**BRANCH, "titles": {}, "loans": {}, "reservations": []}, actor="ben")
    assert found.left_out.empty == {"borrow": ("title",), "reserve": ("title",), "cancel_reservation": ("title",)}
    assert found.as_dict()["left_out"] == {
        "alike": {},
        "actions": [],
        "empty": {name: ["title"] for name in ("borrow", "reserve", "cancel_reservation")},
        "others": ["return_item", "return_items", "extend", "start_new_year", "let_time_pass"],
    }
    said = options_text(found, engine.program_for(BRANCH), "en").splitlines()
    assert said[-6:] == [
        "",
        "left out: what would change nothing; `--all` shows it",
        "left out: borrow, for there is none of these in the state: title",
        "left out: reserve, for there is none of these in the state: title",
        "left out: cancel_reservation, for there is none of these in the state: title",
        "left out, for ben never performs them: return_item, return_items, extend, start_new_year, let_time_pass",
    ]
    public = options_text(found, engine.program_for(BRANCH), "en", audience="user").splitlines()
    assert "left out: reserve, for there is nothing in the state that it can be about" in public


def test_lists_have_one_entry_or_are_those_of_the_suites() -> None:
    """Of the lists that are handed in those are tried that fit: of entries that are there, and not of one."""
    state = changed(BRANCH, {"loans.8": BRANCH["loans"]["7"]})
    lists: dict[str, dict[str, list[list[Any]]]] = {
        "return_items": {"returns": [["8", "7"], ["7", "9"], ["8"], ["7", "7"], [8, 7]]},
        "no_such_action": {"x": [[]]},
    }
    for further, tried in ((None, []), (lists, [["8", "7"]])):
        found = LIBRARY.options(state, action="return_items", lists=further).options
        assert list({str(each.action["returns"]): each.action["returns"] for each in found}.values()) == [["7"], *tried]
        assert len(found) == 2 * (1 + len(tried))


@pytest.mark.parametrize(
    ("kind", "require", "tried"),
    [
        ("list of count", "all(each < 4 for each in listed)", [[1], [3], [4]]),
        ("list of date", 'all(each < "2025-07-03" for each in listed)', [["2025-07-02"], ["2025-07-03"]]),
        ("list of string", '"red" not in listed', [["listed"], ["red"]]),
        ("list of string?", '"red" not in (listed if listed is not None else [])', [["listed"], ["red"], None]),
    ],
)
def test_a_list_of_numbers_days_or_texts_has_one_at_which_a_comparison_turns(
    kind: str, require: str, tried: list[Any], base_policy: Path
) -> None:
    """An argument that is such a list is tried with one entry, chosen as for an argument that is none."""
    path = base_policy / "base" / "actions.yaml"
    path.write_text(path.read_text().replace("hours: count", f'hours: count, listed: "{kind}"'))
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text() + rule("listed", f"'{require}'"))
    found = seatrules.load(base_policy).options(PARKING, action="park").options
    assert list({str(each.action["listed"]): each.action["listed"] for each in found}.values()) == tried
    assert {each.decision for each in found} == {"allow", "deny"}


def test_options_speak_a_language() -> None:
    """Titles, the lines of codes and the reasons are in the language that is asked for; what is billed is there too."""
    found = ENGINE.options(STATE, actor="ana", action="add_seats")
    for language, title, line, reason in (
        ("en", "Buy seats", "seats of this type", "a free seat is not sold"),
        ("nl", "Seats kopen", "seats van dit type", "een gratis seat"),
    ):
        whole = found.as_dict(language)
        assert whole["titles"] == {"add_seats": title}
        assert whole["lines"]["seat_type_not_sold"].startswith(line)
        denied = next(each for each in whole["options"] if each["action"]["seat_type"] == "free")
        assert denied["reasons"][0]["code"] == "seat_type_not_sold"
        assert denied["reasons"][0]["message"].startswith(reason)
        assert "billing" not in denied
    allowed = next(each for each in found.as_dict()["options"] if each["decision"] == "allow")
    decision = ENGINE.decide(allowed["action"], STATE)
    assert allowed["billing"] == decision.as_dict()["billing"]
    assert found.options[0].as_dict("nl") == found.as_dict("nl")["options"][0]
    with pytest.raises(seatrules.UsageError, match="does not speak `de`"):
        found.as_dict("de")


def test_options_are_of_the_state_as_it_was() -> None:
    """What becomes of the state later changes nothing of what was said of it."""
    state = copy.deepcopy(STATE)
    found = ENGINE.options(state, actor="ana")
    before = copy.deepcopy(found).as_dict("nl")
    state["users"]["ana"]["seats"].append("sales")
    state["seats"]["core"]["purchased"] = 77
    assert found.as_dict("nl") == before


def test_options_tell_a_user_nothing_of_others() -> None:
    """Only who was asked for is named, nothing is counted, and more people who are like others change nothing."""
    viewing = changed(STATE, {"users.ana.seats": ["view_only"]})
    tools = ENGINE.options(viewing, actor="ana", action="use_tool", invariants=False).as_dict(audience="user")
    assert {each["action"].get("tool") for each in tools["options"]} == {None, "social_posts", "forms"}
    told = set()
    for more in (1, 8):
        users = {f"u{number}": STATE["users"]["réne"] for number in range(more)}
        found = ENGINE.options({**STATE, "users": STATE["users"] | users}, actor="ana")
        whole = found.as_dict(audience="user")
        assert {name for each in whole["options"] for name in each["action"]} == {
            *("type", "actor", "seat_type", "from_type", "to_type", "user", "from_user", "to_user"),
            *("hub", "to_tier", "operation", "advanced", "tool"),
        }
        named = {each["action"].get(name) for each in whole["options"] for name in ("actor", "user", "to_user")}
        assert named == {"ana", None}
        assert {"action", "decision", "codes", "outcome"} == {key for each in whole["options"] for key in each}
        assert whole["left_out"]["alike"] == {}
        assert [each for number, each in enumerate(whole["options"]) if each in whole["options"][:number]] == []
        text = options_text(found, PROGRAM, "en", audience="user")
        told.add(json.dumps(whole) + text)
        assert not re.search(r"\b(bob|réne|u0)\b", json.dumps(whole, ensure_ascii=False) + text)
    assert len(told) == 1
    assert found.as_dict(audience="admin") == found.as_dict()
    with pytest.raises(seatrules.UsageError, match="there is no audience `usr`"):
        found.as_dict(audience="usr")  # type: ignore[arg-type]
    of_all = ENGINE.options(STATE).as_dict(audience="user")
    assert not [each for each in of_all["options"] if set(each["action"].values()) & STATE["users"].keys()]


@pytest.mark.parametrize("name", list(ENGINES))
@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_on_a_valid_state_the_decision_is_the_same(name: str, data: st.DataObject) -> None:
    """What takes a state for valid and ordinary says all that deciding says, or leaves it to the reference."""
    engine = ENGINES[name]
    program = data.draw(st.sampled_from(list(engine.programs.values())))
    state = data.draw(right(program.state))
    compiled = engine.compiled(state, program.version)
    assert compiled.is_valid(state)
    kind = data.draw(st.sampled_from(list(program.actions)))
    for action in list(candidates(program, kind, state, alike=False))[:50]:
        try:
            whole = engine.decide(action, state, version=program.version).as_dict()
        except seatrules.RequestError as error:
            whole = error.as_dict()
        ready = compiled.action(kind)
        if (failing := ready.failing(action, state)) is not None:
            assert [rule.code for rule in failing] == [reason["code"] for reason in whole.get("reasons", ())], whole
        if compiled.is_ordinary(state):
            assert on_valid(ready, action, state) in (None, whole)


def on_valid(ready: Any, action: Any, state: Any) -> Any:
    """What the decision on a valid and ordinary state says, or the error; nothing where it is left to the reference."""
    try:
        decision = ready.decide_on_valid(action, state)
    except seatrules.RequestError as error:
        return error.as_dict()
    return None if decision is None else decision.as_dict()


def test_a_number_that_is_out_of_the_ordinary_is_left_to_the_reference() -> None:
    """On a state with a number that generated functions do not count with, options are what `check` says."""
    state = changed(BRANCH, {"fines.ada.owed": 2**62})
    compiled = LIBRARY.compiled(state)
    assert (compiled.is_valid(state), compiled.is_ordinary(state)) == (True, None)
    found = LIBRARY.options(state, action="correct_fine").options
    assert {(each.decision, each.codes) for each in found if each.action["member"] == "ada"} == {
        (said_of[0], tuple(said_of[1]))
        for said_of in (
            said(LIBRARY, each.action, state, "2025-01-01") for each in found if each.action["member"] == "ada"
        )
    }


@pytest.mark.parametrize("name", ["user.txt", "user.json"])
def test_can_for_a_user_on_the_command_line(name: str, tmp_path: Path, golden: Golden) -> None:
    """`can --audience user` shows what can be done without naming or counting others."""
    path = tmp_path / "state.json"
    path.write_text(json.dumps(STATE))
    more = ["--format", "json"] if name.endswith("json") else []
    given = [
        "can",
        "--state",
        str(path),
        "--actor",
        "ana",
        "--action",
        "transfer_core_seat",
        "--audience",
        "user",
        *more,
    ]
    done = CliRunner().invoke(cli, given, env={"LC_ALL": "C.UTF-8"}, standalone_mode=False)
    assert done.return_value is Exit.OK
    golden(TESTS / "golden" / "can" / f"transfer.{name}", done.stdout.replace(PROGRAM.digest, "sha256:..."))


def test_can_tries_the_lists_of_the_suites(tmp_path: Path) -> None:
    """On the command line the lists of the policy's cases are among what is tried, where their entries are there."""
    (case,) = (
        case
        for suite in find_suites(TESTS / "policies" / "library-loans")
        for case in read_suite(suite).cases
        if isinstance(case.action, dict) and len(case.action.get("returns", ())) > 1
    )
    path = tmp_path / "state.json"
    path.write_text(json.dumps(case.state))
    given = ["can", "--policy", str(TESTS / "policies" / "library-loans"), "--state", str(path), "--format", "json"]
    done = CliRunner().invoke(cli, [*given, "--action", "return_items"], standalone_mode=False)
    assert done.return_value is Exit.OK
    assert case.action["returns"] in [each["action"]["returns"] for each in json.loads(done.stdout)["options"]]


def test_what_would_change_nothing_is_pointless() -> None:
    """To make a core seat a core seat; to view a tool changes nothing either, and is what it is for."""
    found = ENGINE.options(STATE, actor="ana")
    changes = [each for each in found.options if each.action["type"] == "change_seat_type"]
    same = [each for each in changes if each.action["from_type"] == each.action["to_type"] and each.pointless]
    assert [(each.action["user"], each.action["to_type"]) for each in same] == [("ana", "core"), ("bob", "sales")]
    assert not any(each.pointless for each in found.options if each.action["type"] == "use_tool")
    program = ENGINE.program_for(STATE)
    text = options_text(found, program, "en")
    assert "left out: what would change nothing; `--all` shows it" in text
    assert "change nothing" not in options_text(found, program, "en", everything=True)


def test_rows_that_differ_in_who_is_in_them_are_one() -> None:
    """Codes are told in words, and of many users the first ones are named, unless all are asked for."""
    users = {f"u{number}": STATE["users"]["bob"] for number in range(4)}
    state = changed(STATE, {"users": STATE["users"] | users, "seats.sales.purchased": 9, "seats.sales.assigned": 6})
    found = ENGINE.options(state, action="unassign_seat", everything=True)
    text = options_text(found, PROGRAM, "nl").splitlines()
    assert text[2:8] == [
        "unassign_seat: Een seat van een gebruiker intrekken",
        "    actor" + " " * 28 + "seat_type  user",
        "  TOEGESTAAN  de seat is vrij en blijft in het account, en op de rekening",
        "    ana, bob, réne, u0, u1 en nog 2  core       ana",
        "    ana, bob, réne, u0, u1 en nog 2  sales      bob, u0, u1, u2, u3",
        "  GEWEIGERD  de gebruiker heeft deze seat niet",
    ]
    assert "ana, bob, réne, u0, u1, u2, u3  sales" in options_text(found, PROGRAM, "nl", everything=True)


def test_verdicts_are_styled_where_that_is_wanted() -> None:
    """What is printed for a verdict may be anything of its own: the columns stay where they are."""
    found = ENGINE.options(STATE, actor="ana", action="add_seats")
    program = ENGINE.program_for(STATE)
    styled = options_text(found, program, "en", verdict=lambda decision, word: f"<{decision}>{word}</>")
    assert "  <allow>ALLOWED</>\n    ana" in styled
    assert styled.replace("<allow>", "").replace("<deny>", "").replace("</>", "") == options_text(found, program, "en")
