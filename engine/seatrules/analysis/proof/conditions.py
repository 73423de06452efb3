"""Conditions that settle nothing: what always or never holds where it is asked, and what others make idle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from ...diagnostics import Span, listed
from ...language import tree as t
from ...language.types import Integer, Word
from ...nodes import Scalar
from ...policy.kinds import singular
from ...policy.written import Entry, Written
from ...problems import Problems
from ...program import Clause, Program
from .prover import Prover, Wanted

_MANY = 2**40
"""What is less than any bound that a policy has: no number of entries, days or cents that is counted comes to it."""
_MEND = "mend it, or take it away"
_DENY = "mend it; what always denies where a rule applies is its `when` turned round, in `require` alone"


class AskedCondition(NamedTuple):
    """A condition, and what it is asked beside."""

    given: tuple[Wanted, ...]
    expr: t.Expr


def idle_conditions(written: Written, program: Program, prover: Prover, problems: Problems) -> None:
    """Warn of the conditions of a version's own files that no request can turn."""
    idle = _Idle(prover, problems)
    bound = _by_entry(program)
    for kind, entries in written.clauses.items():
        for entry in entries:
            clauses = bound.get((kind, entry.name), [])
            if clauses and is_own(entry.span, written):
                idle.clause(kind, entry, clauses)
    for name, entry in written.named["facts"].items():
        scalar = entry.scalar("is")
        if scalar is not None and is_own(entry.span, written):
            idle.operands(f"fact `{name}`", scalar, [AskedCondition((), program.facts[name].value)])


def is_own(span: Span, written: Written) -> bool:
    """Whether it is written in the version's own files; with extensions, in theirs: only that is their authors'."""
    if written.extensions:
        return any(each.holds(span.source) for each in written.extensions)
    return span.source.place.startswith(f"{written.version}/")


def _by_entry(program: Program) -> Mapping[tuple[str, str], Sequence[Clause]]:
    """The clauses of a program by the entry that they are of: one for each action."""
    clauses: dict[tuple[str, str], list[Clause]] = {}
    of_actions = (clause for action in program.actions.values() if action.each is None for clause in action.clauses)
    others = (*program.events, *program.invariants, *program.asides, *program.goals, *program.overview)
    for clause in (*of_actions, *others):
        clauses.setdefault((clause.kind, clause.id), []).append(clause)
    return clauses


class _Idle:
    def __init__(self, prover: Prover, problems: Problems) -> None:
        self.prover, self.problems = prover, problems

    def clause(self, kind: str, entry: Entry, clauses: Sequence[Clause]) -> None:
        """What is idle of a clause: its `when`, what it requires, and parts of both."""
        what = f"{singular(kind)} `{entry.name}`"
        when = entry.scalar("when")
        if when is not None and all(clause.when is not None for clause in clauses):
            bound = [AskedCondition((), clause.when) for clause in clauses if clause.when is not None]
            if proof := self._proof(bound, holds=True):
                self.problems.warning("never-applies", f"{what} never applies: {proof}", when.span, help=_MEND)
                return
            if proof := self._proof(bound, holds=False):
                message = f"{what}: this makes no difference: {proof}"
                self.problems.warning("idle-operand", message, when.span, help=_MEND)
            else:
                self.operands(what, when, bound)
        scalars = entry.scalars("require")
        idle = set[int]()
        for number, scalar in enumerate(scalars):
            bound = [_required(clause, range(number), number, idle) for clause in clauses]
            if not any(isinstance(each.expr, t.Literal) for each in bound) and (
                proof := self._proof(bound, holds=True)
            ):
                self.problems.warning("never-holds", f"{what} always fails here: {proof}", scalar.span, help=_DENY)
                idle.add(number)
        for number in [number for number in range(len(scalars)) if number not in idle]:
            bound = [_required(clause, range(len(scalars)), number, idle) for clause in clauses]
            if proof := self._proof(bound, holds=False):
                message = f"{what} can't fail here: {proof}"
                self.problems.warning("always-holds", message, scalars[number].span, help=_MEND)
                idle.add(number)
            else:
                self.operands(what, scalars[number], bound)

    def operands(self, what: str, scalar: Scalar, bound: Sequence[AskedCondition]) -> None:
        """What is idle of the operands of `and` and `or`, and of the conditions of choices."""
        all_parts = [list(parts_of(each)) for each in bound]
        if not all_parts or any(len(parts) != len(all_parts[0]) for parts in all_parts):
            return
        for same in zip(*all_parts, strict=True):
            for holds in (False, True):
                if proof := self._proof(same, holds=holds):
                    text, at = same[0].expr.text, same[0].expr.at
                    message = f"{what}: this makes no difference: {proof}"
                    span = scalar.part(at, len(text))
                    self.problems.warning("idle-operand", message, span, help=_MEND)
                    return

    def _proof(self, bound: Sequence[AskedCondition], *, holds: bool) -> str | None:
        """Why a condition never comes out so, whatever the action; nothing where that can't be said."""
        if not bound or not all(self._is_settled(each, holds=holds) for each in bound):
            return None
        given = bound[0].given
        core = self.prover.core([*given, *all_of(Wanted(bound[0].expr, holds))])
        beside, asked = ([each for each in core if (each in given) is among] for among in (True, False))
        where = f" where {_and(_fact(each) for each in beside)}" if beside else ""
        texts = [f"`{each.expr.text}`" for each in asked]
        if len(texts) == 1:
            proof = f"{texts[0]} {'never' if holds else 'always'} holds"
        else:
            proof = f"{_and(texts)} exclude each other" if holds else f"one of {_and(texts)} always holds"
        if self.prover.excludes(*core, bounded=False):
            return proof + where
        bounds = dict.fromkeys(each for wanted in core for each in self._bounds(wanted.expr))
        return f"{proof}{where}, for {_and(bounds)}" if bounds else proof + where

    def _is_settled(self, bound: AskedCondition, *, holds: bool) -> bool:
        """Whether a condition never comes out so, beside what may be so itself."""
        is_excluded = self.prover.excludes(*bound.given, Wanted(bound.expr, holds))
        return is_excluded and not self.prover.excludes(*bound.given)

    def _bounds(self, expr: t.Expr) -> Iterator[str]:
        """What is known by itself of what a condition compares: between which numbers it is, and which words."""
        sides = [each for part in t.parts(expr) if isinstance(part, t.Compare) for each in (part.left, part.right)]
        for side in sides:
            match side.type:
                case Word(words=words) if not isinstance(side, t.Literal):
                    yield f"`{side.text}` is one of {listed(words)}"
                case Integer() if not isinstance(side, t.Literal):
                    yield from _ends(side.text, *self.prover.reach(side))


