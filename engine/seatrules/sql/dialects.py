"""SQL over flat columns as each database writes it: sqlglot's own writers, and what is ours beside them, by name.

What is read of nested values has no place here: it is written as DuckDB has it, and for Spark by `spark.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel
from sqlglot.generator import Generator

from .terms import Sql, no_sql

EXECUTED = ("duckdb", "postgres", "spark")
"""The dialects whose SQL is run in the tests, against the engine."""
PARSED = ("bigquery", "snowflake")
"""The dialects whose SQL is parsed in the tests, and not run."""
DIALECTS = (*EXECUTED, *PARSED)
INLINING = frozenset({"postgres"})
"""The dialects of databases that write a query into each place of another one that reads a column of it."""
NESTED = (exp.Anonymous, exp.Array, exp.Bracket, exp.Dot, exp.Lambda, exp.Struct)
"""What has a form in DuckDB alone here."""
Written = Callable[[Generator, Sql], str]


def _added_as_int(writer: Generator, sql: Sql) -> str:
    """Spark: what is added to a date is a number of 32 bits."""
    name = "ADD_MONTHS" if sql.args["unit"].name == "MONTH" else "DATE_ADD"
    return writer.func(name, sql.this, exp.cast(sql.expression, "int"))


def _divided_exactly(writer: Generator, sql: Sql) -> str:
    """Snowflake: a quotient is rounded to six digits, so what is divided has to be a multiple."""
    size, by = writer.sql(sql, "this"), writer.sql(sql, "expression")
    return f"(({size} - MOD({size}, {by})) / {by})"


def _as_it_is(writer: Generator, sql: Sql) -> str:
    """Others than PostgreSQL: texts are compared byte for byte where nothing else is said."""
    return writer.sql(sql, "this")


OURS: Mapping[str, Mapping[type[Sql], Written]] = {
    "bigquery": {exp.Collate: _as_it_is},
    "duckdb": {exp.Collate: _as_it_is},
    "postgres": {},
    "snowflake": {exp.Collate: _as_it_is, exp.IntDiv: _divided_exactly},
    "spark": {exp.Collate: _as_it_is, exp.DateAdd: _added_as_int},
}
"""What is written in another way than sqlglot does."""


def require_common(sql: Sql) -> None:
    """Make sure that SQL has no part that has a form in DuckDB alone.

    Raises:
        NoSqlError: it has one.
    """
    if (part := sql.find(*NESTED)) is not None:
        raise no_sql(part.sql("duckdb"))


def text_of(sql: Sql, dialect: str, *, pretty: bool = False) -> str:
    """SQL over flat columns as a database writes it.

    Raises:
        NoSqlError: a part of it has a form in DuckDB alone.
    """
    if dialect != "duckdb":
        require_common(sql)
    base = Dialect.get_or_raise(dialect).generator_class
    ours = type(base.__name__, (base,), {"TRANSFORMS": {**base.TRANSFORMS, **OURS[dialect]}})
    text: str = ours(dialect=dialect, pretty=pretty, unsupported_level=ErrorLevel.RAISE, comments=False).generate(sql)
    return text
