"""When the events of a policy are due; after one has happened, only what it may have touched is asked again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.interpret import UNKNOWN, FactBody, Interpreter, Item
from ..language.types import MapOf, Word, of_records
from ..program import Clause, Program
from .effects import NOTHING, Effect


class Due(NamedTuple):
    """A day on which an event is due, and for what: an entry's rank among its like, and its key (or the entry)."""

    day: str
    rank: Any
    key: Any


class Watched:
    """One event of the policy, and for which entries of its loop it is `due` by `until`, in order of day and rank.

    Where the loop is over a map or a list of the state, and nothing has changed that the event reads otherwise than
    from its entry, only the entry that has changed is asked again.

    INVARIANT: `due` is what asking for every entry anew would find.
    """

    def __init__(self, clause: Clause, program: Program, until: str) -> None:
        self.clause = clause
        self.until = until
        self.over = _looped_property(clause)
        self.due: list[Due] = []
        self._by_key: dict[Any, Due] = {}
        # A list's entries go by numbers, given as they come: their places change when one before them goes.
        self._numbers: list[int] = []
        asked = [clause.on]
        if clause.loop is not None:
            asked += [clause.loop.condition, clause.loop.over if self.over is None else None]
        # `when` is asked as of the event's own day, so it does not matter what day it is.
        self._elsewhere = properties(asked, program.facts) | (properties([clause.when], program.facts) - {"as_of"})

    def names(self, now: Interpreter) -> dict[str, Any]:
        """The loop's name with the entry for which it is due first, or nothing."""
        key = self.due[0].key
        return self._names(key if self.over is None else self._entry(key, now))

    def ask(self, now: Interpreter) -> None:
        """Ask for every entry when it is due."""
        loop = self.clause.loop
        looped = None if self.over is None else now.state.get(self.over)
        self._numbers = list(range(len(looped))) if isinstance(looped, list) else []
        entries = [(None, True)] if loop is None else now.entries(loop, {})
        found = [self._due(entry, now) for entry, kept in entries if kept is True]
        self.due = sorted(filter(None, found), key=lambda due: due[:2])
        if self.over is not None:
            self._by_key = {due.key: due for due in self.due}

    def ask_again(self, effects: Iterable[Effect], changed: set[str | int], now: Interpreter) -> None:
        """Ask what the effects may have touched; `changed` are the properties of the state in which they are."""
        if not changed.isdisjoint(self._elsewhere):
            self.ask(now)
        elif self.over in changed:
            below = [effect for effect in effects if effect.parts[0] == self.over]
            keys = {effect.parts[1:2] for effect in below}
            if len(keys) == 1 and () not in keys:
                self._ask_entry(below[0], now)
            else:
                self.ask(now)

    def _ask_entry(self, effect: Effect, now: Interpreter) -> None:
        """Ask for the entry that the effect changes, adds or takes away."""
        at = effect.parts[1]
        if at == len(self._numbers):
            self._numbers.append(self._numbers[-1] + 1 if self._numbers else 0)
        key = self._numbers[at] if isinstance(at, int) else at
        if before := self._by_key.pop(key, None):
            del self.due[bisect_left(self.due, before)]
        if effect.after is not NOTHING or len(effect.parts) > 2:
            entry = self._entry(key, now)
            assert self.clause.loop is not None
            if now.kept(self.clause.loop, entry, {}) is True and (due := self._due(entry, now)):
                self._by_key[key] = due
                insort(self.due, due)
        elif isinstance(at, int):
            del self._numbers[at]

    def _due(self, entry: Any, now: Interpreter) -> Due | None:
        names = self._names(entry)
        assert self.clause.on is not None
        day = now.value(self.clause.on, names)
        if day is None or day is UNKNOWN or day > self.until:
            return None
        if self.clause.when is not None:
            on_the_day = now.on({**now.state, "as_of": day})
            if on_the_day.value(self.clause.when, names) is not True:
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

    def _entry(self, key: Any, now: Interpreter) -> Item:
        assert self.over is not None
        entries = now.state[self.over]
        if isinstance(entries, dict):
            return Item(key, entries[key], (self.over, key))
        at = bisect_left(self._numbers, key)
        return Item(None, entries[at], (self.over, at))


def properties(exprs: Iterable[t.Expr | None], facts: Mapping[str, FactBody]) -> set[str]:
    """The properties of the state that the expressions may read otherwise than from a loop's entry."""
    found: set[str] = set()
    called: set[str] = set()
    rest = [expr for expr in exprs if expr is not None]
    while rest:
        expr = rest.pop()
        rest += t.children(expr)
        if isinstance(expr, t.Property):
            found.add(expr.name)
        elif isinstance(expr, t.Call) and expr.fact not in called:
            called.add(expr.fact)
            rest.append(facts[expr.fact].value)
    return found


def _looped_property(clause: Clause) -> str | None:
    """The property of the state whose entries the event is for, if it is for such."""
    over = None if clause.loop is None else clause.loop.over
    return over.name if isinstance(over, t.Property) and of_records(over.type) else None


def _rank(clause: Clause, entry: Any) -> Any:
    """Where the entry stands among its like: words in their order, list entries in theirs, other keys as texts."""
    if not isinstance(entry, Item):
        return str(entry)
    assert clause.loop is not None
    kind = clause.loop.over.type
    if isinstance(kind, MapOf) and isinstance(kind.key, Word):
        return kind.key.words.index(entry.id)
    return entry.path[-1] if entry.id is None else entry.id
