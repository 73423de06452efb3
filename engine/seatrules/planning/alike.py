"""Which entries of a state are alike, so that a search tries only one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..decision.request import key_maps
from ..language.types import Key, Text
from ..program import Program
from .inside import values_inside

Groups = Mapping[str, tuple[tuple[str, ...], ...]]
"""For the name of an entry, its keys: those of one group are alike, and each has a group."""


def groups_of(program: Program, state: Any, *, alike: bool = True) -> Groups:
    """The keys whose entries are equal, together; one that is written elsewhere in the state is alike with no other.

    They are equal in all that the policy reads, but for what its messages print. Groups, and the keys in them, are in
    the order of the state. Without `alike`, every key has a group of its own.
    """
    times_written = Counter(values_inside(program.state, state, (Key, Text))) if alike else {}
    groups_by_entry = {}
    for name, entries in key_maps(program.state, state):
        groups: dict[Any, list[str]] = {}
        unread = program.unread.get(name, frozenset())
        for key, entry in entries.items():
            read = entry if unread.isdisjoint(entry) else {each: entry[each] for each in entry if each not in unread}
            groups.setdefault(repr(read) if alike and times_written[key] == 1 else (key,), []).append(key)
        groups_by_entry[name] = tuple(map(tuple, groups.values()))
    return groups_by_entry


def apart(groups: Groups, changed: Mapping[str, Any]) -> Groups:
    """The same groups, with those keys apart that have `changed`: of one group, together where in the same."""
    return {name: tuple(_split(members, changed)) for name, members in groups.items()}


def _split(groups: tuple[tuple[str, ...], ...], changed: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for group in groups:
        if len(group) == 1 or changed.keys().isdisjoint(group):
            yield group
            continue
        parts: dict[Any, list[str]] = {}
        for key in group:
            parts.setdefault(changed.get(key), []).append(key)
        as_before = parts.pop(None, None)
        yield from map(tuple, parts.values())
        if as_before:
            yield tuple(as_before)
