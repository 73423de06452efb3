"""The days that a policy and a state name: where something may change as time passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..language import tree as t
from ..language.tree import parts
from ..language.types import Date, Type
from ..program import Clause, Program
from .inside import values_inside


def days_of_rules(program: Program) -> set[str]:
    """The cutoffs and other days that rules and facts name, and the days between which rules are in force."""
    rules = {id(rule): rule for action in program.actions.values() for rule in action.rules}.values()
    written = [part for rule in rules for expr in conditions_of(rule) for part in parts(expr)]
    written += [part for fact in program.facts.values() for part in parts(fact.value)]
    days = {part.value for part in written if isinstance(part, t.Named | t.Literal) and part.type == Date()}
    return days | {day for rule in rules for day in rule.days}


def days_of_state(kind: Type, value: Any) -> Iterator[str]:
    """Every date in a state, or in a part of it of this type."""
    return values_inside(kind, value, (Date,))


def conditions_of(clause: Clause) -> Iterable[t.Expr]:
    """The conditions of a rule or an outcome: when it applies, and what it requires."""
    require = [expr for expr, _ in clause.require]
    return require if clause.when is None else [clause.when, *require]
