"""Looks for sequences of allowed actions after which an invariant does not hold, at random, and makes them short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..errors import RequestError
from ..planning.deciding import Deciding
from ..planning.passing import wait
from ..planning.simulate import Taking, simulate
from ..planning.timeline import Timeline
from .drawing import Drawing, Refusal
from .made_up import days_from
from .shrinking import BreakingSteps, Step, shrunk, shrunk_elsewhere, take

_DATED = 0.1


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Steps after which the invariant `rule` does not hold, the number of the state before them, what comes of them."""

    rule: str
    start: int
    steps: tuple[Step, ...]
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of a search: the runs and steps taken, what was drawn in vain, the shortest find of each invariant."""

    runs: int
    taken: int
    denied: int
    refused: Mapping[str, Refusal]
    found: tuple[Counterexample, ...]


def probe(
    engine: Deciding,
    states: Sequence[Mapping[str, Any]],
    *,
    steps: int,
    runs: Iterable[int],
    seed: int,
    version: str | None = None,
) -> Probe:
    """Take so many random `steps` in each of `runs`, all allowed, from one of `states`; the same seed takes the same.

    The states are valid and keep the invariants.
    """
    drawing = Drawing(engine, version, Random(seed))
    starts = [Taking(engine, version, state) for state in states]
    begun, taken, shortest = 0, 0, dict[str, BreakingSteps]()
    for _ in runs:
        begun += 1
        start = drawing.random.randrange(len(states))
        run = _Run(drawing, starts[start])
        for rule in run.breaks(steps):
            _note(BreakingSteps(rule, start, tuple(run.steps)), shortest, starts)
        taken += len(run.steps)
    counterexamples = [
        Counterexample(*broken, simulate(engine, list(broken.steps), states[broken.start], version=version))
        for broken in sorted(shortest.values(), key=lambda each: len(each.steps))
    ]
    return Probe(begun, taken, drawing.denied, drawing.refused, tuple(counterexamples))


def _note(broken: BreakingSteps, shortest: dict[str, BreakingSteps], starts: Sequence[Taking]) -> None:
    """Make steps short, and keep them if they are fewer than those known for their invariant."""
    known = shortest.get(broken.rule)
    if known is not None and len(broken.steps) > len(known.steps) * 4:
        return
    broken = shrunk(broken, starts)
    if known is None or len(broken.steps) <= len(known.steps):
        broken = shrunk_elsewhere(broken, starts)
    if known is None or len(broken.steps) < len(known.steps):
        shortest[broken.rule] = broken


class _Run:
    """Random `steps` from one state, which aim at one invariant."""

    def __init__(self, drawing: Drawing, taking: Taking) -> None:
        self.drawing, self.taking = drawing, taking
        self.steps: list[Step] = []
        self._aimed = drawing.aim(taking.state)

    def breaks(self, count: int) -> list[str]:
        """The invariants that one of so many steps breaks: it is the last then."""
        current: Mapping[str, Any] = self.taking.state
        for _ in range(count):
            if (step := self._drawn(current)) is None:
                continue
            try:
                taken, current = take(self.taking, step, current)
            except RequestError as error:
                self.drawing.note(error, step)
                continue
            self.steps.append(step)
            if taken.broken:
                return list(dict.fromkeys(each.rule for each in taken.broken))
        return []

    def _drawn(self, state: Mapping[str, Any]) -> Step | None:
        """An action that is allowed on a state, sometimes after a wait; nothing where none was drawn."""
        drawing, random = self.drawing, self.drawing.random
        if random.random() >= _DATED:
            return drawing.action(state, self._aimed)
        at = random.choice([*days_from(state["as_of"])])
        try:
            action = drawing.action(wait(drawing.engine, state, at, drawing.version).state, self._aimed)
        except RequestError as error:
            drawing.note(error, {"at": at})
            return None
        return action and {"at": at, "action": action}
