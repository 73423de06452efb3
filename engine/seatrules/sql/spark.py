"""SQL over nested columns as Spark writes it: one table, from DuckDB's functions on maps and lists to Spark's.

What can't be computed is nothing there and makes no query fail, whatever Spark is set to: so the row is not sure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel
from sqlglot.generator import Generator

from .dialects import OURS, Written
from .terms import Sql, no_sql

_Form = Callable[..., str]
"""Writes a function from the texts of its arguments."""
FORMS: Mapping[str, _Form] = {
    "cardinality": "array_size(map_keys({}))".format,
    "len": "array_size({})".format,
    "list_concat": "concat({}, {})".format,
    "list_contains": "array_contains({}, {})".format,
    "list_distinct": "array_distinct({})".format,
    "list_extract": "get({}, try_cast({} AS INT) - 1)".format,
    "list_filter": "filter({}, {})".format,
    "list_max": "array_max({})".format,
    "list_min": "array_min({})".format,
    "list_position": "array_position({}, {})".format,
    "list_sort": (
        "array_sort({}, (one, other) -> "
        "CASE WHEN one.key < other.key THEN -1 WHEN one.key > other.key THEN 1 ELSE 0 END)"
    ).format,
    "list_sum": (
        "aggregate({}, CAST(0 AS DECIMAL(38, 0)), (total, each) -> "
        "CAST(try_add(total, CAST(each AS DECIMAL(38, 0))) AS DECIMAL(38, 0)))"
    ).format,
    "list_transform": "transform({}, {})".format,
    "map_contains": "map_contains_key({}, {})".format,
    "map_entries": "map_entries({})".format,
    "map_keys": "map_keys({})".format,
    "map_values": "map_values({})".format,
    "struct_extract": lambda record, name: f"{record}.{name[1:-1]}",
}
"""DuckDB's functions, by their names; entries of maps are sorted by their keys."""


def _function(writer: Generator, sql: Sql) -> str:
    if sql.name not in FORMS:
        raise no_sql(sql.name)
    return FORMS[sql.name](*(writer.sql(each) for each in sql.expressions))


def _trying(name: str) -> Written:
    """A calculation that gives nothing where its result is too large."""
    return lambda writer, sql: writer.func(name, sql.this, sql.expression)


def _try_cast(writer: Generator, sql: Sql) -> str:
    return f"TRY_CAST({writer.sql(sql, 'this')} AS {writer.sql(sql, 'to')})"


def _day_added(writer: Generator, sql: Sql) -> str:
    name = "ADD_MONTHS" if sql.args["unit"].name == "MONTH" else "DATE_ADD"
    return writer.func(name, sql.this, exp.TryCast(this=sql.expression, to=exp.DataType.build("int")))


_NESTED: Mapping[type[Sql], Written] = {
    exp.Add: _trying("try_add"),
    exp.Anonymous: _function,
    exp.Bracket: lambda writer, sql: writer.func("try_element_at", sql.this, *sql.expressions),
    exp.Cast: _try_cast,
    exp.DateAdd: _day_added,
    exp.Div: _trying("try_divide"),
    exp.Mul: _trying("try_multiply"),
    exp.Sub: _trying("try_subtract"),
    exp.TryCast: _try_cast,
}


def quoted(name: str) -> str:
    """A name as Spark's SQL has it, whatever stands in it."""
    return f"`{name.replace('`', '``')}`"


class _Spark(Dialect.get_or_raise("spark").generator_class):  # type: ignore[misc]
    """Writes for Spark, with other names for some columns."""

    TRANSFORMS = {  # noqa: RUF012
        **Dialect.get_or_raise("spark").generator_class.TRANSFORMS,
        **OURS["spark"],
        **_NESTED,
        exp.Column: lambda writer, sql: quoted(writer.names.get(sql.name, sql.name)),
    }
    names: Mapping[str, str] = MappingProxyType({})


def spark_text(sql: Sql, names: Mapping[str, str]) -> str:
    """SQL over nested columns as Spark writes it, with other names for some columns.

    Raises:
        NoSqlError: a part of it has no form there.
    """
    writer = _Spark(dialect="spark", unsupported_level=ErrorLevel.RAISE, comments=False)
    writer.names = names
    text: str = writer.generate(sql)
    return text
