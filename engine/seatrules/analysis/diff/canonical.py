"""Numbers expressions by what they mean, so that equal ones have one number, whichever program they are of.

Facts and roles are read through to what they compute, cutoffs and settings to their values, tables to the cells that
are read; which way round a comparison stands, and the order of what is joined by `and`, `or`, `+` and `*`, do not
count.
Numbers that differ say nothing: what is written otherwise may mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ...language import tree as t
from ...language.text import ChoiceOfText, Decimal, Message
from ...language.types import EntryOf, Integer, MapOf, Record, Table, known, record_of
from ...program import Program

_SWAPPED = {">": "<", ">=": "<="}
_EITHER_WAY = ("==", "!=")
_DUAL = {"and": "or", "or": "and"}
Names = Mapping[str, int]
"""What the names of loops and parameters stand for."""


class Numbering:
    """The numbers of everything that was met so far."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}

    def of(self, *parts: Any) -> int:
        """The number of what has these parts."""
        return self._numbers.setdefault(parts, len(self._numbers))


class Meanings:
    """Numbers the expressions of one program; with `any_settings` by what they mean whatever is chosen."""

    def __init__(self, program: Program, numbering: Numbering, *, any_settings: bool = False) -> None:
        self.program, self.of, self._any_settings = program, numbering.of, any_settings
        self._calls: dict[tuple[Any, ...], int] = {}
        self._rows: dict[tuple[int, str | None], str] = {}

    def value(self, expr: t.Expr | None, names: Names | None = None, depth: int = 0) -> int:
        """The number of an expression; `depth` is how many loops stand around it."""
        names = {} if names is None else names
        match expr:
            case None:
                return self.of("none")
            case t.Named() if self._is_open(expr):
                return self.of("setting", t.canonical(expr))
            case t.Literal(value=value) | t.Named(value=value):
                return self._constant(value)
            case t.Role(value=value):
                return self.value(value, names, depth)
            case t.Local(name=name):
                return names.get(name, self.of("name", name))
            case t.Property():
                return self.of("property", expr.name, expr.required, _text(expr.default))
            case t.Argument(name=name):
                return self.of("argument", name)
            case t.Rows():
                return self.of("rows", self._table(expr.type, None))
            case t.Field():
                return self._field(expr, names, depth)
            case t.Index():
                return self._index(expr, None, names, depth)
            case t.Call():
                return self._call(expr, names, depth)
            case t.Apply(function=function, arguments=arguments):
                parts = [self.value(each, names, depth) for each in arguments]
                return self.of("apply", function, *(sorted(set(parts)) if function in ("min", "max") else parts))
            case t.IsAbsent(of=of, negated=negated):
                return self.of("absent", negated, self.value(of, names, depth))
            case t.Compare():
                return self._compare(expr.op, expr.left, expr.right, names, depth)
            case t.Not(of=of):
                return self.opposite(of, names, depth)
            case t.Logic(op=op, items=items):
                return self._joined(op, [self.value(each, names, depth) for each in items])
            case t.Arithmetic(op=op, left=left, right=right):
                parts = [self.value(left, names, depth), self.value(right, names, depth)]
                turned = op in ("+", "*") and isinstance(known(expr.type), Integer)
                return self.of("arithmetic", op, *(sorted(parts) if turned else parts))
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                if isinstance(settled := self._settled(condition), bool):
                    return self.value(then if settled else otherwise, names, depth)
                return self.of("choose", *(self.value(each, names, depth) for each in (condition, then, otherwise)))
            case t.Items(items=items):
                return self.of("items", *(self.value(each, names, depth) for each in items))
            case t.Each():
                return self._each(expr, names, depth)

    def loop(self, loop: t.Loop | None, names: Names, depth: int) -> tuple[int, Names, int]:
        """The number of a loop, with the names and the depth inside it."""
        if loop is None:
            return self.of("none"), names, depth
        inside = {**names, loop.variable: self.of("bound", depth)}
        over = self.value(loop.over, names, depth)
        return self.of("loop", over, self.value(loop.condition, inside, depth + 1)), inside, depth + 1

    def message(self, message: Message, names: Names, depth: int) -> int:
        """The number of a text with its placeholders."""
        return self.of("message", *(self.part(part, names, depth) for part in message.parts))

    def part(self, part: str | t.Expr | Decimal | ChoiceOfText, names: Names, depth: int) -> int:
        """The number of a part of a text."""
        if isinstance(part, str):
            return self.of("text", part)
        if isinstance(part, Decimal):
            return self.of("decimal", part.digits, self.value(part.expr, names, depth))
        if isinstance(part, ChoiceOfText):
            branches = ((key, self.message(each, names, depth)) for key, each in sorted(part.branches.items()))
            return self.of("choice", self.value(part.expr, names, depth), repr(part.rule), *branches)
        return self.value(part, names, depth)

    def _is_open(self, expr: t.Expr) -> bool:
        """Whether it is a setting of which any choice may be made."""
        return self._any_settings and isinstance(expr, t.Named) and t.canonical(expr).startswith("settings.")

    def _settled(self, condition: t.Expr) -> Any:
        """What a condition comes to whatever the request, if anything."""
        return None if any(map(self._is_open, t.parts(condition))) else t.constant(condition)

    def _constant(self, value: Any) -> int:
        return self.of("constant", type(value).__name__, _text(value))

    def _joined(self, op: str, items: Iterable[int]) -> int:
        """What is joined by `and` or `or`, once each, without what decides nothing."""
        deciding, idle = self._constant(op == "or"), self._constant(op == "and")
        parts = sorted({each for each in items if each != idle})
        if deciding in parts:
            return deciding
        return parts[0] if len(parts) == 1 else self.of(op, *parts) if parts else idle

    def opposite(self, expr: t.Expr, names: Names, depth: int) -> int:
        """The number of what holds where a condition fails."""
        match t.unwrapped(expr):
            case t.Not(of=of):
                return self.value(of, names, depth)
            case t.Compare(op=op, left=left, right=right) if op in t.OPPOSITE:
                return self._compare(t.OPPOSITE[op], left, right, names, depth)
            case t.Logic(op=op, items=items):
                return self._joined(_DUAL[op], [self.opposite(each, names, depth) for each in items])
            case t.IsAbsent(of=of, negated=negated):
                return self.of("absent", not negated, self.value(of, names, depth))
            case t.Literal(value=value) | t.Named(value=value) if not self._is_open(expr):
                return self._constant(not value)
        return self.of("not", self.value(expr, names, depth))

    def _compare(self, op: str, left: t.Expr, right: t.Expr, names: Names, depth: int) -> int:
        sides = [self.value(left, names, depth), self.value(right, names, depth)]
        if op in _SWAPPED:
            op, sides = _SWAPPED[op], sides[::-1]
        return self.of("compare", op, *(sorted(sides) if op in _EITHER_WAY else sides))

    def _field(self, expr: t.Field, names: Names, depth: int) -> int:
        of = t.unwrapped(expr.of)
        if isinstance(of, t.Index) and isinstance(of.of.type, Table):
            return self._index(of, expr.name, names, depth)
        inside = self.value(of, names, depth)
        if expr.is_key:
            return self.of("key", inside)
        kind = known(of.type)
        record = record_of(kind) if isinstance(kind, EntryOf | Record) else None
        default = None if record is None else record.defaults.get(expr.name)
        return self.of("field", expr.name, _text(default), inside)

    def _index(self, expr: t.Index, column: str | None, names: Names, depth: int) -> int:
        """An entry of a map; of a table, the cells of the column that is read."""
        keys = [self.value(key, names, depth) for key in expr.keys]
        kind = expr.of.type
        if isinstance(kind, Table):
            return self.of("cells", self._table(kind, column), *keys)
        default = _text(kind.default) if isinstance(kind, MapOf) else None
        return self.of("entry", default, self.value(expr.of, names, depth), *keys)

    def _table(self, table: Any, column: str | None) -> str:
        key = (id(table), column)
        if key not in self._rows:
            self._rows[key] = _text(_cells(table.rows, len(table.keys), column))
        return self._rows[key]

    def _call(self, expr: t.Call, names: Names, depth: int) -> int:
        body = self.program.facts[expr.fact]
        given = tuple(self.value(each, names, depth) for each in expr.arguments)
        call = (expr.fact, given, depth)
        if call not in self._calls:
            self._calls[call] = self.value(body.value, dict(zip(body.parameters, given, strict=True)), depth)
        return self._calls[call]

    def _each(self, expr: t.Each, names: Names, depth: int) -> int:
        loop, inside, below = self.loop(t.Loop(expr.variable, expr.over, expr.condition), names, depth)
        element = self.of("none") if expr.kind == "count" else self.value(expr.element, inside, below)
        return self.of("each", expr.kind, loop, element)


def _cells(rows: Any, keys: int, column: str | None) -> Any:
    if keys:
        return {key: _cells(each, keys - 1, column) for key, each in rows.items()}
    return rows if column is None else rows.get(column)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)
