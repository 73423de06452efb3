"""The conditions under which what is read of a row is ordinary: of the types that the policy says, with its keys there.

They are those of the generated functions; where one does not hold, or is not known to, the row is not sure.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ..language import tree as t
from ..language.ranges import ordinary
from ..language.types import Boolean, Date, Integer, Key, ListOf, MapOf, Maybe, Record, Text, Type, Word, bounds, known
from ..program import ActionType, Clause
from ..program.reads import WHOLE, KeyOf, Reads
from ..words import phrase
from . import nested
from .functions import number
from .given import GivenPart
from .terms import (
    NoSqlError,
    Sql,
    all_of,
    any_of,
    between,
    cast,
    column,
    compared,
    is_absent,
    is_there,
    negated,
    one_of,
    texts,
)
from .values import EntryValue, ListValue, MapValue, Value, read
from .writer import SqlWriter

MOST_ENTRIES = (2_000, 250, 40, 10)
"""Of more entries in one map or list the engine counts its steps: the bound where loops stand alone, where one stands
in another, and so on."""
_YEARS = "0001-01-01", "9999-12-31"


class Checks:
    """Writes the conditions for a request."""

    def __init__(self, writer: SqlWriter) -> None:
        self.writer, self.program = writer, writer.program
        self._most = MOST_ENTRIES[0]
        self._of_facts: dict[str, int] = {}
        state = EntryValue(writer.program.state, writer.state)
        self._maps: dict[str, Value] = {
            kind.key.entry: state.part(name)
            for name, kind in writer.program.state.fields.items()
            if isinstance(kind, MapOf)
            and kind.has_own_keys
            and isinstance(kind.key, Key)
            and name in writer.state.parts
        }

    def request(self, action: ActionType) -> list[Sql]:
        """Of an action of a type, and of the state that it reads."""
        deepest = max((self._loops(expr) for clause in action.clauses for expr in _every(clause)), default=1)
        self._most = MOST_ENTRIES[min(max(deepest, 1), len(MOST_ENTRIES)) - 1]
        return [*self._arguments(action), *self._record(self.writer.state, self.program.state, action.reads)]

    def _loops(self, expr: t.Expr) -> int:
        """How many loops stand in one another in an expression, those of its facts among them."""
        inner = [expr.value] if isinstance(expr, t.Role) else [*t.children(expr)]
        below = max(map(self._loops, inner), default=0)
        if isinstance(expr, t.Call):
            if expr.fact not in self._of_facts:
                self._of_facts[expr.fact] = self._loops(self.program.facts[expr.fact].value)
            below = max(below, self._of_facts[expr.fact])
        return below + isinstance(expr, t.Each)

    def _arguments(self, action: ActionType) -> Iterator[Sql]:
        for name, kind in action.arguments.items():
            given = self.writer.arguments.get(name, GivenPart(exp.null(), exp.DataType.build("null")))
            yield from self._value(given, self._as_read(name, kind), WHOLE)
            yield from self._has_keys(name, given, kind)
        for name, given in self.writer.arguments.items():
            if name not in action.arguments and name != "type":
                yield _is_left_out(given)

    def _argument(self, name: str, given: GivenPart, kind: Type) -> Sql:
        """An argument as a flat column."""
        return self.writer.flat(given.value, kind, name)

    def _has_keys(self, name: str, given: GivenPart, kind: Type) -> Iterator[Sql]:
        """An argument that is a key, or a list of keys, has to be among those of its map."""
        item = known(kind)
        if isinstance(item, ListOf):
            inner = item.item
            if isinstance(inner, Key):
                with self.writer.item() as each:
                    condition = self._is_key(column(each.name), inner)
                yield nested.every(given.value, each.name, condition)
        elif isinstance(item, Key):
            yield _or_absent(kind, given, self._is_key(self._argument(name, given, item), item))

    def _is_key(self, key: Sql, kind: Key) -> Sql:
        holder = self._maps.get(kind.entry)
        if not isinstance(holder, MapValue):
            raise NoSqlError(phrase("no_sql_columns"))
        return self.writer.has(holder, key, kind.entry)

    def _as_read(self, name: str, kind: Type) -> Type:
        if isinstance(kind, Maybe):
            return Maybe(self._as_read(name, kind.of))
        return ordinary(kind) if isinstance(kind, Integer) and name in self.program.counted else kind

    def _record(self, given: GivenPart, kind: Record, reads: Reads) -> Iterator[Sql]:
        if not given.is_record:
            raise NoSqlError(phrase("no_sql_columns"))
        parts = given.parts
        for name in kind.fields if reads.whole else [name for name in kind.fields if name in reads.fields]:
            inner = WHOLE if reads.whole else reads.fields[name]
            field_kind = self._as_read(name, kind.fields[name])
            if name not in parts:
                if name in kind.required and not isinstance(field_kind, Maybe):
                    raise NoSqlError(phrase("no_sql_columns"))
                continue
            optional = name not in kind.required or isinstance(field_kind, Maybe)
            yield from self._value(parts[name], Maybe(known(field_kind)) if optional else field_kind, inner)
        if kind.closed:
            yield from (_is_left_out(part) for name, part in parts.items() if name not in kind.fields)
        elif reads.whole:
            raise NoSqlError(phrase("no_sql_columns"))

    def _value(self, given: GivenPart, kind: Type, reads: Reads) -> Iterator[Sql]:
        inner = known(kind)
        match inner:
            case Record() | MapOf():
                conditions = list(
                    self._record(given, inner, reads) if isinstance(inner, Record) else self._map(given, inner, reads)
                )
                if given.sql is None:
                    yield from conditions
                else:
                    yield from (_or_absent(kind, given, each) for each in [is_there(given.value), *conditions])
            case ListOf():
                conditions = [is_there(given.value), *self._list(given, inner, reads)]
                yield from (_or_absent(kind, given, each) for each in conditions)
            case _:
                yield _or_absent(kind, given, self._single(given, inner))

    def _single(self, given: GivenPart, kind: Type) -> Sql:
        """A value without parts: it is there, of its type and within its bounds."""
        value = read(given, kind)
        if not isinstance(value, exp.Expression):
            raise NoSqlError(phrase("no_sql_columns"))
        if given.is_text and isinstance(kind, Date | Integer | Boolean):  # written as the policy's files would have it
            return all_of([compared("==", cast(value, "text"), given.value), *in_range(value, kind)])
        match kind:
            case Word(words=words):
                return one_of(value, texts(words))
            case Integer() | Date():
                return all_of(in_range(value, kind))
            case Key() if kind.entry in self.program.referenced:
                return self._is_key(value, kind)
        return is_there(value)

    def _list(self, given: GivenPart, kind: ListOf, reads: Reads) -> Iterator[Sql]:
        assert kind.item is not None
        items = read(given, kind)
        assert isinstance(items, ListValue)
        yield compared("<=", items.size, number(self._most))
        inner = WHOLE if reads.whole else reads.entries or Reads()
        with self.writer.item() as each:
            item = given.of_item(0, column(each.name))
            conditions = list(self._value(item, kind.item, inner if isinstance(kind.item, Record | MapOf) else WHOLE))
        yield nested.every(given.value, each.name, all_of(conditions))
        if kind.unique:
            if isinstance(kind.item, Record):
                raise NoSqlError(phrase("no_sql_columns"))
            yield compared("==", nested.how_many(nested.without_repeats(given.value)), items.size)

    def _map(self, given: GivenPart, kind: MapOf, reads: Reads) -> Iterator[Sql]:
        entries = read(given, kind)
        assert isinstance(entries, MapValue)
        if not given.is_map:
            yield from self._map_of_columns(given, kind)
            if reads.whole or reads.each:
                raise NoSqlError(phrase("no_sql_columns"))
        elif reads.whole or reads.each:
            yield from self._each_entry(entries, kind, reads.of_each())
            return
        for key, inner in reads.keys.items():
            yield from self._named(entries, kind, key, inner)

    def _each_entry(self, entries: MapValue, kind: MapOf, reads: Reads) -> Iterator[Sql]:
        yield compared("<=", entries.size, number(self._most))
        listing = entries.listing()
        with self.writer.item() as each:
            entry = listing.stands_for(each.name)
            assert isinstance(entry, EntryValue)
            assert entry.id is not None
            conditions = [*self._key(entry.id, kind), *self._value(entry.given, kind.entry, reads)]
        yield nested.every(listing.items, each.name, all_of(conditions))

    def _key(self, key: Sql, kind: MapOf) -> Iterator[Sql]:
        if isinstance(kind.key, Word):
            yield one_of(key, texts(kind.key.words))
        if kind.refers and isinstance(kind.key, Key):
            yield self._is_key(key, kind.key)

    def _map_of_columns(self, given: GivenPart, kind: MapOf) -> Iterator[Sql]:
        """What has a column for each key: an entry under a key that is no word is not there."""
        if isinstance(kind.key, Word):
            yield from (_is_left_out(part) for name, part in given.parts.items() if name not in kind.key.words)

    def _named(self, entries: MapValue, kind: MapOf, key: KeyOf, reads: Reads) -> Iterator[Sql]:
        """An entry that the action or the policy names: as it has to be, where it is listed."""
        where, value = key
        if where == "literal":
            yield self._entry(entries, kind, exp.Literal.string(value), reads)
            return
        given = self.writer.arguments.get(value)
        if given is None:
            return
        if given.is_list:
            with self.writer.item() as each:
                condition = self._entry(entries, kind, column(each.name), reads)
            yield nested.every(given.value, each.name, condition)
        else:
            argument = self._argument(value, given, Text())
            yield any_of([is_absent(argument), self._entry(entries, kind, argument, reads)])

    def _entry(self, entries: MapValue, kind: MapOf, key: Sql, reads: Reads) -> Sql:
        """The entry under a key: as it has to be, where it need not be there."""
        there = self.writer.has(entries, key, kind.entry.name)
        entry = self.writer.entry(entries, key, kind.entry.name)
        record = [] if reads.presence_only else self._record(entry.given, kind.entry, reads)
        is_one = [] if entry.given.sql is None else [is_there(entry.given.value)]
        conditions = all_of([*is_one, *record])
        if kind.may_lack or kind.default is not None or reads.presence_only:
            return any_of([negated(there), conditions])
        return all_of([there, conditions])


def in_range(value: Sql, kind: Type) -> Iterator[Sql]:
    """That a number lies within its bounds, and a day in the years that there are."""
    match kind:
        case Integer():
            least, greatest = bounds(kind)
            yield between(value, number(least), number(greatest))
        case Date():
            yield between(value, *(cast(exp.Literal.string(each), "date") for each in _YEARS))


def _every(clause: Clause) -> Iterator[t.Expr]:
    """Every expression of a clause; what is done for each of a loop is in one more."""
    for expr in clause.expressions:
        yield expr if clause.loop is None else t.Each(expr.type, "", "all", "", clause.loop.over, None, expr)


def _or_absent(kind: Type, given: GivenPart, condition: Sql) -> Sql:
    """A condition that need not hold where a value may be absent and is."""
    return any_of([is_absent(given.value), condition]) if isinstance(kind, Maybe) else condition


def _is_left_out(given: GivenPart) -> Sql:
    """Whether nothing is given."""
    if given.sql is not None:
        return is_absent(given.value)
    return all_of(_is_left_out(part) for part in given.parts.values())
