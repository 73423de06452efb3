"""What conditions read of a request, and which other values there would turn them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from random import Random
from typing import Any

from ...decision.request import key_maps
from ...errors import RequestError
from ...language import tree as t
from ...language.days import OutOfRangeError, add_days
from ...language.interpret import DataPath, Interpreter, Item
from ...language.types import (
    Boolean,
    Date,
    Integer,
    Key,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Text,
    Type,
    Word,
    bounds,
    known,
)
from ...program import Clause, Program
from ...program.clause import Bill
from ..made_up import MadeUp, pool_of
from .answers import Action, State

MOST_VALUES = 16
"""The most other values that are tried in one place."""
_MOST_GAPS = 60
_MOST_ENTRIES = 6
_MOST_KINDS = 4
_MOST_ADDED = 40
"""How many entries are added to a map at most, for a count to come to what it is compared with."""
NOTHING = object()
"""In the place of a value: that there is none."""
Place = tuple[str, DataPath]
"""A place in the action or in the state."""


class NotingInterpreter(Interpreter):
    """Computes conditions, and notes what they read and what they compare."""

    def __init__(self, *given: Any, kinds: Mapping[str, Type], **named: Any) -> None:
        super().__init__(*given, **named)
        self.kinds = kinds
        self.read_places: dict[Place, tuple[Type, Any]] = {}
        self.created: dict[DataPath, Mapping[str, Any]] = {}
        self.numbers: dict[int, None] = {}
        self.days: dict[str, None] = {}
        self.day_gaps: dict[int, None] = {}
        self.number_gaps: dict[int, None] = {}
        self.texts: dict[str, None] = {}

    def value(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        value = super().value(expr, local)
        if isinstance(expr, t.Argument) and expr.name in self.kinds:
            self.read_places[("action", (expr.name,))] = (self.kinds[expr.name], value)
        return value

    def read(self, holder: Any, name: str, kind: Type, path: DataPath, *, required: bool, default: Any) -> Any:
        value = super().read(holder, name, kind, path, required=required, default=default)
        if path:  # else it is a cell of a table
            self.read_places[("state", path)] = (kind if required else Maybe(known(kind)), holder.get(name))
        return value

    def read_property(self, owner: Item, name: str, kind: Record) -> Any:
        if not owner.path:  # a row of a table
            return super().read(
                owner.value,
                name,
                kind.fields[name],
                (),
                required=name in kind.required,
                default=kind.defaults.get(name),
            )
        if owner.is_default:
            self.created[owner.path] = owner.value
        return super().read_property(owner, name, kind)

    def compared(self, expr: t.Compare, left: Any, right: Any) -> bool:
        for each in right if isinstance(right, list | dict) else [right]:
            self._note_compared(left, each)
        return super().compared(expr, left, right)

    def _note_compared(self, left: Any, right: Any) -> None:
        if type(left) is int and type(right) is int:
            self.number_gaps[right - left] = None
            self.numbers |= dict.fromkeys((left, right))
        elif isinstance(left, str) and isinstance(right, str):
            try:
                self.day_gaps[(date.fromisoformat(right) - date.fromisoformat(left)).days] = None
                self.days |= dict.fromkeys((left, right))
            except ValueError:
                self.texts |= dict.fromkeys((left, right))


def watched(program: Program, clauses: Iterable[Clause], action: Action | None, state: State) -> NotingInterpreter:
    """What clauses read and compare on a request, as far as they can be computed."""
    action_type = program.actions.get(action["type"]) if action else None
    arguments = {} if action_type is None or action is None else program.single(action)[1]
    kinds = {} if action_type is None else action_type.arguments
    watching = NotingInterpreter(arguments, state, program.facts, kinds=kinds)
    for clause in clauses:
        _watch(clause, watching)
    if action_type is not None and action is not None:
        for name, kind in action_type.arguments.items():
            watching.read_places.setdefault(("action", (name,)), (kind, action.get(name)))
    watching.read_places.setdefault(("state", ("as_of",)), (Date(), state["as_of"]))
    return watching


def _watch(clause: Clause, watching: NotingInterpreter) -> None:
    locals_of = [dict[str, Any]()]
    with suppress(OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
        if clause.loop is not None:
            locals_of = [{clause.loop.variable: entry} for entry, _ in watching.entries(clause.loop, {})]
    for local in locals_of[:_MOST_ENTRIES]:
        exprs = [clause.on, clause.when, clause.holds, *(each.expr for each in clause.require)]
        for expr in exprs:
            # What can't be computed here is left out: what it takes for granted does not hold.
            with suppress(OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
                if expr is not None:
                    value = watching.value(expr, local)
                    if expr is clause.on and isinstance(value, str):
                        watching.days[value] = None
        for expr in (value for value, _, _ in clause.values):
            with suppress(OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
                watching.value(expr, local)
        for bill in clause.billing:
            _watch_bill(bill, local, watching)


def _watch_bill(bill: Bill, local: Mapping[str, Any], watching: NotingInterpreter) -> None:
    locals_of = [local]
    with suppress(OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
        if bill.loop is not None:
            locals_of = [{**local, bill.loop.variable: entry} for entry, _ in watching.entries(bill.loop, local)]
    for inside in locals_of[:_MOST_ENTRIES]:
        for expr in (bill.when, *bill.values.values()):
            with suppress(OutOfRangeError, RequestError, TypeError, KeyError, AttributeError):
                if expr is not None:
                    watching.value(expr, inside)


class OtherValues:
    """Other values in the places that were read, at which a condition may turn."""

    def __init__(self, program: Program, state: State, watching: NotingInterpreter, named_days: Iterable[str]) -> None:
        self.program, self.watching = program, watching
        self.keys = {name: list(entries) for name, entries in key_maps(program.state, state)}
        self._named = dict.fromkeys(named_days)
        self._days = [*self._named, *watching.days]
        self._made_up = MadeUp(Random(0), pool_of(program, state), self.keys)

    def __iter__(self) -> Iterator[tuple[Place, Any]]:
        for place, (kind, value) in self.watching.read_places.items():
            seen = [value]
            for other in self._values(kind, value):
                if not any(other is each or (other == each and type(other) is type(each)) for each in seen):
                    seen.append(other)
                    yield place, other
                    if len(seen) > MOST_VALUES:
                        break

    def _values(self, kind: Type, value: Any) -> Iterator[Any]:
        """Other values of a type, those nearest to where something turns first."""
        match kind:
            case Maybe(of=inner):
                if value is not None:
                    yield None
                    yield from self._values(inner, value)
                else:
                    yield from self._from_nothing(inner)
            case Boolean():
                yield not value
            case Word(words=words):
                yield from words
            case Integer():
                least, greatest = bounds(kind)
                yield from (each for each in self._numbers(value) if least <= each <= greatest)
            case Date():
                yield from self._near_days(value)
            case Key(entry=entry):
                yield from self.keys.get(entry, ())
            case Text():
                yield from self.watching.texts
                yield f"{value}-2"
            case ListOf(item=item) if item is not None:
                yield from self._lists(item, list(value or ()))
            case MapOf():
                yield from self._maps(kind, dict(value or {}))
            case Record():
                yield self._made_up.value(kind)

    def _from_nothing(self, kind: Type) -> Iterator[Any]:
        kind = known(kind)
        if isinstance(kind, Integer):
            yield from self._numbers(0)
        elif isinstance(kind, Date):
            yield from self._near_days(self.watching.state["as_of"])
        elif isinstance(kind, Boolean):
            yield from (True, False)
        elif isinstance(kind, Word | Key | Text | ListOf | MapOf):
            yield from self._values(kind, None if isinstance(kind, ListOf | MapOf) else "")
        else:
            yield from (self._made_up.value(kind) for _ in range(2))

    def _numbers(self, value: int) -> list[int]:
        gaps = list(self.watching.number_gaps)[:_MOST_GAPS]
        near = [value + sign * gap + beside for gap in gaps for sign in (1, -1) for beside in (0, 1, -1)]
        own = [each + beside for each in [*self.watching.numbers][:_MOST_GAPS] for beside in (0, 1, -1)]
        numbers = dict.fromkeys([*near, *own, value + 1, value - 1, 0, 1])
        return sorted(numbers, key=lambda each: (abs(each - value), each))

    def _near_days(self, value: str) -> Iterator[str]:
        days: dict[str, None] = {}
        for gap in [*self.watching.day_gaps][:_MOST_GAPS]:
            for sign in (1, -1):
                days |= dict.fromkeys(_beside(value, sign * gap))
        for day in self._days[:_MOST_GAPS]:
            days |= dict.fromkeys(_beside(day, 0))
        for far in (30, 400, -30, -400):
            days |= dict.fromkeys(_beside(value, far))
        yield from sorted(days, key=lambda each: (each not in self._named, abs(_ordinal(each) - _ordinal(value))))

    def _lists(self, item: Type, value: list[Any]) -> Iterator[Any]:
        """Fewer entries, one more, two."""
        yield from ([*value[:at], *value[at + 1 :]] for at in range(min(len(value), _MOST_ENTRIES)))
        others = [each for each in self._values(known(item), None if not value else value[-1]) if each is not None]
        if isinstance(known(item), Record):
            others = [*value[:1], *others]
        for other in others[:_MOST_ENTRIES]:
            yield [other]
            yield [*value, other]
        yield from ([], value[:1], value[:2])

    def _maps(self, kind: MapOf, value: dict[str, Any]) -> Iterator[Any]:
        """Fewer entries, one more."""
        for key in list(value)[:_MOST_ENTRIES]:
            yield {each: entry for each, entry in value.items() if each != key}
        entry = next(iter(value.values()), None) or self._made_up.value(kind.entry)
        if kind.has_own_keys:
            yield from self._as_many(value)
        words = kind.key.words if isinstance(kind.key, Word) else ()
        keys = self.keys.get(kind.key.entry, []) if isinstance(kind.key, Key) and kind.refers else ()
        new = [f"new-{len(value)}"] if kind.has_own_keys else []
        for key in [each for each in (*words, *keys, *new) if each not in value][:_MOST_ENTRIES]:
            yield {**value, key: entry}
            yield {**value, key: self._made_up.value(kind.entry)}
        yield {}

    def _as_many(self, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """As many more entries as a count lacks of what it is compared with, of each kind that is there."""
        gaps = sorted({abs(gap) + beside for gap in self.watching.number_gaps for beside in (-1, 0, 1)})
        kinds = list({repr(entry): entry for entry in value.values()}.values())
        for entry in kinds[:_MOST_KINDS]:
            for gap in [each for each in gaps if 1 < each <= _MOST_ADDED]:
                yield {**value, **{f"new-{number}": entry for number in range(len(value), len(value) + gap)}}


def _beside(day: str, days: int) -> Iterator[str]:
    """The day so many days later, the one before it and the one after it."""
    for beside in (0, 1, -1):
        with suppress(OutOfRangeError):
            yield add_days(day, days + beside)


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def changed(value: Any, path: DataPath, new: Any, created: Mapping[DataPath, Any], at: DataPath = ()) -> Any:
    """Plain data with another value at a path; what is not there on the way is created."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, list):
        return [
            changed(each, tuple(rest), new, created, (*at, key)) if n == key else each for n, each in enumerate(value)
        ]
    inside = (value or {}).get(key, created.get((*at, key), {}))
    return {**(value or {}), key: changed(inside, tuple(rest), new, created, (*at, key))}
