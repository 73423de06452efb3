"""What is not given: an error in strict mode, and never a milder answer in partial mode."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

import seatrules
from accounts import ACTION, GONE, STATE, changed
from asking import ask, engine, mutated, places
from broken import STATE as TOWN
from broken import build
from command import run, written
from fuzz.compare import evaluators
from fuzz.partial import completion, filling, said_wrongly
from fuzz.policies import small_policy, write_policy
from fuzz.requests import request
from lengths import examples
from seatrules import Decision, Engine, RequestError, UsageError
from seatrules.language.check import check
from seatrules.language.interpret import UNKNOWN, Interpreter
from seatrules.language.partial import marked
from test_language import CASES, names

POLICIES = Path(__file__).parent / "policies"

PROPERTIES = [
    p
    for p in places(STATE)
    if p[:1] != ("as_of",) and isinstance(p[-1], str) and not (p[0] in ("seats", "users") and len(p) == 2)
]


@pytest.mark.parametrize("path", PROPERTIES, ids=lambda path: ".".join(map(str, path)))
def test_a_required_property_that_is_not_given_never_makes_the_answer_milder(path: tuple[str | int, ...]) -> None:
    """Without a required property, strict mode refuses, and partial mode allows only what the whole state allows."""
    without = mutated(STATE, path, GONE)
    actions = [
        ACTION,
        changed(ACTION, {"actor": "bob"}),
        changed(ACTION, {"seat_type": "partner"}),
        {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"},
        {"type": "unassign_seat", "actor": "ana", "seat_type": "core", "user": "ana"},
        {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 3},
        {"type": "remove_user", "actor": "ana", "user": "bob"},
    ]
    for action in actions:
        with pytest.raises(RequestError):
            engine().validate(without)
        whole, part = engine().decide(action, STATE), ask(action, without, partial=True)
        if part is None:
            continue  # the user whom the action names is not there
        assert part.decision in {whole.decision, "undetermined"}
        assert set(part.codes) <= set(whole.codes)
        if part.decision == "undetermined":
            assert part.missing


@pytest.mark.parametrize("path", PROPERTIES, ids=lambda path: ".".join(map(str, path)))
def test_strict_mode_names_what_is_not_given(path: tuple[str | int, ...]) -> None:
    """Strict mode answers as with the whole state where the action reads no such property, or names the path."""
    without = mutated(STATE, path, GONE)
    pointers, found = set(), None
    try:
        found = engine().decide(ACTION, without).as_dict()
    except RequestError as error:
        pointers = {problem.path for problem in error.problems}
    if found is None:
        named = "/action/actor" if path in (("users",), ("users", "ana")) else "/state/" + "/".join(map(str, path))
        assert pointers & {named, "/state/users"}
    else:
        assert found == engine().decide(ACTION, STATE).as_dict()


MEMBER = {"category": "adult", "status": "active", "joined_on": "2024-01-01", "born_on": "1990-01-01"}
LIBRARY: dict[str, Any] = {
    "as_of": "2025-03-01",
    "branch": {"kind": "main", "next_ticket": 7, "closes_on": None},
    "members": {
        "ann": {
            **MEMBER,
            "term_start": "2025-01-01",
            "paid_until": "2026-01-01",
            "first_term_start": None,
            "first_paid_until": None,
            "renews_itself": True,
            "reading_list": ["t"],
            "history": [],
        }
    },
    "titles": {"t": {"kind": "novel", "copies": 0, "from_age": None}},
    "loans": {},
    "reservations": [],
    "fines": {},
    "lent": {},
    "lost": [],
}
RESERVE = {"type": "reserve", "member": "ann", "title": "t", "pickup": None, "note": None}
WAIT = {"type": "let_time_pass", "actor": "calendar", "to": "2026-02-01"}


@cache
def library() -> Engine:
    return seatrules.load(POLICIES / "library-loans")


def asked(action: Any, changes: dict[str, Any], *incomplete: str) -> Decision:
    """What the library says of an action on a partial state."""
    return library().decide(action, changed(LIBRARY, changes), partial=True, incomplete=incomplete)


def missing(decision: Decision) -> list[str]:
    return [each["path"] for each in decision.as_dict()["missing"]]


@pytest.mark.parametrize(
    ("changes", "decision", "paths"),
    [
        ({}, "allow", []),
        ({"titles.t.from_age": GONE, "members.ann.born_on": GONE}, "undetermined", ["/state/titles/t/from_age"]),
        ({"titles.t.from_age": 12, "members.ann.born_on": GONE}, "undetermined", ["/state/members/ann/born_on"]),
        ({"titles.t.from_age": GONE}, "undetermined", ["/state/titles/t/from_age"]),
        ({"members.ann.born_on": GONE}, "allow", []),
        ({"members.ann": {}}, "undetermined", ["/state/members/ann/status"]),
        ({"fines": GONE}, "undetermined", ["/state/fines"]),
    ],
)
def test_only_null_says_that_there_is_none(changes: dict[str, Any], decision: str, paths: list[str]) -> None:
    """A property that is not given is unknown, whether it is required or not; an entry by default is known."""
    answer = asked(RESERVE, changes)
    assert answer.decision == decision
    assert set(paths) <= set(missing(answer))
    assert bool(paths) == bool(answer.missing)


def test_a_warning_that_is_not_known_is_none() -> None:
    """What would tell it is named; where that is given, the warning is there."""
    answer = asked(RESERVE, {"titles.t.copies": GONE})
    assert (answer.decision, answer.warnings, missing(answer)) == ("allow", (), ["/state/titles/t/copies"])
    assert [each.code for each in asked(RESERVE, {"titles.t.copies": 3}).warnings] == ["title_on_shelf"]


def test_what_an_addition_lacks_is_known_to_be_absent(tmp_path: Path) -> None:
    """An entry that an event adds, or that is created by default, has all that it will ever have."""
    events = """
  - id: the-fair-is-visited
    on: town.fair_on
    when: len(visits) == 0
    append:
      cars["new"]: {kind: '"car"', lots: '[]'}
      visits: {car: '"new"', lot: '"north"', "on": as_of}
  - id: a-car-without-an-owner-leaves
    for: c in cars
    on: town.fair_on
    when: c.owner is None
    remove: [c]
