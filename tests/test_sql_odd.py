"""Rows and columns that are out of the ordinary, and policies that nobody wrote: SQL answers as the engine, or not."""

from __future__ import annotations

from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any

import pytest

from broken import STATE as TOWN
from fuzz.policies import SMALL_ACTION, SMALL_STATE, small_policy, write_policy
from fuzz.requests import request
from lengths import DEEP
from seatrules import Engine, load
from seatrules.language.types import Type

arrow = pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from pyarrow import parquet  # noqa: E402

from seatrules.batch.deciding import RowDecider  # noqa: E402
from seatrules.batch.fast import SqlDecider  # noqa: E402
from seatrules.batch.layout import Layout, columns_of  # noqa: E402
from seatrules.sql.terms import NoSqlError  # noqa: E402
from test_sql import cell, columns, table  # noqa: E402

POLICIES = 60 if DEEP else 6
RULE = {"id": "rule-0", "actions": ["act"], "otherwise": {"code": "r0", "message": {"en": "no"}}}
DONE = {"id": "it-is-done", "code": "done", "actions": ["act"], "message": {"en": "done"}}


def small(folder: Path, require: str, **outcome: Any) -> Engine:
    """A policy with one rule and one outcome."""
    parts: dict[str, Any] = {"facts": {}, "rules": [{**RULE, "require": require}], "consequences": []}
    return load(write_policy({**parts, "outcomes": [DONE | outcome]}, folder))


def small_table(engine: Engine, *rows: dict[str, Any], **odd: Any) -> Any:
    """The ordinary request with some values changed in each row, and with whole columns of other types (`odd`)."""
    program = [*engine.programs.values()][-1]
    kinds: dict[str, Type] = {f"/state/{name}": kind for name, kind in program.state.fields.items()}
    kinds |= {f"/action/{name}": kind for name, kind in program.actions["act"].arguments.items()}
    made = {"/action/type": arrow.array(["act"] * len(rows))}
    for path, kind in kinds.items():
        name = path.split("/")[2]
        values = [({**SMALL_STATE, **SMALL_ACTION} | row).get(name) for row in rows]
        made[path] = odd[name] if name in odd else arrow.array([cell(each, kind) for each in values], columns(kind))
    return arrow.table(made)


def compared(engine: Engine, rows: Any, action: Any = None, file: Path | None = None) -> tuple[list[Any], int]:
    """What is said of each row, by both, and how many SQL decided; of a `file`, DuckDB reads the rows itself."""
    if file is not None:
        parquet.write_table(rows, file)
        rows = parquet.read_table(file)
    plain = RowDecider(engine, Layout.of(columns_of(rows.column_names), engine.programs.values(), action))
    fast = SqlDecider.of(plain, rows.schema, None if file is None else str(file))
    expected = plain.decide(rows, 1).to_pylist()
    assert fast.decide(rows, 1).to_pylist() == expected
    return [each["decision"] or each["error"] for each in expected], fast.by_sql


def test_policies_that_nobody_wrote_are_decided_alike(tmp_path: Path) -> None:
    """Random rules, facts, consequences and bills over random states, some with a value that is empty."""
    random, by_sql = Random(20), 0
    for _ in range(POLICIES):
        engine = load(write_policy(small_policy(random), tmp_path))
        program = [*engine.programs.values()][-1]
        asked = [request(random, program) for _ in range(80)]
        rows = [state | action for action, state in asked if action.get("type") == "act"]
        rows = [row for row in rows if has_columns(engine, row)]
        emptied = [each for row in rows[:20] if (each := emptied_somewhere(random, row)) is not None]
        by_sql += compared(engine, small_table(engine, *rows, *emptied))[1]
    assert by_sql


def has_columns(engine: Engine, row: dict[str, Any]) -> bool:
    """Whether a request fits columns of the types that the policy says."""
    try:
        small_table(engine, row)
    except (arrow.ArrowException, AttributeError, OverflowError, TypeError, ValueError):
        return False
    return True


