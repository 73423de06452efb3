"""What a search asks an engine: what denies an action and what it changes. Every verdict counts against the budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..change.effects import Effect
from ..errors import RequestError
from ..generated.ready import CompiledEvaluator
from ..program import Clause, Program
from .budget import Budget
from .deciding import Deciding
from .passing import wait
from .touch import Needs, needs_of

Action = Mapping[str, Any]
State = Mapping[str, Any]


def failing_rules(engine: Deciding, action: Action, state: State, version: str | None) -> tuple[Clause, ...] | None:
    """The rules that deny an action; nothing where it is impossible on this state."""
    compiled = engine.compiled(state, version)
    if action["type"] not in compiled.program.actions:
        return None
    ready = compiled.action(action["type"])
    if (failing := ready.failing(action, state)) is not None:
        return failing
    try:
        decision = engine.decide(action, state, version=version)
    except RequestError:
        return None
    denying = {reason.rule for reason in decision.reasons}
    return tuple(rule for rule in ready.action_type.rules if rule.id in denying)


class Questions:
    """Asks about the actions of a `program`, on any state: the version that is named, or the one in force there."""

    def __init__(self, engine: Deciding, program: Program, version: str | None, budget: Budget) -> None:
        self.program, self._engine, self._version, self._budget = program, engine, version, budget

    def failing(self, action: Action, state: State) -> tuple[Clause, ...] | None:
        """The rules that deny an action; nothing where it is impossible on this state.

        Raises:
            OutOfBudgetError: that is one verdict too many, or too late.
        """
        self._budget.ask()
        action_type = self.program.actions[action["type"]]
        if action_type.time_to is not None and action[action_type.time_to] < state["as_of"]:
            return None
        return failing_rules(self._engine, action, state, self._version)

    def proposed(self, action: Action, state: State) -> tuple[Effect, ...] | None:
        """What an action changes, or would if it were allowed; nothing where that is not known."""
        compiled = self.compiled(state)
        if action["type"] not in compiled.program.actions:
            return None
        try:
            return compiled.action(action["type"]).proposed(action, state)
        except RequestError:
            return None

    def effects(self, action: Action, state: State) -> tuple[Effect, ...]:
        """What an allowed action changes."""
        action_type = self.program.actions[action["type"]]
        if action_type.time_to is None and (proposed := self.proposed(action, state)) is not None:
            return proposed
        try:
            if action_type.time_to is None or action_type.consequences:
                return tuple(self._engine.decide(action, state, version=self._version).effects)
            passed = wait(self._engine, state, action[action_type.time_to], self._version)
        except RequestError:
            return ()
        changed = [
            effect._replace(turn=turn) for turn, (_, event) in enumerate(passed.events, 1) for effect in event.effects
        ]
        today, until = state["as_of"], passed.state["as_of"]
        return (*changed, *([] if today == until else [Effect(("as_of",), today, until, action_type.name)]))

    def read_by(self, rule: Clause, action: Action, state: State) -> Needs:
        """What a rule reads for an action; on each of several, for each of them."""
        compiled = self.compiled(state)
        singles = compiled.action(action["type"]).singles(action, state)
        return Needs.of_all(needs_of(rule, each.action, each.state, compiled.program) for each in singles)

    def touched(self, needs: Needs, effects: Iterable[Effect]) -> bool:
        """Whether effects change what is needed, or lead to a day on which another version asks for something else."""
        return needs.touched(effects) or any(
            effect.parts == ("as_of",) and self._program_on(effect.after) is not self._program_on(effect.before)
            for effect in effects
        )

    def compiled(self, state: State) -> CompiledEvaluator:
        """The evaluator of the version that decides on this state."""
        return self._engine.compiled(state, self._version)

    def _program_on(self, day: str) -> Program:
        return self._engine.program_for({"as_of": day}, self._version)
