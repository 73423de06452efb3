"""Which parts of the account state a program may read: what is checked before it runs, and kept for explaining."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.interpret import FactBody
from ..language.references import refers_to
from ..language.tree import constant
from ..language.types import ListOf, MapOf, Record, Type, known, of_records
from .clause import Bill, Clause
from .target import KeyStep, Target

KeyOf = tuple[str, Any]
"""Where a map's key comes from: `("argument", name)` or `("literal", value)`."""


class Reads:
    """What is read of one value: all of it, some properties, the entries under some keys, or parts of each entry."""

    __slots__ = ("each", "entries", "fields", "keys", "presence", "whole")

    def __init__(
        self,
        whole: bool = False,
        fields: dict[str, Reads] | None = None,
        keys: dict[KeyOf, Reads] | None = None,
        entries: Reads | None = None,
        each: bool = False,
        presence: bool = False,
    ) -> None:
        self.whole, self.entries, self.each, self.presence = whole, entries, each, presence
        self.fields: dict[str, Reads] = {} if fields is None else fields
        self.keys: dict[KeyOf, Reads] = {} if keys is None else keys

    @property
    def presence_only(self) -> bool:
        """Whether no more is read of an entry than whether there is one."""
        return self.presence and not (self.whole or self.fields or self.keys or self.entries or self.each)

    def below(self, name: str) -> Reads:
        return self.fields.setdefault(name, Reads())

    def entry(self, key: KeyOf | None = None) -> Reads:
        """What is read of the entry under one known key, or of each."""
        if key is not None:
            return self.keys.setdefault(key, Reads())
        if self.entries is None:
            self.entries = Reads()
        return self.entries

    def of_each(self) -> Reads:
        """What is read of an entry where all of them are: what is read of any."""
        any_entry = WHOLE if self.whole else self.entries or Reads()
        for reads in self.keys.values():
            any_entry = any_entry.joined(reads)
        return any_entry

    def renamed(self, argument: str, name: str) -> Reads:
        """The same, where what an argument names is named by another one."""
        if self.whole:
            return self
        fields = {field: reads.renamed(argument, name) for field, reads in self.fields.items()}
        keys = {
            ("argument", name) if key == ("argument", argument) else key: reads.renamed(argument, name)
            for key, reads in self.keys.items()
        }
        entries = None if self.entries is None else self.entries.renamed(argument, name)
        return Reads(False, fields, keys, entries, self.each, self.presence)

    def joined(self, other: Reads | None) -> Reads:
        """What is read by either."""
        if other is None or self.whole or other.whole:
            return self if other is None or self.whole else other
        names = [*self.fields, *(name for name in other.fields if name not in self.fields)]
        entries = self.entries.joined(other.entries) if self.entries else other.entries
        return Reads(
            False,
            {
                name: self.fields[name].joined(other.fields.get(name)) if name in self.fields else other.fields[name]
                for name in names
            },
            {**other.keys, **{key: reads.joined(other.keys.get(key)) for key, reads in self.keys.items()}},
            entries,
            self.each or other.each,
            self.presence or other.presence,
        )


WHOLE = Reads(whole=True)


def keys_of(key: KeyOf, action: Mapping[str, Any]) -> list[Any]:
    """The keys of a map that an action names there: of a list, each."""
    where, name = key
    value = action.get(name) if where == "argument" else name
    return value if isinstance(value, list) else [value]


