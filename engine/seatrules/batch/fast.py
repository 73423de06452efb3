"""Decides the rows of a chunk by SQL in DuckDB; what that is not sure of, the engine decides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..program import Program
from .answers import RowAnswer, answers_table
from .deciding import RowDecider
from .nested import has_repeated
from .sql_columns import ROW, Columns, Part, are_told_apart, column_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Array, Schema, Table

    from ..sql.terms import NoSqlError
    from ..words import Phrase

AT_ONCE = 100_000
"""How many rows DuckDB takes at a time."""
_NUMBER = "file_row_number"
"""What DuckDB calls the number of a row in a Parquet file."""
_CAME = """create temp table came
    (part int, row bigint, failing bigint, warned bigint, outcome bigint, billed text[], sure boolean)"""
_WAYS = """create temp table ways as select row_number() over () - 1 as way, *
    from (select distinct part, failing, warned, outcome, billed from came where sure)"""
_PLACES = """select told.place from given left join came on came.row = given."/row" and came.sure
    left join ways using (part, failing, warned, outcome, billed) left join told using (way) order by given."/row\""""


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
        return cls(rows, Columns.of(rows, schema), file=file if are_told_apart([*schema.names, _NUMBER]) else None)

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
