"""Looks for a sequence of actions after which an invariant does not hold, at random, and makes it short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from ..decision.request import key_maps
from ..errors import RequestError
from ..language.days import OutOfRangeError, add_days
from ..language.types import Date
from ..planning.deciding import Deciding
from ..planning.simulate import simulate
from ..planning.timeline import Timeline
from ..program import Program
from .made_up import MadeUp, Pool

_DAYS = (0, 1, 30, 200, 400)
_DATED = 0.2


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Steps after which an invariant does not hold, the number of the state that they begin on, what comes of them."""

    start: int
    steps: tuple[Mapping[str, Any], ...]
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of a search: how many steps were allowed, denied and refused as requests, and the shortest find."""

    allowed: int
    denied: int
    refused: int
    counterexample: Counterexample | None


def probe(
    engine: Deciding,
    states: Sequence[Mapping[str, Any]],
    *,
    steps: int,
    runs: int,
    seed: int,
    version: str | None = None,
) -> Probe:
    """Take `steps` random actions, `runs` times, each from one of `states`; the same seed takes the same ones.

    The states are valid and keep the invariants.
    """
    random, tally = Random(seed), Counter[str]()
    counterexample: Counterexample | None = None
    for _ in range(runs):
        start = random.randrange(len(states))
        run = _Run(engine, states[start], version, random, tally)
        steps_taken = run.failing(steps)
        if steps_taken is None or (counterexample and len(steps_taken) > len(counterexample.steps) * 4):
            continue
        shortest, timeline = run.shrunk(steps_taken)
        if counterexample is None or len(shortest) < len(counterexample.steps):
            counterexample = Counterexample(start, tuple(shortest), timeline)
    return Probe(tally["allow"], tally["deny"], tally["refused"], counterexample)


@dataclass
class _Run:
    """Random steps from one state."""

    engine: Deciding
    state: Mapping[str, Any]
    version: str | None
    random: Random
    tally: Counter[str]

    def failing(self, count: int) -> list[Mapping[str, Any]] | None:
        """Steps of which the last breaks an invariant, or nothing when none of `count` does."""
        current, steps_taken = self.state, []
        for _ in range(count):
            step = self._step(current)
            timeline = self._simulated([step], current)
            if timeline is None:
                self.tally["refused"] += 1
                continue
            decision = timeline.steps[0].decision
            self.tally[decision.decision if decision is not None else "refused"] += 1
            if timeline.state != current:
                steps_taken.append(step)
                current = timeline.state
            if any(timeline.broken):
                return steps_taken
        return None

    def shrunk(self, steps: list[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], Timeline]:
        """The steps without those, and without the dates, that are not needed to break an invariant."""
        timeline = self._simulated(steps, self.state)
        assert timeline is not None
        for shorter in _shorter(steps):
            timeline_of_shorter = self._simulated(shorter, self.state)
            if timeline_of_shorter is not None and any(timeline_of_shorter.broken):
                return self.shrunk(shorter)
        return steps, timeline

    def _simulated(self, steps: list[Mapping[str, Any]], state: Mapping[str, Any]) -> Timeline | None:
        """What comes of the steps, or nothing where a request is not well formed on the state that it meets."""
        try:
            return simulate(self.engine, steps, state, keep_going=True, version=self.version)
        except RequestError:
            return None

    def _step(self, state: Mapping[str, Any]) -> Mapping[str, Any]:
        program, random = self.engine.program_for(state, self.version), self.random
        made_up = MadeUp(random, _pool(program, state))
        proposed = made_up.action(program, random.choice(list(program.actions.values())), state)
        return {"at": made_up.value(Date()), "action": proposed} if random.random() < _DATED else proposed


def _pool(program: Program, state: Mapping[str, Any]) -> Pool:
    """What steps are made up from on a state: its keys, days from its own on, small numbers."""
    keys = [key for _, entries in key_maps(program.state, state) for key in entries]
    return Pool(["nobody"], list(_days(state["as_of"])), range(-2, 4), [*keys, *(f"new-{n}" for n in range(10))])


def _days(today: str) -> Iterator[str]:
    for count in _DAYS:
        with suppress(OutOfRangeError):
            yield add_days(today, count)


def _shorter(steps: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The steps with one left out, then with one date left out."""
    for index in reversed(range(len(steps))):
        if len(steps) > 1:
            yield [*steps[:index], *steps[index + 1 :]]
    for index, step in enumerate(steps):
        if "at" in step and "action" in step:
            yield [*steps[:index], step["action"], *steps[index + 1 :]]
