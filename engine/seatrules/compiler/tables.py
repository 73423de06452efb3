"""The tables of a policy: their keys, columns and rows, each cell of the type of its column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..diagnostics import Span, listed
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
    binder.languages(entry.child("meaning"), where)
    if "key" not in entry.value or "columns" not in entry.value:
        binder.problems.error("missing-key", f"{where}: `key` and `columns` are missing", entry.span)
        return None
    enums = {name: kind for name, kind in binder.types.defs.items() if isinstance(kind, Word)}
    keys, columns = [], {}
    no_enum = f"{where}: `{{}}` is no enum of the state's `$defs`".format
    for scalar in entry.scalars("key"):
        if not binder.is_known(scalar, enums, "unknown-type", no_enum, lists=True):
            return None
        keys.append(enums[scalar.text])
    if len(keys) not in (1, 2):
        binder.problems.error("wrong-kind", f"{where}: a table has one key or two", entry.place("key"))
        return None
    for name, _, node in entry.pairs("columns"):
        kind = binder.type_named(node, where) if isinstance(node, Scalar) else None
        if kind is None:
            return None
        columns[name] = kind
    record = Record(entry.name, columns, frozenset(columns))
    written = entry.child("rows")
    assert written is not None
    lone = len(keys) == 2 and len(columns) == 1
    if not entry.value.get("dated"):
        rows = _Rows(binder, record, where, lone).below(written, keys)
        return Table(entry.name, tuple(keys), record, rows)
    for name, span, _ in entry.pairs("columns"):
        if name == FROM:
            message = f"{where}: in a dated table `{FROM}` is the day of an entry"
            binder.problems.error("shadowed-name", message, span, help="give the column another name")
            return None
    days = tuple(sorted(set(days_of(written))))
    period = Word(f"a period of `{entry.name}`", (BEFORE, *days))
    dated = _Rows(binder, record, where, lone, days)
    rows = dated.below(written, keys)
    return Table(entry.name, (*keys, period), record, rows, days, dated.entries)


@dataclass(frozen=True)
class _Rows:
    """Binds the rows of a table, each noted problem with `where` that is."""

    binder: Binder
    record: Record
    where: str
    lone: bool
    """Whether a cell stands for a row: the table has two keys and one column."""
    days: tuple[str, ...] | None = None
    """The days on which a dated table changes."""
    entries: dict[tuple[str, ...], dict[str, TableEntry]] = field(default_factory=dict)
    """Of a dated table, by the keys of its rows, the entries that say the cells which change."""

    def below(self, node: Node, keys: Sequence[Word], above: tuple[str, ...] = ()) -> dict[str, Any]:
        """What stands below some keys, by the words of the first of `keys`."""
        if not isinstance(node, MappingNode):
            self._error("wrong-kind", "a mapping is expected here", node.span)
            return {}
        key, *others = keys
        rows: dict[str, Any] = {}
        for word, span, row in node:
            if _is_word(self.binder, Scalar(word, span), key, self.where):
                rows[word] = (
                    self.below(row, others, (*above, word))
                    if others
                    else self._row(row, span, lone=self.lone)
                    if self.days is None
                    else self._periods(row, span, self.days, (*above, word))
                )
        for word in key.words:
            if word not in node.entries:
                self._error("missing-row", f"there is no row for `{word}`", node.span, "add the row")
        return rows

    def _periods(self, written: Node, span: Span, days: tuple[str, ...], keys: tuple[str, ...]) -> dict[str, Any]:
        """The row of each period: each entry says what changes from its day on."""
        where, problems = self.where, self.binder.problems
        cells = {f"{where}, `{column}`": entries(cell, "", Problems()) for column, cell in dated_cells(written)}
        node = by_row(written, where, problems)
        changes = entries(node, where, problems)
        if isinstance(written, MappingNode) and FROM in written.entries:
            help_text = f"write `[{{{FROM}: ..., ...}}]`"
            self._error("wrong-kind", "an entry from a day on stands in a list", written.entries[FROM][0], help_text)
            return {}
        begun = [check_first(each, of, problems) for of, each in (cells or {where: changes}).items()]
        if not all(begun):
            return {}
        rows: dict[str, Any] = {}
        whole, row = MappingNode({}, node.span), dict[str, Any]()
        by_day = {each.day: each.node for each in changes}
        says, said_by = dict[str, TableEntry](), dict[str, dict[str, TableEntry]]()
        for period in ("", *days):
            if period in by_day:
                entry = by_day[period]
                if not (isinstance(entry, MappingNode) or self.lone):
                    self._error("wrong-kind", "a mapping is expected here", entry.span)
                    break
                if isinstance(entry, MappingNode) and entry.entries.keys() <= {FROM, "cites"} and period:
                    message = f"the entry from `{period}` on changes nothing"
                    self._error("missing-cell", message, entry.span, "say what changes, or take it away")
                before, whole = whole, self._with_changes(whole, entry)
                row = self._row(whole, span if entry is node else entry.span)
                changed = [(name, place) for name, place, cell in whole if before.get(name) is not cell]
                says |= {name: TableEntry(period or None, place.at) for name, place in changed}
            rows[period or BEFORE], said_by[period or BEFORE] = row, says.copy()
        for period, of in said_by.items():  # a cell that never changes has no entries
            self.entries[*keys, period] = {name: each for name, each in of.items() if says[name].since is not None}
        return rows

    def _with_changes(self, whole: MappingNode, entry: Node) -> MappingNode:
        """A row with what an entry says; a cell of a table with one column may stand for the entry."""
        if isinstance(entry, MappingNode) and not (self.lone and self._is_cell(entry)):
            own = {key: each for key, each in entry.entries.items() if key != FROM}
            return MappingNode({**whole.entries, **own}, entry.span)
        (column,) = self.record.fields
        return MappingNode({column: (entry.span, entry)}, entry.span)

    def _is_cell(self, entry: MappingNode) -> bool:
        """Whether a mapping is the text of the only column in each language, and no entry."""
        return FROM not in entry.entries and not self.record.fields.keys() & entry.entries.keys()

    def _row(self, node: Node, span: Span, *, lone: bool = False) -> dict[str, Any]:
        columns = self.record.fields
        if lone:
            (column,) = columns
            return {column: self._cell(node, column)}
        if not isinstance(node, MappingNode):
            help_text = "only a table with `dated: true` has entries from a day on" if is_dated(node) else None
            self._error("wrong-kind", "a mapping is expected here", node.span, help_text)
            return {}
        for column in columns:
            if column not in node.entries:
                self._error("missing-cell", f"the row has no `{column}`", span)
        self.binder.cites(Entry(self.record.name, span, node, None))
        message = f"{self.where}: there is no column `{{}}`".format
        for column, place, _ in node:
            if column != "cites":
                self.binder.is_known(Scalar(column, place), columns, "unknown-column", message, lists=True)
        return {column: self._cell(cell, column) for column in columns if (cell := node.get(column)) is not None}

    def _cell(self, node: Node, column: str) -> Any:
        return _cell(self.binder, node, self.record.fields[column], f"{self.where}, `{column}`")

    def _error(self, code: str, message: str, span: Span, help: str | None = None) -> None:
        self.binder.problems.error(code, f"{self.where}: {message}", span, help=help)


def _is_word(binder: Binder, scalar: Scalar, kind: Word, where: str) -> bool:
    return scalar.text in kind.words or binder.is_known(
        scalar,
        kind.words,
        "unknown-word",
        lambda word: f"{where}: `{word}` is no word of `{kind.name}`",
        otherwise=f"it has {listed(kind.words)}",
    )


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
            case Word():
                return node.text if _is_word(binder, node, kind, where) else None
    elif isinstance(kind, ListOf) and kind.item is not None and not isinstance(node, MappingNode):
        return [_cell(binder, each, kind.item, where) for each in node.items]
    elif isinstance(kind, Translated) and isinstance(node, MappingNode):
        binder.languages(node, where)
        return {language: each.text for language, _, each in node if isinstance(each, Scalar)}
    mend = "in a table with `dated: true`, a cell has entries where its row has none" if is_dated(node) else None
    binder.problems.error("wrong-kind", f"{where}: {kind} is expected here", node.span, help=mend)
    return None
