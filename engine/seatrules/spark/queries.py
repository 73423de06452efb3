"""The rules of the types of action that rows may be of, as columns in Spark's SQL beside the rows themselves.

What is computed for one type of action in one version stands in columns of its own, which are nothing in other rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..batch.deciding import RowDecider
from ..batch.layout import TYPE
from ..batch.sql_columns import Columns, Part
from ..sql import nested
from ..sql.functions import number
from ..sql.given import GivenPart
from ..sql.spark import quoted, spark_text
from ..sql.terms import NoSqlError, Sql, all_of, any_of, call, column, compared, negated, one_of
from ..words import Phrase, phrase

if TYPE_CHECKING:
    from pyarrow import Schema
    from pyspark.sql import DataFrame

CAME = "/came"
"""How a row comes out, by SQL; nothing where that is not sure."""
MOST_PARTS = 8
"""For how many types of action in versions there are columns: those of all are there in every row."""
_PART = "/part"


class ActionOfVersion(NamedTuple):
    """A type of action in a version."""

    version: str
    action: str


@dataclass(frozen=True)
class ActionInSql:
    """A type of action in a version, the number of which is its place, in SQL.

    `flat` are the columns that its rules read, in stages, each with its SQL; `came` is how a row comes out.
    """

    way: ActionOfVersion
    applies: str
    flat: Mapping[int, Mapping[str, str]]
    came: str
    left: Phrase | None
    """Why the engine has to decide what is allowed, if it has."""

    @classmethod
    def of(cls, rows: RowDecider, columns: Columns, way: ActionOfVersion, place: int) -> ActionInSql:
        """The columns of a type of action in a version.

        Raises:
            NoSqlError: there are none.
        """
        program = rows.engine.programs[way.version]
        part = columns.part(program, program.actions[way.action])
        names = {flat.name: f"{place}/{flat.name}" for flat in part.query.flat}
        flat: dict[int, dict[str, str]] = {}
        for each in part.query.flat:
            text = f"CASE WHEN `{_PART}` = {place} THEN {spark_text(each.sql, names)} END"
            flat.setdefault(each.stage, {})[names[each.name]] = text
        applies, came = spark_text(columns.condition(program, way.action), {}), _came(rows, part, names, place)
        return cls(way, applies, flat, came, part.query.left)


def _came(rows: RowDecider, part: Part, names: Mapping[str, str], place: int) -> str:
    """How a row comes out, where SQL is sure of that and can say it."""
    query = part.query
    denied = compared("!=", query.failing, number(0))
    unsaid = one_of(query.outcome, [number(each) for each in sorted(query.unsaid)])
    said = negated(denied) if rows.messages else any_of([denied, negated(unsaid)])
    sure = all_of([query.sure, said, *([negated(unsaid)] if rows.messages and query.unsaid else [])])
    bits = {name: spark_text(getattr(query, name), names) for name in ("failing", "warned", "outcome")}
    parts = [f"{place} AS part", *(f"CAST({text} AS BIGINT) AS {name}" for name, text in bits.items())]
    parts.append(f"{spark_text(query.billed, names)} AS billed")
    return f"WHEN `{_PART}` = {place} AND ({spark_text(sure, names)}) THEN struct({', '.join(parts)})"


@dataclass(frozen=True)
class TableQueries:
    """What is written in SQL for the rows of a table; `reasons` say of types of action why the engine decides them."""

    columns: Columns
    written: tuple[ActionInSql, ...]
    reasons: Mapping[str, Phrase]

    @classmethod
    def of(cls, rows: RowDecider, columns: Columns, ways: Sequence[ActionOfVersion]) -> TableQueries:
        """What is written for rows that are of some types of action in versions."""
        written, reasons = list[ActionInSql](), dict[str, Phrase]()
        for way in ways:
            try:
                if len(written) == MOST_PARTS:
                    raise NoSqlError(phrase("no_sql_parts", most=MOST_PARTS))
                written.append(ActionInSql.of(rows, columns, way, len(written)))
                if (left := written[-1].left) is not None:
                    reasons[way.action] = left
            except NoSqlError as error:
                reasons[way.action] = error.what
        return cls(columns, tuple(written), reasons)

    def beside(self, table: DataFrame, places: Mapping[str, str]) -> DataFrame:
        """The table, with how each row comes out as the column `CAME`; `places` name its columns by their names."""
        rows = _with(table, {path: spark_text(sql, places) for path, sql in self.columns.source.items()})
        rows = _with(rows, {_PART: self._part})
        for stage in sorted({stage for each in self.written for stage in each.flat}):
            rows = _with(rows, {name: text for each in self.written for name, text in each.flat.get(stage, {}).items()})
        return _with(rows, {CAME: f"CASE {' '.join(each.came for each in self.written)} END"})

    @property
    def _part(self) -> str:
        """The number of what a row is of; none where a map has a key twice, which the engine refuses."""
        twice = any_of(_repeats(each) for each in (self.columns.state, self.columns.action))
        ways = [f"WHEN {each.applies} THEN {place}" for place, each in enumerate(self.written)]
        return f"CASE WHEN {spark_text(twice, {})} THEN NULL {' '.join(ways)} END"


def columns_of(rows: RowDecider, schema: Schema) -> Columns | None:
    """The columns of a table as SQL reads them; nothing where the engine has to decide all rows."""
    if rows.engine.evaluator != "compiled" or rows.engine.on_decision is not None:
        return None
    try:
        return Columns.of(rows, schema)
    except NoSqlError:
        return None


def known_ways(rows: RowDecider) -> list[ActionOfVersion]:
    """The types of action in versions that rows may be of, where they are of few: by what is one for all rows."""
    of_rows = TYPE in {each.steps for each in rows.layout.columns}
    fixed = None if of_rows else (rows.layout.action or {}).get("type")
    ways = [(program.version, name) for program in rows.programs for name in program.actions]
    known = [ActionOfVersion(version, name) for version, name in ways if of_rows or name == fixed]
    return known if len(known) <= MOST_PARTS else []


def found_ways(
    rows: RowDecider, columns: Columns, table: DataFrame, places: Mapping[str, str]
) -> list[ActionOfVersion]:
    """The types of action in versions that the rows of a table are of: what says it is read."""
    from pyspark.sql import functions as f

    given = _with(table, {path: spark_text(sql, places) for path, sql in columns.source.items()})
    day = f"CAST({spark_text(columns.as_of, {})} AS STRING)"
    typed = given.selectExpr(f"{spark_text(columns.type, {})} AS type", f"{day} AS day").groupBy("type")
    return [
        ActionOfVersion(program.version, found["type"])
        for found in typed.agg(f.min("day").alias("first"), f.max("day").alias("last")).orderBy("type").collect()
        for program in rows.programs
        if found["type"] in program.actions and found["last"] is not None
        if columns.decides_within(program, found["first"], found["last"])
    ]


def _repeats(given: GivenPart) -> Sql:
    """Whether a map in what is given has a key twice."""
    from sqlglot import exp

    if given.is_record:
        return any_of(map(_repeats, given.parts.values()))
    if not (given.is_map or given.is_list):
        return exp.false()
    items, name = (call("map_values", given.value), "entry") if given.is_map else (given.value, "item")
    inner = _repeats(given.of_item(int(given.is_map), column(name)))
    conditions = [] if inner == exp.false() else [nested.some(items, name, inner)]
    if given.is_map:
        keys = call("map_keys", given.value)
        conditions.append(compared("<", nested.how_many(nested.without_repeats(keys)), nested.how_many(keys)))
    return any_of(conditions)


def _with(table: DataFrame, columns: Mapping[str, str]) -> DataFrame:
    return table.selectExpr("*", *(f"{text} AS {quoted(name)}" for name, text in columns.items()))
