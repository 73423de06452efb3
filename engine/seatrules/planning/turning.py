"""The days on which what denies an action turns by itself, as time passes: those that are worth waiting for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..change.events import next_event
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..language.limits import Meter
from ..program import ActionType, Clause, Program
from .budget import Budget
from .dates import conditions_of
from .deciding import Deciding
from .happening import Happening
from .horizon import LAST_DAY
from .moments import moments
from .nodes import Node
from .questions import Action, Questions, State
from .repertoire import Repertoire
from .touch import AS_OF, Needs, Shape, arguments_of, meet, shape_of_target

MOST_MOMENTS = 50
"""On how many days it is looked whether what denies an action on one state still does."""
MOST_IN_ALL = 1_000
"""On how many in one search."""
Read = Sequence[tuple[Clause, Needs]]
"""Rules, with what each of them reads of a state."""


class TurningDays:
    """Finds those days as `when` does, through all that happens by itself on the way.

    `cut` is true where that was not seen to the end.
    """

    def __init__(
        self, engine: Deciding, questions: Questions, repertoire: Repertoire, version: str | None, budget: Budget
    ) -> None:
        self._engine, self._questions, self._version, self._budget = engine, questions, version, budget
        self._repertoire = repertoire
        self._time_passes = any(each.time_to is not None for each in repertoire.actions.values())
        self._written = frozenset(
            shape_of_target(target)
            for program in repertoire.programs
            for event in program.events
            for target in event.targets
        )
        self._coming_due: dict[tuple[int, frozenset[Any]], tuple[State, bool]] = {}
        self._happening: dict[Node, Happening] = {}
        self._by_the_day: dict[tuple[str, str], Mapping[str, frozenset[str]]] = {}
        self._known: dict[tuple[Any, ...], frozenset[str]] = {}
        self._left = MOST_IN_ALL
        self.cut = False

    def days(self, read: Read, action: Action, node: Node) -> frozenset[str]:
        """The days on which one of the rules that deny an action no longer does, where nothing is done but to wait.

        `read` are these rules.

        Raises:
            OutOfBudgetError: not all of them were found.
        """
        if not self._time_passes:
            return frozenset()
        by_the_day = self._days_of_those_by_the_day(read, action, node)
        return by_the_day | frozenset(self._days_of_events(read, action, node))

    def _days_of_events(self, read: Read, action: Action, node: Node) -> Iterator[str]:
        """Those on which something happens that mends what it changes for a rule which does not read the day."""
        program = self._questions.compiled(node.state).program
        timeless = [(rule, needs) for rule, needs in read if AS_OF not in needs.values]
        mended = [
            (rule, needs) for rule, needs in timeless if meet(self._written, self._repertoire.read_by(program, rule))
        ]
        needs = Needs.of_all(needs for _, needs in mended)
        if not self._may_happen(self._helping(needs.shapes), node.state):
            return
        happening = self._happening.setdefault(node, Happening(self._engine, node.state, self._version, self._budget))
        before = {rule.id for rule, _ in read}
        rest = before - {rule.id for rule, _ in mended}
        # Whatever may be read after something has happened.
        helping = self._helping(
            frozenset[Shape]().union(*(self._repertoire.read_by(program, rule) for rule, _ in mended))
        )
        helping_ids = {of.events[number].id for of, number in helping}
        for effects, state in happening:
            if needs.touched(effects) and (failing := self._questions.failing(action, state)) is not None:
                denying = {rule.id for rule in failing}
                if before - denying:
                    yield state["as_of"]
                if denying <= rest:
                    return
                before = denying
                if not self._may_happen(helping, state):
                    return
                needs = Needs.of_all(self._questions.read_by(rule, action, state) for rule, _ in mended)
            elif any(effect.rule in helping_ids for effect in effects) and not self._may_happen(helping, state):
                return
        self.cut = self.cut or happening.cut

    def _helping(self, shapes: Collection[Shape]) -> frozenset[tuple[Program, int]]:
        """The events that may change something of these shapes, or bring such an event about."""
        return frozenset(self._repertoire.events.bringing_about(shapes))

    def _may_happen(self, events: frozenset[tuple[Program, int]], state: State) -> bool:
        """Whether one of some events comes due, which nothing but one of these brings about."""
        key = id(state), events
        if key not in self._coming_due:  # with the state, so that no other has its id
            programs = [
                program._replace(events=tuple(program.events[number] for of, number in events if of is program))
                for program in self._repertoire.programs
            ]
            comes_due = any(_comes_due(program, state, self._budget.of_wait()) for program in programs)
            self._coming_due[key] = state, comes_due
        return self._coming_due[key][1]

    def _days_of_those_by_the_day(self, read: Read, action: Action, node: Node) -> frozenset[str]:
        """Those of rules that read the day; of actions that differ in nothing that these read, one is looked at."""
        program = self._questions.compiled(node.state).program
        by_the_day = self._rules_by_the_day(program, program.actions[action["type"]])
        waited_for = [(rule, needs) for rule, needs in read if rule.id in by_the_day]
        if not waited_for:
            return frozenset()
        names = frozenset[str]().union(*by_the_day.values())
        key = node, tuple((name, repr(value)) for name, value in action.items() if name == "type" or name in names)
        if key not in self._known:
            mended = {rule.id for rule, needs in waited_for if AS_OF in needs.values}
            self._known[key] = frozenset(self._turns(mended, action, node)) if mended else frozenset()
        return self._known[key]

    def _rules_by_the_day(self, program: Program, action_type: ActionType) -> Mapping[str, frozenset[str]]:
        """The rules of an action that may read the day, with the arguments that these read."""
        key = program.version, action_type.name
        if key not in self._by_the_day:
            rules = [rule for rule in action_type.rules if ("as_of", "") in self._repertoire.read_by(program, rule)]
            names = frozenset(action_type.arguments)  # of an action on each of several, rules read the single one's
            self._by_the_day[key] = {
                rule.id: names if action_type.each else frozenset(arguments_of(conditions_of(rule))) for rule in rules
            }
        return self._by_the_day[key]

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


def _comes_due(program: Program, state: State, meter: Meter) -> bool:
    """Whether an event of a version comes due, or may: a later version may not have the words of this state."""
    try:
        return next_event(program, Interpreter({}, state, program.facts, meter=meter), LAST_DAY) is not None
    except (OutOfRangeError, KeyError):
        return True
