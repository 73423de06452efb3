"""Changes a request, in as many places as it takes, until it is as wanted: each time what brings it nearer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from ..language.interpret import Interpreter
from ..program import Program
from .diff.cell import Cell, with_value
from .diff.turning import OtherValues, watched
from .nearness import UNREADABLE, Distance, Goals, Nearness, Unmet

MOST_STEPS = 16
"""In how many places a request is changed at most."""
MOST_OF_ONE = 500
"""How many requests are measured for one that is wanted, until there is a last step."""
_MOST_UNMET = 8
_MOST_ASIDE = 4
_MOST_FIRST = 16


class SolvingStep(NamedTuple):
    """A changed request, how far it is then, and what the change was for."""

    cell: Cell
    distance: Distance
    of: Unmet


class Solver:
    """Makes requests that are as wanted under one program, or under several at once."""

    def __init__(self, programs: Sequence[Program], named_days: Iterable[str], until: float, most: int) -> None:
        """`most` requests are measured at most."""
        self.programs, self.until, self.left = programs, until, most
        self._days = list(named_days)

    @property
    def is_done(self) -> bool:
        """Whether nothing more is measured."""
        return self.left <= 0 or monotonic() > self.until

    def far(self, cell: Cell, goals: Goals) -> Distance:
        """How far a request is from what is wanted."""
        self.left -= 1
        readings = [
            Interpreter(
                {} if cell.action is None else program.single(cell.action)[1], cell.state, program.facts, computed={}
            )
            for program in self.programs
        ]
        return Nearness(readings).of(goals)

    def solved(self, cell: Cell, goals: Goals) -> Cell | None:
        """The request with what makes it as wanted; nothing where no change brings it nearer any more.

        Where no single one does, two are made that one comparison reads, and else one that brings it no nearer is gone
        on from, some times: it may be what another change is for, as that of a key is for what stands below it.
        """
        distance, seen, aside = self.far(cell, goals), {_key(cell)}, 0
        least = self.left - MOST_OF_ONE
        for _ in range(MOST_STEPS):
            if not distance.far:
                return cell
            step = self._step(cell, distance, goals, seen) if self.left > least else None
            if step is None:
                return None
            aside += step.distance.far >= distance.far
            if aside > _MOST_ASIDE:
                return None
            cell, distance, _ = step
            seen.add(_key(cell))
        return None

    def _step(self, cell: Cell, distance: Distance, goals: Goals, seen: Set[str]) -> SolvingStep | None:
        steps: list[SolvingStep] = []
        for step in self._steps(cell, distance.unmet[:_MOST_UNMET], goals, seen):
            if step.distance.far <= distance.far - 1:
                return step
            if step.distance.far < distance.far + 1:
                steps.append(step)
        best = min(steps, key=lambda each: each.distance.far, default=None)
        if best is None or best.distance.far < distance.far:
            return best
        return self._two(steps, distance, goals, seen) or best

    def _two(
        self, steps: Sequence[SolvingStep], distance: Distance, goals: Goals, seen: Set[str]
    ) -> SolvingStep | None:
        """A second change to what the first one was for, which together bring it nearer."""
        for first in steps[:_MOST_FIRST]:
            unmet = [each for each in first.distance.unmet if each.expr is first.of.expr]
            for second in self._steps(first.cell, unmet[:1], goals, seen):
                if second.distance.far < distance.far:
                    return second
        return None

    def _steps(self, cell: Cell, unmet: Iterable[Unmet], goals: Goals, seen: Set[str]) -> Iterator[SolvingStep]:
        for of, changed in self._changed(cell, unmet):
            if self.is_done:
                return
            if _key(changed) not in seen:
                yield SolvingStep(changed, self.far(changed, goals), of)

    def _changed(self, cell: Cell, unmet: Iterable[Unmet]) -> Iterator[tuple[Unmet, Cell]]:
        """The request with another value in one place that is read for what is not as wanted."""
        for each in unmet:
            side, expr, local = each
            program = self.programs[side]
            watching = watched(program, (), cell.action, cell.state)
            watching.read_places.clear()
            with suppress(*UNREADABLE):
                watching.value(expr, local)
            for place, value in OtherValues(program, cell.state, watching, self._days):
                yield each, with_value(cell, place, value, watching.created)


def _key(cell: Cell) -> str:
    return json.dumps([cell.action, cell.state], sort_keys=True)
