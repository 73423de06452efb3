"""Decides the rows of a chunk by SQL in DuckDB; what that is not sure of, the engine decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..json_lines import json_line
from ..language.types import Boolean, Integer, Type, known
from ..program import ActionType, Clause, Program
from ..words import phrase
from .answers import RowAnswer, answers_table
from .deciding import RowDecider
from .layout import TYPE, Steps
from .nested import has_repeated

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Array, Schema, Table
    from sqlglot.expressions import Select

    from ..sql.given import Given
    from ..sql.query import Query
    from ..sql.terms import NoSqlError, Sql
    from ..words import Phrase

AT_ONCE = 100_000
"""How many rows DuckDB takes at a time."""
_NUMBER = "file_row_number"
"""What DuckDB calls the number of a row in a Parquet file."""
ROW = "/row"
"""The number of a row in its chunk."""
_CAME = """create temp table came
    (part int, row bigint, failing bigint, warned bigint, outcome bigint, billed text[], sure boolean)"""
_WAYS = """create temp table ways as select row_number() over () - 1 as way, *
    from (select distinct part, failing, warned, outcome, billed from came where sure)"""
_PLACES = """select told.place from given left join came on came.row = given."/row" and came.sure
    left join ways using (part, failing, warned, outcome, billed) left join told using (way) order by given."/row\""""


class Part(NamedTuple):
    """The rows of one type of action in one version, and their query."""

    program: Program
    action: ActionType
    query: Query
    sql: str

    def answer(self, failing: int, warned: int, outcome: int, billed: list[str | None] | None) -> RowAnswer:
        """What is said of the rows that come out in one way; of what is booked nothing where that is not told."""
        rules = self.action.rules
        if failing:
            codes = tuple(rule.code or "" for place, rule in enumerate(rules) if failing >> place & 1)
            return RowAnswer("deny", codes, None, (), None if billed is None else "[]", self.program.version)
        warnings = tuple(rule.code or "" for place, rule in enumerate(rules) if warned >> place & 1)
        tells = billed is not None and self.program.policy.booking_day is not None
        applying = self.action.outcomes[outcome] if outcome >= 0 else None
        bookings = self._bookings(applying, iter(billed or ())) if tells else None
        return RowAnswer("allow", (), applying and applying.code, warnings, bookings, self.program.version)

    def _bookings(self, outcome: Clause | None, billed: Iterator[str | None]) -> str:
        """What is booked, as JSON, from what SQL says of each entry."""
        from ..sql.query import booking as entries_booking

        booked = []
        for bill in () if outcome is None else entries_booking(self.program, outcome):
            is_booked = next(billed) == "true"
            entry = {key: _value(next(billed), known(expr.type)) for key, expr in bill.values.items()}
            booked += [entry] if is_booked else []
        return json_line(booked)


def _value(text: str | None, kind: Type) -> Any:
    """A value that SQL gives as a text."""
    if text is None:
        return None
    if isinstance(kind, Boolean):
        return text == "true"
    return int(text) if isinstance(kind, Integer) else text


