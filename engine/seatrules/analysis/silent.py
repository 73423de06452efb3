"""Rules that can never speak: ended before they begin, on no condition, for nothing that can fail, or said already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..language import tree as t
from ..language.ranges import Ranges
from ..language.types import Date, Integer
from ..policy.written import Written
from ..problems import Problems
from ..program import Clause, Program


def silent_rules(written: Written, program: Program, problems: Problems) -> None:
    """Warn of the rules of a version's own folder that never deny or warn, or say what another says already."""
    bound, ranges = dict[str, list[Clause]](), Ranges(program.facts)
    for action in program.actions.values():
        for rule in action.rules:
            bound.setdefault(rule.id, []).append(rule)
    for entry in written.clauses["rules"]:
        if entry.name not in bound or not entry.span.source.place.startswith(f"{written.version}/"):
            continue
        clauses, until = bound[entry.name], entry.child("effective", "until")
        if until is not None and entry.value["effective"]["until"] <= program.effective_from:
            message = f"rule `{entry.name}` has ended before the version comes into force on {program.effective_from}"
            problems.warning("never-in-force", message, until.span)
        when = entry.child("when")
        if when is not None and all(clause.when is not None and _never(clause.when, ranges) for clause in clauses):
            problems.warning("never-applies", f"rule `{entry.name}`: nothing can be as its `when` says", when.span)
        for number, requirement in enumerate(clauses[0].require):
            if all(_truth(clause.require[number].expr, ranges) for clause in clauses):
                message = f"rule `{entry.name}` requires what the bounds of the schema say already"
                problems.warning("always-holds", message, requirement.span)
    _twice(written, program, problems)


def _twice(written: Written, program: Program, problems: Problems) -> None:
    for action in program.actions.values():
        if action.each is not None:
            continue
        first: dict[object, Clause] = {}
        for rule in action.rules:
            same = first.setdefault(_meaning(rule), rule)
            if same is not rule and rule.span.source.place.startswith(f"{written.version}/"):
                message = f"rule `{rule.id}` requires what `{same.id}` requires, of the same actions and as long"
                problems.warning("required-twice", message, rule.span, help="take one of the two away")


def _meaning(rule: Clause) -> object:
    """What two rules share that differ in their words alone."""
    require = frozenset(t.canonical(requirement.expr) for requirement in rule.require)
    when = None if rule.when is None else t.canonical(rule.when)
    return rule.severity, when, require, rule.effective_from, rule.effective_until


def _truth(expr: t.Expr, ranges: Ranges) -> bool | None:
    """What an expression is whatever the request, by the bounds of its numbers; nothing where that can't be said."""
    match t.unwrapped(expr):
        case t.Not(of=of):
            truth = _truth(of, ranges)
            return None if truth is None else not truth
        case t.Logic(op=op, items=items):
            truths, ends = [_truth(item, ranges) for item in items], op == "or"
            return ends if ends in truths else None if None in truths else not ends
        case t.Compare(op=op, left=left, right=right) if isinstance(left.type, Integer):
            return _compared(op, ranges.reach(left), ranges.reach(right))
    return None


def _compared(op: str, left: tuple[int, int], right: tuple[int, int]) -> bool | None:
    """What a comparison of numbers is, of which the least and the greatest are known."""
    match op:
        case ">=" | ">":
            return _compared("<=" if op == ">=" else "<", right, left)
        case "<=":
            return True if left[1] <= right[0] else False if right[1] < left[0] else None
        case "<":
            return True if left[1] < right[0] else False if right[1] <= left[0] else None
    return None


def _never(when: t.Expr, ranges: Ranges) -> bool:
    """Whether a condition holds of nothing: by the bounds of numbers, or since it asks two things of one."""
    if _truth(when, ranges) is False:
        return True
    asked: dict[str, list[tuple[str, Any]]] = {}
    for item in _all_of(when):
        if (compared := _with_constant(item)) is not None:
            text, op, value = compared
            asked.setdefault(text, []).append((op, value))
    return any(map(_contradict, asked.values()))


def _all_of(expr: t.Expr) -> Iterator[t.Expr]:
    if isinstance(expr, t.Logic) and expr.op == "and":
        for item in expr.items:
            yield from _all_of(item)
    else:
        yield expr


def _with_constant(expr: t.Expr) -> tuple[str, str, Any] | None:
    """What is compared with a number or a date that is written out, how, and with which."""
    match expr:
        case t.Compare(op=op, left=t.Literal(value=value), right=other) if op in t.MIRRORED:
            op = t.MIRRORED[op]
        case t.Compare(op=op, left=other, right=t.Literal(value=value)) if op in t.MIRRORED:
            pass
        case _:
            return None
    is_ordered = isinstance(other.type, Integer | Date)
    return (t.canonical(other), op, value) if is_ordered or op == "==" else None


def _contradict(asked: Iterable[tuple[str, Any]]) -> bool:
    """Whether no value is as all of these comparisons with constants say."""
    pairs = [(op, value) for op, value in asked]
    equal = [value for op, value in pairs if op == "=="]
    if any(value != equal[0] for value in equal):
        return True
    above = [(value, op == ">") for op, value in pairs if op in (">", ">=", "==")]
    below = [(value, op == "<") for op, value in pairs if op in ("<", "<=", "==")]
    return any(_apart(low, high, strict=one or other) for low, one in above for high, other in below)


def _apart(low: Any, high: Any, *, strict: bool) -> bool:
    """Whether nothing is from `low` to `high`; `strict` says that one of the two itself is left out."""
    return bool(low > high or (strict and low == high))
