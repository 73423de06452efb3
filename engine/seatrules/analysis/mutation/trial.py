"""Tries mutants, one after the other: whether a case notices them, whether they change anything, and what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from ...errors import PolicyError
from ...policy.locate import Place
from ...suites import Case, run_case
from ..diff.differing import mean_the_same
from ..uses import NamedThing
from .cases import Cases, Trying
from .mutant import Mutant
from .shown import Showing, ShowingRequest
from .versions import ChangedVersions, Versions

Result = Literal["noticed", "missed", "refused", "same", "excused"]


class MutantResult(NamedTuple):
    """What came of a mutant: a case noticed it, or none did; or it does not load, or means the same.

    One that none noticed is `excused` where the author says why. `reaching` cases were asked at most; `shown` is what
    shows one that was missed, where a request was found that does.
    """

    result: Result
    reaching: int = 0
    shown: ShowingRequest | None = None


@dataclass
class Trial:
    """What tries the mutants of one policy; it is handed to each process that does, which keeps what it works out.

    `excused` are the numbers of those that the author lists.
    """

    place: Place
    versions: Versions
    cases: Cases
    mutants: Sequence[Mutant]
    excused: frozenset[int]
    _last: dict[NamedThing, int] = field(default_factory=dict)
    """By entries, the case that noticed the last change: the next one is likely to be noticed by it, too."""

    def __getstate__(self) -> dict[str, Any]:
        kept = ("place", "versions", "cases", "mutants", "excused")
        return {**{name: vars(self)[name] for name in kept}, "_last": {}}

    def done(self, part: Sequence[int]) -> list[MutantResult]:
        """What comes of some mutants."""
        return [self.verdict(number) for number in part]

    def verdict(self, number: int) -> MutantResult:
        """What comes of a mutant."""
        mutant = self.mutants[number]
        changed = self.versions.changed(mutant)
        try:
            changed.program(next(iter(changed.written)), self.versions.settings)
        except PolicyError:
            return MutantResult("refused")
        reaching = self.cases.reaching(mutant)
        if self._is_noticed(mutant, reaching, Trying(changed)):
            return MutantResult("noticed", len(reaching))
        if number in self.excused:
            return MutantResult("excused", len(reaching))
        if shown := self._showing.by_cases(changed, [self.cases.every[each] for each in reaching]):
            return MutantResult("missed", len(reaching), shown)
        if mutant.owners[0].kind != "settings" and self._means_the_same(changed):
            return MutantResult("same", len(reaching))
        return MutantResult("missed", len(reaching), self._showing.by_search(changed))

    def _is_noticed(self, mutant: Mutant, reaching: Sequence[int], engines: Trying) -> bool:
        last = self._last.get(mutant.owners[0])
        for number in sorted(reaching, key=lambda each: each != last):
            if not _passes(self.cases.every[number], engines):
                self._last[mutant.owners[0]] = number
                return True
        return False

    def _means_the_same(self, changed: ChangedVersions) -> bool:
        settings = self.versions.settings
        try:
            return all(
                mean_the_same(self.versions.program(version, settings), changed.program(version, settings))
                for version in changed.written
            )
        except PolicyError:
            return False

    @cached_property
    def _showing(self) -> Showing:
        return Showing(self.place, self.versions)


def _passes(case: Case, engines: Trying) -> bool:
    try:
        return run_case(case, engines).passed
    except PolicyError:
        return False  # a later version does not load with the change, which is noticed wherever it is loaded
