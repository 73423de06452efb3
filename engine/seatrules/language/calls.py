"""Checks calls of facts and functions, and loops."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..diagnostics import did_you_mean, listed
from . import tree as t
from .certain import out_of_bounds
from .checker import Checker, ForNode, in_brackets
from .functions import CALLABLE, FUNCTIONS, LISTED, LOOPS, ORDER_OF, Pattern, TypeOrPattern
from .names import Names, NotZero
from .parse import as_called_here, respelled
from .ranges import Ranges
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
)

_MATCHING: Mapping[Pattern, tuple[type[Type], ...]] = {
    Pattern.COLLECTION: (ListOf, MapOf),
    Pattern.LIST: (ListOf,),
    Pattern.ORDERED: (Date, Integer, Key, Text),
    Pattern.PRINTED: (Date, Integer, Key, Text, Word),
    Pattern.SINGLE: (Boolean, Date, Integer, Key, Text, Word),
}
"""The types that a pattern allows."""


class Calls(Checker):
    """Types calls and loops."""

    def _call(self, node: ast.Call, names: Names, text: str) -> t.Expr:
        if not isinstance(node.func, ast.Name):
            help_text = as_called_here(node.func.attr) if isinstance(node.func, ast.Attribute) else None
            raise self.fail(node.func, "not-in-the-language", "only facts and functions are called", help_text)
        name, arguments = node.func.id, node.args
        if node.keywords:
            self.parts(arguments, names)
            raise self.fail(node, "not-in-the-language", "arguments have no names here")
        if name in names.facts:
            return self._fact_call(node, name, arguments, names, text)
        if len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            if name not in LOOPS:
                self.parts(arguments, names)
                raise self.fail(node.func, "unknown-function", f"`{name}` takes no `for`", f"there are {listed(LOOPS)}")
            return self._loop_call(name, arguments[0], names, text)
        if name in FUNCTIONS:
            return self._function_call(node, name, names, text)
        self.parts(arguments, names)
        if name in LOOPS:
            raise self.fail(node, "wrong-arguments", f"`{name}` takes a `for`", self._for_help(node, name))
        help_text = respelled(name) or as_called_here(name) or did_you_mean(name, [*names.facts, *CALLABLE])
        message = f"there is no fact or function `{name}`"
        raise self.fail(node.func, "unknown-function", message, help_text or f"there are {listed(CALLABLE)}")

    def _function_call(self, node: ast.Call, name: str, names: Names, text: str) -> t.Expr:
        """A call of a function of the table."""
        function = FUNCTIONS[name]
        expected = list(function.takes)
        if function.variadic:
            expected += expected[-1:] * (len(node.args) - len(expected))
        self._arity(node, name, len(expected), names, variadic=function.variadic)
        parts: list[t.Expr] = []
        for part, kind in zip(node.args, expected, strict=True):
            argument = self._typed_argument(part, kind, names, parts[0].type if parts else None)
            parts.append(self.unless(out_of_bounds(name, kind, argument), part, argument))
        result = parts[0].type if isinstance(function.gives, Pattern) else function.gives
        return self.computable(node, t.Apply(result, text, name, parts))

    def _arity(self, node: ast.Call, name: str, count: int, names: Names, *, variadic: bool) -> None:
        if len(node.args) == count:
            return
        self.parts(node.args, names)
        if variadic and name in LOOPS:
            message, help_text = f"`{name}` takes two values or more, or a `for`", self._for_help(node, name)
        elif variadic:
            message, help_text = f"`{name}` takes {_counted(count, 'value')} or more", _as_in(name)
        else:
            message = f"`{name}` takes {_counted(count, 'argument')}, and here {_are(len(node.args))}"
            help_text = _as_in(name)
        raise self.fail(node, "wrong-arguments", message, help_text)

    def _typed_argument(self, node: ast.expr, expected: TypeOrPattern, names: Names, first: Type | None) -> t.Expr:
        """An argument, of a type or as a pattern allows; `first` is the type of the first one."""
        match expected:
            case Pattern.VALUE:
                return self.expr(node, names)
            case Pattern.PRINTED:
                return self._matching(node, self.there(node, self.expr(node, names)), Pattern.PRINTED)
            case Pattern.NOT_ZERO:
                return self._not_zero(node, names)
            case Pattern.SAME if first is not None:
                return self.fitting(node, names, first)
            case Pattern.ELEMENT:
                item = first.item if isinstance(first, ListOf) else Wrong()
                return self.compared(node, names, item or Wrong())
            case Pattern():
                return self._matching(node, self.expr(node, names), expected)
        return self.fitting(node, names, expected)

    def _not_zero(self, node: ast.expr, names: Names) -> t.Expr:
        """A number that is shown not to be 0: by what it is, or by a condition."""
        expr = self.fitting(node, names, Integer())
        if not any(isinstance(part.type, Wrong) for part in t.parts(expr)) and not _shown_not_zero(expr, names):
            help_text = f"ask `{in_brackets(expr)} != 0` first, or say `max(1, {expr.text})`"
            is_zero = isinstance(expr, t.Literal)
            message = "nothing is divided by 0" if is_zero else f"`{expr.text}` may be 0"
            return self.wrong(node, self.fail(node, "may-be-zero", message, None if is_zero else help_text))
        return expr

    def _matching(self, node: ast.expr, expr: t.Expr, expected: Pattern) -> t.Expr:
        """`expr`, if its type is one that the pattern allows."""
        kind, help_text = expr.type, None
        of_records = isinstance(kind, ListOf) and isinstance(kind.item, Record)
        if isinstance(kind, (Wrong, *_MATCHING[expected])) and not (expected is Pattern.LIST and of_records):
            return expr
        message = f"`{expr.text}` is {kind}"
        match expected, kind:
            case Pattern.ORDERED, _:
                message += f": {ORDER_OF}"
            case Pattern.PRINTED, _:
                message += ": only texts, words, numbers and dates are joined to a text"
            case Pattern.SINGLE, _:
                message += ", and a single value is expected here"
                help_text = f"take a value of it, as in `{expr.text}.id`" if isinstance(kind, EntryOf) else None
            case Pattern.LIST, ListOf():
                help_text = "take entries away with `remove`"
            case _:
                message += ", and a list is expected here"
        return self.wrong(node, self.fail(node, "wrong-type", message, help_text))

    def _for_help(self, node: ast.Call, name: str) -> str:
        """How a call that lacks its `for` would read with one."""
        over = self.text_of(node.args[0]) if len(node.args) == 1 else "items"
        variable = over[0] if over.isidentifier() else "x"
        if name == "count":
            return f"write `count({variable} for {variable} in {over} if ...)`; `len({over})` counts all"
        return f"write `{name}(... for {variable} in {over})`"

    def _fact_call(self, node: ast.expr, name: str, arguments: list[ast.expr], names: Names, text: str) -> t.Expr:
        fact = names.facts[name]
        if len(arguments) != len(fact.parameters):
            self.parts(arguments, names)
            message = f"`{name}` takes {_counted(len(fact.parameters), 'argument')}, and here {_are(len(arguments))}"
            given = ", ".join(fact.parameters)
            raise self.fail(
                node, "wrong-arguments", message, f"write `{name}({given})`" if given else f"write `{name}`"
            )
        parts = [
            self.fitting(part, names, kind) for part, kind in zip(arguments, fact.parameters.values(), strict=True)
        ]
        return t.Call(fact.result, text, name, parts)

    def loop(self, node: ForNode, names: Names) -> tuple[t.Loop, Names]:
        if len(node.generators) != 1 or len(node.generators[0].ifs) > 1:
            raise self.fail(
                node, "not-in-the-language", "one `for` with at most one `if`", "join conditions with `and`"
            )
        part = node.generators[0]
        if not isinstance(part.target, ast.Name) or part.is_async:
            raise self.fail(part.target, "not-in-the-language", "a loop has one name")
        variable = part.target.id
        over = self.there(part.iter, self.expr(part.iter, names))
        item: Type = Wrong()
        match over.type:
            case MapOf(key=key, entry=entry):
                item = EntryOf(key, entry)
            case Table(keys=(key,), record=record):
                item = EntryOf(key, record)
            case ListOf(item=inner):
                item = inner if inner is not None else Absent()
            case Wrong():
                pass
            case _:
                message = f"`{over.text}` is {over.type}, and a list or a map is expected here"
                of_table = "a table is gone through if it has one key and is not dated"
                help_text = of_table if isinstance(over.type, Table) else None
                self.errors.append(self.fail(part.iter, "wrong-type", message, help_text))
        if taken := names.kinds().get(variable):
            message = f"`{variable}` is already {taken}"
            self.errors.append(self.fail(part.target, "shadowed-name", message, "choose another name"))
        inside = names.bind(variable, item)
        condition = self.condition(part.ifs[0], inside) if part.ifs else None
        if condition is not None:
            inside = inside.where(condition)
        return t.Loop(variable, over, condition), inside

    def _loop_call(self, name: str, node: ast.GeneratorExp, names: Names, text: str) -> t.Expr:
        loop, inside = self.loop(node, names)
        function = LOOPS[name]
        if isinstance(function.takes, Pattern) and function.takes is not Pattern.VALUE:
            element = self._matching(node.elt, self.there(node.elt, self.expr(node.elt, inside)), function.takes)
        else:
            element = self._typed_argument(node.elt, function.takes, inside, None)
        result = Maybe(element.type) if isinstance(function.gives, Pattern) else function.gives
        return t.Each(result, text, name, loop.variable, loop.over, loop.condition, element)

    def _list_of_each(self, node: ast.ListComp, names: Names, expected: Type | None, text: str) -> t.Expr:
        """`[element for variable in over if condition]`."""
        loop, inside = self.loop(node, names)
        item = expected.item if isinstance(expected, ListOf) else None
        element = self._matching(node.elt, self.there(node.elt, self.expr(node.elt, inside, item)), Pattern.SINGLE)
        kind = ListOf(item if item is not None and fits(element.type, item) else element.type)
        return t.Each(kind, text, LISTED, loop.variable, loop.over, loop.condition, element)


def _shown_not_zero(expr: t.Expr, names: Names) -> bool:
    if isinstance(expr, t.Arithmetic) and expr.op == "*":
        return _shown_not_zero(expr.left, names) and _shown_not_zero(expr.right, names)
    return NotZero(t.canonical(expr)) in names.present or Ranges(names.facts).excludes_zero(expr)


def _counted(number: int, what: str) -> str:
    """`1 argument`, `2 arguments`."""
    return f"{number or 'no'} {what}{'s' * (number != 1)}"


def _are(number: int) -> str:
    """How many arguments a call has."""
    return {0: "are none", 1: "is 1"}.get(number, f"are {number}")


def _as_in(name: str) -> str:
    """How a function is called: its example."""
    return f"as in `{FUNCTIONS[name].example}`"
