"""Rows and cells of a dated table: lists of entries, each from a day on, of which the first holds before all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..diagnostics import Span, echo
from ..language.days import is_date
from ..nodes import MappingNode, Node, Scalar, SequenceNode
from ..problems import Problems

FROM = "from"
"""The key of the day from which an entry of a row holds."""


class Since(NamedTuple):
    """An entry of a row: from which day on it holds, its place, and what it says; the first from no day."""

    day: str
    span: Span
    node: Node


def is_dated(node: Node) -> bool:
    """Whether a row or a cell is a list of entries: one of them is a mapping."""
    return isinstance(node, SequenceNode) and any(isinstance(each, MappingNode) for each in node.items)


def dated_cells(row: Node) -> Iterator[tuple[str, SequenceNode]]:
    """The cells of a row that are lists of entries, by their columns; an entry is known by its day or its column."""
    for name, _, cell in row if isinstance(row, MappingNode) else ():
        if isinstance(cell, SequenceNode) and any(
            isinstance(each, MappingNode) and {FROM, name} & each.entries.keys() for each in cell.items
        ):
            yield name, cell


def by_row(row: Node, where: str, problems: Problems) -> Node:
    """A row of which cells are lists of entries, as a list of its own; any other as it is."""
    dated = dict(dated_cells(row))
    if not dated:
        return row
    assert isinstance(row, MappingNode)
    always = {name: each for name, each in row.entries.items() if name not in dated}
    by_day = {"": always} if always else {}
    for name, cell in dated.items():
        of_cell = f"{where}, `{name}`"
        for each in entries(cell, of_cell, problems):
            changes = by_day.setdefault(each.day, _day_of(each))
            for key, (span, node) in _changes(each, name, of_cell, problems).items():
                changes[key] = (span, _both(changes[key][1], node) if key in changes else node)
    return SequenceNode([MappingNode(by_day[day], row.span) for day in sorted(by_day)], row.span)


def _day_of(each: Since) -> dict[str, tuple[Span, Node]]:
    day = each.node.get(FROM) if isinstance(each.node, MappingNode) else None
    return {} if day is None else {FROM: (each.span, day)}


def _changes(each: Since, name: str, where: str, problems: Problems) -> dict[str, tuple[Span, Node]]:
    """What an entry of a cell says: the cell, which the first entry may be by itself, and what it cites."""
    if not isinstance(each.node, MappingNode) or not {FROM, name} & each.node.entries.keys():
        return {name: (each.span, each.node)}
    for key, span, _ in each.node:
        if key not in (FROM, name, "cites"):
            mend = "let the row have the entries, or give the other column entries of its own"
            problems.error("unknown-column", f"{where}: an entry of a cell says no `{echo(key)}`", span, help=mend)
    if name not in each.node.entries:
        problems.error("missing-cell", f"{where}: the entry has no `{name}`", each.node.span)
    return {key: place for key, place in each.node.entries.items() if key in (name, "cites")}


def _both(first: Node, second: Node) -> Node:
    """What two cells cite that change on one day."""
    if isinstance(first, SequenceNode) and isinstance(second, SequenceNode):
        return SequenceNode([*first.items, *second.items], first.span)
    return second


def entries(row: Node, where: str, problems: Problems) -> list[Since]:
    """The entries of a row or a cell, after noting what is wrong with their days."""
    if not is_dated(row):
        return [Since("", row.span, row)]
    assert isinstance(row, SequenceNode)
    changes = list[Since]()
    for node in row.items:
        day = node.get(FROM) if isinstance(node, MappingNode) else None
        if day is not None and not (isinstance(day, Scalar) and is_date(day.text)):
            shown = day.text if isinstance(day, Scalar) else "this"
            message = f"{where}: `{echo(shown)}` is not a date"
            problems.error("bad-date", message, day.span, help="write it as `YYYY-MM-DD`")
        elif changes and day is None:
            message = f"{where}: this entry has no `{FROM}`, and it is not the first"
            problems.error("missing-key", message, node.span, help="write the day from which it holds")
        else:
            each = Since(day.text, day.span, node) if isinstance(day, Scalar) else Since("", node.span, node)
            if changes and each.day <= changes[-1].day:
                notes = [(changes[-1].span, "the entry before")]
                message = f"{where}: `{each.day}` is not after `{changes[-1].day}`"
                help_text = "write the entries in the order of their days, each day once"
                problems.error("wrong-order", message, each.span, help=help_text, notes=notes)
            changes.append(each)
    return changes


def check_first(changes: list[Since], where: str, problems: Problems) -> bool:
    """Whether a row or a cell holds something on every day, its first entry being of no day; noted if it does not."""
    ends_before = bool(changes and changes[0].day)
    if ends_before:
        message = f"{where}: before `{changes[0].day}` there would be nothing"
        help_text = f"leave `{FROM}` out of the first entry, or put one before it that has none"
        problems.error("nothing-before", message, changes[0].span, help=help_text)
    return not ends_before


def merged_rows(base: Node, overlay: Node, name: str, problems: Problems) -> Node:
    """The rows of a table with those of an overlay: cell by cell, and entries by their days."""
    where = f"table `{name}`"
    if is_dated(base):
        overlay = by_row(overlay, where, problems)
    if is_dated(overlay):
        return _merged_entries(by_row(base, where, Problems()), overlay, where, problems)
    if not (isinstance(base, MappingNode) and isinstance(overlay, MappingNode)):
        return overlay
    merged = dict(base.entries)
    for key, span, node in overlay:
        merged[key] = (span, merged_rows(merged[key][1], node, name, problems) if key in merged else node)
    return MappingNode(merged, base.span)


def _merged_entries(base: Node, overlay: Node, where: str, problems: Problems) -> Node:
    by_day = {each.day: each.node for each in entries(base, where, Problems())}
    for day, _, node in entries(overlay, where, problems):
        by_day[day] = _over(by_day[day], node) if day in by_day else node
    return SequenceNode([by_day[day] for day in sorted(by_day)], overlay.span)


def _over(base: Node, overlay: Node) -> Node:
    if isinstance(base, MappingNode) and isinstance(overlay, MappingNode):
        return MappingNode({**base.entries, **overlay.entries}, overlay.span)
    return overlay


def days_of(row: Node) -> Iterator[str]:
    """The days from which entries below a node hold."""
    if is_dated(row):
        yield from (each.day for each in entries(row, "", Problems()) if each.day)
    elif isinstance(row, MappingNode):
        for _, _, node in row:
            yield from days_of(node)