"""
    build(tmp_path, {"append": {"base/events.yaml": events}})
    parking = seatrules.load(tmp_path / "parking")
    state = changed(TOWN, {"town.fair_on": "2025-03-02", "cars": {}})
    wait = {"type": "wait", "to": "2025-03-02"}
    answer = parking.decide(wait, state, partial=True)
    assert (answer.allowed, answer.missing) == (True, ())
    assert parking.apply(answer, state) == parking.apply(parking.decide(wait, state), state)


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("any(v.hours > 4 for v in visits)", True),
        ("any(v.hours > 400 for v in visits)", UNKNOWN),
        ("any(v.hours > 400 and f for v in visits)", False),
        ("any(v.hours > 400 for v in visits if f)", False),
        ("all(v.hours < 4 for v in visits)", False),
        ("all(v.hours < 400 for v in visits)", UNKNOWN),
        ("all(v.hours < 400 or t for v in visits)", True),
        ("count(v for v in visits)", UNKNOWN),
        ("count(v for v in visits if f)", 0),
        ("sum(v.hours for v in visits)", UNKNOWN),
        ("min(v.hours for v in visits)", UNKNOWN),
        ("max(v.hours for v in visits) is None", UNKNOWN),
        ("len(visits)", UNKNOWN),
        ("len(tags)", UNKNOWN),
        ('"a" in tags', True),
        ('"z" in tags', UNKNOWN),
        ('"a" not in tags', False),
        ('"z" not in tags', UNKNOWN),
        ('tags == ["a"]', UNKNOWN),
        ('without(tags, "a")', UNKNOWN),
        ('"z" in tags + ["z"]', UNKNOWN),
        ('lots["red"].free', 2),
        ('lots["green"].free', UNKNOWN),
        ('"green" in lots', UNKNOWN),
        ('"red" in lots', True),
        ("len(lots)", UNKNOWN),
        ("any(l.free > 100 for l in lots)", UNKNOWN),
        ('len(["a", "b", "a"] if gone else tags)', UNKNOWN),
        ('len(tags if gone else ["a", "b", "a"])', UNKNOWN),
    ],
)
def test_what_is_not_listed_may_be_there(expression: str, known: Any) -> None:
    """Of a map or list of which not all entries are given, only what no other entry could change is known."""
    incomplete = [("visits",), ("tags",), ("lots",)]
    state = marked(CASES["state"], names().state, incomplete)
    interpreter = Interpreter({}, state, {}, partial=True)
    assert interpreter.asked(check(expression, names()), {}) == known
    assert bool(interpreter.missing) == (known is UNKNOWN)
    assert set(interpreter.missing) <= {*incomplete, ("gone",)}


@pytest.mark.parametrize(
    ("changes", "incomplete", "decision", "paths"),
    [
        ({"members": {}}, "/state/members", "undetermined", ["/state/members"]),
        ({}, "/state/members", "allow", []),
        ({"fines": {}}, "/state/fines", "undetermined", ["/state/fines"]),
        ({"fines": {"ann": {"owed": 0, "last_booked_on": None}}}, "/state/fines", "allow", []),
        ({"fines": {"ann": {"owed": 9000, "last_booked_on": None}}}, "/state/fines", "deny", []),
        ({}, "/state/reservations", "undetermined", ["/state/reservations"]),
        (
            {"members.ann.reading_list": []},
            "/state/members/ann/reading_list",
            "allow",
            ["/state/members/ann/reading_list"],
        ),
        ({}, "/state/members/ann/reading_list", "allow", []),
    ],
)
def test_an_entry_that_is_not_listed_is_unknown(
    changes: dict[str, Any], incomplete: str, decision: str, paths: list[str]
) -> None:
    """Neither an unknown key nor the entry by default: the map is named, for who reads it to fetch the rest."""
    answer = asked(RESERVE, changes, incomplete)
    assert (answer.decision, missing(answer)) == (decision, paths)


def test_a_place_in_a_list_of_which_not_all_is_given_is_not_known() -> None:
    """What would be changed, added or taken away there is no effect; the list is named."""
    visits = [{"ticket": 1, "member": "ann", "title": "t", "collect_at": "main", "made_on": "2025-01-01"}]
    visits[0] |= {"held_until": None, "note": None}
    cancel = {"type": "cancel_reservation", "member": "ann", "title": "t"}
    answer = asked(cancel, {"reservations": visits}, "/state/reservations")
    assert answer.allowed
    assert missing(answer) == ["/state/reservations"]
    assert [effect.path for effect in answer.effects] == ["members.ann.reading_list"]
    with pytest.raises(seatrules.NotAllowedError):
        library().apply(answer, changed(LIBRARY, {"reservations": visits}))


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        ("/state/membrs", "did you mean `/state/members`?"),
        ("/state/members/ann/readinglist", "did you mean `/state/members/ann/reading_list`?"),
        ("members", "did you mean `/state/members`?"),
        ("/state/branch", "did you mean `/state/loans`?"),
        ("/state/members/ann", "did you mean `/state/members`?"),
    ],
)
def test_what_is_incomplete_is_a_map_or_list_of_the_state(pointer: str, message: str) -> None:
    """A pointer to anything else is an error, which names the nearest."""
    with pytest.raises(UsageError) as raised:
        asked(RESERVE, {}, pointer)
    assert raised.value.message == f"`{pointer}` names no map or list of the state"
    assert raised.value.suggestion == message


def test_one_pointer_is_no_list_of_them() -> None:
    """A text would be read as a list of its characters."""
    with pytest.raises(UsageError) as raised:
        library().decide(RESERVE, LIBRARY, incomplete="/state/members")
    assert str(raised.value) == "`incomplete` takes a list of pointers, and here is `/state/members`; put it in a list"


@pytest.mark.parametrize(
    ("changes", "path", "suggestion"),
    [
        (
            {"members.ann.status": None},
            "/state/members/ann/status",
            "null says that there is none; not known: leave it out",
        ),
        ({"members.ann": None}, "/state/members/ann", "nothing of it is known: give it as `{}`"),
        ({"fines": None}, "/state/fines", "null says that there is none; not known: leave it out"),
        (
            {"members.ann.reading_list": [None]},
            "/state/members/ann/reading_list/0",
            "not known: leave it out, and name the list as `incomplete`",
        ),
    ],
)
def test_null_is_not_how_to_say_that_something_is_not_known(
    changes: dict[str, Any], path: str, suggestion: str
) -> None:
    """Where there may be no null, partial mode says what to do instead; else it is an error as any other."""
    with pytest.raises(RequestError) as raised:
        asked(RESERVE, changes)
    assert (raised.value.path, raised.value.suggestion) == (path, suggestion)
    with pytest.raises(RequestError) as raised:
        library().decide(RESERVE, changed(LIBRARY, changes))
    assert (raised.value.path, raised.value.suggestion) == (path, None)


def test_what_is_added_without_being_known_is_named() -> None:
    """A record with a number that is not known is no effect; the texts say what would tell it."""
    answer = asked(RESERVE, {"branch.next_ticket": GONE})
    assert (answer.decision, missing(answer)) == ("allow", ["/state/branch/next_ticket"])
    assert [effect.path for effect in answer.effects] == []
    assert answer.outcome is not None
    text = "t is reserved, ticket {(not known without /state/branch/next_ticket)}, note: –"
    assert answer.outcome.message("en") == text
    assert "Not given, and needed to say what changes and what is billed:" in answer.explain("en")


OF_A_TOWN = {
    "actions": "\n  tour: {title: {en: Tour, nl: Rondrit}, arguments: {car: car_id}}\n",
    "outcomes": "\n  - {id: toured, code: parked, actions: [tour], message: {en: toured, nl: rondgereden}}\n",
}


@pytest.mark.parametrize(
    ("consequences", "incomplete", "paths", "effects"),
    [
        (
            """
  - {id: x, actions: [tour], append: {visits: {car: town.name, lot: '"north"', "on": as_of}}}
  - {id: second, actions: [tour], append: {visits: {car: car, lot: '"north"', "on": as_of}}}
