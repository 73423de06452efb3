"""Checks calls of facts and functions, and loops."""

from __future__ import annotations

import ast

from ..diagnostics import did_you_mean, listed
from . import tree as t
from .checker import Checker
from .names import Names, present_paths
from .parse import respelled
from .types import Absent, Boolean, Date, EntryOf, Integer, ListOf, MapOf, Maybe, Record, Table, Text, Type

_SIGNATURES: dict[str, tuple[tuple[Type, ...], Type]] = {
    "add_days": ((Date(), Integer()), Date()),
    "add_months": ((Date(), Integer()), Date()),
    "days_between": ((Date(), Date()), Integer()),
    "next_renewal": ((Date(), Date(), Date()), Date()),
}
EACH = ("all", "any", "count", "max", "min", "sum")
CALLABLE = sorted({*_SIGNATURES, *EACH, "len", "without"})


class Calls(Checker):
    """Types calls and loops."""

    def _call(self, node: ast.Call, names: Names, words: str) -> t.Expr:
        if not isinstance(node.func, ast.Name):
            raise self.fail(node.func, "not-in-the-language", "only facts and functions are called")
        name, arguments = node.func.id, node.args
        if node.keywords:
            raise self.fail(node, "not-in-the-language", "arguments have no names here")
        if name in names.facts:
            return self._fact(node, name, arguments, names, words)
        if len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            if name not in EACH:
                raise self.fail(node.func, "unknown-function", f"`{name}` takes no `for`", f"there are {listed(EACH)}")
            return self._each(name, arguments[0], names, words)
        if name in _SIGNATURES:
            wanted, result = _SIGNATURES[name]
            self._arity(node, name, len(wanted))
            parts = [self.fitting(part, names, kind) for part, kind in zip(arguments, wanted, strict=True)]
            return t.Apply(result, words, name, parts)
        if name == "len":
            self._arity(node, name, 1)
            of = self.expr(arguments[0], names)
            if not isinstance(of.type, ListOf | MapOf):
                raise self.fail(arguments[0], "wrong-type", f"`{of.text}` is {of.type}, and a list is expected here")
            return t.Apply(Integer(), words, name, [of])
        if name == "without":
            self._arity(node, name, 2)
            of = self.expr(arguments[0], names)
            if not isinstance(of.type, ListOf):
                raise self.fail(arguments[0], "wrong-type", f"`{of.text}` is {of.type}, and a list is expected here")
            if isinstance(of.type.item, Record):
                raise self.fail(
                    arguments[0], "wrong-type", f"`{of.text}` is {of.type}", "take entries away with `remove`"
                )
            item = self.compared(arguments[1], names, of.type.item or Text())
            return t.Apply(of.type, words, name, [of, item])
        if name in ("min", "max"):
            return self._extreme(node, name, names, words)
        if name in EACH:
            raise self.fail(node, "wrong-arguments", f"`{name}` takes a `for`", self._for_help(node, name))
        help_text = respelled(name) or did_you_mean(name, [*names.facts, *CALLABLE]) or f"there are {listed(CALLABLE)}"
        raise self.fail(node.func, "unknown-function", f"there is no fact or function `{name}`", help_text)

    def _arity(self, node: ast.Call, name: str, count: int) -> None:
        if len(node.args) != count:
            raise self.fail(
                node, "wrong-arguments", f"`{name}` takes {count} argument(s), and here are {len(node.args)}"
            )

    def _for_help(self, node: ast.Call, name: str) -> str:
        """How a call that lacks its `for` would read over what stands there."""
        over = self.words(node.args[0]) if len(node.args) == 1 else "items"
        variable = over[0] if over.isidentifier() else "x"
        if name == "count":
            return f"write `count({variable} for {variable} in {over} if ...)`; `len({over})` counts all"
        return f"write `{name}(... for {variable} in {over})`"

    def _extreme(self, node: ast.Call, name: str, names: Names, words: str) -> t.Expr:
        if len(node.args) < 2:
            raise self.fail(
                node, "wrong-arguments", f"`{name}` takes two values or more, or a `for`", self._for_help(node, name)
            )
        first = self.expr(node.args[0], names)
        if not isinstance(first.type, Integer | Date):
            raise self.fail(
                node.args[0], "wrong-type", f"`{first.text}` is {first.type}: only numbers and dates have an order"
            )
        return t.Apply(first.type, words, name, [first, *(self.fitting(a, names, first.type) for a in node.args[1:])])

    def _fact(self, node: ast.expr, name: str, arguments: list[ast.expr], names: Names, words: str) -> t.Expr:
        fact = names.facts[name]
        if len(arguments) != len(fact.parameters):
            message = f"`{name}` takes {len(fact.parameters)} argument(s), and here are {len(arguments)}"
            raise self.fail(node, "wrong-arguments", message)
        parts = [
            self.fitting(part, names, kind) for part, kind in zip(arguments, fact.parameters.values(), strict=True)
        ]
        return t.Call(fact.result, words, name, parts)

    def loop(self, node: ast.GeneratorExp, names: Names) -> tuple[t.Loop, Names]:
        if len(node.generators) != 1 or len(node.generators[0].ifs) > 1:
            raise self.fail(
                node, "not-in-the-language", "one `for` with at most one `if`", "join conditions with `and`"
            )
        part = node.generators[0]
        if not isinstance(part.target, ast.Name) or part.is_async:
            raise self.fail(part.target, "not-in-the-language", "a loop has one name")
        variable = part.target.id
        over = self.expr(part.iter, names)
        match over.type:
            case MapOf(key=key, entry=entry):
                item: Type = EntryOf(key, entry)
            case Table(keys=(key,), record=record):
                item = EntryOf(key, record)
            case ListOf(item=inner):
                item = inner if inner is not None else Absent()
            case Maybe():
                raise self.absent(part.iter, over)
            case _:
                raise self.fail(
                    part.iter, "wrong-type", f"`{over.text}` is {over.type}, and a list or a map is expected here"
                )
        taken = names.kinds().get(variable)
        if taken or variable in CALLABLE:
            raise self.fail(
                part.target, "shadowed-name", f"`{variable}` is already {taken or 'a function'}", "choose another name"
            )
        inside = names.bind(variable, item)
        condition = self.condition(part.ifs[0], inside) if part.ifs else None
        if condition is not None:
            inside = inside.having(present_paths(condition))
        return t.Loop(variable, over, condition), inside

    def _each(self, kind: str, node: ast.GeneratorExp, names: Names, words: str) -> t.Expr:
        loop, inside = self.loop(node, names)
        if kind in ("any", "all"):
            element = self.condition(node.elt, inside)
            result: Type = Boolean()
        elif kind == "count":
            element, result = self.expr(node.elt, inside), Integer()
        elif kind == "sum":
            element, result = self.fitting(node.elt, inside, Integer()), Integer()
        else:
            element = self.expr(node.elt, inside)
            if isinstance(element.type, Maybe):
                raise self.absent(node.elt, element)
            if not isinstance(element.type, Integer | Date):
                raise self.fail(
                    node.elt, "wrong-type", f"`{element.text}` is {element.type}: only numbers and dates have an order"
                )
            return t.Each(Maybe(element.type), words, kind, loop.variable, loop.over, loop.condition, element)
        return t.Each(result, words, kind, loop.variable, loop.over, loop.condition, element)
