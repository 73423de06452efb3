"""The conditions under which what an allowed action does can be carried out; else the row is not sure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from sqlglot import exp

from ..diagnostics import echo
from ..language import tree as t
from ..language.limits import MAX_ITEMS
from ..language.references import refers_to
from ..language.types import Boolean, Integer, Key, ListOf, MapOf, Record, Type, bounds, known, of_records
from ..program import ActionType, Clause
from ..program.clause import Bill
from ..program.target import KeyStep, Target, keys_apart
from ..words import phrase
from . import nested
from .functions import number
from .terms import Sql, all_of, any_of, between, compared, is_absent, negated, no_sql
from .values import EntryValue, MapValue
from .writer import Local, SqlWriter


@dataclass
class Fits:
    """Writes the conditions for the consequences of an action.

    Raises:
        NoSqlError: the engine has to say it.
    """

    writer: SqlWriter
    _claims: list[tuple[Target, Clause]] = field(default_factory=list)

    def of(self, action: ActionType, bills: Iterable[Bill]) -> list[Sql]:
        """The conditions, all of which have to hold; of `bills`, that they can be computed."""
        conditions = [
            condition
            for clause in action.consequences
            if clause.when is None or t.constant(clause.when) is not False
            for condition in self._of_clause(clause)
        ]
        for bill in bills:
            self._note_failing(bill)
        return [*conditions, *self._apart()]

    def _note_failing(self, bill: Bill) -> None:
        """Where what is billed can't be computed, the row is not sure; the bill itself is nothing that SQL says."""
        asked = [*bill.values.values(), *([] if bill.when is None else [bill.when])]
        failing = [each for each in asked if self.writer.ranges.may_fail(each)]

        def computed(local: Local) -> list[Sql]:
            return [self.writer.condition(each, local) for each in failing]

        if bill.loop is None:
            computed({})
        else:
            self.writer.over_each(bill.loop, {}, computed)

    def _of_clause(self, clause: Clause) -> Iterator[Sql]:
        self._claims += [(target, clause) for target in clause.targets]
        if clause.loop is None:
            yield from self._done(clause, {})
            return
        if not all(target.differs_for_each(clause.loop) for target in clause.targets):
            raise no_sql(clause.id)
        over = clause.loop.over
        if isinstance(known(over.type), ListOf) and not of_records(over.type):
            items = self.writer.condition(over, {})
            once = compared("==", nested.how_many(nested.without_repeats(items)), nested.how_many(items))
            text = self.writer.shown(over)
            yield self.writer.flat(once, Boolean(), f"once {text}", phrase("sql_once", text=echo(text)))
        items, name, kept, conditions = self.writer.over_each(
            clause.loop, {}, lambda local: [*self._done(clause, local)]
        )
        if conditions:
            every = nested.every(items, name, all_of(conditions), kept)
            yield self.writer.flat(every, Boolean(), f"fits {clause.id}", phrase("sql_each_fits", text=echo(clause.id)))

    def _done(self, clause: Clause, local: Local) -> Iterator[Sql]:
        """The conditions of a clause, where it applies."""
        applies = exp.true() if clause.when is None else self.writer.condition(clause.when, local)
        for condition in self._changes(clause, local):
            yield any_of([negated(applies), condition])

    def _changes(self, clause: Clause, local: Local) -> Iterator[Sql]:
        for target, value in clause.changes:
            yield from self._path(target, local)
            yield from self._fitting(value, known(target.type), local)
        for target, item in clause.appends:
            yield from self._path(target, local)
            yield from self._appended(clause, target, item, local)
        for target in clause.removals:
            if target.referenced_entry(self.writer.program.referenced) is not None:
                raise no_sql(clause.id)
            yield from self._path(target, local)

    def _path(self, target: Target, local: Local) -> Iterator[Sql]:
        """What is written below a key that refers to another map is below one that this map has."""
        for key in target.keys:
            if self.writer.ranges.may_fail(key):
                self.writer.condition(key, local)
        for part in t.parts(target.expr):
            if isinstance(part, t.Index) and isinstance(part.of.type, MapOf) and part.of.type.refers:
                key_kind = part.of.type.key
                assert isinstance(key_kind, Key)
                yield self._refers(part.keys[0], key_kind, local)

    def _refers(self, expr: t.Expr, kind: Key, local: Local) -> Sql:
        """A value is a key of the map that it refers to, where there is one."""
        writer, value = self.writer, self.writer.condition(expr, local)
        if kind.entry not in writer.program.referenced:
            return exp.true()
        name = writer.program.referenced[kind.entry]
        entries = EntryValue(writer.program.state, writer.state).part(name)
        assert isinstance(entries, MapValue)
        return any_of([is_absent(value), writer.has(entries, value, f"{writer.shown(expr)} in {name}")])

    def _appended(
        self, clause: Clause, target: Target, item: t.Expr | Mapping[str, t.Expr], local: Local
    ) -> Iterator[Sql]:
        holder = known(target.holder.type)
        if isinstance(holder, ListOf) and holder.unique:
            raise no_sql(target.expr.text)
        if isinstance(target.last, KeyStep):
            entries = self.writer.value(target.holder, local)
            if clause.loop is not None or not isinstance(entries, MapValue):
                raise no_sql(clause.id)
            key = self.writer.condition(target.last.expr, local)
            text = self.writer.membership(target.last.expr, target.holder)
            yield negated(self.writer.has(entries, key, text))
        if isinstance(item, t.Expr):
            yield from self._fitting(item, known(target.type), local)
            return
        assert isinstance(target.type, Record)
        for name, value in item.items():
            yield from self._fitting(value, known(target.type.fields[name]), local)

    def _fitting(self, value: t.Expr, kind: Type, local: Local) -> Iterator[Sql]:
        """A new value fits where it is put."""
        match kind:
            case Integer():
                made = self.writer.condition(value, local)
                least, greatest = bounds(kind)
                yield any_of([is_absent(made), between(made, number(least), number(greatest))])
            case ListOf(item=item):
                if item is not None and refers_to(item):
                    raise no_sql(value.text)
                yield from self._list_fits(value, kind, local)
            case Key():
                yield self._refers(value, kind, local)
            case _ if self.writer.ranges.may_fail(value):
                self.writer.condition(value, local)

    def _list_fits(self, value: t.Expr, kind: ListOf, local: Local) -> Iterator[Sql]:
        """A list that is put into the state is not too long, and has nothing twice where it may not."""
        if of_records(kind):
            raise no_sql(value.text)
        if isinstance(written := t.unwrapped(value), t.Items):
            items = [self.writer.condition(each, local) for each in written.items]
            yield from (compared("!=", *both) for both in combinations(items, 2) if kind.unique)
            return
        made = self.writer.condition(value, local)
        size = nested.how_many(made)
        conditions = [compared("<=", size, number(MAX_ITEMS))]
        if kind.unique:
            conditions.append(compared("==", nested.how_many(nested.without_repeats(made)), size))
        text = self.writer.shown(value)
        says = phrase("sql_list_fits", text=echo(text), most=MAX_ITEMS)
        yield self.writer.flat(all_of(conditions), Boolean(), f"fits {text}", says)

    def _apart(self) -> Iterator[Sql]:
        """No two changes are of one path, or of one within the other."""
        for (first, one_clause), (second, other_clause) in combinations(self._claims, 2):
            keys = keys_apart(first, second)
            if keys is None:
                continue
            if not keys or one_clause.loop is not None or other_clause.loop is not None:
                raise no_sql(first.expr.text)
            yield negated(
                all_of(
                    compared("==", self.writer.condition(one, {}), self.writer.condition(other, {}))
                    for one, other in keys
                )
            )
