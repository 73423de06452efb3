"""What a consequence or an event changes: the paths that it sets, appends to and removes, with their new values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..language import tree as t
from ..language.names import Names
from ..language.types import (
    EntryOf,
    Integer,
    Key,
    ListOf,
    MapOf,
    Record,
    Text,
    Type,
    fits,
    known,
    out_of_bounds,
    record_of,
)
from ..nodes import MappingNode, Node, Scalar
from ..policy.written import Entry
from ..program.target import NEW, KeyStep, Target, steps_to
from .bind import Binder


def bind_changes(binder: Binder, entry: Entry, names: Names, where: str, loop: t.Loop | None) -> dict[str, Any]:
    """The changes, appends and removals of a clause."""
    return _ChangeBinder(binder, names, where, loop).bind(entry)


@dataclass(frozen=True)
class _ChangeBinder:
    binder: Binder
    names: Names
    where: str
    loop: t.Loop | None
    new_keys: dict[str, Key] = field(default_factory=dict)
    """The arguments that are keys of new entries of the clause: what names these alone may name the entry."""

    def bind(self, entry: Entry) -> dict[str, Any]:
        pairs = {key: entry.pairs(key) for key in ("change", "append")}
        self.new_keys.update(self._new_keys(path for path, _, _ in pairs["append"]))
        changes = (self._change(Scalar(path, span), node) for path, span, node in pairs["change"])
        appends = (self._append(Scalar(path, span), node) for path, span, node in pairs["append"])
        removals = map(self._removal, entry.scalars("remove"))
        return {
            "changes": tuple(filter(None, changes)),
            "appends": tuple(filter(None, appends)),
            "removals": tuple(filter(None, removals)),
        }

    def _change(self, scalar: Scalar, node: Node) -> tuple[Target, t.Expr] | None:
        target = self._target(scalar)
        if target is None or not isinstance(node, Scalar):
            return None
        if isinstance(target.type, Record | MapOf) or isinstance(known(target.type), EntryOf):
            help_text = "change its properties, or use `append` and `remove`"
            self._error("bad-path", f"`{scalar.text}` is changed as a whole", scalar, help_text)
            return None
        value = self._value(node, target.type)
        return None if value is None else (target, value)

    def _removal(self, scalar: Scalar) -> Target | None:
        target = self._target(scalar)
        if target is not None and not isinstance(known(target.type), EntryOf | Record):
            self._error("wrong-type", f"`{scalar.text}` is no entry of a map or a list", scalar)
        return target

    def _append(self, scalar: Scalar, node: Node) -> tuple[Target, t.Expr | Mapping[str, t.Expr]] | None:
        target = self._new(scalar)
        if target is None:
            return None
        if isinstance(target.type, Record) and isinstance(node, MappingNode):
            return target, self._record(target.type, node)
        if not isinstance(target.type, Record) and target.last is NEW and isinstance(node, Scalar):
            value = self._value(node, target.type)
            return None if value is None else (target, value)
        self._no_entry(scalar)
        return None

    def _record(self, record: Record, node: MappingNode) -> dict[str, t.Expr]:
        """The properties of a new entry."""
        fields = {}
        for name, span, value in node:
            is_known = self.binder.is_known(
                Scalar(name, span),
                record.fields,
                "unknown-name",
                lambda name: f"{self.where}: {record} has no `{name}`",
            )
            if is_known and isinstance(value, Scalar) and (expr := self._value(value, record.type_of(name))):
                fields[name] = expr
        for name in sorted(record.required - {name for name, _, _ in node}):
            self.binder.problems.error("missing-key", f"{self.where}: the new entry has no `{name}`", node.span)
        return fields

    def _value(self, scalar: Scalar, expected: Type) -> t.Expr | None:
        """A value that may be stored where the type is `expected`."""
        value = self.binder.expression(scalar, self._names_in(scalar), expected, self.where)
        for misfit in _misfits(value, known(expected)) if value is not None else ():
            self._error("out-of-range", misfit, scalar)
        return value

    def _target(self, scalar: Scalar) -> Target | None:
        """What is there already and can be written to: it begins at the state, a role or a loop's entry."""
        expr = self.binder.expression(scalar, self.names, None, self.where)
        if expr is None:
            return None
        path, place = t.unwrapped(expr), steps_to(expr, self.loop)
        if place is None or not (place[1] or isinstance(path, t.Property)):
            help_text = "a path begins at a property of the state, a role or the loop's name"
            self._error("bad-path", f"`{scalar.text}` can't be changed", scalar, help_text)
            return None
        if isinstance(path, t.Property):
            return Target(expr, *place, self.names.state.type_of(path.name))
        if not isinstance(path, t.Field):
            return Target(expr, *place, expr.type)
        record = record_of(path.of.type)
        return Target(expr, *place, record.type_of(path.name), record, _default(path.of))

    def _new(self, scalar: Scalar) -> Target | None:
        """A place that is not there yet: under a key of a map, or behind a list's last entry."""
        if scalar.text.endswith("]"):
            return self._new_entry(scalar)
        list_target = self._target(scalar)
        if list_target is None:
            return None
        if not isinstance(list_target.expr.type, ListOf) or list_target.expr.type.item is None:
            self._no_entry(scalar)
            return None
        item, steps = list_target.expr.type.item, (*list_target.steps, NEW)
        return Target(list_target.expr, list_target.root, steps, item, default=list_target.default)

    def _new_entry(self, scalar: Scalar) -> Target | None:
        """An entry of a map that is not there yet: any text may be its key."""
        owner, key = _split(scalar.text)
        map_expr = self.binder.expression(replace(scalar, text=owner), self.names, None, self.where)
        key_scalar = Scalar(key, scalar.part(len(owner) + 1, len(key)))
        expected: Type = Text()  # the key of a new entry is not there yet
        if map_expr is not None and isinstance(map_expr.type, MapOf) and not map_expr.type.has_own_keys:
            expected = map_expr.type.key
        key_expr = self.binder.expression(key_scalar, self._names_in(key_scalar), expected, self.where, len(owner) + 1)
        if map_expr is None or key_expr is None:
            return None
        place = steps_to(map_expr, self.loop)
        if not isinstance(map_expr.type, MapOf) or place is None:
            self._error("wrong-type", f"`{owner}` is no map", scalar)
            return None
        root, steps = place
        entry = t.Index(EntryOf(map_expr.type.key, map_expr.type.entry), scalar.text, map_expr, (key_expr,))
        return Target(entry, root, (*steps, KeyStep(key_expr)), map_expr.type.entry)

    def _new_keys(self, paths: Iterable[str]) -> Iterator[tuple[str, Key]]:
        for path in paths:
            owner, name = _split(path)
            kind = self.names.state.fields.get(owner)
            argument = self.names.arguments.get(name)
            is_text = argument is not None and fits(argument, Text())
            if is_text and isinstance(kind, MapOf) and kind.has_own_keys:
                yield name, Key(kind.entry.name)

    def _names_in(self, scalar: Scalar) -> Names:
        """The names in a value: one that is no more than the key of a new entry of the clause is a key of its map."""
        name = scalar.text
        if name not in self.new_keys:
            return self.names
        return self.names._replace(arguments={**self.names.arguments, name: self.new_keys[name]})

    def _no_entry(self, scalar: Scalar) -> None:
        self._error("wrong-type", f"`{scalar.text}` is no list and no entry of a map, or this is no entry", scalar)

    def _error(self, code: str, message: str, scalar: Scalar, help: str | None = None) -> None:
        self.binder.problems.error(code, f"{self.where}: {message}", scalar.span, help=help)


def _split(path: str) -> tuple[str, str]:
    """What stands before the last brackets of a path, and what in them."""
    plain, depth = _TEXT.sub(lambda text: "x" * len(text[0]), path), 0
    for at in range(len(plain) - 1, 0, -1):
        depth += {"]": 1, "[": -1}.get(plain[at], 0)
        if not depth:
            return path[:at], path[at + 1 : -1]
    return path, ""


_TEXT = re.compile(r""""[^"]*"|'[^']*'""")


def _default(entry: t.Expr) -> Mapping[str, Any] | None:
    """What an entry is created as where its map does not list it."""
    entry = t.unwrapped(entry)
    return entry.of.type.default if isinstance(entry, t.Index) and isinstance(entry.of.type, MapOf) else None


def _misfits(value: t.Expr, expected: Type) -> Iterator[str]:
    """What is out of the schema's bounds among the literals that `value` may be."""
    match value, expected:
        case t.Choose(then=then, otherwise=otherwise), _:
            yield from _misfits(then, expected)
            yield from _misfits(otherwise, expected)
        case t.Literal(value=int(number)), Integer() if misfit := out_of_bounds(expected, number):
            yield misfit
