"""A table of accounts with tables beside it as one file of rows: what an account has in each is gathered by DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from ..diagnostics import echo
from ..errors import FileError, UsageError
from ..files import trouble
from ..language.text import pointer
from ..program import Program
from ..words import phrase
from .csv_rows import Csv
from .deciding import Chunk
from .input import Input
from .layout import Column
from .mapping import Mapped, MappedTable
from .reading import form_of, opened

if TYPE_CHECKING:
    from pyarrow import Schema

_AT_ONCE = 50_000
"""How many rows of a table are handed to DuckDB at a time."""
_MEMORY = "1GB"
"""How much it takes before it puts something aside on the disk."""
_SCRATCH = ".written-gathered"


class Gathered:
    """The rows of the accounts, each with the maps and lists that the other tables make for it.

    What the other tables hold is sorted by account into a file beside the output, once, and then read with the
    accounts; neither has to fit into memory.
    """

    as_lines = False

    def __init__(self, mapped: Mapped) -> None:
        self.mapped, self.where = mapped, mapped.accounts
        self.accounts = _table(mapped.accounts)
        self.tables = [(table, _table(table.file)) for table in mapped.tables]
        mapped.check_columns(self.accounts.names, ((table, source.names) for table, source in self.tables))
        self._scratch = Path()

    @property
    def files(self) -> list[str]:
        return [self.mapped.where, self.where, *(table.file for table, _ in self.tables)]

    @property
    def names(self) -> tuple[str, ...]:
        return self.accounts.names

    def check(self, programs: Iterable[Program]) -> None:
        self.mapped.check(programs)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns with what they say; those that are gathered have the names of their places."""
        gathered = (
            Column(pointer(table.steps), table.steps, cells=isinstance(source, Csv)) for table, source in self.tables
        )
        return (*self.mapped.columns, *gathered)

    def has_one_of(self, names: Any) -> str | None:
        return self.accounts.has_one_of(names)

    @cached_property
    def schema(self) -> Schema:
        import pyarrow

        schema = self.accounts.schema
        for table, source in self.tables:
            entry = pyarrow.struct([(field, source.schema.field(name).type) for field, name in table.columns.items()])
            kind = pyarrow.map_(pyarrow.string(), entry) if table.key else pyarrow.list_(entry)
            schema = schema.append(pyarrow.field(pointer(table.steps), kind))
        return schema

    @cached_property
    def rows(self) -> int:
        for _, source in self.tables:
            _ = source.rows  # what can't be read is said before any row is decided
        return self.accounts.rows

    def prepare(self, folder: Path) -> list[tuple[str, int]]:
        """Sort the tables by account into a file in a folder: how many rows of which file belong to no account.

        Raises:
            FileError: an account is there twice or has no key, or nothing can be written there.
        """
        self._scratch = folder / _SCRATCH
        for file in folder.glob(f"{_SCRATCH}*"):
            file.unlink() if file.is_file() else rmtree(file)
        with closing(self._open()) as database:
            self._number(database)
            return [
                (table.file, strays)
                for number, (table, source) in enumerate(self.tables)
                if (strays := source.rows - self._sort(database, number, table, source))
            ]

    def _open(self) -> Any:
        import duckdb

        config = {"memory_limit": _MEMORY, "temp_directory": f"{self._scratch}.tmp"}
        return duckdb.connect(str(self._scratch), config=config)

    def _number(self, database: Any) -> None:
        """Keep the key of each account with the number of its row."""
        key = f"cast({_quoted(self.mapped.key)} as varchar)"
        query = f"create table accounts as select row_number, {key} as account from given"
        self._take(database, self.accounts, query, [self.mapped.key])
        twice = "select min(row_number), max(row_number), account from accounts group by account having count(*) > 1"
        without = "select row_number from accounts where account is null or account = ''"
        for row in database.execute(f"{without} order by 1 limit 1").fetchall():
            raise FileError(self.where, phrase("no_key", number=row[0], key=echo(self.mapped.key)))
        for row in database.execute(f"{twice} order by 1 limit 1").fetchall():
            raise FileError(self.where, phrase("account_twice", account=echo(row[2]), first=row[0], second=row[1]))

    def _sort(self, database: Any, number: int, table: MappedTable, source: Input) -> int:
        """Keep the rows of a table in the order of their accounts; how many there are."""
        by = f"given.{_quoted(table.by)}"
        fields = ", ".join(f"given.{_quoted(name)} as f{place}" for place, name in enumerate(table.columns.values()))
        self._take(
            database,
            source,
            f"create table table{number} as select accounts.row_number as account, "
            f"nullif(cast({by} as varchar), '') as key, given.row_number as row, {fields} "
            f"from given join accounts on cast(given.{_quoted(table.of)} as varchar) = accounts.account "
            f"order by accounts.row_number, try_cast(cast({by} as varchar) as bigint), {by}, given.row_number",
            table.names,
        )
        counts = database.execute(f"select count(*), min(row) filter (key is null) from table{number}").fetchall()
        [(count, without)] = counts
        if without is not None and table.key is not None:
            raise FileError(table.file, phrase("no_key", number=without, key=echo(table.key)))
        return int(count)

    def _take(self, database: Any, source: Input, query: str, names: list[str]) -> None:
        """Run a query over the rows of a file, which it calls `given`."""
        import duckdb
        import pyarrow

        failed: list[Exception] = []
        schema = pyarrow.schema([("row_number", pyarrow.int64()), *(source.schema.field(name) for name in names)])

        def batches() -> Iterator[Any]:
            try:
                for chunk in source.chunks(0, _AT_ONCE):
                    numbers = pyarrow.array(range(chunk.first_row, chunk.first_row + len(chunk.table)))
                    columns = [numbers, *(chunk.table.column(name) for name in names)]
                    yield from pyarrow.Table.from_arrays(columns, schema=schema).to_batches()
            except FileError as error:
                failed.append(error)
                raise

        database.register("given", pyarrow.RecordBatchReader.from_batches(schema, batches()))
        try:
            database.execute(query)
        except duckdb.Error as error:
            raise (failed[0] if failed else self._unwritable(error)) from None
        finally:
            database.unregister("given")

    def _unwritable(self, error: Exception) -> FileError:
        return FileError(self.where, trouble(error, phrase("cannot_gather")))

    def chunks(self, after: int, at_once: int) -> Iterator[Chunk]:
        with closing(self._open()) as database:
            for chunk in self.accounts.chunks(after, at_once):
                table = chunk.table
                for number, (of, _) in enumerate(self.tables):
                    field = self.schema.field(pointer(of.steps))
                    table = table.append_column(field, self._column(database, number, of, chunk, field.type))
                yield Chunk(chunk.first_row, table)

    def _column(self, database: Any, number: int, table: MappedTable, chunk: Chunk, kind: Any) -> Any:
        """What some accounts have in a table, as maps or as lists."""
        import pyarrow

        first, count = chunk.first_row, len(chunk.table)
        query = f"select * from table{number} where account between {first} and {first + count - 1} order by rowid"
        gathered = database.sql(query).to_arrow_table()
        counts = [0] * count
        for account in gathered.column("account").to_pylist():
            counts[account - first] += 1
        offsets = pyarrow.array([0, *accumulate(counts)], pyarrow.int32())
        entry = kind.item_type if table.key else kind.value_type
        columns = [gathered.column(f"f{place}").combine_chunks().cast(each.type) for place, each in enumerate(entry)]
        entries = pyarrow.StructArray.from_arrays([_array(each) for each in columns], fields=list(entry))
        if table.key is None:
            return pyarrow.ListArray.from_arrays(offsets, entries)
        return pyarrow.MapArray.from_arrays(offsets, _array(gathered.column("key").combine_chunks()), entries)


def _table(where: str) -> Input:
    """A file of columns.

    Raises:
        UsageError: its name says no format, or lines.
    """
    if form_of(where) == "jsonl":
        raise UsageError("usage", phrase("no_table", name=echo(where)), suggestion=phrase("name_table"))
    return opened(where)


def _array(column: Any) -> Any:
    """A column in one piece."""
    import pyarrow

    if not isinstance(column, pyarrow.ChunkedArray):
        return column
    return pyarrow.concat_arrays(column.chunks) if column.num_chunks else pyarrow.array([], column.type)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
