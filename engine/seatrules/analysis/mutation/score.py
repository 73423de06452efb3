"""What came of the mutants of a policy: which no case noticed, and how many that is of those that count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ...diagnostics import Diagnostic
from .mutant import Mutant
from .trial import MutantResult


@dataclass(frozen=True, slots=True)
class Missed:
    """A mutant that no case noticed."""

    mutant: Mutant
    verdict: MutantResult


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants there are of a policy, and what came of those that were tried.

    `refused` do not load, `same` mean what was written before, and `excused` are listed by the author: they do not
    count. `wrong` is what is wrong with that list.
    """

    policy: str
    mutants: int
    noticed: int
    missed: tuple[Missed, ...]
    refused: int
    same: int
    excused: int
    wrong: tuple[Diagnostic, ...] = ()

    @property
    def counting(self) -> int:
        """How many of those that were tried count."""
        return self.noticed + len(self.missed)

    @property
    def untried(self) -> int:
        """For how many there was no time."""
        return self.mutants - self.counting - self.refused - self.same - self.excused

    def is_under(self, percent: float) -> bool:
        """Whether fewer of a hundred are noticed; what was not tried is not noticed."""
        return self.noticed * 100 < percent * (self.counting + self.untried)


def score_of(
    policy: str, mutants: int, tried: Iterable[tuple[Mutant, MutantResult]], wrong: Iterable[Diagnostic]
) -> Score:
    """What came of those that were tried, of so many mutants."""
    results, missed = Counter[str](), list[Missed]()
    for mutant, verdict in tried:
        results[verdict.result] += 1
        if verdict.result == "missed":
            missed.append(Missed(mutant, verdict))
    return Score(
        policy,
        mutants,
        results["noticed"],
        tuple(missed),
        results["refused"],
        results["same"],
        results["excused"],
        tuple(wrong),
    )
