"""Decides the rows of a chunk by SQL in DuckDB; what that is not sure of, the engine decides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .answers import RowAnswer, answers_table
from .deciding import RowDecider
from .nested import has_repeated
from .queries import Queries
from .sql_columns import Part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Array, Schema, Table

AT_ONCE = 100_000
"""How many rows DuckDB takes at a time."""
_CAME = """create temp table came
    (part int, row bigint, failing bigint, warned bigint, outcome bigint, billed text[], sure boolean)"""
_WAYS = """create temp table ways as select row_number() over () - 1 as way, *
    from (select distinct part, failing, warned, outcome, billed from came where sure)"""
_PLACES = """select told.place from given left join came on came.row = given."/row" and came.sure
    left join ways using (part, failing, warned, outcome, billed) left join told using (way) order by given."/row\""""


@dataclass
class SqlDecider:
    """Decides by SQL the types of action that have an SQL form, and every other row by the engine.

    `by_sql` counts the rows that SQL decided, and `left` those that the engine did.
    """

    rows: RowDecider
    queries: Queries
    by_sql: int = 0
    left: int = 0

    @classmethod
    def of(cls, rows: RowDecider, schema: Schema, file: str | None = None) -> SqlDecider:
        """What decides the rows of a file with these columns; of a Parquet file, its name.

        Raises:
            NoSqlError: nothing of them can be read by SQL.
        """
        return cls(rows, Queries.of(rows, schema, file))

    @property
    def rows_at_once(self) -> int:
        return AT_ONCE

    def decide(self, chunk: Table, first_row: int | None) -> Table:
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

    def _answered(
        self, database: DuckDBPyConnection, chunk: Table, first_row: int | None
    ) -> tuple[list[RowAnswer], Array]:
        """What SQL answers to the rows of a chunk; see `_told`."""
        import duckdb

        self.queries.give(database, chunk, first_row)
        database.execute(_CAME)
        parts = list[Part]()
        for program, type_ in self.queries.columns.found(database):
            part = self.queries.part(program, type_)
            if part is not None:
                # What of one row can't be computed, though no check says so: all of them are the engine's then.
                with suppress(duckdb.DataError):
                    database.execute(f"insert into came select {len(parts)}, * from ({part.sql})")
                parts.append(part)
        return self._told(database, parts)

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

    def _whole(self, chunk: Table, first_row: int | None, places: Array, answers: list[RowAnswer]) -> Table:
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
