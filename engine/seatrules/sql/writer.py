"""Writes checked expressions as SQL over one row.

What takes something apart that is nested becomes a flat column, computed once: the smallest part that is a single
value. So rules are written over flat columns alone, in SQL that is common to the dialects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from ..language import tree as t
from ..language.functions import LISTED
from ..language.interpret import by_key
from ..language.limits import MOST_SUM
from ..language.ranges import ORDINARY, Ranges, ordinary
from ..language.types import MOST, Boolean, Integer, ListOf, Maybe, Table, Type, known
from ..program import Program
from . import nested
from .columns import Columns, of_parts
from .functions import FUNCTIONS, number
from .given import GivenPart
from .terms import (
    Sql,
    all_of,
    any_of,
    array,
    between,
    calculated,
    call,
    cases,
    cast,
    column,
    compared,
    if_else,
    if_known,
    is_absent,
    known_to_hold,
    literal,
    negated,
    no_sql,
    one_of,
    sql_type,
    wrapped,
)
from .values import (
    CellValue,
    EntryValue,
    Listing,
    ListValue,
    MapValue,
    RowValue,
    TableValue,
    Value,
    missing,
    read,
    single,
)

LARGE = "decimal(38, 0)"
"""The type in which two numbers of 63 bits are multiplied."""
Local = Mapping[str, Value]


@dataclass
class SqlWriter(Columns):
    """Writes expressions over the columns of a row, and gathers the flat columns and what makes a row not sure."""

    program: Program
    state: GivenPart
    arguments: Mapping[str, GivenPart]
    presence: dict[str, Sql] = field(default_factory=dict)
    """Of columns that hold an entry of a map, by their names, the column that says whether it is there."""
    _names: dict[str, str] = field(default_factory=dict)
    """What the parameters of the fact that is written stand for."""

    def __post_init__(self) -> None:
        self.ranges = Ranges(self.program.facts, self.program.counted)

    def condition(self, expr: t.Expr, local: Local) -> Sql:
        """A condition, or any other single value."""
        return single(self.value(expr, local))

    def value(self, expr: t.Expr, local: Local) -> Value:
        """What stands for a value; a single one that is taken out of something nested is a flat column then.

        Raises:
            NoSqlError: it has no SQL form.
        """
        value = self._ordinary(expr, self._value(expr, local))
        if not isinstance(value, Sql) or of_parts(expr.type):
            return value
        value = self.flat(value, self._as_counted(expr), self.shown(expr))
        return self.once(value, expr.type, expr.text) if isinstance(expr, t.Call | t.Apply) else value

    def _ordinary(self, expr: t.Expr, value: Value) -> Value:
        """A number that is counted with, where it is ordinary: else none, and the row is not sure."""
        if not (isinstance(value, Sql) and self._is_counted(expr)):
            return value
        return cases([(between(value, number(-ORDINARY), number(ORDINARY)), value)])

    def _is_counted(self, expr: t.Expr) -> bool:
        read = isinstance(expr, t.Property | t.Argument | t.Field) and expr.name in self.program.counted
        return read and isinstance(known(expr.type), Integer)

    def _as_counted(self, expr: t.Expr) -> Type:
        """The type of an expression; of a number that is counted with, that of those which are ordinary."""
        kind = known(expr.type)
        if not (isinstance(kind, Integer) and self._is_counted(expr)):
            return expr.type
        return Maybe(ordinary(kind)) if isinstance(expr.type, Maybe) else ordinary(kind)

    def shown(self, expr: t.Expr) -> str:
        """The text of an expression, with what parameters and roles stand for in their place."""
        text, end = "", len(expr.text)
        for part, meant in reversed([*self._meant(expr)]):
            at = part.at - expr.at
            text, end = meant + expr.text[at + len(part.text) : end] + text, at
        return expr.text[:end] + text

    def _meant(self, expr: t.Expr) -> Iterator[tuple[t.Expr, str]]:
        """The names in an expression that stand for others, in order, with these."""
        if isinstance(expr, t.Role):
            yield expr, self._joined(expr.value)
        elif isinstance(expr, t.Local):
            if expr.name in self._names:
                yield expr, self._names[expr.name]
        else:
            below = [each for child in t.children(expr) for each in self._meant(child)]
            yield from sorted(below, key=lambda each: each[0].at)

    def _joined(self, expr: t.Expr) -> str:
        """The text of an expression as it can stand in another one."""
        text = self.shown(expr)
        simple = t.Argument | t.Call | t.Apply | t.Field | t.Index | t.Literal | t.Local | t.Named | t.Property | t.Role
        return text if isinstance(expr, simple) else f"({text})"

    def _value(self, expr: t.Expr, local: Local) -> Value:
        match expr:
            case t.Literal(value=value) | t.Named(value=value):
                return literal(value, expr.type)
            case t.Local(name=name):
                return local[name]
            case t.Argument(name=name):
                given = self.arguments.get(name)
                return missing(expr.type) if given is None else read(given, expr.type)
            case t.Property():
                return self._property(expr)
            case t.Role(value=inner):
                return self.value(inner, local)
            case t.Rows(type=Table() as table):
                return TableValue(table)
            case t.Field(of=of, name=name):
                return self._field(self.value(of, local), name)
            case t.Index(of=of, keys=keys):
                return self._index(self.value(of, local), [self.condition(key, local) for key in keys], expr)
            case t.Call():
                return self._call(expr, local)
            case t.Each():
                return self._each(expr, local)
            case t.Choose(condition=condition):
                settled = t.constant(condition)
                if isinstance(settled, bool):
                    return self.value(expr.then if settled else expr.otherwise, local)
                chosen = self.condition(condition, local)
                then = self._where(chosen, expr.then, local)
                return if_known(chosen, then, self._where(negated(chosen), expr.otherwise, local))
            case t.Items(items=items):
                return cast(array(self.condition(each, local) for each in items), sql_type(expr.type))
        return self._operation(expr, local)

    def _where(self, condition: Sql, expr: t.Expr, local: Local) -> Sql:
        """A value that is computed where a condition holds alone: only there does the row fail where it does."""
        failures = self.frames[-1].failures
        before = set(failures)
        value = self.condition(expr, local)
        for key in [each for each in failures if each not in before]:
            self.fails_where(all_of((condition, failures.pop(key))))
        return value

    def _call(self, expr: t.Call, local: Local) -> Value:
        body = self.program.facts[expr.fact]
        values = [self.value(argument, local) for argument in expr.arguments]
        outside, names = self._names, [self._joined(argument) for argument in expr.arguments]
        self._names = dict(zip(body.parameters, names, strict=True))
        value = self.value(body.value, dict(zip(body.parameters, values, strict=True)))
        self._names = outside
        return value

    def _property(self, expr: t.Property) -> Value:
        return EntryValue(self.program.state, self.state).part(expr.name)

    def _operation(self, expr: t.Expr, local: Local) -> Sql:
        match expr:
            case t.Logic(op=op, items=items):
                return (all_of if op == "and" else any_of)(self.condition(item, local) for item in items)
            case t.Not(of=of):
                return negated(self.condition(of, local))
            case t.IsAbsent(of=of, negated=opposite):
                absent = self._absent(self.value(of, local))
                return negated(absent) if opposite else absent
            case t.Compare():
                return self._compare(expr, local)
            case t.Arithmetic():
                return self._arithmetic(expr, local)
            case t.Apply():
                return self._apply(expr, local)
        raise no_sql(expr.text)

    def _absent(self, value: Value) -> Sql:
        if isinstance(value, EntryValue):
            return exp.false() if value.there is None else negated(value.there)
        return is_absent(single(value))

    def _field(self, owner: Value, name: str) -> Value:
        if isinstance(owner, RowValue):
            return owner.id if name == "id" else owner.cell(name)
        assert isinstance(owner, EntryValue)
        if name == "id" and owner.id is not None:
            return owner.id
        return owner.part(name)

    def _index(self, owner: Value, keys: Sequence[Sql], expr: t.Index) -> Value:
        if isinstance(owner, TableValue):
            return RowValue(owner.table, keys)
        assert isinstance(owner, MapValue)
        return self.entry(owner, keys[0], self.membership(expr.keys[0], expr.of))

    def membership(self, key: t.Expr, owner: t.Expr) -> str:
        """That a map has a key, as an expression."""
        return f"{self._joined(key)} in {self._joined(owner)}"

    def entry(self, owner: MapValue, key: Sql, text: str) -> EntryValue:
        """The entry under a key, looked up once for the row."""
        entry = owner.entry(key)
        place = self._place(owner, key, text)
        if place is None:
            return entry
        there = None if entry.there is None else self.has(owner, key, text)
        found = self.flat(nested.entry_at(owner.given.value, place), owner.kind, f"entry where {text}")
        if there is not None:
            self.presence[found.name] = there
        return replace(entry, given=replace(entry.given, sql=found), there=there)

    def has(self, owner: MapValue, key: Sql, text: str) -> Sql:
        """Whether a map has a key, looked up once for the row; `text` says so."""
        place = self._place(owner, key, text)
        if place is None:
            return self.flat(owner.has(key), Boolean(), text)
        is_there = compared(">", exp.Coalesce(this=place, expressions=[number(0)]), number(0))
        return self.flat(is_there, Boolean(), text)

    def _place(self, owner: MapValue, key: Sql, text: str) -> Sql | None:
        """The place of a key in a map as a flat column; nothing in a loop, or where the map has no places."""
        if not owner.given.is_map:
            return None
        place = nested.place_of(owner.given.value, key)
        flat = self.flat(place, Integer(), f"place of {text}")
        if flat is place:
            return None
        self._nested.add(flat.name)
        return flat

    def _compare(self, expr: t.Compare, local: Local) -> Sql:
        left = self.condition(expr.left, local)
        if expr.op in ("in", "not in"):
            among = self._among(left, expr, local)
            if isinstance(expr.left.type, Maybe):
                among = exp.Coalesce(this=wrapped(among), expressions=[exp.false()])
            return negated(among) if expr.op == "not in" else among
        right = self.condition(expr.right, local)
        if of_parts(expr.left.type) or of_parts(expr.right.type):
            raise no_sql(expr.text)
        if expr.op in ("==", "!=") and _may_be_absent(expr.left, expr.right):
            kind = exp.NullSafeEQ if expr.op == "==" else exp.NullSafeNEQ
            return kind(this=wrapped(left), expression=wrapped(right))
        return compared(expr.op, left, right)

    def _among(self, left: Sql, expr: t.Compare, local: Local) -> Sql:
        """Whether the left side is one of what stands on the right."""
        if isinstance(right := t.unwrapped(expr.right), t.Items):
            if any(isinstance(each.type, Maybe) for each in right.items):
                raise no_sql(expr.text)
            return one_of(left, [self.condition(each, local) for each in right.items])
        among = self.value(expr.right, local)
        if isinstance(among, CellValue | MapValue):
            text = self.membership(expr.left, expr.right)
            return among.has(left) if isinstance(among, CellValue) else self.has(among, left, text)
        if isinstance(among, TableValue):
            raise no_sql(expr.text)
        return nested.has_item(single(among), left)

    def _arithmetic(self, expr: t.Arithmetic, local: Local) -> Sql:
        left, right = self.condition(expr.left, local), self.condition(expr.right, local)
        if not isinstance(known(expr.type), Integer):
            return nested.joined(left, right)
        if self.ranges.stays_small(expr):
            return calculated(expr.op, left, right)
        large = self.once(calculated(expr.op, *(cast(each, LARGE) for each in (left, right))), expr.type, expr.text)
        is_in = between(large, number(-MOST), number(MOST))
        self.fails_where(known_to_hold(negated(is_in)))
        return cases([(is_in, cast(large, "bigint"))])

    def _apply(self, expr: t.Apply, local: Local) -> Sql:
        if expr.function == "len":
            value = self.value(expr.arguments[0], local)
            return value.size if isinstance(value, MapValue | ListValue) else nested.how_many(single(value))
        if expr.function == "without":
            items, item = (self.condition(each, local) for each in expr.arguments)
            if isinstance(expr.arguments[1].type, Maybe):
                raise no_sql(expr.text)
            return nested.kept(items, "item1", compared("!=", column("item1"), item))
        kind = expr.type

        def once(sql: Sql) -> Sql:
            return self.once(sql, kind, expr.text)

        arguments = [once(self.condition(each, local)) for each in expr.arguments]
        if (function := FUNCTIONS.get(expr.function)) is None:
            raise no_sql(expr.function)
        made, fails = function(arguments, once)
        self.fails_where(None if fails is None else known_to_hold(fails))
        return made

    def _each(self, expr: t.Each, local: Local) -> Value:
        over = self.value(expr.over, local)
        if isinstance(over, TableValue):
            return self._of_each_row(expr, over.table, local)
        loop = t.Loop(expr.variable, expr.over, expr.condition)

        def asked(inside: Local) -> list[Sql]:
            return [] if expr.kind == "count" else [self.condition(expr.element, inside)]

        items, name, kept, made = self.over_each(loop, local, asked, in_order=by_key(expr))
        return self._gathered(expr, items, name, kept, *made)

    def over_each(
        self, loop: t.Loop, local: Local, asked: Callable[[Local], list[Sql]], *, in_order: bool = False
    ) -> tuple[Sql, str, Sql | None, list[Sql]]:
        """The items of a loop, the name of one, the condition under which it is one, and what is asked of it.

        Raises:
            NoSqlError: it has no SQL form.
        """
        listing = self._listing(loop.over, local, in_order=in_order)
        with self.item() as frame:
            inside = {**local, loop.variable: listing.stands_for(frame.name)}
            kept = [] if loop.condition is None else [self.condition(loop.condition, inside)]
            made = asked(inside)
        items = listing.items
        if frame.computed:
            items = self.flat(frame.prepared(items), loop.over.type, f"each {loop.over.text}")
        if frame.failures:
            self.fails_where(nested.some(items, frame.name, frame.finished(any_of(frame.failures.values()))))
        first, rest = [frame.finished(each) for each in kept], [frame.finished(each) for each in made]
        return items, frame.name, first[0] if first else None, rest

    def _listing(self, over: t.Expr, local: Local, *, in_order: bool) -> Listing:
        value = self.value(over, local)
        if isinstance(value, MapValue):
            return value.listing(in_order=in_order)
        if isinstance(value, ListValue):
            return value.listing()
        if isinstance(value, TableValue):
            raise no_sql(over.text)
        return ListValue(known_list(over.type), GivenPart(single(value), sql_type(over.type))).listing()

    def _gathered(self, expr: t.Each, items: Sql, name: str, kept: Sql | None, element: Sql | None = None) -> Sql:
        """What a function of a `for` makes of the items for which its condition holds."""
        if element is None:
            return nested.how_many(nested.kept(items, name, kept))
        both = [element] if kept is None else [kept, element]
        match expr.kind:
            case "any":
                return nested.some(items, name, all_of(both))
            case "all":
                return negated(nested.some(items, name, all_of([*both[:-1], negated(element)])))
        if isinstance(expr.element.type, Maybe):
            raise no_sql(expr.text)
        values = nested.made(nested.kept(items, name, kept), name, element)
        match expr.kind:
            case "sum":
                return self._sum(values)
            case "min" | "max":
                return call(f"list_{expr.kind}", values)
            case "first":
                return nested.item_at(values, 1)
            case "count_distinct":
                return nested.how_many(nested.without_repeats(values))
        if expr.kind != LISTED:
            raise no_sql(expr.text)
        return values

    def _sum(self, values: Sql) -> Sql:
        total = exp.Coalesce(this=call("list_sum", values), expressions=[number(0)])
        is_in = between(total, number(-MOST_SUM), number(MOST_SUM))
        self.fails_where(negated(is_in))
        return cases([(is_in, cast(total, "bigint"))])

    def _of_each_row(self, expr: t.Each, table: Table, local: Local) -> Sql:
        """A function of a `for` over a table: of each row, written out."""
        if len(table.keys) != 1:
            raise no_sql(expr.text)
        kept, elements = [], []
        for key in table.rows:
            inside = {**local, expr.variable: RowValue(table, [exp.Literal.string(key)])}
            kept.append(exp.true() if expr.condition is None else self.condition(expr.condition, inside))
            elements.append(exp.true() if expr.kind == "count" else self.condition(expr.element, inside))
        match expr.kind:
            case "any":
                return any_of(all_of(pair) for pair in zip(kept, elements, strict=True))
            case "all":
                return negated(any_of(all_of((one, negated(other))) for one, other in zip(kept, elements, strict=True)))
            case "count" | "sum":
                values = [number(1)] * len(kept) if expr.kind == "count" else elements
                total: Sql = number(0)
                for one, value in zip(kept, values, strict=True):
                    total = exp.Add(this=total, expression=exp.paren(if_else(one, value, number(0))))
                return exp.paren(total)
        raise no_sql(expr.text)


def known_list(kind: Type) -> ListOf:
    """The type of a list."""
    listed = known(kind)
    assert isinstance(listed, ListOf)
    return listed


def _may_be_absent(*sides: t.Expr) -> bool:
    return any(isinstance(side.type, Maybe) or str(side.type) == "absent" for side in sides)
