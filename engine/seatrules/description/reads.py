"""What deciding an action reads of a state: what a program that keeps accounts in tables has to load for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..language.text import pointer
from ..language.types import Key, ListOf, MapOf, Record, Type, known
from ..program import ActionType, Program
from ..program.read_only import ReadOnly
from ..program.reads import KeyOf, Reads, keys_of
from .places import Steps, key_in, path_of_map


class _Some(str):
    """A step of a pointer that is no key, but stands for one."""

    __slots__ = ()


_EACH = _Some("*")
"""Each entry or item."""


class EntriesRead(NamedTuple):
    """Which entries are read of a map or a list: `every` one, or some.

    `named_by` are the arguments that name them, `keys` the keys that are known: of an action, those that it names.
    `referred_by` are pointers to values that refer to entries, which have to be there though nothing of them is read.
    """

    every: bool = False
    named_by: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    referred_by: tuple[str, ...] = ()

    def joined(self, other: EntriesRead) -> EntriesRead:
        """Those that are read by either."""
        named_by, keys, referred_by = (_each_once(*pair) for pair in zip(self[1:], other[1:], strict=True))
        return EntriesRead(self.every or other.every, named_by, keys, referred_by)

    def __str__(self) -> str:
        """In words."""
        if self.every:
            return "every entry"
        named = ", ".join(f"`{name}`" for name in (*self.named_by, *self.keys))
        places = ", ".join(f"`{place}`" for place in self.referred_by)
        named_in_words = [f"the entries named by {named}"] if named else []
        return " and ".join([*named_in_words, *([f"those that {places} refers to"] if places else [])])

    def as_dict(self) -> dict[str, Any]:
        return {name: list(each) if isinstance(each, tuple) else each for name, each in self._asdict().items()}


def _each_once(some: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *others)))


@dataclass(frozen=True, slots=True)
class ReadsDescription:
    """What deciding an action reads of a state, as JSON pointers. It is decided alike on a state with nothing else.

    In `pointers`, to the values that are read, `*` stands for each entry of a map or a list, and `{user}` for the entry
    that the argument `user` names. `entries` says of each map and list of entries which of them are read; they have to
    be there also where nothing of them is read. `incomplete` are the maps of which not every entry is read, for
    `decide`; those that lie within an entry which is not known yet are not among them.
    """

    pointers: tuple[str, ...]
    entries: Mapping[str, EntriesRead]
    incomplete: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "pointers": list(self.pointers),
            "entries": {place: entries.as_dict() for place, entries in self.entries.items()},
            "incomplete": list(self.incomplete),
        }


def described_reads(
    programs: Iterable[Program], name: str, action: Mapping[str, Any] | None = None
) -> ReadsDescription:
    """What deciding an action of a type reads by any of some versions; of one that is given, with the keys it names."""
    places, entries, patterns = dict[str, None](), dict[str, EntriesRead](), set[str]()
    for program in programs:
        walk = _Walk(program, program.actions[name], action)
        places |= dict.fromkeys(walk.pointers)
        for place, read in walk.entries.items():
            entries[place] = entries.get(place, EntriesRead()).joined(read)
        patterns |= walk.patterns
    incomplete = (place for place, read in entries.items() if not read.every and place not in patterns)
    return ReadsDescription(tuple(places), ReadOnly(entries), tuple(incomplete))


class _Walk:
    """Goes through what is read of the parts of a state."""

    def __init__(self, program: Program, action_type: ActionType, action: Mapping[str, Any] | None) -> None:
        self.program, self.action = program, action
        self.pointers, self.entries, self.patterns = dict[str, None](), dict[str, EntriesRead](), set[str]()
        self._referring: list[tuple[str, str]] = []
        self._through(program.state, action_type.reads.joined(_of_arguments(action_type, program)), ("state",))
        self._note_referred()

    def _through(self, kind: Type, reads: Reads, steps: Steps) -> None:
        kind = known(kind)
        if reads.whole:
            self._whole(kind, steps)
            return
        match kind:
            case Record(fields=fields):
                for name, inner in reads.fields.items():
                    self._through(fields[name], inner, (*steps, name))
            case MapOf(entry=entry):
                self._note_keys(kind, steps)
                if reads.each:
                    self._note(steps, EntriesRead(every=True))
                    self._through(entry, reads.of_each(), (*steps, _EACH))
                else:
                    for key, inner in reads.keys.items():
                        self._named(key, entry, inner, steps)
            case ListOf(item=item) if item is not None:
                self._note(steps, EntriesRead(every=True))
                self._through(item, reads.entries or Reads(), (*steps, _EACH))

    def _named(self, key: KeyOf, entry: Record, reads: Reads, steps: Steps) -> None:
        """What is read of the entries under a key: in a pattern, by the argument that names them."""
        where, name = key
        argument = (name,) if where == "argument" else ()
        if self.action is None and argument:
            self._note(steps, EntriesRead(named_by=argument))
            self._through(entry, reads, (*steps, _Some(f"{{{name}}}")))
            return
        keys = [each for each in keys_of(key, self.action or {}) if each is not None]
        self._note(steps, EntriesRead(named_by=argument, keys=tuple(keys)))
        for each in keys:
            self._through(entry, reads, (*steps, each))

    def _whole(self, kind: Type, steps: Steps) -> None:
        """A value all of which is read."""
        self.pointers[pointer(steps)] = None
        self._referring += [(pointer(place), entry) for place, entry in _references(kind, steps)]
        if isinstance(kind, MapOf) or (isinstance(kind, ListOf) and isinstance(kind.item, Record)):
            self._note(steps, EntriesRead(every=True))

    def _note(self, steps: Steps, read: EntriesRead) -> None:
        place = pointer(steps)
        if any(isinstance(step, _Some) for step in steps):
            self.patterns.add(place)
        self.entries[place] = self.entries.get(place, EntriesRead()).joined(read)

    def _note_keys(self, kind: MapOf, steps: Steps) -> None:
        if kind.refers and isinstance(kind.key, Key):
            self._referring.append((pointer(steps), kind.key.entry))

    def _note_referred(self) -> None:
        """Note that entries have to be there to which values that are read refer, where not every one is read."""
        for place, entry in self._referring:
            steps = ("state", *path_of_map(entry, self.program.state))
            above = {pointer(steps[:end]) for end in range(1, len(steps) + 1)}
            if above.isdisjoint(self.pointers) and not self.entries.get(pointer(steps), EntriesRead()).every:
                self._note(steps, EntriesRead(referred_by=(place,)))


def _references(kind: Type, steps: Steps) -> Iterator[tuple[Steps, str]]:
    """Where values of a type hold keys of another map, and the name of its entries."""
    match known(kind):
        case Key(entry=entry):
            yield steps, entry
        case ListOf(item=item) if item is not None:
            yield from _references(item, (*steps, _EACH))
        case MapOf() as of_map:
            if of_map.refers and isinstance(of_map.key, Key):
                yield steps, of_map.key.entry
            yield from _references(of_map.entry, (*steps, _EACH))
        case Record(fields=fields):
            for name, inner in fields.items():
                yield from _references(inner, (*steps, name))


def _of_arguments(action_type: ActionType, program: Program) -> Reads:
    """The entries that arguments name: they have to be there, whether anything of them is read or not."""
    reads = Reads()
    for name, kind in action_type.arguments.items():
        entry = key_in(kind)
        if entry is not None:
            holder = reads
            for step in path_of_map(entry, program.state):
                holder = holder.below(step)
            holder.entry(("argument", name)).presence = True
    return reads
