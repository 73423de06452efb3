"""References: values of the state that are keys of one of its maps."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from .interpret import DataPath
from .partial import NotGiven, gap
from .types import Key, ListOf, MapOf, Record, Type, known


class Reference(NamedTuple):
    """A key of another map: where it stands, and the name of that map's entries."""

    path: DataPath
    entry: str
    key: Any


def references(kind: Type, value: Any, path: DataPath = ()) -> Iterator[Reference]:
    """Every reference in a valid value of a type."""
    match known(kind), value:
        case Key(entry=entry), str():
            yield Reference(path, entry, value)
        case ListOf(item=item), list() if item is not None:
            for index, each in enumerate(value):
                yield from references(item, each, (*path, index))
        case MapOf() as kind, dict():
            for key, each in value.items():
                if kind.refers and isinstance(kind.key, Key):
                    yield Reference((*path, key), kind.key.entry, key)
                yield from references(kind.entry, each, (*path, key))
        case Record(fields=fields), dict():
            for name, each in value.items():
                if name in fields:
                    yield from references(fields[name], each, (*path, name))


def refers_to(kind: Type, entry: str | None = None) -> bool:
    """Whether values of a type may hold a key of another map: of the one with such entries, if that is named."""
    match known(kind):
        case Key(entry=other):
            return entry is None or other == entry
        case ListOf(item=item):
            return item is not None and refers_to(item, entry)
        case MapOf() as of_map:
            return (of_map.refers and refers_to(of_map.key, entry)) or refers_to(of_map.entry, entry)
        case Record(fields=fields):
            return any(refers_to(each, entry) for each in fields.values())
    return False


def part_that_refers(kind: Type, entries: Collection[str]) -> Type | None:
    """A type with nothing but what may hold keys of the maps with such entries, if anything does."""
    match known(kind):
        case Key(entry=entry) as key:
            return key if entry in entries else None
        case ListOf(item=item) as of_list:
            inner = None if item is None else part_that_refers(item, entries)
            return None if inner is None else of_list.replaced(item=inner)
        case MapOf(entry=entry, refers=refers) as of_map:
            refers = refers and part_that_refers(of_map.key, entries) is not None
            of_entry = part_that_refers(entry, entries)
            if not isinstance(of_entry, Record):
                return of_map.replaced(entry=entry.replaced(fields={})) if refers else None
            return of_map.replaced(entry=of_entry, refers=refers)
        case Record(fields=fields) as record:
            parts = {
                name: part for name, each in fields.items() if (part := part_that_refers(each, entries)) is not None
            }
            return record.replaced(fields=parts) if parts else None
    return None


def unknown_references(kind: Type, value: Any, entry: str) -> Iterator[DataPath]:
    """The paths of what is not given of a value and may refer to such an entry."""
    if not refers_to(kind, entry):
        return
    if isinstance(value, NotGiven):
        yield value.path
    if (path := gap(value)) is not None:
        yield path
    match known(kind), value:
        case ListOf(item=item), list() if item is not None:
            for each in value:
                yield from unknown_references(item, each, entry)
        case MapOf(entry=inner), dict():
            for each in value.values():
                yield from unknown_references(inner, each, entry)
        case Record(fields=fields), dict():
            for name, each in value.items():
                if name in fields:
                    yield from unknown_references(fields[name], each, entry)
