"""The columns of a file as SQL reads them, and the queries over them for each type of action in each version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..json_lines import json_line
from ..language.types import Boolean, Integer, Type, known
from ..program import ActionType, Clause, Program
from ..words import phrase
from .answers import RowAnswer
from .deciding import RowDecider
from .layout import TYPE, Steps

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Schema
    from sqlglot.expressions import Select

    from ..sql.given import GivenPart
    from ..sql.query import Query
    from ..sql.terms import Sql

ROW = "/row"
"""The number of a row in its chunk."""


@dataclass(frozen=True)
class SqlMeaning:
    """What the numbers say that SQL gives for one type of action in one version."""

    program: Program
    action: ActionType

    def answer(self, failing: int, warned: int, outcome: int, billed: list[str | None] | None) -> RowAnswer:
        """What is said of the rows that come out in one way; of what is booked nothing where that is not told."""
        if failing:
            codes = tuple(rule.code or "" for rule in self.rules(failing))
            return RowAnswer("deny", codes, None, (), None if billed is None else "[]", self.program.version)
        warnings = tuple(rule.code or "" for rule in self.rules(warned))
        tells = billed is not None and self.program.policy.booking_day is not None
        applying = self.outcome(outcome)
        bookings = self._bookings(applying, iter(billed or ())) if tells else None
        return RowAnswer("allow", (), applying and applying.code, warnings, bookings, self.program.version)

    def rules(self, bits: int) -> list[Clause]:
        """The rules whose bits are set."""
        return [rule for place, rule in enumerate(self.action.rules) if bits >> place & 1]

    def outcome(self, place: int) -> Clause | None:
        """The outcome at a place, if there is one."""
        return self.action.outcomes[place] if place >= 0 else None

    def _bookings(self, outcome: Clause | None, billed: Iterator[str | None]) -> str:
        """What is booked, as JSON, from what SQL says of each entry."""
        from ..sql.query import booking as entries_booking

        booked = []
        for bill in () if outcome is None else entries_booking(self.program, outcome):
            is_booked = next(billed) == "true"
            entry = {key: _value(next(billed), known(expr.type)) for key, expr in bill.values.items()}
            booked += [entry] if is_booked else []
        return json_line(booked)


@dataclass(frozen=True)
class Part(SqlMeaning):
    """The rows of one type of action in one version, and their query."""

    query: Query
    sql: str


def _value(text: str | None, kind: Type) -> Any:
    """A value that SQL gives as a text."""
    if text is None:
        return None
    if isinstance(kind, Boolean):
        return text == "true"
    return int(text) if isinstance(kind, Integer) else text


class Columns(NamedTuple):
    """The columns of a file as SQL reads them."""

    rows: RowDecider
    state: GivenPart
    action: GivenPart
    source: Mapping[str, Sql]

    @classmethod
    def of(cls, rows: RowDecider, schema: Schema) -> Columns:
        """The columns that say requests.

        Raises:
            NoSqlError: they are lines of JSON, or two columns say one thing.
        """
        from ..language.types import Date, Text
        from ..sql.given import GivenPart
        from ..sql.terms import NoSqlError, column
        from ..sql.values import read

        layout = rows.layout
        is_nested = layout.as_lines or any(each.cells for each in layout.columns)
        if is_nested or not are_told_apart(layout.names):
            raise NoSqlError(phrase("no_sql_columns"))
        types = _types(schema, layout.names)
        constants: dict[Steps, GivenPart] = {
            ("action", name): _constant(value) for name, value in (layout.action or {}).items()
        }
        source: dict[str, Sql] = {}
        tree: dict[str, Any] = {}
        for name, steps, _ in layout.columns:
            path = "/" + "/".join(steps)
            given = GivenPart.column(path, types[name])
            source[path] = _or_constant(_cell(column(name), given), given, constants.pop(steps, None))
            _put(tree, steps, GivenPart(given.sql, given.type, cell=len(steps) > 1))
        for steps, given in constants.items():
            _put(tree, steps, given)
        whole = _grouped(tree)
        state, action = whole.group["state"], whole.group["action"]
        if "as_of" not in state.parts or TYPE[1] not in action.parts:
            raise NoSqlError(phrase("no_sql_columns"))
        for part, kind in ((state.parts["as_of"], Date()), (action.parts[TYPE[1]], Text())):
            read(part, kind)
        return cls(rows, state, action, source)

    def part(self, program: Program, action: ActionType, *, bills: bool = False) -> Part:
        """The query for a type of action in a version, with all that is billed, where `bills` are asked for.

        Raises:
            NoSqlError: there is none.
        """
        from ..sql.query import written
        from ..sql.terms import NoSqlError

        layout = self.rows.layout
        if not all(layout.is_read_alike(each, program, action.name) for each in layout.columns):
            raise NoSqlError(phrase("no_sql_columns"))
        arguments = {name: given for name, given in self.action.parts.items() if name != TYPE[1]}
        query = written(program, action, self.state, arguments, bills=bills)
        sql = query.over(self._rows_of(program, action.name), {ROW: column_of(ROW)}).sql("duckdb")
        return Part(program, action, query, sql)

    def announcing(self, part: Part) -> str:
        """The query of a part, with whether a rule that is yet to come into force may be announced, as `ahead`.

        What is billed is among its columns as `bills`.
        """
        from sqlglot import exp

        from ..language.types import Date
        from ..sql.terms import compared, literal

        days = [rule.effective_from for rule in part.action.rules if rule.effective_from is not None]
        ahead = compared("<", self.as_of, literal(max(days), Date())) if days else exp.false()
        rows = self._rows_of(part.program, part.action.name)
        assert part.query.bills is not None
        return part.query.over(rows, {ROW: column_of(ROW), "ahead": ahead, "bills": part.query.bills}).sql("duckdb")

    def found(self, database: DuckDBPyConnection) -> list[tuple[Program, str]]:
        """The versions and types of action that rows may have; other rows are the engine's."""
        from sqlglot import exp

        asked = exp.select(self.type, exp.cast(self.as_of, "text")).distinct().from_(self._given())
        rows = [row for row in database.execute(asked.sql("duckdb")).fetchall() if None not in row]
        return [
            (program, type_)
            for program in self.rows.programs
            for type_ in dict.fromkeys(type_ for type_, day in rows if self.decides_within(program, day, day))
            if type_ in program.actions
        ]

    def decides_within(self, program: Program, earliest: str, latest: str) -> bool:
        """Whether a version decides on a day of some."""
        first, next_ = self._days_of(program)
        return (first is None or first <= latest) and (next_ is None or earliest < next_)

    @property
    def as_of(self) -> Sql:
        """The day that a row is of."""
        from ..language.types import Date
        from ..sql.values import read, single

        return single(read(self.state.parts["as_of"], Date()))

    @property
    def type(self) -> Sql:
        """The type of action that a row is of."""
        from ..language.types import Text
        from ..sql.values import read, single

        return single(read(self.action.parts[TYPE[1]], Text()))

    def _given(self) -> Any:
        from sqlglot import exp

        selected = [exp.alias_(sql, path, quoted=True) for path, sql in self.source.items()]
        return exp.select(column_of(ROW), *selected).from_("given").subquery("rows")

    def _rows_of(self, program: Program, type_: str) -> Select:
        """The rows with a type of action on the days on which a version is in force."""
        from sqlglot import exp

        return exp.select("*").from_(self._given()).where(self.condition(program, type_))

    def condition(self, program: Program, type_: str) -> Sql:
        """Whether a row has a type of action and a day on which a version is in force."""
        from sqlglot import exp

        from ..language.types import Date
        from ..sql.terms import all_of, compared, literal

        conditions = [compared("==", self.type, exp.Literal.string(type_))]
        for day, op in zip(self._days_of(program), (">=", "<"), strict=True):
            if day is not None:
                conditions.append(compared(op, self.as_of, literal(day, Date())))
        return all_of(conditions)

    def _days_of(self, program: Program) -> tuple[str | None, str | None]:
        """The day from which a version decides, and the one from which the next does."""
        if self.rows.version is not None:
            return None, None
        days = sorted(each.effective_from for each in self.rows.programs)
        return program.effective_from, next((day for day in days if day > program.effective_from), None)


