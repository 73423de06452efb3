"""Measures what cases show of policies: counts while they run, then says what none shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...diagnostics import Diagnostic
from ...engine import Engine, Loader
from ...policy.locate import find
from ...policy.written import Entry, Written
from ...suites import Case, Uncovered
from ..uses import NamedThing, cited
from .excuses import is_excused
from .points import ONCE, Point, ShownPoint
from .watched_parts import watch
from .watching import Sights, Tally, watched_engine


@dataclass(frozen=True, slots=True)
class PolicyCoverage:
    """What cases show of one policy, in all of its versions; `shown` is in the order of the files."""

    name: str
    shown: tuple[ShownPoint, ...]

    @property
    def sides(self) -> int:
        """How many sides cases have to show."""
        return sum(each.sides for each in self.shown)

    @property
    def covered(self) -> int:
        """How many of them they do."""
        return self.sides - sum(len(each.lacking) for each in self.shown)

    @property
    def lacking(self) -> list[ShownPoint]:
        """What no case shows, the worst first: what was never reached, then what came out one way only."""
        return sorted((each for each in self.shown if each.lacking), key=lambda each: each.tally.total() > 0)


@dataclass(frozen=True, slots=True)
class Report:
    """What cases show of every policy that they are for; `stale` are excuses that excuse nothing."""

    policies: tuple[PolicyCoverage, ...]
    stale: tuple[Diagnostic, ...] = ()

    @property
    def sides(self) -> int:
        return sum(each.sides for each in self.policies)

    @property
    def covered(self) -> int:
        return sum(each.covered for each in self.policies)

    def is_under(self, percent: float) -> bool:
        """Whether less is covered than so many of a hundred."""
        return self.covered * 100 < percent * self.sides


class _Policy:
    """One policy while its cases run: its versions as written, its points, and the statements that its cases name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.written: list[Written] = []
        self.counted: dict[tuple[Any, ...], tuple[Point, Tally]] = {}
        self.statements: set[str] = set()

    def tally(self, point: Point) -> Tally:
        """What is counted of a point, which has the sides that it has wherever it is bound."""
        known, tally = self.counted.get(point.key, (point, Counter()))
        self.counted[point.key] = known.with_sides_of(point), tally
        return tally

    def shown(self, uncovered: Sequence[Uncovered]) -> Iterator[ShownPoint]:
        """Every point with what was counted of it."""
        for point, tally in (*self.counted.values(), *self._of_statements()):
            whole = ShownPoint(point, tally)
            why = next((each.why for each in uncovered if whole.lacking and is_excused(point, each)), None)
            yield whole._replace(excused=why)

    def _of_statements(self) -> Iterator[tuple[Point, Tally]]:
        """Each statement: a case names it, or shows something that cites it."""
        came_out = {point.owner for point, tally in self.counted.values() if _came_out(point, tally)}
        of_places: dict[tuple[Any, ...], tuple[Point, Tally]] = {}
        for written in self.written:
            citing = _citing(written)
            for name, entry in written.named["statements"].items():
                if "no_rule" not in entry.value:
                    point = Point("statement", "", entry.span, ONCE, NamedThing("statements", name))
                    tally = of_places.setdefault(point.key, (point, Counter()))[1]
                    tally["value"] += (name in self.statements) + len(came_out & citing.get(name, set()))
        yield from of_places.values()

    def ran(self, named: Iterable[Any]) -> None:
        """Note the statements that a case names: by their ids, or by the numbers in them."""
        texts = {str(each) for each in named}
        for written in self.written:
            self.statements |= {name for name in written.named["statements"] if {name, name.lstrip("Ss")} & texts}


def _came_out(point: Point, tally: Tally) -> bool:
    """Whether a case shows what an entry is for: a rule fails, anything else is done or asked."""
    if point.kind == "rule":
        return tally["false"] > 0
    return point.kind not in ("condition", "day", "message") and point.owner.kind != "rules" and tally.total() > 0


def _citing(written: Written) -> dict[str, set[NamedThing]]:
    """By statements, what cites them."""
    groups: Iterable[tuple[str, Iterable[Entry]]] = (
        *((kind, entries.values()) for kind, entries in written.named.items()),
        *written.clauses.items(),
        ("tables", written.tables.values()),
    )
    citing: dict[str, set[NamedThing]] = {}
    for kind, entries in groups:
        for entry in entries:
            for name in cited(entry.node):
                citing.setdefault(name, set()).add(NamedThing(kind, entry.name))
    return citing


class Coverage:
    """Counts what cases show, of every policy that is loaded for them."""

    def __init__(self, loader: Loader | None = None) -> None:
        self._sights, self._loader = Sights(), loader or Loader()
        self._policies: dict[str, _Policy] = {}
        self._versions: dict[tuple[str | None, ...], Mapping[str, Written]] = {}
        self._named: dict[str | None, str] = {}

    def load(
        self,
        path: str | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        extensions: Sequence[str | Path] = (),
    ) -> Engine:
        """A policy, as `seatrules.load` gives it, that counts what it is asked."""
        engine = self._loader.load(path, settings=settings, extensions=extensions)
        policy, versions = self._read(path, extensions)
        for version, program in engine.programs.items():
            watch(program, versions[version], self._sights, policy.tally)
        return watched_engine(engine.programs, self._sights)

    def _read(self, path: str | None, extensions: Sequence[str | Path]) -> tuple[_Policy, Mapping[str, Written]]:
        """What is counted of a policy, and its versions as written, which are read once for all settings."""
        place = find(path, extensions)
        policy = self._policies.setdefault(place.name, _Policy(place.name))
        self._named[path] = place.name
        key = (place.name, place.version, *(str(each.path) for each in place.extensions))
        if key not in self._versions:
            versions, _ = self._loader.read(place)
            policy.written += versions
            self._versions[key] = {each.version: each for each in versions}
        return policy, self._versions[key]

    def ran(self, case: Case, policy: str | None) -> None:
        """Note that a case was run, on a policy that was loaded for it."""
        if (name := self._named.get(policy)) is not None:
            self._policies[name].ran(case.statements)

    def report(self, uncovered: Iterable[tuple[Uncovered, str | None]]) -> Report:
        """What the cases show that were run; `uncovered` is what authors excuse, each with its suite's policy."""
        excuses: dict[str, list[Uncovered]] = {}
        for each, policy in uncovered:
            if (name := self._named.get(policy)) is not None:
                excuses.setdefault(name, []).append(each)
        policies = [
            PolicyCoverage(name, tuple(sorted(policy.shown(excuses.get(name, ())), key=lambda each: each.point.order)))
            for name, policy in sorted(self._policies.items())
        ]
        stale = (
            each.stale
            for one in policies
            for each in excuses.get(one.name, ())
            if not any(shown.excused and is_excused(shown.point, each) for shown in one.shown)
        )
        return Report(tuple(policies), tuple(stale))
