"""Splits conditions into conjunctions of comparisons of one field with one literal: all that durable-rules is asked.

Its `$or` fires a rule once for each part that matches, its negation of a whole loops, and its comparison of two fields
is wrong. So a condition is split into the terms by which it holds and those by which it fails. What has no such form
(two fields, a count, a call of a fact with arguments, arithmetic, too many terms) is a field, derived beforehand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.interpret import FactBody
from ..language.tree import constant
from ..language.types import Boolean, Date, Integer, Key, Text, Type, Word, known
from ..program import Clause, Program

MAX_TERMS = 16
"""The most terms by which one condition may hold, or fail; one with more is computed beforehand."""
LARGEST = 2**62
"""Numbers are posted within this on both sides of zero, where all literals lie: every comparison comes out the same."""
LONGEST = 1000
"""Texts are posted up to the first character after this, and no literal is longer: with the same result."""


@dataclass(frozen=True, slots=True, eq=False)
class FactField:
    """A field of the fact that is posted: its name, what it is computed from, and how its values are written."""

    name: str
    expr: t.Expr
    kind: str

    @property
    def derived(self) -> bool:
        """Whether it is more than an argument or a path of the state."""
        return not _is_path(self.expr)


class FieldComparison(NamedTuple):
    """A comparison of a field with a literal."""

    field: FactField
    op: str
    value: str | int


Term = tuple[FieldComparison, ...]


class Split(NamedTuple):
    """The terms of which one is met where a condition holds, and those of which one is met where it fails."""

    holds: tuple[Term, ...]
    fails: tuple[Term, ...]

    def opposite(self) -> Split:
        """The split of the opposite condition."""
        return Split(self.fails, self.holds)


_ALWAYS = Split(((),), ())


class Translator:
    """Translates the conditions of one action; the same words are the same field."""

    def __init__(self, facts: Mapping[str, FactBody], reserved: Iterable[str]) -> None:
        self._facts = facts
        self._fields: dict[str, FactField] = {}
        self._hashes = {_hash(name) for name in reserved}

    def split(self, expr: t.Expr) -> Split:
        """The terms by which `expr` holds and fails; exactly one side has a term that is met."""
        value = constant(expr)
        if value is not None:
            return _ALWAYS if value else _ALWAYS.opposite()
        return self._parts(expr) or self._test(self._field(expr, "boolean"), "==", True)

    def _parts(self, expr: t.Expr) -> Split | None:
        match expr:
            case t.Not(of=of):
                return self.split(of).opposite()
            case t.Logic(op="and", items=items):
                return _all(map(self.split, items))
            case t.Logic(items=items):
                return _any(map(self.split, items))
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                return _choice(self.split(condition), self.split(then), self.split(otherwise))
            case t.Role(value=value):
                return self.split(value)
            case t.Call(fact=fact, arguments=arguments) if not arguments:
                return self.split(self._facts[fact].value)
            case t.IsAbsent(of=of, negated=True):
                return self.split(expr._replace(text=f"{of.text} is None", negated=False)).opposite()
            case t.Compare(op="in", left=left, right=t.Items(items=items)):
                return _any(self._compared(left, "==", item) for item in items)
            case t.Compare(op="not in", left=left, right=t.Items(items=items)):
                return _all(self._compared(left, "!=", item) for item in items)
            case t.Compare(op=op, left=left, right=right) if op in t.OPPOSITE:
                return self._compared(left, op, right)
        return None

    def _compared(self, left: t.Expr, op: str, right: t.Expr) -> Split | None:
        if constant(left) is not None:
            left, op, right = right, t.MIRRORED[op], left
        value = constant(right)
        kind = _kind(left.type)
        if kind == "text" and op not in ("==", "!="):
            return None  # how durable-rules orders texts is not said
        if kind is None or value is None or constant(left) is not None or not _within_bounds(value):
            return None
        return self._test(self._field(left, kind), op, value)

    def _test(self, field: FactField, op: str, value: Any) -> Split:
        literal = posted(field.kind, value)
        opposite = FieldComparison(field, t.OPPOSITE[op], literal)
        if field.kind == "boolean":
            opposite = FieldComparison(field, op, posted(field.kind, not value))
        return Split(((FieldComparison(field, op, literal),),), ((opposite,),))

    def _field(self, expr: t.Expr, kind: str) -> FactField:
        """The field of these words. durable-rules tells fields apart by a hash of 32 bits, so no two may have one."""
        name = expr.text
        while name not in self._fields or not t.alike(self._fields[name].expr, expr):
            if name not in self._fields and _hash(name) not in self._hashes:
                self._hashes.add(_hash(name))
                self._fields[name] = FactField(name, expr, kind)
            else:
                name += "'"
        return self._fields[name]


def requirement(rule: Clause, program: Program) -> t.Expr:
    """The one condition that is true where the rule is not in force, does not apply, or is met."""
    dates = [*_dates(rule, program)]
    return _either([*dates, rule.asked]) if dates else rule.asked


def _dates(rule: Clause, program: Program) -> Iterable[t.Expr]:
    today = t.Property(program.state.fields["as_of"], "as_of", "as_of", True)
    for op, day in ((t.OPPOSITE[op], day) for op, day in rule.in_force_if):
        yield t.Compare(Boolean(), f'as_of {op} "{day}"', op, today, t.Literal(Date(), f'"{day}"', day))


def _either(items: Sequence[t.Expr]) -> t.Expr:
    return t.Logic(Boolean(), " or ".join(f"({item.text})" for item in items), "or", items)


def posted(kind: str, value: Any) -> str | int:
    """A value as a field of this kind has it: never a boolean, which durable-rules takes for 0 or 1, and never null."""
    match kind:
        case "boolean":
            return "true" if value else "false"
        case "date":
            return date.fromisoformat(value).toordinal()
        case "integer":
            return max(-LARGEST, min(LARGEST, int(value)))
    return str(value)[: LONGEST + 1]


def _within_bounds(value: str | int) -> bool:
    return len(value) <= LONGEST if isinstance(value, str) else abs(value) < LARGEST


def _kind(kind: Type) -> str | None:
    match known(kind):
        case Boolean():
            return "boolean"
        case Integer():
            return "integer"
        case Date():
            return "date"
        case Text() | Word() | Key():
            return "text"
    return None


def _all(parts: Iterable[Split | None]) -> Split | None:
    """The split of a conjunction, or nothing where it has too many terms or a part has none."""
    split = _ALWAYS
    for part in parts:
        if part is None:
            return None
        split = Split(_product(split.holds, part.holds), tuple(dict.fromkeys((*split.fails, *part.fails))))
        if max(map(len, split)) > MAX_TERMS:
            return None
    return split


def _any(parts: Iterable[Split | None]) -> Split | None:
    split = _all(part and part.opposite() for part in parts)
    return split and split.opposite()


def _choice(condition: Split, then: Split, otherwise: Split) -> Split | None:
    sides = zip(then, otherwise, strict=True)
    terms = [(*_product(condition.holds, a), *_product(condition.fails, b)) for a, b in sides]
    return Split(*terms) if max(map(len, terms)) <= MAX_TERMS else None


def _product(first: tuple[Term, ...], second: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(tuple(dict.fromkeys((*a, *b))) for a in first for b in second))


def _is_path(expr: t.Expr) -> bool:
    match expr:
        case t.Property() | t.Argument() | t.Role():
            return True
        case t.Field(of=of):
            return _is_path(of)
        case t.Index(of=of, keys=keys):
            return _is_path(of) and all(_is_path(key) or constant(key) is not None for key in keys)
    return False


def _hash(name: str) -> int:
    """FNV-1a of 32 bits over the name as JSON has it: what durable-rules keeps of a name."""
    digest = 0x811C9DC5
    for byte in json.dumps(name)[1:-1].encode():
        digest = (digest ^ byte) * 0x01000193 & 0xFFFFFFFF
    return digest
