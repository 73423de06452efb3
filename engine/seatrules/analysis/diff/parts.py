"""Tells how far what differs between two versions comes out differently on a request, whatever else decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from ...errors import RequestError
from ...generated.answers import GeneratedFunction, generate_value
from ...generated.verdict import FALLBACK_ERRORS
from ...language import tree as t
from ...language.days import OutOfRangeError
from ...language.interpret import Interpreter
from ...program import Clause, Program
from .canonical import Meanings, Numbering
from .cell import Cell
from .differing import Differing, only

_OFTEN = 20
"""How many times the interpreter computes an expression before a function is generated that does."""
_NOT_KNOWN = object()
"""In the place of what can't be computed."""


class DifferingParts:
    """The clauses that differ between two versions, and the parts of them that only one version has.

    Of clauses that go through something none is looked at.
    """

    def __init__(self, programs: tuple[Program, Program], differing: Differing) -> None:
        self._sides = [_Side(*side) for side in zip(programs, (differing.old, differing.new), strict=True)]
        numbering = Numbering()
        old, new = (each.numbered(Meanings(each.program, numbering)) for each in self._sides)
        self._apart = {name: (_only(old[name], new[name]), _only(new[name], old[name])) for name in old if name in new}

    def come_out(self, cell: Cell) -> int:
        """0 where the clauses come out differently on a request, 1 where a part of one does, and else 2."""
        old, new = (_Reading(side, cell) for side in self._sides)
        if old.fails() != new.fails():
            return 0
        shared = (apart for name, apart in self._apart.items() if name in old.in_force and name in new.in_force)
        pairs = (zip_longest(old.values(ours), new.values(theirs)) for ours, theirs in shared)
        return 1 if any(one != other for each in pairs for one, other in each) else 2


class _Side:
    """One of the versions: its clauses that differ, and functions for what is often computed of them."""

    def __init__(self, program: Program, clauses: Iterable[Clause]) -> None:
        self.program = program
        self.clauses = {(each.kind, each.id): each for each in clauses if each.loop is None}
        self._asked: Counter[int] = Counter()
        self._functions: dict[int, GeneratedFunction] = {}

    def numbered(self, meanings: Meanings) -> Mapping[tuple[str, str], list[tuple[int, t.Expr]]]:
        """The parts of each clause, with the numbers of what they mean."""
        return {
            name: [(meanings.value(part), part) for expr in clause.expressions for part in _parts(expr)]
            for name, clause in self.clauses.items()
        }

    def function(self, expr: t.Expr) -> GeneratedFunction | None:
        """What computes an expression of this version, once it was asked for often."""
        self._asked[id(expr)] += 1
        if self._asked[id(expr)] == _OFTEN:
            self._functions[id(expr)] = generate_value(self.program, expr)
        return self._functions.get(id(expr))


class _Reading:
    """What comes of the clauses of a version that are in force on a request, as far as it can be computed."""

    def __init__(self, side: _Side, cell: Cell) -> None:
        self.side, self.state = side, cell.state
        self.action = {} if cell.action is None else side.program.single(cell.action)[1]
        self.in_force = {name: each for name, each in side.clauses.items() if each.in_force(cell.state["as_of"])}
        self._interpreter = Interpreter(self.action, self.state, side.program.facts, computed={})

    def fails(self) -> set[tuple[str, str | None]]:
        """The kinds and codes of those that fail."""
        asked = (
            (each, each.holds if each.kind in ("rules", "invariants") else each.when) for each in self.in_force.values()
        )
        return {
            (clause.kind, clause.code)
            for clause, expr in asked
            if expr is not None and self._value(expr) not in (True, _NOT_KNOWN)
        }

    def values(self, parts: Iterable[t.Expr]) -> Iterator[tuple[Any]]:
        """What parts of them come to, each as it is asked for."""
        return ((self._value(part),) for part in parts)

    def _value(self, expr: t.Expr) -> Any:
        try:
            if (function := self.side.function(expr)) is not None:
                return function(self.action, self.state)
        except FALLBACK_ERRORS:
            pass  # the interpreter says what it is then
        try:
            return self._interpreter.value(expr, {})
        except (OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
            return _NOT_KNOWN


def _parts(expr: t.Expr) -> Iterator[t.Expr]:
    """What is joined by `and`, `or` and `not`, down to what is not; else the expression itself."""
    match t.unwrapped(expr):
        case t.Logic(items=items):
            for item in items:
                yield from _parts(item)
        case t.Not(of=of):
            yield from _parts(of)
        case _:
            yield expr


def _only(parts: Sequence[tuple[int, t.Expr]], others: Sequence[tuple[int, t.Expr]]) -> tuple[t.Expr, ...]:
    return only([part for _, part in parts], [number for number, _ in parts], [number for number, _ in others])
