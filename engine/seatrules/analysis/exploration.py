"""Asks what suites ask, then everything that is worth asking on their states, then on states that these lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from random import Random
from time import monotonic
from typing import Any

from ..change.effects import Effect, apply_effects
from ..errors import RequestError
from ..planning.alike import groups_of
from ..planning.candidates import Candidates
from ..planning.deciding import Deciding
from ..planning.passing import wait
from ..planning.questions import failing_rules
from ..program import Clause

Action = Mapping[str, Any]
BUDGET = 40_000
"""How many decisions are asked on the states that others lead to."""
LIMIT, LIMIT_AHEAD = 2_000, 100
"""The most sets of arguments that are decided for one action: on a state of the suites, and on one ahead."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A state: which of the given ones it comes from, and by which allowed actions and waits."""

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
    """The actions tried, in the same order every time; `looked` says how far that went.

    Half of the states ahead are one step from the given ones, a quarter two steps, and so on.
    """

    def __init__(
        self,
        engine: Deciding,
        states: Sequence[Mapping[str, Any]],
        version: str,
        *,
        asked: Sequence[tuple[int, Sequence[Any]]] = (),
        budget: int = BUDGET,
        until: float | None = None,
    ) -> None:
        self.engine, self.version, self.budget, self.until = engine, version, budget, until
        self.program = engine.programs[version]
        self.asked = self.given = self.reached = self.furthest = 0
        self._asked_by_suites = asked
        self._candidates = [
            Candidates(self.program, action_type)
            for action_type in self.program.actions.values()
            if action_type.each is None  # else the single one leads to the same
        ]
        self._given = [Spot(number, (), state) for number, state in enumerate(states)]
        self._ahead: dict[int, list[Spot]] = {}
        self._random = Random(0)
        self._seen = {_key(state) for state in states}

    @property
    def looked(self) -> str:
        ahead = f", up to {self.furthest + 1} steps ahead" if self.reached else ""
        return (
            f"looked at {self.given} states of the suites and {self.reached} that these lead to{ahead}, "
            f"with {self.asked} decisions"
        )

    @property
    def is_late(self) -> bool:
        """Whether there is no time left."""
        return self.until is not None and monotonic() > self.until

    @property
    def saw_all_given(self) -> bool:
        """Whether there was time for all the given states."""
        return self.given == len(self._given)

    def __iter__(self) -> Iterator[Tried]:
        """What the suites ask; every candidate of the given states; then of the states ahead while the budget lasts."""
        for start, steps in self._asked_by_suites:
            yield from self._walk(self._given[start], steps)
        for spot in self._given:
            if self.is_late:
                return
            yield from self._look(spot, LIMIT)
            self.given += 1
        end = self.asked + self.budget
        for turn in count(1):
            if self.asked >= end or self.is_late or not self._ahead:
                return
            spot = self._next(turn)
            self.reached, self.furthest = self.reached + 1, max(self.furthest, len(spot.steps))
            yield from self._look(spot, LIMIT_AHEAD)

    def on(self, spot: Spot, limit: int = LIMIT) -> Iterator[Tried]:
        """Every candidate on one state."""
        groups = groups_of(self.program, spot.state)
        for candidates in self._candidates:
            for action in islice(candidates.on(spot.state, groups, {}), limit):
                if (tried := self._tried(spot, action)) is not None:
                    yield tried

    def proposed(self, tried: Tried) -> tuple[Effect, ...]:
        """What a denied action would change if it were allowed."""
        ready = self.engine.compiled(tried.spot.state, self.version).action(tried.action["type"])
        return ready.proposed(tried.action, tried.spot.state) or ()

    def _walk(self, spot: Spot, steps: Sequence[Any]) -> Iterator[Tried]:
        """The steps of a case, as far as they are requests; where one is denied, the next is taken all the same."""
        for step in steps:
            if not isinstance(step, dict):
                return
            action = step.get("action", step)
            try:
                spot = self._waited(spot, step["at"]) if "at" in step else spot
                self.engine.decide(action, spot.state, version=self.version)
            except RequestError:
                return
            if (tried := self._tried(spot, action)) is None:
                return
            yield tried
            if tried.breaks:
                return
            if tried.after is not None:
                spot = self._kept(tried, tried.after)

    def _waited(self, spot: Spot, day: str) -> Spot:
        passed = wait(self.engine, spot.state, day, self.version)
        return Spot(spot.start, (*spot.steps, {"at": day}), passed.state)

    def _look(self, spot: Spot, limit: int) -> Iterator[Tried]:
        """Every candidate; of the states that each type of action leads to, one is kept to go on from."""
        led: dict[str, tuple[int, Tried]] = {}
        for tried in self.on(spot, limit):
            yield tried
            if tried.after is not None and not tried.breaks:
                times, kept = led.get(tried.action["type"], (0, tried))
                kept = tried if self._random.randrange(times + 1) == 0 else kept
                led[tried.action["type"]] = times + 1, kept
        for _, tried in led.values():
            if tried.after is not None:
                self._kept(tried, tried.after)

    def _next(self, turn: int) -> Spot:
        """One of the states ahead: every other time one step ahead, else every other time two, and so on."""
        wanted = (turn & -turn).bit_length()
        steps = min(self._ahead, key=lambda each: (abs(each - wanted), each))
        spots = self._ahead[steps]
        place = self._random.randrange(len(spots))
        spots[place], spots[-1] = spots[-1], spots[place]
        spot = spots.pop()
        if not spots:
            del self._ahead[steps]
        return spot

    def _kept(self, tried: Tried, after: Mapping[str, Any]) -> Spot:
        """What an action leaves, kept among the states ahead if it is new."""
        spot = Spot(tried.spot.start, (*tried.spot.steps, tried.action), after)
        if (key := _key(after)) not in self._seen:
            self._seen.add(key)
            self._ahead.setdefault(len(spot.steps), []).append(spot)
        return spot

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


def _key(state: Any) -> str:
    return json.dumps(state, sort_keys=True)
