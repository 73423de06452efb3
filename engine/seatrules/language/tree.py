"""Expressions after checking: every name is bound and every part knows its type and its own words.

Each has its `type`, its own words as `text`, and `at`, the place of the first of them in what is written. They are
named tuples, which start, are made and come out of the cache in a fraction of the time of dataclasses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .types import BEFORE, Boolean, Date, EntryOf, Type, Word, Wrong

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""The comparison that holds where another one does not."""
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""The same comparison with its sides the other way round."""


class Literal(NamedTuple):
    type: Type
    text: str
    value: Any
    at: int = 0


class Named(NamedTuple):
    """A cutoff or a setting: a value that the policy gives a name."""

    type: Type
    text: str
    value: Any
    at: int = 0


class Property(NamedTuple):
    """A property of the account state; one that is not required may be left out, and reads as its default then."""

    type: Type
    text: str
    name: str
    required: bool
    at: int = 0
    default: Any = None


class Argument(NamedTuple):
    type: Type
    text: str
    name: str
    at: int = 0


class Local(NamedTuple):
    """A loop's variable or a fact's parameter."""

    type: Type
    text: str
    name: str
    at: int = 0


class Role(NamedTuple):
    type: Type
    text: str
    name: str
    value: Expr
    at: int = 0


class Rows(NamedTuple):
    """A whole table."""

    type: Type
    text: str
    name: str
    at: int = 0


class Field(NamedTuple):
    type: Type
    text: str
    of: Expr
    name: str
    at: int = 0

    @property
    def is_key(self) -> bool:
        """Whether it is the `id` of an entry: the key by which that was read."""
        return self.name == "id" and isinstance(self.of.type, EntryOf)


class Index(NamedTuple):
    type: Type
    text: str
    of: Expr
    keys: Sequence[Expr]
    at: int = 0


class Call(NamedTuple):
    """A call of a fact of the policy; one without parameters is called by its name alone."""

    type: Type
    text: str
    fact: str
    arguments: Sequence[Expr]
    at: int = 0


class Apply(NamedTuple):
    """A call of a registered function of the language."""

    type: Type
    text: str
    function: str
    arguments: Sequence[Expr]
    at: int = 0


class Compare(NamedTuple):
    type: Type
    text: str
    op: str
    left: Expr
    right: Expr
    at: int = 0


class IsAbsent(NamedTuple):
    type: Type
    text: str
    of: Expr
    negated: bool
    at: int = 0


class Logic(NamedTuple):
    type: Type
    text: str
    op: str
    items: Sequence[Expr]
    at: int = 0


class Not(NamedTuple):
    type: Type
    text: str
    of: Expr
    at: int = 0


class Arithmetic(NamedTuple):
    type: Type
    text: str
    op: str
    left: Expr
    right: Expr
    at: int = 0


class Choose(NamedTuple):
    type: Type
    text: str
    condition: Expr
    then: Expr
    otherwise: Expr
    at: int = 0


class Items(NamedTuple):
    """A list written out."""

    type: Type
    text: str
    items: Sequence[Expr]
    at: int = 0


class Each(NamedTuple):
    """`kind(element for variable in over if condition)`; the kind of a list of each is `LISTED`."""

    type: Type
    text: str
    kind: str
    variable: str
    over: Expr
    condition: Expr | None
    element: Expr
    at: int = 0


class Loop(NamedTuple):
    """`variable in over if condition`: what a consequence or an event is done for."""

    variable: str
    over: Expr
    condition: Expr | None


Expr = (
    Literal
    | Named
    | Property
    | Argument
    | Local
    | Role
    | Rows
    | Field
    | Index
    | Call
    | Apply
    | Compare
    | IsAbsent
    | Logic
    | Not
    | Arithmetic
    | Choose
    | Items
    | Each
)


def period(periods: Word, day: Expr, days: Sequence[str], before: str = BEFORE) -> Expr:
    """In which period of a dated table a day lies: comparisons, half of the days on either side of each."""
    if not days or isinstance(day.type, Wrong):
        return Literal(periods, day.text, before)
    middle = len(days) // 2
    first = Literal(Date(), f'"{days[middle]}"', days[middle], day.at)
    begun = Compare(Boolean(), f"{day.text} >= {first.text}", ">=", day, first, day.at)
    later = period(periods, day, days[middle + 1 :], days[middle])
    return Choose(periods, day.text, begun, later, period(periods, day, days[:middle], before), day.at)


def children(expr: Expr) -> Sequence[Expr]:
    """The expressions right below `expr`; the expression of a role or a fact is not among them."""
    below = _BELOW.get(type(expr))
    return () if below is None else below(expr)


_BELOW: dict[type[Expr], Callable[[Any], Sequence[Expr]]] = {
    Field: lambda expr: (expr.of,),
    IsAbsent: lambda expr: (expr.of,),
    Not: lambda expr: (expr.of,),
    Index: lambda expr: (expr.of, *expr.keys),
    Apply: lambda expr: expr.arguments,
    Call: lambda expr: expr.arguments,
    Compare: lambda expr: (expr.left, expr.right),
    Arithmetic: lambda expr: (expr.left, expr.right),
    Logic: lambda expr: expr.items,
    Items: lambda expr: expr.items,
    Choose: lambda expr: (expr.condition, expr.then, expr.otherwise),
    Each: lambda expr: (
        (expr.over, expr.element) if expr.condition is None else (expr.over, expr.condition, expr.element)
    ),
}


def parts(expr: Expr) -> Iterator[Expr]:
    """The expression and every part of it, with the expressions of its roles."""
    yield expr
    for child in (expr.value,) if isinstance(expr, Role) else children(expr):
        yield from parts(child)


def unwrapped(expr: Expr) -> Expr:
    """What a role stands for; any other expression itself."""
    while isinstance(expr, Role):
        expr = expr.value
    return expr


def constant(expr: Expr) -> Any:
    """The value that `expr` has whatever the request, or nothing."""
    match expr:
        case Literal(value=value) | Named(value=value):
            return value
        case Not(of=of):
            operand = constant(of)
            return None if operand is None else not operand
        case Compare(op="==", left=left, right=right):
            first, second = constant(left), constant(right)
            return None if first is None or second is None else first == second
        case Compare(op="!=", left=left, right=right):
            first, second = constant(left), constant(right)
            return None if first is None or second is None else first != second
    return None


def canonical(expr: Expr) -> str:
    """A path's text without white space, by which two paths are compared."""
    return expr.text if '"' in expr.text or "'" in expr.text else "".join(expr.text.split())


def alike(first: Expr, second: Expr) -> bool:
    """Whether both are the same expression, wherever they are written; their types may have been narrowed otherwise."""
    return bool(_without_types(first) == _without_types(second))


def _without_types(part: Any) -> Any:
    if isinstance(part, Expr):
        fields = zip(part._fields, part, strict=True)
        return type(part), *(_without_types(value) for name, value in fields if name not in ("type", "at"))
    return tuple(map(_without_types, part)) if isinstance(part, list | tuple) else part
