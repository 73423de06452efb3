"""The tables of a policy: their keys, columns and rows, each cell of the type of its column."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..diagnostics import Span, did_you_mean, echo, listed, suggest
from ..language.days import is_date
from ..language.types import (
    BEFORE,
    Boolean,
    Date,
    Integer,
    ListOf,
    Maybe,
    Record,
    Table,
    TableEntry,
    Text,
    Translated,
    Type,
    Word,
    out_of_bounds,
)
from ..nodes import MappingNode, Node, Scalar
from ..policy.dated import FROM, by_row, check_first, dated_cells, days_of, entries, is_dated
from ..policy.structure import INTEGER
from ..policy.written import Entry
from ..problems import Problems
from .bind import Binder


def bind_table(binder: Binder, entry: Entry) -> Table | None:
    where = f"table `{entry.name}`"
    binder.meaning(entry, where)
    keys, columns = [], {}
    if "key" not in entry.value or "columns" not in entry.value:
        binder.problems.error("missing-key", f"{where}: `key` and `columns` are missing", entry.span)
        return None
    for scalar in entry.scalars("key"):
        key = binder.types.defs.get(scalar.text)
        if not isinstance(key, Word):
            enums = [name for name, kind in binder.types.defs.items() if isinstance(kind, Word)]
            help_text = suggest(scalar.text, enums)
            binder.problems.error(
                "unknown-type",
                f"{where}: `{echo(scalar.text)}` is no enum of the state's `$defs`",
                scalar.span,
                help=help_text,
            )
            return None
        keys.append(key)
    if len(keys) not in (1, 2):
        node = entry.child("key")
        assert node is not None
        binder.problems.error("wrong-kind", f"{where}: a table has one key or two", node.span)
        return None
    for name, _, node in entry.pairs("columns"):
        kind = binder.type_named(node, where) if isinstance(node, Scalar) else None
        if kind is None:
            return None
        columns[name] = kind
    record = Record(entry.name, columns, frozenset(columns))
    node = entry.child("rows")
    assert node is not None
    lone = len(keys) == 2 and len(columns) == 1
    if not entry.value.get("dated"):
        return Table(entry.name, tuple(keys), record, _rows(binder, node, keys, record, where, lone=lone))
    for name, span, _ in entry.pairs("columns"):
        if name == FROM:
            message = f"{where}: in a dated table `{FROM}` is the day of an entry"
            binder.problems.error("shadowed-name", message, span, help="give the column another name")
            return None
    days = tuple(sorted(set(days_of(node))))
    period = Word(f"a period of `{entry.name}`", (BEFORE, *days))
    dated = _Dated(days, {})
    rows = _rows(binder, node, keys, record, where, lone=lone, dated=dated)
    return Table(entry.name, (*keys, period), record, rows, days, dated.entries)


class _Dated(NamedTuple):
    """The days on which a table changes, and by the keys of its rows the entries that say the cells which do."""

    days: tuple[str, ...]
    entries: dict[tuple[str, ...], dict[str, TableEntry]]


def _rows(
    binder: Binder,
    node: Node,
    keys: list[Word],
    record: Record,
    where: str,
    *,
    lone: bool,
    dated: _Dated | None = None,
    above: tuple[str, ...] = (),
) -> dict[str, Any]:
    if not isinstance(node, MappingNode):
        binder.problems.error("wrong-kind", f"{where}: a mapping is expected here", node.span)
        return {}
    key, other_keys = keys[0], keys[1:]
    rows: dict[str, Any] = {}
    for word, span, row in node:
        if word not in key.words:
            help_text = did_you_mean(word, key.words) or f"it has {listed(key.words)}"
            binder.problems.error(
                "unknown-word", f"{where}: `{echo(word)}` is no word of `{key.name}`", span, help=help_text
            )
        else:
            rows[word] = (
                _rows(binder, row, other_keys, record, where, lone=lone, dated=dated, above=(*above, word))
                if other_keys
                else _row(binder, row, span, record, where, lone=lone)
                if dated is None
                else _periods(binder, row, span, record, where, dated, (*above, word), lone=lone)
            )
    for word in key.words:
        if word not in node.entries:
            binder.problems.error(
                "missing-row", f"{where}: there is no row for `{word}`", node.span, help="add the row"
            )
    return rows


def _periods(
    binder: Binder,
    written: Node,
    span: Span,
    record: Record,
    where: str,
    dated: _Dated,
    keys: tuple[str, ...],
    *,
    lone: bool,
) -> dict[str, Any]:
    """The row of each period: each entry says what changes from its day on."""
    cells = {f"{where}, `{column}`": entries(cell, "", Problems()) for column, cell in dated_cells(written)}
    node = by_row(written, where, binder.problems)
    changes = entries(node, where, binder.problems)
    if isinstance(written, MappingNode) and FROM in written.entries:
        message = f"{where}: an entry from a day on stands in a list"
        binder.problems.error("wrong-kind", message, written.entries[FROM][0], help=f"write `[{{{FROM}: ..., ...}}]`")
        return {}
    begun = [check_first(each, of, binder.problems) for of, each in (cells or {where: changes}).items()]
    if not all(begun):
        return {}
    rows: dict[str, Any] = {}
    whole, row = MappingNode({}, node.span), dict[str, Any]()
    by_day = {each.day: each.node for each in changes}
    says, said_by = dict[str, TableEntry](), dict[str, dict[str, TableEntry]]()
    for period in ("", *dated.days):
        if period in by_day:
            entry = by_day[period]
            if not (isinstance(entry, MappingNode) or lone):
                binder.problems.error("wrong-kind", f"{where}: a mapping is expected here", entry.span)
                break
            if isinstance(entry, MappingNode) and entry.entries.keys() <= {FROM, "cites"} and period:
                message = f"{where}: the entry from `{period}` on changes nothing"
                binder.problems.error("missing-cell", message, entry.span, help="say what changes, or take it away")
            before, whole = whole, _with_changes(whole, entry, record, lone=lone)
            row = _row(binder, whole, span if entry is node else entry.span, record, where)
            changed = [(name, place) for name, place, cell in whole if before.get(name) is not cell]
            says |= {name: TableEntry(period or None, place.at) for name, place in changed}
        rows[period or BEFORE], said_by[period or BEFORE] = row, says.copy()
    for period, of in said_by.items():  # a cell that never changes has no entries
        dated.entries[*keys, period] = {name: each for name, each in of.items() if says[name].since is not None}
    return rows


def _with_changes(whole: MappingNode, entry: Node, record: Record, *, lone: bool) -> MappingNode:
    """A row with what an entry says; a cell of a table with one column may stand for the entry."""
    if isinstance(entry, MappingNode) and not (lone and _is_cell(entry, record)):
        own = {key: each for key, each in entry.entries.items() if key != FROM}
        return MappingNode({**whole.entries, **own}, entry.span)
    (column,) = record.fields
    return MappingNode({column: (entry.span, entry)}, entry.span)


def _is_cell(entry: MappingNode, record: Record) -> bool:
    """Whether a mapping is the text of the only column in each language, and no entry."""
    return FROM not in entry.entries and not record.fields.keys() & entry.entries.keys()


def _row(binder: Binder, node: Node, span: Span, record: Record, where: str, *, lone: bool = False) -> dict[str, Any]:
    if lone:
        (column,) = record.fields
        return {column: _cell(binder, node, record.fields[column], f"{where}, `{column}`")}
    if not isinstance(node, MappingNode):
        help_text = "only a table with `dated: true` has entries from a day on" if is_dated(node) else None
        binder.problems.error("wrong-kind", f"{where}: a mapping is expected here", node.span, help=help_text)
        return {}
    row = {}
    for column, kind in record.fields.items():
        cell = node.get(column)
        if cell is None:
            binder.problems.error("missing-cell", f"{where}: the row has no `{column}`", span)
        else:
            row[column] = _cell(binder, cell, kind, f"{where}, `{column}`")
    binder.cites(Entry(record.name, span, node, None))
    for column, place, _ in node:
        if column not in record.fields and column != "cites":
            help_text = suggest(column, record.fields)
            binder.problems.error(
                "unknown-column", f"{where}: there is no column `{echo(column)}`", place, help=help_text
            )
    return row


def _cell(binder: Binder, node: Node, kind: Type, where: str) -> Any:
    """The value of a table's cell."""
    if isinstance(node, Scalar):
        plain = node.style is None
        match kind:
            case Maybe(of=inner):
                return None if plain and node.text == "null" else _cell(binder, node, inner, where)
            case Boolean() if plain and node.text in ("true", "false"):
                return node.text == "true"
            case Integer() if plain and INTEGER.fullmatch(node.text):
                if beyond := out_of_bounds(kind, int(node.text)):
                    binder.problems.error("out-of-range", f"{where}: {beyond}", node.span)
                return int(node.text)
            case Date() if is_date(node.text):
                return node.text
            case Text() if not node.reads_otherwise:
                return node.text
            case Word(words=words):
                if node.text in words:
                    return node.text
                help_text = did_you_mean(node.text, words) or f"it has {listed(words)}"
                binder.problems.error(
                    "unknown-word",
                    f"{where}: `{echo(node.text)}` is no word of `{kind.name}`",
                    node.span,
                    help=help_text,
                )
                return None
    elif isinstance(kind, ListOf) and kind.item is not None and not isinstance(node, MappingNode):
        return [_cell(binder, each, kind.item, where) for each in node.items]
    elif isinstance(kind, Translated) and isinstance(node, MappingNode):
        binder.languages(node, where)
        return {language: each.text for language, _, each in node if isinstance(each, Scalar)}
    mend = "in a table with `dated: true`, a cell has entries where its row has none" if is_dated(node) else None
    binder.problems.error("wrong-kind", f"{where}: {kind} is expected here", node.span, help=mend)
    return None
