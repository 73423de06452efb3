"""When the events of a policy are due; after one has happened, only what it may have touched is computed again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.interpret import UNKNOWN, FactBody, Interpreter, Item
from ..language.partial import NotGiven
from ..language.types import MapOf, Word, of_records
from ..program import Clause, Program
from .effects import NOTHING, Effect


class Due(NamedTuple):
    """A day on which an event is due, and for what: an entry's rank among its like, and its key (or the entry)."""

    day: str
    rank: Any
    key: Any


class EventSchedule:
    """When one event of the policy is `due` by `until`, and for which entries of its loop, by day and rank.

    Where the loop is over a map or a list of the state, and nothing has changed that the event reads otherwise than
    from its entry, only the entry that has changed is computed again.

    INVARIANT: `due` is the same as if it were computed anew for every entry.
    """

    def __init__(self, clause: Clause, program: Program, until: str) -> None:
        self.clause, self._facts = clause, program.facts
        self.until = until
        self.over = _looped_property(clause)
        self.due: list[Due] = []
        self._by_key: dict[Any, Due] = {}
        # A list's entries get numbers that stay theirs: their places change when one before them is removed.
        self._numbers: list[int] = []

    @cached_property
    def _read_elsewhere(self) -> set[str]:
        """The properties of the state that it reads by name to be due, and not from its entry."""
        exprs, loop = [self.clause.on], self.clause.loop
        if loop is not None:
            exprs += [loop.condition, loop.over if self.over is None else None]
        # `when` is evaluated as of the event's own day, and the others do not read `as_of`: the day does not matter.
        return properties(exprs, self._facts) | (properties([self.clause.when], self._facts) - {"as_of"})

    @cached_property
    def told_of(self) -> set[str]:
        """The properties of the state that its billing and its message read by name."""
        return properties((*self.clause.billed, *self.clause.messages), self._facts)

    def names(self, interpreter: Interpreter) -> dict[str, Any]:
        """The entry for which it is due first, by the loop's name; empty without a loop."""
        key = self.due[0].key
        return self._names(key if self.over is None else self._entry(key, interpreter))

    def compute(self, interpreter: Interpreter) -> None:
        """Compute for every entry when it is due."""
        loop = self.clause.loop
        interpreter = remembering(interpreter)
        on_days: dict[Any, Interpreter] = {}
        looped = None if self.over is None else interpreter.state.get(self.over)
        self._numbers = list(range(len(looped))) if isinstance(looped, list) else []
        entries = [(None, True)] if loop is None else interpreter.entries(loop, {})
        due_days = [self._due(entry, interpreter, on_days) for entry, kept in entries if kept is True]
        self.due = sorted(filter(None, due_days), key=lambda due: due[:2])
        if self.over is not None:
            self._by_key = {due.key: due for due in self.due}

    def update(self, effects: Iterable[Effect], changed: set[str | int], interpreter: Interpreter) -> None:
        """Compute again what the effects may have touched; `changed` are the properties of the state they are in."""
        if not changed.isdisjoint(self._read_elsewhere):
            self.compute(interpreter)
        elif self.over in changed:
            below = [effect for effect in effects if effect.parts[0] == self.over]
            keys = {effect.parts[1:2] for effect in below}
            if len(keys) == 1 and () not in keys:
                self._update_entry(below[0], interpreter)
            else:
                self.compute(interpreter)

    def _update_entry(self, effect: Effect, interpreter: Interpreter) -> None:
        """Compute again when the entry is due that the effect changes, adds or takes away."""
        at = effect.parts[1]
        if at == len(self._numbers):
            self._numbers.append(self._numbers[-1] + 1 if self._numbers else 0)
        key = self._numbers[at] if isinstance(at, int) else at
        if before := self._by_key.pop(key, None):
            del self.due[bisect_left(self.due, before)]
        if effect.after is not NOTHING or len(effect.parts) > 2:
            entry = self._entry(key, interpreter)
            assert self.clause.loop is not None
            if interpreter.kept(self.clause.loop, entry, {}) is True and (due := self._due(entry, interpreter, {})):
                self._by_key[key] = due
                insort(self.due, due)
        elif isinstance(at, int):
            del self._numbers[at]

    def _due(self, entry: Any, interpreter: Interpreter, on_days: dict[Any, Interpreter]) -> Due | None:
        """When it is due for an entry, if it is; `on_days` are interpreters on the state as of a day, once needed."""
        names = self._names(entry)
        assert self.clause.on is not None
        noted = len(interpreter.missing)
        day = interpreter.asked(self.clause.on, names)
        if day is None or (day is not UNKNOWN and day > self.until):
            return None
        if self.clause.when is not None:
            if (on_the_day := on_days.get(day)) is None:
                as_of = NotGiven(next(reversed(interpreter.missing))) if day is UNKNOWN else day
                on_the_day = remembering(interpreter.on({**interpreter.state, "as_of": as_of}))
                if day is not UNKNOWN:
                    on_days[day] = on_the_day
            on_the_day.steps = 0
            holds = on_the_day.asked(self.clause.when, names)
            if holds is False:
                interpreter.forget_since(noted)  # the day does not matter
            if holds is not True:
                return None
        if day is UNKNOWN:
            return None
        rank = _rank(self.clause, entry)
        if self.over is None:
            return Due(day, rank, entry)
        if entry.id is not None:
            return Due(day, rank, entry.id)
        number = self._numbers[rank]
        return Due(day, number, number)

    def _names(self, entry: Any) -> dict[str, Any]:
        return {} if self.clause.loop is None else {self.clause.loop.variable: entry}

    def _entry(self, key: Any, interpreter: Interpreter) -> Item:
        assert self.over is not None
        entries = interpreter.state[self.over]
        if isinstance(entries, dict):
            return Item(key, entries[key], (self.over, key))
        at = bisect_left(self._numbers, key)
        return Item(None, entries[at], (self.over, at))


def remembering(interpreter: Interpreter) -> Interpreter:
    """An interpreter on the same state that computes the facts of a call once."""
    knowing = interpreter.on(interpreter.state)
    knowing.computed = None if interpreter.partial else {}
    return knowing


def properties(exprs: Iterable[t.Expr | None], facts: Mapping[str, FactBody]) -> set[str]:
    """The properties of the state that the expressions may read by name, not through a loop's entry."""
    names: set[str] = set()
    visited_facts: set[str] = set()
    unvisited = [expr for expr in exprs if expr is not None]
    while unvisited:
        expr = unvisited.pop()
        unvisited += t.children(expr)
        if isinstance(expr, t.Property):
            names.add(expr.name)
        elif isinstance(expr, t.Call) and expr.fact not in visited_facts:
            visited_facts.add(expr.fact)
            unvisited.append(facts[expr.fact].value)
    return names


def _looped_property(clause: Clause) -> str | None:
    """The property of the state whose entries the event is for, if it is for such."""
    over = None if clause.loop is None else clause.loop.over
    return over.name if isinstance(over, t.Property) and of_records(over.type) else None


def _rank(clause: Clause, entry: Any) -> Any:
    """The order of entries due on one day: by the order of words, by place in a list, and other keys as texts."""
    if not isinstance(entry, Item):
        return str(entry)
    assert clause.loop is not None
    kind = clause.loop.over.type
    if isinstance(kind, MapOf) and isinstance(kind.key, Word):
        return kind.key.words.index(entry.id)
    return entry.path[-1] if entry.id is None else entry.id
