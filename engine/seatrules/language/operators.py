"""Checks comparisons, logic, arithmetic and choices."""

from __future__ import annotations

import ast

from . import tree as t
from .checker import Checker
from .functions import ORDER_OF
from .names import Names
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
    Wrong,
    fits,
    known,
)

_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


class Operators(Checker):
    """Types what operators make of their operands."""

    def _compare(self, node: ast.Compare, names: Names, text: str) -> t.Expr:
        if len(node.ops) != 1:
            self.parts([node.left, *node.comparators], names)
            raise self.fail(node, "not-in-the-language", "comparisons are not chained", "join two with `and`")
        op, left_node, right_node = node.ops[0], node.left, node.comparators[0]
        if isinstance(op, ast.Is | ast.IsNot):
            return self._is(node, left_node, right_node, isinstance(op, ast.IsNot), names, text)
        sign = _COMPARISONS[type(op)]
        for side in (left_node, right_node):
            if isinstance(side, ast.Constant) and side.value is None:
                self.parts([left_node, right_node], names)
                raise self.fail(
                    side, "wrong-type", f"`{sign}` does not compare with `None`", "ask `is None` or `is not None`"
                )
        if sign in ("in", "not in"):
            return self._membership(sign, left_node, right_node, names, text)
        literal_left = isinstance(left_node, ast.Constant | ast.List)
        first_node = right_node if literal_left else left_node
        first = self.there(first_node, self.expr(first_node, names))
        second = self.compared(left_node if literal_left else right_node, names, first.type)
        left, right = (second, first) if literal_left else (first, second)
        for part in (left, right):
            if sign not in ("==", "!=") and not isinstance(part.type, Integer | Date | Text | Key | Wrong):
                raise self.fail(node, "wrong-type", f"`{part.text}` is {part.type}: {ORDER_OF}")
        if isinstance(left.type, Record | EntryOf | MapOf | Table) or _holds_records(left.type, right.type):
            raise self.fail(node, "wrong-type", f"`{left.text}` is {left.type}: compare its values instead")
        return t.Compare(Boolean(), text, sign, left, right)

    def _is(self, node: ast.expr, left: ast.expr, right: ast.expr, negated: bool, names: Names, text: str) -> t.Expr:
        if not (isinstance(right, ast.Constant) and right.value is None):
            self.parts([left, right], names)
            raise self.fail(right, "not-in-the-language", "`is` only asks for `None`", "use `==` to compare")
        of = self.unnarrowed(left, names)
        if not isinstance(of.type, Maybe | Wrong):
            raise self.fail(left, "never-absent", f"`{of.text}` is never absent", "leave the question out")
        return t.IsAbsent(Boolean(), text, of, negated)

    def _membership(self, sign: str, left: ast.expr, right: ast.expr, names: Names, text: str) -> t.Expr:
        if isinstance(right, ast.List):
            first = self.there(left, self.expr(left, names))
            over = self.expr(right, names, ListOf(first.type))
        else:
            over = self.there(right, self.expr(right, names))
        expected: Type = Wrong()
        match over.type:
            case ListOf(item=Record() | EntryOf()):
                message = f"`{over.text}` is {over.type}: compare its values with `any`"
                self.errors.append(self.fail(right, "wrong-type", message))
            case ListOf(item=item):
                expected = item or Wrong()
            case MapOf(key=key):
                expected = Text() if over.type.has_own_keys else key
            case Table(own_keys=(key,)):
                expected = key
            case Wrong():
                pass
            case _:
                message = f"`{over.text}` is {over.type}, and a list is expected here"
                self.errors.append(self.fail(right, "wrong-type", message))
        return t.Compare(Boolean(), text, sign, self.compared(left, names, expected), over)

    def _logic(self, op: str, values: list[ast.expr], names: Names, text: str) -> t.Expr:
        items = []
        for value in values:
            item = self.condition(value, names)
            items.append(item)
            names = names.where(item, op == "and")
        return t.Logic(Boolean(), text, op, items)

    def _arithmetic(
        self, node: ast.expr, op: str, left: ast.expr, right: ast.expr, names: Names, expected: Type | None, text: str
    ) -> t.Expr:
        first = self.there(left, self.expr(left, names, expected))
        if isinstance(first.type, Wrong):
            return t.Arithmetic(Wrong(), text, op, first, self.expr(right, names))
        if isinstance(first.type, ListOf) and op == "+":
            second = self.expr(right, names, expected if isinstance(expected, ListOf) else first.type)
            if not isinstance(second.type, ListOf | Wrong) or not (
                fits(second.type, first.type) or fits(first.type, second.type)
            ):
                raise self.fail(
                    right, "wrong-type", f"`{second.text}` is {second.type}, and {first.type} is expected here"
                )
            kind = first.type if fits(second.type, first.type) else second.type
            return self.computable(node, t.Arithmetic(kind, text, op, first, second))
        if isinstance(first.type, Date):
            self.parts([right], names)
            raise self.fail(
                node, "wrong-type", f"`{first.text}` is a date", "use `add_days`, `add_months` or `days_between`"
            )
        if not isinstance(first.type, Integer):
            self.parts([right], names)
            raise self.fail(left, "wrong-type", f"`{first.text}` is {first.type}, and an integer is expected here")
        return self.computable(node, t.Arithmetic(Integer(), text, op, first, self.fitting(right, names, Integer())))

    def _choose(
        self,
        node: ast.expr,
        test: ast.expr,
        body: ast.expr,
        orelse: ast.expr,
        names: Names,
        expected: Type | None,
        text: str,
    ) -> t.Expr:
        condition = self.condition(test, names)
        then = self.expr(body, names.where(condition), expected)
        other_expected = expected if isinstance(then.type, Absent) else expected or then.type
        otherwise = self.expr(orelse, names.where(condition, False), other_expected)
        kind = _joined(then.type, otherwise.type)
        if kind is None:
            raise self.fail(
                orelse, "wrong-type", f"`{otherwise.text}` is {otherwise.type}, and the other branch is {then.type}"
            )
        return t.Choose(kind, text, condition, then, otherwise)


def _joined(first: Type, second: Type) -> Type | None:
    """The type of a value that is of the one or of the other."""
    if isinstance(first, Absent) or isinstance(second, Absent):
        other = second if isinstance(first, Absent) else first
        return other if isinstance(other, Maybe | Absent) else Maybe(other)
    for narrow, wide in ((first, second), (second, first)):
        if fits(narrow, wide):
            return wide
    if isinstance(first, Maybe) or isinstance(second, Maybe):
        inner = _joined(known(first), known(second))
        return Maybe(inner) if inner is not None else None
    return None


def _holds_records(left: Type, right: Type) -> bool:
    """Whether both are lists, of which one holds records: they have no value of their own to compare."""
    both = (left, right)
    return all(isinstance(kind, ListOf) and kind.item is not None for kind in both) and any(
        isinstance(kind, ListOf) and isinstance(kind.item, Record | EntryOf) for kind in both
    )
