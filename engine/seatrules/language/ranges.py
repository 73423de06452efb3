"""Between which numbers an expression lies, whatever the request, and whether computing it may fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from . import tree as t
from .functions import FUNCTIONS
from .interpret import ARITHMETIC
from .limits import MOST_SUM
from .types import MOST, Integer, bounds, known

ORDINARY = 2**50
"""More than any number that a policy writes, and so little that some thousands of them can be added up. A number of the
request that is counted with and lies beyond is left to the reference."""
_MOST_ENTRIES = 2**40
_MOST_DAYS = 10_000 * 366


class Computed(Protocol):
    """What a fact computes, as far as that is known."""

    @property
    def value(self) -> t.Expr: ...


class Ranges:
    """What can be said of the numbers that expressions come to.

    `counted` are the names of numbers of the request that are known to be ordinary: what reads them refuses others.
    """

    def __init__(self, facts: Mapping[str, Computed], counted: frozenset[str] = frozenset()) -> None:
        self.facts, self.counted = facts, counted
        self._reaches: dict[int, tuple[int, int]] = {}
        self._failing_facts: dict[str, bool] = {}

    def may_fail(self, expr: t.Expr) -> bool:
        """Whether computing it may lead out of the years that dates have, or to a number or list that is too large."""
        match expr:
            case t.Arithmetic() if not self.stays_small(expr):
                return True
            case t.Apply(function=function) if FUNCTIONS[function].may_fail:
                return True
            case t.Call(fact=fact, arguments=arguments):
                if fact not in self._failing_facts:
                    self._failing_facts[fact] = self.may_fail(self.facts[fact].value)
                return self._failing_facts[fact] or any(map(self.may_fail, arguments))
            case t.Role(value=value):
                return self.may_fail(value)
        return any(map(self.may_fail, t.children(expr)))

    def stays_small(self, expr: t.Arithmetic) -> bool:
        """Whether what is computed is a number of at most 63 bits, whatever ordinary numbers are given."""
        if not isinstance(expr.type, Integer):
            return False
        least, greatest = _reach(expr.op, self.reach(expr.left), self.reach(expr.right))
        return least >= -MOST and greatest <= MOST

    def reach(self, expr: t.Expr) -> tuple[int, int]:
        """The least and the greatest number that a value may be, where it is one."""
        reach = self._reaches.get(id(expr))
        if reach is None:
            reach = self._reaches[id(expr)] = self._reach(expr)
        return reach

    def excludes_zero(self, expr: t.Expr) -> bool:
        """Whether a number is never 0."""
        least, greatest = self.reach(expr)
        return least > 0 or greatest < 0

    def _reach(self, expr: t.Expr) -> tuple[int, int]:
        match expr:
            case t.Literal(value=value) | t.Named(value=value):
                return (value, value) if type(value) is int else (0, 0)
            case t.Role(value=value):
                return self.reach(value)
            case t.Call(fact=fact):
                return self.reach(self.facts[fact].value)
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                if isinstance(settled := t.constant(condition), bool):
                    return self.reach(then if settled else otherwise)
                return _either(self.reach(then), self.reach(otherwise))
            case t.Arithmetic(op=op, left=left, right=right):
                least, greatest = _reach(op, self.reach(left), self.reach(right))
                return max(least, -MOST), min(greatest, MOST)
            case t.Apply(function="min" | "max" as function, arguments=arguments):
                leasts, greatests = zip(*map(self.reach, arguments), strict=True)
                of = min if function == "min" else max
                return of(leasts), of(greatests)
            case t.Apply(function="divide", arguments=[number, by, _]):
                least, greatest = self.reach(number)
                size = max(-least, greatest)
                return (min(least, 0), max(greatest, 0)) if self.reach(by)[0] > 0 else (-size, size)
            case t.Apply(function="remainder", arguments=[number, by]):
                least, greatest = self.reach(number)
                most = max(map(abs, self.reach(by))) - 1
                return max(min(least, 0), -most), min(max(greatest, 0), most)
            case t.Apply(function="len") | t.Each(kind="count" | "count_distinct"):
                return 0, _MOST_ENTRIES
            case t.Apply(function="days_between" | "months_between"):
                return -_MOST_DAYS, _MOST_DAYS
            case t.Each(kind="sum"):
                return -MOST_SUM, MOST_SUM
            case t.Each(element=element):
                return self.reach(element)
            case t.Property(name=name) | t.Argument(name=name) | t.Field(name=name):
                kind = known(expr.type)
                if isinstance(kind, Integer):
                    return bounds(ordinary(kind) if name in self.counted else kind)
        return -MOST, MOST


def ordinary(kind: Integer) -> Integer:
    """The numbers of a type that are ordinary."""
    least, greatest = bounds(kind)
    return Integer(max(least, -ORDINARY), min(greatest, ORDINARY))


def _reach(op: str, left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    """The least and the greatest that two numbers come to."""
    ends = [ARITHMETIC[op](one, other) for one in left for other in right]
    return min(ends), max(ends)


def _either(*ranges: tuple[int, int]) -> tuple[int, int]:
    return min(least for least, _ in ranges), max(greatest for _, greatest in ranges)
