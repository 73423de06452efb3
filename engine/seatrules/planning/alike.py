"""Which entries of a state are alike, so that a search tries only one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ..decision.request import key_maps
from ..language import tree as t
from ..language.types import EntryOf, Key, Record, Text, known, record_of
from ..program import Clause, Program
from .inside import values_inside

Groups = Mapping[str, tuple[tuple[str, ...], ...]]
"""For the name of an entry, its keys: those of one group are alike, and each has a group."""


def groups_of(program: Program, state: Any, *, alike: bool = True) -> Groups:
    """The keys whose entries are equal, together; one that is written elsewhere in the state is alike with no other.

    They are equal in all that the policy reads, but for what its messages print. Groups, and the keys in them, are in
    the order of the state. Without `alike`, every key has a group of its own.
    """
    times_written = Counter(values_inside(program.state, state, (Key, Text))) if alike else {}
    unread_by_entry, groups_by_entry = _unread_properties(program), {}
    for name, entries in key_maps(program.state, state):
        groups: dict[Any, list[str]] = {}
        unread = unread_by_entry.get(name, frozenset())
        for key, entry in entries.items():
            told = entry if unread.isdisjoint(entry) else {each: entry[each] for each in entry if each not in unread}
            groups.setdefault(repr(told) if alike and times_written[key] == 1 else (key,), []).append(key)
        groups_by_entry[name] = tuple(map(tuple, groups.values()))
    return groups_by_entry


@lru_cache(maxsize=64)
def _unread_properties(program: Program) -> Mapping[str, frozenset[str]]:
    """By the name of a record, its properties that nothing reads but messages."""
    read: dict[str, set[str]] = {}
    for clause in _without_messages(program):
        for expr in (*clause.expressions, *(requirement.expr for requirement in clause.require)):
            _note(expr, read)
    for fact in program.facts.values():
        _note(fact.value, read)
    records = [kind for kind in program.defs.values() if isinstance(kind, Record)]
    return {record.name: frozenset(record.fields) - read.get(record.name, set()) for record in records}


def _without_messages(program: Program) -> Iterator[Clause]:
    """Every clause, without its messages."""
    actions = [clause for action in program.actions.values() for clause in action.clauses]
    for clause in (*actions, *program.events, *program.invariants, *program.goals):
        yield clause._replace(message={})


def _note(expr: t.Expr, read: dict[str, set[str]]) -> None:
    for part in t.parts(expr):
        if isinstance(part, t.Field) and isinstance(known(part.of.type), EntryOf | Record):
            read.setdefault(record_of(known(part.of.type)).name, set()).add(part.name)


def apart(groups: Groups, keys: Collection[str]) -> Groups:
    """The same groups, with each of `keys` in one of its own: for entries that were named, or that have changed."""
    return {name: tuple(_split(members, keys)) for name, members in groups.items()}


def _split(groups: tuple[tuple[str, ...], ...], keys: Collection[str]) -> Iterator[tuple[str, ...]]:
    for group in groups:
        if keys and not set(keys).isdisjoint(group):
            yield from ((key,) for key in group if key in keys)
            group = tuple(key for key in group if key not in keys)
        if group:
            yield group
