"""Reads a Parquet file as rows, a group of them after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from ..errors import FileError
from ..files import reading
from ..words import phrase
from .deciding import Chunk
from .input import BYTES_AT_ONCE, File


class Parquet(File):
    """Rows of columns that have types, nested ones too; the file is read a group of rows at a time."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    @cached_property
    def schema(self) -> Any:
        with self._file() as file:
            return file.schema_arrow

    @cached_property
    def rows(self) -> int:
        with self._file() as file:
            return int(file.metadata.num_rows)

    def chunks(self, after: int, at_once: int) -> Iterator[Chunk]:
        import pyarrow

        row = 0
        with self._file() as file:
            for number in range(file.num_row_groups):
                group = file.metadata.row_group(number)
                if row + group.num_rows <= after:
                    row += group.num_rows
                    continue
                size = _rows_at_once(group, at_once)
                for batch in file.iter_batches(size, row_groups=[number]):
                    if row >= after:
                        yield Chunk(row + 1, pyarrow.Table.from_batches([batch], self.schema))
                    row += len(batch)

    @contextmanager
    def _file(self) -> Iterator[Any]:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        with reading(self.where):
            try:
                with ParquetFile(self.where, buffer_size=1024 * 1024, pre_buffer=False) as file:
                    yield file
            except ArrowException as error:
                raise FileError(self.where, phrase("no_parquet")) from error
            except OSError as error:
                if error.errno is not None:
                    raise
                raise FileError(self.where, phrase("no_parquet")) from error


def _rows_at_once(group: Any, at_once: int) -> int:
    """How many rows of a group are read at a time: fewer where they are large."""
    fitting: int = group.num_rows * BYTES_AT_ONCE // max(1, group.total_byte_size)
    return max(1, min(at_once, fitting))
