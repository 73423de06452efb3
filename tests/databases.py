"""Databases that the tests run SQL in: a table is filled, and a query over it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pytest

from postgres import Psql

READ: Mapping[str, Callable[[str], Any]] = {"date": date.fromisoformat, "timestamp": datetime.fromisoformat}
Columns = Mapping[str, str]
Rows = Sequence[Sequence[Any]]


class Database(NamedTuple):
    """A database by the name of its dialect; `ask` fills a table with rows and gives what a query over it answers.

    Columns have the types `bigint`, `boolean`, `date`, `double`, `text` and `timestamp`; days and times are texts.
    """

    dialect: str
    ask: Callable[[str, Columns, Rows, str], list[list[Any]]]


def of_dialect(dialect: str, request: pytest.FixtureRequest) -> Database:
    """The database of a dialect, started where that is needed; without it the test is skipped."""
    if dialect == "duckdb":
        return Database(dialect, by_duckdb)
    server = request.getfixturevalue(dialect)
    return Database(dialect, _by_postgres(server) if dialect == "postgres" else _by_spark(server))


def by_duckdb(table: str, columns: Columns, rows: Rows, query: str) -> list[list[Any]]:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as database:
        database.register("given", _arrow(columns, rows))
        database.execute(f"create table {table} as select * from given")
        return _plain(database.execute(query).fetchall())


def _by_postgres(server: Psql) -> Callable[[str, Columns, Rows, str], list[list[Any]]]:
    def answered(table: str, columns: Columns, rows: Rows, query: str) -> list[list[Any]]:
        kinds = {"double": "double precision", "text": 'text collate "und-x-icu"'}
        server.fill(table, {name: kinds.get(kind, kind) for name, kind in columns.items()}, rows)
        return [list(row.values()) for row in server.rows(query)]

    return answered


def _by_spark(session: Any) -> Callable[[str, Columns, Rows, str], list[list[Any]]]:
    def answered(table: str, columns: Columns, rows: Rows, query: str) -> list[list[Any]]:
        session.createDataFrame(_arrow(columns, rows)).createOrReplaceTempView(table)
        return _plain(session.sql(query).toArrow().to_pylist())

    return answered


def _arrow(columns: Columns, rows: Rows) -> Any:
    arrow = pytest.importorskip("pyarrow")
    kinds = {
        "bigint": arrow.int64(),
        "boolean": arrow.bool_(),
        "date": arrow.date32(),
        "double": arrow.float64(),
        "text": arrow.string(),
        "timestamp": arrow.timestamp("us"),
    }
    values = [[row[place] for row in rows] for place in range(len(columns))]
    made = [
        arrow.array([READ[kind](each) if each and kind in READ else each for each in column], kinds[kind])
        for column, kind in zip(values, columns.values(), strict=True)
    ]
    return arrow.table(made, [*columns])


def _plain(rows: Iterable[Any]) -> list[list[Any]]:
    listed = (row.values() if isinstance(row, dict) else row for row in rows)
    return [[each.isoformat() if isinstance(each, date) else each for each in row] for row in listed]
