"""How far a request is from what is wanted of it: for each comparison that is not as it should be, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from ..errors import RequestError
from ..language import tree as t
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter

UNREADABLE = (OutOfRangeError, RequestError, TypeError, KeyError, AttributeError)
"""What keeps a part of a condition from being computed where another part does not hold."""
Local = Mapping[str, Any]
_NEVER = 1_000.0
_NOT_READ = 2.0
_HALF_WAY = 20


class Claim(NamedTuple):
    """A condition of one of the programs, and whether it is to hold or to fail."""

    side: int
    expr: t.Expr
    holds: bool = True


class Some(NamedTuple):
    """That all of these are so of one entry of a loop, which has these names in the programs."""

    side: int
    over: t.Expr
    names: tuple[str, ...]
    goals: tuple[Claim | Some, ...]


Goals = Sequence[Claim | Some]


class Unmet(NamedTuple):
    """What is not as wanted, and what its names stand for: no `and`, `or` or `not` is in it."""

    side: int
    expr: t.Expr
    local: Local


class Distance(NamedTuple):
    """How far: nothing where all is as wanted, else 1 or more for each part that is not; and these parts."""

    far: float
    unmet: tuple[Unmet, ...] = ()


_MET = Distance(0.0)


class Nearness:
    """Measures one request, as each of the programs reads it."""

    def __init__(self, readings: Sequence[Interpreter]) -> None:
        self._readings = readings

    def of(self, goals: Goals, local: Local | None = None) -> Distance:
        """How far it is from all of these."""
        return _all_of(self._of_one(goal, local or {}) for goal in goals)

    def _of_one(self, goal: Claim | Some, local: Local) -> Distance:
        if isinstance(goal, Claim):
            return self._wanted(goal, local)
        each = (self.of(goal.goals, inside) for inside in self._entries(goal.side, goal.over, goal.names, local))
        return _nearest(each) or Distance(_NOT_READ, (Unmet(goal.side, goal.over, local),))

    def _entries(self, side: int, over: t.Expr, names: Iterable[str], local: Local) -> Iterator[Local]:
        first, *_ = names = tuple(names)
        with suppress(*UNREADABLE):
            for entry, _ in self._readings[side].entries(t.Loop(first, over, None), local):
                yield {**local, **dict.fromkeys(names, entry)}

    def _wanted(self, goal: Claim, local: Local) -> Distance:
        side, expr, holds = goal.side, t.unwrapped(goal.expr), goal.holds
        match expr:
            case t.Not(of=of):
                return self._wanted(Claim(side, of, not holds), local)
            case t.Logic(op=op, items=items):
                parts = (self._wanted(Claim(side, item, holds), local) for item in items)
                return _all_of(parts) if holds is (op == "and") else _nearest(parts) or _MET
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                ways = ((True, then), (False, otherwise))
                chosen = (
                    self.of([Claim(side, condition, way), Claim(side, value, holds)], local) for way, value in ways
                )
                return _nearest(chosen) or _MET
            case t.Call():
                return self._called(side, expr, holds, local)
            case t.Each(kind="any" | "all" as kind):
                return self._of_each(side, expr, holds, local, is_one=holds is (kind == "any"))
        return self._leaf(side, expr, holds, local)

    def _called(self, side: int, call: t.Call, holds: bool, local: Local) -> Distance:
        reading = self._readings[side]
        body = reading.facts[call.fact]
        with suppress(*UNREADABLE):
            values = [reading.value(each, local) for each in call.arguments]
            return self._wanted(Claim(side, body.value, holds), dict(zip(body.parameters, values, strict=True)))
        return Distance(_NOT_READ, (Unmet(side, call, local),))

    def _of_each(self, side: int, each: t.Each, holds: bool, local: Local, *, is_one: bool) -> Distance:
        """One entry is enough, or all have to be so that the condition of the loop is for."""
        entries = self._entries(side, each.over, (each.variable,), local)
        element = Claim(side, each.element, holds)
        condition = [] if each.condition is None else [Claim(side, each.condition)]
        if is_one:
            least = _nearest(self.of([*condition, element], inside) for inside in entries)
            return least or Distance(_NOT_READ, (Unmet(side, each, local),))
        return _all_of(self._unless(condition, element, inside) for inside in entries)

    def _unless(self, condition: Goals, element: Claim, local: Local) -> Distance:
        ways = [
            self.of([element], local),
            *(self.of([Claim(g.side, g.expr, False)], local) for g in condition if isinstance(g, Claim)),
        ]
        return _nearest(ways) or _MET

    def _leaf(self, side: int, expr: t.Expr, holds: bool, local: Local) -> Distance:
        with suppress(*UNREADABLE):
            if self._readings[side].value(expr, local) is holds:
                return _MET
            if isinstance(expr, t.Literal | t.Named):
                return Distance(_NEVER)
            return Distance(1 + self._gap(side, expr, local), (Unmet(side, expr, local),))
        return Distance(_NOT_READ, (Unmet(side, expr, local),))

    def _gap(self, side: int, expr: t.Expr, local: Local) -> float:
        """How far two numbers or days are that are compared, as a part of 1."""
        if isinstance(expr, t.Compare):
            left, right = (self._readings[side].value(each, local) for each in (expr.left, expr.right))
            with suppress(ValueError):
                gap = abs(_number(left) - _number(right))
                return gap / (gap + _HALF_WAY)
        return 0.0


def _number(value: Any) -> int:
    """A number, or the number of a day."""
    if isinstance(value, int):
        return value
    return date.fromisoformat(value).toordinal()


def _all_of(parts: Iterable[Distance]) -> Distance:
    whole = list(parts)
    return Distance(sum(each.far for each in whole), tuple(unmet for each in whole for unmet in each.unmet))


def _nearest(ways: Iterable[Distance]) -> Distance | None:
    return min(ways, key=lambda each: each.far, default=None)
