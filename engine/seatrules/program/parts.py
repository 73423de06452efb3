"""The part of a state that is read: taken from it, compared with the same part of another, and told by its paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..diagnostics import echoed
from ..language.interpret import DataPath, fresh
from ..language.types import SCALARS, ListOf, MapOf, Record, Type, known
from ..words import Phrase, phrase
from .reads import Reads, keys_of

_SINGLE = frozenset({str, int, bool, type(None)})
"""The types of values that have no parts, and are not copied."""


def part_read(value: Any, kind: Type, reads: Reads, action: Mapping[str, Any]) -> Any:
    """What is read of a valid value, as plain data of its own; `action` has the keys that come from arguments."""
    if reads.whole or value is None:
        return fresh(value)
    match known(kind):
        case Record(fields=fields):
            part: dict[str, Any] = {}
            for name, inner_kind in fields.items():
                if name in value and (inner := reads.fields.get(name)) is not None:
                    of = value[name]
                    part[name] = of if type(of) in _SINGLE else part_read(of, inner_kind, inner, action)
            return part
        case MapOf(entry=entry):
            entries: dict[str, Any] = {}
            for key, inner in _entries_read(reads, value, action):
                if key in value:
                    part = part_read(value[key], entry, inner, action)
                    entries[key] = joined_parts(value[key], entries[key], part) if key in entries else part
            return entries
        case ListOf(item=item):
            assert item is not None
            return [part_read(each, item, reads.entries or Reads(), action) for each in value]
    return value


def _entries_read(reads: Reads, value: Iterable[str], action: Mapping[str, Any]) -> Iterator[tuple[str, Reads]]:
    """The keys of a map whose entries are read, with what is read of each; two keys may name one entry."""
    if reads.each:
        yield from dict.fromkeys(value, reads.of_each()).items()
        return
    for named, inner in reads.keys.items():
        for key in keys_of(named, action):
            if key is not None:
                yield key, inner


def joined_parts(value: Any, first: Any, second: Any) -> Any:
    """What was read of one value in two ways, in every part, in the value's own order."""
    if type(value) is dict:
        return {
            key: joined_parts(part, first[key], second[key])
            if key in first and key in second
            else (first if key in first else second)[key]
            for key, part in value.items()
            if key in first or key in second
        }
    if type(value) is list:
        return [joined_parts(*parts) for parts in zip(value, first, second, strict=True)]
    return value


def first_difference(old: Any, new: Any, path: DataPath = ()) -> tuple[DataPath, Phrase] | None:
    """Where two parts of states that were read in one way first differ, and in what the second does, if they do."""
    if type(old) is dict and type(new) is dict:
        keys: Iterable[Any] = old if old.keys() == new.keys() else {**old, **new}
    elif type(old) is list and type(new) is list:
        keys = range(max(len(old), len(new)))
    elif type(old) is type(new) and old == new:
        return None
    else:
        is_part = type(old) in (dict, list)
        return path, phrase("is_another") if is_part else phrase("is_not", value=echoed(old))
    for key in keys:
        if not _has(old, key):
            return (*path, key), phrase("was_not_there")
        if not _has(new, key):
            return (*path, key), phrase("not_there_any_more")
        before, now = old[key], new[key]
        if before is now and type(before) in SCALARS:
            continue
        if (difference := first_difference(before, now, (*path, key))) is not None:
            return difference
    return None


def _has(part: Any, key: Any) -> bool:
    return key in part if type(part) is dict else key < len(part)


def values_read(
    part: Any, kind: Type, reads: Reads, action: Mapping[str, Any], path: DataPath = ()
) -> Iterator[tuple[DataPath, Any]]:
    """Every value of a part that was read, with its path: all that has to be the same in another state.

    What is not there is `None`: a property, an entry, what would come behind a list's last record. An entry that only
    has to be there is an empty mapping; a map that was gone through is the list of its keys, beside its entries.
    """
    kind = known(kind)
    if reads.whole or part is None:
        yield path, part
    elif isinstance(kind, Record):
        if not part:
            yield path, part
        for name, inner in reads.fields.items():
            yield from values_read(part.get(name), kind.fields[name], inner, action, (*path, name))
    elif isinstance(kind, MapOf):
        if reads.each:
            yield path, sorted(part)
        for key, inner in _entries_read(reads, part, action):
            if not reads.each or inner.whole or inner.fields:
                yield from values_read(part.get(key), kind.entry, inner, action, (*path, key))
    elif isinstance(kind, ListOf) and isinstance(kind.item, Record):
        for index, each in enumerate(part):
            yield from values_read(each, kind.item, reads.entries or Reads(), action, (*path, index))
        yield (*path, len(part)), None
    else:
        yield path, part


def maps_read_in_part(part: Any, kind: Type, reads: Reads, path: DataPath = ()) -> Iterator[DataPath]:
    """The maps of a part that was read of which not every entry was: others may be there."""
    kind = known(kind)
    if reads.whole or part is None:
        return
    if isinstance(kind, Record):
        for name, inner in reads.fields.items():
            if name in part:
                yield from maps_read_in_part(part[name], kind.fields[name], inner, (*path, name))
    elif isinstance(kind, MapOf):
        if not reads.each:
            yield path
        for key, each in part.items():
            yield from maps_read_in_part(each, kind.entry, reads.of_each(), (*path, key))
    elif isinstance(kind, ListOf) and isinstance(kind.item, Record):
        for index, each in enumerate(part):
            yield from maps_read_in_part(each, kind.item, reads.entries or Reads(), (*path, index))