""",
            [],
            ["/state/town/name"],
            [],
        ),
        (
            """
  - {id: x, actions: [tour], append: {visits: {car: car, lot: '"north"', "on": as_of}}}
""",
            ["/state/visits"],
            ["/state/visits"],
            [],
        ),
        (
            """
  - {id: x, actions: [tour], append: {'cars["new"]': {kind: '"car"', lots: '[]'}}}
""",
            ["/state/cars"],
            ["/state/cars"],
            [],
        ),
        (
            """
  - id: x
    actions: [tour]
    for: v in visits if v.car == town.name
    when: town.closed
    remove: [v]
  - {id: second, actions: [tour], change: {town.closed: 'True'}}
""",
            ["/state/visits"],
            [],
            ["town.closed"],
        ),
        (
            """
  - {id: x, actions: [tour], for: c in cars, change: {c.owner: '"town"'}}
""",
            ["/state/cars"],
            ["/state/cars", "/state/cars/a/owner", "/state/cars/b/owner"],
            [],
        ),
    ],
    ids=["a second addition", "to a list", "to a map", "for nothing", "for each"],
)
def test_a_change_is_shown_where_all_of_it_is_known(
    consequences: str, incomplete: list[str], paths: list[str], effects: list[str], tmp_path: Path
) -> None:
    """Where it is not, it is left out and what is missing is named; what does not matter is not."""
    append = {"consequences": consequences, **OF_A_TOWN}
    build(tmp_path, {"append": {f"base/{name}.yaml": text for name, text in append.items()}})
    parking = seatrules.load(tmp_path / "parking")
    visits = [{"car": "a", "lot": "north", "on": "2025-02-01"}]
    state = {**TOWN, "town": {"closed": False}, "visits": visits}
    answer = parking.decide({"type": "tour", "car": "a"}, state, partial=True, incomplete=incomplete)
    assert answer.allowed
    assert sorted(missing(answer)) == paths
    assert [effect.path for effect in answer.effects] == effects


def test_what_may_come_first_may_keep_an_event_from_failing(tmp_path: Path) -> None:
    """An event that can't be carried out is no error where something that is not known may come before it."""
    events = """
  - id: a-place-is-made
    on: town.fair_on
    when: lots["north"].free != 5
    change: {'lots["north"].free': '5'}
  - id: a-place-is-lost
    on: cutoffs.paid_from
    when: lots["north"].free != 4
    change: {'lots["north"].free': 'lots["north"].free - 1'}
"""
    build(tmp_path, {"append": {"base/events.yaml": events}})
    parking = seatrules.load(tmp_path / "parking")
    wait = {"type": "wait", "to": "2025-03-02"}
    state = {**TOWN, "cars": {}}
    with pytest.raises(RequestError, match="would be -1"):
        parking.decide(wait, changed(state, {"town.fair_on": "2025-03-03"}))
    assert missing(parking.decide(wait, state, partial=True)) == ["/state/town/fair_on"]


