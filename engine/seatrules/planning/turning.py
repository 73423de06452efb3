"""The days on which what denies an action turns by itself, as time passes: those that are worth waiting for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..program import ActionType, Clause, Program
from .budget import Budget
from .dates import conditions_of
from .deciding import Deciding
from .horizon import LAST_DAY
from .moments import moments
from .nodes import Node
from .questions import Action, Questions
from .repertoire import Repertoire, read_by
from .touch import arguments_of

MOST_MOMENTS = 50
"""On how many days it is looked whether what denies an action on one state still does."""
MOST_IN_ALL = 1_000
"""On how many in one search."""


class Turning:
    """Finds those days as `when` does, through all that happens by itself on the way.

    `cut` is true where that was not seen to the end.
    """

    def __init__(
        self, engine: Deciding, questions: Questions, repertoire: Repertoire, version: str | None, budget: Budget
    ) -> None:
        self._engine, self._questions, self._version, self._budget = engine, questions, version, budget
        self._time_passes = any(each.time_to is not None for each in repertoire.actions.values())
        self._by_the_day: dict[tuple[str, str], Mapping[str, frozenset[str]]] = {}
        self._known: dict[tuple[Any, ...], frozenset[str]] = {}
        self._left = MOST_IN_ALL
        self.cut = False

    def days(self, rules: Sequence[Clause], action: Action, node: Node) -> frozenset[str]:
        """The days on which one of the rules that deny an action no longer does, where nothing is done but to wait.

        Of actions that differ in nothing that a rule reads which goes by the day, one is looked at.

        Raises:
            OutOfBudgetError: not all of them were found.
        """
        program = self._questions.compiled(node.state).program
        by_the_day = self._rules_by_the_day(program, program.actions[action["type"]])
        waited_for = [rule for rule in rules if rule.id in by_the_day] if self._time_passes else []
        if not waited_for:
            return frozenset()
        read = frozenset[str]().union(*by_the_day.values())
        key = node, tuple((name, repr(value)) for name, value in action.items() if name == "type" or name in read)
        if key not in self._known:
            mended = {rule.id for rule in waited_for if self._reads_the_day(rule, action, node)}
            self._known[key] = frozenset(self._turns(mended, action, node)) if mended else frozenset()
        return self._known[key]

    def _rules_by_the_day(self, program: Program, action_type: ActionType) -> Mapping[str, frozenset[str]]:
        """The rules of an action that may read the day, with the arguments that these read."""
        key = program.version, action_type.name
        if key not in self._by_the_day:
            rules = [rule for rule in action_type.rules if ("as_of", "") in read_by(program, rule)]
            names = frozenset(action_type.arguments)  # of an action on each of several, rules read the single one's
            self._by_the_day[key] = {
                rule.id: names if action_type.each else frozenset(arguments_of(conditions_of(rule))) for rule in rules
            }
        return self._by_the_day[key]

    def _reads_the_day(self, rule: Clause, action: Action, node: Node) -> bool:
        return ("as_of",) in self._questions.read_by([rule], action, node.state).values

    def _turns(self, mended: set[str], action: Action, node: Node) -> Iterator[str]:
        """Those days, until on one nothing denies any more but what the day does not mend."""
        if self._left <= 0:
            self.cut = True
            return
        walked = moments(self._engine, action, node.state, LAST_DAY, self._version)
        before = set(next(walked).answer.rules)
        rest = before - mended
        self._left -= 1
        for moment in islice(walked, MOST_MOMENTS):
            self._budget.ask()
            self._left -= 1
            if moment.answer.error is not None:
                continue
            denying = set(moment.answer.rules)
            if before - denying:
                yield moment.day
            if denying <= rest:
                return
            before = denying
        self.cut = self.cut or next(walked, None) is not None
