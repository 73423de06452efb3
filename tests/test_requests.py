"""Requests: what is wrong with one is named by its path, and is never a verdict."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from collections import OrderedDict
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from functools import partial as partial_function
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrules
from accounts import ACTION, GONE, STATE, changed
from conftest import TESTS
from seatrules import Decision, Engine, NotAllowedError, PolicyError, RequestError
from seatrules.decision.request import state_problems
from seatrules.diagnostics import SourceText
from seatrules.documents import read_data
from seatrules.source import decode, parse


class _Reader(yaml.SafeLoader):
    """YAML in which a plain `~` means: not there; and `!none null` means null."""


_Reader.add_constructor("!none", lambda loader, node: None)
_Reader.add_constructor("tag:yaml.org,2002:null", lambda loader, node: GONE)
CASES: list[dict[str, Any]] = yaml.load((TESTS / "cases" / "requests.yaml").read_text(encoding="utf-8"), _Reader)


@cache
def engine() -> Engine:
    """The shipped policy, loaded once."""
    return seatrules.load()


def accepts(asked: Engine, state: Any) -> bool:
    """Whether it is a state."""
    try:
        asked.validate(state)
    except RequestError:
        return False
    return True


def ask(action: Any, state: Any, **options: Any) -> Decision | None:
    """The decision; nothing for an error of the request. Whatever else is raised, fails the test."""
    try:
        return engine().decide(action, state, **options)
    except RequestError:
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_wrong_request_is_an_error_that_names_the_path(case: dict[str, Any]) -> None:
    """A wrong request raises, with a code, a JSON pointer, what is allowed and a suggestion.

    `validate` checks the whole state; `decide` what the action may read, and answers as if the rest were right.
    """
    state, action = changed(STATE, case.get("state", {})), changed(ACTION, case.get("action", {}))
    if "action" not in case:
        with pytest.raises(RequestError) as raised:
            engine().validate(state)
        assert_found(raised.value, case["error"])
    if case.get("unread"):
        assert engine().decide(action, state).as_dict() == engine().decide(ACTION, STATE).as_dict()
        return
    with pytest.raises(RequestError) as raised:
        engine().decide(action, state)
    assert_found(raised.value, case["error"])


def assert_found(error: RequestError, wanted: dict[str, Any]) -> None:
    """The error is the one that is wanted, as far as that is written out."""
    found = {"code": error.code, "path": error.path, "allowed": list(error.allowed), "suggestion": error.suggestion}
    assert found | wanted == found
    assert error.as_dict()["error"]["problems"][0]["code"] == wanted["code"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_wrong_request_is_no_verdict_in_partial_mode(case: dict[str, Any]) -> None:
    """Partial mode lets what is not given pass, and what the action does not read; every other error stays one."""
    state, action = changed(STATE, case.get("state", {})), changed(ACTION, case.get("action", {}))
    code, path = case["error"]["code"], case["error"]["path"]
    if (case.get("unread") and code != "unknown_property") or (code == "missing" and path.startswith("/state/account")):
        decision = engine().decide(action, state, partial=True)
        assert decision.decision == "allow"  # nothing that this action reads is amiss
        assert decision.missing == ()
    else:
        with pytest.raises(RequestError):
            engine().decide(action, state, partial=True)


def test_the_good_request_is_allowed() -> None:
    """The request that the wrong ones are made from has nothing wrong with it."""
    assert engine().decide(ACTION, STATE).allowed


def test_all_problems_are_named_at_once() -> None:
    """An error of the request holds every problem of action and state, not only the first."""
    state = changed(STATE, {"account.migrated": "no", "users.ana.status": "gone", "seats.core.assigned": 1.5})
    with pytest.raises(RequestError) as raised:
        engine().decide(changed(ACTION, {"quantity": -1}), state)
    assert [problem.path for problem in raised.value.problems] == [
        "/action/quantity",
        "/state/account/migrated",
        "/state/seats/core/assigned",
        "/state/users/ana/status",
    ]


@pytest.mark.parametrize("value", [None, 5, "x", [], True, 1.5])
def test_a_request_that_is_no_mapping_is_an_error(value: Any) -> None:
    """An action or a state that is no mapping is an error of the request."""
    with pytest.raises(RequestError):
        engine().decide(value, STATE)
    with pytest.raises(RequestError):
        engine().decide(ACTION, value)
    with pytest.raises(RequestError):
        engine().validate(value)


class _Raises:
    """Raises whatever is done with it."""

    def _raise(self, *_: Any) -> Any:
        raise ZeroDivisionError

    __class__ = property(_raise)
    __bool__ = __call__ = __contains__ = __deepcopy__ = __eq__ = __format__ = __ge__ = __getitem__ = __gt__ = _raise
    __hash__ = __iter__ = __le__ = __len__ = __lt__ = __repr__ = __str__ = get = items = keys = values = _raise


class RaisingKey(str):
    """A text that raises where it is compared."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError


