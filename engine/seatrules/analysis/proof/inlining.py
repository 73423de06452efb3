"""Reads facts with parameters through to what they compute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language import tree as t
from ...language.interpret import FactBody


def inlined(call: t.Call, body: FactBody) -> t.Expr | None:
    """What a call of a fact computes; nothing where a loop in the fact has the name of what it is given."""
    given = dict(zip(body.parameters, call.arguments, strict=True))
    outside = {part.name for argument in call.arguments for part in _everywhere(argument) if isinstance(part, t.Local)}
    loops = {part.variable for part in _everywhere(body.value) if isinstance(part, t.Each)}
    return None if loops & (outside | given.keys()) else _put(body.value, given)


def _everywhere(expr: t.Expr) -> list[t.Expr]:
    return list(t.parts(expr))


def _put(part: Any, given: Mapping[str, t.Expr]) -> Any:
    """An expression with what its parameters are given in the place of each."""
    if isinstance(part, t.Local):
        return given.get(part.name, part)
    if isinstance(part, t.Expr):
        return type(part)(
            *(each if name == "type" else _put(each, given) for name, each in zip(part._fields, part, strict=True))
        )
    return tuple(_put(each, given) for each in part) if isinstance(part, list | tuple) else part