def test_a_wait_on_a_day_that_is_not_known_ends() -> None:
    """It is allowed, with what is missing named; nothing that may happen before or after is shown."""
    answer = asked(WAIT, {"members.ann.term_start": GONE})
    assert answer.decision == "allow"
    assert "/state/members/ann/term_start" in missing(answer)
    assert [effect.path for effect in answer.effects] == ["as_of"]
    assert (answer.outcome, answer.billing) == (None, ())
    assert asked(WAIT, {"members.ann.term_start": GONE, "members.ann.renews_itself": False}).missing == ()
    assert asked(WAIT, {"members.ann.paid_until": GONE, "members.ann.renews_itself": False}).missing == ()


def test_texts_say_what_would_tell_a_value_that_is_not_known() -> None:
    """Neither `?` nor null: the path, in the words of each language; as data, null and what is missing."""
    state = changed(STATE, {"subscriptions.0.renewal_date": GONE})
    action = {"type": "schedule_removal", "actor": "ana", "seat_type": "sales", "quantity": 1}
    answer = engine().decide(action, state, partial=True)
    assert answer.decision != "deny"
    for language, words in (("en", "not known without"), ("nl", "niet bekend zonder")):
        text = answer.explain(language)
        assert "/state/subscriptions/0/renewal_date" in text
        assert "null" not in text
        assert "?" not in text
        if answer.outcome:
            assert f"({words} /state/subscriptions/0/renewal_date" in text
    assert json.loads(json.dumps(answer.as_dict()))["missing"]


