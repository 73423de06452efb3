"""Open lists of words: the texts of a table that a text is likely to be, though it may be another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..diagnostics import echo, suggest
from ..language.types import ListOf, Table, Text, Type, Word, known
from ..nodes import Scalar
from .bind import Binder


def bind_known_of_state(binder: Binder, tables: Mapping[str, Table]) -> dict[str, tuple[str, ...]]:
    """The words that are known of texts of the state, by where tables hold them."""
    where = "the state's schema"
    return {each.text: bind_known(binder, each, Text(), tables, where) for each in binder.types.known}


def bind_known(binder: Binder, scalar: Scalar, kind: Type, tables: Mapping[str, Table], where: str) -> tuple[str, ...]:
    """The words that `TABLE` (its keys) or `TABLE.COLUMN` holds, for a text or a list of texts."""
    if not _is_text(kind):
        message = f"{where}: {kind} has no `known` words"
        binder.problems.error("wrong-known", message, scalar.span, help="they are of a text, which may be any other")
        return ()
    name, _, column = scalar.text.partition(".")
    if name in binder.broken:
        return ()
    table = tables.get(name)
    if table is None or (column and column not in table.record.fields):
        what = f"table `{echo(name)}`" if table is None else f"column `{echo(column)}` in `{name}`"
        help_text = suggest(name, tables) if table is None else suggest(column, table.record.fields)
        binder.problems.error("wrong-known", f"{where}: there is no {what}", scalar.span, help=help_text)
        return ()
    if column and not _is_text(table.record.fields[column]):
        message = f"{where}: `{echo(scalar.text)}` is {table.record.fields[column]}, which holds no words"
        binder.problems.error("wrong-known", message, scalar.span, help="name a column of texts, or the table alone")
        return ()
    return words_of(table, column)


def words_of(table: Table, column: str = "") -> tuple[str, ...]:
    """The keys of a table, or the texts of one of its columns, each once."""
    if not column:
        return table.keys[0].words
    rows = _rows(table.rows, len(table.keys))
    return tuple(dict.fromkeys(_texts(row[column] for row in rows)))


def _is_text(kind: Type) -> bool:
    kind = known(kind)
    if isinstance(kind, ListOf) and kind.item is not None:
        kind = known(kind.item)
    return isinstance(kind, Text | Word)


def _rows(rows: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    for row in rows.values():
        yield from _rows(row, depth - 1) if depth > 1 else (row,)


def _texts(cells: Iterable[Any]) -> Iterator[str]:
    """The texts of the cells; a cell may be absent, or a list."""
    for cell in cells:
        if isinstance(cell, list):
            yield from cell
        elif cell is not None:
            yield cell
