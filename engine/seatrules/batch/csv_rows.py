"""Reads a CSV as rows: all of it as texts, with its commas, quotes and numbers of cells checked."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..errors import FileError
from ..files import MAX_BYTES, reading
from ..words import phrase
from .deciding import Chunk
from .input import File

_BLOCK = 2 * MAX_BYTES
"""How much is read at a time: more than a row may hold."""


@dataclass
class Csv(File):
    """Rows of texts, with commas and a first row of names; an empty cell says that nothing is given."""

    _unfit: list[tuple[int, int]] = field(default_factory=list)
    """The number of the row that has too many cells or too few, and how many."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        return self._beginning[0]

    @cached_property
    def _beginning(self) -> tuple[tuple[str, ...], bool]:
        """The names, and whether a row follows them."""
        with reading(self.where):
            try:
                with open(self.where, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123
                    rows = csv.reader(file, strict=True)
                    return tuple(next(rows, [])), any(rows)
            except (UnicodeDecodeError, csv.Error) as error:
                raise FileError(self.where, phrase("no_csv")) from error

    @property
    def schema(self) -> Any:
        import pyarrow

        return pyarrow.schema([(name, pyarrow.string()) for name in self.names])

    @cached_property
    def rows(self) -> int:
        return sum(len(batch) for batch in self._batches())

    def chunks(self, after: int, at_once: int) -> Iterator[Chunk]:
        import pyarrow

        row = 0
        for batch in self._batches():
            for start in range(0, len(batch), at_once):
                part = batch.slice(start, at_once)
                if row >= after:
                    yield Chunk(row + 1, pyarrow.Table.from_batches([part]))
                row += len(part)

    def _batches(self) -> Iterator[Any]:
        from pyarrow import ArrowException, csv, string

        if not self._beginning[1]:
            return
        read = csv.ReadOptions(block_size=_BLOCK, use_threads=False)
        parse = csv.ParseOptions(newlines_in_values=True, invalid_row_handler=self._refuse)
        convert = csv.ConvertOptions(
            column_types=dict.fromkeys(self.names, string()), strings_can_be_null=False, null_values=[]
        )
        with reading(self.where):
            try:
                with csv.open_csv(self.where, read_options=read, parse_options=parse, convert_options=convert) as file:
                    yield from file
            except ArrowException as error:
                raise FileError(self.where, self._trouble()) from error

    def _refuse(self, row: Any) -> str:
        self._unfit.append((row.number - 1, row.actual_columns))
        return "error"

    def _trouble(self) -> Any:
        if not self._unfit:
            return phrase("no_csv")
        number, count = self._unfit[0]
        return phrase("row_unfit", number=number, count=count, expected=len(self.names))
