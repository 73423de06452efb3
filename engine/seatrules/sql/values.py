"""What expressions stand for while they are written as SQL: a value, a record, a map, a list, a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlglot import exp

from ..language.types import (
    Boolean,
    Date,
    Integer,
    ListOf,
    MapOf,
    Record,
    Table,
    Type,
    known,
)
from ..words import phrase
from . import nested
from .given import GivenPart
from .terms import (
    NoSqlError,
    Sql,
    all_of,
    any_of,
    call,
    cases,
    cast,
    column,
    compared,
    if_else,
    is_there,
    literal,
    no_sql,
    one_of,
    sql_type,
    texts,
)


class Listing(NamedTuple):
    """What is gone through: the items as a list, and what a name of one stands for."""

    items: Sql
    stands_for: Callable[[str], Value]


@dataclass(frozen=True)
class EntryValue:
    """A record, or an entry of a map with its key; one that may be absent is there where `there` holds."""

    kind: Record
    given: GivenPart
    id: Sql | None = None
    there: Sql | None = None
    default: Mapping[str, Any] | None = None

    def part(self, name: str) -> Value:
        """What stands for a property."""
        kind = self.kind.type_of(name)
        given = self.given.parts.get(name)
        value: Value = missing(known(kind)) if given is None else read(given, kind)
        if isinstance(value, exp.Expression):
            value = self._with_default(name, kind, value)
        elif self.default is not None:
            raise no_sql(name)
        return value

    def _with_default(self, name: str, kind: Type, value: Sql) -> Sql:
        if name in self.kind.defaults:
            value = exp.Coalesce(this=value, expressions=[literal(self.kind.defaults[name], kind)])
        if self.default is not None and self.there is not None:
            unlisted = self.default.get(name, self.kind.defaults.get(name))
            value = if_else(self.there, value, literal(unlisted, kind))
        return value


@dataclass(frozen=True)
class MapValue:
    """A map of the state: nested, or one column or part for each key."""

    kind: MapOf
    given: GivenPart

    def has(self, key: Sql) -> Sql:
        """Whether a key is listed."""
        if self.given.is_map:
            return exp.Coalesce(this=nested.has_key(self.given.value, key), expressions=[exp.false()])
        return any_of(all_of((one_of(key, texts([name])), _is_given(part))) for name, part in self.given.parts.items())

    def entry(self, key: Sql) -> EntryValue:
        """The entry under a key."""
        there = self.has(key) if self.kind.may_lack or self.kind.default is not None else None
        return EntryValue(self.kind.entry, self._under(key), key, there, self.kind.default)

    def _under(self, key: Sql) -> GivenPart:
        if self.given.is_map:
            return self.given.of_item(1, nested.entry_of(self.given.value, key))
        parts = self.given.parts
        if isinstance(key, exp.Literal):
            return parts.get(key.name, GivenPart())
        return _chosen(key, list(parts.items()))

    def listing(self, *, in_order: bool = False) -> Listing:
        """Its entries, one after the other; those of one column for each key by their keys."""
        if not self.given.is_map:
            raise NoSqlError(phrase("no_sql_columns"))
        items = nested.entries_of(self.given.value)
        given = self.given

        def stands_for(name: str) -> EntryValue:
            entry = column(name)
            key = call("struct_extract", entry, exp.Literal.string("key"))
            value = call("struct_extract", entry, exp.Literal.string("value"))
            return EntryValue(self.kind.entry, given.of_item(1, value), key)

        return Listing(nested.in_order(items) if in_order else items, stands_for)

    @property
    def size(self) -> Sql:
        """How many entries there are."""
        if self.given.is_map:
            return cast(call("cardinality", self.given.value), "bigint")
        counts = (if_else(_is_given(part), exp.convert(1), exp.convert(0)) for part in self.given.parts.values())
        return exp.paren(_sum(counts))


def _sum(counts: Iterator[Sql]) -> Sql:
    total: Sql = exp.convert(0)
    for count in counts:
        total = exp.Add(this=total, expression=count)
    return total


@dataclass(frozen=True)
class ListValue:
    """A list of the state or of an action."""

    kind: ListOf
    given: GivenPart

    @property
    def value(self) -> Sql:
        """The list itself, its items converted where they have another type there."""
        inner = self._item("item1")
        assert isinstance(inner, exp.Expression)
        return nested.made(self.given.value, "item1", inner)

    def _item(self, name: str) -> Value:
        assert self.kind.item is not None
        return read(self.given.of_item(0, column(name)), self.kind.item)

    def listing(self) -> Listing:
        """Its items, one after the other."""
        return Listing(self.given.value, self._item)

    @property
    def size(self) -> Sql:
        """How many items there are."""
        return nested.how_many(self.given.value)


@dataclass(frozen=True)
class TableValue:
    """A whole table."""

    table: Table


@dataclass(frozen=True)
class RowValue:
    """A row of a table under keys, of which each is written out or computed."""

    table: Table
    keys: Sequence[Sql]

    @property
    def id(self) -> Sql:
        return self.keys[0]

    def cell(self, name: str) -> CellValue:
        """What stands in a column."""
        return CellValue(self.table.record.type_of(name), tuple(self._cases(name)))

    def _cases(self, name: str) -> Iterator[tuple[Any, Sql]]:
        """Each value of a column, and the condition under which the row is one that has it."""
        by_value: dict[str, tuple[Any, list[tuple[str, ...]]]] = {}
        for keys, row in _rows(self.table.rows, len(self.table.keys)):
            if all(
                not isinstance(one, exp.Literal) or one.name == key for one, key in zip(self.keys, keys, strict=True)
            ):
                value = row.get(name)
                by_value.setdefault(repr(value), (value, []))[1].append(keys)
        for value, rows in by_value.values():
            yield value, exp.true() if len(by_value) == 1 else _under_keys(self.keys, rows)


def _rows(rows: Mapping[str, Any], depth: int) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for key, row in rows.items():
        if depth == 1:
            yield (key,), row
        else:
            yield from (((key, *keys), below) for keys, below in _rows(row, depth - 1))


def _under_keys(keys: Sequence[Sql], rows: Sequence[tuple[str, ...]]) -> Sql:
    """Whether keys are those of one of some rows."""
    key, *others = keys
    if not others:
        return one_of(key, texts(dict.fromkeys(row[0] for row in rows)))
    below: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        below.setdefault(row[0], []).append(row[1:])
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for first, rest in below.items():
        alike.setdefault(tuple(rest), []).append(first)
    return any_of(all_of((one_of(key, texts(firsts)), _under_keys(others, rest))) for rest, firsts in alike.items())


@dataclass(frozen=True)
class CellValue:
    """A cell of a table: each value that it may have, with the condition under which it has it."""

    kind: Type
    cases: Sequence[tuple[Any, Sql]]

    @property
    def value(self) -> Sql:
        """What it holds."""
        kind = known(self.kind)
        if isinstance(kind, Boolean) and not any(value is None for value, _ in self.cases):
            return any_of(condition for value, condition in self.cases if value)
        if len(self.cases) == 1:
            return literal(self.cases[0][0], kind)
        return cases((condition, literal(value, kind)) for value, condition in self.cases)

    def has(self, item: Sql) -> Sql:
        """Whether an item is one of the list that it holds."""
        kind = known(self.kind)
        assert isinstance(kind, ListOf)
        return any_of(
            all_of((condition, one_of(item, [literal(each, kind.item or kind) for each in values])))
            for values, condition in self.cases
            if values
        )


Value = Sql | EntryValue | MapValue | ListValue | TableValue | RowValue | CellValue


def single(value: Value) -> Sql:
    """A value that has no parts, or a list of such.

    Raises:
        NoSqlError: it is a record or a map.
    """
    if isinstance(value, exp.Expression):
        return value
    if isinstance(value, CellValue | ListValue):
        return value.value
    raise NoSqlError(phrase("no_sql_columns"))


def read(given: GivenPart, kind: Type) -> Value:
    """What stands for a value of a type where it is given.

    Raises:
        NoSqlError: what is given has a type that is left to the engine.
    """
    kind = known(kind)
    match kind:
        case Record() if given.is_record:
            return EntryValue(kind, given, None, None if given.sql is None else is_there(given.value))
        case MapOf() if given.is_map or given.is_record:
            return MapValue(kind, given)
        case ListOf() if given.is_list:
            return ListValue(kind, given)
        case Date() if given.is_text:
            return exp.TryCast(this=given.value, to=exp.DataType.build("date"))
        case Date() if given.is_date:
            return given.value
        case Integer() if given.is_whole_number:
            return given.value if given.type == exp.DataType.build("bigint") else cast(given.value, "bigint")
        case Boolean() if given.is_boolean:
            return given.value
        case Integer() | Boolean() if given.is_text and given.cell:
            return exp.TryCast(this=given.value, to=sql_type(kind))
        case Record() | MapOf() | ListOf() | Date() | Integer() | Boolean():
            pass
        case _ if given.is_text:
            return given.value if given.type == exp.DataType.build("text") else cast(given.value, "text")
    if given.is_nothing:
        return missing(kind)
    raise NoSqlError(phrase("no_sql_columns"))


def missing(kind: Type) -> Value:
    """What stands for a value that is given in no row."""
    match known(kind):
        case Record() as record:
            return EntryValue(record, GivenPart(), None, exp.false())
        case MapOf() as map_:
            return MapValue(map_, GivenPart())
    return cast(exp.null(), sql_type(kind))


def _is_given(given: GivenPart) -> Sql:
    """Whether there is a value, or one in one of several columns."""
    if given.sql is not None:
        return is_there(given.value)
    return any_of(_is_given(part) for part in given.parts.values())


def _chosen(key: Sql, parts: Sequence[tuple[str, GivenPart]]) -> GivenPart:
    """The part that has a key's name, where the parts have columns or types of their own: chosen in each part of it."""
    if all(not part.parts for _, part in parts):
        typed = next((part.type for _, part in parts if not part.is_nothing), None)
        chosen = cases((compared("==", key, exp.Literal.string(name)), part.value) for name, part in parts)
        return GivenPart(chosen, typed)
    names = dict.fromkeys(name for _, part in parts for name in part.parts)
    below = {name: _chosen(key, [(of, part.parts[name]) for of, part in parts if name in part.parts]) for name in names}
    return GivenPart(group=below)