TRAILERS = {
    "replace": {
        "base/state.schema.yaml": {
            "      owner: {type: string}\n": "      owner: {type: string}\n"
            '      trailers: {type: object, additionalProperties: {$ref: "#/$defs/trailer"}}\n'
            "  trailer: {type: object, required: [wheels], properties: {wheels: {type: integer}}}\n",
            "required: [kind, lots]": "required: [kind, lots, trailers]",
        }
    },
    "append": {
        "base/actions.yaml": """
  tow:
    title: {en: Tow, nl: Wegslepen}
    arguments: {car: car_id, chosen: list of trailer_id, one: "trailer_id?"}
  unload:
    title: {en: Unload, nl: Lossen}
    arguments: {car: car_id, one: trailer_id}
""",
        "base/rules.yaml": """
  - id: two-wheels
    actions: [tow]
    require:
      - all(cars[car].trailers[c].wheels == 2 for c in chosen)
      - one is None or cars[car].trailers[one].wheels == 2
    otherwise: {code: lot_full, message: {en: "no", nl: nee}}
""",
        "base/consequences.yaml": """
  - {id: wheels-off, actions: [unload], change: {"cars[car].trailers[one].wheels": '0'}}
""",
        "base/outcomes.yaml": """
  - {id: towed, code: parked, actions: [tow, unload], message: {en: towed, nl: weggesleept}}
""",
    },
}


