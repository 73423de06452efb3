"""The tables of a policy as one reads them across."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language.types import Boolean, Translated, Type
from ..language.types import Table as ProgramTable
from ..nodes import MappingNode
from .links import link, sentence
from .telling import Telling
from .values import Cell, Row, Table


def tables_of(telling: Telling) -> tuple[Table, ...]:
    """Every table, those that say most first."""
    found = (_table(name, table, telling) for name, table in telling.program.tables.items())
    return tuple(sorted(found, key=lambda each: -len(each.heads) * len(each.rows)))


def _table(name: str, table: ProgramTable, telling: Telling) -> Table:
    heads, rows = _across(table, telling) if len(table.own_keys) > 1 else _down(table, telling)
    entry = telling.written.tables.get(name)
    named = [each for used, namers in telling.uses.named_by.items() if _is_of(used, name) for each in namers]
    return Table(
        name=name,
        anchor=link("tables", name).href or "",
        title=telling.of_table(name) or sentence(name),
        title_language="en" if telling.of_table(name) is None else telling.language,
        key=table.own_keys[0].name,
        heads=tuple(heads),
        rows=tuple(rows),
        named_by=telling.links(named),
        cites=telling.cited_in(entry),
    )


def _is_of(used: Any, table: str) -> bool:
    return (used.kind, used.name) == ("tables", table) or (used.kind == "cells" and used.name.startswith(f"{table}/"))


def _down(table: ProgramTable, telling: Telling) -> tuple[list[tuple[str, str | None]], Iterator[Row]]:
    """A table by one key: a row for each word, a column for each that it has; what the word is called comes first."""
    fields = table.record.fields
    columns = [name for name in fields if not (name == "title" and fields[name] == Translated())]
    rows = (
        Row(
            key=str(word),
            title=telling.title(table.own_keys[0], word),
            cells=tuple(_cell(_periods(row, table), name, fields[name], telling) for name in columns),
            cites=links_of(table.name, str(word), telling),
        )
        for word, row in table.rows.items()
    )
    return [(sentence(name), None) for name in columns], rows


def _across(table: ProgramTable, telling: Telling) -> tuple[list[tuple[str, str | None]], Iterator[Row]]:
    """A table by two keys: the words of the second are its columns."""
    first, second = table.own_keys
    fields = table.record.fields
    rows = (
        Row(
            key=str(word),
            title=telling.title(first, word),
            cells=tuple(_cells(row.get(other), table, fields, telling) for other in second.words),
            cites=links_of(table.name, str(word), telling),
        )
        for word, row in table.rows.items()
        if isinstance(row, Mapping)
    )
    return [(str(other), telling.title(second, other)) for other in second.words], rows


def _cells(row: Any, table: ProgramTable, fields: Mapping[str, Type], telling: Telling) -> Cell:
    """All columns of a row by two keys in one cell."""
    if row is None:
        return Cell(((None, "–"),), None)
    each = {name: _cell(_periods(row, table), name, kind, telling) for name, kind in fields.items()}
    if len(each) == 1:
        return next(iter(each.values()))
    texts = ((since, f"{sentence(name)}: {text}") for name, cell in each.items() for since, text in cell.texts)
    return Cell(tuple(texts), None)


def _periods(row: Any, table: ProgramTable) -> list[tuple[str | None, Mapping[str, Any]]]:
    """The records of a row, each from the day on which it holds."""
    if table.days is None:
        return [(None, row)]
    return [(None if since not in table.days else since, record) for since, record in row.items()]


def _cell(records: list[tuple[str | None, Mapping[str, Any]]], name: str, kind: Type, telling: Telling) -> Cell:
    texts: list[tuple[str | None, str]] = []
    for since, record in records:
        text = telling.shown(record[name], kind)
        if not texts or texts[-1][1] != text:
            texts.append((since, text))
    return Cell(tuple(texts), records[0][1][name] if kind == Boolean() and len(texts) == 1 else None)


def links_of(table: str, word: str, telling: Telling) -> tuple[Any, ...]:
    """The statements that a row cites for itself."""
    entry = telling.written.tables.get(table)
    rows = None if entry is None else entry.child("rows")
    row = rows.get(word) if isinstance(rows, MappingNode) else None
    cites = row.get("cites") if isinstance(row, MappingNode) else None
    names = [] if cites is None else [getattr(each, "text", "") for each in getattr(cites, "items", ())]
    return tuple(link("statements", each) for each in names if each in telling.statements)
