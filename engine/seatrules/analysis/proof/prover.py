"""Proves of conditions that they hold, or fail, whatever the request: by types, by bounds and by what else is asked.

A condition is refuted where no value is left for a term of it. Where values are left nothing is said: there may still
be no such request. Settings may be chosen otherwise and tables written otherwise, so that neither settles anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeGuard

from ...language import tree as t
from ...language.days import OutOfRangeError, add_days
from ...language.ranges import Ranges
from ...language.types import MOST, Boolean, Date, Integer, Key, Maybe, Narrowed, Text, Word
from ...program import Program
from ..diff.canonical import Meanings, Names, Numbering
from .inlining import inlined
from .terms import Domain, ProofCase

MOST_CASES = 200
"""How many cases are gone through for one proof."""
_SETTING = "settings."
_SIGNS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_DAYS = ("0001-01-01", "9999-12-31")


class Wanted(NamedTuple):
    """A condition, and whether it is to hold or to fail."""

    expr: t.Expr
    holds: bool = True


Alternative = list[Wanted]


class Prover:
    """Refutes conditions of one program."""

    def __init__(self, program: Program) -> None:
        self.program, self._ranges = program, Ranges(program.facts)
        self._meanings = _Meanings(program, Numbering())
        self._cases, self._bounded = 0, True
        self._settled: dict[str, frozenset[str]] = {}
        self._bodies: dict[int, tuple[t.Call, t.Expr | None]] = {}

    def excludes(self, *wanted: Wanted, bounded: bool = True) -> bool:
        """Whether no request is as wanted, all at once; if not `bounded`, whatever bounds numbers and words have."""
        self._cases, self._bounded = 0, bounded
        return self._refuted(list(wanted), [], ProofCase())

    def core(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """As few as can be of conditions that exclude each other."""
        kept = list(wanted)
        for each in wanted:
            fewer = [other for other in kept if other is not each]
            if fewer and self.excludes(*fewer):
                kept = fewer
        return kept

    def _refuted(self, wanted: Alternative, choices: list[list[Alternative]], case: ProofCase) -> bool:
        """Whether nothing is left, whatever is chosen of each of the choices."""
        wanted, choices = list(wanted), list(choices)
        while wanted:
            if not self._taken(wanted.pop(), wanted, choices, case):
                return True
        if case.is_impossible():
            return True
        if not choices:
            return False
        first, *rest = sorted(choices, key=len)
        self._cases += len(first)
        return self._cases <= MOST_CASES and all(self._refuted(option, rest, case.copy()) for option in first)

    def _taken(self, each: Wanted, wanted: Alternative, choices: list[list[Alternative]], case: ProofCase) -> bool:
        """Whether one condition can still be as wanted; what it comes to is added to the rest."""
        expr, holds = t.unwrapped(each.expr), each.holds
        match expr:
            case t.Not(of=of):
                wanted.append(Wanted(of, not holds))
            case t.Logic(op=op, items=items) if holds is (op == "and"):
                wanted += (Wanted(item, holds) for item in items)
            case t.Logic(items=items):  # the first that decides, after others that do not
                choices.append(
                    [[Wanted(item, holds), *(Wanted(o, not holds) for o in items[:n])] for n, item in enumerate(items)]
                )
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                sides = ((True, then), (False, otherwise))
                choices.append([[Wanted(condition, side), Wanted(value, holds)] for side, value in sides])
            case t.Literal(value=value):
                return bool(value) is holds
            case t.Call() if (body := self._body(expr)) is not None:
                wanted.append(Wanted(body, holds))
            case t.Compare():
                return self._compared(expr, holds, case)
            case t.IsAbsent(negated=negated):
                return self._noted(expr._replace(negated=False), holds is not negated, case)
            case t.Each(kind="all" | "any" as kind, condition=condition, element=element) if holds is (kind == "any"):
                of_one = [Wanted(element, holds), *([] if condition is None else [Wanted(condition)])]
                return self._noted(expr, holds, case) and not self._refuted(of_one, [], ProofCase())
            case _:
                return self._noted(expr, holds, case)
        return True

    def _body(self, call: t.Call) -> t.Expr | None:
        if id(call) not in self._bodies:
            self._bodies[id(call)] = call, inlined(call, self.program.facts[call.fact])
        return self._bodies[id(call)][1]

    def _noted(self, expr: t.Expr, holds: bool, case: ProofCase) -> bool:
        """Whether a condition that is not taken apart may still be so."""
        return case.truths.setdefault(self._meanings.value(expr), holds) is holds

    def _compared(self, expr: t.Compare, holds: bool, case: ProofCase) -> bool:
        if expr.op in ("in", "not in"):
            return self._among(expr._replace(op="in"), holds is (expr.op == "in"), case)
        op = expr.op if holds else t.OPPOSITE[expr.op]
        left, right = t.unwrapped(expr.left), t.unwrapped(expr.right)
        if _is_constant(left) and not _is_constant(right):
            left, op, right = right, t.MIRRORED[op], left
        if isinstance(left.type, Maybe) or isinstance(right.type, Maybe):
            return self._may_be_absent(expr, op, left, right, case)
        if _is_constant(right) and isinstance(left.type, Integer):
            left, by = _without_constant(left)
            return self._with_constant(left, op, right.value - by, case)
        if _is_constant(right) and isinstance(left.type, Date | Key | Text | Word):
            return self._with_constant(left, op, right.value, case)
        if isinstance(left.type, Boolean):
            return self._noted(expr._replace(op="=="), op == "==", case)
        one, other = self._term(left, case), self._term(right, case)
        if one == other:
            return "=" in _SIGNS[op]
        case.relate(one, other, frozenset(_SIGNS[op]))
        return True

    def _may_be_absent(self, expr: t.Compare, op: str, left: t.Expr, right: t.Expr, case: ProofCase) -> bool:
        """Of what may be absent, only that it is as something written out says anything else of it."""
        if op == "==" and _is_constant(right) and isinstance(left.type, Maybe):
            number = self._term(left, case)
            case.domains[number] = case.domains[number].only(frozenset([right.value]))
        return self._noted(expr._replace(op="=="), op == "==", case)

    def _with_constant(self, left: t.Expr, op: str, value: Any, case: ProofCase) -> bool:
        """Note how a term compares with a value that is written out."""
        if _is_constant(left):
            return _sign(left.value, value) in _SIGNS[op]
        number = self._term(left, case)
        domain = case.domains[number]
        if op == "==":
            domain = domain.only(frozenset([value]))
        elif op == "!=":
            domain = domain.without(frozenset([value]))
        elif domain.is_ordered:
            beyond = _next(value, 1 if op == ">" else -1) if op in ("<", ">") else value
            if beyond is None:
                return False
            least, most = (beyond, domain.most) if ">" in op else (domain.least, beyond)
            domain = domain.within(least, most)
        case.domains[number] = domain
        return not case.domains[number].is_empty

    def _among(self, expr: t.Compare, holds: bool, case: ProofCase) -> bool:
        """Note that a term is one of what is written out, or none of it."""
        left, right = t.unwrapped(expr.left), t.unwrapped(expr.right)
        values = [each.value for each in right.items if _is_constant(each)] if isinstance(right, t.Items) else []
        is_whole = isinstance(right, t.Items) and len(values) == len(right.items)
        if is_whole and not _is_constant(left) and (holds or not isinstance(left.type, Maybe)):
            number = self._term(left, case)
            domain = case.domains[number]
            case.domains[number] = domain.only(frozenset(values)) if holds else domain.without(frozenset(values))
        return self._noted(expr, holds, case)

    def _term(self, expr: t.Expr, case: ProofCase) -> int:
        """The number of a term, of which the case then knows what its type says."""
        number = self._meanings.value(expr)
        domain = self._initial(expr)
        if number in case.domains and isinstance(expr.type, Word) and domain.among is not None:
            domain = case.domains[number].only(domain.among)
        elif number in case.domains:
            domain = case.domains[number]
        case.domains[number] = domain
        return number

    def _initial(self, expr: t.Expr) -> Domain:
        """What a term may be, whatever the request."""
        if _is_constant(expr):
            value = expr.value
            return Domain(value, value) if isinstance(expr.type, Integer | Date) else Domain(among=frozenset([value]))
        match expr.type:
            case Integer():
                return Domain(*(self.reach(expr) if self._bounded else (-MOST, MOST)))
            case Date():
                return Domain(*_DAYS)
            case Word(words=words) if self._bounded and not isinstance(
                expr.type, Narrowed
            ):  # of what may be no such word
                return Domain(among=frozenset(words))
        return Domain()

    def reach(self, expr: t.Expr) -> tuple[int, int]:
        """The least and the greatest number that a term may be, whatever the request and the settings."""
        return self._of_setting(expr) or self._ranges.reach(expr)

    def _of_setting(self, expr: t.Expr) -> tuple[int, int] | None:
        """What a number may be that a setting has a part in; nothing of others."""
        if isinstance(expr, t.Named):
            choices = self.program.choices[setting_of(expr)]
            return min(choices), max(choices)
        return (-MOST, MOST) if self.has_settings(expr) else None

    def has_settings(self, expr: t.Expr) -> bool:
        """Whether a setting has a part in what an expression comes to."""
        return bool(self.settings_of(expr))

    def settings_of(self, expr: t.Expr) -> frozenset[str]:
        """The settings that have a part in what an expression comes to."""
        named = (part for part in t.parts(expr) if isinstance(part, t.Named) and _is_setting(part))
        calls = {part.fact for part in t.parts(expr) if isinstance(part, t.Call)}
        return frozenset(map(setting_of, named)).union(*(self._settings_of_fact(fact) for fact in calls))

    def _settings_of_fact(self, fact: str) -> frozenset[str]:
        if fact not in self._settled:
            self._settled[fact] = self.settings_of(self.program.facts[fact].value)
        return self._settled[fact]


class _Meanings(Meanings):
    """Numbers expressions without settling what a setting decides."""

    def value(self, expr: t.Expr | None, names: Names | None = None, depth: int = 0) -> int:
        match expr:
            case t.Named(text=text) if _is_setting(expr):
                return self.of("setting", "".join(text.split()))
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                return self.of("choose", *(self.value(each, names, depth) for each in (condition, then, otherwise)))
        return super().value(expr, names, depth)

    def _table(self, table: Any, column: str | None) -> str:
        return f"{table.name}/{column}"

    def opposite(self, expr: t.Expr, names: Names, depth: int) -> int:
        if _is_setting(t.unwrapped(expr)):
            return self.of("not", self.value(expr, names, depth))
        return super().opposite(expr, names, depth)


def _is_setting(expr: t.Expr) -> bool:
    return isinstance(expr, t.Named) and "".join(expr.text.split()).startswith(_SETTING)


def setting_of(named: t.Named) -> str:
    """The name of the setting that is read."""
    return "".join(named.text.split()).removeprefix(_SETTING)


def _is_constant(expr: t.Expr) -> TypeGuard[t.Literal | t.Named]:
    """Whether a value is written out: a literal or a cutoff."""
    return isinstance(expr, t.Literal | t.Named) and not _is_setting(expr) and type(expr.value) in (int, str)


def _without_constant(expr: t.Expr) -> tuple[t.Expr, int]:
    """A sum without the number that is written out at its end, and that number."""
    match expr:
        case t.Arithmetic(op="+" | "-" as op, left=left, right=t.Literal(value=value)):
            return t.unwrapped(left), value if op == "+" else -value
    return expr, 0


def _sign(left: Any, right: Any) -> str:
    return "=" if left == right else "<" if left < right else ">"


def _next(value: Any, by: int) -> Any:
    """The number or the day beside one; nothing where there is none."""
    if isinstance(value, int):
        return value + by
    try:
        return add_days(value, by)
    except OutOfRangeError:
        return None
