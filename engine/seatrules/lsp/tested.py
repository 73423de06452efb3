"""How the rules of a policy are tested, as it is saved: which cases show each, and which of these fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types

from ..analysis.coverage import Coverage
from ..engine import Engine
from ..errors import SeatrulesError
from ..language.plurals import plural_rule
from ..policy.folders import SUITES, KeptFiles
from ..policy.locate import Place
from ..suites import Case, Engines, find_suites, read_suite, run_case
from ..words import words
from .homes import Home, place_of
from .reading import ReadPolicy
from .texts import EditorPlaces


class RuleTests(NamedTuple):
    """How many cases show that a rule fails, or expect it to, and how many of these are red."""

    cases: int = 0
    red: int = 0

    def told(self, language: str) -> str:
        """The numbers in words."""
        say, rule = words("editor", language), plural_rule(language)
        if not self.cases:
            return say["never_failed"]
        cases = say[f"cases_{rule.form(self.cases) if rule else 'other'}"].format(count=self.cases)
        return say["with_red"].format(cases=cases, red=self.red) if self.red else cases


def tested(home: Home) -> dict[str, RuleTests] | None:
    """How each rule is tested, by its id; nothing where that can't be told, since the policy does not load."""
    try:
        return _Counting(place_of(home, {}, KeptFiles())).result()
    except SeatrulesError:
        return None


def lenses(
    reading: ReadPolicy, path: Path, by_rule: Mapping[str, RuleTests], places: EditorPlaces, language: str
) -> Iterator[Any]:
    """What stands over each rule of a file."""
    for named in reading.index.of_file(path):
        if named.thing.kind == "rules" and named.entry is not None and (of := by_rule.get(named.thing.name)):
            yield types.CodeLens(places.range_of(named.span), types.Command(of.told(language), ""))


class _Counting:
    """Runs the cases of a policy one by one, and sees which rules fail in each."""

    def __init__(self, place: Place) -> None:
        self.place, self.coverage, self.is_fresh = place, Coverage(), False
        extensions = [each.path for each in place.extensions]
        self.engines = Engines(str(place.folder or place.name), extensions=extensions, load=self._load)
        self.tallies: dict[str, list[Counter[str]]] = {}
        self.rules_by_code: dict[str, set[str]] = {}

    def _load(self, *arguments: Any, **named: Any) -> Engine:
        engine = self.coverage.load(*arguments, **named)
        for program in engine.programs.values():
            for rule in (rule for action in program.actions.values() for rule in action.rules):
                self.rules_by_code.setdefault(str(rule.code), set()).add(rule.id)
        self.is_fresh = True
        return engine

    def result(self) -> dict[str, RuleTests]:
        """How each rule is tested."""
        shown, red = Counter[str](), Counter[str]()
        for case in self._cases():
            before = self._failed()
            is_green = run_case(case, self.engines).passed
            self._see()
            after = self._failed()
            failed = {rule for rule, count in after.items() if count > before.get(rule, 0)}
            rules = failed if is_green else failed | self._expected(case)
            shown.update(rules)
            red.update(() if is_green else rules)
        return {rule: RuleTests(shown[rule], red[rule]) for rule in self.tallies}

    def _cases(self) -> Iterator[Case]:
        folders = [each.path / SUITES for each in self.place.extensions]
        if self.place.folder is not None:
            versions = [self.place.version] if self.place.version else self.place.versions
            folders += [self.place.folder / version / SUITES for version in versions]
        for folder in folders:
            for path in find_suites(folder) if folder.is_dir() else ():
                yield from read_suite(path).cases

    def _see(self) -> None:
        """Find what is counted of each rule, after a policy was loaded."""
        if not self.is_fresh:
            return
        self.is_fresh = False
        self.tallies = {}
        for each in self.coverage.report(()).policies:
            for point, tally, _ in each.shown:
                if point.kind == "rule":
                    self.tallies.setdefault(point.owner.name, []).append(tally)

    def _failed(self) -> dict[str, int]:
        return {rule: sum(tally["false"] for tally in tallies) for rule, tallies in self.tallies.items()}

    def _expected(self, case: Case) -> set[str]:
        """The rules whose codes a case expects."""
        expected = [case.expect, *(step["expect"] for step in case.steps)]
        codes = {code for each in expected for code in (*each.get("reasons", ()), *each.get("warnings", ()))}
        codes |= {each["reason_key"] for each in expected if "reason_key" in each}
        return {rule for code in codes for rule in self.rules_by_code.get(code, ())}
