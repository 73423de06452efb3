"""Cells of tables that say something else: truth values turned, numbers and days moved by one, another word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...diagnostics import Span
from ...language.types import Boolean, Date, Integer, ListOf, Maybe, Table, Type, Word
from ...nodes import MappingNode, Node, Scalar, SequenceNode
from ...policy.dated import FROM, is_dated
from ...policy.written import Entry
from ..uses import NamedThing
from .expressions import beside
from .mutant import Edit, Mutant, Path


class _Cell(NamedTuple):
    """A cell, or a day from which one holds: where it is, its column, its type, and the keys of its row."""

    path: Path
    node: Node
    column: str
    kind: Type
    keys: tuple[str, ...]


def cell_mutants(owner: NamedThing, entry: Entry, table: Table) -> Iterator[Mutant]:
    """What becomes of each cell of a table."""
    node = entry.child("rows")
    if node is not None:
        depth = len(table.keys) - bool(table.days)
        for cell in _below(node, ("rows",), (), depth, table):
            yield from _of_cell(owner, cell)


def _below(node: Node, path: Path, keys: tuple[str, ...], depth: int, table: Table) -> Iterator[_Cell]:
    if depth:
        for key, _, child in node if isinstance(node, MappingNode) else ():
            yield from _below(child, (*path, key), (*keys, key), depth - 1, table)
    else:
        yield from _row(node, path, keys, table)


def _row(node: Node, path: Path, keys: tuple[str, ...], table: Table) -> Iterator[_Cell]:
    columns = table.record.fields
    if is_dated(node) and isinstance(node, SequenceNode):
        for at, each in enumerate(node.items):
            yield from _row(each, (*path, at), keys, table)
    elif isinstance(node, MappingNode) and node.entries.keys() & {*columns, FROM}:
        for key, _, child in node:
            if key in columns and is_dated(child):
                yield from _row(child, (*path, key), keys, table)
            elif key in columns:
                yield _Cell((*path, key), child, key, columns[key], keys)
            elif key == FROM:
                yield _Cell((*path, key), child, key, Date(), keys)
    elif len(columns) == 1:
        ((column, kind),) = columns.items()
        yield _Cell(path, node, column, kind, keys)


def _of_cell(owner: NamedThing, cell: _Cell) -> Iterator[Mutant]:
    what = f"`{cell.column}` of `{', '.join(cell.keys)}`"
    shown_by = None if cell.column == FROM else cell.node.span
    if isinstance(cell.node, Scalar):
        for text in _others(cell.kind, cell.node.text):
            words = f"{what}: `{cell.node.text}` became `{text}`"
            yield _mutant(owner, cell.node, shown_by, words, Edit(cell.path, "set", text))
    elif isinstance(cell.node, SequenceNode) and isinstance(cell.kind, ListOf):
        for at, item in enumerate(cell.node.items):
            words = f"{what}: `{item.text if isinstance(item, Scalar) else at}` dropped"
            yield _mutant(owner, item, shown_by, words, Edit((*cell.path, at), "dropped"))


def _mutant(owner: NamedThing, node: Node, shown_by: Span | None, words: str, edit: Edit) -> Mutant:
    return Mutant((owner,), node.span, node.span, words, edit, shown_by)


def _others(kind: Type, text: str) -> Iterator[str]:
    """What a cell becomes."""
    match kind:
        case Maybe(of=Word(words=words)) if text == "null":
            yield words[0]
        case Maybe(of=inner) if text != "null":
            yield from _others(inner, text)
        case Boolean():
            yield "false" if text == "true" else "true"
        case Integer():
            yield str(int(text) + 1)
            if int(text) > 0:
                yield str(int(text) - 1)
        case Date():
            yield from beside(text)
        case Word(words=words) if len(words) > 1:
            yield words[(words.index(text) + 1) % len(words)]
