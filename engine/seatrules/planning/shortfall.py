"""How far a condition is from holding, in whole numbers: what a step towards it makes smaller.

It is 0 where the condition holds. A comparison of numbers lacks what one of them lacks, `and` the sum of its parts and
`or` the least of them, as in the additive heuristics of planning (Bonet and Geffner 2001); whatever else does not hold
lacks 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..language import tree as t
from ..language.interpret import FactBody, Interpreter
from ..language.types import Integer, known

_NOBODY: Mapping[str, Any] = {}
_LACKS: Mapping[str, Callable[[int, int], int]] = {
    "<=": lambda left, right: left - right,
    "<": lambda left, right: left - right + 1,
    ">=": lambda left, right: right - left,
    ">": lambda left, right: right - left + 1,
    "==": lambda left, right: abs(left - right),
}


def shortfall(
    interpreter: Interpreter, expr: t.Expr, local: Mapping[str, Any] = _NOBODY, *, expected: bool = True
) -> int:
    """How far an expression is from being as expected.

    Raises:
        OutOfRangeError: it can't be computed.
    """
    match expr:
        case t.Role(value=value):
            return shortfall(interpreter, value, local, expected=expected)
        case t.Not(of=of):
            return shortfall(interpreter, of, local, expected=not expected)
        case t.Logic(op=op, items=items):
            lacking = (shortfall(interpreter, item, local, expected=expected) for item in items)
            return _every(lacking, len(items)) if (op == "and") is expected else _least(lacking)
        case t.Choose(condition=condition, then=then, otherwise=otherwise):
            branch = then if interpreter.value(condition, local) is True else otherwise
            return shortfall(interpreter, branch, local, expected=expected)
        case t.Call(fact=fact, arguments=arguments):
            body = interpreter.facts[fact]
            values = [interpreter.value(argument, local) for argument in arguments]
            inside = dict(zip(body.parameters, values, strict=True))
            return shortfall(interpreter, body.value, inside, expected=expected)
        case t.Each(kind="any" | "all" as kind, variable=variable, element=element):
            loop = t.Loop(variable, expr.over, expr.condition)
            entries = [entry for entry, _ in interpreter.entries(loop, local)]
            lacking = (
                shortfall(interpreter, element, {**local, variable: entry}, expected=expected) for entry in entries
            )
            return sum(lacking) if (kind == "all") is expected else _least(lacking)
        case t.Compare(op=op, left=left, right=right):
            return _compared(
                interpreter, expr, op if expected else t.OPPOSITE.get(op, ""), left, right, local, expected
            )
    return int(interpreter.value(expr, local) is not expected)


def takes_several(facts: Mapping[str, FactBody], expr: t.Expr, *, expected: bool = True) -> bool:
    """Whether several steps that are alike may bring an expression nearer: it compares numbers, or asks all entries."""
    match expr:
        case t.Not(of=of):
            return takes_several(facts, of, expected=not expected)
        case t.Call(fact=fact):
            return takes_several(facts, facts[fact].value, expected=expected)
        case t.Each(kind="any" | "all" as kind, element=element):
            return (kind == "all") is expected or takes_several(facts, element, expected=expected)
        case t.Compare(op=op, left=left):
            is_counted = (op if expected else t.OPPOSITE.get(op, "")) in _LACKS
            return is_counted and isinstance(known(left.type), Integer)
        case t.Role(value=value):
            inner = [value]
        case t.Logic(items=items):
            inner = list(items)
        case t.Choose(then=then, otherwise=otherwise):
            inner = [then, otherwise]
        case _:
            return False
    return any(takes_several(facts, each, expected=expected) for each in inner)


def _compared(
    interpreter: Interpreter,
    expr: t.Compare,
    op: str,
    left: t.Expr,
    right: t.Expr,
    local: Mapping[str, Any],
    expected: bool,
) -> int:
    first, second = interpreter.value(left, local), interpreter.value(right, local)
    if type(first) is type(second) is int and op in _LACKS:
        return max(0, _LACKS[op](first, second))
    return int(interpreter.value(expr, local) is not expected)


def _every(lacking: Iterable[int], count: int) -> int:
    """What all of them lack. Behind the first that does not hold, the others may not be asked: each counts as 1."""
    for number, each in enumerate(lacking, 1):
        if each:
            return each + count - number
    return 0


def _least(lacking: Iterable[int]) -> int:
    """What the nearest of them lacks; where there is none, nothing of it is near."""
    least = None
    for each in lacking:
        if each == 0:
            return 0
        least = each if least is None else min(least, each)
    return 1 if least is None else least
