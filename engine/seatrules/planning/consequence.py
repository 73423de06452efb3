"""What an allowed action comes to, so far as that is not reckoned from the day: its outcome, its days, its bill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..change.due import properties
from ..change.effects import clause_entries
from ..language import tree as t
from ..language.interpret import Item
from ..language.types import Date, Integer, known
from ..program import ActionType, Clause, Program
from .moving import MovingInterpreter, pace_of, spread_of

Consequence = tuple[Any, ...]
"""What stays the same from one day to the next, while nothing of it changes but what moves with the day itself."""
_MOVES = "moves"


def consequence_of(program: Program, action_type: ActionType, watching: MovingInterpreter) -> Consequence:
    """The outcome, the entries of its bill, and the days that it says and sets.

    A day that moves with the day of the action is the same throughout; a number that is reckoned from it is left out.
    Computing it notes when it may be another.
    """
    outcome = next((each for each in action_type.outcomes if each.when is None or watching.value(each.when, {})), None)
    if outcome is None:
        return ()
    days = [_fixed(expr, watching, {}, program) for expr in outcome.messages if isinstance(known(expr.type), Date)]
    return outcome.id, *_billed(outcome, watching, program), *days, *_set(action_type, watching, program)


def _billed(outcome: Clause, watching: MovingInterpreter, program: Program) -> Iterator[Any]:
    for bill in outcome.billing:
        for names in clause_entries(bill, watching, {}):
            yield tuple((key, _fixed(expr, watching, names, program)) for key, expr in bill.values.items())


def _set(action_type: ActionType, watching: MovingInterpreter, program: Program) -> Iterator[Any]:
    """The days that it sets."""
    for clause in action_type.consequences:
        for names in clause_entries(clause, watching):
            for value, _, _ in clause.values:
                if isinstance(known(value.type), Date):
                    yield clause.id, _fixed(value, watching, names, program)


def _fixed(expr: t.Expr, watching: MovingInterpreter, names: Any, program: Program) -> Any:
    """A value as it compares with that of another day."""
    if isinstance(known(expr.type), Integer) and "as_of" in properties([expr], program.facts):
        return _MOVES
    value = watching.value(expr, names)
    if pace_of(value) or spread_of(value):
        return _MOVES
    if isinstance(value, Item):
        return value.id
    return str(value) if isinstance(value, str) else value
