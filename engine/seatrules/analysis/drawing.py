"""Draws actions that are allowed on a state, at random, and counts what it drew in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..errors import RequestError, RequestProblem
from ..language.types import Key, ListOf
from ..planning.deciding import Deciding
from ..planning.questions import failing_rules
from ..planning.touch import Events, meet, shapes_of_clause, writes_of
from ..program import ActionType, Program
from .made_up import MadeUp, pool_of

TRIES = 20
"""How often arguments are drawn for one type of action, before another type is."""
_AIMED = 0.7
"""How many of the actions of a run are drawn, if any of these is allowed, from those that may break what it aims at."""


@dataclass(slots=True)
class Refusal:
    """How often what was drawn was no request for one code, with the first such action and what is wrong with it."""

    action: Mapping[str, Any]
    problem: RequestProblem
    count: int = 0


@dataclass
class Drawing:
    """Draws for one search; `denied` and `refused` are what was drawn in vain."""

    engine: Deciding
    version: str | None
    random: Random
    denied: int = 0
    refused: dict[str, Refusal] = field(default_factory=dict)
    _failed: Counter[str] = field(default_factory=Counter)
    """How often in this run no action of a type that was drawn was allowed; the oftener, the fewer are drawn."""
    _touching: dict[Program, tuple[frozenset[str], ...]] = field(default_factory=dict)

    def aim(self, state: Mapping[str, Any]) -> frozenset[str]:
        """The types of actions that may break one of the invariants, which one is drawn; all where there are none."""
        program = self.engine.program_for(state, self.version)
        self._failed.clear()
        if program not in self._touching:
            self._touching[program] = tuple(_touching(program))
        return self.random.choice(self._touching[program] or (frozenset(program.actions),))

    def action(self, state: Mapping[str, Any], aimed: Collection[str]) -> dict[str, Any] | None:
        """An allowed action that may change the state, often of an aimed type; nothing where none was drawn."""
        program = self.engine.program_for(state, self.version)
        made_up = MadeUp(self.random, pool_of(program, state)).on(program, state)
        there = {name for name, keys in made_up.maps.items() if keys}
        types = [each for each in program.actions.values() if _writes(each, program) and _named(each) <= there]
        self.random.shuffle(types)
        if self.random.random() < _AIMED:
            types.sort(key=lambda each: each.name not in aimed)
        for action_type in types:
            for _ in range(max(TRIES >> self._failed[action_type.name], 1) if action_type.arguments else 1):
                action = made_up.proposed(action_type)
                if self._is_allowed(action, state):
                    self._failed[action_type.name] = 0
                    return action
            self._failed[action_type.name] += 1
        return None

    def note(self, error: RequestError, action: Mapping[str, Any]) -> None:
        """Note why something drawn was no request on the state that it met."""
        problem = error.problems[0]
        self.refused.setdefault(problem.code, Refusal(action, problem)).count += 1

    def _is_allowed(self, action: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        failing = failing_rules(self.engine, action, state, self.version)
        if failing is None:
            try:
                self.engine.decide(action, state, version=self.version)
            except RequestError as error:
                self.note(error, action)
        self.denied += bool(failing)
        return failing == ()


def _touching(program: Program) -> Iterator[frozenset[str]]:
    """For each invariant, the types of actions that may change what it reads, by themselves or by what comes due."""
    events = Events([program])
    for invariant in program.invariants:
        shapes = shapes_of_clause(invariant, program)
        shapes |= events.read_to_bring_about(shapes)
        names = {each.name for each in program.actions.values() if meet(_writes(each, program), shapes)}
        if invariant.severity == "error" and names:
            yield frozenset(names)


def _named(action_type: ActionType) -> set[str]:
    """The maps of which an action has to name an entry."""
    kinds = [kind.item if isinstance(kind, ListOf) else kind for kind in action_type.arguments.values()]
    return {kind.entry for kind in kinds if isinstance(kind, Key)}


def _writes(action_type: ActionType, program: Program) -> frozenset[tuple[str, str]]:
    single = action_type if action_type.each is None else program.actions[action_type.each.of]
    return writes_of(single, [program])
