"""Reads the rows of a file in chunks: lines of JSON, CSV or Parquet; the same file gives the same chunks each time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ..diagnostics import echo
from ..errors import FileError, UsageError
from ..files import MAX_BYTES, reading
from ..json_text import parse_json
from ..lines import numbered_lines
from ..program import Program
from ..words import phrase
from .deciding import Chunk
from .layout import Column, columns_of
from .rows import LINE

_BYTES_AT_ONCE = 16 * 1024 * 1024
"""About how large a chunk is at most."""
_BLOCK = 2 * MAX_BYTES
"""How much of a CSV is read at a time: more than a row may hold."""
ENDINGS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def form_of(name: str) -> str:
    """The format that a file's name says.

    Raises:
        UsageError: it says none.
    """
    form = ENDINGS.get(Path(name).suffix.lower())
    if form is None:
        raise UsageError("usage", phrase("no_form", name=echo(name)), suggestion=phrase("name_form"))
    return form


def require_libraries(*names: str) -> None:
    """Make sure that what reads and writes files is installed.

    Raises:
        UsageError: it is not.
    """
    from importlib import import_module

    for name in names:
        try:
            import_module(name)
        except ImportError:
            what = phrase("not_installed", name=name)
            raise UsageError("not-installed", what, suggestion=phrase("install_batch")) from None


class Input(Protocol):
    """A file of rows."""

    where: str
    as_lines: bool

    @property
    def files(self) -> list[str]:
        """All files that it is read from."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that say requests; of lines, none are known beforehand."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns, in order; of lines, the keys of their objects."""
        ...

    @property
    def schema(self) -> Any:
        """The columns with their types; of lines, the one column in which they are handed on."""
        ...

    @property
    def rows(self) -> int:
        """How many rows it has; what can't be read of it is said now."""
        ...

    def has_one_of(self, names: Iterable[str]) -> str | None:
        """One of some names that is one of its columns'."""
        ...

    def check(self, programs: Iterable[Program]) -> None:
        """Check that the policy has what is said apart from the columns' names."""
        ...

    def prepare(self, folder: Path) -> list[tuple[str, int]]:
        """Make ready for the chunks, in a folder for what is kept meanwhile: how many rows of which file nobody has."""
        ...

    def chunks(self, after: int, at_once: int) -> Iterator[Chunk]:
        """Its rows after the first so many, which end a chunk, in chunks of so many at most."""
        ...


def opened(where: str) -> Input:
    """The file of rows that has a name.

    Raises:
        FileError: it is no file, or can't be read.
        UsageError: its name says no format, or two of its columns have one name.
    """
    form = form_of(where)
    with reading(where):
        if Path(where).exists() and not Path(where).is_file():
            raise FileError(where, phrase("is_a_folder" if Path(where).is_dir() else "no_regular_file"))
        with open(where, "rb"):  # noqa: PTH123
            pass
    if form == "jsonl":
        return JsonLines(where)
    made = Csv(where) if form == "csv" else Parquet(where)
    _require_own_names(made.names)
    return made


@dataclass
class _File:
    """One file, which is read as it is."""

    where: str
    as_lines = False

    @property
    def files(self) -> list[str]:
        return [self.where]

    @property
    def names(self) -> tuple[str, ...]:
        raise NotImplementedError

    @property
    def columns(self) -> tuple[Column, ...]:
        return () if self.as_lines else columns_of(self.names)

    def check(self, programs: Iterable[Program]) -> None:
        return

    def prepare(self, folder: Path) -> list[tuple[str, int]]:
        return []

    def has_one_of(self, names: Iterable[str]) -> str | None:
        return next((name for name in names if name in self.names), None)


def _require_own_names(names: Sequence[str]) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise UsageError("usage", phrase("column_twice", name=echo(name)))
        seen.add(name)


@dataclass
class JsonLines(_File):
    """Lines that are an object each; empty ones are no rows."""

    as_lines = True

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The keys of all objects, in the order in which they come; what is no object has none."""
        keys: dict[str, None] = {}
        for line in self._lines():
            keys |= dict.fromkeys(object_of(line))
        return tuple(keys)

    def has_one_of(self, names: Iterable[str]) -> str | None:
        """One of some names that is the key of an object; not every line is read as JSON for it."""
        written = {name: f'"{name}"'.encode() for name in names}
        for line in self._lines():
            for name, sign in written.items():
                if sign in line and name in object_of(line):
                    return name
        return None

    @property
    def schema(self) -> Any:
        import pyarrow

        return pyarrow.schema([(LINE, pyarrow.binary())])

    @cached_property
    def rows(self) -> int:
        return sum(1 for _ in self._lines())

    def _lines(self) -> Iterator[bytes]:
        return (line.rstrip(b"\r\n") for _, line in numbered_lines(self.where))

    def chunks(self, after: int, at_once: int) -> Iterator[Chunk]:
        first, lines, size = after + 1, list[bytes](), 0
        for number, line in enumerate(self._lines()):
            if number < after:
                continue
            lines.append(line)
            size += len(line)
            if len(lines) == at_once or size > _BYTES_AT_ONCE:
                yield self._chunk(first, lines)
                first, lines, size = first + len(lines), [], 0
        if lines:
            yield self._chunk(first, lines)

    def _chunk(self, first: int, lines: list[bytes]) -> Chunk:
        import pyarrow

        return Chunk(first, pyarrow.table([pyarrow.array(lines, pyarrow.binary())], schema=self.schema))


def object_of(line: bytes) -> dict[str, Any]:
    """The object of a line; an empty one where it is none."""
    try:
        value = parse_json(line)
    except Exception:
        return {}
    return value if isinstance(value, dict) else {}


@dataclass
class Csv(_File):
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


@dataclass
class Parquet(_File):
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
    fitting: int = group.num_rows * _BYTES_AT_ONCE // max(1, group.total_byte_size)
    return max(1, min(at_once, fitting))
