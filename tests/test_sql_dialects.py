"""SQL over flat columns says in each dialect what it says in DuckDB, and what the language says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

import pytest

from databases import Database, of_dialect
from lengths import DEEP
from seatrules.language import functions
from seatrules.language.days import OutOfRangeError

pytest.importorskip("sqlglot")

import sqlglot
from sqlglot import exp

from seatrules.sql import nested
from seatrules.sql.dialects import DIALECTS, EXECUTED, text_of
from seatrules.sql.functions import FUNCTIONS
from seatrules.sql.terms import NoSqlError, column

ROWS = 2000 if DEEP else 300
EDGES = ("0001-01-01", "0001-01-31", "1582-10-10", "1900-02-28", "2024-02-29", "2023-01-31", "9999-11-30", "9999-12-31")
ROUNDINGS = ("half_up", "half_even", "up", "down")
TAKEN: dict[str, str] = {
    "add_days": "dn",
    "add_months": "dn",
    "anniversary": "dnd",
    "days_between": "dd",
    "divide": "nn",
    "max": "nnn",
    "min": "dd",
    "months_between": "dd",
    "next_renewal": "ddd",
    "remainder": "nn",
    "start_of_month": "d",
}
"""What each function takes: days and numbers."""
TYPES = {"d": "date", "n": "bigint"}


@pytest.fixture(params=[each for each in EXECUTED if each != "duckdb"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each database whose SQL is run here; DuckDB is asked at more length where its SQL is tested."""
    return of_dialect(request.param, request)


def _value(random: Random, kind: str) -> Any:
    if kind == "n":
        return random.choice([random.randint(-40, 40), random.randint(-(2**63) + 1, 2**63 - 1), 0, 1, 12, 2**61])
    near = date(2023, 1, 1).toordinal() + random.randrange(1200)
    anywhere = date.fromordinal(random.choice([random.randint(1, date.max.toordinal()), near, near]))
    return random.choice([*EDGES, *[anywhere.isoformat()] * 24])


def _query(dialect: str, name: str, words: Sequence[str]) -> str:
    """What a function gives and whether it fails, each of what is written once in a stage of its own."""
    rows: Any = exp.select("*").from_("taken")
    kept = 0

    def once(sql: Any) -> Any:
        nonlocal rows, kept
        kept += 1
        rows = exp.select("*", exp.alias_(sql, f"kept{kept}", quoted=True)).from_(rows.subquery(f"stage{kept}"))
        return column(f"kept{kept}")

    given = [column(f"c{place}") for place in range(len(TAKEN[name]))]
    made, fails = FUNCTIONS[name]([*given, *map(exp.convert, words)], once)
    asked = exp.select(exp.alias_(made, "made"), exp.alias_(fails or exp.false(), "fails"))
    return text_of(asked.from_(rows.subquery("asked")).order_by(column("n")), dialect)


@pytest.mark.parametrize("name", TAKEN)
def test_each_function_gives_what_the_language_gives(database: Database, name: str) -> None:
    """The same value in each dialect wherever SQL says that it does not fail; where the language fails, SQL says so."""
    random = Random(7)
    rows = [[n, *(_value(random, kind) for kind in TAKEN[name])] for n in range(ROWS)]
    columns = {"n": "bigint"} | {f"c{place}": TYPES[kind] for place, kind in enumerate(TAKEN[name])}
    for words in [[each] for each in ROUNDINGS] if name == "divide" else [[]]:
        sure = 0
        answers = database.ask("taken", columns, rows, _query(database.dialect, name, words))
        for row, (made, fails) in zip(rows, answers, strict=True):
            try:
                expected = functions.FUNCTIONS[name].run(*row[1:], *words)
            except OutOfRangeError:
                assert fails is True
            else:
                assert fails or made == expected, row
                sure += not fails
        assert sure > len(rows) / 10


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_written_is_read_again(dialect: str, name: str) -> None:
    """Each dialect's own parser reads what is written in it, without a part that it does not know."""
    read = sqlglot.parse_one(_query(dialect, name, ["half_even"] * (name == "divide")), dialect=dialect)
    assert not [*read.find_all(exp.Command, exp.Anonymous)]


def test_a_quotient_is_exact_where_division_rounds() -> None:
    """Snowflake's quotients have six digits: what is divided is a multiple."""
    sql = exp.IntDiv(this=column("a"), expression=column("b"))
    assert text_of(sql, "snowflake") == '(("a" - MOD("a", "b")) / "b")'


def test_what_is_nested_is_of_one_dialect() -> None:
    """A part that goes through a list has no form elsewhere, and is named."""
    some = nested.some(column("users"), "each", column("active"))
    assert text_of(some, "duckdb")
    with pytest.raises(NoSqlError) as refused:
        text_of(some, "spark")
    assert str(refused.value.what) == '`LEN(LIST_FILTER("users", LAMBDA "each" : "active"))` has no SQL form'
