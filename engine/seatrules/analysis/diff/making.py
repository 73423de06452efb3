"""Makes requests that two versions answer differently, out of those that come nearest to that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ...program import Clause, Program
from ..nearness import Claim, Goals
from ..solving import Solver
from .answers import Action
from .cell import Cell
from .differing import Differing
from .targets import Aim, Aims

MOST_TARGETS = 100
"""How many ways are looked at in which what differs can come out differently."""
MOST_STARTS = 24
"""From how many known requests is gone on."""
_STARTS_OF_ONE = 2
_MOST_WAYS = 6
_MOST_HIDING = 5


def clauses_of(program: Program, action: Action | None) -> tuple[Clause, ...]:
    """The clauses that may deny an action, or keep a state from being taken."""
    return program.state_invariants if action is None else program.actions[action["type"]].rules


@dataclass(frozen=True)
class Making:
    """Makes requests for one action of two programs.

    `ask` asks both for one, and hands back the clauses that hide a difference, or may; `is_shown` says what need not be
    looked for any more.
    """

    programs: tuple[Program, Program]
    solver: Solver
    ask: Callable[[Cell], tuple[Clause, ...]]
    is_shown: Callable[[Aim], bool]

    def run(self, differing: Differing, starts: Sequence[Cell], is_done: Callable[[], bool]) -> None:
        """Make some for each way in which what differs can come out differently."""
        targets = Aims(*self.programs)
        apart = max(1, len(starts) // MOST_STARTS)
        for target in islice(targets.between(differing.old, differing.new), MOST_TARGETS):
            if self.solver.is_done or is_done():
                return
            if not self.is_shown(target):
                near = sorted(starts[::apart], key=lambda cell: self.solver.far(cell, target.goals).far)
                for cell in near[:_STARTS_OF_ONE]:
                    self._make(cell, target, targets)

    def _make(self, cell: Cell, target: Aim, targets: Aims) -> None:
        """Make a request that is as wanted, and then one for which nothing else denies under both either."""
        goals, ways = tuple(target.goals), [target.goals]
        for _ in range(_MOST_HIDING):
            made = None if self.is_shown(target) else next(self._solved(cell, ways), None)
            if made is None:
                return
            cell = made._replace(changes=0)
            hiding = [goal for clause in self.ask(cell) for goal in self._met(clause, cell)]
            if not hiding:
                return
            goals = (*goals, *targets.once(hiding))
            ways = sorted(targets.ways(goals), key=lambda way: self.solver.far(cell, way).far)

    def _solved(self, cell: Cell, ways: Sequence[Goals]) -> Iterator[Cell]:
        return (made for way in ways[:_MOST_WAYS] if (made := self.solver.solved(cell, way)) is not None)

    def _met(self, clause: Clause, cell: Cell) -> Iterator[Claim]:
        """That a clause denies no more, in the version that has it."""
        for side, program in enumerate(self.programs):
            if clause.loop is None and clause in clauses_of(program, cell.action):
                yield Claim(side, clause.asked)