class Reader:
    """Gathers what expressions read."""

    def __init__(self, facts: Mapping[str, FactBody]) -> None:
        self.facts, self.root = facts, Reads()
        self._calls: dict[tuple[Any, ...], Reading] = {}

    def clauses(self, clauses: Iterable[Clause]) -> Reads:
        """What any of the clauses may read, its texts included."""
        self.root.below("as_of").whole = True
        for clause in clauses:
            self._clause(clause)
        return self.root

    def _clause(self, clause: Clause) -> None:
        local: dict[str, Reading] = {}
        if clause.loop is None and clause.when is not None and constant(clause.when) is False:
            return
        if clause.loop is not None:
            local = self._loop(clause.loop.variable, clause.loop.over, clause.loop.condition, local)
        # An explanation shows every part that is required, also those behind one that decides.
        required = [requirement.expr for requirement in clause.require]
        for expr in (clause.on, clause.holds or clause.when, *required, *clause.messages):
            if expr is not None:
                self.value(expr, local)
        for bill in clause.billing:
            self._bill(bill, local)
        for target in (*(target for target, _ in clause.changes), *clause.removals):
            self.value(target.expr, local)
        for target, _ in clause.appends:
            self._added(target, local)
        for value, _, _ in clause.values:
            self.value(value, local)

    def _bill(self, bill: Bill, local: Mapping[str, Reading]) -> None:
        if bill.loop is not None:
            local = self._loop(bill.loop.variable, bill.loop.over, bill.loop.condition, local)
        for expr in (bill.when, *bill.values.values()):
            if expr is not None:
                self.value(expr, local)

    def _added(self, target: Target, local: Mapping[str, Reading]) -> None:
        """Of a map that gets an entry, whether it has one; of a list, how many it has."""
        holder = self.reading(target.holder, local)
        if isinstance(target.last, KeyStep):
            key = self.reading(target.last.expr, local)
            if key.reads is not None:
                key.reads.whole = True
            if holder.reads is not None:
                holder.reads.entry(key.key).presence = True
                holder.reads.each = holder.reads.each or key.key is None
        elif holder.reads is not None:
            holder.reads.each = True
            kind = known(target.holder.type)
            if not of_records(kind) or (isinstance(kind, ListOf) and kind.unique):
                holder.reads.whole = True

    def value(self, expr: t.Expr, local: Mapping[str, Reading]) -> None:
        """Note that the whole value of `expr` is read."""
        if (reads := self.reading(expr, local).reads) is not None:
            reads.whole = True

    def reading(self, expr: t.Expr, local: Mapping[str, Reading]) -> Reading:
        """Note what is read on the way to the value of `expr`; which part of the state that value is, if it is one."""
        match expr:
            case t.Literal(value=value) | t.Named(value=value):
                return Reading(None, ("literal", value)) if isinstance(value, str) else _NOTHING
            case t.Property(name=name):
                return Reading(self.root.below(name), None)
            case t.Local(name=name):
                return local[name]
            case t.Argument(name=name):
                return Reading(None, ("argument", name))
        read = _READING.get(type(expr))
        if read is not None:
            return read(self, expr, local)
        for part in t.children(expr):
            self.value(part, local)
        return _NOTHING

    def _role(self, expr: t.Role, local: Mapping[str, Reading]) -> Reading:
        return self.reading(expr.value, local)

    def _field(self, expr: t.Field, local: Mapping[str, Reading]) -> Reading:
        owner = self.reading(expr.of, local)
        if expr.is_key:
            return Reading(None, owner.key)
        return Reading(owner.reads.below(expr.name), None) if owner.reads else _NOTHING

    def _call(self, expr: t.Call, local: Mapping[str, Reading]) -> Reading:
        readings = [self.reading(argument, local) for argument in expr.arguments]
        call = (expr.fact, *[(id(reading.reads), reading.key) for reading in readings])
        if call not in self._calls:
            body = self.facts[expr.fact]
            self._calls[call] = self.reading(body.value, dict(zip(body.parameters, readings, strict=True)))
        return self._calls[call]

    def _each(self, expr: t.Each, local: Mapping[str, Reading]) -> Reading:
        inside = self._loop(expr.variable, expr.over, expr.condition, local)
        if expr.kind != "count":
            self.value(expr.element, inside)
        return _NOTHING

    def _choose(self, expr: t.Choose, local: Mapping[str, Reading]) -> Reading:
        self.value(expr.condition, local)
        settled = constant(expr.condition)
        for branch in (expr.then, expr.otherwise):
            if settled is not (branch is expr.otherwise):
                self.value(branch, local)
        return _NOTHING

    def _logic(self, expr: t.Logic, local: Mapping[str, Reading]) -> Reading:
        for item in expr.items:
            self.value(item, local)
            if constant(item) is (expr.op == "or"):
                break
        return _NOTHING

    def _index(self, expr: t.Index, local: Mapping[str, Reading]) -> Reading:
        return self._entry(self.reading(expr.of, local), [self.reading(key, local) for key in expr.keys])

    @staticmethod
    def _entry(owner: Reading, keys: list[Reading]) -> Reading:
        for key in keys:
            if key.reads is not None:
                key.reads.whole = True
        if owner.reads is None:
            return Reading(None, keys[0].key)
        if keys[0].key is None:
            owner.reads.each = True
        return Reading(owner.reads.entry(keys[0].key), keys[0].key)

    def _loop(
        self, variable: str, over: t.Expr, condition: t.Expr | None, local: Mapping[str, Reading]
    ) -> dict[str, Reading]:
        owner = self.reading(over, local)
        entry = Reading(None, None)
        if owner.reads is not None:
            owner.reads.each = True
            if of_records(over.type):
                entry = Reading(owner.reads.entry(), None)
            else:
                owner.reads.whole = True
        inside = {**local, variable: entry}
        if condition is not None:
            self.value(condition, inside)
        return inside


def note_references(reads: Reads, state: Record, clauses: Iterable[Clause], referenced: Mapping[str, str]) -> None:
    """Note what these clauses read besides: all that may refer to an entry that they take away.

    `referenced` are the maps whose entries are referred to, by the names of these.
    """
    for target in (target for clause in clauses for target in clause.removals):
        if (entry := target.referenced_entry(referenced)) is not None:
            _note_references(reads, state, entry)


def _note_references(reads: Reads, kind: Type, entry: str) -> None:
    """Note that all is read that may refer to an entry: it has to refer to none that is taken away."""
    match known(kind):
        case Record(fields=fields):
            for name, inner in fields.items():
                if refers_to(inner, entry):
                    _note_references(reads.below(name), inner, entry)
        case MapOf(entry=inner) | ListOf(item=Record() as inner):
            reads.each = True
            if refers_to(inner, entry):
                _note_references(reads.entry(), inner, entry)
        case _:
            reads.whole = True


class Reading(NamedTuple):
    """What is read of the part of the state that a value is, and where the key came from that leads to it."""

    reads: Reads | None
    key: KeyOf | None


_NOTHING = Reading(None, None)
"""Of a value that is no part of the state, and no key."""
_READING: dict[type[t.Expr], Callable[[Reader, Any, Mapping[str, Reading]], Reading]] = {
    t.Role: Reader._role,
    t.Field: Reader._field,
    t.Index: Reader._index,
    t.Call: Reader._call,
    t.Each: Reader._each,
    t.Choose: Reader._choose,
    t.Logic: Reader._logic,
}
