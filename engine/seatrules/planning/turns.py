"""On which day the answer to an action is next another one: where the second stretch of `when` begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ..change.due import properties
from ..decision.values import Verdict
from ..program import ActionType, Program
from .deciding import Deciding
from .horizon import days_ahead
from .moments import days_of_change, moments


class Turn(NamedTuple):
    """A day on which an answer is another one, with the verdict and its codes.

    `decision` is `error` where the action can't be decided then: `codes` are the error's.
    """

    day: str
    decision: Verdict | Literal["error"]
    codes: tuple[str, ...]


@dataclass
class Turns:
    """Says for one action after the other when its answer turns, in so many `days` from its state's `as_of`."""

    engine: Deciding
    days: int
    version: str | None = None
    invariants: bool = True
    _timeless: dict[tuple[str, str], bool] = field(default_factory=dict)

    def next(self, action: Mapping[str, Any], state: Mapping[str, Any]) -> Turn | None:
        """The day on which the answer next turns; nothing where it does not.

        Raises:
            EndlessEventError: an event comes due again and again.
            RequestError: the action or the state is not well formed, or the state breaks an invariant.
            UsageError: there is no such version.
        """
        engine, version = self.engine, self.version
        engine.validate(state, version=version, invariants=self.invariants)
        engine.decide(action, state, version=version)
        until = days_ahead(state["as_of"], self.days)
        if self._is_timeless(engine.program_for(state, version), action["type"]) and not any(
            day <= until for day in days_of_change(engine, state, until, version)
        ):
            return None
        ahead = moments(engine, action, state, until, version)
        today = next(ahead).said
        return next((Turn(each.day, *each.answer.verdict) for each in ahead if each.said != today), None)

    def _is_timeless(self, program: Program, name: str) -> bool:
        """Whether nothing of an action depends on the day, as long as nothing else happens."""
        key = program.version, name
        if key not in self._timeless:
            self._timeless[key] = _is_timeless(program, program.actions[name])
        return self._timeless[key]


def _is_timeless(program: Program, action_type: ActionType) -> bool:
    expressions = [each for clause in action_type.clauses for each in clause.expressions]
    dated = any(rule.in_force_if for rule in action_type.rules)
    return action_type.time_to is None and not dated and "as_of" not in properties(expressions, program.facts)
