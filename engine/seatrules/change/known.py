"""What is known from one event to the next: facts, and counts and sums of entries, of which only some change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.days import OutOfRangeError
from ..language.interpret import UNKNOWN, FactBody, Interpreter, Item, loop_names
from ..language.limits import bounded_sum
from ..language.types import of_records
from ..program import Program
from .due import properties
from .effects import NOTHING, ChangedState, Effect

_ADDED_UP = ("count", "sum")
"""The functions of a `for` that each entry has a share in, which can be taken out and put in again."""


class Summed(NamedTuple):
    """What is counted or added up: entries of which property of the state, by which names, and what else is read."""

    over: str
    names: tuple[str, ...]
    reads_elsewhere: set[str]


class Total(NamedTuple):
    """What a count or a sum comes to, with these values of the names in it."""

    expr: t.Each
    summed: Summed
    names: Mapping[str, Any]
    value: int


KnownTotals = dict[tuple[Any, ...], Total]


class RememberingInterpreter(Interpreter):
    """Computes a count or a sum over entries of the state once, as it does a fact."""

    def __init__(
        self, *given: Any, shared: KnownValues | None = None, totals: KnownTotals | None = None, **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self.shared = shared
        self.totals: KnownTotals = {} if totals is None else totals

    def each(self, expr: t.Each, local: Mapping[str, Any]) -> Any:
        assert self.shared is not None
        summed = self.shared.summed(expr)
        names = {} if summed is None else {name: local[name] for name in summed.names}
        if summed is None or any(isinstance(value, Item | list) for value in names.values()):
            return super().each(expr, local)
        key = (id(expr), *names.values())
        if key not in self.totals:
            noted = len(self.missing)
            value = super().each(expr, local)
            if value is UNKNOWN or len(self.missing) > noted:
                return value  # what is missing has to be noted again
            self.totals[key] = Total(expr, summed, names, value)
        return self.totals[key].value


class KnownValues:
    """The values of facts, of plain arguments, and of counts and sums, while nothing that they read changes.

    Where some of the entries change that are counted or added up, and nothing else that is read for it, only what those
    come to is computed again.

    INVARIANT: each value is the same as if it were computed anew.
    """

    def __init__(self, program: Program) -> None:
        self._facts = program.facts
        self._reads: dict[str, set[str]] = {}
        self._summed: dict[int, Summed | None] = {}
        self._day: str | None = None
        self._computed: dict[tuple[Any, ...], Any] = {}
        self._totals: KnownTotals = {}

    def on(self, interpreter: Interpreter, state: Mapping[str, Any]) -> Interpreter:
        """An interpreter on a state that knows what still holds on its day."""
        on_the_day = interpreter.on(state)
        if interpreter.partial or type(on_the_day) is not Interpreter:  # one that watches is to see every value
            return on_the_day
        if state["as_of"] != self._day:
            self._day = state["as_of"]
            self._forget({"as_of"})
        return RememberingInterpreter(
            **{**vars(on_the_day), "computed": self._computed, "shared": self, "totals": self._totals}
        )

    def change(self, now: ChangedState, effects: Sequence[Effect], before: Interpreter) -> set[str | int]:
        """Make effects in the state that `before` computes on; what they change is no longer known.

        Returns:
            The properties of the state that they are in.
        """
        changed = {effect.parts[0] for effect in effects}
        taken = [
            (key, total, entries, _share(total, entries.before, before))
            for key, total in self._totals.items()
            if total.summed.over in changed and changed.isdisjoint(total.summed.reads_elsewhere)
            if (entries := _changed_entries(effects, total.summed.over)) is not None
        ]
        now.at_once(effects)
        self._forget(changed)
        after = before.on({**now.state, "as_of": before.state["as_of"]})
        for key, total, entries, share in taken:
            value = _with_shares(total.value, share, _share(total, entries.after, after))
            if value is not None:
                self._totals[key] = total._replace(value=value)
        return changed

    def _forget(self, changed: set[str | int]) -> None:
        """Forget what reads one of the properties of the state."""
        self._computed = {
            call: value
            for call, value in self._computed.items()
            if not any(isinstance(argument, tuple) for argument in call) and changed.isdisjoint(self._read_by(call[0]))
        }
        self._totals = {
            key: total
            for key, total in self._totals.items()
            if total.summed.over not in changed and changed.isdisjoint(total.summed.reads_elsewhere)
        }

    def _read_by(self, fact: str) -> set[str]:
        if fact not in self._reads:
            self._reads[fact] = properties([self._facts[fact].value], self._facts)
        return self._reads[fact]

    def summed(self, expr: t.Each) -> Summed | None:
        """What is counted or added up, if that is entries of the state."""
        if id(expr) not in self._summed:
            self._summed[id(expr)] = _summed(expr, self._facts)
        return self._summed[id(expr)]


def _summed(expr: t.Each, facts: Mapping[str, FactBody]) -> Summed | None:
    if expr.kind not in _ADDED_UP or not isinstance(expr.over, t.Property) or not of_records(expr.over.type):
        return None
    reads_elsewhere = properties([expr.condition, expr.element], facts)
    return Summed(expr.over.name, tuple(sorted(loop_names(expr))), reads_elsewhere)


class _Entries(NamedTuple):
    """The entries that change: by their keys or places before, and after."""

    before: set[str | int]
    after: set[str | int]


def _changed_entries(effects: Iterable[Effect], over: str) -> _Entries | None:
    """The entries of a property that effects change; nothing where it is not known what place they have after."""
    below = [effect for effect in effects if effect.parts[0] == over]
    if any(len(effect.parts) == 1 for effect in below):
        return None
    every = {effect.parts[1] for effect in below}
    gone = {effect.parts[1] for effect in below if len(effect.parts) == 2 and effect.after is NOTHING}
    left = every - gone
    return None if left and any(isinstance(place, int) for place in gone) else _Entries(every, left)


def _share(total: Total, keys: Collection[str | int], interpreter: Interpreter) -> int | None:
    """What a count or a sum comes to for these entries alone; nothing where it can't be computed for them."""
    over = total.summed.over
    entries = interpreter.state.get(over, {})
    if isinstance(entries, dict):
        some: Any = {key: entries[key] for key in keys if key in entries}
    else:
        some = [entries[place] for place in keys if isinstance(place, int) and place < len(entries)]
    apart = interpreter.on({**interpreter.state, over: some})
    apart.missing = {}
    try:
        value = apart.value(total.expr, total.names)
    except OutOfRangeError:
        return None
    return value if isinstance(value, int) else None


def _with_shares(value: int, before: int | None, after: int | None) -> int | None:
    """A count or a sum with other shares of some entries; nothing where it has to be computed anew."""
    if before is None or after is None:
        return None
    try:
        return bounded_sum([value - before, after])
    except OutOfRangeError:
        return None
