"""A policy's rules as SQL decide each row as the engine does, or are not sure of it; rows in a nested table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asked import POLICIES, Asked, asked
from command import run_here
from lengths import DEEP, examples
from seatrules import Engine, load
from seatrules.language import functions
from seatrules.language.days import OutOfRangeError
from seatrules.language.types import Boolean, Date, Integer, ListOf, MapOf, Record, Type, Word, known

arrow = pytest.importorskip("pyarrow")
duckdb = pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from sqlglot import exp  # noqa: E402

from seatrules.batch.deciding import RowDecider  # noqa: E402
from seatrules.batch.fast import SqlDecider  # noqa: E402
from seatrules.batch.layout import Layout, columns_of  # noqa: E402
from seatrules.sql.functions import FUNCTIONS  # noqa: E402
from seatrules.sql.terms import column  # noqa: E402

MOST = 3
"""Of how many types of action, each in one setting, the requests are tried where not all are."""


def columns(kind: Type) -> Any:
    """The type of a column for values of a type, days among them."""
    match known(kind):
        case Record(fields=fields) if fields:
            return arrow.struct([(name, columns(inner)) for name, inner in fields.items()])
        case MapOf(entry=entry):
            return arrow.map_(arrow.string(), columns(entry))
        case ListOf(item=item):
            assert item is not None
            return arrow.list_(columns(item))
        case Date():
            return arrow.date32()
        case Integer():
            return arrow.int64()
        case Boolean():
            return arrow.bool_()
    return arrow.string()


def cell(value: Any, kind: Type) -> Any:
    """A value as a column holds it."""
    match known(kind):
        case Record(fields=fields) if isinstance(value, dict):
            return {name: cell(value[name], inner) for name, inner in fields.items() if name in value}
        case MapOf(entry=entry) if isinstance(value, dict):
            return [(key, cell(each, entry)) for key, each in value.items()]
        case ListOf(item=item) if isinstance(value, list) and item is not None:
            return [cell(each, item) for each in value]
        case Date() if isinstance(value, str):
            return date.fromisoformat(value)
    return value


def table(engine: Engine, type_: str, rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> Any:
    """Requests of one type of action, with a column for each property and each argument."""
    program = [*engine.programs.values()][-1]
    kinds: dict[str, Type] = {f"/state/{name}": kind for name, kind in program.state.fields.items()}
    kinds |= {f"/action/{name}": kind for name, kind in program.actions[type_].arguments.items()}
    made = {"/action/type": arrow.array([type_] * len(rows))}
    for name, kind in kinds.items():
        top, part = name[1:].split("/")
        values = [(action if top == "action" else state).get(part) for action, state in rows]
        made[name] = arrow.array([cell(value, kind) for value in values], columns(kind))
    return arrow.table(made)


def by_type(policy: Path) -> list[tuple[Engine, str, list[tuple[dict[str, Any], dict[str, Any]]]]]:
    """The requests of the suites of a policy, by the engine that decides and the type of action."""
    found: dict[tuple[int, str], list[Asked]] = {}
    for each in asked(policy):
        if (
            not (each.partial or each.incomplete)
            and each.action["type"] in [*each.engine.programs.values()][-1].actions
        ):
            found.setdefault((id(each.engine), each.action["type"]), []).append(each)
    return [(every[0].engine, type_, [(e.action, e.state) for e in every]) for (_, type_), every in found.items()]


def deciders(engine: Engine, rows: Any) -> tuple[RowDecider, SqlDecider]:
    """The engine and SQL, for the same columns."""
    plain = RowDecider(engine, Layout.of(columns_of(rows.column_names), engine.programs.values(), None))
    return plain, SqlDecider.of(plain, rows.schema)


def changed_somewhere(random: Random, value: Any, kind: Type) -> Any:
    """A value with one part of it out of the ordinary, or another one of its type."""
    inner = known(kind)
    match inner:
        case Record(fields=fields) if value:
            name = random.choice([*value])
            return value | {name: changed_somewhere(random, value[name], fields[name])} if name in fields else value
        case MapOf(entry=entry) if value:
            key = random.choice([*value])
            if random.random() < 0.2:
                return {other: each for other, each in value.items() if other != key}
            return value | {key: changed_somewhere(random, value[key], entry)}
        case ListOf(item=item) if value and item is not None:
            at = random.randrange(len(value))
            if random.random() < 0.3:
                return [*value, value[at]]
            return [*value[:at], changed_somewhere(random, value[at], item), *value[at + 1 :]]
        case Integer():
            return random.choice([None, -1, 0, 1, 2, 2**50, 2**50 + 1, 2**63 - 1, -(2**63) + 1])
        case Date():
            return random.choice([None, "0001-01-01", "9999-12-31", "2024-02-29", "2025-01-01", "2025-03-31"])
        case Boolean():
            return random.choice([None, True, False])
        case Word(words=words):
            return random.choice([None, "no_such_word", *words])
        case Record() | MapOf() | ListOf():
            return value
    return random.choice([None, "", "nobody", value])


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_sql_decides_as_the_engine_or_is_not_sure(policy: Path) -> None:
    """The requests of all suites, and each with a part out of the ordinary."""
    random, by_sql = Random(15), 0
    groups = by_type(policy)
    for engine, type_, rows in groups if DEEP else random.sample(groups, min(MOST, len(groups))):
        program = [*engine.programs.values()][-1]
        kinds = program.actions[type_].arguments
        odd = []
        for action, state in rows * (4 if DEEP else 1):
            name = random.choice([*kinds, ""]) if kinds else ""
            if name and name in action and random.random() < 0.3:
                odd.append((action | {name: changed_somewhere(random, action[name], kinds[name])}, state))
            else:
                odd.append((action, changed_somewhere(random, state, program.state)))
        every = table(engine, type_, [*rows, *odd])
        plain, fast = deciders(engine, every)
        assert fast.decide(every, 1).to_pylist() == plain.decide(every, 1).to_pylist(), type_
        by_sql += fast.by_sql
    assert by_sql


def test_rules_read_flat_columns_alone() -> None:
    """What is nested is taken apart once, before any rule is asked."""
    engine = load("hubspot-seats")
    rows = next(rows for _, type_, rows in by_type(POLICIES[1]) if type_ == "assign_seat")
    _, fast = deciders(engine, every := table(engine, "assign_seat", rows))
    query = fast.queries.columns.part(
        [*engine.programs.values()][-1], [*engine.programs.values()][-1].actions["assign_seat"]
    ).query
    del every
    names = {each.name for each in query.flat}
    for answer in query.answers:
        read = {each.name for each in answer.find_all(exp.Column)}
        assert read <= names
        assert not any(name.startswith("/") for name in read)


def test_the_table_of_functions_is_that_of_the_language() -> None:
    """Each function has its SQL, but for those that are left to the engine, or written for lists and maps."""
    assert functions.FUNCTIONS.keys() - FUNCTIONS.keys() == {"casefold", "len", "text", "without"}
    assert FUNCTIONS.keys() < functions.FUNCTIONS.keys()


DAYS = st.dates() | st.dates(date(2023, 1, 1), date(2025, 12, 31))
NUMBERS = st.integers(-40, 40) | st.integers(-(2**63) + 1, 2**63 - 1)
TAKEN: Mapping[str, tuple[Any, ...]] = {
    "add_days": (DAYS, NUMBERS),
    "add_months": (DAYS, NUMBERS),
    "anniversary": (DAYS, NUMBERS, DAYS),
    "days_between": (DAYS, DAYS),
    "divide": (NUMBERS, NUMBERS, st.sampled_from(("half_up", "half_even", "up", "down"))),
    "max": (NUMBERS, NUMBERS, NUMBERS),
    "min": (DAYS, DAYS),
    "months_between": (DAYS, DAYS),
    "next_renewal": (DAYS, DAYS, DAYS),
    "remainder": (NUMBERS, NUMBERS),
    "start_of_month": (DAYS,),
}


@pytest.mark.parametrize("name", TAKEN)
def test_each_function_gives_in_sql_what_the_language_gives(name: str) -> None:
    """The same value wherever SQL says that it does not fail; where the language fails, SQL says so."""
    database = duckdb.connect()

    @cache
    def query(count: int, *words: str) -> str:
        arguments = [column(f"c{place}") for place in range(count)] + [exp.convert(word) for word in words]
        kept = ["taken"]

        def once(sql: Any) -> Any:
            """As a column of its own, so that nothing guards it."""
            kept.append(f"(SELECT *, {sql.sql('duckdb')} AS kept{len(kept)} FROM {kept[-1]})")
            return column(f"kept{len(kept) - 1}")

        made, fails = FUNCTIONS[name](arguments, once)
        return f"SELECT {made.sql('duckdb')}, {'FALSE' if fails is None else fails.sql('duckdb')} FROM {kept[-1]}"

    @settings(max_examples=examples(30), deadline=None)
    @given(st.lists(st.tuples(*TAKEN[name]), min_size=1, max_size=40))
    def alike(rows: list[tuple[Any, ...]]) -> None:
        rows = [row for row in rows if not isinstance(row[-1], str) or row[-1] == rows[0][-1]]
        given = [[each for each in row if not isinstance(each, str)] for row in rows]
        names = [f"c{place}" for place in range(len(given[0]))]
        database.register("taken", arrow.table([arrow.array(each) for each in zip(*given, strict=True)], names))
        words = [each for each in rows[0] if isinstance(each, str)]
        for row, (found, fails) in zip(rows, database.execute(query(len(names), *words)).fetchall(), strict=True):
            plain = [each.isoformat() if isinstance(each, date) else each for each in row]
            try:
                expected = functions.FUNCTIONS[name].run(*plain)
            except OutOfRangeError:
                assert fails is True
            else:
                assert fails or (found.isoformat() if isinstance(found, date) else found) == expected

    alike()


def test_what_the_engine_decides_is_told_with_why(tmp_path: Path) -> None:
    """How many rows which of both decided stands on the side."""
    from pyarrow import parquet

    engine = load("hubspot-seats")
    every = {type_: rows for _, type_, rows in by_type(POLICIES[1])}
    both = arrow.concat_tables(
        [table(engine, type_, every[type_][:3]) for type_ in ("assign_seat", "advance_time")], promote_options="default"
    )
    parquet.write_table(both, tmp_path / "in.parquet")
    done = run_here("batch", "in.parquet", "-o", "out.jsonl", "--engine", "duckdb", cwd=tmp_path)
    told = done.stderr.decode().splitlines()
    assert told[:2] == [
        "note: decided by DuckDB: 1; by the engine: 3",
        "note: `advance_time`, or what is allowed of it, is decided by the engine: time passes in it",
    ]
    rows = run_here("batch", "in.parquet", "-o", "rows.jsonl", "--engine", "rows", cwd=tmp_path)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "rows.jsonl").read_bytes()
    assert rows.stderr.decode().splitlines() == told[2:]


def test_lines_of_json_are_left_to_the_engine(tmp_path: Path) -> None:
    """What SQL can't read is told where it is asked for."""
    (tmp_path / "in.jsonl").write_text(json.dumps({"state": {}, "action": {}}) + "\n", encoding="utf-8")
    done = run_here("batch", "in.jsonl", "-o", "out.jsonl", "--engine", "duckdb", cwd=tmp_path)
    assert done.returncode == 2
    assert "DuckDB can’t decide this file: the columns hold it in a form that SQL doesn’t read" in done.stderr.decode()
    assert not (tmp_path / "out.jsonl").exists()
