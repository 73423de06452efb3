"""Expressions after checking: every name is bound and every part knows its type and its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .types import Type


@dataclass(frozen=True, slots=True)
class Expr:
    """Any expression: its type, and its words as the author wrote them."""

    type: Type
    text: str


@dataclass(frozen=True, slots=True)
class Literal(Expr):
    value: Any


@dataclass(frozen=True, slots=True)
class Named(Expr):
    """A cutoff or a setting: a value that the policy gives a name."""

    value: Any


@dataclass(frozen=True, slots=True)
class Property(Expr):
    """A property of the account state; one that is not required may be left out."""

    name: str
    required: bool


@dataclass(frozen=True, slots=True)
class Argument(Expr):
    name: str


@dataclass(frozen=True, slots=True)
class Local(Expr):
    """A loop's variable or a fact's parameter."""

    name: str


@dataclass(frozen=True, slots=True)
class Role(Expr):
    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Rows(Expr):
    """A whole table."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(Expr):
    of: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Index(Expr):
    of: Expr
    keys: Sequence[Expr]


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A call of a fact of the policy; one without parameters is called by its name alone."""

    fact: str
    arguments: Sequence[Expr]


@dataclass(frozen=True, slots=True)
class Apply(Expr):
    """A call of a registered function of the language."""

    function: str
    arguments: Sequence[Expr]


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class IsAbsent(Expr):
    of: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class Logic(Expr):
    op: str
    items: Sequence[Expr]


@dataclass(frozen=True, slots=True)
class Not(Expr):
    of: Expr


@dataclass(frozen=True, slots=True)
class Arithmetic(Expr):
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Choose(Expr):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Items(Expr):
    """A list written out."""

    items: Sequence[Expr]


@dataclass(frozen=True, slots=True)
class Each(Expr):
    """`kind(element for variable in over if condition)`."""

    kind: str
    variable: str
    over: Expr
    condition: Expr | None
    element: Expr


@dataclass(frozen=True, slots=True)
class Loop:
    """`variable in over if condition`: what a consequence or an event is done for."""

    variable: str
    over: Expr
    condition: Expr | None


def children(expr: Expr) -> Sequence[Expr]:
    """The expressions right below `expr`; what a role or a fact stands for is not among them."""
    match expr:
        case Field(of=of) | IsAbsent(of=of) | Not(of=of):
            return (of,)
        case Index(of=of, keys=keys):
            return (of, *keys)
        case Apply(arguments=arguments) | Call(arguments=arguments):
            return arguments
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Logic(items=items) | Items(items=items):
            return items
        case Choose(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Each(over=over, condition=condition, element=element):
            return (over, element) if condition is None else (over, condition, element)
    return ()


def parts(expr: Expr) -> Iterator[Expr]:
    """The expression and every part of it, with what its roles stand for."""
    yield expr
    for child in (expr.value,) if isinstance(expr, Role) else children(expr):
        yield from parts(child)


def constant(expr: Expr) -> Any:
    """The value that `expr` has whatever the request, or nothing."""
    match expr:
        case Literal(value=value) | Named(value=value):
            return value
        case Not(of=of):
            found = constant(of)
            return None if found is None else not found
        case Compare(op="==", left=left, right=right):
            first, second = constant(left), constant(right)
            return None if first is None or second is None else first == second
        case Compare(op="!=", left=left, right=right):
            first, second = constant(left), constant(right)
            return None if first is None or second is None else first != second
    return None