RaisingDict, RaisingList, RaisingNumber, RaisingText = (
    cast("Any", type(name, (_Raises, plain), {}))
    for name, plain in [("RaisingDict", dict), ("RaisingList", list), ("RaisingNumber", int), ("RaisingText", str)]
)


class Any5(int):
    """A number that is equal to every other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Kind(StrEnum):
    CUSTOMER = "customer"


NO_PLAIN_DATA: list[tuple[str, Any, str, str | None]] = [
    ("account.kind", Kind.CUSTOMER, "its type is `Kind`", "convert it to a plain `str`"),
    ("account.created_on", date(2024, 6, 1), "its type is `date`", "pass its `.isoformat()`"),
    ("account.created_on", RaisingText("2024-06-01"), "its type is `RaisingText`", "convert it to a plain `str`"),
    ("account", OrderedDict(STATE["account"]), "its type is `OrderedDict`", "convert it to a plain `dict`"),
    ("account", RaisingDict(), "its type is `RaisingDict`", "convert it to a plain `dict`"),
    ("users.bob.permissions", ("modify_billing",), "its type is `tuple`", "convert it to a plain `list`"),
    ("users.bob.permissions", RaisingList(), "its type is `RaisingList`", "convert it to a plain `list`"),
    ("subscriptions.0.renewal_date", _Raises(), "its type is `_Raises`", None),
    ("seats.core.purchased", Decimal(5), "its type is `Decimal`", None),
    ("seats.core.purchased", Any5(5), "its type is `Any5`", "convert it to a plain `int`"),
    ("seats.core.assigned", RaisingNumber(3), "its type is `RaisingNumber`", "convert it to a plain `int`"),
    ("users", {RaisingKey("ana"): {}}, "the type of a key here is `RaisingKey`", "convert it to a plain `str`"),
]


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize(("path", "value", "said", "suggestion"), NO_PLAIN_DATA, ids=lambda value: type(value).__name__)
def test_what_is_no_plain_data_is_an_error_that_names_it(
    path: str, value: Any, said: str, suggestion: str | None, *, partial: bool
) -> None:
    """A state or an action with anything but plain data is refused; nothing that an object raises comes out."""
    state = mutated(STATE, tuple(int(step) if step.isdigit() else step for step in path.split(".")), value)
    wanted = ("wrong_type", f"this is no plain data: {said}", "/state/" + path.replace(".", "/"), suggestion)
    for refuse in (engine().validate, partial_function(engine().decide, ACTION | {"quantity": -1}, partial=partial)):
        with pytest.raises(RequestError) as raised:
            refuse(state)
        (problem,) = raised.value.problems
        assert (problem.code, problem.message, problem.path, problem.suggestion) == wanted


@pytest.mark.parametrize("partial", [False, True])
def test_a_request_whose_parts_raise_is_an_error(*, partial: bool) -> None:
    """An action, a state, a type or a day that raises whatever is done with it is an error of the request."""
    wrong: list[tuple[Any, Any, str]] = [
        (_Raises(), STATE, "/action"),
        (ACTION, _Raises(), "/state"),
        (RaisingDict(ACTION), STATE, "/action"),
        (ACTION, RaisingDict(STATE), "/state"),
        (ACTION | {"type": RaisingText("add_seats")}, STATE, "/action/type"),
        (ACTION, STATE | {"as_of": RaisingText("2024-11-15")}, "/state/as_of"),
        (ACTION | {"quantity": RaisingNumber(2)}, STATE, "/action/quantity"),
        (ACTION | {"seat_type": RaisingText("core")}, STATE, "/action/seat_type"),
    ]
    for action, state, path in wrong:
        with pytest.raises(RequestError) as raised:
            engine().decide(action, state, partial=partial)
        assert [(problem.code, problem.path) for problem in raised.value.problems] == [("wrong_type", path)]


def test_a_key_that_is_no_plain_text_is_no_key() -> None:
    """Neither where it equals a word of the policy."""

    class Subclass(str):
        __slots__ = ()

    state = {**STATE, "seats": {Subclass("core"): STATE["seats"]["core"]}}
    with pytest.raises(RequestError, match="the type of a key here is `Subclass`"):
        engine().validate(state)
    for ask_for in (engine().decide, engine().allows):
        with pytest.raises(RequestError, match="its type is `Subclass`"):
            ask_for({**ACTION, "type": Subclass("add_seats")}, STATE)


def test_absent_and_its_name_are_not_the_same(base_policy: Path) -> None:
    """A list without repetition may hold both null and the text "None"."""
    schema = base_policy / "base" / "state.schema.yaml"
    text = schema.read_text(encoding="utf-8")
    listed = '  notes: {type: array, uniqueItems: true, items: {type: [string, "null"]}}\n'
    schema.write_text(text.replace("properties:\n", f"properties:\n{listed}", 1), encoding="utf-8")
    parking = {"as_of": "2025-03-01", "town": {"name": "Ede", "closed": False}, "lots": {}, "cars": {}, "visits": []}
    asked = seatrules.load(base_policy)
    for notes, repeated in (([None, "None"], []), ([None, "a", None], ["`None` stands twice in the list"])):
        problems = state_problems({**parking, "notes": notes}, asked.program_for(parking))
        assert [problem.message for problem in problems] == repeated
        assert accepts(asked, {**parking, "notes": notes}) is not bool(repeated)


@pytest.mark.parametrize("arguments", [(ACTION, {}), (ACTION, STATE, "nope")], ids=["request", "usage"])
def test_an_error_comes_from_another_process_as_it_was(arguments: Any) -> None:
    """Whatever was raised there, with all that it says."""
    action, state, *version = arguments
    with pytest.raises(seatrules.SeatrulesError) as raised:
        engine().decide(action, state, version=version[0] if version else None)
    error = pickle.loads(pickle.dumps(raised.value))
    assert (type(error), str(error), error.__dict__) == (type(raised.value), str(raised.value), raised.value.__dict__)


def test_a_policy_error_comes_from_another_process_as_it_was(base_policy: Path) -> None:
    """With every problem and its place."""
    (base_policy / "base" / "rules.yaml").write_text("rules: 5\n")
    with pytest.raises(PolicyError) as raised:
        seatrules.load(base_policy)
    error = pickle.loads(pickle.dumps(raised.value))
    assert list(map(str, error.problems)) == list(map(str, raised.value.problems)) == str(error).splitlines()


def test_a_version_that_is_no_text_is_not_there() -> None:
    """What is asked for may be anything."""
    with pytest.raises(seatrules.UsageError, match="there is no version `5`"):
        engine().decide(ACTION, STATE, version=cast(str, 5))


def test_a_state_that_holds_itself_is_too_deep() -> None:
    """A state that is nested without end is an error of the request."""
    state = copy.deepcopy(STATE)
    state["account"]["kind"] = state
    for refuse in (engine().validate, partial_function(engine().decide, ACTION, partial=True)):
        with pytest.raises(RequestError) as raised:
            refuse(state)
        assert raised.value.as_dict()["error"]["message"] == "nested more than 64 deep"
        assert (raised.value.code, raised.value.path) == ("too_deep", "/state")


@pytest.mark.parametrize("purchased", [0, 1, 2**53 + 1, 10**17])
def test_numbers_are_exact(purchased: int) -> None:
    """Large counts are whole numbers throughout, never rounded."""
    state = changed(STATE, {"seats.core.purchased": purchased, "seats.core.assigned": 0, "users.ana.seats": []})
    effects = engine().decide(changed(ACTION, {"quantity": 1}), state).effects
    assert [(effect.before, effect.after) for effect in effects] == [(purchased, purchased + 1)]


@pytest.mark.parametrize(
    ("quantity", "decision"), [(0, "deny"), (1, "allow"), (2, "allow"), (3, "deny"), (2**62, "deny")]
)
def test_counts_at_the_limit(quantity: int, decision: str) -> None:
    """Of five seats with three assigned, two can be removed and not three."""
    action = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": quantity}
    assert engine().decide(action, STATE).decision == decision


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "a": 2}', "`a` is given twice"),
        ('{"a": {"b": 1, "b": 1}}', "`b` is given twice"),
        ('{"a": NaN}', "`NaN` is no JSON number"),
        ('{"a": -Infinity}', "`-Infinity` is no JSON number"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": 1} x', "this is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", "too many digits"),
        ("[" * 100_000, "deep"),
    ],
)
def test_json_that_is_read_two_ways_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """Repeated keys, numbers that are none, trailing text and deep nesting are errors of a JSON file."""
    path = tmp_path / "state.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=said) as raised:
        read_data(str(path))
    assert len(str(raised.value)) < 600


def test_a_byte_order_mark_before_a_state_is_left_out(tmp_path: Path) -> None:
    """A file with a byte-order mark and Windows line ends reads as one without."""
    path = tmp_path / "state.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(STATE, indent=1).replace("\n", "\r\n").encode())
    assert read_data(str(path)) == STATE


def test_a_number_is_a_number_however_long() -> None:
    """A number beyond the bounds is read as one, in YAML as in JSON, and refused as too large."""
    action = {**ACTION, "quantity": 12345678901234567890}
    for written in (json.dumps(action), "\n".join(f"{name}: {value}" for name, value in action.items())):
        with pytest.raises(seatrules.RequestError, match="/action/quantity: the number is too large"):
            engine().decide(read_data("action", written), STATE)


# What holds for every input

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2024-02-30")
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=4), SCALARS, max_size=2)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in a value."""
    found = [path] if path else []
    children: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, child in children for place in places(child, (*path, key))]


