"""Looks for requests that turn the conditions of rules: to which each applies, which meet what it requires, or do not.

Known requests come first: what suites ask, and what is worth asking on their states. For what none of them turns, a
request is made out of those that come nearest; then they are changed in one place after the other, to values at which
the rule turns. Where a setting has a part in a rule, it is looked for under each of its choices.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count, islice
from math import inf
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from ..errors import EndlessEventError, RequestError
from ..language import tree as t
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..language.types import Integer
from ..planning.deciding import Deciding
from ..policy.written import Written
from ..program import Clause, Program
from .diff.cell import Cell, with_value
from .diff.turning import OtherValues, watched
from .exploration import Exploration, Tried
from .nearness import Claim, Distance, Goals
from .proof.conditions import all_of, is_own
from .proof.prover import Prover, Wanted
from .solving import Solver

Counted: TypeAlias = Callable[[Iterable[Tried]], Iterable[Tried]]
MOST_KNOWN = 2_000
"""How many known requests are tried at most, until there is one for everything."""
MOST_CHANGED = 400
"""How many changed ones are tried for one thing that no known one shows."""
_MOST_CHANGES = 4
_GONE_ON_FROM = 20
_MOST_STARTS = 3
MOST_MEASURED = 2_000
"""How many are measured to make one that shows it."""
APPLIES, FAILS, HOLDS = "applies", "fails", "holds"
"""What is to be seen of a rule, or of a thing that it requires."""


class RuleSide(NamedTuple):
    """What a request is to show of a rule: that it applies, or that one of its requirements fails or holds then."""

    rule: str
    what: str
    number: int = 0


class Near(NamedTuple):
    """A request that came near to what was looked for, under these choices of settings."""

    distance: Distance
    cell: Cell
    choices: Mapping[str, Any]


class Looking:
    """What is looked for of one version, and what was found."""

    def __init__(
        self, engine: Deciding, written: Written, until: float | None, choices: Mapping[str, Any] | None = None
    ) -> None:
        self.engine, self.written, self.until, self.choices = engine, written, until, choices or {}
        self.program: Program = engine.programs[written.version]
        self.missing: dict[RuleSide, list[tuple[str, Clause]]] = {}
        self.applied: dict[str, int] = {}
        self.tried = 0
        self.cells: dict[str, list[Cell]] = {}
        self.sought: set[RuleSide] = set()
        self.near: dict[RuleSide, Near] = {}
        self._prover = Prover(self.program)
        own = {e.name for e in written.clauses["rules"] if is_own(e.span, written)}
        for name, action in self.program.actions.items():
            for rule in action.rules if action.each is None else ():
                for side, wanted in _sides(rule) if rule.id in own else ():
                    if not self._prover.excludes(*wanted):
                        self.missing.setdefault(side, []).append((name, rule))

    def look(
        self, states: Sequence[Mapping[str, Any]], asked: Sequence[tuple[int, Sequence[Any]]], counted: Counted
    ) -> None:
        """Look for what is missing."""
        exploration = Exploration(self.engine, states, self.written.version, asked=asked, budget=0, until=self.until)
        for tried in counted(islice(exploration, MOST_KNOWN)) if self.missing else ():
            self.note(Cell(tried.action, tried.spot.state))
            if not self.missing:
                return
        for side in list(self.missing):
            if side in self.missing:
                self.seek(side)

    def with_settings(self) -> Iterator[tuple[RuleSide, frozenset[str]]]:
        """What is missing of rules in which settings have a part, with these."""
        for side, of in self.missing.items():
            if names := self._prover.settings_of(of[0][1].asked):
                yield side, names

    def leave_out(self, sides: Iterable[RuleSide]) -> None:
        """Look for these no more."""
        for side in sides:
            del self.missing[side]

    def take(self, other: Looking, sides: Iterable[RuleSide]) -> None:
        """Take over what came of it where another one looked for some of it."""
        self.tried += other.tried
        for rule in dict.fromkeys(side.rule for side in sides):
            self.applied[rule] = self.applied.get(rule, 0) + other.applied.get(rule, 0)
        for side in sides:
            if side not in other.missing:
                del self.missing[side]
                continue
            if side not in other.sought:
                self.sought.discard(side)
            near = [looking.near[side] for looking in (self, other) if side in looking.near]
            if near:
                self.near[side] = min(near, key=lambda each: each.distance.far)

    def note(self, cell: Cell) -> None:
        """Note what a request shows."""
        assert cell.action is not None
        self.tried += 1
        of_action = self.cells.setdefault(str(cell.action["type"]), [])
        if len(of_action) < _GONE_ON_FROM:
            of_action.append(cell)
        for name, single in _singles(self.program, cell.action):
            reading = Interpreter(single, cell.state, self.program.facts, computed={})
            for rule in self.program.actions[name].rules:
                if rule.in_force(cell.state["as_of"]):
                    self._note_rule(rule, reading)

    def _note_rule(self, rule: Clause, reading: Interpreter) -> None:
        with suppress(OutOfRangeError, RequestError):
            if rule.when is not None and reading.value(rule.when, {}) is not True:
                return
            self.applied[rule.id] = self.applied.get(rule.id, 0) + 1
            self.missing.pop(RuleSide(rule.id, APPLIES), None)
            for number, required in enumerate(rule.require):
                holds = reading.value(required.expr, {}) is True
                self.missing.pop(RuleSide(rule.id, HOLDS if holds else FAILS, number), None)
                if not holds:
                    return  # what comes after it may not be there to be read

    def seek(self, side: RuleSide) -> None:
        """Make a request that shows what is missing; else change known ones until one does, or enough were tried."""
        for name, rule in self.missing[side]:
            wanted = next(each for of, each in _sides(rule) if of == side)
            self._make(side, name, rule, [Claim(0, each.expr, each.holds) for each in wanted])
            if side not in self.missing:
                return
            number, queue, seen = count(), list[tuple[tuple[int, int], int, int, Cell]](), set[str]()
            for cell in self._of(name):
                heappush(queue, (self._lacking(wanted, name, cell), 0, next(number), cell))
            end = self.tried + MOST_CHANGED
            while queue and side in self.missing and self.tried < end and not self._is_late:
                _, _, _, cell = heappop(queue)
                for changed in self._changed(rule, cell) if cell.changes < _MOST_CHANGES else ():
                    key = json.dumps([changed.action, changed.state], sort_keys=True)
                    if key not in seen and self._is_request(changed):
                        seen.add(key)
                        self.note(changed)
                        lacks = self._lacking(wanted, name, changed)
                        heappush(queue, (lacks, changed.changes, next(number), changed))
                    if side not in self.missing or self.tried >= end or self._is_late:
                        break
        if not self._is_late:
            self.sought.add(side)

    def _make(self, side: RuleSide, name: str, rule: Clause, goals: Goals) -> None:
        """Make a request out of those that come nearest; keep that which does."""
        solver = Solver([self.program], self._days(rule), inf if self.until is None else self.until, MOST_MEASURED)
        near = sorted(((solver.far(cell, goals), cell) for cell in self._of(name)), key=lambda each: each[0].far)
        for distance, cell in near[:_MOST_STARTS]:
            self.near.setdefault(side, Near(distance, cell, self.choices))
            made = solver.solved(cell, goals)
            if made is not None and side in self.missing and self._is_request(made):
                self.note(made)

    @property
    def _is_late(self) -> bool:
        return self.until is not None and monotonic() > self.until

    def _of(self, name: str) -> list[Cell]:
        """The known requests of an action; where there are none, of those on each of several."""
        several = [a.name for a in self.program.actions.values() if a.each is not None and a.each.of == name]
        return [cell for each in (name, *several) for cell in self.cells.get(each, ())]

    def _changed(self, rule: Clause, cell: Cell) -> Iterator[Cell]:
        watching = watched(self.program, (rule,), cell.action, cell.state)
        for place, value in OtherValues(self.program, cell.state, watching, self._days(rule)):
            yield with_value(cell, place, value, watching.created)

    def _days(self, rule: Clause) -> list[str]:
        return [*rule.days, self.program.effective_from]

    def _is_request(self, cell: Cell) -> bool:
        """Whether a request is well formed, and its state one that can be."""
        assert cell.action is not None
        try:
            self.engine.validate(cell.state, version=self.written.version)
            self.engine.decide(cell.action, cell.state, version=self.written.version)
        except (EndlessEventError, RequestError):
            return False
        return True

    def _lacking(self, wanted: Sequence[Wanted], name: str, cell: Cell) -> tuple[int, int]:
        """How much of what is wanted a request lacks, and how far the numbers are that it compares."""
        assert cell.action is not None
        lacking = [(len(wanted) + 1, 0)]
        for of, single in _singles(self.program, cell.action):
            reading = Interpreter(single, cell.state, self.program.facts, computed={})
            unmet = [each for each in wanted if not _is_so(each, reading)] if of == name else wanted
            lacking.append((len(unmet), sum(_distance(each.expr, reading) for each in unmet)))
        return min(lacking)


def _sides(rule: Clause) -> Iterator[tuple[RuleSide, list[Wanted]]]:
    """What is to be seen of a rule, with what has to be so for it."""
    applies = [] if rule.when is None else list(all_of(Wanted(rule.when)))
    yield RuleSide(rule.id, APPLIES), applies
    for number, required in enumerate(rule.require):
        before = [Wanted(each.expr) for each in rule.require[:number]]
        for what, holds in ((FAILS, False), (HOLDS, True)):
            yield RuleSide(rule.id, what, number), [*applies, *before, Wanted(required.expr, holds)]


def _is_so(wanted: Wanted, reading: Interpreter) -> bool:
    with suppress(OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
        return reading.value(wanted.expr, {}) is wanted.holds
    return False


def _distance(expr: t.Expr, reading: Interpreter) -> int:
    """How far the two numbers are that a condition compares."""
    with suppress(OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
        if isinstance(expr, t.Compare) and isinstance(expr.left.type, Integer):
            return abs(int(reading.value(expr.left, {})) - int(reading.value(expr.right, {})))
    return 0


def _singles(program: Program, action: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The actions by which rules are asked: of one on each of several, each of these."""
    each = program.actions[action["type"]].each
    if each is None:
        yield action["type"], action
    else:
        yield from ((each.of, each.single(action, item)) for item in action.get(each.over) or ())
