"""Asks everything that is worth asking on some states, and then on states that these lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import islice
from typing import Any

from ..change.effects import Effect, apply_effects
from ..errors import RequestError
from ..planning.alike import groups_of
from ..planning.candidates import Candidates
from ..planning.deciding import Deciding
from ..planning.search import failing_rules
from ..program import Clause

Action = Mapping[str, Any]
BUDGET = 20_000
"""How many decisions are asked on the states that others lead to."""
LIMIT = 2_000
"""The most sets of arguments that are decided for one action on one state."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A state: which of the given ones it comes from, and by which allowed actions."""

    start: int
    steps: tuple[Action, ...]
    state: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """An action on a state, with the rules that deny it.

    `after` is the state that it leaves, or nothing where it is denied or changes nothing; `breaks` are the ids of the
    invariants of severity `error` that this state does not keep.
    """

    spot: Spot
    action: Action
    failing: tuple[Clause, ...]
    after: Mapping[str, Any] | None = None
    breaks: tuple[str, ...] = ()


class Exploration:
    """The actions tried, in the same order every time; `looked` says how far that went."""

    def __init__(
        self, engine: Deciding, states: Sequence[Mapping[str, Any]], version: str, *, budget: int = BUDGET
    ) -> None:
        self.engine, self.version, self.budget = engine, version, budget
        self.program = engine.programs[version]
        self.asked = self.given = self.reached = 0
        self._candidates = [
            Candidates(self.program, action_type)
            for action_type in self.program.actions.values()
            if action_type.each is None  # else the single one leads to the same
        ]
        self._given = [Spot(number, (), state) for number, state in enumerate(states)]
        self._order = {name: number for number, name in enumerate(self.program.actions)}
        self._waiting: list[tuple[int, int, Spot]] = []
        self._seen = {_key(state) for state in states}

    @property
    def looked(self) -> str:
        return (
            f"looked at {self.given} states of the suites and {self.reached} that these lead to, "
            f"with {self.asked} decisions"
        )

    def __iter__(self) -> Iterator[Tried]:
        """Every candidate of the given states, then of the states reached while the budget lasts."""
        for spot in self._given:
            self.given += 1
            yield from self._look(spot)
        end = self.asked + self.budget
        while self._waiting and self.asked < end:
            self.reached += 1
            yield from self._look(heappop(self._waiting)[-1])

    def on(self, spot: Spot) -> Iterator[Tried]:
        """Every candidate on one state."""
        groups = groups_of(self.program, spot.state)
        for candidates in self._candidates:
            for action in islice(candidates.on(spot.state, groups, {}), LIMIT):
                if (tried := self._tried(spot, action)) is not None:
                    yield tried

    def proposed(self, tried: Tried) -> tuple[Effect, ...]:
        """What a denied action would change if it were allowed."""
        ready = self.engine.compiled(tried.spot.state, self.version).action(tried.action["type"])
        return ready.proposed(tried.action, tried.spot.state) or ()

    def _look(self, spot: Spot) -> Iterator[Tried]:
        """Every candidate; the first state that each type of action leads to is queued."""
        led: set[str] = set()
        for tried in self.on(spot):
            yield tried
            name = tried.action["type"]
            if tried.after is not None and not tried.breaks and name not in led and self._is_new(tried.after):
                led.add(name)
                self._queue(tried.after, tried)

    def _tried(self, spot: Spot, action: Action) -> Tried | None:
        """What comes of it, or nothing where the action is impossible on this state."""
        self.asked += 1
        failing = failing_rules(self.engine, action, spot.state, self.version)
        if failing != ():
            return None if failing is None else Tried(spot, action, failing)
        try:
            effects = self.engine.decide(action, spot.state, version=self.version).effects
            if not effects:
                return Tried(spot, action, ())
            after = apply_effects(effects, spot.state)
            broken = self.engine.broken_invariants(after, spot.state, version=self.version)
        except RequestError:
            return None
        return Tried(spot, action, (), after, tuple(each.rule for each in broken if each.is_error))

    def _is_new(self, state: Mapping[str, Any]) -> bool:
        key = _key(state)
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _queue(self, state: Mapping[str, Any], tried: Tried) -> None:
        """From one state one action leads on first, from the next state the next: so the exploration is wide."""
        spot, count = tried.spot, len(self._order)
        turn = (self._order[tried.action["type"]] + self.given + self.reached) % count
        steps = (*spot.steps, tried.action)
        heappush(self._waiting, (turn + count * len(spot.steps), len(self._seen), Spot(spot.start, steps, state)))


def _key(state: Any) -> str:
    return json.dumps(state, sort_keys=True)
