"""Which parts of the account state a program may read: what is checked before it runs, and kept for explaining."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.interpret import FactBody
from ..language.tree import constant
from ..language.types import Entry, of_records
from .program import Clause

KeyOf = tuple[str, Any]
"""Where a map's key comes from: `("argument", name)` or `("literal", value)`."""


@dataclass(slots=True)
class Reads:
    """What is read of one value: all of it, some properties, the entries under some keys, or parts of each entry."""

    whole: bool = False
    fields: dict[str, Reads] = field(default_factory=dict)
    keys: dict[KeyOf, Reads] = field(default_factory=dict)
    entries: Reads | None = None
    each: bool = False

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
        found = WHOLE if self.whole else self.entries or Reads()
        for reads in self.keys.values():
            found = found.joined(reads)
        return found

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
        )


WHOLE = Reads(whole=True)


@dataclass
class Reader:
    """Gathers what expressions read."""

    facts: Mapping[str, FactBody]
    root: Reads = field(default_factory=Reads)
    _calls: dict[tuple[Any, ...], _Seen] = field(default_factory=dict)

    def clauses(self, clauses: Iterable[Clause]) -> Reads:
        """What any of the clauses may read, its texts included."""
        self.root.below("as_of").whole = True
        for clause in clauses:
            self._clause(clause)
        return self.root

    def _clause(self, clause: Clause) -> None:
        local: dict[str, _Seen] = {}
        if clause.loop is None and clause.when is not None and constant(clause.when) is False:
            return
        if clause.loop is not None:
            local = self._loop(clause.loop.variable, clause.loop.over, clause.loop.condition, local)
        for path, _ in clause.appends:
            self._appended(path, local)
        pairs = [expr for path, value in clause.changes for expr in (path, value)]
        added = [
            value for _, item in clause.appends for value in ([item] if isinstance(item, t.Expr) else item.values())
        ]
        for expr in (clause.when, clause.on, *clause.require, *clause.billing.values(), *pairs, *added):
            if expr is not None:
                self.value(expr, local)
        for expr in clause.removals:
            self.value(expr, local)
        for message in clause.message.values():
            for expr in message.expressions:
                self.value(expr, local)

    def _appended(self, path: t.Expr, local: Mapping[str, _Seen]) -> None:
        """Of a map that gets an entry, whether it has one; of a list, how many it has."""
        if isinstance(path, t.Index):
            self.seen(path.of, local)
            for key in path.keys:
                self.value(key, local)
        elif (seen := self.seen(path, local)).reads is not None:
            seen.reads.each = True
            if not of_records(path.type):
                seen.reads.whole = True

    def value(self, expr: t.Expr, local: Mapping[str, _Seen]) -> None:
        """Note that the whole value of `expr` is read."""
        seen = self.seen(expr, local)
        if seen.reads is not None:
            seen.reads.whole = True

    def seen(self, expr: t.Expr, local: Mapping[str, _Seen]) -> _Seen:
        """Note what is read on the way to the value of `expr`; where in the state it stands, if it does."""
        match expr:
            case t.Property(name=name):
                return _Seen(self.root.below(name), None)
            case t.Local(name=name):
                return local[name]
            case t.Argument(name=name):
                return _Seen(None, ("argument", name))
            case t.Literal(value=value) | t.Named(value=value):
                return _Seen(None, ("literal", value)) if isinstance(value, str) else _Seen(None, None)
            case t.Role(value=value):
                return self.seen(value, local)
            case t.Field(of=of, name=name):
                owner = self.seen(of, local)
                if name == "id" and isinstance(of.type, Entry):
                    return _Seen(None, owner.key)
                return _Seen(owner.reads.below(name) if owner.reads else None, None)
            case t.Index(of=of, keys=keys):
                return self._index(self.seen(of, local), [self.seen(key, local) for key in keys])
            case t.Call(fact=fact, arguments=arguments):
                return self._call(fact, tuple(self.seen(argument, local) for argument in arguments))
            case t.Each():
                inside = self._loop(expr.variable, expr.over, expr.condition, local)
                if expr.kind != "count":
                    self.value(expr.element, inside)
                return _Seen(None, None)
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                self.value(condition, local)
                for branch in (then, otherwise):
                    if constant(condition) is not (branch is otherwise):
                        self.value(branch, local)
                return _Seen(None, None)
            case t.Logic(op=op, items=items):
                for item in items:
                    self.value(item, local)
                    if constant(item) is (op == "or"):
                        break
                return _Seen(None, None)
        for part in t.children(expr):
            self.value(part, local)
        return _Seen(None, None)

    def _call(self, fact: str, given: tuple[_Seen, ...]) -> _Seen:
        call = (fact, *((id(seen.reads), seen.key) for seen in given))
        if call not in self._calls:
            body = self.facts[fact]
            self._calls[call] = self.seen(body.value, dict(zip(body.parameters, given, strict=True)))
        return self._calls[call]

    @staticmethod
    def _index(owner: _Seen, keys: list[_Seen]) -> _Seen:
        for key in keys:
            if key.reads is not None:
                key.reads.whole = True
        if owner.reads is None:
            return _Seen(None, keys[0].key)
        if keys[0].key is None:
            owner.reads.each = True
        return _Seen(owner.reads.entry(keys[0].key), keys[0].key)

    def _loop(
        self, variable: str, over: t.Expr, condition: t.Expr | None, local: Mapping[str, _Seen]
    ) -> dict[str, _Seen]:
        owner = self.seen(over, local)
        entry = _Seen(None, None)
        if owner.reads is not None:
            owner.reads.each = True
            if of_records(over.type):
                entry = _Seen(owner.reads.entry(), None)
            else:
                owner.reads.whole = True
        inside = {**local, variable: entry}
        if condition is not None:
            self.value(condition, inside)
        return inside


class _Seen(NamedTuple):
    """Where in the state a value stands, and where the key came from under which it was found."""

    reads: Reads | None
    key: KeyOf | None
