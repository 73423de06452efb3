"""The mutants of one policy that are to be tried, and what is known of them before they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...diagnostics import Diagnostic, Span, echo, in_a_list
from ...errors import UsageError, unknown
from ...policy.locate import Place
from ...suites import Equivalent
from ...words import phrase
from .cases import cases_of
from .excuses import excused, noticed_after_all, of_nothing
from .mutant import Mutant
from .operators import mutants_of
from .score import Score, score_of
from .since import lines_since
from .trial import MutantResult, Trial
from .versions import Versions


@dataclass(frozen=True, slots=True)
class Mutation:
    """`numbers` are those of the mutants that are to be tried; `wrong` is what is wrong with the author's list."""

    policy: str
    trial: Trial
    numbers: Sequence[int]
    listed: Mapping[int, Sequence[Equivalent]]
    wrong: tuple[Diagnostic, ...]

    def score(self, tried: Iterable[tuple[int, MutantResult]]) -> Score:
        """What came of those that were tried."""
        tried = list(tried)
        noticed = [number for number, verdict in tried if verdict.result == "noticed"]
        wrong = [each for number in noticed for each in noticed_after_all(self.listed.get(number, ()))]
        named = ((self.trial.mutants[number], verdict) for number, verdict in tried)
        return score_of(self.policy, len(self.numbers), named, (*self.wrong, *wrong))


def mutation_of(place: Place, settings: Mapping[str, Any], *, entry: str | None, since: str | None) -> Mutation:
    """What is to be tried of a policy: of all that its files say, or its extensions' where there are some.

    Args:
        entry: only what is of the entries that have this name (`id`, or `rules/id`).
        since: only what stands on lines that a revision of git does not have.

    Raises:
        UsageError: there is no such entry or revision, or cases fail as the policy is.
        PolicyError: the policy is wrong.
        SuiteError: a suite is.
        FileError: a file can't be read.
    """
    versions = Versions(place, settings)
    mutants = mutants_of({name: (each, versions.program(name, {})) for name, each in versions.written.items()})
    chosen = [each for each in mutants if _is_of(each.span, place)]
    if entry is not None:
        chosen = _of_entry(chosen, entry)
    if since is not None:
        lines = lines_since(place, since)
        chosen = [each for each in chosen if (str(Path(each.span.source.name).resolve()), each.span.line) in lines]
    cases = cases_of(place, versions)
    if cases.failing:
        message = phrase("cases_fail", count=len(cases.failing), names=in_a_list(cases.failing))
        raise UsageError("failing-cases", message, suggestion=phrase("mend_cases"))
    listed = excused(mutants, cases.equivalent)
    wrong = tuple(of_nothing(mutants, cases.equivalent, listed))
    keys = {each.key for each in chosen}
    numbers = [number for number, each in enumerate(mutants) if each.key in keys]
    name = next(iter(versions.written.values())).name
    return Mutation(name, Trial(place, versions, cases, mutants, frozenset(listed)), numbers, listed, wrong)


def _is_of(span: Span, place: Place) -> bool:
    """Whether it is written in what is to be changed: the policy, or the extensions."""
    added = any(span.source.place.startswith(f"{each.folder}/") for each in place.extensions)
    return added is bool(place.extensions)


def _of_entry(mutants: Sequence[Mutant], entry: str) -> list[Mutant]:
    names = {name for mutant in mutants for each in mutant.owners for name in _names(each.kind, each.name)}
    if entry not in names:
        known = sorted(each for each in names if "/" not in each)
        raise unknown("entry", entry, known, phrase("no_entry", name=echo(entry)))
    return [mutant for mutant in mutants if any(entry in _names(each.kind, each.name) for each in mutant.owners)]


def _names(kind: str, name: str) -> tuple[str, str]:
    return name, f"{kind}/{name}"