def are_told_apart(names: Sequence[str]) -> bool:
    """Whether DuckDB tells columns apart: it takes large and small letters for the same."""
    return len({name.lower() for name in names}) == len(names)


def column_of(name: str) -> Sql:
    """A column by its name."""
    from ..sql.terms import column

    return column(name)


def _cell(sql: Sql, given: GivenPart) -> Sql:
    """What a column says: a text without characters says nothing."""
    from sqlglot import exp

    return exp.Nullif(this=sql, expression=exp.Literal.string("")) if given.is_text else sql


def _types(schema: Schema, names: Sequence[str]) -> dict[str, str]:
    """The types of columns as DuckDB writes them.

    Raises:
        NoSqlError: it does not know one.
    """
    import duckdb

    from ..sql.terms import NoSqlError

    with duckdb.connect() as database:
        try:
            database.register("given", schema.empty_table().select(names))
            return {name: kind for name, kind, *_ in database.execute("describe given").fetchall()}
        except duckdb.Error:
            raise NoSqlError(phrase("no_sql_columns")) from None


def _or_constant(sql: Sql, given: GivenPart, constant: GivenPart | None) -> Sql:
    """What a column says of an argument, or where that is nothing, what the action that is one for all rows says.

    Raises:
        NoSqlError: the two are not of one kind.
    """
    from sqlglot import exp

    from ..sql.terms import NoSqlError

    if constant is None:
        return sql
    if given.is_text != constant.is_text or given.is_whole_number != constant.is_whole_number or constant.is_list:
        raise NoSqlError(phrase("no_sql_columns"))
    return exp.Coalesce(this=sql, expressions=[constant.value])


def _put(tree: dict[str, Any], steps: Steps, given: GivenPart) -> None:
    """Put what is given at its place.

    Raises:
        NoSqlError: it is within what another column gives.
    """
    from ..sql.terms import NoSqlError

    for step in steps[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise NoSqlError(phrase("no_sql_columns"))
    tree[steps[-1]] = given


def _grouped(tree: Mapping[str, Any]) -> GivenPart:
    from ..sql.given import GivenPart

    return GivenPart(group={name: _grouped(each) if isinstance(each, dict) else each for name, each in tree.items()})


def _constant(value: Any) -> GivenPart:
    """An argument that is the same in every row.

    Raises:
        NoSqlError: it is no value without parts, nor a list of texts.
    """
    from sqlglot import exp

    from ..sql.given import GivenPart, duckdb_type
    from ..sql.terms import NoSqlError

    types = {str: "varchar", bool: "boolean", int: "bigint"}
    if type(value) in types:
        return GivenPart(exp.convert(value), duckdb_type(types[type(value)]))
    if isinstance(value, list) and all(type(each) is str for each in value):
        kind = duckdb_type("varchar[]")
        return GivenPart(exp.cast(exp.array(*(exp.Literal.string(each) for each in value)), kind), kind)
    raise NoSqlError(phrase("no_sql_columns"))
