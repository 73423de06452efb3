"""What a search asks an engine: what denies an action and what it changes. Every verdict counts against the budget."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..change.effects import Effect, apply_effects
from ..errors import RequestError
from ..generated.ready import CompiledEvaluator
from ..program import ActionType, Clause, Program
from .budget import Budget
from .candidates import Candidates
from .dates import conditions_of
from .deciding import Deciding
from .passing import wait
from .touch import AS_OF, Changes, Needs, arguments_of, needs_of

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
        self.program, self._engine, self._version, self.budget = program, engine, version, budget
        self._after: dict[Any, list[tuple[State, Sequence[Effect], dict[str, Any]]]] = {}
        self._arguments: dict[int, list[str]] = {}
        self._needs: dict[Any, tuple[State, Needs]] = {}
        self._asked: tuple[Action, State, tuple[Clause, ...] | None] | None = None

    def candidates(self, action_type: ActionType, first_days: Collection[str] = ()) -> Candidates:
        """What finds sensible arguments of an action, within the budget."""
        return Candidates(self.program, action_type, first_days, meter=self.budget)

    def failing(self, action: Action, state: State) -> tuple[Clause, ...] | None:
        """The rules that deny an action; nothing where it is impossible on this state.

        Raises:
            OutOfBudgetError: that is one verdict too many, or too late.
        """
        self.budget.ask()
        action_type = self.program.actions[action["type"]]
        if action_type.time_to is not None and action[action_type.time_to] < state["as_of"]:
            return None
        if self._asked is None or self._asked[0] is not action or self._asked[1] is not state:
            self._asked = action, state, failing_rules(self._engine, action, state, self._version)
        return self._asked[2]

    def proposed(self, action: Action, state: State) -> Changes | None:
        """What an action changes, or would if it were allowed; nothing where that is not known."""
        compiled = self.compiled(state)
        if action["type"] not in compiled.program.actions:
            return None
        try:
            proposed = compiled.action(action["type"]).proposed(action, state)
        except RequestError:
            return None
        return None if proposed is None else Changes(proposed)

    def effects(self, action: Action, state: State) -> Changes:
        """What an allowed action changes."""
        action_type = self.program.actions[action["type"]]
        if action_type.time_to is None and (proposed := self.proposed(action, state)) is not None:
            return proposed
        try:
            if action_type.time_to is None or action_type.consequences:
                return Changes(self._engine.decide(action, state, version=self._version).effects)
            passed = wait(self._engine, state, action[action_type.time_to], self._version, self.budget.of_wait())
        except RequestError:
            return Changes()
        changed = [
            effect._replace(turn=turn) for turn, (_, event) in enumerate(passed.events, 1) for effect in event.effects
        ]
        today, until = state["as_of"], passed.state["as_of"]
        return Changes([*changed, *([] if today == until else [Effect(("as_of",), today, until, action_type.name)])])

    def read_by(self, rule: Clause, action: Action, state: State) -> Needs:
        """What a rule reads for an action; on each of several, for each of them."""
        compiled = self.compiled(state)
        singles = compiled.action(action["type"]).singles(action, state)
        every = [self._read_by(rule, each.action, each.state, compiled.program) for each in singles]
        return every[0] if len(every) == 1 else Needs.of_all(every)

    def _read_by(self, rule: Clause, action: Action, state: State, program: Program) -> Needs:
        """The same of one action: worked out once for those that differ in nothing that the rule asks."""
        if (names := self._arguments.get(id(rule))) is None:
            names = self._arguments[id(rule)] = sorted(arguments_of(conditions_of(rule)))
        key = id(rule), id(state), tuple([repr(action.get(name)) for name in names])
        if key not in self._needs:  # with the state, so that no other has its id
            self._needs[key] = state, needs_of(rule, action, state, program, self.budget)
        return self._needs[key][1]

    def touched(self, needs: Needs, changes: Changes) -> bool:
        """Whether effects change what is needed, or lead to a day on which another version asks for something else."""
        return needs.touched(changes) or (AS_OF in changes.by_path and any(map(self._is_to_another_version, changes)))

    def _is_to_another_version(self, effect: Effect) -> bool:
        return effect.parts == AS_OF and self._program_on(effect.after) is not self._program_on(effect.before)

    def after(self, changes: Sequence[Effect], state: State) -> dict[str, Any]:
        """The state that effects lead to, worked out once: the same object where it is asked for again."""
        key = id(state), tuple([effect.parts for effect in changes])  # kept alive below, so that no other has its id
        known = self._after.setdefault(key, [])
        for _, led_by, after in known:
            if led_by == changes:
                return after
        known.append((state, changes, after := apply_effects(changes, state, sharing=True)))
        return after

    def compiled(self, state: State) -> CompiledEvaluator:
        """The evaluator of the version that decides on this state."""
        return self._engine.compiled(state, self._version)

    def _program_on(self, day: str) -> Program:
        return self._engine.program_for({"as_of": day}, self._version)