def emptied_somewhere(random: Random, value: Any) -> Any:
    """A value with one part of it empty."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.2:
        return None
    if isinstance(value, list):
        at = random.randrange(len(value))
        return [*value[:at], emptied_somewhere(random, value[at]), *value[at + 1 :]]
    key = random.choice([each for each in value if each != "type"])
    return value | {key: emptied_somewhere(random, value[key])}


@pytest.mark.parametrize("text", ["infinity", "12000-01-01", "0002-01-01 (BC)", "epoch", "2025-3-1", "2025-03-01 "])
def test_a_text_that_is_no_day_for_the_policy_is_none_for_sql(tmp_path: Path, text: str) -> None:
    """DuckDB reads more texts as days than the engine does, and writes some of them the same way."""
    engine = small(tmp_path, "day > as_of or day <= as_of")
    for name in ("day", "as_of"):
        assert compared(engine, small_table(engine, {}, **{name: arrow.array([text])}))[1] == 0


@pytest.mark.parametrize("days", [2**31 - 1, -(2**31) + 1, 2_932_897, -719_163])
@pytest.mark.parametrize("as_file", [False, True])
def test_a_day_outside_the_years_makes_its_row_bad(tmp_path: Path, days: int, as_file: bool) -> None:
    """It is counted from 1970 on in a column of days; what can't be computed with it ends no run."""
    engine = small(tmp_path, "add_months(day, 1) > start_of_month(day) and months_between(day, as_of) < 5")
    odd = arrow.array([20_148, days], arrow.int32()).cast(arrow.date32())
    said, _ = compared(engine, small_table(engine, {}, {}, day=odd), file=tmp_path / "f" if as_file else None)
    assert said[0] == "allow"
    assert "is not a date" in said[1]


def test_a_time_that_python_has_not_makes_its_row_bad(tmp_path: Path) -> None:
    """Times in nanoseconds are no plain data, whether or not they are whole microseconds."""
    engine = small(tmp_path, "day > as_of or day <= as_of")
    for kind in (arrow.timestamp("ns"), arrow.timestamp("ns", "UTC")):
        rows = small_table(engine, {}, day=arrow.array([2**62 + 1], kind))
        plain = RowDecider(engine, Layout.of(columns_of(rows.column_names), engine.programs.values(), None))
        assert "this is no plain data" in plain.decide(rows, 1).to_pylist()[0]["error"]


@pytest.mark.parametrize(
    "require",
    [
        'add_days(day, n) > as_of or (k != 0 and divide(n, k, "half_up") < remainder(n, k))',
        "add_months(day, n) > as_of or anniversary(day, k, as_of) > day",
        "next_renewal(day, as_of, on) > as_of or next_renewal(on, day, as_of) > day",
    ],
)
def test_numbers_and_terms_without_end_fail_in_no_query(tmp_path: Path, require: str) -> None:
    """The row is the engine's; the ones beside it stay SQL's."""
    engine = small(tmp_path, require)
    numbers = [2**63 - 1, -(2**63), 2**62, 0, -1, 2**50 + 1]
    days = ["2025-02-28", "2025-03-31", "2025-04-01", "9999-12-31", "0001-01-01"]
    rows = [{"n": n, "k": k} for n in numbers for k in numbers] + [{"day": a, "on": b} for a in days for b in days]
    assert compared(engine, small_table(engine, {"day": "2025-01-31"}, *rows))[1]


def test_a_bill_that_cannot_be_computed_is_told(tmp_path: Path) -> None:
    """SQL says no bills, yet a row is bad of which there is none."""
    bill = {"change": "none", "count": "days_between(as_of, add_days(day, n))", "hue": "c"}
    engine = small(tmp_path, "flag", billing=[bill, bill | {"for": "e in hues if flag"}])
    said, by_sql = compared(engine, small_table(engine, {"n": 2**40}, {}))
    assert (said[1], by_sql) == ("allow", 1)
    assert "lies outside the years" in said[0]


BOUND = ("  n: {type: integer}", "  n: {type: integer, minimum: 0, maximum: 9}")
UNIQUE = ("hues: {type: array, items", "hues: {type: array, uniqueItems: true, items")
NOT_SURE: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "a key that its map has not": ("n < 5", {}, [{"box": "nobody"}]),
    "a number that would lie beyond its bounds": (
        "hue == 'red'",
        {"change": {"n": "n + k"}},
        [{"n": 9}, {"n": 8, "k": 2}],
    ),
    "one path that is reached in two ways": (
        "n < 5",
        {"change": {"it.count": "1", "that.count": "2"}},
        [{"box": "b", "other": "b"}],
    ),
    "one entry that a list names twice": (
        "n < 5",
        {"for": "x in it.beside", "change": {"boxes[x].count": "1"}},
        [{"box": "b"}],
    ),
    "an item that is there twice": ("'blue' not in hues", {}, [{"hues": ["red", "red"]}]),
    "a list that would have an item twice": (
        "n < 5",
        {"change": {"hues": "[hue, c]"}},
        [{"hue": "blue", "c": "blue"}],
    ),
}
"""What a rule requires, what is done, and requests of which the engine has to say what is wrong."""


