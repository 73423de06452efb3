"""Looks for requests that turn the conditions of rules: to which each applies, which meet what it requires, or do not.

Known requests come first: what suites ask, and what is worth asking on their states. For what none of them turns, they
are changed in one place after the other, to values at which the rule turns, from those on that come nearest. Rules in
which a setting has a part are left out, since another choice may turn them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count, islice
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from ..diagnostics import Diagnostic, Span
from ..errors import EndlessEventError, RequestError
from ..language import tree as t
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..language.types import Integer
from ..planning.deciding import Deciding
from ..policy.written import Written
from ..program import Clause, Program
from .diff.cell import Cell, with_value
from .diff.turning import Turns, watched
from .exploration import Exploration, Tried
from .proof.conditions import all_of, is_own
from .proof.prover import Prover, Wanted

Counted: TypeAlias = Callable[[Iterable[Tried]], Iterable[Tried]]
MOST_KNOWN = 2_000
"""How many known requests are tried at most, until there is one for everything."""
MOST_CHANGED = 400
"""How many changed ones are tried for one thing that no known one shows."""
_MOST_CHANGES = 4
_GONE_ON_FROM = 20
_APPLIES, _FAILS, _HOLDS = "applies", "fails", "holds"


class Side(NamedTuple):
    """What a request is to show of a rule: that it applies, or that one of its requirements fails or holds then."""

    rule: str
    what: str
    number: int = 0


def unturned(
    engine: Deciding,
    written: Written,
    states: Sequence[Mapping[str, Any]],
    asked: Sequence[tuple[int, Sequence[Any]]],
    *,
    seconds: float | None = None,
    counted: Counted = iter,
) -> Iterator[Diagnostic]:
    """The conditions of a version's own rules that no request turned which was tried, but for what is proved."""
    until = None if seconds is None else monotonic() + seconds
    looking = _Looking(engine, written, until)
    exploration = Exploration(engine, states, written.version, asked=asked, budget=0, until=until)
    try:
        for tried in counted(islice(exploration, MOST_KNOWN)) if looking.missing else ():
            looking.note(Cell(tried.action, tried.spot.state))
            if not looking.missing:
                return
    except EndlessEventError:
        return  # what waits from these states next tells it
    for side in list(looking.missing):
        if side in looking.missing:
            looking.seek(side)
    yield from looking.findings()


class _Looking:
    def __init__(self, engine: Deciding, written: Written, until: float | None) -> None:
        self.engine, self.written, self.until = engine, written, until
        self.program: Program = engine.programs[written.version]
        self.missing: dict[Side, list[tuple[str, Clause]]] = {}
        self.applied: dict[str, int] = {}
        self.tried = 0
        self.cells: dict[str, list[Cell]] = {}
        self.sought: set[Side] = set()
        prover, own = Prover(self.program), {e.name for e in written.clauses["rules"] if is_own(e.span, written)}
        for name, action in self.program.actions.items():
            rules = [rule for rule in action.rules if rule.id in own and not prover.has_settings(rule.asked)]
            for rule in rules if action.each is None else ():
                for side, wanted in _sides(rule):
                    if not prover.excludes(*wanted):
                        self.missing.setdefault(side, []).append((name, rule))

    def note(self, cell: Cell) -> None:
        """Note what a request shows."""
        assert cell.action is not None
        self.tried += 1
        of_action = self.cells.setdefault(str(cell.action["type"]), [])
        if len(of_action) < _GONE_ON_FROM:
            of_action.append(cell)
        for name, single in _singles(self.program, cell.action):
            reading = Interpreter(cell.state, single, self.program.facts, computed={})
            for rule in self.program.actions[name].rules:
                if rule.in_force(cell.state["as_of"]):
                    self._note_rule(rule, reading)

    def _note_rule(self, rule: Clause, reading: Interpreter) -> None:
        with suppress(OutOfRangeError, RequestError):
            if rule.when is not None and reading.value(rule.when, {}) is not True:
                return
            self.applied[rule.id] = self.applied.get(rule.id, 0) + 1
            self.missing.pop(Side(rule.id, _APPLIES), None)
            for number, required in enumerate(rule.require):
                holds = reading.value(required.expr, {}) is True
                self.missing.pop(Side(rule.id, _HOLDS if holds else _FAILS, number), None)
                if not holds:
                    return  # what comes after it may not be there to be read

    def seek(self, side: Side) -> None:
        """Change known requests until one shows what is missing, or enough were tried."""
        for name, rule in self.missing[side]:
            wanted = next(each for of, each in _sides(rule) if of == side)
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

    @property
    def _is_late(self) -> bool:
        return self.until is not None and monotonic() > self.until

    def _of(self, name: str) -> list[Cell]:
        """The known requests of an action; where there are none, of those on each of several."""
        several = [a.name for a in self.program.actions.values() if a.each is not None and a.each.of == name]
        return [cell for each in (name, *several) for cell in self.cells.get(each, ())]

    def _changed(self, rule: Clause, cell: Cell) -> Iterator[Cell]:
        days = [day for day in (rule.effective_from, rule.effective_until, self.program.effective_from) if day]
        watching = watched(self.program, (rule,), cell.action, cell.state)
        for place, value in Turns(self.program, cell.state, watching, days):
            yield with_value(cell, place, value, watching.created)

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
            reading = Interpreter(cell.state, single, self.program.facts, computed={})
            unmet = [each for each in wanted if not _is_so(each, reading)] if of == name else wanted
            lacking.append((len(unmet), sum(_distance(each.expr, reading) for each in unmet)))
        return min(lacking)

    def findings(self) -> Iterator[Diagnostic]:
        """What no request turned: of a rule that never applied, no more than that."""
        entries = {entry.name: entry for entry in self.written.clauses["rules"]}
        for side in [each for each in self.missing if each in self.sought]:
            rule, applied = self.missing[side][0][1], self.applied.get(side.rule, 0)
            if side.what == _APPLIES:
                when = entries[side.rule].scalar("when")
                span = entries[side.rule].span if when is None else when.span
                yield _finding(f"rule `{side.rule}` applied to none of {self.tried:,} requests", span)
            elif applied:
                always = "met this on" if side.what == _FAILS else "failed this on"
                message = f"rule `{side.rule}` {always} each of the {applied:,} requests to which it applied"
                yield _finding(f"{message}, of {self.tried:,}", rule.require[side.number].span)
        if late := {side.rule for side in self.missing} - {side.rule for side in self.sought}:
            message = f"there was no time to look for requests that turn {len(late)} of the rules"
            span, help_text = self.written.header.span, f"give more `--seconds`; {self.tried:,} requests were tried"
            yield Diagnostic("out-of-time", message, span, help_text, severity="warning")


def _finding(message: str, span: Span) -> Diagnostic:
    help_text = "write a case that shows it, or see whether there can be one"
    return Diagnostic("unturned", message, span, help_text, severity="warning")


def _sides(rule: Clause) -> Iterator[tuple[Side, list[Wanted]]]:
    """What is to be seen of a rule, with what has to be so for it."""
    applies = [] if rule.when is None else list(all_of(Wanted(rule.when)))
    yield Side(rule.id, _APPLIES), applies
    for number, required in enumerate(rule.require):
        before = [Wanted(each.expr) for each in rule.require[:number]]
        for what, holds in ((_FAILS, False), (_HOLDS, True)):
            yield Side(rule.id, what, number), [*applies, *before, Wanted(required.expr, holds)]


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
