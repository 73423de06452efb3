"""The cases of a policy, and which of them reach which of its parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ...engine import Engine
from ...policy.locate import Place, find
from ...suites import Case, Engines, Equivalent, find_suites, place_in_policy, read_suite, run_case
from ...suites.changes import Changes
from ..coverage.points import Point
from ..coverage.watched_parts import watch
from ..coverage.watching import Sights, watched_engine
from ..uses import NamedThing
from .mutant import Mutant
from .versions import ChangedVersions, Versions

Reached = tuple[NamedThing, Any]
"""An entry, and the place in it of a message or a cell; nothing in the place of that for any other part."""
_WHOLE_EVENTS = NamedThing("events", "")


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of a policy that are as they should be before anything is changed, and what their authors excuse.

    `failing` are the ids of the others.
    """

    every: list[Case]
    equivalent: list[Equivalent]
    failing: list[str]
    reached: list[frozenset[Reached]]
    """What each of them reaches."""

    def reaching(self, mutant: Mutant) -> list[int]:
        """The numbers of the cases that reach what is changed."""
        wanted: set[Reached] = set()
        for owner in mutant.owners:
            wanted.add((owner, None))
            if mutant.shown_by is not None:
                wanted = {(owner, mutant.shown_by.sort_key)}
            elif owner.kind == "events":
                wanted.add((_WHOLE_EVENTS, None))
        return [at for at, reached in enumerate(self.reached) if not wanted.isdisjoint(reached)]


def cases_of(place: Place, versions: Versions) -> Cases:
    """The cases of all suites of a policy and of its extensions, run once.

    Raises:
        SuiteError: a suite is not well formed, or a case does not fit.
        FileError: one can't be read.
    """
    cases = Cases([], [], [], [])
    engines, changes, ours = _Watching(versions), Changes(place), _Ours(place)
    for folder in (place.folder_of_suites(), *(each.path for each in place.extensions)):
        for path in find_suites(folder):
            suite = read_suite(path)
            cases.equivalent.extend(each for each in suite.equivalent if ours.is_of(each.policy))
            for case in suite.cases:
                if ours.is_of(case.policy) and (case.version is None or case.version in versions.written):
                    _run(case, engines, changes, place_in_policy(path), cases)
    return cases


def _run(case: Case, engines: _Watching, changes: Changes, suite: str | None, cases: Cases) -> None:
    engines.reached = set()
    result = run_case(case, engines)
    if not changes.judged(result, suite).passed:
        cases.failing.append(case.id)
    elif result.passed:
        if _lets_time_pass(case, engines.engine(case)):
            engines.reached.add((_WHOLE_EVENTS, None))
        cases.every.append(case)
        cases.reached.append(frozenset(engines.reached))


def _lets_time_pass(case: Case, engine: Engine) -> bool:
    """Whether events might happen in a case: one that moves may come to happen where it did not."""
    waiting = {name for program in engine.programs.values() for name, each in program.actions.items() if each.time_to}
    return bool(case.steps) or (isinstance(case.action, dict) and case.action.get("type") in waiting)


class _Ours:
    """Tells the cases of one policy from those of others."""

    def __init__(self, place: Place) -> None:
        self._folder, self._known = place.folder_of_suites().resolve(), dict[str | None, bool]()

    def is_of(self, policy: str | None) -> bool:
        if policy is None:
            return True
        if policy not in self._known:
            folder = find(policy).folder
            self._known[policy] = folder is not None and folder.resolve() == self._folder
        return self._known[policy]


class _Noted(Counter[str]):
    """Counts nothing, but notes that its parts were reached."""

    def __init__(self, parts: frozenset[Reached], engines: _Watching) -> None:
        super().__init__()
        self._parts, self._engines = parts, engines

    def __setitem__(self, key: str, value: int) -> None:
        self._engines.reached |= self._parts


class _Watching(Engines):
    """Engines of one policy that note what the cases reach that are run by them."""

    def __init__(self, versions: Versions) -> None:
        super().__init__()
        self._versions, self._made = versions, dict[str, Engine]()
        self.reached = set[Reached]()

    def engine(self, case: Case) -> Engine:
        settings = self._versions.chosen(case)
        key = repr(sorted(settings.items()))
        if key not in self._made:
            sights, programs = Sights(), self._versions.programs(settings)
            for version, program in programs.items():
                watch(program, self._versions.written[version], sights, self._noted)
            self._made[key] = watched_engine(programs, sights)
        return self._made[key]

    def _noted(self, point: Point) -> _Noted:
        within = point.span.sort_key if point.kind in ("cell", "message") else None
        parts = {(point.owner, within)} if point.kind == "message" else {(point.owner, within), (point.owner, None)}
        return _Noted(frozenset(parts), self)


class Trying(Engines):
    """Engines of one policy with a change in it."""

    def __init__(self, changed: ChangedVersions) -> None:
        super().__init__()
        self._changed, self._made = changed, dict[str, Engine]()

    def engine(self, case: Case) -> Engine:
        settings = self._changed.versions.chosen(case)
        key = repr(sorted(settings.items()))
        if key not in self._made:
            self._made[key] = self._changed.engine(settings)
        return self._made[key]
