"""Where the cells of a table are written: of a dated one, of each period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...diagnostics import Span
from ...language.types import BEFORE, Table
from ...nodes import MappingNode, Node
from ...policy.dated import FROM, by_row, entries
from ...policy.written import Entry
from ...problems import Problems

Cell = tuple[Mapping[str, Any], tuple[str, ...], str, Span]
"""The row as it is read, its keys, the column, and where the cell is written."""


def written_cells(table: Table, entry: Entry) -> Iterator[Cell]:
    """Every cell of a table that loads."""
    node = entry.child("rows")
    assert node is not None
    yield from _below(table, node, table.rows, ())


def _below(table: Table, node: Node, rows: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[Cell]:
    for word, _, below in node if isinstance(node, MappingNode) else ():
        above = (*keys, word)
        if len(above) < len(table.own_keys):
            yield from _below(table, below, rows[word], above)
        elif table.days is None:
            yield from _of_row(rows[word], above, _columns(table, below))
        else:
            yield from _of_periods(table, below, rows[word], above)


def _of_row(row: Mapping[str, Any], keys: tuple[str, ...], spans: Mapping[str, Span]) -> Iterator[Cell]:
    return ((row, keys, column, spans[column]) for column in row)


def _of_periods(table: Table, node: Node, rows: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[Cell]:
    """The cells of each period: what an entry does not say is as it was before."""
    by_day = {each.day: each for each in entries(by_row(node, "", Problems()), "", Problems())}
    spans: dict[str, Span] = {}
    for day in ("", *(table.days or ())):
        if day in by_day:
            spans |= _columns(table, by_day[day].node)
        yield from _of_row(rows[day or BEFORE], keys, spans)


def _columns(table: Table, node: Node) -> dict[str, Span]:
    """Where the cells of a row are written; a table with one column may have them in place of its rows."""
    columns = table.record.fields
    if isinstance(node, MappingNode) and columns.keys() & node.entries.keys():
        return {name: node.entries[name][1].span for name in columns if name in node.entries}
    if isinstance(node, MappingNode) and FROM in node.entries:
        return {}
    (column,) = columns
    return {column: node.span}
