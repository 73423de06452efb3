"""Decides the rows of a table of Spark, as `seatrules batch` decides those of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from ..batch.answers import LISTS, answer_names
from ..batch.deciding import RowDecider
from ..batch.layout import Layout, columns_of
from ..batch.needs import require_needed
from ..batch.reading import require_libraries, require_own_names
from ..diagnostics import echo
from ..engine import Engine, load
from ..errors import SUPPORT, Audience, RequestError, UsageError, known_audience, malformed
from ..program import spoken
from ..words import phrase

if TYPE_CHECKING:
    from pyarrow import Schema
    from pyspark.sql import Column, DataFrame

LIBRARIES = ("pandas", "pyarrow", "pyspark")


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
    require_libraries(*LIBRARIES, extra="spark")
    from pyspark.sql import functions as f

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
    require_needed(layout, schema_of(rows, read))
    answered = rows.withColumn("answers", answers(decider, read))
    kept = [f.col(place).alias(name) for name, place in places.items()]
    return answered.select(*kept, *(f.col("answers")[name].alias(new) for name, new in own.items()))


def answers(decider: RowDecider, read: Mapping[str, Column]) -> Column:
    """The answers to rows as a column of records, from the columns that are read, by their names.

    It is not taken for a plain function, so that Spark asks it once for each row.
    """
    from pyspark.sql import functions as f

    from .tasks import task

    types = {name: "array<string>" if name in LISTS else "string" for name in answer_names(messages=decider.messages)}
    kind = ", ".join(f"{name}: {type_}" for name, type_ in types.items())
    record = f.struct(*(column.alias(name) for name, column in read.items()))
    return f.arrow_udf(task(decider), f"struct<{kind}>").asNondeterministic()(record)


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