@pytest.mark.parametrize("evaluator", evaluators()[0])
@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize(
    ("action", "path"),
    [
        ({"type": "tow", "car": "a", "chosen": ["x", "zz"], "one": None}, "/action/chosen/1"),
        ({"type": "tow", "car": "a", "chosen": [], "one": "zz"}, "/action/one"),
        ({"type": "unload", "car": "a", "one": "zz"}, "/action/one"),
    ],
    ids=["in a list", "alone", "in an effect"],
)
def test_a_key_that_a_map_in_an_entry_lacks_is_an_error(
    action: dict[str, Any], path: str, *, partial: bool, evaluator: seatrules.EvaluatorName, tmp_path: Path
) -> None:
    """A request that is not partial is never undetermined; nor is one whose map is wholly given."""
    if partial and evaluator == "durable":
        pytest.skip("it has no partial mode")
    build(tmp_path, TRAILERS)
    parking = Engine.of(seatrules.load(tmp_path / "parking").programs, evaluator)
    trailers = {"a": {"x": {"wheels": 2}}, "b": {"zz": {"wheels": 2}}}
    state = changed(TOWN, {f"cars.{car}.trailers": entries for car, entries in trailers.items()})
    with pytest.raises(RequestError) as raised:
        parking.decide(action, state, partial=partial)
    problem = raised.value.problems[0]
    assert (problem.code, problem.path) == ("unknown_key", path)
    assert problem.message == "there is no trailer `zz` in `/state/cars/a/trailers`"
    if not partial:
        with pytest.raises(RequestError):
            parking.allows(action, state)
    else:
        answer = parking.decide(action, state, incomplete=["/state/cars/a/trailers"])
        assert missing(answer) == ["/state/cars/a/trailers"]
    assert parking.decide(
        {**action, "car": "a", "one": "x", "chosen": ["x"]} if "chosen" in action else {**action, "one": "x"}, state
    ).allowed


def test_the_command_takes_what_is_incomplete(tmp_path: Path) -> None:
    """`--incomplete` may be repeated, implies `--partial`, and holds for every line of `--requests`."""
    state = changed(LIBRARY, {"branch.next_ticket": GONE})
    request_file = tmp_path / "requests.jsonl"
    request_file.write_text(json.dumps({"state": state, "action": RESERVE}) + "\n", encoding="utf-8")
    policy = ("check", "--policy", str(POLICIES / "library-loans"), "--format", "json")
    both = ("--incomplete", "/state/reservations", "--incomplete", "/state/fines")
    done = run(*policy, "--requests", str(request_file), *both)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["decision"]) == (0, "undetermined")
    assert {each["path"] for each in answer["missing"]} == {"/state/reservations", "/state/fines"}
    state_file = tmp_path / "state.json"
    state_file.write_text(json.dumps(state), encoding="utf-8")
    one = ("--state", str(state_file), "--action", json.dumps(RESERVE))
    done = run(*policy, *one, *both)
    assert (done.returncode, json.loads(done.stdout)) == (4, answer)
    assert run(*policy, *one, "--incomplete", "/state/fine").returncode == 2


