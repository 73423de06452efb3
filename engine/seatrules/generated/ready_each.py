"""An action on each of several, ready to be decided: one after the other, as its single actions are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..change.effects import ChangedState, Effect, apply_effects
from ..change.passing import Check
from ..decision.decide import decide
from ..decision.each import details_of_each, distinct_codes
from ..decision.explanation import OneEntry
from ..decision.request import MOST_OF_EACH
from ..decision.values import Decision, Details, Scope, Verdict
from ..program import ActionType, Clause, Program
from .ready_action import ReadyAction, SingleAction
from .verdict import (
    FALLBACK_ERRORS,
    Evaluation,
    generate_reading,
)


class OneDecided(NamedTuple):
    """One of several: what came of it, and what it does, where those after it were decided on what that left."""

    evaluation: Evaluation
    allowed: tuple[Any, ...] | None


class EachDecided(NamedTuple):
    """What was read of an action on each of several and of the state, and each of them in turn."""

    action: dict[str, Any]
    state: dict[str, Any]
    turns: list[OneDecided]

    @property
    def failing(self) -> set[int]:
        """The numbers of the rules that fail of one or the other."""
        return {number for one in self.turns for number in one.evaluation.failing}


class ReadyEach:
    """An action on each of several, ready to be decided: as often as the single one, on what the ones before left."""

    def __init__(self, action_type: ActionType, single: ReadyAction) -> None:
        assert action_type.each is not None
        self.action_type, self.each, self._single = action_type, action_type.each, single
        program = single.program
        of_state = program.known_of_state
        known = action_type.known
        self._scope = Scope(
            program.policy, program.state, action_type.reads, known=known, known_of_state=of_state, program=program
        )

    @cached_property
    def _reading(self) -> Callable[[Any, Any], tuple[Any, Any] | None]:
        """The function that reads an action and a state."""
        return generate_reading(self._single.program, self.action_type)

    @property
    def source(self) -> str:
        """The generated functions of the single action, as Python reads them."""
        return self._single.source

    def decide(self, action: Any, state: Any, later: Collection[Program] = ()) -> Decision | None:
        """The decision, or nothing where the reference has to decide; no time passes, so that `later` says nothing."""
        decided = self._decided(action, state)
        if decided is None:
            return None
        own, part, turns = decided
        codes = distinct_codes(code for one in turns for code in one.evaluation.codes)
        verdict: Verdict = "deny" if codes else "allow"
        return Decision(verdict, codes, self._scope, own, part, lambda *_: self._details(verdict, turns))

    def decide_on_valid(
        self, action: Any, state: Any, later: Collection[Program] = (), fits: Check | None = None
    ) -> Decision | None:
        """The same: what it reads is read once for all of them."""
        return self.decide(action, state)

    def part(self, action: Any, state: Any) -> dict[str, Any] | None:
        """What deciding reads of a state; nothing where the reference has to read it."""
        reading = self._reading(action, state)
        return None if reading is None else reading[1]

    def singles(self, action: Any, state: Any) -> Iterator[SingleAction]:
        """The action as it is decided: the single ones, each on the state that the allowed ones before it left.

        The state is valid in every part.
        """
        for item in action[self.each.over]:
            single = self.each.single(action, item)
            yield SingleAction(self._single.action_type, single, state)
            decision = self._single.decide_on_valid(single, state)
            if decision is None:
                decision = decide(self._single.program, single, state)
            if decision.allowed:
                state = apply_effects(decision.details.effects, state)

    def allows(self, action: Any, state: Any) -> bool | None:
        """Whether the action is allowed, or nothing where that has to be decided."""
        decided = self._decided(action, state)
        return None if decided is None else not decided.failing

    def failing(self, action: Any, state: Any) -> tuple[Clause, ...] | None:
        """The requirements that fail of one or the other, of a state in every part valid.

        Nothing where the reference has to decide.
        """
        failing, items = set[int](), action[self.each.over]
        if not 0 < len(items) <= MOST_OF_EACH:
            return None
        for number, item in enumerate(items, 1):
            single = self.each.single(action, item)
            evaluation = self._single.verdict_on_valid(single, state)
            if evaluation is None:
                return None
            failing.update(evaluation.failing)
            if not evaluation.failing and number < len(items):
                if (effects := self._single.proposed(single, state)) is None:
                    return None
                state = apply_effects(effects, state)
        return tuple(rule for number, rule in enumerate(self.action_type.rules) if number in failing)

    def proposed(self, action: Any, state: Any) -> tuple[Effect, ...] | None:
        """Nothing: what it would change, the single actions do as well."""

    def _decided(self, action: Any, state: Any) -> EachDecided | None:
        """Each decided in turn, or nothing where the reference has to decide.

        What the action reads is read first: whoever is not among several is not gone through for each of them.
        """
        reading = self._reading(action, state)
        if reading is None:
            return None
        own, part = reading
        try:
            # Whose keys stand in what is read need not be read itself: the maps are there with all their keys.
            referred_to = {name: state[name] for name in self._single.program.referenced.values()}
            turns = self._in_turn(own, {**part, **referred_to})
        except FALLBACK_ERRORS:
            return None
        return None if turns is None else EachDecided(own, part, turns)

    def _in_turn(self, action: dict[str, Any], state: dict[str, Any]) -> list[OneDecided] | None:
        items = action[self.each.over]
        if not 0 < len(items) <= MOST_OF_EACH:
            return None
        left, turns = ChangedState(state), list[OneDecided]()
        decided, does = self._single.verdict, self._single.allowed_function
        single = self.each.single(action, None)
        for item in items:
            single[self.each.entry] = item
            evaluation, allowed = decided(single, left.state), None
            if evaluation is None:
                return None
            if not evaluation.failing and len(turns) < len(items) - 1:
                evaluation = evaluation._replace(state=evaluation.part)
                allowed = does(evaluation.action, evaluation.state)
                left.at_once(allowed[1])
            turns.append(OneDecided(evaluation, allowed))
        return turns

    def _details(self, verdict: Verdict, turns: Sequence[OneDecided]) -> Details:
        parts = [
            (OneEntry(self.each.entry, evaluation.action[self.each.entry]), self._single.details(evaluation, allowed))
            for evaluation, allowed in turns
        ]
        return details_of_each(verdict, parts, self._single.program)