def _ends(text: str, least: int, most: int) -> Iterator[str]:
    """Between which numbers something lies, where there is an end."""
    if least > -_MANY and most < _MANY:
        yield f"`{text}` is {least}" if least == most else f"`{text}` is from {least} to {most}"
    elif least > -_MANY:
        yield f"`{text}` is {least} or more"
    elif most < _MANY:
        yield f"`{text}` is {most} or less"


def _fact(wanted: Wanted) -> str:
    return f"`{wanted.expr.text}` {'holds' if wanted.holds else 'fails'}"


def _and(texts: Iterable[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def _required(clause: Clause, beside: Iterable[int], number: int, idle: Set[int]) -> AskedCondition:
    """A requirement, asked where the clause applies and others are met that it requires, but for what is idle."""
    given = () if clause.when is None else tuple(all_of(Wanted(clause.when)))
    others = (clause.require[n].expr for n in beside if n != number and n not in idle)
    return AskedCondition(
        (*given, *(each for other in others for each in all_of(Wanted(other)))), clause.require[number].expr
    )


def all_of(wanted: Wanted) -> Iterator[Wanted]:
    """The conditions that one is made of, where all of them have to be so."""
    expr = t.unwrapped(wanted.expr)
    if isinstance(expr, t.Logic) and (expr.op == "and") is wanted.holds:
        for item in expr.items:
            yield from all_of(Wanted(item, wanted.holds))
    else:
        yield wanted


def parts_of(bound: AskedCondition) -> Iterator[AskedCondition]:
    """The operands of a condition, each with what it is asked beside: the others decide nothing."""
    match bound.expr:
        case t.Logic(op=op, items=items):
            for n, item in enumerate(items):
                others = (*items[:n], *items[n + 1 :])
                idle = (each for other in others for each in all_of(Wanted(other, op == "and")))
                operand = AskedCondition((*bound.given, *idle), item)
                if not isinstance(item, t.IsAbsent):  # which may stand there so that the rest can be read at all
                    yield operand
                yield from parts_of(operand)
        case t.Not(of=of):
            yield from parts_of(AskedCondition(bound.given, of))
        case t.Choose(condition=condition, then=then, otherwise=otherwise):
            yield AskedCondition(bound.given, condition)
            yield from parts_of(AskedCondition((*bound.given, Wanted(condition)), then))
            yield from parts_of(AskedCondition((*bound.given, Wanted(condition, holds=False)), otherwise))