@pytest.mark.parametrize(("require", "changes", "odd"), NOT_SURE.values(), ids=list(NOT_SURE))
def test_what_can_not_be_is_not_allowed(
    tmp_path: Path, require: str, changes: dict[str, Any], odd: list[dict[str, Any]]
) -> None:
    """Each row is an error of its request; of the ordinary one beside them SQL is sure."""
    consequences = [{"id": "c-0", "actions": ["act"], **changes}] if changes else []
    parts: dict[str, Any] = {"facts": {}, "rules": [{**RULE, "require": require}], "consequences": consequences}
    folder = write_policy({**parts, "outcomes": [DONE]}, tmp_path)
    schema = folder / "base" / "state.schema.yaml"
    text = schema.read_text(encoding="utf-8")
    schema.write_text(text.replace(*BOUND).replace(*UNIQUE), encoding="utf-8")
    box = SMALL_STATE["boxes"]["a"]
    two = {
        "boxes": {"a": box, "b": box | {"below": "b", "beside": ["a", "a"]}},
        "other": "b",
        "hue": "red",
        "c": "green",
    }
    said, by_sql = compared(engine := load(folder), small_table(engine, two, *(two | each for each in odd)))
    assert said[0] == "allow"
    assert all(each.startswith("row ") for each in said[1:])
    assert by_sql == 1


def test_a_key_of_what_is_not_read_is_one_of_its_map(base_policy: Path) -> None:
    """Nothing is asked of the car that leaves, and nothing refers to cars."""
    engine, state = load(base_policy), TOWN | {"lots": {"north": {"free": 1}}, "visits": []}
    leave = {"type": "leave", "lot_name": "north"}
    rows = table(engine, "leave", [({**leave, "car": car}, state) for car in ("a", "nobody")])
    said, by_sql = compared(engine, rows)
    assert (said, by_sql) == (["allow", "row 2: /action/car: there is no car `nobody` in the state"], 1)


def test_an_argument_of_another_action_is_told(tmp_path: Path) -> None:
    """The column of it is no harm where it is empty."""
    engine = small(tmp_path, "n < 5")
    those = arrow.array([["a"], None], arrow.list_(arrow.string()))
    said, by_sql = compared(engine, small_table(engine, {}, {}).append_column("/action/those", those))
    assert (said[1], by_sql) == ("allow", 1)
    assert said[0].startswith("row 1: /action/those: ")


@pytest.mark.parametrize("as_file", [False, True])
def test_a_key_that_is_twice_in_a_map_is_told(tmp_path: Path, as_file: bool) -> None:
    """DuckDB takes the first, or fails; also where the map is not read, or lies within another."""
    engine = small(tmp_path, "n < 5")
    kinds = [*engine.programs.values()][-1].state.fields
    file = tmp_path / "f" if as_file else None
    twice = arrow.array([[("red", {"left": 1}), ("red", {"left": 2})], []], columns(kinds["stock"]))
    said, _ = compared(engine, small_table(engine, {}, {}, stock=twice), file=file)
    assert said == ["row 1: /state/stock: the key `red` is given twice", "allow"]
    box = SMALL_STATE["boxes"]["a"] | {
        "started": None,
        "ends": None,
        "labels": [("a", None), ("a", None)],
        "drawers": [],
    }
    within = arrow.array([[("a", box)], []], columns(kinds["boxes"]))
    said, _ = compared(engine, small_table(engine, {}, {}, boxes=within), file=file)
    assert "the key `a` is given twice" in said[0]


def test_an_entry_that_is_empty_is_told(tmp_path: Path) -> None:
    """Also where the action reads nothing of it that has to be there."""
    engine = small(tmp_path, "that.clean or not that.clean")
    kind = [*engine.programs.values()][-1].state.fields["boxes"]
    said, by_sql = compared(engine, small_table(engine, {}, boxes=arrow.array([[("a", None)]], columns(kind))))
    assert (said, by_sql) == (["row 1: /state/boxes/a: null stands where a mapping is expected"], 0)


