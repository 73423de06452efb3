"""The single values of some types that stand in a state, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ..language.types import Key, ListOf, MapOf, Record, Type, known


def values_inside(kind: Type, value: Any, wanted: tuple[type, ...]) -> Iterator[Any]:
    """Every value of one of these types in a value of this type; of a map whose keys are wanted, its keys too."""
    kind = known(kind)
    if value is None or not _may_hold(kind, wanted):
        return
    match kind:
        case Record(fields=fields):
            for name in _holding(kind, wanted):
                yield from values_inside(fields[name], value.get(name), wanted)
        case MapOf(entry=entry):
            if Key in wanted:
                yield from value
            for each in value.values():
                yield from values_inside(entry, each, wanted)
        case ListOf(item=item) if item is not None:
            if isinstance(known(item), wanted):
                yield from value
                return
            for each in value:
                yield from values_inside(item, each, wanted)
        case _:
            yield value


@lru_cache(maxsize=256)
def _holding(record: Record, wanted: tuple[type, ...]) -> tuple[str, ...]:
    """The properties of a record below which there may be such a value."""
    return tuple(name for name, kind in record.fields.items() if _may_hold(known(kind), wanted))


def _may_hold(kind: Type, wanted: tuple[type, ...]) -> bool:
    match kind:
        case Record():
            return bool(_holding(kind, wanted))
        case MapOf(entry=entry):
            return Key in wanted or _may_hold(known(entry), wanted)
        case ListOf(item=item):
            return item is not None and _may_hold(known(item), wanted)
    return isinstance(kind, wanted)