@dataclass
class SqlDecider:
    """Decides by SQL the types of action that have an SQL form, and every other row by the engine.

    `by_sql` counts the rows that SQL decided, and `left` those that the engine did; `reasons` say of types of action
    why it decides them, or those that are allowed. Of a Parquet `file` DuckDB reads the rows itself.
    """

    rows: RowDecider
    columns: Columns
    by_sql: int = 0
    left: int = 0
    reasons: dict[str, Phrase] = field(default_factory=dict)
    file: str | None = None
    _parts: dict[tuple[str, str], Part | NoSqlError] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: RowDecider, schema: Schema, file: str | None = None) -> SqlDecider:
        """What decides the rows of a file with these columns; of a Parquet file, its name.

        Raises:
            NoSqlError: nothing of them can be read by SQL.
        """
        return cls(rows, Columns.of(rows, schema), file=file if _are_told_apart([*schema.names, _NUMBER]) else None)

    @property
    def rows_at_once(self) -> int:
        return AT_ONCE

    @property
    def parts(self) -> list[Part]:
        """The types of action in versions that were decided by SQL so far."""
        return [part for part in self._parts.values() if isinstance(part, Part)]

    def decide(self, chunk: Table, first_row: int) -> Table:
        import duckdb

        if any(has_repeated(chunk.column(each)) for each in self.rows.layout.names):
            self.left += len(chunk)
            return self.rows.decide(chunk, first_row)
        try:
            with duckdb.connect() as database:
                answers, places = self._answered(database, chunk, first_row)
        except duckdb.OperationalError:  # it can't read the file, or its memory or disk does not reach
            self.left += len(chunk)
            return self.rows.decide(chunk, first_row)
        return self._whole(chunk, first_row, places, answers)

    def _answered(self, database: DuckDBPyConnection, chunk: Table, first_row: int) -> tuple[list[RowAnswer], Array]:
        """What SQL answers to the rows of a chunk; see `_told`."""
        import duckdb

        self._give(database, chunk, first_row)
        database.execute(_CAME)
        parts = list[Part]()
        for program, type_ in self.columns.found(database):
            part = self._part(program, type_)
            if isinstance(part, Part):
                # What of one row can't be computed, though no check says so: all of them are the engine's then.
                with suppress(duckdb.DataError):
                    database.execute(f"insert into came select {len(parts)}, * from ({part.sql})")
                parts.append(part)
        return self._told(database, parts)

    def _give(self, database: DuckDBPyConnection, chunk: Table, first_row: int) -> None:
        """Give DuckDB the rows of a chunk, with their numbers: from the file, which is read faster so, where it can."""
        import pyarrow

        names = self.rows.layout.names
        if self.file is None:
            numbers = pyarrow.array(range(len(chunk)), pyarrow.int64())
            database.register("given", chunk.select(names).append_column(ROW, numbers))
            return
        from sqlglot.expressions import Literal

        before, last = first_row - 1, first_row + len(chunk) - 2
        name, read = Literal.string(self.file).sql("duckdb"), ", ".join(column_of(each).sql("duckdb") for each in names)
        database.execute(
            f'create temp view given as select {read}, {_NUMBER} - {before} as "{ROW}" '
            f"from read_parquet({name}, {_NUMBER} = true) where {_NUMBER} between {before} and {last}"
        )

    def _told(self, database: DuckDBPyConnection, parts: Sequence[Part]) -> tuple[list[RowAnswer], Array]:
        """An answer for each way in which rows come out, and the place of each row's among them; of some rows, none."""
        import pyarrow

        answers, ways, places = list[RowAnswer](), list[int](), list[int]()
        database.execute(_WAYS)
        for way, part, *said in database.execute("from ways").fetchall():
            answer = self._said(parts[part], *said)
            if answer is not None:
                ways.append(way)
                places.append(len(answers))
                answers.append(answer)
        columns = [pyarrow.array(each, pyarrow.int64()) for each in (ways, places)]
        database.register("told", pyarrow.table(columns, ["way", "place"]))
        return answers, database.sql(_PLACES).to_arrow_table().column("place").combine_chunks()

    def _whole(self, chunk: Table, first_row: int, places: Array, answers: list[RowAnswer]) -> Table:
        """All answers in the order of the rows, with those of the engine."""
        import pyarrow
        from pyarrow import compute

        left = compute.indices_nonzero(compute.is_null(places))
        self.by_sql += len(chunk) - len(left)
        self.left += len(left)
        rest = self.rows.answers(chunk, first_row, left.to_pylist()) if len(left) else []
        ends = pyarrow.array(range(len(answers), len(answers) + len(left)), pyarrow.int64())
        every = answers_table([*answers, *rest], messages=self.rows.messages)
        return every.take(compute.replace_with_mask(places, compute.is_null(places), ends))

    def _said(self, part: Part, failing: int, warned: int, outcome: int, billed: list[str | None]) -> RowAnswer | None:
        """What is said of rows that come out in one way; nothing where the engine has to say it."""
        if self.rows.messages if failing else outcome in part.query.unsaid:
            return None
        return part.answer(failing, warned, outcome, billed if self.rows.tells_bookings else None)

    def _part(self, program: Program, type_: str) -> Part | NoSqlError:
        """The query for a type of action in a version, or why there is none."""
        from ..sql.terms import NoSqlError

        key = program.version, type_
        if key not in self._parts:
            try:
                part = self._parts[key] = self.columns.part(program, program.actions[type_])
                if part.query.left is not None:
                    self.reasons[type_] = part.query.left
            except NoSqlError as error:
                self._parts[key] = error
                self.reasons[type_] = error.what
        return self._parts[key]


