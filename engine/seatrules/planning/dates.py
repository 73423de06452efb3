"""The days that a policy and a state name: where something may change as time passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..language import tree as t
from ..language.tree import parts
from ..language.types import Date, ListOf, MapOf, Record, Type, known
from ..program import Clause, Program


def days_of_rules(program: Program) -> set[str]:
    """The cutoffs and other days that rules and facts name, and the days between which rules are in force."""
    rules = {id(rule): rule for action in program.actions.values() for rule in action.rules}.values()
    written = [part for rule in rules for expr in conditions_of(rule) for part in parts(expr)]
    written += [part for fact in program.facts.values() for part in parts(fact.value)]
    days = {part.value for part in written if isinstance(part, t.Named | t.Literal) and part.type == Date()}
    return days | {day for rule in rules for day in (rule.effective_from, rule.effective_until) if day is not None}


def days_of_state(kind: Type, value: Any) -> Iterator[str]:
    """Every date in a state, or in a part of it of this type."""
    match known(kind):
        case Date():
            if value is not None:
                yield value
        case Record() as record if value is not None:
            for name in _dated(record):
                yield from days_of_state(record.fields[name], value.get(name))
        case MapOf(entry=entry) if _dated(entry):
            for each in value.values():
                yield from days_of_state(entry, each)
        case ListOf(item=item) if item is not None and _holds_dates(item):
            for each in value or ():
                yield from days_of_state(item, each)


def _dated(record: Record) -> list[str]:
    return [name for name, kind in record.fields.items() if _holds_dates(kind)]


def _holds_dates(kind: Type) -> bool:
    match known(kind):
        case Date():
            return True
        case Record() as record:
            return bool(_dated(record))
        case MapOf(entry=entry):
            return bool(_dated(entry))
        case ListOf(item=item):
            return item is not None and _holds_dates(item)
    return False


def conditions_of(clause: Clause) -> Iterable[t.Expr]:
    """The conditions of a rule or an outcome: when it applies, and what it requires."""
    require = [expr for expr, _ in clause.require]
    return require if clause.when is None else [clause.when, *require]
