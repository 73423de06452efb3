"""Gives DuckDB the rows of a chunk, and writes the query for each type of action in each version once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..program import Program
from .sql_columns import ROW, Columns, Part, are_told_apart, column_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow import Schema, Table

    from ..words import Phrase
    from .deciding import RowDecider

MANY = 20_000
"""From how many rows on writing queries, or starting several processes, is worth it."""
_NUMBER = "file_row_number"
"""What DuckDB calls the number of a row in a Parquet file."""


@dataclass
class Queries:
    """The queries over the columns of a file; `reasons` say of types of action why the engine decides them.

    Of a Parquet `file` DuckDB reads the rows itself.
    """

    columns: Columns
    file: str | None = None
    bills: bool = False
    reasons: dict[str, Phrase] = field(default_factory=dict)
    _parts: dict[tuple[str, str], Part | None] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: RowDecider, schema: Schema, file: str | None, *, bills: bool = False) -> Queries:
        """The queries over a file with these columns, with all that is billed where it is asked for.

        Args:
            file: of a Parquet file, its name.

        Raises:
            NoSqlError: nothing of them can be read by SQL.
        """
        columns = Columns.of(rows, schema)
        return cls(columns, file if are_told_apart([*schema.names, _NUMBER]) else None, bills)

    @property
    def parts(self) -> list[Part]:
        """The types of action in versions that have a query, of those that were asked for so far."""
        return [part for part in self._parts.values() if part is not None]

    def give(self, database: DuckDBPyConnection, chunk: Table, first_row: int | None) -> None:
        """Give DuckDB the rows of a chunk, with their numbers: from the file, which is read faster so, where it can."""
        import pyarrow

        names = self.columns.rows.layout.names
        if self.file is None or first_row is None:
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

    def part(self, program: Program, type_: str) -> Part | None:
        """The query for a type of action in a version; nothing where there is none."""
        from ..sql.terms import NoSqlError

        key = program.version, type_
        if key not in self._parts:
            try:
                part = self._parts[key] = self.columns.part(program, program.actions[type_], bills=self.bills)
                if part.query.left is not None:
                    self.reasons[type_] = part.query.left
            except NoSqlError as error:
                self._parts[key] = None
                self.reasons[type_] = error.what
        return self._parts[key]
