"""The single values of some types that stand in a state, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..language.types import Key, ListOf, MapOf, Record, Type, known


def values_inside(kind: Type, value: Any, wanted: tuple[type, ...]) -> Iterator[Any]:
    """Every value of one of these types in a value of this type; of a map whose keys are wanted, its keys too."""
    return _Inside(wanted).of(known(kind), value)


class _Inside:
    """What a value holds of some types; where a record may hold it is worked out once."""

    def __init__(self, wanted: tuple[type, ...]) -> None:
        self._wanted = wanted
        self._holding: dict[int, tuple[tuple[str, Type], ...]] = {}

    def of(self, kind: Type, value: Any) -> Iterator[Any]:
        if value is None or not self._may_be_in(kind):
            return
        match kind:
            case Record():
                for name, inner in self._holding_in(kind):
                    yield from self.of(inner, value.get(name))
            case MapOf(entry=entry):
                if Key in self._wanted:
                    yield from value
                for each in value.values():
                    yield from self.of(entry, each)
            case ListOf(item=item) if item is not None:
                item = known(item)
                if isinstance(item, self._wanted):
                    yield from value
                    return
                for each in value:
                    yield from self.of(item, each)
            case _:
                yield value

    def _holding_in(self, record: Record) -> tuple[tuple[str, Type], ...]:
        """The properties of a record below which there may be such a value."""
        if id(record) not in self._holding:
            fields = ((name, known(kind)) for name, kind in record.fields.items())
            self._holding[id(record)] = tuple((name, kind) for name, kind in fields if self._may_be_in(kind))
        return self._holding[id(record)]

    def _may_be_in(self, kind: Type) -> bool:
        match kind:
            case Record():
                return bool(self._holding_in(kind))
            case MapOf(entry=entry):
                return Key in self._wanted or self._may_be_in(entry)
            case ListOf(item=item):
                return item is not None and self._may_be_in(known(item))
        return isinstance(kind, self._wanted)
