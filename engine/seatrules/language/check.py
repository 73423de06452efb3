"""Binds the names of an expression and types every part of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..diagnostics import Meant, did_you_mean, listed, nearest, suggest
from . import tree as t
from .calls import Calls
from .checker import meant_help
from .days import is_date
from .functions import CALLABLE
from .names import Names
from .operators import ARITHMETIC, Operators
from .parse import CAUSED_ELSEWHERE, ExpressionError, parse, raise_first, respelled
from .types import (
    Absent,
    Boolean,
    Date,
    EntryOf,
    Integer,
    Key,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Table,
    Text,
    Type,
    Word,
    Wrong,
    fits,
    known,
)


def check(text: str, names: Names, expected: Type | None = None, start: int = 0) -> t.Expr:
    """The expression `text`, typed; each mistake in it is reported, and nothing that only follows from one.

    Args:
        expected: the type that it has to have.
        start: where the text begins in what is written.

    Raises:
        ExpressionError: it can't be read, names what is not there, or mixes what does not go together.
    """
    checker = ExpressionChecker(text, start=start)
    expr = checker.expr(parse(text), names, expected)
    if expected is not None and not fits(expr.type, expected):
        help_text = "ask `is not None` first" if isinstance(expr.type, Maybe) else meant_help(expr, expected)
        message = f"{expected} is expected here, and this is {expr.type}"
        checker.errors.append(ExpressionError("wrong-type", message, 0, len(text), help_text))
    raise_first(checker.errors)
    return expr


def check_loop(text: str, names: Names) -> tuple[t.Loop, Names]:
    """The loop `variable in collection if condition`, and the names inside it."""
    checker = ExpressionChecker(text, prefix=len("any(0 for "))
    try:
        node = parse(f"any(0 for {text})")
    except ExpressionError as error:
        start = max(0, error.start - checker.prefix)
        raise ExpressionError(error.code, "a loop reads `name in collection if condition`", start) from None
    if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.GeneratorExp)):
        raise ExpressionError("bad-syntax", "a loop reads `name in collection if condition`", 0, len(text))
    try:
        loop, inside = checker.loop(node.args[0], names)
    except ExpressionError as error:
        checker.errors.append(error)
    raise_first(checker.errors)
    return loop, inside


class ExpressionChecker(Calls, Operators):
    """Types literals, names, paths and lists, and hands the rest on."""

    def _expr(self, node: ast.expr, names: Names, expected: Type | None, text: str) -> t.Expr:
        match node:
            case ast.Constant(value=value):
                return self._literal(node, value, expected, text)
            case ast.Name(id=name):
                return self._name(node, name, names, text)
            case ast.Attribute(value=of, attr=attr):
                return self._attribute(node, of, attr, names, text)
            case ast.Subscript(value=of, slice=key):
                return self._index(node, of, key, names, text)
            case ast.ListComp():
                return self._list_of_each(node, names, expected, text)
            case ast.List(elts=elts):
                return self._list(node, elts, names, expected, text)
            case ast.Call():
                return self._call(node, names, text)
            case ast.Compare():
                return self._compare(node, names, text)
            case ast.BoolOp(op=op, values=values):
                return self._logic("and" if isinstance(op, ast.And) else "or", values, names, text)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return t.Not(Boolean(), text, self.condition(operand, names))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))) if not isinstance(value, bool):
                return t.Literal(Integer(), text, -value)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in ARITHMETIC:
                return self._arithmetic(node, ARITHMETIC[type(op)], left, right, names, expected, text)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choose(node, test, body, orelse, names, expected, text)
        raise self.fail(node, "not-in-the-language", f"`{text[:60]}` is not part of the language")

    def _literal(self, node: ast.expr, value: Any, expected: Type | None, text: str) -> t.Expr:
        if value is None:
            return t.Literal(Absent(), text, None)
        if isinstance(value, bool):
            return t.Literal(Boolean(), text, value)
        if isinstance(value, int):
            return t.Literal(Integer(), text, value)
        if isinstance(value, str):
            return t.Literal(self._text_type(node, value, expected), text, value)
        raise self.fail(node, "not-in-the-language", f"`{text[:60]}` is not part of the language")

    def _text_type(self, node: ast.expr, value: str, expected: Type | None) -> Type:
        match known(expected) if expected is not None else None:
            case Word(name=name, words=words) as kind:
                if value not in words:
                    help_text = did_you_mean(value, words) or f"it has {listed(words)}"
                    raise self.fail(node, "unknown-word", f"`{value}` is no word of `{name}`", help_text)
                return kind
            case Date() as kind:
                if not is_date(value):
                    raise self.fail(node, "bad-date", f"`{value}` is not a date", "write it as `YYYY-MM-DD`")
                return kind
            case Key() as kind:
                return kind
        return Text()

    def _name(self, node: ast.expr, name: str, names: Names, text: str) -> t.Expr:
        if name in names.locals:
            return t.Local(names.locals[name], text, name)
        if name in names.roles:
            return t.Role(names.roles[name].type, text, name, names.roles[name])
        if name in names.arguments:
            return t.Argument(names.arguments[name], text, name)
        if name in names.facts:
            return self._fact_call(node, name, [], names, text)
        if name in names.state.fields:
            state = names.state
            default = state.defaults.get(name)
            return t.Property(state.type_of(name), text, name, name in state.required, default=default)
        if name in names.tables:
            return t.Rows(names.tables[name], text, name)
        if name in names.broken:
            raise self.fail(node, CAUSED_ELSEWHERE, f"`{name}` is wrong itself")
        if name in ("cutoffs", "settings"):
            raise self.fail(node, "bad-syntax", f"`{name}` is read with a name, as in `{name}.example`")
        help_text = respelled(name) or did_you_mean(name, [*names.kinds(), *CALLABLE])
        raise self.fail(node, "unknown-name", f"there is no `{name}` here", help_text)

    def _attribute(self, node: ast.expr, owner_node: ast.expr, attr: str, names: Names, text: str) -> t.Expr:
        if isinstance(owner_node, ast.Name) and owner_node.id == "cutoffs" and owner_node.id not in names.kinds():
            if attr not in names.cutoffs:
                raise self._unknown(node, "cutoff", attr, names.cutoffs)
            return t.Named(Date(), text, names.cutoffs[attr])
        if isinstance(owner_node, ast.Name) and owner_node.id == "settings" and owner_node.id not in names.kinds():
            if attr not in names.settings:
                raise self._unknown(node, "setting", attr, names.settings)
            kind, value = names.settings[attr]
            return t.Named(kind, text, value)
        owner = self.there(owner_node, self.expr(owner_node, names))
        match owner.type:
            case Wrong():
                return t.Field(Wrong(), text, owner, attr)
            case EntryOf(key=key) if attr == "id":
                return t.Field(key, text, owner, attr)
            case EntryOf(record=record) | (Record() as record):
                if attr in record.fields:
                    return t.Field(record.type_of(attr), text, owner, attr)
                near = nearest(attr, record.fields)
                help_text = Meant(text, f"{owner.text}.{near}") if near else None
                raise self.fail(node, "unknown-name", f"{record} has no `{attr}`", help_text)
        message = f"`{owner.text}` is {owner.type}, which has no `.{attr}`"
        raise self.fail(node, "wrong-type", message, _entry_help(owner, attr))

    def _unknown(self, node: ast.AST, kind: str, name: str, known_names: Mapping[str, Any]) -> ExpressionError:
        help_text = suggest(name, known_names)
        return self.fail(node, f"unknown-{kind}", f"there is no {kind} `{name}`", help_text)

    def _index(self, node: ast.expr, owner_node: ast.expr, key: ast.expr, names: Names, text: str) -> t.Expr:
        owner = self.there(owner_node, self.expr(owner_node, names))
        key_nodes = list(key.elts) if isinstance(key, ast.Tuple) else [key]
        match owner.type:
            case MapOf(key=key_type, entry=entry, default=default):
                if default is not None and owner.type.has_own_keys:
                    key_type = Text()  # any text is a key that reads as the default
                expected: tuple[Type, ...] = (key_type,)
                result: Type = EntryOf(key_type, entry)
                if owner.type.may_lack:
                    result = Maybe(result)
            case Table(own_keys=own, record=record, days=days):
                expected = own if days is None else (*own, Date())
                result = EntryOf(own[0], record) if len(own) == 1 else record
            case Wrong():
                expected, result = (Wrong(),) * len(key_nodes), Wrong()
            case _:
                self.parts(key_nodes, names)
                message = f"`{owner.text}` is {owner.type}, which has no entries by key"
                of_lists = f"a list has no numbers of places; `first(... for x in {owner.text})` is of the first"
                help_text = of_lists if isinstance(known(owner.type), ListOf) else None
                raise self.fail(node, "wrong-type", message, help_text)
        if len(key_nodes) != len(expected):
            self.parts(key_nodes, names)
            message = f"`{owner.text}` takes {len(expected)} key(s), and here are {len(key_nodes)}"
            is_dated = isinstance(owner.type, Table) and owner.type.days is not None
            raise self.fail(node, "wrong-type", message, _OF_A_DAY if is_dated else None)
        parts = [self.fitting(part, names, kind) for part, kind in zip(key_nodes, expected, strict=True)]
        if isinstance(owner.type, Table) and owner.type.days is not None:
            parts[-1] = t.period(owner.type.keys[-1], parts[-1], owner.type.days)
        return t.Index(result, text, owner, parts)

    def _list(self, node: ast.expr, elts: list[ast.expr], names: Names, expected: Type | None, text: str) -> t.Expr:
        inner = expected.item if isinstance(expected, ListOf) else None
        items = [self.expr(each, names, inner) for each in elts]
        kind: Type | None = items[0].type if items else None
        if inner is not None and all(fits(item.type, inner) for item in items) and items:
            kind = inner
        for node_of_item, item in zip(elts, items, strict=True):
            if kind is not None and not fits(item.type, kind):
                raise self.fail(node_of_item, "wrong-type", f"`{item.text}` is {item.type}, and the list holds {kind}")
        return t.Items(ListOf(kind), text, items)


_OF_A_DAY = "the table is dated: its last key is the day on which it is read"


def _entry_help(owner: t.Expr, attr: str) -> str | None:
    """For an entry of a map or a table that is written as if it were a property."""
    match owner.type:
        case MapOf(key=Word(words=words)) | Table(keys=(Word(words=words),)) if attr in words:
            return f'write `{owner.text}["{attr}"]`'
    return None
