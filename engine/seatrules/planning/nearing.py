"""What is done as often, or with as great a number, as it takes: steps that bring the action nearer, not yet to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from ..change.effects import apply_effects
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..language.types import Integer, Key, known
from .nodes import Move, Proposal
from .prices import Prices
from .questions import Action, Questions
from .shortfall import shortfall, takes_several
from .touch import Changes
from .ways import TakenStep

MOST_ALIKE = 1_000
"""How often a step is taken at most, each time on another entry that is alike."""


class Nearing:
    """Brings an action nearer to being allowed, from one state on: by how far the rules that deny it are from holding.

    `goal` is the action on that state, by somebody who may perform it.
    """

    def __init__(self, questions: Questions, prices: Prices, state: Mapping[str, Any], goal: Proposal) -> None:
        self._questions, self._prices, self._state, self._action = questions, prices, state, goal.taken.action
        self._actions, self._facts = questions.program.actions, questions.compiled(state).program.facts
        self._denying = {rule.id for rule in goal.failing if takes_several(self._facts, rule.asked)}

    @cached_property
    def _lacking(self) -> int:
        return self._lacks(self._state)

    def moves(self, allowed: list[Proposal], named: Collection[str]) -> Iterator[Move]:
        """Moves of several steps that are alike, or of one with a greater number, until nothing is lacking.

        Those who are `named` stay as they are in a step.
        """
        if not allowed or not self._denying or self._lacking <= len(self._denying):
            return
        buckets: dict[Any, list[Proposal]] = {}
        for proposal in allowed:
            action = proposal.taken.action
            if self._actions[action["type"]].time_to is not None:
                continue
            after = self._lacks(apply_effects(proposal.effects, self._state))
            if 0 < after < self._lacking:
                for name in self._varied(action, named):
                    others = tuple(str(value) for key, value in action.items() if key != name)
                    buckets.setdefault((name, others), []).append(proposal)
                yield from self._greater(proposal.taken, after)
        for (name, _), proposals in buckets.items():
            move = self._of_each(name, proposals)
            if len(move.steps) > 1:
                yield move

    def _lacks(self, state: Mapping[str, Any]) -> int:
        """How far those rules are from holding on another state that denied the action in the beginning.

        Only those count that several steps which are alike may bring nearer.
        """
        total = 0
        for single in self._questions.compiled(state).action(self._action["type"]).singles(self._action, state):
            interpreter = Interpreter(single.action, single.state, self._facts, meter=self._questions.budget)
            for rule in single.action_type.rules:
                if rule.id in self._denying:
                    try:
                        total += shortfall(interpreter, rule.asked)
                    except OutOfRangeError:
                        total += 1
        return total

    def _varied(self, action: Action, named: Collection[str]) -> list[str]:
        """The keys in a step that may be others: not who performs it, and none that is named."""
        action_type = self._actions[action["type"]]
        keys = [name for name, kind in action_type.arguments.items() if isinstance(known(kind), Key)]
        return [name for name in keys if name != action_type.performed_by and action[name] not in named]

    def _of_each(self, name: str, proposals: list[Proposal]) -> Move:
        """The step on one entry after the other, those first whom it costs least, until nothing is lacking."""
        steps: list[TakenStep] = []
        changes: list[Changes] = []
        state, lacking = self._state, self._lacking
        for taken in sorted((proposal.taken for proposal in proposals), key=lambda taken: self._prices.of((taken,))):
            for key in taken.among or (taken.action[name],):
                step = taken._replace(action={**taken.action, name: key})
                if lacking == 0 or len(steps) == MOST_ALIKE or self._questions.failing(step.action, state) != ():
                    break
                effects = self._questions.effects(step.action, state)
                after_state = apply_effects(effects, state)
                if (after := self._lacks(after_state)) >= lacking:
                    break
                steps.append(step)
                changes.append(effects)
                state, lacking = after_state, after
        return Move(tuple(steps), tuple(changes))

    def _greater(self, taken: TakenStep, after: int) -> Iterator[Move]:
        """The step with the least number with which nothing is lacking, where as it is `after` is."""
        more = -(-after // (self._lacking - after))
        for name, kind in self._actions[taken.action["type"]].arguments.items():
            if isinstance(known(kind), Integer) and taken.action[name] is not None:
                greater = taken._replace(action={**taken.action, name: taken.action[name] + more})
                if self._questions.failing(greater.action, self._state) != ():
                    continue
                effects = self._questions.effects(greater.action, self._state)
                if self._lacks(apply_effects(effects, self._state)) == 0:
                    yield Move((greater,), (effects,))
