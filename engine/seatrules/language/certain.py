"""What is certain to fail because of what is written out, whatever the request: it is no policy that loads."""

from __future__ import annotations

from typing import NamedTuple

from . import tree as t
from .days import OutOfRangeError
from .functions import TypeOrPattern
from .interpret import Interpreter
from .types import Integer, Wrong, bounds


class Failure(NamedTuple):
    """What is wrong with what is written out, and how to mend it."""

    message: str
    help: str


def out_of_bounds(function: str, takes: TypeOrPattern, argument: t.Expr) -> Failure | None:
    """What is wrong with an argument that is written out and that the function never takes."""
    value = _computed(argument) if isinstance(takes, Integer) else None
    if not isinstance(takes, Integer) or not isinstance(value, int):
        return None
    least, most = bounds(takes)
    if least <= value <= most:
        return None
    allowed = f"of {least} or more" if takes.maximum is None else f"from {least} to {most}"
    return Failure(f"`{function}` takes a number {allowed} here, and this is {value}", f"write a number {allowed}")


def failure(expr: t.Expr) -> Failure | None:
    """What is wrong with an expression that is written out whole and can't be computed."""
    problem = _computed(expr)
    if not isinstance(problem, OutOfRangeError):
        return None
    return Failure(f"this can't be computed: {problem}", "write other values: no request changes these")


def _computed(expr: t.Expr) -> object:
    """What an expression that is written out comes to, or why it can't be computed; `None` if it reads something."""
    if not _is_written_out(expr):
        return None
    try:
        return Interpreter({}, {}, {}).value(expr, {})
    except OutOfRangeError as error:
        return error


def _is_written_out(expr: t.Expr) -> bool:
    """Whether it is made of values alone, none of them wrong; what has a `for` is left out, for it may take long."""
    match expr:
        case t.Literal(type=kind):
            return not isinstance(kind, Wrong)
        case t.Apply() | t.Arithmetic() | t.Choose() | t.Compare() | t.Items() | t.Logic() | t.Not():
            return all(map(_is_written_out, t.children(expr)))
    return False
