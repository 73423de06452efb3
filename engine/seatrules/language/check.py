"""Binds the names of an expression and types every part of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..diagnostics import did_you_mean, listed, suggest
from . import tree as t
from .calls import Calls
from .days import is_date
from .functions import CALLABLE
from .names import Names
from .operators import ARITHMETIC, Operators
from .parse import SILENT, ExpressionError, parse, respelled
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
    fits,
    known,
)


def check(text: str, names: Names, wanted: Type | None = None, start: int = 0) -> t.Expr:
    """The expression `text`, typed.

    Args:
        wanted: the type that it has to have.
        start: where the text begins in what is written.

    Raises:
        ExpressionError: it can't be read, names what is not there, or mixes what does not go together.
    """
    checker = ExpressionChecker(text, start=start)
    expr = checker.expr(parse(text), names, wanted)
    if wanted is not None and not fits(expr.type, wanted):
        help_text = "ask `is not None` first" if isinstance(expr.type, Maybe) else None
        raise ExpressionError(
            "wrong-type", f"{wanted} is expected here, and this is {expr.type}", 0, len(text), help_text
        )
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
    return checker.loop(node.args[0], names)


class ExpressionChecker(Calls, Operators):
    """Types literals, names, paths and lists, and hands the rest on."""

    def _expr(self, node: ast.expr, names: Names, wanted: Type | None) -> t.Expr:
        words = self.words(node)
        match node:
            case ast.Constant(value=value):
                return self._literal(node, value, wanted, words)
            case ast.Name(id=name):
                return self._name(node, name, names, words)
            case ast.Attribute(value=of, attr=attr):
                return self._attribute(node, of, attr, names, words)
            case ast.Subscript(value=of, slice=key):
                return self._index(node, of, key, names, words)
            case ast.List(elts=elts):
                return self._list(node, elts, names, wanted, words)
            case ast.Call():
                return self._call(node, names, words)
            case ast.Compare():
                return self._compare(node, names, words)
            case ast.BoolOp(op=op, values=values):
                return self._logic("and" if isinstance(op, ast.And) else "or", values, names, words)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return t.Not(Boolean(), words, self.condition(operand, names))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))) if not isinstance(value, bool):
                return t.Literal(Integer(), words, -value)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in ARITHMETIC:
                return self._arithmetic(node, ARITHMETIC[type(op)], left, right, names, wanted, words)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choose(node, test, body, orelse, names, wanted, words)
        raise self.fail(node, "not-in-the-language", f"`{words[:60]}` is not part of the language")

    def _literal(self, node: ast.expr, value: Any, wanted: Type | None, words: str) -> t.Expr:
        if value is None:
            return t.Literal(Absent(), words, None)
        if isinstance(value, bool):
            return t.Literal(Boolean(), words, value)
        if isinstance(value, int):
            return t.Literal(Integer(), words, value)
        if isinstance(value, str):
            return t.Literal(self._text_type(node, value, wanted), words, value)
        raise self.fail(node, "not-in-the-language", f"`{words[:60]}` is not part of the language")

    def _text_type(self, node: ast.expr, value: str, wanted: Type | None) -> Type:
        match known(wanted) if wanted is not None else None:
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

    def _name(self, node: ast.expr, name: str, names: Names, words: str) -> t.Expr:
        if name in names.locals:
            return t.Local(names.locals[name], words, name)
        if name in names.arguments:
            return t.Argument(names.arguments[name], words, name)
        if name in names.roles:
            return t.Role(names.roles[name].type, words, name, names.roles[name])
        if name in names.facts:
            return self._fact(node, name, [], names, words)
        if name in names.state.fields:
            return t.Property(names.state.type_of(name), words, name, name in names.state.required)
        if name in names.tables:
            return t.Rows(names.tables[name], words, name)
        if name in names.broken:
            raise self.fail(node, SILENT, f"`{name}` is wrong itself")
        if name in ("cutoffs", "settings"):
            raise self.fail(node, "bad-syntax", f"`{name}` is read with a name, as in `{name}.example`")
        help_text = respelled(name) or did_you_mean(name, [*names.kinds(), *CALLABLE])
        raise self.fail(node, "unknown-name", f"there is no `{name}` here", help_text)

    def _attribute(self, node: ast.expr, of: ast.expr, attr: str, names: Names, words: str) -> t.Expr:
        if isinstance(of, ast.Name) and of.id == "cutoffs" and of.id not in names.kinds():
            if attr not in names.cutoffs:
                raise self._unknown(node, "cutoff", attr, names.cutoffs)
            return t.Named(Date(), words, names.cutoffs[attr])
        if isinstance(of, ast.Name) and of.id == "settings" and of.id not in names.kinds():
            if attr not in names.settings:
                raise self._unknown(node, "setting", attr, names.settings)
            kind, value = names.settings[attr]
            return t.Named(kind, words, value)
        owner = self.expr(of, names)
        match owner.type:
            case EntryOf(key=key) if attr == "id":
                return t.Field(key, words, owner, attr)
            case EntryOf(record=record) | (Record() as record):
                if attr in record.fields:
                    return t.Field(record.type_of(attr), words, owner, attr)
                help_text = did_you_mean(f"{attr}", record.fields)
                if help_text:
                    help_text = help_text.replace("`", f"`{owner.text}.", 1)
                raise self.fail(node, "unknown-name", f"{record} has no `{attr}`", help_text)
            case Maybe():
                raise self.absent(of, owner)
        message = f"`{owner.text}` is {owner.type}, which has no `.{attr}`"
        raise self.fail(node, "wrong-type", message, _entry_help(owner, attr))

    def _unknown(self, node: ast.AST, kind: str, name: str, there: Mapping[str, Any]) -> ExpressionError:
        help_text = suggest(name, there)
        return self.fail(node, f"unknown-{kind}", f"there is no {kind} `{name}`", help_text)

    def _index(self, node: ast.expr, of: ast.expr, key: ast.expr, names: Names, words: str) -> t.Expr:
        owner = self.expr(of, names)
        written = list(key.elts) if isinstance(key, ast.Tuple) else [key]
        match owner.type:
            case MapOf(key=wanted_key, entry=entry, default=default):
                if default is not None and isinstance(wanted_key, Key):
                    wanted_key = Text()  # any text is a key that reads as the default
                wanted: tuple[Type, ...] = (wanted_key,)
                result: Type = EntryOf(wanted_key, entry)
                if default is None and isinstance(wanted_key, Word):
                    raise self.fail(
                        node, "may-be-absent", f"`{words}` may not be there", "give the map an `x-default-entry`"
                    )
            case Table(keys=keys, record=record):
                wanted = keys
                result = EntryOf(keys[0], record) if len(keys) == 1 else record
            case Maybe():
                raise self.absent(of, owner)
            case _:
                raise self.fail(node, "wrong-type", f"`{owner.text}` is {owner.type}, which has no entries by key")
        if len(written) != len(wanted):
            raise self.fail(
                node, "wrong-type", f"`{owner.text}` takes {len(wanted)} key(s), and here are {len(written)}"
            )
        parts = [self.fitting(part, names, kind) for part, kind in zip(written, wanted, strict=True)]
        return t.Index(result, words, owner, parts)

    def _list(self, node: ast.expr, elts: list[ast.expr], names: Names, wanted: Type | None, words: str) -> t.Expr:
        inner = wanted.item if isinstance(wanted, ListOf) else None
        items = [self.expr(each, names, inner) for each in elts]
        kind: Type | None = items[0].type if items else None
        if inner is not None and all(fits(item.type, inner) for item in items) and items:
            kind = inner
        for written, item in zip(elts, items, strict=True):
            if kind is not None and not fits(item.type, kind):
                raise self.fail(written, "wrong-type", f"`{item.text}` is {item.type}, and the list holds {kind}")
        return t.Items(ListOf(kind), words, items)


def _entry_help(owner: t.Expr, attr: str) -> str | None:
    """For an entry of a map or a table that is asked for as if it were a property."""
    match owner.type:
        case MapOf(key=Word(words=words)) | Table(keys=(Word(words=words),)) if attr in words:
            return f'write `{owner.text}["{attr}"]`'
    return None
