"""Requests: what is wrong with one is named by its path, and is never a verdict."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial as partial_function
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

import seatrules
from accounts import ACTION, GONE, STATE, changed
from asking import PARKING, engine, mutated
from conftest import TESTS, Golden
from seatrules import Engine, RequestError
from seatrules.decision import decide
from seatrules.decision.request import state_problems
from seatrules.documents import read_data


class _Reader(yaml.SafeLoader):
    """YAML in which a plain `~` means: not there; and `!none null` means null."""


_Reader.add_constructor("!none", lambda loader, node: None)
_Reader.add_constructor("tag:yaml.org,2002:null", lambda loader, node: GONE)
CASES: list[dict[str, Any]] = yaml.load((TESTS / "cases" / "requests.yaml").read_text(encoding="utf-8"), _Reader)


def accepts(asked: Engine, state: Any) -> bool:
    """Whether it is a state."""
    try:
        asked.validate(state)
    except RequestError:
        return False
    return True


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


def test_what_is_said_of_each_wrong_request(golden: Golden) -> None:
    """Of every wrong request, the whole text of the error, in English and in Dutch."""
    lines = []
    for case in CASES:
        state, action = changed(STATE, case.get("state", {})), changed(ACTION, case.get("action", {}))
        with pytest.raises(RequestError) as raised:
            engine().decide(action, state) if "action" in case else engine().validate(state)
        told = [f"{line}\n" for language in ("en", "nl") for line in str(raised.value.spoken(language)).splitlines()]
        lines += [f"# {case['title']}\n", *told]
    golden(TESTS / "golden" / "requests.txt", "".join(lines))


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
    ("account.created_on", date(2024, 6, 1), "its type is `date`", 'write a date as text: `"2024-06-01"`'),
    ("account.created_on", RaisingText("2024-06-01"), "its type is `RaisingText`", "convert it to a plain `str`"),
    ("account", OrderedDict(STATE["account"]), "its type is `OrderedDict`", "convert it to a plain `dict`"),
    ("account", RaisingDict(), "its type is `RaisingDict`", "convert it to a plain `dict`"),
    ("users.bob.permissions", ("modify_billing",), "its type is `tuple`", "convert it to a plain `list`"),
    ("users.bob.permissions", RaisingList(), "its type is `RaisingList`", "convert it to a plain `list`"),
    ("subscriptions.0.renewal_date", _Raises(), "its type is `_Raises`", None),
    ("seats.core.purchased", Decimal(5), "its type is `Decimal`", "write a whole number: of money, count the cents"),
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
    for notes, repeated in (([None, "None"], []), ([None, "a", None], ["`null` stands twice in the list"])):
        problems = state_problems({**parking, "notes": notes}, asked.program_for(parking))
        assert [problem.message for problem in problems] == repeated
        assert accepts(asked, {**parking, "notes": notes}) is not bool(repeated)


@pytest.mark.parametrize(
    ("level", "said"),
    [(1, ["1 is less than 2"]), (2, []), (5, []), (6, ["6 is more than 5"]), (-5, ["-5 is less than 2"])],
)
def test_a_number_beyond_a_bound_is_told_with_it(base_policy: Path, level: int, said: list[str]) -> None:
    """The bounds themselves are within."""
    schema = base_policy / "base" / "state.schema.yaml"
    bounded = "properties:\n  level: {type: integer, minimum: 2, maximum: 5}\n"
    schema.write_text(schema.read_text(encoding="utf-8").replace("properties:\n", bounded, 1), encoding="utf-8")
    state = {**PARKING, "level": level}
    problems = state_problems(state, seatrules.load(base_policy).program_for(state))
    assert [(problem.code, problem.path, problem.message) for problem in problems] == [
        ("out_of_range", "/state/level", each) for each in said
    ]


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


def test_a_request_for_which_the_memory_does_not_reach_is_an_error_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it ends, whichever evaluator decides."""

    def no_memory(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(decide, "action_problems", no_memory)
    with pytest.raises(RequestError, match="the memory does not reach for so much") as raised:
        engine().decide({**ACTION, "quantity": "1"}, STATE)
    assert (raised.value.code, raised.value.path) == ("too_large", "")


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
        ('{"a": NaN}', ":1:7: `NaN` is no JSON number"),
        ('{"a": -Infinity}', ":1:7: `-Infinity` is no JSON number"),
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
