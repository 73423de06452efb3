"""What a consequence or an event changes: the paths that it sets, appends to and removes, with their new values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..diagnostics import did_you_mean, echo
from ..language import tree as t
from ..language.names import Names
from ..language.types import Entry as EntryType
from ..language.types import Integer, Key, ListOf, MapOf, Record, Text, Type, known
from ..policy.written import Entry
from ..source import Mapping as MappingNode
from ..source import Node, Scalar
from .bind import Binder


def bind_changes(binder: Binder, entry: Entry, names: Names, where: str, loop: t.Loop | None) -> dict[str, Any]:
    """The changes, appends and removals of a clause; a loop may be over values that are no part of the state."""
    is_copy = loop is not None and not isinstance(root_of(loop.over), t.Property)
    return _Changes(binder, names, where, loop.variable if loop and is_copy else "").bind(entry)


@dataclass(frozen=True)
class _Changes:
    binder: Binder
    names: Names
    where: str
    read_only: str

    def bind(self, entry: Entry) -> dict[str, Any]:
        changes, appends, removals = [], [], []
        for path, span, node in entry.pairs("change"):
            target = self._path(Scalar(path, span))
            if target is not None and isinstance(target.type, EntryType | Record | MapOf):
                help_text = "change its properties, or use `append` and `remove`"
                self.binder.problems.error(
                    "bad-path", f"{self.where}: `{path}` is changed as a whole", span, help=help_text
                )
            elif target is not None and isinstance(node, Scalar):
                value = self._value(node, _stored(target))
                if value is not None:
                    changes.append((target, value))
        for path, span, node in entry.pairs("append"):
            found = self._append(Scalar(path, span), node)
            if found is not None:
                appends.append(found)
        for scalar in entry.scalars("remove"):
            target = self._path(scalar)
            if target is not None:
                if not isinstance(target.type, EntryType | Record):
                    self.binder.problems.error(
                        "wrong-type", f"{self.where}: `{scalar.text}` is no entry of a map or a list", scalar.span
                    )
                removals.append(target)
        return {"changes": tuple(changes), "appends": tuple(appends), "removals": tuple(removals)}

    def _value(self, scalar: Scalar, wanted: Type) -> t.Expr | None:
        """A value that may be stored where the type is `wanted`."""
        value = self.binder.expression(scalar, self.names, wanted, self.where)
        for misfit in _misfits(value, known(wanted)) if value is not None else ():
            self.binder.problems.error("out-of-range", f"{self.where}: {misfit}", scalar.span)
        return value

    def _path(self, scalar: Scalar) -> t.Expr | None:
        """A path that can be written to: it begins at the state, a role or a loop's entry."""
        target = self.binder.expression(scalar, self.names, None, self.where)
        if target is None:
            return None
        root = root_of(target)
        is_key = isinstance(target, t.Field) and target.name == "id" and isinstance(target.of.type, EntryType)
        is_read_only = isinstance(root, t.Local) and root.name == self.read_only
        if not isinstance(root, t.Property | t.Local) or is_key or is_read_only:
            help_text = "a path begins at a property of the state, a role or the loop's name"
            self.binder.problems.error(
                "bad-path", f"{self.where}: `{scalar.text}` can't be changed", scalar.span, help=help_text
            )
            return None
        return target

    def _append(self, scalar: Scalar, node: Node) -> tuple[t.Expr, t.Expr | dict[str, t.Expr]] | None:
        loose = replace(
            self.names, arguments={n: Text() if isinstance(k, Key) else k for n, k in self.names.arguments.items()}
        )
        target = self._new_entry(scalar, loose) if scalar.text.endswith("]") else self._path(scalar)
        if target is None:
            return None
        item = (
            target.type.item
            if isinstance(target.type, ListOf)
            else target.type.record
            if isinstance(target.type, EntryType)
            else None
        )
        if isinstance(item, Record) and isinstance(node, MappingNode):
            fields = {}
            for name, span, value in node:
                if name not in item.fields:
                    self.binder.problems.error(
                        "unknown-name",
                        f"{self.where}: {item} has no `{echo(name)}`",
                        span,
                        help=did_you_mean(name, item.fields),
                    )
                elif isinstance(value, Scalar) and (expr := self._value(value, item.type_of(name))):
                    fields[name] = expr
            for name in sorted(item.required - {name for name, _, _ in node}):
                self.binder.problems.error("missing-key", f"{self.where}: the new entry has no `{name}`", node.span)
            return target, fields
        if item is not None and not isinstance(item, Record) and isinstance(node, Scalar):
            value_expr = self._value(node, item)
            return (target, value_expr) if value_expr is not None else None
        self.binder.problems.error(
            "wrong-type",
            f"{self.where}: `{scalar.text}` is no list and no entry of a map, or this is no entry",
            scalar.span,
        )
        return None

    def _new_entry(self, scalar: Scalar, names: Names) -> t.Expr | None:
        """An entry of a map that is not there yet: any text may be its key."""
        owner, _, key = scalar.text[:-1].partition("[")
        map_expr = self.binder.expression(replace(scalar, text=owner), names, None, self.where)
        key_scalar = Scalar(key, scalar.part(len(owner) + 1, len(key)))
        key_expr = self.binder.expression(key_scalar, names, Text(), self.where)
        if map_expr is None or key_expr is None:
            return None
        if not isinstance(map_expr.type, MapOf):
            self.binder.problems.error("wrong-type", f"{self.where}: `{owner}` is no map", scalar.span)
            return None
        return t.Index(EntryType(map_expr.type.key, map_expr.type.entry), scalar.text, map_expr, (key_expr,))


def _stored(target: t.Expr) -> Type:
    """The type that may be stored at a path, whatever is known of its value now."""
    if isinstance(target, t.Field):
        owner = target.of.type
        record = owner.record if isinstance(owner, EntryType) else owner
        if isinstance(record, Record):
            return record.type_of(target.name)
    return target.type


def _misfits(value: t.Expr, wanted: Type) -> Iterator[str]:
    """What is out of the schema's bounds among the literals that `value` may be."""
    match value, wanted:
        case t.Choose(then=then, otherwise=otherwise), _:
            yield from _misfits(then, wanted)
            yield from _misfits(otherwise, wanted)
        case t.Literal(value=int(number)), Integer(minimum=minimum, maximum=maximum):
            if minimum is not None and number < minimum:
                yield f"{number} is less than {minimum}, the schema's minimum"
            if maximum is not None and number > maximum:
                yield f"{number} is more than {maximum}, the schema's maximum"


def root_of(expr: t.Expr) -> t.Expr:
    """Where a path begins."""
    while isinstance(expr, t.Field | t.Index | t.Role):
        expr = expr.value if isinstance(expr, t.Role) else expr.of
    return expr
