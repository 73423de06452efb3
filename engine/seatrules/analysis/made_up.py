"""Makes up values of types: states, and actions on them. What may be made up is given; chance chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from ..decision.request import key_maps
from ..language.days import OutOfRangeError, add_days
from ..language.references import refers_to
from ..language.types import Boolean, Date, Integer, Key, ListOf, MapOf, Maybe, Record, Type, Word, bounds
from ..program import ActionType, Program

Value = TypeVar("Value")
_SIZES = (0, 1, 1, 2, 2, 3, 3, 12)
_DAYS = (0, 1, 30, 200, 400)


@dataclass(frozen=True, slots=True)
class Pool:
    """What values are chosen from; the odd ones now and then, `strange` of the keys among all, whatever they name."""

    keys: Sequence[str]
    days: Sequence[str]
    numbers: Sequence[int]
    texts: Sequence[str]
    odd_days: Sequence[str] = ()
    odd_numbers: Sequence[int] = ()
    odd_texts: Sequence[str] = ()
    strange: float = 0.02


def pool_of(program: Program, state: Mapping[str, Any]) -> Pool:
    """What actions are made up from on a state: its keys, where there are any; days from its own on; small numbers."""
    keys = [key for _, entries in key_maps(program.state, state) for key in entries]
    days = list(days_from(state["as_of"]))
    return Pool(["nobody"], days, range(-2, 4), [*keys, *(f"new-{n}" for n in range(10))], strange=0)


def days_from(today: str) -> Iterator[str]:
    """That day and some later ones, as far as there are days."""
    for count in _DAYS:
        with suppress(OutOfRangeError):
            yield add_days(today, count)


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Values made up from a pool; keys are nearly always those of `maps`, by the name of their entries."""

    random: Random
    pool: Pool
    maps: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def action(self, program: Program, action_type: ActionType, state: Mapping[str, Any]) -> dict[str, Any]:
        """An action of a type on a state, whose keys it names."""
        return self.on(program, state).proposed(action_type)

    def on(self, program: Program, state: Mapping[str, Any]) -> MadeUp:
        """The same, where the keys are those of a state."""
        return replace(self, maps={name: list(entries) for name, entries in key_maps(program.state, state)})

    def proposed(self, action_type: ActionType) -> dict[str, Any]:
        """An action of a type."""
        return {"type": action_type.name, **{name: self.value(kind) for name, kind in action_type.arguments.items()}}

    def value(self, kind: Type) -> Any:
        """A value of a type."""
        random, pool = self.random, self.pool
        match kind:
            case Maybe(of=inner):
                return None if random.random() < 0.3 else self.value(inner)
            case Boolean():
                return random.random() < 0.5
            case Integer():
                least, greatest = bounds(kind)
                return min(max(self._one(pool.numbers, pool.odd_numbers), least), greatest)
            case Date():
                return self._one(pool.days, pool.odd_days)
            case Word(words=words):
                return random.choice(words)
            case Key(entry=entry):
                there = self.maps.get(entry)
                return random.choice(there if there and random.random() >= pool.strange else pool.keys)
            case ListOf(item=item):
                assert item is not None
                items = [self.value(item) for _ in range(random.choice(_SIZES))]
                return list(dict.fromkeys(items)) if kind.unique else items
            case MapOf(entry=entry) if kind.has_own_keys and entry.name in self.maps:
                return {each: self.value(entry) for each in self.maps[entry.name]}
            case MapOf(key=key, entry=entry):
                keys = key.words if isinstance(key, Word) else pool.keys
                if isinstance(key, Key) and random.random() >= pool.strange:
                    keys = self.maps.get(key.entry, keys)
                return {each: self.value(entry) for each in keys if random.random() < 0.8}
            case Record(fields=fields, required=required):
                given = (name for name in fields if name in required or random.random() < 0.6)
                within = self._with_keys(fields)
                return {name: within.value(fields[name]) for name in given}
        return self._one(pool.texts, pool.odd_texts)

    def _with_keys(self, fields: Mapping[str, Type]) -> MadeUp:
        """The same, where it is chosen which keys the maps among these have that others name."""
        maps = {kind.entry.name for kind in fields.values() if isinstance(kind, MapOf) and kind.has_own_keys}
        named = [entry for entry in sorted(maps) if any(refers_to(kind, entry) for kind in fields.values())]
        chosen = {entry: [key for key in self.pool.keys if self.random.random() < 0.8] for entry in named}
        return replace(self, maps={**self.maps, **chosen}) if chosen else self

    def _one(self, usual: Sequence[Value], odd: Sequence[Value]) -> Value:
        return self.random.choice(odd if odd and self.random.random() < 0.1 else usual)