class Columns(NamedTuple):
    """The columns of a file as SQL reads them."""

    rows: RowDecider
    state: Given
    action: Given
    source: Mapping[str, Sql]

    @classmethod
    def of(cls, rows: RowDecider, schema: Schema) -> Columns:
        """The columns that say requests.

        Raises:
            NoSqlError: they are lines of JSON, or two columns say one thing.
        """
        from ..language.types import Date, Text
        from ..sql.given import Given
        from ..sql.terms import NoSqlError, column
        from ..sql.values import read

        layout = rows.layout
        is_nested = layout.as_lines or any(each.cells for each in layout.columns)
        if is_nested or not _are_told_apart(layout.names):
            raise NoSqlError(phrase("no_sql_columns"))
        types = _types(schema, layout.names)
        constants: dict[Steps, Given] = {
            ("action", name): _constant(value) for name, value in (layout.action or {}).items()
        }
        source: dict[str, Sql] = {}
        tree: dict[str, Any] = {}
        for name, steps, _ in layout.columns:
            path = "/" + "/".join(steps)
            given = Given.column(path, types[name])
            source[path] = _or_constant(_cell(column(name), given), given, constants.pop(steps, None))
            _put(tree, steps, Given(given.sql, given.type, cell=len(steps) > 1))
        for steps, given in constants.items():
            _put(tree, steps, given)
        whole = _grouped(tree)
        state, action = whole.group["state"], whole.group["action"]
        if "as_of" not in state.parts or TYPE[1] not in action.parts:
            raise NoSqlError(phrase("no_sql_columns"))
        for part, kind in ((state.parts["as_of"], Date()), (action.parts[TYPE[1]], Text())):
            read(part, kind)
        return cls(rows, state, action, source)

    def part(self, program: Program, action: ActionType) -> Part:
        """The query for a type of action in a version.

        Raises:
            NoSqlError: there is none.
        """
        from ..sql.query import written
        from ..sql.terms import NoSqlError

        layout = self.rows.layout
        if not all(layout.is_read_alike(each, program, action.name) for each in layout.columns):
            raise NoSqlError(phrase("no_sql_columns"))
        arguments = {name: given for name, given in self.action.parts.items() if name != TYPE[1]}
        query = written(program, action, self.state, arguments)
        sql = query.over(self._rows_of(program, action.name), {ROW: column_of(ROW)}).sql("duckdb")
        return Part(program, action, query, sql)

    def found(self, database: DuckDBPyConnection) -> list[tuple[Program, str]]:
        """The versions and types of action that rows may have; other rows are the engine's."""
        from sqlglot import exp

        asked = exp.select(self._type, exp.cast(self._as_of, "text")).distinct().from_(self._given())
        rows = [row for row in database.execute(asked.sql("duckdb")).fetchall() if None not in row]
        return [
            (program, type_)
            for program in self.rows.layout.programs
            for type_ in dict.fromkeys(type_ for type_, day in rows if self._decides(program, day))
            if type_ in program.actions
        ]

    def _decides(self, program: Program, day: str) -> bool:
        first, next_ = self._days_of(program)
        return (first is None or first <= day) and (next_ is None or day < next_)

    @property
    def _as_of(self) -> Sql:
        from ..language.types import Date
        from ..sql.values import read, single

        return single(read(self.state.parts["as_of"], Date()))

    @property
    def _type(self) -> Sql:
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

        from ..language.types import Date
        from ..sql.terms import all_of, compared, literal

        conditions = [compared("==", self._type, exp.Literal.string(type_))]
        for day, op in zip(self._days_of(program), (">=", "<"), strict=True):
            if day is not None:
                conditions.append(compared(op, self._as_of, literal(day, Date())))
        return exp.select("*").from_(self._given()).where(all_of(conditions))

    def _days_of(self, program: Program) -> tuple[str | None, str | None]:
        """The day from which a version decides, and the one from which the next does."""
        if self.rows.version is not None:
            return None, None
        days = sorted(each.effective_from for each in self.rows.layout.programs)
        return program.effective_from, next((day for day in days if day > program.effective_from), None)


def _are_told_apart(names: Sequence[str]) -> bool:
    """Whether DuckDB tells columns apart: it takes large and small letters for the same."""
    return len({name.lower() for name in names}) == len(names)


def column_of(name: str) -> Sql:
    from ..sql.terms import column

    return column(name)


def _cell(sql: Sql, given: Given) -> Sql:
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


def _or_constant(sql: Sql, given: Given, constant: Given | None) -> Sql:
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


def _put(tree: dict[str, Any], steps: Steps, given: Given) -> None:
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


def _grouped(tree: Mapping[str, Any]) -> Given:
    from ..sql.given import Given

    return Given(group={name: _grouped(each) if isinstance(each, dict) else each for name, each in tree.items()})


def _constant(value: Any) -> Given:
    """An argument that is the same in every row.

    Raises:
        NoSqlError: it is no value without parts, nor a list of texts.
    """
    from sqlglot import exp

    from ..sql.given import Given, duckdb_type
    from ..sql.terms import NoSqlError

    types = {str: "varchar", bool: "boolean", int: "bigint"}
    if type(value) in types:
        return Given(exp.convert(value), duckdb_type(types[type(value)]))
    if isinstance(value, list) and all(type(each) is str for each in value):
        kind = duckdb_type("varchar[]")
        return Given(exp.cast(exp.array(*(exp.Literal.string(each) for each in value)), kind), kind)
    raise NoSqlError(phrase("no_sql_columns"))