@pytest.mark.parametrize("name", ["/STATE/N", "/row", "/ROW", "file_row_number", "FILE_ROW_NUMBER"])
@pytest.mark.parametrize("as_file", [False, True])
def test_columns_that_are_only_kept_are_not_taken_for_others(tmp_path: Path, name: str, as_file: bool) -> None:
    """DuckDB takes large and small letters in names for the same."""
    engine = small(tmp_path, "n < 5")
    rows = small_table(engine, {"n": 7}, {}).add_column(0, name, arrow.array([0, 0]))
    assert compared(engine, rows, file=tmp_path / "f" if as_file else None) == (["deny", "allow"], 2)


def test_where_a_column_gives_no_argument_the_one_of_all_rows_counts(tmp_path: Path) -> None:
    """Of an argument that may be left out, SQL took nothing for it."""
    engine = small(tmp_path, "d is None")
    rows = small_table(engine, {}, {})
    of_state = rows.select([name for name in rows.column_names if name.startswith("/state")])
    every = of_state.append_column("/action/d", arrow.array([None, "blue"], arrow.string()))
    assert compared(engine, every, SMALL_ACTION | {"d": "red"}) == (["deny", "deny"], 2)


def test_texts_are_read_by_the_type_of_their_own_action(tmp_path: Path) -> None:
    """Wherever the column with the type stands; also texts in Arrow's form with views."""
    engine = small(tmp_path, "k < 4 and n < 5")
    for kind in (arrow.string(), arrow.large_string(), arrow.string_view()):
        odd = {name: arrow.array(["1"], kind) for name in ("k", "n")}
        assert compared(engine, small_table(engine, {}, **odd)) == (["allow"], 1)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("n", arrow.array([None], arrow.float16())),
        ("as_of", arrow.array([1])),
        ("as_of", arrow.array([0], arrow.timestamp("ns", "UTC"))),
    ],
)
def test_columns_of_a_type_that_sql_does_not_know_are_the_engine_s(tmp_path: Path, name: str, column: Any) -> None:
    """It is said before a row is decided."""
    engine = small(tmp_path, "n < 5")
    with pytest.raises(NoSqlError):
        compared(engine, small_table(engine, {}, **{name: column}))


def test_versions_that_differ_in_what_is_null_or_a_text_are_the_engine_s(tmp_path: Path) -> None:
    """A column is read as the newest version says, whatever the one says that decides."""
    small(tmp_path, "nick is None or n < 5")
    folder = tmp_path / "small"
    copytree(folder / "base", folder / "later")
    for file, old, new in (
        ("policy.yaml", "version: base", "version: later"),
        ("policy.yaml", "2025-01-01", "2025-04-01"),
        ("state.schema.yaml", "boxes, stock]", "boxes, stock, nick]"),
        ("state.schema.yaml", "nick: {type: string}", 'nick: {type: [integer, "null"]}'),
    ):
        place = folder / "later" / file
        place.write_text(place.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    engine = load(folder)
    rows = [{"as_of": day} for day in ("2025-03-01", "2025-05-01")] * 2
    said, by_sql = compared(engine, small_table(engine, *rows, nick=arrow.array(["5", "5", None, None])))
    assert by_sql == 2
    assert said == ["row 1: /state/nick: the number 5 stands where a text is expected", *["allow"] * 3]


def test_loops_in_loops_over_much_are_the_engine_s(tmp_path: Path) -> None:
    """Where one loop stands in another the engine counts the steps from fewer entries on."""
    engine = small(tmp_path, "count(p for p in boxes if any(q.count == p.count + 1 for q in boxes)) == 0")
    box = next(iter(SMALL_STATE["boxes"].values()))
    rows = [{"boxes": SMALL_STATE["boxes"] | {f"b{number}": box for number in range(most)}} for most in (200, 260)]
    assert compared(engine, small_table(engine, *rows))[1] == 1


def test_what_duckdb_can_not_read_is_the_engine_s(tmp_path: Path) -> None:
    """The rows are at hand, whatever has become of the file."""
    engine = small(tmp_path, "n == n")
    rows = small_table(engine, {})
    plain = RowDecider(engine, Layout.of(columns_of(rows.column_names), engine.programs.values(), None))
    fast = SqlDecider.of(plain, rows.schema, str(tmp_path / "gone.parquet"))
    assert fast.decide(rows, 1).to_pylist() == plain.decide(rows, 1).to_pylist()
    assert (fast.by_sql, fast.left) == (0, 1)
