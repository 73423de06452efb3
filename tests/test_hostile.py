"""Hostile input: whatever is handed in, the answer is an answer or one error of ours, in bounded time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seatrules
from accounts import ACTION, STATE, changed
from asking import PARKING, mutated
from command import run, written
from lengths import examples
from seatrules import FileError, RequestError, cli
from seatrules.documents import read_data, write_data
from seatrules.errors import MAX_PROBLEMS
from seatrules.generated import reading
from seatrules.generated.reading import ODD_SIZES
from seatrules.generated.ready import CompiledEvaluator
from seatrules.program.program import MOST_PLACES

ENGINE = seatrules.load()
USERS: dict[str, Any] = STATE["users"]


def nested(depth: int) -> dict[str, Any]:
    """A mapping in a mapping, so many deep."""
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"more": value}
    return value


def with_more(value: Any) -> dict[str, Any]:
    """A state that no rule reads all of: one user has something besides."""
    state = copy.deepcopy(STATE)
    state["users"]["bob"]["more"] = value
    return state


RECORD = ENGINE.decide(ACTION, STATE).record(id=1, at="2026-01-01")


def of_no_use(record: Any) -> None:
    """Decide a record again that may be none."""
    try:
        json.dumps(seatrules.replay(ENGINE, record).as_dict())
    except seatrules.UsageError as error:
        str(error)


ASKED: dict[str, Callable[[Any], Any]] = {
    "advance": lambda state: json.dumps(ENGINE.advance(state, "2025-06-01").as_dict()),
    "allows": lambda state: ENGINE.allows(ACTION, state),
    "apply": lambda state: ENGINE.apply(ENGINE.decide(ACTION, STATE), state),
    "broken_invariants": lambda state: ENGINE.broken_invariants(state),
    "decide_many": lambda state: [*ENGINE.decide_many([state, {"action": state, "state": state}])],
    "decide": lambda state: json.dumps(ENGINE.decide(ACTION, state).as_dict()),
    "interpreted": lambda state: seatrules.load(evaluator="interpreter").decide(ACTION, state),
    "options": lambda state: json.dumps(ENGINE.options(state).as_dict()),
    "partial": lambda state: json.dumps(ENGINE.decide(ACTION, state, partial=True).as_dict()),
    "reads_for": lambda state: ENGINE.reads_for(state),
    "record": lambda state: json.dumps(ENGINE.decide(ACTION, state).record(id=1, at="2026-01-01")),
    "remedies": lambda state: json.dumps(ENGINE.remedies(ACTION, state).as_dict()),
    "replay": lambda state: of_no_use({**RECORD, "state": state}),
    "replay of an answer": lambda state: of_no_use({**RECORD, "answer": state}),
    "simulate": lambda state: json.dumps(ENGINE.simulate([ACTION], state).as_dict()),
    "validate": lambda state: ENGINE.validate(state),
    "when": lambda state: json.dumps(ENGINE.when(ACTION, state).as_dict()),
}
ODD: dict[str, Any] = {
    "deep": nested(3000),
    "infinite": float("inf"),
    "no number": float("nan"),
    "of 4301 digits": 10**4300,
    "of 65 bits": 2**64,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
@pytest.mark.parametrize("ask", ASKED.values(), ids=list(ASKED))
def test_nothing_but_our_errors_leaves_the_engine(ask: Callable[[Any], Any], odd: Any) -> None:
    """Also what no rule reads may be anything: the answer is an answer, or an error of the request."""
    for state in (with_more(odd), {**STATE, "more": odd}, {**STATE, "users": {**USERS, "odd": odd}}):
        try:
            ask(state)
        except RequestError as error:
            json.dumps(error.as_dict())


@pytest.mark.parametrize("odd", [float("inf"), float("-inf"), float("nan"), 2**63, -(2**63), 10**4000])
@pytest.mark.parametrize("inside", [lambda odd: odd, lambda odd: {"deeper": [odd]}], ids=["itself", "deeper"])
def test_a_number_that_others_do_not_read_is_no_part_of_a_state(
    inside: Callable[[Any], Any], odd: Any, base_policy: Path
) -> None:
    """Where the schema leaves open what else there is, a number is finite and has at most 64 bits."""
    engine, path = seatrules.load(base_policy), ("town", "more")
    engine.validate(mutated(PARKING, path, inside(2**63 - 1)))
    state, where = mutated(PARKING, path, inside(odd)), "/state/town/more"
    for ask in (engine.validate, partial(engine.decide, {"type": "wait", "to": "2025-03-01"}, partial=True)):
        with pytest.raises(RequestError) as caught:
            ask(state)
        assert (caught.value.code, caught.value.path[: len(where)]) == ("out_of_range", where)
    assert caught.value.message == ("the number is too large" if type(odd) is int else "the number is not finite")


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400 + ".0", "9223372036854775808"])
def test_a_number_beyond_what_others_read_is_no_part_of_a_file(
    number: str, tmp_path: Path, base_policy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`1e400` is JSON, and no number that there is: an error of the state, as on a line of requests."""
    text = json.dumps(PARKING).replace('"closed"', f'"more": {number}, "closed"')
    action = {"type": "wait", "to": "2025-03-01"}
    (tmp_path / "state.json").write_text(text)
    command = ["check", "--policy", str(base_policy), "--format", "json"]
    assert cli.run([*command, "--state", str(tmp_path / "state.json"), "--action", json.dumps(action)]) == 65
    in_a_file = json.loads(capfd.readouterr().err)
    for each in (in_a_file["error"], *in_a_file["error"]["problems"]):
        assert [each.pop(name) for name in ("file", "line")] == [str(tmp_path / "state.json"), 1]
        del each["column"]
    (tmp_path / "lines.jsonl").write_text(f'{{"state": {text}, "action": {json.dumps(action)}}}\n')
    assert cli.run([*command, "--requests", str(tmp_path / "lines.jsonl")]) == 65
    assert json.loads(capfd.readouterr().out) == in_a_file
    assert (in_a_file["error"]["code"], in_a_file["error"]["path"]) == ("out_of_range", "/state/town/more")


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\x00\x85\u2028\ufeff\ufffe\x7f"), max_size=8
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
@settings(max_examples=examples(200), deadline=None)
def test_what_is_written_is_read_as_the_same(value: dict[str, Any]) -> None:
    """No character that a file may not hold is written as it is, and no number that is refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "written.json"
        write_data(path, value)
        assert read_data(str(path)) == value


def test_a_state_that_is_written_is_read_again(tmp_path: Path, base_policy: Path) -> None:
    """What one simulation leaves is what the next begins with, whatever signs are in its texts."""
    state = mutated(PARKING, ("town", "name"), "Ede\x85\u2028\ufeff")
    command = ["simulate", "--policy", str(base_policy), "--steps", '[{"type": "wait", "to": "2025-03-01"}]', "--state"]
    first, second = str(tmp_path / "first.json"), str(tmp_path / "second.json")
    assert run(*command, written(tmp_path / "state.json", state), "--out", first).returncode == 0
    done = run(*command, first, "--out", second)
    assert (done.returncode, done.stderr) == (0, b"")
    assert read_data(second) == state
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_a_large_state_is_written_as_small_as_it_is_read(tmp_path: Path) -> None:
    """Where lines and margins would make a file too large to be read, there are none; what is larger is not written."""
    state = {"users": {f"user-{number}": {"status": "active", "seats": ["core"]} for number in range(70_000)}}
    write_data(tmp_path / "large.json", state)
    assert read_data(str(tmp_path / "large.json")) == state
    with pytest.raises(FileError, match=r"huge.json: would be larger than 4 MiB, more than is read of a file$"):
        write_data(tmp_path / "huge.json", {**state, "more": state["users"]})
    assert not (tmp_path / "huge.json").exists()


def test_so_many_problems_of_a_request_are_collected() -> None:
    """A hundred thousand wrong entries are not gone through one by one: the first are told, and that there are more."""
    users = {f"user-{number}": {**USERS["bob"], "status": "activ"} for number in range(100_000)}
    with pytest.raises(RequestError) as caught:
        ENGINE.validate({**STATE, "users": users})
    *told, last = caught.value.problems
    assert {problem.code for problem in told} == {"unknown_word"}
    assert len(told) == MAX_PROBLEMS
    assert (last.code, last.message, last.path) == ("more_problems", "there are more problems than these 1000", "")
    with pytest.raises(RequestError) as caught:
        ENGINE.validate({**STATE, "users": dict(list(users.items())[:MAX_PROBLEMS])})
    assert [problem.code for problem in caught.value.problems] == ["unknown_word"] * MAX_PROBLEMS
    assert [each["code"] for each in caught.value.as_dict(audience="user")["error"]["problems"]] == ["unknown_word"]


def test_what_is_no_plain_data_a_thousand_times_is_told_so_often() -> None:
    """The same holds before anything is compared with the schema."""
    with pytest.raises(RequestError) as caught:
        ENGINE.decide(ACTION, {**STATE, "more": [{1, 2}] * 5000}, partial=True)
    assert len(caught.value.problems) == MAX_PROBLEMS + 1


def doubled(depth: int) -> str:
    """Definitions of a schema, each of which has the next one twice."""
    both = "  d{0}: {{type: object, required: [a, b], properties: {{a: {1}, b: {1}}}}}\n"
    last = f"  d{depth}: {{type: object, required: [z], properties: {{z: {{type: integer}}}}}}\n"
    return "".join(both.format(number, f"{{$ref: '#/$defs/d{number + 1}'}}") for number in range(depth)) + last


def tree(depth: int) -> dict[str, Any]:
    """A value of the first of the definitions."""
    return {"a": tree(depth - 1), "b": tree(depth - 1)} if depth else {"z": 1}


def with_deep(depth: int) -> dict[str, str]:
    """What makes `deep`, of such definitions, a part of the state."""
    return {
        "visits]": "visits, deep]",
        "  visits:": "  deep: {$ref: '#/$defs/d0'}\n  visits:",
        "$defs:\n": "$defs:\n" + doubled(depth),
    }


@pytest.fixture
def parking(base_policy: Path) -> Callable[..., seatrules.Engine]:
    """Loads the small policy of `tests/wrong/base` with other texts in its files."""

    def load(changes: dict[str, dict[str, str]]) -> seatrules.Engine:
        for name, texts in changes.items():
            path = base_policy / "base" / name
            text = path.read_text()
            for old, new in texts.items():
                assert old in text
                text = text.replace(old, new, 1)
            path.write_text(text)
        return seatrules.load(base_policy)

    return load


def test_definitions_of_a_schema_are_shared_by_what_checks_a_state(parking: Callable[..., seatrules.Engine]) -> None:
    """Of a definition that has the next one twice, sixty deep, no code is generated for each place."""
    engine = parking({"state.schema.yaml": with_deep(60)})
    began = process_time()
    with pytest.raises(RequestError, match="/state/deep/a: "):
        engine.validate({**PARKING, "deep": {"a": 1, "b": 2}})
    assert process_time() - began < 2


def test_known_words_of_a_shared_definition_are_looked_for_where_they_are(
    parking: Callable[..., seatrules.Engine],
) -> None:
    """Sixty deep and twice each: what is given is looked through, and the first of the places are listed."""
    open_text = {"z: {type: integer}": "z: {type: string, x-known: lot_rules}"}
    engine = parking({"state.schema.yaml": {**with_deep(60), **open_text}})
    began = process_time()
    assert len(engine.programs["base"].known_texts) == MOST_PLACES
    assert process_time() - began < 2


def test_what_is_shared_is_checked_in_each_of_its_places(parking: Callable[..., seatrules.Engine]) -> None:
    """A shared definition is read as one that is written in place: by the generated functions, and to the same."""
    rule = {"require: has_place(lot_name)": "require: has_place(lot_name) and deep.a.b.a.b.a.b.z == 1"}
    engine = parking({"state.schema.yaml": with_deep(6), "rules.yaml": rule})
    state = {**PARKING, "deep": tree(6)}
    compiled = engine.compiled(state)
    assert compiled.is_valid(state)
    paths = list(product("ab", repeat=6))
    for path in paths[::9]:
        wrong = mutated(state, ("deep", *path, "z"), "1")
        assert compiled.is_valid(wrong) is None
        with pytest.raises(RequestError, match=f"^/state/deep/{'/'.join(path)}/z: "):
            engine.validate(wrong)


def test_entries_of_one_type_in_two_maps_are_read_where_they_stand(parking: Callable[..., seatrules.Engine]) -> None:
    """Also where one that is not listed counts as a whole entry: the generated functions decide."""
    schema = {
        "visits]": "visits, spare]",
        "  cars:": "  spare:\n    type: object\n    propertyNames: {$ref: '#/$defs/lot'}\n"
        "    additionalProperties: {$ref: '#/$defs/lot_count'}\n    x-default-entry: {free: 0}\n  cars:",
    }
    rule = {"require: has_place(lot_name)": "require: lots[lot_name].free + spare[lot_name].free > 0"}
    engine = parking({"state.schema.yaml": schema, "rules.yaml": rule})
    state = {**PARKING, "spare": {"north": {"free": 1}}}
    ready = engine.compiled(state).single("park")
    for lot, spare, codes in (("south", "north", ()), ("north", "south", ("lot_full",))):
        action = {"type": "park", "car": "mini", "lot_name": lot, "hours": 1}
        verdict = ready.verdict(action, {**state, "spare": {spare: {"free": 1}}})
        assert verdict is not None
        assert verdict.codes == codes


class Key(str):
    """A text that may say of itself what it likes."""

    __slots__ = ()


def with_own_key(value: Any, path: tuple[str | int, ...]) -> Any:
    """A copy in which one key is of a type of its own."""
    result = copy.deepcopy(value)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    entries = list(holder.items())
    holder.clear()
    holder.update((Key(key) if key == path[-1] else key, entry) for key, entry in entries)
    return result


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
@pytest.mark.parametrize(
    "path",
    [
        *(("state", "as_of"), ("state", "users"), ("state", "users", "ana"), ("state", "users", "ana", "status")),
        *(("state", "seats", "core"), ("state", "seats", "core", "assigned"), ("state", "account", "kind")),
        *(("state", "subscriptions", 0, "hub"), ("action", "type"), ("action", "quantity")),
    ],
    ids=lambda path: "/".join(map(str, path)),
)
def test_a_key_is_a_text_and_nothing_that_passes_for_one(
    path: tuple[str | int, ...], evaluator: seatrules.EvaluatorName
) -> None:
    """Plain data has keys that are exactly texts: others are refused, wherever they stand, by every evaluator."""
    engine = seatrules.load(evaluator=evaluator)
    asked = with_own_key({"state": STATE, "action": ACTION}, path)
    ways: list[Callable[[], Any]] = [
        lambda: engine.decide(asked["action"], asked["state"]),
        lambda: engine.allows(asked["action"], asked["state"]),
        lambda: engine.decide(asked["action"], asked["state"], partial=True),
    ]
    if path[0] == "state":
        ways.append(lambda: engine.validate(asked["state"]))
    for ask in ways:
        with pytest.raises(RequestError, match="this is no plain data: the type of a key here is `Key`") as caught:
            ask()
        assert caught.value.path == "/" + "/".join(map(str, path[:-1]))


@pytest.mark.parametrize("size", [1, 5, 6, 10, 11, 100, 1000, 3000, 60_000])
def test_the_size_of_a_dict_tells_of_what_type_its_keys_are(size: int) -> None:
    """Whatever way it came to be: one with a key that is no text has a size that none with texts alone has."""
    assert ODD_SIZES is not None
    texts = [f"key-{number}" for number in range(size)]
    plain = dict.fromkeys(texts)
    for same in (plain, dict(plain), {**plain}, plain | {}, json.loads(json.dumps(plain)), dict.fromkeys(texts, 1)):
        assert same.__sizeof__() not in ODD_SIZES
    other = {**plain, Key("other"): 1}
    for same in (other, dict(other), {**other}, other | plain, {Key(texts[0]): 1}):
        assert same.__sizeof__() in ODD_SIZES


def test_where_the_size_of_a_dict_does_not_tell_its_keys_are_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is no text is refused in a Python in which all dicts with as many keys have one size, too."""
    monkeypatch.setattr(reading, "ODD_SIZES", None)
    ready = CompiledEvaluator(ENGINE.program_for(STATE)).action(ACTION["type"])
    assert ready.decide(ACTION, STATE) is not None
    odd = with_own_key({"state": STATE, "action": ACTION}, ("state", "users", "ana"))["state"]
    assert ready.decide(ACTION, odd) is None


class Refusing(dict[str, Any]):
    """A mapping that is no plain data, and raises what it likes."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError(key)


def test_invariants_are_asked_of_plain_data_only() -> None:
    """What an object raises that is none never leaves the engine: the state is refused, with the place."""
    state = changed(STATE, {"seats.core.purchased": 5})
    state["seats"]["core"] = Refusing(state["seats"]["core"])
    with pytest.raises(RequestError, match="/state/seats/core: this is no plain data"):
        seatrules.load().broken_invariants(state)