@pytest.mark.parametrize("name", ["hubspot-seats", "library-loans", "allotments", "made up"])
def test_a_partial_answer_holds_for_every_state_that_it_may_be_of(name: str, tmp_path: Path) -> None:
    """Allow and deny are those of every completion tried; so are the effects, where nothing is missing.

    What is undetermined names something that is missing.
    """
    random = Random(name)
    known = {"hubspot-seats": None, "library-loans": POLICIES / "library-loans", "allotments": POLICIES / "allotments"}
    answers = []
    for number in range(examples(200)):
        if number % 20 == 0:
            made_up = name == "made up"
            asked = seatrules.load(write_policy(small_policy(random), tmp_path) if made_up else known[name])
        version = random.choice(list(asked.programs))
        program = asked.programs[version]
        action, whole = request(random, program)
        if "as_of" not in whole:
            continue  # the day is the one thing that no state may lack
        part = filling(random, program, whole)
        wholes = (completion(random, program, part) if turn else whole for turn in range(4))
        answer, wrong = said_wrongly(asked, action, part, wholes, version)
        assert not wrong, f"{action} on {part}: {wrong}"
        answers.append(answer)
    assert {"allow", "deny", "undetermined"} <= set(answers)


def test_nothing_is_booked_of_a_bill_of_which_a_part_is_not_known() -> None:
    """Also where its day is known: an entry is booked whole, and once."""
    loan = {"title": "t", "kind": "novel", "borrowed_on": "2025-01-01", "due_on": "2025-01-20", "extensions": 0}
    whole = {
        **{name: {} for name in ("members", "titles", "fines", "lent")},
        "as_of": "2025-02-01",
        "branch": {"kind": "main", "next_ticket": 1},
        "reservations": [],
        "lost": [],
        "loans": {"l": {**loan, "overdue": False}},
    }
    action = {"type": "return_item", "loan": "l", "damaged": True}
    answer = seatrules.load(POLICIES / "library-loans").decide(action, whole, partial=True)
    assert answer.allowed
    assert [entry["booked_on"] for entry in answer.billing] == ["2025-02-01", "2025-02-01"]
    assert isinstance(answer.billing[0]["member"], seatrules.NotKnown)
    assert (answer.bookings, answer.as_dict()["bookings"]) == (None, None)
    answer = seatrules.load(POLICIES / "library-loans").decide(action, {**whole, "loans": {"l": loan}}, partial=True)
    assert (answer.allowed, answer.billing, answer.bookings) == (True, (), None)


def test_a_bill_of_which_it_is_not_known_which_entries_it_has_is_not_known() -> None:
    """A list of which not all entries are given bills nothing that would look whole."""
    engine = seatrules.load(POLICIES / "allotments")
    state = {"as_of": "2025-03-10", "orders": ["bean"], "stock": {}}
    known = engine.decide({"type": "fill_orders"}, state, partial=True)
    assert known.as_dict()["billing"] == {"change": "charge", "crop": "bean", "amount": 1}
    open_list = engine.decide({"type": "fill_orders"}, state, incomplete=["/state/orders"])
    assert (open_list.billing, open_list.as_dict()["billing"]) == ((), None)
    assert "/state/orders" in [missing["path"] for missing in open_list.as_dict()["missing"]]


def test_the_command_tells_what_is_wrong_and_not_what_is_not_given(tmp_path: Path) -> None:
    """A partial state may lack properties; what is given of it may not be wrong."""
    state = written(tmp_path / "state.json", {"as_of": "2024-11-15", "users": {"ana": {"status": "nope"}}})
    action = json.dumps({"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 1})
    for option in (["--partial"], ["--incomplete", "/state/users"]):
        done = run("check", "--state", state, "--action", action, "--format", "json", *option)
        assert [each["code"] for each in json.loads(done.stderr)["error"]["problems"]] == ["unknown_word"]
