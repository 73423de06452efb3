"""Writes rows with their answers: a part of them as bytes, and all parts as one file."""

from __future__ import annotations

import csv
import datetime
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from math import isfinite
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any, Protocol

from ..json_lines import json_line
from ..json_text import parse_json
from .answers import answer_names, answer_schema
from .deciding import Chunk
from .input import Input
from .json_rows import object_of
from .nested import values
from .reading import form_of
from .rows import LINE

Decided = tuple[Chunk, Any]
"""A chunk and the table of its answers."""


@dataclass(frozen=True)
class OutputColumns:
    """The columns of the output: those of the input, and those of the answers, whose names may have a prefix."""

    source: Input
    messages: bool = False
    prefix: str = ""
    turns: bool = False

    @property
    def own(self) -> list[str]:
        """The names of the answers' columns."""
        return [f"{self.prefix}{name}" for name in answer_names(messages=self.messages, turns=self.turns)]

    def kept(self, chunk: Any) -> list[tuple[str, list[Any]]]:
        """The input's columns of a chunk, as plain data."""
        if not self.source.as_lines:
            return [(name, values(chunk.column(name))) for name in self.source.names]
        objects = [object_of(line) for line in chunk.column(LINE).to_pylist()]
        return [(name, [each.get(name) for each in objects]) for name in self.source.names]


class Output(Protocol):
    """A format that is written."""

    def part(self, decided: Sequence[Decided]) -> bytes:
        """Some rows with their answers."""
        ...

    def joined(self, parts: Iterable[Path], file: IO[bytes]) -> None:
        """All parts as one file."""
        ...


def output(name: str, columns: OutputColumns) -> Output:
    """What writes the format that a file's name says.

    Raises:
        UsageError: it says none.
    """
    match form_of(name):
        case "csv":
            return _Csv(columns)
        case "parquet":
            return _Parquet(columns)
    return _JsonLines(columns)


@dataclass(frozen=True)
class _JsonLines:
    columns: OutputColumns

    def part(self, decided: Sequence[Decided]) -> bytes:
        return b"".join(line for each in decided for line in self._lines(*each))

    def _lines(self, chunk: Chunk, answers: Any) -> Iterator[bytes]:
        """The input's objects, each with the answer behind what it holds: lines of JSON stay as they were written."""
        for before, answer in zip(self._before(chunk, answers), self._answers(answers), strict=True):
            yield (before[:-1] + b"," if len(before) > 2 else b"{") + answer[1:] + b"\n"

    def _before(self, chunk: Chunk, answers: Any) -> Iterator[bytes]:
        if self.columns.source.as_lines:
            lines, decisions = chunk.table.column(LINE).to_pylist(), answers.column("decision").to_pylist()
            for line, decision in zip(lines, decisions, strict=True):
                yield line.strip() if decision or object_of(line) else _no_object(line)
            return
        names, columns = zip(*self.columns.kept(chunk.table), strict=True)
        for row in zip(*columns, strict=True):
            yield json_line({name: _as_json(value) for name, value in zip(names, row, strict=True)}).encode()

    def _answers(self, answers: Any) -> Iterator[bytes]:
        names, booked = self.columns.own, f"{self.columns.prefix}bookings"
        for row in zip(*(column.to_pylist() for column in answers.columns), strict=True):
            answer = dict(zip(names, row, strict=True))
            if answer[booked] is not None:
                answer[booked] = parse_json(answer[booked])
            yield json_line(answer).encode()

    def joined(self, parts: Iterable[Path], file: IO[bytes]) -> None:
        _copied(parts, file)


@dataclass(frozen=True)
class _Csv:
    columns: OutputColumns

    def part(self, decided: Sequence[Decided]) -> bytes:
        text = StringIO()
        rows = csv.writer(text, lineterminator="\n")
        for chunk, answers in decided:
            kept = [[_as_cell(value) for value in column] for _, column in self.columns.kept(chunk.table)]
            own = [
                [_joined(name, value) for value in column.to_pylist()]
                for name, column in zip(answers.column_names, answers.columns, strict=True)
            ]
            rows.writerows(zip(*kept, *own, strict=True))
        return text.getvalue().encode()

    def joined(self, parts: Iterable[Path], file: IO[bytes]) -> None:
        text = TextIOWrapper(file, "utf-8", newline="", write_through=True)
        csv.writer(text, lineterminator="\n").writerow([*self.columns.source.names, *self.columns.own])
        text.detach()
        _copied(parts, file)


@dataclass(frozen=True)
class _Parquet:
    columns: OutputColumns

    @property
    def _schema(self) -> Any:
        """The input's columns as they are, of lines as texts, and those of the answers."""
        import pyarrow

        source = self.columns.source
        own = answer_schema(messages=self.columns.messages, turns=self.columns.turns)
        texts = [(name, pyarrow.string()) for name in source.names] if source.as_lines else []
        kept = pyarrow.schema(texts or [source.schema.field(name) for name in source.names])
        for name, kind in zip(self.columns.own, own.types, strict=True):
            kept = kept.append(pyarrow.field(name, kind))
        return kept

    def part(self, decided: Sequence[Decided]) -> bytes:
        import pyarrow
        from pyarrow import parquet

        schema, content = self._schema, BytesIO()
        tables = [
            pyarrow.Table.from_arrays([*self._kept(chunk.table), *answers.columns], schema=schema)
            for chunk, answers in decided
        ]
        parquet.write_table(pyarrow.concat_tables(tables), content)
        return content.getvalue()

    def _kept(self, table: Any) -> list[Any]:
        import pyarrow

        if not self.columns.source.as_lines:
            return [table.column(name) for name in self.columns.source.names]
        return [
            pyarrow.array([_as_cell(value) for value in column], pyarrow.string())
            for _, column in self.columns.kept(table)
        ]

    def joined(self, parts: Iterable[Path], file: IO[bytes]) -> None:
        from pyarrow.parquet import ParquetWriter, read_table

        with ParquetWriter(file, self._schema) as writer:
            for part in parts:
                writer.write_table(read_table(part, partitioning=None))


def _copied(parts: Iterable[Path], file: IO[bytes]) -> None:
    for part in parts:
        with part.open("rb") as content:
            copyfileobj(content, file, 1024 * 1024)


def _no_object(line: bytes) -> bytes:
    """A line that holds no object, as one that does."""
    return b"{}" if line.strip() == b"{}" else json_line({LINE: line.decode(errors="replace")}).encode()


def _joined(name: str, value: Any) -> Any:
    """An answer as a cell: codes are joined by a blank, messages by a bar."""
    return value if not isinstance(value, list) else (" | " if name == "messages" else " ").join(value)


def _as_cell(value: Any) -> str | None:
    """A value as the text of a cell: what is nested as JSON, and nothing as an empty one."""
    if value is None or isinstance(value, str):
        return value
    value = _as_json(value)
    return value if isinstance(value, str) else json_line(value)


def _as_json(value: Any) -> Any:
    """A value of a column as plain data: what JSON has no form for as a text."""
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return value if isfinite(value) else None
        case dict():
            return {str(key): _as_json(each) for key, each in value.items()}
        case list():
            return [_as_json(each) for each in value]
        case bytes():
            return b64encode(value).decode()
        case datetime.datetime():
            return value.isoformat()
    return str(value)
