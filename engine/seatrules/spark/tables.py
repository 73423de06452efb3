"""Decides the rows of a table of Spark, as `seatrules batch` decides those of a file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from ..batch.answers import LISTS, answer_names
from ..batch.deciding import RowDecider
from ..batch.layout import Layout, columns_of
from ..batch.needs import require_needed
from ..batch.reading import require_own_names
from ..diagnostics import echo
from ..engine import Engine, load
from ..errors import SUPPORT, Audience, RequestError, UsageError, known_audience, malformed
from ..extras import require
from ..program import spoken
from ..words import phrase

if TYPE_CHECKING:
    from pyarrow import Schema
    from pyspark.sql import Column, DataFrame

    from ..batch.sql_columns import Columns
    from .queries import TableQueries

ANSWERS = "/answers"
LIBRARIES = ("duckdb", "pandas", "pyarrow", "pyspark", "sqlglot")


def decide(
    table: DataFrame,
    action: Mapping[str, Any] | None = None,
    *,
    engine: Engine | None = None,
    version: str | None = None,
    explain: Literal["denied"] | None = None,
    language: str | None = None,
    audience: Audience = SUPPORT,
    prefix: str = "",
) -> DataFrame:
    """A table with the answer to each of its rows in columns behind its own: those of `seatrules batch`.

    What a row says, and what is answered, is that of a row of a file. Nothing is decided before the rows are asked for;
    each stays in its partition. `error` names no row by a number: those of Spark have none.

    Args:
        table: has the columns of requests; others are only kept.
        action: one for all rows, of which columns may give other arguments.
        engine: the policy with its settings and extensions, as `seatrules.load` gives it; else the default policy.
        version: the version that decides all rows; else the one in force on the `as_of` of each.
        explain: `denied` adds what the reasons of denials say.
        language: of messages and errors; else the policy's first.
        audience: whom messages are for.
        prefix: how the names of the new columns begin.

    Raises:
        RequestError: no row can be decided, for want of a column or for its type.
        UsageError: Spark is not installed, the columns say what the policy does not have, or one is there already.
    """
    require(*LIBRARIES, extra="spark")
    from pyspark.sql import functions as f

    from .queries import TableQueries, known_ways

    engine = load() if engine is None else engine
    messages = explain is not None
    own = {name: f"{prefix}{name}" for name in answer_names(messages=messages)}
    _check_names(table, own.values())
    if action is not None and not isinstance(action, dict):
        raise RequestError([malformed(phrase("action_no_mapping"))])
    programs = [engine.program_for(None, version)] if version else list(engine.programs.values())
    layout = Layout.of(columns_of(table.columns), programs, action)
    language = language and spoken(language, engine.languages)
    decider = RowDecider(engine, layout, version, language, known_audience(audience), messages=messages)
    places = {name: f"c{place}" for place, name in enumerate(table.columns)}
    rows = table.toDF(*places.values())  # names of any kind are no matter then
    read = {name: f.col(places[name]) for name in layout.names}
    schema = schema_of(rows, read)
    require_needed(layout, schema)
    columns = sql_columns(decider, rows, places, schema)
    queries = None if columns is None else TableQueries.of(decider, columns, known_ways(decider))
    answered, _ = answers(decider, rows, places, queries)
    kept = [f.col(place).alias(name) for name, place in places.items()]
    return answered.select(*kept, *(f.col(ANSWERS)[name].alias(new) for name, new in own.items()))


def sql_columns(decider: RowDecider, rows: DataFrame, places: Mapping[str, str], schema: Schema) -> Columns | None:
    """The columns of a table as SQL reads them, by the types that they have in tasks; nothing where it does not.

    Texts that Spark compares in another way than character by character are the engine's.
    """
    from .queries import columns_of

    if any(" collate " in rows.schema[places[name]].dataType.simpleString() for name in decider.layout.names):
        return None
    return columns_of(decider, schema)


def answers(
    decider: RowDecider,
    rows: DataFrame,
    places: Mapping[str, str],
    queries: TableQueries | None,
    number: str | None = None,
) -> tuple[DataFrame, Column]:
    """Rows with their answers as a column of records, `ANSWERS`, and whether SQL gives a row's; else the engine does.

    The engine is not taken for a plain function, so that Spark asks it once for each row.

    Args:
        places: the columns that are read, by their names.
        number: the column with the number of each row, if it has one.
    """
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as f

    from . import tasks
    from .queries import CAME, ActionInSql

    record = f.struct(*(f.col(places[name]).alias(name) for name in decider.layout.names))
    fields = {tasks.NUMBER: f.col(number)} if number else {}
    by_sql, written = f.lit(False), tuple[ActionInSql, ...]()
    if queries is not None and queries.written:
        with suppress(PySparkException):  # it can't tell fields apart, or has no such comparison
            rows, written = queries.beside(rows, places), queries.written
            by_sql, fields[tasks.CAME] = f.col(f"`{CAME}`").isNotNull(), f.col(f"`{CAME}`")
    fields[tasks.ROW] = f.when(~by_sql, record)
    types = {name: "array<string>" if name in LISTS else "string" for name in answer_names(messages=decider.messages)}
    kind = ", ".join(f"{name}: {type_}" for name, type_ in types.items())
    ask = f.arrow_udf(tasks.task(decider, [each.way for each in written]), f"struct<{kind}>").asNondeterministic()
    asked = f.struct(*(column.alias(name) for name, column in fields.items()))
    return rows.withColumn(ANSWERS, ask(asked)), by_sql


def schema_of(rows: DataFrame, read: Mapping[str, Column]) -> Schema:
    """The types of columns, as a task is handed them."""
    return rows.select(*(column.alias(name) for name, column in read.items())).limit(0).toArrow().schema


def _check_names(table: DataFrame, own: Any) -> None:
    """Check that each column has a name of its own, those of the answers too.

    Raises:
        UsageError: two have one.
    """
    require_own_names(table.columns)
    taken = {name.lower(): name for name in table.columns}
    for name in own:
        if name.lower() in taken:
            what = phrase("column_taken", name=echo(taken[name.lower()]))
            raise UsageError("usage", what, suggestion=phrase("give_prefix", option="prefix"))
