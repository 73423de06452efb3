"""Reads a CSV as the entries of a map of a state: a row each, its columns found by the names of properties."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..decoding import decode
from ..diagnostics import echo
from ..errors import FileError, PolicyError, UsageError
from ..files import read_bytes
from ..language.types import MapOf, Maybe, Record
from ..words import phrase
from .state import EntryRows, plain

_KEYS = ("id", "name", "email")
"""What a column is called that has the keys, where it does not have the name of an entry."""


def maps_of(state: Record) -> dict[str, MapOf]:
    """The maps at the top of a state whose keys are their own, by name."""
    kinds = {name: kind.of if isinstance(kind, Maybe) else kind for name, kind in state.fields.items()}
    return {name: kind for name, kind in kinds.items() if isinstance(kind, MapOf) and kind.has_own_keys}


def rows_of(
    file: str, name: str, kind: MapOf, mapped: Mapping[str, str], key: str | None
) -> tuple[EntryRows, list[str]]:
    """The rows of a file as entries of a map, and the columns that are not used.

    Args:
        name: of the map.
        mapped: which property a column is of, where it does not have its name.
        key: the column that has the keys; else one called as an entry, `id`, `name` or `email`, or the first.

    Raises:
        FileError: the file can't be read, or is no CSV with a row of names.
        UsageError: a column or property that is named is not there, a column, a property or a key is there twice, a key
            is missing, or a row is longer than that of the names.
    """
    names, rows = _read(file)
    for column in (*mapped, *([key] if key else [])):
        _require(column, names)
    for each in mapped.values():
        _require(each, [*kind.entry.fields])
    keys = key or _key_column(names, kind.entry.name)
    by_plain = {plain(each): each for each in kind.entry.fields}
    properties = {column: mapped.get(column) or by_plain.get(plain(column)) for column in names}
    used = {column: each for column, each in properties.items() if each is not None}
    _require_once(names, used)
    entries, numbers = dict[str, Mapping[str, str]](), dict[str, int]()
    for number, row in rows:
        if any(cell.strip() for cell in row[len(names) :]):
            what = phrase("row_too_long", file=file, line=number, cells=len(row), most=len(names))
            raise UsageError("wrong-row", what)
        cells = dict(zip(names, row, strict=False))
        one = cells.get(keys, "").strip()
        if not one:
            raise UsageError("wrong-row", phrase("cell_without_key", file=file, line=number, column=keys))
        if one in entries:
            raise UsageError("wrong-row", phrase("key_twice", file=file, line=number, column=keys, given=echo(one)))
        entries[one] = {each: cells.get(column, "") for column, each in used.items()}
        numbers[one] = number
    unused = [column for column in names if column not in used and column != keys]
    return EntryRows((name,), entries, numbers, {each: column for column, each in used.items()}), unused


def _read(file: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        lines = decode(read_bytes(Path(file)), file).lines
        comma = ";" if lines[0].count(";") > lines[0].count(",") else ","
        reader = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=comma, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (PolicyError, csv.Error):
        raise FileError(file, phrase("no_csv")) from None
    if not rows:
        raise FileError(file, phrase("empty_csv"))
    (_, names), *others = rows
    return [each.strip() for each in names], others


def _require_once(names: Sequence[str], used: Mapping[str, str]) -> None:
    """Make sure that no column, and no property, is there twice."""
    for number, name in enumerate(names):
        if name and name in names[:number]:
            raise UsageError("wrong-row", phrase("column_twice", name=echo(name)))
    by_property = dict[str, str]()
    for column, each in used.items():
        if (first := by_property.setdefault(each, column)) != column:
            what = phrase("columns_of_one", first=echo(first), second=echo(column), name=each)
            raise UsageError("wrong-row", what)


def _require(name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UsageError("unknown-column", phrase("no_column_or_property", name=echo(name)), allowed=known)


def _key_column(names: Sequence[str], entry: str) -> str:
    wanted = [plain(each) for each in (f"{entry}_id", entry, *_KEYS)]
    by_plain = {plain(each): each for each in names}
    return next((by_plain[each] for each in wanted if each in by_plain), names[0])
