"""Looks for requests that two versions answer differently, from known ones on, nearest to where the clauses differ.

A request is changed in one place after the other, each time to a value at which a clause turns that differs between
the versions, or one that hides the difference: a rule that denies under both, an invariant that the state breaks. What
comes nearer is gone on from first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count, islice
from time import monotonic
from typing import NamedTuple

from ...errors import RequestError
from ...language.days import is_date
from ...program import Clause, Program
from ..solving import Solver
from .answers import Action, AnswerDifference, Asker, State, VersionAnswer, difference, is_no_request
from .cell import Cell, with_value
from .differing import Differing
from .making import MOST_STARTS, Making, clauses_of
from .parts import DifferingParts
from .shrinking import MOST_TRIES, shrunk
from .targets import Aim
from .turning import OtherValues, watched

_IN_TURN = 50
"""How many requests that are proposed, and how many changed ones, are tried before the other kind has its turn."""
_BEFORE_MAKING = 200
"""How many are tried beyond the known ones before some are made for what they have not shown."""
MOST_CHANGES = 4
"""In how many places a known request is changed at once."""
MOST_WITNESSES = 6
"""How many are shown of one action."""


class Patience(NamedTuple):
    """How long is looked for what differs of one action, in numbers of requests.

    So many are `tried` where none is found that shows a difference. Once one is found, so many `more` are, for what
    else differs; not where it is in reasons alone, for a verdict may be behind that. So many are `measured`, to make
    some for which what differs comes out differently, and so many `smaller` ones are tried for each that is found.
    """

    tried: int
    more: int
    measured: int
    smaller: int


THOROUGH = Patience(tried=2_000, more=1_000, measured=10_000, smaller=MOST_TRIES)


class SmallestWitness(NamedTuple):
    """A request that shows a difference, made as small as it could be."""

    difference: AnswerDifference
    action: Action | None
    state: State


class _Score(NamedTuple):
    """How far a request is from showing a difference: less is nearer.

    `same` is 0 where what differs comes out differently, 1 where a part of it does, and else 2.
    """

    same: int
    hiding: int
    changes: int


@dataclass
class DifferenceSearch:
    """One action of two versions, or their states where no action is asked for."""

    askers: tuple[Asker, Asker]
    differing: Differing
    keys: frozenset[str]
    days: tuple[str | None, str | None]
    until: float
    most: int = MOST_WITNESSES
    patience: Patience = THOROUGH
    tried: int = 0
    left_out: int = 0
    late: bool = False
    found: dict[AnswerDifference, SmallestWitness] = field(default_factory=dict)
    _queue: list[tuple[_Score, int, Cell, tuple[Clause, ...]]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _number: Iterator[int] = field(default_factory=count)
    _began: int = 0
    _last_find: int = 0

    def __post_init__(self) -> None:
        old, new = (asker.program for asker in self.askers)
        self._parts = DifferingParts((old, new), self.differing)

    def run(self, known: Iterable[Cell], more: Callable[[], Iterable[Cell]]) -> None:
        """Try the known requests; then in turn `more` of them, and what comes nearest with one change more.

        What these do not show by then is made, after some turns.
        """
        starts, further, changes = list(self._asked(known)), iter(more()), self._changes()
        starts = starts or list(self._asked(islice(further, MOST_STARTS)))
        self._began, is_made = self.tried, False
        while not self._is_done:
            proposed, changed = self._take(further), self._take(changes)
            if not changed:
                changes = self._changes()
            is_over = not (proposed or changed)
            if not is_made and (is_over or self.tried >= self._began + _BEFORE_MAKING):
                is_made, is_over = True, False
                self._make(starts)
            if is_over:
                break
        self.left_out += sum(next(each, None) is not None for each in (further, changes)) + len(self._queue)

    @property
    def _is_late(self) -> bool:
        self.late = self.late or monotonic() > self.until
        return self.late

    @property
    def _is_done(self) -> bool:
        """Whether it is late, all was found that is looked for, or nothing was for too long."""
        is_found = any(each.meaning != "other reasons" for each in self.found)
        within = self.patience
        most = max(self._began, self._last_find) + within.more if is_found else self._began + within.tried
        return self._is_late or self.tried >= most or len(self.found) >= self.most

    def _take(self, cells: Iterator[Cell]) -> bool:
        """Try the next of them, as many as have their turn; whether there were any."""
        most, any_taken = self.tried + _IN_TURN, False
        while self.tried < most and not self._is_done and (cell := next(cells, None)) is not None:
            self._try(cell)
            any_taken = True
        return any_taken

    def _changes(self) -> Iterator[Cell]:
        """What comes nearest with one change more, until nothing is left to go on from."""
        while self._queue:
            _, _, cell, hiding = heappop(self._queue)
            if cell.changes < MOST_CHANGES:
                yield from self._changed(cell, hiding)
            else:
                self.left_out += 1

    def _asked(self, cells: Iterable[Cell]) -> Iterator[Cell]:
        """Those that are requests to both, after each was tried."""
        for cell in cells:
            if self._is_late or len(self.found) >= self.most:
                return
            before = self.tried
            self._try(cell)
            if self.tried > before:
                yield cell

    def _make(self, starts: Sequence[Cell]) -> None:
        """Make requests for which what differs comes out differently, out of those that come nearest to that."""
        old, new = (asker.program for asker in self.askers)
        days = [
            day for each in (old, new) for day in self._named_days(each, (*self.differing.old, *self.differing.new))
        ]
        now = monotonic()
        solver = Solver((old, new), days, now + (self.until - now) / 3, self.patience.measured)
        making = Making((old, new), solver, self._try, self._is_shown)
        making.run(self.differing, starts, lambda: len(self.found) >= self.most)

    def _is_shown(self, target: Aim) -> bool:
        names = {name for clause in target.clauses for name in (clause.id, clause.code)}
        return any(names & each.names and target.meaning in (None, each.meaning) for each in self.found)

    def _changed(self, cell: Cell, hiding: tuple[Clause, ...]) -> Iterator[Cell]:
        """The same request with another value in one place that a clause reads which differs, or hides that."""
        sides = zip(self.askers, (self.differing.old, self.differing.new), strict=True)
        for asker, clauses in sides:
            program = asker.program
            own = [each for each in hiding if each in clauses_of(program, cell.action)]
            watching = watched(program, (*clauses, *own), cell.action, cell.state)
            for place, value in OtherValues(program, cell.state, watching, self._named_days(program, clauses)):
                aimed = isinstance(value, str) and value in self.keys
                yield with_value(cell, place, value, watching.created)._replace(aimed=cell.aimed + aimed)

    def _named_days(self, program: Program, clauses: Iterable[Clause]) -> Iterator[str]:
        """The days of the clauses that differ, of the cells that do, and of the version."""
        for clause in clauses:
            yield from clause.days
        yield from sorted(filter(is_date, self.keys))
        yield program.effective_from

    def _try(self, cell: Cell) -> tuple[Clause, ...]:
        """Ask both; what hides a difference, or may hide one, is handed back."""
        cell = cell._replace(state=_within(cell.state, self.days))
        key = json.dumps([cell.action, cell.state], sort_keys=True)
        if key in self._seen:
            return ()
        self._seen.add(key)
        old, new = (asker.answer(cell.action, cell.state) for asker in self.askers)
        if is_no_request(old) and is_no_request(new):
            return ()
        self.tried += 1
        differs = difference(old, new, self.differing)
        hiding = self._failing(old, new, cell)
        if differs is not None:
            known = differs in self.found or self._is_explained(differs)
            broken = () if known else self._broken(cell)
            if broken == ():
                if not known:
                    self._note(differs, cell)
                if old.allows or new.allows or not hiding:
                    return ()  # what denies under both may hide that the verdict is another one
            elif broken is None:
                return ()
            else:
                hiding = broken
        score = _Score(0 if differs is not None else self._parts.come_out(cell), len(hiding), cell.changes - cell.aimed)
        heappush(self._queue, (score, next(self._number), cell, hiding))
        return hiding

    def _note(self, differs: AnswerDifference, cell: Cell) -> None:
        """Keep what shows a difference, made small; what it explains needs no witness of its own."""
        most, shows = self.patience.smaller, partial(self._shows, differs)
        action, state = shrunk(cell.action, cell.state, shows, self.until, most)
        self.found[differs] = SmallestWitness(differs, action, state)
        self._last_find = self.tried
        for each in [each for each in self.found if each.meaning == "other reasons" and self._is_explained(each)]:
            del self.found[each]

    def _is_explained(self, differs: AnswerDifference) -> bool:
        """Whether codes that come or go beside others are those for which a verdict is another one elsewhere."""
        if differs.meaning != "other reasons":
            return any(differs.meaning == each.meaning and differs.names <= each.names for each in self.found)
        turned = [each.names for each in self.found if each.meaning in ("stricter", "milder")]
        return differs.names <= frozenset[str]().union(*turned)

    def _shows(self, differs: AnswerDifference, action: Action | None, state: State) -> bool:
        """Whether a request shows the same, and can be: the state is well formed and keeps the invariants of both."""
        state_in = _within(state, self.days)
        if state_in != state:
            return False
        old, new = (asker.answer(action, state) for asker in self.askers)
        if difference(old, new, self.differing) != differs or is_no_request(old) or is_no_request(new):
            return False
        return self._broken(Cell(action, state)) == ()

    def _broken(self, cell: Cell) -> tuple[Clause, ...] | None:
        """The invariants that keep a state from being taken; nothing where it is not well formed."""
        if cell.action is None:
            return ()
        broken: list[Clause] = []
        for asker in self.askers:
            program = asker.program
            try:
                asker.engine.validate(cell.state, version=asker.version)
            except RequestError as error:
                rules = {each.invariant.rule for each in error.problems if each.invariant}
                if not rules:
                    return None
                broken += [each for each in program.state_invariants if each.id in rules]
        return tuple(broken)

    def _failing(self, old: VersionAnswer, new: VersionAnswer, cell: Cell) -> tuple[Clause, ...]:
        """The clauses that deny under one of the versions, and are no difference: they may hide one."""
        failing = []
        for asker, answered, own in zip(self.askers, (old, new), (self.differing.old, self.differing.new), strict=True):
            clauses = clauses_of(asker.program, cell.action)
            failing += [each for each in clauses if each.code in answered.codes and each not in own]
        return tuple(failing)


def _within(state: State, days: tuple[str | None, str | None]) -> State:
    """The state on a day on which both versions decide."""
    first, last = days
    today = state["as_of"]
    day = first if first is not None and today < first else last if last is not None and today > last else today
    return state if day == today else {**state, "as_of": day}