def mutated(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """A copy of `value` with another value at `path`; `GONE` takes it away."""
    result = copy.deepcopy(value)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    if new is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return result


WHOLE = {"state": STATE, "action": ACTION}


@given(
    st.lists(st.tuples(st.sampled_from([p for p in places(WHOLE) if len(p) > 1]), VALUES), min_size=1, max_size=2),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_there_is_an_answer_or_an_error(
    changes: list[tuple[tuple[str | int, ...], Any]], partial: bool
) -> None:
    """A request with values of any kind in any place is decided, or is an error of the request; nothing else."""
    request: Any = WHOLE
    for path, new in changes:
        try:
            request = mutated(request, path, new)
        except (KeyError, IndexError, TypeError):
            continue
    before = copy.deepcopy(request)
    decision = ask(request["action"], request["state"], partial=partial)
    assert repr(request) == repr(before)
    if decision is not None:
        json.dumps(decision.as_dict())


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_yaml_or_a_policy_error(data: bytes) -> None:
    """Reading a policy file of any bytes gives its nodes or raises a `PolicyError`."""
    problems: tuple[seatrules.Diagnostic, ...] = ()
    try:
        parse(decode(data, "x.yaml"))
    except PolicyError as error:
        problems = error.problems
    assert all(len(str(problem)) < 4000 for problem in problems)


PIECES = ["rules:", "- ", "id", ": ", "\n", "  ", "[", "]", "{", "}", "&a", "*a", "!t", "<<", "'", '"', "|", ">", "#"]
PIECES += ["---", "...", "%YAML 1.1", "?", ",", "\t", "null", "on", "1.10", "\u00e9", "\\", "@", "`", "facts", "table"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.binary(max_size=40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_policy_with_a_file_of_any_bytes_loads_or_says_why(base_policy: Path, text: str | bytes) -> None:
    """With any bytes in one of its files, a policy loads or raises a `PolicyError`."""
    (base_policy / "base" / "zz.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    said = "loads"
    try:
        seatrules.load(base_policy)
    except PolicyError as error:
        said = str(error)
    assert said


@pytest.mark.parametrize("name", ["rules.yaml", "facts.yaml", "policy.yaml", "tables.yaml", "state.schema.yaml"])
def test_a_policy_that_is_cut_off_loads_or_says_why(base_policy: Path, name: str) -> None:
    """With one of its files cut off anywhere, a policy loads or raises a `PolicyError`."""
    path = base_policy / "base" / name
    whole = path.read_bytes()
    loaded = 0
    for end in range(0, len(whole), 11):
        path.write_bytes(whole[:end])
        try:
            seatrules.load(base_policy)
        except PolicyError:
            continue
        loaded += 1
    assert loaded < len(whole) / 11 / 2


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


SCRIPT = """
import json, sys, seatrules
engine = seatrules.load()
state, actions = json.load(sys.stdin)
for action in actions:
    for language in ("en", "nl"):
        print(json.dumps(engine.decide(action, state).as_dict(language), ensure_ascii=False))
"""


def test_the_same_request_gives_the_same_bytes_anywhere() -> None:
    """Hash seed, time zone, locale and working folder of the process change no byte of a decision."""
    actions = [ACTION, changed(ACTION, {"actor": "bob", "quantity": 0})]
    request = json.dumps([STATE, actions]).encode()
    outputs = set()
    for seed, zone, locale in [
        ("0", "UTC", "C"),
        ("1", "Pacific/Kiritimati", "nl_NL.UTF-8"),
        ("77", "America/Lima", "C"),
    ]:
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", SCRIPT], input=request, env=env, capture_output=True, check=True)
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert outputs.pop().count(b"\n") == 4


def test_apply_changes_a_copy() -> None:
    """`apply` gives a new state with the effects in it; the state that was given stays as it is."""
    state = copy.deepcopy(STATE)
    decision = engine().decide(ACTION, state)
    after = engine().apply(decision, state)
    assert state == STATE
    assert after == changed(STATE, {"seats.core.purchased": 7})
    after["users"]["ana"]["seats"].append("sales")
    assert state == STATE


def test_a_denied_action_can_not_be_applied() -> None:
    """`apply` refuses what was not allowed."""
    decision = engine().decide(changed(ACTION, {"actor": "bob"}), STATE)
    assert decision.decision == "deny"
    with pytest.raises(ValueError, match="allowed"):
        engine().apply(decision, STATE)


def test_a_decision_and_a_problem_are_short_in_a_debugger() -> None:
    """The `repr` of a decision is its verdict and codes; that of a problem's place leaves out the text of the file."""
    assert repr(engine().decide(ACTION, STATE)) == "<Decision allow>"
    denied = engine().decide(ACTION | {"actor": "bob", "quantity": 0}, STATE)
    assert repr(denied) == "<Decision deny permission_modify_billing_required, quantity_invalid>"
    source = SourceText("facts.yaml", "2024-11-01/facts.yaml", ["facts: 1"])
    assert repr(source) == "SourceText(name='facts.yaml', place='2024-11-01/facts.yaml')"


def test_a_decision_does_not_follow_the_state() -> None:
    """A decision stays as it is when the caller changes the state afterwards."""
    state = copy.deepcopy(STATE)
    decision = engine().decide(changed(ACTION, {"actor": "bob"}), state)
    before = json.dumps(decision.as_dict())
    state["users"].clear()
    state["account"]["kind"] = "partner"
    assert json.dumps(decision.as_dict()) == before


# What holds for every policy: shown on the small one of tests/wrong/base

PARKING: dict[str, Any] = {
    "as_of": "2025-03-01",
    "town": {"name": "Ede", "closed": False},
    "lots": {"north": {"free": 0}, "south": {"free": 1}},
    "cars": {"bus": {"kind": "lorry", "lots": []}, "mini": {"kind": "car", "lots": []}},
    "visits": [],
}
PARK = [
    {"type": "park", "car": car, "lot_name": lot, "hours": 2} for car in ("bus", "mini") for lot in ("north", "south")
]
RULE = """rules:
  - id: {id}
    actions: [park]
    require: {require}
    otherwise: {{code: lorry, message: {{en: no, nl: nee}}}}
"""


@given(
    st.sampled_from(
        ["not town.closed", "town.closed", "lots[lot_name].free > 0", "hours > 2", 'parked_car.kind == "car"']
    ),
    st.sampled_from(["00.yaml", "zz.yaml", "rules/50.yaml"]),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_rule_that_is_added_never_allows_more(base_policy: Path, require: str, name: str) -> None:
    """A further rule, wherever it stands, turns no denial into an allow, and takes no reason away."""
    before = seatrules.load(base_policy)
    path = base_policy / "base" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(RULE.format(id="added", require=require).replace(": no,", ': "no",'))
    after = seatrules.load(base_policy)
    path.unlink()
    for action in PARK:
        first, second = before.decide(action, PARKING), after.decide(action, PARKING)
        assert first.allowed or not second.allowed
        assert set(first.codes) <= set(second.codes)


def test_a_rule_that_is_named_matters(base_policy: Path) -> None:
    """Without a rule that a reason names, the decision or its reasons are others; without any other, the same."""
    path = base_policy / "base" / "rules.yaml"
    whole = path.read_text()
    rules = ["  - id:" + part for part in whole.removeprefix("rules:\n").split("  - id:")[1:]]
    before = seatrules.load(base_policy)
    for dropped in rules:
        path.write_text("rules:\n" + "".join(rule for rule in rules if rule is not dropped))
        after = seatrules.load(base_policy)
        for action in PARK:
            first = before.decide(action, PARKING)
            named = {reason.rule for reason in (*first.reasons, *first.warnings)}
            try:
                second = after.decide(action, PARKING)
                same = (first.decision, first.codes, len(first.warnings)) == (
                    second.decision,
                    second.codes,
                    len(second.warnings),
                )
            except RequestError:  # a lot with a place less than none
                same = False
            assert same is not (dropped.split()[2] in named)


def test_the_order_of_rules_changes_no_verdict(base_policy: Path) -> None:
    """Rules in another order give the same decisions, with the same reasons."""
    path = base_policy / "base" / "rules.yaml"
    rules = path.read_text().removeprefix("rules:\n").split("  - id:")[1:]
    before = seatrules.load(base_policy)
    path.write_text("rules:\n" + "".join("  - id:" + rule for rule in reversed(rules)))
    after = seatrules.load(base_policy)
    for action in PARK:
        first, second = before.decide(action, PARKING), after.decide(action, PARKING)
        assert first.decision == second.decision
        assert sorted(first.codes) == sorted(second.codes)


@pytest.mark.parametrize("partial", [False, True])
def test_a_misspelt_optional_property_is_never_silently_absent(base_policy: Path, *, partial: bool) -> None:
    """Where a closed record has an optional property that is read, a misspelt one is an error of `decide` too."""
    schema = base_policy / "base" / "state.schema.yaml"
    schema.write_text(schema.read_text().replace("  car:\n", "  car:\n    additionalProperties: false\n", 1))
    state = changed(PARKING, {"cars.mini.permit_untl": "2025-04-01"})
    with pytest.raises(RequestError) as raised:
        seatrules.load(base_policy).decide({"type": "wait", "to": "2025-05-01"}, state, partial=partial)
    assert (raised.value.code, raised.value.path) == ("unknown_property", "/state/cars/mini/permit_untl")
    assert raised.value.suggestion == "did you mean `permit_until`?"


def test_windows_line_ends_and_a_byte_order_mark_keep_the_digest(base_policy: Path) -> None:
    """The digest is of what a policy says, and not of how its files are written or split."""
    before = seatrules.load(base_policy).programs["base"].digest
    for path in (base_policy / "base").glob("*.yaml"):
        path.write_bytes(b"\xef\xbb\xbf# a comment\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    text = (base_policy / "base" / "facts.yaml").read_text(encoding="utf-8-sig")
    head, _, tail = text.partition("  price_of:")
    (base_policy / "base" / "facts.yaml").write_text(head)
    (base_policy / "base" / "more-facts.yaml").write_text("facts:\n  price_of:" + tail)
    assert seatrules.load(base_policy).programs["base"].digest == before


def test_a_changed_word_changes_the_digest(base_policy: Path) -> None:
    """A message in other words is another policy."""
    before = seatrules.load(base_policy).programs["base"].digest
    path = base_policy / "base" / "rules.yaml"
    path.write_text(path.read_text().replace("it is busy", "it is very busy"))
    assert seatrules.load(base_policy).programs["base"].digest != before


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (changed(STATE, {"seats.core.purchased": 7}), "`seats.core.purchased` is not 5"),
        (changed(STATE, {"seats": GONE}), "what is changed is not there"),
    ],
    ids=["changed meanwhile", "gone meanwhile"],
)
def test_a_decision_is_applied_to_the_state_that_it_is_of(state: Any, said: str) -> None:
    """A state that has changed since is refused, so that nothing is done twice."""
    decision = engine().decide(ACTION, STATE)
    with pytest.raises(NotAllowedError) as raised:
        engine().apply(decision, state)
    assert str(raised.value) == f"the state is not the one that was decided on: {said}"


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        (ACTION, True),
        (changed(ACTION, {"quantity": 0}), False),
        ({"type": "advance_time", "actor": "system", "to": "2024-12-01"}, True),
    ],
    ids=["allowed", "denied", "a wait"],
)
def test_the_verdict_alone_is_that_of_the_decision(evaluator: str, action: Any, allowed: bool) -> None:
    """Whoever asks no more gets the same verdict."""
    asked = seatrules.load(evaluator=evaluator)
    assert asked.decide(action, STATE).allowed is allowed
    assert asked.allows(action, STATE) is allowed


@pytest.mark.parametrize(
    "changes", [{"users.ana.permissions": "x"}, {"users": GONE}, {"as_of": 1}], ids=["odd", "gone", "no day"]
)
def test_the_verdict_alone_is_of_a_request_that_is_well_formed(changes: Any) -> None:
    """A request that is not gets the errors of `decide`, never a verdict."""
    state = changed(STATE, changes)
    with pytest.raises(RequestError) as deciding:
        engine().decide(ACTION, state)
    with pytest.raises(RequestError) as asking:
        engine().allows(ACTION, state)
    assert asking.value.as_dict() == deciding.value.as_dict()


@pytest.mark.parametrize("cached", [True, False], ids=["from the cache", "compiled"])
def test_deciding_reads_no_file(cached: bool, tmp_path: Path) -> None:
    """Once a policy is loaded and the engine's own words are read, nothing more is opened or imported to answer."""
    lines = """
import json, sys, seatrules

requests = json.load(sys.stdin)
seatrules.load()
engine = seatrules.load()
for language in ("en", "nl"):
    seatrules.words.words("decision", language)
begun = []

def refuse(event, arguments):
    if begun and event in ("open", "import", "os.listdir", "os.scandir"):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(refuse)
begun.append(True)
for action, state in requests:
    try:
        engine.validate(state)
        decision = engine.decide(action, state)
        engine.allows(action, state), decision.as_dict(), decision.explain(), decision.explain("nl", audience="user")
        if decision.allowed:
            engine.apply(decision, state)
    except seatrules.RequestError as error:
        error.as_dict()
print(len(requests))
"""
    actions = [{**ACTION, "quantity": quantity} for quantity in (2, 0, "x")]
    actions += [{"type": "advance_time", "actor": "system", "to": "2030-12-01"}, {"type": "add_seat"}]
    removal = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}
    given = json.dumps([(action, state) for action in (*actions, removal) for state in (STATE, {**STATE, "users": {}})])
    done = subprocess.run(
        [sys.executable, "-c", lines],
        env={**os.environ, "SEATRULES_CACHE": str(tmp_path) if cached else ""},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("12\n", "")
